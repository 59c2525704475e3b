//! A service without a server: what is done with bytes that no server would pass on, and with what
//! must not leave.

use jid::BareJid;
use std::sync::Mutex;
use std::sync::atomic::AtomicBool;
use std::{io, sync::atomic::AtomicI64, time::Duration};
use tokio::sync::mpsc;

use tempfile::TempDir;
use tokio::{sync::oneshot, time::timeout};
use tokio_util::sync::CancellationToken;

use super::*;
use crate::{
    card::template::Templates,
    chat::{
        command::{Call, Command},
        draft::Draft,
        service::ServiceInfo,
    },
    committer::committer,
    component::{disco::Disco, inbound::Addresses},
    config::Register,
    db::Db,
    domain::{
        clock::{Clock, Millis},
        id::Chance,
        phone::Region,
    },
    limits::{self, Rates},
    link::stream::{MAX_BYTES, Out, OutletEnd, channel, tag},
    memory::Budget,
    metrics::Metrics,
    post::letter::Budgets,
    say::{texts::Text, voice::Voice},
    wire::check::Limits,
    world::Rules,
};

/// How long anything may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// A service, and what it is given and does.
pub(crate) struct Place {
    pub(crate) service: Arc<Service>,
    pub(crate) end: OutletEnd,
    pub(crate) memory: Budget,
    pub(crate) at: Arc<AtomicI64>,
    _dir: TempDir,
}

impl Place {
    pub(crate) async fn new(rates: Rates) -> Self {
        let (memory, at) = (Budget::default(), Arc::new(AtomicI64::new(0)));
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("tradepost.db");
        let db = Db::open(&format!("sqlite:{}", file.display())).await.unwrap();
        let (clock, chance) = (Clock::Manual(Arc::clone(&at)), Chance::Counted(Arc::default()));
        let metrics = Arc::new(Metrics::new());
        let (committer, task, _) =
            committer(db.clone(), clock.clone(), chance.clone(), Arc::clone(&metrics));
        let rules = Arc::new(Rules { limits: limits::Limits::new(rates, &clock), ..Rules::open() });
        let task = task.with_rules(Arc::clone(&rules));
        tokio::spawn(task.run(CancellationToken::new()));
        let (outlet, end) = channel();
        let (answers, _) = mpsc::unbounded_channel();
        let ours = Addresses {
            domain: "share.x".parse().unwrap(),
            contact: "share@share.x".parse().unwrap(),
        };
        let host: BareJid = "x".parse().unwrap();
        let templates = Arc::new(Templates::new(Vec::new()).unwrap());
        let service = Service {
            disco: Disco::new(ours.clone(), "Share".into()),
            ours,
            register: Register::default(),
            admins: Vec::new(),
            rules,
            info: Arc::new(ServiceInfo {
                name: "Share".into(),
                lang: Lang::En,
                public_url: String::new(),
                limits: Limits::default(),
                ask: crate::domain::consent::Ask::Never,
                region: None::<Region>,
                budgets: Budgets::default(),
                templates: templates.choice(),
            }),
            talk: Talk::new(&host, &memory),
            seen: Mutex::new(Seen::new(&host, &memory)),
            tasks: Tasks::new(&host, Arc::clone(&metrics), answers.clone()),
            host,
            voice: Voice {
                domain: "share.x".into(),
                from: "share@share.x/tradepost".into(),
                name: "Share".into(),
                public_url: String::new(),
            },
            committer,
            db,
            outlet,
            metrics,
            clock,
            chance,
            asked: Inquiries::default(),
            accounts: Accounts::default(),
            has_told: AtomicBool::new(false),
            guesses: Mutex::default(),
            heard: Mutex::default(),
            files: Files::default(),
            answers,
        };
        Self { service: Arc::new(service), end, memory, at, _dir: dir }
    }

    /// Somebody opens a form.
    pub(crate) fn open_a_form(&self) {
        let open = Draft::new(Call::of(Command::of_node("share").unwrap()), Lang::En);
        let form = talk::Form { session: "s".into(), open, is_kept: true };
        let now = self.service.clock.now();
        assert!(self.service.talk.keep_form(&asker("").from, form, now));
    }

    /// How much was let go for this reason.
    fn dropped(&self, reason: &str) -> u64 {
        let series = format!("tradepost_dropped_total{{reason=\"{reason}\"}} ");
        let text = self.service.metrics.text();
        text.lines().find_map(|line| line.strip_prefix(&series)?.parse().ok()).unwrap_or_default()
    }

