use futures_util::FutureExt;
use resvg::usvg::{Group, Node, Rect};
use rqrr::PreparedImage;

use super::*;

/// The address of a page, for a code that cannot hold the card.
const ADDRESS: &str = "https://share.verona.lit/c/0h2k4m6n8p0r2t4v6x8z0h2k4m6n8p0r2t4v6x8z0h";

fn card(name: &str, values: &[(Part, &[&str])]) -> Card {
    let mut card = Card::named(name);
    for (part, texts) in values {
        let texts: Vec<String> = texts.iter().map(|it| (*it).to_owned()).collect();
        card.set(*part, &texts);
    }
    card
}

/// Cards that have made others' cards look wrong.
#[expect(clippy::too_many_lines, reason = "a table")]
fn cards() -> Vec<(&'static str, Card)> {
    use Part::{Address, Fax, Impp, Mail, Organisation, Phone, Role, Title, Url};
    let long = "Wolfeschlegelsteinhausenbergerdorff";
    vec![
        (
            "juliet",
            card(
                "Juliet Capulet",
                &[
                    (Organisation, &["Capulet & Sons"]),
                    (Title, &["Head of Balconies"]),
                    (Phone, &["+39 045 555 0100", "+39 340 555 0199"]),
                    (Mail, &["juliet@capulet.example"]),
                    (Impp, &["xmpp:juliet@capulet.example"]),
                    (Url, &["https://www.capulet.example/juliet"]),
                    (Address, &["Via Cappello 23, 37121 Verona, Italy"]),
                ],
            ),
        ),
        (
            "zhu",
            card(
                "朱丽叶 · 凯普莱特",
                &[
                    (Organisation, &["凯普莱特家族贸易有限公司"]),
                    (Title, &["阳台事务总监"]),
                    (Phone, &["+86 10 5555 0100", "+86 138 0000 0199"]),
                    (Mail, &["juliet@capulet.example"]),
                    (Impp, &["xmpp:juliet@capulet.example"]),
                    (Url, &["https://www.capulet.example/"]),
                    (
                        Address,
                        &["北京市朝阳区建国门外大街一号国贸大厦甲座二十三层二三零一室, 100004"],
                    ),
                ],
            ),
        ),
        (
            "long",
            card(
                "Dr.-Ing. Hubert Blaine Wolfeschlegelsteinhausenbergerdorff der Jüngere",
                &[
                    (
                        Organisation,
                        &["Gesellschaft für außerordentlich lange Bezeichnungen mbH & Co. KG"],
                    ),
                    (Title, &["Vorsitzender des Ausschusses für Namensangelegenheiten"]),
                    (
                        Mail,
                        &[
                            "hubert.blaine.wolfeschlegelsteinhausenbergerdorff@bezeichnungen.example",
                        ],
                    ),
                    (Phone, &["+49 40 5550100"]),
                    (
                        Url,
                        &["https://eine-ausserordentlich-lange-bezeichnung.bezeichnungen.example/"],
                    ),
                ],
            ),
        ),
        (
            "endless",
            card(&long.repeat(8), &[(Organisation, &[&long.repeat(9)]), (Mail, &["a@b.lit"])]),
        ),
        (
            "many",
            card(
                "Mercutio",
                &[
                    (Role, &["Kinsman"]),
                    (
                        Phone,
                        &[
                            "+39 045 555 0100",
                            "+39 045 555 0101",
                            "+39 045 555 0102",
                            "+39 045 555 0103",
                            "+39 045 555 0104",
                            "+39 045 555 0105",
                        ],
                    ),
                    (Fax, &["+39 045 555 0109"]),
                    (Mail, &["m@verona.lit", "mercutio@verona.lit", "queen.mab@verona.lit"]),
                    (Impp, &["xmpp:mercutio@verona.lit", "xmpp:mab@verona.lit"]),
                ],
            ),
        ),
        (
            "hebrew",
            card(
                "ליאור כהן־אברהמי",
                &[
                    (Organisation, &["חברת המסחר של ורונה"]),
                    (Title, &["מנהל"]),
                    (Phone, &["+972 3 555 0100"]),
                    (Mail, &["lior@verona.lit"]),
                    (Address, &["רחוב דיזנגוף 99, תל אביב"]),
                ],
            ),
        ),
        (
            "arabic",
            card(
                "أحمد بن عبد الله",
                &[
                    (Organisation, &["شركة فيرونا للتجارة"]),
                    (Phone, &["+971 4 555 0100"]),
                    (Impp, &["xmpp:ahmad@verona.lit"]),
                ],
            ),
        ),
        ("bare", card("Nurse", &[])),
        ("emoji", card("Romeo 🌹 Montague", &[(Phone, &["+39 045 555 0100"])])),
    ]
}

