//! The invitation of somebody who has not joined (`xep/product-share.xml#invite`): what the
//! service writes and the sender cannot change. The sender's name is left out when it could be more
//! than a name; the address always stands there.

use crate::{
    domain::{
        invitation::{self, fitted},
        lang::Lang,
        share::Outgoing,
    },
    say::{
        texts::Text,
        voice::{Voice, begin, end, stands_in, who},
    },
    wire::{ns, xml::Writer},
};

/// The most characters of the inviter's address.
const ADDRESS: usize = 120;

/// The same in a letter: one SMS has 160.
const SHORT: usize = 60;

/// The message.
#[must_use]
pub(crate) fn message(voice: &Voice, outgoing: &Outgoing) -> String {
    let lang = Lang::of(&outgoing.lang).unwrap_or_default();
    let text = Text::Invites { who: &inviter(outgoing), service: &voice.name };
    let mut xml = begin(voice, outgoing.to.as_str(), outgoing.id.0, lang);
    xml.leaf("body", &text.in_lang(lang));
    xml.open("invite").attribute("xmlns", ns::PRODUCT_SHARE).plain("expires", outgoing.expires);
    xml.close("invite");
    stands_in(&mut xml, ns::PRODUCT_SHARE);
    end(xml, voice, outgoing.id.0)
}

/// The request to be seen that comes with it: whoever grants it agrees.
#[must_use]
pub(crate) fn subscription(voice: &Voice, outgoing: &Outgoing) -> String {
    let lang = Lang::of(&outgoing.lang).unwrap_or_default();
    let contact = voice.from.split('/').next().unwrap_or(&voice.from);
    let mut xml = Writer::new();
    xml.open("presence").attribute("from", contact).plain("id", outgoing.id);
    xml.attribute("to", outgoing.to.as_str()).attribute("type", "subscribe");
    xml.attribute("xml:lang", lang.code());
    xml.open("nick").attribute("xmlns", ns::NICK).text(&voice.name).close("nick");
    xml.leaf("status", &Text::InvitesShort { who: &inviter(outgoing) }.in_lang(lang));
    xml.close("presence");
    xml.finish()
}

/// What goes to a phone number or mail address: subject and text. No name, for that is the
/// sender's to choose, as is the account; whoever does not know the service is told by the domain.
#[must_use]
pub(crate) fn letter(service: &str, inviter: &str, url: &str, lang: Lang) -> (String, String) {
    let who = &fitted(inviter, SHORT);
    let subject = Text::InvitesShort { who }.in_lang(lang);
    (subject, Text::InvitesByLetter { who, service, url }.in_lang(lang))
}

fn inviter(outgoing: &Outgoing) -> String {
    let nick = outgoing.share.sender_nick.as_deref().and_then(invitation::name);
    who(nick.as_deref(), &fitted(outgoing.share.sender.as_str(), ADDRESS))
}

#[cfg(test)]
mod tests {
    use minidom::Element;

    use super::*;
    use crate::domain::{clock::Millis, note::Carries};
    use crate::say::voice::tests;

    fn invitation(nick: Option<&str>, lang: &str) -> Outgoing {
        let mut outgoing = tests::outgoing(Some("Buy at https://evil.example"), 3, nick);
        outgoing.carries = Carries::Invitation;
        outgoing.lang = lang.into();
        outgoing.expires = Millis(1_797_847_200_000);
        outgoing
    }

    fn parsed(xml: &str) -> Element {
        xml.replacen(' ', " xmlns='jabber:client' ", 1).parse().unwrap()
    }

    fn body(outgoing: &Outgoing) -> String {
        let message = parsed(&super::message(&tests::voice(), outgoing));
        message.get_child("body", "jabber:client").unwrap().text()
    }

    #[test]
    fn an_invitation_says_who_and_how_to_answer_and_until_when() {
        let outgoing = invitation(Some("Juliet"), "en");
        assert_eq!(
            body(&outgoing),
            "Juliet (juliet@capulet.lit) would like to show you something through Tradepost. \
             Answer yes to see it or stop to refuse. If your app asks about encryption, switch it \
             off for this chat."
        );
        let message = parsed(&super::message(&tests::voice(), &outgoing));
        let invite = message.get_child("invite", ns::PRODUCT_SHARE).unwrap();
        assert_eq!(invite.attr("expires"), Some("2026-12-21T10:00:00.000Z"));
        let request = parsed(&subscription(&tests::voice(), &outgoing));
        assert_eq!(request.attr("from"), Some("share@share.example.org"));
        assert_eq!(request.attr("id"), message.attr("id"));
        assert_eq!(
            request.get_child("status", "jabber:client").unwrap().text(),
            "Juliet (juliet@capulet.lit) would like to show you something."
        );
    }

    #[test]
    fn nothing_that_the_sender_wrote_is_in_an_invitation() {
        for nick in [
            "Win: https://evil.example",
            "evil.example/x",
            "a\nb\nc\nd",
            "\u{202e}moc.live",
            "call +49 900 123456",
            &"long ".repeat(200),
        ] {
            for lang in ["en", "zh"] {
                let outgoing = invitation(Some(nick), lang);
                let body = body(&outgoing);
                let request = subscription(&tests::voice(), &outgoing);
                for text in [&body, &request] {
                    assert!(!text.contains("evil") && !text.contains("900"), "{text}");
                    assert!(!text.contains("goblet") && !text.contains("7K3QX"), "{text}");
                }
                assert!(body.chars().count() < 500 && body.lines().count() <= 3, "{body}");
                assert!(!body.contains("http") && body.contains("juliet@capulet.lit"), "{body}");
            }
        }
        let mut outgoing = invitation(None, "en");
        let long = format!("{}@capulet.lit", "j".repeat(900));
        std::sync::Arc::get_mut(&mut outgoing.share).unwrap().sender = long.parse().unwrap();
        assert!(body(&outgoing).chars().count() < 500);
    }

    #[test]
    fn whoever_is_invited_sees_the_domain_of_whoever_invites_however_long_the_account_is() {
        let sender = format!("{}@evil.example", "pay-now-at-bank.example-".repeat(9));
        for lang in [Lang::En, Lang::Zh] {
            let (subject, text) = letter("Tradepost", &sender, "https://x.lit/i/1", lang);
            for text in [subject, text] {
                assert!(text.contains("@evil.example"), "{text}");
            }
            let mut outgoing = invitation(None, lang.code());
            std::sync::Arc::get_mut(&mut outgoing.share).unwrap().sender = sender.parse().unwrap();
            assert!(body(&outgoing).contains("@evil.example"));
            assert!(subscription(&tests::voice(), &outgoing).contains("@evil.example"));
        }
    }
}
