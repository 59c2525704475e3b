//! What is done with what comes in: the one place where stanzas meet operations.
//!
//! Stanzas are taken one after the other, so what somebody asks first is done first; answers are
//! waited for aside, so nobody waits for another's.

mod accounts;
mod answers;
mod ask;
mod attachment;
mod cards;
mod complaints;
mod forms;
mod inquiry;
mod out;
mod outcome;
mod owner;
mod people;
mod presence;
mod rate_limit;
mod register;
mod repetition;
mod session;
mod shares;
mod state;
mod talk;
mod tasks;
mod time_zone;
mod uploads;
mod waiting;
mod words;
mod work;

use std::sync::Arc;

use bytes::Bytes;
use xmpp_parsers::stanza_error::StanzaError;

use self::rate_limit::Gate;
pub use self::{accounts::known::Accounts, state::Service, talk::Talk, tasks::Tasks};
use super::{
    adhoc, gateway,
    inbound::{Asker, COMPLAINTS, Inbound, Known, Question, Return},
    reply, service, vcard,
};
pub use crate::component::dispatch::{
    attachment::files::{Files, Wanted},
    inquiry::Inquiries,
    outcome::Answered,
    presence::Seen,
};
use crate::{
    claim,
    component::dispatch::inquiry::Ask,
    crash,
    domain::{id::StreamNo, lang::Lang},
    link::stream::{
        framer::Oversized,
        tag::{Head, StanzaKind},
    },
    panics::{self, Cause},
};

/// Takes stanzas, one after the other.
pub struct Dispatch {
    service: Arc<Service>,
}

impl Dispatch {
    /// For a service.
    #[must_use]
    pub fn new(service: Arc<Service>) -> Self {
        Self { service }
    }

    /// A stream has begun, on which nobody's presence is known ([`Service::opened`]): everybody who
    /// may see us is told that we are there.
    pub async fn begin(&self, stream: StreamNo) {
        self.service.asked.forget();
        let service = Arc::clone(&self.service);
        let tasks = service.tasks.clone();
        tasks
            .start(async move {
                service.greet().await;
                let age = match service.ask_server(Ask::Age).await {
                    Some(Known::Age(age)) => Some(age),
                    _ => None,
                };
                service.server_answered(stream, age).await;
                service.look_for_accounts().await;
            })
            .await;
    }

    /// A minute has gone by: what was kept for a while is let go.
    pub fn tidy(&self) {
        self.service.talk.forget_old(self.service.clock.now());
    }

    /// A stanza that was passed over for its size: an IQ is owed an answer all the same.
    pub async fn oversized(&self, over: &Oversized) {
        let service = &self.service;
        service.metrics.dropped("oversized");
        match service.gate(over.head.clone(), rate_limit::UNREAD) {
            Gate::Open | Gate::Ajar(_) => {
                service.answer_head(&over.head, reply::oversized(over.why)).await;
            }
            Gate::Shut(sender, after) => service.slow_down(sender, after).await,
            Gate::Nothing(_) => {}
        }
    }

    /// A stanza. Whatever is wrong with it ends nothing but itself.
    pub async fn stanza(&self, bytes: &Bytes) {
        let head = Head::read(bytes);
        let cause = Cause::of(bytes, head.from.as_deref());
        let taken = panics::contain(&self.service.metrics, self.take(bytes, head));
        if panics::caused_by(Some(cause), taken).await.is_none() {
            self.service.say_fault(&Head::read(bytes)).await;
        }
    }

    async fn take(&self, bytes: &Bytes, head: Head) {
        let service = &self.service;
        let sender = match service.gate(head, bytes.len()) {
            Gate::Open => None,
            Gate::Ajar(sender) => Some(sender),
            shut => return Box::pin(service.turn_away(shut)).await,
        };
        crash::fault("taken", bytes);
        let Some(inbound) = Inbound::read(bytes, &service.ours) else {
            service.metrics.dropped("unparsable");
            let error = reply::bad_request("this is not XML that can be read");
            return service.answer_head(&Head::read(bytes), error).await;
        };
        let recounted = sender.and_then(|sender| service.recount(sender, &inbound));
        match recounted.or_else(|| service.full(bytes, &inbound)) {
            Some(shut) => Box::pin(service.turn_away(shut)).await,
            None => self.handle(inbound).await,
        }
    }

