//! One HTTP request to a server that the operator has chosen, and whom its certificate may be from,
//! which holds for their mail server too.
//!
//! It may be anywhere, on this machine too; nothing of its address comes from outside. It is asked
//! once, and no redirect is followed. What goes to addresses from outside is `fetch`.

use std::{path::Path, pin::pin, sync::Arc};

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::{
    Request, Response, StatusCode,
    body::Incoming,
    client::conn::http1,
    header,
    http::{Error, request::Builder},
};
use hyper_util::rt::TokioIo;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite},
    net::TcpStream,
};
use tokio_rustls::{
    TlsConnector,
    rustls::{
        ClientConfig, RootCertStore,
        crypto::ring,
        pki_types::{CertificateDer, ServerName, pem::PemObject},
    },
};
use url::{Position, Url};

/// Bytes of an answer's head, and of its body, that are read.
const ANSWER: usize = 64 * 1024;
/// What we call ourselves.
const AGENT: &str = concat!("Tradepost/", env!("CARGO_PKG_VERSION"));

/// Sends requests.
#[derive(Debug, Clone)]
pub struct Caller {
    tls: Arc<ClientConfig>,
}

/// Why nothing can be asked, or there is no answer: then nobody knows whether the request was taken.
pub type Fault = Box<dyn std::error::Error + Send + Sync>;

/// A request, as far as all have the same head. It has neither its address nor its body yet.
#[must_use]
pub fn request(method: &str) -> Builder {
    Request::builder()
        .method(method)
        .header(header::USER_AGENT, AGENT)
        .header(header::ACCEPT, "*/*")
}

/// The request for `url` with this body.
///
/// # Errors
/// When a header or the address cannot be written.
pub fn finished(request: Builder, url: &Url, body: String) -> Result<Request<Full<Bytes>>, Error> {
    let path = &url[Position::BeforePath..Position::AfterQuery];
    let host = &url[Position::BeforeHost..Position::AfterPort];
    request.uri(path).header(header::HOST, host).body(Full::new(Bytes::from(body)))
}

/// How TLS is spoken with a server of the operator's: it trusts the authorities in this file, or
/// those that this machine trusts.
///
/// # Errors
/// When no TLS can be set up, or the file cannot be read.
pub fn trusting(ca_file: Option<&Path>) -> Result<Arc<ClientConfig>, Fault> {
    let mut roots = RootCertStore::empty();
    if let Some(file) = ca_file {
        for authority in CertificateDer::pem_file_iter(file)? {
            roots.add(authority?)?;
        }
    } else {
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    }
    let tls = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::new(tls))
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
            return exchange(stream, request).await;
        }
        let connector = TlsConnector::from(Arc::clone(&self.tls));
        let stream = connector.connect(ServerName::try_from(host)?, stream).await?;
        exchange(stream, request).await
    }
}

async fn exchange(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    request: Request<Full<Bytes>>,
) -> Result<(StatusCode, Bytes), Fault> {
    // Heads that only say that another comes have no end of their own.
    let (read, write) = tokio::io::split(stream);
    let stream = tokio::io::join(read.take(2 * ANSWER as u64), write);
    let mut http = http1::Builder::new();
    let (mut server, connection) =
        http.max_buf_size(ANSWER).handshake(TokioIo::new(stream)).await?;
    let answer = async {
        let answer: Response<Incoming> = server.send_request(request).await?;
        let status = answer.status();
        let body = Limited::new(answer.into_body(), ANSWER).collect().await?.to_bytes();
        Ok((status, body))
    };
    let (mut answer, mut connection) = (pin!(answer), pin!(connection));
    tokio::select! {
        biased;
        read = answer.as_mut() => read,
        // The other side has closed; what it said before may still have to be read.
        _ = connection.as_mut() => answer.await,
    }
}
