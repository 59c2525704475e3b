//! Why an attempt came to nothing.

use xmpp_parsers::stanza_error::StanzaError;

/// Why an attempt came to nothing.
#[derive(Debug)]
pub(super) enum Failure {
    /// It may pass: no connection, no answer, nobody there.
    Lost(String),
    /// It does not pass.
    Refused(String),
    /// Somebody answered with an error.
    Error(Box<StanzaError>),
}