    async fn handle(&self, inbound: Inbound) {
        let service = &self.service;
        match inbound {
            Inbound::Question(asker, question) => {
                Box::pin(Arc::clone(service).question(asker, question)).await;
            }
            Inbound::Words(asker, words) => {
                Box::pin(Arc::clone(service).words(asker, *words)).await;
            }
            Inbound::ToNumber(asker, number) => Box::pin(service.to_number(&asker, &number)).await,
            Inbound::Report(asker, complaint) => {
                Box::pin(Arc::clone(service).report(asker, complaint)).await;
            }
            Inbound::CardAnswer(asker, answer) => {
                Box::pin(Arc::clone(service).answer_card(asker, *answer)).await;
            }
            Inbound::CardAck(from, ack) => Box::pin(service.acknowledged_card(from, &ack)).await,
            Inbound::Receipt(from, ids) => {
                service.committer.receipts(ids, from).await;
            }
            Inbound::Bounce(from, id, bounce) => {
                let bounced = service.committer.begin(move |tx, world| {
                    Box::pin(async move { claim::bounced(tx, world, id, &from, bounce).await })
                });
                drop(bounced.await);
            }
            Inbound::Presence(asker, presence) => {
                Box::pin(Arc::clone(service).present(asker, presence)).await;
            }
            Inbound::Answer(asker, known) => self.answered(&asker, known),
            Inbound::BadAddress(back) => {
                service.put(service.error_at(&back, &reply::bad_address())).await;
            }
            Inbound::Illegible(back, lang) => Box::pin(service.say_illegible(&back, lang)).await,
            Inbound::Nothing(why) => service.metrics.dropped(why),
        }
    }

    /// Only those who were asked can answer, and only for themselves.
    fn answered(&self, asker: &Asker, known: Known) {
        let service = &self.service;
        let is_wanted = match service.asked.take(&asker.from, &asker.id) {
            // Whoever asked may have given up.
            Some(waiting) => waiting.send(known).is_ok(),
            None => service.told_zone(asker, known),
        };
        if !is_wanted {
            service.metrics.dropped("iq-answer");
        }
    }
}

