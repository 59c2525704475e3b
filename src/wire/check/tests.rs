//! What requests must say, and what is said when they do not.

use super::*;

fn address(jid: Option<&str>, uri: Option<&str>) -> Address {
    Address {
        jid: jid.map(Into::into),
        uri: uri.map(Into::into),
        kind: "bcc".into(),
        ..Address::default()
    }
}

#[test]
fn a_wrong_address_is_named_in_the_refusal() {
    for (jid, uri, refusal) in [
        (Some("@montague.lit"), None, Refused::Jid("@montague.lit".into())),
        (Some("romeo\u{1160}@x.lit"), None, Refused::Unseen("romeo@x.lit".into())),
        (None, Some("xmpp:romeo\u{2800}@x.lit"), Refused::Unseen("xmpp:romeo @x.lit".into())),
        (None, Some("tel:0455550100"), Refused::Uri("tel:0455550100".into())),
        (None, Some("tel:+1"), Refused::Uri("tel:+1".into())),
        (None, Some("tel:+99912345678"), Refused::Uri("tel:+99912345678".into())),
        (None, Some("tel:+3904555"), Refused::Uri("tel:+3904555".into())),
        (None, Some("mailto:a@b?bcc=c"), Refused::Uri("mailto:a@b?bcc=c".into())),
        (None, Some("romeo"), Refused::Uri("romeo".into())),
        (None, Some("sip:romeo@montague.lit"), Refused::Scheme("sip:romeo@montague.lit".into())),
        (None, None, Refused::Address),
        (Some("a@b"), Some("tel:+390455550100"), Refused::Address),
    ] {
        assert_eq!(recipient(&address(jid, uri), &Limits::default()), Err(refusal));
    }
    let found = recipient(&address(None, Some("tel:+44-020-79460000")), &Limits::default());
    assert_eq!(found.map(|it| it.to_string()).as_deref(), Ok("tel:+442079460000"));
}

#[test]
fn at_the_service_are_numbers_and_nobody_else() {
    let limits = Limits { own: "share.b\u{f6}se.lit".parse().ok(), ..Limits::default() };
    let number = "tel:+390455550100";
    for (text, found) in [
        ("+390455550100@share.b\u{f6}se.lit", Some(number)),
        ("+390455550100@SHARE.xn--bse-sna.lit/phone", Some(number)),
        ("+390455550100@share.lit", Some("+390455550100@share.lit")),
        ("+39@share.b\u{f6}se.lit", None),
        ("390455550100@share.b\u{f6}se.lit", None),
        ("share@share.b\u{f6}se.lit", None),
        ("romeo@share.b\u{f6}se.lit", None),
    ] {
        let uri = format!("xmpp:{text}");
        for it in [address(Some(text), None), address(None, Some(&uri))] {
            let read = recipient(&it, &limits).map(|it| it.to_string());
            let is_right = match (&read, found) {
                (Err(Refused::Own(_)), None) => true,
                (Ok(read), Some(found)) => read == found,
                _ => false,
            };
            assert!(is_right, "{text}: {read:?}");
        }
    }
    let one = |jid| address(Some(jid), None);
    let addresses = vec![address(None, Some(number)), one("+390455550100@share.b\u{f6}se.lit")];
    assert_eq!(recipients(&Addresses { addresses }, &limits).map(|all| all.len()), Ok(1));
}

fn send(items: usize, recipients: usize) -> Send {
    let product = super::super::product::Product {
        names: vec![(None, "Goblet".into())],
        ..Default::default()
    };
    Send {
        id: None,
        comment: Some((Some("en".into()), " For your table? ".into())),
        items: vec![WireItem::Product(Box::new(product)); items],
        files: Vec::new(),
        addresses: Addresses {
            addresses: (0..recipients)
                .map(|n| address(Some(&format!("r{n}@montague.lit")), None))
                .collect(),
        },
    }
}

#[test]
fn a_request_is_taken_up_to_its_limits_and_no_further() {
    let limits = Limits::default();
    let request = send(5, 200).check(&limits).unwrap();
    assert_eq!((request.items.len(), request.recipients.len()), (5, 200));
    assert_eq!(request.comment.unwrap().text, "For your table?");
    assert_eq!(send(0, 1).check(&limits), Err(Refused::NoProduct));
    assert_eq!(send(1, 0).check(&limits), Err(Refused::NoRecipient));
    assert_eq!(send(6, 1).check(&limits), Err(Refused::TooManyProducts { max: 5 }));
    assert_eq!(send(1, 201).check(&limits), Err(Refused::TooManyRecipients { max: 200 }));
}

#[test]
fn nobody_gets_a_share_twice() {
    let mut send = send(1, 2);
    let again = address(Some("R0@montague.lit/phone"), None);
    send.addresses.addresses.push(again);
    assert_eq!(send.check(&Limits::default()).unwrap().recipients.len(), 2);
}

#[test]
fn a_reference_says_exactly_one_thing() {
    let gtin = Some("4006381333931".to_owned());
    let both = ProductRef { gtin: gtin.clone(), item: Some("x".into()), code: None };
    assert_eq!(Item::try_from(both), Err(Refused::OneOf("product-ref")));
    assert_eq!(Lookup::default().check(), Err(Refused::OneOf("lookup")));
    assert!(matches!(Lookup { gtin, code: None }.check(), Ok(Item::Gtin(_))));
}

#[test]
fn every_refusal_is_one_error_with_the_right_condition() {
    let error = Refused::Jid("@x".into()).error();
    assert_eq!(error.defined_condition, DefinedCondition::JidMalformed);
    assert!(error.other.unwrap().is("bad-address", super::super::ns::PRODUCT_SHARE));
    let error = Refused::NoProduct.error();
    assert_eq!(error.defined_condition, DefinedCondition::BadRequest);
    assert_eq!(error.other, None);
}
