//! How much is kept anew for somebody, and for the people of another server.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use jid::BareJid;

use crate::{
    card::{
        browser,
        collected::{self, NotDone},
        own::{self, follow},
        submission::submit,
    },
    claim::claim,
    db::{Db, Tx},
    domain::{
        address::Address,
        card::{Card, Part},
        clock::{Clock, Millis},
        consent::Verdict,
        conversation::Clue,
        invitation::{self, Code},
        lang::Lang,
        letter::{Kind, Letter},
        picture::Picture,
        refusal::Refusal,
        report::Reason,
        share::{PassedOn, Submission},
    },
    invite::{
        self,
        join::{Came, Wish, take_in},
    },
    leave::export::export,
    limits::{Limits, Rates},
    people::{consent, report::report},
    post::letter,
    share::{
        self,
        tests::{picture::pictured, store_picture::made},
    },
    talk::answer::{Answered, answer},
    tests::{NOW, facts, saying, submission, take, world},
    wire::product::read::read_products,
    world::{Rules, World},
};

facts!(
    the_people_of_one_other_server_have_so_much_kept_in_an_hour_and_all_others_twice_that,
    accounts_cost_one_stanza_and_count_as_more,
    whatever_is_kept_counts_for_whoever_has_it_kept,
    pictures_count_for_a_server_and_have_their_own_number_for_an_account,
    what_is_passed_on_counts_as_much_as_it_is,
    comments_count_as_much_as_they_are,
    whoever_has_had_enough_kept_changes_no_card,
    whoever_is_followed_by_many_tells_them_as_far_as_may_be_kept_and_goes_on_with_all_else,
    the_people_of_one_other_server_invite_as_many_as_twenty_accounts_and_all_others_as_a_hundred,
);

/// The same world with these limits, of the server `x`, and their clock.
pub(super) fn limited(world: &World, rates: Rates) -> (World, Arc<AtomicI64>) {
    let at = Arc::new(AtomicI64::new(NOW.0));
    let rates = Rates { host: Some("x".parse().unwrap()), ..rates };
    let limits = Limits::new(rates, &Clock::Manual(Arc::clone(&at)));
    (World { rules: Arc::new(Rules { limits, ..Rules::open() }), ..world.clone() }, at)
}

/// `sender`, who is new, shares something with fifty who have long addresses.
async fn shares(tx: &mut Tx, world: &World, sender: &str, n: usize) -> Result<(), Refusal> {
    let free = World { rules: Arc::new(Rules::open()), ..world.clone() };
    take_in(tx, &free, sender, "en", None).await.unwrap();
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
    while let Some(is_new) =
        take_in(&mut tx, &world, &format!("m{joined}@evil.example"), "en", None).await.unwrap()
    {
        assert!(is_new);
        joined += 1;
    }
    assert_eq!(joined, 16, "each is 64 KiB");
    let again = take_in(&mut tx, &world, "m0@evil.example", "en", None).await.unwrap();
    assert_eq!(again, Some(false), "whoever is there stays");
    let jid = "m99@evil.example".parse().unwrap();
    let wish = Wish { jid: &jid, lang: "en", nick: None, may_join: true, code: None };
    let came = invite::join::join(&mut tx, &world, &wish).await.unwrap();
    assert!(matches!(came, Came::Full { .. }), "{came:?}");
    assert_eq!(take_in(&mut tx, &world, "juliet@x", "en", None).await.unwrap(), Some(true));
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
        What::OwnCard => own::set(tx, world, jid, "", &card).await.unwrap().unwrap(),
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
            take_in(tx, free, &accused, "en", None).await.unwrap();
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
        What::Export => drop(export(tx, world, who).await.unwrap()),
        What::DeskLink => drop(browser::link(tx, world, jid).await.unwrap()),
    }
}

