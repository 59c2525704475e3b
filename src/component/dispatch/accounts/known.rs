//! What is known of the accounts that our server makes.

use std::sync::{Mutex, atomic::AtomicBool};

use crate::component::ejabberd::Api;

/// What is known of the ways in which our server makes accounts.
#[derive(Debug, Default)]
pub struct Accounts {
    pub(super) is_wanted: bool,
    pub(super) has_address: bool,
    /// ejabberd's, which is then asked in place of the stream.
    pub(super) api: Option<Api>,
    /// Whether our server makes them.
    pub(super) is_offered: AtomicBool,
    /// What was logged last: the way, and why it is no better one.
    pub(super) told: Mutex<Option<(&'static str, String)>>,
}

impl Accounts {
    /// Nothing is known yet. `is_wanted`: `invite.accounts_a_day` is not 0; `has_address`:
    /// `invite.register_url` is set; `api`: that of `invite.ejabberd_api`.
    #[must_use]
    pub fn new(is_wanted: bool, has_address: bool, api: Option<Api>) -> Self {
        Self { is_wanted, has_address, api, ..Self::default() }
    }
}
