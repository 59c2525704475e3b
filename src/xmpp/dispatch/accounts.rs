//! XEP-0401: Ad-hoc Account Invitation Generation, by our own server, for people who were invited
//! and have no account.

use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};

use super::{Service, asked::Ask};
use crate::{domain::account_link::AccountLink, wire::ns, xmpp::inbound::Known};

/// What is known of it.
#[derive(Debug, Default)]
pub struct Accounts {
    is_wanted: bool,
    has_address: bool,
    /// Whether our server makes them.
    is_offered: AtomicBool,
    /// What was logged last: 0 nothing.
    told: AtomicU8,
}

impl Accounts {
    /// Nothing is known yet. `is_wanted`: `invite.accounts_a_day` is not 0; `has_address`:
    /// `invite.register_url` is set.
    #[must_use]
    pub fn new(is_wanted: bool, has_address: bool) -> Self {
        Self { is_wanted, has_address, ..Self::default() }
    }
}

impl Service {
    /// Finds out whether the server makes accounts for us: then the command is among those that it
    /// shows to us. Nothing is made by asking.
    pub(super) async fn look_for_accounts(&self) {
        let is_offered = self.accounts.is_wanted
            && matches!(
                self.ask_server(Ask::Commands).await,
                Some(Known::Commands(nodes)) if nodes.iter().any(|node| node == ns::INVITE_ACCOUNT)
            );
        self.accounts.is_offered.store(is_offered, Ordering::SeqCst);
        let (no, way) = match (is_offered, self.accounts.has_address) {
            (true, _) => (1, "server"),
            (false, true) => (2, "address"),
            (false, false) => (3, "none"),
        };
        self.metrics.account_way(way);
        if self.accounts.told.swap(no, Ordering::SeqCst) == no {
            return;
        }
        match way {
            "server" => tracing::info!(
                server = %self.host,
                "whoever is invited and has no account is offered one on the server"
            ),
            "address" => tracing::info!(
                server = %self.host,
                "the server makes no accounts for us; whoever is invited is sent to \
                 invite.register_url for one"
            ),
            _ => tracing::info!(
                server = %self.host,
                "the server makes no accounts for us, and invite.register_url is not set; whoever \
                 is invited and has no account looks for a provider himself"
            ),
        }
    }

    /// Whether the server makes accounts for us.
    #[must_use]
    pub fn makes_accounts(&self) -> bool {
        self.accounts.is_offered.load(Ordering::SeqCst)
    }

    /// Has the server make a link to an account; none when it does not.
    pub async fn make_account(&self) -> Option<AccountLink> {
        let Some(Known::Account { uri, page, expires }) = self.ask_server(Ask::Account).await
        else {
            return None;
        };
        AccountLink::new(&uri, &page, expires, self.clock.now())
    }
}
