//! What is counted, for Prometheus. Passed as `Arc<Metrics>`, never global.
//!
//! What the hot path counts is a field of its own, so that counting is one atomic addition. The
//! rest is looked up by its label.

use std::sync::atomic::AtomicU64;

use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric, text},
    metrics::{
        counter::Counter,
        family::Family,
        gauge::{ConstGauge, Gauge},
        histogram::{Histogram, exponential_buckets},
    },
    registry::{Registry, Unit},
};

use crate::memory::{Budget, Use};

/// Everything that is counted. Names in the field comments are those on the page `/metrics`.
#[derive(Debug)]
pub struct Metrics {
    /// `tradepost_stream_up`: 1 while the stream to the server stands.
    pub stream_up: Gauge,
    /// `tradepost_reconnects_total`: how often the stream was opened again.
    pub reconnects: Counter,
    /// `tradepost_stanzas_total{direction="in"}`
    pub stanzas_in: Kinds,
    /// `tradepost_stanzas_total{direction="out"}`
    pub stanzas_out: Kinds,
    /// `tradepost_queue_depth`: deliveries that are due and not handed over.
    pub queue_depth: Gauge,
    /// `tradepost_queue_age_seconds`: how long the oldest of them has been due.
    pub queue_age: Gauge<f64, AtomicU64>,
    /// `tradepost_resent_total`: copies that were sent again after a fault, and cards that a client
    /// should have acknowledged.
    pub resent: Counter,
    /// `tradepost_shares_accepted_total`
    pub shares_accepted: Counter,
    /// `tradepost_panics_total`: faults of ours that were contained.
    pub panics: Counter,
    /// `tradepost_reports_total`: complaints of people about others.
    pub reports: Counter,
    /// `tradepost_commit_size`: operations in one commit.
    pub commit_size: Histogram,
    /// `tradepost_commit_seconds`: from the first operation to the end of the commit.
    pub commit_seconds: Histogram,
    /// `tradepost_fence_seconds`: from the ping after a batch to its answer.
    pub fence_seconds: Histogram,
    /// `tradepost_letters_resent_total`: letters sent once more because nobody knew whether they
    /// had left.
    pub letters_resent: Counter,
    letters: Family<Letter, Counter>,
    invitations: Family<Invitation, Gauge>,
    pictures: Family<Outcome, Counter>,
    account_way: Family<Way, Gauge>,
    accounts: Family<Outcome, Counter>,
    deliveries: Family<StateLabel, Gauge>,
    dropped: Family<Reason, Counter>,
    refused: Family<Condition, Counter>,
    registry: Registry,
}

