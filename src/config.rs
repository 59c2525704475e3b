//! Configuration: one TOML file, every key also as an environment variable, every secret also as a
//! file. What is wrong is told with its place and stops the start.
//!
//! `config/tradepost.toml` shows every key; a test holds it to this module.

mod cards;
mod check;
mod invalid;
mod invite;
mod letters;
mod limits;
mod output;
mod place;
mod register;
mod secret;
mod source;
mod template;
#[cfg(test)]
mod tests;

use std::{
    collections::HashMap,
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
};

use ipnet::IpNet;
use jid::BareJid;
use serde::Serialize;

pub use self::{
    cards::Cards,
    invalid::Invalid,
    invite::{Ejabberd, Invite},
    letters::{Email, HttpSms, Security, Sms, SmsRoad},
    limits::Limits,
    register::Register,
    secret::{DatabaseUrl, Secret},
    template::{Body, Words},
};
#[cfg(feature = "send")]
pub(crate) use self::{
    check::{is_loopback, server as host_and_port},
    secret::read_file as read_secret,
};
use self::{
    output::{ask, networks, text, texts},
    place::Place,
    source::{Source, secret_of},
};
use crate::{
    domain::{consent::Ask, lang::Lang, phone::Region},
    permission::is_open_to_everyone,
};

/// The checked configuration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Config {
    /// The component and its server.
    pub component: Component,
    /// Where everything is kept.
    pub database: Database,
    /// The listeners.
    pub http: Http,
    /// Whether pictures are fetched.
    pub pictures: Pictures,
    /// Who may do what.
    pub access: Access,
    /// What cards look like.
    pub cards: Cards,
    /// How often people who have not joined are asked.
    pub invite: Invite,
    /// When people are asked before a stranger shows them something.
    pub consent: Consent,
    /// How mail is sent, if it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<Email>,
    /// How SMS are sent, if they are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sms: Option<Sms>,
    /// The most of everything.
    pub limits: Limits,
    /// What is allowed but unwise. To be logged at the start and printed by `check-config`.
    #[serde(skip)]
    pub warnings: Vec<String>,
}

/// `[component]`
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Component {
    /// The component's own domain, `share.example.org`.
    #[serde(serialize_with = "text")]
    pub domain: BareJid,
    /// What the server also knows (XEP-0114 §3).
    #[serde(skip)]
    pub secret: Secret,
    /// Host and port of the server's component listener.
    pub server: String,
    /// The server's own domain, which answers the ping after each batch (XEP-0199).
    #[serde(serialize_with = "text")]
    pub host: BareJid,
    /// The name people see.
    pub name: String,
    /// The part before the `@` of the contact that people talk to.
    pub contact: String,
    /// The language for people whose own is not known.
    #[serde(serialize_with = "text")]
    pub lang: Lang,
    /// Whether the stream, which is not encrypted, may leave this machine.
    pub allow_plaintext: bool,
}

/// `[database]`
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Database {
    /// `sqlite:` a file, or `postgres://`.
    #[serde(serialize_with = "text")]
    pub url: DatabaseUrl,
}

/// `[http]`
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Http {
    /// Where the pages are served. Port 0 takes a free one.
    pub listen: SocketAddr,
    /// How the pages are reached from outside, without a slash at the end. Without it,
    /// `http://` and the address that `listen` came to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub public_url: Option<String>,
    /// Where `/livez`, `/readyz` and `/metrics` are served.
    pub admin: SocketAddr,
    /// Web servers in front of the pages, which are believed when they say whom they ask for.
    #[serde(serialize_with = "networks")]
    pub trusted_proxies: Vec<IpNet>,
}

/// `[pictures]`
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Pictures {
    /// Whether the pictures of products are fetched, so that people see thumbnails of ours.
    pub fetch: bool,
    /// Bytes of a picture that is fetched, 1,024 to 20 MiB.
    pub max_bytes: usize,
    /// Seconds that fetching one may take, 1 to 60.
    pub timeout_seconds: u64,
    /// Pixels it may have in either direction, 64 to 8192.
    pub max_side: u32,
    /// Whether it may be fetched from anywhere, by http too. For tests: with it, senders can look
    /// around in the operator's own network.
    pub allow_private: bool,
}

/// `[access]`
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Access {
    /// Who may register without an invitation.
    pub register: Register,
    /// Who may use the commands for administrators.
    #[serde(serialize_with = "texts")]
    pub admins: Vec<BareJid>,
    /// Who may publish to the catalogue.
    #[serde(serialize_with = "texts")]
    pub publishers: Vec<BareJid>,
    /// The country of phone numbers that are typed without a `+`: ISO 3166-1, `IT`. Without it
    /// they need one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<Region>,
}

/// `[consent]`
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Consent {
    /// About whom those are asked who have not said so themselves.
    #[serde(serialize_with = "ask")]
    pub ask: Ask,
}

impl Config {
    /// Reads the file at `path`, when one is given, and the environment, which wins.
    ///
    /// `CREDENTIALS_DIRECTORY` in the environment is systemd's (`systemd.exec(5)`): a secret that
    /// is given nowhere else is read from its files `component_secret`, `database_url`,
    /// `email_password`, `sms_secret` and `ejabberd_token`.
    ///
    /// # Errors
    /// The first thing that is wrong, with its place. Never the text of a secret.
    pub fn load(
        path: Option<&Path>,
        env: impl Iterator<Item = (String, String)>,
    ) -> Result<Self, Invalid> {
        let name = path.map_or_else(String::new, |path| path.display().to_string());
        let cannot = |error: std::io::Error| Invalid::Read {
            path: name.clone(),
            problem: error.to_string(),
        };
        let file = path.map(fs::read_to_string).transpose().map_err(cannot)?.unwrap_or_default();
        let env: HashMap<_, _> = env.collect();
        let credentials = env.get("CREDENTIALS_DIRECTORY").map(PathBuf::from);
        let source = Source::read(&name, &file, env.into_iter())?;
        let mut config = Self::checked(&source, credentials.as_deref())?;
        if let Some(path) = path {
            let found = fs::metadata(path).map_err(cannot)?;
            config.warn_of_open_file(&source, is_open_to_everyone(&found));
        }
        Ok(config)
    }

