//! What was typed, a phone number or a mail address, looks the same for ever, whoever has it.

use std::{sync::Arc, time::Duration};

use jid::BareJid;

use crate::{
    card::{name::Acquaintances, revocation::revoke},
    claim::{bounced, claim, due},
    db::{Db, Tx},
    domain::{
        address::Address,
        clock::{Clock, Millis},
        consent::{Ask, Verdict},
        conversation::{Clue, Said, Saying},
        delivery::{Bounce, State},
        id::{DeliveryId, StreamNo},
        invitation::{Code, InvitationLimits, LIFE},
        lang::Lang,
        letter::{self, Letter},
        note::{Carries, NoteNo},
        refusal::Refusal,
        share::Outgoing,
    },
    invite::{
        invitation::tell,
        list::{self, Asked},
        proof::proved,
    },
    leave::erase::leave,
    limits::{self, Rates},
    outbox::delivery::{confirmed, lost, taken},
    people::{
        ask::set_ask,
        consent::{decide, unblock},
    },
    post::letter::{Budgets, Tried, tried},
    share::{history, status::status},
    talk::answer::{Answered, answer},
    tests::{
        NOW, claim_letters, facts, join, join_online, later, looked_up, saying, states, submission,
        take, world,
    },
    world::{Rules, World},
};

facts!(
    whose_a_number_is_is_looked_up_apart_from_what_is_sent_there,
    what_one_sends_to_a_number_arrives_within_ten_seconds_in_its_order,
    every_view_of_what_was_typed_is_alike_whoever_has_it,
    a_number_that_is_known_takes_its_place_among_the_invitations_and_letters,
    the_numbers_of_a_day_are_counted_alike_whoever_has_them,
    nobody_can_try_out_which_account_a_number_belongs_to,
    no_block_says_whose_a_typed_number_is,
    taking_back_takes_the_senders_time_alike_whoever_has_the_number,
);

const DAY: i64 = 86_400_000;
const LIMITS: InvitationLimits =
    InvitationLimits { per_sender_a_day: 5, pause: Duration::from_hours(30 * 24) };
const BUDGETS: Budgets = Budgets { sms: Some(500), mail: Some(500) };

/// What has become of the owners of the numbers; `nobody` has none.
const OWNERS: [&str; 11] = [
    "nobody", "online", "away", "quiet", "blocks", "refuses", "barred", "asks", "bounces",
    "leaves", "moves",
];

pub(super) fn jid(text: &str) -> BareJid {
    text.parse().unwrap()
}

pub(super) fn tel(n: usize) -> String {
    format!("tel:+3933312345{n:02}")
}

fn sms(to: &Address, inviter: &str, _: Lang, code: Code) -> Option<Letter> {
    let account = inviter.to_owned();
    let (kind, subject, text) = (letter::Kind::Invitation, String::new(), code.to_string());
    let letter = Letter { to: to.clone(), account, kind, subject, text, stop: None, life: LIFE };
    to.jid().is_none().then_some(letter)
}

/// Sends what is due, and gives the texts of the letters.
pub(super) async fn letters(tx: &mut Tx, world: &World) -> Vec<(String, String)> {
    while !tx.inviters_due(world.now, 1).await.unwrap().is_empty() {
        tell(tx, world, &LIMITS, 99, &sms).await.unwrap();
    }
    let claimed = claim_letters(tx, world, BUDGETS, 99).await;
    for letter in &claimed {
        tried(tx, world, letter, &Tried::Taken).await.unwrap();
    }
    let sent = claimed.into_iter().filter(|it| !it.needless);
    sent.map(|it| (it.to.to_string(), it.text)).collect()
}

/// A number's owner, in that condition, and whoever sends to it.
async fn people(tx: &mut Tx, world: &World, n: usize, owner: &str) -> (String, BareJid) {
    let (sender, account) = (format!("{owner}-s@x"), format!("{owner}@x"));
    join(tx, world, &[&sender]).await;
    let sender = jid(&sender);
    if owner == "nobody" {
        return (account, sender);
    }
    match owner {
        "away" => join(tx, world, &[&account]).await,
        _ => join_online(tx, world, &[&account]).await,
    }
    tx.put_contact(&tel(n), &account, world.now).await.unwrap();
    tx.put_contact(&format!("mailto:{owner}@x.org"), &account, world.now).await.unwrap();
    match owner {
        "quiet" => tx.set_quiet(&account, Some("00:00-23:59")).await.unwrap(),
        "blocks" => {
            decide(tx, world, &jid(&account), &sender, Verdict::Blocked).await.unwrap();
        }
        "refuses" => {
            decide(tx, world, &jid(&account), &sender, Verdict::No).await.unwrap();
        }
        "barred" => assert!(tx.bar(&account, world.now).await.unwrap()),
        "asks" => set_ask(tx, world, &jid(&account), Ask::Always).await.unwrap(),
        _ => {}
    }
    (account, sender)
}

