//! Servers that the operator has chosen, and that do not stop talking, or whoever stands in front
//! of them: mail servers, before and under TLS, and what is asked by HTTP. None of them fills the
//! memory or keeps others waiting.

use std::{
    cell::Cell,
    io,
    net::SocketAddr,
    time::{Duration, Instant},
};

use tokio::{
    io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};
use tokio_rustls::TlsAcceptor;

use crate::{
    contact::tell,
    harness::{
        certificate::Certificate,
        client::Client,
        component::{Component, Plan},
        server::{Kind, Server},
    },
    mailer::provider::{NUMBER, metric_is},
    memory::{MIB, forget_peak, memory},
    stanzas::{DOMAIN, register},
};

/// How much is said at the most: what the tests' machine can lose.
const MOST: usize = 64 << 20;
/// How much of it may come to be memory of ours, with all else that a try takes.
const KEPT: u64 = 24 * MIB;
/// How long anybody may wait for the answer to a ping meanwhile, on a machine that does much else.
const WAIT: Duration = Duration::from_secs(5);
/// How long a try may take: the end of it is known as soon as too much has come.
const TRY: Duration = Duration::from_secs(15);

/// What one connection is for.
#[derive(Clone, Copy)]
struct Talk {
    /// What is said in turn, each after a line of the client's, but for the first.
    turns: &'static [&'static str],
    /// How many of them come before TLS.
    plain: usize,
    /// What is said then, again and again.
    more: &'static str,
}

/// Has a talk on each connection, the last one for ever.
struct Talker {
    address: SocketAddr,
    task: JoinHandle<()>,
}

impl Talker {
    async fn start(talks: &'static [Talk], acceptor: Option<TlsAcceptor>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let task = tokio::spawn(async move {
            for n in 0.. {
                let (stream, _) = listener.accept().await.expect("a connection");
                let (talk, acceptor) = (talks[n.min(talks.len() - 1)], acceptor.clone());
                // Whoever has heard enough goes away.
                tokio::spawn(async move { drop(talk.over(stream, acceptor).await) });
            }
        });
        Self { address, task }
    }
}

impl Drop for Talker {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Talk {
    async fn over(self, stream: TcpStream, acceptor: Option<TlsAcceptor>) -> io::Result<()> {
        let (before, under) = self.turns.split_at(self.plain);
        let mut plain = BufReader::new(stream);
        say(&mut plain, before, true).await?;
        if let Some(acceptor) = acceptor.filter(|_| !under.is_empty()) {
            let mut secure = BufReader::new(acceptor.accept(plain.into_inner()).await?);
            say(&mut secure, under, before.is_empty()).await?;
            self.go_on(&mut secure).await
        } else {
            say(&mut plain, under, before.is_empty()).await?;
            self.go_on(&mut plain).await
        }
    }

    async fn go_on(self, stream: &mut (impl AsyncRead + AsyncWrite + Unpin)) -> io::Result<()> {
        let block = self.more.repeat((64 << 10) / self.more.len().max(1));
        let mut said = 0;
        while said < MOST && !block.is_empty() {
            stream.write_all(block.as_bytes()).await?;
            said += block.len();
        }
        stream.flush().await?;
        // And it does not go away.
        let _ = stream.read_to_end(&mut Vec::new()).await?;
        Ok(())
    }
}

async fn say<S>(stream: &mut BufReader<S>, turns: &[&str], is_first: bool) -> io::Result<()>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    for (n, turn) in turns.iter().enumerate() {
        if n > 0 || !is_first {
            stream.read_line(&mut String::new()).await?;
        }
        stream.write_all(turn.as_bytes()).await?;
        stream.flush().await?;
    }
    Ok(())
}

/// Somebody asks for a code that leaves by each of these talks. Every try ends, is to be made
/// again, and has cost neither memory nor time of others.
async fn nothing_comes_of(component: &Component, client: &Client, channel: &str, tries: usize) {
    let later = format!("tradepost_letters_total{{channel=\"{channel}\",result=\"later\"}}");
    let mut ended = 0.0;
    for n in 1..=tries {
        ended += 1.0;
        let before = memory(component, "VmRSS");
        forget_peak(component);
        let words = match channel {
            "sms" => format!("phone {}{n}", &NUMBER[..NUMBER.len() - 1]),
            _ => format!("mail somebody{n}@example.org"),
        };
        let began = Instant::now();
        assert!(tell(client, &words).await.contains("six digits"), "{words}");
        let grown = || memory(component, "VmHWM").saturating_sub(before);
        let is_over = Cell::new(false);
        let ends = async {
            while !is_over.get() {
                let metrics = component.metrics().await;
                is_over.set(metrics.get(&later).is_some_and(|count| *count > ended - 0.5));
                let (took, grown) = (began.elapsed(), grown() / MIB);
                assert!(took < TRY, "{channel} {n}: {took:?} and no end, {grown} MiB more");
            }
        };
        let waits = async {
            let mut slowest = Duration::ZERO;
            while !is_over.get() {
                let asked = Instant::now();
                client.request("get", DOMAIN, "<ping xmlns='urn:xmpp:ping'/>").await;
                slowest = slowest.max(asked.elapsed());
            }
            slowest
        };
        let ((), slowest) = tokio::join!(ends, waits);
        let (took, grown) = (began.elapsed(), grown());
        eprintln!("{channel} {n}: over in {took:?}, {} KiB, ping {slowest:?}", grown / 1024);
        assert!(grown < KEPT, "{channel} {n}: {} MiB more", grown / MIB);
        assert!(slowest < WAIT, "{channel} {n}: a ping took {slowest:?}");
    }
    let log = component.log();
    assert!(!log.contains("a letter was refused"), "{log}");
}

