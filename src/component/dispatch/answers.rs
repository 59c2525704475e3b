//! Passing on what people say about what was shared.

use std::sync::Arc;

use jid::BareJid;
use tokio::sync::oneshot;

use super::{Service, words::is_verdict};
use crate::{
    card::{self, inbox::Word},
    chat::{
        answer::{Answer, Outcome},
        bare_word,
        command::Call,
        draft::Draft,
        run::run,
        service::Caller,
        table::consent::{BLOCK, NO, YES},
        words::{Reading, consent},
    },
    component::{
        answer::{saying, told},
        inbound::{Asker, Words},
    },
    db::{self, Tx},
    domain::{clock::Millis, consent::Verdict, conversation::Said},
    invite,
    people::{self, consent::Reply},
    say::{refusal::refused as why, texts::Text},
    talk::{
        self,
        answer::Answered,
        waiting::{self, About},
    },
    world::World,
};

/// What was made of words.
pub(super) enum Taken {
    /// An answer to something that was delivered, or nothing that is understood.
    Answer(Answered),
    /// The answer of somebody who was invited, or a word about what waits for one; and the command
    /// that goes on when something is asked.
    Command(Call, Outcome),
}

/// The command that a word to a question of ours stands for.
fn call_of(verdict: Verdict, who: &BareJid) -> Call {
    let mut call = Call::of(match verdict {
        Verdict::Yes | Verdict::Asked => &YES,
        Verdict::No => &NO,
        Verdict::Blocked => &BLOCK,
    });
    call.values.insert("who", vec![who.to_string()]);
    call
}

/// Whether somebody says these words who has not joined, and who was asked for them. `is_plain`:
/// they mean the same from anybody, even as a reply to something.
async fn is_asked(tx: &mut Tx, world: &World, caller: &Caller, is_plain: bool) -> db::Result<bool> {
    let jid = caller.jid.as_str();
    Ok(tx.account(jid).await?.is_none()
        && (is_plain || invite::invitation::is_invited(tx, world.now, jid).await?))
}

impl Service {
    /// Takes what somebody wrote as an answer, in the committer's next group: what is said first
    /// is passed on first. A yes, no or block to a question of ours is none; nor is a `verdict`, a
    /// yes or no that is no answer to anything else. None when it cannot be one; then the author is
    /// told so. `before`: when a bare word was heard just before.
    async fn take_answer(
        &self,
        asker: &Asker,
        words: &Words,
        verdict: Option<Call>,
        before: Option<Millis>,
    ) -> Option<oneshot::Receiver<Taken>> {
        if words.encrypted {
            self.help(asker, &Text::Encrypted).await;
            return None;
        }
        let saying = match saying(asker, words) {
            Ok(saying) => saying,
            Err(_) if !self.may_help(asker) => return None,
            Err(refused) => {
                let lang = self.lang_for(asker).await;
                let text = Text::BadProduct { why: &why(&refused, lang) }.in_lang(lang);
                self.tell(asker, lang, &text).await;
                return None;
            }
        };
        let consent = consent(words.said.words());
        let (caller, info) = (self.caller(asker), Arc::clone(&self.info));
        let begun = self.committer.begin(move |tx, world| {
            Box::pin(async move {
                // Whatever comes of it, so that the time says nothing about it.
                tx.note_queued();
                let (who, under) = (caller.jid.as_str(), caller.key.as_str());
                if let Some((call, is_plain)) = consent
                    && is_asked(tx, world, &caller, is_plain).await?
                {
                    let outcome = run(tx, world, &info, &caller, &call).await?;
                    return Ok(Taken::Command(call, outcome));
                }
                let mut call = match people::consent::meant(tx, world, &saying).await? {
                    Some(Reply::Word(who, verdict)) => Some(call_of(verdict, &who)),
                    Some(Reply::Other(asks)) => {
                        people::account::wrote_under(tx, world, who, under).await?;
                        let is_toggled = matches!(saying.said, Said::Reaction { .. })
                            && saying.said.words().is_empty();
                        let answered = match tx.account(caller.jid.as_str()).await? {
                            None => Answered::NotJoined,
                            Some(_) if is_toggled => Answered::Pointless,
                            Some(_) => Answered::Question(asks),
                        };
                        return Ok(Taken::Answer(answered));
                    }
                    None => None,
                };
                let mut card = None;
                if call.is_none() {
                    match waiting::about(tx, world, &saying, before).await? {
                        About::Nothing => card = card::inbox::meant(tx, world, &saying).await?,
                        About::Question(asker, verdict) => {
                            call = Some(call_of(verdict, &asker.jid));
                        }
                        About::Card(meant) => card = Some(meant),
                        About::Unclear { bare, all, talk } => {
                            people::account::wrote_under(tx, world, who, under).await?;
                            let said = (bare, saying.said.words());
                            let talk = talk.as_ref();
                            let (call, outcome) =
                                bare_word::which(tx, &info, &caller, said, &all, talk).await?;
                            return Ok(Taken::Command(call, outcome));
                        }
                    }
                }
                if let Some(meant) = card {
                    people::account::wrote_under(tx, world, who, under).await?;
                    if matches!(saying.said, Said::Reaction { .. }) && meant.word != Word::No {
                        // Whoever gave the card sees it too, as with anything else; but no refusal.
                        talk::answer::answer(tx, world, &saying).await?;
                    }
                    let (decided, outcome) =
                        bare_word::decide(tx, world, &info, &caller, &meant).await?;
                    return Ok(Taken::Command(decided, outcome));
                }
                if call.is_none() {
                    if before.is_some()
                        && let Some(talk) = waiting::spoken_to(tx, world, &saying).await?
                    {
                        return Ok(Taken::Answer(Answered::Unclear(vec![talk])));
                    }
                    let answered = talk::answer::answer(tx, world, &saying).await?;
                    let is_none = matches!(answered, Answered::Nothing | Answered::NotJoined);
                    call = verdict.filter(|_| is_none);
                    if call.is_none() {
                        return Ok(Taken::Answer(answered));
                    }
                }
                let Some(call) = call else { return Ok(Taken::Answer(Answered::Nothing)) };
                people::account::wrote_under(tx, world, who, under).await?;
                let outcome = run(tx, world, &info, &caller, &call).await?;
                Ok(Taken::Command(call, outcome))
            })
        });
        Some(begun.await)
    }

