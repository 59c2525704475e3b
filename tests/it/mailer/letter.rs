//! Letters leave by a provider's HTTP gateway, by SMTP and by an XMPP gateway; and who has shown
//! that a number or mail address is his gets what was sent there (S4.1).

use tokio::net::TcpListener;
use tradepost::crash::LETTER_POINTS;

use crate::{
    contact::tell,
    harness::{
        PATIENCE,
        client::Client,
        component::Plan,
        server::{Kind, Server},
        wire::CLIENT,
    },
    mailer::provider::{Mailbox, NUMBER, Provider, TEL, by_http, by_mail, digits, metric_is, told},
    servers,
    stanzas::{CONTACT, DOMAIN, NS, alice_and_bob, body, register, settled, share, shown},
};

servers::facts!(whoever_shows_that_a_number_is_his_gets_what_was_sent_there);

async fn whoever_shows_that_a_number_is_his_gets_what_was_sent_there(kind: Kind) {
    let server = Server::start(kind).await;
    let provider = Provider::start(&[(200, "")]).await;
    let component = by_http(&server, &provider).start().await;
    let (alice, bob) = tokio::join!(Client::login(&server, "alice"), Client::login(&server, "bob"));
    register(&alice, "Alice").await;
    share(&alice, "k1", "one", &[TEL]).await;
    let second = share(&alice, "k2", "two", &[TEL]).await;
    register(&bob, "Bob").await;
    assert!(tell(&bob, "phone 12345").await.contains("no phone number"));
    assert!(tell(&bob, "phone 333 1234567").await.contains(NUMBER), "typed without +39");
    let sms = provider.first(1).await.remove(0);
    assert_eq!(sms.json()["to"], NUMBER);
    assert_eq!(sms.header("authorization"), "Bearer s3cret");
    assert_eq!(sms.header("idempotency-key"), sms.json()["key"].as_str().unwrap());
    assert_eq!(sms.uri, "/send?from=shop");
    let code = digits(sms.json()["text"].as_str().unwrap());
    let wrong = if code == "000000" { "000001" } else { "000000" };
    assert!(tell(&bob, &format!("code {wrong}")).await.contains("4 more tries"));
    assert!(tell(&bob, &format!("code {code}")).await.contains("is yours"));
    let (one, two) = (shown(&bob, "one").await, shown(&bob, "two").await);
    for message in [&one, &two] {
        assert!(message.has_child("delay", "urn:xmpp:delay"), "{}", String::from(message));
    }
    assert_eq!(tell(&bob, "settings").await.matches(NUMBER).count(), 1, "told once");

    // What comes later goes straight there, and its sender sees the number and nothing else.
    share(&alice, "k3", "three", &[TEL, "bob@localhost"]).await;
    share(&alice, "k4", "four", &[TEL]).await;
    shown(&bob, "three").await;
    let four = shown(&bob, "four").await;
    settled(&component).await;
    for key in ["status 3", "status 4"] {
        let status = tell(&alice, key).await;
        assert!(status.contains(NUMBER), "{status}");
    }
    let id = second.attr("share").expect("a share");
    let asked = format!("<status xmlns='{NS}' share='{id}'/>");
    let status = alice.request("get", DOMAIN, &asked).await;
    let status = String::from(&status);
    assert!(status.contains(TEL) && !status.contains("bob@"), "{status}");
    let thread = four.get_child("thread", CLIENT).expect("a thread").text();
    bob.send(&format!(
        "<message to='{CONTACT}' type='chat' id='b1'><body>How heavy is it?</body>\
         <thread>{thread}</thread></message>"
    ))
    .await
    .expect("sent");
    let answer = String::from(&told(&alice, "How heavy is it?").await);
    assert!(answer.contains(&format!("{NUMBER}: How heavy")), "{answer}");
    assert!(
        answer.contains(&format!("uri=\"{TEL}\"")) || answer.contains(&format!("uri='{TEL}'")),
        "{answer}"
    );
    assert!(!answer.contains("bob@") && !answer.contains("Bob"), "{answer}");

    // Another shows that it is his: the first is told, and gets no more.
    let carol = Client::login(&server, "carol").await;
    register(&carol, "Carol").await;
    tell(&carol, &format!("手机 {NUMBER}")).await;
    let sms = provider.first(2).await.remove(1);
    tell(&carol, &format!("code {}", digits(sms.json()["text"].as_str().unwrap()))).await;
    told(&bob, "Somebody else has shown").await;
    share(&alice, "k5", "five", &[TEL]).await;
    shown(&carol, "five").await;
    tell(&carol, &format!("forget {NUMBER}")).await;
    share(&alice, "k6", "six", &[TEL]).await;
    settled(&component).await;
    assert!(tell(&alice, "status 6").await.contains("on its way"));
}

#[tokio::test]
async fn a_letter_in_flight_when_the_process_dies_keeps_its_key() {
    for point in LETTER_POINTS {
        let server = Server::start(Kind::Prosody).await;
        let provider = Provider::start(&[(200, "")]).await;
        let component = by_http(&server, &provider).start().await;
        let bob = Client::login(&server, "bob").await;
        register(&bob, "Bob").await;
        component.restart_to_crash(point);
        component.ready().await;
        let words = format!("<body>phone {NUMBER}</body>");
        bob.send(&format!("<message to='{CONTACT}' type='chat'>{words}</message>"))
            .await
            .expect("sent");
        component.wait_exit(PATIENCE).await;
        component.restart().await;
        let copies = if point == "letter-sent" { 2 } else { 1 };
        let asked = provider.first(copies).await;
        metric_is(&component, "tradepost_letters_resent_total", 1.0).await;
        metric_is(&component, "tradepost_letters_total{channel=\"sms\",result=\"taken\"}", 1.0)
            .await;
        let keys: Vec<&str> = asked.iter().map(|it| it.header("idempotency-key")).collect();
        assert!(keys.iter().all(|key| *key == keys[0]), "{keys:?}");
        assert_eq!(provider.asked().len(), copies, "at {point}");
        let code = digits(asked[0].json()["text"].as_str().unwrap());
        assert!(tell(&bob, &format!("code {code}")).await.contains("is yours"));
    }
}

