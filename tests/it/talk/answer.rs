//! Talking about what was shared: answers in both directions reach the one person they are for,
//! on Prosody and on ejabberd (S0.5, `xep/product-share.xml#comment`).

use std::time::Duration;

use minidom::Element;

use crate::{
    harness::{
        PATIENCE,
        client::Client,
        component::Component,
        eventually,
        server::{Kind, Server, Setup},
        wire::CLIENT,
    },
    servers,
    stanzas::{CONTACT, DOMAIN, NS, SPEAKER, body, goblet, in_state, register, send, shown},
};

servers::facts!(
    two_people_talk_about_two_products_at_once_in_every_way_and_nothing_goes_astray,
    each_of_several_recipients_has_a_conversation_of_his_own,
    a_stranger_cannot_answer_into_a_conversation_by_its_ids,
    corrections_retractions_and_reactions_follow_the_message_they_are_about,
    a_reply_that_says_to_be_left_alone_is_a_command_and_is_passed_on_to_nobody,
    an_answer_carries_further_products_and_a_bad_one_is_told,
    killed_between_store_and_receipt_it_loses_no_answer_and_passes_none_on_twice,
);

const FALLBACK: &str = "urn:xmpp:fallback:0";
const REACTIONS: &str = "urn:xmpp:reactions:0";
const RECEIPTS: &str = "urn:xmpp:receipts";
const REPLACE: &str = "urn:xmpp:message-correct:0";
const REPLY: &str = "urn:xmpp:reply:0";
const RETRACT: &str = "urn:xmpp:message-retract:1";
const TUREEN: &str = "<product><name xml:lang='en'>Soup tureen</name></product>";

/// Writes to the contact: `inner` beside a request for a receipt.
async fn say(client: &Client, id: &str, inner: &str) {
    let message = format!(
        "<message to='{CONTACT}' type='chat' id='{id}' xml:lang='en'>{inner}<request xmlns='{RECEIPTS}'/></message>"
    );
    client.send(&message).await.expect("sent");
}

/// Writes words and gets the receipt for them.
async fn tell(client: &Client, id: &str, inner: &str) {
    say(client, id, inner).await;
    let is_receipt = |it: &Element| {
        it.get_child("received", RECEIPTS).is_some_and(|receipt| receipt.attr("id") == Some(id))
    };
    client.expect(&format!("a receipt for {id}"), is_receipt, PATIENCE).await;
}

/// The words that a message passes on.
fn words_of(message: &Element) -> Option<String> {
    Some(message.get_child("comment", NS)?.text())
}

/// The message that passes on these words, about this share.
async fn heard(client: &Client, words: &str, share: &Element) -> Element {
    let what = format!("{words:?}");
    let message = client.expect(&what, |it| words_of(it).as_deref() == Some(words), PATIENCE).await;
    let comment = message.get_child("comment", NS).expect("the payload");
    assert_eq!(comment.attr("share"), share.attr("share"), "{words}: another conversation");
    assert_eq!(message.attr("from"), Some(SPEAKER));
    assert_eq!(message.attr("type"), Some("chat"));
    message
}

/// What the service says in its own words.
async fn told(client: &Client, start: &str) -> String {
    let says = |it: &Element| it.attr("from") == Some(SPEAKER) && body(it).starts_with(start);
    body(&client.expect(start, says, PATIENCE).await)
}

/// Everything that was passed on to somebody, in order.
fn all_words(client: &Client) -> Vec<String> {
    client.seen().iter().filter_map(words_of).collect()
}

async fn share_of(
    client: &Client,
    key: &str,
    comment: &str,
    product: &str,
    to: &[&str],
) -> Element {
    let answer = client.request("set", DOMAIN, &send(key, comment, product, to)).await;
    answer.get_child("sent", NS).unwrap_or_else(|| panic!("{answer:?}")).clone()
}

fn quoted(text: &str) -> String {
    let lines: Vec<_> =
        text.lines().map(|it| format!("&gt; {}\n", it.replace('>', "&gt;"))).collect();
    lines.concat()
}

fn id(message: &Element) -> &str {
    message.attr("id").expect("an id")
}

fn thread(message: &Element) -> String {
    message.get_child("thread", CLIENT).expect("a thread").text()
}

/// A server on which these have joined.
async fn people<const N: usize>(server: &Server, names: [&str; N]) -> Vec<Client> {
    let mut people = Vec::new();
    for name in names {
        let client = Client::login(server, name).await;
        register(&client, &name.replacen(|_: char| true, &name[..1].to_uppercase(), 1)).await;
        people.push(client);
    }
    people
}

