//! A mail address is one mailbox, in whatever letters it is written.

use std::time::Duration;

use crate::{
    claim::claim,
    db::{Db, Tx},
    domain::{
        address::Address,
        delivery::State,
        invitation::{Code, InvitationLimits, LIFE},
        lang::Lang,
        letter::{self, Letter},
        unfinished::Unfinished,
    },
    invite::{
        invitation::{Opened, open, stop, tell},
        join::{Came, Wish, join as come},
        proof::{self, Checked, CodeOutcome},
        store::NewInvitation,
    },
    keyed_hash::{self, Purpose},
    post::letter::{Budgets, Tried, tried},
    tests::{
        NOW, claim_letters, deliveries_for, facts, join, join_online, later, looked_up, submission,
        take, world,
    },
    unfinished::go_on,
    world::World,
};

facts!(
    never_again_is_said_of_a_mailbox_and_not_of_a_spelling,
    a_mailbox_is_asked_once_and_after_a_pause,
    a_mailbox_is_sent_so_many_codes_and_no_more,
    a_share_reaches_whoever_has_shown_the_mailbox,
    what_was_said_of_another_spelling_is_carried_over,
    an_invitation_that_kept_its_spelling_can_be_refused_and_answered,
);

const DAY: i64 = 86_400_000;
const LIMITS: InvitationLimits =
    InvitationLimits { per_sender_a_day: 9, pause: Duration::from_hours(30 * 24) };
const BUDGETS: Budgets = Budgets { sms: Some(500), mail: Some(500) };
const PAUL: &str = "mailto:paul@x.org";

#[expect(clippy::unnecessary_wraps, reason = "as the edge answers, which may have no words")]
fn mail(to: &Address, inviter: &str, _: Lang, code: Code) -> Option<Letter> {
    let account = inviter.to_owned();
    let (kind, subject, text) = (letter::Kind::Invitation, String::new(), code.to_string());
    Some(Letter { to: to.clone(), account, kind, subject, text, stop: None, life: LIFE })
}

/// Sends what is due, and gives whom it goes to and what it says.
async fn letters(tx: &mut Tx, world: &World) -> Vec<(String, String)> {
    while !tx.inviters_due(world.now, 1).await.unwrap().is_empty() {
        tell(tx, world, &LIMITS, 99, &mail).await.unwrap();
    }
    let claimed = claim_letters(tx, world, BUDGETS, 99).await;
    for letter in &claimed {
        tried(tx, world, letter, &Tried::Taken).await.unwrap();
    }
    let sent = claimed.into_iter().filter(|it| !it.needless);
    sent.map(|it| (it.to.to_string(), it.text)).collect()
}

async fn shares(tx: &mut Tx, world: &World, from: &str, to: &str) {
    take(tx, world, 0, submission(from, &format!("{to} {}", world.now.0), "Cup", &[to])).await;
}

fn quiet(_: &str, _: &Address) -> String {
    String::new()
}

async fn never_again_is_said_of_a_mailbox_and_not_of_a_spelling(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &["juliet@x", "romeo@x"]).await;
    shares(&mut tx, &world, "juliet@x", "mailto:Paul@X.org").await;
    let sent = letters(&mut tx, &world).await;
    assert_eq!(sent.len(), 1, "{sent:?}");
    let opened = open(&mut tx, Code::parse(&sent[0].1).unwrap(), world.now).await.unwrap();
    let Opened::Open(found) = opened else { panic!("{opened:?}") };
    stop(&mut tx, &world, &found.address).await.unwrap();
    let late = later(&world, 40 * DAY);
    for (from, to) in [
        ("juliet@x", PAUL),
        ("juliet@x", "mailto:pAul@x.org"),
        ("romeo@x", "mailto:Paul@x.org"),
        ("romeo@x", "mailto:PAUL@X.ORG"),
    ] {
        shares(&mut tx, &late, from, to).await;
    }
    assert_eq!(letters(&mut tx, &late).await, []);
}

