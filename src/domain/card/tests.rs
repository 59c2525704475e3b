//! What is read, kept, left out and written.

mod any;

use super::*;

const PNG: &str = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

fn card(lines: &str) -> Card {
    match Card::parse(&format!("BEGIN:VCARD\r\nVERSION:3.0\r\n{lines}\r\nEND:VCARD\r\n")) {
        Ok(card) => card,
        Err(error) => panic!("{error}: {lines}"),
    }
}

fn line(card: &Card, version: Version, name: &str) -> String {
    let text = card.text(version).replace("\r\n ", "");
    text.lines().find(|line| line.starts_with(name)).unwrap_or_default().to_owned()
}

#[test]
fn a_card_is_read_and_written() {
    let card = card(
        "FN:Juliet Capulet\r\nTEL;TYPE=work,voice:+39 045 555 0100\r\nTEL;TYPE=fax:+39 045 555 0101\r\nX-PET:Nurse",
    );
    assert_eq!(card.name(), "Juliet Capulet");
    assert_eq!(card.first(Part::Phone).as_deref(), Some("+39 045 555 0100"));
    assert_eq!(card.values(Part::Phone)[0].kinds, ["work", "voice"]);
    assert_eq!(card.first(Part::Fax).as_deref(), Some("+39 045 555 0101"));
    assert!(card.text(Version::V4).contains("X-PET:Nurse"));
    assert!(!card.only(&[Part::Phone]).text(Version::V4).contains("PET"));
    assert_eq!(Card::parse(&card.to_string()), Ok(card));
}

#[test]
fn what_is_no_card_is_refused_by_name() {
    let many = format!("BEGIN:VCARD\nFN:x\n{}END:VCARD", "NOTE:y\n".repeat(PROPERTIES_MAX));
    let large = format!("BEGIN:VCARD\nFN:x\nNOTE:{}\nEND:VCARD", "y".repeat(BYTES_MAX));
    // Escaped, it would be larger than what is read again.
    let grows = format!("BEGIN:VCARD\nFN:x\nNOTE:{}\nEND:VCARD", ",".repeat(BYTES_MAX - 100));
    for (text, error) in [
        ("", BadCard::NotACard),
        ("hello", BadCard::NotACard),
        ("BEGIN:VCARD\nFN:x\n", BadCard::NotACard),
        ("BEGIN:VCARD\nFN:x\nEND:VCALENDAR\n", BadCard::NotACard),
        ("BEGIN:VCALENDAR\nFN:x\nEND:VCALENDAR\n", BadCard::NotACard),
        ("FN:x\nBEGIN:VCARD\nFN:x\nEND:VCARD\n", BadCard::NotACard),
        ("BEGIN:VCARD\nFN:x\nEND:VCARD\nrest\n", BadCard::NotACard),
        ("BEGIN:VCARD\nFN:x\nEND:VCARD\nBEGIN:VCARD\nFN:y\nEND:VCARD", BadCard::Several),
        ("BEGIN:VCARD\nFN:x\nAGENT:\nBEGIN:VCARD\nFN:y\nEND:VCARD\nEND:VCARD", BadCard::Several),
        ("BEGIN:VCARD\nTEL:+39 045 555 0100\nEND:VCARD", BadCard::NoName),
        ("BEGIN:VCARD\nFN:\u{202e}\nN:;;;;\nEND:VCARD", BadCard::NoName),
        (&many, BadCard::TooMany),
        (&large, BadCard::TooLarge),
        (&grows, BadCard::TooLarge),
    ] {
        let short: String = text.chars().take(80).collect();
        assert_eq!(Card::parse(text), Err(error), "{short}");
    }
}

#[test]
fn whoever_has_no_name_is_called_by_what_he_has() {
    for (lines, name) in [
        ("N:Capulet;Juliet;Maria;Dr.;", "Dr. Juliet Maria Capulet"),
        ("ORG:House of Capulet;Kitchen", "House of Capulet"),
        ("NICKNAME:Jule,J", "Jule"),
        ("EMAIL:juliet@capulet.lit", "juliet@capulet.lit"),
    ] {
        assert_eq!(card(lines).name(), name);
    }
    let firm = card("FN:House of Capulet\r\nORG:House of Capulet");
    assert_eq!(line(&firm, Version::V3, "N:"), "N:;;;;");
    assert_eq!(
        line(&card("FN:Juliet Maria Capulet"), Version::V3, "N:"),
        "N:Capulet;Juliet Maria;;;"
    );
}

