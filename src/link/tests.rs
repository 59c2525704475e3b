mod clockwork;

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, AtomicI64, Ordering},
};

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, DuplexStream},
    net::TcpListener,
    task::JoinHandle,
};

use super::{
    ended::{Refusal, Retry},
    *,
};
use crate::{
    domain::id::{Chance, StreamNo},
    link::stream::{Fenced, Outlet, Stanza, channel},
};

const HEADER: &str = "<?xml version='1.0'?><stream:stream xmlns='jabber:component:accept' \
                      xmlns:stream='http://etherx.jabber.org/streams' id='42' from='share.example'>";
/// SHA-1 of `42secret`.
const DIGEST: &str = "982d8c9a948d17cd97c9858034d9e1725f29402e";
const CONFLICT: &str = "<stream:error><conflict xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>\
                        </stream:error></stream:stream>";

/// The server's end of a connection.
struct Peer<S> {
    io: S,
    seen: String,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Peer<S> {
    fn new(io: S) -> Self {
        Self { io, seen: String::new() }
    }

    async fn say(&mut self, xml: &str) {
        self.io.write_all(xml.as_bytes()).await.unwrap();
    }

    /// Reads on to `mark`; gives all up to its end.
    async fn hear(&mut self, mark: &str) -> String {
        loop {
            if let Some(at) = self.seen.find(mark) {
                let rest = self.seen.split_off(at + mark.len());
                return std::mem::replace(&mut self.seen, rest);
            }
            let mut bytes = [0; 4096];
            let n = self.io.read(&mut bytes).await.unwrap();
            assert_ne!(n, 0, "the link hung up; unread: {}", self.seen);
            self.seen += std::str::from_utf8(&bytes[..n]).unwrap();
        }
    }

    /// Reads to the end of the connection.
    async fn rest(mut self) -> String {
        let mut rest = String::new();
        // A connection that is reset has ended too.
        let _ = self.io.read_to_string(&mut rest).await;
        self.seen + &rest
    }

    /// The id of the next ping.
    async fn hear_fence(&mut self) -> String {
        let ping = self.hear("<ping xmlns='urn:xmpp:ping'/></iq>").await;
        let id = ping.rsplit_once(" id='").unwrap().1;
        id.split_once('\'').unwrap().0.to_owned()
    }

    async fn pong(&mut self, id: &str) {
        self.say(&pong(id)).await;
    }
}

fn pong(id: &str) -> String {
    format!("<iq type='result' id='{id}' from='example' to='share.example'/>")
}

fn settings(server: String) -> Settings {
    let (domain, secret, host) = ("share.example".into(), "secret".into(), "example".into());
    Settings::new(domain, secret, server, host, Chance::System)
}

fn stanza(id: &str) -> Stanza {
    Stanza::new(format!("<message from='share.example' to='b@x' id='{id}'/>"), "share.example")
        .unwrap()
}

/// What the database would know.
#[derive(Default)]
struct Rows {
    last: AtomicI64,
    ended: Mutex<Vec<(StreamNo, bool)>>,
    lost_lease: AtomicBool,
}

fn hooks(rows: &Arc<Rows>) -> Hooks {
    let (opened, closed, lease) = (rows.clone(), rows.clone(), rows.clone());
    Hooks {
        opened: Box::new(move || {
            let number = StreamNo(opened.last.fetch_add(1, Ordering::SeqCst) + 1);
            Box::pin(async move { Ok(number) })
        }),
        closed: Box::new(move |number, clean| {
            closed.ended.lock().unwrap().push((number, clean));
            Box::pin(async {})
        }),
        may_write: Box::new(move || !lease.lost_lease.load(Ordering::SeqCst)),
        pulse: Pulse::default(),
    }
}

/// The next stanza.
async fn received(inbound: &mut Receiver) -> Received {
    inbound.recv().await.expect("the link goes on").received
}

/// A link that runs against a server in this test.
struct Rig {
    listener: TcpListener,
    outlet: Outlet,
    inbound: Receiver,
    rows: Arc<Rows>,
    stop: CancellationToken,
    link: JoinHandle<()>,
}

impl Rig {
    async fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let settings = settings(listener.local_addr().unwrap().to_string());
        let (outlet, end) = channel();
        let (sender, inbound) = inbound();
        let (rows, stop) = (Arc::<Rows>::default(), CancellationToken::new());
        let link = tokio::spawn(run(settings, hooks(&rows), end, sender, stop.clone()));
        Self { listener, outlet, inbound, rows, stop, link }
    }

    /// Takes the next connection up to the header.
    async fn connection(&self) -> Peer<TcpStream> {
        let mut peer = Peer::new(self.listener.accept().await.unwrap().0);
        peer.hear("to='share.example'>").await;
        peer
    }

