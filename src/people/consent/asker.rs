//! The questions about strangers that are open, and those whom they are about.

use jid::BareJid;

use crate::{
    db::{Result, Tx},
    domain::{
        clock::Millis,
        consent::LAPSE,
        delivery::Delivery,
        id::{DeliveryId, ShareId},
        note::Carries,
        share::LIFE,
        site::is_same_address,
    },
    outbox::{store::NewDelivery, store_note::NewNotice},
    people::store::ConsentRow,
    world::World,
};

/// Somebody who waits for a word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asker {
    /// Their address.
    pub jid: BareJid,
    /// The name they go by.
    pub nick: Option<String>,
    /// The number of the question.
    pub number: i64,
    /// When it was asked.
    pub since: Millis,
}

/// Those who wait for a word of `account`, the latest to ask first.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn askers(tx: &mut Tx, world: &World, account: &str) -> Result<Vec<Asker>> {
    let open = tx.open_questions(account, world.now.before(LAPSE)).await?;
    let jids: Vec<String> = open.iter().map(|row| row.other.clone()).collect();
    let accounts = tx.accounts(&jids).await?;
    let nick = |jid: &str| accounts.iter().find(|it| it.jid == jid)?.nick.clone();
    let asker = |row: ConsentRow| {
        let jid = BareJid::new(&row.other).ok()?;
        Some(Asker { nick: nick(&row.other), jid, number: row.number, since: row.since() })
    };
    Ok(open.into_iter().filter_map(asker).collect())
}

/// The one of them who is `sender`, if they are among those who wait.
pub(crate) async fn asker(
    tx: &mut Tx,
    world: &World,
    account: &str,
    sender: &str,
) -> Result<Option<Asker>> {
    let askers = askers(tx, world, account).await?;
    Ok(askers.into_iter().find(|asker| is_same_address(asker.jid.as_str(), sender)))
}

pub(super) fn question(
    world: &World,
    (sender, rcpt): (&BareJid, &str),
    number: i64,
    (share, about): (ShareId, DeliveryId),
) -> NewNotice {
    let delivery = NewDelivery {
        id: DeliveryId(world.chance.uuid(world.now)),
        share,
        rcpt: rcpt.to_owned(),
        address: None,
        handle: number,
        delivery: Delivery::accepted(true, world.now, world.now.after(LIFE)),
        sent_at: 0,
        author: sender.to_string(),
    };
    NewNotice { delivery, carries: Carries::Request, about }
}
