//! What a bare yes, no, 👍 or digit is about while something waits; and that words for one person do
//! not go to another.

use std::sync::Arc;

use crate::{
    card::{
        inbox::{Decided, Meant, pending, take as take_card},
        tests::inbox::{SWAP, jid, offer, offered, send},
    },
    db::{Db, Tx},
    domain::{
        clock::Millis,
        consent::{Ask, Verdict},
        conversation::{Clue, Said, Saying},
        id::ShareId,
        offer::How,
    },
    people::consent::decide,
    talk::{
        answer::{Answered, answer},
        waiting::{About, Bare, Waits, about, spoken_to},
    },
    tests::{facts, join, later, looked_up, saying, submission, take},
    world::{Rules, World},
};

facts!(
    a_bare_word_is_about_the_only_thing_that_waits_if_that_came_last,
    a_word_behind_a_card_makes_no_answer_of_what_is_said_to_the_card,
    with_several_things_open_it_is_asked_which_whatever_came_last,
    a_bare_word_is_never_passed_on_unasked_while_a_card_waits,
    a_question_of_long_ago_is_in_nobodys_way,
    words_are_for_the_only_one_who_has_spoken_and_else_it_is_asked_for_whom,
    a_bare_word_behind_a_quote_of_something_else_is_asked_about,
    where_words_went_that_only_a_quote_points_at_is_told,
    of_several_the_only_one_who_has_spoken_is_a_guess,
    a_reaction_is_taken_back_only_if_there_was_one,
    a_few_words_behind_a_card_that_was_given_to_a_number_are_asked_about_before_they_go,
    a_bare_word_just_behind_another_says_nothing_about_what_came_since,
);

const ROMEO: &str = "romeo@x";
const TEL: &str = "tel:+390455550100";

fn world() -> World {
    let rules = Rules { ask: Ask::Remote, ..Rules::open() };
    World { rules: Arc::new(rules), ..crate::tests::world() }
}

/// What a bare word of Romeo's is about: `question ADDRESS`, `card NUMBER`, `nothing`, or what he is
/// asked, with the number to which it could be said.
async fn said(tx: &mut Tx, world: &World, words: &str) -> String {
    said_behind(tx, world, words, None).await
}

/// The same, of a word just behind another that was said then.
async fn said_behind(tx: &mut Tx, world: &World, words: &str, before: Option<Millis>) -> String {
    match about(tx, world, &saying(ROMEO, "", words, vec![]), before).await.unwrap() {
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
    for (words, meant) in [
        (["ok", "y", "Yes, please", "好的"], "Yes(\"\")"),
        (["n", "不要", "no thanks", "👎"], "No"),
    ] {
        for word in words {
            assert_eq!(said(&mut tx, &world, word).await, format!("card 1 {meant}"), "{word}");
        }
    }
    for word in ["1", "2", "block", "yes of course", "👍 nice"] {
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
        [("好", Verdict::Yes), ("2", Verdict::No), ("3", Verdict::Blocked), ("不用了", Verdict::No)]
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
    let asked = about(&mut tx, &world, &saying(ROMEO, "", "2", vec![]), None).await.unwrap();
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
    let found = about(&mut tx, &world, &reply, None).await.unwrap();
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
    for n in 1..=12 {
        shows(&mut tx, &world, "mal@x", &format!("m{n}")).await;
    }
    let world = later(&world, 600_000);
    says(&mut tx, &world, "helena@x", 1, "what is the door code?").await;
    let code = |id: &str| saying(ROMEO, id, "it is 4711", vec![]);
    let to = |answered| match answered {
        Answered::Passed { guessed: Some(talk) } => vec![talk.with],
        Answered::Unclear(talks) => {
            let mut people: Vec<String> = talks.into_iter().map(|talk| talk.with).collect();
            people.dedup();
            people
        }
        other => panic!("{other:?}"),
    };
    let answered = answer(&mut tx, &world, &code("1")).await.unwrap();
    assert_eq!(to(answered), ["helena@x"]);
    // However much is said by somebody else in between.
    let world = later(&world, 400);
    for n in 1..=12 {
        says(&mut tx, &world, "mal@x", n, "still there?").await;
    }
    let world = later(&world, 400);
    let answered = answer(&mut tx, &world, &code("2")).await.unwrap();
    assert_eq!(to(answered), ["mal@x", "helena@x"]);
    // The same person about two things is one person.
    let world = later(&world, 600_000);
    for key in ["i", "k"] {
        shows(&mut tx, &world, "helena@x", key).await;
    }
    let answered = answer(&mut tx, &world, &code("4")).await.unwrap();
    assert_eq!(to(answered), ["helena@x"]);
}

async fn a_bare_word_behind_a_quote_of_something_else_is_asked_about(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &[ROMEO, "juliet@x"]).await;
    offer(&mut tx, &world, "a", SWAP).await;
    send(&mut tx, &world).await;
    for word in ["no", "yes", "👍"] {
        let quoted = format!("> juliet@x: here is my card, as we said\n{word}");
        assert_eq!(said(&mut tx, &world, &quoted).await, "#1", "{word}");
    }
    assert_eq!(said(&mut tx, &world, "> to be\nor not").await, "nothing");
}

async fn where_words_went_that_only_a_quote_points_at_is_told(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &[ROMEO, "helena@x", "mal@x"]).await;
    let helenas = shows(&mut tx, &world, "helena@x", "h").await;
    shows(&mut tx, &world, "mal@x", "m").await;
    let told = async |tx: &mut Tx, id: &str, clues: Vec<Clue>| {
        let words = saying(ROMEO, id, id, clues);
        let words = Saying { quote: "#1 Silver goblet".to_owned(), ..words };
        match answer(tx, &world, &words).await.unwrap() {
            Answered::Passed { guessed } => guessed.map(|talk| talk.with),
            other => panic!("{other:?}"),
        }
    };
    let quoted = Clue::Handle(1);
    assert_eq!(told(&mut tx, "a", vec![quoted.clone()]).await.as_deref(), Some("helena@x"));
    assert_eq!(told(&mut tx, "b", vec![Clue::Share(helenas), quoted.clone()]).await, None);
    assert_eq!(told(&mut tx, "c", vec![Clue::Handle(2), quoted]).await, None);
}

