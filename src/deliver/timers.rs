//! Timers are rows: a look at the database every now and then is all the clockwork there is.

use std::{sync::Arc, time::Duration};

use tokio_util::sync::CancellationToken;

use crate::{
    card::{self, own::follow::News, say_own},
    claim,
    committer::{Boxed, Committer},
    db::{self, Db},
    domain::{
        address::Address,
        clock::{Clock, Millis},
        delivery::State,
        invitation::{self, Code, KEPT, LIFE, Limits},
        lang::Lang,
        letter::{self, Channel, Letter},
        unfinished::{FIRST, TURNS},
    },
    invite::{self, invitation::Count, say_address, say_invitation},
    link::stream::{Outlet, Up},
    metrics::Metrics,
    panics, people,
    post::letter::Budgets,
    share::{self, removal::Place},
    unfinished,
    world::World,
};

/// How often due rows are looked for.
const LOOK: Duration = Duration::from_millis(500);
/// Looks between two counts of what is open, and notes that the stream is well: 15 s.
const COUNT: u32 = 30;
/// Looks between two rounds of forgetting what is over, and of counting it: 10 min.
const FORGET: u32 = 1200;
/// Rows of what is over, each of a few words, forgotten in one transaction.
const FORGOTTEN: i64 = 500;
/// Collected cards forgotten in one transaction.
const COLLECTED: i64 = 100;
/// Pictures, which are large, forgotten in one transaction.
const PICTURES: i64 = 20;

/// Cards looked at in one transaction, whether they are to be sent again.
const CARDS: i64 = 100;
/// Removals behind which the log is emptied at one time.
const REMOVALS: i64 = 500;
/// Passes over what is due at one look, each a transaction: what many have typed at one moment arrives
/// together all the same.
const PASSES: usize = 16;
/// Portions of those who follow changed cards that are told at one look.
const TELLINGS: usize = 16;
/// Portions of what is unfinished, and of shares that are over, each a transaction, behind one look.
const PORTIONS: usize = 50;
/// Invitations counted at one look.
const COUNTED: i64 = 2_000;
/// Accounts of whose invitations a few are looked at in one transaction.
const INVITERS: i64 = 25;

/// The clockwork.
pub struct Timers {
    /// Where reads go.
    pub db: Db,
    /// Where writes go.
    pub committer: Committer,
    /// Whose stream is well.
    pub outlet: Outlet,
    /// The time.
    pub clock: Clock,
    /// What is counted.
    pub metrics: Arc<Metrics>,
    /// How people are invited.
    pub invite: Arc<Inviting>,
}

/// What one look does not finish. It is begun anew by the next process.
#[derive(Debug, Default)]
struct Rounds {
    /// How far shares are forgotten.
    forgetting: Option<Place>,
    /// How far invitations are counted.
    counting: Option<Count>,
    /// It was told that the log cannot be emptied, and it could not since.
    log_is_told: bool,
}

/// How people are invited.
#[derive(Debug, Clone)]
pub struct Inviting {
    /// How often.
    pub limits: Limits,
    /// What letters can be sent.
    pub budgets: Budgets,
    /// The service's name.
    pub service: String,
    /// Where the pages are, without a slash at the end; invitations by letter lead to them by
    /// https only.
    pub pages: Option<String>,
}

impl Inviting {
    /// The letter to somebody who is not reached by XMPP.
    fn letter(&self, to: &Address, inviter: &str, lang: Lang, code: Code) -> Option<Letter> {
        let channel = Channel::of(to);
        let pages = self.pages.as_deref().filter(|pages| pages.starts_with("https://"))?;
        self.budgets.of(channel).filter(|_| channel != Channel::Chat)?;
        let url = format!("{pages}/i/{code}");
        let (subject, text) = say_invitation::letter(&self.service, inviter, &url, lang);
        Some(Letter {
            to: to.clone(),
            account: inviter.to_owned(),
            kind: letter::Kind::Invitation,
            subject,
            text,
            stop: Some(url),
            life: LIFE,
        })
    }
}

