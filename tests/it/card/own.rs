//! One's own business cards, made by words, by form, from a file and from one's account (S4.2).

use minidom::Element;

use crate::{
    contact::{fill, tell},
    fetch::source::Source,
    harness::{
        PATIENCE,
        client::Client,
        component::{Component, Plan},
        server::{Kind, Server},
        wire::CLIENT,
    },
    servers,
    stanzas::{CONTACT, body, register},
};

servers::facts!(
    a_card_is_made_and_changed_word_by_word,
    a_form_shows_what_the_card_has_and_loses_nothing_of_it,
    a_file_becomes_ones_own_card_or_goes_into_the_address_book,
    without_fetching_it_is_said_how_else,
    a_picture_that_is_sent_next_becomes_part_of_the_card,
    the_card_of_an_account_is_taken_over,
    whoever_has_taken_a_card_is_told_what_changes_and_may_refuse_it,
);

/// A component that fetches from anywhere.
fn plan(server: &Server) -> Plan {
    Plan::new(server).set("pictures.fetch", true).set("pictures.allow_private", true)
}

async fn alice(server: &Server) -> Client {
    let alice = Client::login(server, "alice").await;
    register(&alice, "Alice").await;
    alice
}

/// Puts a file into the chat, and hears what is said to it.
async fn put(client: &Client, id: &str, url: &str) -> String {
    let message = format!(
        "<message to='{CONTACT}' type='chat' id='{id}' xml:lang='en'><body>{url}</body>\
         <x xmlns='jabber:x:oob'><url>{url}</url></x></message>"
    );
    client.send(&message).await.expect("sent");
    let replies = |it: &Element| {
        let reply = it.get_child("reply", "urn:xmpp:reply:0");
        it.is("message", CLIENT) && reply.is_some_and(|it| it.attr("id") == Some(id))
    };
    body(&client.expect(&format!("a reply to {url}"), replies, PATIENCE).await)
}

fn has(text: &str, all: &[&str]) {
    for part in all {
        assert!(text.contains(part), "{part:?} in {text:?}");
    }
}

async fn a_card_is_made_and_changed_word_by_word(kind: Kind) {
    let server = Server::start(kind).await;
    let _component = Component::start(&server).await;
    let alice = alice(&server).await;
    has(&tell(&alice, "card").await, &["no business card yet", "card name", "card import"]);
    has(&tell(&alice, "card phone +390458001234").await, &["no business card yet"]);
    has(&tell(&alice, "card name Alice Capulet").await, &["Alice Capulet", "alice@localhost"]);
    tell(&alice, "card phone work +39 045 800 1234, mobile +39 333 123 4567").await;
    let told = tell(&alice, "card phone home +39 045 800 1235").await;
    has(&told, &["(work): +390458001234", "(mobile): +393331234567", "(home): +390458001235"]);
    has(&tell(&alice, "card phone 12").await, &["“12” is no phone number"]);
    has(&tell(&alice, "card mail nobody").await, &["no mail address"]);
    has(&tell(&alice, "card birthday 31.5.1990").await, &["1990-05-31"]);
    has(&tell(&alice, "card fields name mail").await, &["Others get: Name, Mail"]);
    has(&tell(&alice, "card template modern").await, &["Template: modern"]);
    has(&tell(&alice, "card template gothic").await, &["no template", "modern"]);
    let told = tell(&alice, "card phone -").await;
    assert!(!told.contains("045800"), "{told}");

    has(&tell(&alice, "card work phone +390458001234").await, &["no card called work"]);
    has(&tell(&alice, "card work name A. Capulet").await, &["Your card work", "A. Capulet"]);
    has(&tell(&alice, "card").await, &["Alice Capulet", "Your other cards: work"]);
    has(&tell(&alice, "card work delete").await, &["deleted"]);
    has(&tell(&alice, "card work").await, &["no card called work"]);
    has(&tell(&alice, "card 7").await, &["7"]);
}

async fn a_form_shows_what_the_card_has_and_loses_nothing_of_it(kind: Kind) {
    let server = Server::start(kind).await;
    let _component = Component::start(&server).await;
    let alice = alice(&server).await;
    let made = fill(&alice, "card", &[("name", &["Alice"]), ("phone", &["work +390458001234"])]);
    has(&made.await, &["Alice", "(work): +390458001234"]);
    let changed = fill(&alice, "card", &[("mail", &["a@example.org", "b@example.org"])]).await;
    has(&changed, &["Alice", "(work): +390458001234", "a@example.org", "b@example.org"]);
    let wrong = fill(&alice, "card", &[("url", &["javascript:alert(1)"])]).await;
    has(&wrong, &["no address of the web"]);
    let other = fill(&alice, "card", &[("card", &["work"]), ("name", &["A. at work"])]).await;
    has(&other, &["Your card work", "A. at work"]);
    assert!(!other.contains("+390458001234"), "another card has its own fields: {other}");
    has(&fill(&alice, "card", &[("phone", &[""])]).await, &["Alice", "a@example.org"]);
    assert!(!tell(&alice, "card").await.contains("+390458001234"));
}

