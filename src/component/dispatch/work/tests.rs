//! Whose turn it is to go through much, what that counts as, and who looks for what is changed.

use std::sync::atomic::Ordering;

use futures_util::FutureExt;
use tokio::{
    sync::oneshot,
    task::{JoinSet, yield_now},
};

use super::*;
use crate::{
    card::collected,
    chat::{command::Command, run::run},
    component::dispatch::tests::Place,
    domain::{
        card::{Card, Part},
        id::ShareId,
        invitation::State,
        lang::Lang,
    },
    invite::join::take_in,
    limits::Rates,
};

fn asker(who: &str) -> Asker {
    let jid = |text: &str| text.parse().unwrap();
    Asker { from: jid(&format!("{who}/a")), to: jid("share@share.x"), id: "1".into(), lang: None }
}

fn call(node: &str, var: &'static str, value: &str) -> Call {
    let mut call = Call::of(Command::of_node(node).unwrap());
    call.values.insert(var, vec![value.into()]);
    call
}

/// A place where romeo and juliet have joined, and romeo has collected these.
async fn place(rates: Rates, cards: Vec<Card>) -> Place {
    let place = Place::new(rates).await;
    let joined = place.service.committer.run(|tx, world| {
        Box::pin(async move {
            for jid in ["romeo@x", "juliet@x"] {
                take_in(tx, world, jid, "en", None).await?;
            }
            for card in &cards {
                collected::add(tx, world, "romeo@x", card).await?.unwrap();
            }
            Ok(())
        })
    });
    joined.await.unwrap();
    place
}

async fn told(service: &Arc<Service>, who: &str, call: Call) -> String {
    let done = service.perform(&asker(who), call, false).await.await;
    done.expect("an answer").answer.text().to_owned()
}

#[tokio::test]
async fn whoever_searches_too_much_at_a_time_is_told_and_others_are_answered() {
    let place = place(Rates::default(), Vec::new()).await;
    let service = &place.service;
    let nothing = told(service, "romeo@x", call("cards", "what", "zzz")).await;
    let busy = Text::Busy.in_lang(Lang::En);
    assert_ne!(nothing, busy);
    let searches = [
        call("cards", "what", "zzz"),
        call("find", "words", "zzz"),
        call("list", "page", "9"),
        call("cards-in", "category", "zzz"),
        call("invites", "", ""),
        call("cancel", "which", "1"),
        call("cards-same", "", ""),
    ];
    let turn = service.rules.limits.turn("romeo@x").await.expect("a turn");
    let mut asked = JoinSet::new();
    for n in 0..20 {
        let (service, call) = (Arc::clone(service), searches[n % searches.len()].clone());
        asked.spawn(async move { told(&service, "romeo@x", call).await });
    }
    for _ in 0..13 {
        assert_eq!(asked.join_next().await.unwrap().unwrap(), busy);
    }
    assert_eq!(told(service, "juliet@x", call("cards", "what", "zzz")).await, nothing);
    assert_ne!(told(service, "romeo@x", call("more", "number", "1")).await, busy, "that is little");
    drop(turn);
    while let Some(told) = asked.join_next().await {
        assert_ne!(told.unwrap(), busy, "its turn has come");
    }
}

#[tokio::test]
async fn a_search_counts_by_what_it_goes_through() {
    let mut card = Card::named("Nurse");
    card.set(Part::Note, &["𠀀".repeat(4_000)]);
    let rates = Rates { stanzas: 3, ..Rates::default() };
    let place = place(rates, vec![card; 150]).await;
    let limits = &place.service.rules.limits;
    let found = told(&place.service, "romeo@x", call("cards", "what", "nurse")).await;
    assert!(found.contains("#1 Nurse"), "{found}");
    assert_eq!((0..9).filter(|_| limits.asks(&"romeo@x".parse().unwrap(), 0).is_none()).count(), 2);
    told(&place.service, "juliet@x", call("cards", "what", "nurse")).await;
    assert_eq!(
        (0..9).filter(|_| limits.asks(&"juliet@x".parse().unwrap(), 0).is_none()).count(),
        3
    );
}

#[tokio::test]
async fn whom_somebody_gives_up_is_looked_for_by_a_reader() {
    let place = place(Rates::default(), Vec::new()).await;
    let service = &place.service;
    let mut share = call("share", "what", "Goblet EUR 24.90");
    share.values.insert("to", vec!["nobody@y".into()]);
    let shared = told(service, "romeo@x", share).await;
    assert!(
        told(service, "romeo@x", call("invites", "", "")).await.contains("nobody@y"),
        "{shared}"
    );
    let first = || call("cancel", "which", "nobody@y");
    let (info, caller) = (Arc::clone(service), service.caller(&asker("romeo@x")));
    let unseen = service.committer.run(move |tx, world| {
        Box::pin(async move { run(tx, world, &info.info, &caller, &first()).await })
    });
    let unseen = unseen.await.unwrap().answer;
    assert!(matches!(unseen, Answer::Refused(_)), "the writer looks for nobody: {unseen:?}");
    let given_up = told(service, "romeo@x", first()).await;
    assert!(given_up.contains("nobody@y"), "{given_up}");
    assert_eq!(told(service, "romeo@x", first()).await, unseen.text());
}

