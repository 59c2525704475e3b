//! The first contact is asked about, blocks hold, and complaints reach the administrators. A second
//! domain of the server stands for another server.

use minidom::Element;

use crate::{
    card::give::own,
    contact::{fill, refused, reply, step, tell},
    harness::{
        PATIENCE,
        client::Client,
        component::{Component, Plan},
        server::{Kind, Server},
        wire::CLIENT,
    },
    servers,
    stanzas::{
        CONTACT, DOMAIN, NS, alice_and_bob, body, comment_of, register, settled, share, shown,
    },
};

servers::facts!(
    a_stranger_is_asked_about_and_everything_comes_in_order_after_a_yes,
    what_came_after_a_dialogue_has_asked_makes_a_bare_word_be_asked_back,
    a_word_that_comes_twice_is_heard_once,
    words_go_into_no_dialogue_unasked_when_something_has_come_since,
    a_number_that_a_question_and_a_card_have_is_asked_about_once,
    nothing_of_somebody_who_is_blocked_arrives_and_he_sees_no_difference,
    complaints_reach_the_administrators_and_nobody_else,
    a_complaint_about_the_owner_of_a_number_does_not_say_who_that_is,
);

const ALICE: &str = "alice@localhost";

async fn start(server: &Server) -> Component {
    let plan = Plan::new(server).set("access.register", vec!["localhost", "elsewhere"]);
    plan.set("access.admins", vec!["carol@localhost"]).start().await
}

/// The question about somebody.
async fn asked(client: &Client, about: &str) -> Element {
    let asks = |it: &Element| {
        it.is("message", CLIENT)
            && body(it).contains(about)
            && (body(it).contains("would like to show you something")
                || body(it).contains("想给你看"))
    };
    client.expect(&format!("a question about {about}"), asks, PATIENCE).await
}

/// How far the share has come, as its sender is told.
async fn stands(client: &Client, sent: &Element) -> String {
    let share = sent.attr("share").expect("a share");
    let answer =
        client.request("get", DOMAIN, &format!("<status xmlns='{NS}' share='{share}'/>")).await;
    let status = answer.get_child("status", NS).expect("<status/>");
    let all = status.children().filter_map(|it| it.attr("state"));
    all.collect::<Vec<_>>().join(" ")
}

fn comments(client: &Client) -> Vec<String> {
    client.seen().iter().filter_map(comment_of).collect()
}

async fn a_stranger_is_asked_about_and_everything_comes_in_order_after_a_yes(kind: Kind) {
    let server = Server::with_elsewhere(
        kind,
        &["alice", "dora@elsewhere", "egon@elsewhere", "fritz@elsewhere", "hans@elsewhere"],
    )
    .await;
    let component = start(&server).await;
    let alice = Client::login(&server, "alice").await;
    let dora = Client::login(&server, "dora@elsewhere").await;
    let egon = Client::login(&server, "egon@elsewhere").await;
    let fritz = Client::login(&server, "fritz@elsewhere").await;
    for (client, nick) in [(&alice, "Alice"), (&dora, "Dora"), (&egon, "Egon"), (&fritz, "F")] {
        register(client, nick).await;
    }
    let one = share(&dora, "d1", "one", &[ALICE]).await;
    let question = asked(&alice, "Dora (dora@elsewhere)").await;
    assert!(!String::from(&question).contains("goblet"), "{}", String::from(&question));
    share(&dora, "d2", "two", &[ALICE]).await;
    share(&egon, "e1", "three", &[ALICE]).await;
    asked(&alice, "egon@elsewhere").await;
    share(&fritz, "f1", "four", &[ALICE]).await;
    asked(&alice, "fritz@elsewhere").await;
    settled(&component).await;
    assert_eq!(stands(&dora, &one).await, "accepted");
    assert!(comments(&alice).is_empty(), "{}", alice.seen_text());

    // Of several it is asked who is meant, by the numbers that the questions have; by address.
    let told = tell(&alice, "yes").await;
    assert!(told.starts_with("Yes to which one?\n3  F (fritz@elsewhere)"), "{told}");
    assert!(told.contains("\n2  Egon (egon@elsewhere)"), "{told}");
    assert!(told.contains("\n1  Dora (dora@elsewhere)"), "{told}");
    assert!(comments(&alice).is_empty(), "{}", alice.seen_text());
    let told = tell(&alice, "3").await;
    assert!(told.starts_with("F (fritz@elsewhere) can show you things"), "{told}");
    assert!(told.contains("1  Dora (dora@elsewhere)"), "who still waits: {told}");
    shown(&alice, "four").await;
    let told = tell(&alice, "yes dora@elsewhere").await;
    assert!(told.contains("2  Egon"), "{told}");
    let first = shown(&alice, "one").await;
    assert!(first.has_child("delay", "urn:xmpp:delay"), "{}", String::from(&first));
    shown(&alice, "two").await;
    assert_eq!(comments(&alice), ["four", "one", "two"]);
    let told = fill(&alice, "no", &[("who", &["2"])]).await;
    assert!(told.contains("egon@elsewhere"), "{told}");
    share(&egon, "e2", "five", &[ALICE]).await;
    settled(&component).await;
    assert!(!comments(&alice).iter().any(|it| it == "five" || it == "three"));
    assert_eq!(stands(&dora, &one).await, "delivered");

    // Whoever was sent something first is no stranger; and a question is answered by a number.
    let hans = Client::login(&server, "hans@elsewhere").await;
    register(&hans, "Hans").await;
    share(&alice, "a1", "back", &["egon@elsewhere", "hans@elsewhere"]).await;
    shown(&egon, "back").await;
    asked(&hans, "alice@localhost").await;
    assert!(tell(&hans, "1").await.contains("Alice (alice@localhost)"));
    shown(&hans, "back").await;
    let (balanced, books) = component.audit();
    assert!(balanced, "{books}");
}