#[test]
fn what_a_telephone_cannot_read_is_written_as_it_can() {
    let card = card(&format!(
        "FN:Juliet Capulet\r\nBDAY:--04-12\r\nGEO:45.44;10.99\r\nTZ:+01:00\r\nREV:2026-11-21T18:00:00Z\r\n\
         PHOTO;ENCODING=b;TYPE=PNG:{PNG}\r\nTEL;TYPE=CELL,pref:+39 333\r\nEMAIL;TYPE=INTERNET:j@capulet.lit\r\n\
         IMPP;TYPE=home:xmpp:juliet@capulet.lit"
    ));
    for (start, v3, v4) in [
        ("BDAY", "BDAY;X-APPLE-OMIT-YEAR=1604:1604-04-12", "BDAY:--0412"),
        ("GEO", "GEO:45.44;10.99", "GEO:geo:45.44,10.99"),
        ("TZ", "TZ:+01:00", "TZ;VALUE=utc-offset:+0100"),
        ("REV", "REV:2026-11-21T18:00:00Z", "REV:20261121T180000Z"),
        ("TEL", "TEL;TYPE=cell,pref:+39 333", "TEL;PREF=1;TYPE=cell:+39 333"),
        ("EMAIL", "EMAIL;TYPE=internet:j@capulet.lit", "EMAIL:j@capulet.lit"),
        (
            "PHOTO",
            &format!("PHOTO;TYPE=PNG;ENCODING=b:{PNG}"),
            &format!("PHOTO:data:image/png;base64,{PNG}"),
        ),
    ] {
        assert_eq!(line(&card, Version::V3, start), v3);
        assert_eq!(line(&card, Version::V4, start), v4);
    }
    let text = card.text(Version::V3);
    let at = |name: &str| text.find(name).unwrap_or_default();
    assert!(at("\r\nIMPP") < at("\r\nN:"), "IMPP is not last: {text}");
    assert!(text.lines().all(|line| line.len() <= 75));
    let scan = card.scan_text();
    assert!(scan.contains("\nIMPP;TYPE=home:xmpp:juliet@capulet.lit\nN:"), "{scan}");
    assert!(!scan.contains('\r') && !scan.contains("PHOTO"));
}

#[test]
fn a_picture_is_what_its_bytes_are_and_not_what_it_says() {
    let picture = |value: &str| {
        let text = format!("BEGIN:VCARD\nFN:x\nPHOTO{value}\nEND:VCARD");
        Card::read(&text).map(|(card, removed)| (card.picture(), removed))
    };
    let (found, removed) = picture(&format!(";ENCODING=b;TYPE=GIF:{PNG}")).unwrap();
    assert_eq!(found.map(|(media, _)| media), Some("image/png"));
    assert_eq!(removed, []);
    for (value, why) in [
        (":data:text/html;base64,PHNjcmlwdD4=".to_owned(), Why::NotAPicture),
        (";ENCODING=b;TYPE=SVG:PHN2Zz48L3N2Zz4=".to_owned(), Why::NotAPicture),
        (format!(";ENCODING=b:/9j/{}", "AAAA".repeat(PICTURE_BYTES_MAX / 3)), Why::TooLarge),
        (";VALUE=uri:file:///etc/passwd".to_owned(), Why::Scheme),
        (":../../secret.png".to_owned(), Why::Malformed),
    ] {
        let (found, removed) = picture(&value).unwrap();
        assert_eq!(found, None);
        assert_eq!(removed, [Removed { name: "PHOTO".to_owned(), why }]);
    }
    let mut card = Card::named("Juliet");
    assert!(card.set_picture(Part::Logo, b"GIF89a..."));
    assert!(!card.set_picture(Part::Logo, b"<svg/>"));
    assert_eq!(card.logo(), Some(("image/gif", b"GIF89a...".to_vec())));
}

