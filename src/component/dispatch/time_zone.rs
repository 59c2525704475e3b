//! XEP-0202, asked the other way round: the time zone of somebody who has set quiet hours and has
//! not said where they are.

use std::{sync::Arc, time::Duration};

use tokio::{sync::oneshot, time::timeout};

use super::Service;
use crate::{
    chat::{
        answer::Outcome,
        command::{Call, Command},
        run::run,
    },
    component::{
        inbound::{Asker, Known},
        reply,
    },
    domain::quiet::Zone,
    people::account::{Quiet, set_quiet},
};

/// How long a client may take to tell its time before its person is answered without.
const WAIT: Duration = Duration::from_secs(5);

impl Service {
    /// Asks the client with which somebody set their quiet hours, and answers what is set then: by
    /// `command`, which shows it. As `before` when the client does not say.
    pub(super) async fn with_zone(
        self: Arc<Self>,
        asker: &Asker,
        command: &'static Command,
        before: Outcome,
    ) -> Outcome {
        let Some(zone) = self.ask_zone(asker).await else { return before };
        let (service, caller) = (Arc::clone(&self), self.caller(asker));
        let learned = self.committer.run(move |tx, world| {
            Box::pin(async move {
                let zone = zone.to_string();
                set_quiet(tx, world, caller.jid.as_str(), Quiet::ClientZone(&zone)).await?;
                run(tx, world, &service.info, &caller, &Call::of(command)).await
            })
        });
        learned.await.unwrap_or(before)
    }

    async fn ask_zone(&self, asker: &Asker) -> Option<Zone> {
        // The server would answer for a bare address, and with its own time.
        asker.from.resource()?;
        let _place = self.tasks.wait(&asker.from.to_bare())?;
        let id = format!("zone-{:x}", self.chance.bits());
        let (answer, answered) = oneshot::channel();
        self.talk.keep_question(&asker.from, &id, answer, self.clock.now());
        self.put(reply::ask_time(&asker.to.to_bare(), &asker.from, &id)).await;
        timeout(WAIT, answered).await.ok()?.ok()?
    }

    /// Takes what a client says of its time. False when it was not asked.
    pub(super) fn told_zone(&self, asker: &Asker, known: Known) -> bool {
        let zone = if let Known::Zone(zone) = known { Some(zone) } else { None };
        let waiting = self.talk.take_question(&asker.from, &asker.id, self.clock.now());
        waiting.map(|answer| answer.send(zone)).is_some()
    }
}
