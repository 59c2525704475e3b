//! What the sources promise each other: layers, one place for each thing, citations that lead
//! somewhere, two databases with the same migrations.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use tradepost::{config::Config, xmpp::extensions};

/// Each module of `src`, and the modules it may import: only what lies below it.
const LAYERS: [(&str, &[&str]); 25] = [
    ("main", &["app", "config", "domain", "panics", "permission", "send", "store", "watchdog"]),
    (
        "app",
        &[
            "call",
            "commands",
            "config",
            "crash",
            "delivery",
            "domain",
            "fetch",
            "http",
            "letters",
            "limits",
            "memory",
            "metrics",
            "ops",
            "panics",
            "permission",
            "render",
            "store",
            "stream",
            "watchdog",
            "wire",
            "xmpp",
        ],
    ),
    // A client of its own: it shares the words on the wire with the component, and how a stream is cut.
    ("send", &["config", "domain", "stream", "wire"]),
    // The edges. None knows another.
    (
        "xmpp",
        &[
            "call", "commands", "config", "crash", "domain", "limits", "memory", "metrics", "ops",
            "panics", "render", "store", "stream", "watchdog", "wire",
        ],
    ),
    (
        "http",
        &["config", "domain", "limits", "memory", "metrics", "ops", "render", "store", "wire"],
    ),
    ("fetch", &["domain", "metrics", "ops", "store"]),
    (
        "delivery",
        &["config", "crash", "domain", "metrics", "ops", "panics", "render", "store", "stream"],
    ),
    (
        "letters",
        &[
            "call", "config", "crash", "domain", "metrics", "ops", "panics", "render", "store",
            "stream",
        ],
    ),
    // What the edges share.
    ("commands", &["domain", "ops", "render", "store", "wire"]),
    ("ops", &["crash", "domain", "limits", "metrics", "panics", "store", "wire"]),
    ("render", &["domain", "wire"]),
    ("stream", &["domain"]),
    ("store", &["domain", "permission"]),
    ("wire", &["domain"]),
    ("domain", &[]),
    // Beside the layers.
    ("call", &[]),
    ("config", &["domain", "permission"]),
    ("limits", &["domain"]),
    ("memory", &[]),
    ("metrics", &["memory"]),
    ("crash", &[]),
    ("panics", &["metrics"]),
    ("permission", &[]),
    ("watchdog", &[]),
    ("lib", &[]),
];

/// What only some files may use, and which: names of files and folders below `src`.
const PLACES: [(&str, &[&str]); 34] = [
    ("sqlx::", &["store"]),
    (
        "serde_json::",
        &[
            "http",
            "send",
            "config/template.rs",
            "fetch/decoder.rs",
            "letters/gateway.rs",
            "xmpp/ejabberd.rs",
        ],
    ),
    ("lettre::", &["config/letters.rs", "letters"]),
    ("phonenumber::", &["domain/phone.rs"]),
    ("encoding_rs::", &["domain/card"]),
    ("unicode_normalization::", &["domain/card", "domain/name.rs", "domain/text.rs"]),
    ("csv::", &["http/desk/file.rs"]),
    ("hmac::", &["ops/card_link.rs", "ops/key.rs"]),
    ("minidom::", &["wire", "xmpp", "send"]),
    ("axum::", &["http", "app/pages.rs"]),
    ("askama::", &["http"]),
    ("icu_experimental::", &["http/format.rs"]),
    ("icu_properties::", &["domain/text.rs"]),
    ("unicode_security::", &["domain/name.rs", "domain/text.rs", "render/host.rs"]),
    ("percent_encoding::", &["http", "render/card_template", "render/card.rs"]),
    ("minijinja::", &["render/card_template"]),
    ("resvg::", &["http/card_picture"]),
    ("skrifa::", &["http/card_picture/fonts.rs"]),
    ("jiff::", &["domain/quiet.rs"]),
    ("qrcode::", &["http/qr.rs"]),
    ("png::", &["fetch/thumbnail.rs", "http/qr.rs", "http/card_picture"]),
    // Requests of ours to others, and what comes of them.
    ("hyper::client", &["fetch", "call.rs"]),
    ("tokio_rustls::", &["fetch", "call.rs", "letters/smtp.rs"]),
    ("image::", &["fetch", "http/card_picture"]),
    ("TcpStream::connect", &["fetch", "call.rs", "letters/smtp.rs", "send", "xmpp/link"]),
    ("prometheus_client::", &["metrics.rs"]),
    ("clap::", &["main.rs", "send", "fetch/decoder.rs"]),
    ("anyhow::", &["main.rs", "app", "send"]),
    ("toml::", &["config"]),
    ("tokio::spawn(", &["main.rs", "http.rs", "xmpp/dispatch", "send"]),
    // Time is a parameter. Only waits and measurements look at the monotonic clock.
    ("SystemTime", &[]),
    ("Utc::now", &["domain/clock.rs"]),
    (
        "Instant::now",
        &[
            "app/lead.rs",
            "delivery.rs",
            "http.rs",
            "limits",
            "ops/commit",
            "xmpp/link",
            "send",
            "watchdog.rs",
        ],
    ),
    // What the supervisor says to us is in the environment, and meant for nobody else.
    // Whoever decodes a picture has an empty one.
    ("process::Command", &["fetch/decoder.rs"]),
];

