//! What somebody keeps of a share, by a link that only they know (S0.9). Nothing is stored twice:
//! the link leads to the share, and what it shows is put together when it is followed: first an
//! outline, then what was said, some of it at a time (`talk`).
//!
//! Every function that asks the database fails when that does not answer.

pub mod talk;

use jid::BareJid;

use super::{history::Item, picture::of_products};
use crate::{
    account::store::Account,
    db::{Result, Tx},
    domain::{
        card::Card,
        clock::Millis,
        export::Export,
        id::{DeliveryId, RefCode, ShareId},
        lang::Lang,
        product::Localized,
        saved::{LIFE, Party, Saved, Token},
        share::{Page, Stored},
    },
    share::{store::ShareRow, store_saved::SavedRow},
    wire::product::read::{read_products, read_recording},
    world::World,
};

/// The most links of one account that work at one time; the oldest goes for a new one.
pub(in crate::share) const OPEN: i64 = 20;

/// What a link leads to.
#[derive(Debug, Clone)]
pub(crate) enum SavedAnswer {
    /// What is kept.
    Found(Box<Saved>),
    /// All that its owner has, as far as it is not read a piece at a time.
    All(Box<Export>),
    /// Its sender has taken it back.
    Revoked,
    /// Its owner has left.
    Left,
    /// Never given out, or over.
    Unknown,
}

/// Makes a link for `owner` to what they know as `item`; none when its sender has taken it back,
/// though the sender still keeps what they said.
pub(crate) async fn save(
    tx: &mut Tx,
    world: &World,
    owner: &BareJid,
    item: &Item,
) -> Result<Option<Token>> {
    let about = if item.from.is_none() {
        None
    } else {
        let all = tx.conversations(item.share).await?;
        let own = all.into_iter().find(|row| row.rcpt == owner.as_str());
        let Some(own) = own.filter(|_| !item.is_revoked) else { return Ok(None) };
        Some(own.id)
    };
    let token = Token::from_random(world.chance.bits(), world.chance.bits());
    tx.keep_saved(owner.as_str(), OPEN - 1).await?;
    let row = SavedRow {
        hash: token.hash(),
        account: owner.to_string(),
        share_id: item.share.0,
        about,
        expires_at: world.now.after(LIFE).0,
    };
    tx.insert_saved(&row).await?;
    world.rules.limits.keeps(&row.account, [row.account.len()], 0);
    Ok(Some(token))
}

/// Whose a link is; none when it leads nowhere, is over, or they have left.
pub(crate) async fn whose(tx: &mut Tx, now: Millis, token: Token) -> Result<Option<String>> {
    if let Some(link) = tx.saved(&token.hash()).await? {
        return Ok(Some(link.account).filter(|_| link.expires_at > now.0));
    }
    let link = tx.export(&token.hash()).await?.filter(|link| link.expires_at > now.0);
    Ok(link.and_then(|link| link.account))
}

/// Follows a link; with pictures of ours, if `pictures` are fetched. None when it was not made here: it
/// may be one to all that somebody has.
pub(crate) async fn open(
    tx: &mut Tx,
    now: Millis,
    token: Token,
    pictures: bool,
) -> Result<Option<SavedAnswer>> {
    let Some(link) = tx.saved(&token.hash()).await? else { return Ok(None) };
    let account = tx.account(&link.account).await?.filter(|_| link.expires_at > now.0);
    let Some(account) = account else { return Ok(Some(SavedAnswer::Unknown)) };
    let (share, about) = (ShareId(link.share_id), link.about.map(DeliveryId));
    let Some(mut saved) = read(tx, now, &account, share, about).await? else {
        return Ok(Some(SavedAnswer::Revoked));
    };
    if pictures {
        saved.page.pictures = of_products(tx, &saved.page.products).await?;
    }
    Ok(Some(SavedAnswer::Found(Box::new(saved))))
}

/// A share as `account`, which takes part in it, may know it, with where everything is kept that
/// was said about it in all conversations, or in `about`. None when its sender has taken it back,
/// though the sender still keeps it.
pub(crate) async fn read(
    tx: &mut Tx,
    now: Millis,
    account: &Account,
    share: ShareId,
    about: Option<DeliveryId>,
) -> Result<Option<Saved>> {
    let row = tx.shares(&[share]).await?.pop();
    let Some(row) = row.filter(|row| row.revoked_at.is_none() || about.is_none()) else {
        return Ok(None);
    };
    let mut between = tx.conversations(share).await?;
    between.retain(|row| about.is_none_or(|about| about.0 == row.id));
    let handle = match (about, between.first()) {
        (Some(_), Some(own)) => own.handle,
        _ => row.handle,
    };
    let Some(page) = page_of(&row) else { return Ok(None) };
    let card = row.card.as_deref().and_then(|card| Card::parse(card).ok());
    let sender = Party { address: row.sender, nick: row.sender_nick };
    let (conversations, are_all) =
        talk::outline(tx, share, about, &between, &account.jid, &sender).await?;
    Ok(Some(Saved {
        owner: account.jid.clone(),
        lang: Lang::of(&account.lang).unwrap_or_default(),
        handle,
        page,
        card,
        is_own: about.is_none(),
        sender,
        conversations,
        is_cut: !are_all,
        written: now,
    }))
}

fn page_of(row: &ShareRow) -> Option<Page> {
    let lang = row.comment_lang.clone();
    Some(Page {
        ref_code: RefCode::parse(&row.ref_code)?,
        sender_nick: row.sender_nick.clone(),
        comment: row.comment.clone().map(|text| Localized { lang, text }),
        recording: row.recording.as_deref().and_then(read_recording),
        products: read_products(&row.products)?,
        accepted: Millis(row.accepted_at),
        expires: Millis(row.expires_at),
        pictures: Stored::new(),
    })
}
