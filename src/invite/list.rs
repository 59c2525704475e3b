//! What an inviter is told of those they wait for, and how they give them up.
//!
//! They see no more than that nothing of theirs has left: those who were never registered, have
//! left, refuse or want to hear nothing all look alike. Of a number or a mail address not even that
//! shows: it is waited for until its owner answers, takes a card, or comes with this inviter's
//! code.
//!
//! Every function that asks the database fails when that does not answer.

use std::collections::{BTreeSet, HashMap, HashSet};

use jid::BareJid;
use uuid::Uuid;

use crate::{
    db::{Result, Tx},
    domain::{
        address::Address,
        clock::Millis,
        invitation::{LIFE, State},
        letter::Kind,
        unfinished::Unfinished,
    },
    invite::store::{InvitationRow, NewInvitation},
    people::{address::is_typed, consent::end_questions},
    world::{World, is_full},
};

/// How many of the last things somebody sent are looked at, and taken back in one transaction.
const RECENT: i64 = 500;
/// How many people they went to are looked at, the last ones; and how many of the last invitations.
const PEOPLE: i64 = 5_000;
/// What each of them counts as that is gone through, in bytes: who it is, and whether they answered.
const ROW: usize = 1_024;

/// Somebody who is waited for, or was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Awaited {
    /// Who, as the inviter wrote them.
    pub address: Address,
    /// Since when.
    pub since: Millis,
    /// Whether they have joined since.
    pub has_accepted: bool,
}

/// When something was asked that is done later: among all that is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asked {
    /// What was made before has a smaller one, what is made after a greater
    /// ([`Chance::uuid`](crate::domain::id::Chance::uuid)).
    id: Uuid,
    at: Millis,
}

impl Asked {
    /// Now, as whoever writes has it.
    #[must_use]
    pub(crate) fn now(world: &World) -> Self {
        // Of what was sent before the clock went back it is later too.
        Self { id: world.chance.uuid(world.now), at: world.moment() }
    }
}

/// Those `inviter` waits for, the earliest first, and then those who have accepted; and how many
/// bytes were gone through for it.
pub(crate) async fn list(
    tx: &mut Tx,
    now: Millis,
    inviter: &BareJid,
) -> Result<(Vec<Awaited>, usize)> {
    let since = now.before(LIFE);
    let mut invitations = tx.invitations_of(inviter.as_str(), PEOPLE).await?;
    invitations.reverse();
    let withdrawn: HashMap<&str, i64> = invitations
        .iter()
        .filter(|row| row.state() == State::Withdrawn)
        .map(|row| (row.address.as_str(), row.made_at))
        .collect();
    let awaited = |address: &str, since: i64, has_accepted: bool| {
        Some(Awaited { address: Address::parse(address).ok()?, since: Millis(since), has_accepted })
    };
    let account = tx.account(inviter.as_str()).await?;
    let from = account.map_or(0, |account| account.next_handle - RECENT);
    let mut sent_to = tx.sent_to(inviter.as_str(), from, since, PEOPLE).await?;
    let things: i64 = sent_to.iter().map(|it| it.things).sum();
    let rows = usize::try_from(things).unwrap_or(usize::MAX).saturating_add(invitations.len());
    // At one and the same moment by what was typed, not by what is known of it.
    sent_to.sort_by(|a, b| (a.first, &a.whom).cmp(&(b.first, &b.whom)));
    let accepted: Vec<&InvitationRow> = invitations
        .iter()
        .filter(|row| row.state() == State::Accepted && row.redeemed_by.is_some())
        .filter(|row| row.made_at > since.0)
        .collect();
    let come: HashSet<&str> =
        accepted.iter().map(|row| row.address.as_str()).filter(|whom| is_typed(whom)).collect();
    let waiting = sent_to
        .iter()
        .filter(|it| !it.has_answered())
        .filter(|it| withdrawn.get(it.whom.as_str()).is_none_or(|at| *at < it.last))
        .filter(|it| !come.contains(it.whom.as_str()))
        .filter_map(|it| awaited(&it.whom, it.first, false));
    let accepted = accepted.iter().filter_map(|row| awaited(&row.address, row.made_at, true));
    Ok((waiting.chain(accepted).collect(), rows.saturating_mul(ROW)))
}

/// `inviter` waits for `address` no more: what has not left is cancelled, and so is the invitation,
/// as far as it has not been read yet; nothing of what came after they `asked` for that.
pub(crate) async fn withdraw(
    tx: &mut Tx,
    world: &World,
    inviter: &BareJid,
    address: &Address,
    asked: Asked,
) -> Result<()> {
    let (inviter, address) = (inviter.to_string(), address.to_string());
    take_back(tx, world, &inviter, &address, asked).await?;
    let Asked { id, at: made } = asked;
    if tx.has_sent_since(&inviter, &address, id).await? {
        return Ok(()); // They are waited for again.
    }
    tx.withdraw_letters(&inviter, &address, Kind::Invitation).await?;
    tx.withdraw_invitation(&NewInvitation { id, inviter, address, made }).await
}

/// Cancels one portion of what has not left, the last of it first.
async fn take_back(
    tx: &mut Tx,
    world: &World,
    inviter: &str,
    address: &str,
    asked: Asked,
) -> Result<()> {
    let id = asked.id;
    // What was said goes before what it is about, by which it is found.
    let said = tx.cancel_said_about_unsent(inviter, address, id, RECENT).await?;
    let mut more = is_full(said, RECENT);
    if !more {
        let unsent = tx.cancel_unsent(inviter, address, id, RECENT).await?;
        more = is_full(unsent.len(), RECENT);
        let people: BTreeSet<String> = unsent.into_iter().collect();
        let pairs: Vec<_> = people.into_iter().map(|rcpt| (rcpt, inviter.to_owned())).collect();
        end_questions(tx, world, &pairs).await?;
    }
    if more {
        let whom = format!("{id} {address}");
        world.put_first(tx, (inviter, Unfinished::GivenUp, &whom), asked.at).await?;
    }
    Ok(())
}

/// Goes on with taking back what was sent to whoever is given up: `whom` is before which delivery,
/// and their address.
pub(crate) async fn go_on(
    tx: &mut Tx,
    world: &World,
    inviter: &str,
    whom: &str,
    at: Millis,
) -> Result<()> {
    if let Some((id, address)) = whom.split_once(' ')
        && let Ok(id) = Uuid::try_parse(id)
    {
        take_back(tx, world, inviter, address, Asked { id, at }).await?;
    }
    Ok(())
}
