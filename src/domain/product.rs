//! A product as it is shared: the schema.org vocabulary, checked (S0.2).

pub(super) mod invalid;

use std::{fmt, str::FromStr};

use iso_currency::Currency;
use rust_decimal::Decimal;

pub use self::invalid::Invalid;
pub use super::availability::Availability;
use super::text;

/// The most characters of what was given that a refusal shows: it has to fit into an answer.
const GIVEN_MAX: usize = 80;

/// A product whose every field has passed its check: texts are free of control characters, links
/// are http(s), numbers are what they say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Product {
    /// The publisher's own id, often the address of its page.
    pub id: Option<String>,
    /// At least one; at most one a language.
    pub names: Vec<Localized>,
    /// What it is, in the seller's words.
    pub descriptions: Vec<Localized>,
    /// Who makes it.
    pub brand: Option<String>,
    /// GTIN-8/12/13/14.
    pub gtins: Vec<Gtin>,
    /// The seller's stock number.
    pub sku: Option<String>,
    /// The maker's part number.
    pub mpn: Option<String>,
    /// What kind of thing it is.
    pub categories: Vec<Localized>,
    /// Colours.
    pub colors: Vec<Localized>,
    /// ISO 3166-1 alpha-2.
    pub country_of_origin: Option<Country>,
    /// Anything else worth a line: capacity 0.4 L, material silver.
    pub properties: Vec<Property>,
    /// Where it is sold and for how much.
    pub offers: Vec<Offer>,
    /// What buyers think of it.
    pub rating: Option<Rating>,
    /// Its page, http or https.
    pub url: Option<Link>,
    /// Pictures and films, in order; the first picture is the one that is shown.
    pub files: Vec<File>,
}

impl Product {
    /// The name in `lang`, else in its base language, else in English, else the first.
    #[must_use]
    pub fn name(&self, lang: &str) -> &str {
        Localized::best(&self.names, lang).map_or("", |name| name.text.as_str())
    }

    /// The first picture, if there is one.
    #[must_use]
    pub fn picture(&self) -> Option<&File> {
        self.files.iter().find(|file| file.media_type.starts_with("image/"))
    }
}

/// A text and the language it is in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Localized {
    /// BCP 47; none when the sender did not say.
    pub lang: Option<String>,
    /// Cleaned text.
    pub text: String,
}

impl Localized {
    /// The one in `lang`, else in its base language, else in English, else the first.
    #[must_use]
    pub fn best<'a>(all: &'a [Self], lang: &str) -> Option<&'a Self> {
        let base = |tag: &str| tag.split('-').next().unwrap_or("").to_ascii_lowercase();
        let of = |item: &Self| item.lang.as_deref().unwrap_or("").to_owned();
        all.iter()
            .find(|item| of(item).eq_ignore_ascii_case(lang))
            .or_else(|| all.iter().find(|item| base(&of(item)) == base(lang)))
            .or_else(|| all.iter().find(|item| base(&of(item)) == "en"))
            .or_else(|| all.first())
    }
}

/// A name and a value with an optional unit (schema.org `PropertyValue`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Property {
    /// The language of name and value.
    pub lang: Option<String>,
    /// `Capacity`
    pub name: String,
    /// `0.4`
    pub value: String,
    /// UN/CEFACT Recommendation 20, `LTR`.
    pub unit: Option<String>,
}

/// One place that sells it (schema.org `Offer`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// What it costs there.
    pub price: Price,
    /// Whether it can be had.
    pub availability: Option<Availability>,
    /// When the price was seen, XEP-0082.
    pub observed: Option<String>,
    /// Until when it holds, XEP-0082.
    pub valid_until: Option<String>,
    /// Who sells it.
    pub seller: Option<String>,
    /// The page of the offer.
    pub url: Option<Link>,
}

/// What buyers think (schema.org `AggregateRating`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rating {
    /// The mean, 0 to `best`.
    pub value: Decimal,
    /// The most that can be given; 5 when the sender did not say.
    pub best: Option<Decimal>,
    /// How many gave one.
    pub count: Option<u64>,
}

/// A file that belongs to the product (XEP-0446, XEP-0447).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// `image/jpeg`
    pub media_type: String,
    /// A name without a path.
    pub name: Option<String>,
    /// Bytes.
    pub size: Option<u64>,
    /// Pixels.
    pub width: Option<u32>,
    /// Pixels.
    pub height: Option<u32>,
    /// What it shows, for people who do not see it.
    pub description: Option<String>,
    /// SHA-256, base64.
    pub sha256: Option<String>,
    /// Where it is, http or https.
    pub url: Link,
}

impl File {
    /// The file at an address whose path ends in a picture's or a sound's extension; nothing else
    /// is known of it.
    #[must_use]
    pub fn at(url: Link) -> Option<Self> {
        let (_, extension) = url.path().rsplit_once('.')?;
        let media_type = match extension.to_ascii_lowercase().as_str() {
            "jpg" | "jpeg" => "image/jpeg",
            "png" => "image/png",
            "gif" => "image/gif",
            "webp" => "image/webp",
            "avif" => "image/avif",
            "mp3" => "audio/mpeg",
            "ogg" | "oga" | "opus" => "audio/ogg",
            "m4a" | "mp4a" => "audio/mp4",
            "aac" => "audio/aac",
            "wav" => "audio/wav",
            "flac" => "audio/flac",
            "amr" => "audio/amr",
            // A `.webm` is a film to whoever goes by its name.
            "weba" => "audio/webm",
            _ => return None,
        };
        Some(Self {
            media_type: media_type.to_owned(),
            name: None,
            size: None,
            width: None,
            height: None,
            description: None,
            sha256: None,
            url,
        })
    }
}

