//! Cards change hands (S4.3 to S4.6, S3.4): two people with numbers of their own, whatever of them
//! is online; what waits in the tray; and what is sent again to whom.

use minidom::Element;
use serde_json::Value;
use sqlx::{AssertSqlSafe, Connection, SqliteConnection};

use crate::{
    contact::tell,
    harness::{
        PATIENCE,
        client::{Client, Habits},
        component::{Component, Plan},
        eventually,
        server::{Kind, Server},
        wire::CLIENT,
    },
    mailer::provider::{Asked, Provider, by_http, digits},
    servers,
    share::saved::{get, links},
    stanzas::{CONTACT, DOMAIN, alice_and_bob, body, register, settled},
};

servers::facts!(
    two_people_swap_cards_by_typing_a_number,
    cards_are_swapped_while_one_or_both_are_away_and_come_at_the_next_login,
    the_card_of_a_third_person_says_so_and_a_declined_one_is_told_nobody,
    a_number_whose_owner_cannot_be_found_and_one_of_nobody_are_answered_alike,
    a_client_that_acknowledges_gets_a_card_again_and_no_other_does,
    a_death_between_taking_and_telling_gives_one_card_back,
);

const CARDS: &str = "urn:xmpp:card-exchange:0";
const RSM: &str = "http://jabber.org/protocol/rsm";
/// Who acknowledges a card only when the test does.
const QUIET: Habits = Habits { presence: true, receipts: false, subscriptions: true, iqs: true };
const ALICES: &str = "+393337654321";
const BOBS: &str = "+393331234567";

/// Shows that a number is somebody's, who lets others find him by it if he is `discoverable`.
async fn has_number(client: &Client, provider: &Provider, number: &str, discoverable: bool) {
    assert!(tell(client, &format!("phone {number}")).await.contains("six digits"));
    let mut code = String::new();
    let came = eventually(PATIENCE, async || {
        let asked = provider.asked();
        let mut own = asked.iter().rev().filter(|it| it.json()["to"] == number).map(Asked::text);
        code = own.next().map(|text| digits(&text)).unwrap_or_default();
        !code.is_empty()
    });
    assert!(came.await, "no code for {number}");
    assert!(tell(client, &format!("code {code}")).await.contains("is yours"));
    let switch = if discoverable { "on" } else { "off" };
    tell(client, &format!("settings discoverable {switch}")).await;
}

/// Makes somebody's own card.
async fn has_card(client: &Client, name: &str) {
    let text = format!(
        "BEGIN:VCARD\nVERSION:4.0\nFN:{name}\nTEL;VALUE=uri;TYPE=cell:tel:{ALICES}\n\
         EMAIL:someone@example.org\nEND:VCARD\n"
    );
    let card = format!("<card xmlns='{CARDS}'><text>{text}</text></card>");
    let answer = client.request("set", DOMAIN, &card).await;
    assert_eq!(answer.attr("type"), Some("result"), "{}", String::from(&answer));
}

fn offer_of(message: &Element) -> Option<&Element> {
    message.get_child("offer", CARDS).filter(|_| message.is("message", CLIENT))
}

/// The next card that comes, of somebody of this name: its payload, and the message.
async fn offered(client: &Client, name: &str) -> (Element, Element) {
    let is_it = |it: &Element| offer_of(it).is_some() && body(it).contains(name);
    let message = client.expect(&format!("the card of {name}"), is_it, PATIENCE).await;
    (offer_of(&message).expect("an offer").clone(), message)
}

/// How often the card of this offer has come.
fn copies(client: &Client, id: &str) -> usize {
    let is_it = |it: &&Element| offer_of(it).is_some_and(|it| it.attr("id") == Some(id));
    client.seen().iter().filter(is_it).count()
}

fn handle(offer: &Element) -> String {
    offer.attr("handle").expect("a number").to_owned()
}

fn id(offer: &Element) -> String {
    offer.attr("id").expect("an id").to_owned()
}

/// The offers in somebody's tray, as programs see them.
async fn tray(client: &Client) -> Vec<Element> {
    let answer = client.request("get", DOMAIN, &format!("<pending xmlns='{CARDS}'/>")).await;
    let pending = answer.get_child("pending", CARDS).expect("a tray");
    assert!(pending.has_child("set", RSM));
    pending.children().filter(|it| it.is("offer", CARDS)).cloned().collect()
}

