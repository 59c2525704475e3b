//! What one of a group asks for and the database refuses, or ends by a fault of ours, is undone
//! alone.

use std::sync::{Arc, Mutex};

use crate::{
    claim::claim,
    committer::{Boxed, Committer, NotKept, committer},
    db::{Db, Error, Tx},
    domain::{
        clock::Clock,
        delivery::State,
        id::{DeliveryId, StreamNo},
        refusal::Refusal,
        share::{Outgoing, Submission},
    },
    invite::join::take_in,
    outbox::{
        delivery::{lost, taken, unsendable, unwritten},
        stream::{closed, opened},
    },
    people::account::{Quiet, set_quiet},
    tests::{
        NOW, chance, facts, join, join_online, refuse, state, states, submission, take, world,
    },
    world::World,
};
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

facts!(
    a_share_that_the_database_refuses_takes_no_other_along,
    an_operation_that_fails_or_panics_undoes_itself_alone,
    a_receipt_that_the_database_refuses_takes_no_other_along,
    a_note_that_the_database_refuses_takes_no_other_along,
    a_note_is_given_again_while_the_database_takes_nothing,
    a_note_that_the_database_refuses_alone_is_not_given_for_ever,
    what_is_told_of_several_is_kept_of_the_others_when_the_database_refuses_one,
    a_delivery_that_cannot_be_claimed_rests_and_the_others_go,
    nothing_overtakes_what_was_queued_before_it_in_one_group,
    whatever_queues_something_says_so,
);

/// What became of each share of a group, by its key.
type Answers = Arc<Mutex<Vec<(String, Result<(), Refusal>)>>>;

/// Puts a submission into the group, of which the answer will be kept.
async fn ask(committer: &Committer, answers: &Answers, submission: Submission) {
    let (answers, key) = (Arc::clone(answers), submission.submit_id.clone());
    let reply = Box::new(move |answer: Result<_, _>| {
        answers.lock().unwrap().push((key, answer.map(drop)));
    });
    committer.submit(submission, reply).await;
}

/// Does in one group whatever `gather` asks for.
async fn in_one_group<T>(db: &Db, gather: impl AsyncFnOnce(&Committer) -> T) -> T {
    let (committer, task, _ready) = committer(db.clone(), Clock::System, chance(), Arc::default());
    let stop = CancellationToken::new();
    let gathered = gather(&committer).await;
    // It takes what waits before it stops.
    let running = tokio::spawn(task.run(stop.clone()));
    drop(committer);
    running.await.expect("the committer");
    gathered
}

async fn a_share_that_the_database_refuses_takes_no_other_along(db: &Db) {
    let mut tx = db.write().await.unwrap();
    crate::tests::join(&mut tx, &world(), &["juliet@x", "romeo@x"]).await;
    refuse(&mut tx, "INSERT", "share", "NEW.submit_id = 'bad'").await;
    tx.commit().await.unwrap();
    let answers = Answers::default();
    in_one_group(db, async |committer| {
        for key in ["1", "bad", "2"] {
            ask(committer, &answers, submission("juliet@x", key, key, &["romeo@x"])).await;
        }
    })
    .await;
    let mut answers = answers.lock().unwrap().clone();
    answers.sort_by(|a, b| a.0.cmp(&b.0));
    assert_eq!(answers, [("1".to_owned(), Ok(())), ("2".to_owned(), Ok(()))]);
    let mut tx = db.read().await.unwrap();
    assert!(tx.share_by_key("juliet@x", "bad").await.unwrap().is_none());
    let kept = tx.share_by_key("juliet@x", "2").await.unwrap();
    assert_eq!(kept.map(|share| share.handle), Some(2), "the numbers have no gap");
}

async fn an_operation_that_fails_or_panics_undoes_itself_alone(db: &Db) {
    async fn join(tx: &mut Tx, jid: &str) {
        assert_eq!(take_in(tx, &world(), jid, "en", None).await.unwrap(), Some(true));
    }
    let waiting = in_one_group(db, async |committer| {
        let good = committer.begin(|tx, _| {
            Box::pin(async {
                join(tx, "juliet@x").await;
                Ok(())
            })
        });
        let good = good.await;
        let fails = committer.begin(|tx, _| {
            Box::pin(async {
                join(tx, "romeo@x").await;
                Err::<(), _>(Error::RowNotFound)
            })
        });
        let fails = fails.await;
        let panics = committer.begin(|tx, _| {
            Box::pin(async {
                join(tx, "mercutio@x").await;
                assert_eq!(tx.account("mercutio@x").await?, None, "it panics");
                Ok(())
            })
        });
        let panics = panics.await;
        let also_good = committer.begin(|tx, _| {
            Box::pin(async {
                join(tx, "benvolio@x").await;
                Ok(())
            })
        });
        [good, fails, panics, also_good.await]
    })
    .await;
    let mut done = Vec::new();
    for one in waiting {
        done.push(one.await.map_err(|_| NotKept));
    }
    assert_eq!(done, [Ok(()), Err(NotKept), Err(NotKept), Ok(())]);
    let mut tx = db.read().await.unwrap();
    for (jid, has_joined) in
        [("juliet@x", true), ("romeo@x", false), ("mercutio@x", false), ("benvolio@x", true)]
    {
        assert_eq!(tx.account(jid).await.unwrap().is_some(), has_joined, "{jid}");
    }
}

