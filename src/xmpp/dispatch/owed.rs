//! Answers that are owed to those who asked for a share to be taken.

use tokio::sync::mpsc;

use crate::{domain::refusal::Refusal, ops::commit::Answer, xmpp::inbound::Asker};

/// Who asked for a share to be taken, and what became of it.
pub type Answered = (Asker, Answer);

/// An answer that is owed. Whoever drops it without one says that nothing was kept.
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
            let _ = self.answers.send((asker, answer));
        }
    }
}
