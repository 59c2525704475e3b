//! Recipients who cannot take what is sent: away for long, gone, or unwilling.

use std::time::Duration;

use minidom::Element;

use super::{Inbox, Sender, Stage, at_rest, balanced, count, join, server};
use crate::{
    harness::{
        PATIENCE,
        client::Client,
        eventually,
        server::{Kind, Server},
    },
    servers,
    stanzas::{DOMAIN, NS, goblet, send, share, shown},
};

servers::facts!(nobody_can_tell_who_has_blocked_us_who_is_gone_and_who_never_joined);

#[tokio::test]
async fn more_shares_than_ejabberd_keeps_for_somebody_away_all_come_in_their_order() {
    let stage = Stage::set_on(server(Kind::Ejabberd).await, |plan| plan).await;
    let carol = Client::login(&stage.server, "carol").await;
    join(&carol, "Carol").await;
    carol.leave().await;
    let sender = Sender::new("quota", &["carol@localhost"]).one_by_one();
    sender.send_some(&stage.alice, 150).await;
    at_rest(&stage.component).await;
    let (_, books) = stage.component.audit();
    assert_eq!(count(&books, "parked"), Some(130), "{books}");

    let carol = Client::login(&stage.server, "carol").await;
    let mut inbox = Inbox::default();
    inbox.fill(&carol, &sender, &stage.component).await;
    at_rest(&stage.component).await;
    inbox.fill(&carol, &sender, &stage.component).await;
    assert_eq!(inbox.verify(&sender, 1), 0, "without a fault each comes once");
    assert!(inbox.order.is_sorted(), "{:?}", inbox.order);
    balanced(&stage.component);
}

async fn nobody_can_tell_who_has_blocked_us_who_is_gone_and_who_never_joined(kind: Kind) {
    let server = Server::start(kind).await;
    let stage = Stage::set_on(server, |plan| plan).await;
    let carol = Client::login(&stage.server, "carol").await;
    join(&carol, "Carol").await;
    stage.server.add_user("dora").await;
    let dora = Client::login(&stage.server, "dora").await;
    join(&dora, "Dora").await;
    share(&stage.alice, "before", "before", &["bob@localhost", "dora@localhost"]).await;
    shown(&stage.bob, "before").await;
    shown(&dora, "before").await;

    stage.bob.block(DOMAIN).await;
    dora.leave().await;
    stage.server.remove_user("dora").await;
    let seen = stage.alice.seen().len();
    let mut answers = Vec::new();
    for (id, to) in [("b", "bob"), ("d", "dora"), ("n", "nobody"), ("c", "carol")] {
        let to = format!("{to}@localhost");
        let answer = stage.alice.request("set", DOMAIN, &send(id, id, &goblet(), &[&to])).await;
        assert_eq!(answer.attr("type"), Some("result"), "{answer:?}");
        answers.push(answer.get_child("sent", NS).expect("<sent/>").clone());
    }
    for answer in &answers {
        assert_eq!(shape(answer), shape(&answers[3]), "all answers look alike");
    }
    // Sent last, and not held up.
    shown(&carol, "c").await;
    let sent = eventually(PATIENCE, async || {
        let (_, books) = stage.component.audit();
        count(&books, "claimed") == Some(0)
    });
    assert!(sent.await, "{}", stage.component.log());
    stage.alice.request("get", "localhost", "<ping xmlns='urn:xmpp:ping'/>").await;
    assert_eq!(stage.alice.seen().len(), seen + 5, "{}", stage.alice.seen_text());
    assert!(stage.bob.recv_until(|it| it.name() == "message", Duration::ZERO).await.is_none());
    balanced(&stage.component);
}

/// What an answer looks like, without its values.
fn shape(answer: &Element) -> Vec<String> {
    let own = answer.attrs().into_iter().map(|((_, name), _)| name.to_string());
    let children = answer.children().map(|child| child.name().to_owned());
    let text = answer.text();
    own.chain(children).chain([text]).collect()
}
