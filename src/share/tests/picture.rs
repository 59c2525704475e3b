//! Shares whose pictures are fetched: who waits for what, and in which order they leave.

use std::{sync::Arc, time::Duration};

use crate::{
    card::{revocation::revoke, submission::submit},
    claim::claim,
    db::{Db, Tx},
    domain::{
        clock::{Clock, Millis},
        delivery::State,
        id::ShareId,
        picture::{ASKED, ASKS, FRESH, WAIT},
        share::{LIFE, Submission},
    },
    limits::{Limits, Rates},
    share::{
        page::{PageAnswer, page},
        picture::{self, fetched, missed},
        store_picture::WantRow,
        tests::store_picture::made,
    },
    tests::{comments, facts, join_online, later, submission, take, world},
    wire::product::{read::read_products, write::to_xml},
    world::{Rules, World},
};

facts!(
    nothing_is_asked_for_unless_it_is_allowed,
    a_share_with_an_unknown_picture_waits_for_it_and_shows_it,
    a_known_picture_goes_straight_along,
    nobody_waits_for_a_picture_that_does_not_come,
    the_shares_of_a_sender_leave_in_their_order,
    whoever_queues_behind_himself_does_not_overtake_himself,
    a_picture_is_tried_three_times_and_then_left_alone_for_a_day,
    only_people_who_have_joined_have_pictures_fetched,
    a_picture_goes_when_the_last_share_with_it_is_taken_back,
    a_picture_that_comes_after_its_share_was_taken_back_is_not_kept,
    a_sender_has_a_hundred_new_addresses_fetched_in_an_hour,
    whoever_has_asked_for_least_comes_first,
    the_people_of_one_other_site_take_turns_together,
    an_address_that_several_ask_for_has_the_lowest_of_their_turns,
    a_second_try_comes_behind_the_first_ones_of_others,
    the_last_fetchers_are_kept_for_those_who_have_asked_for_little,
);

const ROOM: usize = 1000;
/// Fetchers that have nothing to do: all.
const FREE: usize = 4;

/// The world in which pictures are fetched.
fn fetching() -> World {
    World { pictures: true, ..world() }
}

/// `juliet@x` shows `romeo@x` a goblet with a picture at `url`.
pub(crate) fn pictured(key: &str, url: &str) -> Submission {
    let xml = format!(
        "<product xmlns='{}'><name>Goblet</name>\
         <file-sharing xmlns='urn:xmpp:sfs:0' disposition='inline'>\
         <file xmlns='urn:xmpp:file:metadata:0'><media-type>image/jpeg</media-type></file>\
         <sources><url-data xmlns='http://jabber.org/protocol/url-data' target='{url}'/></sources>\
         </file-sharing></product>",
        crate::wire::ns::PRODUCT_SHARE
    );
    let products: Arc<[_]> = read_products(&xml).expect("a product").into();
    let xml = products.iter().map(to_xml).collect::<String>().into();
    Submission { products, xml, ..submission("juliet@x", key, key, &["romeo@x"]) }
}

/// `sender` shows `romeo@x` goblets with pictures at `https://s.lit/{name}`, in one share.
async fn goblets(tx: &mut Tx, world: &World, sender: &str, names: &[&str]) {
    let one = |name: &&str| pictured(name, &format!("https://s.lit/{name}"));
    let all: Vec<Submission> = names.iter().map(one).collect();
    let xml = all.iter().map(|it| &*it.xml).collect::<String>().into();
    let products = all.iter().flat_map(|it| it.products.to_vec()).collect();
    let share = submission(sender, names[0], names[0], &["romeo@x"]);
    take(tx, world, ROOM, Submission { products, xml, ..share }).await;
}

/// What so many free fetchers are given, by the names of [`goblets`].
async fn given(tx: &mut Tx, world: &World, free: usize) -> Vec<String> {
    let jobs = picture::claim(tx, world, free).await.unwrap();
    jobs.into_iter().map(|it| it.url.trim_start_matches("https://s.lit/").to_owned()).collect()
}

async fn url(tx: &mut Tx, world: &World) -> String {
    picture::claim(tx, world, FREE).await.unwrap().pop().expect("something to fetch").url
}

/// The same world `seconds` after its own time.
fn after(world: &World, seconds: u64) -> World {
    World { now: world.now.after(Duration::from_secs(seconds)), ..world.clone() }
}

