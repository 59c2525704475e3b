//! The places for questions: ten with one person, of which the people of one other server have three, and
//! ten in a day,
//! when one is free again, and who is asked about then.

use std::collections::BTreeSet;

use jid::BareJid;
use uuid::Uuid;

use super::{
    asker::question,
    effect::carry_out,
    refusal::{ask_of, said_about},
};
use crate::{
    db::{Result, Tx},
    domain::{
        clock::Millis,
        consent::{AGAIN, ASKED_OF_SITE, LAPSE, NUMBERS, OPEN_MOST, OPEN_OF_SITE, Verdict},
        delivery::Delivery,
        id::{DeliveryId, ShareId},
        site::{site, spelt},
        unfinished::Unfinished,
    },
    people::store::ConsentRow,
    world::{PASS, World, is_full},
};

/// People of whom something waits that are looked at in one transaction, and those of them that are let
/// in, which is more work.
const WAITING: i64 = 100;
const LET_IN: usize = 25;
/// So many questions that were over without an answer are looked at.
const OVER: i64 = 500;

/// The questions that are open with somebody: their numbers, and whose the asker's domain is.
#[derive(Debug, Default)]
pub(super) struct Places {
    open: Vec<(i64, String)>,
    /// The same of those that were over lately without an answer.
    over: Vec<String>,
    /// The number that was given last.
    last: i64,
    is_moved: bool,
}

impl Places {
    pub(super) async fn load(tx: &mut Tx, now: Millis, rcpt: &str) -> Result<Self> {
        let since = now.before(LAPSE);
        let site = |other: String| BareJid::new(&other).map_or(other, |it| site_of(&it));
        let open = tx.open_questions(rcpt, since).await?;
        let open = open.into_iter().map(|row: ConsentRow| (row.number, site(row.other))).collect();
        let over = tx.ended_questions(rcpt, since, OVER).await?;
        let over = over.into_iter().map(site).collect();
        Ok(Self { open, over, last: tx.last_question(rcpt).await?, is_moved: false })
    }

    /// Takes one for a question of `rcpt` about `sender`. Answers its number, the next one behind the
    /// last: a word that comes twice, or late, is about nobody else. None when there is no place for them.
    pub(super) fn take(&mut self, rcpt: &BareJid, sender: &BareJid) -> Option<i64> {
        if !self.has_one(rcpt, sender) {
            return None;
        }
        // There are more numbers than places.
        let mut numbers = (0..NUMBERS).map(|n| (self.last + n) % NUMBERS + 1);
        let number = numbers.find(|n| !self.open.iter().any(|(taken, _)| taken == n))?;
        self.open.push((number, site_of(sender)));
        (self.last, self.is_moved) = (number, true);
        Some(number)
    }

    /// Keeps the number that was given last to a question of `rcpt`.
    pub(super) async fn keep(&self, tx: &mut Tx, rcpt: &str) -> Result<()> {
        if self.is_moved { tx.set_last_question(rcpt, self.last).await } else { Ok(()) }
    }

    fn is_full(&self) -> bool {
        self.open.len() >= OPEN_MOST
    }

    fn has_one(&self, rcpt: &BareJid, sender: &BareJid) -> bool {
        let site = site_of(sender);
        let is_home = rcpt.domain() == sender.domain();
        let of_site = self.open.iter().filter(|(_, it)| *it == site).count();
        let over = self.over.iter().filter(|it| **it == site).count();
        let is_free = of_site < OPEN_OF_SITE && of_site + over < ASKED_OF_SITE;
        !self.is_full() && (is_home || is_free)
    }
}

fn site_of(jid: &BareJid) -> String {
    site(jid.domain().as_str()).into_owned()
}

/// Somebody of whom something waits: the first share of theirs, who they are, and what was said about
/// them.
type Waiting = (Uuid, String, Option<i64>);

