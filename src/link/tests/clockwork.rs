//! What ends a stream by the clock, on one that is up already.

use super::*;
use crate::domain::id::StreamNo;

/// One stream after its handshake, on a clock that the test moves.
struct Stream {
    peer: Peer<DuplexStream>,
    outlet: Outlet,
    inbound: Receiver,
    rows: Arc<Rows>,
    stop: CancellationToken,
    ended: JoinHandle<Ended>,
}

fn stream(room: usize) -> Stream {
    let (ours, theirs) = tokio::io::duplex(room);
    let (outlet, mut end) = channel();
    let (sender, inbound) = inbound::of(1);
    let (rows, stop) = (Arc::<Rows>::default(), CancellationToken::new());
    let (hooks, stopped) = (hooks(&rows), stop.clone());
    let ended = tokio::spawn(async move {
        let settings = settings(String::new());
        let mut framer = Framer::default();
        framer.push(HEADER.as_bytes());
        framer.next().unwrap();
        let session = Session::new(&settings, &hooks, &sender, &end.traffic, StreamNo(1));
        let (read, write) = tokio::io::split(ours);
        session.serve(read, write, framer, &mut end.queue, &stopped).await
    });
    Stream { peer: Peer::new(theirs), outlet, inbound, rows, stop, ended }
}

fn seconds(since: Instant) -> u64 {
    since.elapsed().as_secs()
}

#[tokio::test(start_paused = true)]
async fn silence_is_asked_about_after_30_s_and_ends_the_stream_15_s_later() {
    let start = Instant::now();
    let mut stream = stream(1 << 16);
    let fence = stream.peer.hear_fence().await;
    assert_eq!(seconds(start), 30);
    stream.peer.pong(&fence).await;
    stream.peer.hear_fence().await;
    assert_eq!(seconds(start), 60);
    assert!(matches!(stream.ended.await.unwrap(), Ended::Silent));
    assert_eq!(seconds(start), 75);
}

#[tokio::test(start_paused = true)]
async fn a_batch_without_a_pong_ends_a_silent_stream_after_15_s() {
    let start = Instant::now();
    let stream = stream(1 << 16);
    let fenced = stream.outlet.batch(vec![stanza("1")]).await;
    assert!(matches!(stream.ended.await.unwrap(), Ended::Silent));
    assert_eq!(seconds(start), 15);
    assert_eq!(fenced.await, Ok(Fenced::Lost(StreamNo(1))));
}