/// Both have joined, shown their numbers, and made a card.
async fn two_people(server: &Server, provider: &Provider) -> (Client, Client) {
    let (alice, bob) = alice_and_bob(server).await;
    has_number(&alice, provider, ALICES, true).await;
    has_number(&bob, provider, BOBS, true).await;
    has_card(&alice, "Juliet Capulet").await;
    has_card(&bob, "Romeo Montague").await;
    (alice, bob)
}

async fn plan(server: &Server) -> (Plan, Provider) {
    let provider = Provider::start(&[(200, "")]).await;
    (by_http(server, &provider), provider)
}

async fn two_people_swap_cards_by_typing_a_number(kind: Kind) {
    let server = Server::start(kind).await;
    let (plan, provider) = plan(&server).await;
    let _component = plan.start().await;
    let (alice, bob) = two_people(&server, &provider).await;
    let given = tell(&alice, &format!("card to {BOBS} swap")).await;
    assert!(given.starts_with("Given: #1 card of Juliet Capulet"), "{given}");
    assert!(!given.contains("bob"), "the number and nothing else: {given}");
    let (first, message) = offered(&bob, "Juliet Capulet").await;
    assert_eq!((first.attr("mode"), first.attr("about")), (Some("swap"), Some("self")));
    assert!(body(&message).contains("Answer yes"), "{}", body(&message));
    let told = tell(&alice, "status 1").await;
    assert!(told.contains(&format!("{BOBS}: on its way")) && !told.contains("bob"), "{told}");
    let waiting = tell(&bob, "pending").await;
    assert!(waiting.contains("#1 Juliet Capulet, from Alice"), "{waiting}");
    assert!(waiting.contains("asks for yours"), "{waiting}");

    let told = tell(&bob, "yes").await;
    assert!(told.starts_with("You have the card of Juliet Capulet now"), "{told}");
    assert!(told.contains("yours is on its way"), "{told}");
    let (back, message) = offered(&alice, "Romeo Montague").await;
    assert_eq!(back.attr("answers"), Some(id(&first).as_str()));
    assert_eq!(back.attr("mode"), Some("give"));
    assert!(body(&message).contains("for yours"), "{}", body(&message));
    let told = tell(&alice, "status 1").await;
    assert!(told.contains(&format!("{BOBS}: taken")), "{told}");
    assert!(tell(&bob, "pending").await.starts_with("No new cards"));
    assert!(tray(&bob).await.is_empty());

    // Said again, it is done once.
    let again = tell(&bob, "yes 1").await;
    assert!(again.contains("Juliet Capulet"), "{again}");
    assert_eq!(tray(&alice).await.len(), 1);
    let told = tell(&alice, &format!("save {}", handle(&back))).await;
    assert!(told.starts_with("You have the card of Romeo Montague now"), "{told}");
    assert!(tray(&alice).await.is_empty());
    let told = tell(&bob, "status 2").await;
    assert!(told.contains("taken"), "{told}");
}

async fn cards_are_swapped_while_one_or_both_are_away_and_come_at_the_next_login(kind: Kind) {
    let server = Server::start(kind).await;
    let (plan, provider) = plan(&server).await;
    let component = plan.start().await;
    let (alice, bob) = two_people(&server, &provider).await;
    bob.leave().await;
    tell(&alice, &format!("card to {BOBS} swap")).await;
    settled(&component).await;
    // Now both are away.
    alice.leave().await;
    let bob = Client::login(&server, "bob").await;
    offered(&bob, "Juliet Capulet").await;
    let waiting = tray(&bob).await;
    assert_eq!(waiting.len(), 1);
    assert_eq!(waiting[0].attr("from"), Some("alice@localhost"));
    assert!(waiting[0].attr("stamp").is_some() && waiting[0].attr("expires").is_some());
    assert!(tell(&bob, "yes 1").await.contains("yours is on its way"));
    settled(&component).await;
    bob.leave().await;
    let alice = Client::login(&server, "alice").await;
    let (back, _) = offered(&alice, "Romeo Montague").await;
    assert!(tell(&alice, &format!("#{} yes", handle(&back))).await.starts_with("You have"));
    assert!(tray(&alice).await.is_empty());
}