fn studio() -> Studio {
    let studio = Studio::new(Arc::new(Templates::new(vec![]).unwrap()));
    assert!(studio.has_fonts(), "no fonts: run make deps");
    studio
}

fn job(card: &Card, template: &str, lang: Lang) -> Job {
    let (card, template, address) = (Arc::new(card.clone()), template.into(), ADDRESS.into());
    Job { drawing: Drawing::Card, card, template, lang, address }
}

/// Width, height, and the grey of each pixel.
fn grey(file: &[u8]) -> (usize, usize, Vec<u8>) {
    let image = image::load_from_memory(file).unwrap().into_luma8();
    (image.width() as usize, image.height() as usize, image.into_raw())
}

/// What a camera reads from a picture.
fn read(file: &[u8]) -> String {
    let (width, height, pixels) = grey(file);
    let mut image =
        PreparedImage::prepare_from_greyscale(width, height, |x, y| pixels[y * width + x]);
    let grids = image.detect_grids();
    assert_eq!(grids.len(), 1);
    grids[0].decode().unwrap().1
}

#[tokio::test]
async fn every_template_draws_every_card_and_its_code_is_read_back() {
    let studio = studio();
    for (nth, (what, card)) in cards().into_iter().enumerate() {
        // Drawing takes long without optimisation: the first two with each, the others with one.
        let some = if nth < 2 { 0..3 } else { nth % 3..nth % 3 + 1 };
        for template in &["plain", "modern", "night"][some] {
            let picture = studio.picture(job(&card, template, Lang::En), None).await;
            let picture = picture.unwrap_or_else(|_| panic!("{template}: {what}"));
            assert!(picture.len() < 200_000, "{template}: {what}: {}", picture.len());
            let (width, height, pixels) = grey(&picture);
            assert_eq!((width, height), (1050, 600));
            let shades: std::collections::BTreeSet<u8> = pixels.iter().copied().collect();
            assert!(shades.len() > 30, "{template}: {what} is blank");
            let held = if what == "endless" { ADDRESS.to_owned() } else { card.scan_text() };
            assert_eq!(read(&picture), held, "{template}: {what}");
        }
    }
}

/// Every text, and the box of the code.
fn boxes(group: &Group, texts: &mut Vec<(String, Rect)>, codes: &mut Vec<Rect>) {
    for node in group.children() {
        match node {
            Node::Group(group) => boxes(group, texts, codes),
            Node::Text(text) => {
                let said = text.chunks().iter().map(resvg::usvg::TextChunk::text).collect();
                texts.push((said, text.abs_bounding_box()));
            }
            Node::Path(path) if path.data().len() > 400 => codes.push(path.abs_bounding_box()),
            Node::Path(_) | Node::Image(_) => {}
        }
    }
}

