//! Two people on a real server: one answers a share, again and again, and it is measured how long
//! the other waits for it.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use anyhow::{Context as _, Result, bail};
use clap::Args;
use serde_json::json;
use tokio::{
    sync::mpsc,
    task::JoinSet,
    time::{MissedTickBehavior, interval, timeout},
};

use crate::{
    clients::login,
    peer::{self, Event, Peer},
    stanza,
    times::Times,
};

/// How long one answer may take.
const PATIENCE: Duration = Duration::from_secs(20);

#[derive(Args)]
pub(crate) struct AnswersArgs {
    /// The server's port for clients
    #[arg(long)]
    server: SocketAddr,
    /// The component's domain
    #[arg(long, default_value = "share.localhost")]
    domain: String,
    /// The component is only a forwarder: do not register anybody with it, and share nothing
    #[arg(long)]
    bare: bool,
    /// The accounts are this name with `s0` and `r0` after it
    #[arg(long)]
    name: String,
    /// The password of both
    #[arg(long, default_value = "pw")]
    password: String,
    /// How many answers
    #[arg(long, default_value_t = 200)]
    answers: usize,
    /// Milliseconds from one answer to the next, at least; each waits for the one before
    #[arg(long, default_value_t = 100)]
    apart: u64,
}

pub(crate) async fn run(args: AnswersArgs) -> Result<()> {
    let mut streams = JoinSet::new();
    let (sender, recipient) = (format!("{}s0", args.name), format!("{}r0", args.name));
    let (alice, mut heard) = args.join(&mut streams, &sender).await?;
    let (bob, mut shown) = args.join(&mut streams, &recipient).await?;
    let work = async {
        if !args.bare {
            let to = std::iter::once(format!("{recipient}@localhost"));
            let mut share = Vec::new();
            stanza::share(&mut share, None, &args.domain, 's', 0, to);
            alice.send(share);
            wait(&mut shown, 's', 0).await.context("the share")?;
        }
        let times = Arc::new(Times::new(args.answers));
        let mut pace = interval(Duration::from_millis(args.apart.max(1)));
        pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
        for n in 0..args.answers {
            if args.apart > 0 {
                pace.tick().await;
            }
            let answer = stanza::answer(&args.domain, &format!("{sender}@localhost"), n);
            times.begin(n);
            bob.send(answer);
            wait(&mut heard, 'a', n).await.with_context(|| format!("answer {n}"))?;
            times.end(n);
        }
        // The first ones warm up.
        Ok(json!({ "shown_ms": times.spread(args.answers / 20, args.answers) }))
    };
    let figures: Result<_> = tokio::select! {
        figures = work => figures,
        Some(broken) = streams.join_next() => match broken? {
            Ok(()) => bail!("a stream ended"),
            Err(error) => Err(error),
        },
    };
    println!("{}", figures?);
    Ok(())
}

/// Waits until a message with this mark has come.
async fn wait(
    seen: &mut mpsc::UnboundedReceiver<(char, usize)>,
    kind: char,
    n: usize,
) -> Result<()> {
    let come = async {
        while let Some(mark) = seen.recv().await {
            if mark == (kind, n) {
                return Ok(());
            }
        }
        bail!("the stream ended")
    };
    timeout(PATIENCE, come).await.context("it did not come within 20 s")?
}

impl AnswersArgs {
    /// Logs an account in, and registers it with the component unless that is a bare one. Answers
    /// it with the marks of the messages that come.
    async fn join(
        &self,
        streams: &mut JoinSet<Result<()>>,
        name: &str,
    ) -> Result<(Peer, mpsc::UnboundedReceiver<(char, usize)>)> {
        let login = login(self.server, name, &self.password);
        let (frames, writer) = login.await.with_context(|| format!("logging {name} in"))?;
        let (peer, queue) = Peer::new(false);
        let (come, seen) = mpsc::unbounded_channel();
        streams.spawn(peer::write(writer, queue, None));
        streams.spawn({
            let peer = peer.clone();
            async move {
                peer.read(frames, |event| {
                    if let Event::Shown(kind, n, _) = event {
                        // Nobody waits any more once all is done.
                        let _ = come.send((kind, n));
                    }
                })
                .await
            }
        });
        peer.send(b"<presence/>".to_vec());
        if !self.bare {
            tokio::select! {
                joined = peer.join(&[None], &self.domain) => joined?,
                Some(broken) = streams.join_next() => broken??,
            }
        }
        Ok((peer, seen))
    }
}