/// The longest file that can still be read at a sitting.
const LINES_MAX: usize = 450;

/// Claims of the product definition, which is not kept here: S0.1 to S0.10, and so on.
const CLAIMS: [u32; 5] = [10, 10, 7, 6, 7];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A file and its text.
struct Source {
    /// Below the root, with `/`.
    path: String,
    text: String,
}

/// Every file below `folder` whose name ends so.
fn files(folder: &str, ending: &str) -> Vec<Source> {
    let mut found = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path: PathBuf = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.to_str().unwrap().ends_with(ending) {
                let text = fs::read_to_string(&path).unwrap();
                let path = path.strip_prefix(root()).unwrap().to_str().unwrap().to_owned();
                found.push(Source { path, text });
            }
        }
    }
    assert!(!found.is_empty(), "no {ending} in {folder}");
    found
}

impl Source {
    /// The module of `src` it belongs to.
    fn module(&self) -> &str {
        self.path.strip_prefix("src/").unwrap().split(['/', '.']).next().unwrap()
    }

    /// What is compiled without the tests, comments left out.
    fn code(&self) -> String {
        if self.path.contains("/tests") {
            return String::new();
        }
        let tests = ["#[cfg(test)]\nmod tests", "#[cfg(test)]\npub(super) mod tests"];
        let end = tests.iter().filter_map(|tests| self.text.find(tests)).min();
        let code = &self.text[..end.unwrap_or(self.text.len())];
        let lines = code.lines().filter(|line| !line.trim_start().starts_with("//"));
        lines.flat_map(|line| [line, "\n"]).collect()
    }
}

/// The first segment of each path below `prefix` (`crate::` or `tradepost::`), braces resolved.
fn imports(code: &str, prefix: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (at, _) in code.match_indices(prefix) {
        let is_macro = code[..at].ends_with('$');
        let rest = &code[at + prefix.len()..];
        match rest.strip_prefix('{') {
            _ if is_macro => {}
            None => found.extend([segment(rest)]),
            Some(group) => {
                let mut depth = 0;
                let mut begins = true;
                for (at, symbol) in group.char_indices() {
                    match symbol {
                        '{' => depth += 1,
                        '}' if depth == 0 => break,
                        '}' => depth -= 1,
                        ',' if depth == 0 => begins = true,
                        symbol if symbol.is_whitespace() => {}
                        _ if begins => {
                            found.insert(segment(&group[at..]));
                            begins = false;
                        }
                        _ => {}
                    }
                }
            }
        }
    }
    found
}

