//! Who has how much of the room for those who are there.

use std::collections::HashMap;

use jid::BareJid;

use crate::{
    component::dispatch::owner::{OTHERS, Owner, Owners, SERVER},
    memory::{Budget, Hold, Use},
};

/// What a person takes beside their address, in bytes.
pub(super) const PERSON: usize = 256;

/// Who has how much of the room, in bytes.
#[derive(Debug)]
pub(super) struct Rooms {
    owners: Owners,
    memory: Budget,
    pub(super) servers: HashMap<u64, usize>,
    pub(super) others: usize,
}

impl Rooms {
    pub(super) fn new(host: &BareJid, memory: &Budget) -> Self {
        let (owners, memory) = (Owners::new(host), memory.clone());
        Self { owners, memory, servers: HashMap::new(), others: 0 }
    }

    /// Room for one more; none when they all, or those of their server, have as much as they may.
    pub(super) fn take(&mut self, who: &BareJid) -> Option<(Owner, Hold)> {
        let (owner, bytes) = (self.owners.of(who), PERSON + who.as_str().len());
        let all = self.memory.most_of_one();
        if let Some(server) = owner.server {
            let of_server = self.servers.get(&server).copied().unwrap_or_default();
            if of_server + bytes > all / SERVER || self.others + bytes > all / OTHERS.1 * OTHERS.0 {
                return None;
            }
        }
        let room = self.memory.take(Use::Presence, bytes)?;
        if let Some(server) = owner.server {
            *self.servers.entry(server).or_default() += bytes;
            self.others += bytes;
        }
        Some((owner, room))
    }

    pub(super) fn give_back(&mut self, owner: Owner, room: &Hold) {
        let Some(server) = owner.server else { return };
        self.others -= room.bytes();
        if let Some(of_server) = self.servers.get_mut(&server) {
            *of_server -= room.bytes();
            if *of_server == 0 {
                self.servers.remove(&server);
            }
        }
    }

    pub(super) fn clear(&mut self) {
        (self.servers, self.others) = (HashMap::new(), 0);
    }
}
