//! The message of a delivery, whatever it carries.

use crate::{
    card::{say::offer, template::Templates},
    domain::{note::Carries, share::Outgoing},
    invite::say_invitation,
    people::say::question::request,
    say::voice::Voice,
    share::{say::share, say_revocation::revocation},
    talk::say::answer,
};

/// The text message of a delivery; `templates` are what cards can look like.
#[must_use]
pub(crate) fn message(voice: &Voice, templates: &Templates, outgoing: &Outgoing) -> String {
    match &outgoing.carries {
        Carries::Share => match &outgoing.share.offer {
            Some(it) => offer(voice, templates, outgoing, it),
            None => share(voice, outgoing),
        },
        Carries::Revocation => revocation(voice, outgoing),
        Carries::Request => request(voice, outgoing),
        Carries::Invitation => say_invitation::message(voice, outgoing),
        Carries::Note(said) => answer(voice, outgoing, said),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use uuid::Uuid;

    use super::*;
    use crate::{
        domain::{clock::Millis, id::DeliveryId, note::Note},
        say::voice::tests::{outgoing, templates, voice},
        wire::ns,
    };

    /// A message as its reader's client parses it.
    fn parsed(outgoing: &Outgoing) -> minidom::Element {
        let xml = message(&voice(), &templates(), outgoing);
        xml.replacen("<message", "<message xmlns='jabber:client'", 1).parse().unwrap()
    }

    #[test]
    fn what_was_taken_back_is_said_in_the_readers_language_and_in_the_thread() {
        let mut word = outgoing(Some("For your table?"), 2, Some("Juliet"));
        let thread = parsed(&word).get_child("thread", "jabber:client").unwrap().text();
        word.carries = Carries::Revocation;
        word.id = DeliveryId(Uuid::from_u128(8));
        for (lang, body) in [
            ("en", "Juliet (juliet@capulet.lit) has taken back #12 Silver goblet."),
            ("zh", "Juliet (juliet@capulet.lit) 收回了 #12 银高脚杯。"),
        ] {
            word.lang = lang.into();
            let message = parsed(&word);
            assert_eq!(message.get_child("body", "jabber:client").unwrap().text(), body);
            assert_eq!(message.get_child("thread", "jabber:client").unwrap().text(), thread);
            let revoke = message.get_child("revoke", ns::PRODUCT_SHARE).unwrap();
            assert_eq!(revoke.attr("id"), Some(word.share.id.to_string().as_str()));
            assert!(!message.has_child("share", ns::PRODUCT_SHARE));
            assert!(
                message.has_child("origin-id", ns::SID) && message.has_child("store", ns::HINTS)
            );
        }
    }

    #[test]
    fn a_note_names_the_thing_its_author_and_the_share() {
        let mut answer = outgoing(None, 1, None);
        answer.carries = Carries::Note(Arc::new(Note {
            author: "romeo@montague.lit".into(),
            author_nick: Some("Romeo".into()),
            lang: Some("en".into()),
            text: "How <heavy> is it?".into(),
            said: Millis(5),
            ..Note::default()
        }));
        answer.delay = Some(Millis(5));
        let message = parsed(&answer);
        let body = message.get_child("body", "jabber:client").unwrap().text();
        assert_eq!(body, "> #12 Silver goblet\nRomeo (romeo@montague.lit): How <heavy> is it?");
        let comment = message.get_child("comment", ns::PRODUCT_SHARE).unwrap();
        assert_eq!(comment.text(), "How <heavy> is it?");
        assert_eq!(comment.attr("share"), Some(answer.share.id.to_string().as_str()));
        assert!(message.has_child("delay", ns::DELAY));
    }
}