/// Everything that `sender` can see, without what is by chance another for everybody.
async fn views(tx: &mut Tx, world: &World, n: usize, owner: &str, sender: &BareJid) -> String {
    let now = world.now;
    let mut seen = Vec::new();
    let mut hide = vec![
        (tel(n).split_off(4), "NUMBER".to_owned()),
        (format!("{owner}@x.org"), "MAIL".to_owned()),
        (sender.to_string(), "SENDER".to_owned()),
    ];
    let items = history::list(tx, sender, 0, 99).await.unwrap();
    for item in &items {
        hide.push((item.share.to_string(), "SHARE".to_owned()));
        hide.extend(item.code.map(|code| (format!("{code:?}"), "CODE".to_owned())));
        let stands = status(tx, now, sender, item.share).await.unwrap();
        seen.push(format!("status {stands:?}\nlist {item:?}\n"));
        let more = history::item(tx, sender, Some(item.handle)).await.unwrap();
        seen.push(format!("more {more:?}\n"));
    }
    // What is saved and exported is compared as it is read, in `numbers`.
    let (found, _) = history::find(tx, sender, &tel(n)[5..9], 99).await.unwrap();
    let mut people = Acquaintances::load(tx, sender).await.unwrap();
    let called = people.called(tx, world, owner, false).await.unwrap();
    seen.push(format!("find {found:?}\npeople {people:?}\ncalled {called:?}\n"));
    seen.push(format!("invites {:?}\n", list::list(tx, now, sender).await.unwrap().0));
    let account = tx.account(sender.as_str()).await.unwrap().unwrap();
    seen.push(format!("own {} {}\n", account.next_handle, account.paced_until.0));
    let mut seen = seen.concat();
    for (what, name) in hide {
        seen = seen.replace(&what, &name);
    }
    seen
}

/// The server takes what is due, and the clients say so.
pub(super) async fn goes_out(tx: &mut Tx, world: &World) {
    let ready = claim(tx, world, 99).await.unwrap().ready;
    let ids: Vec<DeliveryId> = ready.iter().map(|it| it.id).collect();
    let (bad, good): (Vec<Outgoing>, Vec<Outgoing>) =
        ready.into_iter().partition(|it| it.to.as_str() == "bounces@x");
    for it in bad {
        bounced(tx, world, it.id, &it.to, Bounce::Unavailable).await.unwrap();
    }
    taken(tx, world, &ids, StreamNo(1)).await.unwrap();
    let receipts: Vec<_> = good.into_iter().map(|it| (it.id, it.to)).collect();
    confirmed(tx, world, &receipts).await.unwrap();
}

async fn all_alike(tx: &mut Tx, world: &World, senders: &[BareJid], when: &str) {
    let mut first = None;
    for (n, (owner, sender)) in OWNERS.iter().zip(senders).enumerate() {
        let seen = views(tx, world, n, owner, sender).await;
        match &first {
            None => first = Some(seen),
            Some(first) => assert_eq!(&seen, first, "{when}: {owner}"),
        }
    }
}