async fn what_came_after_a_dialogue_has_asked_makes_a_bare_word_be_asked_back(kind: Kind) {
    let server = Server::with_elsewhere(
        kind,
        &["alice", "dora@elsewhere", "egon@elsewhere", "fritz@elsewhere"],
    )
    .await;
    let _component = start(&server).await;
    let alice = Client::login(&server, "alice").await;
    let dora = Client::login(&server, "dora@elsewhere").await;
    let egon = Client::login(&server, "egon@elsewhere").await;
    let fritz = Client::login(&server, "fritz@elsewhere").await;
    for client in [&alice, &dora, &egon, &fritz] {
        register(client, "Somebody").await;
    }
    // A question comes into a dialogue: a yes, or its number, is about neither unasked.
    assert!(tell(&alice, "leave").await.contains("Answer leave to go on"));
    share(&dora, "d1", "one", &[ALICE]).await;
    asked(&alice, "dora@elsewhere").await;
    for bare in ["yes", "1"] {
        let told = tell(&alice, bare).await;
        assert!(told.contains("Answer leave to go on"), "{bare}: {told}");
        assert_eq!(told.contains("Something else has come"), bare == "yes", "{told}");
    }
    assert!(tell(&alice, "cancel").await.starts_with("Cancelled"));
    share(&egon, "e1", "two", &[ALICE]).await;
    asked(&alice, "egon@elsewhere").await;
    assert!(tell(&alice, "yes").await.starts_with("Yes to which one?"));
    share(&fritz, "f1", "three", &[ALICE]).await;
    asked(&alice, "fritz@elsewhere").await;
    let told = tell(&alice, "2").await;
    assert!(told.contains("Something else has come"), "{told}");
    assert!(told.contains("Yes to which one?"), "{told}");
    // A word that is none of the choices is a word of its own.
    assert!(tell(&alice, "no").await.starts_with("No to which one?"));
    let told = tell(&alice, "no 1").await;
    assert!(told.contains("dora@elsewhere"), "{told}");
    for again in ["no 1", "yes 1", "block 1"] {
        let told = tell(&alice, again).await;
        assert!(told.starts_with("Nobody waits"), "{again}: {told}");
    }
    // The same message, sent again for want of a receipt, confirms nothing.
    let message = format!(
        "<message to='{CONTACT}' type='chat' id='l1' xml:lang='en'><body>leave</body></message>"
    );
    alice.send(&message).await.expect("sent");
    alice.send(&message).await.expect("sent");
    assert!(tell(&alice, "cancel").await.starts_with("Cancelled"));
    assert!(tell(&alice, "yes egon@elsewhere").await.contains("can show you things"));
    shown(&alice, "two").await;
    tell(&alice, "leave").await;
    assert!(reply(&alice, "leave").await.starts_with("You have left"));
}

