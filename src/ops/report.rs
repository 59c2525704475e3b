//! Complaints, and what the administrators do about them.

use std::time::Duration;

use jid::BareJid;

use super::World;
use crate::{
    domain::{
        id::{DeliveryId, ShareId},
        report::Reason,
        text::{one_line, shorten},
    },
    store::{
        db::{Result, Tx},
        report::ReportRow,
    },
};

/// How long complaints are kept.
pub const KEPT: Duration = Duration::from_hours(90 * 24);
/// The most characters of the words beside one.
const WORDS: usize = 500;

/// Keeps a complaint about `accused`, or about what came with the share. Answers whether it is new.
///
/// # Errors
/// When the database does not answer.
pub async fn report(
    tx: &mut Tx,
    world: &World,
    reporter: &BareJid,
    (accused, reason): (&str, Reason),
    share: Option<ShareId>,
    words: &str,
) -> Result<bool> {
    let mut row = ReportRow::new(reporter.as_str(), accused, reason, world.now);
    row.text = shorten(&one_line(words), WORDS);
    if let Some(share) = share {
        let share = tx.shares(&[share]).await?.pop();
        row.ref_code = share.map(|share| share.ref_code).unwrap_or_default();
    }
    tx.insert_report(&row).await
}

/// Who is behind a message that `reader` was sent: the sender of the share, or the author of the
/// note, and the share.
///
/// # Errors
/// When the database does not answer.
pub async fn behind(
    tx: &mut Tx,
    reader: &BareJid,
    message: DeliveryId,
) -> Result<Option<(BareJid, ShareId)>> {
    let row = tx.deliveries(&[message]).await?.pop();
    let Some(row) = row.filter(|row| row.rcpt == reader.as_str()) else { return Ok(None) };
    let share = ShareId(row.share_id);
    let mut author = tx.shares(&[share]).await?.pop().map(|share| share.sender);
    if let crate::domain::note::Carries::Note(no) = row.carries() {
        author = tx.notes(&[no]).await?.pop().map(|note| note.author);
    }
    Ok(author.and_then(|author| BareJid::new(&author).ok()).map(|author| (author, share)))
}
