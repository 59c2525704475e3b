use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, Ordering},
};

use axum::{
    body::{self, Body},
    extract::Request,
};
use futures_util::FutureExt;
use jid::BareJid;
use scraper::{Html, Selector};
use tower::ServiceExt;
use url::form_urlencoded;
use uuid::Uuid;

use super::*;
use crate::{
    card::{
        store::CollectedRow,
        store_address_book::{CategoryRow, HeadRow, Place},
    },
    domain::{
        card::{Card, Part},
        clock::Clock,
        lang::Lang,
    },
    limits::{Limits, Rates},
    web::site::Unavailable,
    world::Rules,
};

const LINK: &str = "0123456789abcdef0123456789abcdef";
const DESK: &str = "ffffffffffffffffffffffffffffffff";

/// Has one card, and notes what is changed.
#[derive(Clone)]
struct Book {
    card: Card,
    leads: bool,
    is_closed: Arc<AtomicBool>,
    changes: Arc<Mutex<Vec<Change>>>,
}

impl Book {
    fn new() -> Self {
        let mut card = Card::named("Juliet <script>alert(1)</script>");
        card.set(Part::Url, &["https://capulet.lit/?a=\"><script>".to_owned()]);
        card.set(Part::Phone, &["+390455550100".to_owned(), "+390455550199".to_owned()]);
        card.set(Part::Note, &["one\n\"two\"".to_owned()]);
        Self { card, leads: true, is_closed: Arc::default(), changes: Arc::default() }
    }

    fn is_open(&self, desk: Token) -> bool {
        desk.to_string() == DESK && !self.is_closed.load(Ordering::SeqCst)
    }

    fn row(&self) -> CollectedRow {
        CollectedRow {
            id: Uuid::nil(),
            account: "romeo@montague.lit".into(),
            handle: 7,
            giver: Some("juliet@capulet.lit".into()),
            giver_card: None,
            third: true,
            follows: true,
            followed_at: 0,
            parts: String::new(),
            changed_at: 0,
            deleted_at: None,
            merged_into: None,
            undo_until: Some(1),
            card: self.card.to_string(),
            before: None,
            known_as: String::new(),
            own_name: false,
            known_before: None,
            own_before: false,
            before_since: None,
        }
    }
}

impl Books for Book {
    async fn opens(&self, link: Token) -> Result<bool, Unavailable> {
        Ok(link.to_string() == LINK)
    }

    async fn open(&self, link: Token) -> Result<Option<Token>, Unavailable> {
        if !self.leads {
            return Err(Unavailable);
        }
        Ok(Token::parse(DESK).filter(|_| link.to_string() == LINK))
    }

    async fn close(&self, _: Token) -> Result<(), Unavailable> {
        Ok(())
    }

    async fn list(&self, desk: Token, _: Asked) -> Result<Option<Listing>, Unavailable> {
        if !self.is_open(desk) {
            return Ok(None);
        }
        let head = HeadRow {
            id: Uuid::nil(),
            handle: 7,
            name: self.card.name().to_owned(),
            organisation: "\"Capulet\" & Co".into(),
            sorted: String::new(),
        };
        Ok(Some(Listing {
            cards: vec![head],
            next: Some(9),
            all: 51,
            categories: vec![CategoryRow {
                category: "a&b".into(),
                label: "A&b=1".into(),
                cards: 3,
            }],
            undo: Some(7),
            read: 3 << 20,
        }))
    }

    async fn card(
        &self,
        desk: Token,
        handle: i64,
    ) -> Result<Option<(CollectedRow, Card)>, Unavailable> {
        let found = self.is_open(desk) && handle == 7;
        Ok(found.then(|| (self.row(), self.card.clone())))
    }

    async fn change(&self, desk: Token, change: Change) -> Result<Option<Changed>, Unavailable> {
        if !self.leads {
            return Err(Unavailable);
        }
        if !self.is_open(desk) {
            return Ok(None);
        }
        self.changes.lock().unwrap().push(change);
        Ok(Some(Ok(Some(7))))
    }