#[test]
fn no_text_leaves_the_picture_or_covers_the_code_or_another() {
    let studio = studio();
    let fonts = studio.fonts.as_ref().unwrap();
    for (what, card) in cards() {
        for template in ["plain", "modern", "night"] {
            let svg = svg(&studio.templates, &job(&card, template, Lang::Zh)).unwrap();
            let tree = fonts.tree(&svg).unwrap();
            let (mut texts, mut codes) = (Vec::new(), Vec::new());
            boxes(tree.root(), &mut texts, &mut codes);
            assert_eq!(codes.len(), 1, "{template}: {what}");
            for (at, (text, place)) in texts.iter().enumerate() {
                let within = place.left() >= 40.0 && place.right() <= 1010.0;
                let within = within && place.top() >= 10.0 && place.bottom() <= 590.0;
                assert!(within, "{template}: {what}: {text} at {place:?}");
                let apart = |other: &Rect| {
                    place.right() <= other.left()
                        || place.left() >= other.right()
                        || place.bottom() <= other.top() + 12.0
                        || place.top() >= other.bottom() - 12.0
                };
                assert!(
                    apart(&codes[0]),
                    "{template}: {what}: {text} at {place:?}, {:?}",
                    codes[0]
                );
                for (other, its) in &texts[at + 1..] {
                    assert!(
                        apart(its),
                        "{template}: {what}: {text} and {other}: {place:?} {its:?}"
                    );
                }
            }
        }
    }
}

#[tokio::test]
async fn a_code_that_cannot_hold_the_card_leads_to_its_page() {
    let studio = studio();
    let mails: Vec<String> = (0..40).map(|n| format!("juliet-{n}@capulet.lit")).collect();
    let mails: Vec<&str> = mails.iter().map(String::as_str).collect();
    let mut much = card("Juliet", &[(Part::Mail, &mails)]);
    assert_eq!(read(&studio.picture(job(&much, "plain", Lang::En), None).await.unwrap()), ADDRESS);
    // Of a note and an address it can do without.
    much.set(Part::Mail, &["juliet@capulet.lit".into()]);
    much.set(Part::Address, &["Via Cappello ".repeat(60)]);
    let read = read(&studio.picture(job(&much, "plain", Lang::En), None).await.unwrap());
    assert!(read.contains("juliet@capulet.lit") && !read.contains("Cappello"), "{read}");
}

#[tokio::test]
async fn a_picture_is_drawn_once_and_a_bounded_number_is_kept() {
    let studio = studio();
    let card = card("Juliet", &[]);
    let first = studio.picture(job(&card, "plain", Lang::En), None).await.unwrap();
    let again = studio.picture(job(&card, "plain", Lang::En), None).await.unwrap();
    assert_eq!(first.as_ptr(), again.as_ptr(), "the same one");
    let other = studio.picture(job(&card, "plain", Lang::Zh), None).await.unwrap();
    assert_ne!(first, other);
    let mut kept = Cache::default();
    for n in 0..=u8::MAX {
        kept.keep([n; 32], Bytes::from(vec![n; 100_000]));
        kept.find(&[0; 32]);
    }
    assert!(kept.bytes <= KEPT_BYTES && kept.bytes > KEPT_BYTES - 200_000, "{}", kept.bytes);
    assert!(kept.find(&[0; 32]).is_some() && kept.find(&[1; 32]).is_none());
}

#[test]
fn a_drawing_reaches_no_file_and_no_address() {
    let fonts = studio().fonts.unwrap();
    let secret = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/screens/share.png");
    let draw = |body: &str| {
        let svg = format!(
            "<svg xmlns='http://www.w3.org/2000/svg' xmlns:xlink='http://www.w3.org/1999/xlink' \
             width='20' height='20'>{body}</svg>"
        );
        fonts.draw(&svg).unwrap()
    };
    let empty = draw("");
    for href in [
        secret,
        "tests/screens/share.png",
        "http://127.0.0.1:1/a.png",
        "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg'><rect width='9' height='9'/></svg>",
    ] {
        let href = href.replace('<', "&lt;").replace('\'', "&#39;");
        assert_eq!(
            draw(&format!("<image href='{href}' width='20' height='20'/>")),
            empty,
            "{href}"
        );
        assert_eq!(draw(&format!("<image xlink:href='{href}' width='20' height='20'/>")), empty);
    }
    assert!(
        fonts.draw("<svg xmlns='http://www.w3.org/2000/svg' width='9999' height='1'/>").is_err()
    );
    assert!(fonts.draw("<svg").is_err());
}