    /// What has left since the last look.
    fn left(&mut self) -> Vec<String> {
        let mut left = Vec::new();
        while let Ok(out) = self.end.queue.try_recv() {
            let Out::Send(stanza) = out else { panic!("a batch: {out:?}") };
            left.push(String::from_utf8(stanza.bytes().to_vec()).unwrap());
        }
        left
    }
}

fn asker(id: &str) -> Asker {
    let (from, to) = ("romeo@x/a".parse().unwrap(), "share.x".parse().unwrap());
    Asker { from, to, id: id.into(), lang: None }
}

/// What is logged by this thread as long as it lives.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn an_answer_that_nobody_asked_for_is_not_even_read() {
    let place = Place::new(Rates::default()).await;
    let dispatch = Dispatch::new(Arc::clone(&place.service));
    // Whoever reads it finds that it cannot be read.
    let answer = |kind: &str| {
        format!(
            "<iq from='mallory@y/a' to='share.x' type='{kind}' id='ask-1'><vCard><FN></vCard></iq>"
        )
    };
    for kind in ["result", "error"] {
        dispatch.stanza(&answer(kind).into()).await;
    }
    assert_eq!((place.dropped("iq-answer"), place.dropped("unparsable")), (2, 0));
    dispatch.stanza(&answer("set").into()).await;
    assert_eq!((place.dropped("iq-answer"), place.dropped("unparsable")), (2, 1));
}

#[tokio::test]
async fn an_answer_too_large_to_be_sent_is_an_error_each_time_and_logged_once() {
    let mut place = Place::new(Rates::default()).await;
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt().with_writer(move || writer.clone()).finish();
    let _logging = tracing::subscriber::set_default(subscriber);
    let payload = format!("<query>{}</query>", "x".repeat(MAX_BYTES));
    for id in ["one", "two"] {
        place.service.put(reply::result(&asker(id), &payload)).await;
        let left = place.left();
        let [error] = left.as_slice() else { panic!("{left:?}") };
        let head = Head::read(error.as_bytes());
        assert_eq!((head.kind, head.type_.as_deref()), (StanzaKind::Iq, Some("error")), "{error}");
        assert_eq!((head.to.as_deref(), head.id.as_deref()), (Some("romeo@x/a"), Some(id)));
        assert_eq!(head.from.as_deref(), Some("share.x"));
        assert!(error.contains("<internal-server-error "), "{error}");
    }
    // Nobody is owed anything for the others, and an error is not answered with one.
    let text = "x".repeat(MAX_BYTES);
    for owed_nothing in [
        format!("<message from='share.x' to='romeo@x' id='m'><body>{text}</body></message>"),
        format!("<iq from='share.x' to='romeo@x' id='e' type='error'><a>{text}</a></iq>"),
        format!("<iq from='share.x' to='romeo@x' id='g' type='get'><a>{text}</a></iq>"),
    ] {
        place.service.put(owed_nothing).await;
        assert_eq!(place.left(), Vec::<String>::new());
    }
    // People are told in words, in the language of what they do not get, and what to do next.
    for (lang, does) in [("en", "to get all"), ("zh", "请发送")] {
        place
            .service
            .put(format!(
                "<message from='share@share.x/tradepost' id='m' to='romeo@x' type='chat' \
                 xml:lang='{lang}'><body>{text}</body></message>"
            ))
            .await;
        let left = place.left();
        let [told] = left.as_slice() else { panic!("{left:?}") };
        let head = Head::read(told.as_bytes());
        assert_eq!(
            (head.kind, head.to.as_deref()),
            (StanzaKind::Message, Some("romeo@x")),
            "{told}"
        );
        assert!(
            told.contains(&format!("xml:lang='{lang}'"))
                || told.contains(&format!("xml:lang=\"{lang}\"")),
            "{told}"
        );
        assert!(told.contains(does), "{told}");
    }
    assert_eq!(place.dropped("unsendable"), 7);
    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert_eq!(log.matches("ERROR").count(), 1, "{log}");
}

#[tokio::test]
async fn whoever_finds_everybody_waiting_is_told_to_come_again_and_not_that_there_is_no_card() {
    let place = Place::new(Rates::default()).await;
    let service = &place.service;
    let joins = service
        .committer
        .run(|tx, _| Box::pin(async move { tx.insert_account("romeo@x", "en", Millis(0)).await }));
    assert_eq!(joins.await, Ok(true));
    let _waiting: Vec<_> =
        std::iter::from_fn(|| service.tasks.wait(&asker("").from.to_bare())).collect();
    let call = || Call::of(Command::of_node("card-import").unwrap());
    let told = service.bring(&asker("1"), call()).await.map(drop);
    assert_eq!(told, Err(Text::Busy.in_lang(Lang::En)));
}

