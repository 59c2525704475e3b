//! What is going on with people who have joined: dialogues, open forms, pictures and recordings
//! that wait for their share. It lasts ten minutes at the most, and is lost with the process, as was
//! never promised otherwise. Nothing is kept for anybody else, but an administrator's forms.

use std::{
    collections::hash_map::RandomState,
    hash::BuildHasher,
    sync::{Mutex, MutexGuard, PoisonError},
};

use jid::BareJid;
use tokio::sync::oneshot;

use crate::{
    chat::{command::Command, draft::Draft},
    component::{
        adhoc::Fault,
        dispatch::session::{Kept, LIFE},
        entity::Entity,
    },
    domain::{clock::Millis, product::File, quiet::Zone, recording::Recording},
    memory::{Budget, Use},
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
    pub open: Draft,
    /// Whether it is kept: not for whoever has not joined.
    pub is_kept: bool,
}

/// A dialogue that is open.
#[derive(Debug, Clone)]
pub struct Dialogue {
    /// The id of the message that asked: a reply to it is the answer.
    pub question: String,
    /// What it asks.
    pub open: Draft,
    /// When it was asked. What came after that may be what a bare word answers.
    pub asked: Millis,
    /// The id of the message upon which it was asked. That one is no answer, however often it comes.
    pub upon: String,
}

/// Everything that is going on.
#[derive(Debug)]
pub struct Talk {
    /// Dialogues, forms, and what clients were asked.
    forms: Mutex<Kept<Key, Thing>>,
    /// Pictures and recordings.
    files: Mutex<Kept<Key, Thing>>,
    /// Signs tickets.
    hasher: RandomState,
}

/// What something is found by.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Key {
    /// Without a resource, where it is the account's.
    whose: Entity,
    what: What,
}

#[derive(Debug, PartialEq, Eq, Hash)]
enum What {
    Dialogue,
    /// One for each resource and command (XEP-0050 §4.2: a session is its asker's alone).
    Form(&'static str),
    /// By its id.
    Question(String),
    Picture,
    Recording,
}

#[derive(Debug)]
enum Thing {
    Dialogue(Dialogue),
    Form(Form),
    /// Who waits for the answer of a client.
    Question(Waiting),
    Picture(Box<File>),
    Recording(Box<Recording>),
}

/// Waits for a client to tell its time zone.
type Waiting = oneshot::Sender<Option<Zone>>;

impl Key {
    fn of(whose: &BareJid, what: What) -> Self {
        Self { whose: whose.clone().into(), what }
    }

    fn form(whose: &Entity, command: &Command) -> Self {
        Self { whose: whose.clone(), what: What::Form(command.node) }
    }

    fn question(of: &Entity, id: &str) -> Self {
        Self { whose: of.clone(), what: What::Question(id.to_owned()) }
    }

    /// Its texts, in bytes: an address has up to 3 KB.
    fn size(&self) -> usize {
        let id = if let What::Question(id) = &self.what { id.len() } else { 0 };
        self.whose.as_str().len() + id
    }
}

impl Talk {
    /// Keeps what it does within `memory`. `host`: the server's own domain.
    #[must_use]
    pub fn new(host: &BareJid, memory: &Budget) -> Self {
        let kept = |what| Mutex::new(Kept::new(LIFE, host, memory, what));
        let (forms, files) = (kept(Use::Forms), kept(Use::Files));
        Self { forms, files, hasher: RandomState::new() }
    }

    /// Takes up a form.
    ///
    /// # Errors
    /// When it is not this asker's, or was open too long.
    pub fn take_form(
        &self,
        from: &Entity,
        command: &'static Command,
        session: &str,
        now: Millis,
    ) -> Result<Form, Fault> {
        let key = Key::form(from, command);
        let mut forms = lock(&self.forms);
        if forms.is_over(&key, now) {
            forms.take(&key, now);
            return Err(Fault::Expired);
        }
        match forms.get(&key, now) {
            Some(Thing::Form(form)) if form.session == session => {}
            _ => return Err(Fault::BadSession),
        }
        match forms.take(&key, now) {
            Some(Thing::Form(form)) => Ok(form),
            _ => Err(Fault::BadSession),
        }
    }

    /// A session for a form of which nothing is kept: it says when it began, and whose it is.
    #[must_use]
    pub fn ticket(&self, from: &Entity, command: &'static Command, now: Millis) -> String {
        let sign = self.hasher.hash_one((from.as_str(), command.node, now.0));
        format!("{:x}-{sign:016x}", now.0)
    }

