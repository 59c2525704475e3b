use std::{future::ready, pin::Pin, sync::Arc};

use axum::{
    body::{self, Body},
    extract::Request,
};
use futures_util::FutureExt;
use jid::BareJid;
use scraper::{Html, Selector};
use tempfile::TempDir;
use tokio::task::yield_now;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;
use url::form_urlencoded;
use uuid::Uuid;

use super::*;
use crate::{
    card::{browser, collected, store::CollectedRow, store_browser::CardDeskRow},
    committer::committer,
    db::Db,
    domain::{
        card::{Card, Part},
        clock::{Clock, Millis},
        collected::Entry,
        id::Chance,
        lang::Lang,
    },
    limits::{Limits, Rates},
    metrics::Metrics,
    web::leader::{Leader, Server},
    world::Rules,
};

const ROMEO: &str = "romeo@montague.lit";
const LINK: &str = "0123456789abcdef0123456789abcdef";
const FILE: &str = "fedcba9876543210fedcba9876543210";
const SESSION: &str = "ffffffffffffffffffffffffffffffff";

/// Romeo's cards in a database, open with [`SESSION`].
struct Book {
    books: AddressBooks,
    _dir: TempDir,
}

/// What Romeo has of Juliet.
fn juliet() -> Card {
    let mut card = Card::named("Juliet <script>alert(1)</script>");
    card.set(Part::Url, &["https://capulet.lit/?a=\"><script>".to_owned()]);
    card.set(Part::Phone, &["+390455550100".to_owned(), "+390455550199".to_owned()]);
    card.set(Part::Organisation, &["\"Capulet\" & Co".to_owned()]);
    card.set(Part::Note, &["one\n\"two\"".to_owned()]);
    card.set(Part::Categories, &["A&b=1".to_owned()]);
    card
}

/// The same as the database gives it.
fn unchanged() -> String {
    Card::parse(&juliet().to_string()).unwrap().to_string()
}

fn row(handle: i64, card: &Card) -> CollectedRow {
    CollectedRow {
        id: Uuid::from_u128(handle.unsigned_abs().into()),
        account: ROMEO.into(),
        handle,
        giver: Some("juliet@capulet.lit".into()),
        giver_card: None,
        third: true,
        follows: true,
        followed_at: 0,
        parts: String::new(),
        changed_at: 0,
        deleted_at: None,
        merged_into: None,
        undo_until: (handle <= 8).then_some(handle - 6),
        card: card.to_string(),
        before: (handle <= 8).then(|| Card::named("Juliet as she was").to_string()),
        known_as: String::new(),
        own_name: false,
        known_before: None,
        own_before: false,
        before_since: None,
    }
}

impl Book {
    async fn new() -> Self {
        Self::with(true, 0).await
    }

    /// Of an instance that `leads`. Juliet's card is number 7, and behind it come fifty others, each with
    /// so many bytes to be searched.
    async fn with(leads: bool, bytes: usize) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("tradepost.db");
        let db = Db::open(&format!("sqlite:{}", file.display())).await.unwrap();
        let mut tx = db.write().await.unwrap();
        tx.insert_account(ROMEO, "en", Millis(0)).await.unwrap();
        for handle in 7..58 {
            let card = if handle == 7 { juliet() } else { Card::named(&format!("Nurse {handle}")) };
            let mut entry = Entry::of(&card, None);
            entry.words.push_str(&"x".repeat(bytes));
            tx.insert_collected(&row(handle, &card), &entry).await.unwrap();
        }
        for (token, kind) in [(LINK, 0), (SESSION, 1), (FILE, 2)] {
            let link = CardDeskRow {
                hash: Token::parse(token).unwrap().hash(),
                account: ROMEO.into(),
                kind,
                what: String::new(),
                expires_at: 1_000,
            };
            tx.insert_card_desk(&link).await.unwrap();
        }
        tx.commit().await.unwrap();
        let clock = Clock::Manual(Arc::default());
        let (chance, metrics) = (Chance::Counted(Arc::default()), Arc::new(Metrics::new()));
        let (committer, task, _) = committer(db.clone(), clock.clone(), chance, metrics);
        tokio::spawn(task.run(CancellationToken::new()));
        let leader = Leader::default();
        if leads {
            leader.lead(Server {
                makes_accounts: Box::new(|| false),
                make_account: Box::new(|| Box::pin(ready(None))),
            });
        }
        Self { books: AddressBooks { db, clock, committer, leader }, _dir: dir }
    }

    /// Juliet's card as it is now; none when it was deleted.
    async fn card(&self) -> Option<Card> {
        let mut tx = self.books.db.read().await.unwrap();
        collected::show(&mut tx, ROMEO, 7).await.unwrap().map(|(_, card)| card)
    }
}

