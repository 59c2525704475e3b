//! From the page of an invitation to an account on the server and the contact in its list, with a
//! server that makes accounts and with one that does not.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Router,
    http::{HeaderMap, StatusCode},
    routing,
};
use minidom::Element;
use tokio::{net::TcpListener, task::JoinHandle};
use tradepost::{
    db::Db,
    domain::{clock::Clock, invitation::Code},
    invite::store::NewInvitation,
};
use uuid::Uuid;

use crate::{
    harness::{
        PATIENCE,
        client::Client,
        component::{Component, Plan},
        eventually, http,
        server::{DOMAIN, Kind, PASSWORD, Server, Setup},
        wire::{CLIENT, STREAM, Wire},
    },
    servers,
    stanzas::register,
};

servers::facts!(a_server_that_makes_no_accounts_is_known_and_the_page_leads_elsewhere);

/// A server that makes accounts for the component, with Juliet on it.
pub(crate) async fn inviting() -> Server {
    let users = vec!["juliet".to_owned()];
    Server::start_with(Kind::Prosody, Setup { invites: true, users, ..Setup::default() }).await
}

/// Juliet has invited `address`: the code that was sent there.
pub(crate) async fn invited(component: &Component, address: &str, n: u64) -> Code {
    let file = component.dir().join("tradepost.db");
    let db = Db::open(&format!("sqlite:{}", file.display())).await.expect("the database");
    let (code, now) = (Code::from_random(7, n), Clock::System.now());
    let id = Uuid::from_u128(n.into());
    let (inviter, address) = ("juliet@localhost".to_owned(), address.to_owned());
    let invitation = NewInvitation { id, inviter, address, made: now };
    let mut tx = db.write().await.expect("a transaction");
    tx.insert_invitations(&[invitation]).await.expect("an invitation");
    let expires = now.after(Duration::from_hours(24));
    tx.tell_invitation(id, &code.hash(), expires).await.expect("an invitation");
    tx.commit().await.expect("a commit");
    db.close().await;
    code
}

async fn post(component: &Component, path: &str) -> http::Answer {
    let address = component.pages();
    let request = format!("POST {path} HTTP/1.0\r\nHost: {address}\r\nContent-Length: 0\r\n\r\n");
    http::exchange(address, &request).await.expect("an answer")
}

async fn get(component: &Component, path: &str) -> http::Answer {
    http::get(component.pages(), path).await.expect("an answer")
}

async fn says(component: &Component, by: &str) -> bool {
    let series = format!("tradepost_account_way{{by=\"{by}\"}}");
    eventually(PATIENCE, async || component.metrics().await.get(&series) == Some(&1.0)).await
}

/// Makes the account `user` with a token, as a client does (XEP-0445 §3, XEP-0077 §3.1.1).
async fn make_account(server: &Server, user: &str, token: &str) -> Vec<Element> {
    let wire = Wire::open(server.c2s(), CLIENT, DOMAIN, |_| None).await.expect("a connection");
    wire.expect("features", |el| el.is("features", STREAM), PATIENCE).await;
    let mut answers = Vec::new();
    for (id, payload) in [
        ("p", format!("<preauth xmlns='urn:xmpp:pars:0' token='{token}'/>")),
        (
            "r",
            format!(
                "<query xmlns='jabber:iq:register'><username>{user}</username>\
                 <password>{PASSWORD}</password></query>"
            ),
        ),
    ] {
        let iq = format!("<iq type='set' id='{id}' to='{DOMAIN}'>{payload}</iq>");
        wire.send(&iq).await.expect("a connection");
        let answers_it = |el: &Element| el.is("iq", CLIENT) && el.attr("id") == Some(id);
        answers.push(wire.expect("an answer", answers_it, PATIENCE).await);
    }
    answers
}

#[tokio::test]
async fn somebody_without_an_account_gets_one_and_adds_the_contact() {
    let server = inviting().await;
    let component =
        Plan::new(&server).set("access.register", vec!["juliet@localhost"]).start().await;
    let juliet = Client::login(&server, "juliet").await;
    register(&juliet, "Juliet").await;
    let code = invited(&component, "mailto:mercutio@verona.lit", 1).await;
    assert!(says(&component, "server").await, "{}", component.log());

    let page = get(&component, &format!("/i/{code}")).await;
    assert!(page.status == 200 && page.body.contains("Make me an account"), "{}", page.body);
    assert_eq!(post(&component, &format!("/i/{code}/account")).await.status, 303);
    let page = get(&component, &format!("/i/{code}")).await.body;
    let (_, uri) = page.split_once("href=\"xmpp:localhost?register;preauth=").expect("a link");
    let token = uri.split('"').next().expect("a token").to_owned();
    // Pressed again it is the same one.
    assert_eq!(post(&component, &format!("/i/{code}/account")).await.status, 303);
    assert!(get(&component, &format!("/i/{code}")).await.body.contains(&token));
    let made = component.metrics().await.get("tradepost_accounts_total{result=\"made\"}").copied();
    assert_eq!(made, Some(1.0));

    let answers = make_account(&server, "mercutio", &token).await;
    let kinds: Vec<_> = answers.iter().map(|it| it.attr("type")).collect();
    assert_eq!(kinds, [Some("result"); 2], "{answers:?}");
    let again = make_account(&server, "tybalt", &token).await;
    assert_eq!(again[0].attr("type"), Some("error"), "a token works once");

    let mercutio = Client::login(&server, "mercutio").await;
    let subscribe = |code: &str| {
        format!(
            "<presence type='subscribe' to='share@share.localhost'>\
             <preauth xmlns='urn:xmpp:pars:0' token='{code}'/></presence>"
        )
    };
    mercutio.send(&subscribe(&code.to_string())).await.expect("a connection");
    let granted = |el: &Element| el.is("presence", CLIENT) && el.attr("type") == Some("subscribed");
    mercutio.expect("the contact's consent", granted, PATIENCE).await;
    // Its code has been used: the page has ended, like any that never was.
    let closed = async || get(&component, &format!("/i/{code}")).await.status == 404;
    assert!(eventually(PATIENCE, closed).await);
}

