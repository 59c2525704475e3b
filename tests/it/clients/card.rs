//! The page of a card and the card as a picture, as whoever was given it sees them: each template,
//! on a phone and on a desktop, by day and by night, in both languages.

use tradepost::store::db::Db;

use super::{page::look, verona};
use crate::{
    harness::{
        PATIENCE,
        browser::{Device, Window},
        client::Client,
        component::Component,
    },
    saved::{get, links},
    stanzas::{DOMAIN, register},
};

const JULIET: &str = "BEGIN:VCARD\nVERSION:3.0\nFN:Juliet Capulet\nN:Capulet;Juliet;;;\nORG:Capulet & Sons\n\
    TITLE:Head of Balconies\nTEL;TYPE=work:+39 045 555 0100\nTEL;TYPE=cell:+39 340 555 0199\n\
    EMAIL:juliet@capulet.example\nIMPP:xmpp:juliet@localhost\nURL:https://www.capulet.example/juliet\n\
    ADR:;;Via Cappello 23;Verona;;37121;Italy\nNOTE:Please knock twice.\nCATEGORIES:Verona\nEND:VCARD\n";
const ZHU: &str = "BEGIN:VCARD\nVERSION:3.0\nFN:朱丽叶\nN:朱;丽叶;;;\nORG:凯普莱特家族贸易有限公司\n\
    TITLE:阳台事务总监\nTEL;TYPE=work:+86 10 5555 0100\nTEL;TYPE=cell:+86 138 0000 0199\n\
    EMAIL:zhu@capulet.example\nIMPP:xmpp:juliet@localhost\nURL:https://www.capulet.example/\n\
    ADR:;;建国门外大街一号国贸大厦甲座 2301 室;北京市朝阳区;;100004;中国\nNOTE:请敲两下门。\nEND:VCARD\n";

/// Juliet keeps this card, with the goblet as its picture, and gives it to Romeo: the path of its
/// page.
async fn given(component: &Component, juliet: &Client, romeo: &Client, card: &str, n: u32) -> String {
    let picture = include_bytes!("../../browser/goblet.jpg");
    let photo = base64(picture);
    let card = card.replace("\nEND", &format!("\nPHOTO;ENCODING=b;TYPE=JPEG:{photo}\nEND"));
    let name = format!("card{n}");
    let ns = "urn:xmpp:card-exchange:0";
    let text = card.replace('&', "&amp;");
    let keep = format!("<card xmlns='{ns}' name='{name}'><text>{text}</text></card>");
    let kept = juliet.request("set", DOMAIN, &keep).await;
    assert_eq!(kept.attr("type"), Some("result"), "{}", String::from(&kept));
    let give = format!(
        "<request xmlns='{ns}' id='r{n}' card='{name}'><addresses xmlns='http://jabber.org/protocol/address'>\
         <address jid='romeo@localhost' type='bcc'/></addresses></request>"
    );
    let answer = juliet.request("set", DOMAIN, &give).await;
    assert_eq!(answer.attr("type"), Some("result"), "{}", String::from(&answer));
    let whose = card.lines().find_map(|line| line.strip_prefix("FN:")).expect("a name").to_owned();
    let came = |it: &tokio_xmpp::minidom::Element| {
        let body = it.get_child("body", "jabber:client").map(|it| it.text()).unwrap_or_default();
        body.contains(&whose) && body.contains("/c/")
    };
    let message = romeo.expect("the card", came, PATIENCE).await;
    let body = message.get_child("body", "jabber:client").expect("a body").text();
    let link = body.lines().find(|line| line.contains("/c/")).expect("a link");
    let at = link.find("/c/").expect("a link");
    let file = component.dir().join("tradepost.db");
    let db = Db::open(&format!("sqlite:{}", file.display())).await.expect("the database");
    db.close().await;
    link[at..].trim().to_owned()
}
