//! What the server sent, on its way to who takes it: so many stanzas, and so many bytes of them. The
//! next one waits in the socket.

use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};

use crate::link::stream::framer::Oversized;

/// Stanzas that wait at the most.
const STANZAS: usize = 256;
/// Bytes of stanzas that wait and are taken, at the most: four of the largest.
const BYTES: usize = 4 << 20;

/// What the server sent, in its order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Received {
    /// One complete top-level element, not parsed, without a declaration of the stream's default
    /// namespace. Shares its memory with its neighbours: copy what is kept.
    Stanza(Bytes),
    /// A stanza that was passed over. An IQ is still owed an answer.
    Oversized(Oversized),
}

/// The end of the link.
#[derive(Debug)]
pub struct Sender {
    queue: mpsc::Sender<Inbound>,
    room: Arc<Semaphore>,
}

/// The end that takes it.
pub type Receiver = mpsc::Receiver<Inbound>;

/// One stanza, and the room that it takes until this is dropped.
#[derive(Debug)]
pub struct Inbound {
    /// The stanza.
    pub received: Received,
    _room: OwnedSemaphorePermit,
}

/// A queue.
#[must_use]
pub fn inbound() -> (Sender, Receiver) {
    of(STANZAS)
}

/// A queue of so many stanzas.
pub(super) fn of(stanzas: usize) -> (Sender, Receiver) {
    let (queue, receiver) = mpsc::channel(stanzas);
    (Sender { queue, room: Arc::new(Semaphore::new(BYTES)) }, receiver)
}

impl Sender {
    /// Queues `received` if there is room; else gives it back. None when nobody takes it any more.
    pub(super) fn try_send(&self, received: Received) -> Option<Result<(), Received>> {
        if self.queue.is_closed() {
            return None;
        }
        let place = self.queue.try_reserve().ok();
        let room = Arc::clone(&self.room).try_acquire_many_owned(bytes(&received)).ok();
        let Some((place, room)) = place.zip(room) else { return Some(Err(received)) };
        place.send(Inbound { received, _room: room });
        Some(Ok(()))
    }

    /// Queues `received` as soon as there is room. None when nobody takes it any more.
    pub(super) async fn send(&self, received: Received) -> Option<()> {
        let place = self.queue.reserve().await.ok()?;
        let room = Arc::clone(&self.room).acquire_many_owned(bytes(&received)).await.ok()?;
        place.send(Inbound { received, _room: room });
        Some(())
    }
}

fn bytes(received: &Received) -> u32 {
    let bytes = match received {
        Received::Stanza(xml) => xml.len().min(BYTES),
        Received::Oversized(_) => 0,
    };
    u32::try_from(bytes).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn so_many_bytes_wait_and_the_next_stanza_when_one_was_taken() {
        let (sender, mut receiver) = inbound();
        let large = || Received::Stanza(vec![b'x'; 1 << 20].into());
        let queued =
            (0..9).take_while(|_| matches!(sender.try_send(large()), Some(Ok(())))).count();
        assert_eq!(queued, 4);
        let taken = receiver.recv().await.expect("the first");
        assert!(matches!(sender.try_send(large()), Some(Err(_))), "it is being taken");
        drop(taken);
        assert!(matches!(sender.try_send(large()), Some(Ok(()))));
        let taking = async { receiver.recv().await.map(drop) };
        let (waiting, taken) = tokio::join!(sender.send(large()), taking);
        assert!(waiting.is_some() && taken.is_some());
    }

    #[tokio::test]
    async fn so_many_stanzas_wait_and_none_when_nobody_takes_them() {
        let (sender, receiver) = inbound();
        let small = || Received::Stanza("<iq/>".into());
        let queued =
            (0..999).take_while(|_| matches!(sender.try_send(small()), Some(Ok(())))).count();
        assert_eq!(queued, STANZAS);
        drop(receiver);
        assert!(sender.try_send(small()).is_none() && sender.send(small()).await.is_none());
    }
}
