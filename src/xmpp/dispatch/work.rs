//! Does a command: in the committer's next group, or beside it when it only reads.

use std::sync::Arc;

use super::Service;
use crate::{
    commands::{
        self,
        call::{After, Call, Outcome},
    },
    ops::{self, World, commit::Boxed},
    xmpp::inbound::Asker,
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
        let (service, caller) = (Arc::clone(self), self.caller(asker));
        let (this, asker, command) = (Arc::clone(self), asker.clone(), call.command);
        if call.command.only_reads() {
            let noted = if has_written { Some(self.begin_noting(&asker).await) } else { None };
            return Box::pin(async move {
                if let Some(noted) = noted
                    && noted.await.ok()?
                {
                    service.committer.outbox().queued();
                }
                let (now, chance) = (service.clock.now(), service.chance.clone());
                // Nothing is written, so no picture is asked for either.
                let (metrics, rules) = (Arc::clone(&service.metrics), Arc::clone(&service.rules));
                let world = World { now, chance, pictures: false, metrics, rules };
                let mut tx = service.db.read().await.ok()?;
                commands::run::run(&mut tx, &world, &service.desk, &caller, &call).await.ok()
            });
        }
        let done = self
            .committer
            .begin(move |tx, world| {
                Box::pin(async move {
                    let jid = caller.jid.as_str();
                    let released = has_written && ops::account::wrote(tx, world, jid).await?;
                    let desk = &service.desk;
                    let outcome = commands::run::run(tx, world, desk, &caller, &call).await?;
                    Ok((released || outcome.after.queues(), outcome))
                })
            })
            .await;
        Box::pin(async move {
            let (queued, outcome) = done.await.ok()?;
            if queued {
                this.committer.outbox().queued();
            }
            match outcome.after {
                After::NeedsZone => Some(this.with_zone(&asker, command, outcome).await),
                _ => Some(outcome),
            }
        })
    }

    /// What has to be done once a command's outcome is kept.
    pub(super) async fn afterwards(&self, asker: &Asker, after: After) {
        match after {
            After::Nothing | After::Queued | After::NeedsZone => {}
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
