//! SMS by a provider's HTTP gateway: a request that the operator has described.
//!
//! The gateway is the operator's own choice, so it may be anywhere, on this machine too; nothing
//! of its address comes from outside. It is asked once, and no redirect is followed.

use std::{pin::pin, sync::Arc, time::Duration};

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::{
    Request, Response, StatusCode,
    body::Incoming,
    client::conn::http1,
    header::{self, HeaderName, HeaderValue},
};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    time::timeout,
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

use crate::{
    config::{HttpSms, Words},
    ops::letter::{Claimed, Tried},
};

/// How long the gateway may take with everything.
const PATIENCE: Duration = Duration::from_secs(30);
/// Bytes of its answer that are read.
const ANSWER: usize = 64 * 1024;
/// The most characters of its answer that are kept.
const SHOWN: usize = 100;
/// What we call ourselves.
const AGENT: &str = concat!("Tradepost/", env!("CARGO_PKG_VERSION"));

/// Asks the gateway.
#[derive(Debug, Clone)]
pub struct Gateway {
    config: HttpSms,
    tls: Arc<ClientConfig>,
}

/// Why there is no gateway, or nobody knows whether it was taken.
type Fault = Box<dyn std::error::Error + Send + Sync>;

impl Gateway {
    /// One that trusts the authorities in the operator's file, or those that this machine trusts.
    ///
    /// # Errors
    /// When no TLS can be set up, or the file cannot be read.
    pub fn new(config: HttpSms) -> Result<Self, Fault> {
        let mut roots = RootCertStore::empty();
        if let Some(file) = &config.ca_file {
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
        Ok(Self { config, tls: Arc::new(tls) })
    }

    /// Sends a letter. The gateway gets the letter's id as `Idempotency-Key`, and where the
    /// operator has put `{id}`.
    pub async fn send(&self, letter: &Claimed) -> Tried {
        let id = letter.id.to_string();
        let words = Words {
            to: letter.to.shown(),
            text: &letter.text,
            id: &id,
            secret: self.config.secret.as_ref().map_or("", |secret| secret.expose()),
        };
        let url = self.config.url_for(&words);
        let request = match self.request(&url, &words) {
            Ok(request) => request,
            Err(error) => return Tried::Refused(format!("no request can be made: {error}")),
        };
        match timeout(PATIENCE, self.ask(&url, request)).await {
            Ok(Ok((status, body))) => self.judge(status, &body),
            Ok(Err(error)) => Tried::Later(format!("the gateway cannot be asked: {error}")),
            Err(_) => Tried::Later("the gateway does not answer".into()),
        }
    }

    fn request(
        &self,
        url: &Url,
        words: &Words<'_>,
    ) -> Result<Request<Full<Bytes>>, hyper::http::Error> {
        let path = &url[Position::BeforePath..Position::AfterQuery];
        let host = &url[Position::BeforeHost..Position::AfterPort];
        let mut request = Request::builder()
            .method(self.config.method.as_str())
            .uri(path)
            .header(header::HOST, host)
            .header(header::USER_AGENT, AGENT)
            .header(header::ACCEPT, "*/*")
            .header("Idempotency-Key", words.id);
        let mut body = String::new();
        if let Some(template) = &self.config.body {
            request = request.header(header::CONTENT_TYPE, template.media_type());
            body = template.fill(words);
        }
        for (name, value) in &self.config.headers {
            let name = HeaderName::try_from(name.as_str())?;
            request = request.header(name, HeaderValue::try_from(words.fill(value))?);
        }
        request.body(Full::new(Bytes::from(body)))
    }

    async fn ask(
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

    /// Whether the answer means that it was taken.
    fn judge(&self, status: StatusCode, body: &[u8]) -> Tried {
        let code = status.as_u16();
        if self.config.success.contains(&code) {
            let config = &self.config;
            let (Some(pointer), Some(expected)) = (&config.success_pointer, &config.success_value)
            else {
                return Tried::Taken;
            };
            let answer: Value = serde_json::from_slice(body).unwrap_or_default();
            let found = match answer.pointer(pointer) {
                Some(Value::String(text)) => text.clone(),
                Some(value) => value.to_string(),
                None => "nothing".into(),
            };
            if found == *expected {
                return Tried::Taken;
            }
            let found: String = found.chars().take(SHOWN).collect();
            return Tried::Refused(format!("the gateway answers {code}, and {pointer} is {found}"));
        }
        let why = format!("the gateway answers {code}");
        // The first group says that it does not know us: the operator will mend that.
        match code {
            401 | 403 | 404 | 407 | 408 | 425 | 429 | 500.. => Tried::Later(why),
            _ => Tried::Refused(why),
        }
    }
}

async fn exchange(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    request: Request<Full<Bytes>>,
) -> Result<(StatusCode, Bytes), Fault> {
    let (mut server, connection) = http1::Builder::new().handshake(TokioIo::new(stream)).await?;
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
