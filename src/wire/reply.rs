//! XEP-0461: Message Replies.

use xmpp_parsers::message::MessagePayload;
use xso::{AsXml, FromXml};

use super::ns;

/// Which message this one answers.
#[derive(FromXml, AsXml, Debug, Clone, PartialEq, Eq)]
#[xml(namespace = ns::REPLY, name = "reply")]
pub struct Reply {
    /// Its origin id, else its stanza id.
    #[xml(attribute)]
    pub id: String,
    /// Who sent it.
    #[xml(attribute(default))]
    pub to: Option<String>,
}

impl MessagePayload for Reply {}