fn site(public_url: &str) -> Site {
    Site {
        public_url: public_url.into(),
        name: "Verona Trade".into(),
        contact: BareJid::new("share@share.verona.lit").unwrap(),
        lang: Lang::En,
    }
}

/// What is answered to somebody who has this cookie.
async fn ask(book: &Book, method: &str, path: &str, token: &str, form: &str) -> (Response, String) {
    ask_with(&Downloads::default(), book, method, path, token, form).await
}

/// The same of one who keeps count.
async fn ask_with(
    downloads: &Downloads,
    book: &Book,
    method: &str,
    path: &str,
    session: &str,
    form: &str,
) -> (Response, String) {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("cookie", format!("other=1; __Host-cards={session}; cards=x"))
        .body(Body::from(form.to_owned()))
        .unwrap();
    let site = site("https://verona.lit/trade");
    let router = router(site, book.books.clone(), downloads, &Budget::default());
    let (head, body) = router.oneshot(request).await.unwrap().into_parts();
    let bytes = body::to_bytes(body, 1 << 20).await.unwrap();
    (Response::from_parts(head, Body::empty()), String::from_utf8(bytes.to_vec()).unwrap())
}

fn word(page: &str) -> String {
    let page = Html::parse_document(page);
    let field = Selector::parse("input[name=word]").unwrap();
    page.select(&field).next().unwrap().attr("value").unwrap().to_owned()
}

#[tokio::test]
async fn looking_at_a_link_gives_a_button_and_pressing_it_a_cookie_for_here_alone() {
    let book = Book::new().await;
    let link = format!("/a/{LINK}");
    let (looked, page) = ask(&book, "GET", &link, "", "").await;
    assert_eq!(looked.status(), StatusCode::OK);
    assert!(looked.headers().get("set-cookie").is_none());
    assert!(page.contains(&format!("action=\"/trade/a/{LINK}\" method=\"post\"")));
    let (pressed, _) = ask(&book, "POST", &link, "", "").await;
    assert_eq!(pressed.status(), StatusCode::SEE_OTHER);
    assert_eq!(pressed.headers()["location"], "/trade/a");
    let cookie = pressed.headers()["set-cookie"].to_str().unwrap();
    let (token, rest) = cookie.strip_prefix("__Host-cards=").unwrap().split_once(';').unwrap();
    assert_eq!(rest, " Path=/; Secure; Max-Age=1800; HttpOnly; SameSite=Strict");
    assert_eq!(ask(&book, "GET", "/a", token, "").await.0.status(), StatusCode::OK);
    assert_eq!(ask(&book, "POST", &link, "", "").await.0.status(), StatusCode::FORBIDDEN, "spent");
}

#[tokio::test]
async fn nothing_is_shown_or_changed_without_the_cookie_and_the_word() {
    let book = Book::new().await;
    for session in ["", LINK, "x"] {
        for path in ["/a", "/a/card/7", "/a/cards.vcf", "/a/nothing"] {
            let (refused, page) = ask(&book, "GET", path, session, "").await;
            assert_eq!(refused.status(), StatusCode::FORBIDDEN, "{path} with {session}");
            assert!(page.contains("cards link") && !page.contains("Juliet"));
        }
    }
    let (_, page) = ask(&book, "GET", "/a/card/7", SESSION, "").await;
    let word = word(&page);
    for path in ["/a/card/7", "/a/card/7/delete", "/a/undo", "/a/close"] {
        let word = format!("word={word}");
        for (session, form) in [(SESSION, "card=7"), (SESSION, "word=x"), (LINK, &word)] {
            let form = &format!("title=x&{form}");
            let (refused, _) = ask(&book, "POST", path, session, form).await;
            assert_eq!(refused.status(), StatusCode::FORBIDDEN, "{path} {form}");
        }
    }
    assert_eq!(book.card().await.expect("the card").to_string(), unchanged());
    let (done, _) = ask(&book, "POST", "/a/undo", SESSION, &format!("word={word}&card=7")).await;
    assert_eq!(done.headers()["location"], "/trade/a/card/7");
    assert_eq!(book.card().await.expect("the card").name(), "Juliet as she was");
}

