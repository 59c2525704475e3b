use proptest::{prelude::*, sample::select};

use super::*;
use crate::wire::ns;

fn read(inner: &str) -> Result<domain::Product, Invalid> {
    let xml = format!("<product xmlns='{}'>{inner}</product>", ns::PRODUCT_SHARE);
    xso::from_bytes::<Product>(xml.as_bytes()).unwrap().try_into()
}

fn goblet() -> domain::Product {
    read(
        "<name xml:lang='en'>Silver &lt;goblet&gt;</name><name xml:lang='zh-CN'>银高脚杯</name>\
         <description xml:lang='en'>Two\nlines &amp; more</description><brand>Capulet's</brand>\
         <gtin>4006381333931</gtin><sku>s-1</sku><mpn>m-1</mpn><category>Cups</category>\
         <color xml:lang='en'>silver</color><countryOfOrigin>IT</countryOfOrigin>\
         <additionalProperty name='Capacity' unitCode='LTR' value='0.4' xml:lang='en'/>\
         <offer availability='InStock' observed='2026-11-20T09:58:00Z' price='24.90' \
         priceCurrency='EUR' priceValidUntil='2026-12-20T11:00:00+01:00' seller='Verona' \
         url='https://shop.verona.lit/?a=1&amp;b=2'/>\
         <aggregateRating bestRating='5' ratingCount='120' ratingValue='4.5'/>\
         <url>https://shop.verona.lit/p/1</url>\
         <file-sharing xmlns='urn:xmpp:sfs:0'><file xmlns='urn:xmpp:file:metadata:0'>\
         <media-type>image/jpeg</media-type><name>../../goblet.jpg</name><size>18231</size>\
         <width>480</width><height>640</height><desc>A goblet</desc>\
         <hash xmlns='urn:xmpp:hashes:2' algo='sha-256'>\
         4XWk7ClTh2HImBVXVxlN6rVbRbj2MsaZWZwPTUw9mKo=</hash></file><sources>\
         <url-data xmlns='http://jabber.org/protocol/url-data' target='http://a.lit/g.jpg'/>\
         <url-data xmlns='http://jabber.org/protocol/url-data' target='https://a.lit/g.jpg'/>\
         </sources></file-sharing><x xmlns='urn:unknown'>passed over</x>",
    )
    .unwrap()
}

#[test]
fn the_quick_writer_writes_what_the_type_writes() {
    let product = goblet();
    let quick: Product = xso::from_bytes(to_xml(&product).as_bytes()).unwrap();
    assert_eq!(quick, Product::from(&product));
    let slow = xso::to_vec(&Product::from(&product)).unwrap();
    assert_eq!(xso::from_bytes::<Product>(&slow).unwrap(), quick);
}

#[test]
fn a_checked_product_passes_its_check_again_unchanged() {
    let product = goblet();
    assert_eq!(domain::Product::try_from(Product::from(&product)), Ok(product));
}

/// Texts as an attacker writes them.
fn text() -> impl Strategy<Value = String> {
    let nasty =
        ["\u{0}", "\u{202e}", " \u{200b} ", "]]>", "<x>", "&amp;", "'\"", "\n", "银", "\u{fffe}"];
    prop::collection::vec(
        prop_oneof![select(nasty.to_vec()).prop_map(String::from), ".{0,8}"],
        0..6,
    )
    .prop_map(|parts| parts.concat())
}

fn offer() -> impl Strategy<Value = Offer> {
    let stamps =
        ["9999-12-31T23:59:59-01:00", "0000-01-01T00:00:00+01:00", "2026-11-20T09:58:00.5+01:00"];
    (text(), text(), select(stamps.to_vec())).prop_map(|(seller, path, stamp)| Offer {
        availability: None,
        observed: Some(stamp.to_owned()).filter(|_| path.len() % 2 == 0),
        price: "24.90".into(),
        price_currency: "EUR".into(),
        price_valid_until: None,
        seller: Some(seller),
        url: Some(format!("https://shop.verona.lit/{path}?{path}")),
    })
}

proptest! {
    #[test]
    fn whatever_passes_the_check_is_written_so_that_it_passes_again(
        name in text(), description in text(), id in text(), lang in text(), offer in offer()
    ) {
        let wire = Product {
            id: Some(id),
            names: vec![(Some(lang), name.clone()), (None, format!("x{name}"))],
            descriptions: vec![(None, description)],
            offers: vec![offer],
            ..Product::default()
        };
        if let Ok(product) = domain::Product::try_from(wire) {
            let again: Product = xso::from_bytes(to_xml(&product).as_bytes()).unwrap();
            prop_assert_eq!(domain::Product::try_from(again), Ok(product));
        }
    }
}

