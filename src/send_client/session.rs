//! One connection of the bot to its own server: log in, ask, be answered, leave.
//!
//! `tokio_xmpp::Client` is of no use here: it keeps the reason of a login that failed to itself and
//! tries for ever. A wrong password must be told at once.

use std::{io, time::Duration};

use futures_util::{SinkExt, StreamExt};
use jid::{BareJid, Jid};
use minidom::Element;
use sasl::common::{ChannelBinding, Credentials};
use tokio::{io::BufStream, net::lookup_host};
use tokio_xmpp::{
    Error,
    connect::{AsyncReadAndWrite, DnsConfig, tls_common::establish_tls_connection},
    error::{AuthError, ProtocolError},
    rustls,
    xmlstream::{
        FallibleStreamElement, PendingFeaturesRecv, ReadError, StreamHeader, Timeouts, XmppStream,
        XmppStreamElement, initiate_stream,
    },
};
use uuid::Uuid;
use xmpp_parsers::{
    bind::BindQuery,
    iq::{Iq, IqHeader, IqPayload},
    sasl::DefinedCondition as SaslCondition,
    stanza_error::StanzaError,
    starttls,
    stream_error::DefinedCondition as StreamCondition,
    stream_features::StreamFeatures,
};

use super::{
    bounded::Bounded,
    failure::Failure,
    login::{is_unproven, login},
};
use crate::{
    config::{Secret, is_loopback},
    wire::ns,
};

/// How the server is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Route {
    /// By the SRV records of the bot's domain, with STARTTLS (RFC 6120 §3.2).
    Srv,
    /// At this host and port, with STARTTLS.
    Tls(String),
    /// At this host and port of this machine, unencrypted.
    Plain(String),
}

/// How long a stream may be silent. An attempt as a whole ends sooner.
const TIMEOUTS: Timeouts =
    Timeouts { read_timeout: Duration::from_mins(1), response_timeout: Duration::from_mins(1) };
/// How long the server may take to say goodbye.
const GOODBYE: Duration = Duration::from_secs(1);

type Stream = XmppStream<Box<dyn AsyncReadAndWrite + Send>>;

/// A bound session. Without presence: nothing comes in but answers.
pub(super) struct Session {
    stream: Stream,
}

/// A result with its payload, or an error, to the request of this id.
pub(super) struct IqAnswer {
    pub(super) id: String,
    pub(super) from: Option<Jid>,
    pub(super) payload: Result<Option<Element>, Box<StanzaError>>,
}

impl Session {
    /// Logs `bot` in.
    ///
    /// # Errors
    /// [`Failure::Refused`] when it cannot be logged in like this, else [`Failure::Lost`].
    pub(super) async fn open(
        bot: &BareJid,
        password: &Secret,
        route: &Route,
    ) -> Result<Self, Failure> {
        let stream = match route {
            Route::Srv => {
                let srv = DnsConfig::srv_default_client(bot.domain().as_str());
                Box::pin(log_in_with_tls(srv, bot, password)).await
            }
            Route::Tls(server) => {
                at_first(
                    server,
                    |_| true,
                    async |address| Box::pin(log_in_with_tls(address, bot, password)).await,
                )
                .await
            }
            Route::Plain(server) => {
                at_first(server, is_loopback, async |address| {
                    let socket = Bounded::new(address.resolve().await?);
                    let opened = opened(BufStream::new(socket), bot).await?;
                    log_in(opened, ChannelBinding::None, bot, password).await
                })
                .await
            }
        };
        let stream = stream.map_err(|error| because(&error, bot))?;
        let mut session = Self { stream };
        session.ask(None, IqPayload::Set(BindQuery::new(None).into())).await?;
        Ok(session)
    }

    /// Sends a request and gives its id.
    pub(super) async fn put(
        &mut self,
        to: Option<Jid>,
        request: IqPayload,
    ) -> Result<String, Failure> {
        let id = Uuid::new_v4().to_string();
        let iq = request.assemble(IqHeader { from: None, to, id: id.clone() });
        self.stream.send(&iq).await.map_err(|error| Failure::Lost(error.to_string()))?;
        Ok(id)
    }

