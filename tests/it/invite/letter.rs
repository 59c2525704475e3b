//! People who have only a phone number or a mail address: from the letter over the page to what
//! waits for them, whoever else has the link; and letters that do not arrive.

use minidom::Element;
use tradepost::{crash::LETTER_POINTS, domain::clock::Millis};

use crate::{
    contact::tell,
    harness::{
        PATIENCE,
        client::Client,
        component::{Component, Plan},
        http,
        server::{Kind, Server},
        wire::CLIENT,
    },
    mailer::provider::{
        Asked, Mailbox, NUMBER, Provider, TEL, by_http, by_mail, digits, metric_is, told,
    },
    servers,
    stanzas::{
        CONTACT, DOMAIN, NS, body, comment_of, goblet, now, register, send, settled, share, shown,
        waited_since,
    },
};

servers::facts!(
    whoever_has_only_a_number_comes_from_an_sms_over_the_page_to_what_waits_for_him,
    whoever_has_only_a_mail_address_comes_from_a_mail_over_the_page_to_what_waits_for_him,
    a_link_that_was_passed_on_opens_nothing_to_whoever_comes_first,
);

const MAIL: &str = "mailto:carol@example.org";
const PAGES: &str = "https://share.example.org";
/// What the inviter says and sends: nothing of that may be in letters and on the page.
const SECRETS: [&str; 6] = ["evening", "Capulet", "oblet", "24.90", "shop.verona.lit", "4006381"];

/// What brings letters to people.
enum Post {
    Sms(Provider),
    Mail(Mailbox),
}

impl Post {
    fn plan(&self, server: &Server) -> Plan {
        let plan = match self {
            Self::Sms(provider) => by_http(server, provider),
            Self::Mail(mailbox) => by_mail(server, mailbox),
        };
        plan.set("http.public_url", PAGES)
    }

    /// Where it brings them, as it is shared to and as it is shown.
    fn address(&self) -> (&'static str, &'static str) {
        match self {
            Self::Sms(_) => (TEL, NUMBER),
            Self::Mail(_) => (MAIL, "carol@example.org"),
        }
    }

    /// The texts of the first `n` letters, once they are there.
    async fn first(&self, n: usize) -> Vec<String> {
        let text = |mail: &serde_json::Value| mail["text"].as_str().expect("a text").to_owned();
        match self {
            Self::Sms(provider) => provider.first(n).await.iter().map(Asked::text).collect(),
            Self::Mail(mailbox) => mailbox.first_mails(n).await.iter().map(text).collect(),
        }
    }

    fn count(&self) -> usize {
        match self {
            Self::Sms(provider) => provider.asked().len(),
            Self::Mail(mailbox) => mailbox.mails().len(),
        }
    }
}

/// The code of the page that a letter leads to.
fn code_in(text: &str) -> String {
    let (_, rest) = text.split_once(&format!("{PAGES}/i/")).expect("a link");
    rest.chars().take_while(char::is_ascii_alphanumeric).collect()
}

/// Comes with a code as Conversations does when a link was tapped (XEP-0379 §3.3), until the
/// contact has let him see it.
async fn comes_with(client: &Client, code: &str) {
    let subscribe = format!(
        "<presence type='subscribe' to='{CONTACT}'>\
         <preauth xmlns='urn:xmpp:pars:0' token='{code}'/></presence>"
    );
    client.send(&subscribe).await.expect("sent");
    for kind in [Some("subscribed"), None] {
        let presence = |it: &Element| {
            it.is("presence", CLIENT)
                && it.attr("type") == kind
                && it.attr("from").is_some_and(|from| from.starts_with(CONTACT))
        };
        client.expect("presence of the contact", presence, PATIENCE).await;
    }
}

/// Nothing of what was held has come to somebody, nor a word of where it was sent to.
async fn has_nothing(component: &Component, client: &Client, post: &Post) {
    settled(component).await;
    client.request("get", "localhost", "<ping xmlns='urn:xmpp:ping'/>").await;
    assert!(client.seen().iter().all(|it| !it.has_child("share", NS)), "{}", client.seen_text());
    let (text, (_, shown_as)) = (client.seen_text(), post.address());
    let told = SECRETS.iter().chain([&shown_as]).find(|it| text.contains(**it));
    assert!(told.is_none(), "{told:?} in {text}");
}

async fn page(component: &Component, code: &str) -> http::Answer {
    http::get(component.pages(), &format!("/i/{code}")).await.expect("an answer")
}

