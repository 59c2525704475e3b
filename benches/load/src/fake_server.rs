//! A server of which a component sees no difference on loopback: it starts the component, takes its
//! XEP-0114 handshake, and is its accounts' server.

use std::{net::SocketAddr, process::Stdio};

use anyhow::{Context as _, Result};
use clap::Args;
use tokio::{
    io::AsyncWriteExt as _,
    net::{TcpListener, tcp::OwnedReadHalf, tcp::OwnedWriteHalf},
    process::{Child, Command},
    time::{Duration, sleep, timeout},
};

use crate::{
    frames::Frames,
    peer::{self, Peer},
    stanza,
    steady::{Amount, Load, Steady},
};

/// Where the component is to be found, and how it is started.
#[derive(Args)]
pub(crate) struct Host {
    /// Where the component will connect
    #[arg(long)]
    listen: SocketAddr,
    /// The component's domain
    #[arg(long, default_value = "share.localhost")]
    pub(crate) domain: String,
    /// The component is only a forwarder: do not register anybody with it
    #[arg(long)]
    pub(crate) bare: bool,
    /// The component's command line, after --
    #[arg(last = true, required = true)]
    command: Vec<String>,
}

#[derive(Args)]
pub(crate) struct SteadyArgs {
    #[command(flatten)]
    host: Host,
    #[command(flatten)]
    amount: Amount,
    /// Send messages and take them back, instead of shares
    #[arg(long)]
    echo: bool,
    /// Accounts that send, and as many that are sent to
    #[arg(long, default_value_t = 8)]
    people: usize,
    /// Seconds of silence before the idle memory is read
    #[arg(long, default_value_t = 0)]
    idle: u64,
}

/// A component that is running and has logged in.
pub(crate) struct Component {
    pub(crate) process: Child,
    pub(crate) pid: u32,
    pub(crate) frames: Frames<OwnedReadHalf>,
    pub(crate) writer: OwnedWriteHalf,
}

/// The address of account `n`: senders are `s`, recipients `r`.
pub(crate) fn account(kind: char, n: usize) -> String {
    format!("{kind}{n}@localhost")
}

pub(crate) async fn run(args: SteadyArgs) -> Result<()> {
    let (people, domain) = (args.people, args.host.domain.clone());
    let mut component = args.host.start().await?;
    let steady = Steady::new(args.amount, args.echo, component.pid);
    let (peer, queue) = Peer::new(true);
    let load = if args.echo {
        let to = format!("echo@{domain}");
        Load::new(&steady, move |bytes, n| {
            let from = account('s', n % people) + "/load";
            stanza::message(bytes, &from, &to, n);
        })
    } else {
        let domain = domain.clone();
        Load::new(&steady, move |bytes, n| {
            let from = account('s', n % people) + "/load";
            let to = std::iter::once(account('r', n % people));
            stanza::share(bytes, Some(&from), &domain, 's', n, to);
        })
    };
    let writing = tokio::spawn(peer::write(component.writer, queue, Some(load)));
    let reading = tokio::spawn({
        let (peer, steady) = (peer.clone(), steady.clone());
        async move { peer.read(component.frames, |event| steady.on(event)).await }
    });
    let measuring = async {
        if !args.echo && !args.host.bare {
            let accounts = (0..people).flat_map(|n| ['s', 'r'].map(|kind| account(kind, n)));
            let accounts = accounts.map(|jid| Some(jid + "/load")).collect::<Vec<_>>();
            peer.join(&accounts, &domain).await?;
        }
        sleep(Duration::from_secs(args.idle)).await;
        steady.run().await
    };
    let figures = tokio::select! {
        figures = measuring => figures?,
        broken = reading => return broken?,
        broken = writing => return broken?,
    };
    println!("{figures}");
    component.process.kill().await?;
    Ok(())
}

impl Host {
    /// Listens, starts the command and takes the handshake, whatever the secret.
    pub(crate) async fn start(&self) -> Result<Component> {
        let listener = TcpListener::bind(self.listen).await.context("listening")?;
        let (program, args) = self.command.split_first().context("no command after --")?;
        let process = Command::new(program)
            .args(args)
            .stdin(Stdio::null())
            .stdout(std::io::stderr())
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("starting {program}"))?;
        let pid = process.id().context("the component has ended")?;
        let (socket, _) = timeout(Duration::from_secs(20), listener.accept())
            .await
            .context("the component did not connect within 20 s")??;
        socket.set_nodelay(true)?;
        let (reader, mut writer) = socket.into_split();
        let mut frames = Frames::new(reader);
        frames.header().await?;
        let header = format!(
            "<?xml version='1.0'?><stream:stream xmlns='jabber:component:accept' \
             xmlns:stream='http://etherx.jabber.org/streams' id='load' from='{}'>",
            self.domain
        );
        writer.write_all(header.as_bytes()).await?;
        frames.next().await.context("waiting for the handshake")?;
        writer.write_all(b"<handshake/>").await?;
        Ok(Component { process, pid, frames, writer })
    }
}
