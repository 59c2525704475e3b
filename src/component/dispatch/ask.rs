//! Questions of ours to our own server, and to others' for their people.

use std::time::Duration;

use tokio::{sync::oneshot, time::timeout};

use super::state::Service;
use crate::{
    component::{dispatch::inquiry::Ask, entity::Entity, inbound::Known},
    wire::{ns, xml::Writer},
};

/// How long a server may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);

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
