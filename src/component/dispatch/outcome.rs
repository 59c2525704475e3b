//! Answers that are owed to those whose stanza is not being taken any more.

use bytes::Bytes;
use tokio::sync::mpsc;

use crate::{committer::Answer, component::inbound::Asker, domain::refusal::Refusal};

/// What the sender of a stanza that is not being taken any more is told.
pub enum Answered {
    /// Who asked for a share to be taken, and what became of the share.
    Share(Asker, Answer),
    /// The stanza that a fault of ours has ended.
    Fault(Bytes),
}

/// An answer that is owed to a share. Dropping this before it is settled says that nothing was
/// kept.
pub(super) struct Owed {
    pub(super) asker: Option<Asker>,
    pub(super) answer: Answer,
    pub(super) answers: mpsc::UnboundedSender<Answered>,
}

impl Owed {
    pub(super) fn settle(mut self, answer: Answer) {
        self.answer = answer;
    }
}

impl Drop for Owed {
    fn drop(&mut self) {
        if let Some(asker) = self.asker.take() {
            let answer = std::mem::replace(&mut self.answer, Err(Refusal::STORE));
            // Nobody listens any more at the very end; the sender asks again.
            let _ = self.answers.send(Answered::Share(asker, answer));
        }
    }
}
