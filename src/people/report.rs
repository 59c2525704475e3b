//! Complaints, and what the administrators do about them (XEP-0377). One is taken about whoever has
//! sent its reporter something, so many in a day, by whatever road it comes.
//!
//! Every function that asks the database fails when that does not answer.

use std::time::Duration;

use jid::BareJid;

use crate::{
    db::{Result, Tx},
    domain::{
        conversation::Clue,
        id::{DeliveryId, ShareId},
        note::Carries,
        report::{A_DAY, Reason, Reported, WORDS_MAX},
        site::spellings,
        text::{one_line, shorten},
    },
    outbox::{message::sent_as, store::DeliveryRow},
    people::store_report::ReportRow,
    world::World,
};

/// How long complaints are kept.
pub(crate) const KEPT: Duration = Duration::from_hours(90 * 24);
/// So many of the last things that somebody was sent, and has sent, are looked at for the accused.
const LATELY: i64 = 500;
const DAY: Duration = Duration::from_hours(24);

/// Keeps a complaint about `accused`, however their domain is written, or about what they have sent
/// the reporter with the share.
pub(crate) async fn report(
    tx: &mut Tx,
    world: &World,
    reporter: &BareJid,
    (accused, reason): (&str, Reason),
    share: Option<ShareId>,
    words: &str,
) -> Result<Reported> {
    let mut spellings = spellings(accused).to_vec();
    spellings.dedup();
    let mut of = None;
    for accused in &spellings {
        if of.is_none()
            && (share.is_some() || tx.has_come(reporter.as_str(), accused, LATELY).await?)
        {
            of = Some(&**accused);
        }
    }
    let Some(accused) = of else { return Ok(Reported::NothingCame) };
    let last = tx.reported_before(reporter.as_str(), A_DAY - 1).await?;
    if last.is_some_and(|at| at > world.now.before(DAY)) {
        return Ok(Reported::TooOften);
    }
    let mut row = ReportRow::new(reporter.as_str(), accused, reason, world.now);
    row.text = shorten(&one_line(words), WORDS_MAX);
    if let Some(share) = share {
        let share = tx.shares(&[share]).await?.pop();
        row.ref_code = share.map(|share| share.ref_code).unwrap_or_default();
    }
    let is_new = tx.insert_report(&row).await?;
    world.rules.limits.keeps(reporter.as_str(), [accused.len()], row.text.len());
    Ok(if is_new { Reported::New } else { Reported::Again })
}

/// The message that `reader` was sent and that a saying with these clues points at.
pub(crate) async fn pointed_at(
    tx: &mut Tx,
    reader: &BareJid,
    clues: &[Clue],
) -> Result<Option<DeliveryId>> {
    let jid = reader.as_str();
    for clue in clues {
        let row = match clue {
            Clue::Message(id) => sent_as(tx, jid, id).await?,
            Clue::Handle(handle) => tx.delivery_numbered(jid, *handle).await?,
            Clue::Share(share) => of_share(tx, jid, *share).await?,
            Clue::Code(code) => match tx.share_by_ref(*code).await? {
                Some(share) => of_share(tx, jid, ShareId(share.id)).await?,
                None => None,
            },
            Clue::Thread(_) => None,
        };
        if let Some(row) = row {
            return Ok(Some(DeliveryId(row.id)));
        }
    }
    Ok(None)
}

async fn of_share(tx: &mut Tx, reader: &str, share: ShareId) -> Result<Option<DeliveryRow>> {
    Ok(tx.conversations(share).await?.into_iter().find(|row| row.rcpt == reader))
}

/// Who is behind the first of these messages that `reader` was sent: the sender of the share, or the
/// author of the note, and the share.
pub(crate) async fn behind(
    tx: &mut Tx,
    reader: &BareJid,
    messages: &[DeliveryId],
) -> Result<Option<(BareJid, ShareId)>> {
    let rows = tx.deliveries(messages).await?.into_iter();
    let Some(row) = rows.filter(|row| row.rcpt == reader.as_str()).min_by_key(|row| row.id) else {
        return Ok(None);
    };
    let share = ShareId(row.share_id);
    let mut author = tx.shares(&[share]).await?.pop().map(|share| share.sender);
    if let Carries::Note(no) = row.carries() {
        author = tx.notes(&[no]).await?.pop().map(|note| note.author);
    }
    Ok(author.and_then(|author| BareJid::new(&author).ok()).map(|author| (author, share)))
}