/// Something was said about `other`, so that a place may be free: asks about those who have waited
/// longest unasked. So many people are looked at, by their names, behind `other` and from the first on;
/// if there are more and there is still a place, the others are in portions.
pub(super) async fn ask_next(
    tx: &mut Tx,
    world: &World,
    account: &BareJid,
    other: &BareJid,
) -> Result<()> {
    let (mut waiting, _) = waiting(tx, world, account, other.as_str()).await?;
    let (first, more) = self::waiting(tx, world, account, "").await?;
    waiting.extend(first);
    ask_about(tx, world, account, waiting, more).await
}

/// The same of those who come behind `after` by their names, in portions.
pub(crate) async fn ask_on(
    tx: &mut Tx,
    world: &World,
    account: &BareJid,
    after: &str,
) -> Result<()> {
    let (waiting, more) = waiting(tx, world, account, after).await?;
    ask_about(tx, world, account, waiting, more).await
}

/// Of whom something waits, behind `after`; and the last of them, if there may be more.
async fn waiting(
    tx: &mut Tx,
    world: &World,
    account: &BareJid,
    after: &str,
) -> Result<(Vec<Waiting>, Option<String>)> {
    let since = world.now.before(LAPSE);
    let mut found = tx.held_by(account.as_str(), after, since, WAITING).await?;
    let is_all = !is_full(found.len(), WAITING);
    let is_let_in =
        |(_, it): &(usize, &(String, _, Option<i64>))| it.2 == Some(Verdict::Yes.code());
    let let_in = found.iter().enumerate().filter(is_let_in).nth(LET_IN).map(|(at, _)| at);
    found.truncate(let_in.unwrap_or(found.len()));
    let more = found.last().filter(|_| !is_all || let_in.is_some()).map(|it| it.0.clone());
    let first = |(author, first, said): (String, Option<Uuid>, _)| Some((first?, author, said));
    Ok((found.into_iter().filter_map(first).collect(), more))
}

/// Asks about those of `waiting` for whom there is a place, the first who waited first, and lets in
/// whoever need not be asked about. If there is a place left, whoever comes behind `more` has it.
async fn ask_about(
    tx: &mut Tx,
    world: &World,
    account: &BareJid,
    mut waiting: Vec<Waiting>,
    more: Option<String>,
) -> Result<()> {
    let jid = account.as_str();
    let Some(row) = tx.account(jid).await? else { return Ok(()) };
    let ask = ask_of(world, &row);
    let mut places = Places::load(tx, world.now, jid).await?;
    // What they have said is carried out in portions of its own.
    let is_deciding = tx.has_unfinished(jid, Unfinished::Said).await?;
    waiting.sort_unstable();
    waiting.dedup();
    for (first, author, said) in waiting {
        let Ok(sender) = BareJid::new(&author) else { continue };
        let is_said =
            said.is_some_and(|code| is_deciding || Verdict::from_code(code) != Some(Verdict::Yes));
        let may_ask = said.is_none() && ask.asks(&sender, account);
        if is_said || (may_ask && !places.has_one(account, &sender)) {
            continue;
        }
        // By whatever spelling; whose server is blocked ends, if that has not been done yet.
        match said_about(tx, world, jid, &author).await? {
            None if may_ask => {}
            None | Some((Verdict::Yes, _)) => {
                let_in(tx, world, account, &sender).await?;
                continue;
            }
            Some(_) => continue,
        }
        let Some(row) = tx.deliveries(&[DeliveryId(first)]).await?.pop() else { continue };
        let Some(number) = places.take(account, &sender) else { continue };
        let asked = ConsentRow::new(jid, &author, Verdict::Asked, world.now, number);
        tx.set_consents(&[asked]).await?;
        let about = (ShareId(row.share_id), DeliveryId(row.id));
        tx.insert_notices(&[question(world, (&sender, jid), number, about)]).await?;
    }
    places.keep(tx, jid).await?;
    match more.filter(|_| !places.is_full()) {
        Some(more) => world.put_unfinished(tx, (jid, Unfinished::Asked, &more), world.now).await,
        None => Ok(()),
    }
}

