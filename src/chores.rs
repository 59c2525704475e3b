//! What the service sees to by itself, a row for each: when, and what one transaction does of it. Whoever
//! runs the table knows nothing else of what is done.

mod gauges;
mod invite;

pub use self::{gauges::Gauges, invite::Inviting};
use crate::{
    card::{self, own::follow, say_own},
    claim,
    committer::Boxed,
    db::{Result, Tx},
    domain::{clock::Millis, invitation, letter},
    invite::{account_link, proof, say_address},
    people::{consent, report},
    share::{picture, removal},
    unfinished,
    world::{Cursor, World, is_full},
};

/// Rows of what is over, each of a few words, forgotten in one transaction.
const FORGOTTEN: i64 = 500;
/// Collected cards forgotten in one transaction.
const COLLECTED: i64 = 100;
/// Pictures, which are large, forgotten in one transaction.
const PICTURES: i64 = 20;
/// Cards looked at in one transaction, whether they are to be sent again.
const CARDS: i64 = 100;

/// Passes over what is due at one look: what many have typed at one moment arrives together all the same.
const PASSES: usize = 16;
/// Portions of those who follow changed cards that are told at one look.
const TELLINGS: usize = 16;
/// Portions of what is unfinished, and of each kind of what is over, at one look.
const PORTIONS: usize = 50;

/// Something that the service sees to by itself.
#[derive(Debug)]
pub struct Chore {
    /// What it is about, for the log.
    pub name: &'static str,
    /// When it is seen to.
    pub when: When,
    /// The most portions at one look; the next one goes on.
    pub portions: usize,
    /// Does a portion, in a transaction of its own. Answers where the next goes on; none when nothing is
    /// left.
    pub portion: for<'t> fn(Portion<'t>) -> Boxed<'t, Result<Option<Cursor>>>,
}

/// When a chore is seen to.
#[derive(Debug)]
pub enum When {
    /// At each look that finds something to do. Each begins at the first place.
    Due(for<'t> fn(&'t mut Tx, Millis) -> Boxed<'t, Result<bool>>),
    /// In rounds: one begins every ten minutes, and goes on at each look until nothing is left, or the
    /// database does not take a portion.
    Rounds,
}

/// What a portion of a chore is given.
#[derive(Debug)]
pub struct Portion<'t> {
    /// Its transaction.
    pub tx: &'t mut Tx,
    /// The world as it is then.
    pub world: &'t World,
    /// How people are invited.
    pub inviting: &'t Inviting,
    /// Where it goes on.
    pub place: Cursor,
}