    /// Takes the next connection through the handshake.
    async fn stream(&self) -> Peer<TcpStream> {
        let mut peer = self.connection().await;
        peer.say(HEADER).await;
        peer.hear("</handshake>").await;
        peer.say("<handshake/>").await;
        self.outlet.state().wait_for(|now| *now != Up::Down).await.unwrap();
        peer
    }

    async fn until(&self, up: Up) {
        self.outlet.state().wait_for(|now| *now == up).await.unwrap();
    }
}

impl Drop for Rig {
    fn drop(&mut self) {
        self.link.abort();
    }
}

#[tokio::test]
async fn the_handshake_signs_the_id_with_the_secret() {
    let rig = Rig::new().await;
    let mut peer = rig.connection().await;
    peer.say(HEADER).await;
    let handshake = peer.hear("</handshake>").await;
    assert!(handshake.contains(DIGEST), "{handshake}");
    peer.say("<handshake/>").await;
    rig.until(Up::Up(StreamNo(1))).await;
}

#[tokio::test]
async fn stanzas_come_as_they_were_sent_and_pongs_do_not() {
    let mut rig = Rig::new().await;
    let mut peer = rig.stream().await;
    let fenced = rig.outlet.batch(vec![stanza("1"), stanza("2")]).await;
    let fence = peer.hear_fence().await;
    let stranger = format!("<iq type='result' id='{fence}' from='mallory@example'/>");
    let unknown = pong(&format!("{fence}9"));
    let guess = pong("fence-1-00000000000000000000000000000000-1");
    for xml in [&stranger, "<message/>", &unknown, &guess] {
        peer.say(xml).await;
        assert_eq!(received(&mut rig.inbound).await, Received::Stanza(xml.to_owned().into()));
    }
    peer.say(&format!("<presence/>{}<iq/>", pong(&fence))).await;
    for xml in ["<presence/>", "<iq/>"] {
        assert_eq!(received(&mut rig.inbound).await, Received::Stanza(xml.into()));
    }
    assert_eq!(fenced.await, Ok(Fenced::Taken(StreamNo(1))));
    assert_eq!(rig.outlet.traffic().taken.load(Ordering::Relaxed), 1);
    assert_eq!(rig.outlet.traffic().sent.load(Ordering::Relaxed), 2);
}

#[tokio::test]
async fn batches_on_their_way_together_are_answered_each_by_its_own_pong() {
    let rig = Rig::new().await;
    let mut peer = rig.stream().await;
    let first = rig.outlet.batch(vec![stanza("1")]).await;
    let second = rig.outlet.batch(vec![stanza("2")]).await;
    let third = rig.outlet.batch(vec![stanza("3")]).await;
    let fences = [peer.hear_fence().await, peer.hear_fence().await, peer.hear_fence().await];
    peer.pong(&fences[0]).await;
    assert_eq!(first.await, Ok(Fenced::Taken(StreamNo(1))));
    // A server without XEP-0199 answers in order too.
    let error = format!("<iq type='error' id='{}' from='Example' to='share.example'/>", fences[1]);
    peer.say(&error).await;
    assert_eq!(second.await, Ok(Fenced::Taken(StreamNo(1))));
    drop(peer);
    assert_eq!(third.await, Ok(Fenced::Lost(StreamNo(1))));
}

#[tokio::test]
async fn a_stream_cut_within_a_stanza_is_opened_again_under_a_new_number() {
    let mut rig = Rig::new().await;
    let mut peer = rig.stream().await;
    let fenced = rig.outlet.batch(vec![stanza("1")]).await;
    peer.hear_fence().await;
    peer.say("<message><body>half").await;
    drop(peer);
    assert_eq!(fenced.await, Ok(Fenced::Lost(StreamNo(1))));
    let mut peer = rig.stream().await;
    assert_eq!(*rig.outlet.state().borrow(), Up::Up(StreamNo(2)));
    assert_eq!(*rig.rows.ended.lock().unwrap(), [(StreamNo(1), false)]);
    peer.say("<message/>").await;
    assert_eq!(received(&mut rig.inbound).await, Received::Stanza("<message/>".into()));
}

