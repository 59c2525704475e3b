//! What people set for themselves: quiet hours, whether we may see them, and their language.

use jiff::{SignedDuration, Timestamp};
use minidom::Element;

use crate::{
    contact::{fill, tell, tell_in},
    harness::{
        PATIENCE,
        client::{Client, Habits},
        component::Component,
        server::{Kind, Server},
        wire::CLIENT,
    },
    servers,
    stanzas::{CONTACT, DOMAIN, SPEAKER, alice_and_bob, body, comment_of, register, share, shown},
};

servers::facts!(
    in_quiet_hours_nothing_comes_but_what_is_asked_for_and_then_everything_in_order,
    without_a_zone_the_client_is_asked_and_else_the_person,
    what_cannot_be_set_is_told_by_word_and_by_form,
    who_does_not_want_to_be_seen_is_not_asked_again_until_he_adds_us_anew,
    the_language_of_the_account_comes_before_that_of_the_stanza_everywhere,
);

const TIME: &str = "urn:xmpp:time";
const REGISTER: &str = "jabber:iq:register";

/// Hours that began two hours ago and end in two, in UTC.
#[expect(clippy::disallowed_methods, reason = "the program under test runs by the real clock")]
fn around_now() -> String {
    let now = Timestamp::now();
    let at = |hours| (now + SignedDuration::from_hours(hours)).strftime("%H:%M").to_string();
    format!("{}-{}", at(-2), at(2))
}

/// Everything that was sent before has been taken, and what it led to at once has arrived.
async fn heard(client: &Client) {
    client.request("get", CONTACT, "<ping xmlns='urn:xmpp:ping'/>").await;
}

fn comments(client: &Client) -> Vec<String> {
    client.seen().iter().filter_map(comment_of).collect()
}

// ---- quiet hours --------------------------------------------------------------------------------

async fn in_quiet_hours_nothing_comes_but_what_is_asked_for_and_then_everything_in_order(
    kind: Kind,
) {
    let server = Server::start(kind).await;
    let component = Component::start(&server).await;
    let (alice, bob) = alice_and_bob(&server).await;
    tell(&bob, "settings zone utc").await;
    let set = tell(&bob, &format!("settings quiet {}", around_now())).await;
    assert!(set.contains(&format!("settings quiet: {}", around_now())), "{set}");
    assert!(set.contains("settings zone: UTC"), "{set}");

    for n in 1..=3 {
        share(&alice, &format!("k{n}"), &format!("quiet {n}"), &["bob@localhost"]).await;
    }
    let status = tell(&alice, "status 1").await;
    assert!(status.contains("bob@localhost: delivered"), "{status}");
    // What he asks for comes, and brings nothing else; neither does another device.
    assert!(tell(&bob, "list").await.starts_with("#3 Silver goblet"));
    assert!(fill(&bob, "more", &[("number", &["1"])]).await.contains("Silver goblet"));
    component.restart().await;
    let phone = Client::login_with(&server, "bob", "phone", Habits::default()).await;
    heard(&phone).await;
    assert!(tell(&bob, "list").await.starts_with("#3 Silver goblet"));
    phone.leave().await;
    assert_eq!(comments(&bob), [""; 0], "{}", bob.seen_text());

    let set = tell(&bob, "settings quiet off").await;
    assert!(set.contains("settings quiet: off"), "{set}");
    shown(&bob, "quiet 3").await;
    assert_eq!(comments(&bob), ["quiet 1", "quiet 2", "quiet 3"]);
    share(&alice, "k4", "loud", &["bob@localhost"]).await;
    shown(&bob, "loud").await;
}