    /// Whether `session` is such a one; none when it is nothing like it.
    ///
    /// # Errors
    /// When it is over.
    pub fn read_ticket(
        &self,
        from: &Entity,
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
    pub fn keep_form(&self, from: &Entity, form: Form, now: Millis) -> bool {
        let (key, bytes) = (Key::form(from, form.open.call.command), size(&form.open));
        put(&self.forms, key, Thing::Form(form), bytes, now)
    }

    /// Takes up the dialogue with somebody.
    #[must_use]
    pub fn take_dialogue(&self, with: &BareJid, now: Millis) -> Option<Dialogue> {
        match lock(&self.forms).take(&Key::of(with, What::Dialogue), now)? {
            Thing::Dialogue(dialogue) => Some(dialogue),
            _ => None,
        }
    }

    /// Keeps a dialogue open. Whether there was room.
    pub fn keep_dialogue(&self, with: &BareJid, dialogue: Dialogue, now: Millis) -> bool {
        let bytes = size(&dialogue.open) + dialogue.upon.len();
        let key = Key::of(with, What::Dialogue);
        put(&self.forms, key, Thing::Dialogue(dialogue), bytes, now)
    }

    /// The picture that somebody has put into the chat.
    #[must_use]
    pub fn picture(&self, of: &BareJid, now: Millis) -> Option<File> {
        match lock(&self.files).get(&Key::of(of, What::Picture), now)? {
            Thing::Picture(picture) => Some(File::clone(picture)),
            _ => None,
        }
    }

    /// Keeps the picture that somebody has put into the chat. Whether there was room.
    #[must_use]
    pub fn keep_picture(&self, of: &BareJid, picture: File, now: Millis) -> bool {
        let (key, picture) = (Key::of(of, What::Picture), Thing::Picture(Box::new(picture)));
        put(&self.files, key, picture, FILE, now)
    }

    /// The picture has found its card.
    pub fn forget_picture(&self, of: &BareJid, now: Millis) {
        lock(&self.files).take(&Key::of(of, What::Picture), now);
    }

    /// The recording that somebody has put into the chat.
    #[must_use]
    pub fn recording(&self, of: &BareJid, now: Millis) -> Option<Box<Recording>> {
        match lock(&self.files).get(&Key::of(of, What::Recording), now)? {
            Thing::Recording(recording) => Some(recording.clone()),
            _ => None,
        }
    }

    /// Keeps the recording that somebody has put into the chat. Whether there was room.
    #[must_use]
    pub fn keep_recording(&self, of: &BareJid, recording: Box<Recording>, now: Millis) -> bool {
        let key = Key::of(of, What::Recording);
        put(&self.files, key, Thing::Recording(recording), FILE, now)
    }

    /// Picture and recording have found their share.
    pub fn forget_files(&self, of: &BareJid, now: Millis) {
        let mut files = lock(&self.files);
        files.take(&Key::of(of, What::Picture), now);
        files.take(&Key::of(of, What::Recording), now);
    }

    /// Forgets everything of somebody who has left: whoever joins under that address next, be it
    /// they or somebody else, begins anew.
    pub fn forget(&self, of: &BareJid) {
        lock(&self.forms).forget(of);
        lock(&self.files).forget(of);
    }

    /// Keeps who waits for what a client was asked.
    pub fn keep_question(&self, of: &Entity, id: &str, waiting: Waiting, now: Millis) {
        // Without room the question counts as not answered.
        put(&self.forms, Key::question(of, id), Thing::Question(waiting), LEAST, now);
    }

    /// Whether a client was asked something that this would be the answer to.
    #[must_use]
    pub fn awaits(&self, of: &Entity, id: &str, now: Millis) -> bool {
        lock(&self.forms).get(&Key::question(of, id), now).is_some()
    }

    /// Who waits for this answer of a client, if it was asked.
    #[must_use]
    pub fn take_question(&self, of: &Entity, id: &str, now: Millis) -> Option<Waiting> {
        match lock(&self.forms).take(&Key::question(of, id), now)? {
            Thing::Question(waiting) => Some(waiting),
            _ => None,
        }
    }

    /// Forgets what is over. To be called now and then.
    pub fn forget_old(&self, now: Millis) {
        lock(&self.forms).forget_old(now);
        lock(&self.files).forget_old(now);
    }
}

/// Keeps a thing that takes so many bytes besides its key. Whether there was room.
fn put(kept: &Mutex<Kept<Key, Thing>>, key: Key, thing: Thing, bytes: usize, now: Millis) -> bool {
    let (of, bytes) = (key.whose.to_bare(), bytes + key.size());
    lock(kept).put(key, &of, thing, bytes, now)
}

/// The bytes that a half-finished command takes.
fn size(open: &Draft) -> usize {
    let given = open.call.values.values().flatten().map(String::len);
    let asked = open.asked.iter().flat_map(|question| {
        let options = question.options.iter().map(|(value, label)| value.len() + label.len());
        options.chain(question.numbers.iter().map(String::len)).chain([question.text.len()])
    });
    let back = open.back.iter().map(String::len);
    LEAST + given.chain(asked).chain(back).map(|text| text + size_of::<String>()).sum::<usize>()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing in here can be left half done.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        chat::command::Call,
        domain::{lang::Lang, product::Link},
    };

    fn talk() -> (Talk, Budget) {
        let memory = Budget::default();
        (Talk::new(&"x".parse().unwrap(), &memory), memory)
    }