async fn a_mailbox_is_asked_once_and_after_a_pause(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &["juliet@x", "romeo@x"]).await;
    for to in [PAUL, "mailto:Paul@x.org", "mailto:paUl@x.org"] {
        shares(&mut tx, &world, "juliet@x", to).await;
    }
    let sent = letters(&mut tx, &world).await;
    assert_eq!(sent.iter().map(|it| it.0.as_str()).collect::<Vec<_>>(), [PAUL]);
    let soon = later(&world, DAY);
    shares(&mut tx, &soon, "romeo@x", "mailto:PAUL@x.org").await;
    assert_eq!(letters(&mut tx, &soon).await, [], "he was asked yesterday");
    let late = later(&world, 31 * DAY);
    shares(&mut tx, &late, "juliet@x", "mailto:pauL@x.org").await;
    assert_eq!(letters(&mut tx, &late).await.len(), 1, "by romeo, and not by juliet again");
}

async fn a_mailbox_is_sent_so_many_codes_and_no_more(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &["romeo@x"]).await;
    let words = |code: &str| (String::new(), code.to_owned());
    let mut asked = Vec::new();
    for to in ["paul", "Paul", "pAul", "paUl"] {
        let to = Address::parse(&format!("mailto:{to}@x.org")).unwrap();
        asked.push(proof::ask(&mut tx, &world, BUDGETS, "romeo@x", &to, &words).await.unwrap());
    }
    assert_eq!(
        asked,
        [CodeOutcome::Sent, CodeOutcome::Sent, CodeOutcome::Sent, CodeOutcome::TooOften]
    );
    let sent = letters(&mut tx, &world).await;
    assert_eq!(sent.len(), 1, "only the last is worth sending");
    let proved = proof::check(&mut tx, &world, "romeo@x", &sent[0].1, quiet).await.unwrap();
    assert_eq!(proved, Checked::Proved(Address::parse(PAUL).unwrap()));
    let capital = Address::parse("mailto:Paul@x.org").unwrap();
    let again = proof::ask(&mut tx, &world, BUDGETS, "romeo@x", &capital, &words).await.unwrap();
    assert_eq!(again, CodeOutcome::Yours);
    assert!(proof::forget(&mut tx, &world, "romeo@x", &capital).await.unwrap());
}

async fn a_share_reaches_whoever_has_shown_the_mailbox(db: &Db) {
    for (shown, typed) in [
        ("mailto:Olivia@x.org", "mailto:olivia@x.org"),
        ("mailto:olivia@x.org", "mailto:Olivia@X.org"),
        ("mailto:OLIVIA@x.org", "mailto:Olivia@x.org"),
    ] {
        let world = world();
        let mut tx = db.write().await.unwrap();
        join_online(&mut tx, &world, &["juliet@x", "olivia@x"]).await;
        // One that comes before it is shown whose it is, and one that comes behind that.
        take(&mut tx, &world, 9, submission("juliet@x", "1", "one", &[typed])).await;
        let world = later(&world, 1);
        let shown = Address::parse(shown).unwrap();
        assert!(proof::proved(&mut tx, &world, "olivia@x", &shown, quiet).await.unwrap());
        take(&mut tx, &world, 9, submission("juliet@x", "2", "two", &[typed])).await;
        let world = looked_up(&mut tx, &world).await;
        let ready = claim(&mut tx, &world, 9).await.unwrap().ready;
        let whom: Vec<&str> = ready.iter().map(|it| it.to.as_str()).collect();
        assert_eq!(whom, ["olivia@x", "olivia@x"], "{shown} {typed}");
        assert_eq!(letters(&mut tx, &world).await, [], "nobody is asked who takes part");
    }
}

