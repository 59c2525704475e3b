//! What `export` and `save` give is read a piece at a time, and says what it said when it was put
//! together whole: `tests/exports` has what that gave of the same rows.

use std::{fs, path::Path, sync::Arc};

use axum::{
    body::{Body, to_bytes},
    extract::Request,
};
use serde_json::Value;
use tower::ServiceExt;
use uuid::Uuid;

use crate::{
    card::{collected, own},
    db::{Db, Tx},
    domain::{
        address::Address,
        card::{Card, Part},
        clock::{Clock, Millis},
        consent::Ask,
        delivery::State,
        id::{DeliveryId, ShareId},
        lang::Lang,
        note::{Carries, Kind, Note, Reference},
        recording::Recording,
    },
    invite::proof,
    leave::export,
    outbox::store_note::NewNotice,
    people::account,
    share::{history, saved},
    tests::{NOW, delivery, facts, join, looked_up, submission, take, world},
    web::{archive::Archive, download::Downloads, saved::router, site::Site},
    wire::product::{
        read::read_products,
        write::{recording_to_xml, to_xml},
    },
};

facts!(what_is_read_in_pieces_is_what_was_read_whole);

const ALICE: &str = "alice@x";
const BOB: &str = "bob@x";
const CAROL: &str = "carol@x";
/// Hers.
const TEL: &str = "tel:+390455550199";

/// Notes of one share, each with the delivery that carries it.
struct Talk {
    share: ShareId,
    /// With whom Alice talks.
    other: &'static str,
    next: u128,
}

impl Talk {
    /// `author` says `note` in the conversation `about`; answers the id under which its reader
    /// knows it.
    async fn say(&mut self, tx: &mut Tx, author: &str, about: DeliveryId, note: Note) -> String {
        self.next += 1;
        let n = self.next;
        let said = Millis(NOW.0 + i64::try_from(n).unwrap());
        let note = Note { author: author.into(), said, ..note };
        let no = tx.insert_note(self.share, &note).await.unwrap();
        let reader = if author == ALICE { self.other } else { ALICE };
        let mut delivery = delivery(n, reader, State::Confirmed, NOW);
        delivery.share = self.share;
        tx.insert_notices(&[NewNotice { delivery, carries: Carries::Note(no), about }])
            .await
            .unwrap();
        Uuid::from_u128(n).to_string()
    }
}

fn words(id: &str, text: &str) -> Note {
    Note { stanza_id: id.into(), text: text.into(), lang: Some("en".into()), ..Note::default() }
}

fn about(note: Note, kind: Kind, id: &str, is_own: bool) -> Note {
    Note { kind, refers: Some(Reference { id: id.into(), is_own }), ..note }
}

