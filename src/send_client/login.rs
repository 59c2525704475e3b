//! SASL (RFC 6120 §6). By our own hand, for `tokio_xmpp` does not look at what a server says when it
//! lets somebody in: by that a server shows that it knows the password too (RFC 5802 §3).

use std::{collections::BTreeSet, io, str::FromStr};

use futures_util::{SinkExt, StreamExt};
use sasl::{
    client::{
        Mechanism, MechanismError,
        mechanisms::{Plain, Scram},
    },
    common::{
        Credentials,
        scram::{Sha1, Sha256},
    },
};
use tokio::io::{AsyncBufRead, AsyncWrite};
use tokio_xmpp::{
    Error,
    error::{AuthError, ProtocolError},
    xmlstream::{
        FallibleStreamElement, InitiatingStream, ReadError, XmppStream, XmppStreamElement,
    },
};
use xmpp_parsers::sasl::{Auth, Mechanism as Name, Nonza, Response};

/// Logs in by the best of the mechanisms that the server has `offered`, and gives the stream, which
/// begins anew.
///
/// # Errors
/// When none of them is known here, when the server refuses, and when it does not prove by SCRAM that
/// it knows the password.
pub(super) async fn login<S: AsyncBufRead + AsyncWrite + Unpin>(
    mut stream: XmppStream<S>,
    offered: &BTreeSet<String>,
    credentials: Credentials,
) -> Result<InitiatingStream<S>, Error> {
    let mut mechanism = best(offered, credentials)?;
    let auth = Auth {
        mechanism: Name::from_str(mechanism.name()).map_err(ProtocolError::Parsers)?,
        data: mechanism.initial(),
    };
    stream.send(&XmppStreamElement::Sasl(Nonza::Auth(auth))).await?;
    loop {
        match next(&mut stream).await? {
            Nonza::Challenge(challenge) => {
                let data = mechanism.response(&challenge.data).map_err(AuthError::Sasl)?;
                let response = Nonza::Response(Response { data });
                stream.send(&XmppStreamElement::Sasl(response)).await?;
            }
            Nonza::Success(success) => {
                mechanism.success(&success.data).map_err(AuthError::Sasl)?;
                return Ok(stream.initiate_reset());
            }
            Nonza::Failure(failure) => {
                return Err(AuthError::Fail(failure.defined_condition).into());
            }
            Nonza::Auth(_) | Nonza::Response(_) | Nonza::Abort(_) => return Err(out_of_place()),
        }
    }
}

fn best(
    offered: &BTreeSet<String>,
    credentials: Credentials,
) -> Result<Box<dyn Mechanism + Send>, AuthError> {
    let known: [Result<Box<dyn Mechanism + Send>, MechanismError>; 3] = [
        Scram::<Sha256>::from_credentials(credentials.clone()).map(|it| Box::new(it) as _),
        Scram::<Sha1>::from_credentials(credentials.clone()).map(|it| Box::new(it) as _),
        Plain::from_credentials(credentials).map(|it| Box::new(it) as _),
    ];
    for mechanism in known {
        let mechanism = mechanism.map_err(AuthError::Sasl)?;
        if offered.contains(mechanism.name()) {
            return Ok(mechanism);
        }
    }
    Err(AuthError::NoMechanism)
}

/// What the server says next about the login.
async fn next<S: AsyncBufRead + AsyncWrite + Unpin>(
    stream: &mut XmppStream<S>,
) -> Result<Nonza, Error> {
    loop {
        let element = stream.next().await;
        match element.map(|element| element.and_then(FallibleStreamElement::into_read_error)) {
            Some(Ok(XmppStreamElement::Sasl(nonza))) => return Ok(nonza),
            Some(Ok(_)) => return Err(out_of_place()),
            Some(Err(ReadError::SoftTimeout)) => {}
            Some(Err(ReadError::HardError(error))) => return Err(error.into()),
            Some(Err(ReadError::ParseError(error))) => {
                return Err(io::Error::new(io::ErrorKind::InvalidData, error).into());
            }
            None | Some(Err(ReadError::StreamFooterReceived)) => return Err(Error::Disconnected),
        }
    }
}

fn out_of_place() -> Error {
    io::Error::new(io::ErrorKind::InvalidData, "the server speaks of something else in a login")
        .into()
}

/// Whether that is a server that has not shown that it knows the password.
pub(super) fn is_unproven(error: &AuthError) -> bool {
    matches!(
        error,
        AuthError::Sasl(
            MechanismError::CannotDecodeSuccessResponse
                | MechanismError::InvalidSignatureInSuccessResponse
                | MechanismError::InvalidState
                | MechanismError::NoSignatureInSuccessResponse
        )
    )
}