/// A Global Trade Item Number of 8, 12, 13 or 14 digits whose check digit is right.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Gtin(String);

impl Gtin {
    /// Reads one; spaces and hyphens are not taken.
    ///
    /// # Errors
    /// [`Invalid::Gtin`] for another length, another character or a wrong check digit.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let wrong = || Invalid::Gtin(text::shorten(text, GIVEN_MAX));
        if !matches!(text.len(), 8 | 12 | 13 | 14) || !text.bytes().all(|b| b.is_ascii_digit()) {
            return Err(wrong());
        }
        // GS1 General Specifications 7.9: weights 3 and 1 from the right, check digit included as 1.
        let sum: u32 = text
            .bytes()
            .rev()
            .zip([1, 3].into_iter().cycle())
            .map(|(digit, weight)| u32::from(digit - b'0') * weight)
            .sum();
        if sum.is_multiple_of(10) { Ok(Self(text.to_owned())) } else { Err(wrong()) }
    }

    /// The digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// An amount of money: no more digits after the point than the currency has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Price {
    /// Not negative, below 10^15.
    pub amount: Decimal,
    /// ISO 4217.
    pub currency: Currency,
}

impl Price {
    /// Reads `24.90` and `EUR`.
    ///
    /// # Errors
    /// [`Invalid::Currency`] for a code ISO 4217 does not have; [`Invalid::Price`] for anything
    /// but digits with one point, for grouping, signs, and more decimals than the currency has.
    pub fn parse(amount: &str, currency: &str) -> Result<Self, Invalid> {
        let code = Currency::from_code(currency)
            .ok_or_else(|| Invalid::Currency(text::shorten(currency, GIVEN_MAX)))?;
        let wrong = || Invalid::Price(text::shorten(amount, GIVEN_MAX));
        let (whole, fraction) = amount.split_once('.').unwrap_or((amount, "0"));
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        if !digits(whole)
            || !digits(fraction)
            || whole.len() > 15
            || (whole.len() > 1 && whole.starts_with('0'))
        {
            return Err(wrong());
        }
        let decimals = if amount.contains('.') { fraction.len() } else { 0 };
        if decimals > usize::from(code.exponent().unwrap_or(4)) {
            return Err(wrong());
        }
        let amount = Decimal::from_str(amount).map_err(|_| wrong())?;
        Ok(Self { amount, currency: code })
    }
}

impl fmt::Display for Price {
    /// `EUR 24.90`: the code first, the digits as they were given.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.currency.code(), self.amount)
    }
}

/// The codes, and XK, by which everybody calls Kosovo.
const COUNTRIES: &str = "\
    AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ \
    BR BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM \
    DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS \
    GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN \
    KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ \
    MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM \
    PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV \
    SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI \
    VN VU WF WS XK YE YT ZA ZM ZW";

/// An ISO 3166-1 alpha-2 country code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Country(&'static str);

impl Country {
    /// Reads `IT`, in capitals.
    ///
    /// # Errors
    /// [`Invalid::Country`] for a code the standard does not have.
    pub fn parse(code: &str) -> Result<Self, Invalid> {
        let known = COUNTRIES.split(' ').find(|known| *known == code);
        known.map(Self).ok_or_else(|| Invalid::Country(text::shorten(code, GIVEN_MAX)))
    }

    /// `IT`
    #[must_use]
    pub fn code(self) -> &'static str {
        self.0
    }
}

/// An http or https address of at most 2,048 bytes with a host and without credentials.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link(url::Url);

impl Link {
    /// Reads one.
    ///
    /// # Errors
    /// [`Invalid::Link`] for another scheme, a user or password in it, no host, or more bytes.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let wrong = || Invalid::Link(text::shorten(text, GIVEN_MAX));
        if text.len() > 2048 {
            return Err(wrong());
        }
        let link = url::Url::parse(text).map_err(|_| wrong())?;
        // Percent-encoding makes it longer, and it has to pass again when it is read back.
        let plain = link.as_str().len() <= 2048
            && link.username().is_empty()
            && link.password().is_none()
            && link.has_host();
        if plain && matches!(link.scheme(), "https" | "http") {
            Ok(Self(link))
        } else {
            Err(wrong())
        }
    }

    /// The whole address, percent-encoded.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The host, in ASCII (a homograph shows as `xn--…`).
    #[must_use]
    pub fn host(&self) -> &str {
        self.0.host_str().unwrap_or("")
    }

    /// Scheme, host and port: `https://shop.verona.lit`.
    #[must_use]
    pub fn origin(&self) -> String {
        self.0.origin().ascii_serialization()
    }

    /// Whether it is https.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.0.scheme() == "https"
    }

    /// The path, percent-encoded.
    #[must_use]
    pub fn path(&self) -> &str {
        self.0.path()
    }

    /// The part after `?`, if there is one.
    #[must_use]
    pub fn query(&self) -> Option<&str> {
        self.0.query()
    }

    /// The part after `#`, if there is one.
    #[must_use]
    pub fn fragment(&self) -> Option<&str> {
        self.0.fragment()
    }
}

#[cfg(test)]
mod tests;
