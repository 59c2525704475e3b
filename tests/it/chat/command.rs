//! Commands by word and by form: one table, and the same results.

use minidom::Element;
use tradepost::chat::command::Command;

use crate::{
    contact::{
        COMMANDS_NS, FORMS, Given, command, fill, refused, reply, session, status, step, tell,
        tell_in, text,
    },
    harness::{
        PATIENCE,
        client::{Client, Habits},
        component::Component,
        server::{Kind, Server},
    },
    servers,
    stanzas::{
        CONTACT, DOMAIN, NS, SPEAKER, alice_and_bob, body, comment_of, register, settled, share,
        shown,
    },
};

servers::facts!(
    the_commands_are_found_on_the_contact_and_on_the_domain,
    every_command_begins_with_a_form_that_any_client_shows_and_can_be_cancelled,
    a_session_is_its_askers_alone_and_an_action_must_be_one,
    joining_leaving_and_help_are_the_same_by_word_and_by_form,
    who_is_not_understood_is_told_the_nearest_word_or_how_it_is_written,
    everything_that_can_be_done_by_form_can_be_done_by_word,
    what_is_shared_by_word_arrives_once_however_often_the_stanza_comes,
    whoever_has_joined_is_asked_before_stop_removes_everything,
    whoever_is_given_up_by_a_number_is_named_first,
    a_dialogue_asks_for_what_is_missing_and_can_be_ended,
    of_several_people_of_one_name_one_is_chosen_by_number,
    a_picture_put_into_the_chat_becomes_that_of_the_product,
);

// ---- the table ----------------------------------------------------------------------------------

async fn the_commands_are_found_on_the_contact_and_on_the_domain(kind: Kind) {
    let server = Server::start(kind).await;
    let _component = Component::start(&server).await;
    let alice = Client::login(&server, "alice").await;
    for to in [CONTACT, SPEAKER, DOMAIN] {
        let query = |what: &str, node: &str| {
            format!("<query xmlns='http://jabber.org/protocol/disco#{what}' node='{node}'/>")
        };
        let items = alice.request("get", to, &query("items", COMMANDS_NS)).await;
        let items: Vec<(String, String)> = items
            .children()
            .flat_map(Element::children)
            .map(|it| {
                let of = |name| it.attr(name).unwrap_or_default().to_owned();
                (of("jid"), of("node"))
            })
            .collect();
        let all: Vec<_> =
            Command::all(false).map(|it| (to.to_owned(), it.node.to_owned())).collect();
        assert_eq!(items, all);
        for node in Command::all(false).map(|it| it.node).chain([COMMANDS_NS]) {
            let info = alice.request("get", to, &query("info", node)).await;
            let info = String::from(&info);
            assert!(info.contains("automation") && info.contains(FORMS), "{info}");
        }
    }
}

async fn every_command_begins_with_a_form_that_any_client_shows_and_can_be_cancelled(kind: Kind) {
    let server = Server::start(kind).await;
    let _component = Component::start(&server).await;
    let alice = Client::login(&server, "alice").await;
    register(&alice, "Alice").await;
    for known in Command::all(false).filter(|it| !it.fields.is_empty()) {
        for to in [CONTACT, DOMAIN] {
            begins_and_is_cancelled(&alice, to, known).await;
        }
    }
    let nowhere = step(&alice, CONTACT, "node='nowhere' action='execute'", &[]).await;
    refused(&nowhere, "item-not-found", "");
}

