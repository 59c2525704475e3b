//! Blocks and reports that a client sends as such (XEP-0191, XEP-0377).

use std::sync::Arc;

use jid::BareJid;

use super::Service;
use crate::{
    domain::{
        consent::Verdict,
        id::{DeliveryId, ShareId},
        refusal::Refusal,
        report::Reason,
    },
    ops::{
        World,
        consent::{decide, unblock},
        report,
        typed::{Owner, owner_behind},
    },
    render::consent::Say,
    store::db::{Result, Tx},
    wire::{ns, xml::Writer},
    xmpp::{
        inbound::{Asker, Complaint},
        reply,
    },
};

/// Blocks that are told or taken back at once.
const MOST: i64 = 1_000;

impl Service {
    /// Answers `<block/>`.
    pub(super) async fn block(self: Arc<Self>, asker: Asker, items: Vec<Complaint>) {
        let (jid, ours) = (asker.from.to_bare(), self.ours.clone());
        let done = self.committer.begin(move |tx, world| {
            Box::pin(async move {
                if tx.account(jid.as_str()).await?.is_none() {
                    return Ok(None);
                }
                let (mut new, mut owners) = (0, Vec::new());
                for mut item in items {
                    item.about = item.about.filter(|about| !ours.are_ours(about));
                    let Some(Meant { about, share, owner }) = meant(tx, &jid, &item).await? else {
                        continue;
                    };
                    new += u64::from(note(tx, world, &jid, &about, share, &item).await?);
                    match owner {
                        // The list of blocks would say who it is.
                        Some(owner) => owners.push(owner),
                        None => decide(tx, world, &jid, &about, Verdict::Blocked).await?,
                    }
                }
                Ok(Some((new, owners)))
            })
        });
        let done = done.await;
        let tasks = self.tasks.clone();
        tasks
            .start(async move {
                let answer = match done.await {
                    Ok(Some((new, owners))) => {
                        self.metrics.reports.inc_by(new);
                        for Owner { address, handle } in &owners {
                            let lang = self.lang_for(&asker).await;
                            let told = Say::OwnerNotBlocked { who: address, handle: *handle };
                            self.speak(&asker, lang, &told.in_lang(lang)).await;
                        }
                        reply::result(&asker, "")
                    }
                    Ok(None) => self.error(&asker, &reply::refusal(&Refusal::NotRegistered)),
                    Err(_) => self.error(&asker, &reply::refusal(&Refusal::STORE)),
                };
                self.put(answer).await;
            })
            .await;
    }

    /// Answers `<unblock/>`; without items, everybody (XEP-0191 §3.5).
    pub(super) async fn unblock(self: Arc<Self>, asker: Asker, items: Vec<Complaint>) {
        let jid = asker.from.to_bare();
        let done = self.committer.begin(move |tx, _| {
            Box::pin(async move {
                let mut others: Vec<BareJid> =
                    items.into_iter().filter_map(|it| it.about).collect();
                if others.is_empty() {
                    let all = tx.blocked_by(jid.as_str(), MOST).await?;
                    others = all.iter().filter_map(|(other,)| other.parse().ok()).collect();
                }
                for other in others {
                    unblock(tx, &jid, &other).await?;
                }
                Ok(())
            })
        });
        let done = done.await;
        let tasks = self.tasks.clone();
        tasks
            .start(async move {
                let answer = match done.await {
                    Ok(()) => reply::result(&asker, ""),
                    Err(_) => self.error(&asker, &reply::refusal(&Refusal::STORE)),
                };
                self.put(answer).await;
            })
            .await;
    }

    /// Answers `<blocklist/>`.
    pub(super) async fn block_list(self: Arc<Self>, asker: Asker) {
        let tasks = self.tasks.clone();
        tasks
            .start(async move {
                let jid = asker.from.to_bare();
                let blocked =
                    async { self.db.read().await?.blocked_by(jid.as_str(), MOST).await }.await;
                let answer = match blocked {
                    Ok(blocked) => {
                        let mut xml = Writer::new();
                        xml.open("blocklist").attribute("xmlns", ns::BLOCKING);
                        for (other,) in blocked {
                            xml.open("item").attribute("jid", &other).close("item");
                        }
                        xml.close("blocklist");
                        reply::result(&asker, &xml.finish())
                    }
                    Err(_) => self.error(&asker, &reply::refusal(&Refusal::STORE)),
                };
                self.put(answer).await;
            })
            .await;
    }

    /// Takes a report that came as a message.
    pub(super) async fn report(self: Arc<Self>, asker: Asker, complaint: Complaint) {
        let jid = asker.from.to_bare();
        let done = self.committer.begin(move |tx, world| {
            Box::pin(async move {
                let Some(Meant { about, share, owner }) = meant(tx, &jid, &complaint).await? else {
                    return Ok(None);
                };
                let is_new = note(tx, world, &jid, &about, share, &complaint).await?;
                Ok(Some((about, owner, is_new)))
            })
        });
        let done = done.await;
        let tasks = self.tasks.clone();
        tasks
            .start(async move {
                match done.await {
                    Ok(Some((about, owner, is_new))) => {
                        self.metrics.reports.inc_by(u64::from(is_new));
                        let lang = self.lang_for(&asker).await;
                        let told = match &owner {
                            Some(Owner { address, handle }) => {
                                Say::ReportedOwner { who: address, handle: *handle }
                            }
                            None => Say::Reported { who: about.as_str(), jid: about.as_str() },
                        };
                        self.tell(&asker, lang, &told.in_lang(lang)).await;
                    }
                    Ok(None) | Err(_) => self.metrics.dropped("report-of-nothing"),
                }
            })
            .await;
    }
}

/// Whom a complaint is about.
struct Meant {
    about: BareJid,
    /// The share that the message was about.
    share: Option<ShareId>,
    /// As the complainer knows them, who has only typed their number.
    owner: Option<Owner>,
}

/// Whom a complaint is about: the one it names, else whoever is behind the message it names.
async fn meant(tx: &mut Tx, reporter: &BareJid, it: &Complaint) -> Result<Option<Meant>> {
    let messages: &[DeliveryId] = it.report.as_ref().map_or(&[], |report| &report.messages);
    let (mut behind, mut owner) = (None, None);
    for message in messages {
        if behind.is_none() {
            behind = report::behind(tx, reporter, *message).await?;
            owner = owner_behind(tx, reporter, *message).await?;
        }
    }
    Ok(match (&it.about, behind) {
        (Some(about), behind) => {
            let share = behind.filter(|(jid, _)| jid == about).map(|(_, share)| share);
            Some(Meant { about: about.clone(), share, owner: None })
        }
        (None, behind) => behind.map(|(about, share)| Meant { about, share: Some(share), owner }),
    })
}

/// Keeps the report that is in a complaint. Answers whether it is a new one.
async fn note(
    tx: &mut Tx,
    world: &World,
    reporter: &BareJid,
    about: &BareJid,
    share: Option<ShareId>,
    it: &Complaint,
) -> Result<bool> {
    let Some(report) = &it.report else { return Ok(false) };
    let reason: Reason = report.reason;
    report::report(tx, world, reporter, (about.as_str(), reason), share, &report.words).await
}
