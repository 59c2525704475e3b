//! An account on the server for somebody who was invited and has none: one link for each
//! invitation, so many a day over all (S4.1, `threats` 12).
//!
//! The place is kept before the server is asked and the link after, so that two who press at once
//! make one, and a process that dies in between costs a place for half a minute.

use std::time::Duration;

use super::World;
use crate::{
    domain::{account_link::AccountLink, clock::Millis, invitation::Code},
    store::db::{Result, Tx},
};

/// How long a place is kept for a server that does not answer.
pub const PLACE: Duration = Duration::from_secs(30);
/// What the limit is counted over.
const DAY: Duration = Duration::from_hours(24);

/// What is to be done for somebody who wants an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// There is a link already.
    Made(AccountLink),
    /// The server is to be asked; the place is kept.
    Ask,
    /// It is being asked.
    Asked,
    /// So many were made today that there are no more.
    Spent,
}

/// The link of an invitation, if one was made and works.
///
/// # Errors
/// When the database does not answer.
pub async fn link(tx: &mut Tx, code: Code, now: Millis) -> Result<Option<AccountLink>> {
    let row = tx.account_link(&code.hash()).await?;
    let row = row.filter(|row| !row.uri.is_empty() && row.expires_at > now.0);
    Ok(row.map(|row| AccountLink { uri: row.uri, page: row.page, expires: Millis(row.expires_at) }))
}

/// Keeps a place for a link, at most `a_day` in 24 hours over all invitations.
///
/// # Errors
/// When the database does not answer.
pub async fn reserve(tx: &mut Tx, world: &World, code: Code, a_day: i64) -> Result<Place> {
    let now = world.now;
    if let Some(link) = link(tx, code, now).await? {
        return Ok(Place::Made(link));
    }
    if tx.account_links_since(now.before(DAY), now).await? >= a_day {
        return Ok(Place::Spent);
    }
    let is_kept = tx.reserve_account_link(&code.hash(), now, now.after(PLACE)).await?;
    Ok(if is_kept { Place::Ask } else { Place::Asked })
}

/// Keeps what the server gave; or gives the place back, when it gave nothing.
///
/// # Errors
/// When the database does not answer.
pub async fn keep(tx: &mut Tx, code: Code, link: Option<&AccountLink>) -> Result<()> {
    match link {
        Some(link) => tx.keep_account_link(&code.hash(), link).await,
        None => tx.give_account_link_back(&code.hash()).await,
    }
}

/// Forgets at most `limit` links that are over and counted for nothing. Answers how many.
///
/// # Errors
/// When the database does not answer.
pub async fn forget(tx: &mut Tx, now: Millis, limit: i64) -> Result<u64> {
    tx.delete_old_account_links(now, now.before(DAY), limit).await
}
