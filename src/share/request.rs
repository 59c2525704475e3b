//! `<send/>`: from the element to a submission (`xep/product-share.xml#send`).

use jid::BareJid;
use uuid::Uuid;

use crate::{
    domain::{
        id::RefCode,
        refusal::Refusal,
        share::{PassedOn, Submission, What},
    },
    wire::{
        check::{ID_MAX, Item, Limits, Refused},
        product::write::recording_to_xml,
        share::Send,
    },
};

/// Why a `<send/>` was not taken.
#[derive(Debug)]
pub(crate) enum NotTaken {
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
pub(crate) fn submission(
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
    let what = What::Products {
        comment: request.comment,
        recording: request.recording.map(|it| {
            let xml = recording_to_xml(&it);
            (it, xml)
        }),
        products,
        xml,
        passed_on,
    };
    let key = request.id.unwrap_or_else(|| key(iq_id));
    Ok(Submission::of(sender, key, what, request.recipients))
}

/// The idempotency key of a request that brings none: the id of its IQ, or what stands for it when
/// it is longer than a key may be.
#[must_use]
pub(crate) fn key(iq_id: &str) -> String {
    if iq_id.len() <= ID_MAX {
        return iq_id.to_owned();
    }
    Uuid::new_v5(&Uuid::NAMESPACE_OID, iq_id.as_bytes()).to_string()
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
