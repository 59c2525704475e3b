//! `[email]` and `[sms]`: what letters are sent by.

#![expect(
    clippy::needless_pass_by_value,
    reason = "one shape for all checks, so that `Source` can call any"
)]

use std::{
    fs,
    ops::RangeInclusive,
    path::{Path, PathBuf},
};

use lettre::message::Mailbox;
use serde::{Serialize, Serializer};
use url::Url;

use super::{
    check,
    invalid::Invalid,
    output::text,
    secret::Secret,
    source::{self, Source, secret_of},
    template::{Body, Words, known},
};

/// `[email]`
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Email {
    /// Host and port of the SMTP server.
    pub server: String,
    /// How the way there is encrypted.
    pub security: Security,
    /// Where the certificates of the authorities are that it may have its own from; without it
    /// those that this machine trusts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ca_file: Option<PathBuf>,
    /// Who we are there, if it asks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// There with `user`.
    #[serde(skip)]
    pub password: Option<Secret>,
    /// Who writes.
    #[serde(serialize_with = "text")]
    pub from: Mailbox,
    /// Mails in 24 hours.
    pub per_day: i64,
    /// Whether mail may leave this machine unencrypted.
    pub allow_plaintext: bool,
}

/// How the way to the SMTP server is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Security {
    /// From the first byte (RFC 8314 §3.3).
    Tls,
    /// After a command, and not without it (RFC 3207).
    StartTls,
    /// Not at all.
    None,
}

impl Email {
    /// Both parts of `server`.
    #[must_use]
    pub fn host_and_port(&self) -> (&str, u16) {
        let (host, port) = self.server.rsplit_once(':').unwrap_or((&self.server, ""));
        (host.trim_matches(['[', ']']), port.parse().unwrap_or(25))
    }
}

/// `[sms]`
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Sms {
    /// Where they go.
    #[serde(flatten)]
    pub road: SmsRoad,
    /// SMS in 24 hours.
    pub per_day: i64,
}

/// Where SMS go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum SmsRoad {
    /// To a provider, by HTTP.
    Http(Box<HttpSms>),
    /// To an XMPP gateway: `+%n@sms.example`.
    Xmpp {
        /// With `%n` for the digits of the number.
        xmpp: String,
    },
}

/// What a provider is asked by HTTP.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HttpSms {
    /// Where it listens; values of the query may hold places.
    #[serde(serialize_with = "text")]
    pub url: Url,
    /// Where the certificates of the authorities are that it may have its own from; without it
    /// those that this machine trusts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ca_file: Option<PathBuf>,
    /// `POST`, `PUT` or `GET`.
    pub method: String,
    /// What it is sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<Body>,
    /// Names and values, which may hold places.
    #[serde(serialize_with = "headers")]
    pub headers: Vec<(String, String)>,
    /// What `{secret}` stands for.
    #[serde(skip)]
    pub secret: Option<Secret>,
    /// The answers that mean that it was taken.
    #[serde(serialize_with = "range")]
    pub success: RangeInclusive<u16>,
    /// Where the answer, which is JSON, must then hold `success_value` besides.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub success_pointer: Option<String>,
    /// There with `success_pointer`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub success_value: Option<String>,
}

impl HttpSms {
    /// The address with the places of its query filled.
    #[must_use]
    pub fn url_for(&self, words: &Words<'_>) -> Url {
        let mut url = self.url.clone();
        if url.query().is_some() {
            let pairs: Vec<(String, String)> =
                url.query_pairs().map(|(name, value)| (name.into(), words.fill(&value))).collect();
            url.query_pairs_mut().clear().extend_pairs(pairs);
        }
        url
    }
}

/// Every key of `section` besides `besides` that is written is one too many.
fn nothing_else(
    source: &Source,
    section: &str,
    besides: &[&str],
    why: &str,
) -> Result<(), Invalid> {
    let written = source.written(section).find(|key| !besides.contains(&key.as_str()));
    written.map_or(Ok(()), |key| {
        let path = format!("{section}.{key}");
        Err(Invalid::at(&source.place(&path), &path, why))
    })
}

pub(super) fn email(source: &Source, credentials: Option<&Path>) -> Result<Option<Email>, Invalid> {
    let Some(server) = source.optional("email.server", check::server)? else {
        nothing_else(source, "email", &[], "there is no email.server that it is for")?;
        return Ok(None);
    };
    let security = source.or("email.security", "starttls".into(), security)?;
    let allow_plaintext = source.or("email.allow_plaintext", false, check::any)?;
    if security == Security::None && !allow_plaintext && !check::is_loopback(&server) {
        return Err(Invalid::at(
            &source.place("email.server"),
            "email.server",
            "mail would leave this machine unencrypted; use email.security = \"starttls\" or \
             \"tls\", or set email.allow_plaintext = true",
        ));
    }
    let user = source.optional("email.user", check::not_empty)?;
    let password =
        secret_of(source, "email.password", "email_password", credentials, check::secret)?;
    match (&user, &password) {
        (Some(_), Some(_)) | (None, None) => {}
        (Some(_), None) => return Err(source::missing("email.password")),
        (None, Some(_)) => return Err(source::missing("email.user")),
    }
    Ok(Some(Email {
        server,
        security,
        ca_file: source.optional("email.ca_file", ca_file)?,
        user,
        password,
        from: source.required("email.from", mailbox)?,
        per_day: source.or("email.per_day", 500, check::number(0..=10_000_000))?,
        allow_plaintext,
    }))
}

