//! How long a page of an address book takes among 10,000 collected cards, some of 64 KiB, and among
//! few: the first page as `cards` gives it, one from the middle, a category, and a search.
//!
//! The last line is JSON: `cards`, `p50_ms`, `p99_ms`, `search_p99_ms`, `baseline_cards`,
//! `baseline_p99_ms`, `baseline_search_p99_ms`.

#![expect(clippy::print_stdout, reason = "what a bench is for")]

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use tempfile::TempDir;
use tradepost::{
    domain::{
        card::{Card, Part},
        clock::Millis,
        id::Chance,
    },
    ops::{
        Rules, World,
        address_book::{Filter, list, page, waiting},
        collected::{CARDS_MAX, add},
    },
    store::{
        address_book::Place,
        db::{Db, Tx},
    },
};

const BASELINE: i64 = 100;
/// Looks of each kind.
const LOOKS: i64 = 250;
/// Every so many cards one has nearly 64 KiB.
const LARGE: i64 = 20;
const OWNER: &str = "juliet@verona.example.org";
const NOW: Millis = Millis(1_760_000_000_000);

#[tokio::main]
async fn main() -> Result<()> {
    let (baseline, baseline_search) = measure(BASELINE).await?;
    let (large, search) = measure(CARDS_MAX).await?;
    let figures = serde_json::json!({
        "cards": CARDS_MAX,
        "p50_ms": millis(quantile(&large, 0.50)),
        "p99_ms": millis(quantile(&large, 0.99)),
        "search_p99_ms": millis(quantile(&search, 0.99)),
        "baseline_cards": BASELINE,
        "baseline_p99_ms": millis(quantile(&baseline, 0.99)),
        "baseline_search_p99_ms": millis(quantile(&baseline_search, 0.99)),
    });
    println!("{figures}");
    Ok(())
}

/// The times of lists, and of searches, in a book of so many cards, sorted.
async fn measure(cards: i64) -> Result<(Vec<Duration>, Vec<Duration>)> {
    let folder = TempDir::new().context("cannot make a folder")?;
    let db = Db::open(&format!("sqlite:{}", folder.path().join("cards.db").display())).await?;
    let world = World {
        now: NOW,
        chance: Chance::System,
        pictures: false,
        metrics: Arc::default(),
        rules: Rules::open().into(),
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
        listed(&mut tx, Filter::All, &Place::default()).await?;
        lists.push(begun.elapsed());
        let begun = Instant::now();
        let number = look * 7919 % (cards / 10) + 1;
        let from = page(&mut tx, OWNER, number, 10).await?.context("a page")?;
        listed(&mut tx, Filter::All, &from).await?;
        lists.push(begun.elapsed());
        let begun = Instant::now();
        listed(&mut tx, Filter::Category("Friends"), &Place::default()).await?;
        lists.push(begun.elapsed());
        let begun = Instant::now();
        let words = format!("silver {:04}", look % cards);
        listed(&mut tx, Filter::Words(&words), &Place::default()).await?;
        searches.push(begun.elapsed());
    }
    db.close().await;
    lists.sort_unstable();
    searches.sort_unstable();
    for (name, times) in [("list", &lists), ("search", &searches)] {
        let [p50, p99, most] = [0.50, 0.99, 1.0].map(|part| millis(quantile(times, part)));
        println!("{cards} cards: {name} p50 {p50} ms, p99 {p99} ms, most {most} ms");
    }
    Ok((lists, searches))
}

async fn listed(tx: &mut Tx, filter: Filter<'_>, from: &Place) -> Result<()> {
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
