//! The page of an invitation as its reader sees it, from the first look to the account.

use super::page::look;
use crate::{
    harness::{
        browser::{Device, Window},
        client::Client,
        component::Component,
    },
    invite::account_link::{invited, inviting},
    stanzas::register,
};

#[tokio::test]
async fn the_invitation_is_readable_on_every_device_and_has_no_barriers() {
    let server = inviting().await;
    let component = Component::start(&server).await;
    let juliet = Client::login(&server, "juliet").await;
    register(&juliet, "Juliet").await;
    let code = invited(&component, "tel:+390455550100", 1).await;
    let url = format!("http://{}/i/{code}", component.pages());
    for (name, device) in [("phone", Device::PHONE), ("desktop", Device::DESKTOP)] {
        for (mode, dark) in [("light", false), ("dark", true)] {
            for (lang, who) in [("en", "Juliet would like"), ("zh-CN", "Juliet 想给你看样东西")]
            {
                let name = format!("invitation-{name}-{mode}-{lang}");
                let window = Window::open(Device { dark, lang, ..device }).await;
                assert_eq!(window.goto(&url).await, Some(200));
                window.see("h1", who).await;
                look(&window, &name).await;
                assert_eq!(window.complaints().await, [""; 0], "{name}");
            }
        }
    }
}

#[tokio::test]
async fn a_reader_gets_an_account_learns_what_comes_next_and_may_refuse() {
    let server = inviting().await;
    let component = Component::start(&server).await;
    let juliet = Client::login(&server, "juliet").await;
    register(&juliet, "Juliet").await;
    let code = invited(&component, "mailto:mercutio@verona.lit", 1).await;
    let url = format!("http://{}/i/{code}", component.pages());
    let window = Window::open(Device::PHONE).await;
    window.goto(&url).await;
    window.click("button", "Make me an account").await;
    window.see("#account", "Your account is ready").await;
    look(&window, "invitation-account").await;
    window.click("a", "What comes next?").await;
    window.see("h1", "What comes next").await;
    look(&window, "invitation-joined").await;
    window.click("a", "Back to the invitation").await;
    // Who goes on before the codes are there breaks off their loading.
    look(&window, "invitation-again").await;
    window.click("a", "Never again").await;
    window.see("h1", "Never be invited again?").await;
    look(&window, "invitation-stop").await;
    window.click("button", "never again").await;
    window.see("h1", "Nobody will invite you again").await;
    look(&window, "invitation-stopped").await;
    assert_eq!(window.complaints().await, [""; 0]);
    assert_eq!(window.goto(&url.replace(&code.to_string(), "x")).await, Some(404));
    look(&window, "invitation-closed").await;
}