async fn begins_and_is_cancelled(client: &Client, to: &str, known: &Command) {
    let node = known.node;
    let begun = step(client, to, &format!("node='{node}' action='execute'"), &[]).await;
    let shown = String::from(&begun);
    assert_eq!(status(&begun), "executing", "{shown}");
    assert!(command(&begun).has_child("actions", COMMANDS_NS), "{shown}");
    let form = command(&begun).get_child("x", FORMS).expect("a form");
    let fields: Vec<_> = form.children().filter(|it| it.name() == "field").collect();
    assert!(!fields.is_empty(), "{shown}");
    for field in fields {
        let var = field.attr("var").expect("var");
        assert!(known.field(var).is_some() && field.attr("label").is_some(), "{shown}");
        if field.attr("type") == Some("list-single") {
            // Profanity shows no choices otherwise.
            assert!(field.has_child("value", FORMS), "{var} has a value: {shown}");
        }
    }
    let id = session(&begun);
    let cancel = format!("node='{node}' sessionid='{id}' action='cancel'");
    assert_eq!(status(&step(client, to, &cancel, &[]).await), "canceled");
    refused(&step(client, to, &cancel, &[]).await, "bad-request", "bad-sessionid");
}

async fn a_session_is_its_askers_alone_and_an_action_must_be_one(kind: Kind) {
    let server = Server::start(kind).await;
    let _component = Component::start(&server).await;
    let alice = Client::login(&server, "alice").await;
    let other = Client::login_with(&server, "alice", "phone", Habits::default()).await;
    let begun = step(&alice, CONTACT, "node='join' action='execute'", &[]).await;
    let id = session(&begun);
    let go = |action: &str| format!("node='join' sessionid='{id}' action='{action}'");
    refused(&step(&other, CONTACT, &go("cancel"), &[]).await, "bad-request", "bad-sessionid");
    refused(&step(&alice, CONTACT, &go("dance"), &[]).await, "bad-request", "malformed-action");
    refused(&step(&alice, CONTACT, &go("prev"), &[]).await, "bad-request", "bad-action");
    let done = step(&alice, CONTACT, &go("complete"), &[]).await;
    assert_eq!(status(&done), "completed", "{}", String::from(&done));
}

// ---- by word and by form ------------------------------------------------------------------------

async fn joining_leaving_and_help_are_the_same_by_word_and_by_form(kind: Kind) {
    let server = Server::start(kind).await;
    let _component = Component::start(&server).await;
    let alice = Client::login(&server, "alice").await;
    let bob = Client::login(&server, "bob").await;
    assert_eq!(tell(&alice, "help").await, fill(&bob, "help", &[("command", &["-"])]).await);
    assert_eq!(
        tell(&alice, "/help join").await,
        fill(&bob, "help", &[("command", &["join"])]).await
    );
    let welcome = tell(&alice, "join as Alice").await;
    assert!(welcome.contains("Unencrypted"), "Conversations' step: {welcome}");
    assert_eq!(welcome, fill(&bob, "join", &[("nick", &["Bob"])]).await);
    assert_eq!(tell(&alice, "join").await, fill(&bob, "join", &[("nick", &[])]).await);
    let sure: Given<'_> = &[("sure", &["1"])];
    assert!(tell(&alice, "leave").await.contains("Answer leave to go on"));
    assert_eq!(tell(&alice, "No.").await, fill(&bob, "leave", &[("sure", &["0"])]).await);
    assert!(tell(&alice, "leave").await.contains("Answer leave to go on"));
    assert!(tell(&alice, "Yes!").await.contains("Answer leave to go on"), "by its own word");
    assert!(tell(&alice, "leave").await.contains("Answer leave to go on"), "nobody reads so fast");
    assert_eq!(reply(&alice, "Leave!").await, fill(&bob, "leave", sure).await);
    assert_eq!(tell(&alice, "leave").await, fill(&bob, "leave", sure).await);
    assert!(tell_in(&alice, "zh", "帮助").await.contains("加入"));
}

async fn who_is_not_understood_is_told_the_nearest_word_or_how_it_is_written(kind: Kind) {
    let server = Server::start(kind).await;
    let _component = Component::start(&server).await;
    let people = ["alice", "bob", "carol"].map(|user| Client::login(&server, user));
    let [alice, bob, carol] = people;
    let (alice, bob, carol) = tokio::join!(alice, bob, carol);
    assert!(tell(&alice, "jion").await.contains("Did you mean: join"));
    assert!(tell(&bob, "join us for dinner").await.contains("join as NAME"));
    assert_eq!(tell(&carol, "good morning").await, tell(&carol, "help").await);
}

