use std::sync::{
    Mutex,
    atomic::{AtomicUsize, Ordering},
};

use axum::{body, extract::Request};
use jid::BareJid;
use scraper::{Html, Selector};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;
use uuid::Uuid;

use super::*;
use crate::{
    committer::committer,
    db::Db,
    domain::{
        account_link::AccountLink,
        address::Address,
        clock::{Clock, Millis},
        id::Chance,
        lang::Lang,
    },
    invite::store::NewInvitation,
    metrics::Metrics,
    web::leader::{Leader, Server},
};

const JULIET: &str = "juliet@capulet.lit";
const CODE: &str = "0123456789abcdef0123456789abcdef";
const OTHER: &str = "ffffffffffffffffffffffffffffffff";
/// 21 November 2026, noon.
const NOON: Millis = Millis(1_795_262_400_000);
const PIXEL: &str = "Mozilla/5.0 (Linux; Android 15; Pixel 9)";

/// The server that accounts are made on: what it makes, and how often it was asked.
#[derive(Default)]
struct Asked {
    makes: Mutex<Option<AccountLink>>,
    times: AtomicUsize,
}

/// One invitation in a database, told with [`CODE`], and a server.
struct Book {
    invitations: Invitations,
    server: Arc<Asked>,
    _dir: TempDir,
}

impl Book {
    /// Of Juliet's to `address`.
    async fn of(address: &str, account: Account) -> Self {
        let book = Self::empty_with(account == Account::Offered).await;
        let address = Address::parse(address).unwrap().to_string();
        let wanted =
            NewInvitation { id: Uuid::nil(), inviter: JULIET.into(), address, made: Millis(0) };
        let code = Code::parse(CODE).unwrap().hash();
        let mut tx = book.invitations.db.write().await.unwrap();
        tx.insert_invitations(&[wanted]).await.unwrap();
        tx.tell_invitation(Uuid::nil(), &code, NOON).await.unwrap();
        if let Account::Made(link) = account {
            let times = (Millis(0), Millis(1));
            assert!(tx.reserve_account_link(&code, times, (b"juliet", "")).await.unwrap());
            tx.keep_account_link(&code, &link).await.unwrap();
        }
        tx.commit().await.unwrap();
        book
    }

    /// Without an invitation.
    async fn empty() -> Self {
        Self::empty_with(false).await
    }

    async fn empty_with(makes_accounts: bool) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("tradepost.db");
        let db = Db::open(&format!("sqlite:{}", file.display())).await.unwrap();
        let mut tx = db.write().await.unwrap();
        tx.insert_account(JULIET, "en", Millis(0)).await.unwrap();
        tx.set_nick(JULIET, "Juliet").await.unwrap();
        tx.commit().await.unwrap();
        let (clock, metrics) = (Clock::Manual(Arc::default()), Arc::new(Metrics::new()));
        let chance = Chance::Counted(Arc::default());
        let (committer, task, _) =
            committer(db.clone(), clock.clone(), chance, Arc::clone(&metrics));
        tokio::spawn(task.run(CancellationToken::new()));
        let (server, leader) = (Arc::new(Asked::default()), Leader::default());
        *server.makes.lock().unwrap() = Some(link());
        let asked = Arc::clone(&server);
        leader.lead(Server {
            makes_accounts: Box::new(move || makes_accounts),
            make_account: Box::new(move || {
                asked.times.fetch_add(1, Ordering::SeqCst);
                let made = asked.makes.lock().unwrap().clone();
                Box::pin(async move { made })
            }),
        });
        let accounts_a_day = 10;
        let invitations = Invitations { db, clock, committer, metrics, leader, accounts_a_day };
        Self { invitations, server, _dir: dir }
    }
}

fn link() -> AccountLink {
    let page = "https://verona.lit/invites?a";
    AccountLink::new("xmpp:verona.lit?register;preauth=a-B_9", page, None, NOON).unwrap()
}

fn serving(book: &Book) -> Router {
    let site = Site {
        public_url: "https://verona.lit/tradepost".into(),
        name: "Tradepost".into(),
        contact: BareJid::new("share@share.verona.lit").unwrap(),
        lang: Lang::En,
    };
    let places = Places {
        host: "verona.lit".into(),
        register_url: Some("https://account.verona.lit/new".into()),
    };
    router(site, places, book.invitations.clone())
}

struct Answer {
    status: u16,
    headers: HeaderMap,
    body: String,
}

impl Answer {
    fn html(&self) -> Html {
        Html::parse_document(&self.body)
    }
}

async fn ask(book: &Book, method: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(body::Body::empty()).unwrap();
    let (head, body) = serving(book).oneshot(request).await.unwrap().into_parts();
    let body = body::to_bytes(body, 1 << 20).await.unwrap().to_vec();
    let body = String::from_utf8(body).unwrap();
    Answer { status: head.status.as_u16(), headers: head.headers, body }
}