fn segment(path: &str) -> String {
    path.chars().take_while(|symbol| symbol.is_alphanumeric() || *symbol == '_').collect()
}

#[test]
fn imports_are_found_in_groups_and_in_paths() {
    let code = "use crate::{a::{b, c}, d, e::f};\n use crate::g; let x = crate::h::I; $crate::j;";
    assert_eq!(imports(code, "crate::").into_iter().collect::<String>(), "adegh");
}

#[test]
fn modules_import_only_what_lies_below_them() {
    let mut seen = BTreeSet::new();
    for source in files("src", ".rs") {
        let module = source.module();
        seen.insert(module.to_owned());
        let layer = LAYERS.iter().find(|(name, _)| *name == module);
        let (_, below) = layer.unwrap_or_else(|| panic!("{}: no layer for {module}", source.path));
        let mut imported = imports(&source.code(), "crate::");
        if module == "main" {
            imported = imports(&source.code(), "tradepost::");
        }
        for name in imported {
            let is_below = name == module || below.contains(&name.as_str());
            assert!(is_below, "{}: {module} must not import {name}", source.path);
        }
        let climbs = source.code().contains("super::super");
        assert!(!climbs, "{}: super::super hides what is imported", source.path);
    }
    for needed in ["main", "app", "xmpp", "http", "delivery", "ops", "store", "wire", "domain"] {
        assert!(seen.contains(needed), "{needed} is gone: this test looks at the wrong folder");
    }
}

#[test]
fn each_thing_has_its_place() {
    let sources = files("src", ".rs");
    for (thing, places) in PLACES {
        for source in &sources {
            let path = source.path.strip_prefix("src/").unwrap();
            let may = places.iter().any(|place| {
                let rest = path.strip_prefix(place);
                rest.is_some_and(|rest| matches!(rest.chars().next(), None | Some('/' | '.')))
            });
            let line = source.code().lines().find(|line| uses(line, thing)).map(str::to_owned);
            assert!(
                may || line.is_none(),
                "{}: {thing} does not belong here: {line:?}",
                source.path
            );
        }
    }
}

/// Whether `line` names `thing` itself and not something that ends so.
fn uses(line: &str, thing: &str) -> bool {
    line.match_indices(thing).any(|(at, _)| {
        !line[..at].ends_with(|before: char| before.is_alphanumeric() || before == '_')
    })
}

#[test]
fn no_file_is_longer_than_can_be_read_at_a_sitting() {
    for source in files("src", ".rs") {
        let lines = source.text.lines().count();
        assert!(lines <= LINES_MAX, "{} has {lines} lines, more than {LINES_MAX}", source.path);
    }
}

#[test]
fn both_databases_have_the_same_migrations() {
    let names = |database: &str| -> BTreeSet<String> {
        let folder = format!("src/store/migrations/{database}/");
        files(&folder, "").into_iter().map(|it| it.path.replace(&folder, "")).collect()
    };
    let sqlite = names("sqlite");
    assert_eq!(sqlite, names("postgres"));
    assert!(sqlite.iter().all(|name| Path::new(name).extension().is_some_and(|it| it == "sql")));
}