/// What Alice has sent to somebody who has not joined, in order, and between which times.
type Sent = [(&'static str, Millis, Millis); 2];

async fn send_two(alice: &Client, to: &str) -> Sent {
    let mut sent = [("first evening", now(), now()), ("second evening", now(), now())];
    for (comment, before, after) in &mut sent {
        *before = now();
        share(alice, comment, comment, &[to]).await;
        *after = now();
    }
    sent
}

/// All of it has come, in order, with the time at which it was sent.
async fn all_came(client: &Client, sent: &Sent) {
    for (comment, before, after) in sent {
        let since = waited_since(&shown(client, comment).await);
        assert!(*before <= since && since <= *after, "{before} <= {since} <= {after}");
    }
    let came: Vec<String> = client.seen().iter().filter_map(comment_of).collect();
    assert_eq!(came, sent.map(|(comment, ..)| comment));
}

/// From the letter over the page and the client to what waits; whoever comes later with the link
/// gets nothing.
async fn comes_from_a_letter(server: &Server, post: &Post) {
    let component = post.plan(server).start().await;
    let people = ["alice", "bob", "carol"].map(|user| Client::login(server, user));
    let [alice, bob, carol] = people;
    let (alice, bob, carol) = tokio::join!(alice, bob, carol);
    register(&alice, "Win at evil").await;
    let (to, shown_as) = post.address();
    let sent = send_two(&alice, to).await;

    let letter = post.first(1).await.remove(0);
    assert!(letter.contains("alice@localhost would like to show you"), "{letter}");
    assert!(!letter.contains("evil"), "nothing that she has written: {letter}");
    let code = code_in(&letter);
    let answer = page(&component, &code).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let link = format!("href=\"xmpp:{CONTACT}?roster;preauth={code}\"");
    assert!(answer.body.contains(&link), "{}", answer.body);
    assert!(answer.body.contains("alice@localhost"), "{}", answer.body);
    assert!(answer.head.to_lowercase().contains("cache-control: no-store"), "{}", answer.head);
    for text in [&letter, &answer.body] {
        let told = SECRETS.iter().chain([&shown_as]).find(|it| text.contains(**it));
        assert!(told.is_none(), "{told:?} in {text}");
    }

    comes_with(&carol, &code).await;
    let asked = body(&told(&carol, "I have sent a code").await);
    assert!(!asked.contains(shown_as), "the link may have been passed on: {asked}");
    let proof = digits(&post.first(2).await.remove(1));
    has_nothing(&component, &carol, post).await;
    assert_eq!(page(&component, &code).await.status, 404, "it works once");

    comes_with(&bob, &code).await;
    assert!(tell(&bob, &format!("join {code}")).await.contains("cannot be used"));
    assert!(tell(&carol, &format!("code {proof}")).await.contains("is yours"));
    all_came(&carol, &sent).await;
    has_nothing(&component, &bob, post).await;
    assert_eq!(post.count(), 2, "one invitation and one code");

    let joined = body(&told(&alice, "has joined").await);
    assert!(joined.starts_with(shown_as) && !joined.contains("carol@localhost"), "{joined}");
    metric_is(&component, &invitations(post, "accepted"), 1.0).await;
}

/// Somebody to whom the link was passed on comes first. He gets nothing; and whoever the letter
/// was for shows that the address is his and gets everything.
async fn comes_after_another(server: &Server, post: &Post) {
    let component = post.plan(server).start().await;
    let people = ["alice", "bob", "carol"].map(|user| Client::login(server, user));
    let [alice, bob, carol] = people;
    let (alice, bob, carol) = tokio::join!(alice, bob, carol);
    register(&alice, "Alice").await;
    let (to, shown_as) = post.address();
    let sent = send_two(&alice, to).await;
    let code = code_in(&post.first(1).await.remove(0));

    comes_with(&bob, &code).await;
    told(&bob, "I have sent a code").await;
    let proof = digits(&post.first(2).await.remove(1));
    let wrong = if proof == "000000" { "000001" } else { "000000" };
    assert!(!tell(&bob, &format!("code {wrong}")).await.contains("is yours"));
    has_nothing(&component, &bob, post).await;

    comes_with(&carol, &code).await;
    // Another's code proves nothing of hers.
    assert!(!tell(&carol, &format!("code {proof}")).await.contains("is yours"));
    has_nothing(&component, &carol, post).await;
    let word = if to == TEL { "phone" } else { "mail" };
    assert!(tell(&carol, &format!("{word} {shown_as}")).await.contains("six digits"));
    let proof = digits(&post.first(3).await.remove(2));
    assert!(tell(&carol, &format!("code {proof}")).await.contains("is yours"));
    all_came(&carol, &sent).await;
    has_nothing(&component, &bob, post).await;
}

fn invitations(post: &Post, state: &str) -> String {
    let channel = if matches!(post, Post::Sms(_)) { "sms" } else { "mail" };
    format!("tradepost_invitations{{channel=\"{channel}\",state=\"{state}\"}}")
}

async fn whoever_has_only_a_number_comes_from_an_sms_over_the_page_to_what_waits_for_him(
    kind: Kind,
) {
    let server = Server::start(kind).await;
    let post = Post::Sms(Provider::start(&[(200, "")]).await);
    comes_from_a_letter(&server, &post).await;
}

async fn whoever_has_only_a_mail_address_comes_from_a_mail_over_the_page_to_what_waits_for_him(
    kind: Kind,
) {
    let server = Server::start(kind).await;
    let post = Post::Mail(Mailbox::start().await);
    comes_from_a_letter(&server, &post).await;
}

async fn a_link_that_was_passed_on_opens_nothing_to_whoever_comes_first(kind: Kind) {
    let server = Server::start(kind).await;
    let post = match kind {
        Kind::Prosody => Post::Sms(Provider::start(&[(200, "")]).await),
        Kind::Ejabberd => Post::Mail(Mailbox::start().await),
    };
    comes_after_another(&server, &post).await;
}

#[tokio::test]
async fn an_invitation_in_flight_when_the_process_dies_keeps_its_key_and_its_link() {
    for point in LETTER_POINTS {
        let server = Server::start(Kind::Prosody).await;
        let provider = Provider::start(&[(200, "")]).await;
        let component = by_http(&server, &provider).set("http.public_url", PAGES).start().await;
        let alice = Client::login(&server, "alice").await;
        register(&alice, "Alice").await;
        component.restart_to_crash(point);
        component.ready().await;
        share(&alice, "k1", "one", &[TEL]).await;
        component.wait_exit(PATIENCE).await;
        component.restart().await;
        let copies = if point == "letter-sent" { 2 } else { 1 };
        let asked = provider.first(copies).await;
        metric_is(&component, "tradepost_letters_resent_total", 1.0).await;
        let taken = "tradepost_letters_total{channel=\"sms\",result=\"taken\"}";
        metric_is(&component, taken, 1.0).await;
        for copy in &asked {
            assert_eq!(copy.header("idempotency-key"), asked[0].header("idempotency-key"));
            assert_eq!(copy.text(), asked[0].text(), "one code");
        }
        assert_eq!(page(&component, &code_in(&asked[0].text())).await.status, 200);
        metric_is(&component, "tradepost_invitations{channel=\"sms\",state=\"told\"}", 1.0).await;
        assert_eq!(provider.asked().len(), copies, "at {point}");
    }
}

#[tokio::test]
async fn an_invitation_that_is_refused_for_good_is_noted_and_shows_to_nobody() {
    let (server, mailbox) = tokio::join!(Server::start(Kind::Prosody), Mailbox::start());
    let provider = Provider::start(&[(400, ""), (503, ""), (200, "")]).await;
    let component = by_http(&server, &provider)
        .set("email.server", mailbox.address.to_string())
        .set("email.security", "none")
        .set("email.from", "Tradepost <share@example.org>")
        .set("http.public_url", PAGES)
        .start()
        .await;
    let alice = Client::login(&server, "alice").await;
    register(&alice, "Alice").await;
    let to = [TEL, "tel:+390458001234", "mailto:refused@x.org", "mailto:busy@x.org"];
    for (n, to) in to.iter().enumerate() {
        share(&alice, &format!("k{n}"), "one", &[to]).await;
        // One answer of the gateway after the other.
        if to.starts_with("tel:") {
            provider.first(n + 1).await;
        }
    }
    for (channel, result) in [("sms", "later"), ("mail", "later"), ("mail", "refused")] {
        let name = format!("tradepost_letters_total{{channel=\"{channel}\",result=\"{result}\"}}");
        metric_is(&component, &name, 1.0).await;
    }
    provider.first(3).await;
    mailbox.first().await;
    for channel in ["sms", "mail"] {
        for (state, n) in [("undelivered", 1.0), ("told", 1.0), ("accepted", 0.0)] {
            let name = format!("tradepost_invitations{{channel=\"{channel}\",state=\"{state}\"}}");
            metric_is(&component, &name, n).await;
        }
    }
    let waiting = tell(&alice, "invites").await;
    for (n, to) in to.iter().enumerate() {
        let (_, shown_as) = to.split_once(':').expect("a scheme");
        assert!(waiting.contains(&format!("{shown_as}: waiting since")), "{waiting}");
        let status = tell(&alice, &format!("status {}", n + 1)).await;
        assert!(status.contains(&format!("{shown_as}: on its way")), "{status}");
    }
}

#[tokio::test]
async fn a_number_is_typed_as_people_do_and_one_that_cannot_be_is_refused() {
    let server = Server::start(Kind::Prosody).await;
    let provider = Provider::start(&[(200, "")]).await;
    let _component = by_http(&server, &provider).set("http.public_url", PAGES).start().await;
    let alice = Client::login(&server, "alice").await;
    register(&alice, "Alice").await;
    let told = tell(&alice, "share Lamp EUR 5 to 0455 550100: For you").await;
    assert!(told.contains("+390455550100"), "{told}");
    assert_eq!(provider.first(1).await[0].json()["to"], "+390455550100");
    let told = tell(&alice, "share #1 to +39 0455 550100").await;
    assert!(told.contains("+390455550100"), "{told}");
    for none in ["+39 12", "123456", "+999 12345678"] {
        let told = tell(&alice, &format!("share #1 to {none}")).await;
        assert!(told.contains("is no phone number that I know"), "{none}: {told}");
    }
    let waiting = tell(&alice, "invites").await;
    assert_eq!(waiting.matches("+390455550100").count(), 1, "one person: {waiting}");
    for bad in ["tel:0455550100", "tel:+99912345678"] {
        let answer = alice.request("set", DOMAIN, &send("k9", "x", &goblet(), &[bad])).await;
        let refused = String::from(&answer);
        assert!(refused.contains("bad-request") && refused.contains(bad), "{refused}");
    }
}
