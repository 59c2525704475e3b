//! Looking through collected cards (S4.7): all, those of a category, those with some words in
//! them, and those that may be of one person.
//!
//! Every function that asks the database fails when that does not answer.

#![expect(clippy::missing_errors_doc, reason = "said once, above")]

use std::collections::BTreeMap;

use super::{browser::Which, collected};
use crate::{
    card::{
        store::CollectedRow,
        store_address_book::{CategoryRow, Cursor, HeadRow},
    },
    db::{Result, Tx},
    domain::{
        card::Card,
        clock::Millis,
        collected::{category, looked_for},
    },
};

/// The most cards with a key in common that are looked at.
const SAME: i64 = 200;
/// Cards that are read at a time for a file: so many at the most, and bytes of them, of which the
/// last few may be over.
const AT_ONCE: i64 = 50;
/// See [`AT_ONCE`].
const BYTES_AT_ONCE: usize = 32 * 1024;
/// Cards in one statement of these.
const FEW: usize = 4;

/// What is listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Filter<'a> {
    /// Everything.
    All,
    /// A category, as somebody writes it.
    Category(&'a str),
    /// The cards in which all of these words occur.
    Words(&'a str),
}

/// A piece of a list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Listed {
    /// The cards, in order.
    pub cards: Vec<HeadRow>,
    /// The card with which the next piece begins, if there is more.
    pub next: Option<HeadRow>,
    /// How many bytes were gone through for it.
    pub read: usize,
}

/// What a list shows of a card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ListedCard {
    /// The account's number for it.
    pub handle: i64,
    /// What it is called.
    pub name: String,
    /// Where that person works.
    pub organisation: String,
}

/// A category, as a list shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Label {
    /// What it is called.
    pub name: String,
    /// The same, folded.
    pub folded: String,
    /// How many cards are in it.
    pub cards: i64,
}

/// A piece of a list, and what stands around it on a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Listing {
    /// The cards.
    pub cards: Vec<ListedCard>,
    /// The number of the card that comes next.
    pub next: Option<i64>,
    /// How many there are in all.
    pub all: i64,
    /// The categories.
    pub categories: Vec<Label>,
    /// The number of the card whose last change can be undone.
    pub undo: Option<i64>,
    /// How many bytes were gone through for it.
    pub read: usize,
}

/// A card that somebody has collected, as it is shown to them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Collected {
    /// Their number for it.
    pub handle: i64,
    /// Who gave it.
    pub giver: Option<String>,
    /// Whether it is the card of a third person.
    pub third: bool,
    /// Whether it follows the changes of the giver's card.
    pub follows: bool,
    /// Whether it was changed so lately that this can be undone.
    pub was_changed: bool,
    /// The card.
    pub card: Card,
}

/// A page of up to `limit` cards of `account`, from the one of number `from` on.
pub(crate) async fn listing(
    tx: &mut Tx,
    now: Millis,
    account: &str,
    filter: Filter<'_>,
    from: Option<i64>,
    limit: usize,
) -> Result<Listing> {
    let from = place(tx, account, from).await?;
    let listed = list(tx, account, filter, &from, limit).await?;
    let head = |row: HeadRow| {
        let HeadRow { handle, name, organisation, .. } = row;
        ListedCard { handle, name, organisation }
    };
    let categories = tx.categories(account).await?.into_iter();
    let label =
        |row: CategoryRow| Label { name: row.label, folded: row.category, cards: row.cards };
    Ok(Listing {
        cards: listed.cards.into_iter().map(head).collect(),
        next: listed.next.map(|next| next.handle),
        all: tx.count_collected(account).await?,
        categories: categories.map(label).collect(),
        undo: tx.last_collected(account, now).await?,
        read: listed.read,
    })
}

/// The card of this number.
pub(crate) async fn one(tx: &mut Tx, account: &str, handle: i64) -> Result<Option<Collected>> {
    let shown = collected::show(tx, account, handle).await?;
    Ok(shown.map(|(row, card)| Collected {
        handle: row.handle,
        giver: row.giver,
        third: row.third,
        follows: row.follows,
        was_changed: row.undo_until.is_some(),
        card,
    }))
}

