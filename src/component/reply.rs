//! Answers: results, errors, and the stanza error of every refusal.

use jid::BareJid;
use uuid::Uuid;
use xmpp_parsers::stanza_error::{DefinedCondition, ErrorType, StanzaError};

use super::{
    entity::Entity,
    inbound::{Asker, Return},
};
use crate::{
    domain::{
        id::ShareId,
        lang::Lang,
        refusal::Refusal,
        share::{Accepted, Page},
    },
    link::stream::{
        framer::{Excess, MAX_BYTES, MAX_DEPTH, MAX_PARTS},
        tag::{Head, StanzaKind, attribute},
    },
    say::refusal,
    share::status::Stand,
    wire::{check::Refused, condition::Condition, ns, product::write::write, xml::Writer},
};

/// The result to an IQ; `payload` is XML or nothing.
#[must_use]
pub fn result(asker: &Asker, payload: &str) -> String {
    let mut xml = Writer::new();
    xml.open("iq").attribute("from", asker.to.as_str()).attribute("id", &asker.id);
    xml.attribute("to", asker.from.as_str()).attribute("type", "result");
    if !payload.is_empty() {
        xml.raw(payload);
    }
    xml.close("iq");
    xml.finish()
}

/// The error to an IQ.
#[must_use]
pub fn error(to: &Return, error: &StanzaError) -> String {
    let mut xml = Writer::new();
    xml.open("iq").attribute("from", &to.from).attribute("id", &to.id);
    xml.attribute("to", &to.to).attribute("type", "error");
    // An error that cannot be written is a fault of ours; the asker still gets an answer.
    let written = xso::to_vec(error).ok().and_then(|xml| String::from_utf8(xml).ok());
    xml.raw(written.as_deref().unwrap_or("<error type='cancel'><internal-server-error xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>"));
    xml.close("iq");
    xml.finish()
}

/// The error to a message of a program; people are told in words.
#[must_use]
pub fn message_error(asker: &Asker, error: &StanzaError) -> String {
    let error = self::error(&asker.back(), error);
    error.replacen("<iq ", "<message ", 1).replace("</iq>", "</message>")
}

/// `service-unavailable`: the answer to everything that nobody here knows (RFC 6120 §8.4).
#[must_use]
pub fn unknown() -> StanzaError {
    plain(ErrorType::Cancel, DefinedCondition::ServiceUnavailable, "nobody here answers that")
}

/// `feature-not-implemented`: the protocol is known, this part of it is not done.
#[must_use]
pub fn not_implemented() -> StanzaError {
    plain(
        ErrorType::Cancel,
        DefinedCondition::FeatureNotImplemented,
        "this service does not do that",
    )
}

/// `forbidden`: this is for the administrators.
#[must_use]
pub fn forbidden() -> StanzaError {
    plain(ErrorType::Auth, DefinedCondition::Forbidden, "this is for the administrators")
}

/// `item-not-found`: there is no such node.
#[must_use]
pub fn no_such_node() -> StanzaError {
    plain(ErrorType::Cancel, DefinedCondition::ItemNotFound, "there is no such node")
}

/// `not-acceptable`: more addresses than one request may name (XEP-0191).
#[must_use]
pub fn too_many_named(most: usize) -> StanzaError {
    let text = format!("at most {most} addresses are taken at once; send them in several requests");
    plain(ErrorType::Modify, DefinedCondition::NotAcceptable, &text)
}

/// `not-acceptable`: a stanza that was passed over, and what was too much of it.
#[must_use]
pub fn oversized(why: Excess) -> StanzaError {
    let (max, what) = match why {
        Excess::Bytes => return Refused::TooLarge { max: MAX_BYTES }.error(),
        Excess::Depth => (MAX_DEPTH, "levels"),
        Excess::Parts => (MAX_PARTS, "elements and attributes"),
    };
    let text = format!("at most {max} {what} are taken in one stanza; send less in each");
    plain(ErrorType::Modify, DefinedCondition::NotAcceptable, &text)
}

/// `resource-constraint`: somebody has blocked as many as is kept for one person.
#[must_use]
pub fn blocks_full(most: i64) -> StanzaError {
    let text = format!(
        "with these you would block more than {most} addresses, which is the most; unblock some \
         first, or block their server"
    );
    plain(ErrorType::Modify, DefinedCondition::ResourceConstraint, &text)
}

/// `bad-request`, with what is wrong.
#[must_use]
pub fn bad_request(text: &str) -> StanzaError {
    plain(ErrorType::Modify, DefinedCondition::BadRequest, text)
}

/// `jid-malformed`: an address of the stanza cannot be read.
#[must_use]
pub fn bad_address() -> StanzaError {
    let text = "an address of this stanza has characters that this service cannot read: those before \
                its first slash are from Unicode 3.2 (RFC 3454), and each shows as what it is";
    plain(ErrorType::Modify, DefinedCondition::JidMalformed, text)
}

/// `internal-server-error`, for a fault of ours.
#[must_use]
pub fn internal(text: &str) -> StanzaError {
    plain(ErrorType::Wait, DefinedCondition::InternalServerError, text)
}

/// The stanza error of a refusal, for a program.
#[must_use]
pub fn refusal(refusal: &Refusal) -> StanzaError {
    refusal_in(refusal, Lang::En)
}

