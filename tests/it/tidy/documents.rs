//! The documents are true where a program can see it: links and anchors lead somewhere, tests and
//! files that are named are there, tables are those of the code.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use tradepost::component::extensions;

use super::{Source, files, paths, root};

/// Every document of the repository.
fn documents() -> Vec<Source> {
    let all = paths(root()).into_iter().filter_map(|path| {
        let path = Path::new(&path).strip_prefix(root()).unwrap().to_str().unwrap().to_owned();
        let is_built = ["out/", "target/", ".git/"].iter().any(|folder| path.starts_with(folder));
        (is_of_kind(&path, "md") && !is_built).then_some(path)
    });
    let read =
        |path: String| Source { text: fs::read_to_string(root().join(&path)).unwrap(), path };
    let all: Vec<Source> = all.map(read).collect();
    assert!(all.len() > 20, "only {} documents found", all.len());
    all
}

/// Whether the file at `path` is a `kind`, by its ending.
pub(super) fn is_of_kind(path: &str, kind: &str) -> bool {
    Path::new(path).extension().is_some_and(|it| it == kind)
}

/// The documents for whoever changes the program.
fn for_developers() -> Vec<Source> {
    let is_one = |it: &Source| {
        it.path.starts_with("docs/design/")
            || ["ARCHITECTURE.md", "CONTRIBUTING.md", "RELEASING.md", "SECURITY.md"]
                .contains(&it.path.as_str())
    };
    documents().into_iter().filter(is_one).collect()
}

/// The lines outside of blocks of code.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    let mut is_code = false;
    text.lines().filter(move |line| {
        let is_fence = line.trim_start().starts_with("```");
        is_code ^= is_fence;
        !is_code && !is_fence
    })
}

/// What stands between marks of code in a line.
fn codes(line: &str) -> impl Iterator<Item = &str> {
    line.split('`').skip(1).step_by(2)
}

/// A line without what stands between marks of code.
fn without_codes(line: &str) -> String {
    line.split('`').step_by(2).collect()
}

/// The anchors of a document, by GitHub's rules: those of its headings, and those that are written.
pub(super) fn anchors(text: &str) -> Vec<String> {
    let mut seen: BTreeMap<String, u32> = BTreeMap::new();
    let mut found = Vec::new();
    for line in lines(text) {
        if let Some(heading) = heading(line) {
            let name = anchor(heading);
            let times = seen.entry(name.clone()).or_default();
            found.push(if *times == 0 { name } else { format!("{name}-{times}") });
            *times += 1;
        }
        let written = line.split("<a id=\"").skip(1).filter_map(|rest| rest.split('"').next());
        found.extend(written.map(str::to_owned));
    }
    found
}

/// The words of a heading.
fn heading(line: &str) -> Option<&str> {
    let words = line.trim_start_matches('#');
    let level = line.len() - words.len();
    (1..=6).contains(&level).then(|| words.strip_prefix(' ')).flatten().map(str::trim)
}

/// What GitHub makes of the words of a heading: small letters, nothing but letters, digits, hyphens
/// and underscores, and a hyphen for each space.
fn anchor(heading: &str) -> String {
    let mut words = String::new();
    let mut rest = heading;
    // Of a link its words count.
    while let Some((before, link)) = rest.split_once('[') {
        words += before;
        rest = link;
        if let Some((shown, (_, behind))) =
            link.split_once("](").and_then(|(shown, to)| Some((shown, to.split_once(')')?)))
        {
            words += shown;
            rest = behind;
        }
    }
    words += rest;
    let kept = words.chars().flat_map(char::to_lowercase).filter_map(|symbol| match symbol {
        ' ' => Some('-'),
        '-' | '_' => Some(symbol),
        _ => symbol.is_alphanumeric().then_some(symbol),
    });
    kept.collect()
}

#[test]
fn anchors_are_made_as_github_makes_them() {
    for (words, made) in [
        ("What is promised", "what-is-promised"),
        ("`[component]`", "component"),
        ("Pages, files & more", "pages-files--more"),
        ("What `export` gives", "what-export-gives"),
        ("How to add …", "how-to-add-"),
        ("S0.5 of [a page](x.md#y)", "s05-of-a-page"),
        ("还没有加入时", "还没有加入时"),
        ("Émigré_1", "émigré_1"),
    ] {
        assert_eq!(anchor(words), made, "{words}");
    }
    let text = "# A\n## B\n```\n# C\n```\n## B\n| <a id=\"S0.1\"></a>S0.1 |\n#no heading";
    assert_eq!(anchors(text), ["a", "b", "b-1", "S0.1"]);
}

/// Where the links and pictures of a document lead.
fn links(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for line in lines(text) {
        let line = without_codes(line);
        for rest in line.split("](").skip(1) {
            found.push(rest.split([')', ' ']).next().unwrap_or_default().to_owned());
        }
    }
    found
}

/// Whether `link`, in the document at `path`, leads to something that is there.
fn leads_somewhere(path: &str, link: &str) -> bool {
    let (file, fragment) = link.split_once('#').map_or((link, None), |(a, b)| (a, Some(b)));
    let mut target = root().join(path);
    if !file.is_empty() {
        target = target.parent().unwrap().join(file);
    }
    let is_inside = target.canonicalize().is_ok_and(|it| it.starts_with(root()));
    let has_anchor = |fragment: &str| {
        let text = fs::read_to_string(&target).unwrap_or_default();
        anchors(&text).iter().any(|it| it == fragment)
    };
    is_inside && fragment.is_none_or(has_anchor)
}

