//! Readers of what strangers write do work in proportion to it: twice the input, at most twice the
//! steps. Steps are instructions, counted by callgrind, so neither a busy machine nor our own code
//! decides; what is counted is everything that a reader calls, the standard library and crates too.
//!
//! Each test runs this binary again under valgrind with one reader, which is given every worst
//! input in sizes from 1 to 256 KB. A reader that refuses what is too long is read up to its bound.

mod card;
mod chat;
mod stanza;

use std::{env, fs, hint::black_box, path::Path, time::Duration};

use minidom::Element;
use tempfile::TempDir;

use crate::harness::{
    eventually, place,
    process::{Process, guarded},
};

/// The sizes of inputs, in bytes, each twice the one before.
const SIZES: [usize; 9] =
    [1 << 10, 2 << 10, 4 << 10, 8 << 10, 16 << 10, 32 << 10, 64 << 10, 128 << 10, 256 << 10];
/// The most that the steps of one size may be of those of the size before: twice, and what sorting
/// and growing take besides.
const RATIO: f64 = 2.2;
/// Steps that any reader may take whatever it is given: tables made at the first use, and the like.
const CONSTANT: f64 = 400_000.0;
/// How long one reading may take at the most under callgrind, on a machine that has much else to do:
/// it is there to end, and decides nothing where twice the input takes twice the steps.
const PATIENCE: Duration = Duration::from_mins(15);
/// What the process under callgrind reads by, and from which of its cases on.
const READER: &str = "TRADEPOST_TEST_READER";
const FROM: &str = "TRADEPOST_TEST_FROM";

/// One worst input of a reader: its name, and what makes it of about so many bytes. What is made is
/// read when it is called, and only that is counted.
type Case = (&'static str, fn(usize) -> Run);
type Run = Box<dyn FnOnce()>;

/// What one reading of a text is.
fn reading<T: 'static>(text: String, read: fn(&str) -> T) -> Run {
    Box::new(move || drop(black_box(read(&text))))
}

/// `head`, and `unit` as often as fits into `size` bytes.
fn repeated(head: &str, unit: &str, size: usize) -> String {
    head.to_owned() + &unit.repeat(size / unit.len())
}

/// `head`, and numbered units of `size` bytes together.
fn numbered(head: &str, size: usize, unit: fn(usize) -> String) -> String {
    let mut text = head.to_owned();
    let mut number = 0;
    while text.len() < size {
        text.push_str(&unit(number));
        number += 1;
    }
    text
}

/// The same in XML: what [`element`] makes many copies of, which is cheaper than to parse them.
fn many(unit: &str, size: usize) -> String {
    format!("<many count='{}'>{unit}</many>", size / unit.len())
}

/// What this XML says.
fn element(xml: &str) -> Element {
    let mut element: Element = xml.parse().expect("an element");
    multiply(&mut element);
    element
}

fn multiply(element: &mut Element) {
    let namespace = element.ns();
    while let Some(many) = element.remove_child("many", namespace.as_str()) {
        let count = many.attr("count").and_then(|it| it.parse().ok()).expect("how many");
        let units: Vec<&Element> = many.children().collect();
        for one in units.into_iter().cycle().take(count) {
            element.append_child(one.clone());
        }
    }
    element.children_mut().for_each(multiply);
}

fn cases(reader: &str) -> Vec<Case> {
    match reader {
        "words" => chat::words(),
        "people" => chat::people(),
        "prices" => chat::prices(),
        "hours" => chat::hours(),
        "quotes" => chat::quotes(),
        "texts" => chat::texts(),
        "fields" => chat::fields(),
        "card-text" => card::texts(),
        "card-xml" => card::elements(),
        "card-use" => card::uses(),
        "messages" => stanza::messages(),
        "questions" => stanza::questions(),
        "bytes" => stanza::bytes(),
        "framed" => stanza::framed(),
        "products" => stanza::products(),
        "squares" => vec![("every pair of bytes", |size| reading("x".repeat(size), pairs))],
        other => panic!("no reader {other}"),
    }
}

/// Work that grows with the square of the text.
fn pairs(text: &str) -> usize {
    text.bytes().map(|one| text.bytes().filter(|other| one < *other).count()).sum()
}

/// What is counted: nothing outside of it is.
#[inline(never)]
fn measured(run: Run) {
    run();
}

#[test]
#[ignore = "is run under callgrind, by the other tests here"]
fn driver() {
    let from = env::var(FROM).expect("from where").parse().expect("a number");
    for (_, make) in cases(&env::var(READER).expect("a reader")).into_iter().skip(from) {
        // Tables that are made at the first use are nobody's steps.
        make(SIZES[0])();
        for size in SIZES {
            measured(make(size));
        }
    }
}

/// One process under callgrind.
struct Counter {
    process: Process,
    folder: TempDir,
}

