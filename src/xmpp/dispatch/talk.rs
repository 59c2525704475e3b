//! What is going on with people who have joined: dialogues, open forms, pictures and recordings
//! that wait for their share. It lasts ten minutes at the most, and is lost with the process, as was
//! never promised otherwise. Nothing is kept for anybody else.

use std::{
    collections::hash_map::RandomState,
    hash::BuildHasher,
    sync::{Mutex, MutexGuard, PoisonError},
};

use jid::{BareJid, Jid};
use tokio::sync::oneshot;

use super::kept::{Kept, LIFE};
use crate::{
    commands::{Command, open::Open},
    domain::{clock::Millis, product::File, quiet::Zone, recording::Recording},
    memory::{Budget, Use},
    xmpp::adhoc::Fault,
};

/// What anything takes besides its texts, in bytes.
const LEAST: usize = 1_024;
/// What a file takes: its address, its name and what is said of it are bounded where it is read.
const FILE: usize = 8_192;

/// A form that is open.
#[derive(Debug, Clone)]
pub struct Form {
    /// Its id, which nobody can guess.
    pub session: String,
    /// What it asks.
    pub open: Open,
    /// Whether it is kept: not for whoever has not joined.
    pub is_kept: bool,
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
    /// What clients were asked, by address and id, and who waits for the answer.
    questions: Mutex<Kept<(Jid, String), Waiting>>,
    /// Signs tickets.
    hasher: RandomState,
}

/// Waits for a client to tell its time zone.
type Waiting = oneshot::Sender<Option<Zone>>;

impl Talk {
    /// Keeps what it does within `memory`. `host`: the server's own domain.
    #[must_use]
    pub fn new(host: &BareJid, memory: &Budget) -> Self {
        let (forms, files) = (Use::Forms, Use::Files);
        Self {
            dialogues: Mutex::new(Kept::new(LIFE, host, memory, forms)),
            forms: Mutex::new(Kept::new(LIFE, host, memory, forms)),
            pictures: Mutex::new(Kept::new(LIFE, host, memory, files)),
            recordings: Mutex::new(Kept::new(LIFE, host, memory, files)),
            questions: Mutex::new(Kept::new(LIFE, host, memory, forms)),
            hasher: RandomState::new(),
        }
    }

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

    /// A session for a form of which nothing is kept: it says when it began, and whose it is.
    #[must_use]
    pub fn ticket(&self, from: &Jid, command: &'static Command, now: Millis) -> String {
        let sign = self.hasher.hash_one((from.as_str(), command.node, now.0));
        format!("{:x}-{sign:016x}", now.0)
    }

    /// Whether `session` is such a one; none when it is nothing like it.
    ///
    /// # Errors
    /// When it is over.
    pub fn read_ticket(
        &self,
        from: &Jid,
        command: &'static Command,
        session: &str,
        now: Millis,
    ) -> Result<bool, Fault> {
        let begun = session.split_once('-').and_then(|(at, _)| i64::from_str_radix(at, 16).ok());
        let Some(begun) = begun.map(Millis) else { return Ok(false) };
        if self.ticket(from, command, begun) != session {
            return Ok(false);
        }
        if now.since(begun) < LIFE { Ok(true) } else { Err(Fault::Expired) }
    }

    /// Keeps a form open. Whether there was room.
    #[must_use]
    pub fn keep_form(&self, from: &Jid, form: Form, now: Millis) -> bool {
        let (key, bytes) = ((from.clone(), form.open.call.command.node), size(&form.open));
        lock(&self.forms).put(key, &from.to_bare(), form, bytes, now)
    }

    /// Takes up the dialogue with somebody.
    #[must_use]
    pub fn take_dialogue(&self, with: &BareJid, now: Millis) -> Option<Dialogue> {
        lock(&self.dialogues).take(with, now)
    }

    /// Keeps a dialogue open. Whether there was room.
    pub fn keep_dialogue(&self, with: &BareJid, dialogue: Dialogue, now: Millis) -> bool {
        let bytes = size(&dialogue.open);
        lock(&self.dialogues).put(with.clone(), with, dialogue, bytes, now)
    }

    /// The picture that somebody has put into the chat.
    #[must_use]
    pub fn picture(&self, of: &BareJid, now: Millis) -> Option<File> {
        lock(&self.pictures).get(of, now).cloned()
    }

