//! Every bad `send` gets the error that the specification names, and leaves nothing behind
//! (`xep/product-share.xml#errors`).

use minidom::Element;

use crate::{
    harness::{
        client::Client,
        component::{Component, Plan},
        server::{Kind, Server},
    },
    servers,
    stanzas::{CONTACT, DOMAIN, NS, goblet, in_state, register, send, share},
};

servers::facts!(
    every_bad_request_gets_its_named_error_and_nothing_is_kept,
    another_share_under_a_used_id_conflicts_and_is_not_kept,
    whoever_may_not_register_is_told_so_and_gets_no_account,
);

const STANZAS: &str = "urn:ietf:params:xml:ns:xmpp-stanzas";
const BOB: &[&str] = &["bob@localhost"];

/// A request and the error it must get.
struct Case {
    what: &'static str,
    payload: String,
    kind: &'static str,
    defined: &'static str,
    /// The application's own condition with its attributes; none where there is none.
    own: Option<(&'static str, &'static [(&'static str, &'static str)])>,
}

fn case(
    what: &'static str,
    payload: String,
    (kind, defined): (&'static str, &'static str),
    own: &'static str,
    attributes: &'static [(&'static str, &'static str)],
) -> Case {
    let own = Some((own, attributes)).filter(|(name, _)| !name.is_empty());
    Case { what, payload, kind, defined, own }
}

const BAD: (&str, &str) = ("modify", "bad-request");
const MALFORMED: (&str, &str) = ("modify", "jid-malformed");
const TOO_MUCH: (&str, &str) = ("modify", "not-acceptable");
const NOT_FOUND: (&str, &str) = ("cancel", "item-not-found");
const NOT_DONE: (&str, &str) = ("cancel", "feature-not-implemented");

/// A `<send/>` to Bob of a product with these fields.
fn with(fields: &str) -> String {
    send("bad", "", &format!("<product><name>Goblet</name>{fields}</product>"), BOB)
}

fn priced(price: &str, currency: &str) -> String {
    with(&format!("<offer price='{price}' priceCurrency='{currency}'/>"))
}

/// A `<send/>` of a goblet to these XEP-0033 addresses.
fn to(addresses: &str) -> String {
    format!(
        "<send xmlns='{NS}' id='bad'>{}<addresses xmlns='http://jabber.org/protocol/address'>{addresses}</addresses></send>",
        goblet()
    )
}

