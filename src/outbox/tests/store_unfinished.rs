//! What one transaction did not finish.

use crate::{
    db::Db,
    domain::{
        clock::Millis,
        unfinished::{FIRST, TURNS, Unfinished},
    },
    tests::{END, NOW, facts},
};

const SINCE_EVER: Millis = Millis(0);

facts!(
    what_is_unfinished_for_longest_is_taken_out_first,
    what_is_unfinished_since_a_moment_ahead_is_due_now,
    nothing_of_an_account_is_gone_on_with,
    what_goes_first_takes_turns_by_account_or_by_another_servers_site,
    what_could_go_on_at_once_takes_turns_behind_what_goes_first,
    what_waits_for_somebodys_words_is_due_when_none_of_them_is_left,
);

async fn what_is_unfinished_for_longest_is_taken_out_first(db: &Db) {
    let mut tx = db.write().await.unwrap();
    let at = |n| Millis(NOW.0 + n);
    assert_eq!(tx.take_unfinished(SINCE_EVER, END).await.unwrap(), None);
    tx.put_unfinished("juliet@x", Unfinished::Left, "", at(1), at(1)).await.unwrap();
    tx.put_unfinished("romeo@x", Unfinished::Said, "q@y", at(7), NOW).await.unwrap();
    tx.put_unfinished("juliet@x", Unfinished::Left, "", at(-9), at(2)).await.unwrap();
    assert!(!tx.is_unfinished(at(-1)).await.unwrap());
    assert!(tx.is_unfinished(NOW).await.unwrap());
    let first = ("romeo@x".into(), Unfinished::Said.code(), "q@y".into(), NOW.0 + 7);
    assert_eq!(tx.take_unfinished(SINCE_EVER, END).await.unwrap().as_ref(), Some(&first));
    assert_eq!(tx.take_unfinished(SINCE_EVER, NOW).await.unwrap(), None, "the other comes later");
    tx.put_off_unfinished(&first, at(3)).await.unwrap();
    let second = ("juliet@x".into(), Unfinished::Left.code(), String::new(), NOW.0 - 9);
    assert_eq!(tx.take_unfinished(SINCE_EVER, END).await.unwrap(), Some(second));
    assert_eq!(tx.take_unfinished(SINCE_EVER, at(2)).await.unwrap(), None, "it rests");
    assert_eq!(tx.take_unfinished(SINCE_EVER, END).await.unwrap(), Some(first));
    assert!(!tx.is_unfinished(END).await.unwrap());
}

async fn what_is_unfinished_since_a_moment_ahead_is_due_now(db: &Db) {
    let mut tx = db.write().await.unwrap();
    assert!(!tx.has_unfinished("juliet@x", Unfinished::Left).await.unwrap());
    tx.put_unfinished("juliet@x", Unfinished::Left, "1", END, NOW).await.unwrap();
    assert!(tx.has_unfinished("juliet@x", Unfinished::Left).await.unwrap());
    assert!(!tx.has_unfinished("juliet@x", Unfinished::Said).await.unwrap());
    assert!(!tx.has_unfinished("romeo@x", Unfinished::Left).await.unwrap());
    let row = ("juliet@x".into(), Unfinished::Left.code(), "1".into(), END.0);
    assert_eq!(tx.take_unfinished(SINCE_EVER, NOW).await.unwrap(), Some(row));
}

async fn nothing_of_an_account_is_gone_on_with(db: &Db) {
    let mut tx = db.write().await.unwrap();
    for (account, kind) in [("juliet@x", Unfinished::Back), ("romeo@x", Unfinished::Woken)] {
        tx.put_unfinished(account, kind, "", NOW, NOW).await.unwrap();
    }
    tx.end_unfinished("juliet@x", Unfinished::Woken).await.unwrap();
    tx.drop_unfinished("romeo@x").await.unwrap();
    assert_eq!(
        tx.take_unfinished(SINCE_EVER, END).await.unwrap().map(|row| row.0),
        Some("juliet@x".into())
    );
    assert_eq!(tx.take_unfinished(SINCE_EVER, END).await.unwrap(), None);
}

