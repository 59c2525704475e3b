//! What handling of stanzas needs: the parts that everything here works on.

use std::sync::{Arc, Mutex, atomic::AtomicBool};

use jid::BareJid;
use tokio::sync::mpsc;

use super::{accounts::known::Accounts, talk::Talk, tasks::Tasks};
use crate::{
    chat::service::ServiceInfo,
    committer::Committer,
    component::{
        answer::Guesses,
        disco::Disco,
        dispatch::{
            attachment::files::Files, inquiry::Inquiries, outcome::Answered, presence::Seen,
            repetition::recent::Heard,
        },
        inbound::Addresses,
    },
    config::Register,
    db::Db,
    domain::{clock::Clock, id::Chance},
    link::stream::Outlet,
    metrics::Metrics,
    say::voice::Voice,
    world::Rules,
};

/// What handling needs and nothing else.
pub struct Service {
    /// The addresses that are ours.
    pub ours: Addresses,
    /// The server's own domain.
    pub host: BareJid,
    /// Who speaks.
    pub voice: Voice,
    /// What disco says.
    pub disco: Disco,
    /// Who may register.
    pub register: Register,
    /// The administrators.
    pub admins: Vec<BareJid>,
    /// What people may do.
    pub rules: Arc<Rules>,
    /// What commands know of the service.
    pub info: Arc<ServiceInfo>,
    /// What is going on with people.
    pub talk: Talk,
    /// Whose clients are there.
    pub seen: Mutex<Seen>,
    /// What goes on beside the stanza that is being taken.
    pub tasks: Tasks,
    /// Where writes go.
    pub committer: Committer,
    /// Where reads go.
    pub db: Db,
    /// Where answers go.
    pub outlet: Outlet,
    /// What is counted.
    pub metrics: Arc<Metrics>,
    /// The time.
    pub clock: Clock,
    /// Ids.
    pub chance: Chance,
    /// What the server is being asked.
    pub asked: Inquiries,
    /// Who fetches what people bring.
    pub files: Files,
    /// What it does for people who have no account.
    pub accounts: Accounts,
    /// Whether it was told already that a stanza of ours cannot be sent.
    pub has_told: AtomicBool,
    /// Who was told lately where their words went.
    pub guesses: Mutex<Guesses>,
    /// Which words were heard lately.
    pub heard: Mutex<Heard>,
    /// What has become of the shares that were asked for, no more of them than the committer takes
    /// at once, and of what a fault of ours has ended.
    pub answers: mpsc::UnboundedSender<Answered>,
}