fn by_mail(server: &Server, talker: &Talker, security: &str, authority: &Certificate) -> Plan {
    let plan = Plan::new(server)
        .set("email.server", talker.address.to_string())
        .set("email.security", security)
        .set("email.from", "Tradepost <share@example.org>");
    if security == "none" {
        return plan;
    }
    plan.set("email.ca_file", authority.file().to_str().expect("a path").to_owned())
}

const LINES: &str = "220-\r\n";
const OFFERS: &str = "250-x\r\n250 STARTTLS\r\n";
const GO: &str = "220 go\r\n";
/// The last turn is for the mail, and nothing is said behind that.
const TAKES: Talk = Talk {
    turns: &["220 x\r\n", "250 x\r\n", "250 a\r\n", "250 b\r\n", "354 c\r\n", "250 d\r\n"],
    plain: 6,
    more: "",
};

/// Nothing comes of any of these talks, by mail.
async fn no_mail_leaves(security: &str, talks: &'static [Talk]) {
    let server = Server::start(Kind::Prosody).await;
    let certificate = Certificate::of("IP:127.0.0.1");
    let acceptor = (security != "none").then(|| certificate.acceptor());
    let talker = Talker::start(talks, acceptor).await;
    let component = by_mail(&server, &talker, security, &certificate).start().await;
    let client = Client::login(&server, "bob").await;
    register(&client, "Bob").await;
    nothing_comes_of(&component, &client, "mail", talks.len()).await;
}

#[tokio::test]
async fn a_mail_server_that_does_not_stop_talking_takes_no_memory_and_nobodys_time() {
    let talks = &[
        Talk { turns: &["220 "], plain: 1, more: "x" },
        Talk { turns: &[LINES], plain: 1, more: LINES },
        Talk { turns: &["220 x\r\n", "250 x\r\n"], plain: 2, more: "250-x\r\n" },
        // lettre panics over a line of blanks.
        Talk { turns: &["220 x\r\n", "250-x\r\n250-  \r\n250 y\r\n"], plain: 2, more: "" },
    ];
    no_mail_leaves("none", talks).await;
}

#[tokio::test]
async fn nor_does_one_that_talks_under_tls() {
    let talks = &[
        Talk { turns: &[LINES], plain: 0, more: LINES },
        Talk { turns: &["220 "], plain: 0, more: "x" },
    ];
    no_mail_leaves("tls", talks).await;
}

#[tokio::test]
async fn nor_does_whoever_talks_before_starttls_or_the_server_behind_it() {
    let talks = &[
        Talk { turns: &["220 "], plain: 1, more: "x" },
        Talk { turns: &["220 x\r\n", OFFERS, GO, "250 "], plain: 3, more: "x" },
        Talk { turns: &["220 x\r\n", OFFERS, GO, "250-x\r\n"], plain: 3, more: "250-x\r\n" },
        Talk { turns: &["220 x\r\n", "554 no\r\n"], plain: 2, more: "" },
    ];
    no_mail_leaves("starttls", talks).await;
}

#[tokio::test]
async fn a_mail_that_was_taken_is_taken_whatever_is_said_to_the_goodbye() {
    let server = Server::start(Kind::Prosody).await;
    let talker = Talker::start(&[TAKES], None).await;
    let authority = Certificate::of("IP:127.0.0.1");
    let component = by_mail(&server, &talker, "none", &authority).start().await;
    let client = Client::login(&server, "bob").await;
    register(&client, "Bob").await;
    tell(&client, "mail bob@example.org").await;
    let taken = "tradepost_letters_total{channel=\"mail\",result=\"taken\"}";
    metric_is(&component, taken, 1.0).await;
}

#[tokio::test]
async fn a_gateway_of_sms_that_does_not_stop_talking_takes_no_memory_and_nobodys_time() {
    let server = Server::start(Kind::Prosody).await;
    let talker = Talker::start(
        &[
            Talk { turns: &["", "HTTP/1.1 200 OK\r\nX: "], plain: 2, more: "x" },
            Talk { turns: &["", "HTTP/1.1 200 OK\r\n"], plain: 2, more: "X: x\r\n" },
            Talk { turns: &["", "HTTP/1.1 200 OK\r\n\r\n"], plain: 2, more: "x" },
        ],
        None,
    )
    .await;
    let component = Plan::new(&server)
        .set("access.region", "IT")
        .set("sms.url", format!("http://{}/send", talker.address))
        .set("sms.body", r#"{"to":"{to}","text":"{text}","key":"{id}"}"#)
        .start()
        .await;
    let client = Client::login(&server, "bob").await;
    register(&client, "Bob").await;
    nothing_comes_of(&component, &client, "sms", 3).await;
}