/// What is due is claimed; what it says.
async fn leaves(tx: &mut Tx, world: &World) -> Vec<String> {
    let claimed = claim(tx, world, 100).await.unwrap();
    comments(&claimed.ready).into_iter().map(str::to_owned).collect()
}

async fn nothing_is_asked_for_unless_it_is_allowed(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join_online(&mut tx, &world, &["juliet@x", "romeo@x"]).await;
    let straight = take(&mut tx, &world, ROOM, pictured("a", "https://s.lit/a")).await;
    assert!(straight.ready.len() == 1);
    assert!(!picture::is_due(&mut tx, world.now, FREE).await.unwrap());
}

async fn a_share_with_an_unknown_picture_waits_for_it_and_shows_it(db: &Db) {
    let world = fetching();
    let mut tx = db.write().await.unwrap();
    join_online(&mut tx, &world, &["juliet@x", "romeo@x"]).await;
    let waits = take(&mut tx, &world, ROOM, pictured("a", "https://s.lit/a")).await;
    assert!(waits.ready.is_empty(), "accepted, and not sent yet");
    assert!(leaves(&mut tx, &later(&world, 2_999)).await.is_empty());
    let job = picture::claim(&mut tx, &world, 10).await.unwrap().pop().unwrap();
    assert_eq!((job.url.as_str(), job.attempt), ("https://s.lit/a", 1));
    let soon = later(&world, 200);
    fetched(&mut tx, &soon, &job.url, &made(1)).await.unwrap();
    let claimed = claim(&mut tx, &soon, 10).await.unwrap().ready;
    assert_eq!(claimed[0].share.picture.as_deref(), Some(&made(1).thumbnail));
    let code = claimed[0].share.ref_code;
    for (pictures, expected) in [(true, Some(made(1).thumbnail)), (false, None)] {
        let PageAnswer::Found(page) = page(&mut tx, code, soon.now, pictures).await.unwrap() else {
            panic!("no page")
        };
        assert_eq!(page.pictures.get(&job.url).map(|it| (**it).clone()), expected);
        assert_eq!(page.pictures.len(), usize::from(pictures));
    }
    let it = made(1).thumbnail;
    assert_eq!(picture::file(&mut tx, it.hash, it.kind).await.unwrap(), Some(made(1).bytes));
    // The next one of the same picture finds the road free.
    let next = take(&mut tx, &soon, ROOM, pictured("b", "https://s.lit/a")).await;
    assert_eq!(next.ready.len(), 1);
}

async fn a_known_picture_goes_straight_along(db: &Db) {
    let world = fetching();
    let mut tx = db.write().await.unwrap();
    join_online(&mut tx, &world, &["juliet@x", "romeo@x", "benvolio@x"]).await;
    let urls = ["https://s.lit/a".to_owned()];
    let wants = [WantRow { url: urls[0].clone(), turn: 0 }];
    tx.want_pictures(&wants, world.now, world.now.after(LIFE)).await.unwrap();
    fetched(&mut tx, &world, &urls[0], &made(2)).await.unwrap();
    let straight = take(&mut tx, &world, ROOM, pictured("a", &urls[0])).await;
    assert_eq!(straight.ready[0].share.picture.as_deref(), Some(&made(2).thumbnail));
    // A share of another without a picture is not held up by anybody.
    take(&mut tx, &world, ROOM, pictured("b", "https://s.lit/b")).await;
    let other = submission("benvolio@x", "k", "c", &["romeo@x"]);
    assert_eq!(take(&mut tx, &world, ROOM, other).await.ready.len(), 1);
}

async fn nobody_waits_for_a_picture_that_does_not_come(db: &Db) {
    let world = fetching();
    let mut tx = db.write().await.unwrap();
    join_online(&mut tx, &world, &["juliet@x", "romeo@x"]).await;
    take(&mut tx, &world, ROOM, pictured("failed", "https://s.lit/a")).await;
    let job = picture::claim(&mut tx, &world, FREE).await.unwrap().pop().unwrap();
    missed(&mut tx, &world, &job, false).await.unwrap();
    assert_eq!(leaves(&mut tx, &world).await, ["failed"], "a second try is nobody's concern");
    take(&mut tx, &world, ROOM, pictured("slow", "https://s.lit/b")).await;
    let over = World { now: world.now.after(WAIT), ..world.clone() };
    assert_eq!(leaves(&mut tx, &over).await, ["slow"]);
    // A wait that is over holds nobody up, even while its picture is still being fetched.
    take(&mut tx, &over, ROOM, pictured("next", "https://s.lit/c")).await;
    fetched(&mut tx, &over, "https://s.lit/c", &made(3)).await.unwrap();
    assert_eq!(leaves(&mut tx, &over).await, ["next"]);
    // It comes late, and nothing is sent again for it.
    fetched(&mut tx, &over, "https://s.lit/b", &made(1)).await.unwrap();
    assert!(leaves(&mut tx, &after(&over, 60)).await.is_empty());
}