#[tokio::test]
async fn only_what_a_form_has_changed_is_changed() {
    let book = Book::new().await;
    let before = book.card().await.expect("the card");
    let (_, page) = ask(&book, "GET", "/a/card/7", SESSION, "").await;
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.append_pair("word", &word(&page))
        .append_pair("phone", "+390455550100\r\n+390455550199")
        .append_pair("note", "one\r\n\"two\"\r\n")
        .append_pair("category", "friends, work")
        .append_pair("mail", "");
    let (done, _) = ask(&book, "POST", "/a/card/7", SESSION, &form.finish()).await;
    assert_eq!(done.status(), StatusCode::SEE_OTHER);
    let after = book.card().await.expect("the card");
    for part in Part::ALL.into_iter().filter(|it| *it != Part::Categories) {
        assert_eq!(after.values(part), before.values(part), "{part:?}");
    }
    let categories: Vec<String> =
        after.values(Part::Categories).into_iter().map(|it| it.text).collect();
    assert_eq!(categories, ["friends", "work"]);
    // Nor is anything else asked for, which would count as a word of its owner's.
    let given = [("phone", "+390455550100\r\n+390455550199"), ("category", "friends, work")];
    let form = |name: &str| given.iter().find(|it| it.0 == name).map(|it| it.1);
    let changed = view::changes(&before, form).map_err(drop).unwrap();
    assert_eq!(changed, [(Part::Categories, vec!["friends".to_owned(), "work".to_owned()])]);
}

#[tokio::test]
async fn a_card_can_put_no_script_onto_a_page() {
    let book = Book::new().await;
    for path in ["/a", "/a/card/7"] {
        let (answered, text) = ask(&book, "GET", path, SESSION, "").await;
        let policy = answered.headers()["content-security-policy"].to_str().unwrap();
        assert!(policy.starts_with("default-src 'none'") && policy.contains("form-action 'self'"));
        let page = Html::parse_document(&text);
        assert_eq!(page.select(&Selector::parse("script").unwrap()).count(), 0, "{path}");
        let link = Selector::parse("a").unwrap();
        for link in page.select(&link).filter_map(|link| link.attr("href")) {
            let is_known = ["/", "?", "https:", "tel:", "mailto:", "xmpp:"]
                .iter()
                .any(|begins| link.starts_with(begins));
            assert!(is_known, "{link}");
        }
        assert!(text.contains("Juliet"));
    }
}