async fn get(book: &Book, path: &str) -> Answer {
    ask(book, "GET", path, &[("user-agent", PIXEL)]).await
}

fn path(rest: &str) -> String {
    format!("/i/{CODE}{rest}")
}

fn texts(html: &Html, selector: &str) -> Vec<String> {
    html.select(&Selector::parse(selector).unwrap())
        .map(|element| element.text().collect::<String>().trim().to_owned())
        .collect()
}

fn attributes(html: &Html, selector: &str, name: &str) -> Vec<String> {
    html.select(&Selector::parse(selector).unwrap())
        .filter_map(|element| element.attr(name).map(str::to_owned))
        .collect()
}

#[tokio::test]
async fn the_page_says_who_invites_and_leads_to_the_contact_in_three_steps() {
    let book = Book::of("romeo@montague.lit", Account::Elsewhere).await;
    let html = get(&book, &path("")).await.html();
    assert_eq!(texts(&html, "h1"), ["Juliet would like to show you something"]);
    assert_eq!(texts(&html, ".who"), ["Invited by juliet@capulet.lit"]);
    let steps = ["Get a chat app", "Have an account", "Add Tradepost"];
    assert_eq!(texts(&html, ".guide h3"), steps);
    assert_eq!(texts(&html, ".apps b"), ["Conversations", "Cheogram"]);
    let join = format!("xmpp:share@share.verona.lit?roster;preauth={CODE}");
    assert_eq!(attributes(&html, ".button", "href"), [join]);
    assert_eq!(attributes(&html, ".guide img", "src"), [format!("/tradepost/i/{CODE}/qr.svg")]);
    assert_eq!(texts(&html, ".address code"), [format!("join {CODE}")]);
    assert_eq!(attributes(&html, "#account a", "href"), ["https://account.verona.lit/new"]);
    let next = ["joined", "stop"].map(|it| format!("/tradepost/i/{CODE}/{it}"));
    assert_eq!(attributes(&html, ".after a, .refuse a", "href"), next);
    assert!(texts(&html, "footer p")[0].starts_with("This invitation is open until 21 November"));
}

#[tokio::test]
async fn a_reader_of_chinese_gets_chinese() {
    let book = Book::of("romeo@montague.lit", Account::Offered).await;
    let html = ask(&book, "GET", &path(""), &[("accept-language", "zh-CN")]).await.html();
    assert_eq!(texts(&html, "h1"), ["Juliet 想给你看样东西"]);
    assert_eq!(texts(&html, "button"), ["为我准备账号"]);
    // Nothing is known of the device: all apps are there.
    assert_eq!(texts(&html, ".all-apps dt").len(), 6);
}

#[tokio::test]
async fn whom_it_is_for_and_what_messengers_show_say_nothing_of_people() {
    for (address, secret) in
        [("tel:+390455550100", "0455550100"), ("mailto:romeo@montague.lit", "romeo")]
    {
        let book = Book::of(address, Account::Elsewhere).await;
        let page = get(&book, &path("")).await;
        assert!(!page.body.contains(secret), "{address}");
        let proof = "so nobody else gets to see what is meant for you";
        assert!(page.body.contains(proof), "{address}");
        let (head, _) = page.body.split_once("</head>").unwrap();
        assert!(!head.contains("Juliet") && !head.contains("capulet"), "{head}");
    }
    let book = Book::of("romeo@montague.lit", Account::Elsewhere).await;
    assert!(!get(&book, &path("")).await.body.contains("montague"));
}

#[tokio::test]
async fn whatever_is_no_open_invitation_gets_one_and_the_same_answer() {
    let (full, empty) =
        (Book::of("romeo@montague.lit", Account::Offered).await, Book::empty().await);
    let first = get(&empty, &path("")).await;
    assert_eq!(first.status, 404);
    assert!(!first.body.contains(CODE));
    for (book, method, path) in [
        (&full, "GET", format!("/i/{OTHER}")),
        (&full, "GET", "/i/x".into()),
        (&full, "GET", "/i/%ff".into()),
        (&full, "GET", "/i/x/qr.svg".into()),
        (&full, "GET", "/i/x/joined".into()),
        (&full, "GET", "/i/x/account".into()),
        (&full, "GET", format!("/i/{OTHER}/account.svg")),
        (&full, "GET", format!("/i/{OTHER}/stop")),
        (&full, "POST", format!("/i/{OTHER}/stop")),
        (&full, "POST", format!("/i/{OTHER}/account")),
        (&empty, "GET", path("/stop")),
        (&empty, "POST", path("/stop")),
        (&empty, "POST", path("/account")),
        (&empty, "GET", path("/account.svg")),
    ] {
        let answer = ask(book, method, &path, &[("user-agent", PIXEL)]).await;
        let all =
            |answer: &Answer| (answer.status, answer.body.clone(), format!("{:?}", answer.headers));
        assert_eq!(all(&answer), all(&first), "{method} {path}");
    }
    // What looks nothing up says the same of any code.
    for rest in ["/qr.svg", "/joined"] {
        assert_eq!(get(&empty, &path(rest)).await.body, get(&full, &path(rest)).await.body);
    }
}

