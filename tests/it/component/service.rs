//! What the service answers for itself, and what people see of it.

use base64::{Engine, prelude::BASE64_STANDARD};
use minidom::Element;
use sha1::{Digest, Sha1};
use tradepost::component::extensions::features;

use crate::{
    harness::{
        PATIENCE,
        client::{Client, Habits},
        component::{Component, Plan},
        server::{Kind, Server},
        wire::CLIENT,
    },
    servers,
    stanzas::{
        CONTACT, DOMAIN, NS, SPEAKER, body, goblet, in_state, moment, now, pictured, register,
        send, settled, share, shown,
    },
};

servers::facts!(
    discovery_tells_who_answers_and_what_is_spoken,
    the_presence_of_domain_and_contact_carries_capabilities_and_picture_that_hold,
    ping_version_and_time_are_answered_and_everything_else_refused,
    answers_and_errors_are_never_answered,
    an_account_is_made_shown_and_removed_by_the_registration_form,
    who_adds_the_contact_is_added_in_return_and_sees_it_until_he_takes_it_out,
    after_leave_nothing_more_arrives,
    a_share_for_somebody_who_has_not_joined_waits_until_he_does,
    a_picture_comes_before_the_text_to_those_who_see_and_are_seen,
    an_account_that_joined_in_chinese_is_spoken_to_in_chinese,
);

const DISCO_INFO: &str = "http://jabber.org/protocol/disco#info";
const DISCO_ITEMS: &str = "http://jabber.org/protocol/disco#items";
const CAPS: &str = "http://jabber.org/protocol/caps";
const VCARD: &str = "vcard-temp";
const VCARD_UPDATE: &str = "vcard-temp:x:update";
const REGISTER: &str = "jabber:iq:register";
const STANZAS: &str = "urn:ietf:params:xml:ns:xmpp-stanzas";
const ROSTER: &str = "jabber:iq:roster";
const PICTURE: &str = "https://shop.verona.lit/i/goblet.jpg";

// ---- what it says of itself ---------------------------------------------------------------------

async fn discovery_tells_who_answers_and_what_is_spoken(kind: Kind) {
    let server = Server::start(kind).await;
    let _component = Component::start(&server).await;
    let alice = Client::login(&server, "alice").await;
    for (to, category, kind) in
        [(DOMAIN, "component", "generic"), (CONTACT, "client", "bot"), (SPEAKER, "client", "bot")]
    {
        let info = query(&alice, to, DISCO_INFO, "").await;
        let identities: Vec<_> = info.children().filter(|it| it.name() == "identity").collect();
        assert_eq!(identities.len(), 1, "{info:?}");
        assert_eq!(identities[0].attr("category"), Some(category));
        assert_eq!(identities[0].attr("type"), Some(kind));
        assert_eq!(identities[0].attr("name"), Some("Tradepost"));
        assert_eq!(vars(&info), features(to != DOMAIN), "what the table of extensions says");
        for namespace in [DISCO_INFO, DISCO_ITEMS] {
            let nowhere = format!("<query xmlns='{namespace}' node='nowhere'/>");
            assert_refused(&alice.request("get", to, &nowhere).await, "cancel", "item-not-found");
        }
    }
    let items = query(&alice, DOMAIN, DISCO_ITEMS, "").await;
    let jids: Vec<_> = items.children().filter_map(|it| it.attr("jid")).collect();
    assert_eq!(jids, [CONTACT]);
    assert_eq!(query(&alice, CONTACT, DISCO_ITEMS, "").await.children().count(), 0);
    // People find it in their client's list of services.
    let services = query(&alice, "localhost", DISCO_ITEMS, "").await;
    assert!(services.children().any(|it| it.attr("jid") == Some(DOMAIN)), "{services:?}");
}

async fn the_presence_of_domain_and_contact_carries_capabilities_and_picture_that_hold(kind: Kind) {
    let server = Server::start(kind).await;
    let _component = Component::start(&server).await;
    let alice = Client::login(&server, "alice").await;
    for (to, from) in [(CONTACT, SPEAKER), (DOMAIN, "share.localhost/tradepost-service")] {
        alice.send(&format!("<presence to='{to}' type='subscribe'/>")).await.expect("sent");
        let presence = available(&alice, from).await;
        let caps = presence.get_child("c", CAPS).expect("capabilities");
        assert_eq!(caps.attr("hash"), Some("sha-1"));
        let (node, ver) = (caps.attr("node").expect("node"), caps.attr("ver").expect("ver"));
        let node = format!("{node}#{ver}");
        let info = query(&alice, from, DISCO_INFO, &node).await;
        assert_eq!(info.attr("node"), Some(node.as_str()));
        assert_eq!(verification(&info), ver, "{}", String::from(&info));

        let vcard = answered(&alice, to, "<vCard xmlns='vcard-temp'/>").await;
        assert_eq!(leaf(&vcard, "FN"), "Tradepost");
        let photo = vcard.get_child("PHOTO", VCARD).expect("a picture");
        assert_eq!(leaf(photo, "TYPE"), "image/png");
        let picture = BASE64_STANDARD.decode(leaf(photo, "BINVAL")).expect("base64");
        assert!(picture.starts_with(b"\x89PNG\r\n"));
        let hash = format!("{:x}", Sha1::digest(&picture));
        let update = presence.get_child("x", VCARD_UPDATE).expect("the picture's hash");
        assert_eq!(update.get_child("photo", VCARD_UPDATE).map(Element::text), Some(hash));
    }
}