async fn what_goes_first_takes_turns_by_account_or_by_another_servers_site(db: &Db) {
    let mut tx = db.write().await.unwrap();
    tx.put_unfinished("paris@x", Unfinished::Joined, "", NOW, NOW).await.unwrap();
    for n in 0..5 {
        let other = format!("s{n} a@b");
        tx.put_in_turn(("juliet@x", Unfinished::Said, &other), SINCE_EVER, "juliet@x", true)
            .await
            .unwrap();
    }
    for n in 0..5 {
        let account = format!("m{n}@y");
        tx.put_in_turn((&account, Unfinished::Said, "s a@b"), SINCE_EVER, "@y", true)
            .await
            .unwrap();
    }
    tx.put_in_turn(("romeo@x", Unfinished::GivenUp, "1 r@b"), NOW, "romeo@x", true).await.unwrap();
    let both = ["juliet@x", "romeo@x", "paris@x"].map(str::to_owned);
    assert_eq!(tx.deciding(&both).await.unwrap(), ["juliet@x"]);
    assert!(tx.deciding(&[]).await.unwrap().is_empty());
    let mut turns = Vec::new();
    while let Some((account, ..)) = tx.take_unfinished(SINCE_EVER, NOW).await.unwrap() {
        // Much of hers begins anew, and takes nobody's turn.
        if account == "juliet@x" && turns.len() < 5 {
            let other = "s9 a@b";
            tx.put_in_turn((&account, Unfinished::Said, other), SINCE_EVER, &account, true)
                .await
                .unwrap();
        }
        turns.push(account);
    }
    assert!(turns.iter().take(4).any(|it| it == "romeo@x"), "{turns:?}");
    assert_eq!(turns.last().map(String::as_str), Some("paris@x"));
    tx.put_in_turn(("juliet@x", Unfinished::Said, "s1 a@b"), SINCE_EVER, "juliet@x", true)
        .await
        .unwrap();
    tx.put_unfinished("paris@x", Unfinished::Joined, "", NOW, NOW).await.unwrap();
    let rest = tx.take_unfinished(FIRST, NOW).await.unwrap();
    assert_eq!(rest.map(|row| row.0), Some("paris@x".into()), "without what goes first");
    for other in ["s", "S1", "s1 a"] {
        tx.end_unfinished_about("juliet@x", Unfinished::Said, other).await.unwrap();
        assert!(tx.has_unfinished("juliet@x", Unfinished::Said).await.unwrap(), "{other}");
    }
    tx.end_unfinished_about("juliet@x", Unfinished::Said, "s1").await.unwrap();
    assert!(!tx.has_unfinished("juliet@x", Unfinished::Said).await.unwrap());
}

async fn what_could_go_on_at_once_takes_turns_behind_what_goes_first(db: &Db) {
    let mut tx = db.write().await.unwrap();
    tx.put_unfinished("paris@x", Unfinished::Woken, "", NOW, NOW).await.unwrap();
    for n in 0..5 {
        let account = format!("m{n}@y");
        tx.put_in_turn((&account, Unfinished::Asked, ""), NOW, "@y", false).await.unwrap();
    }
    tx.put_in_turn(("romeo@x", Unfinished::Joined, ""), NOW, "romeo@x", false).await.unwrap();
    tx.put_in_turn(("juliet@x", Unfinished::Said, "s a@b"), NOW, "juliet@x", true).await.unwrap();
    let mut turns = Vec::new();
    while let Some((account, ..)) = tx.take_unfinished(SINCE_EVER, NOW).await.unwrap() {
        turns.push(account);
    }
    assert_eq!(turns[0], "juliet@x");
    assert!(turns[1..4].iter().any(|it| it == "romeo@x"), "{turns:?}");
    assert_eq!(turns[7], "paris@x", "what is due at a time");
    // What begins anew at a time has no turn any more, and takes nobody's.
    tx.put_in_turn(("m@y", Unfinished::Woken, ""), NOW, "@y", false).await.unwrap();
    tx.put_unfinished("m@y", Unfinished::Woken, "", NOW, NOW).await.unwrap();
    tx.put_in_turn(("n@y", Unfinished::Back, ""), NOW, "@y", false).await.unwrap();
    assert_eq!(
        tx.take_unfinished(FIRST, TURNS).await.unwrap().map(|row| row.0),
        Some("n@y".into())
    );
    let due = tx.take_unfinished(TURNS, NOW).await.unwrap();
    assert_eq!(due.map(|row| row.0), Some("m@y".into()));
}

async fn what_waits_for_somebodys_words_is_due_when_none_of_them_is_left(db: &Db) {
    let mut tx = db.write().await.unwrap();
    let soon = Millis(NOW.0 + 9);
    for kind in [Unfinished::Back, Unfinished::Woken, Unfinished::Proved] {
        tx.put_unfinished("juliet@x", kind, "", NOW, soon).await.unwrap();
    }
    tx.put_unfinished("romeo@x", Unfinished::Back, "", NOW, soon).await.unwrap();
    tx.put_in_turn(("juliet@x", Unfinished::Said, "s a@b"), SINCE_EVER, "juliet@x", true)
        .await
        .unwrap();
    tx.hasten_unfinished("juliet@x", NOW).await.unwrap();
    assert_eq!(tx.take_unfinished(FIRST, NOW).await.unwrap(), None, "a word is left");
    tx.end_unfinished("juliet@x", Unfinished::Said).await.unwrap();
    tx.hasten_unfinished("juliet@x", NOW).await.unwrap();
    let mut hastened = Vec::new();
    while let Some((account, kind, ..)) = tx.take_unfinished(FIRST, NOW).await.unwrap() {
        hastened.push((account, kind));
    }
    hastened.sort_unstable();
    let expected = [Unfinished::Back, Unfinished::Woken];
    assert_eq!(hastened, expected.map(|kind| ("juliet@x".to_owned(), kind.code())));
}
