//! How long a page of an address book takes among 10,000 collected cards, some of 64 KiB, and among
//! few: the first page as `cards` gives it, one from the middle, a category, and a search. Then how
//! long an exchange takes in that book: a card is given, and the other one goes back for it.
//!
//! The last line is JSON: `cards`, `p50_ms`, `p99_ms`, `search_p99_ms`, `exchange_p99_ms`,
//! `exchanges_a_minute`, and `p99_ms`, `search_p99_ms` and `exchange_p99_ms` of the `baseline`.

#![expect(clippy::print_stdout, reason = "what a bench is for")]

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use jid::BareJid;
use tempfile::TempDir;
use tradepost::{
    card::{
        address_book::{Filter, list, page, waiting},
        collected::{CARDS_MAX, add, delete},
        give::{Giving, Which, give},
        inbox::{self, Back, Decided},
        own,
        store_address_book::Cursor,
    },
    db::{Db, Tx},
    domain::{
        address::Address,
        card::{Card, Part},
        clock::Millis,
        id::Chance,
    },
    invite::join::take_in,
    world::{Rows, Rules, World},
};

const BASELINE: i64 = 100;
/// Looks of each kind.
const LOOKS: i64 = 250;
/// Cards that change hands, one after the other.
const EXCHANGES: u32 = 200;
/// Every so many cards one has nearly 64 KiB.
const LARGE: i64 = 20;
const OWNER: &str = "juliet@verona.example.org";
const FRIEND: &str = "romeo@verona.example.org";
const NOW: Millis = Millis(1_760_000_000_000);

#[tokio::main]
async fn main() -> Result<()> {
    let (baseline, baseline_search, baseline_exchange) = measure(BASELINE).await?;
    let (large, search, exchange) = measure(CARDS_MAX).await?;
    let exchanging: f64 = exchange.iter().map(Duration::as_secs_f64).sum();
    let figures = serde_json::json!({
        "cards": CARDS_MAX,
        "p50_ms": millis(quantile(&large, 0.50)),
        "p99_ms": millis(quantile(&large, 0.99)),
        "search_p99_ms": millis(quantile(&search, 0.99)),
        "exchange_p99_ms": millis(quantile(&exchange, 0.99)),
        "exchanges_a_minute": (60.0 * f64::from(EXCHANGES) / exchanging).round(),
        "baseline_cards": BASELINE,
        "baseline_p99_ms": millis(quantile(&baseline, 0.99)),
        "baseline_search_p99_ms": millis(quantile(&baseline_search, 0.99)),
        "baseline_exchange_p99_ms": millis(quantile(&baseline_exchange, 0.99)),
    });
    println!("{figures}");
    Ok(())
}

/// The times of lists, of searches, and of exchanges, in a book of so many cards, sorted.
async fn measure(cards: i64) -> Result<(Vec<Duration>, Vec<Duration>, Vec<Duration>)> {
    let folder = TempDir::new().context("cannot make a folder")?;
    let db = Db::open(&format!("sqlite:{}", folder.path().join("cards.db").display())).await?;
    let world = World {
        now: NOW,
        chance: Chance::System,
        pictures: false,
        metrics: Arc::default(),
        rules: Rules::open().into(),
        rows: Rows::default(),
    };
    let begun = Instant::now();
    fill(&db, &world, cards).await?;
    println!("{cards} cards: filled in {:.1} s", begun.elapsed().as_secs_f64());
    let (mut lists, mut searches) = (Vec::new(), Vec::new());
    for look in 0..LOOKS {
        let mut tx = db.read().await?;
        // What `cards` does, and then `cards PAGE` somewhere.
        let begun = Instant::now();
        waiting(&mut tx, NOW, OWNER).await?;
        listed(&mut tx, Filter::All, &Cursor::default()).await?;
        lists.push(begun.elapsed());
        let begun = Instant::now();
        let number = look * 7919 % (cards / 10) + 1;
        let from = page(&mut tx, OWNER, number, 10).await?.context("a page")?;
        listed(&mut tx, Filter::All, &from).await?;
        lists.push(begun.elapsed());
        let begun = Instant::now();
        listed(&mut tx, Filter::Category("Friends"), &Cursor::default()).await?;
        lists.push(begun.elapsed());
        let begun = Instant::now();
        let words = format!("silver {:04}", look % cards);
        listed(&mut tx, Filter::Words(&words), &Cursor::default()).await?;
        searches.push(begun.elapsed());
    }
    let mut exchanges = exchange(&db, &world, cards).await?;
    db.close().await;
    lists.sort_unstable();
    searches.sort_unstable();
    exchanges.sort_unstable();
    for (name, times) in [("list", &lists), ("search", &searches), ("exchange", &exchanges)] {
        let [p50, p99, most] = [0.50, 0.99, 1.0].map(|part| millis(quantile(times, part)));
        println!("{cards} cards: {name} p50 {p50} ms, p99 {p99} ms, most {most} ms");
    }
    Ok((lists, searches, exchanges))
}

