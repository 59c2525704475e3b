//! A fault of ours ends what one stanza asked for, and a log that cannot be written ends nothing.

use std::{fs::File, process::Stdio};

use crate::{
    contact::{refused, tell},
    harness::{
        PATIENCE,
        component::Plan,
        eventually,
        server::{Kind, Server},
    },
    stanzas::{CONTACT, DOMAIN, alice_and_bob, share},
};

#[tokio::test]
async fn a_fault_of_ours_ends_one_stanza_is_counted_and_its_stanza_kept() {
    for place in ["taken", "aside", "operation"] {
        let server = Server::start(Kind::Prosody).await;
        let plan = Plan::new(&server).env("TRADEPOST_FAULT", &format!("{place}:xyzzy"));
        let component = plan.start().await;
        let (alice, bob) = alice_and_bob(&server).await;
        share(&alice, "k0", "before", &["bob@localhost"]).await;
        let fault = format!(
            "<message to='{CONTACT}' type='chat' id='f'><body>settings name xyzzy</body></message>\
             <iq to='{DOMAIN}' type='get' id='g'><lookup xmlns='urn:xmpp:product-share:0' ref='xyzzy'/></iq>\
             <message to='{CONTACT}' type='chat' id='h'><body>share xyzzy EUR 5 to bob@localhost</body></message>"
        );
        alice.send(&fault).await.expect("sent");
        let counted =
            eventually(PATIENCE, async || component.metric("tradepost_panics_total").await > 0.5);
        assert!(counted.await, "{place}: {:?}", component.metrics().await);
        let prompt = "<query xmlns='jabber:iq:gateway'><prompt>xyzzy</prompt></query>";
        let answer = alice.request("set", DOMAIN, prompt).await;
        // What is asked of a gateway is no operation.
        if place != "operation" {
            refused(&answer, "internal-server-error", "");
            assert!(String::from(&answer).contains("a fault of ours"));
        }
        share(&alice, "k1", "after", &["bob@localhost"]).await;
        assert!(tell(&bob, "list").await.contains('#'), "{place}");
        assert!(component.metric("tradepost_reconnects_total").await < 0.5, "{place}");
        let kept = std::fs::read_dir(component.dir().join("panics")).expect("a folder");
        let kept: Vec<String> =
            kept.map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap()).collect();
        assert!(
            !kept.is_empty() && kept.iter().all(|it| it.contains("xyzzy")),
            "{place}: {kept:?}"
        );
        let log = component.log();
        assert!(log.contains("a fault of ours") && !log.contains("xyzzy"), "{place}: {log}");
    }
}

#[tokio::test]
async fn a_log_that_cannot_be_written_stops_nothing() {
    let server = Server::start(Kind::Prosody).await;
    let plan = Plan::new(&server).env("TRADEPOST_FAULT", "taken:xyzzy");
    let component = plan.start().await;
    let (alice, _bob) = alice_and_bob(&server).await;
    component.kill9();
    let full = || File::options().write(true).open("/dev/full").expect("a full disk").into();
    // Its reader is gone at once.
    let closed = || std::io::pipe().expect("a pipe").1.into();
    for log in [full as fn() -> Stdio, closed] {
        let mut command = component.command("serve");
        let mut process = command.stdout(log()).stderr(log()).spawn().expect("the program");
        // Whatever begins and ends is told in the log.
        let ready = eventually(PATIENCE, async || component.is_ready().await);
        assert!(ready.await, "{:?}", process.try_wait());
        let before = component.metric("tradepost_panics_total").await;
        alice.send(&format!("<message to='{CONTACT}'><body>xyzzy</body></message>")).await.unwrap();
        let counted = async || component.metric("tradepost_panics_total").await > before + 0.5;
        assert!(eventually(PATIENCE, counted).await, "{:?}", process.try_wait());
        assert!(tell(&alice, "help").await.contains("share"));
        process.kill().expect("it still ran");
        process.wait().expect("it ends");
    }
}