#[tokio::test]
async fn a_gateway_that_is_busy_is_asked_again_and_one_that_refuses_is_not() {
    let server = Server::start(Kind::Prosody).await;
    let answers = [(503, ""), (200, r#"{"s":[{"status":"queued"}]}"#), (200, r#"{"s":[]}"#)];
    let provider = Provider::start(&answers).await;
    let component = by_http(&server, &provider)
        .set("sms.success_pointer", "/s/0/status")
        .set("sms.success_value", "queued")
        .set("sms.per_day", 32)
        .start()
        .await;
    let bob = Client::login(&server, "bob").await;
    register(&bob, "Bob").await;
    tell(&bob, &format!("phone {NUMBER}")).await;
    metric_is(&component, "tradepost_letters_total{channel=\"sms\",result=\"later\"}", 1.0).await;
    let asked = provider.first(2).await;
    assert_eq!(asked[0].header("idempotency-key"), asked[1].header("idempotency-key"));
    tell(&bob, &format!("phone {NUMBER}")).await;
    let refused = "tradepost_letters_total{channel=\"sms\",result=\"refused\"}";
    metric_is(&component, refused, 1.0).await;
    assert!(tell(&bob, &format!("phone {NUMBER}")).await.contains("sent as many as I may"));
    assert_eq!(provider.asked().len(), 3, "half of the hour's part of the budget is spent");
}

#[tokio::test]
async fn a_mail_address_is_shown_by_a_mail_that_says_that_nobody_wrote_it() {
    let (server, mailbox) = tokio::join!(Server::start(Kind::Ejabberd), Mailbox::start());
    let component = by_mail(&server, &mailbox).start().await;
    let (alice, bob) = alice_and_bob(&server).await;
    share(&alice, "k1", "one", &["mailto:bob@Example.org"]).await;
    assert!(tell(&bob, &format!("phone {NUMBER}")).await.contains("cannot send anything"));
    assert!(tell(&bob, "mail bob@example.org").await.contains("six digits"));
    let mail = mailbox.first().await;
    let header = |name: &str| mail["headers"][name].as_str().unwrap_or_default().to_owned();
    assert_eq!(header("from"), "Tradepost <share@example.org>");
    assert_eq!(mail["to"][0], "bob@example.org");
    assert_eq!(header("auto-submitted"), "auto-generated");
    assert!(header("message-id").ends_with("@example.org>") && !header("date").is_empty());
    assert!(header("content-type").starts_with("text/plain; charset="), "{mail}");
    let code = digits(mail["text"].as_str().unwrap());
    assert!(header("subject").contains(&code));
    assert!(tell(&bob, &format!("code {code}")).await.contains("is yours"));
    shown(&bob, "one").await;
    assert!(tell(&bob, "邮箱 refused@example.org").await.contains("refused@example.org"));
    let refused = "tradepost_letters_total{channel=\"mail\",result=\"refused\"}";
    metric_is(&component, refused, 1.0).await;
    tell(&bob, "mail busy@example.org").await;
    let taken = "tradepost_letters_total{channel=\"mail\",result=\"taken\"}";
    metric_is(&component, taken, 2.0).await;
}

#[tokio::test]
async fn a_mail_server_that_says_nothing_keeps_no_sms_waiting() {
    let server = Server::start(Kind::Prosody).await;
    let provider = Provider::start(&[(200, "")]).await;
    // Takes connections, as far as they can tell.
    let silent = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let _component = by_http(&server, &provider)
        .set("email.server", silent.local_addr().expect("an address").to_string())
        .set("email.security", "none")
        .set("email.from", "Tradepost <share@example.org>")
        .start()
        .await;
    let bob = Client::login(&server, "bob").await;
    register(&bob, "Bob").await;
    for n in 0..6 {
        let told = tell(&bob, &format!("mail bob{n}@example.org")).await;
        assert!(told.contains("six digits"), "{told}");
    }
    tell(&bob, &format!("phone {NUMBER}")).await;
    assert_eq!(provider.first(1).await[0].json()["to"], NUMBER);
}

#[tokio::test]
async fn an_xmpp_gateway_gets_the_text_at_the_address_of_the_number() {
    let server = Server::start(Kind::Prosody).await;
    server.add_user("393331234567").await;
    let component = Plan::new(&server).set("sms.xmpp", "%n@localhost").start().await;
    let (gateway, bob) =
        tokio::join!(Client::login(&server, "393331234567"), Client::login(&server, "bob"));
    register(&bob, "Bob").await;
    tell(&bob, &format!("phone {NUMBER}")).await;
    let code = digits(&body(&told(&gateway, "your code").await));
    assert!(tell(&bob, &format!("code {code}")).await.contains("is yours"));
    metric_is(&component, "tradepost_letters_total{channel=\"sms\",result=\"taken\"}", 1.0).await;
}
