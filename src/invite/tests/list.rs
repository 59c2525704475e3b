//! Whom somebody waits for, as they see it, and giving them up.

use crate::{
    claim::{bounced, claim},
    db::Db,
    domain::{address::Address, delivery::Bounce, id::DeliveryId, share::Outgoing},
    invite::{
        invitation::stop,
        list::{self, Asked, Awaited},
        tests::invitation::{TEL, comes, invited, shares},
    },
    leave::erase::leave,
    tests::{NOW, comments, facts, history::Meter, join, join_online, later, looked_up, world},
};

facts!(
    who_is_waited_for_looks_alike_whatever_he_does,
    who_is_given_up_gets_nothing,
    whom_one_was_sent_by_number_and_by_address_is_two,
    giving_somebody_up_costs_alike_however_much_was_sent_to_others,
);

async fn who_is_waited_for_looks_alike_whatever_he_does(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join_online(&mut tx, &world, &["juliet@x", "romeo@x", "blocks@x", "left@x"]).await;
    leave(&mut tx, &world, "left@x").await.unwrap();
    let all = ["never@x", "blocks@x", "left@x", "stopped@x", "bounces@x", TEL];
    shares(&mut tx, &world, "juliet@x", "k", &all).await;
    stop(&mut tx, &world, &Address::parse("stopped@x").unwrap()).await.unwrap();
    for one in invited(&mut tx, &world).await {
        if matches!(one.to.as_str(), "blocks@x" | "bounces@x") {
            bounced(&mut tx, &world, one.id, &one.to, Bounce::Unavailable).await.unwrap();
        }
    }
    let juliet = "juliet@x".parse().unwrap();
    let list = list::list(&mut tx, world.now, &juliet).await.unwrap().0;
    let mut names: Vec<String> = list.iter().map(|it| it.address.to_string()).collect();
    names.sort();
    let mut expected = all.map(str::to_owned);
    expected.sort();
    assert_eq!(names, expected);
    assert!(list.iter().all(|it| it.since == NOW && !it.has_accepted), "{list:?}");
    for address in list.into_iter().map(|it| it.address) {
        list::withdraw(&mut tx, &world, &juliet, &address, Asked::now(&world)).await.unwrap();
    }
    assert!(list::list(&mut tx, world.now, &juliet).await.unwrap().0.is_empty());
    let again = later(&world, 5);
    shares(&mut tx, &again, "juliet@x", "again", &all).await;
    assert_eq!(list::list(&mut tx, again.now, &juliet).await.unwrap().0.len(), all.len());
}

async fn who_is_given_up_gets_nothing(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &["juliet@x", "paris@x"]).await;
    for from in ["juliet@x", "paris@x"] {
        shares(&mut tx, &world, from, from, &["romeo@x"]).await;
    }
    let romeo = Address::parse("romeo@x").unwrap();
    list::withdraw(&mut tx, &world, &"juliet@x".parse().unwrap(), &romeo, Asked::now(&world))
        .await
        .unwrap();
    let first: Vec<DeliveryId> = invited(&mut tx, &world).await.iter().map(|it| it.id).collect();
    assert_eq!(first.len(), 1, "the other still asks");
    comes(&mut tx, &world, "romeo@x", None).await;
    let ready = claim(&mut tx, &world, 99).await.unwrap().ready;
    let his: Vec<Outgoing> = ready.into_iter().filter(|it| it.to.as_str() == "romeo@x").collect();
    assert_eq!(comments(&his), ["paris@x"]);
    let list: Vec<Awaited> =
        list::list(&mut tx, world.now, &"paris@x".parse().unwrap()).await.unwrap().0;
    assert!(list.iter().any(|it| it.has_accepted), "{list:?}");
}

async fn whom_one_was_sent_by_number_and_by_address_is_two(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &["juliet@x", "romeo@x"]).await;
    tx.put_contact(TEL, "romeo@x", NOW).await.unwrap();
    shares(&mut tx, &world, "juliet@x", "by number", &[TEL]).await;
    looked_up(&mut tx, &world).await;
    shares(&mut tx, &world, "juliet@x", "by address", &["romeo@x"]).await;
    let juliet = "juliet@x".parse().unwrap();
    list::withdraw(
        &mut tx,
        &world,
        &juliet,
        &Address::parse("romeo@x").unwrap(),
        Asked::now(&world),
    )
    .await
    .unwrap();
    let ready = claim(&mut tx, &later(&world, 15_000), 99).await.unwrap().ready;
    assert_eq!(comments(&ready), ["by number"]);
    shares(&mut tx, &world, "juliet@x", "by number again", &[TEL]).await;
    looked_up(&mut tx, &world).await;
    list::withdraw(&mut tx, &world, &juliet, &Address::parse(TEL).unwrap(), Asked::now(&world))
        .await
        .unwrap();
    assert!(claim(&mut tx, &later(&world, 15_000), 99).await.unwrap().ready.is_empty());
}

async fn giving_somebody_up_costs_alike_however_much_was_sent_to_others(db: &Db) {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &["juliet@x", "paris@x"]).await;
    let others: Vec<String> = (0..40).map(|n| format!("p{n}@y")).collect();
    let others: Vec<&str> = others.iter().map(String::as_str).collect();
    let nobody = Address::parse("nobody@y").unwrap();
    let mut costs = Vec::new();
    for (who, times) in [("juliet@x", 2), ("paris@x", 20)] {
        shares(&mut tx, &world, who, "first", &["nobody@y"]).await;
        for n in 0..times {
            shares(&mut tx, &world, who, &n.to_string(), &others).await;
        }
        let meter = Meter::start(&mut tx).await;
        list::withdraw(&mut tx, &world, &who.parse().unwrap(), &nobody, Asked::now(&world))
            .await
            .unwrap();
        costs.push(meter.read(&mut tx).await);
    }
    assert!(costs[1] <= costs[0] + costs[0] / 2 + 100, "{costs:?}");
}
