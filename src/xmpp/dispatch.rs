//! What is done with what comes in: the one place where stanzas meet operations.
//!
//! Stanzas are taken one after the other, so what somebody asks first is done first; answers are
//! waited for aside, so nobody waits for another's.

mod accounts;
mod answers;
mod asked;
mod brought;
mod cards;
mod complaints;
mod forms;
mod gate;
mod owed;
mod people;
mod register;
mod shares;
mod talk;
mod words;
mod zone;

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use jid::BareJid;
use tokio::sync::{mpsc, oneshot};

use self::asked::Ask;
pub use self::{
    accounts::Accounts,
    asked::Asked,
    brought::{Files, Wanted},
    owed::Answered,
    talk::Talk,
};
use super::{
    adhoc,
    answer::Guesses,
    disco::Disco,
    gateway,
    inbound::{Addresses, Asker, Inbound, Known, Presence, Question},
    presence::Seen,
    reply, service, vcard,
};
use crate::{
    commands::run::Desk,
    config::Register,
    domain::{
        clock::Clock,
        id::{Chance, StreamNo},
        lang::Lang,
    },
    metrics::Metrics,
    ops::{self, Rules, commit::Committer},
    render::message::Voice,
    store::db::Db,
    stream::{Outlet, Stanza, tag::Head},
    wire::check::Limits,
};

/// What handling needs and nothing else.
pub struct Service {
    /// The addresses that are ours.
    pub ours: Addresses,
    /// The server's own domain.
    pub host: BareJid,
    /// Who speaks.
    pub voice: Voice,
    /// What disco says.
    pub disco: Disco,
    /// Who may register.
    pub register: Register,
    /// The administrators.
    pub admins: Vec<BareJid>,
    /// What people may do.
    pub rules: Arc<Rules>,
    /// How much one share may hold.
    pub limits: Limits,
    /// The service's own language.
    pub lang: Lang,
    /// What commands know of the service.
    pub desk: Arc<Desk>,
    /// What is going on with people.
    pub talk: Talk,
    /// Where writes go.
    pub committer: Committer,
    /// Where reads go.
    pub db: Db,
    /// Where answers go.
    pub outlet: Outlet,
    /// What is counted.
    pub metrics: Arc<Metrics>,
    /// The time.
    pub clock: Clock,
    /// Ids.
    pub chance: Chance,
    /// What the server is being asked.
    pub asked: Asked,
    /// Who fetches what people bring.
    pub files: Files,
    /// What it does for people who have no account.
    pub accounts: Accounts,
    /// Who was told lately where his words went.
    pub guesses: Mutex<Guesses>,
    /// What has become of the shares that were asked for. No more of them wait here than the
    /// committer takes at once.
    pub answers: mpsc::UnboundedSender<Answered>,
}

/// Takes stanzas, one after the other.
pub struct Dispatch {
    service: Arc<Service>,
    seen: Seen,
}

impl Dispatch {
    /// For a service.
    #[must_use]
    pub fn new(service: Arc<Service>) -> Self {
        Self { service, seen: Seen::default() }
    }

    /// A stream has begun: nobody's presence is known, and everybody who may see us is told that
    /// we are there.
    pub fn begin(&mut self, stream: StreamNo) {
        self.seen.forget();
        self.service.asked.forget();
        let service = Arc::clone(&self.service);
        tokio::spawn(async move {
            service.greet().await;
            let age = match service.ask_server(Ask::Age).await {
                Some(Known::Age(age)) => Some(age),
                _ => None,
            };
            service.server_answered(stream, age).await;
            service.look_for_accounts().await;
        });
    }

    /// A stanza that was passed over for its size: an IQ is owed an answer all the same.
    pub async fn oversized(&mut self, head: &Head, max_bytes: usize) {
        self.service.metrics.dropped("oversized");
        let refused = crate::wire::check::Refused::TooLarge { max: max_bytes };
        self.service.answer_head(head, refused.error()).await;
    }