/// Waits until one more is in the line of `who`, who has a turn: with six others it is full.
async fn in_line(service: &Service, who: &str) {
    let limits = &service.rules.limits;
    let mut waiting: Vec<_> = (0..6).map(|_| Box::pin(limits.turn(who))).collect();
    assert!(waiting.iter_mut().all(|it| it.now_or_never().is_none()));
    while !matches!(Box::pin(limits.turn(who)).now_or_never(), Some(None)) {
        yield_now().await;
    }
}

#[tokio::test]
async fn what_is_shared_after_somebody_was_given_up_is_not_cancelled() {
    let place = place(Rates::default(), Vec::new()).await;
    let service = &place.service;
    let share = |what: &str| {
        let mut call = call("share", "what", what);
        call.values.insert("to", vec!["nobody@y".into()]);
        call
    };
    told(service, "romeo@x", share("Goblet EUR 24.90")).await;
    let turn = service.rules.limits.turn("romeo@x").await.expect("a turn");
    let given_up = call("cancel", "which", "nobody@y");
    let given_up = service.perform(&asker("romeo@x"), given_up, true).await;
    let given_up = tokio::spawn(given_up);
    in_line(service, "romeo@x").await;
    place.at.store(1_000, Ordering::SeqCst);
    told(service, "romeo@x", share("Lamp EUR 5")).await;
    drop(turn);
    let given_up = given_up.await.unwrap().expect("an answer").answer;
    assert!(matches!(given_up, Answer::Done(_)), "{given_up:?}");
    let mut tx = service.db.read().await.unwrap();
    let (_, held) = tx.first_held("romeo@x", "nobody@y").await.unwrap().expect("the lamp");
    let shares = tx.shares(&[ShareId(held)]).await.unwrap();
    assert!(shares[0].products.contains("Lamp"), "{}", shares[0].products);
    let invited = tx.invitations_of("romeo@x", 9).await.unwrap();
    assert_eq!(invited[0].state(), State::Kept, "they are still to be invited");
    let waiting = told(service, "romeo@x", call("invites", "", "")).await;
    assert!(waiting.contains("nobody@y"), "{waiting}");
}

#[tokio::test]
async fn whoever_waits_for_the_writer_has_given_the_turn_back() {
    let place = place(Rates::default(), Vec::new()).await;
    let service = &place.service;
    let limits = &service.rules.limits;
    let turn = limits.turn("romeo@x").await.expect("a turn");
    let cancel = service.perform(&asker("romeo@x"), call("cancel", "which", "1"), true).await;
    let cancel = tokio::spawn(cancel);
    in_line(service, "romeo@x").await;
    let (go_on, is_told) = oneshot::channel::<()>();
    let busy = service.committer.begin(|_, _| {
        Box::pin(async {
            let _ = is_told.await;
            Ok(())
        })
    });
    let busy = busy.await;
    drop(turn);
    assert!(limits.turn("romeo@x").await.is_some(), "the next search goes on");
    go_on.send(()).unwrap();
    busy.await.unwrap();
    assert!(cancel.await.unwrap().is_some());
}

#[tokio::test]
async fn whoever_has_not_joined_waits_for_no_turn() {
    let place = place(Rates::default(), Vec::new()).await;
    let service = &place.service;
    let turn = service.rules.limits.turn("tybalt@x").await.expect("a turn");
    for call in [call("cards", "what", "zzz"), call("cancel", "which", "1")] {
        let told = told(service, "tybalt@x", call).await;
        assert_eq!(told, Text::NotJoined.in_lang(Lang::En));
    }
    drop(turn);
}

#[tokio::test]
async fn whoever_waits_for_a_turn_leaves_places_to_other_servers() {
    let place = place(Rates::default(), Vec::new()).await;
    let service = &place.service;
    let many: Vec<String> = (0..40).map(|n| format!("m{n}@evil.example")).collect();
    let people = many.clone();
    let joined = service.committer.run(move |tx, world| {
        Box::pin(async move {
            for jid in &people {
                take_in(tx, world, jid, "en", None).await?;
            }
            Ok(())
        })
    });
    joined.await.unwrap();
    let limits = &service.rules.limits;
    let turns = (limits.turn("a@x").await.expect("one"), limits.turn("b@x").await.expect("two"));
    let mut asked = JoinSet::new();
    for who in many {
        let service = Arc::clone(service);
        asked.spawn(async move { told(&service, &who, call("cards", "what", "zzz")).await });
    }
    let busy = Text::Busy.in_lang(Lang::En);
    for _ in 0..8 {
        assert_eq!(asked.join_next().await.unwrap().unwrap(), busy, "32 wait for one server");
    }
    drop(turns);
    while let Some(told) = asked.join_next().await {
        assert_ne!(told.unwrap(), busy, "its turn has come");
    }
}
