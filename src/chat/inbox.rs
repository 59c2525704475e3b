//! Cards that somebody was offered: which wait, yes, no, and taking some of one.

use super::{
    answer::{After, Answer, Question},
    command::{Context, Done},
};
use crate::{
    card::{
        collected,
        inbox::{self, Back, Decided, Meant, Offered, Which, Word},
        say_inbox::Tray,
    },
    db::Result,
    domain::{
        card::Part,
        consent::Verdict,
        lang::Lang,
        offer::Decision,
        text::{one_line, shorten},
    },
    people::consent::Asker,
    say::{command::Told, refusal::refusal, voice::who},
    talk::waiting::{Bare, Waits},
};

/// Cards that are listed at a time.
const PAGE: usize = 10;
/// The most characters of a name.
const NAME: usize = 60;

/// Asks which of `all` is meant, each by the number that it has: `yes 2` says the same as a yes and
/// then 2. `given`: what was written for it and can be several, of which the answer takes the place.
pub(super) fn asks(bare: Bare, all: &[Waits], given: &str, lang: Lang) -> Question {
    let option = |it: &Waits| match it {
        Waits::Question(Asker { jid, nick, .. }) => {
            let who = &who(nick.as_deref(), jid.as_str());
            (jid.to_string(), Tray::Stranger { who }.in_lang(lang))
        }
        Waits::Card(it) => {
            let name = &shorten(&one_line(it.offer.card.name()), NAME);
            let who = &who(it.nick.as_deref(), it.giver.as_str());
            let is_plain = bare.verdict().is_none();
            let value = if is_plain { it.handle.to_string() } else { format!("#{}", it.handle) };
            let of = if it.offer.how.update {
                Tray::ChangeOf { name, who }
            } else {
                Tray::CardOf { name, who, swap: it.offer.how.swap }
            };
            (value, of.in_lang(lang))
        }
    };
    let number = |it: &Waits| match it {
        Waits::Question(asker) => asker.number.to_string(),
        Waits::Card(it) => format!("#{}", it.handle),
    };
    let text = match bare.verdict() {
        Some(Verdict::Yes | Verdict::Asked) => Tray::WhichYes,
        Some(Verdict::No) => Tray::WhichNo,
        Some(Verdict::Blocked) => Tray::WhichBlock,
        None => Tray::WhichThumb,
    };
    Question {
        var: if bare.verdict().is_some() { "who" } else { "number" },
        instead_of: given.to_owned(),
        text: text.in_lang(lang),
        options: all.iter().map(option).collect(),
        numbers: all.iter().map(number).collect(),
    }
}

