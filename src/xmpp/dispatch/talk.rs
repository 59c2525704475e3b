//! What is going on with people: dialogues, open forms, pictures and recordings that wait for
//! their share. It lasts ten minutes at the most, and is lost with the process, as was never promised otherwise.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use jid::{BareJid, Jid};
use tokio::sync::oneshot;

use crate::{
    commands::{
        Command,
        kept::{Kept, LIFE},
        open::Open,
    },
    domain::{clock::Millis, product::File, quiet::Zone, recording::Recording},
    xmpp::adhoc::Fault,
};

/// The most people of whom something is remembered at a time.
const MOST: usize = 10_000;
/// How long nobody is told again what the service understands. A program that answers whatever it
/// is sent, another service among them, would otherwise be answered for ever.
const HELP_PAUSE: Duration = Duration::from_mins(1);

/// A form that is open.
#[derive(Debug, Clone)]
pub struct Form {
    /// Its id, which nobody can guess.
    pub session: String,
    /// What it asks.
    pub open: Open,
}

/// A dialogue that is open.
#[derive(Debug, Clone)]
pub struct Dialogue {
    /// The id of the message that asked: a reply to it is the answer.
    pub question: String,
    /// What it asks.
    pub open: Open,
}

/// Everything that is going on.
#[derive(Debug)]
pub struct Talk {
    dialogues: Mutex<Kept<BareJid, Dialogue>>,
    /// One for each resource and command (XEP-0050 §4.2: a session is its asker's alone).
    forms: Mutex<Kept<(Jid, &'static str), Form>>,
    pictures: Mutex<Kept<BareJid, File>>,
    recordings: Mutex<Kept<BareJid, Box<Recording>>>,
    helped: Mutex<Kept<BareJid, ()>>,
    /// What clients were asked, by address and id, and who waits for the answer.
    questions: Mutex<Kept<(Jid, String), Waiting>>,
}

/// Waits for a client to tell its time zone.
type Waiting = oneshot::Sender<Option<Zone>>;

impl Default for Talk {
    fn default() -> Self {
        Self {
            dialogues: Mutex::new(Kept::new(LIFE, MOST)),
            forms: Mutex::new(Kept::new(LIFE, MOST)),
            pictures: Mutex::new(Kept::new(LIFE, MOST)),
            recordings: Mutex::new(Kept::new(LIFE, MOST)),
            helped: Mutex::new(Kept::new(HELP_PAUSE, MOST)),
            questions: Mutex::new(Kept::new(LIFE, MOST)),
        }
    }
}

impl Talk {
    /// Takes up a form.
    ///
    /// # Errors
    /// When it is not this asker's, or was open too long.
    pub fn take_form(
        &self,
        from: &Jid,
        command: &'static Command,
        session: &str,
        now: Millis,
    ) -> Result<Form, Fault> {
        let key = (from.clone(), command.node);
        let mut forms = lock(&self.forms);
        if forms.is_over(&key, now) {
            forms.take(&key, now);
            return Err(Fault::Expired);
        }
        if forms.get(&key, now).is_none_or(|form| form.session != session) {
            return Err(Fault::BadSession);
        }
        forms.take(&key, now).ok_or(Fault::BadSession)
    }

    /// Keeps a form open.
    pub fn keep_form(&self, from: &Jid, form: Form, now: Millis) {
        let key = (from.clone(), form.open.call.command.node);
        lock(&self.forms).put(key, form, now);
    }

    /// Takes up the dialogue with somebody.
    #[must_use]
    pub fn take_dialogue(&self, with: &BareJid, now: Millis) -> Option<Dialogue> {
        lock(&self.dialogues).take(with, now)
    }

    /// Keeps a dialogue open.
    pub fn keep_dialogue(&self, with: &BareJid, dialogue: Dialogue, now: Millis) {
        lock(&self.dialogues).put(with.clone(), dialogue, now);
    }

    /// The picture that somebody has put into the chat.
    #[must_use]
    pub fn picture(&self, of: &BareJid, now: Millis) -> Option<File> {
        lock(&self.pictures).get(of, now).cloned()
    }

    /// Keeps the picture that somebody has put into the chat.
    pub fn keep_picture(&self, of: &BareJid, picture: File, now: Millis) {
        lock(&self.pictures).put(of.clone(), picture, now);
    }

    /// The picture has found its card.
    pub fn forget_picture(&self, of: &BareJid, now: Millis) {
        lock(&self.pictures).take(of, now);
    }

    /// The recording that somebody has put into the chat.
    #[must_use]
    pub fn recording(&self, of: &BareJid, now: Millis) -> Option<Box<Recording>> {
        lock(&self.recordings).get(of, now).cloned()
    }

    /// Keeps the recording that somebody has put into the chat.
    pub fn keep_recording(&self, of: &BareJid, recording: Box<Recording>, now: Millis) {
        lock(&self.recordings).put(of.clone(), recording, now);
    }

    /// Picture and recording have found their share.
    pub fn forget_files(&self, of: &BareJid, now: Millis) {
        lock(&self.pictures).take(of, now);
        lock(&self.recordings).take(of, now);
    }

    /// Keeps who waits for what a client was asked.
    pub fn keep_question(&self, of: &Jid, id: &str, waiting: Waiting, now: Millis) {
        lock(&self.questions).put((of.clone(), id.to_owned()), waiting, now);
    }

    /// Who waits for this answer of a client, if it was asked.
    #[must_use]
    pub fn take_question(&self, of: &Jid, id: &str, now: Millis) -> Option<Waiting> {
        lock(&self.questions).take(&(of.clone(), id.to_owned()), now)
    }

    /// Whether somebody may be told now what the service understands; if so, that is remembered.
    #[must_use]
    pub fn may_help(&self, whom: &BareJid, now: Millis) -> bool {
        let mut helped = lock(&self.helped);
        let may = helped.get(whom, now).is_none();
        if may {
            helped.put(whom.clone(), (), now);
        }
        may
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing in here can be left half done.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn somebody_who_answers_everything_is_told_once_a_minute() {
        let talk = Talk::default();
        let (bot, person) = ("bot@x".parse().unwrap(), "romeo@x".parse().unwrap());
        assert!(talk.may_help(&bot, Millis(0)));
        assert!(!talk.may_help(&bot, Millis(59_999)));
        assert!(talk.may_help(&person, Millis(59_999)));
        assert!(talk.may_help(&bot, Millis(60_000)));
    }

    #[test]
    fn a_form_is_taken_up_by_its_asker_alone_and_in_time() {
        use crate::{commands::call::Call, domain::lang::Lang};

        let talk = Talk::default();
        let command = Command::of_node("join").unwrap();
        let open = Open::new(Call::of(command), Lang::En);
        let (romeo, other) = (Jid::new("romeo@x/a").unwrap(), Jid::new("romeo@x/b").unwrap());
        talk.keep_form(&romeo, Form { session: "s".into(), open: open.clone() }, Millis(0));
        let take = |from, session, now| talk.take_form(from, command, session, Millis(now));
        assert_eq!(take(&other, "s", 1).unwrap_err(), Fault::BadSession);
        assert_eq!(take(&romeo, "t", 1).unwrap_err(), Fault::BadSession);
        assert_eq!(take(&romeo, "s", 1).unwrap().open, open);
        assert_eq!(take(&romeo, "s", 1).unwrap_err(), Fault::BadSession, "taken");
        talk.keep_form(&romeo, Form { session: "s".into(), open }, Millis(0));
        assert_eq!(take(&romeo, "s", 600_000).unwrap_err(), Fault::Expired);
    }
}
