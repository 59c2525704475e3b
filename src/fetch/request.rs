//! One file by https: a bare request whose every step can be seen here.
//!
//! hyper and rustls, which are in the program already, and no client on top of them: such a client
//! looks at the environment for proxies, follows redirects, unpacks bodies, keeps cookies and
//! connections, and looks names up by itself. All of that would have to be switched off and kept
//! off. Here the address that was checked is the one that is dialled, because we dial.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    pin::Pin,
    sync::Arc,
    time::Duration,
};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::{
    Request, Response, StatusCode,
    body::Incoming,
    header::{self, HeaderMap},
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    time::timeout,
};
use tokio_rustls::{
    TlsConnector,
    rustls::{self, ClientConfig, pki_types::ServerName},
};
use url::{Host, Url};

use crate::{
    fetch::target::{Forbidden, Reach},
    http_client::{self, AGENT},
};

/// How often a picture may be said to be elsewhere.
const REDIRECTS: usize = 3;
/// Bytes of an answer's head.
const HEAD: usize = 16 * 1024;
/// What a picture may be called. What it really is, its first bytes say.
const PICTURES: &[&str] = &["image/jpeg", "image/png", "image/webp", "image/gif"];
/// What a card may be called: servers of uploads know little of cards. What it really is, reading
/// it says.
const CARDS: &[&str] =
    &["text/vcard", "text/x-vcard", "text/directory", "text/plain", "application/octet-stream"];
/// Looks a name up: every address it leads to.
pub type LookUp = Arc<
    dyn Fn(String) -> Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send>> + Send + Sync,
>;

/// What a fetch may take, and where it may go.
#[derive(Clone)]
pub struct Fetcher {
    /// How far.
    pub reach: Reach,
    /// Bytes of a body.
    pub max_bytes: usize,
    /// What may come, by its media type.
    pub types: &'static [&'static str],
    /// From the first look-up to the last byte, redirects included.
    pub timeout: Duration,
    /// Names to addresses.
    pub look_up: LookUp,
    /// Whose certificates count.
    pub tls: Arc<ClientConfig>,
}

/// Why there is no file.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the texts say it")]
pub enum Fault {
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
    #[error("the name cannot be looked up: {0}")]
    Name(io::Error),
    #[error("cannot connect: {0}")]
    Connect(io::Error),
    #[error("not http as it should be: {0}")]
    Http(#[from] hyper::Error),
    #[error("the answer is {0}")]
    Status(StatusCode),
    #[error("it is said to be elsewhere more than {REDIRECTS} times, or nowhere")]
    Redirects,
    #[error("it is of no type that was asked for, or it comes packed")]
    Type,
    #[error("it has more than {0} bytes")]
    TooLarge(usize),
    #[error("it takes longer than {0:?}")]
    Slow(Duration),
    #[error("the picture cannot be read: {0}")]
    Unreadable(String),
    #[error("no process can be started that decodes it: {0}")]
    Decoder(io::Error),
}

impl Fault {
    /// Whether another try would find the same.
    #[must_use]
    pub fn lasts(&self) -> bool {
        match self {
            Self::Forbidden(_)
            | Self::Redirects
            | Self::Type
            | Self::TooLarge(_)
            | Self::Unreadable(_) => true,
            Self::Status(status) => {
                !status.is_server_error() && *status != StatusCode::TOO_MANY_REQUESTS
            }
            Self::Name(_) | Self::Connect(_) | Self::Http(_) | Self::Slow(_) | Self::Decoder(_) => {
                false
            }
        }
    }

    /// One word for the metrics.
    #[must_use]
    pub fn label(&self) -> &'static str {
        match self {
            Self::Forbidden(_) => "forbidden",
            Self::Name(_) | Self::Connect(_) => "unreachable",
            Self::Http(_) | Self::Status(_) | Self::Redirects => "refused",
            Self::Type => "type",
            Self::TooLarge(_) => "too-large",
            Self::Slow(_) => "slow",
            Self::Unreadable(_) | Self::Decoder(_) => "unreadable",
        }
    }
}

impl Fetcher {
    /// One that looks names up and trusts certificates as this machine does.
    ///
    /// # Errors
    /// When no TLS can be set up.
    pub fn new(reach: Reach, max_bytes: usize, timeout: Duration) -> Result<Self, rustls::Error> {
        let roots = http_client::authorities();
        if roots.is_empty() {
            tracing::warn!(
                "this machine has no certificates of authorities; no picture can be fetched"
            );
        }
        let look_up: LookUp = Arc::new(|name| {
            Box::pin(async move {
                let found = tokio::net::lookup_host((name, 0)).await?;
                Ok(found.map(|address| address.ip()).collect())
            })
        });
        let tls = http_client::tls(roots)?;
        Ok(Self { reach, max_bytes, types: PICTURES, timeout, look_up, tls })
    }

    /// The same, for cards of at most `max_bytes`.
    #[must_use]
    pub fn of_cards(&self, max_bytes: usize) -> Self {
        Self { types: CARDS, max_bytes, ..self.clone() }
    }

