//! What was typed, a phone number or a mail address, looks the same for ever, whoever has it.

use std::{sync::Arc, time::Duration};

use crate::{
    card::{name::Acquaintances, revocation::revoke},
    claim::{bounced, claim, due, is_due},
    db::{Db, Tx},
    domain::{
        address::Address,
        clock::{Clock, Millis},
        consent::{Ask, Verdict},
        conversation::{Clue, Said, Saying},
        delivery::{Bounce, State},
        id::{DeliveryId, ShareId, StreamNo},
        invitation::{Code, LIFE, Limits},
        lang::Lang,
        letter::{self, Letter},
        note::{Carries, Kind, Note, NoteNo},
        progress::Progress,
        recording::Recording,
        refusal::Refusal,
        share::{Outgoing, Submission},
    },
    invite::{
        invitation::tell,
        join::{Wish, join as come},
        list::{self, Asked},
        proof::{forget, proved},
    },
    leave::erase::leave,
    limits::{self, Rates},
    outbox::delivery::{confirmed, lost, taken},
    people::{
        ask::set_ask,
        consent::{self, decide, unblock},
    },
    post::letter::{Budgets, Tried, tried},
    share::{shelf, status::status},
    talk::answer::{Answered, answer},
    tests::{
        NOW, claim_letters, facts, join, join_online, later, looked_up, saying, states, submission,
        take, world,
    },
    world::{Rules, World},
};
use jid::BareJid;

facts!(
    whose_a_number_is_is_looked_up_apart_from_what_is_sent_there,
    what_one_sends_to_a_number_arrives_within_ten_seconds_in_its_order,
    what_is_said_about_a_share_to_a_number_leaves_apart_from_it,
    words_for_a_number_go_to_nobody_who_had_it_before,
    what_waits_for_a_word_with_a_number_goes_with_it,
    whoever_is_given_up_by_number_gets_nothing_that_was_said_about_it_either,
    giving_up_a_number_that_is_shared_with_again_says_nothing_about_its_owner,
    every_view_of_what_was_typed_is_alike_whoever_has_it,
    an_answer_and_a_code_of_ones_own_let_the_sender_know,
    no_client_is_given_what_lies_elsewhere_before_its_owner_has_answered,
    one_of_several_numbers_is_named_in_front_of_the_words,
    a_number_that_is_known_takes_its_place_among_the_invitations_and_letters,
    the_numbers_of_a_day_are_counted_alike_whoever_has_them,
    nobody_can_try_out_which_account_a_number_belongs_to,
    no_block_says_whose_a_typed_number_is,
    taking_back_takes_the_senders_time_alike_whoever_has_the_number,
);

const DAY: i64 = 86_400_000;
const LIMITS: Limits = Limits { per_sender_a_day: 5, pause: Duration::from_hours(30 * 24) };
const BUDGETS: Budgets = Budgets { sms: Some(500), mail: Some(500) };

/// What has become of the owners of the numbers; `nobody` has none.
const OWNERS: [&str; 11] = [
    "nobody", "online", "away", "quiet", "blocks", "refuses", "barred", "asks", "bounces",
    "leaves", "moves",
];

fn jid(text: &str) -> BareJid {
    text.parse().unwrap()
}

fn tel(n: usize) -> String {
    format!("tel:+3933312345{n:02}")
}

fn sms(to: &Address, inviter: &str, _: Lang, code: Code) -> Option<Letter> {
    let account = inviter.to_owned();
    let (kind, subject, text) = (letter::Kind::Invitation, String::new(), code.to_string());
    let letter = Letter { to: to.clone(), account, kind, subject, text, stop: None, life: LIFE };
    to.jid().is_none().then_some(letter)
}

