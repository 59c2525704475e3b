//! A share: what one person shows others.

use std::{collections::HashMap, sync::Arc, time::Duration};

use jid::BareJid;
use sha2::{Digest, Sha256};

use super::{
    address::Address,
    clock::Millis,
    id::{DeliveryId, RefCode, ShareId},
    note::{Carries, Note},
    offer::Offer,
    picture::Thumbnail,
    product::{Localized, Product},
    recording::Recording,
};

/// How long a share is delivered, its page is open and its key is remembered.
pub const LIFE: Duration = Duration::from_hours(30 * 24);

/// What somebody asks to have sent, checked.
#[derive(Debug, Clone)]
pub struct Submission {
    /// Who asks. Only the stanza's `from` counts.
    pub sender: BareJid,
    /// The sender's idempotency key (`xep/product-share.xml#send-id`).
    pub submit_id: String,
    /// SHA-256 of the checked content: the same key with another content is a conflict.
    pub content_hash: [u8; 32],
    /// What the sender says about it.
    pub comment: Option<Localized>,
    /// The same spoken.
    pub recording: Option<Box<Recording>>,
    /// 1 to 5 with those of `passed_on`.
    pub products: Arc<[Product]>,
    /// The products as they travel: XML in the namespace of the specification.
    pub xml: Arc<str>,
    /// Other shares whose products are passed on.
    pub passed_on: PassedOn,
    /// The card that is offered in place of products; then there are none.
    pub offer: Option<Box<OfferMade>>,
    /// 1 to 200, no two alike.
    pub recipients: Vec<Address>,
}

/// What a submission shows.
#[derive(Debug, Clone)]
pub enum What {
    /// Products.
    Products {
        /// What the sender says about them.
        comment: Option<Localized>,
        /// The same spoken, and as it travels.
        recording: Option<(Box<Recording>, String)>,
        /// 1 to 5 with those of `passed_on`.
        products: Vec<Product>,
        /// The products as they travel.
        xml: String,
        /// Other shares whose products are passed on.
        passed_on: PassedOn,
    },
    /// A card that somebody gives.
    Given {
        /// The card.
        made: OfferMade,
        /// Which card was asked for, in words, and how it is to be given. What stands on an own card is
        /// not in it: a request that comes again after the card was changed is still the same.
        request: [String; 2],
    },
    /// A card that goes back to the giver of another.
    Returned {
        /// The card.
        made: OfferMade,
        /// The share that the other one came with.
        of: ShareId,
    },
    /// The new version of a card, for somebody who follows it.
    Changed {
        /// The card.
        made: OfferMade,
        /// What has changed.
        told: Localized,
    },
}

impl What {
    /// What makes two submissions of one key the same: what is said, what is shown, and to whom. The
    /// order of the recipients is nothing anybody sees. Hashes are kept for as long as a share is: that
    /// of whatever is hashed today never changes.
    fn hash(&self, recipients: &[Address]) -> [u8; 32] {
        let mut hash = Sha256::new();
        let mut part = |bytes: &[u8]| {
            hash.update(bytes.len().to_be_bytes());
            hash.update(bytes);
        };
        match self {
            Self::Products { comment, recording, xml, passed_on, .. } => {
                if let Some(comment) = comment {
                    part(comment.lang.as_deref().unwrap_or("").as_bytes());
                    part(comment.text.as_bytes());
                }
                if let Some((_, xml)) = recording {
                    part(xml.as_bytes());
                }
                part(xml.as_bytes());
                for (place, code) in &passed_on.codes {
                    part(&place.to_be_bytes());
                    part(code.to_string().as_bytes());
                }
            }
            Self::Given { request, .. } => request.iter().for_each(|it| part(it.as_bytes())),
            // The keys of these are ours, and each stands for one person.
            Self::Returned { made, of } => {
                hash.update(of.0.as_bytes());
                // A yes that comes again after the card was changed is still the same.
                match &made.own_card {
                    Some(name) => hash.update(format!("own {name}")),
                    None => hash.update(made.offer.card.to_string()),
                }
                return hash.finalize().into();
            }
            Self::Changed { told, .. } => return Sha256::digest(&told.text).into(),
        }
        let mut recipients: Vec<String> = recipients.iter().map(ToString::to_string).collect();
        recipients.sort_unstable();
        for recipient in recipients {
            part(recipient.as_bytes());
        }
        hash.finalize().into()
    }
}

impl Submission {
    /// What `sender` asks to have sent to `recipients` under this key.
    #[must_use]
    pub fn of(sender: BareJid, submit_id: String, what: What, recipients: Vec<Address>) -> Self {
        let empty = Self {
            sender,
            submit_id,
            content_hash: what.hash(&recipients),
            comment: None,
            recording: None,
            products: Arc::default(),
            xml: Arc::default(),
            passed_on: PassedOn::default(),
            offer: None,
            recipients,
        };
        match what {
            What::Products { comment, recording, products, xml, passed_on } => Self {
                comment,
                recording: recording.map(|(recording, _)| recording),
                products: products.into(),
                xml: xml.into(),
                passed_on,
                ..empty
            },
            What::Given { made, .. } | What::Returned { made, .. } => {
                Self { offer: Some(Box::new(made)), ..empty }
            }
            What::Changed { made, told } => {
                Self { comment: Some(told), offer: Some(Box::new(made)), ..empty }
            }
        }
    }

