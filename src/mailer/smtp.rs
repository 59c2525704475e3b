//! The way to the operator's mail server: the connection, its encryption, and who we are there.
//!
//! lettre leads the conversation, over a stream that counts. What is said before STARTTLS is said
//! here: lettre would keep what it has read ahead of TLS, which anybody on the way can write, and
//! take it for what the server says.

use std::{io, sync::Arc, time::Duration};

use lettre::{
    Message,
    transport::smtp::{
        self,
        authentication::{Credentials, DEFAULT_MECHANISMS},
        client::{AsyncSmtpConnection, AsyncTokioStream},
        commands::{Ehlo, Starttls},
        extension::ClientId,
        response::{Code, Response},
    },
};
use tokio::{
    io::{AsyncBufRead, AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader},
    net::{TcpStream, lookup_host},
    time::timeout,
};
use tokio_rustls::{
    TlsConnector,
    client::TlsStream,
    rustls::{ClientConfig, pki_types::ServerName},
};

use super::counted::Counted;
use crate::{
    config::{Email, Security},
    http_client,
};

/// How long a connection to one address may take.
const CONNECTED: Duration = Duration::from_secs(20);
/// How long the server may take to say goodbye.
const FAREWELL: Duration = Duration::from_secs(5);

/// Why a mail was not sent.
#[derive(Debug, thiserror::Error)]
pub(super) enum SmtpFault {
    /// In the conversation.
    #[error(transparent)]
    Smtp(#[from] smtp::Error),
    /// On the way.
    #[error("connection error: {0}")]
    Connection(#[from] io::Error),
    /// Before TLS. Whatever it is, nobody vouches for it.
    #[error("the server does not begin TLS: {0}")]
    BeforeTls(String),
}

impl SmtpFault {
    /// What the server has answered, if that is why.
    pub(super) fn code(&self) -> Option<Code> {
        match self {
            Self::Smtp(error) => error.status(),
            Self::Connection(_) | Self::BeforeTls(_) => None,
        }
    }
}

/// Where mail goes.
#[derive(Debug)]
pub(super) struct Server {
    host: String,
    port: u16,
    way: Way,
    login: Option<Credentials>,
    hello: ClientId,
}

#[derive(Debug)]
enum Way {
    Plain,
    Tls(Tls),
    StartTls(Tls),
}

#[derive(Debug)]
struct Tls {
    config: Arc<ClientConfig>,
    name: ServerName<'static>,
}

impl Server {
    /// As the operator has described it.
    ///
    /// # Errors
    /// When no TLS can be set up, or the file of authorities cannot be read.
    pub(super) fn new(config: &Email) -> Result<Self, http_client::Fault> {
        let (host, port) = config.host_and_port();
        let tls = || {
            let name = ServerName::try_from(host.to_owned())?;
            Ok::<_, http_client::Fault>(Tls {
                config: http_client::trusting(config.ca_file.as_deref())?,
                name,
            })
        };
        let way = match config.security {
            Security::Tls => Way::Tls(tls()?),
            Security::StartTls => Way::StartTls(tls()?),
            Security::None => Way::Plain,
        };
        let login = config.user.clone().zip(config.password.as_ref());
        Ok(Self {
            host: host.to_owned(),
            port,
            way,
            login: login.map(|(user, password)| Credentials::new(user, password.expose().into())),
            hello: ClientId::default(),
        })
    }

    /// Has it take a mail.
    ///
    /// # Errors
    /// [`SmtpFault`]. Whether the mail was taken all the same is then not known, unless the fault has a
    /// code.
    pub(super) async fn send(&self, message: &Message) -> Result<(), SmtpFault> {
        let mut server = self.connect().await?;
        if let Some(login) = &self.login {
            server.auth(DEFAULT_MECHANISMS, login).await?;
        }
        server.send(message.envelope(), &message.formatted()).await?;
        // It is taken, whatever is said to a farewell.
        let _ = timeout(FAREWELL, server.abort()).await;
        Ok(())
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, SmtpFault> {
        let stream = self.reach().await?;
        let stream: Box<dyn AsyncTokioStream> = match &self.way {
            Way::Plain => Box::new(Counted::answers(stream)),
            Way::Tls(tls) => Box::new(tls.begin(stream).await?),
            Way::StartTls(tls) => {
                let mut plain = Counted::answers(stream);
                ask_for_tls(&mut plain, &self.hello).await?;
                Box::new(tls.begin(plain.into_inner()).await?.greeted())
            }
        };
        Ok(AsyncSmtpConnection::connect_with_transport(stream, &self.hello).await?)
    }

    async fn reach(&self) -> io::Result<TcpStream> {
        let mut why = io::Error::new(io::ErrorKind::NotFound, "its name has no address");
        for address in lookup_host((self.host.as_str(), self.port)).await? {
            match timeout(CONNECTED, TcpStream::connect(address)).await {
                Ok(Ok(stream)) => return Ok(stream),
                Ok(Err(error)) => why = error,
                Err(_) => why = io::ErrorKind::TimedOut.into(),
            }
        }
        Err(why)
    }
}

impl Tls {
    /// Counted below TLS, because records may hold nothing, and above it, where answers are.
    async fn begin(&self, stream: TcpStream) -> io::Result<Counted<TlsStream<Counted<TcpStream>>>> {
        let connector = TlsConnector::from(Arc::clone(&self.config));
        let stream = connector.connect(self.name.clone(), Counted::encrypted(stream)).await?;
        Ok(Counted::answers(stream))
    }
}

/// Everything before TLS (RFC 3207 §4).
async fn ask_for_tls<S>(stream: &mut Counted<S>, hello: &ClientId) -> Result<(), SmtpFault>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut stream = BufReader::new(stream);
    answer(&mut stream).await?;
    stream.write_all(Ehlo::new(hello.clone()).to_string().as_bytes()).await?;
    stream.flush().await?;
    let offers = answer(&mut stream).await?;
    // The first line is its name.
    let mut words = offers.message().skip(1).filter_map(|line| line.split_whitespace().next());
    if !words.any(|word| word.eq_ignore_ascii_case("STARTTLS")) {
        return Err(SmtpFault::BeforeTls("it does not offer STARTTLS".into()));
    }
    stream.write_all(Starttls.to_string().as_bytes()).await?;
    stream.flush().await?;
    answer(&mut stream).await?;
    if stream.buffer().is_empty() {
        Ok(())
    } else {
        Err(SmtpFault::BeforeTls("more is said in the name of the server than it was asked".into()))
    }
}

/// The next answer, if it is a good one.
async fn answer(stream: &mut (impl AsyncBufRead + Unpin)) -> Result<Response, SmtpFault> {
    let mut text = String::new();
    loop {
        let begin = text.len();
        if stream.read_line(&mut text).await? == 0 {
            return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
        }
        // Behind a line with a hyphen comes another (RFC 5321 §4.2.1).
        if text.as_bytes().get(begin + 3) != Some(&b'-') {
            break;
        }
    }
    let answer: Response = text.parse()?;
    if answer.is_positive() {
        Ok(answer)
    } else {
        Err(SmtpFault::BeforeTls(text.trim_end().into()))
    }
}

#[cfg(test)]
mod tests {
    use tokio::{
        io::{AsyncReadExt, duplex},
        net::TcpListener,
    };

    use super::*;
    use crate::config::Secret;

    /// What comes of a server that says this in turn, and what it has heard.
    async fn asked(says: &[&str]) -> (Result<(), String>, String) {
        let (mut server, ours) = duplex(1 << 20);
        let mut ours = Counted::answers(ours);
        let hello = ClientId::Domain("us".into());
        let (mut heard, mut part) = (Vec::new(), [0; 1000]);
        let talks = async {
            for (n, words) in says.iter().enumerate() {
                if n > 0 {
                    let count = server.read(&mut part).await.unwrap();
                    heard.extend_from_slice(&part[..count]);
                }
                server.write_all(words.as_bytes()).await.unwrap();
            }
        };
        let (asked, ()) = tokio::join!(ask_for_tls(&mut ours, &hello), talks);
        (asked.map_err(|fault| fault.to_string()), String::from_utf8(heard).unwrap())
    }

    #[tokio::test]
    async fn the_server_hears_who_we_are_before_the_mail() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let config = Email {
            server: listener.local_addr().unwrap().to_string(),
            security: Security::None,
            ca_file: None,
            user: Some("joe".into()),
            password: Some(Secret::new("s3cret".into())),
            from: "us@x.lit".parse().unwrap(),
            per_day: 1,
            allow_plaintext: false,
        };
        let ours = Server::new(&config).unwrap();
        let mail = Message::builder().from(config.from.clone()).to(config.from.clone());
        let mail = mail.body("Hello.".to_owned()).unwrap();
        let server = async {
            let mut stream = BufReader::new(listener.accept().await.unwrap().0);
            let mut heard = String::new();
            let says = ["220 x", "250-x\r\n250 AUTH PLAIN", "235 in", "250 a", "250 b", "354 c"];
            for words in says {
                stream.write_all(format!("{words}\r\n").as_bytes()).await.unwrap();
                stream.read_line(&mut heard).await.unwrap();
            }
            while !heard.ends_with("\r\n.\r\n") {
                stream.read_line(&mut heard).await.unwrap();
            }
            stream.write_all(b"250 taken\r\n").await.unwrap();
            heard
        };
        let (sent, heard) = tokio::join!(ours.send(&mail), server);
        sent.unwrap();
        let words: Vec<&str> = heard.lines().skip(1).take(4).collect();
        let login = "AUTH PLAIN AGpvZQBzM2NyZXQ=";
        assert_eq!(words, [login, "MAIL FROM:<us@x.lit>", "RCPT TO:<us@x.lit>", "DATA"]);
    }

    #[tokio::test]
    async fn tls_is_asked_for_and_nothing_said_before_it_is_final_or_goes_on_behind_it() {
        let (greeting, offers) = ("220-a\r\n220 b\r\n", "250-x\r\n250-  \r\n250 starttls\r\n");
        let (done, heard) = asked(&[greeting, offers, "220 go\r\n"]).await;
        assert_eq!((done, heard.as_str()), (Ok(()), "EHLO us\r\nSTARTTLS\r\n"));
        for (says, why) in [
            (vec!["554 no\r\n"], "554 no"),
            (vec![greeting, "250-starttls\r\n250 8BITMIME\r\n"], "does not offer"),
            (vec![greeting, offers, "454 not now\r\n"], "454 not now"),
            (vec![greeting, offers, "220 go\r\n250 AUTH PLAIN\r\n"], "more is said"),
            (vec!["220-\r\n".repeat(65).as_str()], "look at what listens"),
            (vec![greeting, "x".repeat(10_000).as_str()], "look at what listens"),
            (vec!["220 \u{1f}\n"], "response error"),
        ] {
            let (refused, _) = asked(&says).await;
            let refused = refused.unwrap_err();
            assert!(refused.contains(why), "{refused}");
        }
        let fault = SmtpFault::BeforeTls("554 no".into());
        assert!(fault.code().is_none());
    }
}
