//! Taking a share: `send` of `xep/product-share.xml#send` (S0.3, S0.5, S0.6).

mod people;

use std::{
    borrow::Cow,
    collections::{BTreeMap, HashSet},
    sync::Arc,
};

use self::people::{Pace, People};
use super::{
    page::{PageAnswer, open},
    picture::Pictures,
};
use crate::{
    account::store::Account,
    db::{Result, Tx},
    domain::{
        clock::Millis,
        consent::Fate,
        delivery::{Delivery, Event, State},
        id::{DeliveryId, RefCode, ShareId},
        note::Carries,
        refusal::Refusal,
        share::{Accepted, LIFE, OfferMade, Outgoing, PassedOn, Share, Submission},
    },
    invite::invitation,
    outbox::store::NewDelivery,
    people::{
        address::Apart,
        consent::{self, Guard},
    },
    share::store::ShareRow,
    wire::{
        check::PRODUCTS_BYTES_MAX,
        product::write::{recording_to_xml, to_xml},
    },
    world::World,
};

/// Recipients up to which a share may go straight to the stream: more of them queue, so that
/// nobody stands in front of everybody.
const STRAIGHT: usize = 8;

/// What became of one submission.
#[derive(Debug)]
pub struct Submitted {
    /// The answer to the sender.
    pub answer: std::result::Result<Accepted, Refusal>,
    /// Deliveries already claimed for this process: to be sent as soon as the transaction is
    /// committed.
    pub ready: Vec<Outgoing>,
}

impl Submitted {
    fn refused(refusal: Refusal) -> Self {
        Self { answer: Err(refusal), ready: Vec::new() }
    }
}

/// What became of a group of submissions.
#[derive(Debug)]
pub(crate) struct Taken {
    /// Of each, in the order given.
    pub answers: Vec<Submitted>,
    /// The cards that those offer which were taken. The caller keeps them, in the same transaction
    /// (`card/submission.rs`).
    pub offers: Vec<OfferTaken>,
}

/// A card that a share offers.
#[derive(Debug)]
pub(crate) struct OfferTaken {
    pub share: ShareId,
    pub made: OfferMade,
    /// What carries it, and whether a client of whoever gets that acknowledges cards.
    pub to: Vec<(DeliveryId, bool)>,
}

/// Deliveries that may be claimed at birth.
#[derive(Debug, Clone, Copy)]
pub struct Room {
    /// How many: the worker's channel has that many places.
    pub free: usize,
    /// Something older is queued. It is for others, unless the database says that it is for them: what
    /// one person's queue lets go stands in front of nobody else.
    pub behind: bool,
}

impl From<usize> for Room {
    fn from(free: usize) -> Self {
        Self { free, behind: false }
    }
}

