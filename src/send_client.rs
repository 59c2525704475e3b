//! `tradepost send`: a bot's side. Logs in as a client, hands a share to the service, and tries
//! again until it is accepted or refused.
//!
//! The share goes under one id through all attempts, so the service takes it once however often
//! it is sent (`xep/product-share.xml#send-id`).

mod bounded;
mod failure;
mod json;
mod login;
mod product;
mod service;
mod session;

use std::{
    collections::BTreeSet,
    env,
    io::{self, Write},
    path::PathBuf,
    process::ExitCode,
    time::Duration,
};

use jid::{BareJid, Jid};
use tokio::time::{Instant, sleep, timeout_at};
use uuid::Uuid;
use xmpp_parsers::stanza_error::{DefinedCondition, ErrorType, StanzaError};

use self::{
    failure::{Failure, condition, told, words},
    session::{Route, Session},
};
use crate::{
    config::{Secret, host_and_port, is_loopback, read_secret},
    domain::{
        id::{Chance, RefCode},
        text::clean,
    },
    wire::{
        addresses::{self, Addresses},
        check::{Item as Checked, Limits, Refused},
        condition::Condition,
        product::Product,
        share::{Item, Send, Sent},
    },
};

/// Where the password comes from when no file is named. Never from the command line: everybody on
/// the machine can read that.
const PASSWORD: &str = "TRADEPOST_PASSWORD";
/// One attempt, from the connection to the answer.
const ATTEMPT: Duration = Duration::from_secs(20);
/// Between the first attempt and the second; twice as long each time.
const FIRST_WAIT: Duration = Duration::from_millis(500);
/// Between attempts at the most.
const LONGEST_WAIT: Duration = Duration::from_secs(10);

/// The share could not be handed over and nothing is wrong with it (`EX_TEMPFAIL` of `sysexits.h`).
const GAVE_UP: u8 = 75;
const REFUSED: u8 = 1;
const USAGE: u8 = 2;

/// The options of `tradepost send`.
#[derive(clap::Args, Debug, Clone)]
pub struct Args {
    /// The address that sends; its password is in --password-file or in `TRADEPOST_PASSWORD`
    #[arg(long, value_name = "BOT@HOST", value_parser = account)]
    jid: BareJid,
    /// A file with the password, which not everyone on this machine may read
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
    /// Who gets it: user@host, or an address that begins with xmpp:, tel: or mailto:
    #[arg(long, value_name = "ADDRESS", required = true, num_args = 1..)]
    to: Vec<String>,
    /// A product element in XML, or a product of schema.org in JSON; - is the standard input
    #[arg(long, value_name = "FILE", required = true, num_args = 1..)]
    product: Vec<PathBuf>,
    /// What to say about it
    #[arg(long, value_name = "TEXT")]
    comment: Option<String>,
    /// The language of the comment, and of every text of the product that does not say its own
    #[arg(long, value_name = "TAG", default_value = "en")]
    lang: String,
    /// The service's domain; by default the sharing service that the bot's server lists
    #[arg(long, value_name = "DOMAIN", value_parser = address)]
    service: Option<Jid>,
    /// Names the share: the same id again is never sent twice. By default a new one
    #[arg(long, value_name = "KEY")]
    id: Option<String>,
    /// Where the bot's server takes clients; by default as DNS says
    #[arg(long, value_name = "HOST:PORT", value_parser = server)]
    server: Option<String>,
    /// Does without encryption, which only a server on this machine may
    #[arg(long, requires = "server")]
    allow_plaintext: bool,
    /// How many seconds to try
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    timeout: u64,
    /// Prints one JSON object instead of a line
    #[arg(long)]
    json: bool,
}

/// How it ended when the share was not accepted.
#[derive(Debug, PartialEq, Eq)]
enum Ended {
    Usage(String),
    Refused(String),
    GaveUp(String),
}

/// Sends the share, prints its id, code and handle, and says how it went: 0 accepted, 1 refused,
/// 2 wrong options, 75 not accepted in time, to be run again with the same `--id`.
pub async fn run(args: Args) -> ExitCode {
    let (code, text) = match send(&args).await {
        Ok(sent) => {
            // It is accepted, whether anybody reads of it or not.
            let _ = writeln!(io::stdout().lock(), "{}", shown(&sent, args.json));
            return ExitCode::SUCCESS;
        }
        Err(Ended::Usage(text)) => (USAGE, text),
        Err(Ended::Refused(text)) => (REFUSED, format!("refused: {text}")),
        Err(Ended::GaveUp(text)) => (GAVE_UP, text),
    };
    say(&text);
    ExitCode::from(code)
}