#[tokio::test]
async fn looking_changes_nothing() {
    let book = Book::of("romeo@montague.lit", Account::Offered).await;
    for rest in ["", "/stop", "/account", "/joined", "/qr.svg", "/account.svg"] {
        for method in ["GET", "HEAD"] {
            ask(&book, method, &path(rest), &[]).await;
        }
    }
    assert_eq!(book.server.times.load(Ordering::SeqCst), 0);
    let mut tx = book.invitations.db.read().await.unwrap();
    let code = Code::parse(CODE).unwrap().hash();
    assert!(tx.account_link(&code).await.unwrap().is_none(), "no place is kept for one");
    drop(tx);
    assert!(get(&book, &path("")).await.status == 200);
}

#[tokio::test]
async fn an_account_is_made_when_it_is_wanted_and_shown_on_the_page() {
    let mut book = Book::of("romeo@montague.lit", Account::Offered).await;
    let page = get(&book, &path("")).await.html();
    let action = attributes(&page, "form", "action").concat();
    assert_eq!(action, format!("/tradepost/i/{CODE}/account"));
    *book.server.makes.lock().unwrap() = None;
    for (a_day, title) in [(0, "No more accounts today"), (10, "The account is not ready")] {
        book.invitations.accounts_a_day = a_day;
        let refused = ask(&book, "POST", &path("/account"), &[]).await;
        assert_eq!((refused.status, texts(&refused.html(), "h1")), (503, vec![title.to_owned()]));
    }
    *book.server.makes.lock().unwrap() = Some(link());
    let made = ask(&book, "POST", &path("/account?lang=en"), &[]).await;
    assert_eq!(made.status, 303);
    assert_eq!(made.headers["location"], format!("/tradepost/i/{CODE}?lang=en#account"));
    let page = get(&book, &path("")).await.html();
    let uri = "xmpp:verona.lit?register;preauth=a-B_9";
    assert_eq!(attributes(&page, "#account .button", "href"), [uri]);
    assert!(
        attributes(&page, "#account a", "href").contains(&"https://verona.lit/invites?a".into())
    );
    assert!(texts(&page, "form").is_empty());
    let code = get(&book, &path("/account.svg")).await;
    assert_eq!(code.headers["content-type"], "image/svg+xml");
}

#[tokio::test]
async fn whoever_wants_none_is_asked_once_and_then_left_alone() {
    let book = Book::of("romeo@montague.lit", Account::Offered).await;
    let asked = get(&book, &path("/stop")).await.html();
    assert_eq!(attributes(&asked, "form", "method"), ["post"]);
    let action = attributes(&asked, "form", "action").concat();
    let done = ask(&book, "POST", action.strip_prefix("/tradepost").unwrap(), &[]).await;
    assert_eq!(done.status, 200);
    assert_eq!(texts(&done.html(), "h1"), ["Nobody will invite you again"]);
    assert_eq!(get(&book, &path("")).await.status, 404);
}

#[tokio::test]
async fn no_answer_is_kept_or_leads_anybody_here() {
    let book = Book::of("romeo@montague.lit", Account::Made(link())).await;
    for rest in ["", "/stop", "/account", "/joined", "/qr.svg", "/account.svg"] {
        let answer = get(&book, &path(rest)).await;
        assert!(answer.status < 400, "{rest}");
        assert_eq!(answer.headers["cache-control"], "no-store", "{rest}");
        assert_eq!(answer.headers["referrer-policy"], "same-origin", "{rest}");
        assert_eq!(answer.headers["x-robots-tag"], "noindex", "{rest}");
        let policy = answer.headers["content-security-policy"].to_str().unwrap();
        assert!(policy.starts_with("default-src 'none'; img-src https: 'self'; style-src 'sha256"));
        assert!(!answer.body.contains("<script"), "{rest}");
    }
}

#[tokio::test]
async fn a_name_is_a_name_and_no_markup() {
    let book = Book::of("romeo@montague.lit", Account::Elsewhere).await;
    let mut tx = book.invitations.db.write().await.unwrap();
    tx.set_nick(JULIET, "A&lt;b&amp;").await.unwrap();
    tx.commit().await.unwrap();
    let html = get(&book, &path("")).await.html();
    assert_eq!(texts(&html, "h1"), ["A&lt;b&amp; would like to show you something"]);
}
