//! Words of ours to people by XMPP, and to XMPP gateways that make SMS of them.

use std::sync::Arc;

use crate::{
    domain::lang::Lang,
    link::stream::{Fenced, Outlet, Stanza, Up},
    post::letter::{Claimed, Tried},
    say::voice::{Voice, words},
};

/// Sends messages from the contact.
#[derive(Debug, Clone)]
pub struct Chat {
    /// Where messages go.
    pub outlet: Outlet,
    /// Who speaks.
    pub voice: Arc<Voice>,
    /// The language for people whose own is not known.
    pub lang: Lang,
}

impl Chat {
    /// Sends the text of `letter` to `to`, and waits until the server has taken it. Its id is that
    /// of the letter; an error that comes later is noted as the letter's.
    pub async fn send(&self, to: &str, letter: &Claimed) -> Tried {
        if !matches!(*self.outlet.state().borrow(), Up::Up(_)) {
            return Tried::Later("no stream to the server".into());
        }
        let lang = letter.lang.as_deref().and_then(Lang::of).unwrap_or(self.lang);
        let xml = words(&self.voice, to, letter.id.0, lang, &letter.text, None);
        let stanza = match Stanza::new(xml, &self.voice.domain) {
            Ok(stanza) => stanza,
            Err(error) => return Tried::Refused(error.to_string()),
        };
        match self.outlet.batch(vec![stanza]).await.await {
            Ok(Fenced::Taken(_)) => Tried::Taken,
            Ok(Fenced::Lost(_)) | Err(_) => Tried::Later("the stream ended first".into()),
        }
    }
}
