//! What is to be shared, as people write it: a number, a code, a link, or a name with a price.

use super::price::{self, Unclear};
use crate::{
    chat::text::too_long,
    domain::{
        id::RefCode,
        product::{Link, Price},
    },
};

/// What is to be shared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SharedItem {
    /// Something that the caller sent or was sent, by their number for it.
    Handle(i64),
    /// A share, by the code that opens its page.
    Code(RefCode),
    /// Something that is made up on the spot (S0.1).
    New {
        /// Its name; empty when there is only a link.
        name: String,
        /// What it costs.
        price: Option<Price>,
        /// Its page.
        link: Option<Link>,
    },
}

impl SharedItem {
    /// Reads it. `pages`: where our own pages are, without a slash at the end.
    ///
    /// # Errors
    /// When the price can be read in two ways.
    pub fn read(text: &str, pages: Option<&str>, chinese: bool) -> Result<Self, Unclear> {
        if too_long(text).is_some() {
            // Whoever takes it says how long a name may be.
            return Ok(Self::New { name: text.to_owned(), price: None, link: None });
        }
        let text = text.trim();
        if let Some(thing) = handle(text).or_else(|| code(text)) {
            return Ok(thing);
        }
        let found = text.split_whitespace().find_map(|word| {
            let link = word.trim_end_matches([',', '，', '。', ';', ')', '）']);
            Some((word, Link::parse(link).ok()?))
        });
        let Some((word, link)) = found else {
            return Ok(match price::find(text, chinese)? {
                Some((name, price)) => {
                    Self::New { name: bare(&name), price: Some(price), link: None }
                }
                None => Self::New { name: bare(text), price: None, link: None },
            });
        };
        let ours = pages.and_then(|pages| link.as_str().strip_prefix(pages)?.strip_prefix("/s/"));
        if let Some(code) = ours.and_then(|rest| RefCode::parse(rest.split('/').next()?)) {
            return Ok(Self::Code(code));
        }
        let rest = text.replacen(word, " ", 1);
        let (name, price) = match price::find(&rest, chinese)? {
            Some((name, price)) => (bare(&name), Some(price)),
            None => (bare(&rest), None),
        };
        Ok(Self::New { name, price, link: Some(link) })
    }

    /// Whether it is plainly a thing, and not words that might be anything.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        match self {
            Self::Handle(_) | Self::Code(_) => true,
            Self::New { price, link, .. } => price.is_some() || link.is_some(),
        }
    }
}

/// A name without the quotes around it.
fn bare(name: &str) -> String {
    name.trim().trim_matches(['"', '“', '”', '「', '」', '《', '》']).trim().to_owned()
}

/// `#12`, or a number and nothing else.
fn handle(text: &str) -> Option<SharedItem> {
    let digits = text.trim_start_matches(['#', '＃']).trim();
    let is_number = (1..=9).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    is_number.then(|| digits.parse().ok().map(SharedItem::Handle)).flatten()
}

/// `7K3QX-M2NP8`, or the ten symbols with a digit among them: ten letters are a word.
fn code(text: &str) -> Option<SharedItem> {
    let is_shown = text.len() == 11 && text.as_bytes().get(5) == Some(&b'-');
    let is_plain = text.len() == 10 && text.bytes().any(|b| b.is_ascii_digit());
    RefCode::parse(text).filter(|_| is_shown || is_plain).map(SharedItem::Code)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> String {
        match SharedItem::read(text, Some("https://share.example.org"), false) {
            Ok(SharedItem::Handle(handle)) => format!("#{handle}"),
            Ok(SharedItem::Code(code)) => code.to_string(),
            Ok(SharedItem::New { name, price, link }) => format!(
                "{name}|{}|{}",
                price.map(|it| it.to_string()).unwrap_or_default(),
                link.map(|it| it.as_str().to_owned()).unwrap_or_default()
            ),
            Err(unclear) => format!("{unclear:?}"),
        }
    }

    #[test]
    fn a_thing_is_a_number_a_code_a_link_or_a_name_with_a_price() {
        for (text, thing) in [
            ("#12", "#12"),
            (" 12 ", "#12"),
            ("＃12", "#12"),
            ("7k3qx-m2np8", "7K3QXM2NP8"),
            ("7K3QXM2NP8", "7K3QXM2NP8"),
            ("coffeepots", "coffeepots||"),
            ("https://share.example.org/s/7K3QXM2NP8", "7K3QXM2NP8"),
            ("https://shop.lit/p/1", "||https://shop.lit/p/1"),
            (
                "Silver goblet EUR 24.90 https://shop.lit/p/1",
                "Silver goblet|EUR 24.90|https://shop.lit/p/1",
            ),
            ("https://shop.lit/p/1 Silver goblet", "Silver goblet||https://shop.lit/p/1"),
            ("“Silver goblet” 24,90 €", "Silver goblet|EUR 24.90|"),
            ("银高脚杯 24.90元", "银高脚杯|CNY 24.90|"),
            ("ftp://x/y", "ftp://x/y||"),
        ] {
            assert_eq!(read(text), thing, "{text}");
        }
    }
}
