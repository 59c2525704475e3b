//! `<send/>`: from the element to a submission (`xep/product-share.xml#send`).

use jid::BareJid;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::{
    domain::{
        id::RefCode,
        refusal::Refusal,
        share::{PassedOn, Submission},
    },
    wire::{
        check::{ID_MAX, Item, Limits, Refused},
        product::write::recording_to_xml,
        share::Send,
    },
};

/// Why a `<send/>` was not taken.
#[derive(Debug)]
pub enum NotTaken {
    /// Something in it is wrong.
    Request(Refused),
    /// It is right and cannot be done.
    Refusal(Refusal),
}

impl From<Refused> for NotTaken {
    fn from(refused: Refused) -> Self {
        Self::Request(refused)
    }
}

/// Checks a `<send/>` of `sender`, which came in an IQ of the id `iq_id`.
///
/// # Errors
/// The first thing that is wrong with it. Nothing was stored.
pub fn submission(
    send: Send,
    sender: BareJid,
    iq_id: &str,
    limits: &Limits,
) -> Result<Submission, NotTaken> {
    let request = send.check(limits)?;
    let mut products = Vec::with_capacity(request.items.len());
    let mut xml = String::new();
    let mut passed_on = PassedOn { codes: Vec::new(), most: limits.products };
    for item in request.items {
        match item {
            Item::Product(product, written) => {
                products.push(*product);
                xml.push_str(&written);
            }
            // The catalogue is empty.
            Item::Gtin(_) | Item::Catalogue(_) => {
                return Err(NotTaken::Refusal(Refusal::UnknownProduct));
            }
            Item::Code(code) => {
                let code = RefCode::parse(&code).ok_or(NotTaken::Refusal(Refusal::UnknownRef))?;
                passed_on.codes.push((products.len(), code));
            }
        }
    }
    let mut submission = Submission {
        sender,
        submit_id: request.id.unwrap_or_else(|| key(iq_id)),
        content_hash: [0; 32],
        comment: request.comment,
        recording: request.recording,
        products: products.into(),
        xml: xml.into(),
        passed_on,
        offer: None,
        recipients: request.recipients,
    };
    submission.content_hash = content_hash(&submission);
    Ok(submission)
}

/// The idempotency key of a request that brings none: the id of its IQ, or what stands for it when
/// it is longer than a key may be.
#[must_use]
pub fn key(iq_id: &str) -> String {
    if iq_id.len() <= ID_MAX {
        return iq_id.to_owned();
    }
    Uuid::new_v5(&Uuid::NAMESPACE_OID, iq_id.as_bytes()).to_string()
}

/// What makes two submissions the same: what is said, what is shown, and to whom. The order of
/// the recipients is nothing anybody sees.
fn content_hash(submission: &Submission) -> [u8; 32] {
    let mut hash = Sha256::new();
    let mut part = |bytes: &[u8]| {
        hash.update(bytes.len().to_be_bytes());
        hash.update(bytes);
    };
    if let Some(comment) = &submission.comment {
        part(comment.lang.as_deref().unwrap_or("").as_bytes());
        part(comment.text.as_bytes());
    }
    if let Some(recording) = &submission.recording {
        part(recording_to_xml(recording).as_bytes());
    }
    part(submission.xml.as_bytes());
    for (place, code) in &submission.passed_on.codes {
        part(&place.to_be_bytes());
        part(code.to_string().as_bytes());
    }
    let mut recipients: Vec<String> =
        submission.recipients.iter().map(ToString::to_string).collect();
    recipients.sort_unstable();
    for recipient in recipients {
        part(recipient.as_bytes());
    }
    hash.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_of_whatever_iq_is_one_that_can_be_kept() {
        assert_eq!(key("a1"), "a1");
        let long = |last: &str| key(&format!("{}{last}", "i".repeat(ID_MAX)));
        assert!(long("1").len() <= ID_MAX);
        assert_eq!(long("1"), long("1"));
        assert_ne!(long("1"), long("2"));
    }
}
