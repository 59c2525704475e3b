//! What is claimed, with all that is needed to render it.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::Duration,
};

use uuid::Uuid;

use crate::{
    account::store::Account,
    card::link::CardLinks,
    claim::remote_file::{may_load, typed_of},
    db::{Result, Tx},
    domain::{
        address::Address,
        delivery::Event,
        id::{DeliveryId, ShareId},
        note::{Carries, Note, NoteNo},
        share::{Outgoing, Share},
    },
    outbox::{
        delivery::{has_arrived, settle, withhold},
        store::DeliveryRow,
        store_note::NoteRow,
    },
    share::{content::share_of, picture},
    world::World,
};

/// How late a message may be without saying since when it has waited.
const LATE: Duration = Duration::from_mins(1);

/// What the rows need to be rendered.
pub(crate) async fn outgoing(
    tx: &mut Tx,
    world: &World,
    rows: Vec<DeliveryRow>,
    accounts: &HashMap<String, Account>,
) -> Result<Vec<Outgoing>> {
    let mut ids: Vec<ShareId> = rows.iter().map(|row| ShareId(row.share_id)).collect();
    ids.sort_unstable();
    ids.dedup();
    let mut known: Vec<Share> = tx.shares(&ids).await?.into_iter().filter_map(share_of).collect();
    picture::attach(tx, world, &mut known).await?;
    let shares: HashMap<ShareId, Arc<Share>> =
        known.into_iter().map(|share| (share.id, Arc::new(share))).collect();
    let links = if shares.values().any(|share| share.offer.is_some()) {
        Some(CardLinks::load(tx, world).await?)
    } else {
        None
    };
    let mut looks: HashMap<Uuid, String> = if links.is_some() {
        let ids: Vec<DeliveryId> = rows.iter().map(|row| DeliveryId(row.id)).collect();
        tx.chosen_templates(&ids).await?.into_iter().collect()
    } else {
        HashMap::new()
    };
    let notes = notes_of(tx, &rows).await?;
    let typed = typed_of(tx, &rows, &shares).await?;
    let mut ready = Vec::with_capacity(rows.len());
    for row in rows {
        let id = DeliveryId(row.id);
        let carries = match row.carries() {
            Carries::Share => Some(Carries::Share),
            Carries::Revocation => Some(Carries::Revocation),
            Carries::Invitation => Some(Carries::Invitation),
            Carries::Request => Some(Carries::Request),
            Carries::Note(no) => notes.get(&no).cloned().map(Carries::Note),
        };
        let share = shares.get(&ShareId(row.share_id));
        if let (Some(share), Carries::Note(_)) = (share, row.carries())
            && share.revoked.is_some()
            && row.rcpt != share.sender.as_str()
            && !has_arrived(tx, row.about()).await?
        {
            // They never got what it is about.
            withhold(tx, world, &row).await?;
            continue;
        }
        // An invitation speaks the language of whoever invites.
        let inviter = match share.filter(|_| carries == Some(Carries::Invitation)) {
            Some(share) => tx.account(share.sender.as_str()).await?,
            None => None,
        };
        let account = inviter.as_ref().or_else(|| accounts.get(&row.rcpt));
        let (Some(share), Some(account), Some(carries), Ok(Address::Xmpp(to))) =
            (share, account, carries, Address::parse(&row.rcpt))
        else {
            // Nothing can be made of it: a person has to look.
            settle(tx, world, id, Event::Unsendable).await?;
            continue;
        };
        let since = match (&carries, share.revoked) {
            // It was on its way when it was taken back, and may not have arrived.
            (Carries::Share, Some(_)) => {
                withhold(tx, world, &row).await?;
                continue;
            }
            (Carries::Note(note), _) if note.is_retracted() => {
                withhold(tx, world, &row).await?;
                continue;
            }
            (Carries::Revocation, Some(revoked)) => revoked,
            // Other things of the sender's may wait for the answer.
            (Carries::Request, _) | (Carries::Share | Carries::Revocation, None) => share.accepted,
            (Carries::Invitation, _) => world.now,
            (Carries::Note(note), _) => note.said,
        };
        let carries = match (carries, typed.get(row.about())) {
            (Carries::Note(note), Some(address)) if row.rcpt == share.sender.as_str() => {
                Carries::Note(by(&note, address))
            }
            (carries, _) => carries,
        };
        let sources = may_load(tx, &row, share, &carries, &typed).await?;
        ready.push(Outgoing {
            id,
            share: Arc::clone(share),
            carries,
            about: row.about(),
            to,
            lang: account.lang.clone(),
            handle: row.handle,
            files: account.gets_files(),
            pictures: account.gets_pictures(),
            sources,
            delay: Some(since).filter(|_| row.held || world.now.since(since) > LATE),
            expires: row.delivery().expires,
            suspect: row.delivery().suspect > 0,
            card_link: links
                .as_ref()
                .filter(|_| share.offer.is_some())
                .map(|it| it.token(row.about())),
            card_template: looks.remove(&row.id),
        });
    }
    Ok(ready)
}

/// The notes that the rows carry; most carry none.
async fn notes_of(tx: &mut Tx, rows: &[DeliveryRow]) -> Result<HashMap<NoteNo, Arc<Note>>> {
    let numbers: HashSet<NoteNo> = rows
        .iter()
        .filter_map(|row| match row.carries() {
            Carries::Note(no) => Some(no),
            Carries::Share | Carries::Revocation | Carries::Invitation | Carries::Request => None,
        })
        .collect();
    if numbers.is_empty() {
        return Ok(HashMap::new());
    }
    let numbers: Vec<NoteNo> = numbers.into_iter().collect();
    let note = |row: NoteRow| {
        let (no, note) = row.note();
        (no, Arc::new(note))
    };
    Ok(tx.notes(&numbers).await?.into_iter().map(note).collect())
}

/// Whoever sent to a number is answered by the number: they are told of it and of nothing else.
fn by(note: &Note, address: &str) -> Arc<Note> {
    Arc::new(Note { author: address.to_owned(), author_nick: None, ..note.clone() })
}
