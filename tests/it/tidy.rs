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

/// Each module of `src`, in the order of `lib.rs`, and the modules it may import: only what stands before
/// it there.
const LAYERS: [(&str, &[&str]); 40] = [
    ("domain", &[]),
    ("wire", &["domain"]),
    ("permission", &[]),
    ("config", &["domain", "permission"]),
    ("recent", &["domain"]),
    ("limits", &["domain", "recent"]),
    ("memory", &[]),
    ("metrics", &["memory"]),
    ("panics", &["metrics"]),
    ("crash", &[]),
    ("watchdog", &[]),
    ("http_client", &[]),
    ("db", &["domain", "permission"]),
    ("link", &["domain", "watchdog"]),
    ("world", &["domain", "limits", "metrics", "db"]),
    ("keyed_hash", &["db", "world"]),
    ("say", &["domain", "wire"]),
    ("send_client", &["domain", "wire", "config", "link"]),
    ("account", &["domain", "db"]),
    ("outbox", &["domain", "db", "world", "account"]),
    ("post", &["domain", "db", "world"]),
    ("people", &["domain", "db", "world", "keyed_hash", "say", "account", "outbox"]),
    ("invite", &["domain", "wire", "db", "world", "keyed_hash", "say", "outbox", "post", "people"]),
    (
        "share",
        &[
            "domain", "wire", "limits", "db", "world", "say", "account", "outbox", "people",
            "invite",
        ],
    ),
    (
        "card",
        &[
            "domain",
            "wire",
            "db",
            "world",
            "keyed_hash",
            "say",
            "account",
            "outbox",
            "people",
            "share",
        ],
    ),
    ("talk", &["domain", "wire", "db", "world", "say", "outbox", "people", "share", "card"]),
    (
        "claim",
        &[
            "domain", "db", "world", "say", "account", "outbox", "post", "people", "invite",
            "share", "card", "talk",
        ],
    ),
    (
        "committer",
        &[
            "domain", "metrics", "panics", "crash", "db", "world", "outbox", "share", "card",
            "claim",
        ],
    ),
    (
        "leave",
        &["domain", "db", "world", "keyed_hash", "account", "people", "invite", "share", "card"],
    ),
    (
        "unfinished",
        &[
            "domain",
            "panics",
            "db",
            "world",
            "outbox",
            "people",
            "invite",
            "share",
            "card",
            "committer",
            "leave",
        ],
    ),
    (
        "chores",
        &[
            "domain",
            "metrics",
            "db",
            "world",
            "post",
            "people",
            "invite",
            "share",
            "card",
            "claim",
            "committer",
            "unfinished",
        ],
    ),
    (
        "chat",
        &[
            "domain", "wire", "db", "world", "say", "account", "post", "people", "invite", "share",
            "card", "talk", "leave",
        ],
    ),
    (
        "component",
        &[
            "domain",
            "wire",
            "config",
            "recent",
            "limits",
            "memory",
            "metrics",
            "panics",
            "crash",
            "http_client",
            "db",
            "link",
            "world",
            "say",
            "account",
            "outbox",
            "people",
            "invite",
            "share",
            "card",
            "talk",
            "claim",
            "committer",
            "leave",
            "chat",
        ],
    ),
    (
        "web",
        &[
            "domain",
            "limits",
            "memory",
            "metrics",
            "db",
            "world",
            "say",
            "invite",
            "share",
            "card",
            "committer",
            "leave",
        ],
    ),
    (
        "deliver",
        &[
            "domain",
            "metrics",
            "panics",
            "crash",
            "db",
            "link",
            "world",
            "say",
            "outbox",
            "invite",
            "share",
            "card",
            "claim",
            "committer",
            "chores",
        ],
    ),
    (
        "mailer",
        &[
            "domain",
            "config",
            "metrics",
            "panics",
            "crash",
            "http_client",
            "db",
            "link",
            "say",
            "post",
            "committer",
        ],
    ),
    ("fetch", &["domain", "metrics", "crash", "http_client", "db", "share", "committer"]),
    (
        "app",
        &[
            "domain",
            "wire",
            "permission",
            "config",
            "limits",
            "memory",
            "metrics",
            "crash",
            "watchdog",
            "http_client",
            "db",
            "link",
            "world",
            "say",
            "outbox",
            "post",
            "card",
            "committer",
            "chores",
            "chat",
            "component",
            "web",
            "deliver",
            "mailer",
            "fetch",
        ],
    ),
    ("main", &["app", "config", "db", "domain", "panics", "permission", "send_client", "watchdog"]),
    ("lib", &[]),
];