async fn without_a_zone_the_client_is_asked_and_else_the_person(kind: Kind) {
    let server = Server::start(kind).await;
    let _component = Component::start(&server).await;
    let alice = Client::login(&server, "alice").await;
    register(&alice, "Alice").await;
    // A client that does not tell.
    let set = tell(&alice, "settings quiet 22-7").await;
    assert!(set.contains("settings quiet: 22:00-07:00"), "{set}");
    assert!(set.ends_with("Send for example: settings zone Europe/Rome"), "{set}");
    let set = fill(&alice, "settings", &[("zone", &["europe/rome"])]).await;
    assert!(set.contains("settings zone: Europe/Rome"), "{set}");

    // One that tells; only what comes from the address that was asked counts.
    let habits = Habits { iqs: false, ..Habits::default() };
    let bob = Client::login_with(&server, "bob", "phone", habits).await;
    register(&bob, "Bob").await;
    let words = format!(
        "<message to='{CONTACT}' type='chat' id='q1' xml:lang='en'>\
         <body>settings quiet {}</body></message>",
        around_now()
    );
    bob.send(&words).await.expect("sent");
    let asks = |it: &Element| it.is("iq", CLIENT) && it.has_child("time", TIME);
    let asked = bob.expect("a question for the time", asks, PATIENCE).await;
    assert_eq!((asked.attr("from"), asked.attr("type")), (Some(CONTACT), Some("get")));
    let answer = |zone: &str| {
        let id = asked.attr("id").expect("an id");
        format!(
            "<iq to='{CONTACT}' type='result' id='{id}'><time xmlns='{TIME}'>\
             <tzo>{zone}</tzo><utc>2026-11-20T17:58:35Z</utc></time></iq>"
        )
    };
    alice.send(&answer("+09:00")).await.expect("sent");
    heard(&alice).await;
    bob.send(&answer("+00:00")).await.expect("sent");
    let told = |it: &Element| body(it).contains("settings zone: +00:00");
    let told = bob.expect("what is set", told, PATIENCE).await;
    assert!(body(&told).contains("summer time"), "{}", body(&told));
    share(&alice, "k1", "quiet", &["bob@localhost"]).await;
    tell(&bob, "list").await;
    assert_eq!(comments(&bob), [""; 0], "they hold by the zone that the client told");
    tell(&bob, "settings quiet off").await;
    shown(&bob, "quiet").await;
}

async fn what_cannot_be_set_is_told_by_word_and_by_form(kind: Kind) {
    let server = Server::start(kind).await;
    let _component = Component::start(&server).await;
    let alice = Client::login(&server, "alice").await;
    register(&alice, "Alice").await;
    for (field, value, told) in [
        ("quiet", "25:00-07:00", "Quiet hours: “25:00-07:00” is not like 22:00-07:00"),
        ("quiet", "7-7", "they end when they begin"),
        ("zone", "Rome", "Did you mean: Europe/Rome"),
        ("zone", "Middle Earth", "like Europe/Rome, or the offset"),
        ("language", "klingon", "not one of: English, Chinese"),
    ] {
        let said = tell(&alice, &format!("settings {field} {value}")).await;
        assert!(said.contains(told), "{field} {value}: {said}");
        let page = wrong_page(&alice, field, value).await;
        // Some clients show the note, others the first line of the form.
        assert_eq!(page.matches(told).count(), 2, "{page}");
    }
    let said = tell_in(&alice, "zh", "设置 免打扰 7-7").await;
    assert!(said.starts_with("Quiet hours"), "the account's language: {said}");
    tell(&alice, "settings language zh").await;
    let said = tell(&alice, "settings quiet 7-7").await;
    assert!(said.starts_with("免打扰时段：开始和结束是同一时间"), "{said}");
    let said = tell(&alice, "settings").await;
    assert!(said.contains("设置 免打扰: 关"), "{said}");
}

/// The page of the settings that is shown again after this.
async fn wrong_page(client: &Client, field: &str, value: &str) -> String {
    const COMMANDS: &str = "http://jabber.org/protocol/commands";
    let execute = format!("<command xmlns='{COMMANDS}' node='settings' action='execute'/>");
    let begun = client.request("set", CONTACT, &execute).await;
    let session = begun.get_child("command", COMMANDS).and_then(|it| it.attr("sessionid"));
    let go = format!(
        "<command xmlns='{COMMANDS}' node='settings' sessionid='{}' action='complete'>\
         <x xmlns='jabber:x:data' type='submit'><field var='{field}'><value>{value}</value></field></x>\
         </command>",
        session.expect("a session")
    );
    let page = String::from(&client.request("set", CONTACT, &go).await);
    assert!(page.contains("status=\"executing\"") || page.contains("status='executing'"), "{page}");
    page
}

// ---- who has declined ---------------------------------------------------------------------------

