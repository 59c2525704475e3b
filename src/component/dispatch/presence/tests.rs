use std::sync::atomic::Ordering;

use tokio::{sync::oneshot, time::timeout};

use super::{rooms::PERSON, *};
use crate::{
    card::submission::submit,
    committer::Boxed,
    component::{
        dispatch::{
            Dispatch,
            owner::{OTHERS, SERVER},
            tests::{Place, said},
        },
        inbound::{Asker, Presence},
    },
    db::{self, Connection, Db, Tx},
    domain::invitation::InvitationLimits,
    invite::{invitation::tell, join::take_in},
    limits::Rates,
    memory::Use,
    tests::{harness::eventually, submission},
};

/// How long anything may take before a test calls it broken.
const PATIENCE: Duration = Duration::from_mins(1);

fn jid(text: &str) -> Entity {
    text.parse().unwrap()
}

/// Those who are there in a room of so many bytes, on the server `x`.
fn seen(bytes: usize) -> (Seen, Budget) {
    let memory = Budget::new(2 * bytes);
    (Seen::new(&"x".parse().unwrap(), &memory), memory)
}

impl Seen {
    /// What is written by now, all of it known to the database.
    fn write(&mut self, now: i64) -> Vec<(String, bool)> {
        self.rested(Millis(now));
        let mut all = Vec::new();
        while let Some(change) = self.next_change() {
            all.push((change.address, change.is_there));
        }
        self.written(Ok(&Tally::default()), Millis(now));
        all
    }
}

fn change(address: &str, is_there: bool) -> Vec<(String, bool)> {
    vec![(address.to_owned(), is_there)]
}

#[test]
fn a_person_is_there_from_the_first_resource_to_the_last() {
    let (mut seen, memory) = seen(1 << 20);
    seen.came(&jid("a@x/1"));
    assert_eq!(seen.write(0), change("a@x", true));
    seen.came(&jid("a@x/2"));
    seen.went(&jid("a@x/1"));
    assert!(seen.write(9_000).is_empty());
    seen.went(&jid("a@x/2"));
    assert_eq!(seen.write(9_000), change("a@x", false));
    assert!(seen.write(12_000).is_empty());
    assert_eq!(memory.used(Use::Presence), 0, "nothing is known of who is gone");
    seen.went(&jid("a@x/2"));
    assert!(seen.write(20_000).is_empty(), "whoever is not known to be there has not gone");
}

#[test]
fn unavailable_presence_of_the_bare_address_means_every_resource() {
    let (mut seen, _) = seen(1 << 20);
    (0..99).for_each(|n| seen.came(&jid(&format!("a@x/{n}"))));
    assert_eq!(seen.write(0), change("a@x", true));
    (0..9).for_each(|n| seen.went(&jid(&format!("a@x/{n}"))));
    assert!(seen.write(4_000).is_empty(), "ten are remembered");
    seen.went(&jid("a@x"));
    assert_eq!(seen.write(4_000), change("a@x", false));
}

#[test]
fn whoever_comes_and_goes_all_the_time_is_written_twice_in_three_seconds_and_at_last_as_they_are() {
    let (mut seen, _) = seen(1 << 20);
    let mut written = Vec::new();
    for n in 0..120 {
        let at = n * 100;
        let comes_or_goes = if n % 2 == 0 { Seen::came } else { Seen::went };
        comes_or_goes(&mut seen, &jid("a@x/1"));
        written.extend(seen.write(at).into_iter().map(|it| (at, it.1)));
    }
    let both = |at| [(at, true), (at + 100, false)];
    assert_eq!(written, [0, 3_200, 6_400, 9_600].map(both).concat());
    seen.went(&jid("a@x/1"));
    seen.came(&jid("a@x/1"));
    assert_eq!(seen.write(12_700), change("a@x", true));
}

#[test]
fn whoever_has_gone_before_they_were_written_is_not_written() {
    let (mut seen, memory) = seen(1 << 20);
    seen.came(&jid("a@y/1"));
    seen.went(&jid("a@y/1"));
    assert!(seen.write(0).is_empty());
    assert_eq!(memory.used(Use::Presence), 0);
}

#[test]
fn whoever_goes_while_it_is_written_that_they_came_is_written_at_once() {
    let (mut seen, _) = seen(1 << 20);
    seen.came(&jid("a@x/1"));
    assert!(seen.next_change().is_some());
    seen.went(&jid("a@x/1"));
    seen.written(Ok(&Tally::default()), Millis(0));
    assert_eq!(seen.write(0), change("a@x", false));
}