async fn send(args: &Args) -> Result<Sent, Ended> {
    let route = route(args).map_err(Ended::Usage)?;
    let password = password(args).map_err(Ended::Usage)?;
    let (products, left_out) = products(args).map_err(Ended::Usage)?;
    let share = request(args, products)?;
    if !left_out.is_empty() {
        say(&format!("not sent: {}", Vec::from_iter(left_out).join(", ")));
    }
    let id = share.id.clone().unwrap_or_default();
    if args.id.is_none() {
        say(&format!("id {id}: run again with --id {id} if this is interrupted"));
    }
    let mut bot = Bot { args, route, password, service: args.service.clone(), registered: false };
    let seconds = args.timeout;
    bot.insist(&share, Instant::now() + Duration::from_secs(seconds)).await.map_err(|ended| {
        match ended {
            Ended::GaveUp(why) => Ended::GaveUp(format!(
                "not accepted within {seconds} s: {why}; it is safe to run again with --id {id}"
            )),
            ended => ended,
        }
    })
}

/// What stays the same over the attempts.
struct Bot<'a> {
    args: &'a Args,
    route: Route,
    password: Secret,
    /// Once it is known.
    service: Option<Jid>,
    /// Whether the service was asked to take the bot: once is enough.
    registered: bool,
}

impl Bot<'_> {
    /// Tries until there is an answer or `deadline` has come.
    async fn insist(&mut self, share: &Send, deadline: Instant) -> Result<Sent, Ended> {
        let mut wait = FIRST_WAIT;
        loop {
            let until = deadline.min(Instant::now() + ATTEMPT);
            let tried = timeout_at(until, self.attempt(share)).await;
            let failure = match tried {
                Ok(Ok(sent)) => return Ok(sent),
                Ok(Err(failure)) => failure,
                Err(_) => Failure::Lost("no answer".into()),
            };
            let (why, at_least) = may_pass(failure).map_err(Ended::Refused)?;
            // So that many who lost the same server do not come back at the same moment.
            let pause = wait.mul_f64(0.5 + Chance::System.dice()).max(at_least);
            // Compared with what is left and added to nothing: a service may name any number.
            if pause >= deadline.saturating_duration_since(Instant::now()) {
                return Err(Ended::GaveUp(why));
            }
            say(&format!("{why}; trying again"));
            sleep(pause).await;
            wait = (wait * 2).min(LONGEST_WAIT);
        }
    }

    /// One connection, one answer.
    async fn attempt(&mut self, share: &Send) -> Result<Sent, Failure> {
        let mut session = Session::open(&self.args.jid, &self.password, &self.route).await?;
        let sent = self.hand_over(&mut session, share).await;
        session.close().await;
        sent
    }

    async fn hand_over(&mut self, session: &mut Session, share: &Send) -> Result<Sent, Failure> {
        let service = match &self.service {
            Some(service) => service.clone(),
            None => service::find(session, self.args.jid.domain()).await?,
        };
        self.service = Some(service.clone());
        match service::submit(session, &service, share).await {
            Err(Failure::Error(error)) if wants_registration(&error) && !self.registered => {
                service::register(session, &service).await?;
                self.registered = true;
                service::submit(session, &service, share).await
            }
            answer => answer,
        }
    }
}

fn wants_registration(error: &StanzaError) -> bool {
    condition(error) == Some(Condition::NotRegisteredSender)
}

/// Why it may pass and how long it takes at least, or why it does not.
fn may_pass(failure: Failure) -> Result<(String, Duration), String> {
    use DefinedCondition as Defined;
    let error = match failure {
        Failure::Lost(why) => return Ok((words(&why), Duration::ZERO)),
        Failure::Refused(why) => return Err(words(&why)),
        Failure::Error(error) => error,
    };
    let at_least = match condition(&error) {
        Some(Condition::Retry { seconds }) => Duration::from_secs(seconds),
        _ => Duration::ZERO,
    };
    // Final, all of them, and yet what a server says of a component that is away for a moment:
    // ejabberd takes its domain for one elsewhere, to which it may have no way.
    let away = matches!(
        error.defined_condition,
        Defined::RemoteServerNotFound
            | Defined::RemoteServerTimeout
            | Defined::Forbidden
            | Defined::InternalServerError
    );
    let text = told(&error);
    if away || error.type_ == ErrorType::Wait { Ok((text, at_least)) } else { Err(text) }
}

