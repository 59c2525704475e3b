//! Who takes part: joining and leaving, and who may see whom.

use std::{sync::Arc, time::Duration};

use tokio::sync::oneshot;

use super::Service;
use crate::{
    domain::{id::StreamNo, lang::Lang},
    ops,
    store::account::Subscriber,
    xmpp::{inbound::Asker, presence, vcard},
};

impl Service {
    /// A subscription is a way of joining: whoever adds the contact wants to take part.
    pub(super) async fn subscribe(self: Arc<Self>, asker: Asker, nick: Option<String>) {
        let answer_from = asker.to.to_bare();
        if !self.register.allows(&asker.from.to_bare()) {
            return self.presence(answer_from.as_str(), &asker, "unsubscribed").await;
        }
        let joined = self.join(&asker, nick).await;
        let jid = asker.from.to_bare().to_string();
        let noted = self
            .committer
            .begin(move |tx, _| Box::pin(async move { tx.set_sees_us(&jid, true).await }))
            .await;
        tokio::spawn(async move {
            // Not durable: no answer. The person's server asks again at the next login.
            if joined.await.is_err() || noted.await.is_err() {
                return;
            }
            self.presence(answer_from.as_str(), &asker, "subscribed").await;
            self.put(self.available(&self.speaker(&asker), asker.from.to_bare().as_str())).await;
            self.ask_to_be_seen(&asker).await;
        });
    }

    pub(super) fn probed(self: Arc<Self>, asker: Asker) {
        tokio::spawn(async move {
            let jid = asker.from.to_bare().to_string();
            let Ok(account) = async { self.db.read().await?.account(&jid).await }.await else {
                return;
            };
            if account.is_some_and(|account| account.sees_us) {
                self.put(self.available(&self.speaker(&asker), &jid)).await;
            } else {
                self.presence(asker.to.to_bare().as_str(), &asker, "unsubscribed").await;
            }
        });
    }

    pub(super) async fn join(
        &self,
        asker: &Asker,
        nick: Option<String>,
    ) -> oneshot::Receiver<bool> {
        let jid = asker.from.to_bare().to_string();
        let lang = asker.lang.unwrap_or(self.lang);
        let committer = self.committer.clone();
        let outbox = committer.clone();
        committer
            .begin(move |tx, world| {
                Box::pin(async move {
                    let is_new =
                        ops::account::join(tx, world, &jid, lang.code(), nick.as_deref()).await?;
                    // Before the commit, which is early but not wrong: the worker looks again.
                    outbox.outbox().queued();
                    Ok(is_new)
                })
            })
            .await
    }

    pub(super) async fn leave(&self, asker: &Asker) -> oneshot::Receiver<bool> {
        let jid = asker.from.to_bare().to_string();
        self.committer
            .begin(move |tx, _| Box::pin(async move { ops::account::leave(tx, &jid).await }))
            .await
    }

    /// Subscribes to the person, unless we are: his presence tells when to hold back.
    pub(super) async fn ask_to_be_seen(&self, asker: &Asker) {
        let jid = asker.from.to_bare().to_string();
        let account = async { self.db.read().await?.account(&jid).await }.await;
        if let Ok(Some(account)) = account
            && !account.seen_by_us
        {
            let lang = Lang::of(&account.lang).unwrap_or(self.lang);
            let contact = self.ours.contact.as_str();
            self.put(presence::subscribe(contact, &jid, self.chance.bits(), &self.voice, lang))
                .await;
        }
    }

    pub(super) async fn say_goodbye(&self, asker: &Asker) {
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
                    let lang = Lang::of(&lang).unwrap_or(self.lang);
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

    /// What an earlier process left open is settled by whether this is the same run of the
    /// server, or one that may have lost it.
    pub(super) async fn server_answered(&self, stream: StreamNo, age: Option<Duration>) {
        loop {
            let settled = self.committer.run(move |tx, world| {
                Box::pin(
                    async move { ops::stream::server_answered(tx, stream, age, world.now).await },
                )
            });
            if let Ok(resent) = settled.await {
                self.metrics.resent.inc_by(resent);
                self.committer.outbox().queued();
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