#[test]
fn the_servers_own_people_are_written_before_all_others() {
    let (mut seen, _) = seen(1 << 20);
    (0..9).for_each(|n| seen.came(&jid(&format!("a{n}@y/1"))));
    seen.came(&jid("a@x/1"));
    assert_eq!(seen.write(0)[0], ("a@x".to_owned(), true));
    (10..19).for_each(|n| seen.came(&jid(&format!("a{n}@x/1"))));
    seen.went(&jid("a0@y/1"));
    assert_eq!(seen.write(1)[0], ("a0@y".to_owned(), false), "who has gone before all who come");
}

#[test]
fn strangers_who_come_leave_room_for_other_servers_and_the_servers_own_people() {
    let (mut seen, memory) = seen(1 << 20);
    (0..9_999).for_each(|n| seen.came(&jid(&format!("a{n}@s{n}.evil.example/1"))));
    assert!(memory.used(Use::Presence) <= (1 << 20) / SERVER, "one has subdomains");
    (0..9_999).for_each(|n| seen.came(&jid(&format!("a{n}@s{n}.example/1"))));
    assert!(memory.used(Use::Presence) <= (1 << 20) / OTHERS.1 * OTHERS.0);
    seen.write(0);
    seen.came(&jid("romeo@x/1"));
    assert_eq!(seen.write(0), change("romeo@x", true));
    seen.went(&jid("romeo@x/1"));
    assert_eq!(seen.write(3_000), change("romeo@x", false));
    seen.forget_all();
    assert_eq!((memory.used(Use::Presence), seen.rooms.others), (0, 0));
    assert!(seen.rooms.servers.is_empty());
}

#[test]
fn whoever_there_is_no_room_for_is_written_as_they_come_and_as_they_go() {
    let (mut seen, memory) = seen(PERSON);
    assert_eq!(memory.used(Use::Presence), 0);
    seen.came(&jid("a@x/1"));
    assert_eq!(seen.write(0), change("a@x", true));
    seen.went(&jid("a@x/1"));
    assert_eq!(seen.write(0), change("a@x", false));
    (0..9_999).for_each(|n| seen.came(&jid(&format!("a{n}@x/1"))));
    assert_eq!(seen.write(0).len(), STRAYS);
    (0..9_999).for_each(|_| seen.came(&jid("a@x/1")));
    assert_eq!(seen.write(0), change("a@x", true), "of one person the last change waits");
}

#[test]
fn nobody_who_has_not_joined_is_remembered() {
    let (mut seen, memory) = seen(1 << 20);
    seen.came(&jid("a@y/1"));
    let key = seen.next_change().and_then(|it| it.key).unwrap();
    let nobody = HashSet::from([key]);
    seen.written(Ok(&Tally { nobody, ..Tally::default() }), Millis(0));
    assert_eq!(memory.used(Use::Presence), 0);
}

#[test]
fn what_the_database_did_not_take_is_written_again_however_often_it_takes_nothing() {
    let (mut seen, memory) = seen(1 << 20);
    for address in ["a@x/1", "b@x/1"] {
        seen.came(&jid(address));
    }
    for at in (0..30_000).step_by(3_000).map(Millis) {
        seen.rested(at);
        while seen.next_change().is_some() {}
        seen.written(Err(NotKept), at);
        assert!(seen.is_careful);
    }
    assert_eq!(seen.write(30_000), [change("a@x", true), change("b@x", true)].concat());
    assert!(!seen.is_careful);
    for address in ["a@x/1", "b@x/1"] {
        seen.went(&jid(address));
    }
    assert_eq!(seen.write(30_000).len(), 2);
    seen.rested(Millis(33_000));
    assert_eq!(memory.used(Use::Presence), 0);
}

#[test]
fn whoever_cannot_be_written_now_lets_others_go_first() {
    let (mut seen, _) = seen(1 << 20);
    for address in ["a@x/1", "b@x/1"] {
        seen.came(&jid(address));
    }
    assert_eq!(seen.next_change().map(|it| it.address).as_deref(), Some("a@x"));
    seen.written(Ok(&Tally { is_cut: true, ..Tally::default() }), Millis(0));
    assert_eq!(seen.write(0), change("b@x", true));
    assert!(seen.write(2_999).is_empty());
    assert_eq!(seen.write(3_000), change("a@x", true));
}

