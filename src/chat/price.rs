//! A price in what somebody wrote: `EUR 24.90`, `24,90 €`, `1,299元`.

use iso_currency::Currency;

use crate::domain::product::Price;

/// A price that can be read in more than one way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unclear {
    /// The sign of several currencies: `$`, `¥`.
    Sign(String),
    /// `1,234` of a currency that has three digits behind the point.
    Amount(String),
}

/// What people write for a currency besides its code; longer ones first where one ends another.
const SIGNS: [(&str, &str); 24] = [
    ("US$", "USD"),
    ("HK$", "HKD"),
    ("NT$", "TWD"),
    ("A$", "AUD"),
    ("C$", "CAD"),
    ("人民币", "CNY"),
    ("RMB", "CNY"),
    ("欧元", "EUR"),
    ("美元", "USD"),
    ("日元", "JPY"),
    ("港元", "HKD"),
    ("港币", "HKD"),
    ("英镑", "GBP"),
    ("块钱", "CNY"),
    ("元", "CNY"),
    ("块", "CNY"),
    ("円", "JPY"),
    ("€", "EUR"),
    ("£", "GBP"),
    ("₹", "INR"),
    ("₩", "KRW"),
    ("¥", ""),
    ("￥", ""),
    ("$", ""),
];
/// Codes that are taken in small letters too. Others are words: all, top, try.
const SMALL: [&str; 8] = ["eur", "usd", "gbp", "cny", "jpy", "chf", "hkd", "aud"];

/// The last price in `text`, and `text` without it. `chinese`: a ¥ is the Chinese one.
///
/// # Errors
/// [`Unclear`], for a price that two people could read differently.
pub fn find(text: &str, chinese: bool) -> Result<Option<(String, Price)>, Unclear> {
    let candidates: Vec<Candidate<'_>> = numbers(text)
        .into_iter()
        .rev()
        .filter_map(|(from, to)| candidate(text, from, to))
        .collect();
    // `iPhone 13 EUR 700`, but `24.90 EUR 2 goblets`.
    let with_cents = candidates.iter().find(|candidate| candidate.has_cents());
    let Some(found) = with_cents.or(candidates.first()) else { return Ok(None) };
    let code = match found.sign.code.as_str() {
        "" if found.sign.text != "$" && (chinese || found.has_cents()) => "CNY",
        "" => return Err(Unclear::Sign(found.sign.text.clone())),
        code => code,
    };
    let unclear = || Unclear::Amount(found.digits.to_owned());
    let decimals = Currency::from_code(code).and_then(Currency::exponent).unwrap_or(0);
    let amount = amount(found.digits, usize::from(decimals)).ok_or_else(unclear)?;
    let price = Price::parse(&amount, code).map_err(|_| unclear())?;
    Ok(Some((rest(found.head, found.tail), price)))
}

/// A number with the sign of a currency beside it, and the text around both.
struct Candidate<'t> {
    head: &'t str,
    digits: &'t str,
    tail: &'t str,
    sign: Sign,
}

impl Candidate<'_> {
    fn has_cents(&self) -> bool {
        let cents = self.digits.rsplit(['.', ',']).next().map_or(0, str::len);
        cents == 2 && self.digits.len() > 2
    }
}

fn candidate(text: &str, from: usize, to: usize) -> Option<Candidate<'_>> {
    let (before, digits, after) = (text.get(..from)?, text.get(from..to)?, text.get(to..)?);
    let (head, tail, sign) = if let Some((head, sign)) = sign_at_end(before) {
        (head, after, sign)
    } else {
        let (tail, sign) = sign_at_start(after)?;
        (before, tail, sign)
    };
    Some(Candidate { head, digits, tail, sign })
}

/// Where the numbers are: digits with points and commas between them.
fn numbers(text: &str) -> Vec<(usize, usize)> {
    let mut found: Vec<(usize, usize)> = Vec::new();
    for (at, digit) in text.char_indices().filter(|(_, c)| c.is_ascii_digit()) {
        let end = at + digit.len_utf8();
        let joins = |to: usize| text.get(to..at).is_some_and(|it| matches!(it, "" | "." | ","));
        match found.last_mut() {
            Some((_, to)) if joins(*to) => *to = end,
            _ => found.push((at, end)),
        }
    }
    found
}

struct Sign {
    text: String,
    code: String,
}

fn sign_at_end(before: &str) -> Option<(&str, Sign)> {
    let before = before.trim_end();
    let of = |(sign, code): &(&str, &str)| {
        let head = before.strip_suffix(sign)?;
        Some((head, Sign { text: (*sign).to_owned(), code: (*code).to_owned() }))
    };
    SIGNS.iter().find_map(of).or_else(|| {
        let at = before.char_indices().rev().nth(2)?.0;
        let (head, code) = before.split_at_checked(at)?;
        let begins = !head.ends_with(|c: char| c.is_ascii_alphanumeric());
        Some((head, code_of(code).filter(|_| begins)?))
    })
}

