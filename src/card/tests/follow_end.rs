//! How following a card ends, and what comes of what was under way.

use uuid::Uuid;

use crate::{
    card::{
        collected::{edit, show},
        inbox::{Decided, Which, decline, meant, offered, take},
        own::{self, follow::PAUSE},
        revocation,
        tests::{
            follow::{gives, juliets, keeps, offers, phone, sent, takes, tells},
            inbox::{SWAP, offer, send},
        },
    },
    db::{Db, Tx},
    domain::{card::Part, clock::Millis, consent::Verdict, id::ShareId, unfinished::Unfinished},
    leave::erase,
    people::consent,
    talk::waiting::{About, Waits, about},
    tests::{facts, join, later, refuse, saying, world},
    unfinished::go_on,
    world::World,
};

facts!(
    no_brings_the_old_version_back_and_ends_it,
    no_and_the_number_of_the_card_refuses_its_last_change,
    no_brings_back_what_was_before_all_that_its_giver_changed_within_a_day,
    a_no_behind_a_change_can_be_about_it_whatever_else_waits,
    taking_the_card_back_ends_it_for_those_it_was_given_to,
    leaving_deleting_and_switching_it_off_end_it,
    whom_the_holder_refuses_or_blocks_changes_nothing_with_him,
    many_who_follow_end_in_portions,
    who_is_to_follow_no_more_is_told_nothing_from_then_on,
    who_begins_to_follow_meanwhile_goes_on,
    an_offer_from_before_the_end_follows_nothing,
    whose_copy_is_not_renewed_follows_no_more,
);

async fn no_brings_the_old_version_back_and_ends_it(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &["juliet@x", "romeo@x"]).await;
    keeps(&mut tx, &world, &juliets("+390455550100")).await;
    gives(&mut tx, &world, true, &["romeo@x"]).await;
    keeps(&mut tx, &world, &juliets("+390455550199")).await;
    tells(&mut tx, &world).await;
    let news = sent(&mut tx, &world).await.pop().expect("news");
    let romeo = "romeo@x".parse().unwrap();
    let it = offered(&mut tx, &romeo, Which::Handle(news.handle)).await.unwrap().unwrap();
    // It is not an offer that waits, and taking it is no second card.
    assert_eq!(take(&mut tx, &world, &romeo, &it, &[]).await.unwrap(), Decided::Before);
    let no = decline(&mut tx, &later(&world, 5), &romeo, &it).await.unwrap();
    assert_eq!(no, Decided::Kept { handle: 1, is_back: true });
    assert_eq!(phone(&mut tx, "romeo@x", 1).await, "+390455550100");
    let it = offered(&mut tx, &romeo, Which::Handle(news.handle)).await.unwrap().unwrap();
    assert_eq!(decline(&mut tx, &world, &romeo, &it).await.unwrap(), Decided::Declined);
    let after = later(&world, 2 * i64::try_from(PAUSE.as_millis()).unwrap());
    keeps(&mut tx, &after, &juliets("+390455550177")).await;
    tells(&mut tx, &after).await;
    assert_eq!(phone(&mut tx, "romeo@x", 1).await, "+390455550100");
}

async fn no_and_the_number_of_the_card_refuses_its_last_change(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &["juliet@x", "romeo@x"]).await;
    keeps(&mut tx, &world, &juliets("+390455550100")).await;
    gives(&mut tx, &world, true, &["romeo@x"]).await;
    let romeo = "romeo@x".parse().unwrap();
    let card =
        async |tx: &mut Tx| offered(tx, &romeo, Which::Handle(1)).await.unwrap().expect("the card");
    let it = card(&mut tx).await;
    assert_eq!(decline(&mut tx, &world, &romeo, &it).await.unwrap(), Decided::Before);
    keeps(&mut tx, &world, &juliets("+390455550199")).await;
    tells(&mut tx, &world).await;
    // What he changes himself behind it is not her change, and is not undone for a no.
    let own = [(Part::Note, vec!["Mantua".to_owned()])];
    edit(&mut tx, &later(&world, 5), "romeo@x", 1, &own).await.unwrap().unwrap();
    assert_eq!(decline(&mut tx, &world, &romeo, &it).await.unwrap(), Decided::Before);
    let after = later(&world, 2 * i64::try_from(PAUSE.as_millis()).unwrap());
    keeps(&mut tx, &after, &juliets("+390455550177")).await;
    tells(&mut tx, &after).await;
    let it = card(&mut tx).await;
    let no = decline(&mut tx, &later(&after, 5), &romeo, &it).await.unwrap();
    assert_eq!(no, Decided::Kept { handle: 1, is_back: true });
    assert_eq!(phone(&mut tx, "romeo@x", 1).await, "+390455550199");
    assert_eq!(decline(&mut tx, &after, &romeo, &it).await.unwrap(), Decided::Before, "once");
}

