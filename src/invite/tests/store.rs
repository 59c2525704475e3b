//! Invitations, who was asked, and who wants to hear nothing.

use crate::{
    db::{Db, Tx},
    domain::{
        clock::Millis,
        delivery::State as At,
        id::{DeliveryId, ShareId},
        invitation::State,
        note::{Carries, Note},
    },
    invite::store::{NewInvitation, SentToRow},
    outbox::{store::NewDelivery, store_note::NewNotice},
    tests::{END, NOW, delivery, facts, keep, row, share},
};
use uuid::Uuid;

facts!(
    an_invitation_is_kept_once_until_it_is_withdrawn,
    what_is_due_comes_by_its_time_and_not_when_it_was_told,
    whose_turn_it_is_to_invite_comes_by_the_time,
    accepting_ends_every_invitation_to_an_address,
    invitations_are_counted_from_one_name_to_another,
    a_code_is_redeemed_by_one,
    what_is_held_is_found_by_sender_and_recipient,
    what_was_not_answered_is_found_and_cancelled_as_it_was_written,
    what_was_said_about_what_was_sent_to_a_number_is_cancelled_with_it,
    an_answer_to_what_somebody_else_has_shared_is_not_cancelled,
    who_was_asked_and_who_wants_quiet_is_known_by_hashes,
    old_invitations_are_forgotten,
);

fn wanted(n: u128, inviter: &str, address: &str) -> NewInvitation {
    NewInvitation {
        id: Uuid::from_u128(n),
        inviter: inviter.into(),
        address: address.into(),
        made: NOW,
    }
}

/// Juliet and Paris have joined, and both want to invite Romeo.
async fn two(tx: &mut Tx) {
    for jid in ["juliet@x", "paris@x"] {
        tx.insert_account(jid, "en", NOW).await.unwrap();
    }
    tx.insert_invitations(&[wanted(1, "juliet@x", "romeo@x"), wanted(2, "paris@x", "romeo@x")])
        .await
        .unwrap();
}

/// What invites Romeo: by whom, and where it stands.
async fn all(tx: &mut Tx) -> Vec<(String, State)> {
    let mut all = Vec::new();
    for inviter in ["juliet@x", "paris@x"] {
        let mut rows = tx.invitations_of(inviter, 9).await.unwrap();
        rows.retain(|row| row.address == "romeo@x");
        all.extend(rows.into_iter().map(|row| (row.inviter.clone(), row.state())));
    }
    all
}

async fn an_invitation_is_kept_once_until_it_is_withdrawn(db: &Db) {
    let mut tx = db.write().await.unwrap();
    two(&mut tx).await;
    tx.insert_invitations(&[wanted(3, "juliet@x", "romeo@x")]).await.unwrap();
    tx.insert_invitations(&[]).await.unwrap();
    let kept = tx.invitations_of("juliet@x", 9).await.unwrap();
    assert_eq!((kept.len(), kept[0].id, kept[0].made_at), (1, Uuid::from_u128(1), NOW.0));
    let again = NewInvitation { made: END, ..wanted(4, "juliet@x", "romeo@x") };
    tx.withdraw_invitation(&again).await.unwrap();
    let kept = tx.invitations_of("juliet@x", 9).await.unwrap();
    assert_eq!((kept[0].state(), kept[0].made_at), (State::Withdrawn, END.0));
    assert!(!tx.set_invitation("juliet@x", "romeo@x", State::Undelivered).await.unwrap());
    tx.insert_invitations(&[wanted(5, "juliet@x", "romeo@x")]).await.unwrap();
    assert_eq!(tx.invitations_of("juliet@x", 9).await.unwrap()[0].state(), State::Kept);
    // Whoever was never invited can be given up as well.
    tx.withdraw_invitation(&wanted(6, "juliet@x", "tybalt@x")).await.unwrap();
    let kept = tx.invitations_of("juliet@x", 9).await.unwrap();
    assert!(kept.iter().any(|row| row.address == "tybalt@x" && row.state() == State::Withdrawn));
    // They go with their account.
    tx.delete_account("juliet@x").await.unwrap();
    let accepted = tx.accept_invitations("romeo@x", "romeo@x", 9).await.unwrap();
    assert_eq!(accepted, [("paris@x".to_owned(), true, Millis::NEVER.0)]);
}