#[test]
fn addresses_of_foreign_schemes_go_and_people_can_still_be_reached() {
    let card = card(
        "FN:x\r\nURL:javascript:alert(1)\r\nURL:JaVa Script:alert(1)\r\nURL:/etc/passwd\r\nURL:../up\r\n\
         URL:www.capulet.lit/shop\r\nURL:https://capulet.lit/?a=1,2;3\r\nIMPP:skype:juliet\r\n\
         IMPP:xmpp:juliet@capulet.lit\r\nKEY:data:application/pgp-keys;base64,AAAA\r\nSOUND:file:///x.wav\r\n\
         SOURCE:ldap://capulet.lit/\r\nX-SOCIALPROFILE:javascript:alert(1)\r\nX-PAGE:smb://host/x\r\n\
         X-SOCIALPROFILE;TYPE=verona:https://verona.lit/juliet\r\nTEL;VALUE=uri:tel:+39-045;ext=5\r\n\
         UID:javascript:x\r\nXML:<script/>\r\nRELATED:Romeo\r\nX_A:no",
    );
    let texts = |part| card.values(part).into_iter().map(|value| value.text).collect::<Vec<_>>();
    assert_eq!(texts(Part::Url), ["http://www.capulet.lit/shop", "https://capulet.lit/?a=1,2;3"]);
    assert_eq!(texts(Part::Impp), ["xmpp:juliet@capulet.lit"]);
    assert_eq!(texts(Part::Phone), ["+39-045;ext=5"]);
    let names: Vec<&str> = card.properties().iter().map(Property::name).collect();
    assert_eq!(names, ["FN", "N", "IMPP", "URL", "URL", "X-SOCIALPROFILE", "TEL", "RELATED"]);
    assert_eq!(Card::parse(&card.text(Version::V3)), Ok(card));
}

#[test]
fn what_is_not_known_comes_out_as_it_went_in() {
    for line in [
        "X-ANDROID-CUSTOM:vnd.android.cursor.item/nickname;Jule;1;;;;;;;;;;;;;",
        "X-A:a\\,b,c\\;d;e",
        "item1.X-ABLabel:_$!<HomePage>!$_",
        "X-B;ENCODING=b:QUJD",
        "X-C;X-P=\"a:b\",c:d",
        "TEL;TYPE=work,x-mine:+1",
        "LABEL;TYPE=home:Via Cappello 23\\nVerona",
    ] {
        let card = card(&format!("FN:x\r\n{line}"));
        for version in [Version::V3, Version::V4] {
            let text = card.text(version).to_uppercase();
            assert!(text.contains(&format!("\r\n{}\r\n", line.to_uppercase())), "{line}: {text}");
        }
    }
}

#[test]
fn an_old_card_in_quoted_printable_is_read_whatever_its_alphabet() {
    let old = |line: &str| {
        let text = format!("BEGIN:VCARD\r\nVERSION:2.1\r\nN:x\r\n{line}\r\nEND:VCARD\r\n");
        Card::parse(&text).unwrap()
    };
    let name = |line| old(line).name().to_owned();
    assert_eq!(
        name("FN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=E6=9C=B1=\r\n=E4=B8=BD=E5=8F=B6"),
        "朱丽叶"
    );
    assert_eq!(name("FN;ENCODING=QUOTED-PRINTABLE;CHARSET=GB2312:=D6=EC=C0=F6=D2=B6"), "朱丽叶");
    assert_eq!(name("FN;QUOTED-PRINTABLE;CHARSET=Shift_JIS:=83=57=83=85"), "ジュ");
    assert_eq!(name("FN;ENCODING=QUOTED-PRINTABLE:J=FCrgen"), "Jürgen");
    // Letters that are not encoded, digits in small letters, and pairs that are none.
    let broken = "FN;ENCODING=QUOTED-PRINTABLE:朱=E6=9C=B1=e4=b8=bd =x 5=4";
    assert_eq!(name(broken), "朱朱丽 =x 5=4");
    assert_eq!(name("FN;ENCODING=QUOTED-PRINTABLE:a=0D=0AEND:VCARD=0D=0Ab"), "a END:VCARD b");
    let card = old("TEL;CELL;PREF:+39\r\nADR;HOME:;;Via Cappello 23, scala B;Verona;;37121;Italia");
    assert_eq!(card.values(Part::Phone)[0].kinds, ["cell"]);
    assert_eq!(card.parts_of_address()[0].street, "Via Cappello 23, scala B");
    assert_eq!(Card::parse(&card.text(Version::V3)), Ok(card));
}

#[test]
fn a_file_is_read_in_whichever_encoding_it_is() {
    let text = "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Jürgen\r\nEND:VCARD\r\n";
    let utf16: Vec<u8> =
        [0xfeff].into_iter().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    let latin: Vec<u8> = text.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
    for bytes in [text.as_bytes(), &utf16, &latin, format!("\u{feff}{text}").as_bytes()] {
        assert_eq!(Card::read_file(bytes).unwrap().0.name(), "Jürgen");
    }
}