/// Deliveries to somebody and to whoever is refused, in this order, which the worker has claimed.
async fn on_their_way(tx: &mut Tx, world: &World) -> (StreamNo, Vec<Outgoing>) {
    join_online(tx, world, &["juliet@x", "romeo@x", "bad@x"]).await;
    let stream = opened(tx, "boot", NOW).await.unwrap();
    for to in ["romeo@x", "bad@x"] {
        take(tx, world, 0, submission("juliet@x", to, to, &[to])).await;
    }
    let ready = claim(tx, world, 64).await.unwrap().ready;
    assert_eq!(ready.len(), 2);
    (stream, ready)
}

/// Holds these, to somebody and to whoever is refused, to their states.
async fn assert_states(db: &Db, ready: &[Outgoing], expected: [State; 2]) {
    let mut tx = db.read().await.unwrap();
    for (one, expected) in ready.iter().zip(expected) {
        assert_eq!(state(&mut tx, one.id).await, expected, "{}", one.to);
    }
}

async fn a_receipt_that_the_database_refuses_takes_no_other_along(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    let (stream, ready) = on_their_way(&mut tx, &world).await;
    let ids: Vec<DeliveryId> = ready.iter().map(|one| one.id).collect();
    taken(&mut tx, &world, &ids, stream).await.unwrap();
    refuse(&mut tx, "UPDATE", "delivery", "NEW.rcpt = 'bad@x'").await;
    tx.commit().await.unwrap();
    in_one_group(db, async |committer| {
        for one in &ready {
            let from = one.to.clone();
            committer.receipts(vec![one.id], from).await;
        }
    })
    .await;
    assert_states(db, &ready, [State::Confirmed, State::Handed]).await;
}

async fn a_note_that_the_database_refuses_takes_no_other_along(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    let (stream, ready) = on_their_way(&mut tx, &world).await;
    refuse(&mut tx, "UPDATE", "delivery", "NEW.rcpt = 'bad@x'").await;
    tx.commit().await.unwrap();
    let ids: Vec<DeliveryId> = ready.iter().map(|one| one.id).collect();
    let noting = async |committer: &Committer| {
        let committer = committer.clone();
        [tokio::spawn(async move { committer.taken(ids, stream).await })]
    };
    let [noted] = in_one_group(db, noting).await;
    assert_eq!(noted.await.unwrap(), Ok(()), "it is not given again");
    assert_states(db, &ready, [State::Handed, State::Claimed]).await;
}

/// The database takes nothing, or everything again.
async fn take_nothing(db: &Db, nothing: bool) {
    match db {
        Db::Sqlite { write, .. } => {
            let text = if nothing { "PRAGMA query_only = ON" } else { "PRAGMA query_only = OFF" };
            sqlx::raw_sql(text).execute(write).await.unwrap();
        }
        Db::Postgres { write, .. } => {
            let text = if nothing {
                "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY"
            } else {
                "SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE"
            };
            // Both of them.
            let mut connections = [write.acquire().await.unwrap(), write.acquire().await.unwrap()];
            for connection in &mut connections {
                sqlx::raw_sql(text).execute(&mut **connection).await.unwrap();
            }
        }
    }
}

/// What becomes of a note that these were taken.
async fn noted(db: &Db, ids: &[DeliveryId], stream: StreamNo) -> Result<(), NotKept> {
    let ids = ids.to_vec();
    let noting = async |committer: &Committer| {
        let committer = committer.clone();
        [tokio::spawn(async move { committer.taken(ids, stream).await })]
    };
    let [noted] = in_one_group(db, noting).await;
    noted.await.unwrap()
}

async fn a_note_is_given_again_while_the_database_takes_nothing(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    let (stream, ready) = on_their_way(&mut tx, &world).await;
    tx.commit().await.unwrap();
    let ids: Vec<DeliveryId> = ready.iter().map(|one| one.id).collect();
    take_nothing(db, true).await;
    assert_eq!(noted(db, &ids, stream).await, Err(NotKept));
    assert_eq!(noted(db, &ids[..1], stream).await, Err(NotKept), "of one too");
    take_nothing(db, false).await;
    assert_eq!(noted(db, &ids, stream).await, Ok(()));
    assert_states(db, &ready, [State::Handed; 2]).await;
}

async fn a_note_that_the_database_refuses_alone_is_not_given_for_ever(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    let (stream, ready) = on_their_way(&mut tx, &world).await;
    refuse(&mut tx, "UPDATE", "delivery", "NEW.rcpt = 'bad@x'").await;
    tx.commit().await.unwrap();
    assert_eq!(noted(db, &[ready[1].id], stream).await, Ok(()));
    assert_states(db, &ready, [State::Claimed; 2]).await;
}

