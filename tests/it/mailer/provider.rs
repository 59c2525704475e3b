//! What takes letters, none of it ours: a provider of SMS by HTTP and a mail server; and what
//! stands in them.

use std::{
    io,
    net::SocketAddr,
    path::Path,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode, Uri},
    routing::any,
    serve::Listener,
};
use minidom::Element;
use serde_json::Value;
use tempfile::TempDir;
use tokio::{
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};
use tokio_rustls::{TlsAcceptor, server::TlsStream};

use crate::{
    harness::{
        PATIENCE,
        certificate::Certificate,
        client::Client,
        component::{Component, Plan},
        eventually,
        place::{self, free_address},
        process::{Process, guarded},
        python,
        server::Server,
        wire::CLIENT,
    },
    stanzas::body,
};

pub(crate) const NUMBER: &str = "+393331234567";
pub(crate) const TEL: &str = "tel:+393331234567";

/// What a gateway was asked.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) uri: String,
    headers: HeaderMap,
    body: String,
}

impl Asked {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|it| it.to_str().ok()).unwrap_or_default()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).expect("JSON")
    }

    /// The text of the SMS.
    pub(crate) fn text(&self) -> String {
        self.json()["text"].as_str().expect("a text").to_owned()
    }
}

/// A provider of SMS. Answers with these statuses in turn, the last one for ever.
pub(crate) struct Provider {
    pub(crate) address: SocketAddr,
    asked: Arc<Mutex<Vec<Asked>>>,
    task: JoinHandle<()>,
}

#[derive(Clone)]
struct ProviderState {
    asked: Arc<Mutex<Vec<Asked>>>,
    answers: Arc<Vec<(u16, &'static str)>>,
}

impl Provider {
    pub(crate) async fn start(answers: &[(u16, &'static str)]) -> Self {
        let (listener, address) = listen().await;
        Self::on(listener, address, answers)
    }

    /// By https, with this certificate.
    pub(crate) async fn secure(certificate: &Certificate) -> Self {
        let (listener, address) = listen().await;
        let acceptor = certificate.acceptor();
        Self::on(Secure { listener, acceptor }, address, &[(200, "")])
    }

    fn on<L>(listener: L, address: SocketAddr, answers: &[(u16, &'static str)]) -> Self
    where
        L: Listener<Addr = SocketAddr>,
    {
        let asked = Arc::<Mutex<Vec<Asked>>>::default();
        let provider =
            ProviderState { asked: Arc::clone(&asked), answers: Arc::new(answers.to_vec()) };
        let router = Router::new().route("/send", any(take)).with_state(provider);
        let task = tokio::spawn(async move {
            axum::serve(listener, router).await.expect("served");
        });
        Self { address, asked, task }
    }

    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().expect("asked").clone()
    }

    /// The first `n` requests, once they are there.
    pub(crate) async fn first(&self, n: usize) -> Vec<Asked> {
        let came = eventually(PATIENCE, async || self.asked().len() >= n).await;
        assert!(came, "{:?}", self.asked());
        self.asked()
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn listen() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    (listener, address)
}

/// Takes connections that are encrypted from the first byte.
struct Secure {
    listener: TcpListener,
    acceptor: TlsAcceptor,
}

impl Listener for Secure {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        loop {
            let (socket, from) = self.listener.accept().await.expect("a connection");
            // Whoever does not trust us goes away.
            if let Ok(socket) = self.acceptor.accept(socket).await {
                return (socket, from);
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

async fn take(
    State(provider): State<ProviderState>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> (StatusCode, &'static str) {
    let body = String::from_utf8_lossy(&body).into_owned();
    let mut asked = provider.asked.lock().expect("asked");
    let (status, answer) = provider.answers[asked.len().min(provider.answers.len() - 1)];
    asked.push(Asked { uri: uri.to_string(), headers, body });
    (StatusCode::from_u16(status).expect("a status"), answer)
}

/// A mail server. Dropping it ends it.
pub(crate) struct Mailbox {
    pub(crate) address: SocketAddr,
    process: Process,
    _dir: TempDir,
}

impl Mailbox {
    pub(crate) async fn start() -> Self {
        Self::on("none", None).await
    }

    /// Encrypted as `security` says, `tls` or `starttls`, with this certificate.
    pub(crate) async fn secure(security: &str, certificate: &Certificate) -> Self {
        Self::on(security, Some(certificate)).await
    }

    async fn on(security: &str, certificate: Option<&Certificate>) -> Self {
        let (address, dir) = (free_address(), place::folder("mailbox-"));
        let mut command = guarded(python::python(), "KILL");
        command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/python/mailbox.py"));
        command.arg(address.port().to_string()).arg(security);
        if let Some(certificate) = certificate {
            command.arg(certificate.file()).arg(certificate.key());
        }
        let process = Process::start(command, &dir.path().join("output.log"));
        let mailbox = Self { address, process, _dir: dir };
        let listens = eventually(PATIENCE, async || mailbox.process.log().contains("listening"));
        assert!(listens.await, "{}", mailbox.process.log());
        mailbox
    }

    pub(crate) fn mails(&self) -> Vec<Value> {
        let log = self.process.log();
        let lines = log.lines().filter(|line| line.starts_with('{') && line.ends_with('}'));
        lines.map(|line| serde_json::from_str(line).expect("JSON")).collect()
    }

    /// The first `n` mails, once they are there.
    pub(crate) async fn first_mails(&self, n: usize) -> Vec<Value> {
        let came = eventually(PATIENCE, async || self.mails().len() >= n).await;
        assert!(came, "{}", self.process.log());
        self.mails()
    }

    pub(crate) async fn first(&self) -> Value {
        self.first_mails(1).await.remove(0)
    }
}

/// A component that sends SMS by this provider.
pub(crate) fn by_http(server: &Server, provider: &Provider) -> Plan {
    Plan::new(server)
        .set("access.region", "IT")
        .set("sms.url", format!("http://{}/send?from=shop", provider.address))
        .set("sms.body", r#"{"to":"{to}","text":"{text}","key":"{id}"}"#)
        .set("sms.headers", vec!["Authorization: Bearer {secret}"])
        .set("sms.secret", "s3cret")
}

/// A component that sends mail by this server.
pub(crate) fn by_mail(server: &Server, mailbox: &Mailbox) -> Plan {
    Plan::new(server)
        .set("email.server", mailbox.address.to_string())
        .set("email.security", "none")
        .set("email.from", "Tradepost <share@example.org>")
}

/// The six digits in a text.
pub(crate) fn digits(text: &str) -> String {
    let is_code = |word: &&str| word.len() == 6 && word.bytes().all(|b| b.is_ascii_digit());
    let mut words = text.split(|c: char| !c.is_ascii_digit()).filter(is_code);
    words.next().unwrap_or_else(|| panic!("no code in {text}")).to_owned()
}

/// The next message with these words.
pub(crate) async fn told(client: &Client, words: &str) -> Element {
    let tells = |it: &Element| it.is("message", CLIENT) && body(it).contains(words);
    client.expect(words, tells, PATIENCE).await
}

pub(crate) async fn metric_is(component: &Component, name: &str, value: f64) {
    let is = eventually(PATIENCE, async || {
        component.metrics().await.get(name).is_some_and(|it| (it - value).abs() < 0.5)
    });
    assert!(is.await, "{name}: {:?}", component.metrics().await);
}