    async fn owner(&self, desk: Token) -> Result<Option<String>, Unavailable> {
        Ok(self.is_open(desk).then(|| "romeo@montague.lit".into()))
    }

    async fn file(&self, link: Token) -> Result<Option<(String, Which)>, Unavailable> {
        Ok((link.to_string() == LINK).then(|| ("romeo@montague.lit".into(), Which::All)))
    }

    async fn read(
        &self,
        _: String,
        _: Which,
        _: Place,
    ) -> Result<(Vec<Card>, Option<Place>), Unavailable> {
        Ok((vec![self.card.clone()], None))
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

/// What is answered to somebody who has the cookie of `desk`.
async fn ask(book: &Book, method: &str, path: &str, desk: &str, form: &str) -> (Response, String) {
    ask_with(&Downloads::default(), book, method, path, desk, form).await
}

/// The same of one who keeps count.
async fn ask_with(
    downloads: &Downloads,
    book: &Book,
    method: &str,
    path: &str,
    desk: &str,
    form: &str,
) -> (Response, String) {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("cookie", format!("other=1; __Host-cards={desk}; cards=x"))
        .body(Body::from(form.to_owned()))
        .unwrap();
    let site = site("https://verona.lit/trade");
    let router = router(site, book.clone(), downloads, &Budget::default());
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
    let book = Book::new();
    let link = format!("/a/{LINK}");
    let (looked, page) = ask(&book, "GET", &link, "", "").await;
    assert_eq!(looked.status(), StatusCode::OK);
    assert!(looked.headers().get("set-cookie").is_none());
    assert!(page.contains(&format!("action=\"/trade/a/{LINK}\" method=\"post\"")));
    let (pressed, _) = ask(&book, "POST", &link, "", "").await;
    assert_eq!(pressed.status(), StatusCode::SEE_OTHER);
    assert_eq!(pressed.headers()["location"], "/trade/a");
    let cookie = pressed.headers()["set-cookie"].to_str().unwrap();
    let expected =
        format!("__Host-cards={DESK}; Path=/; Secure; Max-Age=1800; HttpOnly; SameSite=Strict");
    assert_eq!(cookie, expected);
}

#[tokio::test]
async fn nothing_is_shown_or_changed_without_the_cookie_and_the_word() {
    let book = Book::new();
    for desk in ["", LINK, "x"] {
        for path in ["/a", "/a/card/7", "/a/cards.vcf", "/a/nothing"] {
            let (refused, page) = ask(&book, "GET", path, desk, "").await;
            assert_eq!(refused.status(), StatusCode::FORBIDDEN, "{path} with {desk}");
            assert!(page.contains("cards link") && !page.contains("Juliet"));
        }
    }
    let (_, page) = ask(&book, "GET", "/a/card/7", DESK, "").await;
    let word = word(&page);
    for path in ["/a/card/7", "/a/card/7/delete", "/a/undo", "/a/close"] {
        for (desk, form) in [(DESK, "card=7"), (DESK, "word=x"), (LINK, &format!("word={word}"))] {
            let (refused, _) = ask(&book, "POST", path, desk, form).await;
            assert_eq!(refused.status(), StatusCode::FORBIDDEN, "{path} {form}");
        }
    }
    assert!(book.changes.lock().unwrap().is_empty());
    let (done, _) = ask(&book, "POST", "/a/undo", DESK, &format!("word={word}&card=7")).await;
    assert_eq!(done.headers()["location"], "/trade/a/card/7");
    assert_eq!(*book.changes.lock().unwrap(), [Change::Undo(Some(7))]);
}

#[tokio::test]
async fn only_what_a_form_has_changed_is_changed() {
    let book = Book::new();
    let (_, page) = ask(&book, "GET", "/a/card/7", DESK, "").await;
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.append_pair("word", &word(&page))
        .append_pair("phone", "+390455550100\r\n+390455550199")
        .append_pair("note", "one\r\n\"two\"\r\n")
        .append_pair("category", "friends, work")
        .append_pair("mail", "");
    let (done, _) = ask(&book, "POST", "/a/card/7", DESK, &form.finish()).await;
    assert_eq!(done.status(), StatusCode::SEE_OTHER);
    let expected = Change::Edit(7, vec![(Part::Categories, vec!["friends".into(), "work".into()])]);
    assert_eq!(*book.changes.lock().unwrap(), [expected]);
}

#[tokio::test]
async fn a_card_can_put_no_script_onto_a_page() {
    let book = Book::new();
    for path in ["/a", "/a/card/7"] {
        let (answered, text) = ask(&book, "GET", path, DESK, "").await;
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
    let book = Book { leads: false, ..Book::new() };
    let (opened, _) = ask(&book, "POST", &format!("/a/{LINK}"), "", "").await;
    assert_eq!(opened.status(), StatusCode::SERVICE_UNAVAILABLE);
    let (shown, page) = ask(&book, "GET", "/a/card/7", DESK, "").await;
    assert_eq!(shown.status(), StatusCode::OK);
    let form = format!("word={}", word(&page));
    let (changed, page) = ask(&book, "POST", "/a/card/7/delete", DESK, &form).await;
    assert_eq!(changed.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(page.contains("again"), "{page}");
}

/// What somebody is answered who asks for the list, and when they are to come again.
async fn lists(downloads: &Downloads) -> (StatusCode, Option<String>) {
    let answer = ask_with(downloads, &Book::new(), "GET", "/a?q=zzz", DESK, "").await.0;
    let pause = answer.headers().get("retry-after").map(|it| it.to_str().unwrap().to_owned());
    (answer.status(), pause)
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
    let downloads = counting(6);
    // One for each, and three for three mebibytes.
    for _ in 0..2 {
        assert_eq!(lists(&downloads).await, (StatusCode::OK, None));
    }
    for (lang, says) in [("en", "That was a lot at once"), ("zh", "请求太多")] {
        let path = format!("/a?lang={lang}");
        let (refused, page) = ask_with(&downloads, &Book::new(), "GET", &path, DESK, "").await;
        assert!((1..=60).contains(&pause(&refused)));
        // Nobody else had anything to do with it, and there is a way back.
        assert!(page.contains(says) && page.contains(&format!("/trade/a?lang={lang}\"")), "{page}");
    }
}

#[tokio::test]
async fn files_count_as_requests_and_by_a_link_in_the_measure_of_the_link() {
    let downloads = counting(2);
    let link = format!("/a/{LINK}.csv");
    for path in ["/a/cards.vcf?card=7", link.as_str()] {
        for _ in 0..2 {
            let taken = ask_with(&downloads, &Book::new(), "GET", path, DESK, "").await.0;
            assert_eq!(taken.status(), StatusCode::OK, "{path}");
        }
        let refused = ask_with(&downloads, &Book::new(), "GET", path, DESK, "").await.0;
        assert!((30..=31).contains(&pause(&refused)), "{path}");
    }
}

#[tokio::test]
async fn a_form_counts_by_its_bytes_and_loses_no_word_when_it_comes_too_fast() {
    let (downloads, book) = (counting(6), Book::new());
    let (_, page) = ask(&book, "GET", "/a/card/7", DESK, "").await;
    let note = "x".repeat(19_000);
    let form = format!("word={}&title=Head+of+Sales&note={note}", word(&page));
    // As a stanza of as many bytes: one, and one for each 16 KiB.
    for _ in 0..3 {
        let (taken, _) = ask_with(&downloads, &book, "POST", "/a/card/7", DESK, &form).await;
        assert_eq!(taken.status(), StatusCode::SEE_OTHER);
    }
    for (lang, says) in [("en", "Nothing was changed"), ("zh", "没有修改")] {
        let path = format!("/a/card/7?lang={lang}");
        let (refused, page) = ask_with(&downloads, &book, "POST", &path, DESK, &form).await;
        let after = pause(&refused);
        assert!((20..=21).contains(&after), "{after}");
        assert!(page.contains(says) && page.contains(&format!(" {after} ")), "{page}");
        let html = Html::parse_document(&page);
        let of = |field: &str| html.select(&Selector::parse(field).unwrap()).next().unwrap();
        let title = of("#title").text().chain(of("#title").attr("value")).collect::<String>();
        assert_eq!(title.trim(), "Head of Sales");
        assert_eq!(of("#note").text().collect::<String>().trim(), note);
    }
    assert_eq!(book.changes.lock().unwrap().len(), 3);
    // Whatever else is pressed is told the same.
    for path in ["/a/card/7/delete", "/a/undo"] {
        let short = format!("word={}", word(&page));
        let downloads = counting(1);
        let path = format!("{path}?lang=en");
        let (done, _) = ask_with(&downloads, &book, "POST", &path, DESK, &short).await;
        assert_eq!(done.status(), StatusCode::SEE_OTHER);
        let (refused, page) = ask_with(&downloads, &book, "POST", &path, DESK, &short).await;
        assert!((60..=61).contains(&pause(&refused)));
        assert!(page.contains("That was a lot at once") && page.contains("href=\"/trade/a"));
    }
}

#[tokio::test]
async fn what_is_longer_than_a_field_may_be_is_refused_with_its_number_and_stays_typed() {
    let book = Book::new();
    let (_, page) = ask(&book, "GET", "/a/card/7", DESK, "").await;
    let long = "银".repeat(20_001);
    let form = form_urlencoded::Serializer::new(String::new())
        .append_pair("word", &word(&page))
        .append_pair("title", "Head of Sales")
        .append_pair("note", &long)
        .finish();
    for (lang, label) in [("en", "Note"), ("zh", "备注")] {
        let path = format!("/a/card/7?lang={lang}");
        let (refused, page) = ask(&book, "POST", &path, DESK, &form).await;
        assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
        let html = Html::parse_document(&page);
        let told = Selector::parse("[role=alert]").unwrap();
        let told: String = html.select(&told).flat_map(|it| it.text()).collect();
        assert!(told.contains(label) && told.contains("20001") && told.contains("20000"), "{told}");
        assert!(page.contains(&long) && page.contains("Head of Sales"));
    }
    assert!(book.changes.lock().unwrap().is_empty());
    let fits = form.replacen("%E9%93%B6", "", 1);
    assert_eq!(
        ask(&book, "POST", "/a/card/7", DESK, &fits).await.0.status(),
        StatusCode::SEE_OTHER
    );
}

#[tokio::test(start_paused = true)]
async fn a_list_waits_for_its_turn_and_not_for_ever() {
    let downloads = Downloads::default();
    let turn = downloads.turn("romeo@montague.lit").await.expect("a turn");
    assert_eq!(lists(&downloads).await, busy());
    drop(turn);
    assert_eq!(lists(&downloads).await, (StatusCode::OK, None));
}

#[tokio::test]
async fn what_is_closed_while_a_list_waits_for_its_turn_is_not_shown() {
    let (downloads, book) = (Downloads::default(), Book::new());
    let turn = downloads.turn("romeo@montague.lit").await.expect("a turn");
    let mut list = Box::pin(ask_with(&downloads, &book, "GET", "/a", DESK, ""));
    assert!((&mut list).now_or_never().is_none(), "it waits");
    book.is_closed.store(true, Ordering::SeqCst);
    drop(turn);
    let (refused, page) = list.await;
    assert_eq!(refused.status(), StatusCode::FORBIDDEN);
    assert!(!page.contains("Juliet"), "{page}");
}