    /// Keeps the picture that somebody has put into the chat. Whether there was room.
    #[must_use]
    pub fn keep_picture(&self, of: &BareJid, picture: File, now: Millis) -> bool {
        lock(&self.pictures).put(of.clone(), of, picture, FILE, now)
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

    /// Keeps the recording that somebody has put into the chat. Whether there was room.
    #[must_use]
    pub fn keep_recording(&self, of: &BareJid, recording: Box<Recording>, now: Millis) -> bool {
        lock(&self.recordings).put(of.clone(), of, recording, FILE, now)
    }

    /// Picture and recording have found their share.
    pub fn forget_files(&self, of: &BareJid, now: Millis) {
        lock(&self.pictures).take(of, now);
        lock(&self.recordings).take(of, now);
    }

    /// Keeps who waits for what a client was asked.
    pub fn keep_question(&self, of: &Jid, id: &str, waiting: Waiting, now: Millis) {
        // Without room the question counts as not answered.
        let key = (of.clone(), id.to_owned());
        lock(&self.questions).put(key, &of.to_bare(), waiting, LEAST, now);
    }

    /// Whether a client was asked something that this would be the answer to.
    #[must_use]
    pub fn awaits(&self, of: &Jid, id: &str, now: Millis) -> bool {
        lock(&self.questions).get(&(of.clone(), id.to_owned()), now).is_some()
    }

    /// Who waits for this answer of a client, if it was asked.
    #[must_use]
    pub fn take_question(&self, of: &Jid, id: &str, now: Millis) -> Option<Waiting> {
        lock(&self.questions).take(&(of.clone(), id.to_owned()), now)
    }

    /// Forgets what is over. To be called now and then.
    pub fn forget_old(&self, now: Millis) {
        lock(&self.dialogues).forget_old(now);
        lock(&self.forms).forget_old(now);
        lock(&self.pictures).forget_old(now);
        lock(&self.recordings).forget_old(now);
        lock(&self.questions).forget_old(now);
    }
}

/// The bytes that a half-finished command takes.
fn size(open: &Open) -> usize {
    let given = open.call.values.values().flatten().map(String::len);
    let asked = open.asked.iter().flat_map(|question| {
        let options = question.options.iter().map(|(value, label)| value.len() + label.len());
        options.chain([question.text.len()])
    });
    LEAST + given.chain(asked).map(|text| text + size_of::<String>()).sum::<usize>()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing in here can be left half done.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{commands::call::Call, domain::lang::Lang};

    fn talk() -> (Talk, Budget) {
        let memory = Budget::default();
        (Talk::new(&"x".parse().unwrap(), &memory), memory)
    }

    #[test]
    fn a_form_is_taken_up_by_its_asker_alone_and_in_time() {
        let (talk, _) = talk();
        let command = Command::of_node("join").unwrap();
        let open = Open::new(Call::of(command), Lang::En);
        let (romeo, other) = (Jid::new("romeo@x/a").unwrap(), Jid::new("romeo@x/b").unwrap());
        let form = || Form { session: "s".into(), open: open.clone(), is_kept: true };
        assert!(talk.keep_form(&romeo, form(), Millis(0)));
        let take = |from, session, now| talk.take_form(from, command, session, Millis(now));
        assert_eq!(take(&other, "s", 1).unwrap_err(), Fault::BadSession);
        assert_eq!(take(&romeo, "t", 1).unwrap_err(), Fault::BadSession);
        assert_eq!(take(&romeo, "s", 1).unwrap().open, open);
        assert_eq!(take(&romeo, "s", 1).unwrap_err(), Fault::BadSession, "taken");
        assert!(talk.keep_form(&romeo, form(), Millis(0)));
        assert_eq!(take(&romeo, "s", 600_000).unwrap_err(), Fault::Expired);
    }

    #[test]
    fn a_ticket_is_good_for_whoever_got_it_and_in_time() {
        let (talk, _) = talk();
        let (join, help) = (Command::of_node("join").unwrap(), Command::of_node("help").unwrap());
        let (romeo, other) = (Jid::new("romeo@x/a").unwrap(), Jid::new("romeo@x/b").unwrap());
        let ticket = talk.ticket(&romeo, join, Millis(5));
        let read = |from, command, now| talk.read_ticket(from, command, &ticket, Millis(now));
        assert_eq!(read(&romeo, join, 600_004), Ok(true));
        assert_eq!(read(&romeo, join, 600_005), Err(Fault::Expired));
        assert_eq!((read(&other, join, 6), read(&romeo, help, 6)), (Ok(false), Ok(false)));
        for wrong in ["", "5", "5-", "5-0000000000000000", "ffffffffffffffffff-0"] {
            assert_eq!(talk.read_ticket(&romeo, join, wrong, Millis(6)), Ok(false), "{wrong}");
        }
    }

    #[test]
    fn a_form_counts_with_what_was_filled_in_and_is_gone_with_its_time() {
        let (talk, memory) = talk();
        let command = Command::of_node("share").unwrap();
        let mut open = Open::new(Call::of(command), Lang::En);
        open.call.values.insert("to", vec!["x".repeat(2_000); 20]);
        let romeo = Jid::new("romeo@x/a").unwrap();
        let form = |open: &Open| Form { session: "s".into(), open: open.clone(), is_kept: true };
        assert!(talk.keep_form(&romeo, form(&open), Millis(0)));
        assert!(memory.used(Use::Forms) > 40_000, "{}", memory.used(Use::Forms));
        open.call.values.insert("to", vec!["x".repeat(2_000); 40]);
        assert!(!talk.keep_form(&romeo, form(&open), Millis(0)), "more than one form may have");
        assert!(talk.keep_form(&romeo, form(&Open::new(Call::of(command), Lang::En)), Millis(0)));
        talk.forget_old(Millis(1_200_000));
        assert_eq!(memory.used(Use::Forms), 0);
    }
}
