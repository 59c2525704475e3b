//! Builds everything, starts the tasks, waits, and stops them in order. The only file that knows
//! all modules.

pub mod cards;
mod files;
mod inbox;
mod instance;
mod leader;
mod letters;
mod pages;
mod readiness;
mod rules;
mod stream;
mod tasks;

use std::{
    sync::{Arc, Mutex, atomic::AtomicBool},
    time::Duration,
};

use anyhow::{Context, anyhow, bail};
use jid::{BareJid, Jid};
use tokio::{net::TcpListener, sync::mpsc};
use tokio_util::sync::CancellationToken;

use self::{
    instance::Instance,
    tasks::{Apart, Tasks},
};
use crate::{
    app::{
        leader::Lead,
        stream::{boot, hooks},
    },
    chat::service::ServiceInfo,
    chores::Inviting,
    committer,
    component::{
        disco::Disco,
        dispatch::{self, Accounts, Answered, Inquiries, Seen, Service, Talk},
        ejabberd::Api,
        inbound::Addresses,
    },
    config::Config,
    db::Db,
    deliver::{Worker, timers::Timers},
    domain::{clock::Clock, id::Chance, invitation::InvitationLimits, share::Outgoing},
    fetch::{self, decoder::Decoder},
    http_client::Caller,
    link::{self, Settings, stream::OutletEnd},
    memory::Budget,
    metrics::Metrics,
    outbox,
    say::voice::Voice,
    watchdog::Watchdog,
    web::{self, leader::Leader, network::Proxies},
    wire::check,
};

/// A picture is decoded in a process of its own, which is this program too.
pub use crate::fetch::decoder::{Job as Decode, run as decode};

/// The contact's resource. At least ten characters: shorter ones look like spam to Cheogram.
pub const RESOURCE: &str = "tradepost-service";

/// Runs the component until `stop`.
///
/// # Errors
/// When it cannot start, or when a task ends that should not: then the process is of no use and
/// whoever supervises it starts another.
pub async fn run(
    config: Config,
    watchdog: Watchdog,
    stop: CancellationToken,
) -> anyhow::Result<()> {
    let memory = Budget::default();
    let metrics = Arc::new(Metrics::of(memory.clone()));
    let db = Db::open(config.database.url.expose()).await.context("cannot open the database")?;
    let (clock, chance) = (Clock::System, Chance::System);
    let (outlet, outlet_end) = link::stream::channel();
    let (committer, committing, ready) =
        committer::committer(db.clone(), clock.clone(), chance.clone(), Arc::clone(&metrics));

    let decoder = Decoder::of_this_program(config.pictures.max_side)
        .context("cannot tell which file this program is")?;
    let studio = cards::studio(&config)?;
    let templates = Arc::clone(studio.templates());
    let rules = Arc::new(rules::of(&config, &clock));
    let committing = committing.with_pictures(config.pictures.fetch).with_rules(Arc::clone(&rules));
    let pages = listen(config.http.listen, "pages").await?;
    let admin = listen(config.http.admin, "admin").await?;
    let public_url = match &config.http.public_url {
        Some(url) => url.clone(),
        None => format!("http://{}", pages.local_addr()?),
    };
    let ours = addresses(&config)?;
    let voice = voice(&config, &ours, public_url.clone())?;

    let lead = Lead::new(config.database.url.expose(), db.clone(), &chance)?;
    let soft = stop.child_token();
    let mut edges = Tasks::new(&stop);
    let leader = Leader::default();
    let parts = pages::Parts {
        config: &config,
        contact: &ours.contact,
        public_url,
        studio,
        db: &db.for_visitors(),
        clock: &clock,
        committer: &committer,
        metrics: &metrics,
        leader: &leader,
        rules: &rules,
        memory: &memory,
    };
    let (public, proxies) = parts.router();
    let visitors = Apart::new("pages").context("cannot start a thread for the pages")?;
    edges.start_apart(&visitors, "pages", web::serve(pages, public, proxies, soft.clone()));
    let ready_check = readiness::readiness(&db, &committer, &clock, &outlet, &lead);
    let health = web::health::router(Arc::clone(&metrics), ready_check);
    // Health is answered to the very end.
    let last = CancellationToken::new();
    edges.start("admin", web::serve(admin, health, Proxies::default(), last.clone()));
    edges.start("watchdog", watchdog.clone().feed(last.clone()));
    // Pages and health are served. The stream is not waited for: with the server away there is
    // nothing that another start would mend.
    watchdog.ready();
    watchdog.status("standing by: another instance leads");

    // One instance owns the stream; the others wait here.
    let Some(leading) = lead.wait(&stop).await else {
        watchdog.stopping();
        last.cancel();
        edges.finish().await;
        return Ok(());
    };
    let ends = Ends { outlet: outlet_end, committing, ready };
    let instance = Instance {
        config,
        db,
        clock,
        chance,
        metrics,
        memory,
        outlet,
        committer,
        rules,
        watchdog,
        leading,
        leader,
        templates,
        decoder,
    };
    let ended = instance.run(ours, voice, ends, &mut edges, &stop).await;
    soft.cancel();
    last.cancel();
    edges.finish().await;
    instance.db.close().await;
    match ended? {
        Some(name) => bail!("the task {name} ended, which it should not"),
        None => Ok(()),
    }
}

