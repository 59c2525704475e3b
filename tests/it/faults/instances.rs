//! Two instances on one database: one has the stream, the other stands by.

use std::time::Duration;

use tokio::time::sleep;

use super::{Inbox, RECOVERY, Sender, Stage, recovered, server};
use crate::harness::{
    PATIENCE,
    component::{Component, Plan},
    eventually, http, postgres,
    process::Signal,
    proxy::Proxy,
    server::Kind,
};

#[tokio::test]
async fn on_postgresql_the_second_takes_over_when_the_first_is_killed() {
    let url = postgres::database().await;
    takes_over(Kind::Prosody, |plan| plan.database(&url)).await;
}

#[tokio::test]
async fn on_sqlite_the_second_takes_over_when_the_first_is_killed() {
    let first = std::sync::Mutex::new(None);
    takes_over(Kind::Ejabberd, |plan| {
        let mut first = first.lock().expect("one thread");
        let path = first.get_or_insert_with(|| plan.dir().join("tradepost.db"));
        plan.set("database.url", format!("sqlite:{}", path.display()))
    })
    .await;
}

async fn takes_over(kind: Kind, database: impl Fn(Plan) -> Plan) {
    let mut stage = Stage::set_on(server(kind).await, &database).await;
    let second = database(Plan::new(&stage.server)).launch();
    stands_by(&second).await;
    let sender = Sender::new("instances", &["bob@localhost"]);
    let mut inbox = Inbox::default();
    sender.send(&stage.alice, sleep(Duration::from_millis(700))).await;
    stage.component.kill9();
    sender.send(&stage.alice, recovered(&second)).await;
    // The first one's folder may hold the database.
    let _first = std::mem::replace(&mut stage.component, second);
    stage.settle(&sender, &mut inbox, 2).await;
}

#[tokio::test]
async fn a_leader_that_sleeps_too_long_wakes_up_to_silence() {
    let url = postgres::database().await;
    let mut stage = Stage::set_on(server(Kind::Prosody).await, |plan| plan.database(&url)).await;
    let proxy = Proxy::start(stage.server.component()).await;
    let second = Plan::new(&stage.server).database(&url).via(proxy.address()).launch();
    stands_by(&second).await;
    let sender = Sender::new("sleep", &["bob@localhost"]);
    let mut inbox = Inbox::default();
    sender.send(&stage.alice, sleep(Duration::from_millis(700))).await;

    stage.component.signal(Signal::STOP);
    sender.send(&stage.alice, recovered(&second)).await;
    assert_eq!(proxy.connections(), 1);
    let first = std::mem::replace(&mut stage.component, second);
    first.signal(Signal::CONT);
    let silent = async {
        // Without the lease it is of no use, and leaves the stream to the second.
        first.wait_exit(RECOVERY).await;
    };
    sender.send(&stage.alice, silent).await;
    stage.settle(&sender, &mut inbox, 2).await;
    assert_eq!(proxy.connections(), 1, "nobody took the stream from the second");
}

async fn stands_by(component: &Component) {
    let standby = eventually(PATIENCE, async || {
        let answer = http::get(component.admin(), "/readyz").await;
        answer.is_ok_and(|it| it.status == 503 && it.body.contains("standby"))
    });
    assert!(standby.await, "{}", component.log());
}
