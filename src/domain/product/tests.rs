use super::*;

#[test]
fn a_gtin_needs_its_length_and_its_check_digit() {
    for good in ["96385074", "036000291452", "4006381333931", "10614141000415"] {
        assert!(Gtin::parse(good).is_ok(), "{good}");
    }
    for bad in ["4006381333932", "400638133393", "400638133393a", "", "4006381333931 "] {
        assert_eq!(Gtin::parse(bad), Err(Invalid::Gtin(bad.to_owned())));
    }
}

#[test]
fn a_price_has_no_more_decimals_than_its_currency() {
    assert_eq!(Price::parse("24.90", "EUR").unwrap().to_string(), "EUR 24.90");
    assert_eq!(Price::parse("980", "JPY").unwrap().to_string(), "JPY 980");
    for (amount, currency) in [
        ("9.5", "JPY"),
        ("1.234", "EUR"),
        ("1,234.00", "USD"),
        ("-1", "EUR"),
        ("1.", "EUR"),
        (".5", "EUR"),
        ("01", "EUR"),
        ("١", "EUR"),
    ] {
        assert_eq!(Price::parse(amount, currency), Err(Invalid::Price(amount.to_owned())));
    }
    assert_eq!(Price::parse("1", "EURO"), Err(Invalid::Currency("EURO".into())));
}

#[test]
fn every_country_has_its_code() {
    for one in 'A'..='Z' {
        for other in 'A'..='Z' {
            let code = format!("{one}{other}");
            let is_known = code == "XK" || code.parse::<iso_currency::Country>().is_ok();
            let read = Country::parse(&code).map(Country::code);
            assert_eq!(read.is_ok(), is_known, "{code}");
            assert!(read.is_err() || read == Ok(code.as_str()));
        }
    }
    for bad in ["", " ", "I", "it", "It", "ITA", "IT ", " IT", "IT VA", "D A"] {
        assert_eq!(Country::parse(bad), Err(Invalid::Country(bad.into())), "{bad:?}");
    }
}

#[test]
fn a_refusal_shows_the_beginning_of_what_was_given() {
    let long = "1".repeat(100_000);
    let refused = [
        Price::parse(&long, "EUR").err(),
        Price::parse("1", &long).err(),
        Gtin::parse(&long).err(),
        Country::parse(&long).err(),
        Link::parse(&long).err(),
    ];
    for wrong in refused {
        let text = wrong.expect("a refusal").to_string();
        assert!(text.contains('…') && text.len() < 250, "{}", text.len());
    }
}

#[test]
fn only_plain_http_links_are_taken() {
    assert!(Link::parse("https://shop.verona.lit/p/1").is_ok());
    for bad in [
        "javascript:alert(1)",
        "data:text/html,x",
        "https://user:pw@verona.lit/",
        "/p/1",
        "ftp://x/",
        "https://",
    ] {
        assert!(Link::parse(bad).is_err(), "{bad}");
    }
}

#[test]
fn the_name_falls_back_from_region_to_base_language_to_english() {
    let name = |lang: &str, text: &str| Localized { lang: Some(lang.into()), text: text.into() };
    let names = [name("de", "Kelch"), name("zh-CN", "银高脚杯"), name("en", "Goblet")];
    let best = |lang| Localized::best(&names, lang).unwrap().text.as_str();
    assert_eq!((best("zh"), best("de-AT"), best("fr")), ("银高脚杯", "Kelch", "Goblet"));
}
