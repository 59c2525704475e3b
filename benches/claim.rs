//! How long a claim of 64 deliveries takes among a million, commit included, and among a thousand.
//!
//! The last line is JSON: `rows`, `p50_ms`, `p99_ms`, `baseline_rows`, `baseline_p99_ms`.

#![expect(clippy::print_stdout, reason = "what a bench is for")]

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use tempfile::TempDir;
use tradepost::{
    claim::claim,
    db::{Db, Tx},
    domain::{
        clock::Millis,
        delivery::{Delivery, State},
        id::{Chance, DeliveryId, RefCode, ShareId},
    },
    outbox::store::NewDelivery,
    share::store::ShareRow,
    wire::product::{read::read_products, write::to_xml},
    world::{Rows, Rules, World},
};

const ROWS: usize = 1_000_000;
const BASELINE: usize = 1_000;
const CLAIMS: usize = 310;
/// What one claim takes at the most.
const LIMIT: i64 = 64;
/// Recipients of a share.
const FAN: usize = 20;
/// Deliveries that one transaction of the filling keeps.
const TRANSACTION: usize = 50_000;

const NOW: Millis = Millis(1_760_000_000_000);
const DAY: Duration = Duration::from_hours(24);

#[tokio::main]
async fn main() -> Result<()> {
    let baseline = measure(BASELINE).await?;
    let large = measure(ROWS).await?;
    let figures = serde_json::json!({
        "rows": ROWS,
        "p50_ms": millis(quantile(&large, 0.50)),
        "p99_ms": millis(quantile(&large, 0.99)),
        "baseline_rows": BASELINE,
        "baseline_p99_ms": millis(quantile(&baseline, 0.99)),
    });
    println!("{figures}");
    Ok(())
}

