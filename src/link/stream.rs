//! The stream to the server, seen from inside: how it is cut into stanzas ([`framer`]), and where
//! stanzas are put that shall leave.
//!
//! A stanza written is not a stanza taken: a server that dies right after has lost what TCP said
//! it had. A *batch* is therefore followed by a ping to the server, the *fence*; a server handles
//! one stream in order, so the pong says that the batch was taken, and bounces came before it.
//! Answers and presence go without: their reader asks again.
//!
//! Nothing waits here for the stream to come back. What is sent while it is down is dropped, a
//! batch is [`Fenced::Lost`] at once, and the rows it came from stay in the database.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use tokio::sync::{mpsc, oneshot, watch};

use crate::domain::id::StreamNo;

pub mod framer;
mod stanza;
pub mod tag;

pub use stanza::{MAX_BYTES, Stanza, Unsendable};

/// How many sends and batches wait for the writer before the next has to. With it, a peer that
/// asks faster than the server reads slows only itself.
const QUEUE: usize = 256;

/// Whether the stream to the server is up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Up {
    /// There is none: it is being opened, or not ours to open.
    Down,
    /// The server took the handshake.
    Up(StreamNo),
}

/// What became of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fenced {
    /// The server took every stanza of it on this stream.
    Taken(StreamNo),
    /// The stream ended first; the server may have taken any part of it. [`StreamNo::NONE`] when
    /// nothing of it was written.
    Lost(StreamNo),
}

/// What the writer does next.
#[derive(Debug)]
pub(crate) enum Out {
    Send(Stanza),
    Batch(Vec<Stanza>, Promise),
}

/// The answer that a batch is owed. Dropped without one, it says that the batch is lost, so a
/// stream that ends however it may leaves nobody waiting.
#[derive(Debug)]
pub(crate) struct Promise {
    answer: Option<oneshot::Sender<Fenced>>,
    stream: StreamNo,
    traffic: Arc<Traffic>,
}

impl Promise {
    /// From now on the batch may have left on `stream`.
    pub(crate) fn written(&mut self, stream: StreamNo) {
        self.stream = stream;
    }

    /// The pong came.
    pub(crate) fn taken(mut self) {
        if let Some(answer) = self.answer.take() {
            Traffic::add(&self.traffic.taken, 1);
            // Who asked may have gone; the stanzas are no less taken for it.
            let _ = answer.send(Fenced::Taken(self.stream));
        }
    }
}

impl Drop for Promise {
    fn drop(&mut self) {
        if let Some(answer) = self.answer.take() {
            Traffic::add(&self.traffic.lost, 1);
            let _ = answer.send(Fenced::Lost(self.stream));
        }
    }
}

/// Where stanzas are put that shall leave. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Outlet {
    queue: mpsc::Sender<Out>,
    up: watch::Receiver<Up>,
    traffic: Arc<Traffic>,
}

impl Outlet {
    /// Sends an answer or presence, without knowing whether it arrives. Waits while the queue is
    /// full; drops the stanza while the stream is down.
    pub async fn send(&self, stanza: Stanza) {
        if self.queue.send(Out::Send(stanza)).await.is_err() {
            Traffic::add(&self.traffic.dropped, 1);
        }
    }

    /// Sends a batch, at best of at most 64 stanzas, and a fence behind it. Waits while the queue
    /// is full, not for the answer: several batches may be on their way, answered in order.
    pub async fn batch(&self, stanzas: Vec<Stanza>) -> oneshot::Receiver<Fenced> {
        let (answer, fenced) = oneshot::channel();
        let traffic = self.traffic.clone();
        let promise = Promise { answer: Some(answer), stream: StreamNo::NONE, traffic };
        // When the link is gone the promise comes back in the error, and breaking it answers.
        let _ = self.queue.send(Out::Batch(stanzas, promise)).await;
        fenced
    }

    /// Whether the stream is up, and when that changes.
    #[must_use]
    pub fn state(&self) -> watch::Receiver<Up> {
        self.up.clone()
    }

    /// What the link counted so far.
    #[must_use]
    pub fn traffic(&self) -> &Arc<Traffic> {
        &self.traffic
    }
}

/// The other end of [`Outlet`], for the link alone.
#[derive(Debug)]
pub struct OutletEnd {
    pub(crate) queue: mpsc::Receiver<Out>,
    pub(crate) up: watch::Sender<Up>,
    pub(crate) traffic: Arc<Traffic>,
}

/// An outlet and its end.
#[must_use]
pub fn channel() -> (Outlet, OutletEnd) {
    let (sender, queue) = mpsc::channel(QUEUE);
    let (up, state) = watch::channel(Up::Down);
    let traffic = Arc::<Traffic>::default();
    let outlet = Outlet { queue: sender, up: state, traffic: traffic.clone() };
    (outlet, OutletEnd { queue, up, traffic })
}

/// What the link counts, since the process started.
#[derive(Debug, Default)]
pub struct Traffic {
    /// Stanzas the server sent, its pongs to our fences not among them.
    pub received: AtomicU64,
    /// Bytes the server sent.
    pub received_bytes: AtomicU64,
    /// Stanzas too large or too deep that were passed over.
    pub oversized: AtomicU64,
    /// Stanzas of ours given to the system for writing.
    pub sent: AtomicU64,
    /// Bytes the system took for writing.
    pub sent_bytes: AtomicU64,
    /// Stanzas dropped because the stream was down, those of lost batches not among them.
    pub dropped: AtomicU64,
    /// Batches the server took.
    pub taken: AtomicU64,
    /// Batches lost, written or not.
    pub lost: AtomicU64,
    /// Streams opened: the server took the handshake.
    pub opened: AtomicU64,
    /// Attempts to open a stream that failed, and streams that ended unasked.
    pub failed: AtomicU64,
}

impl Traffic {
    pub(crate) fn add(counter: &AtomicU64, n: usize) {
        counter.fetch_add(n as u64, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stanza() -> Stanza {
        Stanza::new("<iq from='share.example' to='b@x' id='1'/>", "share.example").unwrap()
    }

    #[tokio::test]
    async fn a_batch_whose_promise_is_dropped_is_lost_on_the_stream_it_was_written_to() {
        let (outlet, mut end) = channel();
        let fenced = [outlet.batch(vec![stanza()]).await, outlet.batch(vec![]).await];
        let Some(Out::Batch(_, mut promise)) = end.queue.recv().await else { panic!("no batch") };
        promise.written(StreamNo(7));
        drop(promise);
        drop(end);
        let [first, second] = fenced;
        assert_eq!(first.await, Ok(Fenced::Lost(StreamNo(7))));
        assert_eq!(second.await, Ok(Fenced::Lost(StreamNo::NONE)));
    }

    #[tokio::test]
    async fn without_a_link_sends_are_counted_and_batches_lost() {
        let (outlet, end) = channel();
        drop(end);
        outlet.send(stanza()).await;
        assert_eq!(outlet.traffic().dropped.load(Ordering::Relaxed), 1);
        let fenced = outlet.batch(vec![stanza()]).await;
        assert_eq!(fenced.await, Ok(Fenced::Lost(StreamNo::NONE)));
        assert_eq!(outlet.traffic().lost.load(Ordering::Relaxed), 1);
    }
}
