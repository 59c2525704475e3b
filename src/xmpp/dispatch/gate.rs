//! How much is taken: what is too much is turned away by its head, before anybody pays for more.

use std::time::Duration;

use jid::{BareJid, Jid};
use memchr::memmem;

use super::Service;
use crate::{
    domain::refusal::Refusal,
    render::consent::Say,
    stream::tag::{Head, Kind},
    xmpp::{inbound::Asker, reply},
};

/// A stanza that is too much, and when the next one is not.
pub(super) struct Over {
    head: Head,
    who: BareJid,
    after: Duration,
}

impl Service {
    /// Whether a stanza is too much. Receipts, errors, answers and presence are never: they settle
    /// what was sent, and whoever gets a lot confirms a lot.
    pub(super) fn too_much(&self, bytes: &[u8]) -> Option<Over> {
        if !self.rules.limits.counts_stanzas() {
            return None;
        }
        let head = Head::read(bytes);
        if !asks(&head, bytes) {
            return None;
        }
        // What has no address that can be read is dropped where that is counted.
        let who = Jid::new(head.from.as_deref()?).ok()?.into_bare();
        let after = self.rules.limits.stanza(&who)?;
        Some(Over { head, who, after })
    }

    /// Tells who is too fast, and when to come again: an IQ always, a person once a minute.
    pub(super) async fn slow_down(&self, over: Over) {
        let Over { head, who, after } = over;
        match head.kind {
            Kind::Iq => self.answer_head(&head, reply::refusal(&Refusal::TooFast { after })).await,
            Kind::Message if self.rules.limits.may_tell(&who) => {
                self.metrics.dropped("too-fast");
                let (Some(from), Some(to)) = (jid(head.from), jid(head.to)) else { return };
                let id = head.id.unwrap_or_default();
                let asker = Asker { from, to, id, lang: None };
                let lang = self.lang_for(&asker).await;
                self.tell(&asker, lang, &Say::TooFast { after }.in_lang(lang)).await;
            }
            _ => self.metrics.dropped("too-fast"),
        }
    }
}

fn jid(text: Option<String>) -> Option<Jid> {
    Jid::new(&text?).ok()
}

/// Whether a stanza asks for something.
fn asks(head: &Head, bytes: &[u8]) -> bool {
    let kind = head.type_.as_deref();
    let has = |name: &[u8]| memmem::find(bytes, name).is_some();
    match head.kind {
        Kind::Iq => matches!(kind, Some("get" | "set")),
        Kind::Message => {
            !matches!(kind, Some("error" | "groupchat" | "headline"))
                && !has(b"<received")
                && !has(b"<displayed")
                && !has(b"<ack")
        }
        Kind::Presence => kind == Some("subscribe"),
        Kind::Other => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn receipts_errors_and_presence_ask_for_nothing() {
        for (stanza, expected) in [
            ("<iq type='get' from='a@x'/>", true),
            ("<iq type='result' from='a@x'/>", false),
            ("<message from='a@x'><body>hello</body></message>", true),
            ("<message type='error' from='a@x'/>", false),
            ("<message from='a@x'><received xmlns='urn:xmpp:receipts' id='1'/></message>", false),
            ("<message from='a@x'><displayed id='1'/></message>", false),
            ("<message from='a@x'><ack xmlns='urn:xmpp:card-exchange:0' id='1'/></message>", false),
            ("<presence from='a@x'/>", false),
            ("<presence type='subscribe' from='a@x'/>", true),
        ] {
            let bytes = stanza.as_bytes();
            assert_eq!(asks(&Head::read(bytes), bytes), expected, "{stanza}");
        }
    }
}
