//! Keyed hashes (HMAC-SHA256, RFC 2104): what is kept to be recognised and not to be read. The
//! keys are made when they are first needed and stay in the database; a copy of the hashes alone
//! is of no use to whoever tries all numbers.
//!
//! Every function that asks the database fails when that does not answer.

#![expect(clippy::missing_errors_doc, reason = "said once, above")]

use hmac::{Hmac, Mac};
use sha2::Sha256;

use crate::{
    db::{Result, Tx},
    world::World,
};

/// What the hash is for: a key for each, so that none says anything about another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Codes that were sent to an address.
    Code,
    /// Who wants to hear nothing.
    Silence,
    /// Links to the pages of cards.
    CardLink,
    /// Who has complained about somebody and left.
    Reporter,
    /// When it is looked up whose what was typed is.
    Apart,
}

impl Purpose {
    const fn name(self) -> &'static str {
        match self {
            Self::Code => "code",
            Self::Silence => "silence",
            Self::CardLink => "card-link",
            Self::Reporter => "reporter",
            Self::Apart => "apart",
        }
    }
}

/// The hash of `parts`, told apart from every other way to cut them.
pub async fn hash(
    tx: &mut Tx,
    world: &World,
    purpose: Purpose,
    parts: &[&str],
) -> Result<[u8; 32]> {
    let key = Key::load(tx, world, purpose).await?;
    Ok(key.hash(parts))
}

/// Whether `hash` is that of `parts`, in a time that does not say how much of it fits.
pub async fn fits(
    tx: &mut Tx,
    world: &World,
    purpose: Purpose,
    parts: &[&str],
    hash: &[u8],
) -> Result<bool> {
    Ok(Key::load(tx, world, purpose).await?.begin(parts).verify_slice(hash).is_ok())
}

/// The hash of `parts`, as [`hash`] makes it; none as long as no key has been needed, and so
/// nothing is known by one. Writes nothing.
pub async fn kept_hash(tx: &mut Tx, purpose: Purpose, parts: &[&str]) -> Result<Option<[u8; 32]>> {
    let kept = Key::kept(tx, purpose).await?;
    Ok(kept.map(|key| key.hash(parts)))
}

/// The key of a purpose, for several hashes.
#[derive(Clone)]
pub(crate) struct Key(Vec<u8>);

impl Key {
    /// The kept one, or a new one that is kept from now on.
    pub(crate) async fn load(tx: &mut Tx, world: &World, purpose: Purpose) -> Result<Self> {
        if let Some(kept) = Self::kept(tx, purpose).await? {
            return Ok(kept);
        }
        let new: Vec<u8> = (0..8).flat_map(|_| world.chance.bits().to_be_bytes()).collect();
        tx.insert_key(purpose.name(), &new).await?;
        Ok(Self(new))
    }

    /// The kept one; none as long as none has been needed. Writes nothing.
    pub(crate) async fn kept(tx: &mut Tx, purpose: Purpose) -> Result<Option<Self>> {
        Ok(tx.key(purpose.name()).await?.map(Self))
    }

    /// The hash of `parts`.
    pub(crate) fn hash(&self, parts: &[&str]) -> [u8; 32] {
        self.begin(parts).finalize().into_bytes().into()
    }

    /// Whether the hash of `parts` begins so, in a time that does not say how much of it fits.
    pub(crate) fn begins(&self, parts: &[&str], start: &[u8]) -> bool {
        self.begin(parts).verify_truncated_left(start).is_ok()
    }

    fn begin(&self, parts: &[&str]) -> Hmac<Sha256> {
        let mut key = [0; 64];
        key.iter_mut().zip(&self.0).for_each(|(to, from)| *to = *from);
        let mut mac = Hmac::<Sha256>::new(&key.into());
        for part in parts {
            mac.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            mac.update(part.as_bytes());
        }
        mac
    }
}
