//! What lies at an address of its author's choice: a client that loads it shows that server that
//! somebody is there, and from where. Of a number or mail address that was typed nothing shows before
//! its owner has let the sender know, so nothing goes then that a client loads by itself.

use std::{collections::HashMap, sync::Arc};

use crate::{
    db::{Result, Tx},
    domain::{
        id::{DeliveryId, ShareId},
        note::{Carries, Note},
        share::Share,
    },
    outbox::store::DeliveryRow,
    people::address::Typed,
};

/// Of so many things that one sender sent last to one number or mail address, an answer counts.
const LATELY: i64 = 100;

/// What the senders typed, for those of the rows that carry a note, or show something that lies
/// elsewhere.
pub(super) async fn typed_of(
    tx: &mut Tx,
    rows: &[DeliveryRow],
    shares: &HashMap<ShareId, Arc<Share>>,
) -> Result<Typed> {
    let counts = |row: &&DeliveryRow| match row.carries() {
        Carries::Note(_) => true,
        Carries::Share => shares.get(&ShareId(row.share_id)).is_some_and(|it| has_files(it)),
        Carries::Revocation | Carries::Invitation | Carries::Request => false,
    };
    let abouts: Vec<DeliveryId> = rows.iter().filter(counts).map(DeliveryRow::about).collect();
    Typed::load(tx, &abouts).await
}

/// Whether the recipient's client may be given what lies elsewhere. What the owner of a number says
/// to whoever typed it has nothing to hide from them.
pub(super) async fn may_load(
    tx: &mut Tx,
    row: &DeliveryRow,
    share: &Share,
    carries: &Carries<Arc<Note>>,
    typed: &Typed,
) -> Result<bool> {
    let has_any = match carries {
        Carries::Share => has_files(share),
        Carries::Note(note) => note.recording.is_some() || !note.products.is_empty(),
        Carries::Revocation | Carries::Invitation | Carries::Request => false,
    };
    let (rcpt, sender) = (row.rcpt.as_str(), share.sender.as_str());
    match typed.get(row.about()) {
        Some(address) if has_any && rcpt != sender => {
            tx.has_let_know(rcpt, sender, address, LATELY).await
        }
        _ => Ok(true),
    }
}

fn has_files(share: &Share) -> bool {
    share.recording.is_some() || share.products.iter().any(|it| !it.files.is_empty())
}
