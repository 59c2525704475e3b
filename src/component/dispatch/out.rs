//! What leaves: every stanza of ours that is an answer.

use std::sync::{Arc, atomic::Ordering};

use bytes::Bytes;
use tokio::sync::mpsc;

use super::Service;
use crate::{
    component::{dispatch::outcome::Answered, reply},
    link::stream::{Stanza, Unsendable, tag::Head},
    say::{texts::Text, voice::words},
};

impl Service {
    /// Sends a stanza of ours. One that must not leave is a fault of ours: it is counted, logged
    /// once, and nothing happens to the stream; an answer that is owed is an error then, and
    /// whoever wrote in the chat is told so in a sentence.
    pub(super) async fn put(&self, xml: String) {
        let xml = Bytes::from(xml);
        let Err(error) = self.send(xml.clone()).await else { return };
        self.metrics.dropped("unsendable");
        if self.has_told.swap(true, Ordering::Relaxed) {
            tracing::debug!(%error, "a stanza of ours cannot be sent");
        } else {
            tracing::error!(%error, "a stanza of ours cannot be sent");
        }
        if let Some(to) = reply::owed(Head::read(&xml)) {
            let error = reply::internal("the answer cannot be sent: ask for less at a time");
            let _ = self.send(self.error_at(&to, &error).into()).await;
        } else if let Some((to, lang)) = reply::said(&xml) {
            let (id, lang) = (self.chance.uuid(self.clock.now()), lang.unwrap_or(self.info.lang));
            let told = words(&self.voice, &to, id, lang, &Text::Unsendable.in_lang(lang), None);
            let _ = self.send(told.into()).await;
        }
    }

    async fn send(&self, xml: Bytes) -> Result<(), Unsendable> {
        let stanza = Stanza::new(xml, self.ours.domain.as_str())?;
        self.metrics.stanzas_out.count(stanza.bytes());
        self.outlet.send(stanza).await;
        Ok(())
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
