//! Collected cards, by words and in a browser without one: what is asked and answered.

use tradepost::{
    card::collected::add,
    db::Db,
    domain::card::{Card, Part},
    world::World,
};

use crate::{
    contact::{tell, tell_in},
    harness::{
        PATIENCE,
        client::Client,
        component::{Component, Plan},
        eventually,
        fixture::world,
        http::{Answer, exchange, get},
        server::{Kind, Server},
    },
    servers,
    stanzas::{now, register},
};

servers::facts!(cards_are_looked_through_changed_merged_and_undone_by_words);

/// Puts cards into the book of `owner`, as if he had taken them: the first is his number 1.
pub(crate) async fn collect(component: &Component, owner: &str, cards: &[Card]) {
    let file = component.dir().join("tradepost.db");
    let db = Db::open(&format!("sqlite:{}", file.display())).await.expect("the database");
    let world = World { now: now(), ..world() };
    // Names of their own: those of a test are counted.
    let world = World { chance: tradepost::domain::id::Chance::System, ..world };
    let mut tx = db.write().await.expect("a transaction");
    for card in cards {
        add(&mut tx, &world, owner, card).await.expect("an answer").expect("room");
    }
    tx.commit().await.expect("kept");
    db.close().await;
}

/// A card with these values.
pub(crate) fn card(name: &str, values: &[(Part, &str)]) -> Card {
    let mut card = Card::named(name);
    for (part, value) in values {
        card.set(*part, &[(*value).to_owned()]);
    }
    card
}

/// Juliet, the Nurse, and Juliet once more.
pub(crate) fn verona() -> Vec<Card> {
    let mail = (Part::Mail, "juliet@capulet.lit");
    vec![
        card(
            "Juliet Capulet",
            &[
                (Part::Organisation, "Capulet Silver"),
                (Part::Phone, "+390455550100"),
                mail,
                (Part::Categories, "Friends"),
                (Part::Note, "canary <b>note</b>"),
            ],
        ),
        card("奶妈", &[(Part::Phone, "+390455550111"), (Part::Categories, "Staff")]),
        card("Julia C.", &[mail, (Part::Title, "Heiress")]),
    ]
}

/// The address behind `before` in what somebody was told, without the host.
fn path(component: &Component, told: &str) -> String {
    let (_, rest) = told.split_once(&component.pages().to_string()).expect("an address");
    rest.split_whitespace().next().expect("a path").to_owned()
}

async fn post(component: &Component, path: &str, cookie: &str, form: &str) -> Answer {
    let (length, pages) = (form.len(), component.pages());
    let request = format!(
        "POST {path} HTTP/1.0\r\nHost: x\r\nOrigin: http://{pages}\r\nCookie: {cookie}\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {length}\r\n\r\n{form}"
    );
    exchange(component.pages(), &request).await.expect("an answer")
}

async fn see(component: &Component, path: &str, cookie: &str) -> Answer {
    let request = format!("GET {path} HTTP/1.0\r\nHost: x\r\nCookie: {cookie}\r\n\r\n");
    exchange(component.pages(), &request).await.expect("an answer")
}

fn header<'a>(answer: &'a Answer, name: &str) -> &'a str {
    let lines = answer.head.lines().filter_map(|line| line.split_once(": "));
    let mut found = lines.filter(|(key, _)| key.eq_ignore_ascii_case(name));
    found.next().map(|(_, value)| value).unwrap_or_default()
}

/// Opens the cards by the link, and gives the cookie and the word that forms carry.
async fn opened(component: &Component, client: &Client) -> (String, String) {
    let link = path(component, &tell(client, "cards link").await);
    // Whoever only looks spends nothing.
    for _ in 0..2 {
        let button = get(component.pages(), &link).await.expect("a page");
        assert_eq!(button.status, 200);
        assert!(button.body.contains("Open my cards") && !button.body.contains("Juliet"));
    }
    let answer = post(component, &link, "", "").await;
    assert_eq!((answer.status, header(&answer, "location")), (303, "/a"));
    let set = header(&answer, "set-cookie");
    assert!(set.contains("; HttpOnly; SameSite=Strict") && set.contains("; Path=/a;"), "{set}");
    let cookie = set.split(';').next().expect("a cookie").to_owned();
    assert_eq!(post(component, &link, "", "").await.status, 403, "it is spent");
    assert_eq!(get(component.pages(), &link).await.expect("a page").status, 403);
    let list = see(component, "/a", &cookie).await;
    let (_, rest) = list.body.split_once("name=\"word\" value=\"").expect("a form");
    (cookie, rest.split('"').next().expect("a word").to_owned())
}