#[expect(clippy::too_many_lines, reason = "a table, one entry for each mistake")]
fn bad_requests() -> Vec<Case> {
    let one = |n| format!("<address jid='r{n}@localhost' type='bcc'/>");
    let many = (0..201).map(one).collect::<Vec<_>>().concat();
    let property = format!("<additionalProperty name='{0}' value='{0}'/>", "x".repeat(190));
    let large =
        property.repeat(30) + &format!("<description>{}</description>", "&lt;".repeat(1_900));
    let five_large =
        format!("<product><name>Goblet</name>{}</product>", property.repeat(30)).repeat(5);
    vec![
        case("a check digit", with("<gtin>4006381333932</gtin>"), BAD, "invalid-gtin", &[]),
        case("a GTIN of 9 digits", with("<gtin>400638133</gtin>"), BAD, "invalid-gtin", &[]),
        case("a GTIN with spaces", with("<gtin>4006381 333931</gtin>"), BAD, "invalid-gtin", &[]),
        case(
            "a reference by a wrong GTIN",
            send("bad", "", "<product-ref gtin='1'/>", BOB),
            BAD,
            "invalid-gtin",
            &[],
        ),
        case("grouping", priced("1,024.90", "EUR"), BAD, "invalid-price", &[]),
        case("a decimal comma", priced("24,90", "EUR"), BAD, "invalid-price", &[]),
        case("decimals of the yen", priced("24.9", "JPY"), BAD, "invalid-price", &[]),
        case("three decimals of the euro", priced("24.900", "EUR"), BAD, "invalid-price", &[]),
        case("a negative price", priced("-1", "EUR"), BAD, "invalid-price", &[]),
        case("an exponent", priced("1e3", "EUR"), BAD, "invalid-price", &[]),
        case("no price", priced("", "EUR"), BAD, "invalid-price", &[]),
        case("no such currency", priced("24.90", "EUO"), BAD, "invalid-currency", &[]),
        case("a currency in small letters", priced("24.90", "eur"), BAD, "invalid-currency", &[]),
        case(
            "no such country",
            with("<countryOfOrigin>XQ</countryOfOrigin>"),
            BAD,
            "invalid-country",
            &[],
        ),
        case(
            "a country by its name",
            with("<countryOfOrigin>Italy</countryOfOrigin>"),
            BAD,
            "invalid-country",
            &[],
        ),
        case(
            "a JID without a localpart",
            to("<address jid='@localhost' type='bcc'/>"),
            MALFORMED,
            "bad-address",
            &[("jid", "@localhost")],
        ),
        case(
            "a domain",
            to("<address jid='localhost' type='bcc'/>"),
            MALFORMED,
            "bad-address",
            &[("jid", "localhost")],
        ),
        case(
            "one bad JID among good ones",
            to("<address jid='bob@localhost' type='bcc'/><address jid='a@b@c@' type='bcc'/>"),
            MALFORMED,
            "bad-address",
            &[("jid", "a@b@c@")],
        ),
        case(
            "a JID that passes for another",
            to("<address jid='bob\u{1160}@localhost' type='bcc'/>"),
            MALFORMED,
            "bad-address",
            &[("jid", "bob@localhost")],
        ),
        case(
            "a number without its country",
            to("<address uri='tel:0455550100' type='bcc'/>"),
            BAD,
            "bad-address",
            &[("uri", "tel:0455550100")],
        ),
        case(
            "a mail address that is none",
            to("<address uri='mailto:mercutio' type='bcc'/>"),
            BAD,
            "bad-address",
            &[("uri", "mailto:mercutio")],
        ),
        case(
            "a URI without a scheme",
            to("<address uri='mercutio' type='bcc'/>"),
            BAD,
            "bad-address",
            &[("uri", "mercutio")],
        ),
        case(
            "JID and URI",
            to("<address jid='bob@localhost' uri='tel:+390455550100' type='bcc'/>"),
            BAD,
            "bad-address",
            &[],
        ),
        case("neither JID nor URI", to("<address type='bcc'/>"), BAD, "bad-address", &[]),
        case(
            "an address that is no recipient",
            to("<address jid='bob@localhost' type='replyto'/>"),
            BAD,
            "bad-address",
            &[],
        ),
        case(
            "sip",
            to("<address uri='sip:mercutio@localhost' type='bcc'/>"),
            NOT_DONE,
            "unsupported-scheme",
            &[],
        ),
        case("201 addresses", to(&many), TOO_MUCH, "too-many-recipients", &[("max", "200")]),
        case(
            "6 products",
            send("bad", "", &goblet().repeat(6), BOB),
            TOO_MUCH,
            "too-many-products",
            &[("max", "5")],
        ),
        case("a product of 24 kB", with(&large), TOO_MUCH, "too-large", &[("max-bytes", "16384")]),
        case(
            "five large products",
            send("bad", "", &five_large, BOB),
            TOO_MUCH,
            "too-large",
            &[("max-bytes", "40960")],
        ),
        case(
            "a code nobody has",
            send("bad", "", "<product-ref ref='7K3QX-M2NP8'/>", BOB),
            NOT_FOUND,
            "unknown-ref",
            &[],
        ),
        case(
            "a product nobody knows",
            send("bad", "", "<product-ref gtin='4006381333931'/>", BOB),
            NOT_FOUND,
            "unknown-product",
            &[],
        ),
        case(
            "an item nobody knows",
            send("bad", "", "<product-ref item='goblet'/>", BOB),
            NOT_FOUND,
            "unknown-product",
            &[],
        ),
        case("a reference to nothing", send("bad", "", "<product-ref/>", BOB), BAD, "", &[]),
        case(
            "a reference to two things",
            send("bad", "", "<product-ref item='x' ref='7K3QXM2NP8'/>", BOB),
            BAD,
            "",
            &[],
        ),
        case("no product", send("bad", "", "", BOB), BAD, "", &[]),
        case("a product without a name", send("bad", "", "<product/>", BOB), BAD, "", &[]),
        case("no address", to(""), BAD, "", &[]),
        case(
            "no addresses",
            format!("<send xmlns='{NS}' id='bad'>{}</send>", goblet()),
            BAD,
            "",
            &[],
        ),
        case("an empty id", send("", "", &goblet(), BOB), BAD, "", &[]),
        case("an id of 129 bytes", send(&"x".repeat(129), "", &goblet(), BOB), BAD, "", &[]),
        case(
            "a comment that is too long",
            send("bad", &"x".repeat(1_001), &goblet(), BOB),
            BAD,
            "",
            &[],
        ),
        case("a link of another scheme", with("<url>javascript:alert(1)</url>"), BAD, "", &[]),
        case(
            "a query of ours that is no request",
            format!("<sent xmlns='{NS}' share='x' ref='y' handle='1'/>"),
            NOT_DONE,
            "",
            &[],
        ),
    ]
}