/// Sends what is due, and gives the texts of the letters.
async fn letters(tx: &mut Tx, world: &World) -> Vec<(String, String)> {
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
    let items = shelf::list(tx, sender, 0, 99).await.unwrap();
    for item in &items {
        hide.push((item.share.to_string(), "SHARE".to_owned()));
        hide.extend(item.code.map(|code| (format!("{code:?}"), "CODE".to_owned())));
        let stands = status(tx, now, sender, item.share).await.unwrap();
        seen.push(format!("status {stands:?}\nlist {item:?}\n"));
        let more = shelf::item(tx, sender, Some(item.handle)).await.unwrap();
        seen.push(format!("more {more:?}\n"));
    }
    // What is saved and exported is compared as it is read, in `numbers`.
    let (found, _) = shelf::find(tx, sender, &tel(n)[5..9], 99).await.unwrap();
    let mut people = Acquaintances::load(tx, sender).await.unwrap();
    let called = people.called(tx, world, owner, false).await.unwrap();
    seen.push(format!("find {found:?}\npeople {people:?}\ncalled {called:?}\n"));
    seen.push(format!("invites {:?}\n", list::list(tx, now, sender).await.unwrap().0));
    let account = tx.account(sender.as_str()).await.unwrap().unwrap();
    seen.push(format!("own {} {}\n", account.next_handle, account.paced_until));
    let mut seen = seen.concat();
    for (what, name) in hide {
        seen = seen.replace(&what, &name);
    }
    seen
}

