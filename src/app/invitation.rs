//! What the page of an invitation asks: of the database, and of our server, which the stream leads
//! to.

use std::sync::{Arc, OnceLock};

use crate::{
    committer::Committer,
    component::dispatch::Service,
    db::{self, Db},
    domain::{account_link::AccountLink, clock::Clock, invitation::Code},
    invite::{
        self,
        account_link::Place,
        invitation::{Invited, Opened},
    },
    metrics::Metrics,
    web::{
        invitation::{Account, Guest, Invitations, Making},
        site::Unavailable,
    },
};

/// Who has the stream, once this instance leads. Until then nothing is changed here.
pub(super) type Leader = Arc<OnceLock<Arc<Service>>>;

/// Knows those who were invited.
#[derive(Clone)]
pub(super) struct Guests {
    pub(super) db: Db,
    pub(super) clock: Clock,
    pub(super) committer: Committer,
    pub(super) metrics: Arc<Metrics>,
    pub(super) leader: Leader,
    /// `invite.accounts_a_day`
    pub(super) accounts_a_day: i64,
}

impl Guests {
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
        self.opened(code).await.map_err(|error| {
            tracing::warn!(%error, "cannot look up an invitation");
            Unavailable
        })
    }

    fn service(&self) -> Result<&Arc<Service>, Unavailable> {
        self.leader.get().ok_or(Unavailable)
    }

    async fn keep(&self, code: Code, link: Option<AccountLink>) -> Result<(), Unavailable> {
        let kept = self.committer.run(move |tx, _| {
            Box::pin(async move { invite::account_link::keep(tx, code, link.as_ref()).await })
        });
        kept.await.map_err(|_| Unavailable)
    }
}

impl Invitations for Guests {
    async fn find(&self, code: Code) -> Result<Option<Guest>, Unavailable> {
        let Some((invited, link)) = self.look(code).await? else { return Ok(None) };
        let is_offered = self.service().is_ok_and(|service| service.makes_accounts());
        let account = match link {
            Some(link) => Account::Made(link),
            None if is_offered => Account::Offered,
            None => Account::Elsewhere,
        };
        let Invited { inviter, nick, address, expires } = invited;
        Ok(Some(Guest { inviter, nick, address, expires, account }))
    }

    async fn make_account(&self, code: Code) -> Result<Making, Unavailable> {
        let Some((Invited { inviter, .. }, link)) = self.look(code).await? else {
            return Ok(Making::Unknown);
        };
        if link.is_some() {
            return Ok(Making::Made);
        }
        let service = self.service()?;
        if !service.makes_accounts() {
            return Ok(Making::Failed);
        }
        let a_day = self.accounts_a_day;
        let place = self.committer.run(move |tx, world| {
            Box::pin(async move {
                invite::account_link::reserve(tx, world, code, &inviter, a_day).await
            })
        });
        match place.await.map_err(|_| Unavailable)? {
            Place::Made(_) => Ok(Making::Made),
            Place::Spent => {
                self.metrics.account("spent");
                Ok(Making::Spent)
            }
            Place::Asked => Ok(Making::Failed),
            Place::Ask => {
                let link = service.make_account().await;
                let making = if link.is_some() { Making::Made } else { Making::Failed };
                self.keep(code, link).await?;
                self.metrics.account(if making == Making::Made { "made" } else { "failed" });
                Ok(making)
            }
        }
    }

    async fn stop(&self, code: Code) -> Result<bool, Unavailable> {
        let Some((invited, _)) = self.look(code).await? else { return Ok(false) };
        self.service()?;
        let stopped = self.committer.run(move |tx, world| {
            Box::pin(async move { invite::invitation::stop(tx, world, &invited.address).await })
        });
        stopped.await.map(|()| true).map_err(|_| Unavailable)
    }
}