async fn what_is_told_of_several_is_kept_of_the_others_when_the_database_refuses_one(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    let (_, mut ready) = on_their_way(&mut tx, &world).await;
    ready.reverse();
    let ids: Vec<DeliveryId> = ready.iter().map(|one| one.id).collect();
    refuse(&mut tx, "UPDATE", "delivery", "NEW.rcpt = 'bad@x'").await;
    lost(&mut tx, &world, &ids, false).await.unwrap();
    assert_eq!(state(&mut tx, ids[0]).await, State::Claimed);
    assert_eq!(state(&mut tx, ids[1]).await, State::Queued);
    unwritten(&mut tx, &world, &ids[..1]).await.unwrap();
    unsendable(&mut tx, &world, &ids[..1]).await.unwrap();
    assert_eq!(state(&mut tx, ids[0]).await, State::Claimed);
}

async fn a_delivery_that_cannot_be_claimed_rests_and_the_others_go(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join_online(&mut tx, &world, &["juliet@x", "romeo@x", "bad@x"]).await;
    for to in ["bad@x", "romeo@x"] {
        take(&mut tx, &world, 0, submission("juliet@x", to, to, &[to])).await;
    }
    refuse(&mut tx, "UPDATE", "delivery", "NEW.rcpt = 'bad@x' AND NEW.state = 3").await;
    let claimed = claim(&mut tx, &world, 64).await.unwrap().ready;
    assert_eq!(claimed.iter().map(|one| one.to.to_string()).collect::<Vec<_>>(), ["romeo@x"]);
    assert_eq!(tx.due(State::Queued, world.now, 64).await.unwrap().len(), 0, "it rests");
    let after = crate::tests::later(&world, 600_000);
    assert_eq!(tx.due(State::Queued, after.now, 64).await.unwrap().len(), 1);
}

/// Queues a share to romeo.
fn queue<'t>(tx: &'t mut Tx, world: &'t World) -> Boxed<'t, Result<(), Error>> {
    Box::pin(async move {
        take(tx, world, 0, submission("juliet@x", "1", "c", &["romeo@x"])).await;
        Ok(())
    })
}

async fn nothing_overtakes_what_was_queued_before_it_in_one_group(db: &Db) {
    let mut tx = db.write().await.unwrap();
    join_online(&mut tx, &world(), &["juliet@x", "romeo@x"]).await;
    tx.commit().await.unwrap();
    let (committer, task, _ready) = committer(db.clone(), Clock::System, chance(), Arc::default());
    let running = tokio::spawn(task.run(CancellationToken::new()));
    committer.outbox().set_up(true);
    let claimed = async |expected: usize| {
        let claimed = committer.claim(9, String::new()).await.unwrap();
        assert_eq!(claimed.ready.len(), expected);
        assert!(!committer.outbox().has_backlog());
    };
    claimed(0).await;
    let answers = Answers::default();
    // Whoever has the group wait, and so these two are one.
    let (go, gone) = oneshot::channel::<()>();
    let waits = committer.begin(|_, _| Box::pin(async { Ok(gone.await.is_ok()) })).await;
    let queued = committer.begin(queue).await;
    ask(&committer, &answers, submission("juliet@x", "2", "c", &["romeo@x"])).await;
    go.send(()).unwrap();
    assert!(waits.await.unwrap());
    queued.await.unwrap();
    claimed(2).await;
    // And with nothing queued, it goes straight.
    ask(&committer, &answers, submission("juliet@x", "3", "c", &["romeo@x"])).await;
    claimed(0).await;
    drop(committer);
    running.await.unwrap();
    let mut tx = db.read().await.unwrap();
    assert_eq!(states(&mut tx).await, [(State::Claimed, 3)]);
}

async fn whatever_queues_something_says_so(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    let (stream, ready) = on_their_way(&mut tx, &world).await;
    let ids: Vec<DeliveryId> = ready.iter().map(|one| one.id).collect();
    let queues = |tx: &mut Tx| {
        let queues = tx.queues();
        tx.note_claimed(false);
        queues
    };
    assert!(queues(&mut tx), "a share");
    take(&mut tx, &world, 9, submission("juliet@x", "k", "c", &["paris@x"])).await;
    assert!(!queues(&mut tx), "to somebody who has not joined");
    join(&mut tx, &world, &["paris@x"]).await;
    assert!(queues(&mut tx), "who joins");
    set_quiet(&mut tx, &world, "romeo@x", Quiet::Hours(None)).await.unwrap();
    assert!(queues(&mut tx), "the end of quiet hours");
    taken(&mut tx, &world, &ids, stream).await.unwrap();
    assert!(!queues(&mut tx), "what the server has");
    closed(&mut tx, stream, false, world.now).await.unwrap();
    assert!(queues(&mut tx), "and may have lost");
}
