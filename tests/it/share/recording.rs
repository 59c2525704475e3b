//! Comments that are spoken: they come before the text to those who may be sent files, as a line in
//! the text to all, and as answers too (S0.4, `xep/product-share.xml#send-voice`).

use minidom::Element;

use crate::{
    component::service::befriend,
    contact::{fill, tell},
    harness::{
        PATIENCE,
        client::Client,
        component::Component,
        http,
        server::{Kind, Server},
        wire::CLIENT,
    },
    servers,
    stanzas::{
        CONTACT, DOMAIN, NS, SPEAKER, body, goblet, in_state, register, send, settled, share, shown,
    },
};

servers::facts!(
    a_spoken_comment_comes_before_the_text_now_and_to_whoever_comes_back,
    every_bad_recording_gets_its_named_error_and_nothing_is_kept,
    a_recording_put_into_the_chat_becomes_the_comment_of_the_next_share,
    whoever_answers_by_voice_is_heard_by_the_one_it_is_for,
);

const URL: &str = "https://upload.capulet.lit/3b/comment.m4a";
const OOB: &str = "jabber:x:oob";
const SFS: &str = "urn:xmpp:sfs:0";

/// A spoken comment as it travels.
pub(crate) fn recording(url: &str, metadata: &str) -> String {
    format!(
        "<file-sharing xmlns='urn:xmpp:sfs:0' disposition='inline'>\
         <file xmlns='urn:xmpp:file:metadata:0'>{metadata}</file><sources>\
         <url-data xmlns='http://jabber.org/protocol/url-data' target='{url}'/></sources>\
         </file-sharing>"
    )
}

const M4A: &str = "<media-type>audio/mp4</media-type><size>20480</size><length>6200</length>";

/// A file that somebody puts into the chat: `beside` the address.
async fn put(client: &Client, id: &str, url: &str, beside: &str) {
    let message = format!(
        "<message to='{CONTACT}' type='chat' id='{id}' xml:lang='en'><body>{url}</body>\
         <x xmlns='{OOB}'><url>{url}</url></x>{beside}</message>"
    );
    client.send(&message).await.expect("sent");
}

/// The next thing that the service says with this beginning.
async fn told(client: &Client, start: &str) -> Element {
    let says = |it: &Element| it.attr("from") == Some(SPEAKER) && body(it).starts_with(start);
    client.expect(start, says, PATIENCE).await
}

/// The messages that show something, up to `last`.
fn messages(client: &Client, last: &Element) -> Vec<Element> {
    let seen = client.seen().into_iter();
    let mut all: Vec<Element> =
        seen.filter(|it| it.is("message", CLIENT) && !body(it).is_empty()).collect();
    let at = all.iter().position(|it| it.attr("id") == last.attr("id")).expect("the last");
    all.truncate(at + 1);
    all
}

/// The message before `text` is the recording at `url` and nothing else.
fn assert_heard_before(client: &Client, text: &Element, url: &str) {
    let all = messages(client, text);
    let alone = &all[all.len().checked_sub(2).expect("a message before the text")];
    assert_eq!(body(alone), url, "the address and nothing else");
    let oob = alone.get_child("x", OOB).and_then(|it| it.get_child("url", OOB));
    assert_eq!(oob.map(Element::text).as_deref(), Some(url));
    let shared = alone.get_child("file-sharing", SFS).expect("XEP-0447");
    assert_eq!(shared.attr("disposition"), Some("inline"));
    let thread = |it: &Element| it.get_child("thread", CLIENT).map(Element::text);
    assert_eq!(thread(alone), thread(text));
    assert_ne!(alone.attr("id"), text.attr("id"));
}

fn line_of(message: &Element) -> Option<String> {
    let body = body(message);
    body.lines().find(|line| line.contains("Voice comment")).map(str::to_owned)
}

async fn people<const N: usize>(server: &Server, names: [&str; N]) -> [Client; N] {
    let mut people = Vec::new();
    for name in names {
        people.push(Client::login(server, name).await);
    }
    people.try_into().ok().expect("as many")
}

