//! Prices and countries as the reader writes them, from the data of Unicode's CLDR.

use fixed_decimal::Decimal;
use icu_experimental::{
    dimension::currency::{
        CurrencyType, formatter::CurrencyFormatter, options::CurrencyFormatterOptions,
    },
    displaynames::{DisplayNamesOptions, multi::RegionDisplayNames},
};
use icu_locale_core::{
    LanguageIdentifier, Locale,
    extensions::unicode::{Value, key, value},
    locale,
};

use super::reader::Reader;
use crate::domain::product::{Country, Price};

impl Reader {
    /// `€24.90` or `24,90 €`. As `EUR 24.90` where CLDR would round: it gives some currencies fewer
    /// decimals than ISO 4217, and a price is never changed.
    pub(super) fn price(&self, price: &Price) -> String {
        let shown = self.with_symbol(price);
        let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
        shown
            .filter(|shown| digits(shown).starts_with(&digits(&price.amount.to_string())))
            .unwrap_or_else(|| price.to_string())
    }

    fn with_symbol(&self, price: &Price) -> Option<String> {
        let currency = Value::try_from_str(price.currency.code()).ok()?;
        let currency = CurrencyType::try_from(&currency).ok()?;
        let amount: Decimal = price.amount.to_string().parse().ok()?;
        let locale = self.locale();
        let options = CurrencyFormatterOptions::default();
        let format = CurrencyFormatter::try_new_symbol((&locale).into(), currency, options);
        Some(format.ok()?.format_fixed_decimal(&amount).to_string())
    }

    /// `Italy`, or the code where the reader's language has no name for it.
    pub(super) fn country(&self, country: Country) -> String {
        let names =
            RegionDisplayNames::try_new((&self.locale()).into(), DisplayNamesOptions::default());
        let name = || Some(names.ok()?.of(country.code().parse().ok()?)?.to_owned());
        name().unwrap_or_else(|| country.code().to_owned())
    }

    /// With Western digits, in which everything else on the page is written.
    fn locale(&self) -> Locale {
        let language = LanguageIdentifier::try_from_str(&self.tag);
        let mut locale = language.map_or(locale!("en"), Locale::from);
        locale.extensions.unicode.keywords.set(key!("nu"), value!("latn"));
        locale
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::lang::Lang;

    fn reader(tag: &str) -> Reader {
        Reader { lang: Lang::En, tag: tag.to_owned(), chosen: false }
    }

    fn price(tag: &str, amount: &str, currency: &str) -> String {
        reader(tag).price(&Price::parse(amount, currency).unwrap())
    }

    #[test]
    fn a_price_is_written_as_its_reader_writes_prices() {
        for (tag, amount, currency, expected) in [
            ("en", "24.90", "EUR", "€24.90"),
            ("en", "1234567.5", "CNY", "CN¥1,234,567.50"),
            ("en-US", "1234.50", "USD", "$1,234.50"),
            ("en", "980", "JPY", "¥980"),
            ("en-IN", "1234567", "INR", "₹12,34,567.00"),
            ("zh-CN", "1234567.5", "CNY", "¥1,234,567.50"),
            ("zh", "24.90", "USD", "US$24.90"),
            ("de", "1234.50", "EUR", "1.234,50\u{a0}€"),
            ("en", "12345.678", "KWD", "KWD\u{a0}12,345.678"),
            ("not a tag", "24.90", "EUR", "€24.90"),
        ] {
            assert_eq!(price(tag, amount, currency), expected, "{tag}");
        }
    }

    #[test]
    fn a_price_is_never_rounded() {
        // CLDR has no decimals for the Lebanese pound, ISO 4217 has two.
        assert_eq!(price("en", "24.95", "LBP"), "LBP 24.95");
        assert_eq!(price("en", "24", "LBP"), "LBP\u{a0}24");
        assert!(price("ar-EG", "24.95", "EGP").contains("24.95"));
    }

    #[test]
    fn a_country_has_its_name_in_the_language_of_the_reader() {
        let name = |tag: &str, code: &str| reader(tag).country(Country::parse(code).unwrap());
        assert_eq!(name("en", "IT"), "Italy");
        assert_eq!(name("zh-CN", "IT"), "意大利");
        assert_eq!(name("de-AT", "GB"), "Vereinigtes Königreich");
        assert_eq!(name("x", "IT"), "Italy");
    }
}
