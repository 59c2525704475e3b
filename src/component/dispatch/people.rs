//! Who takes part: joining and leaving, and who may see whom.

use std::{
    sync::{Arc, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::sync::oneshot;

use super::{Seen, Service};
use crate::{
    account::store::Subscriber,
    chat::{
        answer::{Answer, Outcome},
        command::Call,
        table::JOIN,
    },
    committer::NotKept,
    component::{
        inbound::{Asker, Presence, Registration},
        presence, vcard,
    },
    db,
    domain::{id::StreamNo, lang::Lang},
    invite::{
        self,
        join::{Came, Wish},
    },
    leave, outbox,
};

impl Service {
    /// Whether somebody takes part.
    pub(super) async fn has_joined(&self, asker: &Asker) -> db::Result<bool> {
        let jid = asker.from.to_bare();
        Ok(self.db.look_up().await?.account(jid.as_str()).await?.is_some())
    }

    /// Somebody's presence, or what they want to see of ours or let us see.
    pub(super) async fn present(self: Arc<Self>, asker: Asker, presence: Presence) {
        let (committer, bare) = (self.committer.clone(), asker.from.to_bare());
        let jid = bare.to_string();
        match presence {
            Presence::Available => {
                self.seen().came(&asker.from);
                self.write_presence().await;
            }
            Presence::Unavailable => {
                self.seen().went(&asker.from);
                self.write_presence().await;
            }
            Presence::Subscribe(given) => self.subscribe(asker, given).await,
            Presence::Subscribed => self.granted(asker).await,
            Presence::Unsubscribed => {
                // Before it is noted: behind that nothing may write that they are there. What was
                // begun to be written is before it, or is written anew.
                self.seen().went(&bare.into());
                self.write_presence().await;
                let noted = committer.begin(move |tx, _| {
                    Box::pin(async move { tx.set_seen_by_us(&jid, false).await })
                });
                drop(noted.await);
            }
            Presence::Unsubscribe => {
                let noted = committer
                    .begin(move |tx, _| Box::pin(async move { tx.set_sees_us(&jid, false).await }));
                drop(noted.await);
                let from = asker.to.to_bare();
                self.presence(from.as_str(), &asker, "unsubscribed").await;
                self.presence(&self.speaker(&asker), &asker, "unavailable").await;
            }
            Presence::Probe => self.probed(asker).await,
        }
    }

    /// Whose clients are there.
    pub(super) fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A subscription is a way of joining: whoever adds the contact wants to take part. A code
    /// that is of no use does not keep out whom the operator lets in.
    pub(super) async fn subscribe(self: Arc<Self>, asker: Asker, given: Registration) {
        let plain = Registration { nick: given.nick.clone(), code: None };
        let by_code = self.join(&asker, given.clone()).await;
        let may_join = self.register.allows(&asker.from.to_bare());
        let joined = if given.code.is_some() && may_join {
            self.join(&asker, plain).await
        } else {
            let (none, joined) = oneshot::channel();
            drop(none);
            joined
        };
        let jid = asker.from.to_bare().to_string();
        let noted = self
            .committer
            .begin(move |tx, _| Box::pin(async move { tx.set_sees_us(&jid, true).await }))
            .await;
        let tasks = self.tasks.clone();
        tasks
            .start(async move {
                let answer_from = asker.to.to_bare();
                // Not durable: no answer. The person's server asks again at the next login.
                let (Ok(came), Ok(())) = (by_code.await, noted.await) else { return };
                let has_joined = |came: &Came| matches!(came, Came::Joined { .. });
                if !has_joined(&came) && !joined.await.is_ok_and(|it| has_joined(&it)) {
                    return self.presence(answer_from.as_str(), &asker, "unsubscribed").await;
                }
                self.presence(answer_from.as_str(), &asker, "subscribed").await;
                self.put(self.available(&self.speaker(&asker), asker.from.to_bare().as_str()))
                    .await;
                self.ask_to_be_seen(&asker).await;
                self.tell_proof(&asker, &came, given.code).await;
            })
            .await;
    }

    /// The person lets us see them. If they were invited, they agree by that to what they were
    /// asked.
    pub(super) async fn granted(self: Arc<Self>, asker: Asker) {
        let jid = asker.from.to_bare();
        let lang = asker.lang.unwrap_or(self.info.lang);
        let granted = self.committer.begin(move |tx, world| {
            Box::pin(async move {
                let jid = jid.as_str();
                let has_joined = tx.account(jid).await?.is_none()
                    && invite::invitation::is_invited(tx, world.now, jid).await?
                    && invite::join::take_in(tx, world, jid, lang.code(), None).await?.is_some();
                tx.set_seen_by_us(jid, true).await?;
                Ok(has_joined)
            })
        });
        let granted = granted.await;
        let tasks = self.tasks.clone();
        tasks
            .start(async move {
                if granted.await == Ok(true) {
                    self.welcome(&asker).await;
                    // What their server said of them just now may have been looked at before they had
                    // joined, and it says it once.
                    let (contact, jid) = (self.ours.contact.as_str(), asker.from.to_bare());
                    let probe = presence::plain(contact, jid.as_str(), self.chance.bits(), "probe");
                    self.put(probe).await;
                }
            })
            .await;
    }

    pub(super) async fn probed(self: Arc<Self>, asker: Asker) {
        let tasks = self.tasks.clone();
        tasks
            .start(async move {
                let jid = asker.from.to_bare().to_string();
                let Ok(account) = async { self.db.look_up().await?.account(&jid).await }.await
                else {
                    return;
                };
                if account.is_some_and(|account| account.sees_us) {
                    self.put(self.available(&self.speaker(&asker), &jid)).await;
                } else {
                    self.presence(asker.to.to_bare().as_str(), &asker, "unsubscribed").await;
                }
            })
            .await;
    }

    pub(super) async fn join(&self, asker: &Asker, given: Registration) -> oneshot::Receiver<Came> {
        let jid = asker.from.to_bare();
        let lang = asker.lang.unwrap_or(self.info.lang);
        let may_join = self.register.allows(&jid);
        self.committer
            .begin(move |tx, world| {
                Box::pin(async move {
                    let wish = Wish {
                        jid: &jid,
                        lang: lang.code(),
                        nick: given.nick.as_deref(),
                        may_join,
                        code: given.code.as_deref(),
                    };
                    invite::join::join(tx, world, &wish).await
                })
            })
            .await
    }

    /// Somebody has come with a code by a road that has no answer in words: they are told in the
    /// chat how it goes on.
    pub(super) async fn tell_proof(
        self: &Arc<Self>,
        asker: &Asker,
        came: &Came,
        code: Option<String>,
    ) {
        let (Came::Joined { prove: Some(_), .. }, Some(code)) = (came, code) else { return };
        let mut call = Call::of(&JOIN);
        call.values.insert("code", vec![code]);
        let Some(Outcome { lang, answer: Answer::Done(text), .. }) =
            self.perform(asker, call, false).await.await
        else {
            return;
        };
        self.speak(asker, lang, &text).await;
    }

    /// Somebody has joined: they may see us whenever they ask to, and we ask to see them.
    pub(super) async fn welcome(&self, asker: &Asker) {
        self.presence(self.ours.contact.as_str(), asker, "subscribed").await;
        self.ask_to_be_seen(asker).await;
    }

    pub(super) async fn leave(&self, asker: &Asker) -> oneshot::Receiver<bool> {
        let jid = asker.from.to_bare().to_string();
        self.committer
            .begin(move |tx, world| {
                Box::pin(async move { leave::erase::leave(tx, world, &jid).await })
            })
            .await
    }

    /// Subscribes to the person, unless we already have: their presence tells when to hold back.
    pub(super) async fn ask_to_be_seen(&self, asker: &Asker) {
        let jid = asker.from.to_bare().to_string();
        let account = async { self.db.look_up().await?.account(&jid).await }.await;
        if let Ok(Some(account)) = account
            && !account.seen_by_us
        {
            let lang = Lang::of(&account.lang).unwrap_or(self.info.lang);
            let contact = self.ours.contact.as_str();
            self.put(presence::subscribe(contact, &jid, self.chance.bits(), &self.voice, lang))
                .await;
        }
    }

    pub(super) async fn say_goodbye(&self, asker: &Asker) {
        self.talk.forget(&asker.from.to_bare());
        let contact = self.ours.contact.to_string();
        for kind in ["unsubscribe", "unsubscribed"] {
            self.presence(&contact, asker, kind).await;
        }
        self.presence(&self.voice.from, asker, "unavailable").await;
    }

    /// Tells everybody who may see us that we are there, and asks for everybody whom we may see.
    /// Whoever sees us, is not seen and has not declined is asked once more: the answer may have
    /// been lost with a stream.
    pub(super) async fn greet(&self) {
        let mut after = String::new();
        while let Some(page) = self.subscribers(&mut after).await {
            for Subscriber { jid, lang, sees_us, seen_by_us, declined } in page {
                if sees_us {
                    self.put(self.available(&self.voice.from, &jid)).await;
                }
                let (contact, id) = (self.ours.contact.as_str(), self.chance.bits());
                if seen_by_us {
                    self.put(presence::plain(contact, &jid, id, "probe")).await;
                } else if !declined {
                    let lang = Lang::of(&lang).unwrap_or(self.info.lang);
                    self.put(presence::subscribe(contact, &jid, id, &self.voice, lang)).await;
                }
            }
        }
    }

    /// Tells everybody who may see us that we are gone (XEP-0100 §4.8).
    pub async fn leave_everybody(&self) {
        let mut after = String::new();
        while let Some(page) = self.subscribers(&mut after).await {
            for one in page.into_iter().filter(|one| one.sees_us) {
                let (from, id) = (&self.voice.from, self.chance.bits());
                self.put(presence::plain(from, &one.jid, id, "unavailable")).await;
            }
        }
    }

    /// The next people with a subscription; none at the end, or when the database does not answer.
    async fn subscribers(&self, after: &mut String) -> Option<Vec<Subscriber>> {
        /// Read at once.
        const PAGE: i64 = 500;
        let page = self.db.read().await.ok()?.subscribers(after, PAGE).await.ok()?;
        after.clone_from(&page.last()?.jid);
        Some(page)
    }

    /// A stream begins, and has a number. Whose presence the former one has brought is forgotten in the
    /// same transaction: what is left to be written of it would be written behind this, and nobody
    /// would write that they have gone.
    ///
    /// # Errors
    /// When the database did not take it.
    pub async fn opened(self: &Arc<Self>, boot: &str) -> Result<StreamNo, NotKept> {
        let (service, boot) = (Arc::clone(self), boot.to_owned());
        let opened = self.committer.run(move |tx, world| {
            Box::pin(async move {
                service.seen().forget_all();
                outbox::stream::opened(tx, &boot, world.now).await
            })
        });
        opened.await
    }

    /// What an earlier process left open is settled by whether this is the same run of the
    /// server, or one that may have lost it.
    pub(super) async fn server_answered(&self, stream: StreamNo, age: Option<Duration>) {
        loop {
            let settled = self.committer.run(move |tx, world| {
                Box::pin(async move {
                    outbox::stream::server_answered(tx, stream, age, world.now).await
                })
            });
            if let Ok(resent) = settled.await {
                self.metrics.resent.inc_by(resent);
                return;
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    }

    /// Which of our full JIDs speaks to somebody who addressed one of the bare ones.
    pub(super) fn speaker(&self, asker: &Asker) -> String {
        match (asker.to.to_bare() == self.ours.contact, self.voice.from.split_once('/')) {
            // ejabberd looks at capabilities only in presence from a JID with a resource.
            (false, Some((_, resource))) => format!("{}/{resource}", self.ours.domain),
            _ => self.voice.from.clone(),
        }
    }

    pub(super) fn available(&self, from: &str, to: &str) -> String {
        let avatar = vcard::avatar_hash();
        let ver = self.disco.ver(from == self.voice.from);
        presence::available(from, to, self.chance.bits(), &self.voice, ver, &avatar)
    }

    pub(super) async fn presence(&self, from: &str, asker: &Asker, kind: &str) {
        let to = asker.from.to_bare();
        self.put(presence::plain(from, to.as_str(), self.chance.bits(), kind)).await;
    }
}