/// A text without what differs from share to share: its number, code and address.
fn bare(text: &str) -> String {
    let is_own = |word: &&str| {
        let code = word.trim_end_matches('.');
        let is_code = code.len() == 11 && code.contains('-');
        !(word.starts_with('#')
            || word.contains("/s/")
            || word.contains("/k/")
            || word.contains("/a/")
            || is_code)
    };
    text.split_whitespace().filter(is_own).collect::<Vec<_>>().join(" ")
}

#[expect(clippy::too_many_lines, reason = "a table")]
async fn everything_that_can_be_done_by_form_can_be_done_by_word(kind: Kind) {
    let server = Server::start(kind).await;
    let component = Component::start(&server).await;
    let (alice, bob) = alice_and_bob(&server).await;
    share(&alice, "k1", "one", &["bob@localhost", "nobody@localhost"]).await;
    let code = share(&alice, "k2", "two", &["bob@localhost"]).await;
    let code = code.attr("ref").expect("a code").to_owned();
    shown(&bob, "two").await;
    settled(&component).await;
    let number: Given<'_> = &[("number", &["1"])];
    let looked_up: &[&str] = &[&code];
    let looked_up: Given<'_> = &[("code", looked_up)];
    let both_ways: Vec<(&str, String, Given<'_>)> = vec![
        ("help", "help".into(), &[("command", &["-"])]),
        ("list", "list".into(), &[("page", &[])]),
        ("list", "/list 2".into(), &[("page", &["2"])]),
        ("more", "more 1".into(), number),
        ("more", "详情 #1".into(), number),
        ("more", "more 99".into(), &[("number", &["99"])]),
        ("find", "find silver TWO".into(), &[("words", &["silver TWO"])]),
        ("find", "find lamp".into(), &[("words", &["lamp"])]),
        ("save", "save 1".into(), number),
        ("save", "保存 99".into(), &[("number", &["99"])]),
        ("save", "save 1 mail".into(), &[("number", &["1"]), ("parts", &["mail"])]),
        ("pending", "新名片".into(), &[("number", &[])]),
        ("drop", "drop 99".into(), &[("number", &["99"])]),
        ("status", "status 1".into(), number),
        ("lookup", format!("lookup {}", code.to_lowercase()), looked_up),
        ("settings", "settings name Alice C.".into(), &[("nick", &["Alice C."])]),
        ("settings", "settings".into(), &[("pictures", &["1"]), ("language", &["en"])]),
        ("settings", "settings pictures off".into(), &[("pictures", &["0"])]),
        ("settings", "settings zone europe/rome".into(), &[("zone", &["Europe/Rome"])]),
        ("settings", "settings quiet 22-7".into(), &[("quiet", &["22:00-07:00"])]),
        ("settings", "设置 免打扰 关".into(), &[("quiet", &["off"])]),
        (
            "share",
            "share Lamp EUR 5 to bob@localhost: Look".into(),
            &[("what", &["Lamp EUR 5"]), ("to", &["bob@localhost"]), ("comment", &["Look"])],
        ),
        (
            "share",
            "share Lamp EUR 5 to nobody@localhost".into(),
            &[("what", &["Lamp EUR 5"]), ("to", &["nobody@localhost"])],
        ),
        ("share", "share 99 to bob".into(), &[("what", &["99"]), ("to", &["bob"])]),
        ("share", "share Tea $5 to bob".into(), &[("what", &["Tea $5"]), ("to", &["bob"])]),
        ("give", "card to nobody@localhost".into(), &[("to", &["nobody@localhost"])]),
        (
            "give",
            "card to bob@localhost #9 swap".into(),
            &[("to", &["bob@localhost"]), ("card", &["#9"]), ("swap", &["1"])],
        ),
        ("revoke", "revoke 99".into(), &[("number", &["99"])]),
        ("yes", "yes carol@localhost".into(), &[("who", &["carol@localhost"])]),
        ("no", "no carol@localhost".into(), &[("who", &["carol@localhost"])]),
        ("block", "block carol@localhost".into(), &[("who", &["carol@localhost"])]),
        ("blocks", "blocks".into(), &[]),
        ("unblock", "unblock tybalt@localhost".into(), &[("who", &["tybalt@localhost"])]),
        ("report", "report 1 spam".into(), &[("number", &["1"]), ("reason", &["spam"])]),
        ("phone", "phone +393331234567".into(), &[("address", &["+393331234567"])]),
        ("mail", "mail a@example.org".into(), &[("address", &["a@example.org"])]),
        ("code", "验证码 123456".into(), &[("code", &["123456"])]),
        ("forget", "forget a@example.org".into(), &[("address", &["a@example.org"])]),
        ("settings", "settings discoverable on".into(), &[("discoverable", &["1"])]),
        ("card", "card".into(), &[("card", &[])]),
        ("card", "card name Alice Capulet".into(), &[("name", &["Alice Capulet"])]),
        ("card", "card phone +39 045 800 1234".into(), &[("phone", &["+390458001234"])]),
        ("card", "card fields name mail".into(), &[("fields", &["mail, name"])]),
        ("card", "名片 工作".into(), &[("card", &["工作"])]),
        ("card-import", "card import".into(), &[("file", &[])]),
        ("settings", "settings updates on".into(), &[("updates", &["1"])]),
        ("join", "join as Alice".into(), &[("nick", &["Alice"])]),
        ("cards", "cards".into(), &[("what", &[])]),
        ("cards", "cards Juliet Verona".into(), &[("what", &["Juliet Verona"])]),
        ("cards-in", "cards in friends".into(), &[("category", &["friends"])]),
        ("cards-in", "分类".into(), &[("category", &[])]),
        ("cards-same", "cards same".into(), &[]),
        ("cards-export", "cards export 7".into(), &[("which", &["7"])]),
        ("cards-link", "cards link".into(), &[]),
        (
            "edit",
            "编辑 7 电话 +390455550100".into(),
            &[("number", &["7"]), ("part", &["phone"]), ("value", &["+390455550100"])],
        ),
        ("merge", "merge 7 #9".into(), &[("number", &["7"]), ("other", &["9"])]),
        ("undo", "undo 7".into(), &[("number", &["7"])]),
        ("invites", "invites".into(), &[]),
        ("cancel", "cancel".into(), &[("which", &[])]),
        ("cancel", "cancel tybalt@x".into(), &[("which", &["tybalt@x"])]),
        ("export", "export".into(), &[]),
        ("leave", "退出 是".into(), &[("sure", &["1"])]),
        ("stop", "拒收".into(), &[]),
    ];
    // Those of the administrators: `consent.rs`.
    for known in Command::all(false) {
        assert!(both_ways.iter().any(|(node, ..)| *node == known.node), "{}", known.node);
    }
    for (node, words, given) in both_ways {
        let told = tell(&alice, &words).await;
        let filled = fill(&alice, node, given).await;
        if node == "leave" {
            assert!(told.starts_with("You have left") && filled.contains("not joined"));
        } else {
            assert_eq!(bare(&told), bare(&filled), "{words}");
        }
        assert!(!told.is_empty(), "{words}");
    }
}