#[test]
fn every_link_and_anchor_in_a_document_leads_somewhere() {
    let (mut followed, mut dead) = (0, Vec::new());
    for document in documents() {
        for link in links(&document.text) {
            if link.contains("://") || link.starts_with("mailto:") {
                continue;
            }
            followed += 1;
            let is_there = leads_somewhere(&document.path, &link);
            if !is_there {
                dead.push(format!("{}: {link}", document.path));
            }
        }
    }
    assert!(dead.is_empty(), "these lead nowhere: {dead:#?}");
    assert!(followed > 200, "only {followed} links found");
}

#[test]
fn links_are_found_in_documents_and_followed() {
    let text = "[a](x.md#y) and ![b](c.png \"t\")\n`[no](z)`\n```\n[nor](this)\n```\n";
    assert_eq!(links(text), ["x.md#y", "c.png"]);
    assert!(leads_somewhere("README.md", "docs/install.md#prosody"));
    assert!(leads_somewhere("docs/install.md", "../README.md"));
    assert!(leads_somewhere("docs/install.md", "#prosody"));
    for dead in ["docs/none.md", "docs/install.md#none", "#none", "../Cargo.toml", "/etc/passwd"] {
        assert!(!leads_somewhere("README.md", dead), "{dead}");
    }
}

#[test]
fn the_book_has_every_page() {
    let summary = fs::read_to_string(root().join("docs/SUMMARY.md")).expect("docs/SUMMARY.md");
    let listed: BTreeSet<String> = links(&summary).into_iter().collect();
    for document in documents() {
        let Some(page) = document.path.strip_prefix("docs/").filter(|it| *it != "SUMMARY.md")
        else {
            continue;
        };
        assert!(listed.contains(page), "docs/SUMMARY.md does not list {page}");
    }
}

#[test]
fn the_first_documents_can_be_read_at_a_sitting() {
    for (path, most) in [("README.md", 200), ("ARCHITECTURE.md", 120)] {
        let count = fs::read_to_string(root().join(path)).unwrap().lines().count();
        assert!(count <= most, "{path} has {count} lines, more than {most}");
    }
}

/// Whether it is written as the name of a test is: four words or more.
fn is_fact(code: &str) -> bool {
    let is_letter = |it: u8| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'_';
    code.bytes().all(is_letter) && code.matches('_').count() >= 3 && !code.starts_with("tradepost_")
}

#[test]
fn every_test_that_a_document_names_is_there() {
    let mut sources = files("src", ".rs");
    sources.extend(files("tests", ".rs"));
    let functions: BTreeSet<&str> = sources
        .iter()
        .flat_map(|source| source.text.split("fn ").skip(1))
        .filter_map(|rest| rest.split(['(', '<']).next())
        .collect();
    let (mut named, mut missing) = (0, Vec::new());
    for document in for_developers() {
        for fact in lines(&document.text).flat_map(codes).filter(|code| is_fact(code)) {
            named += 1;
            if !functions.contains(fact) {
                missing.push(format!("{}: {fact}", document.path));
            }
        }
    }
    assert!(missing.is_empty(), "there are no such tests: {missing:#?}");
    assert!(named > 100, "only {named} tests are named");
}

#[test]
fn every_source_that_a_document_names_is_there() {
    let is_name = |it: u8| it.is_ascii_alphanumeric() || b"_-./".contains(&it);
    let is_path =
        |code: &&str| (is_of_kind(code, "rs") || code.ends_with('/')) && code.bytes().all(is_name);
    let (mut named, mut missing) = (0, Vec::new());
    for document in for_developers() {
        for path in lines(&document.text).flat_map(codes).filter(is_path) {
            // The folder of what was built is there once something was.
            if path == "target/" {
                continue;
            }
            named += 1;
            let is_there = ["", "src"].iter().any(|it| root().join(it).join(path).exists());
            if !is_there {
                missing.push(format!("{}: {path}", document.path));
            }
        }
    }
    assert!(missing.is_empty(), "there are no such files: {missing:#?}");
    assert!(named > 100, "only {named} files are named");
}

#[test]
fn what_security_names_as_held_by_is_there() {
    let text = fs::read_to_string(root().join("SECURITY.md")).expect("SECURITY.md");
    let (_, rest) = text.split_once("## Threats and answers").expect("the threats");
    let (table, _) = rest.split_once("\n## ").expect("the end of the threats");
    let rows = table.lines().filter_map(|line| line.strip_suffix(" |")?.rsplit_once(" | "));
    let mut named = 0;
    for module in rows.flat_map(|(_, held_by)| codes(held_by)) {
        named += 1;
        let places =
            [format!("tests/it/{module}.rs"), format!("src/{module}.rs"), module.to_owned()];
        let is_there = places.iter().any(|place| root().join(place).exists());
        assert!(is_there, "SECURITY.md: {module} is not there");
    }
    assert!(named > 50, "only {named} modules are named");
}

#[test]
fn the_page_of_protocols_shows_the_extensions_that_disco_answers_with() {
    let page = fs::read_to_string(root().join("docs/protocols.md")).expect("docs/protocols.md");
    let table = extensions::table();
    assert!(page.contains(&table), "docs/protocols.md lacks this table:\n{table}");
}
