//! All that somebody has here, by a link that only they know. As with what is saved of one share,
//! nothing is stored twice: it is put together when the link is followed, a piece at a time.
//! Whoever reads gives the database back between two pieces and goes on by key, so what changes
//! meanwhile is given as it is when its turn comes: a card whose name changes may be there twice or
//! not at all, and what comes after the beginning is not there.
//!
//! Every function that asks the database fails when that does not answer.

#![expect(clippy::missing_errors_doc, reason = "said once, above")]

use std::time::Duration;

use jid::BareJid;

use crate::{
    account::store::Account,
    card::{address_book, browser::Which, own, store::CollectedRow, store_address_book::Cursor},
    db::{Result, Tx},
    domain::{
        card::{Card, Part},
        clock::Millis,
        export::{Collected, Contact, Export, Invited, OwnCard},
        id::{DeliveryId, ShareId},
        lang::Lang,
        saved::{LIFE, Saved, Token},
    },
    invite::list,
    leave::store_export::ExportRow,
    share::{
        saved::{self, SavedAnswer, read},
        store_history::ItemRow,
    },
    world::World,
};

/// The most links of one account that work at one time; the oldest goes for a new one.
pub(in crate::leave) const OPEN: i64 = 5;
/// The most things that are listed, the latest ones; and of what was said about them.
pub(crate) const THINGS: usize = 1000;
/// See [`THINGS`].
pub(crate) const NOTES: usize = 20_000;
/// The most bytes of cards; beyond them there is `cards export`.
pub(crate) const CARD_BYTES: usize = 16 * 1024 * 1024;
/// Rows that are read at a time.
const AT_ONCE: i64 = 50;

/// Makes a link for `owner` to everything of theirs, for a week.
pub async fn export(tx: &mut Tx, world: &World, owner: &BareJid) -> Result<Token> {
    const { assert!(Duration::as_secs(&LIFE) == 7 * 24 * 3600, "the texts say a week") };
    let token = Token::from_random(world.chance.bits(), world.chance.bits());
    tx.keep_exports(owner.as_str(), OPEN - 1).await?;
    let row = ExportRow {
        hash: token.hash(),
        account: Some(owner.to_string()),
        expires_at: world.now.after(LIFE).0,
    };
    tx.insert_export(&row).await?;
    world.rules.limits.keeps(owner.as_str(), [owner.as_str().len()], 0);
    Ok(token)
}

/// Follows a link, to all that somebody has or to what they keep of a share; with pictures of ours, if
/// `pictures` are fetched.
pub(crate) async fn open(
    tx: &mut Tx,
    now: Millis,
    token: Token,
    pictures: bool,
) -> Result<SavedAnswer> {
    if let Some(kept) = saved::open(tx, now, token, pictures).await? {
        return Ok(kept);
    }
    let link = tx.export(&token.hash()).await?.filter(|link| link.expires_at > now.0);
    let Some(link) = link else { return Ok(SavedAnswer::Unknown) };
    let Some(jid) = link.account else { return Ok(SavedAnswer::Left) };
    let Some(account) = tx.account(&jid).await? else { return Ok(SavedAnswer::Left) };
    Ok(SavedAnswer::All(Box::new(all(tx, now, account).await?)))
}

async fn all(tx: &mut Tx, now: Millis, account: Account) -> Result<Export> {
    let contacts = tx.contacts_of(&account.jid).await?;
    let awaited = match account.jid.parse::<BareJid>() {
        Ok(jid) => list::list(tx, now, &jid).await?.0,
        Err(_) => Vec::new(),
    };
    Ok(Export {
        joined: account.joined_at,
        lang: Lang::of(&account.lang).unwrap_or_default(),
        contacts: contacts
            .into_iter()
            .map(|it| Contact {
                uri: it.address,
                proved: Millis(it.proved_at),
                is_discoverable: it.discoverable != 0,
            })
            .collect(),
        invited: awaited
            .into_iter()
            .map(|it| Invited {
                address: it.address.shown().to_owned(),
                since: it.since,
                has_joined: it.has_accepted,
            })
            .collect(),
        card_updates: account.card_updates,
        ask: account.ask(),
        jid: account.jid,
        nick: account.nick,
        pictures: account.pictures,
        quiet: account.quiet,
        zone: account.zone,
        written: now,
    })
}

/// Some of those whom `jid` has blocked, the latest first, from `from` on, and where it goes on.
pub(crate) async fn blocked(
    tx: &mut Tx,
    jid: &str,
    from: Blocked,
) -> Result<(Vec<String>, Option<Blocked>)> {
    let rows = tx.blocked_before(jid, (from.0, &from.1), AT_ONCE).await?;
    let is_last = i64::try_from(rows.len()).is_ok_and(|n| n < AT_ONCE);
    let last = rows.last().filter(|_| !is_last);
    let next = last.map(|(other, since)| Blocked(*since, other.clone()));
    Ok((rows.into_iter().map(|(other, _)| other).collect(), next))
}

/// A place in the list of those whom somebody has blocked. The default is before all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Blocked(i64, String);

impl Default for Blocked {
    fn default() -> Self {
        Self(i64::MAX, String::new())
    }
}

/// What `jid` calls their own cards.
pub(crate) async fn own_cards(tx: &mut Tx, jid: &str) -> Result<Vec<String>> {
    Ok(own::list(tx, jid).await?.into_iter().map(|it| it.name).collect())
}

/// The card that `jid` calls `name`.
pub(crate) async fn own_card(tx: &mut Tx, jid: &str, name: &str) -> Result<Option<OwnCard>> {
    Ok(own::get(tx, jid, name).await?.map(|it| OwnCard {
        name: it.name,
        parts: it.parts.into_iter().map(Part::token).collect(),
        template: it.template,
        changed: it.changed,
        card: it.card,
    }))
}

/// Some of the cards that `jid` has collected, by name, and where it goes on; with the bytes of
/// them.
pub(crate) async fn cards(
    tx: &mut Tx,
    jid: &str,
    from: &Cursor,
) -> Result<(Vec<(usize, Collected)>, Option<Cursor>)> {
    let (cards, next) = address_book::read(tx, jid, &Which::All, from).await?;
    let collected = |(row, card): (CollectedRow, Card)| {
        let it = Collected {
            number: row.handle,
            giver: row.giver,
            third: row.third,
            follows: row.follows,
            changed: Millis(row.changed_at),
            card,
        };
        (row.card.len(), it)
    };
    Ok((cards.into_iter().map(collected).collect(), next))
}

/// Some of what `jid` sent and was sent, below the number `below`, the latest first.
pub(crate) async fn things(tx: &mut Tx, jid: &str, below: i64) -> Result<Vec<ItemRow>> {
    tx.history(jid, below, 0, AT_ONCE).await
}

/// One of these, as [`saved`] gives it. None when there is no such thing any more.
pub(crate) async fn thing(
    tx: &mut Tx,
    now: Millis,
    jid: &str,
    item: &ItemRow,
) -> Result<Option<Saved>> {
    let Some(account) = tx.account(jid).await? else { return Ok(None) };
    let share = ShareId(item.share_id);
    let about = if item.sent {
        None
    } else {
        let between = tx.conversations(share).await?;
        let own = between.into_iter().find(|it| it.rcpt == account.jid);
        let Some(own) = own else { return Ok(None) };
        Some(DeliveryId(own.id))
    };
    read(tx, now, &account, share, about).await
}