async fn ping_version_and_time_are_answered_and_everything_else_refused(kind: Kind) {
    let server = Server::start(kind).await;
    let _component = Component::start(&server).await;
    let alice = Client::login(&server, "alice").await;
    for to in [DOMAIN, CONTACT, SPEAKER] {
        let pong = alice.request("get", to, "<ping xmlns='urn:xmpp:ping'/>").await;
        assert_eq!((pong.attr("type"), pong.attr("from")), (Some("result"), Some(to)));
        assert_eq!(pong.children().count(), 0);

        let version = query(&alice, to, "jabber:iq:version", "").await;
        assert_eq!(leaf(&version, "name"), "Tradepost");
        assert_eq!(leaf(&version, "version"), env!("CARGO_PKG_VERSION"));
        assert!(!version.has_child("os", "jabber:iq:version"), "nobody's business");

        let time = answered(&alice, to, "<time xmlns='urn:xmpp:time'/>").await;
        assert_eq!(leaf(&time, "tzo"), "+00:00");
        let utc = moment(&leaf(&time, "utc"));
        assert!(now().0.abs_diff(utc.0) < 60_000, "{utc}");

        for (kind, payload) in [
            ("get", "<who xmlns='urn:example:unknown'/>"),
            ("set", "<who xmlns='urn:example:unknown'/>"),
            ("get", "<query xmlns='jabber:iq:last'/>"),
        ] {
            assert_refused(
                &alice.request(kind, to, payload).await,
                "cancel",
                "service-unavailable",
            );
        }
    }
    let nobody =
        alice.request("get", "nobody@share.localhost", "<ping xmlns='urn:xmpp:ping'/>").await;
    assert_refused(&nobody, "cancel", "service-unavailable");
}

async fn answers_and_errors_are_never_answered(kind: Kind) {
    let server = Server::start(kind).await;
    let _component = Component::start(&server).await;
    let alice = Client::login(&server, "alice").await;
    let error = format!("<error type='cancel'><service-unavailable xmlns='{STANZAS}'/></error>");
    for to in [DOMAIN, CONTACT, SPEAKER, "nobody@share.localhost"] {
        for stanza in [
            format!("<iq to='{to}' id='silent' type='result'/>"),
            format!("<iq to='{to}' id='silent' type='result'><ping xmlns='urn:xmpp:ping'/></iq>"),
            format!(
                "<iq to='{to}' id='silent' type='error'><ping xmlns='urn:xmpp:ping'/>{error}</iq>"
            ),
            format!(
                "<message to='{to}' id='silent' type='error'><body>join</body>{error}</message>"
            ),
            format!(
                "<message to='{to}' id='silent' type='error'><request xmlns='urn:xmpp:receipts'/>{error}</message>"
            ),
            format!("<presence to='{to}' id='silent' type='error'>{error}</presence>"),
        ] {
            alice.send(&stanza).await.expect("sent");
        }
    }
    heard(&alice).await;
    let said: Vec<String> = alice
        .seen()
        .iter()
        .filter(|it| of_ours(it) && it.attr("type") != Some("result"))
        .map(String::from)
        .collect();
    assert!(said.is_empty(), "{said:?}");
    assert!(alice.seen().iter().all(|it| it.attr("id") != Some("silent")), "{}", alice.seen_text());
}

// ---- taking part --------------------------------------------------------------------------------

