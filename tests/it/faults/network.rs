//! The network between the component and its server is bad.

use std::time::Duration;

use tokio::time::sleep;

use super::{Inbox, Sender, Stage, recovered, server};
use crate::harness::{
    PATIENCE, eventually,
    proxy::{
        Fault::{self, Blackhole, CutAfter, Delay, Pass, Reset, Stall, Throttle},
        Proxy, Way,
    },
    server::Kind,
};

/// How long a fault lasts that need not be noticed.
const A_WHILE: Duration = Duration::from_secs(3);

#[tokio::test]
async fn a_bad_network_to_prosody_loses_nothing() {
    bad_network(Kind::Prosody).await;
}

#[tokio::test]
async fn a_bad_network_to_ejabberd_loses_nothing() {
    bad_network(Kind::Ejabberd).await;
}

async fn bad_network(kind: Kind) {
    let (stage, proxy) = stage(kind).await;
    let sender = Sender::new("network", &["bob@localhost"]);
    let mut inbox = Inbox::default();
    let cuts = [(Way::Up, 700), (Way::Down, 700), (Way::Up, 5000), (Way::Down, 5000)];
    for (way, bytes) in cuts {
        let fault = CutAfter(way, bytes);
        proxy.set(fault);
        let cut = async {
            assert!(eventually(PATIENCE, async || proxy.fault() == Pass).await, "{fault:?}");
        };
        sender.send(&stage.alice, cut).await;
        settle(&stage, &proxy, fault, &sender, &mut inbox).await;
    }
    for fault in [Reset, Stall, Delay(Duration::from_secs(2)), Throttle(4000)] {
        sender.send(&stage.alice, sleep(Duration::from_millis(200))).await;
        proxy.set(fault);
        sender.send(&stage.alice, sleep(A_WHILE)).await;
        settle(&stage, &proxy, fault, &sender, &mut inbox).await;
    }
    // Nobody says that the other side is gone: the fence finds out after 15 s, and a ping of the
    // quiet stream after 45 s. On a slow network something is always on its way.
    let noticed = stage.component.not_ready(Duration::from_secs(55));
    proxy.set(Delay(Duration::from_millis(300)));
    sender.send(&stage.alice, sleep(Duration::from_secs(2))).await;
    proxy.set(Blackhole);
    sender.send(&stage.alice, noticed).await;
    settle(&stage, &proxy, Blackhole, &sender, &mut inbox).await;
}

async fn stage(kind: Kind) -> (Stage, Proxy) {
    let server = server(kind).await;
    let proxy = Proxy::start(server.component()).await;
    let through = proxy.address();
    (Stage::set_on(server, |plan| plan.via(through)).await, proxy)
}

/// The fault is over.
async fn settle(stage: &Stage, proxy: &Proxy, fault: Fault, sender: &Sender, inbox: &mut Inbox) {
    eprintln!("after {fault:?}: {} accepted", sender.accepted());
    proxy.set(Pass);
    recovered(&stage.component).await;
    stage.settle(sender, inbox, 2).await;
}
