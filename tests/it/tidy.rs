//! What the sources promise each other: layers, one place for each thing, citations that lead
//! somewhere, documents that are true, two databases with the same migrations.

mod circles;
mod citations;
mod documents;

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use tradepost::config::Config;

/// Each module of `src`, and the modules it may import: only what lies below it.
const LAYERS: [(&str, &[&str]); 26] = [
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
            "world",
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
            "panics", "render", "store", "stream", "watchdog", "wire", "world",
        ],
    ),
    (
        "http",
        &[
            "config", "domain", "limits", "memory", "metrics", "ops", "render", "store", "wire",
            "world",
        ],
    ),
    ("fetch", &["crash", "domain", "metrics", "ops", "store"]),
    (
        "delivery",
        &[
            "config", "crash", "domain", "metrics", "ops", "panics", "render", "store", "stream",
            "world",
        ],
    ),
    (
        "letters",
        &[
            "call", "config", "crash", "domain", "metrics", "ops", "panics", "render", "store",
            "stream",
        ],
    ),
    // What the edges share.
    ("commands", &["domain", "ops", "render", "store", "wire", "world"]),
    ("ops", &["crash", "domain", "limits", "metrics", "panics", "store", "wire", "world"]),
    ("world", &["domain", "limits", "metrics", "store"]),
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
const PLACES: [(&str, &[&str]); 35] = [
    ("sqlx::", &["store"]),
    ("rand::", &["domain/id.rs"]),
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
    (
        "unicode_normalization::",
        &["domain/card", "domain/confusable.rs", "domain/name.rs", "domain/text.rs"],
    ),
    ("csv::", &["http/desk/file.rs"]),
    ("hmac::", &["ops/card_link.rs", "ops/key.rs"]),
    ("minidom::", &["wire", "xmpp", "send"]),
    ("axum::", &["http", "app/pages.rs"]),
    ("askama::", &["http"]),
    ("icu_experimental::", &["http/format.rs"]),
    (
        "icu_properties::",
        &[
            "domain/confusable.rs",
            "domain/emoji.rs",
            "domain/name.rs",
            "domain/quotation.rs",
            "domain/text.rs",
        ],
    ),
    (
        "unicode_security::",
        &[
            "domain/confusable.rs",
            "domain/name.rs",
            "domain/quotation.rs",
            "domain/text.rs",
            "render/host.rs",
        ],
    ),
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
fn nothing_is_left_to_be_done_later_in_a_comment() {
    // Spelt so that this file does not find itself.
    let marks = ["TO".to_owned() + "DO", "FIX".to_owned() + "ME"];
    let folders = ["src", "tests", "benches", "config", "docs", "xep", ".ci"];
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
        clippy.toml config docs examples fuzz rustfmt.toml src tests xep";
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