/// What only one task may have.
struct Ends {
    outlet: OutletEnd,
    committing: committer::Task,
    ready: mpsc::Receiver<Outgoing>,
}

impl Instance {
    /// What another process has left behind is this one's.
    async fn take_over(&self, boot: &str) -> anyhow::Result<()> {
        let mut tx = self.db.write().await?;
        outbox::stream::outrun(&mut tx, &self.chance).await?;
        let resent = outbox::stream::take_over(&mut tx, boot, self.clock.now()).await?;
        tx.commit().await?;
        self.metrics.resent.inc_by(resent);
        Ok(())
    }

    /// Takes up what was left behind, runs everything until `stop`, and stops it in order: nothing
    /// new is claimed, then the stream closes, then the writer. Answers which task ended unasked.
    async fn run(
        &self,
        ours: Addresses,
        voice: Voice,
        ends: Ends,
        edges: &mut Tasks,
        stop: &CancellationToken,
    ) -> anyhow::Result<Option<&'static str>> {
        let boot = boot();
        self.take_over(&boot).await.context("cannot take over what was left behind")?;
        let (answers, answered) = mpsc::unbounded_channel();
        let service = Arc::new(self.service(ours, voice.clone(), answers)?);
        self.leader.lead(pages::server(&service));
        let [delivering_stop, streaming, writing, leased] =
            std::array::from_fn(|_| CancellationToken::new());
        let (inbound, received) = link::inbound();

        let mut delivering = Tasks::new(stop);
        let worker = self.worker(voice, ends.ready);
        delivering.start("outbox", worker.run(delivering_stop.clone()));
        delivering.start("timers", self.timers().run(delivering_stop.clone()));
        if self.config.pictures.fetch {
            delivering.start("pictures", self.pictures()?.run(delivering_stop.clone()));
        }
        let letters = letters::worker(self, &service.voice)?;
        delivering.start("letters", letters.run(delivering_stop.clone()));
        let mut link = Tasks::new(stop);
        let hooks = hooks(&service, &boot, &self.leading, &self.watchdog);
        let linked = link::run(self.settings(), hooks, ends.outlet, inbound, streaming.clone());
        link.start("link", linked);
        let pulse = self.watchdog.pulse("dispatch", 3);
        let dispatched = inbox::empty(Arc::clone(&service), received, pulse, streaming.clone());
        link.start("dispatch", dispatched);
        let answering = Arc::clone(&service).answer(answered);
        let until = streaming.clone();
        link.start("answers", async move {
            until.run_until_cancelled(answering).await;
        });
        let mut writer = Tasks::new(stop);
        let lead = self.leading.clone();
        let committing = ends.committing.while_leading(Box::new(move || lead.is_leading()));
        writer.start("committer", committing.run(writing.clone()));
        let mut lease = Tasks::new(stop);
        lease.start("leader", self.leading.clone().keep(leased.clone()));

        let ended = tokio::select! {
            biased;
            () = stop.cancelled() => None,
            name = edges.ended() => Some(name),
            name = delivering.ended() => Some(name),
            name = link.ended() => Some(name),
            name = writer.ended() => Some(name),
            name = lease.ended() => Some(name),
        };