/// Up to `limit` cards of `account` from `from` on.
pub async fn list(
    tx: &mut Tx,
    account: &str,
    filter: Filter<'_>,
    from: &Cursor,
    limit: usize,
) -> Result<Listed> {
    let most = i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1);
    let (mut cards, read) = match filter {
        Filter::All => (tx.list_collected(account, from, most).await?, 0),
        Filter::Category(name) => {
            (tx.list_category(account, &category(name), from, most).await?, 0)
        }
        Filter::Words(words) => tx.find_collected(account, &looked_for(words), from, most).await?,
    };
    let next = (cards.len() > limit).then(|| cards.pop()).flatten();
    Ok(Listed { cards, next, read })
}

/// Where page `page` begins, of pages of `limit` cards; none when there are fewer.
pub async fn page(tx: &mut Tx, account: &str, page: i64, limit: usize) -> Result<Option<Cursor>> {
    if page <= 1 {
        return Ok(Some(Cursor::default()));
    }
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    tx.collected_place(account, (page - 1).saturating_mul(limit)).await
}

/// Where the card of this number stands, also if it was just deleted; else the beginning.
pub(in crate::card) async fn place(
    tx: &mut Tx,
    account: &str,
    handle: Option<i64>,
) -> Result<Cursor> {
    Ok(match handle {
        Some(handle) => tx.place_of_collected(account, handle).await?.unwrap_or_default(),
        None => Cursor::default(),
    })
}

/// How many offers wait in the tray of `account`.
pub async fn waiting(tx: &mut Tx, now: Millis, account: &str) -> Result<i64> {
    tx.count_waiting(account, now).await
}

/// Cards that may be of one person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Same {
    /// What they have in common: `tel:…`, `mailto:…`, `xmpp:…`.
    pub keys: Vec<String>,
    /// Their numbers and names; two or more.
    pub cards: Vec<(i64, String)>,
}

/// Cards of `account` that have an address, a number or a mail address in common. A name in common
/// is not enough. It is not checked whether somebody has shown a number to be their own: whoever
/// has two cards with a number could find out in this way whether it is known here.
pub(crate) async fn same(tx: &mut Tx, account: &str) -> Result<Vec<Same>> {
    let mut by_key: BTreeMap<String, Vec<(i64, String)>> = BTreeMap::new();
    for row in tx.same_collected(account, SAME).await? {
        by_key.entry(row.key).or_default().push((row.handle, row.name));
    }
    let mut groups: Vec<Same> = Vec::new();
    for (key, cards) in by_key {
        let mut group = Same { keys: vec![key], cards };
        // What is like one that is like another is like that, too.
        let is_like = |it: &Same| it.cards.iter().any(|card| group.cards.contains(card));
        let (like, others): (Vec<Same>, Vec<Same>) = groups.into_iter().partition(is_like);
        for it in like {
            group.keys.extend(it.keys);
            group.cards.extend(it.cards);
        }
        group.keys.sort_unstable();
        group.cards.sort_unstable();
        group.cards.dedup();
        groups = others;
        groups.push(group);
    }
    groups.retain(|group| group.cards.len() > 1);
    groups.sort_unstable_by(|one, other| one.cards.cmp(&other.cards));
    Ok(groups)
}

/// Cards of a file, whole, from `from` on, and where it goes on.
pub(crate) async fn read(
    tx: &mut Tx,
    account: &str,
    which: &Which,
    from: &Cursor,
) -> Result<(Vec<(CollectedRow, Card)>, Option<Cursor>)> {
    let heads = match which {
        Which::All => tx.list_collected(account, from, AT_ONCE + 1).await?,
        Which::Category(name) => tx.list_category(account, name, from, AT_ONCE + 1).await?,
        Which::One(handle) => {
            let card = collected::show(tx, account, *handle).await?;
            return Ok((card.into_iter().collect(), None));
        }
    };
    let most = usize::try_from(AT_ONCE).unwrap_or(usize::MAX);
    let (mut cards, mut bytes, mut done) = (Vec::new(), 0, 0);
    for few in heads.get(..heads.len().min(most)).unwrap_or_default().chunks(FEW) {
        if bytes >= BYTES_AT_ONCE {
            break;
        }
        let ids: Vec<_> = few.iter().map(|card| card.id).collect();
        let rows = tx.read_collected(&ids).await?;
        let mut rows: BTreeMap<_, _> = rows.into_iter().map(|row| (row.id, row)).collect();
        for row in ids.iter().filter_map(|id| rows.remove(id)) {
            bytes += row.card.len();
            let card = Card::parse(&row.card).ok();
            cards.extend(card.map(|card| (row, card)));
        }
        done += few.len();
    }
    let next = heads.into_iter().nth(done);
    Ok((cards, next.map(|head| Cursor { sorted: head.sorted, id: head.id })))
}
