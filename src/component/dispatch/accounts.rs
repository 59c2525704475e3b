//! Accounts on our own server for people who were invited and have none: by XEP-0401 (Ad-hoc
//! Account Invitation Generation), or by ejabberd's HTTP API where the operator names it.

pub(super) mod known;

use std::{
    sync::{PoisonError, atomic::Ordering},
    time::Duration,
};

use tokio::time::sleep;

use super::state::Service;
use crate::{
    component::{dispatch::inquiry::Ask, inbound::Known},
    domain::account_link::AccountLink,
    wire::ns,
};

/// When the API is asked again that does not have the command: ejabberd takes components before
/// all its modules have started.
const AGAIN: [Duration; 2] = [Duration::from_secs(10), Duration::from_mins(1)];

impl Service {
    /// Finds out whether the server makes accounts for us. Nothing is made by asking.
    pub(super) async fn look_for_accounts(&self) {
        let mut again = AGAIN.into_iter().filter(|_| self.accounts.api.is_some());
        loop {
            let found = self.way_of_accounts().await;
            let is_offered = found.is_ok();
            self.accounts.is_offered.store(is_offered, Ordering::SeqCst);
            self.tell_of_accounts(found);
            match again.next() {
                Some(pause) if !is_offered && self.accounts.is_wanted => sleep(pause).await,
                _ => return,
            }
        }
    }

    /// By which way the server makes them, or why it does not.
    async fn way_of_accounts(&self) -> Result<&'static str, String> {
        if !self.accounts.is_wanted {
            return Err("invite.accounts_a_day is 0".into());
        }
        if let Some(api) = &self.accounts.api {
            return api.look().await.map(|()| "ejabberd");
        }
        // The command is among those that it shows to us.
        match self.ask_server(Ask::Commands).await {
            Some(Known::Commands(nodes)) if nodes.iter().any(|node| node == ns::INVITE_ACCOUNT) => {
                Ok("server")
            }
            _ => Err("it shows us no command for it (XEP-0401)".into()),
        }
    }

    fn tell_of_accounts(&self, found: Result<&'static str, String>) {
        let (way, reason) = match found {
            Ok(way) => (way, String::new()),
            Err(reason) if self.accounts.has_address => ("address", reason),
            Err(reason) => ("none", reason),
        };
        self.metrics.account_way(way);
        let now = Some((way, reason.clone()));
        let mut told = self.accounts.told.lock().unwrap_or_else(PoisonError::into_inner);
        if *told == now {
            return;
        }
        *told = now;
        match way {
            "server" => tracing::info!(
                server = %self.host,
                "whoever is invited and has no account is offered one on the server"
            ),
            "ejabberd" => tracing::info!(
                server = %self.host,
                "whoever is invited and has no account is offered one on the server, by ejabberd's \
                 HTTP API"
            ),
            "address" => tracing::info!(
                server = %self.host, reason,
                "the server makes no accounts for us; whoever is invited is sent to \
                 invite.register_url for one"
            ),
            _ => tracing::info!(
                server = %self.host, reason,
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
        if let Some(api) = &self.accounts.api {
            let made = api.make(self.host.as_str(), self.clock.now()).await;
            return made
                .inspect_err(|reason| tracing::warn!(reason, "no account could be made"))
                .ok();
        }
        let Some(Known::Account { uri, page, expires }) = self.ask_server(Ask::Account).await
        else {
            return None;
        };
        AccountLink::new(&uri, &page, expires, self.clock.now())
    }
}
