//! What is said about a share to a number goes where the share goes, and says nothing about its owner.

use std::time::Duration;

use crate::{
    card::revocation::revoke,
    claim::{claim, is_due},
    db::{Db, Tx},
    domain::{
        address::Address,
        clock::Millis,
        consent::{Ask, Verdict},
        conversation::{Clue, Said, Saying},
        delivery::State,
        id::{DeliveryId, ShareId, StreamNo},
        note::{Carries, Kind, Note},
        progress::Progress,
        recording::Recording,
        share::{Outgoing, Submission},
    },
    invite::{
        join::{Wish, join as come},
        list::{self, Asked},
        proof::{forget, proved},
        tests::typed_address::{goes_out, jid, letters, tel},
    },
    outbox::delivery::taken,
    people::{
        ask::set_ask,
        consent::{self, decide},
    },
    share::status::status,
    talk::answer::{Answered, answer},
    tests::{
        NOW, facts, join, join_online, later, looked_up, saying, states, submission, take, world,
    },
    world::World,
};

facts!(
    what_is_said_about_a_share_to_a_number_leaves_apart_from_it,
    words_for_a_number_go_to_nobody_who_had_it_before,
    what_waits_for_a_word_with_a_number_goes_with_it,
    whoever_is_given_up_by_number_gets_nothing_that_was_said_about_it_either,
    giving_up_a_number_that_is_shared_with_again_says_nothing_about_its_owner,
    an_answer_and_a_code_of_ones_own_let_the_sender_know,
    no_client_is_given_what_lies_elsewhere_before_its_owner_has_answered,
    one_of_several_numbers_is_named_in_front_of_the_words,
);

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
