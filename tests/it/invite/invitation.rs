//! People who have not joined: they are asked once, by whom and how often one may, and what they
//! say ends it for good or brings them everything (`xep/product-share.xml#invite`).

use std::{
    collections::BTreeSet,
    sync::atomic::{AtomicU32, Ordering},
};

use minidom::Element;

use crate::{
    contact::tell,
    harness::{
        PATIENCE,
        client::{Client, Habits},
        component::{Component, Plan},
        server::{Kind, Server},
        wire::CLIENT,
    },
    servers,
    stanzas::{
        CONTACT, DOMAIN, NS, SPEAKER, body, comment_of, goblet, now, register, send, settled,
        share, shown, waited_since,
    },
};

servers::facts!(
    who_has_not_joined_is_asked_once_and_gets_everything_when_he_says_yes,
    letting_the_service_see_one_is_a_yes,
    a_reply_to_the_invitation_is_understood_in_both_languages,
    stop_silences_every_sender_until_he_joins,
    who_dies_over_an_invitation_sends_no_other_one,
    an_invitation_lets_in_whom_the_operator_does_not,
    codes_that_do_not_work_are_refused_alike_on_every_road,
    a_thousand_questions_about_anybody_get_the_same_answers,
);

const DELAY: &str = "urn:xmpp:delay";
/// A person who decides for himself whom he lets see him.
const ASKED: Habits = Habits { presence: true, receipts: true, subscriptions: false, iqs: true };

/// Alice and Bob, who have joined, and Carol, who has not.
async fn people(server: &Server, carol: Habits) -> (Client, Client, Client) {
    let (alice, bob, carol) = tokio::join!(
        Client::login(server, "alice"),
        Client::login(server, "bob"),
        Client::login_with(server, "carol", "test", carol)
    );
    register(&alice, "Alice").await;
    register(&bob, "Bob").await;
    (alice, bob, carol)
}

fn is_invitation(it: &Element) -> bool {
    it.is("message", CLIENT) && it.has_child("invite", NS)
}

async fn invitation(client: &Client) -> Element {
    client.expect("an invitation", is_invitation, PATIENCE).await
}

/// The ids of the invitations that have come so far.
async fn invitations(client: &Client) -> BTreeSet<String> {
    client.request("get", "localhost", "<ping xmlns='urn:xmpp:ping'/>").await;
    let seen = client.seen();
    let ids = seen.iter().filter(|it| is_invitation(it)).filter_map(|it| it.attr("id"));
    ids.map(str::to_owned).collect()
}

/// Waits until the service has looked at every invitation that is wanted, and has sent what it
/// may: somebody who was wanted later has been asked.
async fn asked(server: &Server, component: &Component, inviter: &Client) {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let name = format!("later{}", NEXT.fetch_add(1, Ordering::Relaxed));
    server.add_user(&name).await;
    let person = Client::login_with(server, &name, "test", ASKED).await;
    share(inviter, &name, &name, &[person.bare()]).await;
    invitation(&person).await;
    settled(component).await;
}

async fn says(client: &Client, words: &str, more: &str) {
    let message = format!(
        "<message to='{SPEAKER}' type='chat' id='say' xml:lang='en'><body>{words}</body>{more}</message>"
    );
    client.send(&message).await.expect("sent");
}

async fn who_has_not_joined_is_asked_once_and_gets_everything_when_he_says_yes(kind: Kind) {
    let server = Server::start(kind).await;
    let component = Component::start(&server).await;
    let (alice, bob, carol) = people(&server, ASKED).await;
    let mut times = vec![now()];
    share(&alice, "k1", "one", &["carol@localhost"]).await;
    times.push(now());
    share(&bob, "k2", "two", &["carol@localhost", "alice@localhost"]).await;
    times.push(now());
    share(&alice, "k3", "three", &["carol@localhost"]).await;
    times.push(now());
    let asks = invitation(&carol).await;
    let text = body(&asks);
    assert!(text.starts_with("Alice (alice@localhost) would like to show you"), "{text}");
    assert!(!text.contains("http") && !text.contains("one") && text.len() < 500, "{text}");
    assert_eq!(asks.attr("from"), Some(SPEAKER));
    let request = |it: &Element| {
        it.name() == "presence"
            && it.attr("type") == Some("subscribe")
            && it.get_child("status", CLIENT).is_some_and(|it| it.text().starts_with("Alice"))
    };
    carol.expect("a request to be seen", request, PATIENCE).await;
    asked(&server, &component, &alice).await;
    assert_eq!(invitations(&carol).await.len(), 1, "{}", carol.seen_text());
    assert!(carol.seen().iter().all(|it| comment_of(it).is_none()), "{}", carol.seen_text());
    let waiting = tell(&alice, "invites").await;
    assert!(waiting.contains("carol@localhost: waiting since"), "{waiting}");

    assert!(tell(&carol, "Yes!").await.starts_with("Welcome"));
    for (comment, around) in ["one", "two", "three"].into_iter().zip(times.windows(2)) {
        let since = waited_since(&shown(&carol, comment).await);
        assert!(around[0] <= since && since <= around[1], "{comment}: {since} in {around:?}");
    }
    let order: Vec<String> = carol.seen().iter().filter_map(comment_of).collect();
    assert_eq!(order, ["one", "two", "three"]);
    for inviter in [&alice, &bob] {
        let joined = |it: &Element| body(it).starts_with("carol@localhost has joined");
        inviter.expect("that Carol has joined", joined, PATIENCE).await;
    }
    assert!(tell(&alice, "invites").await.contains("carol@localhost: has joined"));
    // All of it again changes nothing.
    assert!(tell(&carol, "join").await.contains("joined already"));
    assert_eq!(invitations(&carol).await.len(), 1);
}

