//! Cards as the world writes them (`tests/cards`): they go in and come out as the same in every
//! form, what stock importers read is what we meant, and nothing that is broken or hostile gets
//! through.

mod corpus;

use std::{collections::BTreeSet, fmt::Write as _, fs, path::PathBuf, process::Command};

use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::Value;
use tempfile::TempDir;
use tradepost::{
    domain::card::{BadCard, Card, Form, Part, SCHEMES, Version},
    web::jcard::jcard,
    wire::card::xcard,
};

use self::corpus::{BROKEN, READ, REMOVED};
use crate::harness::python::python;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn bytes(name: &str) -> Vec<u8> {
    fs::read(folder().join("tests/cards").join(format!("{name}.vcf"))).unwrap()
}

/// Every card that can be read, by the name of its file.
fn cards() -> Vec<(&'static str, Card)> {
    let read = |name: &'static str| match Card::read_file(&bytes(name)) {
        Ok((card, _)) => (name, card),
        Err(error) => panic!("{name}: {error}"),
    };
    READ.iter().map(|(name, ..)| read(name)).collect()
}

fn unfolded(text: &str) -> String {
    text.replace("\r\n ", "").replace("\r\n\t", "")
}

#[test]
fn every_file_of_the_corpus_is_expected_to_be_something() {
    let read = READ.iter().map(|(name, ..)| *name);
    let named: BTreeSet<String> = read
        .chain(BROKEN.iter().map(|(name, _)| *name))
        .map(|name| format!("{name}.vcf"))
        .collect();
    let there: BTreeSet<String> = fs::read_dir(folder().join("tests/cards"))
        .unwrap()
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(named, there);
    assert!(READ.len() >= 60 && BROKEN.len() >= 15);
}

#[test]
fn every_card_is_read_as_what_it_says() {
    for (name, whose, part, text) in READ {
        let (card, removed) = Card::read_file(&bytes(name)).unwrap();
        assert_eq!(card.name(), *whose, "{name}");
        assert_eq!(card.first(*part).as_deref(), Some(*text), "{name}");
        let expected: Vec<(&str, _)> = REMOVED
            .iter()
            .filter(|(file, ..)| file == name)
            .map(|(_, it, why)| (*it, *why))
            .collect();
        let removed: Vec<(&str, _)> = removed.iter().map(|it| (it.name.as_str(), it.why)).collect();
        assert_eq!(removed, expected, "{name}");
    }
}

#[test]
fn what_is_broken_is_refused_by_name() {
    for (name, error) in BROKEN {
        assert_eq!(Card::read_file(&bytes(name)), Err(*error), "{name}");
    }
}

#[test]
fn a_card_comes_out_as_the_same_in_every_form() {
    for (name, card) in cards() {
        for version in [Version::V3, Version::V4] {
            let text = card.text(version);
            assert_eq!(again(&text), card.to_string(), "{name}: {text}");
            assert!(text.lines().all(|line| line.len() <= 75), "{name}");
            let lines = unfolded(&text).split_terminator("\r\n").count();
            assert_eq!(lines, card.properties().len() + 3, "{name}");
        }
        let xml = xcard::to_xml(&card);
        let read = xcard::read(&xml.parse().unwrap());
        assert_eq!(read.map(|card| card.to_string()), Ok(card.to_string()), "{name}: {xml}");
        let json = jcard(&card);
        assert_eq!(again(&from_jcard(&json)), card.to_string(), "{name}: {json}");
    }
}

fn again(text: &str) -> String {
    match Card::parse(text) {
        Ok(card) => card.to_string(),
        Err(error) => error.to_string(),
    }
}