impl Counter {
    fn start(reader: &str, from: usize) -> Self {
        let folder = place::folder("steps-");
        let out = folder.path().join("out");
        let mut command = guarded("valgrind", "KILL");
        command
            .args(["--tool=callgrind", "--collect-atstart=no"])
            .args(["--toggle-collect=it::readers::measured", "--dump-after=it::readers::measured"])
            .arg(format!("--callgrind-out-file={}", out.display()))
            .arg(env::current_exe().expect("this binary"))
            .args(["--exact", "readers::driver", "--ignored", "--test-threads=1"])
            .env(READER, reader)
            .env(FROM, from.to_string());
        let process = Process::start(command, &folder.path().join("log"));
        Self { process, folder }
    }

    /// The steps of the reading of this number, from 1; none when it takes too long.
    async fn steps(&self, number: usize) -> Option<f64> {
        let out = self.folder.path().join(format!("out.{number}"));
        let mut steps = None;
        eventually(PATIENCE, async || {
            steps = total(&out);
            assert!(
                steps.is_some() || self.process.status().is_none() || total(&out).is_some(),
                "the process has ended:\n{}",
                self.process.log()
            );
            steps.is_some()
        })
        .await;
        steps
    }
}

/// The last line of what callgrind writes: `totals: 1234`.
fn total(out: &Path) -> Option<f64> {
    let text = fs::read_to_string(out).ok()?;
    text.lines().last()?.strip_prefix("totals: ")?.trim().parse().ok()
}

/// The cases in which twice the input takes more than twice the steps, and which sizes those are.
async fn growing(reader: &str) -> Vec<String> {
    let cases = cases(reader);
    let mut found = Vec::new();
    let mut counter = Counter::start(reader, 0);
    let mut dumps = 0;
    for (at, (name, _)) in cases.iter().enumerate() {
        let mut before: Option<f64> = None;
        for size in SIZES {
            dumps += 1;
            let steps = counter.steps(dumps).await;
            let fits =
                steps.filter(|steps| before.is_none_or(|it| *steps <= it * RATIO + CONSTANT));
            if fits.is_none() {
                let taken = steps.map_or("too many".to_owned(), |steps| steps.to_string());
                let half = before.unwrap_or_default();
                found
                    .push(format!("{name}: {taken} steps for {size} bytes, {half} for half of it"));
                if at + 1 < cases.len() {
                    (counter, dumps) = (Counter::start(reader, at + 1), 0);
                }
                break;
            }
            before = steps;
        }
    }
    found
}

async fn reads_in_steps(reader: &str) {
    let found = growing(reader).await;
    assert!(found.is_empty(), "{reader}:\n{}", found.join("\n"));
}

/// A test for each reader.
macro_rules! readers {
    ($($test:ident = $reader:literal),+ $(,)?) => {
        $(#[tokio::test]
        async fn $test() {
            reads_in_steps($reader).await;
        })+
    };
}

readers! {
    a_line_in_the_chat_is_read_in_steps_that_grow_with_it = "words",
    people_are_read_in_steps_that_grow_with_them = "people",
    prices_and_things_are_read_in_steps_that_grow_with_them = "prices",
    hours_zones_and_numbers_are_read_in_steps_that_grow_with_them = "hours",
    a_quote_is_read_in_steps_that_grow_with_it = "quotes",
    a_text_is_cleaned_in_steps_that_grow_with_it = "texts",
    a_field_is_checked_in_steps_that_grow_with_it = "fields",
    the_text_of_a_card_is_read_in_steps_that_grow_with_it = "card-text",
    a_card_in_xml_is_read_in_steps_that_grow_with_it = "card-xml",
    a_card_is_compared_and_written_in_steps_that_grow_with_it = "card-use",
    a_message_is_understood_in_steps_that_grow_with_it = "messages",
    a_question_is_understood_in_steps_that_grow_with_it = "questions",
    the_bytes_of_a_stanza_are_read_in_steps_that_grow_with_them = "bytes",
    a_stanza_of_the_stream_is_read_in_steps_that_grow_with_it = "framed",
    products_are_checked_in_steps_that_grow_with_them = "products",
}

/// What one stanza may hold, in whatever order, is no worse than as many elements as it may hold.
#[tokio::test]
async fn no_stanza_that_is_let_through_takes_many_more_steps_than_one_of_elements() {
    let (cases, counter) = (cases("framed"), Counter::start("framed", 0));
    let mut most = Vec::new();
    for (at, (name, _)) in cases.iter().enumerate() {
        let mut steps = 0.0_f64;
        for number in 1..=SIZES.len() {
            let taken = counter.steps(at * SIZES.len() + number).await.expect("it ends");
            steps = steps.max(taken);
        }
        most.push((*name, steps));
    }
    let (_, elements) = most[0];
    let over: Vec<_> = most.iter().filter(|(_, steps)| *steps > 2.0 * elements).collect();
    assert!(over.is_empty(), "{elements} steps for elements, but {over:?}");
}

#[tokio::test]
async fn a_reader_whose_steps_grow_with_the_square_is_found() {
    let found = growing("squares").await;
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].starts_with("every pair of bytes: "), "{found:?}");
}