/// The server takes what is due, and the clients say so.
async fn goes_out(tx: &mut Tx, world: &World) {
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

async fn what_is_said_about_a_share_to_a_number_leaves_apart_from_it(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join_online(&mut tx, &world, &["juliet@x", "romeo@x"]).await;
    tx.put_contact(&tel(1), "romeo@x", NOW).await.unwrap();
    let sent = take(&mut tx, &world, 9, submission("juliet@x", "k", "k", &[&tel(1)])).await;
    let accepted = sent.answer.unwrap();
    let soon = looked_up(&mut tx, &world).await;
    goes_out(&mut tx, &soon).await;
    let said = saying("juliet@x", "1", "Well?", vec![Clue::Handle(accepted.handle)]);
    answer(&mut tx, &soon, &said).await.unwrap();
    assert!(!is_due(&mut tx, soon.now.after(Duration::from_secs(4))).await.unwrap());
    let soon = looked_up(&mut tx, &soon).await;
    assert_eq!(claim(&mut tx, &soon, 9).await.unwrap().ready.len(), 1, "the words");
    revoke(&mut tx, &soon, &jid("juliet@x"), accepted.share).await.unwrap();
    assert!(!is_due(&mut tx, soon.now.after(Duration::from_secs(4))).await.unwrap());
    let soon = looked_up(&mut tx, &soon).await;
    let told = claim(&mut tx, &soon, 9).await.unwrap().ready;
    assert_eq!(told.iter().map(|it| &it.carries).collect::<Vec<_>>(), [&Carries::Revocation]);
}

async fn words_for_a_number_go_to_nobody_who_had_it_before(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join_online(&mut tx, &world, &["juliet@x", "romeo@x", "nurse@x"]).await;
    let number = Address::parse(&tel(1)).unwrap();
    proved(&mut tx, &world, "romeo@x", &number, |_, _| String::new()).await.unwrap();
    take(&mut tx, &world, 9, submission("juliet@x", "k", "k", &[&tel(1)])).await;
    let mut soon = looked_up(&mut tx, &world).await;
    goes_out(&mut tx, &soon).await;
    let says = |who: &str, id: &str| saying(who, id, id, vec![Clue::Handle(1)]);
    let passed = Answered::Passed { guessed: None };
    let go_out = async |tx: &mut Tx, at: &mut World| -> Vec<(String, String)> {
        *at = looked_up(tx, at).await;
        let ready = claim(tx, at, 99).await.unwrap().ready;
        let note = |it: &Outgoing| match &it.carries {
            Carries::Note(note) => note.text.clone(),
            other => panic!("{other:?}"),
        };
        let gone = ready.iter().map(|it| (it.to.to_string(), note(it))).collect();
        taken(tx, at, &ready.iter().map(|it| it.id).collect::<Vec<_>>(), StreamNo(1))
            .await
            .unwrap();
        gone
    };
    let romeos = |words: &str| ("romeo@x".to_owned(), words.to_owned());
    assert_eq!(answer(&mut tx, &soon, &says("juliet@x", "Well?")).await.unwrap(), passed);
    assert_eq!(go_out(&mut tx, &mut soon).await, [romeos("Well?")]);

    // It is somebody else's, and then nobody's.
    for (id, is_hers) in [("a", true), ("b", false)] {
        if is_hers {
            proved(&mut tx, &soon, "nurse@x", &number, |_, _| String::new()).await.unwrap();
        } else {
            assert!(forget(&mut tx, &soon, "nurse@x", &number).await.unwrap());
        }
        assert_eq!(answer(&mut tx, &soon, &says("juliet@x", id)).await.unwrap(), passed);
        let answered = answer(&mut tx, &soon, &says("romeo@x", id)).await.unwrap();
        let Answered::NotTheirs(address, talk) = answered else { panic!("{answered:?}") };
        assert_eq!((address.as_str(), talk.with.as_str()), (&tel(1)[4..], "juliet@x"));
        assert_eq!(go_out(&mut tx, &mut soon).await, [], "{id}");
    }
    // What he has can be taken back from him.
    let said = Said::Retraction { of: "Well?".into() };
    let clues = vec![Clue::Message("Well?".into())];
    let back = Saying { said, ..saying("juliet@x", "c", "", clues) };
    assert_eq!(answer(&mut tx, &soon, &back).await.unwrap(), passed);
    assert_eq!(go_out(&mut tx, &mut soon).await, [romeos("")]);
    // It is his again.
    proved(&mut tx, &soon, "romeo@x", &number, |_, _| String::new()).await.unwrap();
    let mut gone = go_out(&mut tx, &mut soon).await;
    gone.sort();
    assert_eq!(gone, [romeos("a"), romeos("b")]);
    assert_eq!(answer(&mut tx, &soon, &says("romeo@x", "Yes.")).await.unwrap(), passed);
    assert_eq!(go_out(&mut tx, &mut soon).await, [("juliet@x".to_owned(), "Yes.".to_owned())]);
}

async fn what_waits_for_a_word_with_a_number_goes_with_it(db: &Db) {
    let mut world = world();
    let mut tx = db.write().await.unwrap();
    let owners = ["romeo@x", "nurse@x", "paris@x"];
    join_online(&mut tx, &world, &["juliet@y"]).await;
    join_online(&mut tx, &world, &owners).await;
    for owner in owners {
        set_ask(&mut tx, &world, &jid(owner), Ask::Always).await.unwrap();
    }
    let number = Address::parse(&tel(1)).unwrap();
    let mut asked = async |tx: &mut Tx, owner: Option<&str>, when: &str| {
        world = looked_up(tx, &world).await;
        let ready = claim(tx, &world, 99).await.unwrap().ready;
        let ids: Vec<DeliveryId> = ready.iter().map(|it| it.id).collect();
        taken(tx, &world, &ids, StreamNo(1)).await.unwrap();
        let told: Vec<String> = ready.iter().map(|it| it.to.to_string()).collect();
        for one in owners {
            let askers = consent::askers(tx, &world, one).await.unwrap().len();
            assert_eq!(askers, usize::from(owner == Some(one)), "{when}: {one}");
        }
        (world.clone(), told)
    };
    let (at, _) = asked(&mut tx, None, "before").await;
    proved(&mut tx, &at, "romeo@x", &number, |_, _| String::new()).await.unwrap();
    let sent = take(&mut tx, &at, 9, submission("juliet@y", "k", "k", &[&tel(1)])).await;
    let share = sent.answer.unwrap().share;
    let (at, told) = asked(&mut tx, Some("romeo@x"), "it was sent").await;
    assert_eq!(told, ["romeo@x"], "the question");
    let note = saying("juliet@y", "n", "Well?", vec![Clue::Handle(1)]);
    answer(&mut tx, &at, &note).await.unwrap();
    let seen = async |tx: &mut Tx, at: &World| {
        format!("{:?}", status(tx, at.now, &jid("juliet@y"), share).await.unwrap())
    };
    let before = seen(&mut tx, &at).await;

    // Somebody else shows it, and is asked in his place.
    proved(&mut tx, &at, "nurse@x", &number, |_, _| String::new()).await.unwrap();
    let (at, told) = asked(&mut tx, Some("nurse@x"), "it is another's").await;
    assert_eq!(told, ["nurse@x"]);
    assert_eq!(seen(&mut tx, &at).await, before);
    // Then it is nobody's, until somebody shows it, who says yes.
    assert!(forget(&mut tx, &at, "nurse@x", &number).await.unwrap());
    let (at, told) = asked(&mut tx, None, "it is nobody's").await;
    assert!(told.is_empty(), "{told:?}");
    decide(&mut tx, &at, &jid("romeo@x"), &jid("juliet@y"), Verdict::Yes).await.unwrap();
    decide(&mut tx, &at, &jid("nurse@x"), &jid("juliet@y"), Verdict::Yes).await.unwrap();
    let (at, told) = asked(&mut tx, None, "their yes brings nothing").await;
    assert!(told.is_empty(), "{told:?}");
    proved(&mut tx, &at, "paris@x", &number, |_, _| String::new()).await.unwrap();
    let (at, told) = asked(&mut tx, Some("paris@x"), "it is a third's").await;
    assert_eq!(told, ["paris@x"]);
    assert_eq!(seen(&mut tx, &at).await, before);
    decide(&mut tx, &at, &jid("paris@x"), &jid("juliet@y"), Verdict::Yes).await.unwrap();
    let (_, told) = asked(&mut tx, None, "and says yes").await;
    assert_eq!(told, ["paris@x", "paris@x"], "the share and what was said about it");
}

async fn whoever_is_given_up_by_number_gets_nothing_that_was_said_about_it_either(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &["juliet@x", "romeo@x"]).await;
    tx.put_contact(&tel(1), "romeo@x", NOW).await.unwrap();
    let mut soon = world.clone();
    for key in ["1", "2"] {
        let one = submission("juliet@x", key, key, &[&tel(1)]);
        let accepted = take(&mut tx, &soon, 9, one).await.answer.unwrap();
        if key == "1" {
            soon = looked_up(&mut tx, &soon).await;
        }
        let said = saying("juliet@x", key, "Wait.", vec![Clue::Handle(accepted.handle)]);
        answer(&mut tx, &soon, &said).await.unwrap();
    }
    let number = Address::parse(&tel(1)).unwrap();
    let asked = Asked::now(&soon);
    list::withdraw(&mut tx, &world, &jid("juliet@x"), &number, asked).await.unwrap();
    assert_eq!(states(&mut tx).await, [(State::Cancelled, 4)]);
}