/// Says it under this id, without waiting.
async fn send(client: &Client, id: &str, text: &str) {
    let message = format!(
        "<message to='{CONTACT}' type='chat' id='{id}' xml:lang='en'><body>{text}</body></message>"
    );
    client.send(&message).await.expect("sent");
}

/// What is said in reply to the message of this id.
async fn replied(client: &Client, id: &str) -> String {
    let replies = |it: &Element| {
        let reply = it.get_child("reply", "urn:xmpp:reply:0");
        it.is("message", CLIENT) && reply.is_some_and(|it| it.attr("id") == Some(id))
    };
    body(&client.expect(&format!("a reply to {id}"), replies, PATIENCE).await)
}

async fn a_word_that_comes_twice_is_heard_once(kind: Kind) {
    let server = Server::with_elsewhere(kind, &["alice", "bob", "dora@elsewhere"]).await;
    let component = start(&server).await;
    let alice = Client::login(&server, "alice").await;
    let bob = Client::login(&server, "bob").await;
    let dora = Client::login(&server, "dora@elsewhere").await;
    for client in [&alice, &bob, &dora] {
        register(client, "Somebody").await;
    }
    // A yes that lets somebody in gives them nothing.
    tell(&alice, "card name Alice Capulet").await;
    tell(&dora, "card name Dora").await;
    tell(&dora, "card to alice@localhost swap").await;
    asked(&alice, "dora@elsewhere").await;
    for id in ["y1", "y1", "y2"] {
        send(&alice, id, "yes").await;
    }
    let told = replied(&alice, "y1").await;
    assert!(told.contains("can show you things"), "{told}");
    let told = replied(&alice, "y2").await;
    assert!(told.starts_with("Yes to which one?\n#1  card of Dora"), "{told}");
    settled(&component).await;
    assert!(!dora.seen_text().contains("Alice Capulet"), "{}", dora.seen_text());
    assert!(tell(&alice, "yes 1").await.contains("\n#1  card of Dora"));
    assert!(tell(&alice, "1").await.contains("yours is on its way"));
    // The last answer of a dialogue is said to nobody, under its id nor tapped twice.
    share(&bob, "b1", "one", &[ALICE]).await;
    shown(&alice, "one").await;
    assert!(tell(&alice, "leave").await.contains("Answer leave to go on"));
    for id in ["n1", "n1", "n2"] {
        send(&alice, id, "no").await;
    }
    assert!(replied(&alice, "n1").await.starts_with("Cancelled"));
    assert!(replied(&alice, "n2").await.starts_with("Not sent: for whom?"));
    settled(&component).await;
    let replies = |it: &&Element| {
        let reply = it.get_child("reply", "urn:xmpp:reply:0");
        reply.is_some_and(|it| matches!(it.attr("id"), Some("n1" | "y1")))
    };
    assert_eq!(alice.seen().iter().filter(replies).count(), 2, "{}", alice.seen_text());
    assert!(!bob.seen().iter().any(|it| body(it).ends_with("no")), "{}", bob.seen_text());
}

async fn words_go_into_no_dialogue_unasked_when_something_has_come_since(kind: Kind) {
    let server = Server::start(kind).await;
    let _component = start(&server).await;
    let alice = Client::login(&server, "alice").await;
    let bob = Client::login(&server, "bob").await;
    for client in [&alice, &bob] {
        register(client, "Somebody").await;
    }
    for words in ["share", "Ring EUR 5"] {
        tell(&alice, words).await;
    }
    assert!(tell(&alice, "bob@localhost").await.starts_with("Anything to say"));
    share(&bob, "b1", "what is the door code?", &[ALICE]).await;
    shown(&alice, "what is the door code?").await;
    let told = tell(&alice, "the door code is 4711").await;
    assert!(told.contains("Something else has come") && told.contains("Anything to say"), "{told}");
    let told = reply(&alice, "a ring").await;
    assert!(told.starts_with("Sent"), "{told}");
    shown(&bob, "a ring").await;
}