    /// A stanza.
    pub async fn stanza(&mut self, bytes: &Bytes) {
        if let Some(over) = self.service.too_much(bytes) {
            return self.service.slow_down(over).await;
        }
        let Some(inbound) = Inbound::read(bytes, &self.service.ours) else {
            self.service.metrics.dropped("unparsable");
            let error = reply::bad_request("this is not XML that can be read");
            self.service.answer_head(&Head::read(bytes), error).await;
            return;
        };
        let service = &self.service;
        match inbound {
            Inbound::Question(asker, question) => {
                Arc::clone(service).question(asker, question).await;
            }
            Inbound::Words(asker, words) => {
                Arc::clone(service).words(asker, *words).await;
            }
            Inbound::ToNumber(asker, number) => service.to_number(&asker, &number).await,
            Inbound::Report(asker, complaint) => {
                Arc::clone(service).report(asker, complaint).await;
            }
            Inbound::CardAnswer(asker, answer) => {
                Arc::clone(service).answer_card(asker, *answer).await;
            }
            Inbound::CardAck(from, ack) => service.acknowledged_card(from, &ack).await,
            Inbound::Receipt(from, ids) => {
                for id in ids {
                    service.committer.receipt(id, from.clone()).await;
                }
            }
            Inbound::Bounce(from, id, bounce) => {
                let bounced = service.committer.begin(move |tx, world| {
                    Box::pin(
                        async move { ops::delivery::bounced(tx, world, id, &from, bounce).await },
                    )
                });
                service.released(bounced.await);
            }
            Inbound::Presence(asker, presence) => self.presence(asker, presence).await,
            Inbound::Answer(asker, known) => self.answered(&asker, known),
            Inbound::Nothing(why) => service.metrics.dropped(why),
        }
    }

    /// Only who was asked answers for himself.
    fn answered(&self, asker: &Asker, known: Known) {
        let service = &self.service;
        let is_wanted = match service.asked.take(&asker.from, &asker.id) {
            // Who asked may have given up.
            Some(waiting) => waiting.send(known).is_ok(),
            None => service.told_zone(asker, known),
        };
        if !is_wanted {
            service.metrics.dropped("iq-answer");
        }
    }

    async fn presence(&mut self, asker: Asker, presence: Presence) {
        let service = Arc::clone(&self.service);
        let committer = service.committer.clone();
        let jid = asker.from.to_bare().to_string();
        match presence {
            Presence::Available => {
                if self.seen.came(&asker.from) {
                    let came = committer.begin(move |tx, world| {
                        Box::pin(async move { ops::account::came_online(tx, world, &jid).await })
                    });
                    service.released(came.await);
                }
            }
            Presence::Unavailable => {
                if self.seen.went(&asker.from) {
                    let went = committer.begin(move |tx, world| {
                        Box::pin(async move { ops::account::went_offline(tx, world, &jid).await })
                    });
                    drop(went.await);
                }
            }
            Presence::Subscribe(given) => service.subscribe(asker, given).await,
            Presence::Subscribed => service.granted(asker).await,
            Presence::Unsubscribed => {
                let noted = committer.begin(move |tx, _| {
                    Box::pin(async move { tx.set_seen_by_us(&jid, false).await })
                });
                drop(noted.await);
            }
            Presence::Unsubscribe => {
                let noted = committer
                    .begin(move |tx, _| Box::pin(async move { tx.set_sees_us(&jid, false).await }));
                drop(noted.await);
                let from = asker.to.to_bare();
                service.presence(from.as_str(), &asker, "unsubscribed").await;
                service.presence(&service.speaker(&asker), &asker, "unavailable").await;
            }
            Presence::Probe => service.probed(asker),
        }
    }
}

impl Service {
    /// Answers those who asked for a share to be taken, as the outcomes come, until none can come.
    pub async fn answer(self: Arc<Self>, mut answered: mpsc::UnboundedReceiver<Answered>) {
        /// Answers taken at one time.
        const MANY: usize = 512;
        let mut some = Vec::with_capacity(MANY);
        while answered.recv_many(&mut some, MANY).await > 0 {
            for (asker, answer) in some.drain(..) {
                let answer = match answer {
                    Ok(accepted) => reply::result(&asker, &reply::sent(&accepted)),
                    Err(refusal) => self.error(&asker, &reply::refusal(&refusal)),
                };
                self.put(answer).await;
            }
        }
    }