#[test]
fn an_address_that_grows_too_long_by_escaping_is_refused() {
    for path in ["'".repeat(1_500), "é".repeat(1_000)] {
        let url = format!("<url>https://a.lit/{path}</url>");
        assert!(matches!(read(&format!("<name>x</name>{url}")), Err(Invalid::Link(_))));
    }
}

#[test]
fn a_file_keeps_its_name_but_no_path_and_prefers_https() {
    let file = goblet().picture().unwrap().clone();
    assert_eq!(file.name.as_deref(), Some("goblet.jpg"));
    assert_eq!(file.url.as_str(), "https://a.lit/g.jpg");
}

#[test]
fn a_file_that_no_browser_opens_is_left_out() {
    let product = read(
        "<name>x</name><file-sharing xmlns='urn:xmpp:sfs:0'>\
         <file xmlns='urn:xmpp:file:metadata:0'/><sources>\
         <url-data xmlns='http://jabber.org/protocol/url-data' target='file:///etc/passwd'/>\
         </sources></file-sharing>",
    );
    assert_eq!(product.unwrap().files, []);
}

#[test]
fn foreign_texts_are_cleaned() {
    let product = read("<name> Silver\n\u{202e}goblet </name><brand>\u{200b}</brand>").unwrap();
    assert_eq!((product.name("en"), product.brand.as_deref()), ("Silver goblet", None));
}

#[test]
fn what_the_specification_does_not_allow_is_refused_by_name() {
    let long = "x".repeat(NAME_MAX + 1);
    let many = "<gtin>96385074</gtin>".repeat(MANY_MAX + 1);
    let quotes = "'".repeat(DESCRIPTION_MAX);
    let bulk: Vec<_> = ["de", "en", "zh"]
        .map(|lang| format!("<description xml:lang='{lang}'>{quotes}</description>"))
        .into();
    let bulk = bulk.concat();
    let sku = |inner: &str| format!("<name>x</name>{inner}");
    for (inner, refusal) in [
        (String::new(), Invalid::Field("name")),
        ("<name>a</name><name>b</name>".into(), Invalid::Field("name")),
        (format!("<name>{long}</name>"), Invalid::TooLong { field: "name", max: NAME_MAX }),
        (sku(&many), Invalid::TooMany { field: "gtin", max: MANY_MAX }),
        (sku(&bulk), Invalid::TooLarge { max: BYTES_MAX }),
        (sku("<gtin>4006381333932</gtin>"), Invalid::Gtin("4006381333932".into())),
        (sku("<countryOfOrigin>XX</countryOfOrigin>"), Invalid::Country("XX".into())),
        (sku("<offer price='1,5' priceCurrency='EUR'/>"), Invalid::Price("1,5".into())),
        (sku("<offer price='1.5' priceCurrency='Eur'/>"), Invalid::Currency("Eur".into())),
        (
            sku("<offer price='1' priceCurrency='EUR' observed='yesterday'/>"),
            Invalid::Field("observed"),
        ),
        (
            sku("<offer price='1' priceCurrency='EUR' availability='soon'/>"),
            Invalid::Field("availability"),
        ),
        (
            sku("<additionalProperty name='a' value=''/>"),
            Invalid::Field("additionalProperty value"),
        ),
        (
            sku("<additionalProperty name='a' unitCode='litre' value='1'/>"),
            Invalid::Field("unitCode"),
        ),
        (sku("<aggregateRating ratingValue='6'/>"), Invalid::Field("aggregateRating")),
        (sku("<aggregateRating ratingValue='-1'/>"), Invalid::Field("aggregateRating")),
        (sku("<url>javascript:alert(1)</url>"), Invalid::Link("javascript:alert(1)".into())),
    ] {
        assert_eq!(read(&inner), Err(refusal), "{inner}");
    }
}

#[test]
fn a_text_without_a_language_takes_the_one_of_its_stanza() {
    let mut product = Product { names: vec![(None, "Kelch".into())], ..Product::default() };
    product.names.push((Some("en".into()), "Goblet".into()));
    product.inherit("de");
    let langs: Vec<_> = product.names.iter().map(|(lang, _)| lang.as_deref()).collect();
    assert_eq!(langs, [Some("de"), Some("en")]);
}