fn sign_at_start(after: &str) -> Option<(&str, Sign)> {
    let after = after.trim_start();
    let of = |(sign, code): &(&str, &str)| {
        let tail = after.strip_prefix(sign)?;
        Some((tail, Sign { text: (*sign).to_owned(), code: (*code).to_owned() }))
    };
    SIGNS.iter().find_map(of).or_else(|| {
        let (code, tail) = after.split_at_checked(3)?;
        let ends = !tail.starts_with(|c: char| c.is_ascii_alphanumeric());
        Some((tail, code_of(code).filter(|_| ends)?))
    })
}

fn code_of(text: &str) -> Option<Sign> {
    let is_code = text.bytes().all(|b| b.is_ascii_uppercase()) || SMALL.contains(&text);
    let code = text.to_ascii_uppercase();
    (is_code && Currency::from_code(&code).is_some()).then(|| Sign { text: text.to_owned(), code })
}

/// The amount with a point and no grouping; none when it can be read in two ways or in none.
fn amount(digits: &str, decimals: usize) -> Option<String> {
    let marks: Vec<char> = digits.chars().filter(|c| matches!(c, '.' | ',')).collect();
    let last = marks.last().copied();
    let behind = last.and_then(|mark| digits.rsplit(mark).next()).map_or(0, str::len);
    let is_one_kind = marks.iter().all(|mark| Some(*mark) == last);
    let decimal = match (last, marks.len()) {
        (None, _) => None,
        (Some(_), 1) if behind == 3 && decimals == 3 => return None,
        (Some(mark), 1) if behind <= decimals => Some(mark),
        (Some(_), _) if is_one_kind => None,
        (Some(mark), _) => Some(mark),
    };
    let (whole, fraction) = match decimal {
        Some(mark) => digits.rsplit_once(mark)?,
        None => (digits, ""),
    };
    let groups: Vec<&str> = whole.split(['.', ',']).collect();
    let whole_groups = groups.iter().skip(1).all(|group| group.len() == 3);
    if !whole_groups || (groups.len() > 1 && groups.first().is_some_and(|it| it.len() > 3)) {
        return None;
    }
    let whole = groups.concat();
    Some(if fraction.is_empty() { whole } else { format!("{whole}.{fraction}") })
}

/// What is left of the text: the name, without what tied the price to it.
fn rest(head: &str, tail: &str) -> String {
    let trim = |text: &str| {
        let text =
            text.trim_matches(|c: char| c.is_whitespace() || ",;:，；：-–—(（)）".contains(c));
        ["for", "at", "is"]
            .iter()
            .find_map(|word| text.strip_suffix(word)?.strip_suffix(' '))
            .unwrap_or(text)
            .trim()
            .to_owned()
    };
    let (head, tail) = (trim(head), trim(tail));
    if head.is_empty() || tail.is_empty() { head + &tail } else { format!("{head} {tail}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, chinese: bool) -> String {
        match find(text, chinese) {
            Ok(Some((name, price))) => format!("{name}|{price}"),
            Ok(None) => "none".to_owned(),
            Err(Unclear::Sign(sign)) => format!("which {sign}"),
            Err(Unclear::Amount(amount)) => format!("how much {amount}"),
        }
    }

    #[test]
    fn prices_are_found_where_people_put_them() {
        for (text, found) in [
            ("Silver goblet EUR 24.90", "Silver goblet|EUR 24.90"),
            ("Silver goblet, 24,90 €", "Silver goblet|EUR 24.90"),
            ("Silver goblet for €24.90", "Silver goblet|EUR 24.90"),
            ("24.90eur Silver goblet", "Silver goblet|EUR 24.90"),
            ("iPhone 13 EUR 700", "iPhone 13|EUR 700"),
            ("700 EUR iPhone 13", "iPhone 13|EUR 700"),
            ("Car 12,500 USD", "Car|USD 12500"),
            ("Car 12.500,00 EUR", "Car|EUR 12500.00"),
            ("Car 1,234,567.89 EUR", "Car|EUR 1234567.89"),
            ("银高脚杯24.90元", "银高脚杯|CNY 24.90"),
            ("银高脚杯 ￥1,299", "银高脚杯|CNY 1299"),
            ("抹茶 1200円", "抹茶|JPY 1200"),
            ("Tea ¥24.90", "Tea|CNY 24.90"),
            ("كأس فضة 24.90 EUR", "كأس فضة|EUR 24.90"),
            ("🏆 goblet (EUR 5)", "🏆 goblet|EUR 5"),
            ("24.90 EUR 2 goblets", "2 goblets|EUR 24.90"),
            ("EUR 5", "|EUR 5"),
        ] {
            assert_eq!(read(text, text.contains('银')), found, "{text}");
        }
    }

    #[test]
    fn what_two_people_would_read_differently_is_asked() {
        for (text, found) in [
            ("Tea ¥1200", "which ¥"),
            ("Tea $5", "which $"),
            ("Tea 1,234 KWD", "how much 1,234"),
            ("Tea 1,23,4 EUR", "how much 1,23,4"),
        ] {
            assert_eq!(read(text, false), found, "{text}");
        }
        assert_eq!(read("Tea ¥1200", true), "Tea|CNY 1200");
    }

    #[test]
    fn a_number_without_a_currency_is_no_price() {
        for text in ["", "goblet", "12 goblets", "iPhone 13", "12 all", "3 TOPS", "🍵 2"] {
            assert_eq!(read(text, false), "none", "{text}");
        }
    }
}