#[tokio::test]
async fn a_picture_whose_visitor_has_gone_keeps_its_turn_until_it_is_drawn() {
    let studio = studio();
    let card = Arc::new(Card::named("Juliet"));
    let (template, address) = ("plain".into(), "https://x".into());
    let job = Job { drawing: Drawing::Card, card, template, lang: Lang::En, address };
    assert!(Box::pin(studio.picture(job, None)).now_or_never().is_none());
    assert_eq!(studio.drawing.available_permits(), 0);
    let _next = studio.drawing.acquire().await.expect("drawn to its end");
}

#[tokio::test]
async fn a_code_takes_its_turn_as_a_picture_does_and_is_made_once() {
    let studio = studio();
    for drawing in [Drawing::CodeSvg, Drawing::CodePng] {
        let job = Job { drawing, ..job(&Card::named("Juliet"), "plain", Lang::En) };
        let turn = Arc::clone(&studio.drawing).acquire_owned().await.unwrap();
        assert!(Box::pin(studio.picture(job.clone(), None)).now_or_never().is_none());
        drop(turn);
        let first = studio.picture(job.clone(), None).await.unwrap();
        let again = studio.picture(job, None).await.unwrap();
        assert_eq!(first.as_ptr(), again.as_ptr(), "the same one");
    }
}

fn network(n: u8) -> Network {
    Network::of(std::net::Ipv4Addr::new(192, 0, n, 1).into())
}

#[tokio::test]
async fn whoever_has_many_drawn_lets_the_next_network_go_before_their_second() {
    let studio = studio();
    let card = |name: String| job(&Card::named(&name), "plain", Lang::En);
    let all = Arc::clone(&studio.drawing).acquire_owned().await.unwrap();
    let ask = |n: u8, of| Box::pin(studio.picture(card(format!("{n} of {of}")), Some(network(of))));
    let mut many: Vec<_> = (0..20).map(|n| ask(n, 1)).collect();
    assert!(many.iter_mut().all(|it| it.now_or_never().is_none()));
    let mut other = ask(0, 2);
    assert!(other.as_mut().now_or_never().is_none());
    drop(all);
    let first = many.remove(0);
    // Nobody looks after the others of the first network: a turn of theirs would never end.
    let (first, other) = tokio::join!(first, other);
    assert!(first.is_ok() && other.is_ok());
    assert!(many.remove(0).await.is_ok(), "and then their second");
}

#[tokio::test(start_paused = true)]
async fn whoever_has_waited_for_five_seconds_is_told_to_come_again() {
    let studio = studio();
    let card = |lang| job(&Card::named("Juliet"), "plain", lang);
    let all = Arc::clone(&studio.drawing).acquire_owned().await.unwrap();
    let begun = tokio::time::Instant::now();
    let waited = [Lang::En, Lang::Zh].map(|lang| studio.picture(card(lang), Some(network(1))));
    let waited = futures_util::future::join_all(waited).await;
    assert!(waited.iter().all(|it| matches!(it, Err(Nothing::Busy))));
    assert_eq!(begun.elapsed(), PATIENCE);
    drop(all);
    assert!(studio.turn(Some(network(1))).now_or_never().is_some(), "nobody waits any more");
}

#[tokio::test]
async fn what_was_drawn_while_somebody_waited_is_not_drawn_again() {
    let studio = studio();
    let ask = |n| studio.picture(job(&Card::named("Juliet"), "plain", Lang::En), Some(network(n)));
    let (one, other) = tokio::join!(ask(1), ask(2));
    assert_eq!(one.unwrap().as_ptr(), other.unwrap().as_ptr(), "the same bytes");
}