async fn giving_up_a_number_that_is_shared_with_again_says_nothing_about_its_owner(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join_online(&mut tx, &world, &["juliet@x", "romeo@x"]).await;
    tx.put_contact(&tel(1), "romeo@x", NOW).await.unwrap();
    let juliet = jid("juliet@x");
    let [known, unknown] = [1, 2].map(tel);
    let mut asked = Vec::new();
    for to in [&known, &unknown] {
        take(&mut tx, &world, 9, submission("juliet@x", to, "first", &[to])).await;
        asked.push((to, Asked::now(&world)));
        let again = format!("{to} again");
        take(&mut tx, &world, 9, submission("juliet@x", &again, "again", &[to])).await;
    }
    // Their turn comes when the look-up has been.
    let soon = looked_up(&mut tx, &world).await;
    goes_out(&mut tx, &soon).await;
    for (to, asked) in asked {
        let number = Address::parse(to).unwrap();
        list::withdraw(&mut tx, &world, &juliet, &number, asked).await.unwrap();
    }
    let invitations = tx.invitations_of("juliet@x", 9).await.unwrap();
    let state = |to: &String| invitations.iter().find(|row| row.address == *to).unwrap().state();
    assert_eq!(state(&known), state(&unknown));
    let waiting = list::list(&mut tx, soon.now, &juliet).await.unwrap().0;
    assert_eq!(waiting.len(), 2, "{waiting:?}");
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
        for item in shelf::list(&mut tx, sender, 0, 9).await.unwrap() {
            assert!(revoke(&mut tx, &later(&world, 200), sender, item.share).await.unwrap());
        }
    }
    all_alike(&mut tx, &end, &senders, "taken back").await;
}

