//! Dates of a card: kept in the short form of RFC 6350 §4.3, read and written in the long one too.

/// The short form of a date, or of a date and time, in whichever form it is written. None if it is
/// neither, and for a year alone, which RFC 6351 has no element for.
pub(super) fn short(text: &str) -> Option<String> {
    let text = text.trim();
    let (date, time) = match text.split_once(['T', 't']) {
        Some((date, time)) => (date, Some(time)),
        None => (text, None),
    };
    let date = short_date(date)?;
    let Some(time) = time else { return Some(date) };
    // A time belongs to a whole day.
    let is_whole = matches!((date.len(), date.starts_with("--")), (8, false) | (6 | 5, true));
    is_whole.then(|| Some(format!("{date}T{}", short_time(time)?)))?
}

/// The short form of a moment; of a day, its beginning.
pub(super) fn moment(text: &str) -> Option<String> {
    let date = short(text)?;
    match date.split_once('T') {
        None if date.len() == 8 && !date.starts_with('-') => Some(format!("{date}T000000Z")),
        Some((day, time)) if day.len() == 8 && digits(time).len() == 6 => Some(date),
        _ => None,
    }
}

/// The short form of a time zone's distance: `-0500`.
pub(super) fn offset(text: &str) -> Option<String> {
    let rest = text.trim().strip_prefix(['+', '-'])?;
    let plain: String = rest.chars().filter(|c| *c != ':').collect();
    let is_short =
        matches!(plain.len(), 2 | 4) && all_digits(&plain) && within(plain.get(..2)?, 0, 14);
    is_short.then(|| format!("{}{plain}", if text.trim().starts_with('-') { '-' } else { '+' }))
}

/// The long form, of RFC 2426 and RFC 7095: `1985-04-12`, `--04-12`, `2008-11-19T19:52:43Z`.
#[must_use]
pub(crate) fn long(short: &str) -> String {
    let (date, time) = match short.split_once('T') {
        Some((date, time)) => (date, Some(time)),
        None => (short, None),
    };
    let date = match (date.len(), date.strip_prefix("--")) {
        (8, None) => hyphens(date, 4, 6),
        (6, Some(rest)) => format!("--{}", hyphens(rest, 2, 4)),
        _ => date.to_owned(),
    };
    let Some(time) = time else { return date };
    let clock = digits(time);
    let zone = time.strip_prefix(clock).unwrap_or_default();
    let clock = pairs(clock).join(":");
    format!("{date}T{clock}{}", long_offset(zone))
}

/// `-05:00` for `-0500`.
#[must_use]
pub(crate) fn long_offset(short: &str) -> String {
    match short.strip_prefix(['+', '-']) {
        Some(rest) if rest.len() == 4 => {
            format!("{}{}", short.get(..1).unwrap_or_default(), pairs(rest).join(":"))
        }
        _ => short.to_owned(),
    }
}

fn hyphens(digits: &str, first: usize, second: usize) -> String {
    let piece = |from, to| digits.get(from..to).unwrap_or_default();
    let rest = digits.get(second..).unwrap_or_default();
    let start = format!("{}-{}", piece(0, first), piece(first, second));
    if rest.is_empty() { start } else { format!("{start}-{rest}") }
}

fn pairs(digits: &str) -> Vec<&str> {
    (0..digits.len()).step_by(2).filter_map(|at| digits.get(at..at + 2)).collect()
}

fn short_date(text: &str) -> Option<String> {
    let plain: String = match text.strip_prefix("--") {
        Some(rest) if !rest.starts_with('-') => rest.chars().filter(|c| *c != '-').collect(),
        Some(rest) => rest.trim_start_matches('-').to_owned(),
        None => text.chars().filter(|c| *c != '-').collect(),
    };
    if !all_digits(&plain) {
        return None;
    }
    let (month, day) =
        (|from: usize| plain.get(from..from + 2), |from: usize| plain.get(from..from + 2));
    let fits = |month: &str, day: &str| within(month, 1, 12) && within(day, 1, 31);
    match (text.starts_with("---"), text.starts_with("--"), plain.len()) {
        (true, _, 2) => within(&plain, 1, 31).then(|| format!("---{plain}")),
        (false, true, 4) => fits(month(0)?, day(2)?).then(|| format!("--{plain}")),
        (false, true, 2) => within(&plain, 1, 12).then(|| format!("--{plain}")),
        (false, false, 8) => fits(month(4)?, day(6)?).then(|| plain.clone()),
        (false, false, 6) if text.contains('-') => within(month(4)?, 1, 12).then(|| {
            format!("{}-{}", plain.get(..4).unwrap_or_default(), month(4).unwrap_or_default())
        }),
        _ => None,
    }
}

fn short_time(text: &str) -> Option<String> {
    let at = text.find(['Z', 'z', '+', '-']).unwrap_or(text.len());
    let (clock, zone) = text.split_at_checked(at)?;
    // Parts of a second are nobody's birthday.
    let clock: String =
        clock.split('.').next().unwrap_or_default().chars().filter(|c| *c != ':').collect();
    if !matches!(clock.len(), 2 | 4 | 6) || !all_digits(&clock) {
        return None;
    }
    let fits = |at: usize, max| clock.get(at..at + 2).is_none_or(|pair| within(pair, 0, max));
    if !(fits(0, 23) && fits(2, 59) && fits(4, 60)) {
        return None;
    }
    match zone {
        "" => Some(clock),
        "Z" | "z" => Some(format!("{clock}Z")),
        zone => Some(format!("{clock}{}", offset(zone)?)),
    }
}

fn digits(text: &str) -> &str {
    text.split(|c: char| !c.is_ascii_digit()).next().unwrap_or_default()
}

fn all_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn within(digits: &str, least: u8, most: u8) -> bool {
    digits.parse::<u8>().is_ok_and(|number| (least..=most).contains(&number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_of_a_date_become_the_short_one_and_the_long_one_again() {
        for (text, is_short, is_long) in [
            ("1985-04-12", "19850412", "1985-04-12"),
            ("19850412", "19850412", "1985-04-12"),
            ("--0412", "--0412", "--04-12"),
            ("--04-12", "--0412", "--04-12"),
            ("---12", "---12", "---12"),
            ("1985-04", "1985-04", "1985-04"),
            ("1985-04-12T10:22:00Z", "19850412T102200Z", "1985-04-12T10:22:00Z"),
            ("1985-04-12T10:22:00.000-05:00", "19850412T102200-0500", "1985-04-12T10:22:00-05:00"),
        ] {
            assert_eq!(short(text).as_deref(), Some(is_short), "{text}");
            assert_eq!(long(is_short), is_long, "{text}");
            assert_eq!(short(is_long).as_deref(), Some(is_short), "{text}");
        }
        for text in ["circa 1800", "19", "1985", "1985-13-01", "--1332", "", "1985-04-12T", "T10"] {
            assert_eq!(short(text), None, "{text}");
        }
    }

    #[test]
    fn a_moment_is_whole() {
        assert_eq!(moment("2008-04-24T19:52:43Z").as_deref(), Some("20080424T195243Z"));
        assert_eq!(moment("2008-04-24").as_deref(), Some("20080424T000000Z"));
        assert_eq!(moment("--0424"), None);
        assert_eq!(moment("2008-04-24T19"), None);
        assert_eq!(offset("-05:00").as_deref(), Some("-0500"));
        assert_eq!(long_offset("-0500"), "-05:00");
        assert_eq!(offset("Europe/Rome"), None);
    }
}
