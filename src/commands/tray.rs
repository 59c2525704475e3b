//! Cards that somebody was offered: which wait, yes, no, and taking some of one.

use super::{
    call::{After, Answer, Call, Caller, Outcome},
    run::{At, Desk, Done},
    table::YES,
};
use crate::{
    domain::{
        card::Part,
        consent::Verdict,
        offer::Decision,
        text::{one_line, shorten},
    },
    ops::{
        World, collected,
        consent::Asker,
        tray::{self, Back, Decided, Meant, Offered, Which, Word},
    },
    render::{message::who, refused::refusal, told::Told, tray::Tray},
    store::db::{Result, Tx},
};

/// Cards that are listed at a time.
const PAGE: usize = 10;
/// The most characters of a name.
const NAME: usize = 60;

/// Does what somebody said about an offer without a command that names it.
///
/// # Errors
/// When the database does not answer; then nothing was done.
pub async fn decide(
    tx: &mut Tx,
    world: &World,
    desk: &Desk,
    caller: &Caller,
    meant: &Meant,
) -> Result<Outcome> {
    let account = tx.account(caller.jid.as_str()).await?;
    let lang = desk.lang_of(account.as_ref(), caller, None);
    let call = Call::of(&YES);
    let mut at = At { tx, world, desk, caller, call: &call, lang, read: 0 };
    let (answer, after) = at.meant(meant).await?;
    Ok(Outcome { lang, answer, after, read: at.read })
}

impl At<'_> {
    /// The cards that wait for his word.
    pub(super) async fn pending(&mut self) -> Done {
        let after = self.call.number("number").unwrap_or(0);
        let most = i64::try_from(PAGE + 1).unwrap_or(i64::MAX);
        let mut waiting =
            tray::pending(self.tx, self.world.now, &self.caller.jid, after, most).await?;
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
        let Some(it) = tray::offered(self.tx, &jid, Which::Handle(handle)).await? else {
            let is_none = parts.is_empty();
            return Ok((!is_none).then(|| self.refuse_card(&Tray::NoParts { handle })));
        };
        let decided = tray::take(self.tx, self.world, &jid, &it, &parts).await?;
        Ok(Some(self.decided(&it, decided)))
    }

    /// Does not take the card of this number, or deletes it when he has it.
    pub(super) async fn drop_card(&mut self) -> Done {
        let jid = self.caller.jid.clone();
        let handle = self.call.number("number").unwrap_or_default();
        let it = tray::offered(self.tx, &jid, Which::Handle(handle)).await?;
        if let Some(it) = it.filter(|it| it.decision != Decision::Taken) {
            let decided = tray::decline(self.tx, self.world, &jid, &it).await?;
            return Ok(self.decided(&it, decided));
        }
        let now = self.call.one("now").is_some();
        if collected::delete(self.tx, self.world, jid.as_str(), handle, now).await? {
            let told = if now { Tray::Gone { handle } } else { Tray::Dropped { handle } };
            return Ok(self.done_card(&told));
        }
        Ok(self.refuse(&Told::NoSuchNumber { handle }))
    }

    /// A yes or no that names an offer by its number; or none, and then the only one that waits,
    /// unless somebody waits for an answer too. None when it is about something else.
    pub(super) async fn decide_offer(
        &mut self,
        verdict: Verdict,
        asking: &[Asker],
    ) -> Result<Option<(Answer, After)>> {
        let jid = self.caller.jid.clone();
        let word = match verdict {
            Verdict::Yes => Word::Yes(self.call.one("card").unwrap_or_default().to_owned()),
            Verdict::No => Word::No,
            Verdict::Asked | Verdict::Blocked => return Ok(None),
        };
        let meant = match self.call.one("who") {
            Some(given) => {
                let number = given.parse::<i64>().ok();
                let number = number.filter(|n| asking.iter().all(|asker| asker.number != *n));
                let Some(handle) = number else { return Ok(None) };
                let it = tray::offered(self.tx, &jid, Which::Handle(handle)).await?;
                it.map(|it| Meant::This(Box::new(it), word))
            }
            None if !asking.is_empty() => None,
            None => {
                let mut waiting = tray::pending(self.tx, self.world.now, &jid, 0, 2).await?;
                match (waiting.pop(), waiting.is_empty()) {
                    (Some(it), true) => Some(Meant::This(Box::new(it), word)),
                    (Some(_), false) => Some(Meant::Several(word)),
                    (None, _) => None,
                }
            }
        };
        match meant {
            Some(meant) => self.meant(&meant).await.map(Some),
            None => Ok(None),
        }
    }

    async fn meant(&mut self, meant: &Meant) -> Done {
        let jid = self.caller.jid.clone();
        let (it, word) = match meant {
            Meant::This(it, word) => (it, word),
            Meant::Several(word) => {
                let most = i64::try_from(PAGE).unwrap_or(i64::MAX);
                let waiting = tray::pending(self.tx, self.world.now, &jid, 0, most).await?;
                let which = if *word == Word::No { Tray::WhichNo } else { Tray::WhichYes };
                let mut lines = vec![self.tray(&which)];
                lines.extend(waiting.iter().map(|it| self.line(it)));
                return Ok((Answer::Refused(lines.join("\n")), After::Nothing));
            }
        };
        let decided = match word {
            Word::Yes(name) => {
                let back = Back::Own(name.to_lowercase());
                tray::accept(self.tx, self.world, &jid, it, back).await?
            }
            Word::Thumb => tray::take(self.tx, self.world, &jid, it, &[]).await?,
            Word::No => tray::decline(self.tx, self.world, &jid, it).await?,
        };
        Ok(self.decided(it, decided))
    }

    /// What he is told.
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
                (Answer::Done(text), After::Queued)
            }
            Decided::Swapped => {
                let text = self.tray(&Tray::Swapped { handle, name, who });
                (Answer::Done(text), After::Queued)
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