async fn an_answer_and_a_code_of_ones_own_let_the_sender_know(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join_online(&mut tx, &world, &["juliet@x", "paris@x", "nurse@x"]).await;
    tx.put_contact(&tel(2), "nurse@x", NOW).await.unwrap();
    let mut share = None;
    for (n, sender) in ["juliet@x", "paris@x"].iter().enumerate() {
        // So that it is her invitation that goes out.
        let at = later(&world, i64::try_from(n).unwrap());
        let sent = submission(sender, "k", "k", &[&tel(1), &tel(2)]);
        let sent = take(&mut tx, &at, 9, sent).await.answer.unwrap();
        share.get_or_insert(sent.share);
    }
    let code = letters(&mut tx, &later(&world, 9)).await;
    let [(to, code)] = code.as_slice() else { panic!("{code:?}") };
    assert_eq!(*to, tel(1));
    let soon = looked_up(&mut tx, &world).await;
    goes_out(&mut tx, &soon).await;
    let wish =
        Wish { jid: &jid("romeo@x"), lang: "en", nick: None, may_join: false, code: Some(code) };
    come(&mut tx, &world, &wish).await.unwrap();
    let number = Address::parse(&tel(1)).unwrap();
    proved(&mut tx, &world, "romeo@x", &number, |_, _| String::new()).await.unwrap();
    let told = claim(&mut tx, &soon, 99).await.unwrap().ready;
    let joined =
        |it: &&Outgoing| matches!(&it.carries, Carries::Note(it) if it.kind == Kind::Joined);
    let told: Vec<&str> = told.iter().filter(joined).map(|it| it.to.as_str()).collect();
    assert_eq!(told, ["juliet@x"], "whose code he has come with, and nobody else");
    let seen = async |tx: &mut Tx, who: &str| -> Vec<(String, bool)> {
        let list = list::list(tx, NOW, &jid(who)).await.unwrap().0;
        list.into_iter().map(|it| (it.address.to_string(), it.has_accepted)).collect()
    };
    assert_eq!(seen(&mut tx, "juliet@x").await, [(tel(2), false), (tel(1), true)]);
    assert_eq!(seen(&mut tx, "paris@x").await, [(tel(1), false), (tel(2), false)]);
    let note = Note {
        author: "nurse@x".into(),
        text: "Yes?".into(),
        said: Millis(NOW.0 + 60),
        ..Note::default()
    };
    tx.insert_note(share.unwrap(), &note).await.unwrap();
    assert_eq!(seen(&mut tx, "juliet@x").await, [(tel(1), true)], "she has answered");
    let stands = status(&mut tx, NOW, &jid("juliet@x"), share.unwrap()).await.unwrap().unwrap();
    let stands: Vec<Progress> = stands.into_iter().map(|it| it.progress).collect();
    assert_eq!(stands, [Progress::Accepted, Progress::Answered]);
}