async fn a_spoken_comment_comes_before_the_text_now_and_to_whoever_comes_back(kind: Kind) {
    let server = Server::start(kind).await;
    let component = Component::start(&server).await;
    let [alice, bob, carol] = people(&server, ["alice", "bob", "carol"]).await;
    register(&alice, "Alice").await;
    befriend(&bob).await;
    // What he has switched off are pictures.
    tell(&bob, "settings pictures off").await;
    // She is seen and does not see: the address in the text has to do.
    register(&carol, "Carol").await;
    let to = ["bob@localhost", "carol@localhost"];
    let products = goblet() + &recording(URL, M4A);
    let answer = alice.request("set", DOMAIN, &send("k1", "Listen", &products, &to)).await;
    assert_eq!(answer.attr("type"), Some("result"), "{}", String::from(&answer));

    let text = shown(&bob, "Listen").await;
    assert_heard_before(&bob, &text, URL);
    assert_eq!(line_of(&text).as_deref(), Some("Voice comment (0:07)"), "not twice");
    assert!(body(&text).lines().count() <= 5, "{}", body(&text));
    let payload = text.get_child("share", NS).expect("the payload");
    let file = payload.get_child("file-sharing", SFS).expect("the recording");
    assert!(String::from(file).contains("<length>6200</length>"), "{}", String::from(file));

    let to_carol = shown(&carol, "Listen").await;
    let spoken = format!("Voice comment (0:07): {URL}");
    assert_eq!(line_of(&to_carol), Some(spoken.clone()));
    assert!(carol.seen().iter().all(|it| !it.has_child("x", OOB)), "no file for her");

    // The same again is the same; with another recording it is not.
    let again = alice.request("set", DOMAIN, &send("k1", "Listen", &products, &to)).await;
    assert_eq!(again.get_child("sent", NS), answer.get_child("sent", NS));
    let other = goblet() + &recording("https://upload.capulet.lit/other.m4a", M4A);
    let other = alice.request("set", DOMAIN, &send("k1", "Listen", &other, &to)).await;
    let error = other.get_child("error", CLIENT).expect("an error");
    assert!(error.has_child("id-conflict", NS), "{}", String::from(&other));

    // It waits for whoever is away, in its order.
    bob.leave().await;
    let products = goblet() + &recording(URL, M4A);
    alice.request("set", DOMAIN, &send("k2", "Later", &products, &["bob@localhost"])).await;
    settled(&component).await;
    let bob = Client::login(&server, "bob").await;
    let text = shown(&bob, "Later").await;
    assert_heard_before(&bob, &text, URL);

    let more = tell(&bob, "more 2").await;
    assert!(more.lines().any(|line| line == spoken), "{more}");
    // The page plays it, and from nowhere else; the copy has a link.
    let code = answer.get_child("sent", NS).and_then(|it| it.attr("ref")).expect("a code");
    let page = http::get(component.pages(), &format!("/s/{code}")).await.expect("a page");
    assert!(page.body.contains("<audio controls preload=\"none\""), "{}", page.body);
    let policy = "media-src https://upload.capulet.lit; ";
    assert!(page.head.contains(policy), "{}", page.head);
    let copy = http::get(component.pages(), &format!("/s/{code}/offline.html")).await;
    let copy = copy.expect("a copy");
    assert!(copy.body.contains(URL) && !copy.body.contains("<audio"), "{}", copy.body);
    // Passed on, it is the first sender's word no more.
    let reference = format!("<product-ref ref='{code}'/>");
    bob.request("set", DOMAIN, &send("k3", "Passed", &reference, &["carol@localhost"])).await;
    assert_eq!(line_of(&shown(&carol, "Passed").await), None);
}

async fn every_bad_recording_gets_its_named_error_and_nothing_is_kept(kind: Kind) {
    let server = Server::start(kind).await;
    let component = Component::start(&server).await;
    let [alice] = people(&server, ["alice"]).await;
    register(&alice, "Alice").await;
    let long = format!("https://x.lit/{}.m4a", "a".repeat(2_100));
    let good = recording(URL, M4A);
    let invalid = ("bad-request", "invalid-recording");
    for (what, recording, (defined, own)) in [
        ("a film", recording(URL, "<media-type>video/mp4</media-type>"), invalid),
        ("no type", recording(URL, "<size>7</size>"), invalid),
        ("http", recording("http://x.lit/a.m4a", M4A), invalid),
        ("credentials", recording("https://a:b@x.lit/a.m4a", M4A), invalid),
        ("a long address", recording(&long, M4A), invalid),
        ("two", format!("{good}{good}"), invalid),
        (
            "nothing in it",
            recording(URL, "<media-type>audio/mp4</media-type><size>0</size>"),
            invalid,
        ),
        (
            "two hours",
            recording(URL, "<media-type>audio/mp4</media-type><length>7200000</length>"),
            invalid,
        ),
        (
            "too many bytes",
            recording(URL, "<media-type>audio/mp4</media-type><size>10485761</size>"),
            ("not-acceptable", "too-large"),
        ),
    ] {
        let asked = send("bad", "", &(goblet() + &recording), &["bob@localhost"]);
        let answer = alice.request("set", DOMAIN, &asked).await;
        let error = answer.get_child("error", CLIENT);
        let error = error.unwrap_or_else(|| panic!("{what}: {}", String::from(&answer)));
        assert_eq!(error.attr("type"), Some("modify"), "{what}");
        let defined = error.has_child(defined, "urn:ietf:params:xml:ns:xmpp-stanzas");
        assert!(defined, "{what}: {}", String::from(error));
        let own = error.get_child(own, NS);
        let own = own.unwrap_or_else(|| panic!("{what}: {}", String::from(error)));
        let max = (own.name() == "too-large").then_some("10485760");
        assert_eq!(own.attr("max-bytes"), max, "{what}");
    }
    assert_eq!(in_state(&component, "held"), 0);
}

