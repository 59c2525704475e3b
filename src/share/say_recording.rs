//! What is said by voice: a message of its own before the text, as a picture is, and a line in the
//! text.

use super::say_picture::alone;
use crate::{
    domain::{lang::Lang, note::Carries, recording::Recording, share::Outgoing},
    say::{
        texts::{Text, duration},
        voice::Voice,
    },
    wire::product::{read::read_recording, write::write_recording},
};

/// The recording message of a delivery; none when there is nothing to be heard, or the recipient's
/// client would not take it for a file of sound, or must not load it by itself
/// ([`Outgoing::sources`]): then the address in the text has to do. The file
/// stays where its sender has put it; nobody here fetches it.
#[must_use]
pub(crate) fn recording(voice: &Voice, outgoing: &Outgoing) -> Option<String> {
    let of_note;
    let it = match &outgoing.carries {
        Carries::Share => outgoing.share.recording.as_deref()?,
        Carries::Note(note) => {
            of_note = read_recording(note.recording.as_deref()?)?;
            &of_note
        }
        Carries::Revocation | Carries::Invitation | Carries::Request => return None,
    };
    let id = outgoing.id.recording();
    goes_alone(outgoing, it)
        .then(|| alone(voice, outgoing, id, it.url(), |xml| write_recording(xml, it)))
}

fn goes_alone(outgoing: &Outgoing, recording: &Recording) -> bool {
    outgoing.files && outgoing.sources && recording.is_shown_alone()
}

/// The line in the text. It has the address only for those who do not get the file before it:
/// Converse plays every address of a sound in a text, and would show the same player twice.
#[must_use]
pub(crate) fn beside(outgoing: &Outgoing, recording: &Recording, lang: Lang) -> String {
    let length = recording.length().map(duration);
    let url = (!goes_alone(outgoing, recording)).then(|| recording.url().as_str());
    Text::VoiceComment { length: length.as_deref(), url }.in_lang(lang)
}

/// `Voice comment (0:06): https://…`
#[must_use]
pub(crate) fn line(recording: &Recording, lang: Lang) -> String {
    let length = recording.length().map(duration);
    let url = Some(recording.url().as_str());
    Text::VoiceComment { length: length.as_deref(), url }.in_lang(lang)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::{
        claim::say::message,
        domain::{
            note::Note,
            picture::{Kind, PictureHash, Thumbnail},
        },
        say::voice::tests::{outgoing, templates, voice},
        share::say_picture::picture,
        wire::{
            ns,
            product::{
                read::read_products,
                write::{recording_to_xml, to_xml},
            },
        },
    };

    #[test]
    fn what_lies_elsewhere_stays_there_until_its_reader_has_let_the_sender_know() {
        let mut outgoing = outgoing(Some("For your table?"), 1, None);
        (outgoing.files, outgoing.pictures, outgoing.sources) = (true, true, false);
        let share = Arc::make_mut(&mut outgoing.share);
        let url = "https://capulet.lit/3b/comment.ogg";
        share.recording = Some(Box::new(Recording::at(url).unwrap()));
        let file = format!(
            "<product xmlns='{}'><name>Cup</name><file-sharing xmlns='{}' disposition='inline'>\
             <file xmlns='urn:xmpp:file:metadata:0'><media-type>image/jpeg</media-type>\
             <size>9</size></file><sources><url-data xmlns='http://jabber.org/protocol/url-data' \
             target='https://capulet.lit/cup.jpg'/></sources></file-sharing></product>",
            ns::PRODUCT_SHARE,
            ns::FILE_SHARING
        );
        share.products = read_products(&file).unwrap().into();
        share.xml = share.products.iter().map(to_xml).collect::<String>().into();
        assert_eq!(share.products[0].files.len(), 1);
        let said = Note {
            recording: Some(recording_to_xml(&Recording::at(url).unwrap())),
            ..Note::default()
        };
        let note =
            Note { author: "juliet@capulet.lit".into(), products: share.xml.to_string(), ..said };
        let thumbnail = Thumbnail {
            hash: PictureHash([1; 32]),
            kind: Kind::Jpeg,
            size: 18_231,
            width: 640,
            height: 480,
            small: Vec::new(),
        };
        for carries in [Carries::Share, Carries::Note(Arc::new(note))] {
            outgoing.carries = carries;
            let alone = |it: &Outgoing| [picture(&voice(), it), recording(&voice(), it)];
            assert_eq!(alone(&outgoing), [None, None]);
            let text = message(&voice(), &templates(), &outgoing);
            assert!(!text.contains("cup.jpg") && !text.contains(ns::FILE_SHARING), "{text}");
            assert!(text.contains(&format!("Voice comment: {url}")), "{text}");
            let known = Outgoing { sources: true, ..outgoing.clone() };
            assert!(
                alone(&known)[1].is_some()
                    && message(&voice(), &templates(), &known).contains("cup.jpg")
            );
        }
        // What the service has fetched lies with the service.
        outgoing.carries = Carries::Share;
        Arc::make_mut(&mut outgoing.share).picture = Some(Arc::new(thumbnail));
        let ours = picture(&voice(), &outgoing).expect("a thumbnail");
        assert!(ours.contains("https://share.example.org/p/") && !ours.contains("cup.jpg"));
    }
}
