//! Cards that stay true: whoever has a card whose giver lets its changes follow gets them, sees
//! what they are, and can refuse them.
//!
//! All who follow a card have the same version of it in hand, `told`, each with changes of their
//! own. A change makes the card due: at once, or `PAUSE` after the last time, so that several in
//! a row are told in one message. The telling is done in portions that hold nobody up, as far as so
//! much may be kept on behalf of the giver, and later for the rest; all of them bring the version
//! of its beginning, and what is changed meanwhile is told the next time.
//!
//! Every function that asks the database fails when that does not answer.

use std::{sync::Arc, time::Duration};

use jid::BareJid;
use uuid::Uuid;

use super::entry::Own;
use crate::{
    account::store::Account,
    card::{collected, inbox::offer::Offered, submission::submit},
    db::{Result, Savepoint, Tx},
    domain::{
        address::Address,
        card::{Card, Change},
        clock::Millis,
        consent::Verdict,
        id::{DeliveryId, ShareId},
        lang::Lang,
        offer::{Decision, How, Offer},
        product::Localized,
        share::{OfferMade, Submission, What},
        unfinished::Unfinished,
    },
    people::consent,
    share::store::ShareRow,
    world::{World, is_full},
};

/// How long those who follow a card are told nothing of it after they were told something.
pub(in crate::card) const PAUSE: Duration = Duration::from_mins(10);
/// How many are told in one transaction of a small card.
const PASS: i64 = 50;
/// How many copies of a card end to follow it in one transaction: each may have 64 KiB.
const PORTION: i64 = 25;
/// How many times a card is kept for each who is told of it: as it was sent, and as they have it, with
/// what it is found by.
const COPIES: usize = 3;
/// Bytes of a card for all who are told of it in one transaction: each has a copy of it.
const BYTES: usize = 200 << 10;

/// What somebody is told.
#[derive(Debug)]
pub(crate) struct News<'a> {
    /// The language that whoever is told reads.
    pub lang: Lang,
    /// Whose card has changed.
    pub giver: &'a str,
    /// The name the giver goes by.
    pub nick: Option<&'a str>,
    /// The number by which the card is known to whoever is told.
    pub handle: i64,
    /// What has changed; never nothing.
    pub changes: &'a [Change],
}

