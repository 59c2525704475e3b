//! XEP-0334: Message Processing Hints.

use xmpp_parsers::message::MessagePayload;
use xso::{AsXml, FromXml};

use super::ns;

/// What a server should do with a message. We send only [`Hint::Store`].
#[derive(FromXml, AsXml, Debug, Clone, Copy, PartialEq, Eq)]
#[xml(namespace = ns::HINTS)]
pub enum Hint {
    /// Keep it in the offline store and the archives.
    #[xml(name = "store")]
    Store,
    /// Keep it nowhere.
    #[xml(name = "no-store")]
    NoStore,
    /// Keep it in no archive.
    #[xml(name = "no-permanent-store")]
    NoPermanentStore,
    /// Send it to no other resource.
    #[xml(name = "no-copy")]
    NoCopy,
}

impl MessagePayload for Hint {}
