//! What comments cite is there: requirements, threats, and anchors of the specifications and of the
//! documents.

use std::{collections::BTreeMap, fs};

use super::{documents, files, root};

/// Where the requirements (`S0.5`) are.
const REQUIREMENTS: &str = "docs/design/requirements.md";
/// Where the threats (`threats 7`) are.
const THREATS: &str = "docs/design/threats.md";

#[test]
fn what_comments_cite_exists() {
    let mut documents = BTreeMap::new();
    let (mut cited, mut dead) = (0, Vec::new());
    let folders = ["src", "tests", "benches", "examples", "fuzz/fuzz_targets"];
    for source in folders.iter().flat_map(|folder| files(folder, ".rs")) {
        for line in source.text.lines().filter(|line| line.contains("//")) {
            for (document, anchor) in citations(line) {
                cited += 1;
                let anchors =
                    documents.entry(document.clone()).or_insert_with(|| anchors_of(&document));
                let is_there = anchor.is_empty() || anchors.contains(&anchor);
                if !is_there {
                    dead.push(format!("{}: {document}#{anchor}", source.path));
                }
            }
            if let Some(word) = note(line) {
                dead.push(format!("{}: {word}", source.path));
            }
        }
    }
    assert!(dead.is_empty(), "these lead nowhere: {dead:#?}");
    assert!(cited > 100, "only {cited} citations found");
}

/// Every citation in `line`: a document and an anchor in it.
fn citations(line: &str) -> Vec<(String, String)> {
    let claims = claims(line).into_iter();
    let claims = claims.map(|(part, number)| (REQUIREMENTS.into(), format!("S{part}.{number}")));
    let threats = threats(line).into_iter();
    let threats = threats.map(|number| (THREATS.into(), format!("threats-{number}")));
    claims.chain(threats).chain(anchors(line)).collect()
}

fn anchors_of(document: &str) -> Vec<String> {
    let text = fs::read_to_string(root().join(document))
        .unwrap_or_else(|error| panic!("{document}: {error}"));
    if documents::is_of_kind(document, "md") {
        return documents::anchors(&text);
    }
    let quoted = |rest: &str| {
        let quote = rest.chars().next().filter(|it| ['\'', '"'].contains(it))?;
        rest[1..].split(quote).next().map(str::to_owned)
    };
    text.split("anchor=").skip(1).filter_map(quoted).collect()
}

/// `S0.5` as `(0, 5)`.
fn claims(line: &str) -> Vec<(u32, u32)> {
    let number = |text: &str| -> Option<(u32, usize)> {
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        Some((text[..digits].parse().ok()?, digits))
    };
    let claim = |at: usize| {
        let is_word = line[..at].ends_with(char::is_alphanumeric);
        let (part, digits) = number(&line[at + 1..])?;
        let rest = line[at + 1 + digits..].strip_prefix('.')?;
        (!is_word).then_some((part, number(rest)?.0))
    };
    line.match_indices('S').filter_map(|(at, _)| claim(at)).collect()
}

/// `threats 7`, and both of `threats 6, 12`; also with marks around the word.
fn threats(line: &str) -> Vec<u32> {
    let mut found = Vec::new();
    for (at, word) in line.match_indices("threats") {
        let mut rest = &line[at + word.len()..];
        rest = rest.strip_prefix('`').unwrap_or(rest);
        while let Some(behind) = ["", ",", " and"].iter().find_map(|between| {
            let behind = rest.strip_prefix(between)?.strip_prefix(' ')?;
            behind.starts_with(|symbol: char| symbol.is_ascii_digit()).then_some(behind)
        }) {
            let digits = behind.bytes().take_while(u8::is_ascii_digit).count();
            found.push(behind[..digits].parse().unwrap());
            rest = &behind[digits..];
        }
    }
    found
}

/// A word in marks with a number behind it, if it is not that of the threats: it cites a note that
/// is not kept here.
fn note(line: &str) -> Option<&str> {
    line.match_indices("` ").find_map(|(at, _)| {
        let word = line[..at].rsplit('`').next()?;
        let is_name = !word.is_empty() && word.bytes().all(|it| it.is_ascii_lowercase());
        let behind = line[at + 2..].trim_start_matches("rule ");
        let is_cited = is_name && behind.starts_with(|it: char| it.is_ascii_digit());
        (is_cited && word != "threats").then_some(word)
    })
}

/// `xep/product-share.xml#send` and `docs/design/delivery.md#states` as their two halves. A page may
/// be cited as a whole.
fn anchors(line: &str) -> Vec<(String, String)> {
    let is_name = |symbol: &char| symbol.is_alphanumeric() || "-_.".contains(*symbol);
    let is_path = |symbol: &char| is_name(symbol) || *symbol == '/';
    let mut found = Vec::new();
    for (folder, kind) in [("xep/", "xml"), ("docs/", "md")] {
        for (at, _) in line.match_indices(folder) {
            let document: String = line[at..].chars().take_while(is_path).collect();
            let document = document.trim_end_matches('.').to_owned();
            let rest = line[at + document.len()..].strip_prefix('#');
            let anchor: String = rest.unwrap_or_default().chars().take_while(is_name).collect();
            if documents::is_of_kind(&document, kind) && (rest.is_some() || kind == "md") {
                found.push((document, anchor.trim_end_matches('.').to_owned()));
            }
        }
    }
    found
}

#[test]
fn citations_are_found_in_lines() {
    assert_eq!(claims("// S0.8 and (S1.10), not RSS1.2, S, S4 or XEPS0.1"), [(0, 8), (1, 10)]);
    let line = "//! `send` (`xep/product-share.xml#send-id`, S0.3) of xep/product-share.xml.";
    assert_eq!(anchors(line), [("xep/product-share.xml".to_owned(), "send-id".to_owned())]);
    let line = "// the states (docs/design/delivery.md#states). See docs/using.md.";
    let pages = [("docs/design/delivery.md", "states"), ("docs/using.md", "")];
    assert_eq!(anchors(line), pages.map(|(page, anchor)| (page.to_owned(), anchor.to_owned())));
    assert_eq!(threats("// (`threats` 6, 12), threats 7 and 9; threats of 3"), [6, 12, 7, 9]);
    assert_eq!(note("(`wire` 3)"), Some("wire"));
    assert_eq!(note("(`clients` rule 11)"), Some("clients"));
    assert_eq!(note("(`threats` 4), `a_b` 3, `wire` and 3"), None);
}
