//! A bare tokio-xmpp component: each message goes back to its sender, nothing is stored.
//!
//! `tradepost-echo IP:PORT DOMAIN SECRET`

use anyhow::{Context as _, Result};
use futures::{FutureExt as _, SinkExt as _, StreamExt as _};
use tokio_xmpp::{
    Component, Stanza,
    connect::{DnsConfig, TcpServerConnector},
    xmlstream::Timeouts,
};

#[tokio::main]
async fn main() -> Result<()> {
    let mut args = std::env::args().skip(1);
    let mut next = |what| args.next().with_context(|| format!("argument {what} is missing"));
    let (server, domain, secret) = (next("IP:PORT")?, next("DOMAIN")?, next("SECRET")?);
    let mut component: Component<TcpServerConnector> =
        Component::new_plaintext(&domain, &secret, DnsConfig::addr(&server), Timeouts::tight())
            .await?;
    while let Some(stanza) = component.next().await {
        feed(&mut component, stanza).await?;
        // All that has already arrived is answered before the one flush.
        while let Some(Some(stanza)) = component.next().now_or_never() {
            feed(&mut component, stanza).await?;
        }
        component.flush().await?;
    }
    Ok(())
}

/// Queues a message's way back; anything else is let fall.
async fn feed(component: &mut Component<TcpServerConnector>, stanza: Stanza) -> Result<()> {
    if let Stanza::Message(mut message) = stanza {
        std::mem::swap(&mut message.from, &mut message.to);
        component.feed(Stanza::Message(message)).await?;
    }
    Ok(())
}
