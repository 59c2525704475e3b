//! Ad-hoc commands: sessions, and what is done with what was filled in.

use std::sync::Arc;

use xmpp_parsers::stanza_error::{DefinedCondition, ErrorType, StanzaError};

use super::{Service, talk::Form};
use crate::{
    chat::{
        answer::{Answer, Outcome},
        command::{Access, Call, Command},
        draft::{Draft, Step, Turn},
        run::{Prefilled, prefilled, refilled},
    },
    component::{
        adhoc::{self, Action, Fault, Request},
        dispatch::session::ONE,
        inbound::Asker,
        reply,
    },
    db,
    domain::refusal::Refusal,
    say::{command::Told, texts::Text},
};

impl Service {
    /// Answers a `<command/>`.
    pub(super) async fn command(self: Arc<Self>, asker: Asker, request: Request) {
        let Some(command) = Command::of_node(&request.node) else {
            let error = self.error(&asker, &reply::no_such_node());
            return self.put(error).await;
        };
        if command.access == Access::Admin && !self.is_admin(&asker) {
            let error = self.error(&asker, &reply::forbidden());
            return self.put(error).await;
        }
        let Some(session) = request.session.clone() else {
            if matches!(request.action, Action::Cancel | Action::Turn(Turn::Back)) {
                return self.fault(&asker, Fault::BadAction).await;
            }
            return self.begin_form(asker, command, request).await;
        };
        let now = self.clock.now();
        match self.talk.take_form(&asker.from, command, &session, now) {
            Ok(form) => self.go_on(asker, form, &request).await,
            Err(Fault::BadSession) => {
                match self.talk.read_ticket(&asker.from, command, &session, now) {
                    Ok(true) if request.action == Action::Cancel => {
                        let lang = self.lang_for(&asker).await;
                        let done = adhoc::canceled(command, &session, lang);
                        self.put(reply::result(&asker, &done)).await;
                    }
                    Ok(true) => self.begin_form(asker, command, request).await,
                    Ok(false) => self.fault(&asker, Fault::BadSession).await,
                    Err(fault) => self.fault(&asker, fault).await,
                }
            }
            Err(fault) => self.fault(&asker, fault).await,
        }
    }

    /// The first request of a session, or one of a session of which nothing is kept.
    async fn begin_form(
        self: Arc<Self>,
        asker: Asker,
        command: &'static Command,
        request: Request,
    ) {
        let caller = self.caller(&asker);
        let begun =
            async { prefilled(&mut self.db.look_up().await?, &self.info, &caller, command).await };
        let Ok(Prefilled { lang, values, has_joined }) = begun.await else {
            let error = self.error(&asker, &reply::refusal(&Refusal::STORE));
            return self.put(error).await;
        };
        let is_kept = has_joined || caller.is_admin;
        let session = if is_kept {
            format!("{:016x}{:016x}", self.chance.bits(), self.chance.bits())
        } else {
            self.talk.ticket(&asker.from, command, self.clock.now())
        };
        let call = Call { values, ..Call::of(command) };
        let form = Form { session, open: Draft::new(call, lang), is_kept };
        // Whoever has not joined sees what would be asked, and is told before the second page.
        let is_barred = !is_kept && command.access == Access::Joined;
        let goes_on = request.session.is_some();
        if command.fields.is_empty() || (is_barred && goes_on) {
            return self.finish_form(asker, form).await;
        }
        if request.given.is_some() || request.session.is_some() {
            return self.go_on(asker, form, &request).await;
        }
        self.show(&asker, form, None).await;
    }

