//! The page of a card and the card as a picture, as whoever was given it sees them: each template,
//! on a phone and on a desktop, by day and by night, in both languages.

use base64::{Engine, prelude::BASE64_STANDARD};
use minidom::Element;
use tradepost::db::Db;

use super::{page::look, verona};
use crate::{
    harness::{
        PATIENCE,
        browser::{Device, Window},
        client::Client,
        component::Component,
    },
    stanzas::{DOMAIN, body, register},
};

/// `xep/card-exchange.xml`
const CARDS: &str = "urn:xmpp:card-exchange:0";

const JULIET: &str = "BEGIN:VCARD\nVERSION:3.0\nFN:Juliet Capulet\nN:Capulet;Juliet;;;\nORG:Capulet & Sons\n\
    TITLE:Head of Balconies\nTEL;TYPE=work:+39 045 555 0100\nTEL;TYPE=cell:+39 340 555 0199\n\
    EMAIL:juliet@capulet.example\nIMPP:xmpp:juliet@localhost\nURL:https://www.capulet.example/juliet\n\
    ADR:;;Via Cappello 23;Verona;;37121;Italy\nNOTE:Please knock twice.\nCATEGORIES:Verona\nEND:VCARD\n";
const ZHU: &str = "BEGIN:VCARD\nVERSION:3.0\nFN:朱丽叶\nN:朱;丽叶;;;\nORG:凯普莱特家族贸易有限公司\n\
    TITLE:阳台事务总监\nTEL;TYPE=work:+86 10 5555 0100\nTEL;TYPE=cell:+86 138 0000 0199\n\
    EMAIL:zhu@capulet.example\nIMPP:xmpp:juliet@localhost\nURL:https://www.capulet.example/\n\
    ADR:;;建国门外大街一号国贸大厦甲座 2301 室;北京市朝阳区;;100004;中国\nNOTE:请敲两下门。\nEND:VCARD\n";

/// Juliet keeps this card under `name`, with the goblet as its picture, and gives it to Romeo: the
/// path of its page.
async fn given(juliet: &Client, romeo: &Client, name: &str, card: &str) -> String {
    let photo = BASE64_STANDARD.encode(include_bytes!("../../browser/goblet.jpg"));
    let card = card.replace("\nEND", &format!("\nPHOTO;ENCODING=b;TYPE=JPEG:{photo}\nEND"));
    let text = card.replace('&', "&amp;");
    let keep = format!("<card xmlns='{CARDS}' name='{name}'><text>{text}</text></card>");
    let give = format!(
        "<request xmlns='{CARDS}' id='{name}' card='{name}'>\
         <addresses xmlns='http://jabber.org/protocol/address'>\
         <address jid='romeo@localhost' type='bcc'/></addresses></request>"
    );
    for asked in [keep, give] {
        let answer = juliet.request("set", DOMAIN, &asked).await;
        assert_eq!(answer.attr("type"), Some("result"), "{}", String::from(&answer));
    }
    let whose = card.lines().find_map(|line| line.strip_prefix("FN:")).expect("a name");
    let came = |it: &Element| body(it).contains(whose) && body(it).contains("/c/");
    let message = romeo.expect("the card", came, PATIENCE).await;
    let said = body(&message);
    let link = said.lines().find(|line| line.contains("/c/")).expect("a link");
    link[link.find("/c/").expect("a link")..].trim().to_owned()
}

/// What Juliet's cards look like from now on.
async fn dress(component: &Component, template: &str) {
    let file = component.dir().join("tradepost.db");
    let db = Db::open(&format!("sqlite:{}", file.display())).await.expect("the database");
    let mut tx = db.write().await.expect("a transaction");
    for name in ["verona", "beijing"] {
        tx.set_own_card_template("juliet@localhost", name, template).await.expect("a template");
    }
    tx.commit().await.expect("a commit");
    db.close().await;
}

#[tokio::test]
async fn a_card_is_readable_in_every_template_and_has_no_barriers() {
    let server = verona().await;
    let component = Component::start(&server).await;
    let (juliet, romeo) =
        tokio::join!(Client::login(&server, "juliet"), Client::login(&server, "romeo"));
    register(&juliet, "Juliet").await;
    register(&romeo, "Romeo").await;
    let english = given(&juliet, &romeo, "verona", JULIET).await;
    let chinese = given(&juliet, &romeo, "beijing", ZHU).await;
    let cards = [("en", &english, "Juliet Capulet"), ("zh-CN", &chinese, "朱丽叶")];
    for template in ["plain", "modern", "night"] {
        dress(&component, template).await;
        for (lang, path, whose) in cards {
            let url = format!("http://{}{path}", component.pages());
            let window = Window::open(Device { width: 1050, height: 600, ..Device::DESKTOP }).await;
            let picture = format!("{url}/card.png?lang={}", &lang[..2]);
            assert_eq!(window.goto(&picture).await, Some(200));
            window.screenshot(&format!("card-{template}-{lang}"), false).await;
            for (name, device) in [("phone", Device::PHONE), ("desktop", Device::DESKTOP)] {
                for (mode, dark) in [("light", false), ("dark", true)] {
                    let name = format!("card-page-{template}-{name}-{mode}-{lang}");
                    let window = Window::open(Device { dark, lang, ..device }).await;
                    assert_eq!(window.goto(&url).await, Some(200));
                    window.see("h1", whose).await;
                    let drawn = "document.querySelector('.gallery img')?.naturalWidth";
                    assert_eq!(window.until(drawn).await, 1050, "the picture itself");
                    look(&window, &name).await;
                    assert_eq!(window.complaints().await, [""; 0], "{name}");
                }
            }
        }
    }
    let window = Window::open(Device::PHONE).await;
    let url = format!("http://{}{english}0", component.pages());
    assert_eq!(window.goto(&url).await, Some(404));
    look(&window, "card-closed").await;
}