/// Writes it.
pub(in crate::card) type Sentence<'w> = &'w (dyn Fn(&News<'_>) -> String + Send + Sync);

/// The version that those have who follow this card, if there is one.
pub(in crate::card) async fn told(tx: &mut Tx, account: &str, name: &str) -> Result<Option<Card>> {
    let row = tx.own_card(account, name).await?;
    Ok(row.and_then(|row| Card::parse(&row.told).ok()))
}

/// Whether whoever takes this follows it: it was offered so, and that has not ended since.
pub(crate) async fn may(tx: &mut Tx, it: &Offered) -> Result<bool> {
    let Some(name) = it.own_card.as_deref().filter(|_| it.offer.how.follows) else {
        return Ok(it.offer.how.follows);
    };
    let ended = tx.following_ended(it.giver.as_str(), name).await?;
    Ok(ended.is_none_or(|ended| it.stamp > ended))
}

/// Up to `limit` of those who follow a card, behind `after`. Who is to follow it no more does not
/// from that moment, however long it takes to end it for all of them.
async fn followers(
    tx: &mut Tx,
    account: &str,
    name: &str,
    after: Uuid,
    limit: i64,
) -> Result<Vec<(Uuid, String, i64)>> {
    let ended = tx.following_ended(account, name).await?.unwrap_or(Millis(-1));
    tx.followers(account, name, ended, after, limit).await
}

/// What goes of a card may have changed: whoever follows it is told, when it is time.
pub(super) async fn changed(tx: &mut Tx, world: &World, account: &str, name: &str) -> Result<()> {
    let Some(row) = tx.own_card(account, name).await? else { return Ok(()) };
    // What comes while they are being told is looked at behind that.
    if row.telling.is_some() {
        return Ok(());
    }
    if followers(tx, account, name, Uuid::nil(), 1).await?.is_empty() {
        let given = Own::read(row).map(|own| own.given().to_string()).unwrap_or_default();
        return tx.end_telling(account, name, &given, None, None).await;
    }
    // What was to be told at a time further off was so by a clock that was ahead, or because as much
    // was kept as may be, which is looked at again.
    if row.tell_at.is_none_or(|at| at > world.now.after(PAUSE).0) {
        // Told at a time that has not come yet, the clock having been ahead, is told just now.
        let told = Millis(row.told_at).min(world.now);
        let at = world.now.max(told.after(PAUSE));
        tx.set_tell_at(account, name, at).await?;
    }
    Ok(())
}

/// Tells some of those who follow a card that is due; those who have changed cards take turns. Answers
/// whether there was one.
pub(crate) async fn tell(tx: &mut Tx, world: &World, words: Sentence<'_>) -> Result<bool> {
    let Some(row) = tx.own_card_due(world.now).await? else { return Ok(false) };
    let (account, name) = (row.account.clone(), row.name.clone());
    // Whoever has changed many cards has a turn like whoever has changed one.
    tx.tell_behind(&account, world.now).await?;
    let limits = &world.rules.limits;
    if let Some(wait) = limits.full_for_followers(&account) {
        tx.set_tell_at(&account, &name, world.now.after(wait)).await?;
        return Ok(true);
    }
    let given = Own::read(row.clone()).map(|own| own.given());
    let telling = row.telling.as_deref().and_then(|text| Card::parse(text).ok());
    let (Some(given), Some(base)) = (given, Card::parse(&row.told).ok()) else {
        tx.end_telling(&account, &name, &row.told, None, None).await?;
        return Ok(true);
    };
    let new = telling.unwrap_or_else(|| given.clone());
    let after = row.told_to.unwrap_or(Uuid::nil());
    let text = new.to_string();
    let portion = i64::try_from(BYTES / text.len().max(1)).unwrap_or(PASS).clamp(1, PASS);
    let all = followers(tx, &account, &name, after, portion).await?;
    let owner = tx.account(&account).await?.filter(|owner| !owner.barred);
    if let Some(giver) = owner.filter(|_| base != new) {
        // Of each, whether they get it or not: who has blocked the giver shows in nothing.
        let addresses = all.iter().map(|(_, follower, _)| follower.len());
        limits.keeps_for_followers(&account, addresses, COPIES * text.len());
        let it = Telling { giver: &giver, name: &name, base: &base, new: &new };
        tx.savepoint(Savepoint::Part).await?;
        let brought = bring(tx, world, &it, &all, words).await;
        // All at once, or each alone when the database refuses that.
        if tx.settle(Savepoint::Part, brought).await?.is_err() {
            bring_to_each(tx, world, &it, &all, words).await?;
        }
    }
    match all.last() {
        Some((last, ..)) if is_full(all.len(), portion) => {
            tx.go_on_telling(&account, &name, (&text, *last), world.now).await?;
        }
        _ => {
            let at = (new != given).then(|| world.now.after(PAUSE));
            tx.end_telling(&account, &name, &text, Some(world.now), at).await?;
        }
    }
    Ok(true)
}

/// A new version on its way.
struct Telling<'a> {
    giver: &'a Account,
    name: &'a str,
    base: &'a Card,
    new: &'a Card,
}

/// Brings it to each alone. Who does not get it follows no more: all who follow have the same
/// version.
async fn bring_to_each(
    tx: &mut Tx,
    world: &World,
    it: &Telling<'_>,
    followers: &[(Uuid, String, i64)],
    words: Sentence<'_>,
) -> Result<()> {
    for follower in followers {
        tx.savepoint(Savepoint::Part).await?;
        let brought = bring(tx, world, it, std::slice::from_ref(follower), words).await;
        let Err(error) = tx.settle(Savepoint::Part, brought).await? else { continue };
        tracing::error!(%error, "a change of a card was not brought to a follower");
        tx.savepoint(Savepoint::Part).await?;
        let ended = tx.unfollow(follower.0).await;
        if let Err(error) = tx.settle(Savepoint::Part, ended).await? {
            tracing::error!(%error, "a follower who has an old version goes on to follow");
        }
    }
    Ok(())
}

/// Brings it into the copies of these, and posts what they are told.
async fn bring(
    tx: &mut Tx,
    world: &World,
    it: &Telling<'_>,
    followers: &[(Uuid, String, i64)],
    words: Sentence<'_>,
) -> Result<()> {
    let Ok(sender) = BareJid::new(&it.giver.jid) else { return Ok(()) };
    let jids: Vec<String> = followers.iter().map(|(_, jid, _)| jid.clone()).collect();
    let readers = tx.accounts(&jids).await?;
    let refusing = consent::refusing(tx, world, &it.giver.jid, &readers).await?;
    let mut group = Vec::new();
    for (id, jid, handle) in followers {
        let Some(reader) = readers.iter().find(|reader| reader.jid == *jid) else { continue };
        // If a follower wants to hear nothing from the giver, the follower's copy does not change
        // either, now or later: what comes later would be put into a version that the others no
        // longer have.
        if refusing.contains_key(jid) {
            tx.unfollow(*id).await?;
            continue;
        }
        let changes = match collected::renew(tx, world, jid, *handle, it.base, it.new).await? {
            Ok(changes) if !changes.is_empty() => changes,
            Ok(_) => continue,
            Err(_) => {
                tx.unfollow(*id).await?;
                continue;
            }
        };
        let lang = Lang::of(&reader.lang).unwrap_or_default();
        let (giver, nick) = (it.giver.jid.as_str(), it.giver.nick.as_deref());
        let text = words(&News { lang, giver, nick, handle: *handle, changes: &changes });
        let before = tx.offered_numbered(jid, *handle).await?;
        // As they were given it: what they answer shows the giver no more than that.
        let offers: Vec<DeliveryId> = before.iter().map(|it| DeliveryId(it.delivery_id)).collect();
        let typed = tx.typed(&offers).await?.pop().map(|(_, address)| address);
        let before = before.map(|row| ShareId(row.share_id));
        let Ok(to) = Address::from_jid(jid) else { continue };
        let how = How { follows: true, update: true, ..How::default() };
        let offer = Arc::new(Offer { card: it.new.clone(), how, after: before });
        let own_card = Some(it.name.to_owned());
        let made = OfferMade { offer, own_card, typed };
        let told = Localized { lang: Some(lang.code().to_owned()), text };
        let key = format!("update {}", world.chance.uuid(world.now));
        let what = What::Changed { made, told };
        group.push(Submission::of(sender.clone(), key, what, vec![to]));
    }
    if !group.is_empty() {
        submit(tx, world, &group, 0).await?;
    }
    Ok(())
}

/// The giver's number for what told somebody of a changed card, now that `author`, as the giver knows
/// them, answers it: until then it has none, so that the giver's numbers say nothing of who follows. 0
/// when they will not see the answer either.
pub(crate) async fn number(
    tx: &mut Tx,
    world: &World,
    share: &ShareRow,
    author: &str,
) -> Result<i64> {
    let refusal = consent::refusal(tx, world, &share.sender, author).await?;
    if matches!(refusal, Some((Verdict::Blocked, _))) {
        return Ok(0);
    }
    let Some(handle) = collected::next_handle(tx, &share.sender).await? else { return Ok(0) };
    tx.set_share_handle(ShareId(share.id), handle).await?;
    Ok(handle)
}

/// The last change of the card that `account` took as `it`, while the copy follows and is as that left
/// it.
pub(in crate::card) async fn last_change(
    tx: &mut Tx,
    account: &BareJid,
    it: &Offered,
) -> Result<Option<Offered>> {
    let (account, giver) = (account.as_str(), it.giver.as_str());
    let name = it.own_card.as_deref().unwrap_or_default();
    let following = tx.following(account, giver, name).await?;
    let Some((_, at)) = following.into_iter().find(|(handle, _)| *handle == it.handle) else {
        return Ok(None);
    };
    Ok(tx.change_sent(account, giver, name, at).await?.and_then(Offered::read))
}

/// `account` does not want a new version that it was brought: if it was the last change, or one of the
/// last that were the giver's ([`collected::renew`]), what was there before comes back, and nothing
/// follows any more. Answers the card's number and whether it is as it was; none if it follows nothing.
pub(in crate::card) async fn refuse(
    tx: &mut Tx,
    world: &World,
    account: &BareJid,
    it: &Offered,
) -> Result<Option<(i64, bool)>> {
    let name = it.own_card.as_deref().unwrap_or_default();
    let following = tx.following(account.as_str(), it.giver.as_str(), name).await?;
    let mut kept = None;
    for (handle, _) in following {
        // What the account has changed in it since is not undone for that.
        let row = tx.collected(account.as_str(), handle).await?;
        let is_last =
            row.and_then(|row| row.before_since).is_some_and(|it_was| it_was <= it.stamp.0);
        let is_back =
            is_last && collected::undo(tx, world, account.as_str(), Some(handle)).await?.is_ok();
        collected::unfollow(tx, account.as_str(), handle).await?;
        kept = Some((handle, is_back));
    }
    tx.decide_offer(it.delivery, Decision::Declined, world.now).await?;
    Ok(kept)
}

/// Nobody who followed any card of `account` at `since` does any more, nor will whoever takes one
/// that they had given until then.
pub(crate) async fn end(tx: &mut Tx, world: &World, account: &str, since: Millis) -> Result<()> {
    let ended = tx.end_following(account, since, PORTION).await?;
    let offers = tx.end_following_offers(account, since, PORTION).await?;
    if is_full(ended.max(offers), PORTION) {
        world.put_unfinished(tx, (account, Unfinished::Unfollowed, ""), since).await?;
    }
    Ok(())
}

/// The same of the card that they call `name`.
pub(crate) async fn end_card(
    tx: &mut Tx,
    world: &World,
    account: &str,
    name: &str,
    since: Millis,
) -> Result<()> {
    let ended = tx.end_following_card(account, name, since, PORTION).await?;
    let offers = tx.end_following_offers_of(account, name, since, PORTION).await?;
    if is_full(ended.max(offers), PORTION) {
        world.put_unfinished(tx, (account, Unfinished::Deleted, name), since).await?;
    }
    Ok(())
}

/// Nobody who was given the card by `share` follows it any more.
pub(in crate::card) async fn end_of(tx: &mut Tx, account: &str, share: ShareId) -> Result<()> {
    tx.end_following_of(account, share).await
}