    /// The next answer to anything.
    pub(super) async fn answer(&mut self) -> Result<IqAnswer, Failure> {
        loop {
            let element = match self.stream.next().await {
                Some(element) => element.and_then(FallibleStreamElement::into_read_error),
                None => Err(ReadError::StreamFooterReceived),
            };
            let (id, from, payload) = match element {
                Ok(XmppStreamElement::Stanza(tokio_xmpp::Stanza::Iq(Iq::Result {
                    id,
                    from,
                    payload,
                    ..
                }))) => (id, from, Ok(payload)),
                Ok(XmppStreamElement::Stanza(tokio_xmpp::Stanza::Iq(Iq::Error {
                    id,
                    from,
                    error,
                    ..
                }))) => (id, from, Err(Box::new(error))),
                Ok(XmppStreamElement::StreamError(error)) => {
                    return Err(Failure::Lost(error.to_string()));
                }
                Err(ReadError::HardError(error)) => return Err(Failure::Lost(error.to_string())),
                Err(ReadError::StreamFooterReceived) => {
                    return Err(Failure::Lost("the server ended the session".into()));
                }
                Ok(_) | Err(ReadError::ParseError(_) | ReadError::SoftTimeout) => continue,
            };
            return Ok(IqAnswer { id, from, payload });
        }
    }

    /// Sends a request and waits for its answer, for as long as the caller lets it.
    pub(super) async fn ask(
        &mut self,
        to: Option<Jid>,
        request: IqPayload,
    ) -> Result<Option<Element>, Failure> {
        let asked = self.put(to.clone(), request).await?;
        loop {
            let answer = self.answer().await?;
            // Nobody else may answer for the one who was asked (RFC 6120 §8.1.2.1).
            if answer.id == asked && (to.is_none() || answer.from == to) {
                return answer.payload.map_err(Failure::Error);
            }
        }
    }

    /// Leaves properly, so that the server does not keep the session for its return.
    pub(super) async fn close(mut self) {
        let closing = SinkExt::<&Iq>::close(&mut self.stream);
        // What was to be had is had already.
        let _ = tokio::time::timeout(GOODBYE, closing).await;
    }
}

/// Logs in at the first address of `server` that takes connections. A name is looked up each time:
/// it may lead elsewhere by now.
async fn at_first(
    server: &str,
    may_be: impl Fn(&str) -> bool,
    log_in: impl AsyncFn(DnsConfig) -> Result<Stream, Error>,
) -> Result<Stream, Error> {
    let mut last = Error::Io(io::Error::other(format!("{server} has no address that may be used")));
    for address in lookup_host(server).await? {
        let address = address.to_string();
        if !may_be(&address) {
            continue;
        }
        match log_in(DnsConfig::addr(&address)).await {
            Err(Error::Io(error)) if is_unreachable(&error) => last = Error::Io(error),
            done => return done,
        }
    }
    Err(last)
}

fn is_unreachable(error: &io::Error) -> bool {
    use io::ErrorKind as Kind;
    matches!(
        error.kind(),
        Kind::ConnectionRefused
            | Kind::HostUnreachable
            | Kind::NetworkUnreachable
            | Kind::AddrNotAvailable
            | Kind::TimedOut
    )
}

/// With STARTTLS (RFC 6120 §5.4). By our own hand, and not by the connectors of `tokio_xmpp`: they
/// leave no place for [`Bounded`].
async fn log_in_with_tls(at: DnsConfig, bot: &BareJid, password: &Secret) -> Result<Stream, Error> {
    let socket = Bounded::new(at.resolve().await?);
    let opening = opened(BufStream::new(socket), bot).await?;
    let (features, stream): (StreamFeatures, XmppStream<_>) = opening.recv_features().await?;
    if !features.can_starttls() {
        return Err(Error::Protocol(ProtocolError::NoTls));
    }
    let stream = proceed(stream).await?;
    // What came unencrypted behind the answer goes with its buffer: nobody has signed it.
    let socket = stream.into_inner().into_inner().into_inner();
    let (socket, binding) = establish_tls_connection(socket, bot.domain().as_str()).await?;
    let opening = opened(BufStream::new(Bounded::new(socket)), bot).await?;
    log_in(opening, binding, bot, password).await
}