async fn whose_a_number_is_is_looked_up_apart_from_what_is_sent_there(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join_online(&mut tx, &world, &["juliet@x", "romeo@x"]).await;
    tx.put_contact(&tel(1), "romeo@x", NOW).await.unwrap();
    tx.note_claimed(false);
    for n in [1, 2] {
        let sent = take(&mut tx, &world, 9, submission("juliet@x", &tel(n), "k", &[&tel(n)])).await;
        assert!(sent.ready.is_empty() && !tx.queues(), "{n}: nothing is done behind it");
    }
    assert_eq!(states(&mut tx).await, [(State::Held, 2)]);
    due(&mut tx, &later(&world, 4_999)).await.unwrap();
    assert_eq!(states(&mut tx).await, [(State::Held, 2)]);
    let found = tx.due(State::Held, later(&world, 9_999).now, 9).await.unwrap();
    assert_eq!(found.len(), 2, "both are looked at");
    let soon = looked_up(&mut tx, &world).await;
    assert!(tx.due(State::Held, soon.now, 9).await.unwrap().is_empty(), "once");
    assert_eq!(states(&mut tx).await, [(State::Held, 1), (State::Queued, 1)]);
    let ready = claim(&mut tx, &soon, 9).await.unwrap().ready;
    assert_eq!(ready.iter().map(|it| it.to.as_str()).collect::<Vec<_>>(), ["romeo@x"]);
    let end = World { now: NOW.after(LIFE), ..world };
    due(&mut tx, &end).await.unwrap();
    assert_eq!(states(&mut tx).await, [(State::Queued, 1), (State::Expired, 1)]);
}

async fn what_one_sends_to_a_number_arrives_within_ten_seconds_in_its_order(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join_online(&mut tx, &world, &["juliet@x", "romeo@x"]).await;
    tx.put_contact(&tel(1), "romeo@x", NOW).await.unwrap();
    let (mut sent, mut waits) = (0, Vec::new());
    for ms in (0..40_000).step_by(100) {
        let at = later(&world, ms);
        if ms % 700 == 0 && ms < 28_000 {
            let text = sent.to_string();
            take(&mut tx, &at, 9, submission("juliet@x", &text, &text, &[&tel(1)])).await;
            sent += 1;
        }
        due(&mut tx, &at).await.unwrap();
        for it in claim(&mut tx, &at, 99).await.unwrap().ready {
            let text = waits.len().to_string();
            assert_eq!(it.share.comment.as_ref().unwrap().text, text, "in order");
            waits.push(at.now.since(it.share.accepted).as_millis());
            taken(&mut tx, &at, &[it.id], StreamNo(1)).await.unwrap();
        }
    }
    assert_eq!(waits.len(), sent);
    assert!(waits.iter().all(|wait| (1..=10_000).contains(wait)), "{waits:?}");
    waits.sort_unstable();
    waits.dedup();
    assert!(waits.len() > 10, "nobody can tell when: {waits:?}");
}

async fn every_view_of_what_was_typed_is_alike_whoever_has_it(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    let mut senders = Vec::new();
    for (n, owner) in OWNERS.iter().enumerate() {
        let (_, sender) = people(&mut tx, &world, n, owner).await;
        let mail = format!("mailto:{owner}@x.org");
        for (key, to) in [("one", vec![tel(n)]), ("both", vec![mail.clone(), tel(n)])] {
            let to: Vec<&str> = to.iter().map(String::as_str).collect();
            take(&mut tx, &world, 9, submission(sender.as_str(), key, key, &to)).await;
        }
        senders.push(sender);
    }
    all_alike(&mut tx, &world, &senders, "taken").await;
    letters(&mut tx, &world).await;
    let soon = looked_up(&mut tx, &world).await;
    goes_out(&mut tx, &soon).await;
    all_alike(&mut tx, &world, &senders, "sent").await;
    leave(&mut tx, &world, "leaves@x").await.unwrap();
    all_alike(&mut tx, &world, &senders, "left").await;
    join_online(&mut tx, &world, &["heir@x"]).await;
    let moved = Address::parse(&tel(10)).unwrap();
    proved(&mut tx, &soon, "heir@x", &moved, |_, _| String::new()).await.unwrap();
    for sender in &senders {
        let said = saying(sender.as_str(), "words", "Well?", vec![Clue::Handle(1)]);
        let answered = answer(&mut tx, &soon, &said).await.unwrap();
        assert_eq!(answered, Answered::Passed { guessed: None }, "{sender}");
    }
    let soon = looked_up(&mut tx, &soon).await;
    goes_out(&mut tx, &soon).await;
    all_alike(&mut tx, &world, &senders, "moved").await;
    let one = Address::parse(&tel(0)).unwrap();
    for (n, sender) in senders.iter().enumerate() {
        let number = Address::parse(&tel(n)).unwrap();
        list::withdraw(&mut tx, &world, sender, &number, Asked::now(&later(&world, 20)))
            .await
            .unwrap();
    }
    all_alike(&mut tx, &world, &senders, "given up").await;
    for (n, sender) in senders.iter().enumerate() {
        let again = submission(sender.as_str(), "again", "again", &[&tel(n)]);
        take(&mut tx, &later(&world, 30), 9, again).await;
    }
    let soon = looked_up(&mut tx, &soon).await;
    goes_out(&mut tx, &soon).await;
    all_alike(&mut tx, &world, &senders, "again").await;
    // Somebody comes to be the owner of the number that was nobody's.
    join_online(&mut tx, &world, &["late@x"]).await;
    proved(&mut tx, &later(&world, 40), "late@x", &one, |_, _| String::new()).await.unwrap();
    goes_out(&mut tx, &later(&world, 99)).await;
    all_alike(&mut tx, &world, &senders, "proved").await;
    let end = World { now: NOW.after(LIFE), ..world.clone() };
    due(&mut tx, &end).await.unwrap();
    all_alike(&mut tx, &end, &senders, "over").await;
    for sender in &senders {
        for item in history::list(&mut tx, sender, 0, 9).await.unwrap() {
            assert!(revoke(&mut tx, &later(&world, 200), sender, item.share).await.unwrap());
        }
    }
    all_alike(&mut tx, &end, &senders, "taken back").await;
}