async fn letting_the_service_see_one_is_a_yes(kind: Kind) {
    let server = Server::start(kind).await;
    let _component = Component::start(&server).await;
    let (alice, _bob, carol) = people(&server, Habits::default()).await;
    share(&alice, "k1", "one", &["carol@localhost"]).await;
    let it = shown(&carol, "one").await;
    assert!(it.has_child("delay", DELAY), "{it:?}");
    let joined = |it: &Element| body(it).starts_with("carol@localhost has joined");
    alice.expect("that Carol has joined", joined, PATIENCE).await;
}

async fn a_reply_to_the_invitation_is_understood_in_both_languages(kind: Kind) {
    let server = Server::start(kind).await;
    let _component = Component::start(&server).await;
    let (alice, _bob, carol) = people(&server, ASKED).await;
    tell(&alice, "settings language zh").await;
    share(&alice, "k1", "one", &["carol@localhost"]).await;
    let asks = invitation(&carol).await;
    assert!(body(&asks).starts_with("Alice (alice@localhost) 想通过"), "{}", body(&asks));
    let id = asks.attr("id").expect("an id");
    let reply = format!("<reply xmlns='urn:xmpp:reply:0' to='{SPEAKER}' id='{id}'/>");
    says(&carol, "好的", &reply).await;
    shown(&carol, "one").await;
}

async fn stop_silences_every_sender_until_he_joins(kind: Kind) {
    let server = Server::start(kind).await;
    let component = Component::start(&server).await;
    let (alice, bob, carol) = people(&server, ASKED).await;
    share(&alice, "k1", "one", &["carol@localhost"]).await;
    let asks = invitation(&carol).await;
    let id = asks.attr("id").expect("an id");
    says(&carol, "stop", &format!("<reply xmlns='urn:xmpp:reply:0' to='{SPEAKER}' id='{id}'/>"))
        .await;
    let ends = |it: &Element| body(it).starts_with("You will hear nothing more");
    carol.expect("an answer", ends, PATIENCE).await;
    let before = carol.seen().len();
    share(&alice, "k2", "two", &["carol@localhost"]).await;
    share(&bob, "k3", "three", &["carol@localhost"]).await;
    // Nor from somebody who joins only now, when the service has started anew.
    component.restart().await;
    server.add_user("dora").await;
    let dora = Client::login(&server, "dora").await;
    register(&dora, "Dora").await;
    share(&dora, "k4", "four", &["carol@localhost"]).await;
    asked(&server, &component, &alice).await;
    carol.request("get", "localhost", "<ping xmlns='urn:xmpp:ping'/>").await;
    let came: Vec<String> = carol
        .seen()
        .iter()
        .skip(before)
        .filter(|it| it.name() == "message" || it.attr("type") == Some("subscribe"))
        .map(String::from)
        .collect();
    assert!(came.is_empty(), "{came:?}");
    // Nobody is told anything: to both she looks like somebody who never answers.
    for (who, number) in [(&alice, 1), (&alice, 2), (&bob, 1), (&dora, 1)] {
        let status = tell(who, &format!("status {number}")).await;
        assert!(status.contains("carol@localhost: on its way"), "{status}");
        assert!(tell(who, "invites").await.contains("carol@localhost: waiting"));
    }
    assert!(tell(&carol, "join").await.starts_with("Welcome"));
    for comment in ["two", "three", "four"] {
        shown(&carol, comment).await;
    }
    let one = carol.seen().iter().filter_map(comment_of).any(|it| it == "one");
    assert!(!one, "that was cancelled: {}", carol.seen_text());
}

async fn who_dies_over_an_invitation_sends_no_other_one(kind: Kind) {
    let server = Server::start(kind).await;
    let component = Plan::new(&server).set("invite.per_sender_a_day", 100).start().await;
    let (alice, bob, _carol) = people(&server, ASKED).await;
    for point in ["", "claimed", "sent", "ponged", "marked"] {
        settled(&component).await;
        let name = format!("p{point}");
        server.add_user(&name).await;
        let person = Client::login_with(&server, &name, "test", ASKED).await;
        if point.is_empty() {
            // Accepted, and not invited yet.
            share(&alice, "k", &name, &[person.bare()]).await;
            component.kill9();
        } else {
            component.restart_to_crash(point);
            component.ready().await;
            share(&alice, point, &name, &[person.bare()]).await;
            component.wait_exit(PATIENCE).await;
        }
        component.restart().await;
        invitation(&person).await;
        asked(&server, &component, &bob).await;
        let ids = invitations(&person).await;
        assert_eq!(ids.len(), 1, "{point}: copies are one message: {ids:?}");
        says(&person, "yes", "").await;
        shown(&person, &name).await;
    }
    let (balance, books) = component.audit();
    assert!(balance, "{books}");
}