#[tokio::test]
async fn no_more_accounts_are_made_in_a_day_than_the_operator_allows() {
    let server = inviting().await;
    let component = Plan::new(&server).set("invite.accounts_a_day", 1).start().await;
    let juliet = Client::login(&server, "juliet").await;
    register(&juliet, "Juliet").await;
    assert!(says(&component, "server").await, "{}", component.log());
    let codes = [
        invited(&component, "tel:+390455550100", 1).await,
        invited(&component, "tel:+390455550101", 2).await,
    ];
    assert_eq!(post(&component, &format!("/i/{}/account", codes[0])).await.status, 303);
    let spent = post(&component, &format!("/i/{}/account", codes[1])).await;
    assert!(spent.status == 503 && spent.body.contains("No more accounts today"), "{}", spent.body);
}

async fn a_server_that_makes_no_accounts_is_known_and_the_page_leads_elsewhere(kind: Kind) {
    let users = vec!["juliet".to_owned()];
    let server = Server::start_with(kind, Setup { users, ..Setup::default() }).await;
    let component = Component::start(&server).await;
    assert!(says(&component, "none").await, "{kind:?}");
    assert!(component.log().contains("the server makes no accounts for us"), "{kind:?}");
    let juliet = Client::login(&server, "juliet").await;
    register(&juliet, "Juliet").await;
    let code = invited(&component, "mailto:mercutio@verona.lit", 1).await;
    let page = get(&component, &format!("/i/{code}")).await;
    assert!(page.status == 200 && !page.body.contains("<form"), "{}", page.body);
    let refused = post(&component, &format!("/i/{code}/account")).await;
    assert_eq!(refused.status, 503, "{kind:?}: {}", refused.body);
}

#[tokio::test]
async fn the_operator_says_where_accounts_are_made_if_the_server_makes_none() {
    let server = Server::start(Kind::Ejabberd).await;
    let plan = Plan::new(&server).set("invite.register_url", "https://verona.lit/new");
    let component = plan.start().await;
    assert!(says(&component, "address").await, "{}", component.log());
}

#[tokio::test]
async fn whoever_refuses_on_the_page_is_asked_first_and_is_not_asked_again() {
    let server = inviting().await;
    let component = Component::start(&server).await;
    let juliet = Client::login(&server, "juliet").await;
    register(&juliet, "Juliet").await;
    let code = invited(&component, "mailto:mercutio@verona.lit", 1).await;
    let asked = get(&component, &format!("/i/{code}/stop")).await;
    assert!(asked.body.contains("<form action=\"/i/"), "{}", asked.body);
    let done = post(&component, &format!("/i/{code}/stop")).await;
    assert!(done.body.contains("Nobody will invite you again"), "{}", done.body);
    let other = get(&component, "/i/00000000000000000000000000000000").await;
    assert_eq!(other.status, 404);
    // From now on it is that page, and so is every other invitation of that address.
    let later = invited(&component, "mailto:mercutio@verona.lit", 2).await;
    for path in [format!("/i/{code}"), format!("/i/{code}/stop"), format!("/i/{later}")] {
        let closed = get(&component, &path).await;
        assert_eq!((closed.status, closed.body), (404, other.body.clone()), "{path}");
    }
}

/// An ejabberd of 26.07, as far as its API is asked: the command is known, refuses to be called
/// without a host, and answers to one in one of these ways in turn, the last one for ever.
struct Api {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<(String, String)>>>,
    task: JoinHandle<()>,
}

#[derive(Debug, Clone, Copy)]
enum Does {
    Make,
    Refuse,
    Odd,
    Hang,
}

const MADE: &str = r#"{"invite_uri":"xmpp:localhost?register;preauth=a-B_9","landing_page":"http://localhost:5280/invites/a-B_9"}"#;
const MISSING: &str =
    r#"{"status":"error","code":10,"message":"Request have missing argument: host"}"#;