async fn one_of_several_numbers_is_named_in_front_of_the_words(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &["juliet@x"]).await;
    let sent = submission("juliet@x", "k", "k", &[&tel(1), &tel(2), "mailto:paris@y.org"]);
    take(&mut tx, &world, 9, sent).await;
    let share = tx.share_numbered("juliet@x", 1).await.unwrap().expect("the share");
    let all = tx.conversations(ShareId(share.id)).await.unwrap();
    let digits = tel(2);
    let (code, rest) = digits.strip_prefix("tel:").unwrap().split_at(3);
    for (key, named) in [("a", format!("{code}{rest}")), ("b", format!("{code} {rest}:"))] {
        let words = format!("#1 {named} 2 of it");
        let saying = saying("juliet@x", key, &words, vec![Clue::Handle(1)]);
        let answered = answer(&mut tx, &world, &saying).await.unwrap();
        assert_eq!(answered, Answered::Passed { guessed: None }, "{words}");
        let of = all.iter().find(|row| row.rcpt == tel(2)).expect("the second");
        let said = tx.said_last(DeliveryId(of.id)).await.unwrap().expect("a note");
        let Carries::Note(no) = said.carries() else { panic!("{said:?}") };
        let (_, note) = tx.notes(&[no]).await.unwrap().pop().expect("it").note();
        assert_eq!(note.text, "2 of it");
    }
    let other = saying("juliet@x", "c", "#1 +390000000000 hello", vec![Clue::Handle(1)]);
    let answered = answer(&mut tx, &world, &other).await.unwrap();
    assert!(matches!(answered, Answered::Ambiguous(_, 3)), "{answered:?}");
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

async fn no_client_is_given_what_lies_elsewhere_before_its_owner_has_answered(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join_online(&mut tx, &world, &["juliet@x", "paris@x", "romeo@x", "nurse@x"]).await;
    tx.put_contact(&tel(2), "nurse@x", NOW).await.unwrap();
    let spoken = |sender: &str, key: &str| {
        let recording = Recording::at("https://x.example/a.ogg").unwrap();
        let it = submission(sender, key, key, &[&tel(2), "romeo@x"]);
        Submission { recording: Some(Box::new(recording)), ..it }
    };
    // Even if she has sent something to one of them herself.
    take(&mut tx, &world, 0, submission("nurse@x", "k", "k", &["paris@x"])).await;
    let mut at = world.clone();
    let mut sources = async |tx: &mut Tx, key: &str| {
        for sender in ["juliet@x", "paris@x"] {
            take(tx, &at, 0, spoken(sender, key)).await;
        }
        at = looked_up(tx, &at).await;
        let mut ready = claim(tx, &at, 99).await.unwrap().ready;
        ready.retain(|it| it.share.recording.is_some() && it.carries == Carries::Share);
        ready.sort_by_key(|it| (it.to.to_string(), it.share.sender.to_string()));
        let may: Vec<bool> = ready.iter().map(|it| it.sources).collect();
        (ready.into_iter().find(|it| it.to.as_str() == "nurse@x").expect("hers"), may)
    };
    // Hers of Juliet and of Paris, then Romeo's, who was named by his address.
    let (first, may) = sources(&mut tx, "a").await;
    assert_eq!(may, [false, false, true, true]);
    let clue = || vec![Clue::Message(first.id.0.to_string())];
    answer(&mut tx, &world, &saying("nurse@x", "1", "who is it?", clue())).await.unwrap();
    let (_, may) = sources(&mut tx, "b").await;
    assert_eq!(may, [true, false, true, true], "Juliet knows now that it is somebody's");

    // What is said about it goes the same way.
    let recording = Some(Box::new(Recording::at("https://x.example/b.ogg").unwrap()));
    let note = Saying { recording, ..saying("juliet@x", "2", "hear", vec![Clue::Handle(1)]) };
    answer(&mut tx, &later(&world, 60_000), &note).await.unwrap();
    let ready = claim(&mut tx, &later(&world, 120_000), 99).await.unwrap().ready;
    let heard: Vec<(&str, bool)> = ready
        .iter()
        .filter(|it| matches!(&it.carries, Carries::Note(note) if note.recording.is_some()))
        .map(|it| (it.to.as_str(), it.sources))
        .collect();
    assert_eq!(heard, [("nurse@x", true)]);
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
        assert_eq!(sender.paced_until - soon.now.0, 33, "{owner}");
    }
}
