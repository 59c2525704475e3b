//! What the manual tells people to do works as it stands there.

use crate::{
    harness::{
        PATIENCE,
        client::Client,
        component::{Component, binary},
        place,
        process::{Process, guarded},
        python::python,
        server::{Kind, PASSWORD, Server},
    },
    servers,
    stanzas::{DOMAIN, body, register},
};

servers::facts!(the_bot_in_python_shares_a_product_and_may_be_run_again);

const BOTS: &str = include_str!("../../docs/bots.md");

async fn the_bot_in_python_shares_a_product_and_may_be_run_again(kind: Kind) {
    let dir = place::folder("manual-");
    let bot = dir.path().join("bot.py");
    std::fs::write(&bot, block("python", "ClientXMPP")).expect("the bot");
    let server = Server::start(kind).await;
    let _component = Component::start(&server).await;
    let bob = Client::login(&server, "bob").await;
    register(&bob, "Bob").await;
    let server_address = server.c2s().to_string();
    let run = async || -> String {
        let output = tempfile::NamedTempFile::new_in(dir.path()).expect("a file");
        let mut command = guarded(python(), "KILL");
        command.arg(&bot).args(["Silver goblet", "24.90", "EUR", "bob@localhost"]);
        command.env("JID", "alice@localhost").env("PASSWORD", PASSWORD);
        command.env("SERVICE", DOMAIN).env("SERVER", &server_address).env("ID", "order-4711");
        let process = Process::start(command, output.path());
        let status = process.ended(3 * PATIENCE).await;
        assert!(status.success(), "the bot ended with {status}:\n{}", process.log());
        process.log()
    };
    let first = run().await;
    let said = first.lines().find(|line| line.starts_with("sent: ")).expect(&first);
    assert!(said.contains("id order-4711 share ") && said.ends_with("#1"), "{said}");
    let message = bob.expect("the share", |it| body(it).contains("Silver goblet"), PATIENCE);
    assert!(body(&message.await).starts_with("Verona Table (alice@localhost)"));
    // The same id: the same answer, and no second share.
    let again = run().await;
    assert!(again.contains(said), "{again}");
    let copies = bob.seen().iter().filter(|it| body(it).contains("Silver goblet")).count();
    assert_eq!(copies, 1);
}

#[test]
fn the_options_of_the_bot_in_shell_exist() {
    let example = block("sh", "tradepost send");
    let output = std::process::Command::new(binary()).args(["send", "--help"]).output();
    let help = String::from_utf8(output.expect("tradepost send --help").stdout).expect("UTF-8");
    let mut options = 0;
    for word in example.split_whitespace().filter(|word| word.starts_with("--")) {
        assert!(help.contains(word), "{word} is in docs/bots.md and not in:\n{help}");
        options += 1;
    }
    assert!(options >= 5, "{example}");
    for option in ["--password-file", "--json"] {
        assert!(help.contains(option), "{option} is in docs/bots.md and not in:\n{help}");
    }
}

#[test]
fn the_product_of_the_bot_in_shell_is_one() {
    let example = block("sh", "tradepost send");
    let (_, rest) = example.split_once("END'\n").expect("a product");
    let (product, _) = rest.split_once("\nEND").expect("its end");
    let value: serde_json::Value = serde_json::from_str(product).expect("JSON");
    assert_eq!(value["@type"], "Product");
}

/// The code block in `language` that holds `word`.
fn block(language: &str, word: &str) -> String {
    let fence = format!("```{language}\n");
    let blocks = BOTS.split(&fence).skip(1);
    let found = blocks.filter_map(|rest| rest.split("\n```").next()).find(|it| it.contains(word));
    found.unwrap_or_else(|| panic!("no {language} block with {word}")).to_owned()
}