async fn of_several_the_only_one_who_has_spoken_is_a_guess(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &[ROMEO, "anna@x", "mal@x", "paris@x"]).await;
    let to = ["anna@x", "mal@x", "paris@x"];
    let share = take(&mut tx, &world, 0, submission(ROMEO, "k", "k", &to)).await;
    let share = share.answer.unwrap().share;
    send(&mut tx, &world).await;
    let says = async |tx: &mut Tx, world: &World, words: &str| {
        let said = format!("#1 {words}");
        let words =
            saying(ROMEO, &format!("{} {words}", world.now.0), &said, vec![Clue::Handle(1)]);
        let to = match answer(tx, world, &words).await.unwrap() {
            Answered::Passed { guessed } => guessed.map(|talk| talk.with),
            Answered::Ambiguous(_, 3) => None,
            other => panic!("{other:?}"),
        };
        send(tx, world).await;
        to
    };
    let all = tx.conversations(share).await.unwrap();
    let mals = all.iter().find(|row| row.rcpt == "mal@x").unwrap().id.to_string();
    let reacts = Said::Reaction { to: mals.clone(), emoji: "❤".into() };
    let reaction = Saying { said: reacts, ..saying("mal@x", "r", "", vec![Clue::Message(mals)]) };
    answer(&mut tx, &world, &reaction).await.unwrap();
    send(&mut tx, &world).await;
    let words = "the key is under the mat";
    assert_eq!(says(&mut tx, &world, words).await, None, "a reaction makes nobody the one");
    let world = later(&world, 1_000);
    let heard = saying("mal@x", "m", "which key?", vec![Clue::Share(share)]);
    assert_eq!(answer(&mut tx, &world, &heard).await.unwrap(), Answered::Passed { guessed: None });
    send(&mut tx, &world).await;
    let world = later(&world, 1_000);
    for somebody in
        ["Anna, it is under the mat", "anna it is", "anna@x.example it is", "+390455550199 it is"]
    {
        assert_eq!(says(&mut tx, &world, somebody).await, None, "{somebody}");
    }
    for for_mal in ["mal: not yours", words] {
        assert_eq!(says(&mut tx, &world, for_mal).await.as_deref(), Some("mal@x"), "{for_mal}");
    }
    let hour = later(&world, 3_600_000);
    assert_eq!(says(&mut tx, &hour, words).await, None, "that was long ago");
}

async fn a_reaction_is_taken_back_only_if_there_was_one(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &[ROMEO, "juliet@x"]).await;
    let share = shows(&mut tx, &world, "juliet@x", "k").await;
    let message = tx.conversations(share).await.unwrap()[0].id.to_string();
    let mut reacts = async |id: &str, emoji: &str| {
        let said = Said::Reaction { to: message.clone(), emoji: emoji.to_owned() };
        let clues = vec![Clue::Message(message.clone())];
        let saying = Saying { said, ..saying(ROMEO, id, "", clues) };
        answer(&mut tx, &world, &saying).await.unwrap()
    };
    assert_eq!(reacts("a", "").await, Answered::Pointless);
    for (n, emoji) in ["❤", ""].into_iter().enumerate() {
        let done = reacts(&format!("b{n}"), emoji).await;
        assert_eq!(done, Answered::Passed { guessed: None }, "{emoji}");
    }
    assert_eq!(reacts("c", "").await, Answered::Pointless, "once");
}

