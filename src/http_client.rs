//! How other servers are asked by HTTP: who we say we are, whom their certificates may be from, which
//! holds for a mail server too, and one request over a connection that there is.
//!
//! [`Caller`] asks a server that the operator has chosen. It may be anywhere, on this machine too;
//! nothing of its address comes from outside. It is asked once, and no redirect is followed. What
//! goes to addresses from outside is `fetch`, which connects by itself, because it has to check what
//! it dials.

use std::{path::Path, pin::pin, sync::Arc};

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::{
    Request, Response, StatusCode, body::Incoming, client::conn::http1, header,
    http::request::Builder,
};
use hyper_util::rt::TokioIo;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite},
    net::TcpStream,
};
use tokio_rustls::{
    TlsConnector,
    rustls::{
        self, ClientConfig, RootCertStore,
        crypto::ring,
        pki_types::{CertificateDer, ServerName, pem::PemObject},
    },
};
use url::{Position, Url};

/// Bytes of an answer's head, and of its body, that are read.
const ANSWER: usize = 64 * 1024;
/// What we call ourselves.
pub const AGENT: &str = concat!("Tradepost/", env!("CARGO_PKG_VERSION"));

/// Sends requests.
#[derive(Debug, Clone)]
pub struct Caller {
    tls: Arc<ClientConfig>,
}

/// Why nothing can be asked, or there is no answer: then nobody knows whether the request was taken.
pub type Fault = Box<dyn std::error::Error + Send + Sync>;

/// A request for `url`, as far as that says what it is. Host comes first (RFC 9110 §7.2).
#[must_use]
pub fn request_for(url: &Url) -> Builder {
    let path = &url[Position::BeforePath..Position::AfterQuery];
    let host = &url[Position::BeforeHost..Position::AfterPort];
    Request::builder().uri(path).header(header::HOST, host)
}

/// A request that a [`Caller`] sends, without its body.
#[must_use]
pub fn request(method: &str, url: &Url) -> Builder {
    request_for(url).method(method).header(header::USER_AGENT, AGENT).header(header::ACCEPT, "*/*")
}

/// The authorities that this machine trusts; none when it has no certificates.
#[must_use]
pub fn authorities() -> RootCertStore {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    roots
}

/// TLS 1.2 and 1.3 with these authorities.
///
/// # Errors
/// When rustls cannot do that.
pub fn tls(roots: RootCertStore) -> Result<Arc<ClientConfig>, rustls::Error> {
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::new(config))
}

/// How TLS is spoken with a server of the operator's: it trusts the authorities in this file, or
/// those that this machine trusts.
///
/// # Errors
/// When no TLS can be set up, or the file cannot be read.
pub fn trusting(ca_file: Option<&Path>) -> Result<Arc<ClientConfig>, Fault> {
    let Some(file) = ca_file else { return Ok(tls(authorities())?) };
    let mut roots = RootCertStore::empty();
    for authority in CertificateDer::pem_file_iter(file)? {
        roots.add(authority?)?;
    }
    Ok(tls(roots)?)
}

impl Caller {
    /// One that trusts the authorities in this file, or those that this machine trusts.
    ///
    /// # Errors
    /// When no TLS can be set up, or the file cannot be read.
    pub fn new(ca_file: Option<&Path>) -> Result<Self, Fault> {
        Ok(Self { tls: trusting(ca_file)? })
    }

    /// Asks the server of `url`. How long that may take is the caller's affair; of the answer's
    /// head and of its body at most 64 KiB each are read.
    ///
    /// # Errors
    /// [`Fault`]
    pub async fn ask(
        &self,
        url: &Url,
        request: Request<Full<Bytes>>,
    ) -> Result<(StatusCode, Bytes), Fault> {
        let host = url.host_str().ok_or("it has no host")?.trim_matches(['[', ']']).to_owned();
        let port = url.port_or_known_default().ok_or("it has no port")?;
        let stream = TcpStream::connect((host.as_str(), port)).await?;
        if url.scheme() != "https" {
            return ask_over(stream, request).await;
        }
        let connector = TlsConnector::from(Arc::clone(&self.tls));
        let stream = connector.connect(ServerName::try_from(host)?, stream).await?;
        ask_over(stream, request).await
    }
}

async fn ask_over(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    request: Request<Full<Bytes>>,
) -> Result<(StatusCode, Bytes), Fault> {
    // Heads that only say that another comes have no end of their own.
    let (from_server, to_server) = tokio::io::split(stream);
    let stream = tokio::io::join(from_server.take(2 * ANSWER as u64), to_server);
    exchange(stream, ANSWER, request, read).await
}

async fn read(answer: Response<Incoming>) -> Result<(StatusCode, Bytes), Fault> {
    let status = answer.status();
    let body = Limited::new(answer.into_body(), ANSWER).collect().await?.to_bytes();
    Ok((status, body))
}

/// Sends a request over `stream`, and answers what `read` makes of the answer, of whose head so many
/// bytes are read. The connection is not used again.
///
/// # Errors
/// When no HTTP is spoken there, and whatever `read` fails with.
pub async fn exchange<T, E, F>(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    head: usize,
    request: Request<Full<Bytes>>,
    read: impl FnOnce(Response<Incoming>) -> F,
) -> Result<T, E>
where
    E: From<hyper::Error>,
    F: Future<Output = Result<T, E>>,
{
    let (mut server, connection) =
        http1::Builder::new().max_buf_size(head).handshake(TokioIo::new(stream)).await?;
    let answer = async { read(server.send_request(request).await?).await };
    let (mut answer, mut connection) = (pin!(answer), pin!(connection));
    tokio::select! {
        biased;
        read = answer.as_mut() => read,
        // The other side has closed; what it said before may still have to be read.
        _ = connection.as_mut() => answer.await,
    }
}