async fn a_file_becomes_ones_own_card_or_goes_into_the_address_book(kind: Kind) {
    let server = Server::start(kind).await;
    let source = Source::start().await;
    let _component = plan(&server).start().await;
    let alice = alice(&server).await;
    let asked = put(&alice, "f1", &source.url("/juliet.vcf")).await;
    has(&asked, &["Juliet Capulet", "your own card", "1  ", "2  "]);
    has(&tell(&alice, "1").await, &["Your card", "Juliet Capulet", "+39 333 123 4567"]);
    let asked = put(&alice, "f2", &source.url("/upload.vcf")).await;
    has(&asked, &["in place of the one"]);
    has(&tell(&alice, "2").await, &["address book", "#"]);
    has(&tell(&alice, "cards").await, &["Juliet Capulet"]);
    for (n, (path, told)) in [
        ("/two.vcf", "several cards"),
        ("/large.vcf", "could not get the file"),
        ("/picture.vcf", "could not get the file"),
        ("/missing.vcf", "could not get the file"),
    ]
    .into_iter()
    .enumerate()
    {
        has(&put(&alice, &format!("b{n}"), &source.url(path)).await, &[told]);
    }
}

async fn without_fetching_it_is_said_how_else(kind: Kind) {
    let server = Server::start(kind).await;
    let source = Source::start().await;
    let _component = Component::start(&server).await;
    let alice = alice(&server).await;
    let told = put(&alice, "f1", &source.url("/juliet.vcf")).await;
    has(&told, &["fetches no files", "card name", "card import"]);
    assert_eq!(source.asked(), 0);
}

async fn a_picture_that_is_sent_next_becomes_part_of_the_card(kind: Kind) {
    let server = Server::start(kind).await;
    let source = Source::start().await;
    let _component = plan(&server).start().await;
    let alice = alice(&server).await;
    tell(&alice, "card name Alice Capulet").await;
    has(&tell(&alice, "card picture").await, &["Send me the picture"]);
    has(&put(&alice, "p1", &source.url("/me.png")).await, &["Alice Capulet", "Picture: is there"]);
    let told = fill(&alice, "card", &[("title", &["Count"])]).await;
    has(&told, &["Title: Count", "Picture: is there"]);
    assert!(!tell(&alice, "card picture -").await.contains("Picture"));
}

async fn the_card_of_an_account_is_taken_over(kind: Kind) {
    let server = Server::start(kind).await;
    let _component = Component::start(&server).await;
    let alice = alice(&server).await;
    has(&tell(&alice, "card import").await, &["shows me no card"]);
    let vcard = "<vCard xmlns='vcard-temp'><FN>Alice of Verona</FN>\
                 <TEL><WORK/><VOICE/><NUMBER>+39 045 800 1234</NUMBER></TEL>\
                 <EMAIL><INTERNET/><USERID>alice@verona.example</USERID></EMAIL></vCard>";
    let set = alice.request("set", "", vcard).await;
    assert_eq!(set.attr("type"), Some("result"), "{}", String::from(&set));
    let told = tell(&alice, "card import").await;
    has(&told, &["Alice of Verona", "+39 045 800 1234", "alice@verona.example"]);
    has(&tell(&alice, "导入名片").await, &["in place of the one", "address book"]);
}

async fn whoever_has_taken_a_card_is_told_what_changes_and_may_refuse_it(kind: Kind) {
    let server = Server::start(kind).await;
    let _component = Component::start(&server).await;
    let (alice, bob) = tokio::join!(alice(&server), Client::login(&server, "bob"));
    register(&bob, "Bob").await;
    tell(&alice, "settings updates on").await;
    tell(&alice, "card name Alice Capulet").await;
    tell(&alice, "card phone +390458001234").await;
    tell(&alice, "card to bob@localhost").await;
    let offers = |it: &Element| it.is("message", CLIENT) && body(it).contains("+390458001234");
    bob.expect("the card", offers, PATIENCE).await;
    has(&tell(&bob, "save 1").await, &["Alice Capulet"]);
    tell(&alice, "card phone -").await;
    let tells = |it: &Element| it.is("message", CLIENT) && body(it).contains("has changed");
    let news = body(&bob.expect("what has changed", tells, PATIENCE).await);
    has(&news, &["Alice (alice@localhost)", "(#1)", "+390458001234 is gone", "no"]);
    assert!(!tell(&bob, "card 1").await.contains("+390458001234"));
    has(&tell(&bob, "no").await, &["#1", "as it was before"]);
    has(&tell(&bob, "card 1").await, &["+390458001234"]);
}