impl Timers {
    /// Looks until `stop`.
    pub async fn run(self, stop: CancellationToken) {
        let (mut looks, mut rounds, mut is_told) = (0_u32, Rounds::default(), false);
        while stop.run_until_cancelled(tokio::time::sleep(LOOK)).await.is_some() {
            looks = looks.wrapping_add(1);
            let looked = panics::contain(&self.metrics, self.look(looks, &mut rounds)).await;
            match looked {
                Some(Ok(())) => is_told = false,
                Some(Err(error)) => {
                    tell(&mut is_told, &error, "the database does not answer the timers");
                }
                None => {}
            }
        }
    }

    async fn look(&self, looks: u32, rounds: &mut Rounds) -> db::Result<()> {
        if self.db.is_log_long() {
            self.restart_log().await;
        }
        let now = self.clock.now();
        let mut tx = self.db.read().await?;
        if claim::is_due(&mut tx, now).await? {
            self.committer.outbox().queued();
        }
        let mut over = false;
        for state in [State::Held, State::Parked, State::Claimed, State::Handed] {
            over |= !tx.due(state, now, 1).await?.is_empty();
        }
        let cards = !tx.again_due(now, 1).await?.is_empty();
        let unfinished = tx.is_unfinished(now).await?;
        let forgets = tx.collected_over(now).await?;
        let invites = !tx.inviters_due(now, 1).await?.is_empty();
        let changed = tx.own_card_due(now).await?.is_some();
        let removals = tx.removals(REMOVALS).await?;
        if looks % COUNT == 1 {
            self.count(&mut tx, looks % FORGET == 1).await?;
            rounds.counting.get_or_insert_default();
        }
        self.count_invitations(&mut tx, &mut rounds.counting).await?;
        // Ended by now and not some time later, or it might keep the log from being emptied.
        tx.commit().await?;
        if over {
            self.move_on().await;
        }
        if invites {
            self.invite().await;
        }
        if cards {
            self.send_again().await;
        }
        if changed {
            self.tell_changes().await;
        }
        if unfinished {
            self.go_on().await;
        }
        if forgets {
            self.forget_cards().await;
        }
        if !removals.is_empty() {
            self.empty_log(removals, &mut rounds.log_is_told).await;
        }
        if looks.is_multiple_of(COUNT) {
            self.touch().await;
        }
        if looks.is_multiple_of(FORGET) {
            self.forget().await;
            rounds.forgetting.get_or_insert_default();
        }
        if let Some(place) = rounds.forgetting {
            rounds.forgetting = self.forget_shares(place).await;
        }
        Ok(())
    }

    /// Moves on what is due, first what has been for longest; of very much the rest is found at the next
    /// look.
    async fn move_on(&self) {
        for _ in 0..PASSES {
            let moved = self
                .committer
                .run(|tx, world| Box::pin(async move { claim::due(tx, world).await }));
            let Ok(true) = moved.await else { break };
        }
    }

    /// Sends the invitations that are due; what is left is found at the next look.
    async fn invite(&self) {
        let inviting = Arc::clone(&self.invite);
        let told = self.committer.run(move |tx, world| {
            Box::pin(async move {
                let letter = |to: &Address, inviter: &str, lang, code| {
                    inviting.letter(to, inviter, lang, code)
                };
                let limits = &inviting.limits;
                invite::invitation::tell(tx, world, limits, INVITERS, &letter).await
            })
        });
        let _ = told.await;
    }

    /// Queues cards that a client should have acknowledged and has not; what is left is found at the
    /// next look.
    async fn send_again(&self) {
        let queued = self.committer.run(|tx, world| {
            Box::pin(async move { card::inbox::send_again(tx, world, CARDS).await })
        });
        if let Ok(queued @ 1..) = queued.await {
            self.metrics.resent.inc_by(queued);
        }
    }