async fn a_number_that_is_known_takes_its_place_among_the_invitations_and_letters(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &["unknown@x", "known@x", "owner@x"]).await;
    for n in 0..5 {
        tx.put_contact(&tel(n), "owner@x", NOW).await.unwrap();
    }
    // Each also types a number of their own, to count what is left.
    for (sender, first, own) in [("known@x", 0, 90), ("unknown@x", 10, 91)] {
        for n in first..first + 5 {
            let sent = submission(sender, &tel(n), "k", &[&tel(n)]);
            take(&mut tx, &world, 9, sent).await;
        }
        let soon = later(&world, 1);
        take(&mut tx, &soon, 9, submission(sender, "own", "own", &[&tel(own)])).await;
    }
    let soon = later(&world, 5);
    let sent = letters(&mut tx, &soon).await;
    let mut numbers: Vec<String> = sent.into_iter().map(|(to, _)| to).collect();
    numbers.sort();
    assert_eq!(numbers, (10..15).map(tel).collect::<Vec<_>>(), "none to those who are here");
    let channel = letter::Channel::Sms;
    let sent = tx.letters_sent(channel, Millis(0), 99).await.unwrap();
    assert_eq!((sent.total, sent.of_others), (10, 0), "the budget is spent alike");
    let next = letters(&mut tx, &later(&world, DAY + 9)).await;
    let mut numbers: Vec<String> = next.into_iter().map(|(to, _)| to).collect();
    numbers.sort();
    assert_eq!(numbers, [tel(90), tel(91)], "both a day later");
}

async fn the_numbers_of_a_day_are_counted_alike_whoever_has_them(db: &Db) {
    let clock = Clock::Manual(Arc::default());
    let limits = limits::Limits::new(Rates { numbers: 2, ..Rates::default() }, &clock);
    let world = World { rules: Arc::new(Rules { limits, ..Rules::open() }), ..world() };
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &["known@x", "unknown@x", "owner@x"]).await;
    for n in 0..4 {
        tx.put_contact(&tel(n), "owner@x", NOW).await.unwrap();
    }
    for (sender, first) in [("known@x", 0), ("unknown@x", 10)] {
        let sends = async |tx: &mut Tx, key: &str, to: &[&str]| {
            let sent = vec![submission(sender, key, key, to)];
            let mut sent = crate::card::submission::submit(tx, &world, &sent, 0).await.unwrap();
            sent.pop().expect("an answer").answer.map(|_| ())
        };
        let (one, two, three) = (&*tel(first), &*tel(first + 1), &*tel(first + 2));
        assert_eq!(sends(&mut tx, "1", &[one, two, "mailto:a@x.org", "a@y"]).await, Ok(()));
        assert_eq!(sends(&mut tx, "2", &[two]).await, Ok(()), "again is no other");
        let day = Some(Duration::from_secs(86_401));
        let refused = Err(Refusal::TooManyNumbers { max: 2, after: day });
        assert_eq!(sends(&mut tx, "3", &[three]).await, refused, "{sender}");
        assert_eq!(sends(&mut tx, "1", &[one, two, "mailto:a@x.org", "a@y"]).await, Ok(()));
        let refused = Err(Refusal::TooManyNumbers { max: 2, after: None });
        assert_eq!(sends(&mut tx, "4", &[one, two, three]).await, refused, "{sender}: never");
    }
}

