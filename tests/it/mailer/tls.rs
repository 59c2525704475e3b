//! Letters leave encrypted, and only to whom the operator's authority vouches for.

use std::fs;

use crate::{
    contact::tell,
    harness::{
        certificate::Certificate,
        client::Client,
        component::{Component, Plan},
        place,
        server::{Kind, Server},
    },
    mailer::provider::{Mailbox, NUMBER, Provider, by_http, by_mail, digits, metric_is},
    stanzas::register,
};

/// Who the gateways of these tests are.
const HERE: &str = "IP:127.0.0.1";

fn trusting(plan: Plan, section: &str, authority: &Certificate) -> Plan {
    let file = authority.file().to_str().expect("a path").to_owned();
    plan.set(&format!("{section}.ca_file"), file)
}

fn encrypted_mail(server: &Server, mailbox: &Mailbox, security: &str) -> Plan {
    by_mail(server, mailbox).set("email.security", security)
}

fn by_https(server: &Server, provider: &Provider) -> Plan {
    by_http(server, provider).set("sms.url", format!("https://{}/send", provider.address))
}

/// Somebody who joins; another for each component, because the server knows who has.
async fn joined(server: &Server, user: &str) -> Client {
    let client = Client::login(server, user).await;
    register(&client, user).await;
    client
}

/// A letter is kept back because its gateway is not who it should be, and the log says so.
async fn is_kept_back(component: &Component, channel: &str) {
    let later = format!("tradepost_letters_total{{channel=\"{channel}\",result=\"later\"}}");
    metric_is(component, &later, 1.0).await;
    let log = component.log();
    let mut lines = log.lines().filter(|line| line.contains("a letter was not taken"));
    let line = lines.next().unwrap_or_else(|| panic!("no line in {log}"));
    assert!(line.contains("certificate") && line.contains("is tried again"), "{line}");
}

#[tokio::test]
async fn mail_leaves_encrypted_from_the_first_byte_or_after_a_command() {
    let server = Server::start(Kind::Prosody).await;
    let certificate = Certificate::of(HERE);
    for (user, security) in [("bob", "tls"), ("carol", "starttls")] {
        let mailbox = Mailbox::secure(security, &certificate).await;
        let plan = encrypted_mail(&server, &mailbox, security);
        let component = trusting(plan, "email", &certificate).start().await;
        let person = joined(&server, user).await;
        tell(&person, "mail bob@example.org").await;
        let mail = mailbox.first().await;
        let code = digits(mail["text"].as_str().expect("a text"));
        assert!(tell(&person, &format!("code {code}")).await.contains("is yours"), "{security}");
        let log = component.log();
        assert!(!log.contains("a letter was not taken"), "{log}");
    }
}

#[tokio::test]
async fn sms_leave_by_https() {
    let server = Server::start(Kind::Prosody).await;
    let certificate = Certificate::of(HERE);
    let provider = Provider::secure(&certificate).await;
    let plan = by_https(&server, &provider);
    let _component = trusting(plan, "sms", &certificate).start().await;
    let bob = joined(&server, "bob").await;
    tell(&bob, &format!("phone {NUMBER}")).await;
    let code = digits(&provider.first(1).await[0].text());
    assert!(tell(&bob, &format!("code {code}")).await.contains("is yours"));
}

#[tokio::test]
async fn a_gateway_that_nobody_vouches_for_gets_nothing_until_somebody_does() {
    let server = Server::start(Kind::Ejabberd).await;
    let (right, wrong) = (Certificate::of(HERE), Certificate::of(HERE));
    let other = Certificate::of("DNS:shop.lit");
    let folder = place::folder("authority-");
    let file = folder.path().join("ca.pem");
    let name = file.to_str().expect("a path").to_owned();
    let trust = |authority: &Certificate| {
        fs::copy(authority.file(), &file).expect("a copy");
    };

    // The machine's own authorities, and another than the server's.
    let provider = Provider::secure(&right).await;
    let component = by_https(&server, &provider).start().await;
    let person = joined(&server, "alice").await;
    tell(&person, &format!("phone {NUMBER}")).await;
    is_kept_back(&component, "sms").await;
    drop(component);
    drop(person);

    trust(&wrong);
    let mailbox = Mailbox::secure("starttls", &right).await;
    let plan = encrypted_mail(&server, &mailbox, "starttls").set("email.ca_file", name);
    let component = plan.start().await;
    let person = joined(&server, "bob").await;
    tell(&person, "mail bob@example.org").await;
    is_kept_back(&component, "mail").await;
    trust(&right);
    component.restart().await;
    // It comes with the next try.
    let mail = mailbox.first().await;
    assert_eq!(mail["to"][0], "bob@example.org");
    assert_eq!(provider.asked().len(), 0);
    drop(component);
    drop(person);

    // A certificate for another name.
    let provider = Provider::secure(&other).await;
    let plan = trusting(by_https(&server, &provider), "sms", &other);
    let component = plan.start().await;
    let person = joined(&server, "carol").await;
    tell(&person, &format!("phone {NUMBER}")).await;
    is_kept_back(&component, "sms").await;
    assert_eq!(provider.asked().len(), 0);
}