async fn a_number_that_a_question_and_a_card_have_is_asked_about_once(kind: Kind) {
    let server =
        Server::with_elsewhere(kind, &["alice", "bob", "dora@elsewhere", "egon@elsewhere"]).await;
    let _component = start(&server).await;
    let alice = Client::login(&server, "alice").await;
    let bob = Client::login(&server, "bob").await;
    let dora = Client::login(&server, "dora@elsewhere").await;
    let egon = Client::login(&server, "egon@elsewhere").await;
    for client in [&alice, &bob, &dora, &egon] {
        register(client, "Somebody").await;
    }
    tell(&alice, "card name Alice Capulet").await;
    tell(&bob, "card name Bob Montague").await;
    for number in ["#1", "#2"] {
        tell(&bob, "card to alice@localhost swap").await;
        let offers = |it: &Element| it.is("message", CLIENT) && body(it).contains(number);
        alice.expect("a card", offers, PATIENCE).await;
    }
    // The question of this number is over: the word for it gives nobody a card.
    share(&dora, "d1", "one", &[ALICE]).await;
    asked(&alice, "dora@elsewhere").await;
    tell(&dora, "revoke 1").await;
    let told = tell(&alice, "yes 1").await;
    assert!(told.contains("\n#1  card of Bob Montague"), "{told}");
    assert!(tell(&alice, "cancel").await.starts_with("Cancelled"));
    share(&egon, "e1", "two", &[ALICE]).await;
    asked(&alice, "egon@elsewhere").await;
    let told = tell(&alice, "yes 2").await;
    assert!(told.starts_with("Yes to which one?\n2  "), "{told}");
    assert!(told.contains("\n#2  card of Bob Montague"), "{told}");
    assert!(tell(&alice, "2").await.contains("can show you things"));
    shown(&alice, "two").await;
    let told = tell(&alice, "no 2").await;
    assert!(told.starts_with("No to which one?\n#2  card of Bob Montague"), "{told}");
    assert!(tell(&alice, "2").await.contains("not taken the card"));
}

async fn nothing_of_somebody_who_is_blocked_arrives_and_he_sees_no_difference(kind: Kind) {
    let server = Server::start(kind).await;
    let component = start(&server).await;
    let alice = Client::login(&server, "alice").await;
    let bob = Client::login(&server, "bob").await;
    register(&alice, "Alice").await;
    register(&bob, "Bob").await;
    let first = share(&bob, "b1", "first", &[ALICE]).await;
    shown(&alice, "first").await;
    share(&alice, "a1", "mine", &["bob@localhost"]).await;
    shown(&bob, "mine").await;
    settled(&component).await;

    assert!(tell(&alice, "blocks").await.contains("nobody"));
    assert!(tell(&alice, "block bob@localhost").await.contains("unblock bob@localhost"));
    for word in ["no", "yes"] {
        let told = tell(&alice, &format!("{word} bob@localhost")).await;
        assert!(told.contains("is blocked until you send: unblock bob@localhost"), "{told}");
    }
    assert!(fill(&alice, "blocks", &[]).await.contains("bob@localhost"));
    let second = share(&bob, "b2", "second", &[ALICE]).await;
    let shape = |sent: &Element| sent.attrs().iter().count();
    assert_eq!(shape(&first), shape(&second));
    let answer = format!(
        "<message to='{CONTACT}' type='chat' id='n1'><body>#2 are you there?</body>\
         <request xmlns='urn:xmpp:receipts'/></message>"
    );
    bob.send(&answer).await.expect("sent");
    let received = |it: &Element| it.has_child("received", "urn:xmpp:receipts");
    bob.expect("a receipt as ever", received, PATIENCE).await;
    settled(&component).await;
    assert_eq!(stands(&bob, &second).await, "accepted");
    assert_eq!(comments(&alice), ["first"]);
    assert!(!alice.seen_text().contains("are you there?"), "{}", alice.seen_text());

    assert!(tell(&alice, "unblock bob@localhost").await.contains("not blocked any more"));
    assert!(fill(&alice, "unblock", &[("who", &["bob@localhost"])]).await.contains("was not"));
    share(&bob, "b3", "third", &[ALICE]).await;
    shown(&alice, "third").await;
    assert_eq!(comments(&alice), ["first", "third"]);
    assert!(component.audit().0);
}