#[test]
fn what_comments_cite_exists() {
    let mut cited = 0;
    for source in files("src", ".rs").into_iter().chain(files("tests/it", ".rs")) {
        for line in source.text.lines().filter(|line| line.contains("//")) {
            for claim in claims(line) {
                cited += 1;
                let most = CLAIMS.get(claim.0 as usize).copied().unwrap_or(0);
                let exists = (1..=most).contains(&claim.1);
                assert!(exists, "{}: S{}.{} does not exist", source.path, claim.0, claim.1);
            }
            for (document, anchor) in anchors(line) {
                cited += 1;
                let path = root().join(&document);
                let text = fs::read_to_string(&path)
                    .unwrap_or_else(|error| panic!("{}: {document}: {error}", source.path));
                let exists = ["'", "\""]
                    .iter()
                    .any(|quote| text.contains(&format!("anchor={quote}{anchor}{quote}")));
                assert!(exists, "{}: {document} has no anchor {anchor:?}", source.path);
            }
        }
    }
    assert!(cited > 20, "only {cited} citations found");
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

/// `xep/product-share.xml#send` as its two halves.
fn anchors(line: &str) -> Vec<(String, String)> {
    let is_name = |symbol: &char| symbol.is_ascii_alphanumeric() || *symbol == '-';
    let mut found = Vec::new();
    for (at, _) in line.match_indices("xep/") {
        let name: String = line[at + 4..].chars().take_while(is_name).collect();
        let document = format!("xep/{name}.xml");
        if let Some(rest) = line[at..].strip_prefix(&format!("{document}#")) {
            found.push((document, rest.chars().take_while(is_name).collect()));
        }
    }
    found
}

#[test]
fn citations_are_found_in_lines() {
    assert_eq!(claims("// S0.8 and (S1.10), not RSS1.2, S, S4 or XEPS0.1"), [(0, 8), (1, 10)]);
    let line = "//! `send` (`xep/product-share.xml#send-id`, S0.3) of xep/product-share.xml.";
    assert_eq!(anchors(line), [("xep/product-share.xml".to_owned(), "send-id".to_owned())]);
}

#[test]
fn the_readme_shows_the_extensions_that_disco_answers_with() {
    let readme = fs::read_to_string(root().join("README.md")).expect("README.md");
    let table = extensions::table();
    assert!(readme.contains(&table), "the README lacks this table:\n{table}");
}

#[test]
fn nothing_is_left_to_be_done_later_in_a_comment() {
    // Spelt so that this file does not find itself.
    let marks = ["TO".to_owned() + "DO", "FIX".to_owned() + "ME"];
    let folders = ["src", "tests", "benches", "config", "xep", ".ci"];
    let text = |path: &str| {
        [".rs", ".py", ".mjs", ".toml", ".sql", ".xml", ".sh", ".html", ".md", "run", "deps"]
            .iter()
            .any(|ending| path.ends_with(ending))
    };
    for folder in folders {
        for entry in paths(&root().join(folder)).iter().filter(|it| text(it)) {
            let source = fs::read_to_string(entry).unwrap();
            for mark in &marks {
                assert!(!source.contains(mark.as_str()), "{entry}: {mark}");
            }
        }
    }
}

/// Every file below `folder`; what was built is passed over.
fn paths(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.ends_with("target") && !path.ends_with("__pycache__") {
            found.extend(paths(&path));
        } else if path.is_file() {
            found.push(path.to_str().unwrap().to_owned());
        }
    }
    found
}

#[test]
fn nothing_lies_at_the_top_but_what_belongs_there() {
    let there = ".ci .git .gitattributes .gitignore ARCHITECTURE.md CHANGELOG.md CONTRIBUTING.md \
        Cargo.lock Cargo.toml LICENSE Makefile README.md SECURITY.md askama.toml benches \
        clippy.toml config examples fuzz rustfmt.toml src tests xep";
    let ignored = "out proptest-regressions target";
    let entries = fs::read_dir(root()).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let known: Vec<_> = there.split(' ').chain(ignored.split(' ')).collect();
    let left: Vec<_> = names.filter(|name| !known.contains(&name.as_str())).collect();
    assert!(left.is_empty(), "a test or a tool has left {left:?}");
}

#[test]
fn the_lock_file_of_the_browser_names_no_host() {
    let lock = fs::read_to_string(root().join("tests/browser/package-lock.json")).unwrap();
    let host = lock.lines().find(|line| line.contains("\"resolved\"") && line.contains("://"));
    assert_eq!(host, None, "fetched from wherever npm is told to fetch");
}

#[test]
fn the_shipped_configuration_is_one() {
    let path = root().join("config/tradepost.toml");
    let config = Config::load(Some(&path), std::iter::empty()).expect("config/tradepost.toml");
    assert!(config.effective().contains("share.example.org"));
}