async fn nobody_can_try_out_which_account_a_number_belongs_to(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join_online(&mut tx, &world, &["juliet@x", "romeo@x"]).await;
    tx.put_contact(&tel(1), "romeo@x", NOW).await.unwrap();
    let sent = submission("juliet@x", "k", "k", &[&tel(1)]);
    let handle = take(&mut tx, &world, 0, sent).await.answer.unwrap().handle;
    for (n, guess) in ["romeo@x", "paris@x"].into_iter().enumerate() {
        let saying = Saying {
            author: jid("juliet@x"),
            stanza_id: n.to_string(),
            said: Said::Words(format!("#{handle} {guess} hello")),
            clues: vec![Clue::Handle(handle)],
            quote: String::new(),
            refers: true,
            lang: None,
            products: Vec::new(),
            xml: String::new(),
            recording: None,
        };
        answer(&mut tx, &world, &saying).await.unwrap();
    }
    let notes = tx.notes(&[NoteNo(1), NoteNo(2)]).await.unwrap();
    for guess in ["romeo@x hello", "paris@x hello"] {
        assert!(notes.iter().any(|note| note.text == guess), "{notes:?}");
    }
}

async fn no_block_says_whose_a_typed_number_is(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join_online(&mut tx, &world, &["juliet@x", "romeo@y"]).await;
    tx.put_contact(&tel(1), "romeo@y", NOW).await.unwrap();
    take(&mut tx, &world, 0, submission("juliet@x", "k", "k", &[&tel(1)])).await;
    let soon = looked_up(&mut tx, &world).await;
    goes_out(&mut tx, &soon).await;
    let juliet = jid("juliet@x");
    for whom in ["romeo@y", "y"] {
        for is_before in [true, false] {
            let id = format!("{whom} {is_before}");
            let said = saying("romeo@y", &id, "Yes?", vec![Clue::Handle(1)]);
            if !is_before {
                answer(&mut tx, &soon, &said).await.unwrap();
            }
            decide(&mut tx, &soon, &juliet, &jid(whom), Verdict::Blocked).await.unwrap();
            if is_before {
                answer(&mut tx, &soon, &said).await.unwrap();
            }
            // It comes, also when the first try was lost.
            let mut ready = claim(&mut tx, &soon, 9).await.unwrap().ready;
            lost(&mut tx, &soon, &[ready[0].id], false).await.unwrap();
            ready = claim(&mut tx, &soon, 9).await.unwrap().ready;
            let Carries::Note(note) = &ready[0].carries else { panic!("{ready:?}") };
            assert_eq!((ready.len(), note.author.as_str()), (1, tel(1).as_str()), "{id}");
            confirmed(&mut tx, &soon, &[(ready[0].id, juliet.clone())]).await.unwrap();
            assert!(unblock(&mut tx, &juliet, &jid(whom)).await.unwrap());
        }
    }
}

async fn taking_back_takes_the_senders_time_alike_whoever_has_the_number(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    let mut sent = Vec::new();
    for (n, owner) in OWNERS.iter().enumerate() {
        let (_, sender) = people(&mut tx, &world, n, owner).await;
        for key in ["1", "2", "3"] {
            let one = submission(sender.as_str(), key, key, &[&tel(n)]);
            let share = take(&mut tx, &world, 9, one).await.answer.unwrap().share;
            sent.push((sender.clone(), share));
        }
    }
    let soon = looked_up(&mut tx, &world).await;
    goes_out(&mut tx, &soon).await;
    let many: Vec<String> = (0..30).map(|n| format!("mailto:m{n}@x.org")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    for owner in OWNERS {
        take(&mut tx, &soon, 9, submission(&format!("{owner}-s@x"), "many", "many", &many)).await;
    }
    for (sender, share) in sent {
        assert!(revoke(&mut tx, &soon, &sender, share).await.unwrap());
    }
    for owner in OWNERS {
        let sender = tx.account(&format!("{owner}-s@x")).await.unwrap().unwrap();
        assert_eq!(sender.paced_until.0 - soon.now.0, 33, "{owner}");
    }
}
