//! The baseline of shares through a real server: a component that keeps nothing and reads no XML.
//! For each `send` it writes the result and a message to each recipient, for each answer the
//! receipt and a message to the other.

use std::{fmt::Write as _, net::SocketAddr};

use anyhow::{Context as _, Result, bail};
use clap::{Args, ValueEnum};
use memchr::memmem;
use sha1::{Digest as _, Sha1};
use tokio::{io::AsyncWriteExt as _, net::TcpStream};

use crate::{
    frames::Frames,
    stanza::{SIZE, attr, head, padding},
};

#[derive(Args)]
pub(crate) struct ForwarderArgs {
    /// The server's port for components
    #[arg(long)]
    server: SocketAddr,
    #[arg(long, default_value = "share.localhost")]
    domain: String,
    #[arg(long, default_value = "secret")]
    secret: String,
    /// What the message is like
    #[arg(long, value_enum, default_value_t = Shape::Share)]
    shape: Shape,
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
enum Shape {
    /// A body and the payload, as large as the share that came in
    Plain,
    /// All that a share's message holds: the server has the same work with it as with ours
    Share,
}

pub(crate) async fn run(args: ForwarderArgs) -> Result<()> {
    let socket = TcpStream::connect(args.server).await.context("connecting")?;
    socket.set_nodelay(true)?;
    let (reader, mut writer) = socket.into_split();
    let mut frames = Frames::new(reader);
    let open = format!(
        "<?xml version='1.0'?><stream:stream xmlns='jabber:component:accept' \
         xmlns:stream='http://etherx.jabber.org/streams' to='{}'>",
        args.domain
    );
    writer.write_all(open.as_bytes()).await?;
    let header = frames.header().await?;
    let id = attr(header.as_bytes(), "id").context("the stream has no id")?;
    let digest =
        Sha1::digest(format!("{id}{}", args.secret)).iter().fold(String::new(), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        });
    writer.write_all(format!("<handshake>{digest}</handshake>").as_bytes()).await?;
    let answer = frames.next().await?;
    if !answer.starts_with("<handshake") {
        bail!("refused: {answer}");
    }
    println!("online");
    let mut out = String::new();
    loop {
        while let Some(stanza) = frames.arrived() {
            // Anything that is not a share is let fall.
            let _ = forward(&mut out, stanza, &args);
        }
        writer.write_all(out.as_bytes()).await?;
        out.clear();
        if !frames.fill().await? {
            return Ok(());
        }
    }
}

fn forward(out: &mut String, stanza: &[u8], args: &ForwarderArgs) -> Option<()> {
    let head = head(stanza);
    let (id, from) = (attr(head, "id")?, attr(head, "from")?);
    if let Some(peer) = memmem::find(stanza, b"<peer") {
        return answer(out, &args.domain, id, from, stanza, stanza.get(peer..)?);
    }
    let send = stanza.get(memmem::find(stanza, b"<send")?..)?;
    let payload = send.get(memmem::find(send, b"<comment")?..memmem::find(send, b"<addresses")?)?;
    let payload = std::str::from_utf8(payload).ok()?;
    let comment = payload.split_once('>')?.1.split_once('<')?.0;
    let domain = &args.domain;
    let _ = write!(
        out,
        "<iq from='{domain}' to='{from}' id='{id}' type='result'>\
         <sent xmlns='urn:xmpp:product-share:0' id='{id}' share='{id}' ref='7K3QXM2NP8' \
         handle='12'/></iq>"
    );
    let addresses = send.get(memmem::find(send, b"<addresses")?..)?;
    for at in memmem::find_iter(addresses, b"<address ") {
        let to = attr(addresses.get(at..)?, "jid")?;
        match args.shape {
            Shape::Plain => plain(out, domain, to, id, comment, payload),
            Shape::Share => share(out, domain, to, id, from, comment, payload),
        }
    }
    Some(())
}

/// The receipt for an answer, and what it says for the one it is for.
fn answer(
    out: &mut String,
    domain: &str,
    id: &str,
    from: &str,
    stanza: &[u8],
    peer: &[u8],
) -> Option<()> {
    let to = attr(peer, "jid")?;
    let body = stanza.get(memmem::find(stanza, b"<body>")?..memmem::find(stanza, b"</body>")?)?;
    let words = std::str::from_utf8(body).ok()?.strip_prefix("<body>#1 ")?;
    let author = from.split('/').next().unwrap_or("");
    let _ = write!(
        out,
        "<message from='share@{domain}/tradepost-service' to='{from}' type='chat' id='r{id}'>\
         <received xmlns='urn:xmpp:receipts' id='{id}'/></message>\
         <message from='share@{domain}/tradepost-service' id='{id}-0000-4000-8000-00000000000' \
         to='{to}' type='chat' xml:lang='en'><body>&gt; Silver goblet\n{author}: {words}</body>\
         <thread>0e3141cd80894871a68e6fe6b1ec56fa</thread>\
         <addresses xmlns='http://jabber.org/protocol/address'>\
         <address jid='{author}' type='ofrom'/></addresses>\
         <origin-id xmlns='urn:xmpp:sid:0' id='{id}-0000-4000-8000-00000000000'/>\
         <request xmlns='urn:xmpp:receipts'/><store xmlns='urn:xmpp:hints'/>\
         <nick xmlns='http://jabber.org/protocol/nick'>Tradepost</nick></message>"
    );
    Some(())
}

fn plain(out: &mut String, domain: &str, to: &str, id: &str, comment: &str, payload: &str) {
    let begin = out.len();
    let mark = comment.split(' ').next().unwrap_or("");
    let product = payload.find("<product").and_then(|at| payload.get(at..)).unwrap_or("");
    let _ = write!(
        out,
        "<message from='share@{domain}' to='{to}' type='chat' id='{id}' xml:lang='en'>\
         <body>{mark} "
    );
    let body = out.len();
    let _ =
        write!(out, "</body><share xmlns='urn:xmpp:product-share:0'>{product}</share></message>");
    out.insert_str(body, &padding(SIZE.saturating_sub(out.len() - begin)));
}

/// `xep/product-share.xml#send-delivery`, with everything that stands beside the share.
fn share(
    out: &mut String,
    domain: &str,
    to: &str,
    id: &str,
    from: &str,
    comment: &str,
    payload: &str,
) {
    let sender = from.split('/').next().unwrap_or("");
    let _ = write!(
        out,
        "<message from='share@{domain}/tradepost-service' id='{id}-0000-4000-8000-00000000000' \
         to='{to}' type='chat' xml:lang='en'>\
         <body>{sender}: {comment}\nSilver goblet, EUR 24.90\n\
         https://share.example.org/s/7K3QXM2NP8\n#7</body>\
         <thread>0e3141cd80894871a68e6fe6b1ec56fa</thread>\
         <share xmlns='urn:xmpp:product-share:0' handle='7' \
         id='9b1de7c2-0000-4000-8000-000000000000' ref='7K3QXM2NP8'>{payload}</share>\
         <fallback xmlns='urn:xmpp:fallback:0' for='urn:xmpp:product-share:0'><body/></fallback>\
         <addresses xmlns='http://jabber.org/protocol/address'>\
         <address jid='{sender}' type='ofrom'/></addresses>\
         <origin-id xmlns='urn:xmpp:sid:0' id='{id}-0000-4000-8000-00000000000'/>\
         <request xmlns='urn:xmpp:receipts'/><store xmlns='urn:xmpp:hints'/>\
         <unstyled xmlns='urn:xmpp:styling:0'/>\
         <nick xmlns='http://jabber.org/protocol/nick'>Tradepost</nick></message>"
    );
}