#[tokio::test]
async fn whoever_has_no_card_of_his_own_is_told_how_to_make_one_and_loses_nothing() {
    let server = Server::start(Kind::Prosody).await;
    let _component = Component::start(&server).await;
    let (alice, bob) = alice_and_bob(&server).await;
    has_card(&alice, "Juliet Capulet").await;
    tell(&alice, "card to bob@localhost swap").await;
    let (offer, _) = offered(&bob, "Juliet Capulet").await;
    let told = tell(&bob, "yes").await;
    assert!(told.starts_with("You have no card yet. Send: card name YOUR NAME"), "{told}");
    // The same for a program.
    let answer = format!(
        "<message to='{CONTACT}' id='a1'><answer xmlns='{CARDS}' action='accept' id='{}'/></message>",
        id(&offer)
    );
    bob.send(&answer).await.expect("sent");
    let refused = |it: &Element| it.is("message", CLIENT) && it.attr("type") == Some("error");
    let refused = String::from(&bob.expect("an error", refused, PATIENCE).await);
    assert!(refused.contains("no-own-card") && refused.contains("unexpected-request"), "{refused}");
    assert_eq!(tray(&bob).await.len(), 1);
    has_card(&bob, "Romeo Montague").await;
    bob.send(&answer).await.expect("sent");
    let (back, _) = offered(&alice, "Romeo Montague").await;
    assert_eq!(back.attr("answers"), Some(id(&offer).as_str()));
    assert!(tray(&bob).await.is_empty());
}

async fn the_card_of_a_third_person_says_so_and_a_declined_one_is_told_nobody(kind: Kind) {
    let server = Server::start(kind).await;
    let _component = Component::start(&server).await;
    let (alice, bob) = alice_and_bob(&server).await;
    let carol = Client::login(&server, "carol").await;
    register(&carol, "Carol").await;
    has_card(&alice, "Juliet Capulet").await;
    tell(&alice, "card to bob@localhost").await;
    let (offer, message) = offered(&bob, "Juliet Capulet").await;
    // A thumb is a yes to what asks for nothing.
    let thumb = format!(
        "<message to='{CONTACT}' type='chat' id='t1'><reactions xmlns='urn:xmpp:reactions:0' \
         id='{}'><reaction>👍</reaction></reactions></message>",
        message.attr("id").expect("an id")
    );
    bob.send(&thumb).await.expect("sent");
    let taken = |it: &Element| body(it).starts_with("You have the card of Juliet Capulet now");
    bob.expect("that he has it", taken, PATIENCE).await;
    let number = handle(&offer);
    tell(&bob, &format!("card to carol@localhost #{number}")).await;
    let (offer, message) = offered(&carol, "Juliet Capulet").await;
    assert_eq!(offer.attr("about"), Some("contact"));
    assert!(body(&message).contains("the card of somebody else"), "{}", body(&message));
    let waiting = tell(&carol, "pending").await;
    assert!(waiting.contains("Juliet Capulet, passed on by Bob"), "{waiting}");
    let down = format!(
        "<message to='{CONTACT}' type='chat' id='t2'><reactions xmlns='urn:xmpp:reactions:0' \
         id='{}'><reaction>👎</reaction></reactions></message>",
        message.attr("id").expect("an id")
    );
    carol.send(&down).await.expect("sent");
    let declined = |it: &Element| body(it).contains("Nobody is told");
    carol.expect("that he has declined it", declined, PATIENCE).await;
    assert!(tray(&carol).await.is_empty());
    let status = tell(&bob, "status 2").await;
    assert!(status.contains("carol@localhost: delivered"), "{status}");
    assert!(status.contains("no answer yet"), "{status}");
    for client in [&alice, &bob] {
        for told in ["declined", "👎"] {
            assert!(!client.seen_text().contains(told), "{}", client.seen_text());
        }
    }
    // He may change his mind, and back.
    let told = tell(&carol, &format!("save {} phone", handle(&offer))).await;
    assert!(told.starts_with("You have the card of"), "{told}");
    let told = tell(&carol, &format!("drop {}", handle(&offer))).await;
    assert!(told.contains("is deleted"), "{told}");
}