async fn what_is_shared_by_word_arrives_once_however_often_the_stanza_comes(kind: Kind) {
    let server = Server::start(kind).await;
    let component = Component::start(&server).await;
    let (alice, bob) = alice_and_bob(&server).await;
    let message = format!(
        "<message to='{CONTACT}' type='chat' id='s1' xml:lang='en'>\
         <body>share Silver goblet, 24,90 \u{20ac} to bob@localhost: For your table?</body></message>"
    );
    alice.send(&message).await.expect("sent");
    alice.send(&message).await.expect("sent");
    let got = shown(&bob, "For your table?").await;
    let payload = String::from(got.get_child("share", NS).expect("a share"));
    assert!(payload.contains("24.90") && payload.contains("EUR"), "{payload}");
    assert!(body(&got).contains("Silver goblet, EUR 24.90"), "{}", body(&got));
    assert!(tell(&alice, "list").await.lines().count() == 1, "{}", alice.seen_text());
    settled(&component).await;
    let shares = bob.seen().iter().filter(|it| comment_of(it).is_some()).count();
    assert_eq!(shares, 1, "{}", bob.seen_text());

    // Passed on by its number, to somebody who has not joined.
    let passed = tell(&bob, "share #1 to carol@localhost").await;
    assert!(passed.starts_with("Sent #2 Silver goblet"), "{passed}");
    let status = tell(&bob, "status 2").await;
    assert!(status.contains("carol@localhost: on its way"), "{status}");
    assert!(tell(&bob, "status 1").await.contains("Only its sender"), "not his");
    assert!(tell(&bob, "revoke 2").await.starts_with("Taken back: #2 Silver goblet"));
    assert!(tell(&bob, "list").await.contains("#2 (taken back)"));
}