async fn cards_are_looked_through_changed_merged_and_undone_by_words(kind: Kind) {
    let server = Server::start(kind).await;
    let component = Component::start(&server).await;
    let alice = Client::login(&server, "alice").await;
    register(&alice, "Alice").await;
    assert!(tell(&alice, "cards").await.starts_with("You have no cards yet"));
    collect(&component, "alice@localhost", &verona()).await;
    let list = tell(&alice, "cards").await;
    assert_eq!(list, "#3 Julia C.\n#1 Juliet Capulet, Capulet Silver\n#2 奶妈");
    assert_eq!(tell(&alice, "cards SILVER jul").await, "#1 Juliet Capulet, Capulet Silver");
    assert_eq!(tell_in(&alice, "zh", "通讯录 妈").await, "#2 奶妈");
    assert_eq!(tell(&alice, "cards in staff").await, "#2 奶妈");
    assert_eq!(tell(&alice, "cards in").await, "Categories: Friends (1), Staff (1)");
    let same = tell(&alice, "cards same").await;
    assert!(same.contains("#1 Juliet Capulet; #3 Julia C. – mailto:juliet@capulet.lit"));
    assert!(same.contains("merge 1 3"), "{same}");

    let merged = tell(&alice, "merge 1 3").await;
    assert_eq!(merged, "#3 is now part of #1. To have both again: undo");
    assert_eq!(tell(&alice, "cards heiress").await, "#1 Juliet Capulet, Capulet Silver");
    assert_eq!(tell(&alice, "undo").await, "#1 and #3 are two cards again.");
    assert_eq!(tell(&alice, "cards heiress").await, "#3 Julia C.");

    let edited = tell(&alice, "edit 2 category 朋友, work").await;
    assert!(edited.starts_with("#2 Categories: 朋友; work."), "{edited}");
    assert_eq!(tell(&alice, "cards in WORK").await, "#2 奶妈");
    assert!(tell(&alice, "edit 2 name -").await.starts_with("A card has to have a name"));
    assert!(tell(&alice, "edit 9 phone 1").await.starts_with("You have no card #9"));
    assert!(tell(&alice, "edit 2 shoes 44").await.contains("edit NUMBER FIELD VALUE"));
    assert_eq!(tell(&alice, "undo 2").await, "#2 is as it was before.");
    assert_eq!(tell(&alice, "undo 2").await.split('.').next(), Some("There is nothing to undo"));
}

#[tokio::test]
async fn a_link_opens_the_cards_once_and_forms_without_their_word_change_nothing() {
    let server = Server::start(Kind::Prosody).await;
    let component = Component::start(&server).await;
    let alice = Client::login(&server, "alice").await;
    register(&alice, "Alice").await;
    collect(&component, "alice@localhost", &verona()).await;
    assert_eq!(get(component.pages(), "/a").await.expect("a page").status, 403);
    let (cookie, word) = opened(&component, &alice).await;

    let list = see(&component, "/a", &cookie).await;
    assert_eq!((list.status, header(&list, "cache-control")), (200, "no-store"));
    assert!(header(&list, "content-security-policy").contains("default-src 'none'"));
    for name in ["Juliet Capulet", "奶妈", "Julia C."] {
        assert!(list.body.contains(name), "{name}");
    }
    let found = see(&component, "/a?q=silver", &cookie).await.body;
    assert!(found.contains("Juliet Capulet") && !found.contains("奶妈"));
    let staff = see(&component, "/a?in=staff", &cookie).await.body;
    assert!(staff.contains("奶妈") && !staff.contains("Juliet Capulet"));
    let one = see(&component, "/a/card/1", &cookie).await.body;
    assert!(one.contains("tel:+390455550100") && one.contains("canary &#60;b&#62;note"), "{one}");
    assert_eq!(see(&component, "/a/card/9", &cookie).await.status, 404);

    // A form from elsewhere has no word.
    for form in ["title=Thief".to_owned(), "title=Thief&word=0".to_owned()] {
        assert_eq!(post(&component, "/a/card/1", &cookie, &form).await.status, 403);
    }
    let form = format!("word={word}&title=Heiress&phone=%2B390455550100");
    assert_eq!(post(&component, "/a/card/1", &cookie, &form).await.status, 303);
    let one = see(&component, "/a/card/1", &cookie).await.body;
    assert!(one.contains("Heiress") && one.contains("tel:+390455550100"));
    assert!(one.contains("juliet@capulet.lit"), "what the form did not send stays");
    let form = format!("word={word}&card=1");
    assert_eq!(post(&component, "/a/undo", &cookie, &form).await.status, 303);
    assert!(!see(&component, "/a/card/1", &cookie).await.body.contains("Heiress"));
    let form = format!("word={word}&name=");
    let refused = post(&component, "/a/card/1", &cookie, &form).await;
    assert_eq!(refused.status, 422);
    assert!(refused.body.contains("has to have a name"));

    let form = format!("word={word}");
    assert_eq!(post(&component, "/a/card/1/delete", &cookie, &form).await.status, 303);
    assert_eq!(see(&component, "/a/card/1", &cookie).await.status, 404);
    assert_eq!(tell(&alice, "undo").await, "#1 is back.");
    let form = format!("word={word}&now=1");
    assert_eq!(post(&component, "/a/card/1/delete", &cookie, &form).await.status, 303);
    let gone = async || {
        let files = std::fs::read_dir(component.dir()).expect("the folder");
        let mut paths = files.map(|file| file.expect("a file").path());
        let holds = |path: std::path::PathBuf| {
            let is_database = path.to_string_lossy().contains("tradepost.db");
            let bytes = std::fs::read(&path).unwrap_or_default();
            is_database && bytes.windows(11).any(|it| it == b"canary <b>n")
        };
        !paths.any(holds)
    };
    assert!(eventually(PATIENCE, gone).await, "it stays in the files of the database");

    post(&component, "/a/close", &cookie, &format!("word={word}")).await;
    assert_eq!(see(&component, "/a", &cookie).await.status, 403);
}

