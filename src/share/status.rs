//! What the sender of a share can ask for afterwards: how far it has come, and to have it back
//! (`xep/product-share.xml#status`, `#revoke`). Nobody else can; for others there is no such share.
//!
//! Every function that asks the database fails when that does not answer.

use jid::BareJid;

use crate::{
    db::{Result, Tx},
    domain::{
        address::Address,
        clock::Millis,
        consent::Fate,
        delivery::State,
        id::{DeliveryId, ShareId},
        note::Carries,
        progress::{Course, Progress},
        unfinished::Unfinished,
    },
    outbox::store::DeliveryRow,
    people::{
        address::{Typed, is_typed},
        consent,
        notice::{self, Reader},
    },
    share::store::ShareRow,
    world::{PASS, World, is_full},
};

/// How far a share has come on its way to one recipient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stand {
    /// To whom.
    pub to: Address,
    /// How far, as far as the sender may know.
    pub progress: Progress,
    /// Since when.
    pub since: Millis,
    /// Whether it is a card that the recipient has taken.
    pub is_taken: bool,
}

/// What taking a share back came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Revoked {
    /// They have sent no such share.
    Unknown,
    /// It was taken back before.
    Before,
    /// A business card was. Whoever follows it, and whoever has it in the tray, is for the caller to see
    /// to (`card/revocation.rs`).
    Card,
    /// Anything else was.
    Product,
}

/// How far `share` has come, for each recipient in the order of the request; none when `asker`
/// has sent no such share, or it is forgotten.
pub(crate) async fn status(
    tx: &mut Tx,
    now: Millis,
    asker: &BareJid,
    share: ShareId,
) -> Result<Option<Vec<Stand>>> {
    let Some(share) = sent_by(tx, asker, share).await? else { return Ok(None) };
    let mut stands = Vec::new();
    let sent = tx.sent(ShareId(share.id)).await?;
    let ids: Vec<DeliveryId> = sent.iter().map(|row| DeliveryId(row.delivery.id)).collect();
    let typed = Typed::load(tx, &ids).await?;
    for row in sent {
        let known = typed.known(DeliveryId(row.delivery.id), &row.delivery.rcpt);
        let Ok(to) = Address::parse(known) else { continue };
        let course = Course {
            delivery: row.delivery.delivery(),
            is_typed: is_typed(known),
            was_taken: row.stream != 0,
            sent: Millis(row.sent_at),
            left: row.quiet_at.map(Millis),
            answered: row.taken_at.or(row.answered_at).map(Millis),
            accepted: Millis(share.accepted_at),
            revoked: share.revoked_at.map(Millis),
        };
        let (progress, since) = course.told(now);
        // Declining is the recipient's own business: it looks as if they had not answered.
        stands.push(Stand { to, progress, since, is_taken: row.taken_at.is_some() });
    }
    Ok(Some(stands))
}

/// Takes a share back: its page and its code are closed, what has not left is cancelled, the
/// pictures of ours that no other share needs go, and whoever may have it is told. Again is no error and
/// tells nobody a second time.
///
/// What is on its way at this moment arrives, and the word that it was taken back behind it. If
/// the stream is lost first, it is not sent again ([`crate::claim::claim`]).
pub(crate) async fn revoke(
    tx: &mut Tx,
    world: &World,
    asker: &BareJid,
    share: ShareId,
) -> Result<Revoked> {
    let Some(row) = sent_by(tx, asker, share).await? else { return Ok(Revoked::Unknown) };
    if !tx.revoke_share(share, world.now).await? {
        return Ok(Revoked::Before);
    }
    let sent: Vec<DeliveryRow> =
        tx.sent(share).await?.into_iter().map(|row| row.delivery).collect();
    let waits = sent.iter().filter(|row| row.delivery().state == State::Held);
    let waits: Vec<_> = waits.map(|row| (row.rcpt.clone(), asker.to_string())).collect();
    let ids: Vec<DeliveryId> = sent.iter().map(|row| DeliveryId(row.id)).collect();
    let typed = Typed::load(tx, &ids).await?;
    // Alike for all that it went to: what is counted says nothing of them.
    let written = |row: &DeliveryRow| typed.get(DeliveryId(row.id)).unwrap_or(&row.rcpt).len();
    world.rules.limits.keeps(asker.as_str(), sent.iter().map(written), 0);
    let reader = |row: DeliveryRow| {
        // What somebody had who has left since is no longer theirs, though they may have come back.
        let has_it = row.handle != 0 && row.delivery().may_have_arrived();
        has_it.then(|| Reader {
            about: DeliveryId(row.id),
            jid: row.rcpt,
            handle: row.handle,
            fate: Fate::Goes,
            typed: typed.get(DeliveryId(row.id)).map(str::to_owned),
        })
    };
    let readers: Vec<Option<Reader>> = sent.into_iter().map(reader).collect();
    tx.cancel_share(share).await?;
    consent::end_questions(tx, world, &waits).await?;
    cancel_held_notes(tx, world, asker.as_str(), share).await?;
    super::picture::let_fall(tx, share).await?;
    notice::post(tx, world, asker.as_str(), share, Carries::Revocation, &readers).await?;
    Ok(if row.card.is_some() { Revoked::Card } else { Revoked::Product })
}

/// What was said about `share`, which `sender` has taken back, goes to nobody who never had it: a
/// portion of it.
pub(crate) async fn cancel_held_notes(
    tx: &mut Tx,
    world: &World,
    sender: &str,
    share: ShareId,
) -> Result<()> {
    let room = world.rows.left(PASS);
    let cancelled = tx.cancel_held_notes(share, room).await?;
    world.rows.took(cancelled);
    if is_full(cancelled, room) {
        let name = share.0.to_string();
        world.put_unfinished(tx, (sender, Unfinished::Revoked, &name), world.now).await?;
    }
    Ok(())
}

async fn sent_by(tx: &mut Tx, asker: &BareJid, share: ShareId) -> Result<Option<ShareRow>> {
    let found = tx.shares(&[share]).await?.pop();
    Ok(found.filter(|row| row.sender == asker.as_str()))
}