async fn what_is_due_comes_by_its_time_and_not_when_it_was_told(db: &Db) {
    let mut tx = db.write().await.unwrap();
    two(&mut tx).await;
    let due = async |tx: &mut Tx, who, at| tx.invitations_due(who, at, 9).await.unwrap();
    assert!(due(&mut tx, "juliet@x", Millis(NOW.0 - 1)).await.is_empty());
    assert_eq!(due(&mut tx, "juliet@x", NOW).await.len(), 1);
    tx.keep_back(Uuid::from_u128(1), END).await.unwrap();
    assert!(due(&mut tx, "juliet@x", NOW).await.is_empty());
    assert_eq!(tx.next_invitation("juliet@x").await.unwrap(), Some(END.0));
    let his = due(&mut tx, "paris@x", NOW).await;
    tx.tell_invitation(his[0].id, &[7; 32], END).await.unwrap();
    assert!(due(&mut tx, "paris@x", NOW).await.is_empty());
    assert_eq!(tx.next_invitation("paris@x").await.unwrap(), None);
    let told = tx.invitation(&[7; 32]).await.unwrap().unwrap();
    assert!(told.is_open(NOW) && !told.is_open(END) && told.state() == State::Told);
    assert!(tx.invitation(&[8; 32]).await.unwrap().is_none());
    tx.delete_invitation(told.id).await.unwrap();
    assert!(tx.invitation(&[7; 32]).await.unwrap().is_none());
}

async fn whose_turn_it_is_to_invite_comes_by_the_time(db: &Db) {
    let mut tx = db.write().await.unwrap();
    two(&mut tx).await;
    let due = async |tx: &mut Tx, at, n| -> Vec<String> { tx.inviters_due(at, n).await.unwrap() };
    assert!(due(&mut tx, END, 9).await.is_empty(), "nobody was called");
    let [juliet, paris] = ["juliet@x", "paris@x"].map(str::to_owned);
    tx.call_inviters(&[juliet.clone(), paris.clone()], END).await.unwrap();
    tx.call_inviters(std::slice::from_ref(&paris), NOW).await.unwrap();
    tx.call_inviters(&[juliet.clone(), paris.clone()], END).await.unwrap();
    assert_eq!(due(&mut tx, NOW, 9).await, [paris.as_str()]);
    assert_eq!(due(&mut tx, END, 9).await, [paris.as_str(), juliet.as_str()]);
    assert_eq!(due(&mut tx, END, 1).await, [paris.as_str()]);
    tx.set_turn(&paris, Some(END)).await.unwrap();
    tx.set_turn(&juliet, None).await.unwrap();
    assert_eq!(due(&mut tx, END, 9).await, [paris]);
}

async fn accepting_ends_every_invitation_to_an_address(db: &Db) {
    let mut tx = db.write().await.unwrap();
    two(&mut tx).await;
    tx.tell_invitation(Uuid::from_u128(1), &[7; 32], END).await.unwrap();
    assert!(tx.set_invitation("juliet@x", "romeo@x", State::Undelivered).await.unwrap());
    assert!(tx.is_invited("romeo@x", NOW).await.unwrap());
    assert!(
        !tx.is_invited("romeo@x", END).await.unwrap() && !tx.is_invited("x@x", NOW).await.unwrap()
    );
    let mut inviters = tx.accept_invitations("romeo@x", "romeo@x", 1).await.unwrap();
    assert_eq!(inviters.len(), 1, "no more than the limit");
    inviters.extend(tx.accept_invitations("romeo@x", "romeo@x", 9).await.unwrap());
    inviters.sort();
    let (told, kept) = (("juliet@x".to_owned(), true, END.0), "paris@x".to_owned());
    assert_eq!(inviters, [told, (kept, true, Millis::NEVER.0)], "asked about her alone");
    assert!(!tx.is_invited("romeo@x", NOW).await.unwrap());
    assert!(all(&mut tx).await.iter().all(|(_, state)| *state == State::Accepted));
    assert!(tx.accept_invitations("romeo@x", "romeo@x", 9).await.unwrap().is_empty());
    assert!(!tx.set_invitation("juliet@x", "romeo@x", State::Undelivered).await.unwrap());
}

async fn invitations_are_counted_from_one_name_to_another(db: &Db) {
    let mut tx = db.write().await.unwrap();
    two(&mut tx).await;
    tx.insert_invitations(&[wanted(3, "juliet@x", "tel:+390455550100")]).await.unwrap();
    tx.set_invitation("juliet@x", "romeo@x", State::Undelivered).await.unwrap();
    let [one, two, three] = [1, 2, 3].map(Uuid::from_u128);
    assert_eq!(tx.invitation_behind(Uuid::nil(), 2).await.unwrap(), Some(two));
    assert_eq!(tx.invitation_behind(two, 1).await.unwrap(), Some(three));
    assert_eq!(tx.invitation_behind(two, 2).await.unwrap(), None);
    let mut all = tx.count_invitations(Uuid::nil(), Uuid::max()).await.unwrap();
    all.sort();
    let [chat, sms] = ["chat", "sms"].map(str::to_owned);
    assert_eq!(all, [(0, chat.clone(), 1), (0, sms, 1), (4, chat.clone(), 1)]);
    assert_eq!(tx.count_invitations(one, two).await.unwrap(), [(0, chat, 1)]);
}

