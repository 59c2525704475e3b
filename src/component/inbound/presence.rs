//! Presence and subscriptions (RFC 6121 §3, §4).

use minidom::Element;

use super::{
    asker::{Asker, nick},
    stanza::{Inbound, Presence, Registration},
};
use crate::wire::ns;

/// What a presence says.
pub(super) fn read(stanza: &Element, asker: Asker) -> Inbound {
    let presence = match stanza.attr("type") {
        None => Presence::Available,
        Some("unavailable") => Presence::Unavailable,
        Some("subscribe") => {
            let code = stanza.get_child("preauth", ns::PRE_AUTH).and_then(|it| it.attr("token"));
            let code = code.map(str::to_owned);
            Presence::Subscribe(Registration { nick: nick(stanza), code })
        }
        Some("subscribed") => Presence::Subscribed,
        Some("unsubscribe") => Presence::Unsubscribe,
        Some("unsubscribed") => Presence::Unsubscribed,
        Some("probe") => Presence::Probe,
        Some(_) => return Inbound::Nothing("presence-error"),
    };
    Inbound::Presence(asker, presence)
}