/// `account` need not be asked about `sender`, of whom something waits.
async fn let_in(tx: &mut Tx, world: &World, account: &BareJid, sender: &BareJid) -> Result<()> {
    let (jid, other) = (account.as_str(), spelt(sender));
    let yes = ConsentRow::new(jid, other.as_str(), Verdict::Yes, world.now, 0);
    tx.set_consents(&[yes]).await?;
    carry_out(tx, world, account, &other, "", Verdict::Yes).await
}

/// `sent`, each whose and to whom: of whom something waits unasked for whoever has sent them something
/// now, they need not be asked about. They are let in behind this, in portions.
pub(crate) async fn known(tx: &mut Tx, world: &World, sent: &[(String, String)]) -> Result<()> {
    let (mut known, mut accounts) = (Vec::new(), BTreeSet::new());
    for (jid, author) in tx.held_between(sent).await? {
        if let Ok(sender) = BareJid::new(&author)
            && said_about(tx, world, &jid, &author).await?.is_none()
        {
            let other = spelt(&sender);
            known.push(ConsentRow::new(&jid, other.as_str(), Verdict::Yes, world.now, 0));
            accounts.insert(jid);
        }
    }
    tx.set_consents(&known).await?;
    are_free(tx, world, accounts).await
}

/// Something that was held between `pairs`, each for whom and of whom, is so no more: a question about
/// somebody of whom nothing waits any more is over, and whoever waits is asked about next. Whoever takes
/// back what they have sent and sends it again brings no second question with it: about them it is asked
/// again after [`AGAIN`].
pub(crate) async fn end_questions(
    tx: &mut Tx,
    world: &World,
    pairs: &[(String, String)],
) -> Result<()> {
    let mut ended = Vec::new();
    for (account, other) in tx.end_questions(pairs, lapses_soon(world)).await? {
        // It is not asked any more, if it has not been.
        tx.cancel_of(&account, &other, Verdict::Yes, PASS).await?;
        ended.push(account);
    }
    are_free(tx, world, ended).await
}

/// When a question was asked that lapses [`AGAIN`] from now.
fn lapses_soon(world: &World) -> Millis {
    world.now.before(LAPSE.saturating_sub(AGAIN))
}

/// The same for what has `expired` of what was moved on.
pub(crate) async fn expired(
    tx: &mut Tx,
    world: &World,
    moved: &[(DeliveryId, Delivery)],
) -> Result<()> {
    let over = moved.iter().filter(|(_, next)| next.state.has_ended());
    let over: Vec<DeliveryId> = over.map(|(id, _)| *id).collect();
    let pairs = tx.authors_of(&over).await?.into_iter().map(|(_, rcpt, author)| (rcpt, author));
    end_questions(tx, world, &pairs.collect::<Vec<_>>()).await
}

/// Up to `limit` questions that were not answered in time are over; of whoever is still waited for, it is
/// asked anew. Answers how many.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn lapse(tx: &mut Tx, world: &World, limit: i64) -> Result<u64> {
    let lapsed = tx.lapse_questions(world.now.before(LAPSE), limit).await?;
    let n = lapsed.len() as u64;
    are_free(tx, world, lapsed).await?;
    Ok(n)
}

/// `sender` has left, and of what they had sent nothing waits: up to `limit` questions about them are
/// over. Answers how many.
pub(crate) async fn left(tx: &mut Tx, world: &World, sender: &str, limit: i64) -> Result<u64> {
    let ended = tx.end_questions_about(sender, lapses_soon(world), limit).await?;
    let n = ended.len() as u64;
    are_free(tx, world, ended).await?;
    Ok(n)
}

/// These have a place for a question again.
async fn are_free(
    tx: &mut Tx,
    world: &World,
    accounts: impl IntoIterator<Item = String>,
) -> Result<()> {
    for account in accounts {
        world.put_unfinished(tx, (&account, Unfinished::Asked, ""), world.now).await?;
    }
    Ok(())
}