async fn a_code_is_redeemed_by_one(db: &Db) {
    let mut tx = db.write().await.unwrap();
    two(&mut tx).await;
    let id = Uuid::from_u128(1);
    assert!(tx.redeem_invitation(id, "romeo@x").await.unwrap());
    assert!(tx.redeem_invitation(id, "romeo@x").await.unwrap(), "the same again");
    assert!(!tx.redeem_invitation(id, "tybalt@x").await.unwrap());
}

async fn what_is_held_is_found_by_sender_and_recipient(db: &Db) {
    let mut tx = db.write().await.unwrap();
    let held = [3, 2, 1].map(|n| delivery(n, "tel:+390455550100", At::Held, END));
    keep(&mut tx, &held).await;
    keep(&mut tx, &[delivery(4, "romeo@x", At::Queued, NOW)]).await;
    let first = tx.first_held("juliet@x", "tel:+390455550100").await.unwrap();
    assert_eq!(first, Some((Uuid::from_u128(1), Uuid::from_u128(1))));
    assert_eq!(tx.first_held("paris@x", "tel:+390455550100").await.unwrap(), None);
    assert_eq!(tx.first_held("juliet@x", "romeo@x").await.unwrap(), None);
    let four = Uuid::from_u128(4);
    assert_eq!(tx.first_unsent("juliet@x", "romeo@x").await.unwrap(), Some((four, four)));
    assert_eq!(tx.first_unsent("juliet@x", "tel:+390455550100").await.unwrap(), first);
    assert_eq!(tx.first_unsent("paris@x", "romeo@x").await.unwrap(), None);
    assert!(!tx.is_kept_back("juliet@x", "romeo@x", NOW).await.unwrap());
    keep(&mut tx, &[delivery(5, "romeo@x", At::Cancelled, END)]).await;
    assert!(tx.is_kept_back("juliet@x", "romeo@x", NOW).await.unwrap());
    assert!(!tx.is_kept_back("juliet@x", "romeo@x", END).await.unwrap(), "over");
    assert!(!tx.is_kept_back("paris@x", "romeo@x", NOW).await.unwrap());
    tx.revoke_share(ShareId(Uuid::from_u128(5)), NOW).await.unwrap();
    assert!(!tx.is_kept_back("juliet@x", "romeo@x", NOW).await.unwrap());
}