/// Takes a group of submissions in a handful of statements, however many there are. Each is
/// taken or refused on its own, in the order given.
///
/// `is_guarded`: their recipients are asked, where they want to be, whether it may come.
///
/// # Errors
/// When the database does not answer; then nothing of the group was taken.
pub(crate) async fn take(
    tx: &mut Tx,
    world: &World,
    group: &[Submission],
    Room { free: mut room, behind }: Room,
    is_guarded: bool,
) -> Result<Taken> {
    let mut people = People::load(tx, group).await?;
    if behind && room > 0 {
        people.look_behind(tx).await?;
    }
    let mut guard = if is_guarded {
        Guard::load(tx, world, people.pairs(group)).await?
    } else {
        Guard::default()
    };
    let mut all = group.iter().flat_map(|submission| &submission.recipients);
    let is_any_typed = all.any(|address| address.jid().is_none());
    let apart = Apart::load(tx, world, is_any_typed).await?;
    // By the place in the group; every place gets exactly one.
    let mut answers: BTreeMap<usize, Submitted> = BTreeMap::new();
    let mut fresh: Vec<(usize, Cow<'_, Submission>)> = Vec::with_capacity(group.len());
    let mut keys: HashSet<(String, String)> = HashSet::with_capacity(group.len());
    // Seen before, as far as is known: the retry of a lost answer, or another share under the
    // same key; each with what is said otherwise.
    let mut again: Vec<(usize, Cow<'_, Submission>, Refusal)> = Vec::new();

    for (at, submission) in group.iter().enumerate() {
        let mut submission = Cow::Borrowed(submission);
        let sender = submission.sender.to_string();
        if !people.have_joined(&sender) {
            answers.insert(at, Submitted::refused(Refusal::NotRegistered));
        } else if let Err(refusal) = people.may_send(world, &submission) {
            again.push((at, submission, refusal));
        } else if let Err(refusal) = pass_on(tx, world, &mut submission).await? {
            again.push((at, submission, refusal));
        } else if keys.insert((sender, submission.submit_id.clone())) {
            People::keeps(world, &submission);
            fresh.push((at, submission));
        } else {
            again.push((at, submission, Refusal::STORE));
        }
    }

    let asked = fresh.iter().map(|(_, submission)| &**submission);
    let mut pictures = Pictures::ask(tx, world, asked, world.now.after(LIFE)).await?;
    let new_draft = |(at, submission)| Draft::new(at, submission, &mut people, &pictures, world);
    let (mut rows, drafts): (Vec<ShareRow>, Vec<Draft>) = fresh.into_iter().map(new_draft).unzip();
    let new: HashSet<ShareId> = tx.insert_shares(&rows).await?.into_iter().collect();
    if new.len() < drafts.len() {
        for (share, handle) in close_ranks(&mut rows, &new, &mut people) {
            tx.set_share_handle(share, handle).await?;
        }
    }

    let mut deliveries = Vec::with_capacity(drafts.len());
    let mut offers = Vec::new();
    for (draft, row) in drafts.into_iter().zip(&rows) {
        if !new.contains(&draft.share.id) {
            again.push((draft.at, draft.submission, Refusal::STORE));
            continue;
        }
        let offer = draft.submission.offer.as_deref().map(|made| (draft.share.id, made.clone()));
        let at = draft.at;
        let pace = people.pace(&draft.submission, world.now);
        let wait = pictures.take(&draft.share, pace.next, world.now);
        let known = (&mut people, &mut guard, &apart);
        let first = deliveries.len();
        let submitted = draft.deliver(row, known, world, (pace, wait), &mut room, &mut deliveries);
        answers.insert(at, submitted);
        if let Some((share, made)) = offer {
            let to =
                deliveries.iter().skip(first).map(|it| (it.id, people.acks(&it.rcpt))).collect();
            offers.push(OfferTaken { share, made, to });
        }
    }
    tx.insert_deliveries(&deliveries).await?;
    let is_quiet = |it: &&NewDelivery| {
        it.delivery.state == State::Queued && people.are_quiet(&it.rcpt, world.now)
    };
    let quiet: Vec<DeliveryId> = deliveries.iter().filter(is_quiet).map(|it| it.id).collect();
    tx.note_left(&quiet, world.now).await?;
    let senders = rows.iter().filter(|row| row.handle > 0);
    let senders = senders.map(|row| (ShareId(row.id), row.sender.as_str()));
    invitation::want(tx, world, senders, &deliveries, |it| people.are_reached_by(it, world.now))
        .await?;
    guard.keep(tx).await?;
    pictures.keep(tx).await?;
    let is_taken = |(at, _): &(usize, _)| answers.get(at).is_some_and(|it| it.answer.is_ok());
    let sent = group.iter().enumerate().filter(is_taken).map(|(_, submission)| submission);
    let strangers = people.strangers(world, sent);
    tx.set_counters(&people.moved()).await?;
    consent::known(tx, world, &strangers).await?;

    for (at, submission, refusal) in again {
        let kept = tx.share_by_key(submission.sender.as_str(), &submission.submit_id).await?;
        let answer = kept.map_or(Err(refusal), |row| repeated(&submission, &row));
        answers.insert(at, Submitted { answer, ready: Vec::new() });
    }
    Ok(Taken { answers: answers.into_values().collect(), offers })
}

/// Puts the products of the shares that are passed on into the submission.
async fn pass_on(
    tx: &mut Tx,
    world: &World,
    submission: &mut Cow<'_, Submission>,
) -> Result<std::result::Result<(), Refusal>> {
    let PassedOn { codes, most } = &submission.passed_on;
    if codes.is_empty() {
        return Ok(Ok(()));
    }
    if let Err(much) = world.rules.limits.lookups(&submission.sender, codes.len()) {
        return Ok(Err(much.into()));
    }
    // From the last place on, so that the places before it stay what they are.
    let mut products = submission.products.to_vec();
    for (place, code) in codes.iter().rev() {
        let PageAnswer::Found(page) = open(tx, *code, world.now).await? else {
            return Ok(Err(Refusal::UnknownRef));
        };
        products.splice(place..place, page.products);
    }
    let xml: String = products.iter().map(to_xml).collect();
    Ok(if products.len() > *most {
        Err(Refusal::TooManyProducts { max: *most })
    } else if xml.len() > PRODUCTS_BYTES_MAX {
        Err(Refusal::TooLarge { max_bytes: PRODUCTS_BYTES_MAX })
    } else {
        let whole = submission.to_mut();
        (whole.products, whole.xml) = (products.into(), xml.into());
        Ok(())
    })
}

/// Some of `rows` were not new: gives their numbers to those that are. Answers whose number is
/// another one than was kept.
fn close_ranks(
    rows: &mut [ShareRow],
    new: &HashSet<ShareId>,
    people: &mut People,
) -> Vec<(ShareId, i64)> {
    for row in rows.iter().filter(|row| row.handle > 0) {
        people.take_back(&row.sender);
    }
    let mut moved = Vec::new();
    let is_numbered = |row: &&mut ShareRow| row.handle > 0 && new.contains(&ShareId(row.id));
    for row in rows.iter_mut().filter(is_numbered) {
        let handle = people.handle(&row.sender);
        if std::mem::replace(&mut row.handle, handle) != handle {
            moved.push((ShareId(row.id), handle));
        }
    }
    moved
}

/// The answer to a key that was used before.
fn repeated(submission: &Submission, row: &ShareRow) -> std::result::Result<Accepted, Refusal> {
    if row.content_hash != submission.content_hash {
        return Err(Refusal::IdConflict);
    }
    Ok(Accepted {
        submit_id: row.submit_id.clone(),
        share: ShareId(row.id),
        ref_code: RefCode::parse(&row.ref_code).ok_or(Refusal::STORE)?,
        handle: row.handle,
    })
}

/// A submission with its names and numbers, before it is kept.
struct Draft<'s> {
    at: usize,
    submission: Cow<'s, Submission>,
    share: Arc<Share>,
}

impl<'s> Draft<'s> {
    fn new(
        at: usize,
        submission: Cow<'s, Submission>,
        people: &mut People,
        pictures: &Pictures,
        world: &World,
    ) -> (ShareRow, Self) {
        let sender = submission.sender.to_string();
        let ref_code = RefCode::from_random(world.chance.bits());
        let share = Share {
            id: ShareId(world.chance.uuid(world.now)),
            ref_code,
            sender: submission.sender.clone(),
            sender_nick: people.nick(&sender),
            comment: submission.comment.clone(),
            recording: submission.recording.clone(),
            offer: submission.offer.as_ref().map(|made| Arc::clone(&made.offer)),
            picture: pictures.of(&submission.products),
            products: Arc::clone(&submission.products),
            xml: Arc::clone(&submission.xml),
            accepted: world.now,
            revoked: None,
        };
        let row = ShareRow {
            id: share.id.0,
            sender_nick: share.sender_nick.clone(),
            submit_id: submission.submit_id.clone(),
            content_hash: submission.content_hash.to_vec(),
            ref_code: ref_code.to_string(),
            // A giver's numbers do not tell the giver who follows their card.
            handle: if submission.is_update() { 0 } else { people.handle(&sender) },
            comment_lang: share.comment.as_ref().and_then(|comment| comment.lang.clone()),
            comment: share.comment.as_ref().map(|comment| comment.text.clone()),
            recording: share.recording.as_deref().map(recording_to_xml),
            products: share.xml.to_string(),
            recipients: i64::try_from(submission.recipients.len()).unwrap_or(i64::MAX),
            accepted_at: world.now.0,
            expires_at: world.now.after(LIFE).0,
            revoked_at: None,
            card: None,
            offered: 0,
            answers: None,
            sender,
        };
        (row, Self { at, submission, share: Arc::new(share) })
    }

    /// Makes the deliveries of a share that is kept. `wait`: none of them goes before then.
    fn deliver(
        self,
        row: &ShareRow,
        (people, guard, apart): (&mut People, &mut Guard, &Apart),
        world: &World,
        (mut pace, wait): (Pace, Option<Millis>),
        room: &mut usize,
        deliveries: &mut Vec<NewDelivery>,
    ) -> Submitted {
        let recipients = &self.submission.recipients;
        // What the sender still has in the queue goes first.
        // A card takes the claim's way, where its link and its template are looked up.
        let straight = recipients.len() <= STRAIGHT.min(*room)
            && pace.next <= world.now
            && wait.is_none()
            && self.share.offer.is_none();
        let mut ready = Vec::new();
        for address in recipients {
            let id = DeliveryId(world.chance.uuid(world.now));
            let expires = world.now.after(LIFE);
            let mut new = NewDelivery {
                id,
                share: self.share.id,
                rcpt: address.to_string(),
                address: self.submission.offer.as_ref().and_then(|made| made.typed.clone()),
                handle: 0,
                delivery: Delivery::accepted(false, world.now, expires),
                sent_at: 0,
                author: row.sender.clone(),
            };
            let Some(jid) = address.jid() else {
                // What was typed costs its sender the same whether it is somebody's or not.
                let due = apart.due(world.now, &row.sender, &new.rcpt);
                let turn = if straight { pace.next } else { pace.next_due() };
                new.delivery.due = wait.unwrap_or_default().max(due).max(turn);
                new.address = Some(new.rcpt.clone());
                deliveries.push(new);
                continue;
            };
            let is_behind = people.are_behind(&new.rcpt);
            let Some(account) = people.account(&new.rcpt) else {
                deliveries.push(new);
                continue;
            };
            match guard.fate(world, &self.share.sender, &new.rcpt, (self.share.id, id)) {
                Fate::Ends => {
                    let ended = new.delivery.next(Event::Cancel, world.now, 0.0);
                    new.delivery = ended.unwrap_or(new.delivery);
                }
                Fate::Waits => {}
                Fate::Goes => {
                    new.delivery = Delivery::accepted(true, world.now, expires);
                    new.handle = account.next_handle;
                    account.next_handle += 1;
                    // At their end nothing may overtake what has waited for it.
                    let goes_now = straight
                        && !is_behind
                        && account.online
                        && account.suspended_until == Millis(0)
                        && account.quiet.is_none();
                    let claimed = new.delivery.next(Event::Claim, world.now, 0.0);
                    if let Some(claimed) = claimed.filter(|_| goes_now) {
                        new.delivery = claimed;
                        new.sent_at = world.now.0;
                        *room -= 1;
                        ready.push(outgoing(id, &self.share, jid.clone(), account, new.handle));
                    } else {
                        // Beside what waits already for the end of the recipient's quiet hours, in
                        // its order.
                        let quiet = account.quiet_until(world.now);
                        new.delivery.due = wait.max(quiet).unwrap_or_default().max(pace.next_due());
                    }
                }
            }
            deliveries.push(new);
        }
        people.paced(&self.submission, &pace);
        let answer = Ok(Accepted {
            submit_id: row.submit_id.clone(),
            share: self.share.id,
            ref_code: self.share.ref_code,
            handle: row.handle,
        });
        Submitted { answer, ready }
    }
}

fn outgoing(
    id: DeliveryId,
    share: &Arc<Share>,
    to: jid::BareJid,
    account: &Account,
    handle: i64,
) -> Outgoing {
    Outgoing {
        id,
        share: Arc::clone(share),
        carries: Carries::Share,
        about: id,
        to,
        lang: account.lang.clone(),
        handle,
        files: account.gets_files(),
        pictures: account.gets_pictures(),
        sources: true,
        delay: None,
        expires: share.accepted.after(LIFE),
        suspect: false,
        card_link: None,
        card_template: None,
    }
}
