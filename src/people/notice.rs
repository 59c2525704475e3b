//! The outbox for everything about a share that is not the share itself: that it was taken back,
//! and what people say about it.
//!
//! A notice is a row of `delivery` like a share's, so the same claims, fences, replays, receipts,
//! errors, parking and expiry hold for it. What it [`Carries`] tells them apart. To pass something
//! on, durably, in the transaction that took it:
//!
//! ```ignore
//! let no = tx.insert_note(share, &Note { author, text, .. }).await?;
//! notice::post(tx, world, &author, share, Carries::Note(no), &[Some(reader)]).await?;
//! ```
//! `share/say_revocation.rs` writes the message from the share, the note and the reader's handle. A
//! delivery of a share (`Reader::about`) names the conversation between its sender and that
//! recipient, in both directions: it gives the thread and is what a recipient's client knows.
//! Its sender is told that whoever has written a note about a share has answered it.

use super::consent::{is_unheard, refusing};
use crate::{
    account::store::Counters,
    db::{Result, Tx},
    domain::{
        clock::Millis,
        consent::{Fate, Verdict},
        delivery::{Delivery, Event},
        id::{DeliveryId, ShareId},
        note::{Carries, NoteNo},
        share::LIFE,
    },
    outbox::{store::NewDelivery, store_note::NewNotice},
    people::address::Apart,
    world::World,
};

/// Who is to read a notice.
#[derive(Debug, Clone)]
pub(crate) struct Reader {
    /// A bare JID.
    pub jid: String,
    /// The reader's own number for the share.
    pub handle: i64,
    /// The delivery of the share that the conversation began with: the reader's own or the other's.
    pub about: DeliveryId,
    /// What becomes of it, as far as the conversation says.
    pub fate: Fate,
    /// The number or mail address that the author typed for them, and knows them by.
    pub typed: Option<String>,
}

/// Queues what `author`, as the readers know them, has to tell about `share`. A note for somebody
/// who has not joined is held until they do. Readers who leave before it is sent, or have blocked
/// its author, get nothing; nor do readers who have said no to an author who has sent the share,
/// and have said nothing about it since. More than one is paced as a share is. What goes to a
/// number or mail address leaves apart from what its author asks next, as a share does.
///
/// `readers` has a place for each of whom the share went to, an empty one for whoever gets nothing: it
/// takes its author's time all the same, which would else say who has the share.
///
/// # Errors
/// When the database does not answer, or a reader gets the same thing a second time.
pub(crate) async fn post(
    tx: &mut Tx,
    world: &World,
    author: &str,
    share: ShareId,
    carries: Carries<NoteNo>,
    readers: &[Option<Reader>],
) -> Result<()> {
    let account = tx.account(author).await?;
    let paced = account.as_ref().map_or(world.now, |account| account.paced(world.now));
    let expires = world.now.after(LIFE);
    let mut next = paced;
    let there = || readers.iter().flatten();
    let jids: Vec<String> = there().map(|reader| reader.jid.clone()).collect();
    let known = tx.accounts(&jids).await?;
    let refusing = refusing(tx, world, author, &known).await?;
    // After a no their answers go on.
    let is_theirs = refusing.values().any(|(verdict, _)| *verdict == Verdict::No)
        && tx.shares(&[share]).await?.iter().any(|it| it.sender == author);
    let apart = Apart::load(tx, world, there().any(|it| it.typed.is_some())).await?;
    let mut notices = Vec::with_capacity(readers.len());
    for reader in readers {
        let due = next;
        next = Millis(due.0 + 1);
        let Some(reader) = reader else { continue };
        // What is said to somebody who has not joined waits for them, as the share does.
        let account = known.iter().find(|account| account.jid == reader.jid);
        let waits = matches!(carries, Carries::Note(_))
            && (account.is_none() || reader.fate == Fate::Waits);
        let accepted = Delivery::accepted(!waits, world.now, expires);
        // Beside what waits already for the end of the reader's quiet hours, in its order.
        let quiet = account.and_then(|account| account.quiet_until(world.now));
        let apart = reader.typed.as_ref().map(|it| apart.due(world.now, author, it));
        let at = due.max(quiet.max(apart).unwrap_or_default());
        let refusal = refusing.get(&reader.jid);
        let refusal = refusal.filter(|(verdict, _)| is_theirs || *verdict == Verdict::Blocked);
        let is_unheard = is_unheard(tx, refusal, &reader.jid, share).await?;
        let delivery = if reader.fate == Fate::Ends || is_unheard {
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
    }
    tx.insert_notices(&notices).await?;
    if let Some(account) = account.filter(|_| readers.len() > 1 || paced > world.now) {
        let counters =
            Counters { jid: account.jid, next_handle: account.next_handle, paced_until: next };
        tx.set_counters(&[counters]).await?;
    }
    Ok(())
}