    /// The values that count, as TOML, with the defaults and without the secrets.
    #[must_use]
    pub fn effective(&self) -> String {
        toml::to_string(self).unwrap_or_else(|error| format!("# cannot be shown: {error}\n"))
    }

    fn checked(source: &Source, credentials: Option<&Path>) -> Result<Self, Invalid> {
        let component = component(source, credentials)?;
        let database = Database { url: database_url(source, credentials)? };
        let on_this_machine = vec!["127.0.0.0/8".to_owned(), "::1/128".to_owned()];
        let http = Http {
            listen: source.or("http.listen", "127.0.0.1:8480".into(), check::listen)?,
            public_url: source.optional("http.public_url", check::public_url)?,
            admin: source.or("http.admin", "127.0.0.1:8481".into(), check::listen)?,
            trusted_proxies: source.or("http.trusted_proxies", on_this_machine, check::networks)?,
        };
        // People of the server that we are attached to are at home here.
        let at_home = vec![component.host.to_string()];
        let access = Access {
            register: source.or("access.register", at_home, check::register)?,
            admins: source.or("access.admins", vec![], check::accounts)?,
            publishers: source.or("access.publishers", vec![], check::addresses)?,
            region: source.optional("access.region", check::region)?,
        };
        let cards = Cards::read(source)?;
        let invite = Invite::read(source, credentials)?;
        let (pictures, limits) = (pictures(source)?, Limits::read(source)?);
        let consent = Consent { ask: source.or("consent.ask", "remote".into(), check::ask)? };
        let mut warnings = vec![];
        if pictures.fetch && pictures.allow_private {
            warnings.push(
                "pictures.allow_private lets senders reach everything that this machine can \
                 reach; it is for tests only"
                    .into(),
            );
        }
        let (email, sms) =
            (letters::email(source, credentials)?, letters::sms(source, credentials)?);
        Ok(Self {
            component,
            database,
            http,
            pictures,
            access,
            cards,
            invite,
            consent,
            email,
            sms,
            limits,
            warnings,
        })
    }

    fn warn_of_open_file(&mut self, source: &Source, is_open: bool) {
        let in_file = |path: &str| matches!(source.place(path), Place::File { .. });
        let holds = in_file("component.secret")
            || in_file("database.url") && self.database.url.has_password()
            || in_file("email.password")
            || in_file("sms.secret")
            || in_file("invite.ejabberd_token");
        if holds && is_open {
            self.warnings.push(
                "the configuration file holds a secret and everyone on this machine can read it; \
                 run chmod o-rwx on it, or use secret_file"
                    .into(),
            );
        }
    }
}

fn component(source: &Source, credentials: Option<&Path>) -> Result<Component, Invalid> {
    let domain = source.required("component.domain", check::domain)?;
    let secret =
        secret_of(source, "component.secret", "component_secret", credentials, check::secret)?
            .ok_or_else(|| source::missing("component.secret"))?;
    let server = source.or("component.server", "127.0.0.1:5347".into(), check::server)?;
    let allow_plaintext = source.or("component.allow_plaintext", false, check::any)?;
    if !allow_plaintext && !check::is_loopback(&server) {
        return Err(Invalid::at(
            &source.place("component.server"),
            "component.server",
            "the stream is not encrypted and would leave this machine; use a loopback address \
             (a tunnel), or set component.allow_plaintext = true",
        ));
    }
    let host = match source.optional("component.host", check::domain)? {
        Some(host) => host,
        None => parent(&domain).ok_or_else(|| source::missing("component.host"))?,
    };
    Ok(Component {
        domain,
        secret,
        server,
        host,
        name: source.or("component.name", "Tradepost".into(), check::not_empty)?,
        contact: source.or("component.contact", "share".into(), check::localpart)?,
        lang: source.or("component.lang", "en".into(), check::lang)?,
        allow_plaintext,
    })
}

/// `example.org` for `share.example.org`.
fn parent(domain: &BareJid) -> Option<BareJid> {
    domain.as_str().split_once('.').and_then(|(_, parent)| BareJid::new(parent).ok())
}

fn database_url(source: &Source, credentials: Option<&Path>) -> Result<DatabaseUrl, Invalid> {
    match secret_of(source, "database.url", "database_url", credentials, DatabaseUrl::parse)? {
        Some(url) => Ok(url),
        None => {
            source.or("database.url", Secret::new("sqlite:tradepost.db".into()), DatabaseUrl::parse)
        }
    }
}

fn pictures(source: &Source) -> Result<Pictures, Invalid> {
    let flag = |key: &str| source.or(&format!("pictures.{key}"), false, check::any);
    Ok(Pictures {
        fetch: flag("fetch")?,
        max_bytes: source.or(
            "pictures.max_bytes",
            5 * 1024 * 1024,
            check::number(1024..=20 * 1024 * 1024),
        )?,
        timeout_seconds: source.or("pictures.timeout_seconds", 10, check::number(1..=60))?,
        max_side: source.or("pictures.max_side", 4096, check::number(64..=8192))?,
        allow_private: flag("allow_private")?,
    })
}
