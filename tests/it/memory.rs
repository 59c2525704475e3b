//! How large the process becomes, by what others ask of it: measured on the program itself.

use std::{fs, time::Duration};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use tradepost::{
    card::collected,
    db::Db,
    domain::{
        card::{Card, Part},
        clock::Clock,
        delivery::State,
        id::{DeliveryId, ShareId},
        note::{Carries, Note},
    },
    leave::export,
    outbox::store_note::NewNotice,
    share::history,
    world::World,
};

use crate::{
    fetch::{picture::share as show, source::Source},
    harness::{
        PATIENCE,
        component::{Component, Plan},
        eventually,
        fixture::{NOW, delivery, join, submission, take, world},
        http,
        server::{Kind, Server},
    },
    stanzas::alice_and_bob,
};

const ALICE: &str = "alice@localhost";
const BOB: &str = "bob@localhost";
pub(crate) const MIB: u64 = 1 << 20;

/// A line of `/proc/PID/status`, in bytes: `VmRSS`, or `VmHWM`, the most there ever was.
pub(crate) fn memory(component: &Component, line: &str) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", component.pid())).unwrap();
    let found = status.lines().find_map(|it| it.strip_prefix(line)?.strip_prefix(':'));
    let kib = found.expect(line).trim().trim_end_matches(" kB").parse::<u64>().unwrap();
    kib * 1024
}

/// Forgets the most that there ever was.
pub(crate) fn forget_peak(component: &Component) {
    fs::write(format!("/proc/{}/clear_refs", component.pid()), "5").expect("a peak to forget");
}

/// Fills the database of `plan` with an address book of 10,000 cards and 20,000 messages, and
/// answers the path of the link to all of it.
async fn filled(plan: &Plan) -> String {
    let file = plan.dir().join("tradepost.db");
    let db = Db::open(&format!("sqlite:{}", file.display())).await.unwrap();
    let world = World { now: Clock::System.now(), ..world() };
    let mut tx = db.write().await.unwrap();
    join(&mut tx, &world, &[ALICE, BOB]).await;
    let alice = ALICE.parse().unwrap();
    let mut next = 1_000_u128;
    for n in 0..5 {
        take(&mut tx, &world, 0, submission(ALICE, &n.to_string(), "see", &[BOB])).await;
        let item = history::item(&mut tx, &alice, None).await.unwrap().expect("it");
        let about = DeliveryId(tx.conversations(item.share).await.unwrap()[0].id);
        let share = ShareId(item.share.0);
        for _ in 0..40 {
            let mut notices = Vec::new();
            for _ in 0..100 {
                next += 1;
                let text = format!("{next} {}", "words ".repeat(100));
                let note = Note { author: BOB.into(), text, said: NOW, ..Note::default() };
                let no = tx.insert_note(share, &note).await.unwrap();
                let mut delivery = delivery(next, ALICE, State::Confirmed, NOW);
                delivery.share = share;
                notices.push(NewNotice { delivery, carries: Carries::Note(no), about });
            }
            tx.insert_notices(&notices).await.unwrap();
        }
    }
    for n in 0..10_000 {
        let mut card = Card::named(&format!("Person {n:05}"));
        card.set(Part::Phone, &[format!("+3904555{n:05}")]);
        card.set(Part::Note, &["a note ".repeat(100)]);
        collected::add(&mut tx, &world, ALICE, &card).await.unwrap().unwrap();
    }
    let link = export::export(&mut tx, &world, &alice).await.unwrap();
    tx.commit().await.unwrap();
    db.close().await;
    format!("/k/{link}.json")
}

#[tokio::test]
async fn four_exports_at_once_take_no_more_memory_than_thirty_two_mebibytes() {
    let server = Server::start(Kind::Prosody).await;
    let plan = Plan::new(&server);
    let path = filled(&plan).await;
    let component = plan.start().await;
    let before = memory(&component, "VmRSS");
    forget_peak(&component);
    // One reads nothing of what it asked for.
    let mut slow = TcpStream::connect(component.pages()).await.unwrap();
    slow.write_all(format!("GET {path} HTTP/1.1\r\nHost: x\r\n\r\n").as_bytes()).await.unwrap();
    let mut head = [0; 12];
    slow.read_exact(&mut head).await.unwrap();
    assert_eq!(&head, b"HTTP/1.1 200");
    let get = || http::get(component.pages(), &path);
    let (one, two, three) = tokio::join!(get(), get(), get());
    for answer in [one, two, three] {
        let answer = answer.unwrap();
        let all: serde_json::Value = serde_json::from_str(&answer.body).expect("JSON");
        assert_eq!(all["cards"].as_array().unwrap().len(), 10_000);
        let said =
            |share: &serde_json::Value| share["conversations"][0]["said"].as_array().unwrap().len();
        let said: usize = all["shares"].as_array().unwrap().iter().map(said).sum();
        assert_eq!((said, &all["complete"]), (20_000, &true.into()));
    }
    let most = memory(&component, "VmHWM");
    eprintln!("before {} MiB, at most {} MiB", before / MIB, most / MIB);
    assert!(most < before + 32 * MIB, "{} MiB, then {}", before / MIB, most / MIB);
    // Who reads nothing keeps no connection to the database, of which there are four.
    for _ in 0..8 {
        let card = path.replace(".json", ".vcf");
        assert_eq!(http::get(component.pages(), &card).await.unwrap().status, 200);
    }
    drop(slow);
    let series = "tradepost_memory_bytes{use=\"downloads\"}";
    let is_free = async || component.metrics().await.get(series) == Some(&0.0);
    assert!(eventually(PATIENCE, is_free).await, "{:?}", component.metrics().await);
}

#[tokio::test]
async fn four_pictures_that_unfold_at_once_are_decoded_one_after_the_other() {
    let server = Server::start(Kind::Prosody).await;
    let source = Source::start().await;
    let component = Plan::new(&server)
        .set("pictures.fetch", true)
        .set("pictures.allow_private", true)
        .start()
        .await;
    let (alice, _bob) = alice_and_bob(&server).await;
    let before = memory(&component, "VmRSS");
    forget_peak(&component);
    for n in 0..4 {
        show(&alice, &format!("k{n}"), &source.url(&format!("/bomb?{n}"))).await;
    }
    let stored = "tradepost_pictures_total{result=\"stored\"}";
    let all = async || component.metrics().await.get(stored) == Some(&4.0);
    assert!(eventually(Duration::from_mins(2), all).await, "{:?}", component.metrics().await);
    let most = memory(&component, "VmHWM");
    eprintln!("before {} MiB, at most {} MiB", before / MIB, most / MIB);
    // One takes about 100 MiB, and what it has given up goes a little after the next has begun.
    assert!(most < before + 240 * MIB, "{} MiB, then {}", before / MIB, most / MIB);
    // What was taken comes back to the machine.
    let is_back = async || memory(&component, "VmRSS") < before + 32 * MIB;
    assert!(eventually(PATIENCE, is_back).await, "{}", memory(&component, "VmRSS") / MIB);
}
