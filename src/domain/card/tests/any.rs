//! What holds of every card, whatever came in.

use proptest::{collection::vec, option, prelude::*, sample::select, test_runner::TestCaseResult};

use super::{super::*, PNG};

fn holds(card: &Card) -> TestCaseResult {
    for version in [Version::V3, Version::V4] {
        let text = card.text(version);
        prop_assert!(Card::parse(&text).as_ref() == Ok(card), "{text}");
        // As many lines as properties, so no value made one.
        let lines = text.replace("\r\n ", "");
        prop_assert_eq!(
            lines.split_terminator("\r\n").count(),
            card.properties().len() + 3,
            "{}",
            text
        );
        prop_assert!(
            lines.replace("\r\n", "").chars().all(|c| !c.is_control()
                && !matches!(c,
            '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')),
            "{}",
            text
        );
        prop_assert!(text.split("\r\n").all(|line| line.len() <= 75));
    }
    Ok(())
}

/// Pieces that mean something to some reader, between others that do not.
fn value() -> impl Strategy<Value = String> {
    let piece = select(vec![
        "a",
        "é",
        "朱",
        " ",
        "  ",
        "\\",
        "\\n",
        "\\,",
        "\\;",
        ";",
        ",",
        ":",
        "\"",
        "^",
        "^n",
        "=",
        "=\n",
        "=3D",
        "=0A",
        "\n ",
        "\n",
        "\r\n",
        "\r",
        "\t",
        "\u{2028}",
        "\u{85}",
        "\u{202e}",
        "\0",
        "END:VCARD",
        "BEGIN:VCARD",
        "data:",
        "javascript:",
        "http://x.y/",
        "xmpp:a@b",
        "tel:",
        "geo:1,2",
        "1985-04-12",
        "--0412",
        "T10Z",
        "QUJD",
        "www.x.y",
        "image/png;base64,",
        PNG,
        "-05:00",
        "en-US",
        "M",
    ]);
    prop_oneof![vec(piece, 0..6).prop_map(|pieces| pieces.concat()), any::<String>()]
}

fn name() -> impl Strategy<Value = &'static str> {
    select(vec![
        "FN",
        "N",
        "NICKNAME",
        "PHOTO",
        "LOGO",
        "BDAY",
        "ANNIVERSARY",
        "GENDER",
        "ADR",
        "TEL",
        "EMAIL",
        "IMPP",
        "LANG",
        "TZ",
        "GEO",
        "TITLE",
        "ROLE",
        "ORG",
        "MEMBER",
        "RELATED",
        "CATEGORIES",
        "NOTE",
        "PRODID",
        "REV",
        "SOUND",
        "UID",
        "CLIENTPIDMAP",
        "URL",
        "KEY",
        "KIND",
        "SOURCE",
        "X-FOO",
        "LABEL",
        "SORT-STRING",
        "AGENT",
        "X-JABBER",
        "XML",
        "fn",
        "a.b",
        "",
        "VERSION",
    ])
}

fn param() -> impl Strategy<Value = (String, String)> {
    let name = select(vec![
        "TYPE",
        "PREF",
        "VALUE",
        "ENCODING",
        "CHARSET",
        "LANGUAGE",
        "LABEL",
        "PID",
        "ALTID",
        "X-P",
        "SORT-AS",
        "",
        "MEDIATYPE",
        "GEO",
        "X-APPLE-OMIT-YEAR",
    ]);
    let usual = select(vec![
        "pref",
        "work",
        "FAX",
        "JPEG",
        "b",
        "BASE64",
        "QUOTED-PRINTABLE",
        "uri",
        "text",
        "date",
        "1",
        "utf-8",
        "1985",
        "utc-offset",
        "internet",
    ]);
    (name.prop_map(str::to_owned), prop_oneof![usual.prop_map(str::to_owned), value()])
}

proptest! {
    #[test]
    fn no_text_panics_and_whatever_is_read_is_read_again(
        body in vec((option::of(value()), name(), vec(param(), 0..3), value()), 0..8),
        version in select(vec!["2.1", "3.0", "4.0"]),
    ) {
        let mut text = format!("BEGIN:VCARD\nVERSION:{version}\nFN:x\n");
        for (group, name, params, value) in body {
            let group = group.map(|group| group + ".").unwrap_or_default();
            text += &(group + name);
            for (name, value) in &params {
                text += &[";", name, "=", value].concat();
            }
            text += &[":", &value, "\n"].concat();
        }
        text.push_str("END:VCARD");
        if let Ok(card) = Card::parse(&text) {
            holds(&card)?;
        }
    }

    #[test]
    fn what_is_built_of_anything_is_read_again(
        body in vec((option::of(value()), name(), vec(param(), 0..3), vec(vec(value(), 0..3), 0..4)), 0..8),
    ) {
        let mut properties = vec![Property::text("FN", "x")];
        for (group, name, params, value) in body {
            let mut property = Property::new(name, Form::of(&name.to_uppercase()), value).in_group(group.as_deref());
            for (name, value) in &params {
                property.add(name, value);
            }
            properties.push(property);
        }
        if let Ok((card, _)) = Card::build(properties) {
            holds(&card)?;
        }
    }

    #[test]
    fn what_is_set_is_read_again(texts in vec(value(), 0..4), part in select(Part::ALL.to_vec())) {
        let mut card = Card::named("x");
        card.set(part, &texts);
        holds(&card)?;
    }

    #[test]
    fn no_file_panics(bytes in vec(any::<u8>(), 0..200)) {
        let _ = Card::read_file(&bytes);
        let _ = Card::read_file(&[b"BEGIN:VCARD\n", &bytes[..], b"\nEND:VCARD"].concat());
    }
}