/// The two talk: what is said is corrected, taken back and liked, with products and recordings.
async fn talk(tx: &mut Tx, share: ShareId, with: DeliveryId, (bob, first): (&'static str, u128)) {
    let mut talk = Talk { share, other: bob, next: first };
    let xml = format!(
        "<product xmlns='{}'><name xml:lang='en'>Its &lt;foot></name></product>",
        crate::wire::ns::PRODUCT_SHARE
    );
    let products: String = read_products(&xml).expect("a product").iter().map(to_xml).collect();
    let spoken = recording_to_xml(&Recording::at("https://x.lit/a.ogg").unwrap());
    let named = |note: Note| Note { author_nick: Some("Bob".into()), ..note };
    let hevy = talk.say(tx, bob, with, named(words("b1", "how hevy?"))).await;
    talk.say(tx, bob, with, about(words("b2", "how heavy?"), Kind::Correction, &hevy, false)).await;
    talk.say(tx, ALICE, with, words("a1", "two pounds \"<b>\" \u{2028}银")).await;
    talk.say(tx, bob, with, about(words("", "👍"), Kind::Reaction, "a1", true)).await;
    talk.say(tx, bob, with, about(words("", "❤"), Kind::Reaction, "a1", true)).await;
    talk.say(tx, ALICE, with, about(words("", "😀"), Kind::Reaction, &hevy, false)).await;
    talk.say(tx, ALICE, with, Note { products: products.clone(), ..words("a2", "") }).await;
    let gone = talk.say(tx, bob, with, named(words("b3", ""))).await;
    talk.say(tx, ALICE, with, about(words("", "😢"), Kind::Reaction, &gone, false)).await;
    talk.say(tx, bob, with, about(Note::default(), Kind::Retraction, &gone, false)).await;
    talk.say(tx, bob, with, Note { recording: Some(spoken), ..words("b4", "") }).await;
    let other = Note { products, ..words("b5", "and other words") };
    talk.say(tx, bob, with, about(other, Kind::Correction, "unknown", true)).await;
    talk.say(tx, bob, with, about(words("", "🎉"), Kind::Reaction, "unknown", false)).await;
    talk.say(tx, ALICE, with, about(words("a3", "alone"), Kind::Correction, "x", false)).await;
    talk.say(tx, ALICE, with, about(words("", ""), Kind::Reaction, &hevy, false)).await;
    let last = named(words("b6", "the last"));
    talk.say(tx, bob, with, Note { author_nick: Some("Robert".into()), ..last }).await;
}

/// All that there is: two people, what they have shown each other, and their cards.
async fn filled(db: &Db) -> Vec<(&'static str, String)> {
    let world = world();
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &[ALICE, BOB, CAROL]).await;
    let tell: proof::Telling = |_, _| String::new();
    proof::proved(&mut tx, &world, CAROL, &Address::parse(TEL).unwrap(), tell).await.unwrap();
    account::rename(&mut tx, &world, ALICE, "Alice \"A\"").await.unwrap();
    tx.set_ask(ALICE, Ask::Always).await.unwrap();
    let mut card = Card::named("Alice Capulet");
    card.set(Part::Phone, &["+390455550100".to_owned()]);
    own::set(&mut tx, &world, ALICE, "", &card).await.unwrap().unwrap();
    own::set(&mut tx, &world, ALICE, "work", &card).await.unwrap().unwrap();
    let to = [BOB, TEL, "unknown@y"];
    take(&mut tx, &world, 0, submission(ALICE, "k1", "see <this>", &to)).await;
    take(&mut tx, &world, 0, submission(BOB, "k2", "看", &[ALICE])).await;
    take(&mut tx, &world, 0, submission(ALICE, "k3", "gone", &[BOB])).await;
    looked_up(&mut tx, &world).await;
    for n in 0..130 {
        let mut card = Card::named(&format!("Person {n:03} 朱"));
        card.set(Part::Note, &["line one\nline <two> \"three\"".to_owned()]);
        collected::add(&mut tx, &world, ALICE, &card).await.unwrap().unwrap();
    }
    let (alice, bob) = (ALICE.parse().unwrap(), BOB.parse().unwrap());
    for (handle, first) in [(1, 1_000_u128), (2, 2_000)] {
        let item = history::item(&mut tx, &alice, Some(handle)).await.unwrap().expect("it");
        let between = tx.conversations(item.share).await.unwrap();
        for row in between {
            let (about, carols) = (DeliveryId(row.id), first + 500);
            match row.rcpt.as_str() {
                ALICE | BOB => talk(&mut tx, item.share, about, (BOB, first)).await,
                CAROL => talk(&mut tx, item.share, about, (CAROL, carols)).await,
                _ => {}
            }
        }
    }
    let gone = history::item(&mut tx, &alice, Some(3)).await.unwrap().expect("it");
    tx.revoke_share(gone.share, NOW).await.unwrap();
    let mut links = Vec::new();
    let all = export::export(&mut tx, &world, &alice).await.unwrap();
    links.extend([("alice.json", format!("{all}.json")), ("alice.vcf", format!("{all}.vcf"))]);
    let his = export::export(&mut tx, &world, &bob).await.unwrap();
    links.push(("bob.json", format!("{his}.json")));
    let sent = history::item(&mut tx, &alice, Some(1)).await.unwrap().expect("it");
    let sent = saved::save(&mut tx, &world, &alice, &sent).await.unwrap().expect("a link");
    links.extend([("sent.json", format!("{sent}.json")), ("sent.html", format!("{sent}.html"))]);
    let got = history::item(&mut tx, &bob, Some(1)).await.unwrap().expect("it");
    let got = saved::save(&mut tx, &world, &bob, &got).await.unwrap().expect("a link");
    links.extend([("got.json", format!("{got}.json")), ("got.html", format!("{got}.html"))]);
    tx.commit().await.unwrap();
    links
}

fn site() -> Site {
    Site {
        public_url: "https://share.verona.lit".into(),
        name: "Tradepost".into(),
        contact: "share@share.verona.lit".parse().unwrap(),
        lang: Lang::En,
    }
}

async fn fetched(db: &Db, name: &str) -> String {
    let clock = Clock::Manual(Arc::new(NOW.0.into()));
    let archive = Archive { db: db.clone(), clock, pictures: false };
    let router = router(site(), archive, Downloads::default());
    let request = Request::get(format!("/k/{name}")).body(Body::empty()).unwrap();
    let answer = router.oneshot(request).await.unwrap();
    assert_eq!(answer.status(), 200, "{name}");
    let body = to_bytes(answer.into_body(), 1 << 24).await.unwrap();
    String::from_utf8(body.to_vec()).unwrap()
}

async fn what_is_read_in_pieces_is_what_was_read_whole(db: &Db) {
    for (file, name) in filled(db).await {
        let now = fetched(db, &name).await;
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/exports").join(file);
        let then = fs::read_to_string(path).unwrap();
        if file.ends_with("json") {
            let read = |text: &str| serde_json::from_str::<Value>(text).expect("JSON");
            assert_eq!(read(&now), read(&then), "{file}");
        } else {
            let lines = |text: &str| -> Vec<String> {
                let all = text.lines().map(|line| line.trim_end().to_owned());
                all.filter(|line| !line.is_empty()).collect()
            };
            assert_eq!(lines(&now), lines(&then), "{file}");
        }
    }
}
