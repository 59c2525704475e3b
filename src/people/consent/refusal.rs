//! What somebody has said about somebody, of the words that count, and what a refusal ends.

use std::collections::HashMap;

use jid::BareJid;

use crate::{
    account::store::Account,
    db::{Result, Tx},
    domain::{
        clock::Millis,
        consent::{Ask, Fate, Verdict},
        delivery::State,
        id::ShareId,
        site::{covering, is_same_address},
    },
    outbox::store::DeliveryRow,
    people::store::ConsentRow,
    world::World,
};

/// When the owner of the account is asked.
#[must_use]
pub(crate) fn ask_of(world: &World, account: &Account) -> Ask {
    account.ask().unwrap_or(world.rules.ask)
}

/// What `rcpt` has said about `sender` and when, of the words that count: a block of the whole domain,
/// or of one above it, before all. Any other word about a domain is about whoever has that for an
/// address, and nobody else.
pub(super) fn word(
    world: &World,
    said: &[ConsentRow],
    sender: &str,
    rcpt: &str,
) -> Option<(Verdict, Millis)> {
    let own = said.iter().filter(|row| row.account == rcpt);
    let said = |row: &ConsentRow| Some((about(world, row, sender)?, row.since()));
    let all: Vec<_> = own.filter_map(said).collect();
    all.iter().find(|(it, _)| *it == Verdict::Blocked).or(all.first()).copied()
}

/// What `row`, one of those [`covering`] `sender`, says about them.
pub(crate) fn about(world: &World, row: &ConsentRow, sender: &str) -> Option<Verdict> {
    let is_about = |it: &Verdict| *it == Verdict::Blocked || is_same_address(&row.other, sender);
    row.verdict(world.now).filter(is_about)
}

/// A no or a block, and since when it holds.
pub(crate) type Refusal = (Verdict, Millis);

fn refused((verdict, since): (Verdict, Millis)) -> Option<Refusal> {
    matches!(verdict, Verdict::No | Verdict::Blocked).then_some((verdict, since))
}

/// Those of `readers` who have refused `author`, and by what.
pub(crate) async fn refusing(
    tx: &mut Tx,
    world: &World,
    author: &str,
    readers: &[Account],
) -> Result<HashMap<String, Refusal>> {
    let guarded = readers.iter().filter(|account| account.guarded);
    let guarded: Vec<String> = guarded.map(|account| account.jid.clone()).collect();
    let Some(author) = BareJid::new(author).ok().filter(|_| !guarded.is_empty()) else {
        return Ok(HashMap::new());
    };
    let said = tx.consents(&covering(author.as_str()), &guarded).await?;
    let refusal = |reader: String| {
        let refusal = word(world, &said, author.as_str(), &reader).and_then(refused)?;
        Some((reader, refusal))
    };
    Ok(guarded.into_iter().filter_map(refusal).collect())
}

/// By what word `reader` has refused `author`, if they have.
pub(crate) async fn refusal(
    tx: &mut Tx,
    world: &World,
    reader: &str,
    author: &str,
) -> Result<Option<Refusal>> {
    Ok(said_about(tx, world, reader, author).await?.and_then(refused))
}

/// What `reader` has said about `author`, of the words that count.
pub(super) async fn said_about(
    tx: &mut Tx,
    world: &World,
    reader: &str,
    author: &str,
) -> Result<Option<(Verdict, Millis)>> {
    let Ok(author) = BareJid::new(author) else { return Ok(None) };
    let said = tx.consents(&covering(author.as_str()), &[reader.to_owned()]).await?;
    Ok(word(world, &said, author.as_str(), reader))
}

/// Whether a refusal by `reader` ends what its author has to tell about `share`, which they have sent:
/// a block does, and a no unless the reader has said something about it since.
pub(crate) async fn is_unheard(
    tx: &mut Tx,
    refusal: Option<&Refusal>,
    reader: &str,
    share: ShareId,
) -> Result<bool> {
    Ok(match refusal {
        None => false,
        Some((Verdict::Blocked, _)) => true,
        Some((_, since)) => !tx.has_said_since(share, reader, *since).await?,
    })
}

/// What becomes of a note of the sender of a share, whose conversation is `with` a recipient: it
/// follows the share.
#[must_use]
pub(crate) fn fate_of_note(with: &DeliveryRow) -> Fate {
    let delivery = with.delivery();
    match delivery.state {
        State::Held => Fate::Waits,
        State::Cancelled if delivery.attempt == 0 => Fate::Ends,
        _ => Fate::Goes,
    }
}