/// All chores, in the order in which they are seen to at a look.
pub static CHORES: [Chore; 19] = [
    Chore {
        name: "deliveries",
        when: When::Due(|tx, now| Box::pin(tx.is_any_due(now))),
        portions: PASSES,
        portion: |it| Box::pin(more(claim::due(it.tx, it.world))),
    },
    Chore {
        name: "invitations",
        when: When::Due(|tx, now| {
            Box::pin(async move { Ok(!tx.inviters_due(now, 1).await?.is_empty()) })
        }),
        portions: 1,
        portion: |it| Box::pin(once(it.inviting.send(it.tx, it.world))),
    },
    Chore {
        name: "cards without an acknowledgement",
        when: When::Due(|tx, now| {
            Box::pin(async move { Ok(!tx.again_due(now, 1).await?.is_empty()) })
        }),
        portions: 1,
        portion: |it| Box::pin(once(card::inbox::send_again(it.tx, it.world, CARDS))),
    },
    Chore {
        name: "changes of cards",
        when: When::Due(|tx, now| {
            Box::pin(async move { Ok(tx.own_card_due(now).await?.is_some()) })
        }),
        portions: TELLINGS,
        portion: |it| Box::pin(more(follow::tell(it.tx, it.world, &say_own::changed))),
    },
    Chore {
        name: "unfinished work",
        when: When::Due(|tx, now| Box::pin(tx.is_unfinished(now))),
        portions: PORTIONS,
        portion: |it| Box::pin(unfinished::go_on_in_turns(it.tx, it.world, it.place)),
    },
    Chore {
        name: "deleted cards",
        when: When::Due(|tx, now| Box::pin(tx.collected_over(now))),
        portions: 1,
        portion: |it| Box::pin(once(card::collected::forget(it.tx, it.world, COLLECTED))),
    },
    Chore {
        name: "old reports",
        when: When::Rounds,
        portions: PORTIONS,
        portion: |it| {
            let before = it.world.now.before(report::KEPT);
            Box::pin(full(FORGOTTEN, it.tx.delete_old_reports(before, FORGOTTEN)))
        },
    },
    Chore {
        name: "old codes",
        when: When::Rounds,
        portions: PORTIONS,
        portion: |it| Box::pin(full(FORGOTTEN, it.tx.delete_old_proofs(it.world.now, FORGOTTEN))),
    },
    Chore {
        name: "old links to shares",
        when: When::Rounds,
        portions: PORTIONS,
        portion: |it| Box::pin(full(FORGOTTEN, it.tx.delete_old_saved(it.world.now, FORGOTTEN))),
    },
    Chore {
        name: "old links to exports",
        when: When::Rounds,
        portions: PORTIONS,
        portion: |it| Box::pin(full(FORGOTTEN, it.tx.delete_old_exports(it.world.now, FORGOTTEN))),
    },
    Chore {
        name: "old links to address books",
        when: When::Rounds,
        portions: PORTIONS,
        portion: |it| {
            Box::pin(full(FORGOTTEN, it.tx.delete_old_card_desks(it.world.now, FORGOTTEN)))
        },
    },
    Chore {
        name: "old letters",
        when: When::Rounds,
        portions: PORTIONS,
        portion: |it| {
            let until = it.world.now.before(letter::KEPT);
            Box::pin(full(FORGOTTEN, it.tx.delete_old_letters(until, FORGOTTEN)))
        },
    },
    Chore {
        name: "addresses shown long ago",
        when: When::Rounds,
        // Their owners are told: so many in a round, and no more.
        portions: 1,
        portion: |it| Box::pin(once(proof::doubt(it.tx, it.world, FORGOTTEN, say_address::stale))),
    },
    Chore {
        name: "old invitations",
        when: When::Rounds,
        portions: PORTIONS,
        portion: |it| {
            let until = it.world.now.before(invitation::KEPT);
            Box::pin(full(FORGOTTEN, it.tx.delete_old_invitations(until, FORGOTTEN)))
        },
    },
    Chore {
        name: "who was invited long ago",
        when: When::Rounds,
        portions: PORTIONS,
        portion: |it| {
            let until = it.world.now.before(invitation::KEPT);
            Box::pin(full(FORGOTTEN, it.tx.delete_old_asked(until, FORGOTTEN)))
        },
    },
    Chore {
        name: "questions without an answer",
        when: When::Rounds,
        portions: PORTIONS,
        portion: |it| Box::pin(full(FORGOTTEN, consent::lapse(it.tx, it.world, FORGOTTEN))),
    },
    Chore {
        name: "old links to accounts",
        when: When::Rounds,
        portions: PORTIONS,
        portion: |it| {
            Box::pin(full(FORGOTTEN, account_link::forget(it.tx, it.world.now, FORGOTTEN)))
        },
    },
    Chore {
        name: "old pictures",
        when: When::Rounds,
        portions: PORTIONS,
        portion: |it| Box::pin(full(PICTURES, picture::forget(it.tx, it.world, PICTURES))),
    },
    Chore {
        name: "old shares",
        when: When::Rounds,
        portions: PORTIONS,
        portion: |it| Box::pin(removal::forget(it.tx, it.world, it.place)),
    },
];

/// There is a next portion if this one says that there may be more.
async fn more(portion: impl Future<Output = Result<bool>>) -> Result<Option<Cursor>> {
    Ok(portion.await?.then(Cursor::default))
}

/// There is a next portion if this one was of as many rows as it may be of.
async fn full(limit: i64, portion: impl Future<Output = Result<u64>>) -> Result<Option<Cursor>> {
    Ok(is_full(portion.await?, limit).then(Cursor::default))
}

/// There is no next portion at this look, or in this round.
async fn once<T>(portion: impl Future<Output = Result<T>>) -> Result<Option<Cursor>> {
    portion.await?;
    Ok(None)
}
