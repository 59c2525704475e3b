//! Who speaks to people, and what all messages have in common
//! (`docs/design/messages.md#every-message`).

use uuid::Uuid;

use crate::{
    domain::{
        address::{self, contact},
        lang::Lang,
        name::name,
        share::Outgoing,
    },
    wire::{ns, xml::Writer},
};

/// Bytes kept free for what every message ends with ([`end`]).
pub(crate) const TAIL: usize = 500;

/// Who speaks, and where the pages are.
#[derive(Debug, Clone)]
pub struct Voice {
    /// The component's domain.
    pub domain: String,
    /// The contact's full JID: some clients answer nothing but a full JID.
    pub from: String,
    /// The service's name.
    pub name: String,
    /// Where the pages are, without a slash at the end; none when there are none.
    pub public_url: String,
}

/// A message of words alone: an answer of the service to what somebody wrote.
#[must_use]
pub fn words(
    voice: &Voice,
    to: &str,
    id: Uuid,
    lang: Lang,
    text: &str,
    reply_to: Option<&str>,
) -> String {
    let mut xml = begin(voice, to, id, lang);
    xml.leaf("body", text);
    if let Some(replied) = reply_to {
        xml.open("reply").attribute("xmlns", ns::REPLY).attribute("id", replied);
        xml.attribute("to", to).close("reply");
    }
    end(xml, voice, id)
}

pub(crate) fn begin(voice: &Voice, to: &str, id: Uuid, lang: Lang) -> Writer {
    let mut xml = Writer::new();
    xml.open("message").attribute("from", &voice.from).plain("id", id).attribute("to", to);
    xml.attribute("type", "chat").attribute("xml:lang", lang.code());
    xml
}

/// The body, all of it, stands in for a payload of this namespace.
pub(crate) fn stands_in(xml: &mut Writer, namespace: &str) {
    xml.open("fallback").attribute("xmlns", ns::FALLBACK).attribute("for", namespace);
    xml.open("body").close("body").close("fallback");
}

/// On whose behalf a message comes, and since when it has waited.
pub(crate) fn on_behalf(xml: &mut Writer, voice: &Voice, outgoing: &Outgoing, of: &str) {
    xml.open("addresses").attribute("xmlns", ns::ADDRESS);
    // Whoever is known by a number has no other address here.
    let name = if contact(of).is_some() { "uri" } else { "jid" };
    xml.open("address").attribute(name, of).attribute("type", "ofrom");
    xml.close("address").close("addresses");
    if let Some(since) = outgoing.delay {
        xml.open("delay").attribute("xmlns", ns::DELAY).attribute("from", &voice.domain);
        xml.plain("stamp", since).close("delay");
    }
}

/// What every message to a person ends with: its id again, where archives keep it; a receipt
/// asked for; kept for people who are away; no styling, for names hold asterisks; and our name.
pub(crate) fn end(mut xml: Writer, voice: &Voice, id: Uuid) -> String {
    xml.open("origin-id").attribute("xmlns", ns::SID).plain("id", id).close("origin-id");
    xml.open("request").attribute("xmlns", ns::RECEIPTS).close("request");
    xml.open("store").attribute("xmlns", ns::HINTS).close("store");
    xml.open("unstyled").attribute("xmlns", ns::STYLING).close("unstyled");
    xml.open("nick").attribute("xmlns", ns::NICK).text(&voice.name).close("nick").close("message");
    xml.finish()
}

/// `Juliet (juliet@capulet.lit)`: the address always, for anybody can call themselves Juliet.
#[must_use]
pub fn who(nick: Option<&str>, jid: &str) -> String {
    let jid = address::shown(jid);
    let name = nick.and_then(name);
    name.map_or_else(|| jid.to_owned(), |name| format!("{name} ({jid})"))
}

#[cfg(test)]
pub(crate) mod tests {
    use std::sync::Arc;

    use uuid::Uuid;

    use super::Voice;
    use crate::{
        card::template::Templates,
        domain::{
            clock::Millis,
            id::{DeliveryId, RefCode, ShareId},
            note::Carries,
            product::Localized,
            share::{Outgoing, Share},
        },
        wire::{
            ns,
            product::{read::read_products, write::to_xml},
        },
    };

    pub(crate) fn templates() -> Templates {
        Templates::new(Vec::new()).unwrap()
    }

    pub(crate) fn outgoing(comment: Option<&str>, products: usize, nick: Option<&str>) -> Outgoing {
        let one = format!(
            "<product xmlns='{}'><name xml:lang='en'>Silver goblet</name>\
             <name xml:lang='zh-CN'>银高脚杯</name>\
             <offer price='24.90' priceCurrency='EUR'/></product>",
            ns::PRODUCT_SHARE
        );
        let products = read_products(&one.repeat(products)).unwrap();
        Outgoing {
            id: DeliveryId(Uuid::from_u128(7)),
            share: Arc::new(Share {
                id: ShareId(Uuid::from_u128(1)),
                ref_code: RefCode::from_random(42),
                sender: "juliet@capulet.lit".parse().unwrap(),
                sender_nick: nick.map(str::to_owned),
                comment: comment
                    .map(|text| Localized { lang: Some("en".into()), text: text.into() }),
                xml: products.iter().map(to_xml).collect::<String>().into(),
                products: products.into(),
                recording: None,
                offer: None,
                picture: None,
                accepted: Millis(0),
                revoked: None,
            }),
            carries: Carries::Share,
            about: DeliveryId(Uuid::from_u128(7)),
            to: "romeo@montague.lit".parse().unwrap(),
            lang: "en".into(),
            handle: 12,
            files: false,
            pictures: false,
            sources: true,
            delay: None,
            expires: Millis(0),
            suspect: false,
            card_link: None,
            card_template: None,
        }
    }

    pub(crate) fn voice() -> Voice {
        Voice {
            domain: "share.example.org".into(),
            from: "share@share.example.org/tradepost-service".into(),
            name: "Tradepost".into(),
            public_url: "https://share.example.org".into(),
        }
    }
}