async fn the_shares_of_a_sender_leave_in_their_order(db: &Db) {
    let world = fetching();
    let mut tx = db.write().await.unwrap();
    join_online(&mut tx, &world, &["juliet@x", "romeo@x"]).await;
    for key in ["a", "b"] {
        take(&mut tx, &world, ROOM, pictured(key, &format!("https://s.lit/{key}"))).await;
    }
    let plain = submission("juliet@x", "c", "c", &["romeo@x"]);
    let queued = take(&mut tx, &world, ROOM, plain).await;
    assert!(queued.ready.is_empty(), "it has nothing to wait for but its place");
    let now = later(&world, 100);
    fetched(&mut tx, &now, "https://s.lit/b", &made(1)).await.unwrap();
    assert!(leaves(&mut tx, &now).await.is_empty(), "the first still waits");
    fetched(&mut tx, &now, "https://s.lit/a", &made(2)).await.unwrap();
    assert_eq!(leaves(&mut tx, &now).await, ["a", "b", "c"]);
    let plain = |key| submission("juliet@x", key, key, &["romeo@x"]);
    assert_eq!(take(&mut tx, &now, ROOM, plain("d")).await.ready.len(), 1, "the road is free");
    // What has just become due, and was not found yet, is not overtaken either.
    take(&mut tx, &now, ROOM, pictured("e", "https://s.lit/e")).await;
    let over = World { now: Millis(now.now.after(WAIT).0 + 400), ..now.clone() };
    assert!(take(&mut tx, &over, ROOM, plain("f")).await.ready.is_empty());
    assert_eq!(leaves(&mut tx, &over).await, ["e", "f"]);
    assert_eq!(take(&mut tx, &after(&over, 2), ROOM, plain("g")).await.ready.len(), 1);
}

async fn whoever_queues_behind_himself_does_not_overtake_himself(db: &Db) {
    let world = fetching();
    let mut tx = db.write().await.unwrap();
    let many: Vec<String> = (0..200).map(|n| format!("n{n}@x")).collect();
    let mut all: Vec<&str> = many.iter().map(String::as_str).collect();
    all.push("romeo@x");
    join_online(&mut tx, &world, &["juliet@x"]).await;
    join_online(&mut tx, &world, &all).await;
    take(&mut tx, &world, ROOM, submission("juliet@x", "many", "many", &all)).await;
    take(&mut tx, &world, ROOM, pictured("a", "https://s.lit/a")).await;
    fetched(&mut tx, &world, "https://s.lit/a", &made(1)).await.unwrap();
    let end = later(&world, 1_000);
    let left = claim(&mut tx, &end, 1_000).await.unwrap().ready;
    assert_eq!(comments(&left).last(), Some(&"a"));
}

