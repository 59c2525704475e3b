//! What a bare yes, no, 👍 or digit is about while something waits; and that words for one person do
//! not go to another.

use std::sync::Arc;

use tradepost::{
    domain::{
        consent::{Ask, Verdict},
        conversation::Clue,
        id::ShareId,
        offer::How,
    },
    ops::{
        Rules, World,
        answer::{Answered, answer},
        tray::{Decided, Meant, pending, take as take_card},
        waits::{About, Bare, Waits, about},
    },
    store::db::{Db, Tx},
};

use super::{
    join, later, saying, submission, take,
    tray::{SWAP, jid, offer, send},
};
use crate::store::facts;

facts!(
    a_bare_word_is_about_the_only_thing_that_waits_if_that_came_last,
    a_word_behind_a_card_makes_no_answer_of_what_is_said_to_the_card,
    with_several_things_open_it_is_asked_which_whatever_came_last,
    a_bare_word_is_never_passed_on_unasked_while_a_card_waits,
    a_question_of_long_ago_is_in_nobodys_way,
    words_are_for_the_only_one_who_has_spoken_and_else_it_is_asked_for_whom,
);

const ROMEO: &str = "romeo@x";

fn world() -> World {
    let rules = Rules { ask: Ask::Remote, ..Rules::open() };
    World { rules: Arc::new(rules), ..super::world() }
}

/// What a bare word of Romeo's is about: `question ADDRESS`, `card NUMBER`, `nothing`, or what he is
/// asked, with the number to which it could be said.
async fn said(tx: &mut Tx, world: &World, words: &str) -> String {
    match about(tx, world, &saying(ROMEO, "", words, vec![])).await.unwrap() {
        About::Nothing => "nothing".to_owned(),
        About::Question(asker, verdict) => format!("question {} {verdict:?}", asker.jid),
        About::Card(Meant { it, word }) => format!("card {} {word:?}", it.handle),
        About::Unclear { all, talk, .. } => {
            let all = all.iter().map(|it| match it {
                Waits::Question(asker) => asker.jid.to_string(),
                Waits::Card(it) => format!("#{}", it.handle),
            });
            let all = all.collect::<Vec<_>>().join(" ");
            talk.map_or(all.clone(), |talk| format!("{all}, or #{}", talk.thing.handle))
        }
    }
}

/// `author` says something about what they know by this number, and it is sent.
async fn says(tx: &mut Tx, world: &World, author: &str, handle: i64, words: &str) {
    let saying = saying(author, words, words, vec![Clue::Handle(handle)]);
    let answered = answer(tx, world, &saying).await.unwrap();
    assert_eq!(answered, Answered::Passed { guessed: None });
    send(tx, world).await;
}

/// `sender` shows Romeo something, and it or the question about it is sent.
async fn shows(tx: &mut Tx, world: &World, sender: &str, key: &str) -> ShareId {
    let share = take(tx, world, 0, submission(sender, key, key, &[ROMEO])).await;
    send(tx, world).await;
    share.answer.unwrap().share
}

async fn a_bare_word_is_about_the_only_thing_that_waits_if_that_came_last(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &[ROMEO, "juliet@x", "paris@y"]).await;
    assert_eq!(said(&mut tx, &world, "yes").await, "nothing");
    offer(&mut tx, &world, "a", SWAP).await;
    send(&mut tx, &world).await;
    assert_eq!(said(&mut tx, &world, "yes").await, "card 1 Yes(\"\")");
    assert_eq!(said(&mut tx, &world, "No.").await, "card 1 No");
    assert_eq!(said(&mut tx, &world, "👍").await, "card 1 Thumb");
    for word in ["1", "2", "block", "yes please", "👍 nice"] {
        assert_eq!(said(&mut tx, &world, word).await, "nothing", "{word}: a card has no such");
    }
    // Nothing has come for an hour: there is only the one.
    let hour = later(&world, 3_600_000);
    assert_eq!(said(&mut tx, &hour, "no").await, "card 1 No");
    let it = pending(&mut tx, world.now, &jid(ROMEO), 0, 1).await.unwrap();
    let taken = take_card(&mut tx, &world, &jid(ROMEO), &it[0], &[]).await.unwrap();
    assert_eq!(taken, Decided::Taken);
    let world = later(&world, 1_000);
    shows(&mut tx, &world, "paris@y", "p").await;
    for (word, verdict) in
        [("yes", Verdict::Yes), ("2", Verdict::No), ("3", Verdict::Blocked), ("拒绝", Verdict::No)]
    {
        let found = said(&mut tx, &world, word).await;
        assert_eq!(found, format!("question paris@y {verdict:?}"), "{word}");
    }
    assert_eq!(said(&mut tx, &world, "👍").await, "nothing", "that lets nobody in");
}