impl Service {
    /// Answers an IQ.
    async fn question(self: Arc<Self>, asker: Asker, question: Question) {
        // Each is in a box, or all stanzas would be as large as the largest of them, and be moved.
        let answer = match question {
            Question::Ping => reply::result(&asker, ""),
            Question::Version => reply::result(&asker, &service::version()),
            Question::Time => reply::result(&asker, &service::time(self.clock.now())),
            Question::VCard => {
                let answer = |service: &Self, asker: &Asker, lang| {
                    let (name, url) = (&service.voice.name, &service.voice.public_url);
                    reply::result(asker, &vcard::vcard(name, url, lang))
                };
                return Box::pin(self.answer_in_his_language(asker, answer)).await;
            }
            Question::Command(Ok(request)) => return Box::pin(self.command(asker, request)).await,
            Question::Command(Err(fault)) => {
                let answer = move |service: &Self, asker: &Asker, lang| {
                    service.error(asker, &fault.error(lang))
                };
                return Box::pin(self.answer_in_his_language(asker, answer)).await;
            }
            Question::DiscoInfo(Some(node)) if adhoc::is_node(&node) => {
                let answer = move |service: &Self, asker: &Asker, lang| {
                    let is_admin = service.is_admin(asker);
                    service.found(asker, service.disco.info(asker, Some(&node), lang, is_admin))
                };
                return Box::pin(self.answer_in_his_language(asker, answer)).await;
            }
            Question::DiscoItems(Some(node)) if adhoc::is_node(&node) => {
                let answer = move |service: &Self, asker: &Asker, lang| {
                    let is_admin = service.is_admin(asker);
                    service.found(asker, service.disco.items(asker, Some(&node), lang, is_admin))
                };
                return Box::pin(self.answer_in_his_language(asker, answer)).await;
            }
            Question::DiscoInfo(node) => {
                let is_admin = self.is_admin(&asker);
                self.found(
                    &asker,
                    self.disco.info(&asker, node.as_deref(), self.info.lang, is_admin),
                )
            }
            Question::DiscoItems(node) => {
                let is_admin = self.is_admin(&asker);
                self.found(
                    &asker,
                    self.disco.items(&asker, node.as_deref(), self.info.lang, is_admin),
                )
            }
            Question::Unknown => self.error(&asker, &reply::unknown()),
            Question::NotImplemented => self.error(&asker, &reply::not_implemented()),
            Question::Malformed(why) => self.error(&asker, &reply::bad_request(&why)),
            Question::RegisterForm => return Box::pin(self.register_form(asker)).await,
            Question::Register(given) => return Box::pin(self.register(asker, given)).await,
            Question::Unregister => return Box::pin(self.unregister(asker)).await,
            Question::Prompt | Question::Prompted(_) if asker.to.to_bare() != self.ours.domain => {
                self.error(&asker, &reply::unknown())
            }
            Question::Prompt => {
                let answer =
                    |_: &Self, asker: &Asker, lang| reply::result(asker, &gateway::prompt(lang));
                return Box::pin(self.answer_in_his_language(asker, answer)).await;
            }
            Question::Prompted(typed) => {
                let answer = move |service: &Self, asker: &Asker, lang| {
                    service.address_of(asker, &typed, lang)
                };
                return Box::pin(self.answer_in_his_language(asker, answer)).await;
            }
            Question::Send(send) => return Box::pin(self.send_share(asker, *send)).await,
            Question::Lookup(lookup) => return Box::pin(self.look_up(asker, lookup)).await,
            Question::Status(share) => return Box::pin(self.status(asker, &share)).await,
            Question::Revoke(share) => return Box::pin(self.revoke(asker, &share)).await,
            Question::Card(card) => return Box::pin(self.card(asker, *card)).await,
            Question::Block(items) => return Box::pin(self.block(asker, items)).await,
            Question::Unblock(items) => return Box::pin(self.unblock(asker, items)).await,
            Question::BlockList => return Box::pin(self.block_list(asker)).await,
            Question::TooManyNamed => self.error(&asker, &reply::too_many_named(COMPLAINTS)),
        };
        self.put(answer).await;
    }

    /// Whether the stanza comes from an administrator: exactly one of the configured addresses,
    /// which the server vouches for.
    fn is_admin(&self, asker: &Asker) -> bool {
        self.admins.contains(&asker.from.to_bare())
    }

    /// Answers an IQ whose answer people read.
    async fn answer_in_his_language(
        self: Arc<Self>,
        asker: Asker,
        answer: impl FnOnce(&Self, &Asker, Lang) -> String + Send + 'static,
    ) {
        let tasks = self.tasks.clone();
        tasks
            .start(async move {
                let lang = self.lang_for(&asker).await;
                self.put(answer(&self, &asker, lang)).await;
            })
            .await;
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

    /// Says to whoever sent it that a fault of ours has kept it from being done.
    async fn say_fault(&self, head: &Head) {
        let error = reply::internal("a fault of ours: it was noted; please try something else");
        self.answer_head(head, error).await;
        let asker = Return::of(head, &self.ours).ok().and_then(|back| back.asker(None));
        if let Some(asker) = asker.filter(|_| head.kind == StanzaKind::Message) {
            self.say_try_later(&asker).await;
        }
    }

    /// Answers an IQ that is not looked into.
    async fn answer_head(&self, head: &Head, error: StanzaError) {
        if head.kind != StanzaKind::Iq || !matches!(head.type_.as_deref(), Some("get" | "set")) {
            return;
        }
        match Return::of(head, &self.ours) {
            Ok(back) => self.put(self.error_at(&back, &error)).await,
            Err(why) => self.metrics.dropped(why),
        }
    }

    fn error(&self, asker: &Asker, error: &StanzaError) -> String {
        self.error_at(&asker.back(), error)
    }

    fn error_at(&self, to: &Return, error: &StanzaError) -> String {
        self.metrics.refused(reply::counted(error));
        reply::error(to, error)
    }
}

#[cfg(test)]
pub(crate) mod tests;
