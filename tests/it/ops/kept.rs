//! How much is kept anew for somebody, and for the people of another server.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use jid::BareJid;
use tradepost::{
    domain::{
        address::Address,
        card::{Card, Part},
        clock::Clock,
        consent::Verdict,
        conversation::Clue,
        invitation::{self, Code},
        lang::Lang,
        letter::{Kind, Letter},
        picture::Picture,
        refusal::Refusal,
        report::Reason,
        share::Submission,
    },
    limits::{Limits, Rates},
    ops::{
        self, Rules, World,
        account::{self, join},
        answer::{Answered, answer},
        card_desk, collected, consent,
        delivery::claim,
        export::export,
        letter, own_card,
        report::report,
        share::submit,
    },
    store::db::{Db, Tx},
};

use super::{picture::pictured, saying, submission, take, world};
use crate::store::{NOW, facts, pictures::made};

facts!(
    the_people_of_one_other_server_have_so_much_kept_in_an_hour_and_all_others_twice_that,
    accounts_cost_one_stanza_and_count_as_more,
    whatever_is_kept_counts_for_whoever_has_it_kept,
    a_card_that_changes_counts_for_its_giver,
    the_people_of_one_other_server_invite_as_many_as_twenty_accounts_and_all_others_as_a_hundred,
);

/// The same world with these limits, of the server `x`, and their clock.
fn limited(world: &World, rates: Rates) -> (World, Arc<AtomicI64>) {
    let at = Arc::new(AtomicI64::new(NOW.0));
    let rates = Rates { host: Some("x".parse().unwrap()), ..rates };
    let limits = Limits::new(rates, &Clock::Manual(Arc::clone(&at)));
    (World { rules: Arc::new(Rules { limits, ..Rules::open() }), ..world.clone() }, at)
}

/// `sender`, who is new, shares something with fifty who have long addresses.
async fn shares(tx: &mut Tx, world: &World, sender: &str, n: usize) -> Result<(), Refusal> {
    join(tx, world, sender, "en", None).await.unwrap();
    let long = "v".repeat(900);
    let to: Vec<String> = (0..50).map(|v| format!("{long}{n}-{v}@v.example")).collect();
    let to: Vec<&str> = to.iter().map(String::as_str).collect();
    let submitted = submit(tx, world, &[submission(sender, "a", "c", &to)], 0).await.unwrap();
    submitted.into_iter().next().expect("an answer").answer.map(drop)
}

async fn the_people_of_one_other_server_have_so_much_kept_in_an_hour_and_all_others_twice_that(
    db: &Db,
) {
    let (world, at) =
        limited(&world(), Rates { domain_kept: 3, total_kept: 9, ..Rates::default() });
    let mut tx = db.write().await.unwrap();
    let mut taken = 0;
    while shares(&mut tx, &world, &format!("m{taken}@s{taken}.evil.example"), taken).await.is_ok() {
        taken += 1;
    }
    assert!((1..5).contains(&taken), "{taken}: each takes some 1.4 MB of three");
    let wait = world.rules.limits.full_for("m@evil.example").expect("a wait");
    assert!(wait < Duration::from_hours(1), "{wait:?}");
    let refused = shares(&mut tx, &world, "m@evil.example", 99).await;
    assert!(matches!(refused, Err(Refusal::TooFast { .. })), "{refused:?}");
    let mut others = 0;
    while shares(&mut tx, &world, &format!("p@o{others}.example"), 100 + others).await.is_ok() {
        others += 1;
    }
    assert!((1..5).contains(&others), "{others}: all others have six");
    shares(&mut tx, &world, "juliet@x", 200).await.expect("the server's own people have theirs");
    at.fetch_add(3_600_000, Ordering::SeqCst);
    assert_eq!(world.rules.limits.full_for("m@evil.example"), None, "an hour later");
}

