//! XEP-0114 §3: the stream header both ways, the digest, the empty `<handshake/>`.

use minidom::Element;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use xmpp_parsers::component::Handshake;

use super::{
    ended::{Ended, Refusal},
    settings::{Hooks, Settings},
};
use crate::link::stream::{
    framer::{Event, Framer},
    tag,
};

/// XEP-0114 §3.
const COMPONENT: &str = "jabber:component:accept";

/// Speaks the handshake to its end. What the server sent behind it stays in the framer.
pub(super) async fn shake(
    io: &mut (impl AsyncRead + AsyncWrite + Unpin),
    framer: &mut Framer,
    settings: &Settings,
    hooks: &Hooks,
) -> Result<(), Ended> {
    let open = format!(
        "<?xml version='1.0'?><stream:stream xmlns='{COMPONENT}' \
         xmlns:stream='http://etherx.jabber.org/streams' to='{}'>",
        settings.domain,
    );
    write(io, &open, hooks).await?;
    let header = match next(io, framer).await? {
        Event::Header(header) => header,
        other => return Err(refused(other)),
    };
    if let Some(other) = header.xmlns.filter(|xmlns| xmlns != COMPONENT) {
        return Err(Ended::NotComponent(other));
    }
    // Prosody gives an empty id to a domain it does not know, and its reason right after.
    let Some(id) = header.id.filter(|id| !id.is_empty()) else {
        return Err(refused(next(io, framer).await?));
    };
    let digest = Handshake::from_stream_id_and_password(id, &settings.secret);
    write(io, &String::from(&Element::from(digest)), hooks).await?;
    match next(io, framer).await? {
        Event::Stanza(xml) if tag::name(&xml) == b"handshake" => Ok(()),
        other => Err(refused(other)),
    }
}

fn refused(event: Event) -> Ended {
    match event {
        Event::Error(xml) => Ended::Refused(Refusal::read(&xml)),
        Event::End => Ended::ByServer,
        Event::Header(_) | Event::Stanza(_) | Event::Oversized(_) => Ended::Unexpected,
    }
}

async fn next(io: &mut (impl AsyncRead + Unpin), framer: &mut Framer) -> Result<Event, Ended> {
    loop {
        if let Some(event) = framer.next()? {
            return Ok(event);
        }
        if io.read_buf(framer.room()).await.map_err(Ended::Broken)? == 0 {
            return Err(Ended::Cut);
        }
    }
}

async fn write(io: &mut (impl AsyncWrite + Unpin), xml: &str, hooks: &Hooks) -> Result<(), Ended> {
    if !(hooks.may_write)() {
        return Err(Ended::Lease);
    }
    io.write_all(xml.as_bytes()).await.map_err(Ended::Broken)
}