/// The text of a card from its JSON, by the rules of RFC 7095 §4.
fn from_jcard(json: &Value) -> String {
    let mut text = "BEGIN:VCARD\r\n".to_owned();
    for property in json[1].as_array().unwrap() {
        let [name, params, kind, values @ ..] = property.as_array().unwrap().as_slice() else {
            panic!("{property}")
        };
        let (name, kind) = (name.as_str().unwrap().to_uppercase(), kind.as_str().unwrap());
        let mut params = params.as_object().unwrap().clone();
        if let Some(group) = params.remove("group") {
            write!(text, "{}.", group.as_str().unwrap()).unwrap();
        }
        text.push_str(&name);
        for (param, value) in params {
            let quoted = |value: &Value| {
                let value = value.as_str().unwrap().replace('^', "^^").replace('\n', "^n");
                format!("\"{}\"", value.replace('"', "^'"))
            };
            let values: Vec<String> = value
                .as_array()
                .map_or_else(|| vec![quoted(&value)], |all| all.iter().map(quoted).collect());
            write!(text, ";{param}={}", values.join(",")).unwrap();
        }
        let escaped = |value: &Value| {
            let text = value.as_str().unwrap();
            if kind != "text" {
                return text.to_owned();
            }
            text.replace('\\', "\\\\").replace(',', "\\,").replace(';', "\\;").replace('\n', "\\n")
        };
        let part = |value: &Value| match value.as_array() {
            Some(parts) => parts
                .iter()
                .map(|part| match part.as_array() {
                    Some(list) => list.iter().map(escaped).collect::<Vec<_>>().join(","),
                    None => escaped(part),
                })
                .collect::<Vec<_>>()
                .join(";"),
            None => escaped(value),
        };
        if kind != "unknown" && name != "VERSION" {
            write!(text, ";VALUE={kind}").unwrap();
        }
        let values: Vec<String> = values.iter().map(part).collect();
        write!(text, ":{}\r\n", values.join(",")).unwrap();
    }
    text + "END:VCARD\r\n"
}

/// What no version of the format knows must come out with its group, letter for letter.
#[test]
fn properties_that_nobody_knows_are_kept_as_they_were() {
    let mut kept = 0;
    for (name, card) in cards().into_iter().filter(|(name, _)| !name.starts_with("hostile")) {
        let Ok(source) = String::from_utf8(bytes(name)) else { continue };
        let outputs =
            [Version::V3, Version::V4].map(|version| unfolded(&card.text(version)).to_uppercase());
        for line in unfolded(&source).lines().filter(|line| !line.contains("QUOTED-PRINTABLE")) {
            let Some((head, value)) = line.split_once(':') else { continue };
            let head = head.split(';').next().unwrap().to_uppercase();
            let known = head.split('.').next_back().unwrap();
            // A name with a stroke is no name.
            if !known.starts_with("X-") || known.contains('/') || value.is_empty() {
                continue;
            }
            for output in &outputs {
                let is_there = output.lines().any(|line| {
                    line.starts_with(&head) && line.ends_with(&format!(":{}", value.to_uppercase()))
                });
                assert!(is_there, "{name} has lost {line}\n{output}");
            }
            kept += 1;
        }
    }
    assert!(kept > 40, "only {kept}");
}

#[test]
fn every_card_is_valid_xml_of_rfc_6351() {
    let files = TempDir::new().unwrap();
    let mut lint = Command::new("xmllint");
    lint.current_dir(files.path()).args(["--nonet", "--noout", "--relaxng"]);
    lint.arg(folder().join("xep/schemas/vcard4.rng"));
    let cards = cards();
    for (name, card) in &cards {
        let file = format!("{name}.xml");
        fs::write(files.path().join(&file), xcard::to_xml(card)).unwrap();
        lint.arg(file);
    }
    fs::write(
        files.path().join("bad.xml"),
        "<vcard xmlns='urn:ietf:params:xml:ns:vcard-4.0'><fn/></vcard>",
    )
    .unwrap();
    let report = lint.arg("bad.xml").output().unwrap();
    let report = String::from_utf8(report.stderr).unwrap();
    for (name, _) in &cards {
        assert!(report.contains(&format!("{name}.xml validates")), "{name}: {report}");
    }
    assert!(report.contains("bad.xml fails to validate"));
}