    /// The bytes of the file at `url`.
    ///
    /// # Errors
    /// [`Fault`]
    pub async fn get(&self, url: &str) -> Result<Vec<u8>, Fault> {
        let slow = |_| Fault::Slow(self.timeout);
        timeout(self.timeout, self.follow(url)).await.map_err(slow)?
    }

    async fn follow(&self, url: &str) -> Result<Vec<u8>, Fault> {
        let mut url = Url::parse(url).map_err(|_| Forbidden::Form)?;
        for _ in 0..=REDIRECTS {
            match self.ask(&url).await? {
                Hop::Body(bytes) => return Ok(bytes),
                Hop::Elsewhere(other) => url = other,
            }
        }
        Err(Fault::Redirects)
    }

    /// One question to one server.
    async fn ask(&self, url: &Url) -> Result<Hop, Fault> {
        let (host, port) = self.reach.check(url)?;
        let stream = self.connect(&host, port).await?;
        if url.scheme() != "https" {
            return self.exchange(stream, url).await;
        }
        let name = match host {
            Host::Domain(name) => ServerName::try_from(name).map_err(|_| Forbidden::Form)?,
            Host::Ipv4(ip) => ServerName::from(IpAddr::V4(ip)),
            Host::Ipv6(ip) => ServerName::from(IpAddr::V6(ip)),
        };
        let connector = TlsConnector::from(Arc::clone(&self.tls));
        let stream = connector.connect(name, stream).await.map_err(Fault::Connect)?;
        self.exchange(stream, url).await
    }

    /// To the first address of `host` that may be connected to and answers.
    async fn connect(&self, host: &Host<String>, port: u16) -> Result<TcpStream, Fault> {
        let found = match host {
            Host::Ipv4(ip) => vec![IpAddr::V4(*ip)],
            Host::Ipv6(ip) => vec![IpAddr::V6(*ip)],
            Host::Domain(name) => (self.look_up)(name.clone()).await.map_err(Fault::Name)?,
        };
        let mut fault = Fault::Forbidden(Forbidden::Inward);
        // Whatever the name leads to next time, what was checked is what is dialled.
        for ip in found.into_iter().filter(|ip| self.reach.allows(*ip)).take(4) {
            match TcpStream::connect(SocketAddr::new(ip, port)).await {
                Ok(stream) => return Ok(stream),
                Err(error) => fault = Fault::Connect(error),
            }
        }
        Err(fault)
    }

    async fn exchange(
        &self,
        stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
        url: &Url,
    ) -> Result<Hop, Fault> {
        let request = self.request(url)?;
        http_client::exchange(stream, HEAD, request, |answer| self.read(answer, url)).await
    }

    async fn read(&self, answer: Response<Incoming>, url: &Url) -> Result<Hop, Fault> {
        let status = answer.status();
        if status.is_redirection() {
            let elsewhere = answer.headers().get(header::LOCATION).and_then(|to| to.to_str().ok());
            let elsewhere = elsewhere.and_then(|to| url.join(to).ok()).ok_or(Fault::Redirects)?;
            return Ok(Hop::Elsewhere(elsewhere));
        }
        if status != StatusCode::OK {
            return Err(Fault::Status(status));
        }
        if !self.is_wanted(answer.headers()) {
            return Err(Fault::Type);
        }
        let too_large = || Fault::TooLarge(self.max_bytes);
        let most = u64::try_from(self.max_bytes).unwrap_or(u64::MAX);
        let mut body = answer.into_body();
        if hyper::body::Body::size_hint(&body).lower() > most {
            return Err(too_large());
        }
        let mut bytes = Vec::new();
        while let Some(frame) = body.frame().await {
            if let Ok(data) = frame?.into_data() {
                if bytes.len() + data.len() > self.max_bytes {
                    return Err(too_large());
                }
                bytes.extend_from_slice(&data);
            }
        }
        Ok(Hop::Body(bytes))
    }
}

impl Fetcher {
    /// Who asks, and for what; nothing else.
    fn request(&self, url: &Url) -> Result<Request<Full<Bytes>>, Fault> {
        http_client::request_for(url)
            .header(header::USER_AGENT, format!("{AGENT} (thumbnail)"))
            .header(header::ACCEPT, self.types.join(", "))
            .header(header::ACCEPT_ENCODING, "identity")
            .body(Full::default())
            .map_err(|_| Forbidden::Form.into())
    }

    /// Whether the head says so, and that the body is the file itself: nothing is unpacked here.
    fn is_wanted(&self, headers: &HeaderMap) -> bool {
        let text = |name| headers.get(name).and_then(|it| it.to_str().ok()).unwrap_or_default();
        let kind = text(header::CONTENT_TYPE).split(';').next().unwrap_or_default().trim();
        let is_plain = headers.get_all(header::CONTENT_ENCODING).iter().all(|it| it == "identity");
        is_plain && self.types.iter().any(|known| known.eq_ignore_ascii_case(kind))
    }
}

enum Hop {
    Body(Vec<u8>),
    Elsewhere(Url),
}