async fn whoever_has_joined_is_asked_before_stop_removes_everything(kind: Kind) {
    let server = Server::start(kind).await;
    let _component = Component::start(&server).await;
    let (alice, bob) = alice_and_bob(&server).await;
    tell(&bob, "share Lamp EUR 5 to alice@localhost: Reply STOP to get no more of these").await;
    shown(&alice, "Reply STOP to get no more of these").await;
    for (word, says_no) in [("STOP", "no"), ("unsubscribe.", "1"), ("退订", "cancel")] {
        let asks = tell(&alice, word).await;
        assert!(asks.contains("removes your account"), "{asks}");
        assert!(asks.contains("no bob@localhost") && asks.contains("block bob@localhost"));
        assert!(tell(&alice, says_no).await.starts_with("Cancelled"), "{word}");
    }
    assert!(tell(&alice, "list").await.starts_with("#1 Lamp"));
    tell(&alice, "stop").await;
    assert!(tell(&alice, "Yes").await.starts_with("You will hear nothing more"));
    assert!(tell(&alice, "list").await.contains("not joined"));
}

async fn whoever_is_given_up_by_a_number_is_named_first(kind: Kind) {
    let server = Server::start(kind).await;
    let _component = Component::start(&server).await;
    let (alice, _bob) = alice_and_bob(&server).await;
    for whom in ["carol", "dora"] {
        tell(&alice, &format!("share Lamp EUR 5 to {whom}@localhost: hello")).await;
    }
    let list = tell(&alice, "invites").await;
    let second = list.lines().nth(1).expect("a second");
    assert!(second.starts_with("2  dora@localhost"), "{list}");
    let asks = tell(&alice, "cancel 2").await;
    assert!(asks.contains("1  dora@localhost"), "{asks}");
    assert!(tell(&alice, "cancel").await.starts_with("Cancelled"));
    assert_eq!(tell(&alice, "invites").await, list, "nobody was given up");
    // Whoever has come meanwhile is the second no more.
    tell(&alice, "cancel carol@localhost").await;
    assert!(tell(&alice, "cancel 2").await.contains("do not wait for"));
    tell(&alice, "cancel #1").await;
    let told = tell(&alice, "1").await;
    assert!(told.starts_with("You wait for dora@localhost no more"), "{told}");
}