async fn what_was_not_answered_is_found_and_cancelled_as_it_was_written(db: &Db) {
    let mut tx = db.write().await.unwrap();
    let (tel, mail) = ("tel:+390455550100", "mailto:nurse@x.org");
    keep(
        &mut tx,
        &[
            NewDelivery { address: Some(tel.into()), ..delivery(1, tel, At::Held, END) },
            delivery(2, "romeo@x", At::Parked, END),
            delivery(3, "paris@x", At::Queued, END),
            delivery(4, "paris@x", At::Handed, END),
            NewDelivery { address: Some(mail.into()), ..delivery(5, "nurse@x", At::Handed, END) },
        ],
    )
    .await;
    let typed = tx.first_typed("juliet@x", mail, NOW).await.unwrap();
    assert_eq!(typed.map(|(id, _)| id), Some(Uuid::from_u128(5)));
    assert_eq!(tx.first_typed("juliet@x", mail, END).await.unwrap(), None, "over");
    assert_eq!(tx.first_typed("paris@x", mail, NOW).await.unwrap(), None);
    let before = Millis(NOW.0 - 1);
    let all = tx.sent_to("juliet@x", 0, before, 9).await.unwrap();
    assert_eq!(all.iter().map(|it| it.things).sum::<i64>(), 5);
    let unanswered = |all: &[SentToRow]| {
        let found = all.iter().filter(|it| !it.has_answered());
        let mut found: Vec<String> = found.map(|it| it.whom.clone()).collect();
        found.sort_unstable();
        found
    };
    let found = unanswered(&all);
    let expected = [mail, "romeo@x", tel];
    assert_eq!(found, expected, "by what was written, and not who was reached");
    let note = Note { author: "nurse@x".into(), text: "yes".into(), ..Note::default() };
    tx.insert_note(ShareId(Uuid::from_u128(5)), &note).await.unwrap();
    let found = unanswered(&tx.sent_to("juliet@x", 0, before, 9).await.unwrap());
    assert!(found.iter().all(|whom| whom != mail), "she has answered: {found:?}");
    assert!(tx.sent_to("juliet@x", 2, before, 9).await.unwrap().is_empty(), "an older number");
    assert!(tx.sent_to("juliet@x", 0, NOW, 9).await.unwrap().is_empty(), "too long ago");
    let [id, later, end] = [1, 2, 9].map(Uuid::from_u128);
    assert!(tx.has_sent_since("juliet@x", tel, id).await.unwrap());
    assert!(!tx.has_sent_since("juliet@x", tel, later).await.unwrap());
    assert!(tx.has_sent_since("juliet@x", "romeo@x", later).await.unwrap());
    assert!(!tx.has_sent_since("juliet@x", "romeo@x", end).await.unwrap());
    assert!(tx.has_sent_since("juliet@x", mail, id).await.unwrap(), "though that has left");
    assert!(!tx.has_sent_since("juliet@x", mail, end).await.unwrap());
    assert!(!tx.has_sent_since("juliet@x", "paris@x", Uuid::from_u128(4)).await.unwrap());
    assert!(!tx.has_sent_since("paris@x", tel, id).await.unwrap());
    assert_eq!(tx.cancel_unsent("paris@x", tel, end, 9).await.unwrap().len(), 0);
    assert_eq!(tx.cancel_unsent("juliet@x", tel, end, 0).await.unwrap().len(), 0);
    assert_eq!(tx.cancel_unsent("juliet@x", tel, id, 9).await.unwrap().len(), 0, "not before it");
    assert_eq!(tx.cancel_unsent("juliet@x", "romeo@x", later, 9).await.unwrap().len(), 0);
    assert_eq!(tx.cancel_unsent("juliet@x", tel, end, 9).await.unwrap().len(), 1);
    assert_eq!(row(&mut tx, 1).await.delivery().state, At::Cancelled);
    assert_eq!(tx.cancel_unsent("juliet@x", "paris@x", end, 9).await.unwrap().len(), 1);
    assert_eq!(row(&mut tx, 4).await.delivery().state, At::Handed, "that has left");
}

async fn what_was_said_about_what_was_sent_to_a_number_is_cancelled_with_it(db: &Db) {
    let mut tx = db.write().await.unwrap();
    let tel = "tel:+390455550100";
    let typed =
        |n, state| NewDelivery { address: Some(tel.into()), ..delivery(n, "romeo@x", state, END) };
    keep(&mut tx, &[typed(1, At::Parked), typed(2, At::Handed), typed(3, At::Queued)]).await;
    for (n, about, author, rcpt) in [
        (11, 1, "juliet@x", "romeo@x"),
        (12, 2, "juliet@x", "romeo@x"),
        (13, 3, "juliet@x", "romeo@x"),
        (14, 1, "romeo@x", "juliet@x"),
        (15, 1, "juliet@x", "romeo@x"),
    ] {
        let share = ShareId(Uuid::from_u128(about));
        let note = Note { author: author.into(), text: "well?".into(), ..Note::default() };
        let carries = Carries::Note(tx.insert_note(share, &note).await.unwrap());
        let author = author.to_owned();
        let delivery = NewDelivery { share, author, ..delivery(n, rcpt, At::Parked, END) };
        let about = DeliveryId(Uuid::from_u128(about));
        tx.insert_notices(&[NewNotice { delivery, carries, about }]).await.unwrap();
    }
    let end = Uuid::from_u128(3);
    let mut cancel =
        async |who: &str, limit| tx.cancel_said_about_unsent(who, tel, end, limit).await.unwrap();
    assert_eq!(cancel("paris@x", 9).await, 0);
    assert_eq!(cancel("juliet@x", 1).await, 1);
    assert_eq!(cancel("juliet@x", 9).await, 1);
    assert_eq!(cancel("juliet@x", 9).await, 0);
    for (n, state) in [
        (1, At::Parked),
        (11, At::Cancelled),
        (12, At::Parked),
        (13, At::Parked),
        (14, At::Parked),
        (15, At::Cancelled),
    ] {
        assert_eq!(row(&mut tx, n).await.delivery().state, state, "{n}");
    }
}