async fn no_brings_back_what_was_before_all_that_its_giver_changed_within_a_day(db: &Db) {
    const HOUR: i64 = 3_600_000;
    let mut tx = db.write().await.unwrap();
    let start = world();
    let followers = ["romeo@x", "mercutio@x", "paris@x", "tybalt@x"];
    join(&mut tx, &start, &["juliet@x"]).await;
    join(&mut tx, &start, &followers).await;
    keeps(&mut tx, &start, &juliets("+390455550100")).await;
    gives(&mut tx, &start, true, &followers).await;
    let mut new = juliets("+390455550166");
    let mut news = Vec::new();
    for (hours, part, value) in [(1, Part::Note, "Verona"), (24, Part::Title, "Boss")] {
        new.set(part, &[value.to_owned()]);
        let now = later(&start, hours * HOUR);
        keeps(&mut tx, &now, &new).await;
        tells(&mut tx, &now).await;
        news.push(sent(&mut tx, &now).await);
        if hours == 1 {
            let own = [(Part::Note, vec!["Mantua".to_owned()])];
            edit(&mut tx, &later(&now, HOUR), "tybalt@x", 1, &own).await.unwrap().unwrap();
        }
    }
    let now = later(&start, 47 * HOUR);
    // What they answer: the number of the card, the last message, the first one, and the first one of
    // whom it is not the last thing that was changed before the second.
    for (who, told, is_back, number) in [
        ("romeo@x", None, true, "+390455550100"),
        ("mercutio@x", Some(1), true, "+390455550100"),
        ("paris@x", Some(0), true, "+390455550100"),
        ("tybalt@x", Some(0), false, "+390455550166"),
    ] {
        let jid = who.parse().unwrap();
        let told = told.map(|n: usize| news[n].iter().find(|it| it.to.as_str() == who).unwrap());
        let which = told.map_or(Which::Handle(1), |it| Which::Handle(it.handle));
        let it = offered(&mut tx, &jid, which).await.unwrap().expect("an offer");
        let no = decline(&mut tx, &now, &jid, &it).await.unwrap();
        assert_eq!(no, Decided::Kept { handle: 1, is_back }, "{who}");
        let (_, card) = show(&mut tx, who, 1).await.unwrap().unwrap();
        assert_eq!(card.first(Part::Phone).as_deref(), Some(number), "{who}");
        assert_eq!(card.first(Part::Title).is_none(), is_back, "{who}");
    }
}

async fn a_no_behind_a_change_can_be_about_it_whatever_else_waits(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &["juliet@x", "romeo@x"]).await;
    keeps(&mut tx, &world, &juliets("+390455550100")).await;
    gives(&mut tx, &world, true, &["romeo@x"]).await;
    for waits in [false, true] {
        if waits {
            offer(&mut tx, &world, "other", SWAP).await;
        }
        send(&mut tx, &world).await;
        let after = later(&world, if waits { 9_000_000 } else { 5_000_000 });
        let new = if waits { "+390455550177" } else { "+390455550199" };
        keeps(&mut tx, &after, &juliets(new)).await;
        tells(&mut tx, &after).await;
        send(&mut tx, &after).await;
        let no = saying("romeo@x", "", "no", vec![]);
        let meant = match about(&mut tx, &after, &no, None).await.unwrap() {
            About::Nothing => vec![meant(&mut tx, &after, &no).await.unwrap().expect("it").it],
            About::Unclear { all, .. } => {
                let card = |it| match it {
                    Waits::Card(it) => it,
                    Waits::Question(asker) => panic!("{asker:?}"),
                };
                all.into_iter().map(card).collect()
            }
            other => panic!("{other:?}"),
        };
        let updates: Vec<bool> = meant.iter().map(|it| it.offer.how.update).collect();
        assert_eq!(updates, if waits { vec![true, false] } else { vec![true] });
        let yes = saying("romeo@x", "", "yes", vec![]);
        let is_about = about(&mut tx, &after, &yes, None).await.unwrap();
        assert_eq!(matches!(is_about, About::Nothing), !waits, "a yes is about no change");
    }
}

async fn taking_the_card_back_ends_it_for_those_it_was_given_to(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &["juliet@x", "romeo@x", "mercutio@x"]).await;
    keeps(&mut tx, &world, &juliets("+390455550100")).await;
    let share = gives(&mut tx, &world, true, &["romeo@x"]).await;
    gives(&mut tx, &world, true, &["mercutio@x"]).await;
    let juliet = "juliet@x".parse().unwrap();
    assert!(revocation::revoke(&mut tx, &world, &juliet, share).await.unwrap());
    keeps(&mut tx, &world, &juliets("+390455550199")).await;
    tells(&mut tx, &world).await;
    assert_eq!(phone(&mut tx, "romeo@x", 1).await, "+390455550100", "he keeps what he has");
    assert_eq!(phone(&mut tx, "mercutio@x", 1).await, "+390455550199");
}