#[tokio::test]
async fn while_the_stream_is_down_batches_are_lost_and_sends_dropped() {
    let rig = Rig::new().await;
    let _peer = rig.connection().await;
    rig.outlet.send(stanza("1")).await;
    let fenced = rig.outlet.batch(vec![stanza("2")]).await;
    assert_eq!(fenced.await, Ok(Fenced::Lost(StreamNo::NONE)));
    assert_eq!(rig.outlet.traffic().dropped.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn a_stop_writes_what_is_queued_and_closes_on_both_sides() {
    let mut rig = Rig::new().await;
    let mut peer = rig.stream().await;
    let fenced = rig.outlet.batch(vec![stanza("1")]).await;
    rig.outlet.send(stanza("2")).await;
    rig.stop.cancel();
    let sent = peer.hear("</stream:stream>").await;
    assert!(sent.ends_with("id='2'/></stream:stream>"), "{sent}");
    let fence = sent.split(" id='").find_map(|s| s.strip_prefix("fence")).unwrap();
    let fence = format!("fence{}", fence.split_once('\'').unwrap().0);
    peer.say(&format!("{}<message/></stream:stream>", pong(&fence))).await;
    assert_eq!(fenced.await, Ok(Fenced::Taken(StreamNo(1))));
    (&mut rig.link).await.unwrap();
    assert_eq!(*rig.rows.ended.lock().unwrap(), [(StreamNo(1), true)]);
    let late = rig.outlet.batch(vec![stanza("3")]).await;
    assert_eq!(late.await, Ok(Fenced::Lost(StreamNo::NONE)));
}

#[tokio::test]
async fn a_stop_while_there_is_no_stream_ends_at_once() {
    let mut rig = Rig::new().await;
    let _peer = rig.connection().await;
    rig.stop.cancel();
    (&mut rig.link).await.unwrap();
    assert!(rig.rows.ended.lock().unwrap().is_empty());
}

#[tokio::test]
async fn the_end_of_the_stream_is_answered_and_a_conflict_is_not_fought() {
    let rig = Rig::new().await;
    let mut peer = rig.stream().await;
    peer.say("</stream:stream>").await;
    peer.hear("</stream:stream>").await;
    let mut peer = rig.stream().await;
    peer.say(CONFLICT).await;
    rig.until(Up::Down).await;
    assert_eq!(peer.rest().await, "");
    let ended = [(StreamNo(1), false), (StreamNo(2), false)];
    assert_eq!(rig.rows.ended.lock().unwrap()[..1], ended[..1]);
}

#[tokio::test]
async fn without_the_lease_no_stream_is_opened() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let rows = Arc::<Rows>::default();
    rows.lost_lease.store(true, Ordering::SeqCst);
    let (outlet, end) = channel();
    let (sender, _inbound) = inbound();
    let stop = CancellationToken::new();
    let settings = settings(listener.local_addr().unwrap().to_string());
    let link = tokio::spawn(run(settings, hooks(&rows), end, sender, stop.clone()));
    // Its answer says that the link looked at the lease.
    let fenced = outlet.batch(vec![]).await;
    assert_eq!(fenced.await, Ok(Fenced::Lost(StreamNo::NONE)));
    rows.lost_lease.store(false, Ordering::SeqCst);
    listener.accept().await.unwrap();
    stop.cancel();
    link.await.unwrap();
}

/// How a handshake ends against a server that says `says`, whatever it hears.
async fn handshake(says: &str) -> Result<(), Ended> {
    let (mut ours, theirs) = tokio::io::duplex(1 << 16);
    let mut peer = Peer::new(theirs);
    peer.say(says).await;
    peer.io.shutdown().await.unwrap();
    let hooks = hooks(&Arc::default());
    handshake::shake(&mut ours, &mut Framer::default(), &settings(String::new()), &hooks).await
}

#[tokio::test]
async fn a_handshake_that_fails_says_why_in_the_servers_words() {
    let error = |condition: &str| {
        format!(
            "<stream:error><{condition} xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>\
             <text xmlns='urn:ietf:params:xml:ns:xmpp-streams'>No</text></stream:error>"
        )
    };
    let no_id = HEADER.replace("42", "");
    for (says, reason, retry) in [
        (
            HEADER.to_owned() + &error("not-authorized"),
            "the server says not-authorized (No)",
            Retry::Slow,
        ),
        (no_id.clone() + &error("host-unknown"), "the server says host-unknown (No)", Retry::Slow),
        (HEADER.to_owned() + CONFLICT, "the server says conflict;", Retry::Conflict),
        (
            HEADER.to_owned() + &error("see-other-host"),
            "the server says see-other-host",
            Retry::Slow,
        ),
        (
            HEADER.to_owned() + &error("system-shutdown"),
            "the server says system-shutdown",
            Retry::Soon,
        ),
        (no_id + "<handshake/>", "the server does not keep to the handshake", Retry::Soon),
        (
            HEADER.replace("component:accept", "client"),
            "the server speaks 'jabber:client'",
            Retry::Slow,
        ),
        ("HTTP/1.1 400 Bad Request\r\n".to_owned(), "the server sent what is no", Retry::Soon),
        (HEADER.to_owned(), "the server ended the connection", Retry::Soon),
        (HEADER.to_owned() + "</stream:stream>", "the server closed the stream", Retry::Soon),
    ] {
        let ended = handshake(&says).await.unwrap_err();
        assert!(ended.to_string().starts_with(reason), "{ended}");
        assert_eq!(ended.retry(), retry, "{ended}");
    }
    assert!(handshake(&(HEADER.to_owned() + "<handshake/>")).await.is_ok());
}