#[tokio::test(start_paused = true)]
async fn a_pong_that_never_comes_ends_a_busy_stream_after_a_minute() {
    let start = Instant::now();
    let Stream { mut peer, outlet, inbound: _inbound, ended, .. } = stream(1 << 16);
    let fenced = outlet.batch(vec![stanza("1")]).await;
    let busy = tokio::spawn(async move {
        while peer.io.write_all(b" ").await.is_ok() {
            sleep(Duration::from_secs(5)).await;
        }
    });
    let ended = ended.await.unwrap();
    assert!(matches!(&ended, Ended::NoPong(host) if host == "example"), "{ended}");
    assert_eq!(seconds(start), 60);
    assert_eq!(fenced.await, Ok(Fenced::Lost(StreamNo(1))));
    busy.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_server_that_sends_and_never_answers_is_asked_all_the_same_and_given_up() {
    let start = Instant::now();
    let Stream { mut peer, outlet: _outlet, inbound: _inbound, ended, .. } = stream(1 << 16);
    let busy = tokio::spawn(async move {
        while peer.io.write_all(b" ").await.is_ok() {
            sleep(Duration::from_secs(5)).await;
        }
    });
    let ended = timeout(Duration::from_mins(10), ended).await.expect("given up");
    assert!(matches!(ended.unwrap(), Ended::NoPong(_)));
    assert_eq!(seconds(start), 90);
    busy.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn silence_is_not_the_servers_while_we_do_not_read() {
    let mut stream = stream(1 << 16);
    let fenced = stream.outlet.batch(vec![stanza("1")]).await;
    let fence = stream.peer.hear_fence().await;
    stream.peer.say(&format!("<a/><b/><c/>{}", pong(&fence))).await;
    sleep(Duration::from_mins(10)).await;
    assert!(!stream.ended.is_finished());
    for xml in ["<a/>", "<b/>", "<c/>"] {
        assert_eq!(received(&mut stream.inbound).await, Received::Stanza(xml.into()));
    }
    assert_eq!(fenced.await, Ok(Fenced::Taken(StreamNo(1))));
}

#[tokio::test(start_paused = true)]
async fn a_server_that_does_not_read_loses_the_stream_after_30_s() {
    let start = Instant::now();
    let Stream { mut peer, outlet, ended, .. } = stream(16);
    let fenced = outlet.batch(vec![stanza("1")]).await;
    let busy = tokio::spawn(async move {
        while peer.io.write_all(b" ").await.is_ok() {
            sleep(Duration::from_secs(5)).await;
        }
    });
    assert!(matches!(ended.await.unwrap(), Ended::Stalled));
    assert_eq!(seconds(start), 30);
    assert_eq!(fenced.await, Ok(Fenced::Lost(StreamNo(1))));
    busy.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_lost_lease_drops_the_stream_within_a_second_and_writes_nothing() {
    let start = Instant::now();
    let stream = stream(1 << 16);
    sleep(Duration::from_millis(100)).await;
    stream.rows.lost_lease.store(true, Ordering::SeqCst);
    assert!(matches!(stream.ended.await.unwrap(), Ended::Lease));
    assert!(seconds(start) <= 1);
    assert_eq!(stream.peer.rest().await, "");
}

#[tokio::test(start_paused = true)]
async fn a_write_asks_for_the_lease_first() {
    let start = Instant::now();
    let stream = stream(1 << 16);
    sleep(Duration::from_millis(100)).await;
    stream.rows.lost_lease.store(true, Ordering::SeqCst);
    stream.outlet.send(stanza("1")).await;
    assert!(matches!(stream.ended.await.unwrap(), Ended::Lease));
    assert_eq!(start.elapsed(), Duration::from_millis(100));
    assert_eq!(stream.peer.rest().await, "");
}

#[tokio::test(start_paused = true)]
async fn a_server_that_does_not_close_its_side_is_left_after_5_s() {
    let start = Instant::now();
    let stream = stream(1 << 16);
    stream.stop.cancel();
    assert!(matches!(stream.ended.await.unwrap(), Ended::Unanswered));
    assert_eq!(seconds(start), 5);
    assert_eq!(stream.peer.rest().await, "</stream:stream>");
}

#[tokio::test]
async fn what_is_too_deep_is_handed_on_by_its_head() {
    let mut stream = stream(1 << 16);
    let deep = ["<iq type='get' id='7' from='a@b/c'>", &"<a>".repeat(300), &"</a>".repeat(300)];
    stream.peer.say(&(deep.concat() + "</iq><message/>")).await;
    let Received::Oversized(over) = received(&mut stream.inbound).await else {
        panic!("handed on")
    };
    assert_eq!(over.head.id.as_deref(), Some("7"));
    assert_eq!(received(&mut stream.inbound).await, Received::Stanza("<message/>".into()));
}

#[tokio::test]
async fn a_stream_error_ends_the_stream_with_its_reason() {
    let mut stream = stream(1 << 16);
    stream.peer.say(CONFLICT).await;
    let ended = stream.ended.await.unwrap();
    assert!(matches!(&ended, Ended::Refused(why) if *why == Refusal::read(CONFLICT.as_bytes())));
    assert_eq!(ended.retry(), Retry::Conflict);
}

#[tokio::test]
async fn when_nobody_listens_the_stream_ends() {
    let mut stream = stream(1 << 16);
    drop(stream.inbound);
    stream.peer.say("<message/>").await;
    assert!(matches!(stream.ended.await.unwrap(), Ended::Unheard));
}
