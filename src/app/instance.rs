//! What the instance that owns the stream is made of.

use std::sync::Arc;

use crate::{
    app::leader::Lead,
    card::template::Templates,
    committer::Committer,
    config::Config,
    db::Db,
    domain::{clock::Clock, id::Chance},
    fetch::decoder::Decoder,
    link::stream::Outlet,
    memory::Budget,
    metrics::Metrics,
    watchdog::Watchdog,
    web::leader::Leader,
    world::Rules,
};

/// The instance that owns the stream.
pub(super) struct Instance {
    pub(super) config: Config,
    pub(super) db: Db,
    pub(super) clock: Clock,
    pub(super) chance: Chance,
    pub(super) metrics: Arc<Metrics>,
    pub(super) memory: Budget,
    pub(super) outlet: Outlet,
    pub(super) committer: Committer,
    pub(super) rules: Arc<Rules>,
    pub(super) watchdog: Watchdog,
    pub(super) leading: Lead,
    /// Who asks the server on behalf of a page.
    pub(super) leader: Leader,
    /// What cards can look like.
    pub(super) templates: Arc<Templates>,
    /// What decodes pictures, whatever they are of.
    pub(super) decoder: Decoder,
}