async fn an_invitation_lets_in_whom_the_operator_does_not(kind: Kind) {
    let server = Server::start(kind).await;
    let plan = Plan::new(&server);
    let _component =
        plan.set("access.register", vec!["alice@localhost", "bob@localhost"]).start().await;
    let (alice, _bob, carol) = people(&server, ASKED).await;
    assert!(tell(&carol, "join").await.contains("does not take registrations"));
    let set = "<query xmlns='jabber:iq:register'/>";
    assert_eq!(carol.request("set", DOMAIN, set).await.attr("type"), Some("error"));
    share(&alice, "k1", "one", &["carol@localhost"]).await;
    invitation(&carol).await;
    assert_eq!(carol.request("set", DOMAIN, set).await.attr("type"), Some("result"));
    shown(&carol, "one").await;
}

async fn codes_that_do_not_work_are_refused_alike_on_every_road(kind: Kind) {
    let server = Server::start(kind).await;
    let _component = Component::start(&server).await;
    let (_alice, _bob, carol) = people(&server, ASKED).await;
    let code = "0123456789abcdef0123456789abcdef";
    let told = tell(&carol, &format!("join {code}")).await;
    assert!(told.starts_with("This invitation cannot be used"), "{told}");
    for inner in [
        format!("<nick>Carol</nick><code>{code}</code>"),
        format!(
            "<x xmlns='jabber:x:data' type='submit'><field var='code'><value>{code}</value></field></x>"
        ),
    ] {
        let query = format!("<query xmlns='jabber:iq:register'>{inner}</query>");
        let answer = carol.request("set", DOMAIN, &query).await;
        let shown = String::from(&answer);
        assert!(
            answer.attr("type") == Some("error") && shown.contains("not-acceptable"),
            "{shown}"
        );
    }
    // Conversations sends what a link held; it keeps nobody out whom the operator lets in.
    let subscribe = format!(
        "<presence to='{CONTACT}' type='subscribe'><preauth xmlns='urn:xmpp:pars:0' token='{code}'/></presence>"
    );
    carol.send(&subscribe).await.expect("sent");
    let granted = |it: &Element| it.name() == "presence" && it.attr("type") == Some("subscribed");
    carol.expect("the subscription", granted, PATIENCE).await;
}

/// An answer without what differs from share to share: ids, codes, and numbers.
fn plain(answer: &Element) -> String {
    let mut text = String::from(answer);
    for name in ["id", "share", "ref", "handle", "stamp"] {
        let begin = format!(" {name}=");
        while let Some(at) = text.find(&begin) {
            let quote = text.as_bytes()[at + begin.len()] as char;
            let from = at + begin.len() + 1;
            let end = from + text[from..].find(quote).expect("the end of the value");
            text.replace_range(at..=end, &format!(" {name}_{}", end - from));
        }
    }
    // Numbers grow longer; that says how much one has sent and nothing else.
    text.split("handle_")
        .map(|part| part.trim_start_matches(|c: char| c.is_ascii_digit()))
        .collect()
}

async fn a_thousand_questions_about_anybody_get_the_same_answers(kind: Kind) {
    let server = Server::start(kind).await;
    let _component = Component::start(&server).await;
    server.add_user("dora").await;
    let (alice, bob, carol) = people(&server, ASKED).await;
    let dora = Client::login(&server, "dora").await;
    register(&dora, "Dora").await;
    dora.block(DOMAIN).await;
    tell(&carol, "stop").await;
    let kinds = ["bob", "nobody", "dora", "carol"].map(|it| format!("{it}@localhost"));
    let mut answers = BTreeSet::new();
    for n in 0..1000_usize {
        let to = &kinds[n % kinds.len()];
        let id = format!("k{n:04}");
        let sent = alice.request("set", DOMAIN, &send(&id, "x", &goblet(), &[to])).await;
        let id = sent.get_child("sent", NS).expect("<sent/>").attr("share").expect("an id");
        answers.insert(plain(&sent));
        if n % 10 == 0 {
            let revoke = format!("<revoke xmlns='{NS}' share='{id}'/>");
            let revoked = alice.request("set", DOMAIN, &revoke).await;
            assert_eq!(revoked.attr("type"), Some("result"));
        }
    }
    let lengths: BTreeSet<String> =
        answers.iter().map(|it| it.replace(|c: char| c.is_ascii_digit(), "")).collect();
    assert_eq!(lengths.len(), 1, "{answers:?}");
    drop((bob, dora));
}