/// A counter for each kind of stanza (RFC 6120 §8.2).
#[derive(Debug)]
pub struct Kinds {
    /// `kind="message"`
    pub message: Counter,
    /// `kind="presence"`
    pub presence: Counter,
    /// `kind="iq"`
    pub iq: Counter,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Stanza {
    direction: &'static str,
    kind: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Outcome {
    result: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Way {
    by: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Letter {
    channel: &'static str,
    result: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Invitation {
    channel: &'static str,
    state: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct StateLabel {
    state: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Reason {
    reason: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Condition {
    condition: &'static str,
}

impl Kinds {
    /// Counts the stanza that begins so; what is no stanza counts as nothing.
    pub fn count(&self, stanza: &[u8]) {
        if stanza.starts_with(b"<m") {
            self.message.inc();
        } else if stanza.starts_with(b"<p") {
            self.presence.inc();
        } else {
            self.iq.inc();
        }
    }
}

impl Metrics {
    /// All of them, at nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::of(Budget::default())
    }

    /// All of them, with what `memory` has given out.
    #[must_use]
    pub fn of(memory: Budget) -> Self {
        let stanzas = Family::<Stanza, Counter>::default();
        let mut metrics = Self {
            stream_up: Gauge::default(),
            reconnects: Counter::default(),
            stanzas_in: Kinds::new(&stanzas, "in"),
            stanzas_out: Kinds::new(&stanzas, "out"),
            queue_depth: Gauge::default(),
            queue_age: Gauge::default(),
            resent: Counter::default(),
            shares_accepted: Counter::default(),
            panics: Counter::default(),
            reports: Counter::default(),
            commit_size: Histogram::new(exponential_buckets(1.0, 2.0, 10)), // 1 to 512
            commit_seconds: Histogram::new(exponential_buckets(0.0005, 2.0, 14)), // to 4 s
            fence_seconds: Histogram::new(exponential_buckets(0.001, 2.0, 15)), // to 16 s
            letters_resent: Counter::default(),
            letters: Family::default(),
            invitations: Family::default(),
            pictures: Family::default(),
            account_way: Family::default(),
            accounts: Family::default(),
            deliveries: Family::default(),
            dropped: Family::default(),
            refused: Family::default(),
            registry: Registry::with_prefix("tradepost"),
        };
        metrics.register(stanzas);
        metrics.registry.register_collector(Box::new(Memory(memory)));
        metrics
    }

    /// Counts something that came in and was let go, for `reason`. Reasons are words of the code,
    /// never anything that came in.
    pub fn dropped(&self, reason: &'static str) {
        self.dropped.get_or_create(&Reason { reason }).inc();
    }

    /// Counts a refusal by the condition it was answered with.
    pub fn refused(&self, condition: &'static str) {
        self.refused.get_or_create(&Condition { condition }).inc();
    }

    /// Counts what came of fetching a picture: `stored`, or why not, in a word of the code.
    pub fn pictures(&self, result: &'static str) {
        self.pictures.get_or_create(&Outcome { result }).inc();
    }

    /// Says how people who were invited get an account: by the `server`, by the API of
    /// `ejabberd`, at an `address`, or `none`.
    pub fn account_way(&self, way: &'static str) {
        for by in ["server", "ejabberd", "address", "none"] {
            self.account_way.get_or_create(&Way { by }).set((by == way).into());
        }
    }

    /// Counts what came of wanting an account: `made`, `spent` or `failed`.
    pub fn account(&self, result: &'static str) {
        self.accounts.get_or_create(&Outcome { result }).inc();
    }

    /// Counts a try to send a letter: `taken`, `later` or `refused`.
    pub fn letters(&self, channel: &'static str, result: &'static str) {
        self.letters.get_or_create(&Letter { channel, result }).inc();
    }

    /// Sets how many invitations by `channel` are in `state`.
    pub fn invitations(&self, channel: &'static str, state: &'static str, count: i64) {
        self.invitations.get_or_create(&Invitation { channel, state }).set(count);
    }

    /// Sets how many deliveries are in `state`.
    pub fn deliveries(&self, state: &'static str, count: i64) {
        self.deliveries.get_or_create(&StateLabel { state }).set(count);
    }

    /// All of them as `OpenMetrics` text 1.0.
    #[must_use]
    pub fn text(&self) -> String {
        let mut page = String::new();
        // Writing to a String does not fail; a metric that cannot be written is left out.
        if let Err(error) = text::encode(&mut page, &self.registry) {
            tracing::error!(%error, "cannot write the metrics");
        }
        page
    }

    fn register(&mut self, stanzas: Family<Stanza, Counter>) {
        let to = &mut self.registry;
        to.register("stream_up", "1 while the stream to the server stands", self.stream_up.clone());
        to.register("reconnects", "Streams opened after the first", self.reconnects.clone());
        to.register("stanzas", "Stanzas by direction and kind", stanzas);
        to.register("queue_depth", "Deliveries due and not handed over", self.queue_depth.clone());
        to.register_with_unit(
            "queue_age",
            "How long the oldest due delivery waits",
            Unit::Seconds,
            self.queue_age.clone(),
        );
        to.register("deliveries", "Deliveries by state", self.deliveries.clone());
        to.register(
            "resent",
            "Copies sent again after a fault, and cards not acknowledged",
            self.resent.clone(),
        );
        to.register("dropped", "What came in and was let go", self.dropped.clone());
        to.register("refused", "Refusals by condition", self.refused.clone());
        to.register("shares_accepted", "Shares accepted", self.shares_accepted.clone());
        to.register("panics", "Faults of ours that were contained", self.panics.clone());
        to.register("reports", "Complaints of people about others", self.reports.clone());
        to.register("pictures", "Pictures fetched, or why not", self.pictures.clone());
        to.register(
            "account_way",
            "How those who are invited get accounts",
            self.account_way.clone(),
        );
        to.register("accounts", "Accounts wanted, and what came of it", self.accounts.clone());
        to.register("letters", "Tries to send letters", self.letters.clone());
        to.register("invitations", "Invitations by state", self.invitations.clone());
        to.register("letters_resent", "Letters sent once more", self.letters_resent.clone());
        to.register("commit_size", "Operations in one commit", self.commit_size.clone());
        to.register_with_unit(
            "commit",
            "From a commit's first operation to its end",
            Unit::Seconds,
            self.commit_seconds.clone(),
        );
        to.register_with_unit(
            "fence",
            "From the ping after a batch to its answer",
            Unit::Seconds,
            self.fence_seconds.clone(),
        );
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl Kinds {
    fn new(stanzas: &Family<Stanza, Counter>, direction: &'static str) -> Self {
        let of = |kind| stanzas.get_or_create_owned(&Stanza { direction, kind });
        Self { message: of("message"), presence: of("presence"), iq: of("iq") }
    }
}

/// `tradepost_memory_bytes{use="…"}`, read when the page is.
#[derive(Debug)]
struct Memory(Budget);

impl Collector for Memory {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), std::fmt::Error> {
        let (unit, of_type) = (Some(&Unit::Bytes), ConstGauge::new(0_i64).metric_type());
        let help = "Kept in memory on behalf of others";
        let mut family = encoder.encode_descriptor("memory", help, unit, of_type)?;
        for what in Use::ALL {
            let used = i64::try_from(self.0.used(what)).unwrap_or(i64::MAX);
            let label = [("use", what.name())];
            ConstGauge::new(used).encode(family.encode_family(&label)?)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// The page, with something of everything.
    fn page() -> String {
        let memory = Budget::default();
        let _held = memory.take(Use::Forms, 300);
        let metrics = Metrics::of(memory);
        metrics.stream_up.set(1);
        metrics.stanzas_in.iq.inc();
        metrics.queue_age.set(1.5);
        metrics.commit_size.observe(3.0);
        metrics.dropped("no-from");
        metrics.refused("invalid-gtin");
        metrics.pictures("stored");
        metrics.account_way("none");
        metrics.account("made");
        metrics.deliveries("queued", 7);
        metrics.letters("sms", "taken");
        metrics.invitations("mail", "told", 3);
        metrics.text()
    }

    /// The table of the manual has them all, and no other.
    #[test]
    fn every_metric_is_in_the_manual() {
        let manual = include_str!("../docs/operating.md");
        let rows = manual.lines().filter_map(|line| line.strip_prefix("| `tradepost_"));
        let told = rows.filter_map(|row| row.split(['`', '{']).next());
        let told: BTreeSet<&str> = told.map(|it| it.strip_suffix("_total").unwrap_or(it)).collect();
        let page = page();
        let types = page.lines().filter_map(|line| line.strip_prefix("# TYPE tradepost_"));
        let shown: BTreeSet<&str> = types.filter_map(|it| it.split(' ').next()).collect();
        assert_eq!(told, shown);
    }

    #[test]
    fn every_metric_is_on_the_page_under_its_promised_name() {
        let page = page();
        for line in [
            "tradepost_stream_up 1",
            "tradepost_reconnects_total 0",
            "tradepost_stanzas_total{direction=\"in\",kind=\"iq\"} 1",
            "tradepost_stanzas_total{direction=\"out\",kind=\"message\"} 0",
            "tradepost_queue_depth 0",
            "tradepost_queue_age_seconds 1.5",
            "tradepost_deliveries{state=\"queued\"} 7",
            "tradepost_resent_total 0",
            "tradepost_dropped_total{reason=\"no-from\"} 1",
            "tradepost_refused_total{condition=\"invalid-gtin\"} 1",
            "tradepost_shares_accepted_total 0",
            "tradepost_panics_total 0",
            "tradepost_reports_total 0",
            "tradepost_pictures_total{result=\"stored\"} 1",
            "tradepost_account_way{by=\"server\"} 0",
            "tradepost_account_way{by=\"none\"} 1",
            "tradepost_accounts_total{result=\"made\"} 1",
            "tradepost_letters_total{channel=\"sms\",result=\"taken\"} 1",
            "tradepost_letters_resent_total 0",
            "tradepost_invitations{channel=\"mail\",state=\"told\"} 3",
            "tradepost_commit_size_bucket{le=\"4.0\"} 1",
            "tradepost_commit_seconds_count 0",
            "tradepost_fence_seconds_count 0",
            "tradepost_memory_bytes{use=\"forms\"} 300",
            "tradepost_memory_bytes{use=\"bodies\"} 0",
        ] {
            assert!(page.lines().any(|found| found == line), "{line}\n{page}");
        }
    }
}