async fn a_picture_is_tried_three_times_and_then_left_alone_for_a_day(db: &Db) {
    let mut world = fetching();
    let mut tx = db.write().await.unwrap();
    join_online(&mut tx, &world, &["juliet@x", "romeo@x"]).await;
    take(&mut tx, &world, ROOM, pictured("a", "https://s.lit/a")).await;
    for attempt in 1..=3 {
        let job = picture::claim(&mut tx, &world, FREE).await.unwrap().pop().unwrap();
        assert_eq!(job.attempt, attempt);
        missed(&mut tx, &world, &job, false).await.unwrap();
        assert!(!picture::is_due(&mut tx, world.now, FREE).await.unwrap(), "not at once");
        world = after(&world, 600);
    }
    assert!(!picture::is_due(&mut tx, world.now, FREE).await.unwrap());
    take(&mut tx, &world, ROOM, pictured("b", "https://s.lit/a")).await;
    assert!(!picture::is_due(&mut tx, world.now, FREE).await.unwrap());
    let day = World { now: world.now.after(FRESH), ..world };
    take(&mut tx, &day, ROOM, pictured("c", "https://s.lit/a")).await;
    // What cannot be read, or ends the process, is left alone too.
    let job = picture::claim(&mut tx, &day, FREE).await.unwrap().pop().unwrap();
    missed(&mut tx, &day, &job, true).await.unwrap();
    assert!(!picture::is_due(&mut tx, after(&day, 600).now, FREE).await.unwrap());
    take(&mut tx, &day, ROOM, pictured("d", "https://s.lit/d")).await;
    let mut dies = day;
    for _ in 0..3 {
        assert_eq!(url(&mut tx, &dies).await, "https://s.lit/d");
        dies = after(&dies, 3_600);
    }
    assert!(picture::claim(&mut tx, &dies, FREE).await.unwrap().is_empty());
    assert!(!picture::is_due(&mut tx, Millis(i64::MAX - 1), FREE).await.unwrap());
}

async fn only_people_who_have_joined_have_pictures_fetched(db: &Db) {
    let world = fetching();
    let mut tx = db.write().await.unwrap();
    let group = vec![pictured("a", "https://s.lit/a")];
    assert!(submit(&mut tx, &world, &group, ROOM).await.unwrap()[0].answer.is_err());
    assert!(!picture::is_due(&mut tx, world.now, FREE).await.unwrap());
    assert!(crate::tests::states(&mut tx).await.iter().all(|(state, _)| *state != State::Queued));
}

async fn taken_back(tx: &mut Tx, world: &World, share: ShareId) {
    assert!(revoke(tx, world, &"juliet@x".parse().unwrap(), share).await.unwrap());
}

async fn shared(tx: &mut Tx, world: &World, key: &str, url: &str) -> ShareId {
    take(tx, world, ROOM, pictured(key, url)).await.answer.unwrap().share
}

async fn a_picture_goes_when_the_last_share_with_it_is_taken_back(db: &Db) {
    let world = fetching();
    let mut tx = db.write().await.unwrap();
    join_online(&mut tx, &world, &["juliet@x", "romeo@x"]).await;
    let urls = ["https://s.lit/a", "https://s.lit/b"];
    let one = shared(&mut tx, &world, "a", urls[0]).await;
    let two = shared(&mut tx, &world, "b", urls[0]).await;
    let other = shared(&mut tx, &world, "c", urls[1]).await;
    // The first address shows another picture later, and the second shows that too.
    for (url, n) in [(urls[0], 1), (urls[0], 2), (urls[1], 2)] {
        fetched(&mut tx, &world, url, &made(n)).await.unwrap();
    }
    let there = async |tx: &mut Tx| {
        let mut there = Vec::new();
        for n in [1, 2] {
            let it = made(n).thumbnail;
            there.push(picture::file(tx, it.hash, it.kind).await.unwrap().is_some());
        }
        there
    };
    taken_back(&mut tx, &world, one).await;
    assert_eq!(there(&mut tx).await, [true, true]);
    taken_back(&mut tx, &world, two).await;
    assert_eq!(there(&mut tx).await, [false, true], "and what it showed before");
    taken_back(&mut tx, &world, other).await;
    assert_eq!(there(&mut tx).await, [false, false]);
    // Whoever shares it anew has it fetched anew.
    shared(&mut tx, &world, "d", urls[0]).await;
    assert_eq!(url(&mut tx, &world).await, urls[0]);
}

async fn a_picture_that_comes_after_its_share_was_taken_back_is_not_kept(db: &Db) {
    let world = fetching();
    let mut tx = db.write().await.unwrap();
    join_online(&mut tx, &world, &["juliet@x", "romeo@x"]).await;
    let share = shared(&mut tx, &world, "a", "https://s.lit/a").await;
    let url = url(&mut tx, &world).await;
    taken_back(&mut tx, &world, share).await;
    fetched(&mut tx, &world, &url, &made(1)).await.unwrap();
    let it = made(1).thumbnail;
    assert_eq!(picture::file(&mut tx, it.hash, it.kind).await.unwrap(), None);
}

