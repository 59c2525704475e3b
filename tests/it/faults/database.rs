//! PostgreSQL goes away with shares in flight, and comes back.

use std::time::Duration;

use super::{Inbox, Sender, Stage, recovered, server};
use crate::harness::{PATIENCE, eventually, http, postgres::Postgres, server::Kind};

/// Longer than the component keeps a connection attempt waiting, and than the lease on the stream
/// may be relied on.
const AWAY: Duration = Duration::from_secs(14);

#[tokio::test]
async fn while_postgresql_is_away_shares_are_refused_for_now_and_none_is_lost() {
    let postgres = Postgres::start().await;
    let url = postgres.database().await;
    let stage = Stage::set_on(server(Kind::Prosody).await, |plan| plan.database(&url)).await;
    let sender = Sender::new("database", &["bob@localhost"]);
    let mut inbox = Inbox::default();
    sender.send(&stage.alice, tokio::time::sleep(Duration::from_millis(500))).await;

    let away = async {
        postgres.stop_immediate().await;
        let start = tokio::time::Instant::now();
        let told = eventually(PATIENCE, async || {
            let answer = http::get(stage.component.admin(), "/readyz").await;
            answer.is_ok_and(|it| it.status == 503 && it.body.contains("database"))
        });
        assert!(told.await, "{}", stage.component.log());
        let refused = async || sender.refused().contains_key("resource-constraint");
        let log = || stage.component.log();
        assert!(eventually(PATIENCE, refused).await, "{:?} {}", sender.refused(), log());
        tokio::time::sleep_until(start + AWAY).await;
    };
    sender.send(&stage.alice, away).await;
    postgres.restart().await;
    recovered(&stage.component).await;
    stage.settle(&sender, &mut inbox, 2).await;
}
