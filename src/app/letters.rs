//! What letters are sent by, as the operator has configured it.

use std::sync::Arc;

use anyhow::anyhow;

use super::instance::Instance;
use crate::{
    config::{Config, SmsRoad},
    http_client::Caller,
    mailer::{Channels, Sms, Worker, chat::Chat, gateway::Gateway, mail::Mail},
    post::letter::Budgets,
    say::voice::Voice,
};

/// Letters in 24 hours.
pub(super) fn budgets(config: &Config) -> Budgets {
    Budgets {
        sms: config.sms.as_ref().map(|sms| sms.per_day),
        mail: config.email.as_ref().map(|email| email.per_day),
    }
}

pub(super) fn worker(of: &Instance, voice: &Voice) -> anyhow::Result<Worker> {
    let sms = match of.config.sms.as_ref().map(|sms| &sms.road) {
        Some(SmsRoad::Http(http)) => {
            let caller = Caller::new(http.ca_file.as_deref());
            let caller = caller.map_err(|error| anyhow!("cannot set up TLS for SMS: {error}"))?;
            Some(Sms::Http(Box::new(Gateway::new((**http).clone(), caller))))
        }
        Some(SmsRoad::Xmpp { xmpp }) => Some(Sms::Xmpp(xmpp.clone())),
        None => None,
    };
    let mail = of.config.email.as_ref().map(Mail::new).transpose();
    let mail = mail.map_err(|error| anyhow!("cannot set up TLS for mail: {error}"))?;
    let lang = of.config.component.lang;
    let chat = Chat { outlet: of.outlet.clone(), voice: Arc::new(voice.clone()), lang };
    Ok(Worker {
        db: of.db.clone(),
        committer: of.committer.clone(),
        clock: of.clock.clone(),
        metrics: Arc::clone(&of.metrics),
        channels: Channels { chat, sms, mail },
        budgets: budgets(&of.config),
    })
}