    /// Brings the changes of cards to those who follow them; what is left is found at the next look.
    async fn tell_changes(&self) {
        for _ in 0..TELLINGS {
            let told = self.committer.run(|tx, world| {
                Box::pin(async move {
                    let words = |news: &News<'_>| {
                        let News { lang, giver, nick, handle, changes } = *news;
                        say_own::changed(giver, nick, handle, changes, lang)
                    };
                    card::own::follow::tell(tx, world, &words).await
                })
            });
            let Ok(true) = told.await else { break };
        }
    }

    /// Goes on with what is unfinished. What is left is found at the next look.
    async fn go_on(&self) {
        // However much there is of one of these, the others go on.
        let kinds = [Millis(0), FIRST, TURNS].into_iter().cycle();
        for from in kinds.take(PORTIONS) {
            let moved = self.committer.run(move |tx, world| {
                Box::pin(async move {
                    match unfinished::go_on_from(tx, world, from).await? {
                        None => unfinished::go_on(tx, world).await,
                        some => Ok(some),
                    }
                })
            });
            let Ok(Some(_)) = moved.await else { break };
        }
    }

    /// Forgets cards that were deleted a day ago, and what others were before they were changed.
    async fn forget_cards(&self) {
        let forgotten = self.committer.run(|tx, world| {
            Box::pin(async move { card::collected::forget(tx, world, COLLECTED).await })
        });
        if forgotten.await.is_err() {
            tracing::debug!("cards that were deleted are forgotten at the next look");
        }
    }

    /// Makes the log short again, for which everybody waits a moment. If somebody reads for too long,
    /// it is tried again at the next look.
    async fn restart_log(&self) {
        match self.db.restart_log().await {
            Ok(true) => tracing::info!("the database's log was long, and is empty again"),
            Ok(false) => tracing::warn!("the database's log stays long while somebody reads"),
            Err(error) => tracing::warn!(%error, "the database's log stays long"),
        }
    }

    /// Empties the log behind these removals. While it cannot be emptied, because somebody reads
    /// what was there before, they stay noted, and it is tried again at the next look.
    async fn empty_log(&self, removals: Vec<(String,)>, is_told: &mut bool) {
        match self.db.empty_log().await {
            Ok(true) => {
                *is_told = false;
                let emptied = self
                    .committer
                    .run(move |tx, _| Box::pin(async move { tx.forget_removals(&removals).await }));
                if emptied.await.is_err() {
                    tracing::debug!("the log is emptied once more");
                }
            }
            Ok(false) => tracing::debug!("what was erased stays in the log while somebody reads"),
            Err(error) => {
                tell(is_told, &error, "what was erased stays in the database's log for now");
            }
        }
    }

    /// Forgets shares that are over behind `place`. Answers where the next look goes on.
    async fn forget_shares(&self, place: Place) -> Option<Place> {
        let mut next = Some(place);
        for _ in 0..PORTIONS {
            let place = next?;
            let forgotten = self.committer.run(move |tx, world| {
                Box::pin(async move { share::removal::forget(tx, world, place).await })
            });
            next = forgotten.await.ok().flatten();
        }
        next
    }

    /// Forgets what else is over, in portions that hold nobody up.
    async fn forget(&self) {
        self.all(FORGOTTEN, |tx, world| {
            let before = world.now.before(people::report::KEPT);
            Box::pin(async move {
                let rows = tx.delete_old_reports(before, FORGOTTEN).await?;
                Ok(rows.max(tx.delete_old_proofs(world.now, FORGOTTEN).await?))
            })
        })
        .await;
        self.all(FORGOTTEN, |tx, world| {
            Box::pin(async move {
                let rows = tx.delete_old_saved(world.now, FORGOTTEN).await?;
                let rows = rows.max(tx.delete_old_exports(world.now, FORGOTTEN).await?);
                Ok(rows.max(tx.delete_old_card_desks(world.now, FORGOTTEN).await?))
            })
        })
        .await;
        let over = self.committer.run(|tx, world| {
            Box::pin(async move {
                tx.delete_old_letters(world.now.before(letter::KEPT), FORGOTTEN).await?;
                invite::proof::doubt(tx, world, FORGOTTEN, say_address::stale).await
            })
        });
        if over.await.is_err() {
            tracing::debug!("codes and letters that are over are forgotten later");
        }
        self.all(FORGOTTEN, |tx, world| {
            Box::pin(async move {
                let until = world.now.before(KEPT);
                let rows = tx.delete_old_invitations(until, FORGOTTEN).await?;
                Ok(rows.max(tx.delete_old_asked(until, FORGOTTEN).await?))
            })
        })
        .await;
        self.all(FORGOTTEN, |tx, world| Box::pin(people::consent::lapse(tx, world, FORGOTTEN)))
            .await;
        self.all(FORGOTTEN, |tx, world| {
            Box::pin(invite::account_link::forget(tx, world.now, FORGOTTEN))
        })
        .await;
        self.all(PICTURES, |tx, world| Box::pin(share::picture::forget(tx, world, PICTURES))).await;
    }

    /// Does this again until it finds less than `limit`, or the database takes nothing.
    async fn all<P>(&self, limit: i64, portion: P)
    where
        P: for<'t> Fn(&'t mut db::Tx, &'t World) -> Boxed<'t, db::Result<u64>>
            + Copy
            + Send
            + 'static,
    {
        let is_full = |n: u64| i64::try_from(n).unwrap_or(0) == limit;
        while self.committer.run(portion).await.is_ok_and(is_full) {}
    }

    /// Counts what has not ended; and what has, if `all`, which reads everything.
    async fn count(&self, tx: &mut db::Tx, all: bool) -> db::Result<()> {
        let now = self.clock.now();
        let (depth, oldest) = tx.queue(now.0).await?;
        self.metrics.queue_depth.set(depth);
        let age =
            oldest.map_or(Duration::ZERO, |since| now.since(crate::domain::clock::Millis(since)));
        self.metrics.queue_age.set(age.as_secs_f64());
        let counted = if all { tx.count_states().await? } else { tx.count_open().await? };
        for state in State::ALL.into_iter().filter(|state| all || !state.has_ended()) {
            let n = counted.iter().find(|(code, _)| *code == state.code()).map_or(0, |(_, n)| *n);
            self.metrics.deliveries(state.name(), n);
        }
        Ok(())
    }

    /// Goes on with a count of invitations, if one is under way, and tells what it has come to.
    async fn count_invitations(
        &self,
        tx: &mut db::Tx,
        counting: &mut Option<Count>,
    ) -> db::Result<()> {
        // One that fails is begun anew.
        let Some(mut count) = counting.take() else { return Ok(()) };
        if !count.go_on(tx, COUNTED).await? {
            *counting = Some(count);
            return Ok(());
        }
        for channel in Channel::ALL.map(Channel::name) {
            for state in invitation::State::ALL {
                self.metrics.invitations(channel, state.name(), count.of(state, channel));
            }
        }
        Ok(())
    }

    /// Notes until when the stream was well, for a process that comes after a loss of power.
    async fn touch(&self) {
        let up = *self.outlet.state().borrow();
        if let Up::Up(stream) = up {
            let _ = self
                .committer
                .run(move |tx, world| {
                    Box::pin(async move { tx.touch_stream(stream, world.now).await })
                })
                .await;
        }
    }
}

/// Tells what has failed: once, and then to whoever looks for it, for it fails at each look.
fn tell(is_told: &mut bool, error: &db::Error, what: &str) {
    if std::mem::replace(is_told, true) {
        tracing::debug!(%error, "{what}");
    } else {
        tracing::warn!(%error, "{what}");
    }
}

#[cfg(test)]
mod tests;
