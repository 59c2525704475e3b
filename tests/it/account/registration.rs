//! Every road in ends the same, and the way out takes everything along (XEP-0077, XEP-0100, S0.9,
//! `threats` 15).

use minidom::Element;
use serde_json::Value;
use tradepost::{account::store::Account, db::Db, domain::clock::Millis};

use crate::{
    contact::{fill, reply, tell},
    harness::{
        PATIENCE,
        client::{Client, Habits},
        component::{Component, Plan},
        eventually, http,
        server::{ELSEWHERE, Kind, Server},
        wire::CLIENT,
    },
    servers,
    stanzas::{
        CONTACT, DOMAIN, NS, SPEAKER, alice_and_bob, body, comment_of, register, share, shown,
    },
};

servers::facts!(
    every_road_ends_the_same_and_may_be_gone_twice,
    the_registration_form_shows_changes_and_removes_an_account,
    a_phone_number_becomes_an_address_whoever_has_it,
    what_is_exported_is_everything_and_leaving_closes_it,
    people_of_another_domain_join_like_others_where_the_operator_lets_them,
);

const REGISTER: &str = "jabber:iq:register";
const FORMS: &str = "jabber:x:data";
/// A person who decides for himself whom he lets see him.
const ASKED: Habits = Habits { presence: true, receipts: true, subscriptions: false, iqs: true };

async fn presence(client: &Client, kind: &str, inner: &str) {
    let presence = format!("<presence to='{CONTACT}' type='{kind}'>{inner}</presence>");
    client.send(&presence).await.expect("sent");
}

async fn set(client: &Client, inner: &str) -> Element {
    client.request("set", DOMAIN, &format!("<query xmlns='{REGISTER}'>{inner}</query>")).await
}

fn filled(fields: &[(&str, &str)]) -> String {
    let field =
        |(var, value): &(&str, &str)| format!("<field var='{var}'><value>{value}</value></field>");
    let fields: String = fields.iter().map(field).collect();
    format!("<x xmlns='{FORMS}' type='submit'>{fields}</x>")
}

/// Goes one of the roads.
async fn come(client: &Client, road: &str) {
    match road {
        "word" => drop(tell(client, "join").await),
        "yes" => drop(tell(client, "yes").await),
        "added" => presence(client, "subscribe", "").await,
        "link" => {
            let code = "0123456789abcdef0123456789abcdef";
            let link = format!("<preauth xmlns='urn:xmpp:pars:0' token='{code}'/>");
            presence(client, "subscribe", &link).await;
        }
        "granted" => presence(client, "subscribed", "").await,
        "plain" => assert_eq!(set(client, "").await.attr("type"), Some("result")),
        "form" => {
            let form = filled(&[("FORM_TYPE", REGISTER), ("nick", ""), ("code", "")]);
            assert_eq!(set(client, &form).await.attr("type"), Some("result"));
        }
        "command" => drop(fill(client, "join", &[("nick", &[])]).await),
        _ => panic!("no road {road}"),
    }
}

/// The database of `component`. Opened once for all looks: opening it writes, and waits for whoever
/// writes then.
async fn database(component: &Component) -> Db {
    let file = component.dir().join("tradepost.db");
    Db::open(&format!("sqlite:{}", file.display())).await.expect("the database")
}

async fn account(db: &Db, jid: &str) -> Option<Account> {
    db.read().await.expect("a look").account(jid).await.expect("an answer")
}