async fn leaving_deleting_and_switching_it_off_end_it(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &["juliet@x", "romeo@x", "mercutio@x"]).await;
    for how in 1..4 {
        keeps(&mut tx, &world, &juliets("+390455550100")).await;
        own::set_updates(&mut tx, &world, "juliet@x", true).await.unwrap();
        gives(&mut tx, &world, true, &["romeo@x"]).await;
        let waits = offers(&mut tx, &world, true, &["mercutio@x"]).await;
        match how {
            1 => own::set_updates(&mut tx, &world, "juliet@x", false).await.unwrap(),
            2 => assert!(own::delete(&mut tx, &world, "juliet@x", "").await.unwrap()),
            _ => {
                assert!(erase::leave(&mut tx, &world, "juliet@x").await.unwrap());
                join(&mut tx, &world, &["juliet@x"]).await;
            }
        }
        if how < 3 {
            takes(&mut tx, &world, "mercutio@x", waits).await;
        }
        keeps(&mut tx, &world, &juliets("+390455550199")).await;
        tells(&mut tx, &world).await;
        assert!(sent(&mut tx, &world).await.is_empty(), "{how}");
        own::delete(&mut tx, &world, "juliet@x", "").await.unwrap();
    }
}

async fn whom_the_holder_refuses_or_blocks_changes_nothing_with_him(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    let people = [("romeo@x", Verdict::Blocked), ("mercutio@x", Verdict::No)];
    join(&mut tx, &world, &["juliet@x", "romeo@x", "mercutio@x"]).await;
    keeps(&mut tx, &world, &juliets("+390455550100")).await;
    gives(&mut tx, &world, true, &["romeo@x", "mercutio@x"]).await;
    let juliet = "juliet@x".parse().unwrap();
    for (who, verdict) in people {
        consent::decide(&mut tx, &world, &who.parse().unwrap(), &juliet, verdict).await.unwrap();
    }
    keeps(&mut tx, &world, &juliets("+390455550199")).await;
    tells(&mut tx, &world).await;
    // Their copies are of an older version than the others', so they follow no more.
    consent::unblock(&mut tx, &"romeo@x".parse().unwrap(), &juliet).await.unwrap();
    let mercutio = "mercutio@x".parse().unwrap();
    consent::decide(&mut tx, &world, &mercutio, &juliet, Verdict::Yes).await.unwrap();
    let after = later(&world, i64::try_from(PAUSE.as_millis()).unwrap());
    keeps(&mut tx, &after, &juliets("+390455550177")).await;
    tells(&mut tx, &after).await;
    for (who, verdict) in people {
        let (row, _) = show(&mut tx, who, 1).await.unwrap().unwrap();
        assert!(!row.follows, "{verdict:?}");
        assert_eq!(phone(&mut tx, who, 1).await, "+390455550100", "{verdict:?}");
    }
    assert!(sent(&mut tx, &after).await.is_empty());
}

async fn many_who_follow_end_in_portions(db: &Db) {
    let world = world();
    let people: Vec<String> = (0..60).map(|n| format!("p{n}@x")).collect();
    let people: Vec<&str> = people.iter().map(String::as_str).collect();
    for kind in [Unfinished::Unfollowed, Unfinished::Deleted] {
        let mut tx = db.write().await.unwrap();
        join(&mut tx, &world, &["juliet@x"]).await;
        join(&mut tx, &world, &people).await;
        keeps(&mut tx, &world, &juliets("+390455550100")).await;
        own::set_updates(&mut tx, &world, "juliet@x", true).await.unwrap();
        gives(&mut tx, &world, true, &people).await;
        if kind == Unfinished::Unfollowed {
            own::set_updates(&mut tx, &world, "juliet@x", false).await.unwrap();
        } else {
            assert!(own::delete(&mut tx, &world, "juliet@x", "").await.unwrap());
        }
        for left in [35, 10, 0] {
            let follow = tx.followers("juliet@x", "", Millis(-1), Uuid::nil(), 99).await.unwrap();
            assert_eq!(follow.len(), left, "{kind:?}");
            let moved = go_on(&mut tx, &world).await.unwrap();
            assert_eq!(moved, Some(kind).filter(|_| left > 0));
        }
    }
}

/// How following ends for everybody.
#[derive(Debug, Clone, Copy)]
enum End {
    Switch,
    Delete,
    Leave,
}