fn reply(to: &str) -> String {
    format!("<reply xmlns='{REPLY}' id='{to}' to='{SPEAKER}'/>")
}

/// Whether it is about the cup and not about the pot, the words, what stands beside the body, and
/// the body.
type Way = (bool, &'static str, String, String);

/// Every way to say what words are about, the two things in turns. Bob was shown `cup` and `pot`;
/// `tureen` is the share that brought the pot.
fn ways(cup: &Element, pot: &Element, tureen: &Element) -> Vec<Way> {
    let quote = quoted(&body(cup));
    let end = quote.replace("&gt;", ">").chars().count();
    let marked = format!(
        "<fallback xmlns='{FALLBACK}' for='{REPLY}'><body start='0' end='{end}'/></fallback>"
    );
    let link = body(pot).lines().find(|it| it.contains("/s/")).map(str::to_owned);
    vec![
        (true, "a reply", reply(id(cup)), "a reply".to_owned()),
        (false, "a number", String::new(), "#3 a number".to_owned()),
        (true, "a marked quote", reply(id(cup)) + &marked, format!("{quote}a marked quote")),
        (false, "a quote", String::new(), format!("{}a quote", quoted(&body(pot)))),
        (true, "a quote of a line", String::new(), "&gt; #2\na quote of a line".to_owned()),
        (false, "a link", String::new(), format!("&gt; {}\na link", link.unwrap())),
        // That of what came last is what clients go on with by themselves.
        (true, "a thread", format!("<thread>{}</thread>", thread(cup)), "a thread".to_owned()),
        (
            false,
            "a payload",
            format!("<comment xmlns='{NS}' share='{}'/>", tureen.attr("share").unwrap()),
            "a payload".to_owned(),
        ),
        (
            true,
            "银杯 👩\u{200d}👧 &lt;多重&gt;？",
            String::new(),
            "＃２ 银杯 👩\u{200d}👧 &lt;多重&gt;？".to_owned(),
        ),
        (false, "a reply beats a number", reply(id(pot)), "a reply beats a number".to_owned()),
    ]
}

async fn two_people_talk_about_two_products_at_once_in_every_way_and_nothing_goes_astray(
    kind: Kind,
) {
    let server = Server::start(kind).await;
    let _component = Component::start(&server).await;
    let people = people(&server, ["alice", "bob", "carol"]).await;
    let [alice, bob, carol] = people.as_slice() else { panic!("three") };
    // So that the two do not call the same thing by the same number.
    share_of(carol, "c", "mine", &goblet(), &["bob@localhost"]).await;
    shown(bob, "mine").await;
    let goblet = share_of(alice, "g", "one", &goblet(), &["bob@localhost"]).await;
    let (cup, tureen) = {
        let cup = shown(bob, "one").await;
        let tureen = share_of(alice, "t", "two", TUREEN, &["bob@localhost"]).await;
        (cup, tureen)
    };
    let pot = shown(bob, "two").await;
    assert_eq!(cup.get_child("share", NS).unwrap().attr("handle"), Some("2"));

    let ways = ways(&cup, &pot, &tureen);
    let mut relayed = Vec::new();
    for (at, (is_cup, words, inner, text)) in ways.iter().enumerate() {
        let share = if *is_cup { &goblet } else { &tureen };
        tell(bob, &format!("b{at}"), &format!("<body>{text}</body>{inner}")).await;
        let words = words.replace("&lt;", "<").replace("&gt;", ">");
        let message = heard(alice, &words, share).await;
        let head = if *is_cup { "> #1 Silver goblet\n" } else { "> #2 Soup tureen\n" };
        assert_eq!(body(&message), format!("{head}Bob (bob@localhost): {words}"));
        let of = message.get_child("addresses", "http://jabber.org/protocol/address").unwrap();
        assert_eq!(of.children().next().unwrap().attr("jid"), Some("bob@localhost"));
        assert_eq!(thread(&message), thread(if *is_cup { &cup } else { &pot }));
        relayed.push(message);
    }
    // Of several who have just spoken it is asked whom he means.
    tell(alice, "a0", &format!("<body>Take it</body>{}", reply(id(&relayed[0])))).await;
    let take = heard(bob, "Take it", &goblet).await;
    assert_eq!(take.get_child("reply", REPLY).unwrap().attr("id"), Some("b0"));
    assert_eq!(take.get_child("reply", REPLY).unwrap().attr("to"), Some("bob@localhost"));
    assert!(body(&take).starts_with("> #2 Silver goblet\nAlice (alice@localhost): "));
    say(bob, "b19", "<body>I will</body>").await;
    let asked = told(bob, "Not sent: for whom?").await;
    assert!(asked.ends_with("\n#1 Silver goblet – Carol (carol@localhost)"), "{asked}");
    assert!(asked.contains("\n#2 Silver goblet – Alice (alice@localhost)\n"), "{asked}");
    tell(bob, "b20", "<body>#2 I will</body>").await;
    let will = heard(alice, "I will", &goblet).await;

    // Answers to answers, to his own, and to what was said about the other product.
    tell(alice, "a1", &format!("<body>Good</body>{}", reply(id(&will)))).await;
    heard(bob, "Good", &goblet).await;
    tell(alice, "a2", &format!("<body>To myself</body>{}", reply("a1"))).await;
    heard(bob, "To myself", &goblet).await;
    tell(alice, "a3", &format!("<body>{}And the pot?</body>", quoted(&body(&relayed[1])))).await;
    heard(bob, "And the pot?", &tureen).await;
    tell(alice, "a4", "<body>#1 of gold</body>").await;
    let gold = heard(bob, "of gold", &goblet).await;
    let reaction = format!(
        "<reactions xmlns='{REACTIONS}' id='{}'><reaction>👍</reaction></reactions>",
        id(&gold)
    );
    tell(bob, "b21", &reaction).await;
    told(alice, "Bob (bob@localhost) reacted 👍 to: #1 Silver goblet").await;
    // The same stanza again is the same answer.
    tell(alice, "a4", "<body>#1 of gold</body>").await;
    tell(alice, "a5", "<body>#2 the end</body>").await;
    heard(bob, "the end", &tureen).await;

    let expected: Vec<_> =
        ["Take it", "Good", "To myself", "And the pot?", "of gold", "the end"].into();
    assert_eq!(all_words(bob), expected);
    assert_eq!(all_words(alice).len(), ways.len() + 1);
    assert!(all_words(carol).is_empty(), "she has no part in it");
}

#[tokio::test]
async fn what_points_at_nothing_goes_to_the_only_one_who_has_spoken_and_that_is_told() {
    let server = Server::start(Kind::Prosody).await;
    let _component = Component::start(&server).await;
    let people = people(&server, ["alice", "bob", "carol"]).await;
    let [alice, bob, carol] = people.as_slice() else { panic!("three") };
    let goblet = share_of(alice, "g", "one", &goblet(), &["bob@localhost"]).await;
    shown(bob, "one").await;
    let tureen = share_of(alice, "t", "two", TUREEN, &["bob@localhost"]).await;
    shown(bob, "two").await;
    tell(alice, "a1", "<body>#1 what is the door code?</body>").await;
    heard(bob, "what is the door code?", &goblet).await;
    tell(bob, "b1", "<body>which door?</body>").await;
    heard(alice, "which door?", &goblet).await;
    let sent = told(bob, "Sent to").await;
    assert_eq!(sent, "Sent to Alice (alice@localhost) about #1 Silver goblet");
    // Somebody else speaks while he writes, and his client goes on with the thread of what came last.
    share_of(carol, "c", "and me?", TUREEN, &["bob@localhost"]).await;
    let hers = format!("<thread>{}</thread>", thread(&shown(bob, "and me?").await));
    for (n, inner) in ["", hers.as_str()].into_iter().enumerate() {
        let id = format!("c{n}");
        say(bob, &id, &format!("<body>it is 4711</body>{inner}")).await;
        let says = |it: &Element| {
            let to = it.get_child("reply", REPLY).and_then(|it| it.attr("id"));
            to == Some(id.as_str()) && body(it).starts_with("Not sent: for whom?")
        };
        bob.expect("a question", says, PATIENCE).await;
    }
    // Nor does it stand in for what a reply points at.
    say(bob, "c2", &format!("<body>it is 4711</body>{}{hers}", reply("gone"))).await;
    told(bob, "Not sent: I cannot tell what this is about").await;
    tell(bob, "b2", "<body>#2 done</body>").await;
    heard(alice, "done", &tureen).await;
    for one in [alice, carol] {
        assert!(!one.seen_text().contains("4711"), "{}", one.seen_text());
    }
}

/// A code of somebody else's in what is quoted does not choose to whom the answer goes.
#[tokio::test]
async fn an_answer_to_a_quote_goes_to_whoever_is_quoted() {
    let server = Server::start(Kind::Prosody).await;
    let _component = Component::start(&server).await;
    let people = people(&server, ["alice", "bob", "carol"]).await;
    let [alice, bob, carol] = people.as_slice() else { panic!("three") };
    let tureen = share_of(bob, "t", "mine", TUREEN, &["carol@localhost"]).await;
    shown(carol, "mine").await;
    let code = tureen.attr("ref").expect("a code").to_owned();
    let shown_code = format!("{}-{}", &code[..5], &code[5..]);
    let lamp = format!("<product><name xml:lang='en'>Lamp {shown_code}</name></product>");
    let page = format!("see https://share.example.org/s/{code} too");
    for (key, comment, product) in [("l", "look", lamp.as_str()), ("m", page.as_str(), TUREEN)] {
        let sent = share_of(alice, key, comment, product, &["bob@localhost"]).await;
        let message = shown(bob, comment).await;
        let words = format!("about {key}");
        let quote = quoted(&body(&message));
        tell(bob, key, &format!("<body>{quote}{words}</body>")).await;
        heard(alice, &words, &sent).await;
        told(bob, "Sent to Alice (alice@localhost) about #").await;
    }
    assert!(all_words(carol).is_empty(), "{}", carol.seen_text());
}

async fn each_of_several_recipients_has_a_conversation_of_his_own(kind: Kind) {
    let server = Server::start(kind).await;
    server.add_user("dave").await;
    let _component = Component::start(&server).await;
    let people = people(&server, ["alice", "bob", "carol", "dave"]).await;
    let [alice, bob, carol, dave] = people.as_slice() else { panic!("four") };
    let three = ["bob@localhost", "carol@localhost", "dave@localhost"];
    let sent = share_of(alice, "k", "who?", &goblet(), &three).await;
    for one in [bob, carol, dave] {
        shown(one, "who?").await;
    }
    let by_payload = format!(
        "<body>hello</body><comment xmlns='{NS}' share='{}'/>",
        sent.attr("share").unwrap()
    );
    for (at, unclear) in ["<body>#1 hello</body>", by_payload.as_str()].into_iter().enumerate() {
        say(alice, &format!("u{at}"), unclear).await;
        let text = told(alice, "Not sent: 3 people have #1 Silver goblet.").await;
        assert!(!text.contains("bob@localhost"), "{text}");
    }
    tell(alice, "a1", "<body>#1 carol@localhost: for you?</body>").await;
    heard(carol, "for you?", &sent).await;

    tell(bob, "b1", "<body>#1 mine!</body>").await;
    let mine = heard(alice, "mine!", &sent).await;
    tell(alice, "a2", "<body>#1 yours</body>").await;
    heard(bob, "yours", &sent).await;

    tell(carol, "c1", "<body>#1 no, mine</body>").await;
    let hers = heard(alice, "no, mine", &sent).await;
    assert_ne!(thread(&mine), thread(&hers));
    say(alice, "u3", "<body>#1 hello</body>").await;
    told(alice, "Not sent: 3 people").await;
    for (to, message) in [(bob, &mine), (carol, &hers)] {
        for (way, inner) in [
            (
                "reply",
                format!("<body>by reply</body><reply xmlns='{REPLY}' id='{}'/>", id(message)),
            ),
            ("thread", format!("<body>by thread</body><thread>{}</thread>", thread(message))),
            ("both", format!("<body>#1 by both</body><thread>{}</thread>", thread(message))),
            ("quote", format!("<body>{}by quote</body>", quoted(&body(message)))),
        ] {
            if way == "thread" && thread(message) == thread(&hers) {
                // That of what came last, which clients go on with by themselves.
                continue;
            }
            tell(alice, &format!("{way}-{}", to.bare()), &inner).await;
            heard(to, &format!("by {way}"), &sent).await;
        }
    }
    assert_eq!(all_words(bob), ["yours", "by reply", "by thread", "by both", "by quote"]);
    assert_eq!(all_words(carol), ["for you?", "by reply", "by both", "by quote"]);
    assert!(all_words(dave).is_empty());
    for one in [bob, carol, dave] {
        let others = three.into_iter().filter(|jid| *jid != one.bare());
        for other in others {
            assert!(!one.seen_text().contains(other), "{} learns of {other}", one.bare());
        }
    }
}

async fn a_stranger_cannot_answer_into_a_conversation_by_its_ids(kind: Kind) {
    let server = Server::start(kind).await;
    let component = Component::start(&server).await;
    let people = people(&server, ["alice", "bob", "carol"]).await;
    let [alice, bob, carol] = people.as_slice() else { panic!("three") };
    let sent = share_of(alice, "k", "for Bob", &goblet(), &["bob@localhost"]).await;
    let share = shown(bob, "for Bob").await;
    tell(bob, "b1", "<body>#1 thanks</body>").await;
    let thanks = heard(alice, "thanks", &sent).await;
    let code = sent.attr("ref").unwrap();
    for (at, inner) in [
        format!("<body>x</body><reply xmlns='{REPLY}' id='{}'/>", id(&share)),
        format!("<body>x</body><reply xmlns='{REPLY}' id='{}'/>", id(&thanks)),
        format!("<body>x</body><reply xmlns='{REPLY}' id='b1'/>"),
        format!("<body>x</body><replace xmlns='{REPLACE}' id='b1'/>"),
        format!("<body>x</body><comment xmlns='{NS}' share='{}'/>", sent.attr("share").unwrap()),
        format!("<body>&gt; https://x/s/{code}\nx</body>"),
        "<body>#1 x</body>".to_owned(),
    ]
    .iter()
    .enumerate()
    {
        say(carol, &format!("x{at}"), inner).await;
        // She is told five times at once; where the others went is looked at below.
        if at < 5 {
            told(carol, "Not sent: I cannot tell what this is about").await;
        }
    }
    for inner in [
        format!("<retract xmlns='{RETRACT}' id='b1'/>"),
        format!(
            "<reactions xmlns='{REACTIONS}' id='{}'><reaction>x</reaction></reactions>",
            id(&share)
        ),
        format!("<body>x</body><thread>{}</thread>", thread(&share)),
    ] {
        tell(carol, "y", &inner).await;
    }
    // What another service passes on is not passed on once more.
    say(bob, "b2", "<body>#1 loop</body><addresses xmlns='http://jabber.org/protocol/address'><address type='ofrom' jid='x@y'/></addresses>").await;
    // Encrypted words are nobody's.
    say(bob, "b3", "<body>#1 omemo</body><encryption xmlns='urn:xmpp:eme:0' namespace='x'/>").await;
    told(bob, "I cannot read this").await;
    say(bob, "b4", &format!("<body>#1 {}</body>", "é".repeat(1_001))).await;
    assert!(told(bob, "Not sent: this has 1001 characters, and 1000").await.contains("still here"));
    tell(bob, "b5", &format!("<body>#1 {}</body>", "é".repeat(1_000))).await;
    heard(alice, &"é".repeat(1_000), &sent).await;
    assert_eq!(all_words(alice).len(), 2);
    assert!(all_words(bob).is_empty() && all_words(carol).is_empty());
    assert!(component.audit().0);
}

async fn corrections_retractions_and_reactions_follow_the_message_they_are_about(kind: Kind) {
    let server = Server::start(kind).await;
    let component = Component::start(&server).await;
    let people = people(&server, ["alice", "bob"]).await;
    let [alice, bob] = people.as_slice() else { panic!("two") };
    let sent = share_of(alice, "k", "see", &goblet(), &["bob@localhost"]).await;
    let share = shown(bob, "see").await;
    tell(bob, "b1", "<body>#1 how hevy?</body>").await;
    let first = heard(alice, "how hevy?", &sent).await;
    // Only then is her client known to have it.
    let confirmed = eventually(PATIENCE, async || in_state(&component, "confirmed") == 2).await;
    assert!(confirmed, "{}", component.audit().1);
    for (stanza, words) in [("b2", "how heavy?"), ("b3", "how heavy is it?")] {
        let inner = format!("<body>{words}</body><replace xmlns='{REPLACE}' id='b1'/>");
        tell(bob, stanza, &inner).await;
        let message = heard(alice, words, &sent).await;
        let replace = message.get_child("replace", REPLACE).expect("a correction");
        assert_eq!(replace.attr("id"), Some(id(&first)));
        assert!(body(&message).ends_with(&format!("Bob (bob@localhost) corrects: {words}")));
    }
    let react = |to: &str, emoji: &str| {
        let one =
            if emoji.is_empty() { String::new() } else { format!("<reaction>{emoji}</reaction>") };
        format!("<reactions xmlns='{REACTIONS}' id='{to}'>{one}</reactions>")
    };
    tell(alice, "a1", &react(id(&first), "❤️")).await;
    let says = |it: &Element| body(it).starts_with("Alice (alice@localhost) reacted ❤️ to: #1");
    let liked = bob.expect("a reaction", says, PATIENCE).await;
    assert_eq!(liked.get_child("reactions", REACTIONS).unwrap().attr("id"), Some("b1"));
    tell(bob, "b4", &react(id(&share), "👍")).await;
    let says = |it: &Element| body(it) == "Bob (bob@localhost) reacted 👍 to: #1 Silver goblet";
    let liked = alice.expect("a reaction", says, PATIENCE).await;
    assert!(!liked.has_child("reactions", REACTIONS), "she has no message that shows it");
    tell(bob, "b5", &react(id(&share), "")).await;
    told(alice, "Bob (bob@localhost) took back a reaction to: #1 Silver goblet").await;

    tell(bob, "b6", &format!("<body>gone</body><retract xmlns='{RETRACT}' id='b1'/>")).await;
    let says =
        |it: &Element| body(it) == "Bob (bob@localhost) took back a message about #1 Silver goblet";
    let retracted = alice.expect("a retraction", says, PATIENCE).await;
    assert_eq!(retracted.get_child("retract", RETRACT).unwrap().attr("id"), Some(id(&first)));
    assert!(retracted.has_child("fallback", FALLBACK));
}

/// Some clients count their messages from 1 at every start.
#[tokio::test]
async fn what_corrects_or_takes_back_a_command_is_about_nothing_that_was_said_under_its_id() {
    let server = Server::start(Kind::Prosody).await;
    let _component = Component::start(&server).await;
    let people = people(&server, ["alice", "bob"]).await;
    let [alice, bob] = people.as_slice() else { panic!("two") };
    let sent = share_of(alice, "k", "see", &goblet(), &["bob@localhost"]).await;
    shown(bob, "see").await;
    for (at, command) in ["find my salary", "status", "share", "cancel", "help"].iter().enumerate()
    {
        let words = format!("see you at {at}");
        tell(bob, "m2", &format!("<body>#1 {words}</body>")).await;
        heard(alice, &words, &sent).await;
        let id = if at == 2 { "m1" } else { "m2" };
        tell(bob, id, &format!("<body>{command}</body>")).await;
        if at == 2 {
            continue;
        }
        let again = format!("<body>{command} 3000</body><replace xmlns='{REPLACE}' id='m2'/>");
        let id = format!("r{at}");
        say(bob, &id, &again).await;
        let says = |it: &Element| {
            let to = it.get_child("reply", REPLY).and_then(|it| it.attr("id"));
            to == Some(id.as_str()) && it.has_child("body", CLIENT)
        };
        let told = body(&bob.expect(command, says, PATIENCE).await);
        assert!(
            told.starts_with("Not sent: I cannot tell what this is about"),
            "{command}: {told}"
        );
        tell(bob, &format!("t{at}"), &format!("<retract xmlns='{RETRACT}' id='m2'/>")).await;
    }
    tell(bob, "end", "<body>#1 the end</body>").await;
    heard(alice, "the end", &sent).await;
    assert!(!alice.seen_text().contains("3000"), "{}", alice.seen_text());
    assert!(!alice.seen_text().contains("took back"), "{}", alice.seen_text());
}

async fn a_reply_that_says_to_be_left_alone_is_a_command_and_is_passed_on_to_nobody(kind: Kind) {
    let server = Server::start(kind).await;
    let _component = Component::start(&server).await;
    let people = people(&server, ["alice", "bob"]).await;
    let [alice, bob] = people.as_slice() else { panic!("two") };
    let sent = share_of(alice, "k", "see", &goblet(), &["bob@localhost"]).await;
    let share = shown(bob, "see").await;
    let replies = reply(id(&share));
    for (at, words, answer) in [
        ("a", "STOP", "Do you want to leave for good?"),
        ("b", "cancel", "Cancelled"),
        ("c", "report abuse he insults me", "The people who run this service will look at"),
        ("d", "block him", "Write it like this: block"),
        ("e", "block", "Blocked: alice@localhost"),
        ("f", "unblock", "alice@localhost is not blocked any more"),
        ("g", "block alice@localhost/phone", "Blocked: alice@localhost"),
        ("h", "unblock", "alice@localhost is not blocked any more"),
        ("i", "leave", "Leave for good"),
        ("j", "cancel", "Cancelled"),
    ] {
        let pointing = if words == "cancel" { "" } else { replies.as_str() };
        say(bob, at, &format!("<body>{words}</body>{pointing}")).await;
        let says = |it: &Element| {
            let to = it.get_child("reply", REPLY).and_then(|it| it.attr("id"));
            to == Some(at) && it.has_child("body", CLIENT)
        };
        let told = body(&bob.expect(words, says, PATIENCE).await);
        assert!(told.starts_with(answer), "{words}: {told}");
    }
    say(bob, "k", "<body>#1 block</body>").await;
    told(bob, "Blocked: alice@localhost").await;
    say(bob, "l", "<body>unblock alice@localhost</body>").await;
    told(bob, "alice@localhost is not blocked any more").await;
    tell(bob, "m", &format!("<body>stop it</body>{replies}")).await;
    heard(alice, "stop it", &sent).await;
    assert_eq!(all_words(alice), ["stop it"], "{}", alice.seen_text());
}

async fn an_answer_carries_further_products_and_a_bad_one_is_told(kind: Kind) {
    let server = Server::start(kind).await;
    let _component = Component::start(&server).await;
    let people = people(&server, ["alice", "bob"]).await;
    let [alice, bob] = people.as_slice() else { panic!("two") };
    let sent = share_of(alice, "k", "see", &goblet(), &["bob@localhost"]).await;
    shown(bob, "see").await;
    let with = |products: &str| {
        format!("<body>#1 or this?</body><share xmlns='{NS}' id='s1'>{products}</share>")
    };
    tell(bob, "b1", &with(TUREEN)).await;
    let message = heard(alice, "or this?", &sent).await;
    assert!(
        body(&message).ends_with("Bob (bob@localhost): or this?\n+ Soup tureen"),
        "{}",
        body(&message)
    );
    let products = message.get_child("share", NS).expect("products");
    assert_eq!(products.children().filter(|it| it.name() == "product").count(), 1);
    say(bob, "b2", &with(&TUREEN.repeat(6))).await;
    told(bob, "Not sent: a product in it is not as it should be").await;
}

async fn killed_between_store_and_receipt_it_loses_no_answer_and_passes_none_on_twice(kind: Kind) {
    let server = Server::start_with(kind, Setup { kick_old: true, ..Setup::default() }).await;
    let component = Component::start(&server).await;
    let people = people(&server, ["alice", "bob"]).await;
    let [alice, bob] = people.as_slice() else { panic!("two") };
    share_of(alice, "k", "see", &goblet(), &["bob@localhost"]).await;
    shown(bob, "see").await;
    let mut said = 0;
    for point in ["written:3", "committed:3", "committed:6", "claimed:2", "sent:1"] {
        component.restart_to_crash(point);
        let mut open = Vec::new();
        while component.ended().is_none() {
            said += 1;
            let id = format!("b{said}");
            if !acknowledged(bob, &id, Duration::from_millis(200)).await {
                open.push(id);
            }
        }
        component.restart().await;
        for id in open {
            let told =
                eventually(PATIENCE, async || acknowledged(bob, &id, Duration::from_secs(2)).await);
            assert!(told.await, "{point}: no receipt for {id}\n{}", component.log());
        }
    }
    for n in 1..=said {
        let words = format!("b{n}");
        let came = eventually(PATIENCE, async || all_words(alice).contains(&words)).await;
        assert!(came, "{words} is lost\n{}", component.log());
        let copies: Vec<_> =
            alice.seen().into_iter().filter(|it| words_of(it).as_deref() == Some(&words)).collect();
        assert!(copies.iter().all(|it| it.attr("id") == copies[0].attr("id")), "{words} twice");
    }
    assert!(component.audit().0, "{}", component.audit().1);
}

/// Says `id` under the id `id`: whether a receipt comes.
async fn acknowledged(client: &Client, id: &str, within: Duration) -> bool {
    say(client, id, &format!("<body>#1 {id}</body>")).await;
    let is_receipt = |it: &Element| {
        it.get_child("received", RECEIPTS).is_some_and(|receipt| receipt.attr("id") == Some(id))
    };
    client.recv_until(is_receipt, within).await.is_some()
}