async fn a_sender_has_a_hundred_new_addresses_fetched_in_an_hour(db: &Db) {
    let world = fetching();
    let mut tx = db.write().await.unwrap();
    join_online(&mut tx, &world, &["juliet@x", "romeo@x"]).await;
    let one = |n: i64| pictured(&n.to_string(), &format!("https://s.lit/{n}"));
    let counted = || -> i64 {
        let page = world.metrics.text();
        let line = page.lines().find(|it| it.contains("pictures_total{result=\"too-many\"}"));
        line.and_then(|it| it.split(' ').nth(1)?.parse().ok()).unwrap_or(0)
    };
    let wanted = async |tx: &mut Tx| {
        let due = tx.pictures_due(world.now.after(ASKED), 2 * ASKS).await.unwrap();
        i64::try_from(due.len()).unwrap()
    };
    for n in 0..ASKS {
        assert!(take(&mut tx, &world, ROOM, one(n)).await.ready.is_empty(), "{n} waits");
    }
    // What is known costs nothing.
    let again = Submission { submit_id: "again".into(), ..one(0) };
    let again = take(&mut tx, &world, ROOM, again).await.answer.unwrap().share;
    assert_eq!((wanted(&mut tx).await, counted()), (ASKS, 0));
    assert!(take(&mut tx, &world, ROOM, one(-1)).await.answer.is_ok());
    assert_eq!((wanted(&mut tx).await, counted()), (ASKS, 0), "counted when it is kept");
    tx.commit().await.unwrap();
    let mut tx = db.write().await.unwrap();
    assert_eq!((wanted(&mut tx).await, counted()), (ASKS, 1), "the share goes without");
    // Another may ask for the same, and nothing comes of taking shares back.
    let of_romeo = Submission { sender: "romeo@x".parse().unwrap(), ..one(-1) };
    take(&mut tx, &world, ROOM, of_romeo).await;
    taken_back(&mut tx, &world, again).await;
    take(&mut tx, &world, ROOM, one(-2)).await;
    tx.commit().await.unwrap();
    let mut tx = db.write().await.unwrap();
    assert_eq!((wanted(&mut tx).await, counted()), (ASKS + 1, 2));
    let hour = World { now: world.now.after(ASKED), ..world.clone() };
    take(&mut tx, &hour, ROOM, one(-3)).await;
    assert_eq!((wanted(&mut tx).await, counted()), (ASKS + 2, 2), "the hour is over");
}

async fn whoever_has_asked_for_least_comes_first(db: &Db) {
    let world = fetching();
    let mut tx = db.write().await.unwrap();
    join_online(&mut tx, &world, &["juliet@x", "romeo@x", "benvolio@x"]).await;
    goblets(&mut tx, &world, "juliet@x", &["j0", "j1"]).await;
    goblets(&mut tx, &world, "juliet@x", &["j2"]).await;
    goblets(&mut tx, &later(&world, 1), "romeo@x", &["r0"]).await;
    goblets(&mut tx, &later(&world, 2), "benvolio@x", &["b0", "b1"]).await;
    let now = later(&world, 3);
    assert_eq!(given(&mut tx, &now, 4).await, ["j0", "r0", "b0"]);
    assert_eq!(given(&mut tx, &now, 4).await, ["j1", "b1", "j2"]);
    // An hour later nothing of that counts.
    for name in ["j3", "j4"] {
        goblets(&mut tx, &now, "juliet@x", &[name]).await;
    }
    let hour = World { now: now.now.after(ASKED), ..now };
    goblets(&mut tx, &hour, "juliet@x", &["j5"]).await;
    assert_eq!(given(&mut tx, &hour, 4).await, ["j5", "j3", "j4"]);
}

async fn the_people_of_one_other_site_take_turns_together(db: &Db) {
    let rates = Rates { host: Some("x".parse().unwrap()), ..Rates::default() };
    let rules = Rules { limits: Limits::new(rates, &Clock::System), ..Rules::open() };
    let world = World { rules: Arc::new(rules), ..fetching() };
    let mut tx = db.write().await.unwrap();
    let people = ["a@one.evil.example", "b@two.evil.example", "dora@y.example", "juliet@x"];
    join_online(&mut tx, &world, &people).await;
    join_online(&mut tx, &world, &["romeo@x"]).await;
    goblets(&mut tx, &world, people[0], &["a0"]).await;
    goblets(&mut tx, &later(&world, 1), people[1], &["b1"]).await;
    goblets(&mut tx, &later(&world, 2), people[0], &["a2"]).await;
    // The service's own people are no site, whichever of them asks.
    for (n, who) in [(3, people[2]), (4, people[3]), (5, "romeo@x")] {
        goblets(&mut tx, &later(&world, n), who, &[who]).await;
    }
    let now = later(&world, 9);
    assert_eq!(given(&mut tx, &now, 4).await, ["a0", "dora@y.example", "juliet@x", "romeo@x"]);
    assert_eq!(given(&mut tx, &now, 4).await, ["b1", "a2"]);
    assert_eq!(given(&mut tx, &now, 4).await, [""; 0]);
    // And so do the files that they bring.
    for (who, turn) in [(people[0], 3), (people[1], 4), (people[3], 1), (people[3], 2)] {
        assert_eq!(picture::may_ask(&mut tx, &now, who).await.unwrap(), Some(turn), "{who}");
    }
}