async fn accounts_cost_one_stanza_and_count_as_more(db: &Db) {
    let (world, _) = limited(&world(), Rates { domain_kept: 1, ..Rates::default() });
    let mut tx = db.write().await.unwrap();
    let mut joined = 0;
    while world.rules.limits.full_for(&format!("m{joined}@evil.example")).is_none() {
        join(&mut tx, &world, &format!("m{joined}@evil.example"), "en", None).await.unwrap();
        joined += 1;
    }
    assert_eq!(joined, 16, "each is 64 KiB");
    assert_eq!(world.rules.limits.full_for("juliet@x"), None);
}

/// Who has shared something with everybody.
const FRIEND: &str = "friend@x";

/// What is kept for somebody.
#[derive(Debug, Clone, Copy)]
enum What {
    Share,
    Answer,
    OwnCard,
    Collected,
    Edited,
    Merged,
    Verdict,
    Report,
    Letter,
    Picture,
    Export,
    DeskLink,
}

/// Has one more of `what` kept for `who`, which counts in `world`; in `free` nothing does.
async fn keep(tx: &mut Tx, [world, free]: [&World; 2], what: What, who: &BareJid, n: usize) {
    let (jid, refs) = (who.as_str(), format!("{n}"));
    let long = |name: &str| format!("{name}{n}{}@y", "v".repeat(900));
    let mut card = Card::named("Paris");
    card.set(Part::Note, &[format!("{n}{}", "n".repeat(9_000))]);
    match what {
        What::Share => drop(take(tx, world, 0, submission(jid, &refs, "c", &[FRIEND])).await),
        What::Answer => {
            let said = saying(jid, &refs, "no", vec![Clue::Handle(1)]);
            let answered = answer(tx, world, &said).await.unwrap();
            assert!(matches!(answered, Answered::Passed { .. }), "{answered:?}");
        }
        What::OwnCard => own_card::set(tx, world, jid, "", &card).await.unwrap().unwrap(),
        What::Collected => drop(collected::add(tx, world, jid, &card).await.unwrap().unwrap()),
        What::Edited | What::Merged => {
            let one = collected::add(tx, free, jid, &Card::named("P")).await.unwrap();
            let one = one.unwrap();
            if matches!(what, What::Edited) {
                let note = [(Part::Note, vec![format!("{n}{}", "n".repeat(9_000))])];
                collected::edit(tx, world, jid, one, &note).await.unwrap().unwrap();
            } else {
                let two = collected::add(tx, free, jid, &card).await.unwrap().unwrap();
                collected::merge(tx, world, jid, one, two).await.unwrap().unwrap();
            }
        }
        What::Verdict => {
            let other = long("o").parse().unwrap();
            assert!(consent::decide(tx, world, who, &other, Verdict::Blocked).await.unwrap());
        }
        What::Report => {
            let accused = long("a");
            join(tx, free, &accused, "en", None).await.unwrap();
            take(tx, free, 0, submission(&accused, "k", "c", &[jid])).await;
            report(tx, world, who, (&accused, Reason::Spam), None, "").await.unwrap();
        }
        What::Letter => {
            let letter = Letter {
                to: Address::parse("tel:+390455550100").unwrap(),
                account: jid.to_owned(),
                kind: Kind::Code,
                subject: String::new(),
                text: "123456".to_owned(),
                stop: None,
                life: Duration::from_hours(1),
            };
            letter::post(tx, world, &letter).await.unwrap();
        }
        What::Picture => {
            let world = World { pictures: true, ..world.clone() };
            let one = pictured(&refs, &format!("https://s.lit/{n}"));
            take(tx, &world, 0, Submission { sender: who.clone(), ..one }).await;
            let came = Picture { bytes: vec![0; 50_000], ..made(u8::try_from(n).unwrap()) };
            ops::picture::fetched(tx, &world, &format!("https://s.lit/{n}"), &came).await.unwrap();
        }
        What::Export => drop(export(tx, world, who).await.unwrap()),
        What::DeskLink => drop(card_desk::link(tx, world, jid).await.unwrap()),
    }
}

