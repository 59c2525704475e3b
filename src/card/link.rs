//! Links to the pages of cards, `/c/TOKEN`. A token is the id of a delivery with a keyed hash of
//! it: nothing is kept, and nobody has one who was not given it.
//!
//! Every function that asks the database fails when that does not answer.

use uuid::Uuid;

use crate::{
    db::{Result, Tx},
    domain::id::{DeliveryId, from_base32, to_base32},
    keyed_hash::{Key, Purpose},
    world::World,
};

/// Bytes of the hash that a token has: 80 bits.
const HASH: usize = 10;

/// What tokens are made with.
#[derive(Clone)]
pub(crate) struct CardLinks(Key);

impl CardLinks {
    /// Loads the key, which is made when it is first needed.
    pub(crate) async fn load(tx: &mut Tx, world: &World) -> Result<Self> {
        Ok(Self(Key::load(tx, world, Purpose::CardLink).await?))
    }

    /// The token of the card that a delivery brings: 42 symbols of Crockford's base32, in lower
    /// case.
    #[must_use]
    pub(crate) fn token(&self, id: DeliveryId) -> String {
        let hash = self.0.hash(&[&id.to_string()]);
        let bytes: Vec<u8> =
            id.0.as_bytes().iter().chain(hash.iter().take(HASH)).copied().collect();
        to_base32(&bytes)
    }

    /// The delivery of a token; none when we have not made it.
    #[must_use]
    pub(in crate::card) fn read(&self, token: &str) -> Option<DeliveryId> {
        let bytes = from_base32(token)?;
        let (id, hash) = bytes.split_first_chunk::<16>()?;
        let id = DeliveryId(Uuid::from_bytes(*id));
        let is_ours = hash.len() == HASH && self.0.begins(&[&id.to_string()], hash);
        is_ours.then_some(id)
    }
}

/// The delivery whose card a token opens; none when we have not made it. Writes nothing. Whether
/// the card can still be seen is asked of the delivery.
pub(in crate::card) async fn delivery(tx: &mut Tx, token: &str) -> Result<Option<DeliveryId>> {
    let kept = Key::kept(tx, Purpose::CardLink).await?;
    Ok(kept.and_then(|key| CardLinks(key).read(token)))
}
