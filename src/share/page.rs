//! What a reference code opens (S0.8).
//!
//! Every function that asks the database fails when that does not answer.

use jid::BareJid;

use super::picture::of_products;
use crate::{
    db::{Result, Tx},
    domain::{
        clock::Millis,
        id::RefCode,
        name::name,
        product::Localized,
        refusal::Refusal,
        share::{Page, Stored},
    },
    limits::Limits,
    wire::product::read::{read_products, read_recording},
};

/// What stands behind a code.
#[derive(Debug, Clone)]
pub(crate) enum PageAnswer {
    /// A product to be shown.
    Found(Box<Page>),
    /// The sender has taken it back.
    Revoked,
    /// Never given out, or expired.
    Unknown,
}

/// What is behind a code that somebody looks up; whatever the page would not show is unknown
/// alike (`xep/product-share.xml#lookup`). Only for those who have joined.
pub(crate) async fn lookup(
    tx: &mut Tx,
    now: Millis,
    limits: &Limits,
    asker: &BareJid,
    code: Option<RefCode>,
) -> Result<std::result::Result<Page, Refusal>> {
    if tx.account(asker.as_str()).await?.is_none() {
        return Ok(Err(Refusal::NotRegistered));
    }
    if let Err(much) = limits.lookups(asker, 1) {
        return Ok(Err(much.into()));
    }
    let Some(code) = code else { return Ok(Err(Refusal::UnknownRef)) };
    Ok(match open(tx, code, now).await? {
        PageAnswer::Found(page) => Ok(*page),
        PageAnswer::Revoked | PageAnswer::Unknown => Err(Refusal::UnknownRef),
    })
}

/// The page behind a code; with pictures of ours, if `pictures` are fetched.
pub(crate) async fn page(
    tx: &mut Tx,
    code: RefCode,
    now: Millis,
    pictures: bool,
) -> Result<PageAnswer> {
    let mut answer = open(tx, code, now).await?;
    if let PageAnswer::Found(page) = &mut answer
        && pictures
    {
        page.pictures = of_products(tx, &page.products).await?;
    }
    Ok(answer)
}

/// Opens a code, without pictures of ours.
pub(crate) async fn open(tx: &mut Tx, code: RefCode, now: Millis) -> Result<PageAnswer> {
    let Some(row) = tx.share_by_ref(code).await? else { return Ok(PageAnswer::Unknown) };
    if row.revoked_at.is_some() {
        return Ok(PageAnswer::Revoked);
    }
    if row.expires_at <= now.0 {
        return Ok(PageAnswer::Unknown);
    }
    let Some(products) = read_products(&row.products) else { return Ok(PageAnswer::Unknown) };
    let lang = row.comment_lang;
    Ok(PageAnswer::Found(Box::new(Page {
        ref_code: code,
        // Some clients put the address where the name belongs, and the page is open.
        sender_nick: row.sender_nick.as_deref().and_then(name),
        comment: row.comment.map(|text| Localized { lang, text }),
        recording: row.recording.as_deref().and_then(read_recording),
        products,
        pictures: Stored::new(),
        accepted: Millis(row.accepted_at),
        expires: Millis(row.expires_at),
    })))
}
