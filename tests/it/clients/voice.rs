//! A voice comment in a browser: on the page of its share, and in Converse.

use crate::{
    clients::{PICTURE, converse::romeo_joins, open_shop, verona},
    harness::{
        browser::{Device, Window},
        client::Client,
        component::Component,
    },
    share::recording::recording,
    stanzas::{DOMAIN, pictured, register, send},
};

/// Where the comment is.
const HELLO: &str = "https://upload.verona.lit/3b/hello.ogg";
const WAV: &str = "<media-type>audio/ogg</media-type><size>4044</size><length>500</length>\
                   <desc>Juliet says: for your table?</desc>";

#[tokio::test]
async fn a_voice_comment_can_be_heard_on_the_page_and_in_converse() {
    let server = verona().await;
    let component = Component::start(&server).await;
    let juliet = Client::login(&server, "juliet").await;
    register(&juliet, "Juliet").await;
    let romeo = romeo_joins(&server, Device { width: 1000, height: 680, ..Device::DESKTOP }).await;
    romeo.serve(HELLO, "hello.wav").await;
    let spoken = pictured(PICTURE.0, PICTURE.1) + &recording(HELLO, WAV);
    let share = send("k1", "For your table?", &spoken, &["romeo@localhost"]);
    let answer = juliet.request("set", DOMAIN, &share).await;
    let code = answer.children().next().and_then(|sent| sent.attr("ref"));
    let code = code.unwrap_or_else(|| panic!("{}", String::from(&answer)));

    romeo.see("converse-chat-message", "For your table?").await;
    let player = format!("!!document.querySelector('converse-audio-player[src=\"{HELLO}\"]')");
    romeo.until(&player).await;
    let players = "document.querySelectorAll('converse-audio-player').length";
    assert_eq!(romeo.eval(players).await, 1, "and not a second one in the text");
    romeo.screenshot("converse-voice", false).await;

    for (name, device) in [
        ("page-voice-desktop", Device::DESKTOP),
        ("page-voice-phone-dark", Device { dark: true, lang: "zh-CN", ..Device::PHONE }),
    ] {
        let window = Window::open(device).await;
        open_shop(&window).await;
        window.serve(HELLO, "hello.wav").await;
        window.goto(&format!("http://{}/s/{code}", component.pages())).await;
        let untouched = window.eval("document.querySelector('audio').networkState").await;
        assert!(matches!(untouched.as_u64(), Some(0 | 1)), "nothing is asked for yet: {untouched}");
        window.screenshot(name, true).await;
        assert_eq!(window.axe().await, [""; 0], "{name} has barriers");
        // The policy of the page lets the sound through.
        let loaded = "new Promise(done => { const it = document.querySelector('audio'); \
                      it.onloadedmetadata = it.onerror = () => done(it.duration); \
                      it.preload = 'auto'; it.load(); })";
        assert!(window.eval(loaded).await.as_f64() > Some(0.4), "{name}: not heard");
        // Chromium stops a request for sound once it knows enough.
        let mut complaints = window.complaints().await;
        complaints.retain(|it| it != &format!("{HELLO}: net::ERR_ABORTED"));
        assert_eq!(complaints, [""; 0], "{name}");
    }
}