    /// Tells the author what became of their answer, which is durable. False when it was none, and
    /// nothing was said.
    pub(super) async fn tell_answered(
        &self,
        asker: &Asker,
        wants_receipt: bool,
        answered: &Answered,
    ) -> bool {
        if *answered == Answered::Nothing {
            return false;
        }
        if matches!(answered, Answered::Passed { .. }) {
            self.heard().passed_on(&asker.from.to_bare(), self.clock.now());
        }
        if matches!(answered, Answered::Passed { .. } | Answered::Pointless) {
            self.acknowledge(asker, wants_receipt).await;
        }
        if let Answered::Passed { guessed: Some(talk) } = answered {
            let mut guesses =
                self.guesses.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            if !guesses.may_tell(&asker.from.to_bare(), talk.id, self.clock.now()) {
                return true;
            }
        }
        let lang = self.lang_for(asker).await;
        let is_taken = matches!(answered, Answered::Passed { .. });
        if let Some(text) = told(answered, lang)
            && (is_taken || self.may_help(asker))
        {
            self.tell(asker, lang, &text).await;
        }
        true
    }

    /// Takes words that are no command, or that refer to something, as an answer. Somebody who
    /// means neither is told what would be understood, according to what their words were read as.
    pub(super) async fn answer_in_words(
        self: Arc<Self>,
        asker: Asker,
        words: Words,
        reading: Reading,
        before: Option<Millis>,
    ) {
        let verdict = match &reading {
            Reading::Call(call) if is_verdict(call) => Some(call.clone()),
            _ => None,
        };
        let Some(begun) = self.take_answer(&asker, &words, verdict, before).await else { return };
        let tasks = self.tasks.clone();
        tasks
            .start(async move {
                let answered = match begun.await {
                    Ok(Taken::Answer(answered)) => answered,
                    Ok(Taken::Command(call, outcome)) => {
                        self.acknowledge(&asker, words.wants_receipt).await;
                        match outcome.answer {
                            Answer::Done(text) | Answer::Refused(text) => {
                                self.tell(&asker, outcome.lang, &text).await;
                            }
                            Answer::Ask(question) => {
                                let mut open = Draft::new(call, outcome.lang);
                                open.asked = Some(question);
                                self.ask(&asker, open, None).await;
                            }
                        }
                        return self.afterwards(&asker, outcome.after).await;
                    }
                    Err(_) => return self.say_try_later(&asker).await,
                };
                if self.tell_answered(&asker, words.wants_receipt, &answered).await {
                    return;
                }
                self.acknowledge(&asker, words.wants_receipt).await;
                if words.refers() {
                    self.help(&asker, &Text::WhichThing).await;
                } else if let Some(recording) = words.recording() {
                    self.keep_recording(&asker, recording).await;
                } else {
                    self.help_with(&asker, &reading).await;
                }
            })
            .await;
    }
}