/// The stanza error of a refusal, with a text for the person. Total: a new refusal does not
/// compile until it has one.
#[must_use]
pub fn refusal_in(refusal: &Refusal, lang: Lang) -> StanzaError {
    let text = refusal::refusal(refusal, lang);
    let plain = |kind, condition| StanzaError::new(kind, condition, lang.code(), &text);
    let condition = match refusal {
        Refusal::MayNotRegister | Refusal::Barred => {
            return plain(ErrorType::Auth, DefinedCondition::Forbidden);
        }
        Refusal::BadInvitation => {
            return plain(ErrorType::Modify, DefinedCondition::NotAcceptable);
        }
        Refusal::NotRegistered => Condition::NotRegisteredSender,
        Refusal::IdConflict => Condition::IdConflict,
        Refusal::UnknownRef => Condition::UnknownRef,
        Refusal::UnknownProduct => Condition::UnknownProduct,
        Refusal::TooManyProducts { max } => Condition::TooManyProducts { max: *max },
        Refusal::TooLarge { max_bytes } => Condition::TooLarge { max_bytes: *max_bytes },
        Refusal::TooManyRecipients { max } | Refusal::TooManyNumbers { max, after: None } => {
            Condition::TooManyRecipients { max: *max }
        }
        Refusal::Leaving => Condition::Retry { seconds: 60 },
        Refusal::Retry { after }
        | Refusal::TooFast { after }
        | Refusal::TooManyNumbers { after: Some(after), .. } => {
            Condition::Retry { seconds: after.as_secs() }
        }
    };
    condition.error(lang.code(), &text)
}

/// The name under which a refusal is counted: that of its defined condition.
#[must_use]
pub fn counted(error: &StanzaError) -> &'static str {
    match error.defined_condition {
        DefinedCondition::BadRequest => "bad-request",
        DefinedCondition::Conflict => "conflict",
        DefinedCondition::FeatureNotImplemented => "feature-not-implemented",
        DefinedCondition::Forbidden => "forbidden",
        DefinedCondition::ItemNotFound => "item-not-found",
        DefinedCondition::JidMalformed => "jid-malformed",
        DefinedCondition::NotAcceptable => "not-acceptable",
        DefinedCondition::RegistrationRequired => "registration-required",
        DefinedCondition::ResourceConstraint => "resource-constraint",
        DefinedCondition::ServiceUnavailable => "service-unavailable",
        _ => "other",
    }
}

fn plain(kind: ErrorType, condition: DefinedCondition, text: &str) -> StanzaError {
    StanzaError::new(kind, condition, "en", text)
}

/// `<sent/>`: durably accepted.
#[must_use]
pub fn sent(accepted: &Accepted) -> String {
    let mut xml = Writer::new();
    xml.open("sent").attribute("xmlns", ns::PRODUCT_SHARE).plain("handle", accepted.handle);
    xml.attribute("id", &accepted.submit_id).plain("ref", accepted.ref_code);
    xml.plain("share", accepted.share).close("sent");
    xml.finish()
}

/// `<products/>`: what a lookup found.
#[must_use]
pub fn products(page: &Page) -> String {
    let mut xml = Writer::new();
    xml.open("products").attribute("xmlns", ns::PRODUCT_SHARE);
    for product in &page.products {
        write(&mut xml, product);
    }
    xml.close("products");
    xml.finish()
}

/// `<status/>`: how far a share has come.
#[must_use]
pub fn status(share: ShareId, stands: &[Stand]) -> String {
    let mut xml = Writer::new();
    xml.open("status").attribute("xmlns", ns::PRODUCT_SHARE).plain("share", share);
    for stand in stands {
        xml.open("delivery").plain("stamp", stand.since);
        xml.attribute("state", stand.progress.token()).attribute("uri", &stand.to.uri());
        xml.close("delivery");
    }
    xml.close("status");
    xml.finish()
}

/// The receipt for what somebody wrote; it asks for none itself (XEP-0184 §5.4).
#[must_use]
pub fn receipt(from: &str, asker: &Asker, id: Uuid) -> String {
    let mut xml = Writer::new();
    xml.open("message").attribute("from", from).plain("id", id);
    xml.attribute("to", asker.from.as_str()).attribute("type", "chat");
    xml.open("received").attribute("xmlns", ns::RECEIPTS).attribute("id", &asker.id);
    xml.close("received").open("store").attribute("xmlns", ns::HINTS).close("store");
    xml.close("message");
    xml.finish()
}

/// To whom an error in place of this answer of ours is owed (RFC 6120 §8.2.3).
#[must_use]
pub fn owed(answer: Head) -> Option<Return> {
    let is_answer = answer.kind == StanzaKind::Iq && answer.type_.as_deref() == Some("result");
    let (from, to) = (answer.from?, answer.to?);
    is_answer.then(|| Return { from, to, id: answer.id.unwrap_or_default() })
}

/// To whom this message of ours says something in the chat, and in which language.
#[must_use]
pub fn said(message: &[u8]) -> Option<(String, Option<Lang>)> {
    let head = Head::read(message);
    let is_said = head.kind == StanzaKind::Message && head.type_.as_deref() == Some("chat");
    let lang = attribute(message, "xml:lang").and_then(|lang| std::str::from_utf8(lang).ok());
    Some((head.to.filter(|_| is_said)?, lang.and_then(Lang::of)))
}

/// Asks a client for its time, which comes with its offset from UTC (XEP-0202 §2).
#[must_use]
pub fn ask_time(from: &BareJid, client: &Entity, id: &str) -> String {
    let mut xml = Writer::new();
    xml.open("iq").attribute("from", from.as_str()).attribute("id", id);
    xml.attribute("to", client.as_str()).attribute("type", "get");
    xml.open("time").attribute("xmlns", ns::TIME).close("time").close("iq");
    xml.finish()
}