async fn who_does_not_want_to_be_seen_is_not_asked_again_until_he_adds_us_anew(kind: Kind) {
    let server = Server::start(kind).await;
    let component = Component::start(&server).await;
    let habits = Habits { subscriptions: false, ..Habits::default() };
    let bob = Client::login_with(&server, "bob", "test", habits).await;
    let asks =
        |it: &Element| it.attr("from") == Some(CONTACT) && it.attr("type") == Some("subscribe");
    let asked = || bob.seen().iter().filter(|it| asks(it)).count();
    let add = format!("<presence to='{CONTACT}' type='subscribe'/>");
    let there = |it: &Element| {
        it.is("presence", CLIENT) && it.attr("from") == Some(SPEAKER) && it.attr("type").is_none()
    };
    bob.send(&add).await.expect("sent");
    bob.expect("a subscription request", asks, PATIENCE).await;
    bob.send(&format!("<presence to='{CONTACT}' type='unsubscribed'/>")).await.expect("sent");
    // The answer comes once this and everything before it is kept.
    tell(&bob, "help").await;
    for _ in 0..2 {
        component.restart().await;
        bob.expect("our presence on the new stream", there, PATIENCE).await;
        // Taken behind whatever came with that presence.
        heard(&bob).await;
    }
    assert_eq!(asked(), 1, "{}", bob.seen_text());
    bob.send(&add).await.expect("sent");
    bob.expect("another subscription request", asks, PATIENCE).await;
    bob.send(&format!("<presence to='{CONTACT}' type='unsubscribed'/>")).await.expect("sent");
    heard(&bob).await;
    tell(&bob, "join").await;
    bob.expect("yet another, for he joins anew", asks, PATIENCE).await;
}

// ---- language -----------------------------------------------------------------------------------

async fn the_language_of_the_account_comes_before_that_of_the_stanza_everywhere(kind: Kind) {
    let server = Server::start(kind).await;
    let _component = Component::start(&server).await;
    let (alice, bob) = alice_and_bob(&server).await;
    tell(&bob, "settings language zh").await;
    share(&alice, "k1", "For your table?", &["bob@localhost"]).await;
    shown(&bob, "For your table?").await;
    let long = format!("share {} EUR 5 to alice@localhost", "x".repeat(1_000));
    for (words, told) in [
        ("#1", "关于 #1 银高脚杯，你想说什么"),
        ("#99 hello", "没有发送：我不知道这说的是哪一件"),
        (long.as_str(), "没有发出：名称 超过了"),
        ("settings zone Rome", "你是指：Europe/Rome 吗"),
    ] {
        let said = tell_in(&bob, "en", words).await;
        assert!(said.contains(told), "{words}: {said}");
    }
    let encrypted = format!(
        "<message to='{CONTACT}' type='chat' id='e1' xml:lang='en'><body>[omemo]</body>\
         <encryption xmlns='urn:xmpp:eme:0' namespace='eu.siacs.conversations.axolotl'/>\
         <encrypted xmlns='eu.siacs.conversations.axolotl'><header/></encrypted></message>"
    );
    bob.send(&encrypted).await.expect("sent");
    bob.expect("an answer to it", |it| body(it).starts_with("这条消息已加密"), PATIENCE).await;

    let asked = |kind: &'static str, to: &'static str, payload: String| {
        let bob = &bob;
        async move { String::from(&bob.request(kind, to, &payload).await) }
    };
    let commands = "http://jabber.org/protocol/commands";
    let items =
        format!("<query xmlns='http://jabber.org/protocol/disco#items' node='{commands}'/>");
    let gone = format!("<command xmlns='{commands}' node='share' sessionid='gone'/>");
    for (kind, to, payload, told) in [
        ("get", DOMAIN, format!("<query xmlns='{REGISTER}'/>"), "注册后"),
        ("get", CONTACT, items, "分享商品"),
        ("set", CONTACT, gone, "没有这个会话"),
        ("get", CONTACT, "<vCard xmlns='vcard-temp'/>".to_owned(), "把联系人分享"),
    ] {
        let answer = asked(kind, to, payload).await;
        assert!(answer.contains(told), "{answer}");
    }
    // Without an account: the stanza's language, else the service's.
    tell(&bob, "leave yes").await;
    let register = format!("<query xmlns='{REGISTER}'/>");
    assert!(asked("get", DOMAIN, register).await.contains("Register to send shares"));
    assert!(tell_in(&bob, "zh", "list").await.starts_with("你还没有加入"));
}
