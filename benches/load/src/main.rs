//! The load side of `make bench`: fake server, clients and the no-op forwarder.
//!
//! Each load prints one line of JSON when it is done; `benches/run` makes the table of them.

mod answers;
mod clients;
mod fake_server;
mod fanout;
mod forwarder;
mod frames;
mod peer;
mod process;
mod stanza;
mod steady;
mod times;

use anyhow::Result;
use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(about = "Load, fake server and no-op forwarder of `make bench`")]
struct Args {
    #[command(subcommand)]
    role: Role,
}

#[derive(Subcommand)]
enum Role {
    /// A fake server that starts a component, gives it shares and takes its messages
    Steady(fake_server::SteadyArgs),
    /// A fake server that sends to many recipients at once while another account goes on
    Fanout(fanout::FanoutArgs),
    /// Clients on a real server that send shares and take the messages
    Clients(clients::ClientsArgs),
    /// Two clients on a real server, of whom one answers a share of the other
    Answers(answers::AnswersArgs),
    /// A component that keeps nothing: each share becomes a result and its messages at once
    Forwarder(forwarder::ForwarderArgs),
}

#[tokio::main]
async fn main() -> Result<()> {
    match Args::parse().role {
        Role::Steady(args) => fake_server::run(args).await,
        Role::Fanout(args) => fanout::run(args).await,
        Role::Clients(args) => clients::run(args).await,
        Role::Answers(args) => answers::run(args).await,
        Role::Forwarder(args) => forwarder::run(args).await,
    }
}