async fn a_number_whose_owner_cannot_be_found_and_one_of_nobody_are_answered_alike(kind: Kind) {
    let server = Server::start(kind).await;
    let (plan, provider) = plan(&server).await;
    let _component = plan.start().await;
    let (alice, bob) = alice_and_bob(&server).await;
    has_card(&alice, "Juliet Capulet").await;
    let told = tell(&alice, &format!("card to {BOBS}")).await;
    assert!(told.contains("show first that a number is yours"), "{told}");
    has_number(&alice, &provider, ALICES, false).await;
    has_number(&bob, &provider, BOBS, false).await;
    let hidden = tell(&alice, &format!("card to {BOBS} swap")).await;
    let nobody = tell(&alice, "card to +393330000001 swap").await;
    assert_eq!(hidden.replace(BOBS, "N"), nobody.replace("+393330000001", "N"));
    assert!(hidden.contains(&format!("card to {BOBS} swap invite")), "{hidden}");
    assert!(tray(&bob).await.is_empty());
    // Once he can be found, he is.
    tell(&bob, "settings discoverable on").await;
    let given = tell(&alice, &format!("card to {BOBS} swap")).await;
    assert!(given.starts_with("Given:"), "{given}");
    offered(&bob, "Juliet Capulet").await;
}

#[tokio::test]
async fn of_several_cards_and_of_a_question_it_is_asked_which_is_meant() {
    let server = Server::start(Kind::Prosody).await;
    let component = Component::start(&server).await;
    let (alice, bob) = alice_and_bob(&server).await;
    has_card(&alice, "Juliet Capulet").await;
    for _ in 0..2 {
        tell(&alice, "card to bob@localhost").await;
        offered(&bob, "Juliet Capulet").await;
    }
    settled(&component).await;
    let told = tell(&bob, "yes").await;
    assert!(
        told.starts_with("Yes to which one?\n#1  card of Juliet Capulet, from Alice"),
        "{told}"
    );
    assert!(told.contains("\n#2  card of Juliet Capulet"), "{told}");
    assert!(tell(&bob, "no 1").await.contains("not taken the card"));
    assert!(tell(&bob, "yes 2").await.starts_with("You have the card"));
    let told = tell(&bob, "drop 99").await;
    assert!(told.contains("number 99"), "{told}");
    // Taken back in the meantime.
    tell(&alice, "card to bob@localhost").await;
    offered(&bob, "Juliet Capulet").await;
    // Whoever gave it keeps it as what it is, until then.
    let told = tell(&alice, "save 3").await;
    assert!(told.starts_with("Saved: #3 Card of Juliet Capulet.\nhttp"), "{told}");
    let [html, json] = links(&told);
    let page = get(&component, &html).await;
    assert_eq!(page.status, 200, "{}", page.head);
    assert!(page.body.contains("<h1 dir=\"auto\">Card of Juliet Capulet</h1>"), "{}", page.body);
    assert!(!page.body.contains("/s/") && !page.body.contains("lookup"), "a card has no such page");
    let data: Value = serde_json::from_str(&get(&component, &json).await.body).expect("JSON");
    assert_eq!(data["card"][0], "vcard");
    assert_eq!(data["page"], Value::Null);
    assert!(tell(&alice, "revoke 3").await.starts_with("Taken back"));
    settled(&component).await;
    assert!(tell(&bob, "save 3").await.contains("cannot be taken any more"));
}

/// Lets `minutes` pass for everything that has been sent so far: moves what is kept of it back.
async fn pass(component: &Component, minutes: i64) {
    let file = component.dir().join("tradepost.db");
    let url = format!("sqlite:{}", file.display());
    let mut database = SqliteConnection::connect(&url).await.expect("the database");
    let by = minutes * 60_000;
    for moved in [
        format!("UPDATE tray SET again_at = again_at - {by} WHERE again_at < 9000000000000000"),
        format!("UPDATE delivery SET sent_at = sent_at - {by} WHERE sent_at > 0"),
        format!("UPDATE account SET seen_at = seen_at - {by}"),
    ] {
        sqlx::query(AssertSqlSafe(moved)).execute(&mut database).await.expect("moved");
    }
    database.close().await.expect("closed");
}