async fn a_recording_put_into_the_chat_becomes_the_comment_of_the_next_share(kind: Kind) {
    let server = Server::start(kind).await;
    let _component = Component::start(&server).await;
    let [alice, bob] = people(&server, ["alice", "bob"]).await;
    register(&alice, "Alice").await;
    befriend(&bob).await;

    // Before the command.
    put(&alice, "f1", URL, "").await;
    told(&alice, "Got the recording").await;
    tell(&alice, "share Lamp EUR 5 to bob@localhost: first").await;
    assert_heard_before(&bob, &shown(&bob, "first").await, URL);
    tell(&alice, "share Lamp EUR 5 to bob@localhost: second").await;
    assert_eq!(line_of(&shown(&bob, "second").await), None, "it belonged to one share");

    // Within the dialogue, in place of the words that it asks for; and beside a picture.
    tell(&alice, "share").await;
    put(&alice, "f2", "https://upload.capulet.lit/lamp.jpg", "").await;
    told(&alice, "Got it.").await;
    tell(&alice, "Lantern EUR 6").await;
    assert!(tell(&alice, "bob@localhost").await.starts_with("Anything to say"));
    let voice = "https://upload.capulet.lit/lantern.opus";
    put(&alice, "f3", voice, "").await;
    told(&alice, "Sent #3 Lantern").await;
    let is_lantern =
        |it: &Element| it.has_child("share", NS) && body(it).contains("Lantern, EUR 6");
    let lantern = bob.expect("the lantern", is_lantern, PATIENCE).await;
    assert_heard_before(&bob, &lantern, voice);
    assert!(String::from(&lantern).contains("lamp.jpg"));

    // By form, by its address; and what is none is refused in words and in the form alike.
    let told_by_form = fill(
        &alice,
        "share",
        &[
            ("what", &["Torch EUR 7"]),
            ("to", &["bob@localhost"]),
            ("comment", &["by form"]),
            ("voice", &["https://upload.capulet.lit/torch.oga"]),
        ],
    )
    .await;
    assert!(told_by_form.starts_with("Sent #4 Torch"), "{told_by_form}");
    let torch = shown(&bob, "by form").await;
    assert_heard_before(&bob, &torch, "https://upload.capulet.lit/torch.oga");
    let given: &[(&str, &[&str])] = &[
        ("what", &["Torch EUR 7"]),
        ("to", &["bob@localhost"]),
        ("voice", &["https://upload.capulet.lit/torch.txt"]),
    ];
    let refused = fill(&alice, "share", given).await;
    assert!(refused.starts_with("I cannot pass this recording on"), "{refused}");
    put(&alice, "f4", "http://upload.capulet.lit/a.m4a", "").await;
    told(&alice, "I cannot pass this recording on").await;
}

async fn whoever_answers_by_voice_is_heard_by_the_one_it_is_for(kind: Kind) {
    let server = Server::start(kind).await;
    let component = Component::start(&server).await;
    let [alice, bob] = people(&server, ["alice", "bob"]).await;
    befriend(&alice).await;
    befriend(&bob).await;
    share(&alice, "k1", "one", &["bob@localhost"]).await;
    share(&alice, "k2", "two", &["bob@localhost"]).await;
    let one = shown(&bob, "one").await;
    shown(&bob, "two").await;

    // He points at the first.
    let id = one.attr("id").expect("an id");
    let reply = format!("<reply xmlns='urn:xmpp:reply:0' id='{id}' to='{SPEAKER}'/>");
    let first = "https://upload.montague.lit/first.m4a";
    put(&bob, "v1", first, &reply).await;
    let begins = |number: u8| format!("> #{number} Silver goblet\nbob@localhost: Voice comment");
    let heard = told(&alice, &begins(1)).await;
    assert!(body(&heard).ends_with("Voice comment"), "{}", body(&heard));
    assert_heard_before(&alice, &heard, first);
    let comment = heard.get_child("comment", NS).expect("the payload");
    assert_eq!(comment.text(), first);

    // He points at nothing: it is the latest, and he is told so.
    let second = "https://upload.montague.lit/second.opus";
    put(&bob, "v2", second, "").await;
    let heard = told(&alice, &begins(2)).await;
    assert_heard_before(&alice, &heard, second);
    told(&bob, "Sent to alice@localhost about #2 Silver goblet").await;

    // The same stanza again says nothing new; and she answers the same way.
    put(&bob, "v2", second, "").await;
    let id = heard.attr("id").expect("an id");
    let reply = format!("<reply xmlns='urn:xmpp:reply:0' id='{id}' to='{SPEAKER}'/>");
    put(&alice, "v3", "https://upload.capulet.lit/back.ogg", &reply).await;
    let back = told(&bob, "> #2 Silver goblet\nalice@localhost: Voice comment").await;
    assert_heard_before(&bob, &back, "https://upload.capulet.lit/back.ogg");
    let second_times = alice.seen().iter().filter(|it| body(it) == second).count();
    assert_eq!(second_times, 1);

    // What is kept has them as links.
    let told = tell(&bob, "save 2").await;
    let link = told.lines().nth(2).and_then(|line| line.find("/k/").map(|at| &line[at..]));
    let kept = http::get(component.pages(), link.expect("a link")).await.expect("a file");
    let kept: serde_json::Value = serde_json::from_str(&kept.body).expect("JSON");
    assert_eq!(kept["conversations"][0]["said"][0]["recording"]["url"], second, "{kept:#}");
}
