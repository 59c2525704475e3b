//! `[limits]`: how much of everything.

use jid::BareJid;
use serde::Serialize;

use super::{check, invalid::Invalid, output::texts, source::Source};

/// The most that a limit can be.
const MOST: u64 = 1_000_000;

/// `[limits]`. What is counted in a time is unlimited at 0.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Limits {
    /// Products in one share, at most 5.
    pub products_per_share: usize,
    /// Recipients of one share, at most 200.
    pub recipients_per_share: usize,
    /// Shares of one account.
    pub shares_per_hour: u32,
    /// Recipients of all shares of one account.
    pub recipients_per_hour: u32,
    /// Requests and messages of one account.
    pub stanzas_per_minute: u32,
    /// Codes that one account looks up or passes on.
    pub lookups_per_minute: u32,
    /// Phone numbers, each once, that one account gives cards to.
    pub numbers_per_day: u32,
    /// Requests and messages of one other server.
    pub domain_stanzas_per_minute: u32,
    /// Requests and messages of everybody.
    pub total_stanzas_per_minute: u32,
    /// MiB that are kept anew for one account.
    pub kept_per_hour: u32,
    /// MiB that are kept anew for one other server.
    pub domain_kept_per_hour: u32,
    /// MiB that are kept anew for everybody.
    pub total_kept_per_hour: u32,
    /// How long an account is new, at most 720 hours.
    pub new_hours: u64,
    /// Shares of an account that is new.
    pub new_shares_per_hour: u32,
    /// Recipients of all shares of an account that is new.
    pub new_recipients_per_hour: u32,
    /// Accounts and domains for whom none of what is counted in a time is limited.
    #[serde(serialize_with = "texts")]
    pub unlimited: Vec<BareJid>,
}

impl Limits {
    pub(super) fn read(source: &Source) -> Result<Self, Invalid> {
        let size = |key: &str, most: u64| {
            source.or(&format!("limits.{key}"), most, check::number(1..=most))
        };
        let rate = |key: &str, default: u64| {
            source.or(&format!("limits.{key}"), default, check::number(0..=MOST))
        };
        Ok(Self {
            products_per_share: size("products_per_share", 5)?,
            recipients_per_share: size("recipients_per_share", 200)?,
            shares_per_hour: rate("shares_per_hour", 30)?,
            recipients_per_hour: rate("recipients_per_hour", 1_000)?,
            stanzas_per_minute: rate("stanzas_per_minute", 60)?,
            lookups_per_minute: rate("lookups_per_minute", 10)?,
            numbers_per_day: rate("numbers_per_day", 10)?,
            domain_stanzas_per_minute: rate("domain_stanzas_per_minute", 600)?,
            total_stanzas_per_minute: rate("total_stanzas_per_minute", 30_000)?,
            kept_per_hour: rate("kept_per_hour", 8)?,
            domain_kept_per_hour: rate("domain_kept_per_hour", 32)?,
            total_kept_per_hour: rate("total_kept_per_hour", 192)?,
            new_hours: source.or("limits.new_hours", 24, check::number(0..=720))?,
            new_shares_per_hour: rate("new_shares_per_hour", 10)?,
            new_recipients_per_hour: rate("new_recipients_per_hour", 50)?,
            unlimited: source.or("limits.unlimited", vec![], check::addresses)?,
        })
    }
}
