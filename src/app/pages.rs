//! The pages, put together from what each of them shows.

use std::sync::Arc;

use axum::Router;
use jid::BareJid;

use crate::{
    committer::Committer,
    component::dispatch::Service,
    config::Config,
    db::Db,
    domain::clock::Clock,
    memory::Budget,
    metrics::Metrics,
    web::{
        self,
        address_book::AddressBooks,
        archive::Archive,
        card_picture::Studio,
        download::Downloads,
        invitation::Invitations,
        leader::{Leader, Server},
        network::Proxies,
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
        let downloads = Downloads::new(Arc::clone(self.rules));
        let archive = Archive { db: db.clone(), clock: clock.clone(), pictures };
        let invitations = Invitations {
            db: db.clone(),
            clock: clock.clone(),
            committer: self.committer.clone(),
            metrics: Arc::clone(self.metrics),
            leader: self.leader.clone(),
            accounts_a_day: config.invite.accounts_a_day.into(),
        };
        let books = AddressBooks {
            db: db.clone(),
            clock: clock.clone(),
            committer: self.committer.clone(),
            leader: self.leader.clone(),
        };
        let places = web::invitation::Places {
            host: config.component.host.to_string(),
            register_url: config.invite.register_url.clone(),
        };
        let all = web::page::router(site.clone(), &archive)
            .merge(web::invitation::router(site.clone(), places, invitations))
            .merge(web::address_book::router(site.clone(), books, &downloads, memory))
            .merge(web::card::router(site.clone(), self.studio, archive.clone()))
            .merge(web::saved::router(site.clone(), archive.clone(), downloads))
            .merge(web::picture::router(archive));
        let proxies = Proxies::new(&config.http.trusted_proxies);
        let all = web::gate::guarded(all, site, proxies.clone(), memory.clone(), clock.clone());
        (all, proxies)
    }
}

/// What pages ask of the server, by `service`, which has the stream to it.
pub(super) fn server(service: &Arc<Service>) -> Server {
    let (asked, asking) = (Arc::clone(service), Arc::clone(service));
    Server {
        makes_accounts: Box::new(move || asked.makes_accounts()),
        make_account: Box::new(move || {
            let service = Arc::clone(&asking);
            Box::pin(async move { service.make_account().await })
        }),
    }
}