    #[test]
    fn a_form_is_taken_up_by_its_asker_alone_and_in_time() {
        let (talk, _) = talk();
        let command = Command::of_node("join").unwrap();
        let open = Draft::new(Call::of(command), Lang::En);
        let (romeo, other): (Entity, Entity) =
            ("romeo@x/a".parse().unwrap(), "romeo@x/b".parse().unwrap());
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
        let (romeo, other): (Entity, Entity) =
            ("romeo@x/a".parse().unwrap(), "romeo@x/b".parse().unwrap());
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
        let mut open = Draft::new(Call::of(command), Lang::En);
        open.call.values.insert("to", vec!["x".repeat(2_000); 20]);
        let romeo: Entity = "romeo@x/a".parse().unwrap();
        let form = |open: &Draft| Form { session: "s".into(), open: open.clone(), is_kept: true };
        assert!(talk.keep_form(&romeo, form(&open), Millis(0)));
        assert!(memory.used(Use::Forms) > 40_000, "{}", memory.used(Use::Forms));
        open.call.values.insert("to", vec!["x".repeat(2_000); 40]);
        assert!(!talk.keep_form(&romeo, form(&open), Millis(0)), "more than one form may have");
        assert!(talk.keep_form(&romeo, form(&Draft::new(Call::of(command), Lang::En)), Millis(0)));
        talk.forget_old(Millis(1_200_000));
        assert_eq!(memory.used(Use::Forms), 0);
    }

    #[test]
    fn forms_and_dialogues_of_other_servers_leave_a_third_for_the_servers_own() {
        let (talk, memory) = talk();
        let mut open = Draft::new(Call::of(Command::of_node("share").unwrap()), Lang::En);
        open.call.values.insert("to", vec!["x".repeat(2_000); 20]);
        let form = |open: &Draft| Form { session: "s".into(), open: open.clone(), is_kept: true };
        let dialogue = |open: &Draft| Dialogue {
            question: "q".into(),
            open: open.clone(),
            asked: Millis(0),
            upon: String::new(),
        };
        for n in 0..600 {
            let jid: Entity = format!("a{n}@s{}.example/r", n % 20).parse().unwrap();
            let _ = talk.keep_form(&jid, form(&open), Millis(0));
            let _ = talk.keep_dialogue(&jid.to_bare(), dialogue(&open), Millis(0));
        }
        assert!(memory.used(Use::Forms) <= memory.most_of_one() / 3 * 2);
        for n in 0..60 {
            let jid: Entity = format!("a{n}@x/r").parse().unwrap();
            assert!(talk.keep_form(&jid, form(&open), Millis(0)), "{n}");
            assert!(talk.keep_dialogue(&jid.to_bare(), dialogue(&open), Millis(0)), "{n}");
        }
    }

    #[test]
    fn an_address_counts_with_what_is_kept_by_it() {
        let (talk, memory) = talk();
        let long: Entity = format!("romeo@x/{}", "r".repeat(1_000)).parse().unwrap();
        talk.keep_question(&long, &"i".repeat(500), oneshot::channel().0, Millis(0));
        assert_eq!(memory.used(Use::Forms), LEAST + long.as_str().len() + 500);
    }

    #[test]
    fn nothing_of_somebody_is_left_when_they_have_left() {
        let (talk, memory) = talk();
        let command = Command::of_node("share").unwrap();
        let romeo: Entity = "romeo@x/a".parse().unwrap();
        let open = || Draft::new(Call::of(command), Lang::En);
        let picture = File::at(Link::parse("https://x.lit/1.jpg").unwrap()).unwrap();
        let (question, upon) = ("q".into(), String::new());
        let dialogue = Dialogue { question, open: open(), asked: Millis(0), upon };
        assert!(talk.keep_picture(&romeo.to_bare(), picture, Millis(0)));
        assert!(talk.keep_dialogue(&romeo.to_bare(), dialogue, Millis(0)));
        let form = Form { session: "s".into(), open: open(), is_kept: true };
        assert!(talk.keep_form(&romeo, form, Millis(0)));
        talk.forget(&romeo.to_bare());
        assert!(talk.take_dialogue(&romeo.to_bare(), Millis(1)).is_none());
        assert!(talk.picture(&romeo.to_bare(), Millis(1)).is_none());
        assert_eq!((memory.used(Use::Forms), memory.used(Use::Files)), (0, 0));
    }

    #[test]
    fn a_picture_and_a_recording_are_kept_apart_and_forgotten_together() {
        let (talk, memory) = talk();
        let romeo: BareJid = "romeo@x".parse().unwrap();
        let picture = || File::at(Link::parse("https://x.lit/1.jpg").unwrap()).unwrap();
        assert!(talk.keep_picture(&romeo, picture(), Millis(0)));
        assert!(talk.recording(&romeo, Millis(1)).is_none());
        assert_eq!(talk.picture(&romeo, Millis(1)), Some(picture()));
        talk.forget_files(&romeo, Millis(1));
        assert_eq!((talk.picture(&romeo, Millis(1)), memory.used(Use::Files)), (None, 0));
    }
}