async fn whatever_is_kept_counts_for_whoever_has_it_kept(db: &Db) {
    let free = world();
    let mut tx = db.write().await.unwrap();
    take_in(&mut tx, &free, FRIEND, "en", None).await.unwrap();
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
        What::Export,
        What::DeskLink,
    ];
    for (at, what) in all.into_iter().enumerate() {
        // Each row of a long address is large.
        let who: BareJid = format!("m{at}{}@x", "m".repeat(990)).parse().unwrap();
        take_in(&mut tx, &free, who.as_str(), "en", None).await.unwrap();
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

/// `who` shows a picture, which comes.
async fn shows_picture(tx: &mut Tx, world: &World, who: &str, n: u8) {
    let (key, url) = (format!("p{n}"), format!("https://s.lit/{who}/{n}"));
    let world = World { pictures: true, ..world.clone() };
    let one = Submission { sender: who.parse().unwrap(), ..pictured(&key, &url) };
    take(tx, &world, 0, one).await;
    let came = Picture { bytes: vec![0; 250_000], ..made(n) };
    share::picture::fetched(tx, &world, &url, &came).await.unwrap();
}

async fn pictures_count_for_a_server_and_have_their_own_number_for_an_account(db: &Db) {
    let (world, _) =
        limited(&world(), Rates { kept: 1, domain_kept: 3, total_kept: 99, ..Rates::default() });
    let mut tx = db.write().await.unwrap();
    for (who, may) in [("juliet@x", 20), ("m@evil.example", 13)] {
        take_in(&mut tx, &world, who, "en", None).await.unwrap();
        let mut shown = 0;
        while shown < 20 && world.rules.limits.full_for(who).is_none() {
            shows_picture(&mut tx, &world, who, shown).await;
            shown += 1;
        }
        assert_eq!(
            shown, may,
            "{who}: a server has three megabytes, an account a hundred pictures"
        );
    }
}

async fn what_is_passed_on_counts_as_much_as_it_is(db: &Db) {
    let free = world();
    let (world, _) = limited(&free, Rates { kept: 1, ..Rates::default() });
    let mut tx = db.write().await.unwrap();
    for who in [FRIEND, "juliet@x"] {
        take_in(&mut tx, &free, who, "en", None).await.unwrap();
    }
    let long = format!(
        "<product xmlns='urn:xmpp:product-share:0'><name>Tray</name><description>{}</description>\
         </product>",
        "d".repeat(1_900)
    );
    let products: Arc<[_]> = read_products(&long.repeat(5)).unwrap().into();
    let large = Submission {
        products,
        xml: long.repeat(5).into(),
        ..submission(FRIEND, "l", "l", &["juliet@x"])
    };
    let code = take(&mut tx, &free, 0, large).await.answer.unwrap().ref_code;
    let mut passed = 0;
    while world.rules.limits.full_for("juliet@x").is_none() {
        let key = passed.to_string();
        let mut on = submission("juliet@x", &key, &key, &[FRIEND]);
        (on.products, on.xml) = (Arc::default(), Arc::default());
        on.passed_on = PassedOn { codes: vec![(0, code)], most: 5 };
        take(&mut tx, &world, 0, on).await;
        passed += 1;
    }
    assert!((80..110).contains(&passed), "{passed}: each is some 11 KB");
}

async fn comments_count_as_much_as_they_are(db: &Db) {
    let (world, _) = limited(&world(), Rates { kept: 1, ..Rates::default() });
    let mut tx = db.write().await.unwrap();
    for jid in ["juliet@x", "romeo@x"] {
        take_in(&mut tx, &world, jid, "en", None).await.unwrap();
    }
    let comment = "c".repeat(4_000);
    let mut taken = 0;
    loop {
        let one = submission("juliet@x", &taken.to_string(), &comment, &["romeo@x"]);
        let submitted = submit(&mut tx, &world, &[one], 0).await.unwrap();
        if submitted[0].answer.is_err() {
            break;
        }
        taken += 1;
    }
    // What is left of a mebibyte beside the account, by 1,400 bytes, the product and the comment.
    assert!((150..200).contains(&taken), "{taken}");
}

async fn whoever_has_had_enough_kept_changes_no_card(db: &Db) {
    let free = world();
    let (world, _) = limited(&free, Rates { kept: 1, ..Rates::default() });
    let mut tx = db.write().await.unwrap();
    take_in(&mut tx, &free, "juliet@x", "en", None).await.unwrap();
    let one = collected::add(&mut tx, &free, "juliet@x", &Card::named("P")).await.unwrap().unwrap();
    let mut two = Card::named("Q");
    two.set(Part::Note, &["q".to_owned()]);
    let two = collected::add(&mut tx, &free, "juliet@x", &two).await.unwrap().unwrap();
    let note = |n: usize| [(Part::Note, vec![format!("{n}{}", "n".repeat(60_000))])];
    let large = [(Part::Note, vec!["n".repeat(99_000)])];
    for _ in 0..20 {
        let refused = collected::edit(&mut tx, &world, "juliet@x", one, &large).await.unwrap();
        assert!(matches!(refused, Err(NotDone::Card(_))), "{refused:?}");
    }
    assert_eq!(world.rules.limits.full_for("juliet@x"), None, "what is not kept does not count");
    let mut changed = 0;
    let refused = loop {
        match collected::edit(&mut tx, &world, "juliet@x", one, &note(changed)).await.unwrap() {
            Ok(_) => changed += 1,
            Err(why) => break why,
        }
    };
    assert!(matches!(refused, NotDone::TooFast { .. }), "{refused:?}");
    assert!((7..11).contains(&changed), "{changed}: each is twice 60 KB");
    let merged = collected::merge(&mut tx, &world, "juliet@x", two, one).await.unwrap();
    assert!(matches!(merged, Err(NotDone::TooFast { .. })), "{merged:?}");
    let same = collected::edit(&mut tx, &world, "juliet@x", one, &note(changed - 1)).await.unwrap();
    assert_eq!(same, Ok(one), "nothing changes");
    assert!(collected::undo(&mut tx, &world, "juliet@x", Some(one)).await.unwrap().is_ok());
}

/// Juliet's card, of 60 KB.
pub(super) fn large(n: usize) -> Card {
    let mut card = Card::named("Juliet Capulet");
    card.set(Part::Note, &[format!("{n}{}", "n".repeat(60_000))]);
    card
}

/// So many follow Juliet's card.
pub(super) async fn followed(tx: &mut Tx, world: &World, followers: usize) {
    take_in(tx, world, "juliet@x", "en", None).await.unwrap();
    own::set(tx, world, "juliet@x", "", &large(0)).await.unwrap().unwrap();
    for n in 0..followers {
        let who = format!("f{n}@x");
        take_in(tx, world, &who, "en", None).await.unwrap();
        let gift = collected::Gift {
            account: &who,
            handle: None,
            giver: Some("juliet@x"),
            giver_card: Some(""),
            third: false,
            follows: true,
            card: &large(0),
            name: "Juliet Capulet",
            parts: &[],
        };
        collected::take(tx, world, &gift).await.unwrap().unwrap();
    }
}

/// Tells those who follow until nobody is to be told now; answers how many have the version `n`.
pub(super) async fn told(tx: &mut Tx, world: &World, followers: usize, n: usize) -> usize {
    while follow::tell(tx, world, &|_| "new".to_owned()).await.unwrap() {}
    let mut told = 0;
    for follower in 0..followers {
        let who = format!("f{follower}@x");
        let (_, card) = collected::show(tx, &who, 1).await.unwrap().expect("the card");
        told += usize::from(card == large(n));
    }
    told
}

async fn whoever_is_followed_by_many_tells_them_as_far_as_may_be_kept_and_goes_on_with_all_else(
    db: &Db,
) {
    let free = world();
    let (world, at) = limited(&free, Rates { kept: 1, total_kept: 9, ..Rates::default() });
    let mut tx = db.write().await.unwrap();
    followed(&mut tx, &free, 12).await;
    own::set(&mut tx, &free, "juliet@x", "", &large(1)).await.unwrap().unwrap();
    let first = told(&mut tx, &world, 12, 1).await;
    assert!((5..10).contains(&first), "{first}: each is some 180 KB, in portions of three");
    assert_eq!(world.rules.limits.full_for("juliet@x"), None, "she may go on with all else");
    take(&mut tx, &world, 0, submission("juliet@x", "a", "a", &["f0@x"])).await;
    at.fetch_add(3_600_000, Ordering::SeqCst);
    let hour = World { now: Millis(NOW.0 + 3_600_000), ..world.clone() };
    assert_eq!(told(&mut tx, &hour, 12, 1).await, 12, "the others an hour later");
}

async fn the_people_of_one_other_server_invite_as_many_as_twenty_accounts_and_all_others_as_a_hundred(
    db: &Db,
) {
    let (world, _) = limited(&world(), Rates::default());
    let limits =
        invitation::InvitationLimits { per_sender_a_day: 1, pause: Duration::from_hours(24) };
    let no_letter = |_: &Address, _: &str, _: Lang, _: Code| None;
    let mut tx = db.write().await.unwrap();
    let invited = async |tx: &mut Tx, who: &dyn Fn(usize) -> String, accounts: usize| {
        let mut invited = 0;
        for n in 0..accounts {
            take_in(tx, &world, &who(n), "en", None).await.unwrap();
            let whom = format!("{}@nowhere", who(n).replace('@', "."));
            take(tx, &world, 0, submission(&who(n), "a", "c", &[&whom])).await;
            invite::invitation::tell(tx, &world, &limits, 9, &no_letter).await.unwrap();
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