async fn a_dialogue_asks_for_what_is_missing_and_can_be_ended(kind: Kind) {
    let server = Server::start(kind).await;
    let _component = Component::start(&server).await;
    let (alice, bob) = alice_and_bob(&server).await;
    assert!(tell(&alice, "share").await.starts_with("What: "));
    assert!(tell(&alice, "Lamp EUR 5").await.starts_with("To whom: "));
    assert!(tell(&alice, "bob@localhost").await.starts_with("Anything to say: "));
    // Words that would be a command elsewhere.
    let sent = tell(&alice, "help yourself").await;
    assert!(sent.starts_with("Sent #1 Lamp"), "{sent}");
    shown(&bob, "help yourself").await;

    assert!(tell(&alice, "share 1").await.starts_with("To whom: "));
    assert!(tell(&alice, "Bob").await.starts_with("Anything"));
    assert!(tell(&alice, "cancel").await.starts_with("Cancelled"));
    assert!(tell(&alice, "find").await.starts_with("Words: "));
    assert!(tell(&alice, "lamp").await.starts_with("#1 Lamp"));
    assert!(tell_in(&bob, "zh", "share").await.starts_with("What"), "the account's language");
    tell(&bob, "cancel").await;
    assert!(tell(&bob, "settings language chinese").await.contains("设置 语言: 中文"));
    assert!(tell(&bob, "share").await.starts_with("什么"));
    assert!(tell(&bob, "取消").await.starts_with("已取消"));
}

async fn of_several_people_of_one_name_one_is_chosen_by_number(kind: Kind) {
    let server = Server::start(kind).await;
    let _component = Component::start(&server).await;
    let (alice, bob) = alice_and_bob(&server).await;
    tell(&alice, "share Lamp EUR 5 to bob@localhost, bob@elsewhere.example").await;
    let asked = tell(&alice, "share 1 to Bob: chosen").await;
    let lines: Vec<&str> = asked.lines().collect();
    assert!(lines[0].contains("Who is meant"), "{asked}");
    let place = lines.iter().position(|it| it.ends_with("bob@localhost")).expect("bob");
    assert!(tell(&alice, "9").await.contains("Answer with a number"));
    let sent = tell(&alice, &place.to_string()).await;
    assert!(sent.contains("to bob@localhost."), "{sent}");
    shown(&bob, "chosen").await;

    let begun = step(&alice, CONTACT, "node='share' action='execute'", &[]).await;
    let go = format!("node='share' sessionid='{}' action='next'", session(&begun));
    let may_end = |page: &Element| {
        let actions = command(page).get_child("actions", COMMANDS_NS).expect("actions");
        actions.has_child("complete", COMMANDS_NS)
    };
    assert!(!may_end(&begun), "to whom is asked on the next page");
    let page = step(&alice, CONTACT, &go, &[("what", &["1"])]).await;
    assert!(may_end(&page));
    let go = go.replace("next", "complete");
    let asked = step(&alice, CONTACT, &go, &[("to", &["bob"]), ("comment", &["by form"])]).await;
    assert_eq!(status(&asked), "executing", "{}", String::from(&asked));
    let done = step(&alice, CONTACT, &go, &[("choice", &["bob@localhost"])]).await;
    assert!(text(&done).contains("to bob@localhost."), "{}", String::from(&done));
    shown(&bob, "by form").await;
}

async fn a_picture_put_into_the_chat_becomes_that_of_the_product(kind: Kind) {
    const PICTURE: &str = "https://upload.example.org/lamp.jpg";
    let server = Server::start(kind).await;
    let _component = Component::start(&server).await;
    let (alice, bob) = alice_and_bob(&server).await;
    let file = |id: &str, url: &str| {
        format!(
            "<message to='{CONTACT}' type='chat' id='{id}' xml:lang='en'><body>{url}</body>\
             <x xmlns='jabber:x:oob'><url>{url}</url></x></message>"
        )
    };
    alice.send(&file("f1", PICTURE)).await.expect("sent");
    let got = |it: &Element| body(it).starts_with("Got the picture");
    alice.expect("an answer to the picture", got, PATIENCE).await;
    tell(&alice, "share Lamp EUR 5 to bob@localhost: with picture").await;
    let shared = String::from(&shown(&bob, "with picture").await);
    assert!(shared.contains(PICTURE), "{shared}");
    tell(&alice, "share Lamp EUR 5 to bob@localhost: without").await;
    let shared = String::from(&shown(&bob, "without").await);
    assert!(!shared.contains(PICTURE), "it belonged to one share: {shared}");
}