/// Romeo gives his card and asks for hers; she says yes, and he keeps what comes back. Three
/// transactions, each on disk before the next, as commands are.
async fn exchange(db: &Db, world: &World, cards: i64) -> Result<Vec<Duration>> {
    let (owner, friend): (BareJid, BareJid) = (OWNER.parse()?, FRIEND.parse()?);
    let mut tx = db.write().await?;
    take_in(&mut tx, world, FRIEND, "en", None).await?;
    for (jid, name) in [(OWNER, "Juliet Capulet"), (FRIEND, "Romeo Montague")] {
        let made = own::set(&mut tx, world, jid, "", &Card::named(name)).await?;
        ensure!(made.is_ok(), "{jid} has no card");
    }
    // Room for what comes.
    if cards == CARDS_MAX {
        for handle in 1..=i64::from(EXCHANGES) {
            let gone = delete(&mut tx, world, OWNER, handle, true).await?;
            ensure!(gone, "card {handle} was not deleted");
        }
    }
    tx.commit().await?;
    let mut times = Vec::new();
    for n in 0..EXCHANGES {
        let begun = Instant::now();
        let mut tx = db.write().await?;
        let giving = Giving {
            giver: friend.clone(),
            submit_id: n.to_string(),
            which: Which::Own(String::new()),
            swap: true,
            updates: None,
            invite: false,
            recipients: vec![Address::Xmpp(owner.clone())],
        };
        let given = give(&mut tx, world, giving).await?;
        let offer = given.ok().context("not given")?.accepted.share;
        tx.commit().await?;
        let mut tx = db.write().await?;
        let it = inbox::offered(&mut tx, &owner, inbox::Which::Offer(offer)).await?;
        let own = Back::Own(String::new());
        let it = it.context("an offer")?;
        let decided = inbox::accept(&mut tx, world, &owner, &it, own).await?;
        ensure!(decided == Decided::Swapped, "{decided:?}");
        tx.commit().await?;
        let mut tx = db.write().await?;
        let back = inbox::pending(&mut tx, world.now, &friend, 0, 1).await?.pop();
        let back = back.context("the card that comes back")?;
        let decided = inbox::take(&mut tx, world, &friend, &back, &[]).await?;
        ensure!(decided == Decided::Taken, "{decided:?}");
        tx.commit().await?;
        times.push(begun.elapsed());
    }
    Ok(times)
}

async fn listed(tx: &mut Tx, filter: Filter<'_>, from: &Cursor) -> Result<()> {
    let found = list(tx, OWNER, filter, from, 10).await?;
    ensure!(!found.cards.is_empty(), "nothing was listed by {filter:?}");
    Ok(())
}

/// Cards as people have them, in no order; every twentieth with as long a note as one can have.
async fn fill(db: &Db, world: &World, cards: i64) -> Result<()> {
    let mut tx = db.write().await?;
    tx.insert_account(OWNER, "en", NOW).await?;
    for n in 0..cards {
        // A walk by a prime: the order in which they come is not that of their names.
        let name = n * 7919 % cards;
        let mut card = Card::named(&format!("Guest {name:05}"));
        let mut set = |part, value: String| card.set(part, &[value]);
        set(Part::Organisation, format!("Verona Silver {name:04}"));
        set(Part::Phone, format!("+39045{:07}", 5_550_000 + n));
        set(Part::Mail, format!("guest-{n}@verona.example.org"));
        set(Part::Address, format!("Via Cappello {n}"));
        set(Part::Categories, if n % 3 == 0 { "Friends" } else { "Work" }.to_owned());
        if n % LARGE == 0 {
            set(Part::Note, "Hammered by hand, for wine and for toasts. ".repeat(1450));
        }
        ensure!(add(&mut tx, world, OWNER, &card).await?.is_ok(), "card {n} was not taken");
    }
    tx.commit().await?;
    Ok(())
}

fn quantile(sorted: &[Duration], part: f64) -> Duration {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "a place among some hundred"
    )]
    let place = ((sorted.len() as f64 * part).ceil() as usize).saturating_sub(1);
    sorted.get(place).copied().unwrap_or_default()
}

fn millis(time: Duration) -> f64 {
    (time.as_secs_f64() * 100_000.0).round() / 100.0
}