fn shown(sent: &Sent, json: bool) -> String {
    let Sent { handle, .. } = sent;
    let [id, code, share] = [&sent.id, &sent.code, &sent.share].map(|text| words(text));
    if json {
        serde_json::json!({ "id": id, "share": share, "ref": code, "handle": handle }).to_string()
    } else {
        let code = RefCode::parse(&code).map_or_else(|| code.clone(), RefCode::shown);
        format!("share {share} code {code} handle #{handle}")
    }
}

/// A line for the person; standard output is for the result.
fn say(text: &str) {
    let _ = writeln!(io::stderr().lock(), "tradepost: {text}");
}

// ---- the options ------------------------------------------------------------------------------

fn account(text: &str) -> Result<BareJid, String> {
    let jid = BareJid::new(text).ok().filter(|jid| jid.node().is_some());
    jid.ok_or_else(|| "not an address such as bot@example.org".into())
}

fn address(text: &str) -> Result<Jid, String> {
    Jid::new(text).map_err(|error| error.to_string())
}

fn server(text: &str) -> Result<String, String> {
    host_and_port(text.to_owned())
}

fn route(args: &Args) -> Result<Route, String> {
    match (&args.server, args.allow_plaintext) {
        (None, _) => Ok(Route::Srv),
        (Some(server), false) => Ok(Route::Tls(server.clone())),
        (Some(server), true) if is_loopback(server) => Ok(Route::Plain(server.clone())),
        (Some(server), true) => Err(format!(
            "--allow-plaintext would send the password in the clear to {server}; only a loopback \
             address or localhost may go with it"
        )),
    }
}

fn password(args: &Args) -> Result<Secret, String> {
    match &args.password_file {
        Some(file) => read_secret(file),
        None => match env::var(PASSWORD) {
            Ok(password) if !password.is_empty() => Ok(Secret::new(password)),
            _ => Err(format!("no password: name a file with --password-file, or set {PASSWORD}")),
        },
    }
}

fn products(args: &Args) -> Result<(Vec<Product>, BTreeSet<String>), String> {
    let mut products = Vec::new();
    let mut left_out = BTreeSet::new();
    for file in &args.product {
        let read = product::read(file)?;
        products.extend(read.products);
        left_out.extend(read.left_out);
    }
    Ok((products, left_out))
}

/// The share, refused here with the service's own words when the service would refuse it.
fn request(args: &Args, products: Vec<Product>) -> Result<Send, Ended> {
    let id = args.id.clone().unwrap_or_else(|| Uuid::new_v4().to_string());
    if clean(id.clone()) != id {
        return Err(Ended::Usage("--id holds characters that cannot be sent".into()));
    }
    let mut asked = Send {
        id: Some(id),
        comment: args.comment.clone().map(|comment| (None, comment)),
        items: products.into_iter().map(|product| Item::Product(Box::new(product))).collect(),
        files: Vec::new(),
        addresses: Addresses { addresses: args.to.iter().map(|to| recipient(to)).collect() },
    };
    asked.inherit(&args.lang);
    let refused = |refused: Refused| Ended::Refused(told(&refused.error()));
    let checked = asked.check(&Limits::default()).map_err(refused)?;
    // Written anew from what was checked: it holds nothing that XML forbids.
    let product = |item| match item {
        Checked::Product(product, _) => Some(Item::Product(Box::new(Product::from(&*product)))),
        Checked::Gtin(_) | Checked::Catalogue(_) | Checked::Code(_) => None,
    };
    Ok(Send {
        id: checked.id,
        comment: checked.comment.map(|comment| (comment.lang, comment.text)),
        items: checked.items.into_iter().filter_map(product).collect(),
        files: Vec::new(),
        addresses: Addresses {
            addresses: checked.recipients.iter().map(|to| recipient(&to.to_string())).collect(),
        },
    })
}

/// As it was written: a scheme makes it a URI, else it is a JID. No JID has a colon before its
/// `@` (RFC 7622 §3.3.1).
fn recipient(text: &str) -> addresses::Address {
    let scheme = text.split_once(':').is_some_and(|(scheme, _)| {
        scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b"+.-".contains(&b))
    });
    let (jid, uri) =
        if scheme { (None, Some(text.to_owned())) } else { (Some(text.to_owned()), None) };
    addresses::Address { jid, uri, kind: "bcc".into(), desc: None }
}

#[cfg(test)]
mod tests;
