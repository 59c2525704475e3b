//! What the use cases promise, inside a transaction, on both databases.

mod address_book;
mod aftermath;
mod again;
mod called;
mod card_page;
mod clock;
mod collected;
mod commit;
mod consent;
mod delivery;
mod erase;
mod follow;
mod forget;
mod give;
mod history;
mod invitation;
mod kept;
mod noted;
mod notice;
mod own_card;
mod picture;
mod proof;
mod quiet;
mod report;
mod share;
mod shelf;
mod spelling;
mod stream;
mod tray;
mod typed;
mod unfinished;
mod waits;

use std::{sync::Arc, time::Duration};

use sha2::{Digest, Sha256};
use tradepost::{
    card::submission::submit,
    claim::due,
    db::Tx,
    domain::{
        address::Address,
        clock::Millis,
        conversation::{Clue, Said, Saying},
        delivery::{Delivery, State},
        id::{DeliveryId, ShareId},
        letter::Channel,
        note::{Carries, Note},
        product::Localized,
        share::{LIFE, Outgoing, PassedOn, Submission},
    },
    invite::join::take_in,
    outbox::{store::NewDelivery, store_note::NewNotice},
    people::account,
    post::letter::{Budgets, Claimed, claim},
    share::take::Submitted,
    wire::product::{read::read_products, write::to_xml},
    world::{Rows, Rules, World},
};

use crate::store::{NOW, chance};

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

/// The same world `ms` after [`NOW`].
fn later(world: &World, ms: i64) -> World {
    World { now: Millis(NOW.0 + ms), ..world.clone() }
}

/// The same world ten seconds later, when it has been looked up whose the numbers are that were typed.
pub(crate) async fn looked_up(tx: &mut Tx, world: &World) -> World {
    let world = World { now: world.now.after(Duration::from_secs(10)), ..world.clone() };
    due(tx, &world).await.unwrap();
    world
}

/// Letters that are due, as the edge claims them: by one channel after another.
async fn claim_letters(tx: &mut Tx, world: &World, budgets: Budgets, most: i64) -> Vec<Claimed> {
    let mut claimed = Vec::new();
    for channel in Channel::ALL {
        claimed.extend(claim(tx, world, budgets, channel, most).await.unwrap());
    }
    claimed
}

/// What `author` says under the id `id` about what the clues point at.
fn saying(author: &str, id: &str, text: &str, clues: Vec<Clue>) -> Saying {
    Saying {
        author: author.parse().unwrap(),
        stanza_id: id.to_owned(),
        said: Said::Words(text.to_owned()),
        recording: None,
        lang: None,
        products: Vec::new(),
        xml: String::new(),
        refers: !clues.is_empty(),
        clues,
        quote: String::new(),
    }
}

/// What `sender` asks for under `key`: `comment` to these addresses.
pub(crate) fn submission(sender: &str, key: &str, comment: &str, to: &[&str]) -> Submission {
    let xml = format!(
        "<product xmlns='{}'><name xml:lang='en'>Silver goblet</name></product>",
        tradepost::wire::ns::PRODUCT_SHARE
    );
    let products = read_products(&xml).expect("a product");
    Submission {
        sender: sender.parse().expect("a JID"),
        submit_id: key.to_owned(),
        content_hash: Sha256::digest(format!("{comment} {to:?}")).into(),
        comment: Some(Localized { lang: None, text: comment.to_owned() }),
        recording: None,
        xml: products.iter().map(to_xml).collect::<String>().into(),
        products: products.into(),
        passed_on: PassedOn::default(),
        offer: None,
        recipients: to.iter().map(|to| Address::parse(to).expect("an address")).collect(),
    }
}

/// Makes accounts.
pub(crate) async fn join(tx: &mut Tx, world: &World, people: &[&str]) {
    for jid in people {
        let is_new = take_in(tx, world, jid, "en", None).await.unwrap();
        assert_eq!(is_new, Some(true), "{jid} is new");
    }
}

/// Makes accounts whose presence is known, and who are online.
async fn join_online(tx: &mut Tx, world: &World, people: &[&str]) {
    join(tx, world, people).await;
    for jid in people {
        tx.set_seen_by_us(jid, true).await.unwrap();
        account::came_online(tx, world, jid).await.unwrap();
    }
}

/// Submits one, which must be taken.
pub(crate) async fn take(tx: &mut Tx, world: &World, room: usize, one: Submission) -> Submitted {
    let submitted = submit(tx, world, &[one], room).await.unwrap().pop().expect("an answer");
    assert!(submitted.answer.is_ok(), "{submitted:?}");
    submitted
}

/// So many notes of `author` to `to` about `share`, which went to one recipient; their deliveries
/// are in `state`.
async fn talk(
    tx: &mut Tx,
    world: &World,
    share: ShareId,
    [author, to]: [&str; 2],
    state: State,
    n: i64,
) {
    let about = tx.sent(share).await.unwrap()[0].delivery.about();
    let mut notices = Vec::new();
    for _ in 0..n {
        let note = Note { author: author.to_owned(), said: world.now, ..Note::default() };
        let carries = Carries::Note(tx.insert_note(share, &note).await.unwrap());
        let accepted = Delivery::accepted(false, world.now, world.now.after(LIFE));
        let delivery = NewDelivery {
            id: DeliveryId(world.chance.uuid(world.now)),
            share,
            rcpt: to.to_owned(),
            address: None,
            handle: 0,
            delivery: Delivery { state, ..accepted },
            sent_at: 0,
            author: author.to_owned(),
        };
        notices.push(NewNotice { delivery, carries, about });
    }
    tx.insert_notices(&notices).await.unwrap();
}

/// What these say, in their order.
fn comments(ready: &[Outgoing]) -> Vec<&str> {
    ready.iter().map(|one| one.share.comment.as_ref().map_or("", |it| it.text.as_str())).collect()
}

/// The state of one delivery.
async fn state(tx: &mut Tx, id: DeliveryId) -> State {
    tx.deliveries(&[id]).await.unwrap().pop().expect("the delivery").delivery().state
}

/// How many deliveries there are in each state that has any.
async fn states(tx: &mut Tx) -> Vec<(State, i64)> {
    let books = tx.books().await.unwrap();
    assert!(books.balance(), "{books:?}");
    books.states.into_iter().filter(|(_, n)| *n > 0).collect()
}
