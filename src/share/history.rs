//! What somebody sent and was sent: the list of it, one thing of it, and what is found in it.
//!
//! Every function that asks the database fails when that does not answer.

#![expect(clippy::missing_errors_doc, reason = "said once, above")]

use std::collections::HashMap;

use jid::BareJid;
use memchr::memmem::Finder;
use tokio::task::yield_now;

use crate::{
    db::{Result, Tx},
    domain::{
        card::Card,
        collected::WORDS_MAX,
        id::{RefCode, ShareId},
        product::{Gtin, Localized, Product},
        recording::Recording,
    },
    share::{store::ShareRow, store_history::ItemRow},
    wire::product::read::{read_products, read_recording},
};

/// The most things that are looked through for words.
const LOOKED_THROUGH: i64 = 500;
/// Of these, how many are read at once.
const AT_ONCE: i64 = 100;

/// A thing that somebody sent or was sent.
#[derive(Debug, Clone)]
pub struct Item {
    /// That person's number for it.
    pub handle: i64,
    /// The share.
    pub share: ShareId,
    /// Opens its page.
    pub code: Option<RefCode>,
    /// Who sent it; none when that person did.
    pub from: Option<Person>,
    /// One recipient and the number of all, when that person sent it.
    pub to: Option<(String, i64)>,
    /// What was said.
    pub comment: Option<Localized>,
    /// The same spoken.
    pub recording: Option<Box<Recording>>,
    /// What it is; nothing when it was taken back.
    pub products: Vec<Product>,
    /// The card that it is, in place of products; also when it was taken back.
    pub card: Option<Card>,
    /// Whether its sender took it back.
    pub is_revoked: bool,
}

/// Somebody, as another knows them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// Their address.
    pub jid: String,
    /// The name they gave.
    pub nick: Option<String>,
}

/// Up to `limit` things, the newest first, without the first `skip`.
pub(crate) async fn list(tx: &mut Tx, of: &BareJid, skip: i64, limit: i64) -> Result<Vec<Item>> {
    let rows = tx.history(of.as_str(), i64::MAX, skip, limit).await?;
    Ok(items(tx, rows).await?.0)
}

/// The thing of this number; without a number, the newest.
pub async fn item(tx: &mut Tx, of: &BareJid, handle: Option<i64>) -> Result<Option<Item>> {
    let row = match handle {
        Some(handle) => tx.item(of.as_str(), handle).await?,
        None => tx.history(of.as_str(), i64::MAX, 0, 1).await?.pop(),
    };
    let rows = row.into_iter().collect();
    Ok(items(tx, rows).await?.0.pop())
}

/// Up to `limit` things in which all of `words` occur, the newest first, of the last 500; and how
/// many bytes were gone through for it. Of more than [`WORDS_MAX`] words any so many count.
pub(crate) async fn find(
    tx: &mut Tx,
    of: &BareJid,
    words: &str,
    limit: usize,
) -> Result<(Vec<Item>, usize)> {
    let mut words: Vec<String> = words.split_whitespace().map(str::to_lowercase).collect();
    words.sort_unstable();
    words.dedup();
    let words: Vec<Finder<'_>> = words.iter().take(WORDS_MAX).map(Finder::new).collect();
    let (mut found, mut read) = (Vec::new(), 0);
    let mut below = i64::MAX;
    for _ in 0..LOOKED_THROUGH / AT_ONCE {
        let rows = tx.history(of.as_str(), below, 0, AT_ONCE).await?;
        let Some(last) = rows.last() else { break };
        below = last.handle;
        let fits = |item: &Item| {
            let text = item.text();
            words.iter().all(|word| word.find(text.as_bytes()).is_some())
        };
        let (all, bytes) = items(tx, rows).await?;
        read += bytes;
        found.extend(all.into_iter().filter(fits));
        if found.len() >= limit {
            found.truncate(limit);
            break;
        }
    }
    Ok((found, read))
}

/// What these are, and how many bytes were read for it.
async fn items(tx: &mut Tx, rows: Vec<ItemRow>) -> Result<(Vec<Item>, usize)> {
    let ids: Vec<ShareId> = rows.iter().map(|row| ShareId(row.share_id)).collect();
    let sent: Vec<ShareId> =
        rows.iter().filter(|row| row.sent).map(|row| ShareId(row.share_id)).collect();
    let recipients: HashMap<_, _> = tx.some_recipient(&sent).await?.into_iter().collect();
    let shares: HashMap<_, ShareRow> =
        tx.shares(&ids).await?.into_iter().map(|share| (share.id, share)).collect();
    let (mut items, mut bytes) = (Vec::with_capacity(rows.len()), 0);
    for row in rows {
        // Somebody may have sent to themselves: then it is here twice.
        let Some(share) = shares.get(&row.share_id).cloned() else { continue };
        bytes += share.products.len() + share.card.as_ref().map_or(0, String::len);
        let one = recipients.get(&share.id).cloned();
        items.push(Item::of(&row, share, one));
        // One of 40 KiB takes most of a millisecond to read: others come between.
        yield_now().await;
    }
    Ok((items, bytes))
}

impl Item {
    /// What it is; `one` is a recipient of it.
    fn of(row: &ItemRow, share: ShareRow, one: Option<String>) -> Self {
        let is_revoked = share.revoked_at.is_some();
        let lang = share.comment_lang;
        Self {
            handle: row.handle,
            share: ShareId(share.id),
            // A card has no page that a code opens.
            code: RefCode::parse(&share.ref_code).filter(|_| share.card.is_none()),
            from: (!row.sent).then_some(Person { jid: share.sender, nick: share.sender_nick }),
            to: one.filter(|_| row.sent).map(|one| (one, share.recipients)),
            comment: share.comment.filter(|_| !is_revoked).map(|text| Localized { lang, text }),
            recording: share.recording.filter(|_| !is_revoked).and_then(|it| read_recording(&it)),
            products: if is_revoked || share.card.is_some() {
                Vec::new()
            } else {
                read_products(&share.products).unwrap_or_default()
            },
            card: share.card.as_deref().and_then(|card| Card::parse(card).ok()),
            is_revoked,
        }
    }

    /// Everything in it that can be found, in small letters.
    fn text(&self) -> String {
        let mut parts: Vec<&str> = Vec::new();
        for product in &self.products {
            let texts = product.names.iter().chain(&product.categories).chain(&product.colors);
            parts.extend(texts.map(|part| part.text.as_str()));
            parts.extend(product.brand.as_deref());
            parts.extend(product.gtins.iter().map(Gtin::as_str));
            parts.extend(product.offers.iter().filter_map(|offer| offer.seller.as_deref()));
        }
        parts.extend(self.card.as_ref().filter(|_| !self.is_revoked).map(Card::name));
        parts.extend(self.comment.as_ref().map(|comment| comment.text.as_str()));
        if let Some(Person { jid, nick }) = &self.from {
            parts.push(jid);
            parts.extend(nick.as_deref());
        }
        parts.extend(self.to.as_ref().map(|(to, _)| to.as_str()));
        parts.join("\n").to_lowercase()
    }
}