async fn an_account_is_made_shown_and_removed_by_the_registration_form(kind: Kind) {
    let server = Server::start(kind).await;
    let _component = Component::start(&server).await;
    let alice = Client::login(&server, "alice").await;
    let form = query(&alice, DOMAIN, REGISTER, "").await;
    assert!(!form.has_child("registered", REGISTER));
    assert!(form.has_child("instructions", REGISTER) && form.has_child("nick", REGISTER));

    register(&alice, "Alice").await;
    let form = query(&alice, DOMAIN, REGISTER, "").await;
    assert!(form.has_child("registered", REGISTER));
    assert_eq!(leaf(&form, "nick"), "Alice");

    let set = |inner: &str| format!("<query xmlns='{REGISTER}'>{inner}</query>");
    let renamed = alice.request("set", DOMAIN, &set("<nick>Alice C.</nick>")).await;
    assert_eq!(renamed.attr("type"), Some("result"), "whoever has registered may again");
    assert_eq!(leaf(&query(&alice, DOMAIN, REGISTER, "").await, "nick"), "Alice C.");

    let both = alice.request("set", DOMAIN, &set("<remove/><nick>x</nick>")).await;
    assert_refused(&both, "modify", "bad-request");
    let removed = alice.request("set", DOMAIN, &set("<remove/>")).await;
    assert_eq!(removed.attr("type"), Some("result"), "{removed:?}");
    assert!(!query(&alice, DOMAIN, REGISTER, "").await.has_child("registered", REGISTER));
    let again = alice.request("set", DOMAIN, &set("<remove/>")).await;
    assert_refused(&again, "auth", "registration-required");
    let refused = alice.request("set", DOMAIN, &send("k", "", &goblet(), &["bob@localhost"])).await;
    assert_refused(&refused, "auth", "registration-required");
}

async fn who_adds_the_contact_is_added_in_return_and_sees_it_until_he_takes_it_out(kind: Kind) {
    let server = Server::start(kind).await;
    let _component = Component::start(&server).await;
    let bob = Client::login(&server, "bob").await;
    befriend(&bob).await;
    let yes =
        |it: &Element| it.attr("from") == Some(CONTACT) && it.attr("type") == Some("subscribed");
    assert!(bob.seen().iter().any(yes), "{}", bob.seen_text());
    available(&bob, SPEAKER).await;
    let form = query(&bob, DOMAIN, REGISTER, "").await;
    assert!(form.has_child("registered", REGISTER), "adding it is a way of joining");

    // His server asks for the contact's presence when another device comes.
    let phone = Client::login_with(&server, "bob", "phone", Habits::default()).await;
    available(&phone, SPEAKER).await;
    phone.leave().await;

    bob.send(&format!("<presence to='{CONTACT}' type='unsubscribe'/>")).await.expect("sent");
    roster_says(&bob, |state| matches!(state, "from" | "none")).await;
    heard(&bob).await;
    let phone = Client::login_with(&server, "bob", "phone", Habits::default()).await;
    heard(&phone).await;
    let seen = phone.seen().iter().any(|it| is_available(it) && it.attr("from") == Some(SPEAKER));
    assert!(!seen, "{}", phone.seen_text());
}

async fn after_leave_nothing_more_arrives(kind: Kind) {
    let server = Server::start(kind).await;
    let component = Component::start(&server).await;
    let [alice, bob, carol] = people(&server).await;
    register(&alice, "Alice").await;
    register(&carol, "Carol").await;
    befriend(&bob).await;
    share(&alice, "k1", "one", &["bob@localhost"]).await;
    shown(&bob, "one").await;

    bob.send(&format!(
        "<message to='{CONTACT}' type='chat' id='l1'><body>leave yes</body></message>"
    ))
    .await
    .expect("sent");
    bob.expect("a goodbye", |it| body(it).starts_with("You have left"), PATIENCE).await;
    roster_says(&bob, |state| state == "none").await;
    let before = bob.seen().len();

    share(&alice, "k2", "two", &["bob@localhost", "carol@localhost"]).await;
    shown(&carol, "two").await;
    heard(&bob).await;
    let late: Vec<String> = bob
        .seen()
        .iter()
        .skip(before)
        .filter(|it| of_ours(it))
        .filter(|it| it.is("message", CLIENT) || is_available(it))
        .map(String::from)
        .collect();
    assert!(late.is_empty(), "{late:?}");
    assert_eq!(in_state(&component, "held"), 1, "{}", component.audit().1);
}

