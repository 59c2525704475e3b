//! The page of collected cards as its owner sees it.

use tradepost::domain::card::{Card, Part};

use super::{page::look, verona};
use crate::{
    card::address_book::{card, collect},
    contact::tell,
    harness::{
        browser::{Device, Window},
        client::Client,
        component::Component,
    },
    stanzas::register,
};

/// Those that a merchant of Verona may have.
fn book() -> Vec<Card> {
    let people = [
        ("Romeo Montague", "Montague & Sons", "+390455550120", "romeo@montague.lit", "Friends"),
        ("Mercutio", "Prince's Court", "+390455550121", "mercutio@verona.lit", "Friends"),
        ("王芳", "北京纸灯坊", "+8613800138000", "fang@lantern.example", "供应商"),
        ("Friar Laurence", "San Zeno", "+390455550123", "laurence@zeno.lit", "Work"),
        ("Tybalt Capulet", "Capulet Silver", "+390455550124", "tybalt@capulet.lit", "Work"),
    ];
    let of = |(name, firm, phone, mail, category): (&str, &str, &str, &str, &str)| {
        card(
            name,
            &[
                (Part::Organisation, firm),
                (Part::Phone, phone),
                (Part::Mail, mail),
                (Part::Categories, category),
            ],
        )
    };
    people.into_iter().map(of).collect()
}

#[tokio::test]
async fn collected_cards_are_readable_on_every_device_and_have_no_barriers() {
    let server = verona().await;
    let component = Component::start(&server).await;
    let juliet = Client::login(&server, "juliet").await;
    register(&juliet, "Juliet").await;
    collect(&component, "juliet@localhost", &book()).await;
    for (name, device) in [("phone", Device::PHONE), ("desktop", Device::DESKTOP)] {
        for (mode, dark) in [("light", false), ("dark", true)] {
            for (lang, open, head, all) in [
                ("en", "Open my cards", "Your cards", "All cards"),
                ("zh-CN", "打开我的名片", "通讯录", "全部名片"),
            ] {
                let name = format!("cards-{name}-{mode}-{lang}");
                let told = tell(&juliet, "cards link").await;
                let link = told.split_whitespace().find(|it| it.starts_with("http"));
                let window = Window::open(Device { dark, lang, ..device }).await;
                window.goto(link.expect("a link")).await;
                look(&window, &format!("{name}-open")).await;
                window.click("button", open).await;
                window.see("h1", head).await;
                look(&window, &name).await;
                window.click("a", "王芳").await;
                window.see("h1", "王芳").await;
                look(&window, &format!("{name}-one")).await;
                window.click("a", all).await;
                window.see("h1", head).await;
                assert_eq!(window.complaints().await, [""; 0], "{name}");
            }
        }
    }
}

#[tokio::test]
async fn a_card_is_found_changed_deleted_and_brought_back_in_a_browser() {
    let server = verona().await;
    let component = Component::start(&server).await;
    let juliet = Client::login(&server, "juliet").await;
    register(&juliet, "Juliet").await;
    collect(&component, "juliet@localhost", &book()).await;
    let told = tell(&juliet, "cards link").await;
    let link = told.split_whitespace().find(|it| it.starts_with("http")).expect("a link");
    let window = Window::open(Device::PHONE).await;
    window.goto(link).await;
    window.click("button", "Open my cards").await;
    window.see("h1", "Your cards").await;
    window.fill("#q", "silver").await;
    window.press("Enter").await;
    window.see(".people", "Tybalt").await;
    window.click("a", "Tybalt").await;
    window.fill("#title", "Prince of Cats").await;
    window.click("button", "Save changes").await;
    window.see("dl", "Prince of Cats").await;
    window.click("button", "Delete this card").await;
    window.see(".bar", "The last change was of card #5.").await;
    window.click(".bar button", "Undo").await;
    window.see("dl", "Prince of Cats").await;
    window.click("a", "All cards").await;
    let file = window.download("a", "For telephones").await;
    let vcf = std::fs::read_to_string(file.trim_start_matches("file://")).expect("the file");
    assert_eq!(vcf.matches("BEGIN:VCARD").count(), 5);
    window.click("button", "Close").await;
    window.see("h1", "Your cards are closed").await;
    look(&window, "cards-closed").await;
    assert_eq!(tell(&juliet, "cards cats").await, "#5 Tybalt Capulet, Capulet Silver");
}