pub(super) fn sms(source: &Source, credentials: Option<&Path>) -> Result<Option<Sms>, Invalid> {
    let per_day = source.or("sms.per_day", 100, check::number(0..=10_000_000))?;
    let url = source.optional("sms.url", gateway)?;
    let xmpp = source.optional("sms.xmpp", pattern)?;
    let road = match (url, xmpp) {
        (Some(_), Some(_)) => {
            let place = source.place("sms.xmpp");
            return Err(Invalid::at(&place, "sms.xmpp", "sms.url is given too; keep one of them"));
        }
        (None, None) => {
            let why = "there is no sms.url or sms.xmpp that it is for";
            nothing_else(source, "sms", &[], why)?;
            return Ok(None);
        }
        (None, Some(xmpp)) => {
            let why = "it is for sms.url, and there is sms.xmpp";
            nothing_else(source, "sms", &["xmpp", "per_day"], why)?;
            SmsRoad::Xmpp { xmpp }
        }
        (Some(url), None) => SmsRoad::Http(Box::new(http(source, credentials, url)?)),
    };
    Ok(Some(Sms { road, per_day }))
}

fn http(source: &Source, credentials: Option<&Path>, url: Url) -> Result<HttpSms, Invalid> {
    let method = source.or("sms.method", "POST".into(), method)?;
    let body = source.optional("sms.body", Body::parse)?;
    let pointer = source.optional("sms.success_pointer", pointer)?;
    let value = source.optional("sms.success_value", check::any)?;
    match (&pointer, &value) {
        (Some(_), Some(_)) | (None, None) => {}
        (Some(_), None) => return Err(source::missing("sms.success_value")),
        (None, Some(_)) => return Err(source::missing("sms.success_pointer")),
    }
    let query: String = url.query_pairs().map(|(_, value)| value + "\n").collect();
    let whole = query + &body.as_ref().map_or_else(String::new, ToString::to_string);
    let says = |name: &str| whole.contains(name);
    if !says("{text}") || !(says("{to}") || says("{digits}")) {
        let key = if body.is_some() { "sms.body" } else { "sms.url" };
        let why = "neither sms.body nor the query of sms.url says where number and text go: they \
                   need {text}, and {to} (+390455550100) or {digits} (390455550100)";
        return Err(Invalid::at(&source.place(key), key, why));
    }
    Ok(HttpSms {
        url,
        ca_file: source.optional("sms.ca_file", ca_file)?,
        method,
        body,
        headers: source.or("sms.headers", vec![], check_headers)?,
        secret: secret_of(source, "sms.secret", "sms_secret", credentials, check::secret)?,
        success: source.or("sms.success", "200-299".into(), statuses)?,
        success_pointer: pointer,
        success_value: value,
    })
}

/// A file with at least one certificate.
fn ca_file(text: String) -> Result<PathBuf, String> {
    let read = fs::read_to_string(&text).map_err(|error| format!("cannot read {text}: {error}"))?;
    if read.contains("-----BEGIN CERTIFICATE-----") {
        Ok(text.into())
    } else {
        Err(format!("{text} holds no certificate (PEM)"))
    }
}

fn security(text: String) -> Result<Security, String> {
    match text.as_str() {
        "tls" => Ok(Security::Tls),
        "starttls" => Ok(Security::StartTls),
        "none" => Ok(Security::None),
        _ => Err(format!("{text:?} is not starttls, tls or none")),
    }
}

fn mailbox(text: String) -> Result<Mailbox, String> {
    let wrong = |_| format!("{text:?} is not like Tradepost <share@example.org>");
    text.parse().map_err(wrong)
}

/// Where it is asked, with places that are known.
fn gateway(text: String) -> Result<Url, String> {
    let url = check::service(&text)?;
    for (_, value) in url.query_pairs() {
        known(&value)?;
    }
    Ok(url)
}

fn pattern(text: String) -> Result<String, String> {
    let address = text.replace("%n", "390455550100");
    if text.contains("%n") && jid::BareJid::new(&address).is_ok() {
        Ok(text)
    } else {
        Err(format!("{text:?} is not an address with %n for the digits, like +%n@sms.example.org"))
    }
}

fn method(text: String) -> Result<String, String> {
    if matches!(text.as_str(), "GET" | "POST" | "PUT") {
        Ok(text)
    } else {
        Err(format!("{text:?} is not POST, PUT or GET"))
    }
}

fn pointer(text: String) -> Result<String, String> {
    if text.starts_with('/') {
        Ok(text)
    } else {
        Err(format!("{text:?} is no JSON pointer such as /messages/0/status"))
    }
}

fn statuses(text: String) -> Result<RangeInclusive<u16>, String> {
    let (first, last) = text.split_once('-').unwrap_or((&text, &text));
    match (first.trim().parse(), last.trim().parse()) {
        (Ok(first), Ok(last)) if (100..=599).contains(&first) && first <= last && last < 600 => {
            Ok(first..=last)
        }
        _ => Err(format!("{text:?} is no status or range of them, like 200-299")),
    }
}

fn check_headers(lines: Vec<String>) -> Result<Vec<(String, String)>, String> {
    let header = |line: &String| {
        let (name, value) = line.split_once(':').ok_or(format!("{line:?} is not Name: value"))?;
        let fits = |c: char| c.is_ascii_alphanumeric() || c == '-';
        if name.is_empty() || !name.chars().all(fits) {
            return Err(format!("{name:?} is no name of a header"));
        }
        known(value)?;
        Ok((name.to_owned(), value.trim().to_owned()))
    };
    lines.iter().map(header).collect()
}

fn headers<S: Serializer>(headers: &[(String, String)], to: S) -> Result<S::Ok, S::Error> {
    to.collect_seq(headers.iter().map(|(name, value)| format!("{name}: {value}")))
}

fn range<S: Serializer>(range: &RangeInclusive<u16>, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(&format!("{}-{}", range.start(), range.end()))
}
