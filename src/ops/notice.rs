//! The outbox for everything about a share that is not the share itself: that it was taken back,
//! and what people say about it.
//!
//! A notice is a row of `delivery` like a share's, so the same claims, fences, replays, receipts,
//! errors, parking and expiry hold for it. What it [`Carries`] tells them apart. To pass something
//! on, durably, in the transaction that took it:
//!
//! ```ignore
//! let no = tx.insert_note(share, &Note { author, text, .. }).await?;
//! notice::post(tx, world, &author, share, Carries::Note(no), &[reader]).await?;
//! committer.outbox().queued(); // within the operation: the worker looks after its commit
//! ```
//! `render/notice.rs` writes the message from the share, the note and the reader's handle. A
//! delivery of a share ([`Reader::about`]) names the conversation between its sender and that
//! recipient, in both directions: it gives the thread and is what a recipient's client knows.
//! Whoever has written a note about a share has answered it, as its sender is told.

use super::{World, consent::blocking, share::LIFE, typed::Apart};
use crate::{
    domain::{
        clock::Millis,
        consent::Fate,
        delivery::{Delivery, Event},
        id::{DeliveryId, ShareId},
        note::{Carries, NoteNo},
    },
    store::{
        account::Counters,
        db::{Result, Tx},
        delivery::NewDelivery,
        note::NewNotice,
    },
};

/// Who is to read a notice.
#[derive(Debug, Clone)]
pub struct Reader {
    /// A bare JID.
    pub jid: String,
    /// His small number for the share.
    pub handle: i64,
    /// The delivery of the share that the conversation began with, his own or the other's.
    pub about: DeliveryId,
    /// What becomes of it, as far as the conversation says.
    pub fate: Fate,
    /// The number or mail address that the author typed for them, and knows them by.
    pub typed: Option<String>,
}

/// Queues what `author` has to tell about `share`. A note for somebody who has not joined is held
/// until he does; whoever leaves before it is sent, or has blocked its author, gets nothing. More than
/// one is paced as a share is. What goes to a number or mail address leaves apart from what its author
/// asks next, as a share does.
///
/// # Errors
/// When the database does not answer, or a reader gets the same thing a second time.
pub async fn post(
    tx: &mut Tx,
    world: &World,
    author: &str,
    share: ShareId,
    carries: Carries<NoteNo>,
    readers: &[Reader],
) -> Result<()> {
    let account = tx.account(author).await?;
    let paced = account.as_ref().map_or(world.now, |account| account.paced(world.now));
    let expires = world.now.after(LIFE);
    let mut due = paced;
    let jids: Vec<String> = readers.iter().map(|reader| reader.jid.clone()).collect();
    let known = tx.accounts(&jids).await?;
    let blocking = blocking(tx, world, author, &known).await?;
    let apart = Apart::load(tx, world, readers.iter().any(|it| it.typed.is_some())).await?;
    let mut notices = Vec::with_capacity(readers.len());
    for reader in readers {
        // What is said to somebody who has not joined waits for him, as the share does.
        let account = known.iter().find(|account| account.jid == reader.jid);
        let waits = matches!(carries, Carries::Note(_))
            && (account.is_none() || reader.fate == Fate::Waits);
        let accepted = Delivery::accepted(!waits, world.now, expires);
        // Beside what waits already for the end of his quiet hours, in its order.
        let quiet = account.and_then(|account| account.quiet_until(world.now));
        let apart = reader.typed.as_ref().map(|it| apart.due(world.now, author, it));
        let at = due.max(quiet.max(apart).unwrap_or_default());
        let delivery = if reader.fate == Fate::Ends || blocking.contains(&reader.jid) {
            accepted.next(Event::Cancel, world.now, 0.0).unwrap_or(accepted)
        } else if waits {
            accepted
        } else {
            Delivery { due: at, ..accepted }
        };
        notices.push(NewNotice {
            delivery: NewDelivery {
                id: DeliveryId(world.chance.uuid(world.now)),
                share,
                rcpt: reader.jid.clone(),
                address: None,
                handle: reader.handle,
                delivery,
                sent_at: 0,
                author: author.to_owned(),
            },
            carries,
            about: reader.about,
        });
        due = Millis(due.0 + 1);
    }
    tx.insert_notices(&notices).await?;
    if let Some(account) = account.filter(|_| readers.len() > 1 || paced > world.now) {
        let counters =
            Counters { jid: account.jid, next_handle: account.next_handle, paced_until: due.0 };
        tx.set_counters(&[counters]).await?;
    }
    Ok(())
}
