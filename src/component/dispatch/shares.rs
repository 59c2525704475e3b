//! What is asked about shares: to take one, and what became of it.

use std::sync::Arc;

use uuid::Uuid;

use super::Service;
use crate::{
    card,
    component::{dispatch::outcome::Owed, inbound::Asker, reply},
    domain::{
        id::{RefCode, ShareId},
        refusal::Refusal,
    },
    share::{
        self,
        request::{NotTaken, submission},
    },
    wire::{
        check::Item,
        share::{Lookup, Send},
    },
};

impl Service {
    pub(super) async fn send_share(self: Arc<Self>, asker: Asker, send: Send) {
        let submission = match submission(send, asker.from.to_bare(), &asker.id, &self.info.limits)
        {
            Ok(submission) => submission,
            Err(NotTaken::Request(refused)) => {
                let error = self.error(&asker, &refused.error());
                return self.put(error).await;
            }
            Err(NotTaken::Refusal(refusal)) => return self.refuse(&asker, &refusal).await,
        };
        let owed =
            Owed { asker: Some(asker), answer: Err(Refusal::STORE), answers: self.answers.clone() };
        let reply = Box::new(move |answer| owed.settle(answer));
        self.committer.submit(submission, reply).await;
    }

    pub(super) async fn look_up(self: Arc<Self>, asker: Asker, lookup: Lookup) {
        let tasks = self.tasks.clone();
        tasks
            .start(async move {
                let code = match lookup.check() {
                    Ok(Item::Code(code)) => RefCode::parse(&code),
                    // The catalogue is empty.
                    Ok(_) => return self.refuse(&asker, &Refusal::UnknownProduct).await,
                    Err(refused) => {
                        let error = self.error(&asker, &refused.error());
                        return self.put(error).await;
                    }
                };
                let (now, who) = (self.clock.now(), asker.from.to_bare());
                let found = async {
                    let mut tx = self.db.read().await?;
                    share::page::lookup(&mut tx, now, &self.rules.limits, &who, code).await
                };
                match found.await.unwrap_or(Err(Refusal::STORE)) {
                    Ok(page) => self.put(reply::result(&asker, &reply::products(&page))).await,
                    Err(refusal) => self.refuse(&asker, &refusal).await,
                }
            })
            .await;
    }

    pub(super) async fn status(self: Arc<Self>, asker: Asker, share: &str) {
        let share = share_id(share);
        let tasks = self.tasks.clone();
        tasks
            .start(async move {
                let (now, who) = (self.clock.now(), asker.from.to_bare());
                let found = async {
                    let mut tx = self.db.read().await?;
                    share::status::status(&mut tx, now, &who, share).await
                };
                match found.await {
                    Ok(Some(stands)) => {
                        self.put(reply::result(&asker, &reply::status(share, &stands))).await;
                    }
                    Ok(None) => self.refuse(&asker, &Refusal::UnknownRef).await,
                    Err(_) => self.refuse(&asker, &Refusal::STORE).await,
                }
            })
            .await;
    }

    pub(super) async fn revoke(self: Arc<Self>, asker: Asker, share: &str) {
        let (share, who) = (share_id(share), asker.from.to_bare());
        let revoked = self.committer.begin(move |tx, world| {
            Box::pin(async move {
                let is_sender = card::revocation::revoke(tx, world, &who, share).await?;
                // Whomever it was to be taken back from, so that the time says nothing about that.
                tx.note_queued();
                Ok(is_sender)
            })
        });
        let revoked = revoked.await;
        let tasks = self.tasks.clone();
        tasks
            .start(async move {
                match revoked.await {
                    Ok(true) => self.put(reply::result(&asker, "")).await,
                    Ok(false) => self.refuse(&asker, &Refusal::UnknownRef).await,
                    Err(_) => self.refuse(&asker, &Refusal::STORE).await,
                }
            })
            .await;
    }

    async fn refuse(&self, asker: &Asker, refusal: &Refusal) {
        let error = self.error(asker, &reply::refusal(refusal));
        self.put(error).await;
    }
}

/// The share of this name. What is no name of ours is the name of none.
pub(super) fn share_id(text: &str) -> ShareId {
    ShareId(Uuid::parse_str(text).unwrap_or_default())
}