async fn every_road_ends_the_same_and_may_be_gone_twice(kind: Kind) {
    let server = Server::start(kind).await;
    let component = Plan::new(&server).set("invite.per_sender_a_day", 100).start().await;
    let db = database(&component).await;
    let alice = Client::login(&server, "alice").await;
    register(&alice, "Alice").await;
    for road in ["word", "yes", "added", "link", "granted", "plain", "form", "command"] {
        let name = format!("by{road}");
        server.add_user(&name).await;
        let person = Client::login_with(&server, &name, "test", ASKED).await;
        share(&alice, &format!("{road}1"), "one", &[person.bare()]).await;
        share(&alice, &format!("{road}2"), "two", &[person.bare()]).await;
        let asks = |it: &Element| it.is("message", CLIENT) && it.has_child("invite", NS);
        person.expect("an invitation", asks, PATIENCE).await;
        for is_first in [true, false] {
            come(&person, road).await;
            if is_first {
                shown(&person, "two").await;
                // What his client does then: his server lets no answer through to what he has
                // not asked.
                presence(&person, "subscribed", "").await;
                presence(&person, "subscribe", "").await;
                let may = |it: &Element| {
                    it.name() == "presence"
                        && it.attr("type") == Some("subscribed")
                        && it.attr("from") == Some(CONTACT)
                };
                person.expect("that he may see it", may, PATIENCE).await;
                let here = |it: &Element| {
                    it.name() == "presence"
                        && it.attr("type").is_none()
                        && it.attr("from") == Some(SPEAKER)
                };
                person.expect("the contact's presence", here, PATIENCE).await;
            }
            // Asked in order, answered in order.
            person.request("get", CONTACT, "<ping xmlns='urn:xmpp:ping'/>").await;
            let same = eventually(PATIENCE, async || {
                let found = account(&db, person.bare()).await;
                found.is_some_and(|it| {
                    Account { joined_at: Millis(0), ..it } == the_same(person.bare())
                })
            });
            assert!(same.await, "{road}: {:?}", account(&db, person.bare()).await);
        }
        let got: Vec<String> = person.seen().iter().filter_map(comment_of).collect();
        assert_eq!(got, ["one", "two"], "{road}");
        let held = person.seen().into_iter().filter(|it| comment_of(it).is_some());
        assert!(held.into_iter().all(|it| it.has_child("delay", "urn:xmpp:delay")), "{road}");
    }
    db.close().await;
}

/// How every road leaves an account that has got two things.
fn the_same(jid: &str) -> Account {
    Account {
        jid: jid.to_owned(),
        nick: None,
        lang: "en".into(),
        next_handle: 3,
        sees_us: true,
        seen_by_us: true,
        online: true,
        reached: true,
        suspended_until: Millis(0),
        paced_until: Millis(0),
        pictures: true,
        quiet: None,
        zone: None,
        joined_at: Millis(0),
        ask: None,
        guarded: false,
        barred: false,
        acks: false,
        card_updates: false,
    }
}

async fn the_registration_form_shows_changes_and_removes_an_account(kind: Kind) {
    let server = Server::start(kind).await;
    let mails = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let mails = mails.local_addr().expect("its number").to_string();
    let component = Plan::new(&server)
        .set("email.server", mails)
        .set("email.security", "none")
        .set("email.from", "share@example.org")
        .start()
        .await;
    let alice = Client::login(&server, "alice").await;
    let get = async || {
        let form = format!("<query xmlns='{REGISTER}'/>");
        alice.request("get", DOMAIN, &form).await.children().next().expect("a form").clone()
    };
    let value = |query: &Element, var: &str| {
        let form = query.get_child("x", FORMS).expect("a form");
        let field = form.children().find(|it| it.attr("var") == Some(var));
        field.map(|it| it.get_child("value", FORMS).map(Element::text).unwrap_or_default())
    };
    let form = get().await;
    assert!(!form.has_child("registered", REGISTER));
    assert_eq!(value(&form, "FORM_TYPE").as_deref(), Some(REGISTER));
    assert_eq!(value(&form, "language").as_deref(), Some("en"));
    assert!(value(&form, "email").is_some() && form.has_child("email", REGISTER));
    assert_eq!(value(&form, "phone"), None, "no SMS can be sent");

    let given = filled(&[
        ("nick", "Alice"),
        ("language", "zh"),
        ("email", "alice@example.org"),
        ("phone", "+39 333 123 4567"),
    ]);
    assert_eq!(set(&alice, &given).await.attr("type"), Some("result"));
    let told = |it: &Element| body(it).contains("alice@example.org");
    let told = body(&alice.expect("what became of them", told, PATIENCE).await);
    assert!(told.contains("发送六位数字") && told.contains("目前无法向 +39333"), "{told}");
    let form = get().await;
    assert!(form.has_child("registered", REGISTER));
    assert_eq!(value(&form, "nick").as_deref(), Some("Alice"));
    assert_eq!(value(&form, "language").as_deref(), Some("zh"));
    assert_eq!(value(&form, "email").as_deref(), Some(""), "not shown to be hers yet");

    // What is not given stays; what is wrong is named, and nothing is kept.
    assert_eq!(set(&alice, "<nick>Alice C.</nick>").await.attr("type"), Some("result"));
    for (wrong, said) in [
        (filled(&[("nick", "X"), ("language", "tlh")]), "tlh"),
        (filled(&[("nick", "X"), ("phone", "+39 12345")]), "不是我认识的电话号码"),
        ("<nick>X</nick><email>nobody</email>".to_owned(), "nobody"),
    ] {
        let answer = set(&alice, &wrong).await;
        let shown = String::from(&answer);
        assert_eq!(answer.attr("type"), Some("error"), "{shown}");
        assert!(shown.contains("<not-acceptable ") && shown.contains(said), "{shown}");
    }
    let form = get().await;
    assert_eq!(value(&form, "nick").as_deref(), Some("Alice C."));
    assert_eq!(value(&form, "language").as_deref(), Some("zh"));

    assert_eq!(set(&alice, "<remove/>").await.attr("type"), Some("result"));
    assert!(!get().await.has_child("registered", REGISTER));
    let db = database(&component).await;
    assert_eq!(account(&db, "alice@localhost").await, None);
    db.close().await;
}

