//! An account on the server for somebody who was invited and has none: one link for each
//! invitation, so many a day over all, of which nobody's inviting takes more than a part (S4.1,
//! `threats` 12).
//!
//! The place is kept before the server is asked and the link after, so that two who press at once
//! make one, and a process that dies in between costs a place for half a minute.
//!
//! Every function that asks the database fails when that does not answer.

use std::time::Duration;

use super::invitation::known;
use crate::{
    db::{Result, Tx},
    domain::{account_link::AccountLink, clock::Millis, invitation::Code},
    invite::store_account_link::MadeRow,
    post::letter::part,
    world::World,
};

/// How long a place is kept for a server that does not answer.
pub(in crate::invite) const PLACE: Duration = Duration::from_secs(30);
/// What the limit is counted over.
const DAY: Duration = Duration::from_hours(24);
/// How many of them may be on behalf of one inviter.
const OF_ONE: usize = 2;

/// What is to be done for somebody who wants an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Reservation {
    /// There is a link already.
    Made(AccountLink),
    /// The server is to be asked; the place is kept.
    Ask,
    /// It is being asked.
    Asked,
    /// So many were made today, in all or on behalf of those who invite, that there are no more.
    Spent,
}

/// The link of an invitation, if one was made and works.
pub(crate) async fn link(tx: &mut Tx, code: Code, now: Millis) -> Result<Option<AccountLink>> {
    let row = tx.account_link(&code.hash()).await?;
    let row = row.filter(|row| !row.uri.is_empty() && row.expires_at > now.0);
    Ok(row.map(|row| AccountLink { uri: row.uri, page: row.page, expires: Millis(row.expires_at) }))
}

/// Keeps a place for a link on behalf of `inviter`, at most `a_day` in 24 hours over all invitations.
pub(crate) async fn reserve(
    tx: &mut Tx,
    world: &World,
    code: Code,
    inviter: &str,
    a_day: i64,
) -> Result<Reservation> {
    let now = world.now;
    if let Some(link) = link(tx, code, now).await? {
        return Ok(Reservation::Made(link));
    }
    let row = tx.account_link(&code.hash()).await?;
    if row.is_some_and(|row| row.uri.is_empty() && row.expires_at > now.0) {
        return Ok(Reservation::Asked);
    }
    let site = world.other_site(inviter).unwrap_or_default();
    // Whoever has come by such an account themselves has no part of their own.
    let inviter = match tx.made_for(inviter).await? {
        Some(first) => first,
        None => known(tx, world, inviter).await?.to_vec(),
    };
    let made = tx.account_links_since(now.before(DAY), now, a_day).await?;
    if !has_room(&made, a_day, &inviter, &site) {
        return Ok(Reservation::Spent);
    }
    let until = now.after(PLACE);
    let is_kept = tx.reserve_account_link(&code.hash(), (now, until), (&inviter, &site)).await?;
    Ok(if is_kept { Reservation::Ask } else { Reservation::Asked })
}

/// Whether what was `made` within a day leaves room for one more. One inviter has two; half of all is
/// for those on whose behalf none was made in the day; an eighth is what the people of one other
/// server have, and two thirds those of all of them.
fn has_room(made: &[MadeRow], a_day: i64, inviter: &[u8], site: &str) -> bool {
    let count = |is_so: &dyn Fn(&MadeRow) -> bool| made.iter().filter(|it| is_so(it)).count();
    let below = |count: usize, most: i64| i64::try_from(count).is_ok_and(|count| count < most);
    let theirs = count(&|it| it.inviter.as_deref() == Some(inviter));
    let most = if theirs == 0 { a_day } else { part(a_day, 2) };
    let is_within = theirs < OF_ONE && below(made.len(), most);
    let others = (a_day - part(a_day, 3)).max(a_day.min(1));
    is_within
        && (site.is_empty()
            || below(count(&|it| !it.site.is_empty()), others)
                && below(count(&|it| it.site == site), part(a_day, 8)))
}

/// `jid` is new and has come with this code: if an account was made with it, it is theirs.
pub(crate) async fn came(tx: &mut Tx, code: Code, jid: &str) -> Result<()> {
    let link = tx.account_link(&code.hash()).await?.filter(|link| !link.uri.is_empty());
    match link.and_then(|link| link.inviter) {
        Some(inviter) => tx.set_made_for(jid, &inviter).await,
        None => Ok(()),
    }
}

/// Keeps what the server gave; or gives the place back, when it gave nothing.
pub(crate) async fn keep(tx: &mut Tx, code: Code, link: Option<&AccountLink>) -> Result<()> {
    match link {
        Some(link) => tx.keep_account_link(&code.hash(), link).await,
        None => tx.give_account_link_back(&code.hash()).await,
    }
}

/// Forgets at most `limit` links that are over and counted for nothing. Answers how many.
pub(crate) async fn forget(tx: &mut Tx, now: Millis, limit: i64) -> Result<u64> {
    tx.delete_old_account_links(now, now.before(DAY), limit).await
}
