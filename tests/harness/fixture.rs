//! What tests put into a database: people, shares and deliveries, at a moment that is the same in every run.

use std::sync::Arc;

use tradepost::{
    card::submission::submit,
    db::Tx,
    domain::{
        address::Address,
        clock::Millis,
        delivery::{Delivery, State},
        id::{Chance, DeliveryId, ShareId},
        product::Localized,
        share::{PassedOn, Submission, What},
    },
    invite::join::take_in,
    outbox::store::NewDelivery,
    share::take::Submitted,
    wire::product::{read::read_products, write::to_xml},
    world::{Rows, Rules, World},
};
use uuid::Uuid;

/// Some moment.
pub(crate) const NOW: Millis = Millis(1_760_000_000_000);

/// A later one.
pub(crate) const END: Millis = Millis(NOW.0 + 1_000_000);

/// Chance that is the same in every run.
pub(crate) fn chance() -> Chance {
    Chance::Counted(Arc::new(1.into()))
}

/// The world at [`NOW`].
pub(crate) fn world() -> World {
    let rules = Arc::new(Rules::open());
    World {
        now: NOW,
        chance: chance(),
        pictures: false,
        metrics: Arc::default(),
        rules,
        rows: Rows::default(),
    }
}

/// What `sender` asks for under `key`: `comment` to these addresses.
pub(crate) fn submission(sender: &str, key: &str, comment: &str, to: &[&str]) -> Submission {
    let xml = format!(
        "<product xmlns='{}'><name xml:lang='en'>Silver goblet</name></product>",
        tradepost::wire::ns::PRODUCT_SHARE
    );
    let products = read_products(&xml).expect("a product");
    let what = What::Products {
        comment: Some(Localized { lang: None, text: comment.to_owned() }),
        recording: None,
        xml: products.iter().map(to_xml).collect(),
        products,
        passed_on: PassedOn::default(),
    };
    let to = to.iter().map(|to| Address::parse(to).expect("an address")).collect();
    Submission::of(sender.parse().expect("a JID"), key.to_owned(), what, to)
}

/// Makes accounts.
pub(crate) async fn join(tx: &mut Tx, world: &World, people: &[&str]) {
    for jid in people {
        let is_new = take_in(tx, world, jid, "en", None).await.expect("an answer");
        assert_eq!(is_new, Some(true), "{jid} is new");
    }
}

/// Submits one, which must be taken.
pub(crate) async fn take(tx: &mut Tx, world: &World, room: usize, one: Submission) -> Submitted {
    let submitted =
        submit(tx, world, &[one], room).await.expect("an answer").pop().expect("an answer");
    assert!(submitted.answer.is_ok(), "{submitted:?}");
    submitted
}

/// A delivery of share `n` with the same number, in `state`.
pub(crate) fn delivery(n: u128, rcpt: &str, state: State, due: Millis) -> NewDelivery {
    let delivery = Delivery { state, due, ..Delivery::accepted(true, NOW, END) };
    NewDelivery {
        id: DeliveryId(Uuid::from_u128(n)),
        share: ShareId(Uuid::from_u128(n)),
        rcpt: rcpt.to_owned(),
        address: None,
        handle: 0,
        delivery,
        sent_at: 0,
        author: "juliet@x".to_owned(),
    }
}