async fn a_phone_number_becomes_an_address_whoever_has_it(kind: Kind) {
    let server = Server::start(kind).await;
    let _component = Component::start(&server).await;
    let alice = Client::login(&server, "alice").await;
    let ask = async |to: &str, kind: &str, inner: &str| {
        let query = format!("<query xmlns='jabber:iq:gateway'>{inner}</query>");
        alice.request(kind, to, &query).await
    };
    let prompt = String::from(&ask(DOMAIN, "get", "").await);
    assert!(prompt.contains("<desc>") && prompt.contains("Phone number"), "{prompt}");
    let answer = ask(DOMAIN, "set", "<prompt>+39 333 123 4567</prompt>").await;
    let jid = format!("<jid>+393331234567@{DOMAIN}</jid>");
    assert!(String::from(&answer).contains(&jid), "{}", String::from(&answer));
    for wrong in ["<prompt>12</prompt>", "<prompt>juliet</prompt>", ""] {
        let answer = ask(DOMAIN, "set", wrong).await;
        assert_eq!(answer.attr("type"), Some("error"), "{wrong}");
    }
    assert_eq!(ask(CONTACT, "get", "").await.attr("type"), Some("error"));

    let words = format!(
        "<message to='+393331234567@{DOMAIN}' type='chat' id='n'><body>Hello!</body></message>"
    );
    alice.send(&words).await.expect("sent");
    let helps = |it: &Element| body(it).contains("share WHAT to +393331234567");
    let help = alice.expect("how to share with it", helps, PATIENCE).await;
    assert_eq!(help.attr("from"), Some(SPEAKER));

    // What is shared with it goes to the number, and what is with another there to nobody.
    tell(&alice, "join").await;
    let sent = tell(&alice, &format!("share Lamp EUR 5 to +393331234567@{DOMAIN}: Hi")).await;
    assert!(sent.starts_with("Sent #1 Lamp"), "{sent}");
    let stands = tell(&alice, "status 1").await;
    assert!(stands.contains("+393331234567") && !stands.contains('@'), "{stands}");
    let refused = tell(&alice, &format!("share Lamp EUR 5 to {CONTACT}: Hi")).await;
    assert!(refused.contains(&format!("nobody is at \"{CONTACT}\"")), "{refused}");
}

