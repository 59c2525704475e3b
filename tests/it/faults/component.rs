//! The component dies: between any two steps, and at any moment.

use std::time::Duration;

use rand::Rng;
use tokio::time::sleep;
use tradepost::crash::POINTS;

use super::{Inbox, Sender, Stage, seeded};
use crate::harness::{PATIENCE, server::Kind};

const ROUNDS: usize = 15;

#[tokio::test]
async fn dead_at_any_crash_point_it_loses_nothing_on_prosody() {
    crash_points(Kind::Prosody).await;
}

#[tokio::test]
async fn dead_at_any_crash_point_it_loses_nothing_on_ejabberd() {
    crash_points(Kind::Ejabberd).await;
}

async fn crash_points(kind: Kind) {
    let mut rng = seeded("crash points");
    let stage = Stage::set(kind).await;
    let sender = Sender::new("point", &["bob@localhost"]);
    let mut inbox = Inbox::default();
    for point in POINTS {
        let at = format!("{point}:{}", rng.random_range(1..12));
        eprintln!("{kind:?}: {at}");
        stage.component.restart_to_crash(&at);
        let ended = async {
            stage.component.wait_exit(PATIENCE).await;
        };
        sender.send(&stage.alice, ended).await;
        stage.component.restart().await;
        // Of one incident, whatever the point: each share is in flight at one of them only.
        stage.settle(&sender, &mut inbox, 2).await;
    }
}

#[tokio::test]
async fn killed_at_random_instants_it_loses_nothing_on_prosody() {
    random_instants(Kind::Prosody).await;
}

#[tokio::test]
async fn killed_at_random_instants_it_loses_nothing_on_ejabberd() {
    random_instants(Kind::Ejabberd).await;
}

async fn random_instants(kind: Kind) {
    let mut rng = seeded("random instants");
    let stage = Stage::set(kind).await;
    let sender = Sender::new("kill", &["bob@localhost"]);
    let mut inbox = Inbox::default();
    for _ in 0..ROUNDS {
        // From its very start on: also taking over and greeting may be cut short.
        stage.component.relaunch();
        let life = Duration::from_millis(rng.random_range(200..1500));
        sender.send(&stage.alice, sleep(life)).await;
        stage.component.kill9();
    }
    stage.component.restart().await;
    // A share that was in flight at one kill is still unanswered, or is sent first, at the next:
    // each may add a copy. Three in a row would take more than chance.
    stage.settle(&sender, &mut inbox, 3).await;
    assert!(sender.accepted() >= ROUNDS, "too few to mean anything: {}", sender.accepted());
}
