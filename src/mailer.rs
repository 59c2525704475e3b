//! The edge that sends letters: mail, SMS, and words of ours to people by XMPP.
//!
//! What is to be sent stands in rows (`post/letter.rs`). Here they are claimed, given to their
//! channel, and it is noted what became of them. The id of a letter goes with it, so that whoever
//! gets it a second time, because the process died between sending and noting, can tell.
//!
//! [`mail`] speaks SMTP, over `smtp` and `counted`; [`gateway`] speaks HTTP to a provider of SMS,
//! and [`chat`] XMPP.

pub mod chat;
mod counted;
pub mod gateway;
pub mod mail;
mod smtp;

use std::{sync::Arc, time::Duration};

use tokio::{sync::Semaphore, task::JoinSet, time::timeout};
use tokio_util::sync::CancellationToken;

use self::{chat::Chat, gateway::Gateway, mail::Mail};
use crate::{
    committer::Committer,
    crash,
    db::{self, Db},
    domain::{
        clock::Clock,
        letter::Channel,
        text::{one_line, shorten},
    },
    metrics::Metrics,
    panics,
    post::{
        self,
        letter::{Budgets, Claimed, Tried},
    },
};

/// Characters of a reason that are kept and logged.
const SHOWN: usize = 300;
/// Letters on their way at one time by one channel: a gateway that says nothing holds no place of
/// another's.
const AT_ONCE: usize = 4;
/// How often due rows are looked for.
const LOOK: Duration = Duration::from_secs(1);
/// How long one try may take with everything, whatever its gateway says meanwhile: less than the lease.
const PATIENCE: Duration = Duration::from_mins(1);
/// How long the last letters are waited for at the end.
const LAST: Duration = Duration::from_secs(8);
/// How long a note that the database did not take is kept back before it is tried again.
const AGAIN: Duration = Duration::from_millis(500);

/// How SMS are sent.
#[derive(Debug, Clone)]
pub enum Sms {
    /// By a provider's HTTP gateway.
    Http(Box<Gateway>),
    /// By an XMPP gateway whose addresses are numbers: the pattern, with `%n` for the digits.
    Xmpp(String),
}

/// What letters can be sent by.
#[derive(Debug, Clone)]
pub struct Channels {
    /// Always there.
    pub chat: Chat,
    /// To phone numbers.
    pub sms: Option<Sms>,
    /// To mail addresses.
    pub mail: Option<Mail>,
}

impl Channels {
    async fn send(&self, letter: &Claimed) -> Tried {
        if letter.needless {
            return Tried::Taken;
        }
        let missing = || Tried::Refused("nothing is configured that reaches it".into());
        match letter.channel {
            Channel::Chat => self.chat.send(letter.to.shown(), letter).await,
            Channel::Sms => match &self.sms {
                Some(Sms::Http(gateway)) => gateway.send(letter).await,
                Some(Sms::Xmpp(pattern)) => {
                    let digits = letter.to.shown().trim_start_matches('+');
                    self.chat.send(&pattern.replace("%n", digits), letter).await
                }
                None => missing(),
            },
            Channel::Mail => match &self.mail {
                Some(mail) => mail.send(letter).await,
                None => missing(),
            },
        }
    }
}

/// Sends what is due.
pub struct Worker {
    /// Where reads go.
    pub db: Db,
    /// Where claims and results go.
    pub committer: Committer,
    /// The time.
    pub clock: Clock,
    /// What is counted.
    pub metrics: Arc<Metrics>,
    /// How mails and text messages are sent.
    pub channels: Channels,
    /// How much a day.
    pub budgets: Budgets,
}

impl Worker {
    /// Works until `stop`, then waits a moment for what is on its way.
    pub async fn run(self, stop: CancellationToken) {
        // What an earlier process was sending: this one is the only one now.
        let orphans = self
            .committer
            .run(|tx, world| Box::pin(async move { tx.orphan_letters(world.now).await }));
        if orphans.await.is_err() {
            tracing::warn!("letters of an earlier process wait for the end of their lease");
        }
        let worker = Arc::new(self);
        let mut running = JoinSet::new();
        let places = Channel::ALL.map(|channel| (channel, Arc::new(Semaphore::new(AT_ONCE))));
        while !stop.is_cancelled() {
            for (channel, places) in &places {
                let free = places.available_permits();
                let letters =
                    if free == 0 { Vec::new() } else { worker.claim(*channel, free).await };
                for letter in letters {
                    // No more are claimed than there are places.
                    let place = Arc::clone(places).try_acquire_owned();
                    let worker = Arc::clone(&worker);
                    running.spawn(async move {
                        worker.work(letter).await;
                        drop(place);
                    });
                }
            }
            tokio::select! {
                biased;
                () = stop.cancelled() => {}
                Some(_) = running.join_next() => {}
                () = tokio::time::sleep(LOOK) => {}
            }
        }
        let _ = timeout(LAST, async { while running.join_next().await.is_some() {} }).await;
    }

    async fn claim(&self, channel: Channel, free: usize) -> Vec<Claimed> {
        let now = self.clock.now();
        let due = async { post::letter::is_due(&mut self.db.read().await?, channel, now).await };
        match due.await {
            Ok(true) => {}
            Ok(false) => return Vec::new(),
            Err(error) => {
                let error: db::Error = error;
                tracing::debug!(%error, "the database does not say which letters are due");
                return Vec::new();
            }
        }
        let (budgets, limit) = (self.budgets, i64::try_from(free).unwrap_or(1));
        let claimed = self.committer.run(move |tx, world| {
            Box::pin(async move { post::letter::claim(tx, world, budgets, channel, limit).await })
        });
        claimed.await.unwrap_or_default()
    }

    /// Sends one and notes what became of it, however long the database takes: what is not noted
    /// would be sent again.
    async fn work(&self, letter: Claimed) {
        if letter.again {
            self.metrics.letters_resent.inc();
        }
        crash::point("letter-claimed");
        // Whatever a gateway answers, and whoever reads it, the letter is tried again.
        let sending = panics::contain(&self.metrics, self.channels.send(&letter));
        let tried = match timeout(PATIENCE, sending).await {
            Ok(Some(tried)) => tried,
            Ok(None) => Tried::Later("what it was answered has found a fault of ours".into()),
            Err(_) => Tried::Later("it took too long".into()),
        };
        // In others' words, which are no lines of the log.
        let tried = match tried {
            Tried::Taken => Tried::Taken,
            Tried::Later(reason) => Tried::Later(shorten(&one_line(&reason), SHOWN)),
            Tried::Refused(reason) => Tried::Refused(shorten(&one_line(&reason), SHOWN)),
        };
        crash::point("letter-sent");
        let channel = letter.channel.name();
        match &tried {
            Tried::Taken if letter.needless => {}
            Tried::Taken => self.metrics.letters(channel, "taken"),
            Tried::Later(reason) => {
                self.metrics.letters(channel, "later");
                tracing::warn!(%reason, channel, "a letter was not taken, and is tried again");
            }
            Tried::Refused(reason) => {
                self.metrics.letters(channel, "refused");
                tracing::warn!(%reason, channel, "a letter was refused");
            }
        }
        loop {
            let (letter, tried) = (letter.clone(), tried.clone());
            let noted = self.committer.run(move |tx, world| {
                Box::pin(async move { post::letter::tried(tx, world, &letter, &tried).await })
            });
            if noted.await.is_ok() {
                return;
            }
            tokio::time::sleep(AGAIN).await;
        }
    }
}