/// 60 follow Juliet's card, and so many more were offered it; then it ends for all of them, and
/// she has a card of the same name again.
async fn many_end(tx: &mut Tx, world: &World, end: End) -> ShareId {
    let people: Vec<String> = (0..60).map(|n| format!("p{n}@x")).collect();
    let people: Vec<&str> = people.iter().map(String::as_str).collect();
    join(tx, world, &["juliet@x", "romeo@x", "mercutio@x", "tybalt@x"]).await;
    join(tx, world, &people).await;
    keeps(tx, world, &juliets("+390455550100")).await;
    own::set_updates(tx, world, "juliet@x", true).await.unwrap();
    for _ in 0..30 {
        offers(tx, world, true, &["mercutio@x"]).await;
    }
    let late = offers(tx, world, true, &["mercutio@x"]).await;
    gives(tx, world, true, &people).await;
    match end {
        End::Switch => own::set_updates(tx, world, "juliet@x", false).await.unwrap(),
        End::Delete => assert!(own::delete(tx, world, "juliet@x", "").await.unwrap()),
        End::Leave => {
            assert!(erase::leave(tx, world, "juliet@x").await.unwrap());
            let soon = later(world, 1);
            while crate::unfinished::go_on(tx, &soon).await.unwrap().is_some() {}
            join(tx, &soon, &["juliet@x"]).await;
        }
    }
    let then = later(world, 2);
    keeps(tx, &then, &juliets("+390455550100")).await;
    own::set_updates(tx, &then, "juliet@x", true).await.unwrap();
    late
}

async fn who_is_to_follow_no_more_is_told_nothing_from_then_on(db: &Db) {
    for end in [End::Switch, End::Delete, End::Leave] {
        let (world, mut tx) = (world(), db.write().await.unwrap());
        many_end(&mut tx, &world, end).await;
        let then = later(&world, 5);
        keeps(&mut tx, &then, &juliets("+390455550199")).await;
        tells(&mut tx, &then).await;
        assert_eq!(sent(&mut tx, &then).await.len(), 0, "{end:?}");
    }
}

async fn who_begins_to_follow_meanwhile_goes_on(db: &Db) {
    for end in [End::Switch, End::Delete, End::Leave] {
        let (world, mut tx) = (world(), db.write().await.unwrap());
        many_end(&mut tx, &world, end).await;
        let then = later(&world, 5);
        gives(&mut tx, &then, true, &["romeo@x"]).await;
        let late = offers(&mut tx, &then, true, &["tybalt@x"]).await;
        while go_on(&mut tx, &then).await.unwrap().is_some() {}
        takes(&mut tx, &then, "tybalt@x", late).await;
        keeps(&mut tx, &then, &juliets("+390455550199")).await;
        tells(&mut tx, &then).await;
        let news = sent(&mut tx, &then).await;
        let mut to: Vec<&str> = news.iter().map(|it| it.to.as_str()).collect();
        to.sort_unstable();
        assert_eq!(to, ["romeo@x", "tybalt@x"], "{end:?}");
    }
}

async fn an_offer_from_before_the_end_follows_nothing(db: &Db) {
    for end in [End::Switch, End::Delete] {
        let (world, mut tx) = (world(), db.write().await.unwrap());
        let late = many_end(&mut tx, &world, end).await;
        let then = later(&world, 5);
        takes(&mut tx, &then, "mercutio@x", late).await;
        while go_on(&mut tx, &then).await.unwrap().is_some() {}
        keeps(&mut tx, &then, &juliets("+390455550199")).await;
        tells(&mut tx, &then).await;
        assert_eq!(sent(&mut tx, &then).await.len(), 0, "{end:?}");
    }
}

async fn whose_copy_is_not_renewed_follows_no_more(db: &Db) {
    let (world, mut tx) = (world(), db.write().await.unwrap());
    join(&mut tx, &world, &["juliet@x", "romeo@x", "mercutio@x"]).await;
    keeps(&mut tx, &world, &juliets("+390455550100")).await;
    gives(&mut tx, &world, true, &["romeo@x", "mercutio@x"]).await;
    let is_new = "NEW.account = 'romeo@x' AND NEW.card LIKE '%0199%'";
    refuse(&mut tx, "UPDATE", "collected", is_new).await;
    keeps(&mut tx, &world, &juliets("+390455550199")).await;
    tells(&mut tx, &world).await;
    let followers = tx.followers("juliet@x", "", Millis(-1), Uuid::nil(), 9).await.unwrap();
    let who: Vec<&str> = followers.iter().map(|(_, jid, _)| jid.as_str()).collect();
    assert_eq!(who, ["mercutio@x"], "all who follow have the same version");
}