/// Asks for TLS and waits until the server begins it.
async fn proceed<S: AsyncReadAndWrite>(mut stream: XmppStream<S>) -> Result<XmppStream<S>, Error> {
    let request = starttls::Nonza::Request(starttls::Request);
    stream.send(&XmppStreamElement::Starttls(request)).await?;
    loop {
        let element = stream.next().await;
        match element.map(|element| element.and_then(FallibleStreamElement::into_read_error)) {
            Some(Ok(XmppStreamElement::Starttls(starttls::Nonza::Proceed(_)))) => {
                return Ok(stream);
            }
            Some(Ok(_) | Err(ReadError::SoftTimeout)) => {}
            Some(Err(ReadError::HardError(error))) => return Err(error.into()),
            Some(Err(ReadError::ParseError(error))) => {
                return Err(io::Error::new(io::ErrorKind::InvalidData, error).into());
            }
            None | Some(Err(ReadError::StreamFooterReceived)) => return Err(Error::Disconnected),
        }
    }
}

async fn opened<S: AsyncReadAndWrite>(
    socket: S,
    bot: &BareJid,
) -> Result<PendingFeaturesRecv<S>, Error> {
    Ok(initiate_stream(socket, ns::CLIENT, header(bot), TIMEOUTS).await?)
}

fn header(bot: &BareJid) -> StreamHeader<'_> {
    StreamHeader { to: Some(bot.domain().as_str().into()), from: None, id: None }
}

async fn log_in<S: AsyncReadAndWrite + 'static>(
    opened: PendingFeaturesRecv<S>,
    channel_binding: ChannelBinding,
    bot: &BareJid,
    password: &Secret,
) -> Result<Stream, Error> {
    let (features, stream): (StreamFeatures, XmppStream<S>) = opened.recv_features().await?;
    let credentials = Credentials::default()
        .with_username(bot.node().map_or("", |node| node.as_str()))
        .with_password(password.expose())
        .with_channel_binding(channel_binding);
    let stream = login(stream, &features.sasl_mechanisms, credentials).await?;
    let (_, stream): (StreamFeatures, _) =
        stream.send_header(header(bot)).await?.recv_features().await?;
    Ok(stream.box_stream())
}

/// What a login that failed means: most of it passes, some of it never does.
fn because(error: &Error, bot: &BareJid) -> Failure {
    let refused = |why: &str| Failure::Refused(format!("{bot} cannot log in: {why}"));
    match error {
        Error::Auth(AuthError::Fail(SaslCondition::TemporaryAuthFailure)) => {
            Failure::Lost("the server cannot check passwords at the moment".into())
        }
        Error::Auth(AuthError::Fail(condition)) => {
            refused(&format!("the server says {condition:?}; check the address and the password"))
        }
        Error::Auth(AuthError::NoMechanism) => {
            refused("the server offers no way to log in that is known here")
        }
        Error::Auth(error) if is_unproven(error) => {
            refused("the server does not show that it knows the password; check --jid and --server")
        }
        Error::Auth(error) => refused(&format!("{error}; check the password")),
        Error::Protocol(ProtocolError::NoTls) => refused(
            "the server offers no STARTTLS; on this machine, use --allow-plaintext with --server",
        ),
        Error::StreamError(error) if error.0.condition == StreamCondition::HostUnknown => {
            refused("the server does not serve this domain; check --jid and --server")
        }
        Error::Io(io) => match io.get_ref().and_then(|inner| inner.downcast_ref()) {
            Some(rustls::Error::InvalidCertificate(why)) => {
                refused(&format!("the server's certificate is not good: {why:?}"))
            }
            _ => Failure::Lost(io.to_string()),
        },
        // Their own texts are made for whoever mends the resolver.
        Error::DnsNet(_) | Error::DnsProto(_) => Failure::Lost(format!(
            "DNS finds no server for {}; name it with --server",
            bot.domain()
        )),
        other => Failure::Lost(other.to_string()),
    }
}