async fn complaints_reach_the_administrators_and_nobody_else(kind: Kind) {
    let server = Server::start(kind).await;
    let component = start(&server).await;
    let alice = Client::login(&server, "alice").await;
    let bob = Client::login(&server, "bob").await;
    let carol = Client::login(&server, "carol").await;
    for (client, nick) in [(&alice, "Alice"), (&bob, "Bob"), (&carol, "Carol")] {
        register(client, nick).await;
    }
    share(&bob, "b1", "rude", &[ALICE]).await;
    let message = shown(&alice, "rude").await;
    let told = tell(&alice, "report 1 abuse he insults me").await;
    assert!(told.contains("bob@localhost"), "{told}");
    assert_eq!(told, fill(&alice, "report", &[("number", &["1"])]).await);
    assert!(tell(&alice, "report 99").await.contains("nothing with the number 99"));
    let listed = tell(&carol, "reports").await;
    assert!(listed.contains("bob@localhost: abuse") && listed.contains("insults"), "{listed}");
    assert_eq!(listed, fill(&carol, "reports", &[("below", &[])]).await);

    // As a client says it, of the message that came from the contact.
    let id = message.attr("id").expect("an id");
    let report = format!(
        "<report xmlns='urn:xmpp:reporting:1' reason='urn:xmpp:reporting:spam'>\
         <stanza-id xmlns='urn:xmpp:sid:0' by='{ALICE}' id='{id}'/></report>"
    );
    let block =
        format!("<block xmlns='urn:xmpp:blocking'><item jid='{CONTACT}'>{report}</item></block>");
    let answer = carol.request("set", CONTACT, &block).await;
    assert_eq!(answer.attr("type"), Some("result"), "not her message, so nothing is done");
    let answer = alice.request("set", CONTACT, &block).await;
    assert_eq!(answer.attr("type"), Some("result"), "{}", String::from(&answer));
    let list = alice.request("get", CONTACT, "<blocklist xmlns='urn:xmpp:blocking'/>").await;
    assert!(
        String::from(&list).contains("jid=\"bob@localhost\"")
            || String::from(&list).contains("jid='bob@localhost'")
    );
    let answer = alice.request("set", CONTACT, "<unblock xmlns='urn:xmpp:blocking'/>").await;
    assert_eq!(answer.attr("type"), Some("result"));
    assert!(tell(&alice, "blocks").await.contains("nobody"));
    // About somebody of whom nothing has come; and more at once than are taken.
    let item = |jid: &str| {
        format!("<item jid='{jid}'><report xmlns='urn:xmpp:reporting:1' reason='x'/></item>")
    };
    let block = |items: &str| format!("<block xmlns='urn:xmpp:blocking'>{items}</block>");
    let answer = alice.request("set", CONTACT, &block(&item("nobody@nowhere"))).await;
    assert_eq!(answer.attr("type"), Some("result"), "one blocks whom one likes");
    let told =
        |it: &Element| it.is("message", CLIENT) && body(it).contains("Not reported: nothing");
    alice.expect("why the report was not taken", told, PATIENCE).await;
    let many: String = (0..51).map(|n| item(&format!("p{n}@nowhere"))).collect();
    let answer = alice.request("set", CONTACT, &block(&many)).await;
    refused(&answer, "not-acceptable", "");
    assert!(String::from(&answer).contains("at most 50"), "{}", String::from(&answer));
    let all = async |from: usize| {
        let items = (from..from + 50).map(|n| format!("<item jid='p{n}@nowhere'/>"));
        alice.request("set", CONTACT, &block(&items.collect::<String>())).await
    };
    for from in (0..950).step_by(50) {
        assert_eq!(all(from).await.attr("type"), Some("result"));
    }
    refused(&all(950).await, "resource-constraint", "");
    let answer = alice.request("set", CONTACT, "<unblock xmlns='urn:xmpp:blocking'/>").await;
    assert_eq!(answer.attr("type"), Some("result"));
    assert!(tell(&alice, "blocks").await.contains("nobody"));
    let told = tell(&alice, &format!("report 1 abuse {}", "ha".repeat(251))).await;
    assert!(told.contains("502 characters"), "{told}");
    assert_eq!(tell(&carol, "reports alice@localhost").await, listed);
    let number = listed.split_whitespace().next().expect("a number");
    assert_eq!(tell(&carol, &format!("reports {number}")).await, listed);
    assert!(tell(&carol, "reports bob@localhost").await.contains("no reports"));
    let reports = component.metric("tradepost_reports_total").await;
    assert!((0.5..1.5).contains(&reports), "the same again: {reports}");

    // To others there is no such thing.
    let nodes = "<query xmlns='http://jabber.org/protocol/disco#items' node='http://jabber.org/protocol/commands'/>";
    for node in ["reports", "suspend", "unsuspend"] {
        let begun = format!("node='{node}' action='execute'");
        refused(&step(&bob, CONTACT, &begun, &[]).await, "forbidden", "");
        let is_listed = async |client: &Client| {
            String::from(&client.request("get", CONTACT, nodes).await).contains(node)
        };
        assert!(is_listed(&carol).await && !is_listed(&bob).await, "{node}");
        assert!(!tell(&bob, "help").await.contains(&format!("{node} ")) || node == "reports");
    }

    assert!(tell(&carol, "suspend bob@localhost").await.contains("unsuspend bob@localhost"));
    let sent = crate::stanzas::send("b2", "again", &crate::stanzas::goblet(), &[ALICE]);
    refused(&bob.request("set", DOMAIN, &sent).await, "forbidden", "");
    assert!(tell(&bob, "share Lamp EUR 5 to alice@localhost: x").await.contains("suspended"));
    let told = fill(&carol, "unsuspend", &[("who", &["bob@localhost"])]).await;
    assert!(told.contains("can send again"), "{told}");
    share(&bob, "b2", "again", &[ALICE]).await;
    shown(&alice, "again").await;
}

