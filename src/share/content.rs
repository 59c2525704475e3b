//! What a share shows, as it is kept: products, or a business card.

use std::sync::Arc;

use jid::BareJid;

use crate::{
    domain::{
        clock::Millis,
        id::{RefCode, ShareId},
        offer::Offer,
        product::Localized,
        share::Share,
    },
    share::store::ShareRow,
    wire::product::read::{read_products, read_recording},
};

/// Reads it; none when it is not what any version has written.
pub(crate) fn share_of(row: ShareRow) -> Option<Share> {
    let offer = match &row.card {
        Some(card) => Some(Arc::new(Offer::read(card, row.offered, row.answers)?)),
        None => None,
    };
    Some(Share {
        id: ShareId(row.id),
        ref_code: RefCode::parse(&row.ref_code)?,
        sender: BareJid::new(&row.sender).ok()?,
        sender_nick: row.sender_nick,
        comment: row.comment.map(|text| Localized { lang: row.comment_lang, text }),
        recording: row.recording.as_deref().and_then(read_recording),
        // A card is shown in place of products.
        products: if offer.is_some() {
            Arc::default()
        } else {
            read_products(&row.products)?.into()
        },
        offer,
        xml: row.products.into(),
        picture: None,
        accepted: Millis(row.accepted_at),
        revoked: row.revoked_at.map(Millis),
    })
}
