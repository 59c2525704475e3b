//! The places for questions: ten with one person, of which the people of one other server have three,
//! and who is asked about when one becomes free.

use jid::BareJid;
use uuid::Uuid;

use super::{ask_of, question, refusal};
use crate::{
    domain::{
        clock::Millis,
        consent::{LAPSE, OPEN_MOST, OPEN_OF_SITE, Verdict},
        id::{DeliveryId, ShareId},
        site::site,
    },
    ops::World,
    store::{
        consent::ConsentRow,
        db::{Result, Tx},
    },
};

/// People of whom something waits that are looked at for one word.
const WAITING: i64 = 100;

/// The questions that are open with somebody: their numbers, and whose the asker's domain is.
#[derive(Debug, Default)]
pub(super) struct Places(Vec<(i64, String)>);

impl Places {
    pub(super) async fn load(tx: &mut Tx, now: Millis, rcpt: &str) -> Result<Self> {
        let open = tx.open_questions(rcpt, now.before(LAPSE)).await?;
        let taken = |row: ConsentRow| {
            let other = BareJid::new(&row.other);
            (row.number, other.map_or(row.other, |it| site_of(&it)))
        };
        Ok(Self(open.into_iter().map(taken).collect()))
    }

    /// Takes one for a question of `rcpt` about `sender`. Answers its number; none when there is none
    /// for them.
    pub(super) fn take(&mut self, rcpt: &BareJid, sender: &BareJid) -> Option<i64> {
        if !self.has_one(rcpt, sender) {
            return None;
        }
        // One of so many is free: fewer are open.
        let most = i64::try_from(OPEN_MOST).unwrap_or(i64::MAX);
        let number = (1..=most).find(|n| !self.0.iter().any(|(taken, _)| taken == n))?;
        self.0.push((number, site_of(sender)));
        Some(number)
    }

    fn is_full(&self) -> bool {
        self.0.len() >= OPEN_MOST
    }

    fn has_one(&self, rcpt: &BareJid, sender: &BareJid) -> bool {
        let site = site_of(sender);
        let is_home = rcpt.domain() == sender.domain();
        let of_site = self.0.iter().filter(|(_, it)| *it == site).count();
        !self.is_full() && (is_home || of_site < OPEN_OF_SITE)
    }
}

fn site_of(jid: &BareJid) -> String {
    site(jid.domain().as_str()).into_owned()
}

/// Something was said about `other`, so that a place may be free: asks about those who have waited
/// longest unasked. So many people are looked at, by their names, behind `other` and then from the
/// first on: whoever has many names keeps nobody else waiting for ever.
pub(super) async fn ask_next(
    tx: &mut Tx,
    world: &World,
    account: &BareJid,
    other: &BareJid,
) -> Result<()> {
    let jid = account.as_str();
    let Some(row) = tx.account(jid).await? else { return Ok(()) };
    let ask = ask_of(world, &row);
    let mut places = Places::load(tx, world.now, jid).await?;
    if places.is_full() {
        return Ok(());
    }
    let since = world.now.before(LAPSE);
    let mut waiting = tx.unasked(jid, other.as_str(), since, WAITING).await?;
    waiting.extend(tx.unasked(jid, "", since, WAITING).await?);
    let mut waiting: Vec<(Uuid, String)> =
        waiting.into_iter().filter_map(|(author, first)| Some((first?, author))).collect();
    waiting.sort_unstable();
    waiting.dedup();
    for (first, author) in waiting {
        let Ok(sender) = BareJid::new(&author) else { continue };
        // Whose server is blocked ends, if that has not been done yet.
        if !ask.asks(&sender, account)
            || !places.has_one(account, &sender)
            || refusal(tx, world, jid, &author).await?.is_some()
        {
            continue;
        }
        let Some(row) = tx.deliveries(&[DeliveryId(first)]).await?.pop() else { continue };
        let Some(number) = places.take(account, &sender) else { continue };
        let asked = ConsentRow::new(jid, &author, Verdict::Asked, world.now, number);
        tx.set_consents(&[asked]).await?;
        let about = (ShareId(row.share_id), DeliveryId(row.id));
        tx.insert_notices(&[question(world, (&sender, jid), number, about)]).await?;
        if places.is_full() {
            break;
        }
    }
    Ok(())
}
