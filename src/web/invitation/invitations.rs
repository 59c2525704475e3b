//! What the page of an invitation looks up and changes.

use std::sync::Arc;

use crate::{
    committer::Committer,
    db::{self, Db},
    domain::{
        account_link::AccountLink,
        address::Address,
        clock::{Clock, Millis},
        invitation::Code,
    },
    invite::{
        self,
        account_link::Reservation,
        invitation::{Invited, Opened},
    },
    metrics::Metrics,
    web::{
        leader::Leader,
        site::{Unavailable, lost},
    },
};

/// An open invitation, as its page shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Guest {
    /// Who invites: an address.
    pub(super) inviter: String,
    /// The name the inviter goes by, if it may be shown.
    pub(super) nick: Option<String>,
    /// Who is invited. The page says what kind of address it is, and nothing of it.
    pub(super) address: Address,
    /// Until when the invitation is open.
    pub(super) expires: Millis,
    /// Whether there is an account for the guest.
    pub(super) account: Account,
}

/// An account on the server, for somebody who has none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Account {
    /// It waits behind this link.
    Made(AccountLink),
    /// It is made when the guest wants one.
    Offered,
    /// None is made here.
    Elsewhere,
}

/// What came of wanting an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Making {
    /// The page has its link.
    Made,
    /// There is no such open invitation.
    Unknown,
    /// So many were made today that there are no more.
    Spent,
    /// The server did not make one, or has not yet.
    Failed,
}

/// Everybody's invitations.
#[derive(Clone)]
pub struct Invitations {
    /// Where they are.
    pub db: Db,
    /// The time.
    pub clock: Clock,
    /// Who writes.
    pub committer: Committer,
    /// Where accounts are counted.
    pub metrics: Arc<Metrics>,
    /// Only who leads changes anything.
    pub leader: Leader,
    /// `invite.accounts_a_day`
    pub accounts_a_day: i64,
}

impl Invitations {
    async fn opened(&self, code: Code) -> db::Result<Option<(Invited, Option<AccountLink>)>> {
        let (mut tx, now) = (self.db.read().await?, self.clock.now());
        Ok(match invite::invitation::open(&mut tx, code, now).await? {
            Opened::Open(invited) => {
                Some((invited, invite::account_link::link(&mut tx, code, now).await?))
            }
            Opened::Used
            | Opened::Expired
            | Opened::Withdrawn
            | Opened::Stopped
            | Opened::Unknown => None,
        })
    }

    async fn look(
        &self,
        code: Code,
    ) -> Result<Option<(Invited, Option<AccountLink>)>, Unavailable> {
        self.opened(code).await.map_err(|error| lost(&error, "an invitation"))
    }

    async fn keep(&self, code: Code, link: Option<AccountLink>) -> Result<(), Unavailable> {
        let kept = self.committer.run(move |tx, _| {
            Box::pin(async move { invite::account_link::keep(tx, code, link.as_ref()).await })
        });
        kept.await.map_err(|_| Unavailable)
    }

    /// The open invitation with this code. Changes nothing.
    pub(super) async fn find(&self, code: Code) -> Result<Option<Guest>, Unavailable> {
        let Some((invited, link)) = self.look(code).await? else { return Ok(None) };
        let is_offered = self.leader.server().is_ok_and(|server| (server.makes_accounts)());
        let account = match link {
            Some(link) => Account::Made(link),
            None if is_offered => Account::Offered,
            None => Account::Elsewhere,
        };
        let Invited { inviter, nick, address, expires } = invited;
        Ok(Some(Guest { inviter, nick, address, expires, account }))
    }

    /// Wants an account for whoever was invited; the same one when asked again.
    pub(super) async fn make_account(&self, code: Code) -> Result<Making, Unavailable> {
        let Some((Invited { inviter, .. }, link)) = self.look(code).await? else {
            return Ok(Making::Unknown);
        };
        if link.is_some() {
            return Ok(Making::Made);
        }
        let server = self.leader.server()?;
        if !(server.makes_accounts)() {
            return Ok(Making::Failed);
        }
        let a_day = self.accounts_a_day;
        let place = self.committer.run(move |tx, world| {
            Box::pin(async move {
                invite::account_link::reserve(tx, world, code, &inviter, a_day).await
            })
        });
        match place.await.map_err(|_| Unavailable)? {
            Reservation::Made(_) => Ok(Making::Made),
            Reservation::Spent => {
                self.metrics.account("spent");
                Ok(Making::Spent)
            }
            Reservation::Asked => Ok(Making::Failed),
            Reservation::Ask => {
                let link = (server.make_account)().await;
                let making = if link.is_some() { Making::Made } else { Making::Failed };
                self.keep(code, link).await?;
                self.metrics.account(if making == Making::Made { "made" } else { "failed" });
                Ok(making)
            }
        }
    }

    /// Keeps every invitation from the address that was invited, for good. Answers whether there is
    /// such an open invitation.
    pub(super) async fn stop(&self, code: Code) -> Result<bool, Unavailable> {
        let Some((invited, _)) = self.look(code).await? else { return Ok(false) };
        self.leader.server()?;
        let stopped = self.committer.run(move |tx, world| {
            Box::pin(async move { invite::invitation::stop(tx, world, &invited.address).await })
        });
        stopped.await.map(|()| true).map_err(|_| Unavailable)
    }
}