async fn an_answer_to_what_somebody_else_has_shared_is_not_cancelled(db: &Db) {
    let mut tx = db.write().await.unwrap();
    keep(&mut tx, &[delivery(1, "romeo@x", At::Parked, END)]).await;
    tx.insert_shares(&[share(2, "romeo@x", "2")]).await.unwrap();
    // What Juliet says about each of them.
    let mut said = async |n: u128, about: u128| {
        let share = ShareId(Uuid::from_u128(about));
        let note = Note { author: "juliet@x".into(), text: "yes".into(), ..Note::default() };
        let carries = Carries::Note(tx.insert_note(share, &note).await.unwrap());
        let delivery = NewDelivery { share, ..delivery(n, "romeo@x", At::Parked, END) };
        let about = DeliveryId(Uuid::from_u128(about));
        tx.insert_notices(&[NewNotice { delivery, carries, about }]).await.unwrap();
    };
    said(3, 1).await;
    said(4, 2).await;
    let end = Uuid::from_u128(9);
    assert_eq!(tx.cancel_unsent("juliet@x", "romeo@x", end, 9).await.unwrap().len(), 2);
    for (n, state) in [(1, At::Cancelled), (3, At::Cancelled), (4, At::Parked)] {
        assert_eq!(row(&mut tx, n).await.delivery().state, state, "{n}");
    }
}

async fn who_was_asked_and_who_wants_quiet_is_known_by_hashes(db: &Db) {
    let mut tx = db.write().await.unwrap();
    let (juliet, paris, romeo, tybalt) = ([1; 32], [2; 32], [3; 32], [4; 32]);
    tx.insert_asked(&juliet, &romeo, Millis(1)).await.unwrap();
    tx.insert_asked(&juliet, &romeo, NOW).await.unwrap();
    tx.insert_asked(&juliet, &tybalt, END).await.unwrap();
    assert_eq!(tx.asked(&juliet, &romeo).await.unwrap(), Some(NOW), "the last time counts");
    assert_eq!(tx.asked(&paris, &romeo).await.unwrap(), None);
    assert_eq!(tx.last_asked(&romeo).await.unwrap(), Some(NOW));
    assert_eq!(tx.last_asked(&juliet).await.unwrap(), None);
    assert_eq!(tx.asked_before(&juliet, 0).await.unwrap(), Some(END));
    assert_eq!(tx.asked_before(&juliet, 1).await.unwrap(), Some(NOW));
    assert_eq!(tx.asked_before(&juliet, 2).await.unwrap(), None);
    tx.insert_asked(&paris, &tybalt, NOW).await.unwrap();
    tx.insert_asked(&juliet, &paris, Millis(2)).await.unwrap();
    assert_eq!(tx.move_asked(&tybalt, &paris, 1).await.unwrap(), 1);
    assert_eq!(tx.move_asked(&tybalt, &paris, 9).await.unwrap(), 1);
    assert_eq!(tx.move_asked(&tybalt, &paris, 9).await.unwrap(), 0);
    assert_eq!(tx.asked(&juliet, &paris).await.unwrap(), Some(END), "the last time counts");
    assert_eq!(tx.asked(&paris, &paris).await.unwrap(), Some(NOW));
    assert_eq!(tx.asked(&juliet, &tybalt).await.unwrap(), None);
    tx.insert_asked(&juliet, &tybalt, Millis(3)).await.unwrap();
    tx.move_asked(&tybalt, &paris, 9).await.unwrap();
    assert_eq!(tx.asked(&juliet, &paris).await.unwrap(), Some(END), "not an earlier one");
    assert_eq!(tx.delete_old_asked(END, 9).await.unwrap(), 2);
    assert_eq!(tx.asked(&juliet, &romeo).await.unwrap(), None);

    assert!(!tx.is_silent(&romeo).await.unwrap());
    tx.insert_silence(&romeo, NOW).await.unwrap();
    tx.insert_silence(&romeo, END).await.unwrap();
    assert!(tx.is_silent(&romeo).await.unwrap());
    tx.delete_silence(&romeo).await.unwrap();
    assert!(!tx.is_silent(&romeo).await.unwrap());
}

async fn old_invitations_are_forgotten(db: &Db) {
    let mut tx = db.write().await.unwrap();
    two(&mut tx).await;
    assert_eq!(tx.delete_old_invitations(NOW, 9).await.unwrap(), 0);
    assert_eq!(tx.delete_old_invitations(END, 1).await.unwrap(), 1);
    assert_eq!(tx.delete_old_invitations(END, 9).await.unwrap(), 1);
}
