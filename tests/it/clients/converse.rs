//! Converse, in Chromium, with Prosody: the way of a person who has nothing but a browser.

use minidom::Element;

use crate::{
    clients::{open_shop, share_pictured, verona},
    harness::{
        PATIENCE,
        browser::{Device, Window},
        client::Client,
        component::Component,
        eventually,
        server::Server,
    },
    stanzas::{CONTACT, body, in_state, register, shown},
};

const CHAT: Device = Device { width: 1000, height: 680, ..Device::DESKTOP };
/// Tall enough for the whole of a form.
const FORM: Device = Device { width: 1000, height: 1000, ..Device::DESKTOP };

/// Opens Converse for Romeo, who adds the contact.
pub(super) async fn romeo_joins(server: &Server, device: Device) -> Window {
    let romeo = Window::open(device).await;
    open_shop(&romeo).await;
    romeo.converse(server, "romeo").await;
    romeo.click(".dropdown--contacts button", "").await;
    romeo.click(".add-contact", "").await;
    romeo.fill("converse-add-contact-modal input[name=jid]", CONTACT).await;
    romeo.click("converse-add-contact-modal button[type=submit]", "").await;
    romeo.see("converse-roster li.both", "Tradepost").await;
    romeo.click(".toast button", "").await;
    romeo.click("converse-roster a.open-chat", "Tradepost").await;
    romeo
}

#[tokio::test]
async fn a_share_is_seen_with_its_picture_and_answered() {
    let server = verona().await;
    let component = Component::start(&server).await;
    let juliet = Client::login(&server, "juliet").await;
    register(&juliet, "Juliet").await;
    let romeo = romeo_joins(&server, CHAT).await;

    let code = share_pictured(&juliet, "k1", "For your table?", "romeo@localhost").await;
    let text = romeo.see("converse-chat-message", "For your table?").await;
    for part in ["Juliet (juliet@localhost)", "Silver goblet, EUR 24.90", &code, "#1"] {
        assert!(text.contains(part), "no {part} in {text}");
    }
    let shown = "document.querySelector('converse-chat-message img.chat-image')?.naturalWidth";
    assert_eq!(romeo.until(shown).await, 480, "the picture itself");
    let confirmed = eventually(PATIENCE, async || in_state(&component, "confirmed") == 1);
    assert!(confirmed.await, "{}", component.audit().1);
    romeo.screenshot("converse-share", false).await;
}

#[tokio::test]
async fn questions_and_answers_about_a_share_go_both_ways() {
    let server = verona().await;
    let _component = Component::start(&server).await;
    let juliet = Client::login(&server, "juliet").await;
    register(&juliet, "Juliet").await;
    let romeo = romeo_joins(&server, CHAT).await;
    share_pictured(&juliet, "k1", "For your table?", "romeo@localhost").await;
    romeo.see("converse-chat-message", "For your table?").await;

    // Just written, after one share alone.
    romeo.fill("textarea.chat-textarea", "How heavy is it?").await;
    romeo.press("Enter").await;
    let question = heard(&juliet, "How heavy is it?").await;
    assert_eq!(body(&question), "> #1 Silver goblet\nromeo@localhost: How heavy is it?");
    // As a client that knows XEP-0461 answers.
    let id = question.attr("id").expect("an id");
    let answer = format!(
        "<message to='{CONTACT}' type='chat' id='a1'><body>600 g, 银的 👍</body>\
         <reply xmlns='urn:xmpp:reply:0' id='{id}' to='{CONTACT}'/></message>"
    );
    juliet.send(&answer).await.expect("sent");
    romeo.see("converse-chat-message", "Juliet (juliet@localhost): 600 g, 银的 👍").await;
    romeo.screenshot("converse-answer", false).await;

    // By the menu of the message.
    let answer = "converse-chat-message:has-text('600 g')";
    romeo.click(answer, "").await;
    romeo.click(&format!("{answer} .dropdown-toggle"), "").await;
    romeo.click(&format!("{answer} .chat-msg__action-reply"), "").await;
    romeo.fill("textarea.chat-textarea", "Then yes!").await;
    romeo.press("Enter").await;
    let thanks = heard(&juliet, "Then yes!").await;
    assert_eq!(body(&thanks), "> #1 Silver goblet\nromeo@localhost: Then yes!");
}

/// The message that passes these words on.
async fn heard(client: &Client, words: &str) -> Element {
    client.expect(words, |it| body(it).ends_with(words), PATIENCE).await
}

#[tokio::test]
async fn a_product_is_shared_by_filling_in_the_form() {
    let server = verona().await;
    let _component = Component::start(&server).await;
    let juliet = Client::login(&server, "juliet").await;
    register(&juliet, "Juliet").await;
    let romeo = romeo_joins(&server, FORM).await;
    romeo.click(".show-client-info", "").await;
    romeo.click("a.nav-link", "Commands").await;
    let field = |name: &str| format!("converse-adhoc-commands [name={name}]");
    let button = |action: &str| format!("converse-adhoc-commands [data-action={action}]");
    romeo.fill(&field("jid"), CONTACT).await;
    romeo.click("converse-adhoc-commands [type=submit]", "").await;
    romeo.click("converse-adhoc-commands [data-command-node=share]", "").await;
    romeo.fill(&field("what"), "Silver goblet 24.90 EUR").await;
    romeo.click(&button("next"), "").await;
    romeo.fill(&field("to"), "juliet@localhost").await;
    romeo.fill(&field("comment"), "For your table?").await;
    romeo.screenshot("converse-form", false).await;
    romeo.click(&button("complete"), "").await;
    romeo.see("converse-adhoc-commands", "Sent #1 Silver goblet to juliet@localhost").await;
    let message = shown(&juliet, "For your table?").await;
    let text = body(&message);
    assert!(
        text.starts_with("romeo@localhost: For your table?\nSilver goblet, EUR 24.90\n"),
        "{text}"
    );
}
