//! Pictures and recordings that people put into the chat, until their share comes.

use std::sync::Arc;

use super::{Service, talk::Dialogue};
use crate::{
    chat::draft::Step,
    component::inbound::{Asker, Upload, Words},
    domain::recording::{BadRecording, Recording},
    say::{command::Told, refusal::refused, texts::Text},
};

impl Service {
    /// Keeps a picture or a recording until its share comes, and says so.
    pub(super) async fn upload(
        self: Arc<Self>,
        asker: Asker,
        words: Words,
        file: Upload,
        dialogue: Option<Dialogue>,
    ) {
        let (who, now) = (asker.from.to_bare(), self.clock.now());
        if let Upload::Card(url) = file {
            return self.take_card(asker, words, url).await;
        }
        match self.has_joined(&asker).await {
            Ok(true) => {}
            Ok(false) => {
                self.acknowledge(&asker, words.wants_receipt).await;
                return self.say(&asker, &Text::NotJoined).await;
            }
            Err(_) => return self.say_try_later(&asker).await,
        }
        let (wrong, fits) = match file {
            Upload::Picture(picture) => (None, self.talk.keep_picture(&who, *picture, now)),
            Upload::Recording(Ok(recording)) => {
                (None, self.talk.keep_recording(&who, recording, now))
            }
            Upload::Recording(Err(wrong)) => (Some(wrong), true),
            Upload::Card(_) => (None, true),
        };
        if !fits {
            return self.say_try_later(&asker).await;
        }
        let not_taken = |wrong: BadRecording, lang| {
            Told::NoRecording { why: &refused(&wrong.into(), lang) }.in_lang(lang)
        };
        if let Some(Dialogue { mut open, .. }) = dialogue {
            if self.lacks(&asker, &open.call) {
                // It is what was waited for.
                return self.do_in_words(asker, words.wants_receipt, open).await;
            }
            // They were asked for words, and have spoken them.
            let step = if open.takes_prose() && words.recording().is_some() {
                open.leave_out()
            } else {
                let got = || Told::GotFile.in_lang(open.lang);
                Step::Show(Some(wrong.map_or_else(got, |wrong| not_taken(wrong, open.lang))))
            };
            return self.go_on_in_words(asker, words, open, step).await;
        }
        self.note_writing(&asker).await;
        self.acknowledge(&asker, words.wants_receipt).await;
        let lang = self.lang_for(&asker).await;
        let told = match wrong {
            Some(wrong) => not_taken(wrong, lang),
            None if words.recording().is_some() => Told::GotRecording.in_lang(lang),
            None => Told::GotPicture.in_lang(lang),
        };
        self.tell(&asker, lang, &told).await;
    }

    /// Keeps a recording that answers nothing until its share comes, and says so.
    pub(super) async fn keep_recording(&self, asker: &Asker, recording: &Recording) {
        let (recording, who) = (Box::new(recording.clone()), asker.from.to_bare());
        match self.has_joined(asker).await {
            Ok(true) if self.talk.keep_recording(&who, recording, self.clock.now()) => {}
            Ok(false) => return self.say(asker, &Text::NotJoined).await,
            Ok(true) | Err(_) => return self.say_try_later(asker).await,
        }
        let lang = self.lang_for(asker).await;
        self.tell(asker, lang, &Told::GotRecording.in_lang(lang)).await;
    }
}