/// What each capability has a folder for; in it, what it asks of the database (`store*.rs`), what it does,
/// and what it says (`say*.rs`).
const CAPABILITIES: [&str; 11] = [
    "account",
    "outbox",
    "post",
    "people",
    "invite",
    "share",
    "card",
    "talk",
    "claim",
    "committer",
    "leave",
];

/// The edges: none imports another.
const EDGES: [&str; 5] = ["component", "web", "deliver", "mailer", "fetch"];

/// Stands for the files of a capability that ask the database.
const STORE: &str = "*/store";

/// What only some files may use, and which: names of files and folders below `src`.
const PLACES: [(&str, &[&str]); 39] = [
    ("sqlx::", &["db", STORE]),
    ("sql!(", &["db", STORE]),
    ("sql_rows!(", &["db", STORE]),
    ("rand::", &["domain/id.rs"]),
    (
        "serde_json::",
        &[
            "web",
            "send_client",
            "config/template.rs",
            "fetch/decoder.rs",
            "mailer/gateway.rs",
            "component/ejabberd.rs",
        ],
    ),
    ("lettre::", &["config/letters.rs", "mailer"]),
    ("phonenumber::", &["domain/phone.rs"]),
    ("encoding_rs::", &["domain/card"]),
    (
        "unicode_normalization::",
        &["domain/card", "domain/confusable.rs", "domain/name.rs", "domain/text.rs"],
    ),
    ("csv::", &["web/address_book/file.rs"]),
    ("hmac::", &["card/link.rs", "keyed_hash.rs"]),
    ("minidom::", &["wire", "component", "link", "send_client"]),
    ("axum::", &["web", "app/pages.rs"]),
    ("askama::", &["web"]),
    ("icu_experimental::", &["web/format.rs"]),
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
            "say/host.rs",
        ],
    ),
    ("percent_encoding::", &["web", "card/template", "card/say.rs"]),
    ("minijinja::", &["card/template"]),
    ("resvg::", &["web/card_picture"]),
    ("skrifa::", &["web/card_picture/fonts.rs"]),
    // The one calendar. The other is beneath the parsers of XMPP, and nobody's here.
    (
        "jiff::",
        &[
            "domain/clock.rs",
            "domain/quiet.rs",
            "domain/stamp.rs",
            "web/words.rs",
            "chat/own_card/value.rs",
        ],
    ),
    ("chrono::", &[]),
    ("qrcode::", &["web/qr.rs"]),
    ("png::", &["fetch/thumbnail.rs", "web/qr.rs", "web/card_picture"]),
    // It asks at any address: `fetch`, which asks at those that others give, is handed none.
    ("Caller::new(", &["app.rs", "app/letters.rs"]),
    // Requests of ours to others, and what comes of them.
    ("hyper::client", &["http_client.rs"]),
    ("tokio_rustls::", &["fetch", "http_client.rs", "mailer/smtp.rs"]),
    ("image::", &["fetch", "web/card_picture"]),
    ("TcpStream::connect", &["fetch", "http_client.rs", "mailer/smtp.rs", "send_client", "link"]),
    ("prometheus_client::", &["metrics.rs"]),
    ("clap::", &["main.rs", "send_client", "fetch/decoder.rs"]),
    ("anyhow::", &["main.rs", "app", "send_client"]),
    ("toml::", &["config"]),
    ("tokio::spawn(", &["main.rs", "web.rs", "component/dispatch", "send_client"]),
    // Time is a parameter. Only waits and measurements look at the monotonic clock.
    ("SystemTime", &[]),
    ("Timestamp::now", &["domain/clock.rs"]),
    (
        "Instant::now",
        &[
            "app/leader.rs",
            "deliver.rs",
            "web.rs",
            "limits",
            "committer",
            "link",
            "send_client",
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

    /// Whether it is one of a capability's files of this name: `card/store.rs`, `card/store_inbox.rs`,
    /// `people/say/question.rs`.
    fn is_part(&self, name: &str) -> bool {
        let mut path = self.path.strip_prefix("src/").unwrap().split(['/', '.']);
        let capability = path.next().unwrap();
        let file = path.next().unwrap();
        let is_named =
            file == name || file.strip_prefix(name).is_some_and(|it| it.starts_with('_'));
        CAPABILITIES.contains(&capability) && is_named
    }

    /// What is compiled without the tests, comments left out.
    fn code(&self) -> String {
        if self.path.contains("/tests") {
            return String::new();
        }
        let tests =
            ["", "pub(super) ", "pub(crate) "].map(|it| format!("#[cfg(test)]\n{it}mod tests"));
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
    let lib = fs::read_to_string(root().join("src/lib.rs")).unwrap();
    let listed: Vec<&str> = lib.lines().filter_map(|it| it.strip_prefix("pub mod ")).collect();
    let listed: Vec<&str> = listed.iter().map(|it| it.trim_end_matches(';')).collect();
    let names: Vec<&str> = LAYERS.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, [listed.as_slice(), &["main", "lib"]].concat(), "in the order of lib.rs");
    for (at, (name, below)) in LAYERS.iter().enumerate() {
        for it in *below {
            let place = names.iter().position(|name| name == it);
            assert!(place.is_some_and(|place| place < at), "{name}: {it} does not lie below it");
            let are_edges = EDGES.contains(name) && EDGES.contains(it);
            assert!(!are_edges, "{name} and {it} are edges, and do not import each other");
        }
    }
    for source in files("src", ".rs").iter().filter(|it| it.module() != "tests") {
        let module = source.module();
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
}

#[test]
fn statements_know_no_use_case_and_use_cases_know_no_sentence() {
    let part = |module: &[String]| {
        let capability = module.first().is_some_and(|it| CAPABILITIES.contains(&it.as_str()));
        let file = module.get(1).filter(|_| capability)?;
        let is = |name: &str| file == name || file.starts_with(&format!("{name}_"));
        Some(if is("store") {
            0
        } else if is("say") {
            2
        } else {
            1
        })
    };
    let (arrows, mut seen) = (circles::arrows(), BTreeSet::new());
    for (from, targets) in &arrows {
        let Some(own) = part(from) else { continue };
        for to in targets {
            let Some(other) = part(to) else { continue };
            seen.insert((own, other));
            assert!(other <= own, "{from:?} must not import {to:?}");
        }
    }
    assert!(seen.len() > 4, "this test looks at the wrong folders: {seen:?}");
    // Of the link they know how a stream is cut and what may leave, and not how it is kept up.
    for (from, targets) in &arrows {
        if ["send_client", "deliver", "mailer"].contains(&from[0].as_str()) {
            let link = targets.iter().filter(|it| it[0] == "link");
            let other: Vec<_> =
                link.filter(|it| it.get(1).is_none_or(|it| it != "stream")).collect();
            assert!(other.is_empty(), "{from:?} must not import {other:?}");
        }
    }
}

#[test]
fn what_only_its_own_capability_asks_of_the_database_is_its_own() {
    let folders = ["src", "tests/it", "tests/harness", "benches"];
    let sources: Vec<Source> = folders.iter().flat_map(|it| files(it, ".rs")).collect();
    let mut shared = 0;
    for source in sources.iter().filter(|it| it.path.starts_with("src/") && it.is_part("store")) {
        let own = source.module();
        let declared = source.text.lines().filter_map(|line| {
            let line = line.trim_start();
            let line = line.strip_prefix("pub(crate) ").or_else(|| line.strip_prefix("pub "))?;
            Some(line.strip_prefix("async fn ")?.split(['(', '<']).next().unwrap())
        });
        for name in declared {
            shared += 1;
            let call = format!(".{name}(");
            let is_own = |it: &Source| it.path.starts_with("src/") && it.module() == own;
            let is_shared = sources.iter().any(|it| !is_own(it) && it.text.contains(&call));
            assert!(is_shared, "{}: {name} is for `{own}` alone", source.path);
        }
    }
    assert!(shared > 100, "this test looks at the wrong files: {shared}");
}

#[test]
fn each_thing_has_its_place() {
    let sources = files("src", ".rs");
    for (thing, places) in PLACES {
        for source in &sources {
            let path = source.path.strip_prefix("src/").unwrap();
            let may = places.iter().any(|place| {
                if *place == STORE {
                    return source.is_part("store");
                }
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
        let folder = format!("src/db/migrations/{database}/");
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
        Cargo.lock Cargo.toml LICENSE Makefile README.md RELEASING.md SECURITY.md askama.toml \
        benches clippy.toml config deny.toml docs examples fuzz rustfmt.toml src tests xep";
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