impl Context<'_> {
    /// The cards that wait for the caller's word.
    pub(super) async fn pending(&mut self) -> Done {
        let after = self.call.number("number").unwrap_or(0);
        let most = i64::try_from(PAGE + 1).unwrap_or(i64::MAX);
        let mut waiting =
            inbox::pending(self.tx, self.world.now, &self.caller.jid, after, most).await?;
        let has_more = waiting.len() > PAGE;
        waiting.truncate(PAGE);
        let Some(last) = waiting.last().map(|it| it.handle) else {
            return Ok(self.done_card(&if after == 0 { Tray::Empty } else { Tray::NoMore }));
        };
        let mut lines = vec![self.tray(&Tray::Head)];
        lines.extend(waiting.iter().map(|it| self.line(it)));
        let first = waiting.first().map_or(last, |it| it.handle);
        lines.push(self.tray(&Tray::HowTo { handle: first }));
        if has_more {
            lines.push(self.tray(&Tray::Next { handle: last }));
        }
        Ok((Answer::Done(lines.join("\n")), After::Nothing))
    }

    /// Takes the card of this number, or these parts of it; none when it is the number of none.
    pub(super) async fn save_card(&mut self, handle: i64) -> Result<Option<(Answer, After)>> {
        let jid = self.caller.jid.clone();
        let words = self.call.one("parts").unwrap_or_default();
        let parts: Vec<Part> = words.split_whitespace().filter_map(Part::of_token).collect();
        let Some(it) = inbox::offered(self.tx, &jid, Which::Handle(handle)).await? else {
            let is_none = parts.is_empty();
            return Ok((!is_none).then(|| self.refuse_card(&Tray::NoParts { handle })));
        };
        let decided = inbox::take(self.tx, self.world, &jid, &it, &parts).await?;
        Ok(Some(self.decided(&it, decided)))
    }

    /// Does not take the card of this number, or deletes it when the caller has it.
    pub(super) async fn drop_card(&mut self) -> Done {
        let jid = self.caller.jid.clone();
        let handle = self.call.number("number").unwrap_or_default();
        let it = inbox::offered(self.tx, &jid, Which::Handle(handle)).await?;
        if let Some(it) = it.filter(|it| it.decision != Decision::Taken) {
            let decided = inbox::decline(self.tx, self.world, &jid, &it).await?;
            return Ok(self.decided(&it, decided));
        }
        let now = self.call.one("now").is_some();
        if collected::delete(self.tx, self.world, jid.as_str(), handle, now).await? {
            let told = if now { Tray::Gone { handle } } else { Tray::Dropped { handle } };
            return Ok(self.done_card(&told));
        }
        Ok(self.refuse(&Told::NoSuchNumber { handle }))
    }

    /// A yes, no or block that names an offer by its number, or nothing, and then the only thing
    /// that waits; what it is about is asked if that can be several, or `again`: a question of this
    /// number is over. None when it is about a stranger.
    pub(super) async fn decide_offer(
        &mut self,
        verdict: Verdict,
        asking: &[Asker],
        again: bool,
    ) -> Result<Option<(Answer, After)>> {
        let jid = self.caller.jid.clone();
        let bare = Bare::Word(verdict);
        let Some(given) = self.call.one("who") else {
            let mut all = bare.waiting(self.tx, self.world, &jid).await?;
            return match (all.pop(), all.is_empty()) {
                (Some(Waits::Card(it)), true) => self.decide_card(verdict, it).await.map(Some),
                (Some(Waits::Question(_)), true) | (None, _) => Ok(None),
                (Some(last), false) => {
                    all.push(last);
                    Ok(Some((Answer::Ask(asks(bare, &all, "", self.lang)), After::Nothing)))
                }
            };
        };
        // As [`asks`] has written it, it is a card's.
        let (digits, is_card) = given.strip_prefix('#').map_or((given, false), |it| (it, true));
        let Some(handle) = digits.parse().ok().filter(|_| verdict != Verdict::Blocked) else {
            return Ok(None);
        };
        let it = inbox::offered(self.tx, &jid, Which::Handle(handle)).await?.map(Box::new);
        let asker = asking.iter().find(|it| it.number == handle && !is_card);
        match (asker, it) {
            (None, Some(it)) if again => {
                let all = [Waits::Card(it)];
                Ok(Some((Answer::Ask(asks(bare, &all, given, self.lang)), After::Nothing)))
            }
            (None, Some(it)) => self.decide_card(verdict, it).await.map(Some),
            (Some(asker), Some(it)) if it.waits(self.world.now) => {
                let all = [Waits::Question(asker.clone()), Waits::Card(it)];
                Ok(Some((Answer::Ask(asks(bare, &all, given, self.lang)), After::Nothing)))
            }
            (_, _) => Ok(None),
        }
    }

    async fn decide_card(&mut self, verdict: Verdict, it: Box<Offered>) -> Done {
        let name = self.call.one("card").unwrap_or_default().to_owned();
        let word = if verdict == Verdict::No { Word::No } else { Word::Yes(name) };
        self.meant(&Meant { it, word }).await
    }

    pub(super) async fn meant(&mut self, Meant { it, word }: &Meant) -> Done {
        let jid = self.caller.jid.clone();
        // Nothing of theirs goes back to somebody whom they have blocked.
        if matches!(word, Word::Yes(_))
            && it.offer.how.swap
            && let Some(done) = self.still_blocked(&it.giver).await?
        {
            return Ok(done);
        }
        let decided = match word {
            Word::Yes(name) => {
                let back = Back::Own(name.to_lowercase());
                inbox::accept(self.tx, self.world, &jid, it, back).await?
            }
            Word::Thumb => inbox::take(self.tx, self.world, &jid, it, &[]).await?,
            Word::No => inbox::decline(self.tx, self.world, &jid, it).await?,
        };
        Ok(self.decided(it, decided))
    }

    /// What the caller is told.
    fn decided(&self, it: &Offered, decided: Decided) -> (Answer, After) {
        let handle = it.handle;
        let name = &shorten(&one_line(it.offer.card.name()), NAME);
        let who = &who(it.nick.as_deref(), it.giver.as_str());
        match decided {
            Decided::Taken => {
                let mut text = self.tray(&Tray::Taken { handle, name });
                if it.offer.how.swap && it.decision != Decision::Taken {
                    text.push('\n');
                    text.push_str(&self.tray(&Tray::AsksForYours { handle, who }));
                }
                (Answer::Done(text), After::Nothing)
            }
            Decided::Swapped => {
                let text = self.tray(&Tray::Swapped { handle, name, who });
                (Answer::Done(text), After::Nothing)
            }
            Decided::Before => self.done_card(&Tray::Before { handle, name }),
            Decided::Declined => self.done_card(&Tray::Declined { handle, name }),
            Decided::Kept { handle, is_back } => self.done_card(&Tray::Kept { handle, is_back }),
            Decided::Over => self.refuse_card(&Tray::Over { handle }),
            Decided::Full => self.refuse_card(&Tray::Full { handle }),
            Decided::NoOwnCard(name) if name.is_empty() => {
                self.refuse_card(&Tray::NoOwnCard { handle })
            }
            Decided::NoOwnCard(name) => {
                let name = &shorten(&one_line(&name), NAME);
                self.refuse_card(&Tray::NoSuchOwnCard { handle, name })
            }
            Decided::Refused(why) => (Answer::Refused(refusal(&why, self.lang)), After::Nothing),
        }
    }

    /// A card that waits.
    fn line(&self, it: &Offered) -> String {
        self.tray(&Tray::Waits {
            handle: it.handle,
            name: &shorten(&one_line(it.offer.card.name()), NAME),
            who: &who(it.nick.as_deref(), it.giver.as_str()),
            until: it.expires,
            swap: it.offer.how.swap,
            third: it.offer.how.third,
        })
    }

    fn tray(&self, tray: &Tray<'_>) -> String {
        tray.in_lang(self.lang)
    }

    fn done_card(&self, tray: &Tray<'_>) -> (Answer, After) {
        (Answer::Done(self.tray(tray)), After::Nothing)
    }

    fn refuse_card(&self, tray: &Tray<'_>) -> (Answer, After) {
        (Answer::Refused(self.tray(tray)), After::Nothing)
    }
}