#[cfg(test)]
mod tests {
    use base64::{Engine, prelude::BASE64_STANDARD};
    use sasl::common::{ChannelBinding, Password, scram::ScramProvider};
    use tokio::io::{AsyncReadExt, AsyncWriteExt, BufStream, DuplexStream, duplex};
    use tokio_xmpp::xmlstream::{StreamHeader, Timeouts, initiate_stream};
    use xmpp_parsers::stream_features::StreamFeatures;

    use super::*;
    use crate::wire::ns;

    const SASL: &str = "urn:ietf:params:xml:ns:xmpp-sasl";

    /// Reads until `end`, and gives what stands in the last element.
    async fn heard(server: &mut DuplexStream, end: &str) -> String {
        let (mut text, mut part) = (String::new(), [0; 4096]);
        while !text.contains(end) {
            let count = server.read(&mut part).await.unwrap();
            assert_ne!(count, 0, "it has gone");
            text.push_str(std::str::from_utf8(&part[..count]).unwrap());
        }
        let inside = text.rsplit_once("</").map_or("", |(before, _)| before);
        let data = inside.rsplit_once('>').map_or("", |(_, data)| data);
        String::from_utf8(BASE64_STANDARD.decode(data).unwrap_or_default()).unwrap()
    }

    async fn say(server: &mut DuplexStream, name: &str, data: &str) {
        let data = BASE64_STANDARD.encode(data);
        let xml = format!("<{name} xmlns='{SASL}'>{data}</{name}>");
        server.write_all(xml.as_bytes()).await.unwrap();
    }

    /// What comes of a login at a server that ends it so: with what `ends` makes of the right proof,
    /// or with nothing, at once when it does not challenge.
    async fn ended(challenges: bool, ends: impl Fn(String) -> Option<String>) -> Result<(), Error> {
        let (mut server, ours) = duplex(1 << 16);
        let client = async {
            let silence = std::time::Duration::from_secs(9);
            let timeouts = Timeouts { read_timeout: silence, response_timeout: silence };
            let header = StreamHeader { to: Some("x.lit".into()), from: None, id: None };
            let ours = BufStream::new(ours);
            let opened = initiate_stream(ours, ns::CLIENT, header, timeouts).await?;
            let (features, stream): (StreamFeatures, XmppStream<_>) =
                opened.recv_features().await?;
            let credentials = Credentials::default()
                .with_username("bot")
                .with_password("s3cret")
                .with_channel_binding(ChannelBinding::None);
            login(stream, &features.sasl_mechanisms, credentials).await.map(|_| ())
        };
        let server = async {
            let server = &mut server;
            heard(server, "stream").await;
            let opens = format!(
                "<?xml version='1.0'?><stream:stream xmlns='jabber:client' \
                 xmlns:stream='http://etherx.jabber.org/streams' version='1.0' id='1'>\
                 <stream:features><mechanisms xmlns='{SASL}'>\
                 <mechanism>SCRAM-SHA-1</mechanism></mechanisms></stream:features>"
            );
            server.write_all(opens.as_bytes()).await.unwrap();
            let first = heard(server, "</auth>").await;
            let first = first.strip_prefix("n,,").unwrap();
            let mut proof = String::new();
            if challenges {
                let nonce = first.split_once(",r=").unwrap().1;
                let challenge = format!("r={nonce}more,s=c2FsdA==,i=4096");
                say(server, "challenge", &challenge).await;
                let last = heard(server, "</response>").await;
                let said = last.split_once(",p=").unwrap().0;
                let password = Password::Plain("s3cret".into());
                let salted = Sha1::derive(&password, b"salt", 4096).unwrap();
                let key = Sha1::hmac(b"Server Key", &salted).unwrap();
                let all = format!("{first},{challenge},{said}");
                let signature = Sha1::hmac(all.as_bytes(), &key).unwrap();
                proof = format!("v={}", BASE64_STANDARD.encode(signature));
            }
            if let Some(data) = ends(proof) {
                say(server, "success", &data).await;
            } else {
                let xml = format!("<success xmlns='{SASL}'/>");
                server.write_all(xml.as_bytes()).await.unwrap();
            }
        };
        tokio::join!(client, server).0
    }

    #[tokio::test]
    async fn a_server_lets_in_by_showing_that_it_knows_the_password() {
        ended(true, Some).await.unwrap();
        for refused in [
            ended(true, |_| Some("v=AAAA".into())).await,
            ended(true, |proof| Some(proof.replace("v=", "x="))).await,
            ended(true, |_| None).await,
            ended(false, |_| None).await,
            ended(false, |_| Some("v=AAAA".into())).await,
        ] {
            let Err(Error::Auth(error)) = refused else { panic!("{refused:?}") };
            assert!(is_unproven(&error), "{error}");
        }
    }
}
