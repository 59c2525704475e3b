//! The message that asks about a stranger.

use super::Say;
use crate::{
    domain::{invitation, lang::Lang, share::Outgoing},
    say::voice::{Voice, begin, end, on_behalf, who},
};

/// The message that asks about a stranger: their address, their name, no link and no word of
/// theirs.
#[must_use]
pub(crate) fn request(voice: &Voice, outgoing: &Outgoing) -> String {
    let share = &*outgoing.share;
    let lang = Lang::of(&outgoing.lang).unwrap_or_default();
    let nick = share.sender_nick.as_deref().and_then(invitation::name);
    let who = who(nick.as_deref(), share.sender.as_str());
    let text = Say::May { who: &who, number: outgoing.handle }.in_lang(lang);
    let mut xml = begin(voice, outgoing.to.as_str(), outgoing.id.0, lang);
    xml.leaf("body", &text);
    on_behalf(&mut xml, voice, outgoing, share.sender.as_str());
    end(xml, voice, outgoing.id.0)
}

#[cfg(test)]
mod tests {
    use super::request;
    use crate::{
        domain::note::Carries,
        say::voice::tests::{outgoing, voice},
    };

    #[test]
    fn the_question_has_no_link_and_no_word_of_the_sender() {
        for (nick, shown) in [
            (Some("Juliet"), "Juliet (juliet@capulet.lit) would like"),
            (Some("win at evil.example"), "juliet@capulet.lit would like"),
            (Some("https://evil"), "juliet@capulet.lit would like"),
            (Some("J. Capulet"), "J. Capulet (juliet@capulet.lit) would like"),
            (None, "juliet@capulet.lit would like"),
        ] {
            let mut question = outgoing(Some("For your table?"), 1, nick);
            question.carries = Carries::Request;
            question.handle = 1;
            let xml = request(&voice(), &question);
            assert!(xml.contains(&format!("<body>{shown}")), "{xml}");
            for secret in ["goblet", "table", "http://", "/s/", "<share"] {
                let body = xml.split("<addresses").next().unwrap();
                assert!(!body.contains(secret), "{secret}: {body}");
            }
            assert!(!xml.contains("yes 1"), "one question has no number: {xml}");
            question.handle = 3;
            question.lang = "zh".into();
            let xml = request(&voice(), &question);
            assert!(xml.contains("想给你看点东西") && xml.contains("同意 3"), "{xml}");
        }
    }
}
