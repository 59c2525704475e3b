//! Why an attempt came to nothing.

use minidom::Element;
use xmpp_parsers::stanza_error::StanzaError;

use crate::{
    domain::text::{one_line, shorten},
    wire::condition::Condition,
};

/// What is shown of one text of a server's, in characters.
const LONGEST_TEXT: usize = 500;

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

/// `invalid-price: "1,5" is not a price: …`, with the address that is meant when the text does not
/// name it.
pub(super) fn told(error: &StanzaError) -> String {
    let own = error.other.as_ref().filter(|_| condition(error).is_some());
    let name = match own {
        Some(own) => own.name().to_owned(),
        None => Element::from(error.defined_condition.clone()).name().to_owned(),
    };
    let text = error.texts.get("en").or_else(|| error.texts.values().next());
    let text = text.map(|text| words(text)).unwrap_or_default();
    let address = match condition(error) {
        Some(Condition::BadAddress { jid, uri }) => jid.or(uri).map(|address| words(&address)),
        _ => None,
    };
    let address = address.filter(|address| !text.contains(address.as_str()));
    let parts = [Some(name), address, Some(text).filter(|text| !text.is_empty())];
    parts.into_iter().flatten().collect::<Vec<_>>().join(": ")
}

pub(super) fn condition(error: &StanzaError) -> Option<Condition> {
    Condition::try_from(error.other.clone()?).ok()
}

/// Words of a server's as they go to a terminal: one line of some length, without controls.
pub(super) fn words(text: &str) -> String {
    shorten(&one_line(text), LONGEST_TEXT)
}