async fn what_was_said_of_another_spelling_is_carried_over(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &["juliet@x", "romeo@x", "tybalt@x"]).await;
    let mut known = Vec::new();
    for it in ["juliet@x", "mailto:Paul@x.org", "mailto:Maria@x.org", "mailto:maria@x.org"] {
        known.push(keyed_hash::hash(&mut tx, &world, Purpose::Silence, &[it]).await.unwrap());
    }
    let [juliet, paul, maria, small] = known.as_slice() else { panic!() };
    // The version before: Paul has said never again, and juliet has asked Maria.
    tx.insert_silence(paul, NOW).await.unwrap();
    tx.insert_asked(juliet, maria, NOW).await.unwrap();
    for (small, spelt) in
        [(PAUL, "mailto:Paul@x.org"), ("mailto:maria@x.org", "mailto:Maria@x.org")]
    {
        let kind = Unfinished::Respelt;
        tx.put_unfinished(small, kind, spelt, world.now, world.now).await.unwrap();
    }
    for to in [PAUL, "mailto:maria@x.org"] {
        shares(&mut tx, &world, "juliet@x", to).await;
        shares(&mut tx, &world, "romeo@x", to).await;
    }
    shares(&mut tx, &world, "tybalt@x", "mailto:feste@x.org").await;
    let sent = letters(&mut tx, &world).await;
    let whom: Vec<&str> = sent.iter().map(|it| it.0.as_str()).collect();
    assert_eq!(whom, ["mailto:feste@x.org"], "whatever is not looked at yet waits");
    let soon = later(&world, 60_000);
    while go_on(&mut tx, &soon).await.unwrap().is_some() {}
    assert_eq!(tx.asked(juliet, small).await.unwrap(), Some(NOW));
    assert!(!tx.is_silent(paul).await.unwrap(), "it is known once");
    assert_eq!(letters(&mut tx, &soon).await, []);
    let late = later(&world, 31 * DAY);
    shares(&mut tx, &late, "romeo@x", PAUL).await;
    shares(&mut tx, &late, "romeo@x", "mailto:maria@x.org").await;
    shares(&mut tx, &late, "juliet@x", "mailto:maria@x.org").await;
    let sent = letters(&mut tx, &late).await;
    assert_eq!(sent.len(), 1, "romeo asks maria, whom juliet has asked: {sent:?}");
    assert_eq!(sent[0].0, "mailto:maria@x.org");
}

async fn an_invitation_that_kept_its_spelling_can_be_refused_and_answered(db: &Db) {
    for refuses in [false, true] {
        let world = world();
        let mut tx = db.write().await.unwrap();
        join(&mut tx, &world, &["juliet@x"]).await;
        shares(&mut tx, &world, "juliet@x", PAUL).await;
        // A second spelling by the same inviter, which the version before has told.
        let code = Code::from_random(1, 2);
        let (id, inviter) = (world.chance.uuid(world.now), "juliet@x".to_owned());
        let address = "mailto:Paul@x.org".to_owned();
        let wanted = NewInvitation { id, inviter, address, made: world.now };
        tx.insert_invitations(&[wanted]).await.unwrap();
        tx.tell_invitation(id, &code.hash(), world.now.after(LIFE)).await.unwrap();
        let opened = open(&mut tx, code, world.now).await.unwrap();
        let Opened::Open(found) = opened else { panic!("{opened:?}") };
        assert_eq!(found.address.to_string(), PAUL);
        if refuses {
            stop(&mut tx, &world, &found.address).await.unwrap();
            assert_eq!(open(&mut tx, code, world.now).await.unwrap(), Opened::Stopped);
            assert!(deliveries_for(&mut tx, PAUL, State::Held).await.is_empty());
            assert_eq!(letters(&mut tx, &later(&world, 40 * DAY)).await, []);
            continue;
        }
        let (jid, code) = ("paul@y".parse().unwrap(), code.to_string());
        let code = Some(code.as_str());
        let wish = Wish { jid: &jid, lang: "en", nick: None, may_join: false, code };
        let prove = Some(found.address.clone());
        assert_eq!(
            come(&mut tx, &world, &wish).await.unwrap(),
            Came::Joined { is_new: true, prove }
        );
        let address = &found.address;
        assert!(proof::proved(&mut tx, &world, "paul@y", address, quiet).await.unwrap());
    }
}