async fn a_word_behind_a_card_makes_no_answer_of_what_is_said_to_the_card(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &[ROMEO, "juliet@x"]).await;
    offer(&mut tx, &world, "a", SWAP).await;
    send(&mut tx, &world).await;
    let world = later(&world, 1_000);
    says(&mut tx, &world, "juliet@x", 1, "here is my card, as we said").await;
    assert_eq!(said(&mut tx, &world, "no").await, "card 1 No");
    assert_eq!(said(&mut tx, &world, "yes").await, "card 1 Yes(\"\")");
    assert_eq!(said(&mut tx, &world, "👍").await, "card 1 Thumb");
}

async fn with_several_things_open_it_is_asked_which_whatever_came_last(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &[ROMEO, "juliet@x", "honest@y", "mal@z"]).await;
    shows(&mut tx, &world, "honest@y", "h").await;
    let world = later(&world, 500);
    shows(&mut tx, &world, "mal@z", "m").await;
    for word in ["yes", "no", "1", "2", "3"] {
        assert_eq!(said(&mut tx, &world, word).await, "mal@z honest@y", "{word}");
    }
    // A card of somebody of this server comes last.
    let world = later(&world, 500);
    offer(&mut tx, &world, "a", SWAP).await;
    send(&mut tx, &world).await;
    assert_eq!(said(&mut tx, &world, "yes").await, "mal@z honest@y #1");
    assert_eq!(said(&mut tx, &world, "1").await, "mal@z honest@y #1");
    // Nobody blocks a card, so that it may be a word to whoever gives it.
    assert_eq!(said(&mut tx, &world, "3").await, "mal@z honest@y, or #1");
    assert_eq!(said(&mut tx, &world, "👍").await, "card 1 Thumb", "which is all it can mean");
    let asked = about(&mut tx, &world, &saying(ROMEO, "", "2", vec![])).await.unwrap();
    assert!(matches!(asked, About::Unclear { bare: Bare::Digit(Verdict::No), .. }), "{asked:?}");
}

async fn a_bare_word_is_never_passed_on_unasked_while_a_card_waits(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &[ROMEO, "juliet@x", "paris@x"]).await;
    offer(&mut tx, &world, "a", How::default()).await;
    send(&mut tx, &world).await;
    let world = later(&world, 86_400_000);
    shows(&mut tx, &world, "paris@x", "p").await;
    for word in ["yes", "no", "👍"] {
        assert_eq!(said(&mut tx, &world, word).await, "#1, or #2", "{word}");
    }
    assert_eq!(said(&mut tx, &world, "2").await, "nothing", "how many?");
    // With products beside it, or as a reply, it is said to somebody.
    let reply = saying(ROMEO, "", "yes", vec![Clue::Handle(2)]);
    let found = about(&mut tx, &world, &reply).await.unwrap();
    assert!(matches!(found, About::Nothing), "{found:?}");
}

async fn a_question_of_long_ago_is_in_nobodys_way(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &[ROMEO, "juliet@x", "honest@y"]).await;
    shows(&mut tx, &world, "honest@y", "h").await;
    let soon = later(&world, 60_000);
    shows(&mut tx, &soon, "juliet@x", "j").await;
    assert_eq!(said(&mut tx, &soon, "yes").await, "honest@y, or #1");
    let day = later(&world, 86_400_000);
    shows(&mut tx, &day, "juliet@x", "k").await;
    assert_eq!(said(&mut tx, &day, "yes").await, "nothing");
}

async fn words_are_for_the_only_one_who_has_spoken_and_else_it_is_asked_for_whom(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &[ROMEO, "helena@x", "mal@x"]).await;
    shows(&mut tx, &world, "helena@x", "h").await;
    shows(&mut tx, &world, "mal@x", "m").await;
    let world = later(&world, 600_000);
    says(&mut tx, &world, "helena@x", 1, "what is the door code?").await;
    let code = |id: &str| saying(ROMEO, id, "it is 4711", vec![]);
    let to = |answered| match answered {
        Answered::Passed { guessed: Some(talk) } => vec![talk.with],
        Answered::Unclear(talks) => talks.into_iter().map(|talk| talk.with).collect(),
        other => panic!("{other:?}"),
    };
    let answered = answer(&mut tx, &world, &code("1")).await.unwrap();
    assert_eq!(to(answered), ["helena@x"]);
    // However much is said by somebody else in between.
    let world = later(&world, 400);
    for words in ["still there?", "hello?", "and now?"] {
        says(&mut tx, &world, "mal@x", 1, words).await;
    }
    let world = later(&world, 400);
    let answered = answer(&mut tx, &world, &code("2")).await.unwrap();
    assert_eq!(to(answered), ["mal@x", "helena@x"]);
    // The same person about two things is one person.
    let world = later(&world, 600_000);
    for key in ["i", "k"] {
        shows(&mut tx, &world, "helena@x", key).await;
    }
    let answered = answer(&mut tx, &world, &code("3")).await.unwrap();
    assert_eq!(to(answered), ["helena@x"]);
}
