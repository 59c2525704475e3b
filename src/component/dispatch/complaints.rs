//! Blocks and reports that a client sends as such (XEP-0191, XEP-0377).

use std::{collections::HashSet, sync::Arc};

use jid::BareJid;

use super::Service;
use crate::{
    chat::{command::Call, table::consent::REPORT},
    component::{
        inbound::{Asker, Complaint, Report, Words},
        reply,
    },
    db::{Result, Tx},
    domain::{
        consent::Verdict,
        id::{DeliveryId, ShareId},
        lang::Lang,
        refusal::Refusal,
        report::{Reason, Reported},
    },
    people::{
        address::{Owner, owner_behind},
        consent::{SAID_MAX, decide, unblock, unblock_all},
        report,
        say::Say,
    },
    wire::{ns, xml::Writer},
    world::World,
};

/// Messages that all complaints of one stanza may name and that are looked at: one of them says whom
/// it is about.
const MESSAGES: usize = 50;

/// What became of a `<block/>`.
enum Blocked {
    /// It is done; so many reports are new, these were not taken, and these people cannot be
    /// blocked.
    Done(u64, Vec<NotTaken>, Vec<Owner>),
    /// They have blocked as many as is kept.
    Full,
    /// They have not joined.
    NotJoined,
}

/// A report that was not taken: about whom, and what became of it.
type NotTaken = (String, Reported);