impl Api {
    async fn start(does: &'static [Does]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let asked = Arc::<Mutex<Vec<(String, String)>>>::default();
        let seen = Arc::clone(&asked);
        let take = async move |headers: HeaderMap, body: String| {
            let known = headers.get("authorization").and_then(|it| it.to_str().ok());
            if body == "{}" {
                return (StatusCode::BAD_REQUEST, MISSING);
            }
            let does = {
                let mut seen = seen.lock().expect("asked");
                seen.push((known.unwrap_or_default().to_owned(), body));
                does[(seen.len() - 1).min(does.len() - 1)]
            };
            match does {
                Does::Make => (StatusCode::OK, MADE),
                Does::Refuse => (StatusCode::UNAUTHORIZED, r#""not_allowed""#),
                Does::Odd => (StatusCode::OK, r#"{"invite_uri":"javascript:alert(1)"}"#),
                Does::Hang => std::future::pending().await,
            }
        };
        let router = Router::new().route("/api/generate_invite", routing::post(take));
        let task = tokio::spawn(async move {
            axum::serve(listener, router).await.expect("served");
        });
        Self { address, asked, task }
    }

    /// A component that asks it; the server of the stream is one that makes no accounts.
    fn plan(&self, server: &Server) -> Plan {
        Plan::new(server)
            .set("invite.ejabberd_api", format!("http://{}/api", self.address))
            .set("invite.ejabberd_token", "s3cret")
    }
}

impl Drop for Api {
    fn drop(&mut self) {
        self.task.abort();
    }
}

#[tokio::test]
async fn ejabberd_makes_an_account_by_its_api_once_for_an_invitation() {
    let users = vec!["juliet".to_owned()];
    let server = Server::start_with(Kind::Ejabberd, Setup { users, ..Setup::default() }).await;
    let api = Api::start(&[Does::Make]).await;
    let component = api.plan(&server).start().await;
    assert!(says(&component, "ejabberd").await, "{}", component.log());
    assert!(component.log().contains("by ejabberd's HTTP API"), "{}", component.log());
    assert!(api.asked.lock().expect("asked").is_empty(), "nothing is made by looking");
    let juliet = Client::login(&server, "juliet").await;
    register(&juliet, "Juliet").await;
    let code = invited(&component, "mailto:mercutio@verona.lit", 1).await;
    for _ in 0..2 {
        assert_eq!(post(&component, &format!("/i/{code}/account")).await.status, 303);
    }
    let page = get(&component, &format!("/i/{code}")).await.body;
    assert!(page.contains("href=\"xmpp:localhost?register;preauth=a-B_9\""), "{page}");
    assert!(page.contains("http://localhost:5280/invites/a-B_9"), "{page}");
    let asked = api.asked.lock().expect("asked").clone();
    assert_eq!(asked, [("Bearer s3cret".to_owned(), r#"{"host":"localhost"}"#.to_owned())]);
    let made = component.metrics().await.get("tradepost_accounts_total{result=\"made\"}").copied();
    assert_eq!(made, Some(1.0));
    assert!(!component.log().contains("s3cret"), "{}", component.log());
}

#[tokio::test]
async fn an_api_that_refuses_or_hangs_or_answers_oddly_leaves_the_place_free() {
    let users = vec!["juliet".to_owned()];
    let server = Server::start_with(Kind::Ejabberd, Setup { users, ..Setup::default() }).await;
    let api = Api::start(&[Does::Refuse, Does::Odd, Does::Hang, Does::Make]).await;
    let component = api.plan(&server).set("invite.accounts_a_day", 1).start().await;
    assert!(says(&component, "ejabberd").await, "{}", component.log());
    let juliet = Client::login(&server, "juliet").await;
    register(&juliet, "Juliet").await;
    let code = invited(&component, "mailto:mercutio@verona.lit", 1).await;
    for why in ["see its api_permissions", "without a link to an account", "within 5s"] {
        let failed = post(&component, &format!("/i/{code}/account")).await;
        assert_eq!(failed.status, 503, "{why}: {}", failed.body);
        assert!(failed.body.contains("The account is not ready"), "{why}: {}", failed.body);
        assert!(component.log().contains(why), "{why}: {}", component.log());
    }
    assert_eq!(post(&component, &format!("/i/{code}/account")).await.status, 303);
    let metrics = component.metrics().await;
    let count = |result| metrics.get(&format!("tradepost_accounts_total{{result=\"{result}\"}}"));
    assert_eq!((count("failed"), count("made")), (Some(&3.0), Some(&1.0)));
}

#[tokio::test]
async fn an_ejabberd_before_26_01_is_told_from_a_later_one_without_making_anything() {
    let server = Server::start(Kind::Ejabberd).await;
    // What a command answers that is there and is called without its arguments.
    let there = http::post(server.api(), "/api/check_account", "{}").await.expect("an answer");
    assert_eq!(there.status, 400, "{}", there.body);
    assert!(there.body.contains("missing argument") || there.body.contains("10"), "{}", there.body);
    let plan =
        Plan::new(&server).set("invite.ejabberd_api", format!("http://{}/api", server.api()));
    let component = plan.start().await;
    assert!(says(&component, "none").await, "{}", component.log());
    let log = component.log();
    assert!(log.contains("the server makes no accounts for us"), "{log}");
    assert!(log.contains("ejabberd is older than 26.01"), "{log}");
}
