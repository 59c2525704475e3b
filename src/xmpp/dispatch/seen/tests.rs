use super::{rooms::PERSON, *};
use crate::{
    limits::Rates,
    memory::Use,
    ops::{self, commit::Boxed},
    store::db::{self, Tx},
    xmpp::{
        dispatch::{
            owner::{OTHERS, SERVER},
            tests::Place,
        },
        inbound::{Asker, Presence},
    },
};

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
        self.written(Ok(&HashSet::new()), Millis(now));
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
    seen.written(Ok(&HashSet::new()), Millis(0));
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
    (0..9_999).for_each(|_| seen.came(&jid("a@x/1")));
    assert_eq!(seen.write(0).len(), STRAYS);
}

#[test]
fn nobody_who_has_not_joined_is_remembered() {
    let (mut seen, memory) = seen(1 << 20);
    seen.came(&jid("a@y/1"));
    let key = seen.next_change().map(|it| it.key).unwrap();
    seen.written(Ok(&HashSet::from([key])), Millis(0));
    assert_eq!(memory.used(Use::Presence), 0);
}

#[test]
fn what_the_database_did_not_take_is_written_again_and_alone_once_more() {
    let (mut seen, memory) = seen(1 << 20);
    for address in ["a@x/1", "b@x/1"] {
        seen.came(&jid(address));
    }
    while seen.next_change().is_some() {}
    seen.written(Err(NotKept), Millis(0));
    assert_eq!(seen.portion, 1);
    assert_eq!(seen.next_change().map(|it| it.address).as_deref(), Some("a@x"));
    seen.written(Err(NotKept), Millis(0));
    assert_eq!(seen.write(0), change("b@x", true));
    assert_eq!(seen.portion, PORTION);
    seen.forget(&jid("b@x").to_bare());
    assert_eq!(memory.used(Use::Presence), 0);
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

#[tokio::test]
async fn what_people_ask_for_waits_for_one_portion_however_many_come() {
    let place = Place::new(Rates::default()).await;
    let service = &place.service;
    let asker = |n: u32| Asker {
        from: jid(&format!("a{n}@y/1")),
        to: jid("share.x"),
        id: String::new(),
        lang: None,
    };
    let join = service.committer.run(|tx, world| {
        Box::pin(async move {
            for n in 0..500 {
                ops::account::join(tx, world, &format!("a{n}@y"), "en", None).await?;
            }
            Ok(())
        })
    });
    join.await.unwrap();
    for n in 0..500 {
        Arc::clone(service).present(asker(n), Presence::Available).await;
    }
    let count = || service.committer.run(|tx, _| online(tx));
    assert!(count().await.unwrap() <= PORTION, "whoever asks is not behind all of them");
    while count().await.unwrap() < 500 {}
}
