//! What is said by voice: a message of its own before the text, as a picture is, and a line in the
//! text.

use super::{
    message::Voice,
    picture::alone,
    texts::{Text, duration},
};
use crate::{
    domain::{lang::Lang, note::Carries, recording::Recording, share::Outgoing},
    wire::product::{read_recording, write_recording},
};

/// The recording message of a delivery; none when there is nothing to be heard, or the recipient's
/// client would not take it for a file of sound: then the address in the text has to do. The file
/// stays where its sender has put it; nobody here fetches it.
#[must_use]
pub fn recording(voice: &Voice, outgoing: &Outgoing) -> Option<String> {
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
    outgoing.files && recording.is_shown_alone()
}

/// The line in the text. It has the address only for those who do not get the file before it:
/// Converse plays every address of a sound in a text, and would show the same player twice.
#[must_use]
pub(super) fn beside(outgoing: &Outgoing, recording: &Recording, lang: Lang) -> String {
    let length = recording.length().map(duration);
    let url = (!goes_alone(outgoing, recording)).then(|| recording.url().as_str());
    Text::VoiceComment { length: length.as_deref(), url }.in_lang(lang)
}

/// `Voice comment (0:06): https://…`
#[must_use]
pub fn line(recording: &Recording, lang: Lang) -> String {
    let length = recording.length().map(duration);
    let url = Some(recording.url().as_str());
    Text::VoiceComment { length: length.as_deref(), url }.in_lang(lang)
}
