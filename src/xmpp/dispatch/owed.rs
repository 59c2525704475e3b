//! Answers that are owed to those whose stanza is not being taken any more.

use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::mpsc;

use super::Service;
use crate::{
    domain::refusal::Refusal,
    ops::commit::Answer,
    stream::tag::Head,
    xmpp::{inbound::Asker, reply},
};

/// What somebody is told whose stanza is not being taken any more.
pub enum Answered {
    /// Who asked for a share to be taken, and what became of it.
    Share(Asker, Answer),
    /// The stanza that a fault of ours has ended.
    Fault(Bytes),
}

/// An answer to a share that is owed. Whoever drops it without one says that nothing was kept.
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

impl Service {
    /// Answers those whose stanza is not being taken any more, as the outcomes come, until none can
    /// come.
    pub async fn answer(self: Arc<Self>, mut answered: mpsc::UnboundedReceiver<Answered>) {
        /// Answers taken at one time.
        const MANY: usize = 512;
        let mut some = Vec::with_capacity(MANY);
        while answered.recv_many(&mut some, MANY).await > 0 {
            for answered in some.drain(..) {
                let (asker, answer) = match answered {
                    Answered::Share(asker, answer) => (asker, answer),
                    Answered::Fault(stanza) => {
                        self.say_fault(&Head::read(&stanza)).await;
                        continue;
                    }
                };
                let answer = match answer {
                    Ok(accepted) => reply::result(&asker, &reply::sent(&accepted)),
                    Err(refusal) => self.error(&asker, &reply::refusal(&refusal)),
                };
                self.put(answer).await;
            }
        }
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
