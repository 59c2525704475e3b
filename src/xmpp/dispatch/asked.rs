//! Questions of ours to our own server, and to others' for their people, and who waits for the
//! answers.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{sync::oneshot, time::timeout};

use super::Service;
use crate::{
    wire::{ns, xml::Writer},
    xmpp::{entity::Entity, inbound::Known},
};

/// How long a server may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// What we ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ask {
    /// XEP-0012 §4
    Age,
    /// XEP-0050 §2.2
    Commands,
    /// XEP-0401 §3.2, which our server does for those whom it calls administrators.
    Account,
    /// XEP-0054 §3.3, of somebody's account.
    VCardTemp,
    /// XEP-0292 §3, of somebody's account.
    VCard4,
}

/// The questions that are open, by who was asked and their ids. An id has 64 random bits and an
/// answer counts only from whoever was asked, so nobody else answers.
#[derive(Debug, Default)]
pub struct Asked(Mutex<Open>);

type Open = HashMap<(Entity, String), oneshot::Sender<Known>>;

impl Asked {
    /// Who waits for this answer, if it was asked for.
    pub(super) fn take(&self, from: &Entity, id: &str) -> Option<oneshot::Sender<Known>> {
        self.open().remove(&(from.clone(), id.to_owned()))
    }

    /// Whether this was asked of `from`.
    pub(super) fn awaits(&self, from: &Entity, id: &str) -> bool {
        self.open().contains_key(&(from.clone(), id.to_owned()))
    }

    /// A stream has begun: what was asked on the one before is not answered any more.
    pub(super) fn forget(&self) {
        self.open().clear();
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Service {
    /// Asks the server; none when it does not answer within ten seconds.
    pub(super) async fn ask_server(&self, what: Ask) -> Option<Known> {
        self.inquire(&Entity::from(self.host.clone()), what).await
    }

    /// Asks whoever answers for `to`; none when nobody does within ten seconds. Unless that is our
    /// own server, whoever calls this has a place for waiting ([`super::Tasks::wait`]).
    pub(super) async fn inquire(&self, to: &Entity, what: Ask) -> Option<Known> {
        let key = (to.clone(), format!("ask-{:x}", self.chance.bits()));
        let (answer, answered) = oneshot::channel();
        self.asked.open().insert(key.clone(), answer);
        self.put(self.question_of(what, to, &key.1)).await;
        let answer = timeout(PATIENCE, answered).await.ok().and_then(Result::ok);
        self.asked.open().remove(&key);
        answer
    }

    fn question_of(&self, what: Ask, to: &Entity, id: &str) -> String {
        let mut xml = Writer::new();
        xml.open("iq").attribute("from", self.ours.domain.as_str()).attribute("id", id);
        xml.attribute("to", to.as_str());
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
            Ask::VCardTemp => xml.open("vCard").attribute("xmlns", ns::VCARD_TEMP).close("vCard"),
            Ask::VCard4 => xml
                .open("pubsub")
                .attribute("xmlns", ns::PUBSUB)
                .open("items")
                .attribute("node", ns::VCARD4_NODE)
                .attribute("max_items", "1")
                .close("items")
                .close("pubsub"),
        };
        xml.close("iq");
        xml.finish()
    }
}
