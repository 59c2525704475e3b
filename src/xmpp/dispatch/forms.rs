//! Ad-hoc commands: sessions, and what is done with what was filled in.

use std::sync::Arc;

use super::{Service, talk::Form};
use crate::{
    commands::{
        Access, Command,
        call::{Answer, Call, Outcome},
        open::{Open, Step, Turn},
        run::{prefilled, refilled},
    },
    domain::refusal::Refusal,
    render::texts::Text,
    store::db,
    xmpp::{
        adhoc::{self, Action, Fault, Request},
        inbound::Asker,
        reply,
    },
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
            return self.begin_form(asker, command, request).await;
        };
        let form = match self.talk.take_form(&asker.from, command, &session, self.clock.now()) {
            Ok(form) => form,
            Err(fault) => return self.fault(&asker, fault).await,
        };
        self.go_on(asker, form, &request).await;
    }

    /// The first request of a session.
    async fn begin_form(
        self: Arc<Self>,
        asker: Asker,
        command: &'static Command,
        request: Request,
    ) {
        if matches!(request.action, Action::Cancel | Action::Turn(Turn::Back)) {
            return self.fault(&asker, Fault::BadAction).await;
        }
        let session = format!("{:016x}{:016x}", self.chance.bits(), self.chance.bits());
        let caller = self.caller(&asker);
        let begun =
            async { prefilled(&mut self.db.read().await?, &self.desk, &caller, command).await };
        let Ok((lang, values)) = begun.await else {
            let error = self.error(&asker, &reply::refusal(&Refusal::STORE));
            return self.put(error).await;
        };
        let call = Call { values, ..Call::of(command) };
        let form = Form { session, open: Open::new(call, lang) };
        if command.fields.is_empty() {
            return self.finish_form(asker, form).await;
        }
        if request.given.is_some() {
            return self.go_on(asker, form, &request).await;
        }
        self.show(&asker, form, None).await;
    }

    async fn go_on(self: Arc<Self>, asker: Asker, mut form: Form, request: &Request) {
        let turn = match request.action {
            Action::Cancel => {
                let Open { call, lang, .. } = &form.open;
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
                self.talk.keep_form(&asker.from, form, self.clock.now());
                self.fault(&asker, Fault::BadAction).await;
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
        if let Some(values) = refilled(&mut self.db.read().await?, &caller, &open.call).await? {
            let fields: Vec<&str> = open.fields().map(|field| field.var).collect();
            open.call.values.retain(|var, _| !fields.contains(var));
            open.call.values.extend(values);
        }
        Ok(())
    }

    async fn show(&self, asker: &Asker, form: Form, wrong: Option<&str>) {
        let page = adhoc::executing(&form.open, &form.session, wrong);
        self.talk.keep_form(&asker.from, form, self.clock.now());
        self.put(reply::result(asker, &page)).await;
    }

    /// Gets what it lacks, does it, and answers once it is kept.
    async fn finish_form(self: Arc<Self>, asker: Asker, form: Form) {
        if !self.lacks(&asker, &form.open.call) {
            return self.finish_now(asker, form).await;
        }
        tokio::spawn(async move {
            let Form { session, mut open } = form;
            match self.bring(&asker, open.call.clone()).await {
                Ok(call) => {
                    open.call = call;
                    self.finish_now(asker, Form { session, open }).await;
                }
                Err(told) => {
                    let told = adhoc::refused(open.call.command, &session, open.lang, &told);
                    self.put(reply::result(&asker, &told)).await;
                }
            }
        });
    }

    async fn finish_now(self: Arc<Self>, asker: Asker, form: Form) {
        let Form { session, mut open } = form;
        let done = self.perform(&asker, open.call.clone(), false).await;
        tokio::spawn(async move {
            let command = open.call.command;
            let Some(Outcome { lang, answer, after }) = done.await else {
                let text = Text::TryLater.in_lang(open.lang);
                let told = adhoc::refused(command, &session, open.lang, &text);
                return self.put(reply::result(&asker, &told)).await;
            };
            let told = match answer {
                Answer::Done(text) => adhoc::completed(command, &session, lang, &text),
                Answer::Refused(text) => adhoc::refused(command, &session, lang, &text),
                Answer::Ask(question) => {
                    open.asked = Some(question);
                    return self.show(&asker, Form { session, open }, None).await;
                }
            };
            self.put(reply::result(&asker, &told)).await;
            self.afterwards(&asker, after).await;
        });
    }

    async fn fault(&self, asker: &Asker, fault: Fault) {
        let error = self.error(asker, &fault.error(self.lang_for(asker).await));
        self.put(error).await;
    }
}
