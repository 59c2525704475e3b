//! The pages, put together from what each of them shows.

use std::sync::Arc;

use axum::Router;
use jid::BareJid;

use crate::{
    app::{
        address_book::Kept,
        invitation::{Guests, Leader},
        lookup,
    },
    committer::Committer,
    config::Config,
    db::Db,
    domain::clock::Clock,
    memory::Budget,
    metrics::Metrics,
    web::{
        self, archive::Archive, card_picture::Studio, download::Downloads, network::Proxies,
        site::Site,
    },
    world::Rules,
};

/// What they are made from.
pub(super) struct Parts<'a> {
    pub(super) config: &'a Config,
    pub(super) contact: &'a BareJid,
    pub(super) public_url: String,
    pub(super) studio: Arc<Studio>,
    pub(super) db: &'a Db,
    pub(super) clock: &'a Clock,
    pub(super) committer: &'a Committer,
    pub(super) metrics: &'a Arc<Metrics>,
    pub(super) leader: &'a Leader,
    pub(super) rules: &'a Arc<Rules>,
    pub(super) memory: &'a Budget,
}

impl Parts<'_> {
    /// All of them, behind the gate, and who is believed there.
    pub(super) fn router(self) -> (Router, Proxies) {
        let Self { config, db, clock, memory, .. } = self;
        let site = Site {
            public_url: self.public_url,
            name: config.component.name.clone(),
            contact: self.contact.clone(),
            lang: config.component.lang,
        };
        let pictures = config.pictures.fetch;
        let (page, file) = (lookup::page(db, clock, pictures), lookup::picture(db));
        let downloads = Downloads::new(Arc::clone(self.rules));
        let archive = Archive { db: db.clone(), clock: clock.clone(), pictures };
        let guests = Guests {
            db: db.clone(),
            clock: clock.clone(),
            committer: self.committer.clone(),
            metrics: Arc::clone(self.metrics),
            leader: Arc::clone(self.leader),
            accounts_a_day: config.invite.accounts_a_day.into(),
        };
        let kept = Kept {
            db: db.clone(),
            clock: clock.clone(),
            committer: self.committer.clone(),
            leader: Arc::clone(self.leader),
        };
        let places = web::invitation::Places {
            host: config.component.host.to_string(),
            register_url: config.invite.register_url.clone(),
        };
        let all = web::page::router(site.clone(), page, file.clone())
            .merge(web::invitation::router(site.clone(), places, guests))
            .merge(web::address_book::router(site.clone(), kept, &downloads, memory))
            .merge(web::card::router(site.clone(), self.studio, lookup::card(db, clock)))
            .merge(web::saved::router(site.clone(), archive, downloads))
            .merge(web::picture::router(file));
        let proxies = Proxies::new(&config.http.trusted_proxies);
        let all = web::gate::guarded(all, site, proxies.clone(), memory.clone(), clock.clone());
        (all, proxies)
    }
}