#[tokio::test]
async fn cards_are_taken_along_as_files() {
    let server = Server::start(Kind::Prosody).await;
    let component = Component::start(&server).await;
    let alice = Client::login(&server, "alice").await;
    register(&alice, "Alice").await;
    assert!(tell(&alice, "cards export").await.starts_with("You have no cards yet"));
    let mut cards = verona();
    cards.extend((0..120).map(|n| card(&format!("Guest {n}"), &[])));
    collect(&component, "alice@localhost", &cards).await;
    let fetch = async |told: &str, ending: &str| {
        let link = path(&component, &told.replace(".vcf", " "));
        let file = get(component.pages(), &format!("{link}.{ending}")).await.expect("a file");
        assert_eq!(file.status, 200, "{ending}");
        assert!(header(&file, "content-disposition").starts_with("attachment"));
        file.body
    };
    let all = tell(&alice, "cards export").await;
    let vcf = fetch(&all, "vcf").await;
    assert_eq!(vcf.matches("BEGIN:VCARD\r\nVERSION:3.0").count(), 123);
    let csv = fetch(&all, "csv").await;
    assert_eq!(csv.lines().count(), 124);
    assert!(csv.starts_with("First Name,") && csv.contains("juliet@capulet.lit"));
    let json: serde_json::Value = serde_json::from_str(&fetch(&all, "json").await).expect("JSON");
    assert_eq!(json.as_array().map(Vec::len), Some(123));
    let staff = fetch(&tell(&alice, "cards export staff").await, "vcf").await;
    assert!(staff.contains("FN:奶妈") && !staff.contains("Juliet"));
    let one = fetch(&tell(&alice, "cards export 1").await, "vcf").await;
    assert_eq!(one.matches("BEGIN:VCARD").count(), 1);
    assert!(tell(&alice, "cards export nobody").await.starts_with("No card of yours"));
    let unknown = format!("/a/{}.vcf", "0".repeat(32));
    assert_eq!(get(component.pages(), &unknown).await.expect("a page").status, 404);
}

#[tokio::test]
async fn nothing_of_a_card_is_in_the_log_at_any_level() {
    let server = Server::start(Kind::Prosody).await;
    let component = Plan::new(&server).env("RUST_LOG", "trace").start().await;
    let alice = Client::login(&server, "alice").await;
    register(&alice, "Alice").await;
    let canary = card(
        "Canary Name",
        &[
            (Part::Note, "canary note"),
            (Part::Mail, "canary@mail.lit"),
            (Part::Categories, "canary"),
        ],
    );
    collect(&component, "alice@localhost", &[canary]).await;
    for words in [
        "cards",
        "cards canary",
        "cards in canary",
        "cards same",
        "edit 1 title canary title",
        "edit 1 name -",
        "merge 1 2",
        "undo",
        "cards export canary",
    ] {
        tell(&alice, words).await;
    }
    let (cookie, word) = opened(&component, &alice).await;
    see(&component, "/a?q=canary", &cookie).await;
    see(&component, "/a/card/1", &cookie).await;
    see(&component, "/a/cards.csv", &cookie).await;
    let form = format!("word={word}&title=canary+other");
    post(&component, "/a/card/1", &cookie, &form).await;
    let token = cookie.split('=').nth(1).expect("a token");
    // All of it, and not only its end.
    let log = std::fs::read_to_string(component.dir().join("tradepost.log")).expect("the log");
    assert!(log.contains("INFO"), "it says nothing");
    for secret in ["canary", "Canary", token] {
        let line = log.lines().find(|line| line.contains(secret));
        assert_eq!(line, None, "{secret}");
    }
}