        self.watchdog.stopping();
        delivering_stop.cancel();
        delivering.finish().await;
        if self.leading.is_leading() {
            service.leave_everybody().await;
        }
        streaming.cancel();
        link.finish().await;
        writing.cancel();
        writer.finish().await;
        leased.cancel();
        lease.finish().await;
        Ok(ended)
    }

    fn service(
        &self,
        ours: Addresses,
        voice: Voice,
        answers: mpsc::UnboundedSender<Answered>,
    ) -> anyhow::Result<Service> {
        let component = &self.config.component;
        let api = match self.config.invite.ejabberd.clone() {
            Some(it) => {
                let caller = Caller::new(None);
                let caller = caller.map_err(|error| anyhow!("cannot set up TLS: {error}"))?;
                Some(Api::new(it, caller))
            }
            None => None,
        };
        let limits = check::Limits {
            products: self.config.limits.products_per_share,
            recipients: self.config.limits.recipients_per_share,
            own: Some(component.domain.clone()),
        };
        Ok(Service {
            disco: Disco::new(ours.clone(), component.name.clone()),
            ours,
            host: component.host.clone(),
            register: self.config.access.register.clone(),
            admins: self.config.access.admins.clone(),
            rules: Arc::clone(&self.rules),
            info: Arc::new(ServiceInfo {
                name: component.name.clone(),
                lang: component.lang,
                public_url: voice.public_url.clone(),
                limits,
                ask: self.rules.ask,
                region: self.config.access.region,
                budgets: letters::budgets(&self.config),
                templates: self.templates.choice(),
            }),
            talk: Talk::new(&component.host, &self.memory),
            seen: Mutex::new(Seen::new(&component.host, &self.memory)),
            tasks: dispatch::Tasks::new(
                &component.host,
                Arc::clone(&self.metrics),
                answers.clone(),
            ),
            voice,
            committer: self.committer.clone(),
            db: self.db.clone(),
            outlet: self.outlet.clone(),
            metrics: Arc::clone(&self.metrics),
            clock: self.clock.clone(),
            chance: self.chance.clone(),
            asked: Inquiries::default(),
            accounts: Accounts::new(
                self.config.invite.accounts_a_day > 0,
                self.config.invite.register_url.is_some(),
                api,
            ),
            has_told: AtomicBool::new(false),
            guesses: Mutex::default(),
            heard: Mutex::default(),
            files: files::files(&self.config, &self.decoder)?,
            answers,
        })
    }

    fn worker(&self, voice: Voice, ready: mpsc::Receiver<Outgoing>) -> Worker {
        Worker {
            committer: self.committer.clone(),
            ready,
            outlet: self.outlet.clone(),
            voice: Arc::new(voice),
            templates: Arc::clone(&self.templates),
            metrics: Arc::clone(&self.metrics),
        }
    }

    fn timers(&self) -> Timers {
        Timers {
            db: self.db.clone(),
            committer: self.committer.clone(),
            outlet: self.outlet.clone(),
            clock: self.clock.clone(),
            metrics: Arc::clone(&self.metrics),
            invite: Arc::new(Inviting {
                limits: InvitationLimits {
                    per_sender_a_day: self.config.invite.per_sender_a_day.into(),
                    pause: Duration::from_hours(24 * u64::from(self.config.invite.pause_days)),
                },
                budgets: letters::budgets(&self.config),
                service: self.config.component.name.clone(),
                pages: self.config.http.public_url.clone(),
            }),
        }
    }

    fn pictures(&self) -> anyhow::Result<fetch::Worker> {
        Ok(fetch::Worker {
            db: self.db.clone(),
            committer: self.committer.clone(),
            clock: self.clock.clone(),
            metrics: Arc::clone(&self.metrics),
            fetcher: files::fetcher(&self.config)?,
            decoder: self.decoder.clone(),
        })
    }

    fn settings(&self) -> Settings {
        let component = &self.config.component;
        let settings = Settings::new(
            component.domain.to_string(),
            component.secret.expose().to_owned(),
            component.server.clone(),
            component.host.to_string(),
            self.chance.clone(),
        );
        let Some(limit) = self.watchdog.limit() else { return settings };
        let settings = settings.within(limit);
        if settings.longest() > limit {
            let needed = settings.longest();
            tracing::warn!(?limit, ?needed, "the watchdog is less patient than the link");
        }
        settings
    }
}

async fn listen(address: std::net::SocketAddr, what: &'static str) -> anyhow::Result<TcpListener> {
    let listener = TcpListener::bind(address)
        .await
        .with_context(|| format!("cannot listen on {address} for the {what}"))?;
    tracing::info!(address = %listener.local_addr()?, "listening for the {what}");
    Ok(listener)
}

fn addresses(config: &Config) -> anyhow::Result<Addresses> {
    let domain = config.component.domain.clone();
    let contact = BareJid::new(&format!("{}@{domain}", config.component.contact))
        .context("component.contact is no localpart")?;
    Ok(Addresses { domain, contact })
}

fn voice(config: &Config, ours: &Addresses, public_url: String) -> anyhow::Result<Voice> {
    let from = Jid::new(&format!("{}/{RESOURCE}", ours.contact))
        .context("component.contact is no localpart")?;
    Ok(Voice {
        domain: ours.domain.to_string(),
        from: from.to_string(),
        name: config.component.name.clone(),
        public_url,
    })
}
