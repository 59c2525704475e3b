//! What the operator lets people do.

use std::time::Duration;

use crate::{
    config::Config,
    domain::{clock::Clock, name::Reserved},
    limits::{self as rate, Rates},
    world::Rules,
};

/// The rules of this configuration.
pub(super) fn of(config: &Config, clock: &Clock) -> Rules {
    let of = &config.limits;
    let rates = Rates {
        stanzas: of.stanzas_per_minute,
        domain_stanzas: of.domain_stanzas_per_minute,
        total_stanzas: of.total_stanzas_per_minute,
        kept: of.kept_per_hour,
        domain_kept: of.domain_kept_per_hour,
        total_kept: of.total_kept_per_hour,
        shares: of.shares_per_hour,
        recipients: of.recipients_per_hour,
        lookups: of.lookups_per_minute,
        numbers: of.numbers_per_day,
        new_shares: of.new_shares_per_hour,
        new_recipients: of.new_recipients_per_hour,
        new_for: Duration::from_hours(of.new_hours),
        unlimited: of.unlimited.clone(),
        host: Some(config.component.host.clone()),
    };
    let component = &config.component;
    let contact = format!("{}@{}", component.contact, component.domain);
    let names = [&component.name, &component.contact, &contact, &component.domain.to_string()];
    Rules {
        ask: config.consent.ask,
        limits: rate::Limits::new(rates, clock),
        reserved: Reserved::new(names.map(String::as_str)),
    }
}
