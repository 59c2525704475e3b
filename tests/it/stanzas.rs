//! Stanzas that the scenarios send, and what they look for in what comes back.

use jiff::Timestamp;
use minidom::Element;
use tradepost::domain::clock::{Clock, Millis};

use crate::harness::{
    PATIENCE, client::Client, component::Component, eventually, server::Server, wire::CLIENT,
};

pub(crate) const NS: &str = "urn:xmpp:product-share:0";
pub(crate) const CONTACT: &str = "share@share.localhost";
pub(crate) const SPEAKER: &str = "share@share.localhost/tradepost-service";
pub(crate) const DOMAIN: &str = "share.localhost";

/// Alice and Bob, who have joined.
pub(crate) async fn alice_and_bob(server: &Server) -> (Client, Client) {
    let (alice, bob) = tokio::join!(Client::login(server, "alice"), Client::login(server, "bob"));
    register(&alice, "Alice").await;
    register(&bob, "Bob").await;
    (alice, bob)
}

/// A goblet, with everything a product can have but pictures.
pub(crate) fn goblet() -> String {
    "<product id='https://shop.verona.lit/p/4006381333931'><name xml:lang='en'>Silver goblet</name>\
     <name xml:lang='zh-CN'>银高脚杯</name><brand>Capulet Silver</brand><gtin>4006381333931</gtin>\
     <color>silver</color><countryOfOrigin>IT</countryOfOrigin>\
     <additionalProperty name='Capacity' value='0.4' unitCode='LTR'/>\
     <offer availability='InStock' price='24.90' priceCurrency='EUR' seller='Verona Table' \
     url='https://shop.verona.lit/p/4006381333931'/>\
     <aggregateRating bestRating='5' ratingCount='120' ratingValue='4.5'/>\
     <url>https://shop.verona.lit/p/4006381333931</url></product>"
        .to_owned()
}

/// A goblet with a picture that clients show by themselves, when they may have it from `url`.
pub(crate) fn pictured(url: &str, size: &str) -> String {
    let picture = format!(
        "<file-sharing xmlns='urn:xmpp:sfs:0' disposition='inline'>\
         <file xmlns='urn:xmpp:file:metadata:0'><media-type>image/jpeg</media-type><size>{size}</size></file>\
         <sources><url-data xmlns='http://jabber.org/protocol/url-data' target='{url}'/></sources>\
         </file-sharing></product>"
    );
    goblet().replace("</product>", &picture)
}

/// A `<send/>` of these products to these bare JIDs, `tel:` and `mailto:` addresses.
pub(crate) fn send(id: &str, comment: &str, products: &str, to: &[&str]) -> String {
    let address = |to: &&str| {
        let name = if to.contains(':') { "uri" } else { "jid" };
        format!("<address {name}='{to}' type='bcc'/>")
    };
    let addresses = to.iter().map(address).collect::<Vec<_>>().concat();
    format!(
        "<send xmlns='{NS}' id='{id}'><comment xml:lang='en'>{comment}</comment>{products}\
         <addresses xmlns='http://jabber.org/protocol/address'>{addresses}</addresses></send>"
    )
}

/// Registers by XEP-0077 and lets the service see the account (the habits accept that).
pub(crate) async fn register(client: &Client, nick: &str) {
    let answer = client
        .request(
            "set",
            DOMAIN,
            &format!("<query xmlns='jabber:iq:register'><nick>{nick}</nick></query>"),
        )
        .await;
    assert_eq!(answer.attr("type"), Some("result"), "{answer:?}");
    // The service asks to see our presence; the habits have said yes when this has passed.
    client
        .expect(
            "a subscription request",
            |it| it.name() == "presence" && it.attr("type") == Some("subscribe"),
            PATIENCE,
        )
        .await;
}

/// Sends a share that must be taken.
pub(crate) async fn share(client: &Client, id: &str, comment: &str, to: &[&str]) -> Element {
    let answer = client.request("set", DOMAIN, &send(id, comment, &goblet(), to)).await;
    assert_eq!(answer.attr("type"), Some("result"), "{answer:?}");
    answer.get_child("sent", NS).expect("<sent/>").clone()
}

/// The next message that shows a share with this comment.
pub(crate) async fn shown(client: &Client, comment: &str) -> Element {
    client
        .expect(
            &format!("the share {comment:?}"),
            |it| comment_of(it).as_deref() == Some(comment),
            PATIENCE,
        )
        .await
}

/// What the sender of the share in this message says.
pub(crate) fn comment_of(message: &Element) -> Option<String> {
    Some(message.get_child("share", NS)?.get_child("comment", NS)?.text())
}

/// The time, as exactly as it is kept.
pub(crate) fn now() -> Millis {
    Clock::System.now()
}

/// Since when this message has waited (XEP-0203).
pub(crate) fn waited_since(message: &Element) -> Millis {
    let delay = message.get_child("delay", "urn:xmpp:delay").expect("since when it has waited");
    moment(delay.attr("stamp").expect("a time"))
}

/// The moment that is written so: in UTC, with digits for milliseconds or microseconds, or without
/// (XEP-0082).
pub(crate) fn moment(stamp: &str) -> Millis {
    let at: Timestamp = stamp.parse().expect("a moment");
    let forms = [format!("{at:.0}"), format!("{at:.3}"), format!("{at:.6}")];
    assert!(forms.iter().any(|form| form == stamp), "{stamp}");
    Millis(at.as_millisecond())
}

pub(crate) fn body(message: &Element) -> String {
    message.get_child("body", CLIENT).map(Element::text).unwrap_or_default()
}

/// Waits until nothing is queued or on its way any more: all of it is with the server.
pub(crate) async fn settled(component: &Component) {
    let settled = eventually(PATIENCE, async || {
        in_state(component, "queued") + in_state(component, "claimed") == 0
    });
    assert!(settled.await, "{}\n{}", component.audit().1, component.log());
}

/// How many deliveries are in a state, as `tradepost audit` says.
pub(crate) fn in_state(component: &Component, state: &str) -> i64 {
    let (_, books) = component.audit();
    let count = |line: &str| line.strip_prefix(state)?.trim().parse().ok();
    books.lines().find_map(count).unwrap_or_else(|| panic!("no {state} in {books}"))
}
