use super::*;

const PATH: &str = "/s/7K3QXM2NP8";
const COPY: &str = "/s/7K3QXM2NP8/offline.html";
const SOURCE: &str = "https://img.verona.lit/1.jpg";
const HASH: PictureHash = PictureHash([0x5a; 32]);

/// The path of the thumbnail.
fn path() -> String {
    format!("/p/{HASH}.jpg")
}

/// A page with two products whose first picture came from `url` and is kept here.
fn kept(url: &str) -> Page {
    let mut page = shared(vec![plain(), plain()], str::to_owned);
    for product in &mut page.products {
        product.files[0].url = Link::parse(url).unwrap();
    }
    let small = vec![1, 2, 3];
    let it = Thumbnail { hash: HASH, kind: Kind::Jpeg, size: 4, width: 640, height: 480, small };
    page.pictures.insert(url.to_owned(), Arc::new(it));
    page
}

/// Where that is served, and `file` is what there is of the picture.
fn with_file(public_url: &str, url: &str, file: Result<Option<&[u8]>, Unavailable>) -> Router {
    let site = Site { public_url: public_url.into(), ..site() };
    let page = PageAnswer::Found(Box::new(kept(url)));
    let file = file.map(|bytes| bytes.map(<[u8]>::to_vec));
    let read = move |hash, kind| {
        assert_eq!((hash, kind), (HASH, Kind::Jpeg));
        ready(file.clone())
    };
    showing(site, move |_| ready(Ok(page.clone())), read)
}

#[tokio::test]
async fn a_picture_of_ours_is_shown_instead_of_the_sources() {
    for (public_url, root) in [("https://verona.lit", ""), ("https://verona.lit/trade", "/trade")] {
        // One of ours may be shown wherever it came from.
        for source in [SOURCE, "http://img.verona.lit/1.jpg"] {
            let answer = ask(with_file(public_url, source, Ok(None)), "GET", PATH, "en").await;
            assert!(!answer.text().contains(source), "{source}");
            let html = answer.html();
            let (ours, other) = (format!("{root}{}", path()), "https://img.verona.lit/2.png");
            let sources = attributes(&html, ".gallery img", "src");
            assert_eq!(sources, [&ours, other, &ours, other]);
            assert_eq!(attributes(&html, ".gallery > img", "width"), ["640", "640"]);
            assert_eq!(attributes(&html, ".gallery > img", "height"), ["480", "480"]);
            assert_eq!(attributes(&html, ".gallery > img", "alt")[0], "The goblet on a table");
            let og = |name: &str| {
                let name = format!("meta[property='og:image{name}']");
                attributes(&html, &name, "content")[0].clone()
            };
            let absolute = format!("{public_url}{}", path());
            assert_eq!(og(""), absolute);
            assert_eq!([og(":type"), og(":width"), og(":height")], ["image/jpeg", "640", "480"]);
            assert_eq!(json_ld_of(&html)["@graph"][1]["image"][0], absolute);
            assert!(answer.header("content-security-policy").contains("img-src https: 'self';"));
        }
    }
}

#[tokio::test]
async fn a_picture_of_ours_lies_in_the_copy() {
    let html = ask(with_file("https://x.lit", SOURCE, Ok(Some(b"jpeg"))), "GET", COPY, "en").await;
    let html = html.html();
    let data = "data:image/jpeg;base64,anBlZw==";
    assert_eq!(attributes(&html, ".gallery img", "src"), [data, data]);
    assert_eq!(attributes(&html, ".gallery img", "alt")[0], "The goblet on a table");
    // To the product, its other picture and its film.
    assert_eq!(texts(&html, ".links a").len(), 2 * 3);
}

#[tokio::test]
async fn those_who_do_not_read_a_copy_keep_nobody_from_it() {
    let router = with_file("https://x.lit", SOURCE, Ok(Some(b"jpeg")));
    let get = || Request::get(COPY).body(body::Body::empty()).unwrap();
    let mut unread = Vec::new();
    for _ in 0..9 {
        let answer = router.clone().oneshot(get()).await.unwrap();
        assert_eq!(answer.status(), 200, "{}", unread.len());
        unread.push(answer);
    }
}

#[tokio::test]
async fn a_copy_without_the_file_leads_to_its_source() {
    let html = ask(with_file("https://x.lit", SOURCE, Ok(None)), "GET", COPY, "en").await.html();
    assert!(attributes(&html, ".gallery img", "src").is_empty());
    assert_eq!(attributes(&html, ".links a", "href").iter().filter(|it| *it == SOURCE).count(), 2);
    let gone = ask(with_file("https://x.lit", SOURCE, Err(Unavailable)), "GET", COPY, "en").await;
    assert_eq!(gone.status, 503);
}
