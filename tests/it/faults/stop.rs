//! The component stops when it is told to, and what it does in which order, as the kernel sees it.

use std::{fs, time::Duration};

use super::{Stage, recovered};
use crate::{
    harness::{
        PATIENCE, eventually,
        process::{Process, guarded},
        server::{Kind, Server},
    },
    servers,
    stanzas::{CONTACT, share},
};

servers::facts!(
    told_to_stop_it_says_goodbye_closes_the_stream_and_exits_well,
    a_share_is_on_the_disk_before_it_is_acknowledged,
);

async fn told_to_stop_it_says_goodbye_closes_the_stream_and_exits_well(kind: Kind) {
    let server = Server::start(kind).await;
    let stage = Stage::set_on(server, |plan| plan).await;
    stage.bob.send(&format!("<presence type='subscribe' to='{CONTACT}'/>")).await.expect("sent");
    stage
        .bob
        .expect(
            "the contact's presence",
            |it| {
                it.name() == "presence"
                    && it.attr("type").is_none()
                    && it.attr("from").is_some_and(|from| from.starts_with(CONTACT))
            },
            PATIENCE,
        )
        .await;
    let trace = Trace::of(&stage, "write,writev,sendto").await;
    let status = stage.component.sigterm().await;
    assert_eq!(status.code(), Some(0), "{}", stage.component.log());
    let unavailable = "unavailable presence";
    stage
        .bob
        .expect(
            unavailable,
            |it| {
                it.name() == "presence"
                    && it.attr("type") == Some("unavailable")
                    && it.attr("from").is_some_and(|from| from.starts_with(CONTACT))
            },
            PATIENCE,
        )
        .await;
    trace.ended().await;
    let calls = trace.calls();
    let goodbye = calls.iter().rposition(|it| it.contains("type='unavailable'")).expect("goodbye");
    let end = calls.iter().position(|it| it.contains("</stream:stream>")).expect("the end");
    assert!(goodbye <= end, "{calls:?}");

    // A clean end is no reason to send anything again, and no obstacle to the next start.
    stage.component.relaunch();
    recovered(&stage.component).await;
    let resent = stage.component.metric("tradepost_resent_total").await;
    assert!(resent < 1.0, "{resent}");
}

async fn a_share_is_on_the_disk_before_it_is_acknowledged(kind: Kind) {
    let server = Server::start(kind).await;
    let stage = Stage::set_on(server, |plan| plan).await;
    let trace = Trace::of(&stage, "fsync,fdatasync,read,recvfrom,write,writev,sendto").await;
    share(&stage.alice, "durable", "durable", &["bob@localhost"]).await;
    let answered = |it: &String| it.contains("<sent ") && it.contains("durable");
    let complete = eventually(PATIENCE, async || trace.calls().iter().any(answered));
    assert!(complete.await, "{:?}", trace.calls());
    let calls = trace.calls();
    let came = calls.iter().position(|it| it.contains("<send ") && it.contains("durable"));
    let answer = calls.iter().position(answered).expect("the answer");
    let synced = calls.iter().skip(came.expect("the request")).position(|it| {
        (it.contains("fdatasync") || it.contains("fsync")) && it.trim_end().ends_with("= 0")
    });
    let synced = synced.map(|at| at + came.unwrap_or_default());
    assert!(synced.is_some_and(|synced| synced < answer), "{calls:#?}");
}

/// The system calls of the component.
struct Trace {
    strace: Process,
    path: std::path::PathBuf,
}

impl Trace {
    async fn of(stage: &Stage, calls: &str) -> Self {
        let path = stage.component.dir().join("calls");
        let mut command = guarded("strace", "TERM");
        command.args(["-f", "-s", "8192", "-e", &format!("trace={calls}"), "-o"]);
        command.arg(&path).args(["-p", &stage.component.pid().to_string()]);
        let strace = Process::start(command, &stage.component.dir().join("strace.log"));
        let attached = eventually(PATIENCE, async || {
            assert!(strace.status().is_none(), "strace has ended (make deps?): {}", strace.log());
            strace.log().contains("attached")
        });
        assert!(attached.await, "{}", strace.log());
        Self { strace, path }
    }

    /// Waits until it has ended with the process that it watched.
    async fn ended(&self) {
        self.strace.ended(Duration::from_secs(10)).await;
    }

    /// A line each; quotes as they were, because attributes have them.
    fn calls(&self) -> Vec<String> {
        let all = fs::read_to_string(&self.path).unwrap_or_default();
        all.lines().map(|line| line.replace("\\\"", "\"").replace('"', "'")).collect()
    }
}