/// The times of claims in a database of `rows` deliveries, sorted.
async fn measure(rows: usize) -> Result<Vec<Duration>> {
    let folder = TempDir::new().context("cannot make a folder")?;
    let db = Db::open(&format!("sqlite:{}", folder.path().join("claim.db").display())).await?;
    let world = World {
        now: NOW,
        chance: Chance::System,
        pictures: false,
        metrics: Arc::default(),
        rules: Rules::open().into(),
        rows: Rows::default(),
    };
    let begun = Instant::now();
    fill(&db, &world, rows).await?;
    println!("{rows} rows: filled in {:.1} s", begun.elapsed().as_secs_f64());

    let mut times = Vec::with_capacity(CLAIMS);
    let mut claimed = 0;
    for _ in 0..CLAIMS {
        let begun = Instant::now();
        let mut tx = db.write().await?;
        let found = claim(&mut tx, &world, LIMIT).await?;
        tx.commit().await?;
        times.push(begun.elapsed());
        claimed += found.ready.len();
        if rows == BASELINE {
            // It would run out of them.
            let mut tx = db.write().await?;
            tx.orphan_claims(NOW).await?;
            tx.commit().await?;
        }
    }
    ensure!(claimed > CLAIMS * 32, "only {claimed} were claimed: the claims had nothing to do");
    db.close().await;
    times.sort_unstable();
    let [p50, p99, most] = [0.50, 0.99, 1.0].map(|part| millis(quantile(&times, part)));
    println!(
        "{rows} rows: {claimed} in {CLAIMS} claims, p50 {p50} ms, p99 {p99} ms, most {most} ms"
    );
    Ok(times)
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

/// Fills the database: most deliveries have ended or wait for somebody; those that are due are
/// spread over all of it.
async fn fill(db: &Db, world: &World, rows: usize) -> Result<()> {
    let people = (rows / 100).max(FAN * 2);
    let mut tx = db.write().await?;
    for n in 0..people {
        account(&mut tx, n).await?;
    }
    tx.commit().await?;

    let products = products()?;
    let mut filled = 0;
    while filled < rows {
        let mut tx = db.write().await?;
        let end = (filled + TRANSACTION).min(rows);
        let mut shares = Vec::new();
        let mut deliveries = Vec::new();
        while filled < end {
            let share = share(world, filled, people, &products);
            for place in 0..FAN {
                let to = (filled / FAN * 7 + place) % people;
                let state = state(filled + place, rows);
                deliveries.push(delivery(world, ShareId(share.id), to, state));
            }
            shares.push(share);
            filled += FAN;
        }
        tx.insert_shares(&shares).await?;
        tx.insert_deliveries(&deliveries).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// Half are online. Of the others one in ten was not seen for long and has more unconfirmed than
/// anybody may.
async fn account(tx: &mut Tx, n: usize) -> Result<()> {
    let jid = jid(n);
    let long_ago = n % 20 == 1;
    let seen = NOW.before(if long_ago { DAY * 20 } else { DAY / 24 });
    tx.insert_account(&jid, "en", seen).await?;
    tx.set_seen_by_us(&jid, true).await?;
    if n.is_multiple_of(2) {
        tx.set_online(&jid, seen).await?;
    }
    Ok(())
}

fn jid(n: usize) -> String {
    format!("person-{n}@verona.example.org")
}

/// Of a hundred: 2 due, 8 parked, 5 held, 2 just taken, 43 taken for good, 40 confirmed. In the
/// small database 10 are due and none parked, so that a claim finds its 64.
fn state(n: usize, rows: usize) -> State {
    // A walk by a prime spreads each kind over all recipients.
    match n * 37 % 100 {
        0 | 1 => State::Queued,
        2..10 if rows == BASELINE => State::Queued,
        2..10 => State::Parked,
        10..15 => State::Held,
        15 | 16 => State::Handed,
        17..60 => State::HandedFinal,
        _ => State::Confirmed,
    }
}

fn share(world: &World, n: usize, people: usize, products: &str) -> ShareRow {
    ShareRow {
        id: world.chance.uuid(world.now),
        sender: jid(n / FAN % people),
        sender_nick: Some("Juliet".to_owned()),
        submit_id: n.to_string(),
        content_hash: vec![0; 32],
        ref_code: RefCode::from_random(world.chance.bits()).to_string(),
        handle: 1,
        comment_lang: Some("en".to_owned()),
        comment: Some("For your table?".to_owned()),
        recording: None,
        products: products.to_owned(),
        recipients: i64::try_from(FAN).unwrap_or(0),
        accepted_at: NOW.before(DAY).0,
        expires_at: NOW.after(DAY * 29).0,
        revoked_at: None,
        card: None,
        offered: 0,
        answers: None,
    }
}

fn delivery(world: &World, share: ShareId, to: usize, state: State) -> NewDelivery {
    let expires = NOW.after(DAY * 29);
    let due = match state {
        State::Queued => NOW.before(Duration::from_millis(world.chance.bits() % 60_000)),
        State::Held | State::Parked => expires,
        State::Handed => NOW.after(Duration::from_mins(5)),
        _ => Millis::NEVER,
    };
    NewDelivery {
        id: DeliveryId(world.chance.uuid(world.now)),
        share,
        rcpt: jid(to),
        address: None,
        handle: 1,
        delivery: Delivery { state, due, ..Delivery::accepted(true, NOW, expires) },
        author: "juliet@x".to_owned(),
        sent_at: NOW.before(DAY).0,
    }
}

/// A product as people share them, a kilobyte as it is kept.
fn products() -> Result<String> {
    let xml = format!(
        "<product xmlns='{}' id='https://shop.verona.example/p/4006381333931'>\
         <name xml:lang='en'>Silver goblet</name><name xml:lang='zh-CN'>银高脚杯</name>\
         <description xml:lang='en'>{}</description><brand>Capulet Silver</brand>\
         <gtin>4006381333931</gtin><color>silver</color><countryOfOrigin>IT</countryOfOrigin>\
         <offer availability='InStock' price='24.90' priceCurrency='EUR' seller='Verona Table' \
         url='https://shop.verona.example/p/4006381333931'/>\
         <url>https://shop.verona.example/p/4006381333931</url></product>",
        tradepost::wire::ns::PRODUCT_SHARE,
        "Hammered by hand, for wine and for toasts. ".repeat(10).trim_end(),
    );
    let products = read_products(&xml).context("the product is not one")?;
    Ok(products.iter().map(to_xml).collect())
}
