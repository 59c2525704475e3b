//! Questions of ours to our own server, and who waits for the answers.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{sync::oneshot, time::timeout};

use super::Service;
use crate::{
    wire::{ns, xml::Writer},
    xmpp::inbound::Known,
};

/// How long the server may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// What we ask it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ask {
    /// XEP-0012 §4
    Age,
    /// XEP-0050 §2.2
    Commands,
    /// XEP-0401 §3.2, which our server does for those whom it calls administrators.
    Account,
}

/// The questions that are open, by their ids. An id has 64 random bits and an answer counts only
/// from the server itself, so nobody else answers.
#[derive(Debug, Default)]
pub struct Asked(Mutex<HashMap<String, oneshot::Sender<Known>>>);

impl Asked {
    /// Takes an answer. Whether there was such a question.
    pub(super) fn answered(&self, id: &str, answer: Known) -> bool {
        // Who asked may have given up.
        self.open().remove(id).is_some_and(|asker| asker.send(answer).is_ok())
    }

    /// A stream has begun: what was asked on the one before is not answered any more.
    pub(super) fn forget(&self) {
        self.open().clear();
    }

    fn open(&self) -> MutexGuard<'_, HashMap<String, oneshot::Sender<Known>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Service {
    /// Asks the server; none when it does not answer within ten seconds.
    pub(super) async fn ask_server(&self, what: Ask) -> Option<Known> {
        let id = format!("ask-{:x}", self.chance.bits());
        let (answer, answered) = oneshot::channel();
        self.asked.open().insert(id.clone(), answer);
        self.put(self.question_of(what, &id)).await;
        let answer = timeout(PATIENCE, answered).await.ok().and_then(Result::ok);
        self.asked.open().remove(&id);
        answer
    }

    fn question_of(&self, what: Ask, id: &str) -> String {
        let mut xml = Writer::new();
        xml.open("iq").attribute("from", self.ours.domain.as_str()).attribute("id", id);
        xml.attribute("to", self.host.as_str());
        xml.attribute("type", if what == Ask::Account { "set" } else { "get" });
        match what {
            Ask::Age => xml.open("query").attribute("xmlns", ns::LAST).close("query"),
            Ask::Commands => xml
                .open("query")
                .attribute("xmlns", ns::DISCO_ITEMS)
                .attribute("node", ns::COMMANDS)
                .close("query"),
            Ask::Account => xml
                .open("command")
                .attribute("xmlns", ns::COMMANDS)
                .attribute("action", "execute")
                .attribute("node", ns::INVITE_ACCOUNT)
                .close("command"),
        };
        xml.close("iq");
        xml.finish()
    }
}