#[tokio::test]
async fn a_command_without_fields_is_not_done_when_its_ticket_is_cancelled() {
    let mut place = Place::new(Rates::default()).await;
    let dispatch = Dispatch::new(Arc::clone(&place.service));
    for command in Command::all(false).filter(|it| it.fields.is_empty()) {
        let now = place.service.clock.now();
        let ticket = place.service.talk.ticket(&asker("").from, command, now);
        let cancel = format!(
            "<iq from='romeo@x/a' to='share.x' type='set' id='c'><command \
             xmlns='http://jabber.org/protocol/commands' node='{}' sessionid='{ticket}' \
             action='cancel'/></iq>",
            command.node
        );
        dispatch.stanza(&cancel.into()).await;
        let left = match place.end.queue.recv().await.expect("an answer") {
            Out::Send(stanza) => String::from_utf8(stanza.bytes().to_vec()).unwrap(),
            Out::Batch(..) => panic!("a batch"),
        };
        assert!(left.contains("canceled"), "{left}");
        assert!(left.contains(&ticket), "{left}");
    }
}

/// What is said to a stanza, each time that it comes: so many times.
pub(crate) async fn said(place: &mut Place, stanza: &str, times: usize) -> Vec<String> {
    let dispatch = Dispatch::new(Arc::clone(&place.service));
    for _ in 0..times {
        dispatch.stanza(&stanza.to_owned().into()).await;
        // What goes on beside it has ended when all places are free.
        place.service.tasks.rest().await;
    }
    place.left()
}

#[tokio::test]
async fn a_question_from_an_address_that_cannot_be_read_is_answered_where_it_came_from() {
    let rates = Rates { domain_stanzas: 4, host: Some("x".parse().unwrap()), ..Rates::default() };
    let mut place = Place::new(rates).await;
    let ping = "type='get' id='&lt;p&apos;&#10;' to='share.x'><ping xmlns='urn:xmpp:ping'/></iq>";
    for (from, type_) in [
        ("alice@y/\u{1f4f1}", "result"),
        ("alice@y/a&apos;b&#10;\u{20bf}", "result"),
        ("\u{20bf}ob@y/a&apos; to=&apos;b", "error"),
        ("bob\u{1160}@y/a", "error"),
    ] {
        let left = said(&mut place, &format!("<iq from='{from}' {ping}"), 1).await;
        let [answer] = left.as_slice() else { panic!("{from}: {left:?}") };
        let (head, asked) = (Head::read(answer.as_bytes()), format!("<iq from='{from}'/>"));
        assert_eq!(
            (head.to, head.type_.as_deref()),
            (Head::read(asked.as_bytes()).from, Some(type_))
        );
        assert_eq!((head.id.as_deref(), head.from.as_deref()), (Some("<p'\n"), Some("share.x")));
        assert_eq!(answer.contains("<jid-malformed "), type_ == "error", "{answer}");
    }
    // Those were all that may come from their server.
    let left = said(&mut place, &format!("<iq from='\u{20bf}ob@y' {ping}"), 1).await;
    assert!(matches!(left.as_slice(), [it] if it.contains("<resource-constraint ")), "{left:?}");
}

#[tokio::test]
async fn whoever_writes_from_an_address_that_cannot_be_read_is_told_so_and_receipts_are_not() {
    let mut place = Place::new(Rates::default()).await;
    let message = |type_: &str, inner: &str| {
        format!(
            "<message from='\u{20bf}ob@y/a' type='{type_}' to='share@share.x'>{inner}</message>"
        )
    };
    let left = said(&mut place, &message("chat", "<body>help</body>"), 20).await;
    let [told, ..] = left.as_slice() else { panic!("{left:?}") };
    assert!(told.contains("to='\u{20bf}ob@y/a'") && told.contains("cannot read"), "{told}");
    assert_eq!(left.len(), 5, "and not for ever");
    for (type_, inner) in [
        ("chat", "<received xmlns='urn:xmpp:receipts' id='r'/>"),
        ("error", "<body>help</body>"),
        ("groupchat", "<body>help</body>"),
    ] {
        let mut place = Place::new(Rates::default()).await;
        assert_eq!(said(&mut place, &message(type_, inner), 1).await, Vec::<String>::new());
    }
}

