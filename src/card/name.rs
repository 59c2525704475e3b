//! Who is meant by a name (S0.3, S4.4). Everybody gives themselves what name they like, and so it
//! alone never decides to whom something goes. Whoever is in the address book is meant by the name that
//! its owner gave them. Whoever was saved there under a name, or was answered or sent something under
//! it, is meant while nobody else goes by it: that was an answer to one who was there, and says nothing
//! of another. Anybody else of that name can be chosen, and whoever was refused or blocked cannot.
//!
//! Every function that asks the database fails when that does not answer.

use std::collections::HashMap;

use jid::BareJid;
use uuid::Uuid;

use crate::{
    card::{store::CollectedRow, store_address_book::Cursor},
    db::{Result, Tx},
    domain::card::{Card, fold},
    people::consent::refusal,
    share::store_history::GotRow,
    world::World,
};

/// How far back people are recent, in things that were sent or got.
const RECENT: i64 = 200;
/// Cards of one name that are looked at.
const CARDS: i64 = 10;
/// People who can be meant, and as many who else can be chosen.
const MOST: usize = 9;

/// The people with whom somebody has to do, without those of the address book.
#[derive(Debug)]
pub(crate) struct Acquaintances {
    of: BareJid,
    got: Vec<GotRow>,
    sent: Vec<(String, i64)>,
    /// Who was refused or blocked, as far as that was looked up.
    refused: HashMap<String, bool>,
}

/// Who may be meant by a name: addresses, numbers and mail addresses, each once.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Called {
    /// Who is meant, if it is one.
    pub meant: Vec<String>,
    /// Who else can be, those first who are known by that name.
    pub others: Vec<String>,
    /// How many bytes were gone through.
    pub read: usize,
}

impl Acquaintances {
    /// Those of `of`.
    pub(crate) async fn load(tx: &mut Tx, of: &BareJid) -> Result<Self> {
        let got = tx.got_from_lately(of.as_str(), RECENT).await?;
        let sent = tx.sent_to_lately(of.as_str(), RECENT).await?;
        Ok(Self { of: of.clone(), got, sent, refused: HashMap::new() })
    }

    /// Who is called `name`. `is_word`: it is a word that means something else, or everybody's
    /// mother, and then only somebody is meant whom the owner of the address book calls so. By any other
    /// name the only one of it is who is known by it, too.
    pub(crate) async fn called(
        &mut self,
        tx: &mut Tx,
        world: &World,
        name: &str,
        is_word: bool,
    ) -> Result<Called> {
        let name = fold(name);
        let listed = listed(tx, self.of.as_str(), &name).await?;
        let (known, strangers) = self.of_name(&name);
        let known: Vec<String> = listed.saved.into_iter().chain(known).collect();
        let mut called = Called { read: listed.read, ..Called::default() };
        for (jid, is_meant) in (listed.named.into_iter().map(|jid| (jid, true))).chain(
            known.iter().cloned().chain(listed.others).chain(strangers).map(|it| (it, false)),
        ) {
            let place = if is_meant { &called.meant } else { &called.others };
            let is_there = called.meant.contains(&jid) || called.others.contains(&jid);
            if is_there || place.len() >= MOST || self.is_refused(tx, world, &jid).await? {
                continue;
            }
            let place = if is_meant { &mut called.meant } else { &mut called.others };
            place.push(jid);
        }
        let is_known = matches!(called.others.as_slice(), [only] if known.contains(only));
        if called.meant.is_empty() && is_known && !is_word {
            called.meant.append(&mut called.others);
        }
        Ok(called)
    }

    /// Those who are known by `name`, and those who only call themselves so; with doubles, the
    /// latest first.
    fn of_name(&self, name: &str) -> (Vec<String>, Vec<String>) {
        let (mut known, mut strangers) = (Vec::new(), Vec::new());
        // A program whose address is a domain is reached by nothing that somebody writes.
        for row in self.got.iter().filter(|row| row.sender.contains('@')) {
            let by_address = is_account(&row.sender, name);
            let by_name = row.sender_nick.as_deref().is_some_and(|nick| is_called(nick, name));
            if !by_address && !by_name {
                continue;
            }
            // A name counts that they had when they were sent something; an address is one's own
            // for ever.
            let was_sent = self
                .sent
                .iter()
                .any(|(to, handle)| *to == row.sender && (by_address || *handle > row.handle));
            let place = if row.answered || was_sent { &mut known } else { &mut strangers };
            place.push(row.sender.clone());
        }
        let sent = self.sent.iter().map(|(to, _)| to);
        known.extend(sent.filter(|to| is_account(to, name)).cloned());
        (known, strangers)
    }

    async fn is_refused(&mut self, tx: &mut Tx, world: &World, jid: &str) -> Result<bool> {
        if let Some(known) = self.refused.get(jid) {
            return Ok(*known);
        }
        let refused = refusal(tx, world, self.of.as_str(), jid).await?.is_some();
        self.refused.insert(jid.to_owned(), refused);
        Ok(refused)
    }
}

/// Whether somebody who calls themselves `nick` is called `name`, which is folded: by all of it or
/// its first word.
fn is_called(nick: &str, name: &str) -> bool {
    let nick = fold(nick);
    nick == name || nick.split(' ').next() == Some(name)
}

/// Whether `name` is what stands before the `@`.
fn is_account(jid: &str, name: &str) -> bool {
    jid.split_once('@').is_some_and(|(account, _)| fold(account) == name)
}

/// How those in the address book are reached whose cards are called by a name.
struct Listed {
    /// Whom its owner calls so.
    named: Vec<String>,
    /// Whose card was called so when it was saved.
    saved: Vec<String>,
    /// Whose card is called so by its giver since then.
    others: Vec<String>,
    /// How many bytes were gone through.
    read: usize,
}

/// Those who are called `name`. The book is ordered by names, so nothing else is looked at.
async fn listed(tx: &mut Tx, of: &str, name: &str) -> Result<Listed> {
    let from = Cursor { sorted: name.to_owned(), id: Uuid::nil() };
    let mut heads = tx.list_collected(of, &from, CARDS).await?;
    heads.retain(|head| is_called(&head.name, name));
    let ids: Vec<Uuid> = heads.iter().map(|head| head.id).collect();
    let rows = tx.read_collected(&ids).await?;
    let read = rows.iter().map(|row| row.card.len()).sum();
    let is_so = |row: &&CollectedRow| {
        heads.iter().any(|head| head.id == row.id && head.name == row.known_as)
    };
    let (so, others): (Vec<_>, Vec<_>) = rows.iter().partition(is_so);
    let (named, saved): (Vec<_>, Vec<_>) = so.into_iter().partition(|row| row.own_name);
    let reached = |rows: Vec<&CollectedRow>| rows.into_iter().flat_map(reached).collect();
    Ok(Listed { named: reached(named), saved: reached(saved), others: reached(others), read })
}

/// How the person is reached whose card it is: by the account that gave it, and by the addresses on it
/// for chats if it is none of these, for one of both is somebody else's; if there are none, by numbers
/// and mail addresses.
fn reached(row: &CollectedRow) -> Vec<String> {
    let keys = Card::parse(&row.card).map(|card| card.keys()).unwrap_or_default();
    let mut chats: Vec<String> =
        keys.iter().filter_map(|key| key.strip_prefix("xmpp:")).map(str::to_owned).collect();
    if let Some(giver) = row.giver.as_ref().filter(|_| !row.third) {
        if chats.contains(giver) {
            chats.clear();
        }
        chats.insert(0, giver.clone());
    }
    if chats.is_empty() { keys } else { chats }
}
