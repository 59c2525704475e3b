//! Mail, by SMTP to the operator's server.

use std::{fs, path::Path, time::Duration};

use lettre::{
    AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    message::{
        Mailbox,
        header::{ContentType, HeaderName, HeaderValue},
    },
    transport::smtp::{
        Error,
        authentication::Credentials,
        client::{Certificate, CertificateStore, Tls, TlsParameters},
    },
};

use crate::{
    config::{Email, Security},
    ops::letter::{Claimed, Tried},
};

/// How long the server may take for one answer.
const ANSWER: Duration = Duration::from_secs(20);

/// Why no mail can be sent.
type Fault = Box<dyn std::error::Error + Send + Sync>;

/// Sends mail.
#[derive(Debug, Clone)]
pub struct Mail {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

impl Mail {
    /// One that sends as the operator wants it.
    ///
    /// # Errors
    /// When no TLS can be set up, or the file of authorities cannot be read.
    pub fn new(config: &Email) -> Result<Self, Fault> {
        let (host, port) = config.host_and_port();
        let tls = || parameters(host, config.ca_file.as_deref());
        let tls = match config.security {
            Security::Tls => Tls::Wrapper(tls()?),
            Security::StartTls => Tls::Required(tls()?),
            Security::None => Tls::None,
        };
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(host)
            .port(port)
            .tls(tls)
            .timeout(Some(ANSWER));
        if let (Some(user), Some(password)) = (&config.user, &config.password) {
            let password = password.expose().to_owned();
            builder = builder.credentials(Credentials::new(user.clone(), password));
        }
        Ok(Self { transport: builder.build(), from: config.from.clone() })
    }

    /// Sends a letter.
    pub async fn send(&self, letter: &Claimed) -> Tried {
        let message = match self.message(letter) {
            Ok(message) => message,
            Err(problem) => return Tried::Refused(problem),
        };
        match self.transport.send(message).await {
            Ok(_) => Tried::Taken,
            Err(error) => tried(&error),
        }
    }

    /// The whole mail: plain text, with the letter's own id, so that servers and readers know a
    /// second copy for what it is (RFC 5322 §3.6.4).
    fn message(&self, letter: &Claimed) -> Result<Message, String> {
        let to = letter.to.shown().parse().map_err(|error| format!("no mail address: {error}"))?;
        let domain = self.from.email.domain();
        let mut builder = Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .subject(letter.subject.clone())
            .message_id(Some(format!("<{}@{domain}>", letter.id)))
            // RFC 3834 §5: nobody's absence is told to us.
            .raw_header(raw("Auto-Submitted", "auto-generated"))
            .header(ContentType::TEXT_PLAIN);
        if let Some(stop) = &letter.stop {
            // RFC 2369 §3.2.
            builder = builder.raw_header(raw("List-Unsubscribe", &format!("<{stop}>")));
        }
        builder.body(letter.text.clone()).map_err(|error| error.to_string())
    }
}

/// What is trusted: the authorities in the file, or those that this machine trusts.
fn parameters(host: &str, ca_file: Option<&Path>) -> Result<TlsParameters, Fault> {
    let mut builder = TlsParameters::builder(host.to_owned());
    if let Some(file) = ca_file {
        builder = builder
            .certificate_store(CertificateStore::None)
            .add_root_certificate(Certificate::from_pem(&fs::read(file)?)?);
    }
    Ok(builder.build()?)
}

fn raw(name: &'static str, value: &str) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value.to_owned())
}

/// A server's 5xx is the end (RFC 5321 §4.2.1), but for those that say that it does not know us:
/// the operator will mend that.
fn tried(error: &Error) -> Tried {
    let status = error.status().map(u16::from);
    let about_us = status.is_some_and(|status| matches!(status, 530 | 534 | 535 | 538));
    if error.is_permanent() && !about_us {
        Tried::Refused(error.to_string())
    } else {
        Tried::Later(error.to_string())
    }
}