async fn a_complaint_about_the_owner_of_a_number_does_not_say_who_that_is(kind: Kind) {
    const ALICES: &str = "+393337654321";
    const BOBS: &str = "+393331234567";
    let server = Server::start(kind).await;
    let component = start(&server).await;
    let (alice, bob) = alice_and_bob(&server).await;
    let numbers = [(ALICES, ALICE), (BOBS, "bob@localhost")];
    own(&component, &numbers, &[ALICE, "bob@localhost"]).await;
    share(&alice, "a1", "a goblet", &[&format!("tel:{BOBS}")]).await;
    shown(&bob, "a goblet").await;
    assert!(tell(&alice, "card name Juliet Capulet").await.contains("Juliet Capulet"));
    let given = tell(&alice, &format!("card to {BOBS}")).await;
    assert!(given.starts_with("Given: #2"), "{given}");
    let says = |it: &Element, text: &str| it.is("message", CLIENT) && body(it).contains(text);
    bob.expect("the card", |it| says(it, "Juliet Capulet"), PATIENCE).await;

    let tells_nothing = |told: &str| {
        assert!(told.contains(BOBS), "{told}");
        assert!(!told.to_lowercase().contains("bob"), "{told}");
    };
    for n in 1..=2 {
        let rude = format!("rude {n}");
        bob.send(&format!(
            "<message to='{CONTACT}' type='chat' id='n{n}'><body>#{n} {rude}</body></message>"
        ))
        .await
        .expect("sent");
        let message = alice.expect("the answer", |it| says(it, &rude), PATIENCE).await;
        let id = message.attr("id").expect("an id");
        let report = format!(
            "<report xmlns='urn:xmpp:reporting:1' reason='urn:xmpp:reporting:spam'>\
             <stanza-id xmlns='urn:xmpp:sid:0' by='{ALICE}' id='{id}'/></report>"
        );
        // As a message, and beside a block.
        alice
            .send(&format!("<message to='{CONTACT}' type='chat' id='r{n}'>{report}</message>"))
            .await
            .expect("sent");
        let to_revoke = format!("revoke {n}");
        let taken = |it: &Element| says(it, "will look at what") && says(it, &to_revoke);
        tells_nothing(&body(&alice.expect("what became of it", taken, PATIENCE).await));
        let block = format!(
            "<block xmlns='urn:xmpp:blocking'><item jid='{CONTACT}'>{report}</item></block>"
        );
        let answer = alice.request("set", CONTACT, &block).await;
        assert_eq!(answer.attr("type"), Some("result"), "{}", String::from(&answer));
        let refused = |it: &Element| says(it, "cannot block its owner") && says(it, &to_revoke);
        tells_nothing(&body(&alice.expect("why not", refused, PATIENCE).await));
    }
    let list = alice.request("get", CONTACT, "<blocklist xmlns='urn:xmpp:blocking'/>").await;
    assert!(!String::from(&list).contains("bob"), "{}", String::from(&list));
    assert!(tell(&alice, "blocks").await.contains("nobody"));
}
