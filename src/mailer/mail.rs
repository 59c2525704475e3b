//! Mail, by SMTP to the operator's server.

use std::{fmt::Write, sync::Arc};

use base64::{Engine, prelude::BASE64_STANDARD};
use lettre::{
    Message,
    message::{
        Mailbox,
        header::{ContentType, HeaderName, HeaderValue},
    },
    transport::smtp::response::Severity,
};

use super::smtp::{Server, SmtpFault};
use crate::{
    config::Email,
    http_client,
    post::letter::{Claimed, Tried},
};

/// What an encoded word begins with (RFC 2047 §2).
const ENCODED: &str = "=?";
/// The most bytes in one of ours: behind the name of its header it fits into a line of 76 characters.
const WORD: usize = 39;
/// The most characters of what a server says that are kept.
const SHOWN: usize = 500;

/// Sends mail.
#[derive(Debug, Clone)]
pub struct Mail {
    server: Arc<Server>,
    from: Mailbox,
}

impl Mail {
    /// One that sends as the operator wants it.
    ///
    /// # Errors
    /// When no TLS can be set up, or the file of authorities cannot be read.
    pub fn new(config: &Email) -> Result<Self, http_client::Fault> {
        Ok(Self { server: Arc::new(Server::new(config)?), from: config.from.clone() })
    }

    /// Sends a letter.
    pub async fn send(&self, letter: &Claimed) -> Tried {
        let message = match self.message(letter) {
            Ok(message) => message,
            Err(problem) => return Tried::Refused(problem),
        };
        match self.server.send(&message).await {
            Ok(()) => Tried::Taken,
            Err(fault) => tried(&fault),
        }
    }

    /// The whole mail: plain text, with the letter's own id, so that servers and readers know a
    /// second copy for what it is (RFC 5322 §3.6.4).
    fn message(&self, letter: &Claimed) -> Result<Message, String> {
        // In an address there is no `?`, so nothing in it looks like an encoded word.
        let to = letter.to.shown().parse().map_err(|error| format!("no mail address: {error}"))?;
        let domain = self.from.email.domain();
        let mut builder = Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .raw_header(words("Subject", &letter.subject))
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

fn raw(name: &'static str, value: &str) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value.to_owned())
}

/// A header with words of others in it. If some look like an encoded word, all of it is written as
/// such: lettre writes what is ASCII as it is, and readers would show what those words say.
fn words(name: &'static str, text: &str) -> HeaderValue {
    if !text.contains(ENCODED) {
        return raw(name, text);
    }
    let (mut written, mut rest) = (String::new(), text);
    while !rest.is_empty() {
        // No character is in two words (RFC 2047 §5).
        let (word, more) = rest.split_at(rest.floor_char_boundary(WORD));
        let fold = if written.is_empty() { "" } else { "\r\n " };
        // Writing into a string cannot fail.
        let _ = write!(written, "{fold}=?utf-8?b?{}?=", BASE64_STANDARD.encode(word));
        rest = more;
    }
    let name = HeaderName::new_from_ascii_str(name);
    HeaderValue::dangerous_new_pre_encoded(name, text.to_owned(), written)
}

/// A server's 5xx is the end (RFC 5321 §4.2.1), but for those that say that it does not know us:
/// the operator will mend that.
fn tried(fault: &SmtpFault) -> Tried {
    // It is the server's text, and one line of the log.
    let clean = |symbol: char| if symbol.is_control() { ' ' } else { symbol };
    let why = fault.to_string().chars().take(SHOWN).map(clean).collect();
    let code = fault.code();
    let is_final = code.is_some_and(|it| it.severity == Severity::PermanentNegativeCompletion);
    let about_us = matches!(code.map(u16::from), Some(530 | 534 | 535 | 538));
    if is_final && !about_us { Tried::Refused(why) } else { Tried::Later(why) }
}

#[cfg(test)]
mod tests {
    use percent_encoding::percent_decode_str;

    use super::*;
    use crate::{
        config::Security,
        domain::{
            address::Address,
            clock::Millis,
            letter::{Channel, LetterId},
        },
    };

    fn mail() -> Mail {
        Mail::new(&Email {
            server: "localhost:25".into(),
            security: Security::None,
            ca_file: None,
            user: None,
            password: None,
            from: "Share <share@x.lit>".parse().unwrap(),
            per_day: 1,
            allow_plaintext: false,
        })
        .unwrap()
    }

    fn written(subject: &str) -> String {
        let letter = Claimed {
            id: LetterId(uuid::Uuid::nil()),
            to: Address::parse("mailto:paris@x.lit").unwrap(),
            account: "juliet@capulet.lit".into(),
            kind: None,
            channel: Channel::Mail,
            lang: None,
            subject: subject.into(),
            text: "Hello.".into(),
            stop: None,
            attempt: 1,
            made: Millis(0),
            again: false,
            needless: false,
        };
        let message = mail().message(&letter).unwrap();
        String::from_utf8(message.formatted()).unwrap()
    }

    /// What a lax reader shows of the subject: an encoded word is one to it, whatever is around it
    /// (RFC 2047 §6.2 wants white space there), and what is between two of them is nothing.
    fn shown(mail: &str) -> String {
        let (_, subject) = mail.split_once("\r\nSubject: ").unwrap();
        let folded = subject.split("\r\n").enumerate();
        let folded = folded.take_while(|(n, line)| *n == 0 || line.starts_with(' '));
        let line: String = folded.map(|(_, line)| line).collect();
        let (mut bytes, mut rest) = (Vec::new(), line.as_str());
        while let Some((before, word)) = rest.split_once("=?") {
            let mut parts = word.splitn(3, '?');
            let (_, kind) = (parts.next(), parts.next().unwrap());
            let (word, behind) = parts.next().unwrap().split_once("?=").unwrap();
            if bytes.is_empty() || !before.trim().is_empty() {
                bytes.extend_from_slice(before.as_bytes());
            }
            if kind.eq_ignore_ascii_case("b") {
                bytes.extend(BASE64_STANDARD.decode(word).unwrap());
            } else {
                let word = word.replace('_', " ").replace('=', "%");
                bytes.extend(percent_decode_str(&word));
            }
            rest = behind;
        }
        bytes.extend_from_slice(rest.as_bytes());
        String::from_utf8(bytes).unwrap()
    }

    #[tokio::test]
    async fn a_subject_is_shown_as_it_is_whatever_somebody_is_called() {
        let word = "=?utf-8?q?pay_at_https=3a=2f=2fevil=2eexample=2fp=0a?=@f.ex";
        let long = format!("{} {word} {}", "银高脚杯".repeat(30), "a".repeat(200));
        for subject in [
            &format!("{word} would like to show you something."),
            &format!("罗密欧 {word} 想给你看样东西"),
            &format!("Ro{word}"),
            "=?utf-8?b?cGF5?= =?x?= ?=",
            "123 456 is your code",
            "罗密欧 想给你看样东西",
            &long,
        ] {
            let mail = written(subject);
            assert_eq!(shown(&mail), subject);
            assert!(mail.lines().all(|line| line.len() <= 998), "RFC 5322 §2.1.1: {mail}");
        }
        let plain = written("123 456 is your code");
        assert!(plain.contains("\r\nSubject: 123 456 is your code\r\n"), "{plain}");
    }
}