#[test]
fn whoever_there_is_no_room_for_waits_too_while_the_database_takes_nothing() {
    let (mut seen, _) = seen(PERSON);
    let all = STRAYS + 1;
    (0..all).for_each(|n| seen.came(&jid(&format!("a{n}@x/1"))));
    (0..PORTION).for_each(|_| drop(seen.next_change()));
    seen.went(&jid("a3@x/1"));
    seen.came(&jid("b@x/1"));
    seen.written(Err(NotKept), Millis(0));
    assert!(seen.strays.len() <= STRAYS);
    let cut = Tally { is_cut: true, ..Tally::default() };
    assert_eq!(seen.next_change().map(|it| it.address).as_deref(), Some("a0@x"));
    seen.written(Ok(&cut), Millis(0));
    let written = seen.write(0);
    assert_eq!(written[0], ("a0@x".to_owned(), true));
    assert_eq!(written[PORTION - 2], ("a15@x".to_owned(), true), "a3@x has gone");
    let has_gone = ("a3@x".to_owned(), false);
    assert_eq!(written.iter().filter(|it| it.0 == has_gone.0).collect::<Vec<_>>(), [&has_gone]);
}

/// How many of `a0@y` to `a499@y` are online to the database.
fn online(tx: &mut Tx) -> Boxed<'_, db::Result<usize>> {
    Box::pin(async move {
        let mut online = 0;
        for n in 0..500 {
            let account = tx.account(&format!("a{n}@y")).await?;
            online += usize::from(account.is_some_and(|it| it.online));
        }
        Ok(online)
    })
}

fn asker(n: u32) -> Asker {
    let (from, to) = (jid(&format!("a{n}@y/1")), jid("share.x"));
    Asker { from, to, id: String::new(), lang: None }
}

/// A service with so many people, `a0@y` and on, of whom nobody is there.
async fn with_people(n: u32) -> Place {
    let place = Place::new(Rates::default()).await;
    let join = place.service.committer.run(move |tx, world| {
        Box::pin(async move {
            for n in 0..n {
                take_in(tx, world, &format!("a{n}@y"), "en", None).await?;
            }
            Ok(())
        })
    });
    join.await.unwrap();
    place
}

impl Place {
    /// What the database is told from here on. Nothing comes back to it.
    async fn tell(&self, text: &'static str) {
        let Db::Sqlite { write, .. } = &self.service.db else { panic!("SQLite is in the process") };
        sqlx::raw_sql(text).execute(write).await.unwrap();
    }

    /// So many have come, and nobody writes that.
    fn comes(&self, n: u32) {
        let mut seen = self.service.seen();
        seen.is_running = true;
        (0..n).for_each(|n| seen.came(&asker(n).from));
    }

    /// A portion is written, by those who have rested too.
    async fn writes(&self) {
        let now = self.at.fetch_add(3_000, Ordering::SeqCst) + 3_000;
        self.service.seen().rested(Millis(now));
        self.service.write_some_presence().await;
    }

    /// The same, while the database takes nothing.
    async fn writes_in_vain(&self) {
        let (go, gone) = oneshot::channel::<()>();
        let committer = &self.service.committer;
        let held = committer.begin(move |_, _| {
            Box::pin(async move {
                let _ = gone.await;
                Ok(())
            })
        });
        let held = held.await;
        // In the transaction of the portion, which begins, and then cannot be written.
        let refuses = committer.begin(|tx, _| {
            Box::pin(async move {
                let Connection::Sqlite(tx) = &mut tx.connection else {
                    panic!("SQLite is in the process")
                };
                sqlx::raw_sql("PRAGMA query_only = ON").execute(&mut **tx).await.map(drop)
            })
        });
        let refuses = refuses.await;
        let goes = async { go.send(()).unwrap() };
        tokio::join!(self.writes(), goes);
        held.await.unwrap();
        refuses.await.unwrap();
        self.tell("PRAGMA query_only = OFF").await;
    }

    async fn online(&self) -> usize {
        self.service.committer.run(|tx, _| online(tx)).await.unwrap()
    }
}

