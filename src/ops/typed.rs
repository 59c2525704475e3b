//! Phone numbers and mail addresses as recipients: who gets what is sent there, and how little its
//! sender sees of them. A delivery goes to the account that has shown the number to be its own; the
//! sender is told of the number that they typed and of nothing else.
//!
//! Everything that a sender is shown of a recipient is made from [`Typed`], and what was typed looks
//! the same in it for ever, whoever has the number and whatever they do, until they let the sender
//! know: by an answer, by taking a card, or by coming with the code of this sender's invitation.
//! What costs the sender something costs it for every number: each counts among those of the day
//! (`limits.numbers_per_day`), takes its millisecond of the sender's pace, and wants an invitation,
//! which is told to nobody where the number is an account's already ([`super::invitation::tell`]).

use std::collections::HashMap;

use jid::BareJid;
use uuid::Uuid;

use crate::{
    domain::{
        address::Address,
        id::{DeliveryId, ShareId},
        share::Submission,
    },
    store::db::{Result, Tx},
};

/// Whose the numbers and mail addresses are that a group of shares goes to.
#[derive(Debug, Default)]
pub struct Owners(HashMap<String, BareJid>);

impl Owners {
    /// Looks them up, when there are any.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn load(tx: &mut Tx, group: &[Submission]) -> Result<Self> {
        let all = group.iter().flat_map(|submission| &submission.recipients);
        let mut typed: Vec<String> =
            all.filter(|address| address.jid().is_none()).map(ToString::to_string).collect();
        if typed.is_empty() {
            return Ok(Self::default());
        }
        typed.sort_unstable();
        typed.dedup();
        let found = tx.owners(&typed).await?;
        let owner = |(address, jid): (String, String)| Some((address, BareJid::new(&jid).ok()?));
        Ok(Self(found.into_iter().filter_map(owner).collect()))
    }

    /// The accounts among them.
    pub fn accounts(&self) -> impl Iterator<Item = &BareJid> {
        self.0.values()
    }

    /// Whose the number or mail address is.
    #[must_use]
    pub fn owner(&self, address: &Address) -> Option<&BareJid> {
        if self.0.is_empty() { None } else { self.0.get(&address.to_string()) }
    }

    /// Whom `recipients` name by their accounts: they need no second copy by number. Nothing when
    /// no number is anybody's.
    #[must_use]
    pub fn named(&self, recipients: &[Address]) -> Vec<BareJid> {
        if self.0.is_empty() {
            return Vec::new();
        }
        recipients.iter().filter_map(Address::jid).cloned().collect()
    }

    /// The account that `address` leads to, unless it is one of `named`, which it then is.
    pub fn take(&self, address: &Address, named: &mut Vec<BareJid>) -> Option<BareJid> {
        if self.0.is_empty() || address.jid().is_some() {
            return None;
        }
        let jid = self.0.get(&address.to_string())?;
        if named.contains(jid) {
            return None;
        }
        named.push(jid.clone());
        Some(jid.clone())
    }
}

/// Whether this, as [`Address`] writes it, is a phone number or a mail address.
#[must_use]
pub fn is_typed(address: &str) -> bool {
    matches!(Address::parse(address), Ok(Address::Tel(_) | Address::Mail(_)))
}

/// What the sender typed, for those of some deliveries that went to a number or mail address.
#[derive(Debug, Default)]
pub struct Typed(HashMap<Uuid, String>);

impl Typed {
    /// For `ids`.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn load(tx: &mut Tx, ids: &[DeliveryId]) -> Result<Self> {
        Ok(Self(tx.typed(ids).await?.into_iter().collect()))
    }

    /// What was typed for one of them: `tel:…` or `mailto:…`.
    #[must_use]
    pub fn get(&self, id: DeliveryId) -> Option<&str> {
        self.0.get(&id.0).map(String::as_str)
    }

    /// How its sender knows the recipient of a delivery to `rcpt`, as
    /// [`Address`] writes it.
    #[must_use]
    pub fn known<'k>(&'k self, id: DeliveryId, rcpt: &'k str) -> &'k str {
        self.get(id).unwrap_or(rcpt)
    }

    /// The same as people write it.
    #[must_use]
    pub fn shown(&self, id: DeliveryId, rcpt: &str) -> String {
        let known = self.known(id, rcpt);
        Address::parse(known).map_or_else(|_| known.to_owned(), |it| it.shown().to_owned())
    }
}

/// The owner of a number, as the sender who typed it knows them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    /// The number or mail address as people write it.
    pub address: String,
    /// The sender's number for the share.
    pub handle: i64,
}

/// Of a message that `sender` was sent about a share of their own: whoever has the number that it
/// went to; none when it went to an account.
///
/// # Errors
/// When the database does not answer.
pub async fn owner_behind(
    tx: &mut Tx,
    sender: &BareJid,
    message: DeliveryId,
) -> Result<Option<Owner>> {
    let row = tx.deliveries(&[message]).await?.pop();
    let Some(row) = row.filter(|row| row.rcpt == sender.as_str()) else { return Ok(None) };
    let share = tx.shares(&[ShareId(row.share_id)]).await?.pop();
    let Some(share) = share.filter(|share| share.sender == sender.as_str()) else {
        return Ok(None);
    };
    let typed = Typed::load(tx, &[row.about()]).await?;
    let owner = typed
        .get(row.about())
        .map(|address| Owner { address: typed.shown(row.about(), address), handle: share.handle });
    Ok(owner)
}
