//! How much is kept for somebody says nothing about anybody else.

use std::time::Duration;

use jid::BareJid;

use crate::{
    card::{own, revocation::revoke, submission::submit},
    db::Db,
    domain::{
        address::Address,
        clock::Millis,
        consent::Verdict,
        conversation::Clue,
        invitation::{self, Code},
        lang::Lang,
        letter::{Kind, Letter},
    },
    invite::{self, join::take_in},
    limits::Rates,
    people::consent,
    talk::answer::{Answered, answer},
    tests::{
        NOW, facts, looked_up,
        quota::{followed, large, limited, told},
        saying, submission, take, world,
    },
    world::World,
};

facts!(
    what_is_taken_back_counts_alike_whoever_has_it,
    what_is_kept_for_a_sender_is_alike_whoever_has_the_number,
    what_is_kept_for_a_giver_is_alike_whoever_blocks_them,
);

async fn what_is_taken_back_counts_alike_whoever_has_it(db: &Db) {
    let juliet: BareJid = "juliet@x".parse().unwrap();
    let mut all = Vec::new();
    for to in ["romeo@x", "nobody@x"] {
        let (world, _) = limited(&world(), Rates { kept: 1, ..Rates::default() });
        let mut tx = db.write().await.unwrap();
        for jid in ["juliet@x", "romeo@x"] {
            take_in(&mut tx, &world, jid, "en", None).await.unwrap();
        }
        let mut taken = 0;
        loop {
            let one = submission("juliet@x", &format!("{to} {taken}"), "c", &[to]);
            let Ok(accepted) = submit(&mut tx, &world, &[one], 0).await.unwrap().remove(0).answer
            else {
                break;
            };
            assert!(revoke(&mut tx, &world, &juliet, accepted.share).await.unwrap());
            taken += 1;
        }
        // What is left of a mebibyte beside the account: two rows of each, and the product.
        assert!((290..360).contains(&taken), "{taken}");
        all.push(taken);
    }
    assert!(all[0] == all[1], "{all:?}");
}

/// How long `who` waits when an hour's measure has come on top of what is kept for them.
fn waits(world: &World, who: &str) -> Option<Duration> {
    world.rules.limits.keeps(who, [], 1 << 20);
    world.rules.limits.full_for(who)
}

async fn what_is_kept_for_a_sender_is_alike_whoever_has_the_number(db: &Db) {
    let free = world();
    let (limited, _) = limited(&free, Rates { kept: 1, ..Rates::default() });
    let mut tx = db.write().await.unwrap();
    // With an address so long that one row of it would show.
    let owner = format!("{}@x", "o".repeat(900));
    take_in(&mut tx, &free, &owner, "en", None).await.unwrap();
    tx.put_contact("tel:+390455550101", &owner, NOW).await.unwrap();
    let writes = |to: &Address, inviter: &str, _: Lang, _: Code| {
        let account = inviter.to_owned();
        let (kind, subject, text) = (Kind::Invitation, String::new(), "i".repeat(5_000));
        let life = Duration::from_hours(1);
        Some(Letter { to: to.clone(), account, kind, subject, text, stop: None, life })
    };
    let mut all = Vec::new();
    for (n, sender) in ["anne@x", "bess@x"].into_iter().enumerate() {
        take_in(&mut tx, &free, sender, "en", None).await.unwrap();
        let number = format!("tel:+39045555010{n}");
        take(&mut tx, &limited, 0, submission(sender, "a", "a", &[&number])).await;
        looked_up(&mut tx, &limited).await;
        let limits =
            invitation::InvitationLimits { per_sender_a_day: 9, pause: Duration::from_hours(24) };
        invite::invitation::tell(&mut tx, &limited, &limits, 9, &writes).await.unwrap();
        for id in 0..5 {
            let said = saying(sender, &id.to_string(), "no", vec![Clue::Handle(1)]);
            let answered = answer(&mut tx, &limited, &said).await.unwrap();
            assert!(matches!(answered, Answered::Passed { .. }), "{answered:?}");
        }
        all.push(waits(&limited, sender));
    }
    assert_eq!(all[0], all[1], "the first number is nobody's, the other somebody's");
}

async fn what_is_kept_for_a_giver_is_alike_whoever_blocks_them(db: &Db) {
    let free = world();
    let mut all = Vec::new();
    let mut tx = db.write().await.unwrap();
    followed(&mut tx, &free, 2).await;
    for n in 1..3 {
        let (limited, _) = limited(&free, Rates { kept: 1, ..Rates::default() });
        let at = World { now: Millis(NOW.0 + i64::try_from(n).unwrap() * 3_600_000), ..limited };
        own::set(&mut tx, &at, "juliet@x", "", &large(n)).await.unwrap().unwrap();
        assert_eq!(told(&mut tx, &at, 2, n).await, 3 - n);
        at.rules.limits.keeps_for_followers("juliet@x", [0].into_iter(), 1 << 20);
        all.push((at.rules.limits.full_for_followers("juliet@x"), waits(&at, "juliet@x")));
        let (reader, giver) = ("f1@x".parse().unwrap(), "juliet@x".parse().unwrap());
        consent::decide(&mut tx, &free, &reader, &giver, Verdict::Blocked).await.unwrap();
    }
    assert!(all[0].0.is_some());
    assert_eq!(all[0], all[1]);
}