#[tokio::test]
async fn whatever_is_not_understood_is_answered_so_many_times_and_not_for_ever() {
    let long = "x".repeat(4_001);
    for inner in [
        "<body>hm hm</body>".to_owned(),
        format!("<body>{long}</body>"),
        "<body>x</body><encrypted xmlns='eu.siacs.conversations.axolotl'/>".to_owned(),
        "<body>hm</body><reply xmlns='urn:xmpp:reply:0' id='nothing'/>".to_owned(),
    ] {
        let mut place = Place::new(Rates::default()).await;
        let words =
            format!("<message from='romeo@x/a' to='share@share.x' id='m'>{inner}</message>");
        let left = said(&mut place, &words, 20).await;
        assert!((1..=5).contains(&left.len()), "{} answers to {inner}", left.len());
    }
}

#[tokio::test]
async fn an_id_is_given_back_as_it_is_or_the_question_is_not_answered() {
    let mut place = Place::new(Rates::default()).await;
    // The second cannot be read, so it is answered by its head.
    for payload in ["<ping xmlns='urn:xmpp:ping'/>", "<a></b>"] {
        let iq = |id: &str| {
            format!("<iq from='romeo@x/a' to='share.x' type='get' id=\"{id}\">{payload}</iq>")
        };
        for id in ["a\u{200b}b\u{202e}", " x ", "", &"y".repeat(8_192), &"'".repeat(4_096)] {
            let left = said(&mut place, &iq(id), 1).await;
            let [answer] = left.as_slice() else { panic!("{id:?}: {left:?}") };
            let raw = tag::attribute(answer.as_bytes(), "id").unwrap_or_default();
            assert_eq!(String::from_utf8_lossy(raw).replace("&apos;", "'"), id, "{answer}");
        }
        for id in ["y".repeat(8_193), "'".repeat(4_097)] {
            assert_eq!(said(&mut place, &iq(&id), 1).await, Vec::<String>::new());
        }
    }
    assert_eq!((place.dropped("unusable-id"), place.dropped("unsendable")), (4, 0));
}

#[tokio::test]
async fn what_is_for_another_domain_is_counted_and_not_logged() {
    let mut place = Place::new(Rates::default()).await;
    for payload in ["<ping xmlns='urn:xmpp:ping'/>", "<a></b>"] {
        let iq = format!("<iq from='romeo@x/a' to='b.share.x' type='get' id='i'>{payload}</iq>");
        assert_eq!(said(&mut place, &iq, 1).await, Vec::<String>::new());
    }
    assert_eq!((place.dropped("not-for-us"), place.dropped("unsendable")), (2, 0));
}

#[tokio::test]
async fn what_one_server_sends_while_the_writer_is_busy_keeps_nobody_else_waiting() {
    let host = Some("x".parse().unwrap());
    let many = 1_000_000;
    let rates = Rates {
        stanzas: many,
        domain_stanzas: many,
        total_stanzas: many,
        host,
        ..Rates::default()
    };
    let mut place = Place::new(rates).await;
    let dispatch = Dispatch::new(Arc::clone(&place.service));
    let (go, gone) = oneshot::channel::<()>();
    let busy =
        place.service.committer.begin(|_, _| Box::pin(async { Ok(gone.await.is_ok()) })).await;
    let id = "0e3141cd-8089-4871-a68e-6fe6b1ec56fa";
    let flood = async |place: &mut Place, times: usize| {
        for n in 0..times {
            let open = format!("<message from='m{n}@evil.example' to='share.x'");
            let close = "</message>";
            for stanza in [
                format!("{open} type='error' id='{id}'><error type='cancel'/>{close}"),
                format!("{open} id='r'><received xmlns='urn:xmpp:receipts' id='{id}'/>{close}"),
                format!("{open} id='w' type='chat'><body>list</body>{close}"),
                format!("<presence from='m{n}@evil.example' to='share.x' type='unsubscribed'/>"),
            ] {
                dispatch.stanza(&stanza.into()).await;
            }
            place.left();
        }
    };
    timeout(PATIENCE, flood(&mut place, 1_000)).await.expect("the stream goes on");
    assert!(place.dropped("too-fast") > 2_000, "what one server may have under way is 128 places");
    place.left();
    let ping =
        "<iq from='romeo@x/a' to='share.x' type='get' id='p'><ping xmlns='urn:xmpp:ping'/></iq>";
    dispatch.stanza(&ping.into()).await;
    assert!(place.left().iter().any(|it| it.contains("type='result'")));
    go.send(()).unwrap();
    assert!(busy.await.unwrap());
    place.service.tasks.rest().await;
    let before = place.dropped("too-fast");
    timeout(PATIENCE, flood(&mut place, 9)).await.expect("the stream goes on");
    assert_eq!(place.dropped("too-fast"), before, "every place was given back");
}
