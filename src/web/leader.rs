//! Whether this instance has the stream: until then pages change nothing.

use std::{
    fmt,
    sync::{Arc, OnceLock},
};

use super::site::Unavailable;
use crate::{committer::Boxed, domain::account_link::AccountLink};

/// What pages ask of the chat server. Another edge has the stream to it, and no edge imports another,
/// so this is handed over.
pub struct Server {
    /// Whether it makes accounts for us.
    pub makes_accounts: Box<dyn Fn() -> bool + Send + Sync>,
    /// Makes one, and answers the link to it; none when it was not made.
    pub make_account: Box<dyn Fn() -> Boxed<'static, Option<AccountLink>> + Send + Sync>,
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server").finish_non_exhaustive()
    }
}

/// The server, once this instance leads.
#[derive(Debug, Clone, Default)]
pub struct Leader(Arc<OnceLock<Server>>);

impl Leader {
    /// This instance leads from now on.
    pub fn lead(&self, server: Server) {
        // An instance that leads does so to its end.
        let _ = self.0.set(server);
    }

    /// The server, if this instance leads.
    ///
    /// # Errors
    /// [`Unavailable`], while it stands by.
    pub(super) fn server(&self) -> Result<&Server, Unavailable> {
        self.0.get().ok_or(Unavailable)
    }
}
