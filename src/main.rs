//! The command line.

use std::{
    io::{IsTerminal, Write},
    path::PathBuf,
    process::ExitCode,
    time::Duration,
};

use clap::{Parser, Subcommand};
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;
use tracing_subscriber::EnvFilter;
use tradepost::{app, config::Config, db::Db, panics, permission, watchdog::Watchdog};

/// Parsing and rendering allocate a lot of small things; this allocator costs a fifth less.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Product shares, business cards and purchases between XMPP contacts.
#[derive(Parser)]
#[command(version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the component.
    Serve(ConfigFile),
    /// Say what is wrong with the configuration, or print what counts, without secrets.
    CheckConfig(ConfigFile),
    /// Send a share as a client: for bots and shell scripts.
    #[cfg(feature = "send")]
    Send(Box<tradepost::send_client::Args>),
    /// Prove the books: accepted deliveries = sum of the states.
    Audit(ConfigFile),
    /// Decode a picture within bounds: what the service starts for each.
    #[command(hide = true)]
    Decode(app::Decode),
}

#[derive(clap::Args)]
struct ConfigFile {
    /// The configuration, TOML; the environment (`TRADEPOST_COMPONENT__DOMAIN`, …) wins over it.
    #[arg(long)]
    config: Option<PathBuf>,
}

impl ConfigFile {
    fn load(&self) -> anyhow::Result<Config> {
        Ok(Config::load(self.config.as_deref(), std::env::vars())?)
    }
}

/// The stack of each thread, in bytes. What runs out of it cannot be contained; a command in a
/// debug build has been seen to need 2 MiB.
const STACK: usize = 8 << 20;

/// How long threads are waited for at the end: one may look for a name, or for a process that hangs.
const LAST: Duration = Duration::from_secs(1);

fn main() -> ExitCode {
    let command = Cli::parse().command;
    if let Command::Decode(job) = &command {
        return app::decode(job);
    }
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().thread_stack_size(STACK).build();
    let run = |runtime: tokio::runtime::Runtime| {
        let done = runtime.block_on(run(command));
        runtime.shutdown_timeout(LAST);
        done
    };
    let done = runtime.map_err(anyhow::Error::from).and_then(run);
    done.unwrap_or_else(|error| {
        // One line, with every cause.
        let _ = writeln!(std::io::stderr(), "tradepost: {error:#}");
        ExitCode::FAILURE
    })
}

async fn run(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Serve(file) => serve(&file).await,
        Command::CheckConfig(file) => check_config(&file),
        Command::Audit(file) => audit(&file).await,
        #[cfg(feature = "send")]
        Command::Send(args) => Ok(tradepost::send_client::run(*args).await),
        Command::Decode(job) => Ok(app::decode(&job)),
    }
}

async fn serve(file: &ConfigFile) -> anyhow::Result<ExitCode> {
    let config = file.load()?;
    // tokio_xmpp logs whole stanzas at trace.
    let filter = EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| EnvFilter::new("info"))
        .add_directive("tokio_xmpp=info".parse()?)
        .add_directive("sqlx=warn".parse()?)
        // It would tell of what is drawn, and so of cards.
        .add_directive("usvg=off".parse()?);
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        // It would say on the same stream that it cannot write there, and panic over that.
        .log_internal_errors(false)
        .init();
    panics::report();
    for warning in &config.warnings {
        tracing::warn!("{warning}");
    }
    let watchdog = Watchdog::new(|name| std::env::var_os(name))
        .map_err(|error| anyhow::anyhow!("cannot use NOTIFY_SOCKET: {error}"))?;
    if let Some(file) = Db::file(config.database.url.expose())?
        && let Some(warning) = permission::folder_warning(&file)
    {
        tracing::warn!("{warning}");
    }
    let stop = CancellationToken::new();
    tokio::spawn(stop_on_signal(stop.clone())?);
    app::run(config, watchdog, stop).await?;
    Ok(ExitCode::SUCCESS)
}

/// The first SIGTERM or SIGINT stops softly, the second at once.
fn stop_on_signal(stop: CancellationToken) -> std::io::Result<impl Future<Output = ()>> {
    let (mut term, mut int) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    Ok(async move {
        tokio::select! { _ = term.recv() => {}, _ = int.recv() => {} }
        tracing::info!("stopping; a second signal stops at once");
        stop.cancel();
        tokio::select! { _ = term.recv() => {}, _ = int.recv() => {} }
        std::process::exit(1);
    })
}

fn check_config(file: &ConfigFile) -> anyhow::Result<ExitCode> {
    let config = file.load()?;
    let mut found = app::cards::check(&config)?;
    if let Some(file) = Db::file(config.database.url.expose())? {
        permission::check(&file)?;
        found.extend(permission::folder_warning(&file));
    }
    let mut out = std::io::stdout().lock();
    for warning in config.warnings.iter().chain(&found) {
        writeln!(out, "# warning: {warning}")?;
    }
    write!(out, "{}", config.effective())?;
    Ok(ExitCode::SUCCESS)
}

async fn audit(file: &ConfigFile) -> anyhow::Result<ExitCode> {
    let config = file.load()?;
    let url = config.database.url.expose();
    // Opened, it would be made, and an empty one balances.
    if let Some(file) = Db::file(url)?
        && !file.try_exists()?
    {
        anyhow::bail!(
            "there is no database {}: run this in the folder that the service runs in, or write \
             the whole path into database.url",
            std::path::absolute(&file)?.display()
        );
    }
    let db = Db::open(url).await?;
    let books = db.read().await?.books().await?;
    db.close().await;
    let mut out = std::io::stdout().lock();
    writeln!(out, "accepted      {:>12}", books.accepted)?;
    writeln!(out, "notices       {:>12}", books.notices)?;
    for (state, count) in &books.states {
        writeln!(out, "{:<14}{count:>12}", state.name())?;
    }
    writeln!(out, "sent again    {:>12}", books.resent)?;
    if books.balance() {
        writeln!(out, "the books balance")?;
        return Ok(ExitCode::SUCCESS);
    }
    writeln!(
        out,
        "the books DO NOT balance: {} shares differ from their deliveries",
        books.unbalanced
    )?;
    Ok(ExitCode::FAILURE)
}