#[test]
fn nothing_hostile_comes_out_in_any_form() {
    for (name, card) in cards() {
        for property in card.properties().iter().filter(|it| it.form() == Form::Uri) {
            let scheme = property.only().split(':').next().unwrap();
            let is_picture = property.only().starts_with("data:image/");
            assert!(is_picture || SCHEMES.contains(&scheme), "{name}: {}", property.name());
        }
        let xml = xcard::to_xml(&card);
        let json = jcard(&card).to_string();
        for text in [card.text(Version::V3), card.text(Version::V4), card.scan_text(), xml, json] {
            let text = text.replace("\r\n", "\n");
            let is_bad = |c: char| {
                c.is_control() && c != '\n'
                    || matches!(c, '\u{2028}' | '\u{2029}' | '\u{200b}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
            };
            assert!(!text.contains(is_bad), "{name}: {text}");
            for bad in
                ["alert(document", "/etc/passwd", "<script", "onload", "vbscript", "smb:", "skype:"]
            {
                let is_text = name == "hostile-parameters" && bad == "<script";
                assert!(is_text || !text.contains(bad), "{name}: {bad}: {text}");
            }
        }
        assert!(card.file_name().strip_suffix(".vcf").is_some_and(|stem| {
            !stem.is_empty() && !stem.contains(['/', '.', '\\', '\0', ' '])
        }));
    }
}

/// vobject reads what we write for telephones: the same people, numbers and pictures.
#[test]
fn stock_importers_read_what_is_written() {
    let files = TempDir::new().unwrap();
    let cards = cards();
    for (name, card) in &cards {
        fs::write(files.path().join(format!("{name}.vcf")), card.text(Version::V3)).unwrap();
    }
    let script = folder().join("tests/python/cards.py");
    let output = Command::new(python()).arg(script).arg(files.path()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let lines: Vec<Value> = String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), cards.len());
    for understood in lines {
        let name = understood["file"].as_str().unwrap();
        let card = &cards.iter().find(|(it, _)| *it == name).unwrap().1;
        assert_eq!(understood["error"], Value::Null, "{name}");
        assert_eq!(understood["fn"], card.name(), "{name}");
        let strings = |key: &str| -> Vec<String> {
            let all = understood[key].as_array().unwrap();
            all.iter().map(|text| text.as_str().unwrap_or_default().to_owned()).collect()
        };
        let ours = |name: &str| -> Vec<String> {
            let all = card.properties().iter().filter(|property| property.name() == name);
            all.map(|property| property.only().to_owned()).collect()
        };
        assert_eq!(strings("tel"), ours("TEL"), "{name}");
        assert_eq!(strings("email"), ours("EMAIL"), "{name}");
        assert_eq!(strings("note"), ours("NOTE"), "{name}");
        let photo = card.picture().map(|(_, bytes)| BASE64_STANDARD.encode(bytes));
        assert_eq!(understood["photo"].as_str(), photo.as_deref(), "{name}");
    }
}

/// khard, which keeps a folder of cards, lists all of them under the names that they have here.
#[test]
fn an_address_book_lists_every_card() {
    let files = TempDir::new().unwrap();
    let cards = cards();
    let book = files.path().join("book");
    fs::create_dir(&book).unwrap();
    for (at, (name, card)) in cards.iter().enumerate() {
        let version = if at % 2 == 0 { Version::V3 } else { Version::V4 };
        let mut text = card.text(version);
        // It lists none without one, and gives one to what it imports.
        if !text.contains("\r\nUID") {
            text = text.replace("END:VCARD\r\n", &format!("UID:{name}\r\nEND:VCARD\r\n"));
        }
        fs::write(book.join(format!("{name}.vcf")), text).unwrap();
    }
    let config = files.path().join("khard.conf");
    fs::write(&config, format!("[addressbooks]\n[[book]]\npath = {}\n", book.display())).unwrap();
    let khard = python().with_file_name("khard");
    let output = Command::new(khard)
        .env("HOME", files.path())
        .env("LANG", "C.UTF-8")
        .env("PYTHONUTF8", "1")
        .arg("-c")
        .arg(&config)
        .args(["list", "--parsable", "--fields", "formatted_name"])
        .output()
        .unwrap();
    let listed = String::from_utf8(output.stdout).unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{told}");
    for (name, card) in &cards {
        assert!(listed.lines().any(|line| line.trim() == card.name()), "{name}: {listed}\n{told}");
    }
    assert_eq!(listed.lines().count(), cards.len(), "{told}");
}

#[test]
fn every_part_of_a_whole_card_can_be_chosen() {
    let (_, card) = cards().into_iter().find(|(name, _)| *name == "everything-4.0").unwrap();
    for part in Part::ALL {
        assert!(card.first(part).is_some(), "{part:?}");
        let only = card.only(&[part]);
        for other in Part::ALL.into_iter().filter(|it| *it != part && *it != Part::Name) {
            assert_eq!(only.first(other), None, "{part:?} {other:?}");
        }
    }
    assert_eq!(Card::parse(&card.only(&[Part::Phone]).to_string()).err(), None::<BadCard>);
}
