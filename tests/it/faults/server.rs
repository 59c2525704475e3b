//! The XMPP server dies, with shares in flight to somebody who is there and to somebody who is
//! not.

use std::time::Duration;

use super::{Inbox, Sender, Stage, at_rest, balanced, join, recovered};
use crate::harness::{client::Client, server::Kind};

/// How the server ends.
#[derive(Debug, Clone, Copy)]
enum End {
    Kill,
    Term,
}

#[tokio::test]
async fn a_prosody_that_is_killed_or_stopped_loses_nothing() {
    tokio::join!(dies(Kind::Prosody, End::Kill), dies(Kind::Prosody, End::Term));
}

#[tokio::test]
async fn an_ejabberd_that_is_killed_loses_nothing_though_it_forgets_what_it_had_stored() {
    dies(Kind::Ejabberd, End::Kill).await;
}

#[tokio::test]
async fn an_ejabberd_that_is_stopped_loses_nothing() {
    dies(Kind::Ejabberd, End::Term).await;
}

async fn dies(kind: Kind, end: End) {
    let Stage { server, component, alice, bob } = Stage::set(kind).await;
    let carol = Client::login(&server, "carol").await;
    join(&carol, "Carol").await;
    carol.leave().await;
    let sender = Sender::new("server", &["bob@localhost", "carol@localhost"]);
    let mut bobs = Inbox::default();

    sender.send_some(&alice, 5).await;
    // Until now: what is handed over last is what ejabberd has not yet written down.
    sender.send(&alice, tokio::time::sleep(Duration::from_millis(700))).await;
    match end {
        End::Kill => server.kill9(),
        End::Term => server.sigterm().await,
    }
    component.not_ready(Duration::from_secs(20)).await;
    bob.closed(Duration::from_secs(5)).await;
    bobs.take(&bob).await;

    server.restart().await;
    recovered(&component).await;
    // What ejabberd is just storing for somebody who logs in, it keeps until his next login.
    at_rest(&component).await;
    let stage = Stage {
        alice: Client::login(&server, "alice").await,
        bob: Client::login(&server, "bob").await,
        server,
        component,
    };
    stage.settle(&sender, &mut bobs, 2).await;

    let carol = Client::login(&stage.server, "carol").await;
    let mut carols = Inbox::default();
    carols.fill(&carol, &sender, &stage.component).await;
    at_rest(&stage.component).await;
    carols.fill(&carol, &sender, &stage.component).await;
    carols.verify(&sender, 2);
    balanced(&stage.component);
}
