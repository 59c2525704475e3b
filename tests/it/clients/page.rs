//! The pages as readers see them: on a phone and on a desktop, by day and by night, in both
//! languages.

use crate::{
    clients::{open_shop, share_pictured, verona},
    contact::tell,
    fetch::source::Source,
    harness::{
        browser::{Device, Window},
        client::Client,
        component::{Component, Plan},
        place,
    },
    share::saved::{get, links, say},
    stanzas::{DOMAIN, NS, pictured, register, send, shown},
};

/// Looks at a page as every reader must find it, and keeps a picture of it.
pub(super) async fn look(window: &Window, name: &str) {
    let wide = "document.documentElement.scrollWidth - window.innerWidth";
    assert!(window.eval(wide).await.as_i64() <= Some(0), "{name} scrolls sideways");
    window.screenshot(name, true).await;
    assert_eq!(window.axe().await, [""; 0], "{name} has barriers");
}

#[tokio::test]
async fn the_page_is_readable_on_every_device_and_has_no_barriers() {
    let server = verona().await;
    let component = Component::start(&server).await;
    let juliet = Client::login(&server, "juliet").await;
    register(&juliet, "Juliet").await;
    let code = share_pictured(&juliet, "k1", "For your table?", "romeo@localhost").await;
    let url = format!("http://{}/s/{code}", component.pages());
    for (name, device) in [("phone", Device::PHONE), ("desktop", Device::DESKTOP)] {
        for (mode, dark) in [("light", false), ("dark", true)] {
            for (lang, thing) in [("en", "Silver goblet"), ("zh-CN", "银高脚杯")] {
                let name = format!("page-{name}-{mode}-{lang}");
                let window = Window::open(Device { dark, lang, ..device }).await;
                open_shop(&window).await;
                assert_eq!(window.goto(&url).await, Some(200));
                window.see("h1", thing).await;
                let picture = "document.querySelector('main img')?.naturalWidth";
                assert_eq!(window.until(picture).await, 480, "the picture itself");
                look(&window, &name).await;
                if name == "page-desktop-dark-en" {
                    window.print("page-print").await;
                }
                assert_eq!(window.complaints().await, [""; 0], "{name}");
            }
        }
    }
}

#[tokio::test]
async fn the_page_can_be_saved_and_read_without_a_network() {
    let server = verona().await;
    let component = Component::start(&server).await;
    let juliet = Client::login(&server, "juliet").await;
    register(&juliet, "Juliet").await;
    let code = share_pictured(&juliet, "k1", "For your table?", "romeo@localhost").await;
    let window = Window::open(Device::PHONE).await;
    open_shop(&window).await;
    window.goto(&format!("http://{}/s/{code}", component.pages())).await;
    let copy = window.download("a", "Save a copy").await;
    window.unplug().await;
    // Chromium gives it a name without an ending, and would show the source.
    let named = format!("{copy}.html");
    let path = |url: &str| url.trim_start_matches("file://").to_owned();
    std::fs::rename(path(&copy), path(&named)).expect("the copy");
    window.goto(&named).await;
    window.see("h1", "Silver goblet").await;
    window.see("blockquote", "For your table?").await;
    look(&window, "copy").await;
}

#[tokio::test]
async fn what_somebody_saved_is_whole_without_a_network_and_on_paper() {
    let server = verona().await;
    let source = Source::start().await;
    let plan = Plan::new(&server).set("pictures.fetch", true).set("pictures.allow_private", true);
    let component = plan.start().await;
    let (juliet, romeo) =
        tokio::join!(Client::login(&server, "juliet"), Client::login(&server, "romeo"));
    register(&juliet, "Juliet").await;
    register(&romeo, "Romeo").await;
    let product = pictured(&source.url("/goblet"), "8470");
    let share = send("k1", "For your table?", &product, &["romeo@localhost"]);
    juliet.request("set", DOMAIN, &share).await;
    shown(&romeo, "For your table?").await;
    let lamp = format!(
        "<body>#1 or this one?</body><share xmlns='{NS}' id='s1'>{}</share>",
        pictured("https://shop.verona.lit/i/lantern.jpg", "9000").replace("Silver goblet", "Lamp")
    );
    for (by, to, id, words, text) in [
        (&romeo, &juliet, "r1", "<body>#1 how heavy is it?</body>", "how heavy is it?"),
        (&juliet, &romeo, "j1", "<body>#1 Two pounds. 两磅。</body>", "Two pounds."),
        (&romeo, &juliet, "r2", lamp.as_str(), "or this one?"),
    ] {
        say(by, id, words, to, text).await;
    }
    let [html, _] = links(&tell(&romeo, "save 1").await);
    let folder = place::folder("saved-");
    let file = folder.path().join("goblet.html");
    std::fs::write(&file, get(&component, &html).await.body).expect("a file");
    let window = Window::open(Device::PHONE).await;
    window.unplug().await;
    window.goto(&format!("file://{}", file.display())).await;
    window.see(".talk blockquote", "or this one?").await;
    window.see(".away li", "Picture, not in this file shop.verona.lit").await;
    let picture = "document.querySelector('.gallery > img')?.naturalWidth";
    assert_eq!(window.until(picture).await, 480, "the picture itself");
    look(&window, "saved").await;
    window.print("saved-print").await;
    assert_eq!(window.complaints().await, [""; 0]);
}

#[tokio::test]
async fn the_other_pages_are_readable_and_have_no_barriers() {
    let server = verona().await;
    let component = Component::start(&server).await;
    for (name, path, status) in [("home", "/", 200), ("unknown", "/s/0000000000", 404)] {
        for (lang, dark) in [("en", false), ("zh-CN", true)] {
            let window = Window::open(Device { dark, lang, ..Device::PHONE }).await;
            let url = format!("http://{}{path}", component.pages());
            assert_eq!(window.goto(&url).await, Some(status), "{url}");
            look(&window, &format!("{name}-{lang}")).await;
        }
    }
}