#[tokio::test]
async fn nobody_is_passed_over_while_the_database_takes_nothing() {
    let place = with_people(3).await;
    place.comes(3);
    for _ in 0..3 {
        place.writes_in_vain().await;
    }
    for _ in 0..3 {
        place.writes().await;
    }
    assert_eq!(place.online().await, 3);
}

#[tokio::test]
async fn whom_the_database_refuses_takes_nobody_along_and_is_let_go() {
    let place = with_people(3).await;
    place.comes(3);
    let refuses = "CREATE TRIGGER refuses BEFORE UPDATE ON account WHEN NEW.jid = 'a1@y' \
                   BEGIN SELECT RAISE(ABORT, 'refused'); END";
    place.tell(refuses).await;
    for _ in 0..2 {
        place.writes().await;
    }
    assert_eq!(place.online().await, 2);
    assert_eq!(place.service.seen().people.len(), 2);
    assert!(!place.service.seen().is_waiting());
}

#[tokio::test]
async fn whom_we_do_not_see_any_more_nothing_says_to_be_there() {
    for room in [1 << 20, PERSON] {
        let place = with_people(1).await;
        *place.service.seen() = seen(room).0;
        place.comes(1);
        Arc::clone(&place.service).present(asker(0), Presence::Unsubscribed).await;
        place.writes().await;
        assert_eq!(place.online().await, 0);
    }
}

#[tokio::test]
async fn whoever_ends_that_we_see_them_has_gone_though_the_database_takes_nothing_then() {
    let place = with_people(1).await;
    place.comes(1);
    place.writes().await;
    assert_eq!(place.online().await, 1);
    place.tell("PRAGMA query_only = ON").await;
    Arc::clone(&place.service).present(asker(0), Presence::Unsubscribed).await;
    let noted = place.service.committer.run(|_, _| Box::pin(async { Ok(()) }));
    assert_eq!(noted.await, Err(NotKept));
    place.tell("PRAGMA query_only = OFF").await;
    place.writes().await;
    assert_eq!(place.online().await, 0);
}

#[tokio::test]
async fn whoever_was_there_on_a_former_stream_is_not_written_on_the_next() {
    let place = with_people(1).await;
    place.comes(1);
    place.service.opened("boot").await.unwrap();
    place.writes().await;
    assert_eq!(place.online().await, 0);
}

#[tokio::test]
async fn what_people_ask_for_waits_for_one_portion_however_many_come() {
    let place = with_people(500).await;
    for n in 0..500 {
        Arc::clone(&place.service).present(asker(n), Presence::Available).await;
    }
    assert!(place.online().await <= PORTION, "whoever asks is not behind all of them");
    let all = async { while place.online().await < 500 {} };
    timeout(PATIENCE, all).await.expect("all are written");
}

#[tokio::test]
async fn whose_presence_came_before_they_had_joined_is_asked_for_again() {
    let mut place = Place::new(Rates::default()).await;
    let invited = place.service.committer.run(|tx, world| {
        Box::pin(async move {
            take_in(tx, world, "juliet@x", "en", None).await?;
            let share = submission("juliet@x", "k", "see", &["romeo@x"]);
            submit(tx, world, &[share], 0).await?;
            let limits = InvitationLimits { per_sender_a_day: 5, pause: REST };
            tell(tx, world, &limits, 9, &|_, _, _, _| None).await
        })
    });
    invited.await.expect("an invitation");
    // It is looked at before the database knows who they are.
    said(&mut place, "<presence from='romeo@x/a' to='share@share.x'/>", 1).await;
    let granted = "<presence type='subscribed' from='romeo@x' to='share@share.x'/>";
    let left = said(&mut place, granted, 1).await;
    let is_probe = |it: &&String| it.contains("type='probe'") && it.contains("to='romeo@x'");
    assert_eq!(left.iter().filter(is_probe).count(), 1, "{left:?}");
    // Whoever grants it again is known, and what their server says of them is too.
    let left = said(&mut place, granted, 1).await;
    assert_eq!(left.iter().filter(is_probe).count(), 0, "{left:?}");
    let here = "<presence from='romeo@x/a' to='share@share.x'/>".to_owned();
    Dispatch::new(Arc::clone(&place.service)).stanza(&here.into()).await;
    let is_online = eventually(PATIENCE, async || {
        let account = place.service.db.read().await.unwrap().account("romeo@x").await.unwrap();
        account.is_some_and(|it| it.online && it.seen_by_us)
    });
    assert!(is_online.await);
}
