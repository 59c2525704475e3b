//! People with raw clients on a real server: senders and the recipients they send to.

use std::{net::SocketAddr, sync::Arc};

use anyhow::{Context as _, Result, bail};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use clap::Args;
use tokio::{
    io::AsyncWriteExt as _,
    net::{TcpStream, tcp::OwnedReadHalf, tcp::OwnedWriteHalf},
    task::JoinSet,
};

use crate::{
    frames::Frames,
    peer::{self, Peer},
    stanza,
    steady::{Amount, Load, Steady},
};

#[derive(Args)]
pub(crate) struct ClientsArgs {
    /// The server's port for clients
    #[arg(long)]
    server: SocketAddr,
    /// The process of the component that is measured
    #[arg(long)]
    pid: u32,
    /// The component's domain
    #[arg(long, default_value = "share.localhost")]
    domain: String,
    /// The component is only a forwarder: do not register anybody with it
    #[arg(long)]
    bare: bool,
    /// The accounts are this name with `s0`, `r0`, `s1` and so on after it
    #[arg(long)]
    name: String,
    /// Senders, each with a recipient of his own
    #[arg(long, default_value_t = 1)]
    pairs: usize,
    /// The password of all of them
    #[arg(long, default_value = "pw")]
    password: String,
    #[command(flatten)]
    amount: Amount,
}

pub(crate) async fn run(args: ClientsArgs) -> Result<()> {
    let steady = Steady::new(args.amount.clone(), false, args.pid);
    let mut streams = JoinSet::new();
    for pair in 0..args.pairs {
        let recipient = format!("{}r{pair}", args.name);
        args.join(&mut streams, &steady, &recipient, None).await?;
        let (domain, to) = (args.domain.clone(), format!("{recipient}@localhost"));
        let load = Load::new(&steady, move |bytes, n| {
            stanza::share(bytes, None, &domain, 's', n, std::iter::once(to.clone()));
        });
        args.join(&mut streams, &steady, &format!("{}s{pair}", args.name), Some(load)).await?;
    }
    let figures = tokio::select! {
        figures = steady.run() => figures?,
        Some(broken) = streams.join_next() => return broken?,
    };
    println!("{figures}");
    Ok(())
}

impl ClientsArgs {
    /// Logs an account in, and registers it with the component unless that is a bare one.
    async fn join(
        &self,
        streams: &mut JoinSet<Result<()>>,
        steady: &Arc<Steady>,
        name: &str,
        load: Option<Load>,
    ) -> Result<()> {
        let login = login(self.server, name, &self.password);
        let (frames, writer) = login.await.with_context(|| format!("logging {name} in"))?;
        let (peer, queue) = Peer::new(false);
        streams.spawn(peer::write(writer, queue, load));
        streams.spawn({
            let (peer, steady) = (peer.clone(), Arc::clone(steady));
            async move { peer.read(frames, |event| steady.on(event)).await }
        });
        peer.send(b"<presence/>".to_vec());
        if self.bare {
            return Ok(());
        }
        tokio::select! {
            joined = peer.join(&[None], &self.domain) => joined,
            Some(broken) = streams.join_next() => broken?,
        }
    }
}

/// SASL PLAIN over plain TCP, then a resource (RFC 6120 §6.4, §7.6).
pub(crate) async fn login(
    server: SocketAddr,
    name: &str,
    password: &str,
) -> Result<(Frames<OwnedReadHalf>, OwnedWriteHalf)> {
    const OPEN: &[u8] = b"<?xml version='1.0'?><stream:stream to='localhost' version='1.0' \
        xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>";
    let socket = TcpStream::connect(server).await?;
    socket.set_nodelay(true)?;
    let (reader, mut writer) = socket.into_split();
    let mut frames = Frames::new(reader);
    writer.write_all(OPEN).await?;
    frames.header().await?;
    let features = frames.next().await?;
    if !features.contains(">PLAIN<") {
        bail!("the server does not offer PLAIN: {features}");
    }
    let secret = BASE64_STANDARD.encode(format!("\0{name}\0{password}"));
    let auth = "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>";
    writer.write_all(format!("{auth}{secret}</auth>").as_bytes()).await?;
    let answer = frames.next().await?;
    if !answer.starts_with("<success") {
        bail!("refused: {answer}");
    }
    writer.write_all(OPEN).await?;
    frames.header().await?;
    frames.next().await?;
    let bind = b"<iq type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>\
        <resource>load</resource></bind></iq>";
    writer.write_all(bind).await?;
    let answer = frames.next().await?;
    if !answer.contains("<jid>") {
        bail!("no resource: {answer}");
    }
    Ok((frames, writer))
}