#[test]
fn what_is_set_keeps_what_was_there_and_cannot_break_out() {
    let mut card = card(
        "FN:x\r\nADR;TYPE=work:;;Via Cappello 23;Verona;;37121;Italia\r\nTEL;TYPE=cell:+39 333",
    );
    let address = card.first(Part::Address).unwrap();
    card.set(Part::Address, &[address, "Mantova".to_owned()]);
    assert_eq!(card.parts_of_address()[0].code, "37121");
    assert_eq!(card.parts_of_address()[1].street, "Mantova");
    card.set(Part::Fax, &["+39 045".to_owned()]);
    assert_eq!(card.first(Part::Phone).as_deref(), Some("+39 333"));
    card.set(Part::Title, &["Boss\r\nEND:VCARD\r\nBEGIN:VCARD".to_owned()]);
    card.set(Part::Url, &["javascript:x".to_owned()]);
    assert_eq!(card.first(Part::Title).as_deref(), Some("Boss END:VCARD BEGIN:VCARD"));
    assert_eq!(card.first(Part::Url), None);
    card.set(Part::Name, &[]);
    assert_eq!(card.name(), "x");
    card.set(Part::Categories, &["a,b".to_owned(), "c".to_owned()]);
    assert_eq!(card.values(Part::Categories).len(), 2);
    assert_eq!(Card::parse(&card.to_string()), Ok(card));
    assert_eq!(Card::named("\u{202e}").name(), "?");
}

#[test]
fn two_cards_of_one_person_have_a_key_in_common() {
    let keys = card(
        "FN:x\r\nIMPP:xmpp:Juliet@Capulet.LIT/balcony\r\nTEL:+39 (045) 800-1234\r\nTEL:045 8001235\r\n\
         TEL;TYPE=fax:+390458001236\r\nEMAIL:Juliet@Capulet.lit\r\nX-JABBER:j@capulet.lit",
    )
    .keys();
    assert_eq!(
        keys,
        [
            "mailto:juliet@capulet.lit",
            "tel:+390458001234",
            "xmpp:j@capulet.lit",
            "xmpp:juliet@capulet.lit"
        ]
    );
}

#[test]
fn names_are_folded_for_lists_and_searches() {
    assert_eq!(fold("  Élodie  ŠTRASSE İ"), "elodie strasse i");
    assert_eq!(card("FN:Romeo de Montague\r\nSORT-STRING:Montague").sorted(), "montague");
    let words = card("FN:Jürgen Groß\r\nTEL:+39 045 800\r\nORG:Acme\\, Inc.;朱丽叶").words();
    assert_eq!(words, ["jurgen", "groß", "acme", "inc", "朱丽叶", "39045800", "+39", "045", "800"]);
    assert_eq!(card("FN:../Juliet \"C\" Capulet!").file_name(), "Juliet-C-Capulet.vcf");
    assert_eq!(card("FN:...").file_name(), "card.vcf");
}

#[test]
fn a_copy_follows_the_card_and_keeps_what_its_owner_added() {
    let base = card(
        "FN:Juliet Capulet\r\nTEL:+39 1\r\nTEL:+39 2\r\nEMAIL:j@capulet.lit\r\nTITLE:Daughter",
    );
    let copy = card(
        "FN:Juliet Capulet\r\nTEL:+39 1\r\nEMAIL:j@capulet.lit\r\nTITLE:Daughter\r\nNOTE:met at the ball",
    );
    let theirs = card(
        "FN:Juliet Montague\r\nTEL:+39 2\r\nTEL:+39 3\r\nEMAIL:j@montague.lit\r\nTITLE:Daughter",
    );
    let merged = copy.merge(&base, &theirs);
    assert_eq!(merged.name(), "Juliet Montague");
    let texts = |part| merged.values(part).into_iter().map(|value| value.text).collect::<Vec<_>>();
    assert_eq!(texts(Part::Phone), ["+39 3"], "1 is gone with them, 2 was taken away by the owner");
    assert_eq!(texts(Part::Mail), ["j@montague.lit"]);
    assert_eq!(texts(Part::Note), ["met at the ball"]);
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(
        base.diff(&theirs),
        [
            Change { part: Part::Name, old: some("Juliet Capulet"), new: some("Juliet Montague") },
            Change { part: Part::Phone, old: some("+39 1"), new: some("+39 3") },
            Change { part: Part::Mail, old: some("j@capulet.lit"), new: some("j@montague.lit") },
        ]
    );
    assert_eq!(copy.merge(&base, &base), copy);
}

#[test]
fn a_log_shows_nothing_of_a_card() {
    assert_eq!(format!("{:?}", Card::named("Juliet")), "Card { properties: 2, .. }");
}
