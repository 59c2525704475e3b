//! Does a command: in the committer's next group, or beside it when it begins with reading.

use std::sync::Arc;

use jid::BareJid;
use tokio::sync::oneshot;

use super::Service;
use crate::{
    chat::{
        self,
        answer::{After, Answer, Outcome},
        command::{Call, Work},
        service::Caller,
    },
    committer::Boxed,
    component::inbound::Asker,
    invite::list::Asked,
    limits::Turn,
    people,
    say::texts::Text,
    world::{Rows, World},
};

impl Service {
    /// Does a command after everything that was asked before: in the committer's next group, or
    /// beside it when it only reads. What it answers comes once that is kept; none when the
    /// database did not take it.
    pub(super) async fn perform(
        self: &Arc<Self>,
        asker: &Asker,
        call: Call,
        has_written: bool,
    ) -> Boxed<'static, Option<Outcome>> {
        let (service, caller, work) = (Arc::clone(self), self.caller(asker), call.command.work);
        if matches!(work, Work::Add | Work::Change) {
            return service.change(asker.clone(), caller, call, has_written).await;
        }
        let is_marked = has_written || matches!(work, Work::SearchAndChange(_));
        let mark = if is_marked { Some(self.mark(asker, has_written).await) } else { None };
        let asker = asker.clone();
        Box::pin(async move {
            let Some(mark) = mark else { return service.look(asker, caller, call, None).await };
            let mark = mark.await.ok()?;
            service.look(asker, caller, call, Some(mark)).await
        })
    }

    /// Marks among all that is written when something was asked, and notes that somebody has
    /// written to us.
    async fn mark(&self, asker: &Asker, has_written: bool) -> oneshot::Receiver<Asked> {
        let (jid, id) = (asker.from.to_bare().to_string(), asker.id.clone());
        let mark = self.committer.begin(move |tx, world| {
            Box::pin(async move {
                if has_written {
                    people::account::wrote_under(tx, world, &jid, &id).await?;
                }
                Ok(Asked::now(world))
            })
        });
        mark.await
    }

    /// Does what begins with reading, beside the committer; what goes through much, in its turn.
    async fn look(
        self: Arc<Self>,
        asker: Asker,
        caller: Caller,
        call: Call,
        mark: Option<Asked>,
    ) -> Option<Outcome> {
        let (limits, info, work) = (&self.rules.limits, &self.info, call.command.work);
        let looks_first = matches!(work, Work::SearchAndChange(_));
        let searches = looks_first || matches!(work, Work::Search);
        let mut turn = None;
        // Whoever has not joined is told so, which takes no turn.
        if searches && self.has_joined(&asker).await.ok()? {
            turn = self.turn(&caller.jid).await;
            if turn.is_none() {
                return Some(self.busy(&asker).await);
            }
        }
        let (now, chance) = (self.clock.now(), self.chance.clone());
        // Nothing is written, so no picture is asked for either.
        let (metrics, rules) = (Arc::clone(&self.metrics), Arc::clone(&self.rules));
        let world = World { now, chance, pictures: false, metrics, rules, rows: Rows::default() };
        let mut tx = self.db.read().await.ok()?;
        if let Some(mark) = mark.filter(|_| turn.is_some() && looks_first) {
            let found = chat::run::look_for(&mut tx, &world, info, &caller, call, mark).await;
            let (call, read) = found.ok()?;
            // Whoever writes may take long, and others can search meanwhile.
            drop((tx, turn));
            limits.went_through(&caller.jid, read);
            return Arc::clone(&self).change(asker, caller, call, false).await.await;
        }
        let outcome = chat::run::run(&mut tx, &world, info, &caller, &call).await.ok()?;
        limits.went_through(&caller.jid, outcome.read);
        Some(outcome)
    }

    /// A turn at going through much on behalf of `who`; none when too many of theirs, or of all, wait
    /// for one already.
    pub(super) async fn turn(&self, who: &BareJid) -> Option<Turn> {
        let _place = self.tasks.stand_in_line(who)?;
        self.rules.limits.turn(who.as_str()).await
    }

    /// Says that too much of theirs is going on already.
    async fn busy(&self, asker: &Asker) -> Outcome {
        let lang = self.lang_for(asker).await;
        let answer = Answer::Refused(Text::Busy.in_lang(lang));
        Outcome { lang, answer, after: After::Nothing, read: 0 }
    }

    /// Does what changes something, in the committer's next group.
    async fn change(
        self: Arc<Self>,
        asker: Asker,
        caller: Caller,
        call: Call,
        has_written: bool,
    ) -> Boxed<'static, Option<Outcome>> {
        let (service, command) = (Arc::clone(&self), call.command);
        let done = self
            .committer
            .begin(move |tx, world| {
                Box::pin(async move {
                    // Whatever comes of it, so that the time says nothing about it.
                    tx.note_queued();
                    if has_written {
                        let (who, id) = (caller.jid.as_str(), caller.key.as_str());
                        people::account::wrote_under(tx, world, who, id).await?;
                    }
                    chat::run::run(tx, world, &service.info, &caller, &call).await
                })
            })
            .await;
        Box::pin(async move {
            let outcome = done.await.ok()?;
            match outcome.after {
                After::NeedsZone => Some(self.with_zone(&asker, command, outcome).await),
                _ => Some(outcome),
            }
        })
    }

    /// What has to be done once a command's outcome is kept.
    pub(super) async fn afterwards(&self, asker: &Asker, after: After) {
        match after {
            After::Nothing | After::NeedsZone => {}
            After::Reported => drop(self.metrics.reports.inc()),
            After::Joined => self.welcome(asker).await,
            After::Left => self.say_goodbye(asker).await,
            After::Shared => {
                self.metrics.shares_accepted.inc();
                self.talk.forget_files(&asker.from.to_bare(), self.clock.now());
            }
        }
    }
}

#[cfg(test)]
mod tests;