    async fn go_on(self: Arc<Self>, asker: Asker, mut form: Form, request: &Request) {
        let turn = match request.action {
            Action::Cancel => {
                let Draft { call, lang, .. } = &form.open;
                let done = adhoc::canceled(call.command, &form.session, *lang);
                return self.put(reply::result(&asker, &done)).await;
            }
            Action::Execute => Turn::On,
            Action::Turn(turn) => turn,
        };
        let given = request.given.clone().unwrap_or_default();
        let before = form.open.page;
        match form.open.turn(turn, &given) {
            None => {
                if self.keep(&asker, form) {
                    self.fault(&asker, Fault::BadAction).await;
                } else {
                    self.no_room(&asker).await;
                }
            }
            Some(Step::Show(None)) if form.open.page > before => {
                if self.fill_page(&asker, &mut form).await.is_ok() {
                    return self.show(&asker, form, None).await;
                }
                // An empty page would be taken for one that was emptied.
                let error = self.error(&asker, &reply::refusal(&Refusal::STORE));
                self.put(error).await;
            }
            Some(Step::Show(wrong)) => self.show(&asker, form, wrong.as_deref()).await,
            Some(Step::Perform) => self.finish_form(asker, form).await,
        }
    }

    /// Fills the page that comes with what is kept of what the page before has named.
    async fn fill_page(&self, asker: &Asker, form: &mut Form) -> db::Result<()> {
        let (caller, open) = (self.caller(asker), &mut form.open);
        if let Some(values) = refilled(&mut self.db.look_up().await?, &caller, &open.call).await? {
            let fields: Vec<&str> = open.fields().map(|field| field.var).collect();
            open.call.values.retain(|var, _| !fields.contains(var));
            open.call.values.extend(values);
        }
        Ok(())
    }

    async fn show(&self, asker: &Asker, form: Form, wrong: Option<&str>) {
        let page = adhoc::executing(&form.open, &form.session, wrong);
        if !self.keep(asker, form) {
            return self.no_room(asker).await;
        }
        self.put(reply::result(asker, &page)).await;
    }

    /// Whether what is filled in could be kept, if it has to be.
    fn keep(&self, asker: &Asker, form: Form) -> bool {
        !form.is_kept || self.talk.keep_form(&asker.from, form, self.clock.now())
    }

    async fn no_room(&self, asker: &Asker) {
        let lang = self.lang_for(asker).await;
        let text = Told::FormTooLarge { max_kib: ONE >> 10 }.in_lang(lang);
        let kind = (ErrorType::Modify, DefinedCondition::NotAcceptable);
        let error = StanzaError::new(kind.0, kind.1, lang.code(), text);
        self.put(self.error(asker, &error)).await;
    }

    /// Gets what it lacks, does it, and answers once it is kept.
    async fn finish_form(self: Arc<Self>, asker: Asker, form: Form) {
        if !self.lacks(&asker, &form.open.call) {
            return self.finish_now(asker, form).await;
        }
        let tasks = self.tasks.clone();
        tasks
            .start(async move {
                let Form { session, mut open, is_kept } = form;
                match self.bring(&asker, open.call.clone()).await {
                    Ok(call) => {
                        open.call = call;
                        self.finish_now(asker, Form { session, open, is_kept }).await;
                    }
                    Err(told) => {
                        let told = adhoc::refused(open.call.command, &session, open.lang, &told);
                        self.put(reply::result(&asker, &told)).await;
                    }
                }
            })
            .await;
    }

    async fn finish_now(self: Arc<Self>, asker: Asker, form: Form) {
        let Form { session, mut open, is_kept } = form;
        let done = self.perform(&asker, open.call.clone(), false).await;
        let tasks = self.tasks.clone();
        tasks
            .start(async move {
                let command = open.call.command;
                let Some(Outcome { lang, answer, after, .. }) = done.await else {
                    let text = Text::TryLater.in_lang(open.lang);
                    let told = adhoc::refused(command, &session, open.lang, &text);
                    return self.put(reply::result(&asker, &told)).await;
                };
                let told = match answer {
                    Answer::Done(text) => adhoc::completed(command, &session, lang, &text),
                    Answer::Refused(text) => adhoc::refused(command, &session, lang, &text),
                    Answer::Ask(question) => {
                        open.asked = Some(question);
                        return self.show(&asker, Form { session, open, is_kept }, None).await;
                    }
                };
                self.put(reply::result(&asker, &told)).await;
                self.afterwards(&asker, after).await;
            })
            .await;
    }

    async fn fault(&self, asker: &Asker, fault: Fault) {
        let error = self.error(asker, &fault.error(self.lang_for(asker).await));
        self.put(error).await;
    }
}
