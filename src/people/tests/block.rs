//! Whom somebody blocks sends them nothing more, by whatever name.

use crate::{
    card::{
        inbox::pending,
        tests::inbox::{SWAP, offered, send},
    },
    db::{Db, Tx},
    domain::consent::{LAPSE, Verdict},
    people::{
        consent::{askers, blocked_by, decide, unblock},
        tests::consent::{ROMEO, from, jid, sent, world},
    },
    tests::{NOW, facts, join, take},
    world::World,
};

facts!(
    a_block_ends_what_was_on_its_way_and_holds_until_it_is_taken_back,
    a_blocked_server_is_everybody_there,
    a_blocked_domain_is_everybody_below_it,
    whoever_is_blocked_is_so_however_their_domain_is_written,
    a_block_holds_whatever_else_is_said_until_it_is_taken_back,
    a_word_about_one_spelling_is_about_all_that_wait,
    a_word_about_a_program_that_has_a_domain_for_its_name_is_about_nobody_else,
    cards_of_whoever_is_refused_or_blocked_wait_no_more,
);

async fn a_block_ends_what_was_on_its_way_and_holds_until_it_is_taken_back(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &[ROMEO, "juliet@x"]).await;
    take(&mut tx, &world, 0, from("juliet@x", "queued")).await;
    decide(&mut tx, &world, &jid(ROMEO), &jid("juliet@x"), Verdict::Blocked).await.unwrap();
    take(&mut tx, &world, 99, from("juliet@x", "later")).await;
    let year = World { now: NOW.after(LAPSE * 12), ..world.clone() };
    take(&mut tx, &year, 99, from("juliet@x", "much later")).await;
    assert_eq!(sent(&mut tx, &year).await, (vec![], 0));
    assert!(unblock(&mut tx, &jid(ROMEO), &jid("juliet@x")).await.unwrap());
    assert!(!unblock(&mut tx, &jid(ROMEO), &jid("juliet@x")).await.unwrap());
    take(&mut tx, &year, 0, from("juliet@x", "now")).await;
    assert_eq!(sent(&mut tx, &year).await, (vec!["now".into()], 0), "and nothing from before");
}

async fn whoever_is_blocked_is_so_however_their_domain_is_written(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    let spellings = ["mal@xn--85x722f.xn--55qx5d.cn", "mal@食狮.公司.cn", "mal@食狮.xn--55qx5d.cn"];
    join(&mut tx, &world, &[ROMEO]).await;
    join(&mut tx, &world, &spellings).await;
    let blocks = |who: &str| [who.to_owned(), who.split_once('@').unwrap().1.to_owned()];
    for (n, blocked) in spellings.iter().flat_map(|it| blocks(it)).enumerate() {
        for verdict in [Verdict::No, Verdict::Blocked] {
            if verdict == Verdict::No && !blocked.contains('@') {
                continue;
            }
            decide(&mut tx, &world, &jid(ROMEO), &jid(&blocked), verdict).await.unwrap();
            for sender in spellings {
                take(&mut tx, &world, 99, from(sender, &format!("{n} {verdict:?}"))).await;
                assert_eq!(sent(&mut tx, &world).await, (vec![], 0), "{sender} of {blocked}");
            }
        }
        let n = tx.blocked_by(ROMEO, 9).await.unwrap().len();
        assert_eq!(n, 1, "one word about one of whom there are many spellings");
        assert!(unblock(&mut tx, &jid(ROMEO), &jid(&blocked)).await.unwrap());
        assert!(!unblock(&mut tx, &jid(ROMEO), &jid(&blocked)).await.unwrap());
    }
}

async fn a_block_holds_whatever_else_is_said_until_it_is_taken_back(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &[ROMEO, "mal@y"]).await;
    let (romeo, mal) = (jid(ROMEO), jid("mal@y"));
    for blocked in ["mal@y", "y"] {
        decide(&mut tx, &world, &romeo, &jid(blocked), Verdict::Blocked).await.unwrap();
        for verdict in [Verdict::No, Verdict::Yes] {
            assert!(!decide(&mut tx, &world, &romeo, &mal, verdict).await.unwrap(), "{verdict:?}");
            let by = blocked_by(&mut tx, &world, &romeo, &mal).await.unwrap();
            assert_eq!(by.as_deref(), Some(blocked));
            take(&mut tx, &world, 99, from("mal@y", &format!("{blocked} {verdict:?}"))).await;
            assert_eq!(sent(&mut tx, &world).await, (vec![], 0), "{blocked} {verdict:?}");
        }
        assert!(unblock(&mut tx, &romeo, &jid(blocked)).await.unwrap());
        assert_eq!(blocked_by(&mut tx, &world, &romeo, &mal).await.unwrap(), None);
    }
    take(&mut tx, &world, 0, from("mal@y", "k")).await;
    assert_eq!(sent(&mut tx, &world).await, (vec![], 1), "no yes has stayed behind the block");
}

async fn a_word_about_one_spelling_is_about_all_that_wait(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    let (unicode, ascii) = ("mal@b\u{f6}se.example", "mal@xn--bse-sna.example");
    join(&mut tx, &world, &[ROMEO, unicode, ascii, "juliet@y"]).await;
    take(&mut tx, &world, 0, from(unicode, "a")).await;
    take(&mut tx, &world, 0, from(ascii, "b")).await;
    take(&mut tx, &world, 0, from("juliet@y", "c")).await;
    assert_eq!(sent(&mut tx, &world).await, (vec![], 2), "they are asked about once");
    decide(&mut tx, &world, &jid(ROMEO), &jid(ascii), Verdict::Yes).await.unwrap();
    let (mut come, asks) = sent(&mut tx, &world).await;
    come.sort_unstable();
    assert_eq!((come, asks), (vec!["a".into(), "b".into()], 0));
    let open = askers(&mut tx, &world, ROMEO).await.unwrap();
    assert_eq!(open.iter().map(|it| it.jid.as_str()).collect::<Vec<_>>(), ["juliet@y"]);
}

