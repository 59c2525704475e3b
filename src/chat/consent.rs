//! Who may show whom something: yes, no, block; and what people complain about.

use std::{str::FromStr, time::Duration};

use jid::BareJid;

use super::{
    answer::{After, Answer},
    command::{Context, Done},
};
use crate::{
    db::Result,
    domain::{
        consent::{LAPSE, Verdict},
        report::{Reason, Reported, WORDS_MAX},
    },
    invite::invitation::is_invited,
    people::{
        consent::{Asker, SAID_MAX, askers, blocked_by, decide, unblock},
        report,
        say::Say,
        store_report::{ReportRow, ReporterRow},
    },
    say::{command::Told, texts::Text, voice::who},
    share::history,
};

/// For so long the number of a question that was answered names nobody whose thing has that number.
const AGAIN: Duration = Duration::from_mins(10);
/// Blocks, and complaints of one person, that are listed at a time.
const LISTED: i64 = 20;
/// People who complain that are listed at a time.
const REPORTERS: i64 = 50;

impl Context<'_> {
    /// Yes, no or block. Without anybody named it is about the only one who asked.
    pub(super) async fn decide(&mut self, verdict: Verdict) -> Done {
        let jid = self.caller.jid.clone();
        if self.tx.account(jid.as_str()).await?.is_none() {
            // Anybody who has not joined was asked whether they want to.
            let is_invited = is_invited(self.tx, self.world.now, jid.as_str()).await?;
            return if verdict == Verdict::Yes && is_invited {
                self.join().await
            } else {
                Ok((Answer::Refused(Text::NotJoined.in_lang(self.lang)), After::Nothing))
            };
        }
        let waiting = askers(self.tx, self.world, jid.as_str()).await?;
        // The same word once more is about nobody else; nor, whatever became of the question, is it
        // unasked about a card of that number.
        let again = match self.call.number("who") {
            Some(number) if waiting.iter().any(|asker| asker.number == number) => false,
            Some(number) if verdict == Verdict::Blocked => {
                self.tx.has_answered(jid.as_str(), number, self.world.now.before(AGAIN)).await?
            }
            Some(number) => {
                self.tx.was_asked(jid.as_str(), number, self.world.now.before(LAPSE)).await?
            }
            None => false,
        };
        if let Some(done) = self.decide_offer(verdict, &waiting, again).await? {
            return Ok(done);
        }
        if again {
            return Ok(self.refuse_with(&Say::NobodyAsks));
        }
        let Some(other) = self.other(&waiting, verdict).await? else {
            let blocks = verdict == Verdict::Blocked;
            let told = if blocks { Say::BlockWhom } else { Say::NobodyAsks };
            return Ok(self.refuse_with(&told));
        };
        // A whole server can be blocked and nothing else; but a program may have its name.
        let asks = waiting.iter().any(|asker| asker.jid == other);
        if other.node().is_none() && verdict != Verdict::Blocked && !asks {
            return Ok(self.refuse_with(&Say::NobodyAsks));
        }
        if verdict != Verdict::Blocked
            && let Some(done) = self.still_blocked(&other).await?
        {
            return Ok(done);
        }
        if !decide(self.tx, self.world, &jid, &other, verdict).await? {
            return Ok(self.refuse_with(&Say::SaidEnough { max: SAID_MAX }));
        }
        let nick = waiting.iter().find(|asker| asker.jid == other);
        let nick = nick.and_then(|asker| asker.nick.as_deref());
        let shown = who(nick, other.as_str());
        let mut lines = vec![
            match verdict {
                Verdict::Yes | Verdict::Asked => Say::Let { who: &shown },
                Verdict::No => Say::Refused { who: &shown },
                Verdict::Blocked => Say::Blocked { who: other.as_str() },
            }
            .in_lang(self.lang),
        ];
        let left = askers(self.tx, self.world, jid.as_str()).await?;
        if !left.is_empty() {
            let list: Vec<String> = left
                .iter()
                .map(|it| format!("{}  {}", it.number, who(it.nick.as_deref(), it.jid.as_str())))
                .collect();
            lines.push(Say::StillAsking { list: &list.join("\n") }.in_lang(self.lang));
        }
        Ok((Answer::Done(lines.join("\n")), After::Nothing))
    }

    /// What they are told of a word about somebody whom they have blocked; none when they have not.
    pub(super) async fn still_blocked(
        &mut self,
        other: &BareJid,
    ) -> Result<Option<(Answer, After)>> {
        let by = blocked_by(self.tx, self.world, &self.caller.jid, other).await?;
        let say =
            |by: String| self.refuse_with(&Say::StillBlocked { who: other.as_str(), by: &by });
        Ok(by.map(say))
    }

    /// Who is meant: by the number of a question, else, of a block, of a thing; or by the address.
    async fn other(&mut self, waiting: &[Asker], verdict: Verdict) -> Result<Option<BareJid>> {
        let Some(given) = self.call.one("who") else {
            return Ok(waiting.first().map(|asker| asker.jid.clone()));
        };
        let Ok(number) = given.parse::<i64>() else { return Ok(BareJid::from_str(given).ok()) };
        if let Some(asker) = waiting.iter().find(|asker| asker.number == number) {
            return Ok(Some(asker.jid.clone()));
        }
        let item = history::item(self.tx, &self.caller.jid, Some(number)).await?;
        let sender = item.and_then(|item| item.from).and_then(|from| from.jid.parse().ok());
        Ok(sender.filter(|_| verdict == Verdict::Blocked))
    }

    pub(super) async fn unblock(&mut self) -> Done {
        let jid = self.caller.jid.clone();
        let given = self.call.one("who").unwrap_or_default();
        let other = BareJid::from_str(given).ok();
        let was = match &other {
            Some(other) => unblock(self.tx, &jid, other).await?,
            None => false,
        };
        Ok(if was {
            self.done(&Say::Unblocked { who: given })
        } else {
            self.refuse_with(&Say::NotBlocked { who: given })
        })
    }

    pub(super) async fn blocks(&mut self) -> Done {
        let blocked = self.tx.blocked_by(self.caller.jid.as_str(), LISTED).await?;
        Ok(self.done(&Say::Blocks { list: &blocked.join("\n") }))
    }

    /// A complaint about a thing that the caller was sent.
    pub(super) async fn report(&mut self) -> Done {
        let handle = self.call.number("number").unwrap_or(0);
        let item = history::item(self.tx, &self.caller.jid, Some(handle)).await?;
        let Some(item) = item else { return Ok(self.refuse(&Told::NoSuchNumber { handle })) };
        let Some(from) = item.from else { return Ok(self.refuse_with(&Say::OwnThing)) };
        let reason = self.call.one("reason").map(Reason::of).unwrap_or_default();
        let words = self.call.one("words").unwrap_or_default();
        let length = words.chars().count();
        if length > WORDS_MAX {
            return Ok(self.refuse_with(&Say::LongReport { length, max: WORDS_MAX }));
        }
        let (jid, about) = (&self.caller.jid, (from.jid.as_str(), reason));
        let done = report::report(self.tx, self.world, jid, about, Some(item.share), words).await?;
        let who = who(from.nick.as_deref(), &from.jid);
        let told = Say::reported(done, &who, &from.jid);
        Ok(match done {
            Reported::New => (Answer::Done(told.in_lang(self.lang)), After::Reported),
            Reported::Again => self.done(&told),
            Reported::NothingCame | Reported::TooOften => self.refuse_with(&told),
        })
    }

    /// What people complain about, a line for each who does; or all of one of them, by the address
    /// or the number of a complaint. For administrators.
    pub(super) async fn reports(&mut self) -> Done {
        let below = self.call.number("below").unwrap_or(i64::MAX);
        let lines = match self.call.one("who") {
            None => {
                let rows = self.tx.reporters(below, REPORTERS).await?;
                rows.iter().map(|row| self.reporter_line(row)).collect::<Vec<String>>()
            }
            Some(given) => {
                let no = given.parse::<i64>().ok();
                let reporter = match no {
                    Some(no) => self.tx.reporter(no).await?.unwrap_or_default(),
                    None => given.to_owned(),
                };
                let below = no.map_or(below, |no| below.min(no.saturating_add(1)));
                let rows = self.tx.reports_of(&reporter, below, LISTED).await?;
                rows.iter().map(|row| self.report_line(row)).collect()
            }
        };
        if lines.is_empty() {
            return Ok(self.refuse_with(&Say::NoReports));
        }
        Ok((Answer::Done(lines.join("\n")), After::Nothing))
    }

    fn reporter_line(&self, row: &ReporterRow) -> String {
        let ReporterRow { last, count } = row;
        if *count == 1 {
            return self.report_line(last);
        }
        let (no, at, count) = (last.no, last.at(), *count);
        let (reporter, accused) = (last.reporter.as_str(), last.accused.as_str());
        Say::Reporter { no, at, reporter, count, accused }.in_lang(self.lang)
    }

    fn report_line(&self, row: &ReportRow) -> String {
        let share = if row.ref_code.is_empty() {
            String::new()
        } else {
            format!("{}/s/{}", self.info.public_url, row.ref_code)
        };
        let told = Say::Report {
            no: row.no,
            at: row.at(),
            reporter: &row.reporter,
            accused: &row.accused,
            reason: row.reason(),
            share: &share,
            words: &row.text,
        };
        told.in_lang(self.lang)
    }

    /// Lets an account send nothing any more, or again; for administrators.
    pub(super) async fn suspend(&mut self, bar: bool) -> Done {
        let given = self.call.one("who").unwrap_or_default();
        let changed = if bar {
            self.tx.bar(given, self.world.now).await?
        } else {
            self.tx.unbar(given).await?
        };
        Ok(match (changed, bar) {
            (true, true) => self.done(&Say::Suspended { who: given }),
            (true, false) => self.done(&Say::Unsuspended { who: given }),
            (false, _) => self.refuse_with(&Say::Already { who: given }),
        })
    }

    fn done(&self, say: &Say<'_>) -> (Answer, After) {
        (Answer::Done(say.in_lang(self.lang)), After::Nothing)
    }

    pub(super) fn refuse_with(&self, say: &Say<'_>) -> (Answer, After) {
        (Answer::Refused(say.in_lang(self.lang)), After::Nothing)
    }
}