async fn a_share_for_somebody_who_has_not_joined_waits_until_he_does(kind: Kind) {
    let server = Server::start(kind).await;
    let component = Plan::new(&server).set("invite.per_sender_a_day", 0).start().await;
    let [alice, bob, _] = people(&server).await;
    register(&alice, "Alice").await;
    let before = now();
    let sent = share(&alice, "k1", "For your table?", &["bob@localhost"]).await;
    assert_eq!(in_state(&component, "held"), 1, "{}", component.audit().1);
    heard(&bob).await;
    assert!(!bob.seen().iter().any(|it| it.is("message", CLIENT)), "{}", bob.seen_text());

    bob.send(&format!("<message to='{CONTACT}' type='chat' id='j1'><body>join</body></message>"))
        .await
        .expect("sent");
    let message = shown(&bob, "For your table?").await;
    let delay = message.get_child("delay", "urn:xmpp:delay").expect("since when it waited");
    assert_eq!(delay.attr("from"), Some(DOMAIN));
    let stamp = moment(delay.attr("stamp").expect("a stamp"));
    assert!(stamp.0.abs_diff(before.0) < 30_000);
    let payload = message.get_child("share", NS).expect("the payload");
    assert_eq!((payload.attr("handle"), payload.attr("id")), (Some("1"), sent.attr("share")));
    assert!(body(&message).ends_with("\n#1"), "{}", body(&message));
    settled(&component).await;
    assert_eq!(in_state(&component, "held"), 0);
}

// ---- what a share looks like --------------------------------------------------------------------

async fn a_picture_comes_before_the_text_to_those_who_see_and_are_seen(kind: Kind) {
    let server = Server::start(kind).await;
    let _component = Component::start(&server).await;
    let [alice, bob, carol] = people(&server).await;
    register(&alice, "Alice").await;
    befriend(&bob).await;
    // She is seen and does not see: no picture for her.
    register(&carol, "Carol").await;
    let both = ["bob@localhost", "carol@localhost"];
    share_of(&alice, "k1", "one", &pictured(PICTURE, "18231"), &both).await;
    let text = shown(&bob, "one").await;
    let messages: Vec<Element> =
        bob.seen().into_iter().filter(|it| it.is("message", CLIENT)).collect();
    let at = messages.iter().position(|it| it.attr("id") == text.attr("id")).expect("the text");
    let picture = &messages[at.checked_sub(1).expect("a message before the text")];
    assert_eq!(body(picture), PICTURE, "the address and nothing else");
    assert_eq!(picture.attr("from"), Some(SPEAKER));
    assert_eq!(picture.attr("type"), Some("chat"));
    assert_ne!(picture.attr("id"), text.attr("id"));
    let oob = picture.get_child("x", "jabber:x:oob").expect("XEP-0066");
    assert_eq!(oob.get_child("url", "jabber:x:oob").map(Element::text).as_deref(), Some(PICTURE));
    let shared = picture.get_child("file-sharing", "urn:xmpp:sfs:0").expect("XEP-0447");
    assert!(String::from(shared).contains(PICTURE));
    // Converse 14 shows no picture that has one.
    assert!(!picture.has_child("reference", "urn:xmpp:reference:0"));
    let thread = |it: &Element| it.get_child("thread", CLIENT).map(Element::text);
    assert_eq!(thread(picture), thread(&text));

    // None of these does a client show by itself.
    for (n, (url, size)) in [
        ("http://shop.verona.lit/a.jpg", "18231"),
        ("https://shop.verona.lit/a.jpg?w=9", "18231"),
        ("https://shop.verona.lit/a", "18231"),
        (PICTURE, "9000000"),
    ]
    .into_iter()
    .enumerate()
    {
        let comment = format!("unfit {n}");
        share_of(&alice, &format!("u{n}"), &comment, &pictured(url, size), &both).await;
        shown(&bob, &comment).await;
        shown(&carol, &comment).await;
    }
    let pictures = |client: &Client| {
        client.seen().iter().filter(|it| it.has_child("x", "jabber:x:oob")).count()
    };
    assert_eq!((pictures(&bob), pictures(&carol)), (1, 0));
}

async fn an_account_that_joined_in_chinese_is_spoken_to_in_chinese(kind: Kind) {
    let server = Server::start(kind).await;
    let _component = Component::start(&server).await;
    let [alice, bob, _] = people(&server).await;
    register(&alice, "Alice").await;
    bob.send(&format!(
        "<message to='{CONTACT}' type='chat' id='j1' xml:lang='zh-CN'><body>加入</body></message>"
    ))
    .await
    .expect("sent");
    bob.expect("a welcome", |it| body(it).starts_with("欢迎"), PATIENCE).await;
    let asked = bob
        .expect("a subscription request", |it| it.attr("type") == Some("subscribe"), PATIENCE)
        .await;
    assert_eq!(asked.attr_ns("http://www.w3.org/XML/1998/namespace", "lang"), Some("zh"));
    share(&alice, "k1", "For your table?", &["bob@localhost"]).await;
    let message = shown(&bob, "For your table?").await;
    assert_eq!(message.attr_ns("http://www.w3.org/XML/1998/namespace", "lang"), Some("zh"));
    let lines: Vec<String> = body(&message).lines().map(str::to_owned).collect();
    assert_eq!(lines[0], "Alice (alice@localhost)：For your table?");
    assert_eq!(lines[1], "银高脚杯, EUR 24.90");
}