async fn whatever_is_kept_counts_for_whoever_has_it_kept(db: &Db) {
    let free = world();
    let mut tx = db.write().await.unwrap();
    account::join(&mut tx, &free, FRIEND, "en", None).await.unwrap();
    let all = [
        What::Share,
        What::Answer,
        What::OwnCard,
        What::Collected,
        What::Edited,
        What::Merged,
        What::Verdict,
        What::Report,
        What::Letter,
        What::Picture,
        What::Export,
        What::DeskLink,
    ];
    for (at, what) in all.into_iter().enumerate() {
        // Each row of a long address is large; of a picture the picture is to be what counts.
        let long = if matches!(what, What::Picture) { 0 } else { 990 };
        let who: BareJid = format!("m{at}{}@x", "m".repeat(long)).parse().unwrap();
        account::join(&mut tx, &free, who.as_str(), "en", None).await.unwrap();
        let given = submission(FRIEND, &format!("{at}"), "c", &[who.as_str()]);
        take(&mut tx, &free, 0, given).await;
        let (world, _) = limited(&free, Rates { kept: 1, ..Rates::default() });
        let full = || world.rules.limits.full_for(who.as_str()).is_some();
        for n in 0..60 {
            if full() {
                break;
            }
            keep(&mut tx, [&world, &free], what, &who, n).await;
        }
        assert!(full(), "{what:?} counts");
        assert_eq!(world.rules.limits.full_for(FRIEND), None, "{what:?}: for nobody else");
    }
}

async fn a_card_that_changes_counts_for_its_giver(db: &Db) {
    let free = world();
    let (limited, _) = limited(&free, Rates { kept: 1, ..Rates::default() });
    let mut tx = db.write().await.unwrap();
    let (giver, taker) = ("giver@x", "taker@x");
    for who in [giver, taker] {
        account::join(&mut tx, &free, who, "en", None).await.unwrap();
    }
    let version = |n: usize| {
        let mut card = Card::named("Paris");
        card.set(Part::Note, &[format!("{n}{}", "n".repeat(60_000))]);
        card
    };
    let gift = collected::Gift {
        account: taker,
        handle: None,
        giver: Some(giver),
        giver_card: Some(""),
        third: false,
        follows: true,
        card: &version(0),
        parts: &[],
    };
    let handle = collected::take(&mut tx, &free, &gift).await.unwrap().unwrap();
    for n in 0..20 {
        let (base, new) = (version(n), version(n + 1));
        let renewed = collected::renew(&mut tx, &limited, taker, handle, &base, &new).await;
        assert!(!renewed.unwrap().unwrap().is_empty());
    }
    assert!(limited.rules.limits.full_for(giver).is_some());
    assert_eq!(limited.rules.limits.full_for(taker), None, "they asked for none of it");
}

async fn the_people_of_one_other_server_invite_as_many_as_twenty_accounts_and_all_others_as_a_hundred(
    db: &Db,
) {
    let (world, _) = limited(&world(), Rates::default());
    let limits = invitation::Limits { per_sender_a_day: 1, pause: Duration::from_hours(24) };
    let no_letter = |_: &Address, _: &str, _: Lang, _: Code| None;
    let mut tx = db.write().await.unwrap();
    let invited = async |tx: &mut Tx, who: &dyn Fn(usize) -> String, accounts: usize| {
        let mut invited = 0;
        for n in 0..accounts {
            account::join(tx, &world, &who(n), "en", None).await.unwrap();
            let whom = format!("{}@nowhere", who(n).replace('@', "."));
            take(tx, &world, 0, submission(&who(n), "a", "c", &[&whom])).await;
            ops::invitation::tell(tx, &world, &limits, 9, &no_letter).await.unwrap();
            invited += claim(tx, &world, 9).await.unwrap().ready.len();
        }
        invited
    };
    let evil = invited(&mut tx, &|n| format!("m@s{n}.evil.example"), 25).await;
    assert_eq!(evil, 20, "of one other server");
    let others = invited(&mut tx, &|n| format!("p@o{n}.example"), 90).await;
    assert_eq!(others, 80, "of all others");
    assert_eq!(invited(&mut tx, &|n| format!("juliet{n}@x"), 5).await, 5, "of its own people");
}