async fn a_client_that_acknowledges_gets_a_card_again_and_no_other_does(kind: Kind) {
    let server = Server::start(kind).await;
    let component = Component::start(&server).await;
    let alice = Client::login(&server, "alice").await;
    register(&alice, "Alice").await;
    has_card(&alice, "Juliet Capulet").await;
    let bob = Client::login_with(&server, "bob", "test", QUIET).await;
    let carol = Client::login_with(&server, "carol", "test", QUIET).await;
    register(&bob, "Bob").await;
    register(&carol, "Carol").await;
    tell(&alice, "card to bob@localhost").await;
    let (first, _) = offered(&bob, "Juliet Capulet").await;
    let ack = |offer: &str| {
        format!(
            "<message to='{CONTACT}'><ack xmlns='{CARDS}' id='{offer}' stored='all'/></message>"
        )
    };
    // Somebody else's acknowledgement is nobody's.
    carol.send(&ack(&id(&first))).await.expect("sent");
    bob.send(&ack(&id(&first))).await.expect("sent");
    bob.request("get", DOMAIN, "<ping xmlns='urn:xmpp:ping'/>").await;
    carol.request("get", DOMAIN, "<ping xmlns='urn:xmpp:ping'/>").await;
    settled(&component).await;

    tell(&alice, "card to bob@localhost, carol@localhost").await;
    let (second, message) = offered(&bob, "Juliet Capulet").await;
    let (others, _) = offered(&carol, "Juliet Capulet").await;
    settled(&component).await;
    pass(&component, 11).await;
    let (again, same) = offered(&bob, "Juliet Capulet").await;
    assert_eq!((id(&again), same.attr("id")), (id(&second), message.attr("id")));
    // Not yet again; and when he has acknowledged it, never.
    pass(&component, 11).await;
    bob.send(&ack(&id(&second))).await.expect("sent");
    bob.request("get", DOMAIN, "<ping xmlns='urn:xmpp:ping'/>").await;
    pass(&component, 100).await;
    tell(&alice, "card to bob@localhost, carol@localhost").await;
    offered(&bob, "Juliet Capulet").await;
    offered(&carol, "Juliet Capulet").await;
    assert_eq!(copies(&bob, &id(&first)), 1);
    assert_eq!(copies(&bob, &id(&second)), 2);
    assert_eq!(copies(&carol, &id(&others)), 1);
    // It is in his tray until he decides about it: that is his, and not his client's.
    assert_eq!(tray(&bob).await.len(), 3);
    let (balance, books) = component.audit();
    assert!(balance, "{books}");
}

async fn a_death_between_taking_and_telling_gives_one_card_back(kind: Kind) {
    let server = Server::start(kind).await;
    let component = Component::start(&server).await;
    let (alice, bob) = alice_and_bob(&server).await;
    has_card(&alice, "Juliet Capulet").await;
    has_card(&bob, "Romeo Montague").await;
    tell(&alice, "card to bob@localhost swap").await;
    let (first, _) = offered(&bob, "Juliet Capulet").await;
    settled(&component).await;
    // His card is kept and claimed, and nobody has heard of it.
    component.restart_to_crash("claimed");
    component.ready().await;
    bob.send(&format!(
        "<message to='{CONTACT}' type='chat' id='y1' xml:lang='en'><body>yes 1</body></message>"
    ))
    .await
    .expect("sent");
    component.wait_exit(PATIENCE).await;
    component.restart().await;
    let (back, _) = offered(&alice, "Romeo Montague").await;
    assert_eq!(back.attr("answers"), Some(id(&first).as_str()));
    assert!(tray(&bob).await.is_empty());
    // He was not told, and says it again.
    let told = tell(&bob, "yes 1").await;
    assert!(told.contains("Juliet Capulet"), "{told}");
    settled(&component).await;
    assert_eq!(tray(&alice).await.len(), 1);
    assert_eq!(copies(&alice, &id(&back)), 1);
    let (balance, books) = component.audit();
    assert!(balance, "{books}");
}

#[tokio::test]
async fn a_card_is_told_in_the_lines_of_the_template_that_its_owner_has_chosen() {
    let server = Server::start(Kind::Prosody).await;
    let _component = Component::start(&server).await;
    let (alice, bob) = alice_and_bob(&server).await;
    tell(&alice, "card name Juliet Capulet").await;
    tell(&alice, "card phone work +39 045 800 1234").await;
    tell(&alice, "card template night").await;
    tell(&alice, "card to bob@localhost").await;
    let (_, message) = offered(&bob, "Juliet Capulet").await;
    assert!(body(&message).contains("\n\u{b7} tel:+390458001234\n"), "{}", body(&message));
    // It is no product.
    let told = tell(&bob, "share #1 to carol@localhost").await;
    assert!(told.starts_with("#1 is a card."), "{told}");
}