async fn an_address_that_several_ask_for_has_the_lowest_of_their_turns(db: &Db) {
    let world = fetching();
    let mut tx = db.write().await.unwrap();
    join_online(&mut tx, &world, &["juliet@x", "romeo@x"]).await;
    for (n, name) in (0..).zip(["j0", "j1", "j2", "j3", "j4", "j5"]) {
        goblets(&mut tx, &later(&world, n), "juliet@x", &[name]).await;
    }
    // What comes earlier by somebody counts as theirs, or one could hasten for many.
    for (n, name) in (6..).zip(["j5", "j4", "j3", "j2", "r3"]) {
        goblets(&mut tx, &later(&world, n), "romeo@x", &[name]).await;
    }
    let now = later(&world, 20);
    assert_eq!(given(&mut tx, &now, 4).await, ["j0", "j5", "j1"]);
    assert_eq!(given(&mut tx, &now, 4).await, ["j4", "j2", "j3"]);
    assert_eq!(given(&mut tx, &now, 4).await, ["r3"]);
}

async fn a_second_try_comes_behind_the_first_ones_of_others(db: &Db) {
    let world = fetching();
    let mut tx = db.write().await.unwrap();
    join_online(&mut tx, &world, &["juliet@x", "romeo@x"]).await;
    goblets(&mut tx, &world, "juliet@x", &["j0"]).await;
    let job = picture::claim(&mut tx, &world, 4).await.unwrap().pop().unwrap();
    missed(&mut tx, &world, &job, false).await.unwrap();
    let now = after(&world, 60);
    goblets(&mut tx, &now, "romeo@x", &["r0", "r1", "r2", "r3", "r4"]).await;
    goblets(&mut tx, &now, "romeo@x", &["r5"]).await;
    assert_eq!(given(&mut tx, &now, 4).await, ["r0", "r1", "r2"]);
    assert_eq!(given(&mut tx, &now, 4).await, ["r3", "r4"]);
    assert_eq!(given(&mut tx, &now, 3).await, ["r5"]);
    assert_eq!(given(&mut tx, &now, 2).await, [""; 0], "whoever has not been tried may come");
    assert_eq!(given(&mut tx, &now, 3).await, ["j0"]);
}

async fn the_last_fetchers_are_kept_for_those_who_have_asked_for_little(db: &Db) {
    let world = fetching();
    let mut tx = db.write().await.unwrap();
    join_online(&mut tx, &world, &["juliet@x", "romeo@x"]).await;
    for names in [["a0", "a1", "a2", "a3", "a4"], ["a5", "a6", "a7", "a8", "a9"]] {
        goblets(&mut tx, &world, "juliet@x", &names).await;
    }
    assert_eq!(given(&mut tx, &world, 4).await, ["a0", "a1", "a2"]);
    assert_eq!(given(&mut tx, &world, 1).await, [""; 0], "the last is for who has asked for none");
    goblets(&mut tx, &world, "romeo@x", &["r0", "r1"]).await;
    assert_eq!(given(&mut tx, &world, 1).await, ["r0"]);
    assert_eq!(given(&mut tx, &world, 1).await, [""; 0]);
    assert_eq!(given(&mut tx, &world, 2).await, ["r1"], "and the last but one for a few");
    assert_eq!(given(&mut tx, &world, 3).await, ["a3", "a4"]);
    assert_eq!(given(&mut tx, &world, 2).await, [""; 0]);
    assert_eq!(given(&mut tx, &world, 4).await, ["a5", "a6"]);
}
