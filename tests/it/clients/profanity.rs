//! Profanity, in a terminal, with Prosody.

use crate::{
    clients::{share_pictured, verona},
    harness::{PATIENCE, client::Client, component::Component, terminal::Terminal},
    stanzas::{CONTACT, body, register, shown},
};

#[tokio::test]
async fn a_share_is_read_and_answered_in_a_terminal() {
    let server = verona().await;
    let _component = Component::start(&server).await;
    let juliet = Client::login(&server, "juliet").await;
    register(&juliet, "Juliet").await;
    let romeo = Terminal::profanity(&server, "romeo").await;
    romeo.enter(&format!("/sub request {CONTACT}"));
    romeo.see(&format!("Received authorization request from {CONTACT}")).await;
    romeo.enter(&format!("/sub allow {CONTACT}"));
    romeo.see(&format!("++ {CONTACT} (tradepost-service) is online")).await;

    let code = share_pictured(&juliet, "k1", "For your table?", "romeo@localhost").await;
    romeo.enter(&format!("/msg {CONTACT}"));
    let screen = romeo.see("#1").await;
    for part in ["Juliet (juliet@localhost): For your table?", "Silver goblet, EUR 24.90", &code] {
        assert!(screen.contains(part), "no {part} in\n{screen}");
    }
    assert!(screen.contains("https://shop.verona.lit/i/goblet.jpg"), "{screen}");

    romeo.enter("How heavy is it?");
    let question = juliet.expect("it", |it| body(it).ends_with("How heavy is it?"), PATIENCE).await;
    assert_eq!(body(&question), "> #1 Silver goblet\nromeo@localhost: How heavy is it?");
    let answer = format!("<message to='{CONTACT}' type='chat'><body>#1 600 g</body></message>");
    juliet.send(&answer).await.expect("sent");
    romeo.see("> #1 Silver goblet").await;
    romeo.see("Juliet (juliet@localhost): 600 g").await;
}

#[tokio::test]
async fn commands_are_listed_and_a_product_is_shared_in_a_terminal() {
    let server = verona().await;
    let _component = Component::start(&server).await;
    let juliet = Client::login(&server, "juliet").await;
    register(&juliet, "Juliet").await;
    let romeo = Terminal::profanity(&server, "romeo").await;
    romeo.enter(&format!("/msg {CONTACT}"));
    romeo.enter("join");
    romeo.see("Welcome to Tradepost").await;
    romeo.enter(&format!("/cmd list {CONTACT}"));
    romeo.see("!   share").await;
    romeo.enter(&format!("/cmd exec share {CONTACT}"));
    romeo.see("[field1] What").await;
    romeo.enter("/field1 \"Silver goblet 24.90 EUR\"");
    romeo.enter("/form submit");
    romeo.see("[field1] To whom").await;
    // What is wrong stands above the page that comes again.
    romeo.enter("/form submit");
    romeo.see("To whom is missing").await;
    romeo.enter("/field1 add juliet@localhost");
    romeo.enter("/field2 add \"For your table?\"");
    romeo.enter("/form submit");
    romeo.see("Sent #1 Silver goblet to juliet@localhost").await;
    shown(&juliet, "For your table?").await;
}