    /// Answers an IQ.
    async fn question(self: Arc<Self>, asker: Asker, question: Question) {
        let answer = match question {
            Question::Ping => reply::result(&asker, ""),
            Question::Version => reply::result(&asker, &service::version()),
            Question::Time => reply::result(&asker, &service::time(self.clock.now())),
            Question::VCard => {
                return self.answer_in_his_language(asker, |service, asker, lang| {
                    let (name, url) = (&service.voice.name, &service.voice.public_url);
                    reply::result(asker, &vcard::vcard(name, url, lang))
                });
            }
            Question::Command(Ok(request)) => return self.command(asker, request).await,
            Question::Command(Err(fault)) => {
                return self.answer_in_his_language(asker, move |service, asker, lang| {
                    service.error(asker, &fault.error(lang))
                });
            }
            Question::DiscoInfo(Some(node)) if adhoc::is_node(&node) => {
                return self.answer_in_his_language(asker, move |service, asker, lang| {
                    let is_admin = service.is_admin(asker);
                    service.found(asker, service.disco.info(asker, Some(&node), lang, is_admin))
                });
            }
            Question::DiscoItems(Some(node)) if adhoc::is_node(&node) => {
                return self.answer_in_his_language(asker, move |service, asker, lang| {
                    let is_admin = service.is_admin(asker);
                    service.found(asker, service.disco.items(asker, Some(&node), lang, is_admin))
                });
            }
            Question::DiscoInfo(node) => {
                let is_admin = self.is_admin(&asker);
                self.found(&asker, self.disco.info(&asker, node.as_deref(), self.lang, is_admin))
            }
            Question::DiscoItems(node) => {
                let is_admin = self.is_admin(&asker);
                self.found(&asker, self.disco.items(&asker, node.as_deref(), self.lang, is_admin))
            }
            Question::Unknown => self.error(&asker, &reply::unknown()),
            Question::NotImplemented => self.error(&asker, &reply::not_implemented()),
            Question::Malformed(why) => self.error(&asker, &reply::bad_request(&why)),
            Question::RegisterForm => return self.register_form(asker),
            Question::Register(given) => return self.register(asker, given).await,
            Question::Unregister => return self.unregister(asker).await,
            Question::Prompt | Question::Prompted(_) if asker.to.to_bare() != self.ours.domain => {
                self.error(&asker, &reply::unknown())
            }
            Question::Prompt => {
                return self.answer_in_his_language(asker, |_, asker, lang| {
                    reply::result(asker, &gateway::prompt(lang))
                });
            }
            Question::Prompted(typed) => {
                return self.answer_in_his_language(asker, move |service, asker, lang| {
                    service.address_of(asker, &typed, lang)
                });
            }
            Question::Send(send) => return self.send_share(asker, *send).await,
            Question::Lookup(lookup) => return self.look_up(asker, lookup),
            Question::Status(share) => return self.status(asker, &share),
            Question::Revoke(share) => return self.revoke(asker, &share).await,
            Question::Card(card) => return self.card(asker, *card).await,
            Question::Block(items) => return self.block(asker, items).await,
            Question::Unblock(items) => return self.unblock(asker, items).await,
            Question::BlockList => return self.block_list(asker),
        };
        self.put(answer).await;
    }

    /// Whether the stanza comes from an administrator: exactly one of the configured addresses,
    /// which the server vouches for.
    fn is_admin(&self, asker: &Asker) -> bool {
        self.admins.contains(&asker.from.to_bare())
    }

    /// Answers an IQ whose answer people read.
    fn answer_in_his_language(
        self: Arc<Self>,
        asker: Asker,
        answer: impl FnOnce(&Self, &Asker, Lang) -> String + Send + 'static,
    ) {
        tokio::spawn(async move {
            let lang = self.lang_for(&asker).await;
            self.put(answer(&self, &asker, lang)).await;
        });
    }

    fn found(&self, asker: &Asker, answer: Option<String>) -> String {
        match answer {
            Some(answer) => reply::result(asker, &answer),
            None => self.error(asker, &reply::no_such_node()),
        }
    }

    /// The receipt: what was asked for is durable (XEP-0184 §5.3).
    async fn acknowledge(&self, asker: &Asker, wanted: bool) {
        if wanted {
            let id = self.chance.uuid(self.clock.now());
            self.put(reply::receipt(&self.voice.from, asker, id)).await;
        }
    }

    async fn answer_head(&self, head: &Head, error: xmpp_parsers::stanza_error::StanzaError) {
        if let Some(asker) = reply::asker_of(head) {
            let error = self.error(&asker, &error);
            self.put(error).await;
        }
    }

    fn error(&self, asker: &Asker, error: &xmpp_parsers::stanza_error::StanzaError) -> String {
        self.metrics.refused(reply::counted(error));
        reply::error(asker, error)
    }

    /// Something may have been released: the worker looks.
    fn released(&self, noted: oneshot::Receiver<bool>) {
        let committer = self.committer.clone();
        tokio::spawn(async move {
            if noted.await == Ok(true) {
                committer.outbox().queued();
            }
        });
    }

    /// Sends a stanza of ours. One that must not leave is a fault of ours: it is counted, logged,
    /// and nothing happens to the stream.
    async fn put(&self, xml: String) {
        match Stanza::new(xml, self.ours.domain.as_str()) {
            Ok(stanza) => {
                self.metrics.stanzas_out.count(stanza.bytes());
                self.outlet.send(stanza).await;
            }
            Err(error) => {
                self.metrics.dropped("unsendable");
                tracing::error!(%error, "a stanza of ours cannot be sent");
            }
        }
    }
}
