//! What people write: which command it is, and what they are told.

use std::sync::Arc;

use uuid::Uuid;

use super::{Service, talk::Dialogue};
use crate::{
    chat::{
        self,
        answer::{Answer, Outcome},
        command::{Access, Call, Command},
        draft::{Draft, Step, is_cancel},
        field::{Field, Wrong},
        service::Caller,
        table::{self, COMMANDS, JOIN},
        text::TEXT_MAX,
        words::{Reading, guard, read_body},
    },
    component::{
        dispatch::{attachment::awaits_picture, repetition::recent::Fate, session::ONE},
        inbound::{Asker, Return, Upload, Words, measure},
    },
    db,
    domain::{clock::Millis, conversation::Said, lang::Lang, name::name},
    people,
    say::{command::Told, texts::Text, voice::words as message},
    talk::waiting::Bare,
};

/// What a message means. Exactly one of these, found without asking anybody.
#[derive(Debug)]
enum Meaning {
    /// A command, and everything it needs is there.
    Command(Call),
    /// Part of a dialogue that asks for the rest of a command.
    Dialogue(Dialogue),
    /// A picture or a recording that waits for its share, and the dialogue it came into.
    Upload(Upload, Option<Dialogue>),
    /// A command but for the value of a field; what is wrong with that, and the language of the
    /// word.
    Wrong(&'static Field, Wrong, Option<Lang>),
    /// The end of a dialogue.
    Cancel(Lang),
    /// A block, the end of one, or a report, of whoever is behind what it points at.
    Behind(Call),
    /// Words that begin like one of these, and that nobody else should read unasked.
    Unfit(&'static Command),
    /// What was heard already, sent once more.
    Again(Fate),
    /// An answer to something that was delivered; or nothing that is understood. What it was read
    /// as says how to help.
    Answer(Reading),
}

impl Service {
    /// Answers what a person wrote, once it is durable.
    pub(super) async fn words(self: Arc<Self>, asker: Asker, words: Words) {
        let meaning = self.meaning(&asker, &words);
        let before = self.note_heard(&asker, &words, &meaning);
        let (service, who, id) = (Arc::clone(&self), asker.from.to_bare(), asker.id.clone());
        match meaning {
            Meaning::Command(call) => self.command_in_words(asker, words, call).await,
            Meaning::Dialogue(dialogue) => self.hear(asker, words, dialogue).await,
            Meaning::Upload(file, dialogue) => self.upload(asker, words, file, dialogue).await,
            Meaning::Cancel(lang) => {
                self.note_writing(&asker).await;
                self.acknowledge(&asker, words.wants_receipt).await;
                self.tell(&asker, lang, &Told::Cancelled.in_lang(lang)).await;
            }
            // It has the same id: acknowledging the first acknowledges this too.
            Meaning::Again(Fate::Underway) => {}
            Meaning::Again(Fate::Done) => self.acknowledge(&asker, words.wants_receipt).await,
            Meaning::Wrong(field, wrong, said) => {
                let Ok(lang) = self.lang_of(&asker, said).await else {
                    return self.say_try_later(&asker).await;
                };
                self.note_writing(&asker).await;
                self.acknowledge(&asker, words.wants_receipt).await;
                self.tell(&asker, lang, &field.tell(&wrong, lang)).await;
            }
            Meaning::Behind(call) => self.guard(asker, words, call).await,
            Meaning::Unfit(command) => self.ask_back(&asker, &words, command).await,
            Meaning::Answer(reading) => self.answer_in_words(asker, words, reading, before).await,
        }
        service.heard().finish(&who, &id, service.clock.now());
    }

    /// Tells how a command is written that somebody seems to have meant.
    pub(super) async fn ask_back(&self, asker: &Asker, words: &Words, command: &'static Command) {
        self.note_writing(asker).await;
        self.acknowledge(asker, words.wants_receipt).await;
        self.help_with(asker, &Reading::Unfit(command)).await;
    }

    /// Remembers what is heard once: bare words, and what a dialogue takes. Answers when a bare word
    /// was heard just before.
    fn note_heard(&self, asker: &Asker, words: &Words, meaning: &Meaning) -> Option<Millis> {
        let is_of_dialogue = match meaning {
            Meaning::Dialogue(_) | Meaning::Cancel(_) => true,
            Meaning::Answer(_) => false,
            Meaning::Command(_)
            | Meaning::Upload(..)
            | Meaning::Wrong(..)
            | Meaning::Behind(_)
            | Meaning::Unfit(_)
            | Meaning::Again(_) => return None,
        };
        let is_words = matches!(words.said, Said::Words(_));
        let is_bare = is_words && Bare::read(words.said.words()).is_some();
        if !is_bare && !is_of_dialogue {
            return None;
        }
        let (who, stanza) = (asker.from.to_bare(), (asker.id.as_str(), words.text.as_str()));
        self.heard().hear(&who, stanza, is_bare, self.clock.now())
    }

    /// What refers to a message is an answer, unless it is nothing but a command of one's own safety;
    /// else what is a command is one; else it belongs to the dialogue that is open; else it is an answer
    /// to the latest thing.
    fn meaning(&self, asker: &Asker, words: &Words) -> Meaning {
        let (who, now) = (asker.from.to_bare(), self.clock.now());
        let reading = self.for_whom(asker, read_body(&words.text, words.said.words()));
        let dialogue = self.talk.take_dialogue(&who, now);
        let is_upon = dialogue.as_ref().is_some_and(|it| it.upon == asker.id);
        let fate = self.heard().fate(&who, &asker.id, &words.text, now);
        if let Some(fate) = fate.filter(|_| !is_upon) {
            if let Some(dialogue) = dialogue {
                self.talk.keep_dialogue(&who, dialogue, now);
            }
            return Meaning::Again(fate);
        }
        let is_ours = |dialogue: &Dialogue| words.answers(&dialogue.question);
        let is_long = matches!(reading, Reading::Long(_));
        let guard = guard::guard(words.said.words()).filter(|_| is_said(words));
        if is_long || (words.refers() && !dialogue.as_ref().is_some_and(is_ours)) {
            if let Some(guard::Guard::Call(call)) = guard {
                return Meaning::Command(call);
            }
            if let Some(dialogue) = dialogue {
                self.talk.keep_dialogue(&who, dialogue, now);
            }
            return match guard {
                Some(guard::Guard::Behind(call)) => Meaning::Behind(call),
                Some(guard::Guard::Unfit(command)) => Meaning::Unfit(command),
                Some(guard::Guard::Call(_)) | None => Meaning::Answer(reading),
            };
        }
        match &words.upload {
            // Nothing says that it belongs to a share: it may answer what came last.
            Some(Upload::Recording(Ok(_)))
                if dialogue.is_none() && self.talk.picture(&who, now).is_none() =>
            {
                return Meaning::Answer(reading);
            }
            Some(file) => return Meaning::Upload(file.clone(), dialogue),
            None => {}
        }
        match (dialogue, reading) {
            (Some(dialogue), _) if is_cancel(words.said.words()) => {
                Meaning::Cancel(dialogue.open.lang)
            }
            (Some(dialogue), reading) => match reading {
                Reading::Call(call)
                    if !dialogue.open.takes_prose()
                        && !is_verdict(&call)
                        && !dialogue.open.offers(words.said.words()) =>
                {
                    Meaning::Command(call)
                }
                reading if is_apart(&dialogue.open, words.said.words()) => {
                    self.talk.keep_dialogue(&who, dialogue, now);
                    Meaning::Answer(reading)
                }
                _ => Meaning::Dialogue(dialogue),
            },
            (None, Reading::Call(call)) if !is_verdict(&call) => Meaning::Command(call),
            (None, Reading::Wrong(field, wrong, said)) => Meaning::Wrong(field, wrong, said),
            (None, reading) => match guard {
                Some(guard::Guard::Unfit(command)) => Meaning::Unfit(command),
                _ => Meaning::Answer(reading),
            },
        }
    }

    /// To whom it is not one, a command of the administrators is a word like any other.
    fn for_whom(&self, asker: &Asker, reading: Reading) -> Reading {
        let command = match &reading {
            Reading::Call(call) => call.command,
            Reading::Unfit(command) => command,
            Reading::Wrong(..) | Reading::Other(..) | Reading::Long(_) => return reading,
        };
        if command.access == Access::Admin && !self.is_admin(asker) {
            return Reading::Other(command.node.to_owned(), None);
        }
        reading
    }

    pub(super) async fn command_in_words(self: Arc<Self>, asker: Asker, words: Words, call: Call) {
        if call.missing().is_some() {
            let said = call.lang;
            let open = Draft::new(call, self.info.lang);
            return self.ask_the_rest(asker, words, open, said).await;
        }
        let mut call = call;
        if *call.command == JOIN
            && let Some(nick) = words.nick.as_deref().and_then(name)
            && !self.rules.reserved.is_taken(&nick)
        {
            call.values.entry("nick").or_insert_with(|| vec![nick]);
        }
        if awaits_picture(&call)
            && self.talk.picture(&asker.from.to_bare(), self.clock.now()).is_none()
        {
            return self.await_picture(asker, words, call).await;
        }
        let open = Draft::new(call, self.info.lang);
        self.do_in_words(asker, words.wants_receipt, open).await;
    }

    /// Begins a dialogue. It is spoken in the language of the account, which has to be looked up.
    async fn ask_the_rest(
        self: Arc<Self>,
        asker: Asker,
        words: Words,
        mut open: Draft,
        said: Option<Lang>,
    ) {
        let caller = self.caller(&asker);
        let account = async { self.db.look_up().await?.account(caller.jid.as_str()).await }.await;
        let Ok(account) = account else { return self.say_try_later(&asker).await };
        if account.is_none() && open.call.command.access != Access::Admin {
            // Told before all the questions, and not behind them. What anybody may use asks none.
            return self.do_in_words(asker, words.wants_receipt, open).await;
        }
        open.lang = self.info.lang_of(account.as_ref(), &caller, said);
        self.note_writing(&asker).await;
        self.acknowledge(&asker, words.wants_receipt).await;
        self.ask(&asker, open, None).await;
    }

    /// The language that somebody is answered in. `word`: that of the command they used.
    pub(super) async fn lang_of(&self, asker: &Asker, word: Option<Lang>) -> db::Result<Lang> {
        let caller = self.caller(asker);
        let account = self.db.look_up().await?.account(caller.jid.as_str()).await?;
        Ok(self.info.lang_of(account.as_ref(), &caller, word))
    }

    /// The same for somebody who used no word; without their account, when the database does not
    /// answer.
    pub(super) async fn lang_for(&self, asker: &Asker) -> Lang {
        let fallback = asker.lang.unwrap_or(self.info.lang);
        self.lang_of(asker, None).await.unwrap_or(fallback)
    }

    pub(super) async fn go_on_in_words(
        self: Arc<Self>,
        asker: Asker,
        words: Words,
        open: Draft,
        step: Step,
    ) {
        match step {
            Step::Show(wrong) => {
                self.note_writing(&asker).await;
                self.acknowledge(&asker, words.wants_receipt).await;
                self.ask(&asker, open, wrong).await;
            }
            Step::Perform => self.do_in_words(asker, words.wants_receipt, open).await,
        }
    }

    /// Asks what a dialogue asks next, and keeps it.
    pub(super) async fn ask(&self, asker: &Asker, open: Draft, wrong: Option<String>) {
        let text = match wrong {
            Some(wrong) => format!("{wrong}\n{}", open.question()),
            None => open.question(),
        };
        self.ask_in_words(asker, &text, open).await;
    }

    /// Asks something, the answer to which goes on with `open`. What cannot be kept is not asked.
    pub(super) async fn ask_in_words(&self, asker: &Asker, text: &str, open: Draft) {
        let (id, lang) = (self.chance.uuid(self.clock.now()), open.lang);
        let (now, upon) = (self.clock.now(), asker.id.clone());
        let dialogue = Dialogue { question: id.to_string(), open, asked: now, upon };
        if self.talk.keep_dialogue(&asker.from.to_bare(), dialogue, now) {
            self.tell_as(asker, id, lang, text).await;
        } else {
            let told = Told::FormTooLarge { max_kib: ONE >> 10 }.in_lang(lang);
            self.tell(asker, lang, &told).await;
        }
    }

    /// Does a command, and tells what came of it; what it lacks is got first.
    pub(super) async fn do_in_words(
        self: Arc<Self>,
        asker: Asker,
        wants_receipt: bool,
        mut open: Draft,
    ) {
        if !self.lacks(&asker, &open.call) {
            return self.do_now(asker, wants_receipt, open).await;
        }
        let tasks = self.tasks.clone();
        tasks
            .start(async move {
                match self.bring(&asker, open.call).await {
                    Ok(call) => {
                        open.call = call;
                        self.do_now(asker, wants_receipt, open).await;
                    }
                    Err(told) => {
                        self.note_writing(&asker).await;
                        self.acknowledge(&asker, wants_receipt).await;
                        let lang = self.lang_for(&asker).await;
                        self.tell(&asker, lang, &told).await;
                    }
                }
            })
            .await;
    }

    async fn do_now(self: Arc<Self>, asker: Asker, wants_receipt: bool, mut open: Draft) {
        let done = self.perform(&asker, open.call.clone(), true).await;
        let tasks = self.tasks.clone();
        tasks
            .start(async move {
                let Some(Outcome { lang, answer, after, .. }) = done.await else {
                    return self.say_try_later(&asker).await;
                };
                self.acknowledge(&asker, wants_receipt).await;
                match answer {
                    Answer::Done(text) | Answer::Refused(text) => {
                        self.tell(&asker, lang, &text).await;
                    }
                    Answer::Ask(question) => {
                        open.asked = Some(question);
                        open.lang = lang;
                        self.ask(&asker, open, None).await;
                    }
                }
                self.afterwards(&asker, after).await;
            })
            .await;
    }

    /// Tells somebody who was not understood what would be, if they may be told.
    pub(super) async fn help_with(&self, asker: &Asker, reading: &Reading) {
        if !self.may_help(asker) {
            return;
        }
        let lang = self.lang_for(asker).await;
        let text = match reading {
            Reading::Unfit(command) | Reading::Call(Call { command, .. }) => {
                Told::Usage { usage: command.usage.in_lang(lang) }.in_lang(lang)
            }
            Reading::Wrong(field, wrong, _) => field.tell(wrong, lang),
            Reading::Long(length) => Text::TooLong { length: *length, max: TEXT_MAX }.in_lang(lang),
            Reading::Other(given, Some(word)) => Told::DidYouMean { given, word }.in_lang(lang),
            Reading::Other(..) => chat::help::all(COMMANDS, lang, self.is_admin(asker)),
        };
        self.tell(asker, lang, &text).await;
    }

    /// Says something to somebody who was not understood, if they may be told.
    pub(super) async fn help(&self, asker: &Asker, text: &Text<'_>) {
        if self.may_help(asker) {
            self.say(asker, text).await;
        }
    }

    pub(super) fn may_help(&self, asker: &Asker) -> bool {
        self.rules.limits.may_help(&asker.from.to_bare())
    }

    /// Whose address cannot be read is told so, in the measure of their domain.
    pub(super) async fn say_illegible(&self, to: &Return, lang: Option<Lang>) {
        if measure(&to.to).is_some_and(|whose| self.rules.limits.may_help(&whose)) {
            let (id, lang) = (self.chance.uuid(self.clock.now()), lang.unwrap_or(self.info.lang));
            let text = Text::Illegible.in_lang(lang);
            self.put(message(&self.voice, &to.to, id, lang, &text, None)).await;
        }
    }

    /// The writer is there: what waits for them is released.
    pub(super) async fn note_writing(&self, asker: &Asker) {
        let (jid, id) = (asker.from.to_bare().to_string(), asker.id.clone());
        let noted = self.committer.begin(move |tx, world| {
            Box::pin(async move { people::account::wrote_under(tx, world, &jid, &id).await })
        });
        drop(noted.await);
    }

    /// Who calls, as far as the stanza says.
    pub(super) fn caller(&self, asker: &Asker) -> Caller {
        let jid = asker.from.to_bare();
        Caller {
            lang: asker.lang,
            may_join: self.register.allows(&jid),
            is_admin: self.is_admin(asker),
            key: asker.id.clone(),
            picture: self.talk.picture(&jid, self.clock.now()),
            recording: self.talk.recording(&jid, self.clock.now()),
            jid,
        }
    }

    /// Says something to a person, as a reply to what they wrote.
    pub(super) async fn tell(&self, asker: &Asker, lang: Lang, text: &str) {
        self.tell_as(asker, self.chance.uuid(self.clock.now()), lang, text).await;
    }

    async fn tell_as(&self, asker: &Asker, id: Uuid, lang: Lang, text: &str) {
        let to = asker.from.to_bare();
        let replied = Some(asker.id.as_str()).filter(|id| !id.is_empty());
        self.put(message(&self.voice, to.as_str(), id, lang, text, replied)).await;
    }

    /// As [`Service::tell`], in the asker's language.
    pub(super) async fn say(&self, asker: &Asker, text: &Text<'_>) {
        let lang = self.lang_for(asker).await;
        self.tell(asker, lang, &text.in_lang(lang)).await;
    }

    /// Says that the database does not answer, without asking it for the asker's language. What
    /// they said may be sent again as it is.
    pub(super) async fn say_try_later(&self, asker: &Asker) {
        self.heard().forget(&asker.from.to_bare(), &asker.id, self.clock.now());
        let lang = asker.lang.unwrap_or(self.info.lang);
        self.tell(asker, lang, &Text::TryLater.in_lang(lang)).await;
    }
}

/// Whether it is words, which can be read.
fn is_said(words: &Words) -> bool {
    matches!(words.said, Said::Words(_) | Said::Correction { .. }) && !words.encrypted
}

/// Whether this is a yes, no or block that is no answer to the choice that is asked for.
fn is_apart(open: &Draft, text: &str) -> bool {
    open.asked.is_some() && matches!(Bare::read(text), Some(Bare::Word(_))) && !open.offers(text)
}

/// A yes or no that does not say to whom: what it answers has to be found first.
pub(super) fn is_verdict(call: &Call) -> bool {
    [table::consent::YES, table::consent::NO].contains(call.command) && call.one("who").is_none()
}
