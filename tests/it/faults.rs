//! What may die while a share is on its way (`docs/design/delivery.md#what-may-die`), each against
//! real servers: nothing accepted is lost, and nothing comes twice but what was in flight.

mod component;
mod database;
mod disk;
mod instances;
mod network;
mod oracle;
mod recipients;
mod server;
mod stop;

use std::time::Duration;

use rand::{SeedableRng, rngs::StdRng};

use self::oracle::{Inbox, Sender};
use crate::{
    harness::{
        client::Client,
        component::{Component, Plan},
        eventually,
        server::{Kind, Server, Setup},
    },
    stanzas::{DOMAIN, register},
};

/// How long after a fault is over the component may need to be of use again.
const RECOVERY: Duration = Duration::from_secs(20);

/// A server with two people on it who have joined: Alice, who sends, and Bob, who is there.
struct Stage {
    server: Server,
    component: Component,
    alice: Client,
    bob: Client,
}

impl Stage {
    async fn set(kind: Kind) -> Self {
        Self::set_on(server(kind).await, |plan| plan).await
    }

    /// `change` says what is different about the component.
    async fn set_on(server: Server, change: impl FnOnce(Plan) -> Plan) -> Self {
        let component = change(Plan::new(&server)).start().await;
        let alice = Client::login(&server, "alice").await;
        let bob = Client::login(&server, "bob").await;
        join(&alice, "Alice").await;
        join(&bob, "Bob").await;
        Self { server, component, alice, bob }
    }

    /// Alice gets an answer for everything, Bob gets everything, and the books say so too.
    async fn settle(&self, sender: &Sender, inbox: &mut Inbox, most: usize) {
        sender.finish(&self.alice).await;
        inbox.fill(&self.bob, sender, &self.component).await;
        at_rest(&self.component).await;
        inbox.fill(&self.bob, sender, &self.component).await;
        inbox.verify(sender, most);
        balanced(&self.component);
    }
}

/// Registers, and waits until it is on the disk that the service may see him: what asks for a
/// commit later is committed later.
async fn join(client: &Client, nick: &str) {
    register(client, nick).await;
    let again = format!("<query xmlns='jabber:iq:register'><nick>{nick}</nick></query>");
    let answer = client.request("set", DOMAIN, &again).await;
    assert_eq!(answer.attr("type"), Some("result"), "{answer:?}");
}

/// A server as `docs/install.md` sets it up.
async fn server(kind: Kind) -> Server {
    Server::start_with(kind, Setup { kick_old: true, ..Setup::default() }).await
}

/// Waits until it is ready, which it has to be soon after a fault is over.
async fn recovered(component: &Component) {
    let ready = eventually(RECOVERY, async || component.is_ready().await).await;
    assert!(ready, "not ready {RECOVERY:?} after the fault; the log ends:\n{}", component.log());
}

/// Waits until nothing is being sent any more.
async fn at_rest(component: &Component) {
    let rest = eventually(Duration::from_mins(1), async || {
        // Each look starts a process: two busy cores have better things to do.
        tokio::time::sleep(Duration::from_millis(100)).await;
        let (_, books) = component.audit();
        ["queued", "claimed"].iter().all(|state| count(&books, state) == Some(0))
    });
    assert!(rest.await, "no rest:\n{}\n{}", component.audit().1, component.log());
}

/// How many deliveries are in a state, as the books say.
fn count(books: &str, state: &str) -> Option<i64> {
    books.lines().find_map(|line| line.strip_prefix(state)?.trim().parse().ok())
}

fn balanced(component: &Component) {
    let (balance, books) = component.audit();
    assert!(balance, "{books}");
}

/// A seed that is printed, so that `TRADEPOST_SEED` can repeat what it did.
fn seeded(test: &str) -> StdRng {
    let given = std::env::var("TRADEPOST_SEED").ok().and_then(|seed| seed.parse().ok());
    let seed = given.unwrap_or_else(rand::random);
    eprintln!("{test}: TRADEPOST_SEED={seed}");
    StdRng::seed_from_u64(seed)
}