async fn what_is_exported_is_everything_and_leaving_closes_it(kind: Kind) {
    let server = Server::start(kind).await;
    let component = Component::start(&server).await;
    let (alice, bob) = alice_and_bob(&server).await;
    let sent = share(&bob, "k1", "canary comment", &["alice@localhost"]).await;
    shown(&alice, "canary comment").await;
    share(&alice, "k2", "for Bob", &["bob@localhost"]).await;
    shown(&bob, "for Bob").await;
    let told = tell(&bob, "export").await;
    let links: Vec<&str> =
        told.lines().filter_map(|line| Some(&line[line.find("/k/")?..])).collect();
    let get = async |path: &str| http::get(component.pages(), path).await.expect("an answer");
    let json = get(links[0]).await;
    assert_eq!(json.status, 200, "{}", json.head);
    assert!(json.head.to_lowercase().contains("cache-control: no-store"), "{}", json.head);
    let all: Value = serde_json::from_str(&json.body).expect("JSON");
    assert_eq!(
        (&all["account"]["jid"], &all["account"]["name"]),
        (&"bob@localhost".into(), &"Bob".into())
    );
    assert_eq!(all["shares"][0]["comment"]["text"], "for Bob");
    assert_eq!(all["shares"][1]["comment"]["text"], "canary comment");
    assert_eq!(all["complete"], true);
    let card = get(links[1]).await;
    assert!(card.head.to_lowercase().contains("content-type: text/vcard"), "{}", card.head);
    assert!(card.body.contains("FN:Bob\r\nIMPP:xmpp:bob@localhost\r\n"), "{}", card.body);
    assert_eq!(get(&links[0].replace(".json", ".html")).await.status, 404);

    let page = format!("/s/{}", sent.attr("ref").expect("a code"));
    assert_eq!(get(&page).await.status, 200);
    assert!(tell(&bob, "leave").await.contains("Answer leave"));
    assert_eq!(get(&page).await.status, 200, "nothing is done yet");
    assert!(reply(&bob, "leave").await.starts_with("You have left"));
    assert_eq!(get(&page).await.status, 404);
    let gone = get(links[0]).await;
    assert!(gone.status == 410 && gone.body.contains("has left"), "{}", gone.body);
    // Nor does it stay in any file of the database.
    let clean = eventually(PATIENCE, async || {
        let files = std::fs::read_dir(component.dir()).expect("the folder").flatten();
        let files = files.filter(|it| it.file_name().to_string_lossy().contains(".db"));
        let holds = |path| {
            let canary = b"canary comment";
            let bytes = std::fs::read(path).unwrap_or_default();
            bytes.windows(canary.len()).any(|window| window == canary)
        };
        !files.map(|it| it.path()).any(holds)
    });
    assert!(clean.await, "the comment is still in a file");
}

async fn people_of_another_domain_join_like_others_where_the_operator_lets_them(kind: Kind) {
    let name = format!("erin@{ELSEWHERE}");
    let server = Server::with_elsewhere(kind, &["alice", &name]).await;
    for (allowed, is_in) in [(vec!["localhost"], false), (vec!["localhost", ELSEWHERE], true)] {
        let component = Plan::new(&server)
            .set("access.register", allowed)
            .set("consent.ask", "never")
            .start()
            .await;
        let (alice, erin) = tokio::join!(
            Client::login(&server, "alice"),
            Client::login_with(&server, &name, "test", ASKED)
        );
        let told = tell(&erin, "join").await;
        assert_eq!(told.starts_with("Welcome"), is_in, "{told}");
        let kind = if is_in { "result" } else { "error" };
        assert_eq!(set(&erin, "<nick>Erin</nick>").await.attr("type"), Some(kind));
        if is_in {
            register(&alice, "Alice").await;
            share(&alice, "k1", "to elsewhere", &[erin.bare()]).await;
            shown(&erin, "to elsewhere").await;
            share(&erin, "k2", "from elsewhere", &["alice@localhost"]).await;
            let it = shown(&alice, "from elsewhere").await;
            assert!(body(&it).starts_with(&format!("Erin (erin@{ELSEWHERE})")), "{}", body(&it));
        }
        component.sigterm().await;
    }
}