/// Asserts that `answer` is the error of the case and nothing more.
fn assert_refused(case: &Case, answer: &Element) {
    let shown = format!("{}: {}", case.what, String::from(answer));
    assert_eq!(answer.attr("type"), Some("error"), "{shown}");
    assert_eq!(answer.attr("from"), Some(DOMAIN), "{shown}");
    assert_eq!(answer.children().count(), 1, "{shown}");
    let error = answer.children().find(|it| it.name() == "error").expect("an error");
    assert_eq!(error.attr("type"), Some(case.kind), "{shown}");
    let conditions: Vec<&str> = error
        .children()
        .filter(|it| it.ns() == STANZAS && it.name() != "text")
        .map(Element::name)
        .collect();
    assert_eq!(conditions, [case.defined], "{shown}");
    let text = error.get_child("text", STANZAS).map(Element::text).unwrap_or_default();
    assert!(text.len() > 10, "the error says what is wrong: {shown}");
    let own: Vec<&Element> = error.children().filter(|it| it.ns() == NS).collect();
    assert_eq!(
        own.iter().map(|it| it.name()).collect::<Vec<_>>(),
        case.own.map(|(name, _)| name).into_iter().collect::<Vec<_>>(),
        "{shown}"
    );
    if let (Some(condition), Some((_, attributes))) = (own.first(), case.own) {
        assert_eq!(condition.attrs().iter().count(), attributes.len(), "{shown}");
        for (name, value) in attributes {
            assert_eq!(condition.attr(*name), Some(*value), "{shown}");
        }
    }
}

fn assert_nothing_kept(component: &Component) {
    assert_eq!(in_state(component, "accepted"), 0, "{}", component.audit().1);
}

async fn every_bad_request_gets_its_named_error_and_nothing_is_kept(kind: Kind) {
    let server = Server::start(kind).await;
    let component = Component::start(&server).await;
    let alice = Client::login(&server, "alice").await;
    let stranger = case(
        "a sender without account",
        send("k", "", &goblet(), BOB),
        ("auth", "registration-required"),
        "not-registered-sender",
        &[],
    );
    assert_refused(&stranger, &alice.request("set", DOMAIN, &stranger.payload).await);
    register(&alice, "Alice").await;
    for case in bad_requests() {
        assert_refused(&case, &alice.request("set", DOMAIN, &case.payload).await);
    }
    assert_nothing_kept(&component);
    assert!(component.metric("tradepost_refused_total").await >= 40.0);
}

async fn another_share_under_a_used_id_conflicts_and_is_not_kept(kind: Kind) {
    let server = Server::start(kind).await;
    let component = Component::start(&server).await;
    let alice = Client::login(&server, "alice").await;
    register(&alice, "Alice").await;
    share(&alice, "k1", "one", BOB).await;
    for (what, other) in [
        ("other words", send("k1", "two", &goblet(), BOB)),
        ("other people", send("k1", "one", &goblet(), &["carol@localhost"])),
        ("another product", send("k1", "one", "<product><name>Jug</name></product>", BOB)),
    ] {
        let conflict = case(what, other, ("cancel", "conflict"), "id-conflict", &[]);
        assert_refused(&conflict, &alice.request("set", DOMAIN, &conflict.payload).await);
    }
    assert_eq!(in_state(&component, "accepted"), 1);
}

async fn whoever_may_not_register_is_told_so_and_gets_no_account(kind: Kind) {
    let server = Server::start(kind).await;
    let plan = Plan::new(&server).set("access.register", vec!["elsewhere.example"]);
    let component = plan.start().await;
    let alice = Client::login(&server, "alice").await;
    let query = "<query xmlns='jabber:iq:register'><nick>Alice</nick></query>".to_owned();
    let forbidden = case("a registration", query, ("auth", "forbidden"), "", &[]);
    assert_refused(&forbidden, &alice.request("set", DOMAIN, &forbidden.payload).await);

    alice.send(&format!("<presence to='{CONTACT}' type='subscribe'/>")).await.expect("sent");
    let refused = |it: &Element| it.name() == "presence" && it.attr("type") == Some("unsubscribed");
    alice.expect("a refusal of the subscription", refused, crate::harness::PATIENCE).await;
    alice
        .send(&format!("<message to='{CONTACT}' type='chat'><body>join</body></message>"))
        .await
        .expect("sent");
    let said = alice.message(crate::harness::PATIENCE).await.expect("words");
    assert!(
        crate::stanzas::body(&said).starts_with("This service does not take registrations"),
        "{said:?}"
    );

    let stranger = case(
        "a share",
        send("k", "", &goblet(), BOB),
        ("auth", "registration-required"),
        "not-registered-sender",
        &[],
    );
    assert_refused(&stranger, &alice.request("set", DOMAIN, &stranger.payload).await);
    assert_nothing_kept(&component);
}