async fn a_blocked_server_is_everybody_there(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &[ROMEO, "juliet@y", "tybalt@y"]).await;
    take(&mut tx, &world, 0, from("juliet@y", "a")).await;
    decide(&mut tx, &world, &jid(ROMEO), &jid("y"), Verdict::Blocked).await.unwrap();
    assert!(askers(&mut tx, &world, ROMEO).await.unwrap().is_empty());
    take(&mut tx, &world, 0, from("tybalt@y", "b")).await;
    assert_eq!(sent(&mut tx, &world).await, (vec![], 0));
}

async fn a_blocked_domain_is_everybody_below_it(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    let (evil, romeo) = (["mal@evil.y", "mal@a.evil.y", "mal@b.a.evil.y", "evil.y"], jid(ROMEO));
    join(&mut tx, &world, &evil).await;
    join(&mut tx, &world, &[ROMEO, "devil.y", "juliet@y"]).await;
    for who in ["mal@a.evil.y", "devil.y", "juliet@y"] {
        take(&mut tx, &world, 0, from(who, "before")).await;
    }
    assert_eq!(sent(&mut tx, &world).await, (vec![], 3));
    decide(&mut tx, &world, &romeo, &jid("evil.y"), Verdict::Blocked).await.unwrap();
    let open = askers(&mut tx, &world, ROMEO).await.unwrap();
    let mut open: Vec<&str> = open.iter().map(|it| it.jid.as_str()).collect();
    open.sort_unstable();
    assert_eq!(open, ["devil.y", "juliet@y"], "what waited has ended");
    for who in evil {
        take(&mut tx, &world, 0, from(who, "after")).await;
        assert_eq!(sent(&mut tx, &world).await, (vec![], 0), "{who}");
        let by = blocked_by(&mut tx, &world, &romeo, &jid(who)).await.unwrap();
        assert_eq!(by.as_deref(), Some("evil.y"), "{who}");
        assert!(!decide(&mut tx, &world, &romeo, &jid(who), Verdict::Yes).await.unwrap());
    }
    assert!(unblock(&mut tx, &romeo, &jid("evil.y")).await.unwrap());
    decide(&mut tx, &world, &romeo, &jid("a.evil.y"), Verdict::Blocked).await.unwrap();
    for (who, asks) in [("mal@evil.y", 1), ("mal@b.a.evil.y", 0)] {
        take(&mut tx, &world, 0, from(who, "again")).await;
        assert_eq!(sent(&mut tx, &world).await, (vec![], asks), "{who}");
    }
}

async fn a_word_about_a_program_that_has_a_domain_for_its_name_is_about_nobody_else(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &[ROMEO, "y", "juliet@y", "tybalt@y"]).await;
    take(&mut tx, &world, 0, from("y", "a")).await;
    take(&mut tx, &world, 0, from("juliet@y", "b")).await;
    assert_eq!(sent(&mut tx, &world).await, (vec![], 2), "each is asked about");
    decide(&mut tx, &world, &jid(ROMEO), &jid("y"), Verdict::Yes).await.unwrap();
    assert_eq!(sent(&mut tx, &world).await, (vec!["a".into()], 0));
    let open = askers(&mut tx, &world, ROMEO).await.unwrap();
    assert_eq!(open.iter().map(|it| it.jid.as_str()).collect::<Vec<_>>(), ["juliet@y"]);
    take(&mut tx, &world, 0, from("tybalt@y", "c")).await;
    assert_eq!(sent(&mut tx, &world).await, (vec![], 1));
    decide(&mut tx, &world, &jid(ROMEO), &jid("y"), Verdict::No).await.unwrap();
    take(&mut tx, &world, 0, from("y", "d")).await;
    assert_eq!(sent(&mut tx, &world).await, (vec![], 0));
    assert_eq!(askers(&mut tx, &world, ROMEO).await.unwrap().len(), 2);
    decide(&mut tx, &world, &jid(ROMEO), &jid("y"), Verdict::Blocked).await.unwrap();
    assert!(askers(&mut tx, &world, ROMEO).await.unwrap().is_empty(), "a block is about all");
}

async fn cards_of_whoever_is_refused_or_blocked_wait_no_more(db: &Db) {
    let world = crate::tests::world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &[ROMEO, "juliet@x"]).await;
    let waiting = async |tx: &mut Tx| {
        let waiting = pending(tx, world.now, &jid(ROMEO), 0, 99).await.unwrap();
        waiting.into_iter().map(|it| it.handle).collect::<Vec<_>>()
    };
    let mut handle = 0;
    for (said, verdict) in
        [("juliet@x", Verdict::No), ("juliet@x", Verdict::Blocked), ("x", Verdict::Blocked)]
    {
        for n in 0..2 {
            let key = format!("{said} {verdict:?} {n}");
            take(&mut tx, &world, 0, offered(&key, SWAP, &[ROMEO])).await;
        }
        send(&mut tx, &world).await;
        handle += 2;
        assert_eq!(waiting(&mut tx).await, [handle - 1, handle]);
        decide(&mut tx, &world, &jid(ROMEO), &jid(said), verdict).await.unwrap();
        assert_eq!(waiting(&mut tx).await, Vec::<i64>::new(), "{said} {verdict:?}");
        unblock(&mut tx, &jid(ROMEO), &jid(said)).await.unwrap();
        decide(&mut tx, &world, &jid(ROMEO), &jid("juliet@x"), Verdict::Yes).await.unwrap();
    }
}