// ---- words --------------------------------------------------------------------------------------

async fn people(server: &Server) -> [Client; 3] {
    let login = |user| Client::login(server, user);
    tokio::join!(login("alice"), login("bob"), login("carol")).into()
}

/// The machine's own time, to compare with what the service says.
/// The payload of the result to an IQ of type get.
async fn answered(client: &Client, to: &str, payload: &str) -> Element {
    let answer = client.request("get", to, payload).await;
    assert_eq!(answer.attr("type"), Some("result"), "{payload}: {}", String::from(&answer));
    answer.children().next().expect("a payload").clone()
}

async fn query(client: &Client, to: &str, namespace: &str, node: &str) -> Element {
    let node = if node.is_empty() { String::new() } else { format!(" node='{node}'") };
    answered(client, to, &format!("<query xmlns='{namespace}'{node}/>")).await
}

fn assert_refused(answer: &Element, kind: &str, condition: &str) {
    let shown = String::from(answer);
    assert_eq!(answer.attr("type"), Some("error"), "{shown}");
    let error = answer.children().find(|it| it.name() == "error").expect("an error");
    assert_eq!(error.attr("type"), Some(kind), "{shown}");
    assert!(error.has_child(condition, STANZAS), "{condition}: {shown}");
}

fn leaf(parent: &Element, name: &str) -> String {
    parent.get_child(name, parent.ns().as_str()).map(Element::text).unwrap_or_default()
}

fn vars(info: &Element) -> Vec<&str> {
    let mut vars: Vec<&str> = info
        .children()
        .filter(|it| it.name() == "feature")
        .filter_map(|it| it.attr("var"))
        .collect();
    vars.sort_unstable();
    vars
}

/// The verification string of XEP-0115 §5.1, by our own reading of it.
fn verification(info: &Element) -> String {
    let mut identities: Vec<String> = info
        .children()
        .filter(|it| it.name() == "identity")
        .map(|it| {
            let part = |name: &str| it.attr(name).unwrap_or_default().to_owned();
            format!("{}/{}//{}<", part("category"), part("type"), part("name"))
        })
        .collect();
    identities.sort_unstable();
    let features = vars(info).join("<") + "<";
    BASE64_STANDARD.encode(Sha1::digest(identities.concat() + &features))
}

/// Available presence from exactly this address.
async fn available(client: &Client, from: &str) -> Element {
    let wanted = |it: &Element| is_available(it) && it.attr("from") == Some(from);
    client.expect(&format!("presence from {from}"), wanted, PATIENCE).await
}

fn is_available(stanza: &Element) -> bool {
    stanza.is("presence", CLIENT) && stanza.attr("type").is_none()
}

/// Adds the contact and lets it add us, until both servers and service know.
pub(crate) async fn befriend(client: &Client) {
    client.send(&format!("<presence to='{CONTACT}' type='subscribe'/>")).await.expect("sent");
    let asks =
        |it: &Element| it.attr("from") == Some(CONTACT) && it.attr("type") == Some("subscribe");
    client.expect("a subscription in return", asks, PATIENCE).await;
    roster_says(client, |state| state == "both").await;
    // Behind our "subscribed", so that has been taken when this is answered.
    heard(client).await;
}

/// Waits for the roster push that says how we stand with the contact.
async fn roster_says(client: &Client, wanted: impl Fn(&str) -> bool) {
    let push = |it: &Element| {
        let item = it.get_child("query", ROSTER).and_then(|query| query.get_child("item", ROSTER));
        item.is_some_and(|item| {
            item.attr("jid") == Some(CONTACT)
                && wanted(item.attr("subscription").unwrap_or_default())
        })
    };
    client.expect("a roster push", push, PATIENCE).await;
}

/// Everything that was sent before has been taken, and what it led to at once has arrived.
async fn heard(client: &Client) {
    client.request("get", CONTACT, "<ping xmlns='urn:xmpp:ping'/>").await;
}

fn of_ours(stanza: &Element) -> bool {
    stanza.attr("from").is_some_and(|from| from.ends_with(DOMAIN) || from.starts_with(CONTACT))
}

async fn share_of(client: &Client, id: &str, comment: &str, products: &str, to: &[&str]) {
    let answer = client.request("set", DOMAIN, &send(id, comment, products, to)).await;
    assert_eq!(answer.attr("type"), Some("result"), "{}", String::from(&answer));
}