impl Service {
    /// Answers `<block/>`: all of it is done, or nothing.
    pub(super) async fn block(self: Arc<Self>, asker: Asker, items: Vec<Complaint>) {
        let (jid, ours) = (asker.from.to_bare(), self.ours.clone());
        // Each counts as if it stood alone.
        let looks = items.iter().filter(|item| looks_through(item)).count();
        let more = items.len().saturating_sub(1) + looks;
        if let Some(after) = self.rules.limits.more(&jid, more) {
            let error = self.error(&asker, &reply::refusal(&Refusal::TooFast { after }));
            return self.put(error).await;
        }
        let done = self.committer.begin(move |tx, world| {
            Box::pin(async move {
                if tx.account(jid.as_str()).await?.is_none() {
                    return Ok(Blocked::NotJoined);
                }
                let named = i64::try_from(items.len()).unwrap_or(i64::MAX);
                let kept = tx.count_said(jid.as_str(), Verdict::Blocked, SAID_MAX).await?;
                if kept.saturating_add(named) > SAID_MAX {
                    return Ok(Blocked::Full);
                }
                let (mut new, mut not_taken, mut owners) = (0, Vec::new(), Vec::new());
                let mut left = MESSAGES;
                for mut item in items {
                    item.about = item.about.filter(|about| !ours.are_ours(about));
                    let Some(meant) = meant(tx, &jid, &item, &mut left).await? else { continue };
                    match note(tx, world, &jid, &meant, &item).await? {
                        Some(Reported::New) => new += 1,
                        None | Some(Reported::Again) => {}
                        Some(other) => not_taken.push((meant.shown(), other)),
                    }
                    match meant.owner {
                        // The list of blocks would say who it is.
                        Some(owner) => owners.push(owner),
                        None => {
                            decide(tx, world, &jid, &meant.about, Verdict::Blocked).await?;
                        }
                    }
                }
                Ok(Blocked::Done(new, not_taken, owners))
            })
        });
        let done = done.await;
        let tasks = self.tasks.clone();
        tasks
            .start(async move {
                let answer = match done.await {
                    Ok(Blocked::Done(new, not_taken, owners)) => {
                        self.metrics.reports.inc_by(new);
                        self.put(reply::result(&asker, "")).await;
                        let lang = self.lang_for(&asker).await;
                        for Owner { address, handle } in &owners {
                            let told = Say::OwnerNotBlocked { who: address, handle: *handle };
                            self.speak(&asker, lang, &told.in_lang(lang)).await;
                        }
                        let lines =
                            not_taken.iter().map(|(who, done)| told(who, None, *done, lang));
                        return self.tell_lines(&asker, lang, lines.collect()).await;
                    }
                    Ok(Blocked::Full) => self.error(&asker, &reply::blocks_full(SAID_MAX)),
                    Ok(Blocked::NotJoined) => {
                        self.error(&asker, &reply::refusal(&Refusal::NotRegistered))
                    }
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
                if items.is_empty() {
                    return unblock_all(tx, &jid).await;
                }
                for other in items.into_iter().filter_map(|it| it.about) {
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
                    async { self.db.read().await?.blocked_by(jid.as_str(), SAID_MAX).await }.await;
                let answer = match blocked {
                    Ok(blocked) => {
                        let mut xml = Writer::new();
                        xml.open("blocklist").attribute("xmlns", ns::BLOCKING);
                        for other in blocked {
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
                let mut left = MESSAGES;
                let Some(meant) = meant(tx, &jid, &complaint, &mut left).await? else {
                    return Ok(None);
                };
                let done = note(tx, world, &jid, &meant, &complaint).await?;
                Ok(done.map(|done| (meant, done)))
            })
        });
        let done = done.await;
        let tasks = self.tasks.clone();
        tasks
            .start(async move {
                let Ok(Some((meant, done))) = done.await else {
                    return self.metrics.dropped("report-of-nothing");
                };
                self.metrics.reports.inc_by(u64::from(done == Reported::New));
                let lang = self.lang_for(&asker).await;
                let told = told(&meant.shown(), meant.owner.as_ref(), done, lang);
                self.tell(&asker, lang, &told).await;
            })
            .await;
    }

    /// Does a block, the end of one, or a report, of whoever is behind what it points at.
    pub(super) async fn guard(self: Arc<Self>, asker: Asker, words: Words, mut call: Call) {
        let reason = call.one("reason").map(Reason::of).unwrap_or_default();
        let given = call.one("words").unwrap_or_default().to_owned();
        let behind: Result<Option<(Complaint, Meant)>> = async {
            let mut tx = self.db.look_up().await?;
            let jid = asker.from.to_bare();
            let Some(message) = report::pointed_at(&mut tx, &jid, &words.clues).await? else {
                return Ok(None);
            };
            let report = Report { reason, messages: vec![message], words: given };
            let complaint = Complaint { about: None, report: Some(report) };
            let meant = meant(&mut tx, &jid, &complaint, &mut 1).await?;
            Ok(meant.map(|meant| (complaint, meant)))
        }
        .await;
        match (behind, *call.command == REPORT) {
            (Err(_), _) => self.say_try_later(&asker).await,
            (Ok(None), _) => self.ask_back(&asker, &words, call.command).await,
            (Ok(Some((complaint, _))), true) => {
                self.note_writing(&asker).await;
                self.acknowledge(&asker, words.wants_receipt).await;
                self.report(asker, complaint).await;
            }
            (Ok(Some((_, Meant { owner: Some(owner), .. }))), _) => {
                // The list of blocks would say who it is.
                self.note_writing(&asker).await;
                self.acknowledge(&asker, words.wants_receipt).await;
                let lang = self.lang_for(&asker).await;
                let Owner { address, handle } = &owner;
                let told = Say::OwnerNotBlocked { who: address, handle: *handle }.in_lang(lang);
                self.tell(&asker, lang, &told).await;
            }
            (Ok(Some((_, meant))), _) => {
                call.values.insert("who", vec![meant.about.to_string()]);
                self.command_in_words(asker, words, call).await;
            }
        }
    }

    /// Tells some lines in one message, each once.
    async fn tell_lines(&self, asker: &Asker, lang: Lang, lines: Vec<String>) {
        let lines = each_once(lines);
        if !lines.is_empty() {
            self.tell(asker, lang, &lines.join("\n")).await;
        }
    }
}

/// Without those that were there before, wherever they stand.
fn each_once(mut lines: Vec<String>) -> Vec<String> {
    let mut before = HashSet::new();
    lines.retain(|line| before.insert(line.clone()));
    lines
}

/// Whether much is looked through for it: all that waits, for those of a domain, or all that has
/// come lately, for the accused.
fn looks_through(item: &Complaint) -> bool {
    item.report.is_some() || item.about.as_ref().is_some_and(|about| about.node().is_none())
}

/// What became of a report. `who`: as the one who complains knows them.
fn told(who: &str, owner: Option<&Owner>, done: Reported, lang: Lang) -> String {
    match owner {
        Some(Owner { address, handle }) if matches!(done, Reported::New | Reported::Again) => {
            Say::ReportedOwner { who: address, handle: *handle }.in_lang(lang)
        }
        _ => Say::reported(done, who, who).in_lang(lang),
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

impl Meant {
    /// The address that the complainer knows.
    fn shown(&self) -> String {
        self.owner.as_ref().map_or_else(|| self.about.to_string(), |it| it.address.clone())
    }
}

/// Whom a complaint is about: the one it names, else whoever is behind the message it names.
/// `left`: how many messages of the stanza are still looked at.
async fn meant(
    tx: &mut Tx,
    reporter: &BareJid,
    it: &Complaint,
    left: &mut usize,
) -> Result<Option<Meant>> {
    let messages: &[DeliveryId] = it.report.as_ref().map_or(&[], |report| &report.messages);
    let messages = messages.get(..*left).unwrap_or(messages);
    *left -= messages.len();
    let behind = match messages {
        [] => None,
        messages => report::behind(tx, reporter, messages).await?,
    };
    let mut owner = None;
    for message in messages {
        if owner.is_none() {
            owner = owner_behind(tx, reporter, *message).await?;
        }
    }
    if let Some(about) = &it.about {
        // Whoever guesses whose number it is must not be told that they are right.
        let behind = behind.filter(|(jid, _)| owner.is_none() && jid == about);
        let share = behind.map(|(_, share)| share);
        return Ok(Some(Meant { about: about.clone(), share, owner: None }));
    }
    let Some((about, share)) = behind else { return Ok(None) };
    Ok(Some(Meant { about, share: Some(share), owner }))
}

/// Keeps the report that is in a complaint, if there is one. Answers what became of it.
async fn note(
    tx: &mut Tx,
    world: &World,
    reporter: &BareJid,
    meant: &Meant,
    it: &Complaint,
) -> Result<Option<Reported>> {
    let Some(given) = &it.report else { return Ok(None) };
    let what = (meant.about.as_str(), given.reason);
    report::report(tx, world, reporter, what, meant.share, &given.words).await.map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_twice_is_told_once_and_where_it_came_first() {
        let lines = ["b", "a", "b", "b", "c", "a"].map(str::to_owned).to_vec();
        assert_eq!(each_once(lines), ["b", "a", "c"]);
    }
}