#[tokio::test]
async fn an_instance_that_stands_by_shows_cards_and_says_that_it_changes_none() {
    let book = Book::with(false, 0).await;
    let (opened, _) = ask(&book, "POST", &format!("/a/{LINK}"), "", "").await;
    assert_eq!(opened.status(), StatusCode::SERVICE_UNAVAILABLE);
    let (shown, page) = ask(&book, "GET", "/a/card/7", SESSION, "").await;
    assert_eq!(shown.status(), StatusCode::OK);
    let form = format!("word={}", word(&page));
    let (changed, page) = ask(&book, "POST", "/a/card/7/delete", SESSION, &form).await;
    assert_eq!(changed.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(page.contains("again"), "{page}");
}

/// What somebody is answered who asks for the list, and when they are to come again.
async fn lists(downloads: &Downloads, book: &Book) -> (StatusCode, Option<String>) {
    told(&ask_with(downloads, book, "GET", "/a?q=zzz", SESSION, "").await.0)
}

fn told(answer: &Response) -> (StatusCode, Option<String>) {
    let pause = answer.headers().get("retry-after").map(|it| it.to_str().unwrap().to_owned());
    (answer.status(), pause)
}

/// Has `list` go on until it stands in the line of Romeo, who has a turn: with six others that is full.
async fn in_line(rules: &Rules, list: &mut Pin<Box<impl Future<Output = (Response, String)>>>) {
    loop {
        assert!(list.as_mut().now_or_never().is_none(), "it waits");
        let mut others: Vec<_> = (0..6).map(|_| Box::pin(rules.limits.turn(ROMEO))).collect();
        assert!(others.iter_mut().all(|it| it.now_or_never().is_none()));
        if matches!(Box::pin(rules.limits.turn(ROMEO)).now_or_never(), Some(None)) {
            return;
        }
        yield_now().await;
    }
}

fn busy() -> (StatusCode, Option<String>) {
    (StatusCode::SERVICE_UNAVAILABLE, Some("10".to_owned()))
}

/// Counts, by a clock that stands still.
fn counting(stanzas: u32) -> Downloads {
    let limits = Limits::new(Rates { stanzas, ..Rates::default() }, &Clock::Manual(Arc::default()));
    Downloads::new(Arc::new(Rules { limits, ..Rules::open() }))
}

/// After how long whoever is too fast is to come again.
fn pause(answer: &Response) -> u64 {
    assert_eq!(answer.status(), StatusCode::TOO_MANY_REQUESTS);
    answer.headers()["retry-after"].to_str().unwrap().parse().unwrap()
}

#[tokio::test]
async fn a_list_counts_in_the_measure_of_its_owner_by_what_it_goes_through() {
    let (downloads, book) = (counting(6), Book::with(true, 3 * 1024 * 1024 / 50 + 1).await);
    // One for each, and three for three mebibytes.
    for _ in 0..2 {
        assert_eq!(lists(&downloads, &book).await, (StatusCode::OK, None));
    }
    for (lang, says) in [("en", "That was a lot at once"), ("zh", "请求太多")] {
        let path = format!("/a?lang={lang}");
        let (refused, page) = ask_with(&downloads, &book, "GET", &path, SESSION, "").await;
        assert!((1..=60).contains(&pause(&refused)));
        // Nobody else had anything to do with it, and there is a way back.
        assert!(page.contains(says) && page.contains(&format!("/trade/a?lang={lang}\"")), "{page}");
    }
}

#[tokio::test]
async fn files_count_as_requests_and_by_a_link_in_the_measure_of_the_link() {
    let (downloads, book) = (counting(2), Book::new().await);
    let link = format!("/a/{FILE}.csv");
    for path in ["/a/cards.vcf?card=7", link.as_str()] {
        for _ in 0..2 {
            let taken = ask_with(&downloads, &book, "GET", path, SESSION, "").await.0;
            assert_eq!(taken.status(), StatusCode::OK, "{path}");
        }
        let refused = ask_with(&downloads, &book, "GET", path, SESSION, "").await.0;
        assert!((30..=31).contains(&pause(&refused)), "{path}");
    }
}

#[tokio::test]
async fn a_form_counts_by_its_bytes_and_loses_no_word_when_it_comes_too_fast() {
    let (downloads, book) = (counting(6), Book::new().await);
    let (_, page) = ask(&book, "GET", "/a/card/7", SESSION, "").await;
    let note = "x".repeat(19_000);
    let form = format!("word={}&title=Head+of+Sales&note={note}", word(&page));
    // As a stanza of as many bytes: one, and one for each 16 KiB.
    for _ in 0..3 {
        let (taken, _) = ask_with(&downloads, &book, "POST", "/a/card/7", SESSION, &form).await;
        assert_eq!(taken.status(), StatusCode::SEE_OTHER);
    }
    let kept = book.card().await.expect("the card").to_string();
    assert!(kept.contains("Head of Sales"), "{kept}");
    let form = form.replace("Head+of+Sales", "Head+of+Silver");
    for (lang, says) in [("en", "Nothing was changed"), ("zh", "没有修改")] {
        let path = format!("/a/card/7?lang={lang}");
        let (refused, page) = ask_with(&downloads, &book, "POST", &path, SESSION, &form).await;
        let after = pause(&refused);
        assert!((20..=21).contains(&after), "{after}");
        assert!(page.contains(says) && page.contains(&format!(" {after} ")), "{page}");
        let html = Html::parse_document(&page);
        let of = |field: &str| html.select(&Selector::parse(field).unwrap()).next().unwrap();
        let title = of("#title").text().chain(of("#title").attr("value")).collect::<String>();
        assert_eq!(title.trim(), "Head of Silver");
        assert_eq!(of("#note").text().collect::<String>().trim(), note);
    }
    assert_eq!(book.card().await.expect("the card").to_string(), kept);
    // Whatever else is pressed is told the same.
    for path in ["/a/card/7/delete", "/a/undo"] {
        let short = format!("word={}", word(&page));
        let downloads = counting(1);
        let path = format!("{path}?lang=en");
        let (done, _) = ask_with(&downloads, &book, "POST", &path, SESSION, &short).await;
        assert_eq!(done.status(), StatusCode::SEE_OTHER);
        let (refused, page) = ask_with(&downloads, &book, "POST", &path, SESSION, &short).await;
        assert!((60..=61).contains(&pause(&refused)));
        assert!(page.contains("That was a lot at once") && page.contains("href=\"/trade/a"));
    }
}

#[tokio::test]
async fn what_is_longer_than_a_field_may_be_is_refused_with_its_number_and_stays_typed() {
    let book = Book::new().await;
    let (_, page) = ask(&book, "GET", "/a/card/7", SESSION, "").await;
    let long = "银".repeat(20_001);
    let form = form_urlencoded::Serializer::new(String::new())
        .append_pair("word", &word(&page))
        .append_pair("title", "Head of Sales")
        .append_pair("note", &long)
        .finish();
    for (lang, label) in [("en", "Note"), ("zh", "备注")] {
        let path = format!("/a/card/7?lang={lang}");
        let (refused, page) = ask(&book, "POST", &path, SESSION, &form).await;
        assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
        let html = Html::parse_document(&page);
        let told = Selector::parse("[role=alert]").unwrap();
        let told: String = html.select(&told).flat_map(|it| it.text()).collect();
        assert!(told.contains(label) && told.contains("20001") && told.contains("20000"), "{told}");
        assert!(page.contains(&long) && page.contains("Head of Sales"));
    }
    assert_eq!(book.card().await.expect("the card").to_string(), unchanged());
    let fits = form.replacen("%E9%93%B6", "", 1);
    assert_eq!(
        ask(&book, "POST", "/a/card/7", SESSION, &fits).await.0.status(),
        StatusCode::SEE_OTHER
    );
}

#[tokio::test]
async fn a_list_waits_for_its_turn_and_not_for_ever() {
    let (rules, book) = (Arc::new(Rules::open()), Book::new().await);
    let downloads = Downloads::new(Arc::clone(&rules));
    let turn = downloads.turn(ROMEO).await.expect("a turn");
    let mut list = Box::pin(ask_with(&downloads, &book, "GET", "/a?q=zzz", SESSION, ""));
    in_line(&rules, &mut list).await;
    // From here on it waits for nothing else.
    tokio::time::pause();
    assert_eq!(told(&list.await.0), busy());
    tokio::time::resume();
    drop(turn);
    assert_eq!(lists(&downloads, &book).await, (StatusCode::OK, None));
}

#[tokio::test]
async fn what_is_closed_while_a_list_waits_for_its_turn_is_not_shown() {
    let (rules, book) = (Arc::new(Rules::open()), Book::new().await);
    let downloads = Downloads::new(Arc::clone(&rules));
    let turn = downloads.turn(ROMEO).await.expect("a turn");
    let mut list = Box::pin(ask_with(&downloads, &book, "GET", "/a", SESSION, ""));
    in_line(&rules, &mut list).await;
    let mut tx = book.books.db.write().await.unwrap();
    browser::close(&mut tx, Token::parse(SESSION).unwrap()).await.unwrap();
    tx.commit().await.unwrap();
    drop(turn);
    let (refused, page) = list.await;
    assert_eq!(refused.status(), StatusCode::FORBIDDEN);
    assert!(!page.contains("Juliet"), "{page}");
}