    /// Whether it tells somebody who follows a card what has changed in it. Its giver has not asked
    /// for that and sees nothing of it: neither who follows nor who has blocked them.
    #[must_use]
    pub fn is_update(&self) -> bool {
        self.offer.as_ref().is_some_and(|made| made.offer.how.update)
    }
}

/// A card that somebody asks to have offered.
#[derive(Debug, Clone)]
pub struct OfferMade {
    /// The card, and how.
    pub offer: Arc<Offer>,
    /// Which of the giver's own cards it is; none for the card of somebody else.
    pub own_card: Option<String>,
    /// The number or mail address by which its giver knows the account that it goes to; none when they
    /// name that themselves.
    pub typed: Option<String>,
}

/// Shares that are passed on by their codes.
#[derive(Debug, Clone, Default)]
pub struct PassedOn {
    /// The codes, each with the number of the products of the submission itself before it.
    pub codes: Vec<(usize, RefCode)>,
    /// The most products that the whole may hold.
    pub most: usize,
}

/// The answer to a submission: it is durably kept. Says nothing about who is registered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// The sender's key, given back.
    pub submit_id: String,
    /// The share.
    pub share: ShareId,
    /// Opens the product page.
    pub ref_code: RefCode,
    /// The sender's small number for it; 0 for what tells somebody of a changed card.
    pub handle: i64,
}

/// What every recipient of a share gets alike.
#[derive(Debug, Clone)]
pub struct Share {
    /// Its name.
    pub id: ShareId,
    /// Opens the product page.
    pub ref_code: RefCode,
    /// Who sent it.
    pub sender: BareJid,
    /// The name the sender goes by, if they gave one.
    pub sender_nick: Option<String>,
    /// What the sender says about it.
    pub comment: Option<Localized>,
    /// The same spoken.
    pub recording: Option<Box<Recording>>,
    /// 1 to 5.
    pub products: Arc<[Product]>,
    /// The products as they travel.
    pub xml: Arc<str>,
    /// The card that is offered in place of products; then there are none.
    pub offer: Option<Arc<Offer>>,
    /// The picture of the first product as we serve it, when it was fetched.
    pub picture: Option<Arc<Thumbnail>>,
    /// When it was accepted.
    pub accepted: Millis,
    /// When its sender took it back.
    pub revoked: Option<Millis>,
}

impl Share {
    /// Whose card it shows, if it shows one.
    #[must_use]
    pub fn card_name(&self) -> Option<&str> {
        self.offer.as_ref().map(|offer| offer.card.name())
    }
}

/// One message to be written: a share or what is to be told about it, and for whom.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is asked about by itself")]
pub struct Outgoing {
    /// The delivery's name, and the message's.
    pub id: DeliveryId,
    /// The share.
    pub share: Arc<Share>,
    /// What the message says: the share itself, or something about it.
    pub carries: Carries<Arc<Note>>,
    /// The delivery of the share that the conversation began with; its thread is the thread.
    pub about: DeliveryId,
    /// Who gets it.
    pub to: BareJid,
    /// The language the recipient reads.
    pub lang: String,
    /// The recipient's small number for it.
    pub handle: i64,
    /// Whether files may go to the recipient, as messages of their own: the recipient's
    /// subscription is `both`.
    pub files: bool,
    /// Whether pictures are among them: the recipient has not switched them off.
    pub pictures: bool,
    /// Whether a file may go that lies at an address of its author's choice. The recipient's client
    /// may load it by itself, which shows that server that the recipient is there: whoever typed a
    /// number or mail address would learn that it is somebody's.
    pub sources: bool,
    /// Since when it has waited, if it has: its message says so.
    pub delay: Option<Millis>,
    /// Until when it is worth sending; an invitation says so.
    pub expires: Millis,
    /// Whether a stream has ended with it in flight; it then travels alone.
    pub suspect: bool,
    /// The token of the page of the card, when the share shows one.
    pub card_link: Option<String>,
    /// The template that the giver has chosen for the card; none if they have chosen none.
    pub card_template: Option<String>,
}

/// Pictures that we serve, each under the address that it came from.
pub type Stored = HashMap<String, Arc<Thumbnail>>;

/// What the product page shows of a share. Whoever has the code sees it, so the sender's address and
/// the recipients are not in it.
#[derive(Debug, Clone)]
pub struct Page {
    /// The code in its address.
    pub ref_code: RefCode,
    /// The name the sender goes by, if they gave one that is not an address.
    pub sender_nick: Option<String>,
    /// What the sender says about it.
    pub comment: Option<Localized>,
    /// The same spoken.
    pub recording: Option<Box<Recording>>,
    /// What is shown.
    pub products: Vec<Product>,
    /// The first pictures of the products, as far as we serve them.
    pub pictures: Stored,
    /// When it was accepted.
    pub accepted: Millis,
    /// When the page closes.
    pub expires: Millis,
}

#[cfg(test)]
mod tests;