async fn a_few_words_behind_a_card_that_was_given_to_a_number_are_asked_about_before_they_go(
    db: &Db,
) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &[ROMEO, "juliet@x"]).await;
    tx.put_contact(TEL, ROMEO, world.now).await.unwrap();
    take(&mut tx, &world, 0, offered("typed", SWAP, &[TEL])).await;
    let world = looked_up(&mut tx, &world).await;
    let card = send(&mut tx, &world).await[0];
    let answers = async |tx: &mut Tx, words: &str, clues: Vec<Clue>| {
        let refers = matches!(clues.first(), Some(Clue::Handle(_)));
        let words = Saying { refers, ..saying(ROMEO, "", words, clues) };
        answer(tx, &world, &words).await.unwrap()
    };
    // Nor does a client send them by itself, in the thread of what came.
    for words in ["nein", "who are you?", "不想收你的", "2"] {
        for clues in [vec![], vec![Clue::Thread(card)]] {
            let Answered::Doubtful(talk, said) = answers(&mut tx, words, clues).await else {
                panic!("{words}")
            };
            assert_eq!((talk.with.as_str(), talk.thing.handle), ("juliet@x", 1));
            assert_eq!(said, words);
        }
    }
    let passed = async |tx: &mut Tx, words: &str, clues: Vec<Clue>| {
        matches!(answers(tx, words, clues).await, Answered::Passed { .. })
    };
    assert!(passed(&mut tx, "where did you get my number?", vec![]).await);
    assert!(passed(&mut tx, "#1 nein", vec![Clue::Handle(1)]).await, "what is meant for her");
    let it = pending(&mut tx, world.now, &jid(ROMEO), 0, 1).await.unwrap();
    let taken = take_card(&mut tx, &world, &jid(ROMEO), &it[0], &[]).await.unwrap();
    assert_eq!(taken, Decided::Taken);
    assert!(passed(&mut tx, "thank you", vec![]).await, "that shows anyway");
    // Whom she has given it by his address, of him she knows.
    offer(&mut tx, &world, "meant", SWAP).await;
    send(&mut tx, &world).await;
    assert!(passed(&mut tx, "nein", vec![]).await);
}

async fn a_bare_word_just_behind_another_says_nothing_about_what_came_since(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &[ROMEO, "juliet@x", "paris@y"]).await;
    let (before, world) = (world.now, later(&world, 1_000));
    shows(&mut tx, &world, "paris@y", "p").await;
    for (word, verdict) in [("yes", "Yes"), ("no", "No"), ("1", "Yes")] {
        let found = said_behind(&mut tx, &world, word, Some(before)).await;
        assert_eq!(found, "paris@y", "{word}: it is asked back");
        let (after, second) = (Some(later(&world, 2_000).now), later(&world, 3_000));
        let found = said_behind(&mut tx, &second, word, after).await;
        assert_eq!(found, format!("question paris@y {verdict}"), "{word}: it came before both");
    }
    let paris = jid("paris@y");
    assert!(decide(&mut tx, &world, &jid(ROMEO), &paris, Verdict::Yes).await.unwrap());
    let (before, world) = (world.now, later(&world, 4_000));
    offer(&mut tx, &world, "a", SWAP).await;
    send(&mut tx, &world).await;
    for word in ["yes", "no", "👍"] {
        assert_eq!(said_behind(&mut tx, &world, word, Some(before)).await, "#2", "{word}");
    }
    // Nor does it go to whoever spoke last.
    let it = pending(&mut tx, world.now, &jid(ROMEO), 0, 1).await.unwrap();
    take_card(&mut tx, &world, &jid(ROMEO), &it[0], &[]).await.unwrap();
    let world = later(&world, 5_000);
    shows(&mut tx, &world, "juliet@x", "j").await;
    assert_eq!(said_behind(&mut tx, &world, "no", Some(before)).await, "nothing");
    let no = saying(ROMEO, "", "no", vec![]);
    let talk = spoken_to(&mut tx, &world, &no).await.unwrap().expect("a conversation");
    assert_eq!((talk.with.as_str(), talk.thing.handle), ("juliet@x", 3));
    let words = saying(ROMEO, "", "no way", vec![]);
    assert!(spoken_to(&mut tx, &world, &words).await.unwrap().is_none());
}
