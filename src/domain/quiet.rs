//! Quiet hours: the part of each day, by somebody's own clock, in which they are sent nothing that
//! they have not asked for.

use std::fmt;

use jiff::{
    Timestamp,
    tz::{Offset, TimeZone, db},
};

use super::clock::Millis;

/// The most bytes of what is read as hours or as a zone: the longest name of one has 32.
const TEXT_MAX: usize = 200;
/// Minutes of a day.
const DAY: u16 = 24 * 60;
/// Changes of a zone's clock that one stretch of quiet hours is followed through; no zone has had
/// two of them within a day.
const CHANGES: usize = 4;

/// From one time of day to another, past midnight if that is earlier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hours {
    /// The first quiet minute of the day.
    from: u16,
    /// The first minute that is quiet no more.
    to: u16,
}

/// Why something is no quiet hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoHours {
    /// These are not two times of day.
    Unreadable,
    /// They end when they begin, which could mean always or never.
    Same,
}

impl Hours {
    /// Reads `22:00-07:00`, and what people write for it: `22-7`, `22:00 to 7:00`, `22点到7点`.
    ///
    /// # Errors
    /// When it is not two different times of day.
    pub fn parse(text: &str) -> Result<Self, NoHours> {
        if text.len() > TEXT_MAX {
            return Err(NoHours::Unreadable);
        }
        let text = text.replace('：', ":").replace('点', "");
        let halves = ["-", "–", "—", "~", "～", "至", "到", "to"];
        let (from, to) =
            halves.iter().find_map(|mark| text.split_once(mark)).ok_or(NoHours::Unreadable)?;
        let (from, to) =
            (minute(from).ok_or(NoHours::Unreadable)?, minute(to).ok_or(NoHours::Unreadable)?);
        if from == to { Err(NoHours::Same) } else { Ok(Self { from, to }) }
    }

    fn hold_at(self, minute: u16) -> bool {
        if self.from < self.to {
            (self.from..self.to).contains(&minute)
        } else {
            minute >= self.from || minute < self.to
        }
    }

    /// When the quiet hours that hold at `now` are over; none when none do. They hold whenever a
    /// clock on the wall shows a time within them, so they begin and end early or late where that
    /// clock is put forward or back.
    #[must_use]
    pub fn until(self, zone: &Zone, now: Millis) -> Option<Millis> {
        let mut at = Timestamp::from_millisecond(now.0).ok()?;
        let mut is_quiet = false;
        for _ in 0..=CHANGES {
            let clock = zone.zone.to_datetime(at).time();
            let (hour, minute) = (u16::try_from(clock.hour()), u16::try_from(clock.minute()));
            let minute = hour.unwrap_or(0) * 60 + minute.unwrap_or(0);
            if !self.hold_at(minute) {
                break;
            }
            is_quiet = true;
            let minutes = i64::from((DAY + self.to - minute) % DAY);
            let into = i64::from(clock.second()) * 1000 + i64::from(clock.millisecond());
            let end = at.as_millisecond() + minutes * 60_000 - into;
            let change = zone.zone.following(at).next().map(|change| change.timestamp());
            match change.filter(|change| change.as_millisecond() < end) {
                Some(change) => at = change,
                None => return Some(Millis(end)),
            }
        }
        is_quiet.then(|| Millis(at.as_millisecond()))
    }
}

impl fmt::Display for Hours {
    /// `22:00-07:00`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { from, to } = self;
        write!(f, "{:02}:{:02}-{:02}:{:02}", from / 60, from % 60, to / 60, to % 60)
    }
}

/// `22:00`, `7`, `24:00`: the minute of the day.
fn minute(text: &str) -> Option<u16> {
    let (hour, minute) = text.trim().split_once(':').unwrap_or((text.trim(), "00"));
    let is_number = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    if !is_number(hour) || !is_number(minute) || minute.len() != 2 {
        return None;
    }
    let (hour, minute): (u16, u16) = (hour.parse().ok()?, minute.parse().ok()?);
    let at = hour.checked_mul(60)?.checked_add(minute)?;
    (minute < 60 && at <= DAY).then_some(at % DAY)
}

/// A time zone: one of the IANA's by name, or an offset that never changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Zone {
    name: String,
    zone: TimeZone,
}

impl Zone {
    /// Reads `Europe/Rome`, in any case, or `+02:00`, `UTC+2`, `Z` (XEP-0082 §3.2). None when
    /// there is no such zone.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = Some(text.trim()).filter(|text| text.len() <= TEXT_MAX)?;
        if let Some(offset) = offset(text) {
            let sign = if offset < 0 { '-' } else { '+' };
            let minutes = offset.abs();
            return Some(Self {
                name: format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60),
                zone: TimeZone::fixed(Offset::from_seconds(offset * 60).ok()?),
            });
        }
        let zone = TimeZone::get(&text.replace(' ', "_")).ok().filter(|it| !it.is_unknown())?;
        Some(Self { name: zone.iana_name()?.to_owned(), zone })
    }

    /// The name of a zone that `text` was meant to be, when it is hardly another: a typing error,
    /// or a city alone.
    #[must_use]
    pub fn nearest(text: &str) -> Option<String> {
        let text = Some(text.trim()).filter(|text| text.len() <= TEXT_MAX)?;
        let given = text.replace(' ', "_").to_lowercase();
        let length = given.chars().count();
        let most = if length <= 5 { 1 } else { 2 };
        let near = |name: &String| {
            let name = name.to_lowercase();
            let city = name.rsplit('/').next().unwrap_or(&name);
            // Only what is about as long can be near.
            let far = |from: &str| {
                let is_near = from.chars().count().abs_diff(length) <= most;
                is_near.then(|| strsim::damerau_levenshtein(from, &given))
            };
            far(&name).into_iter().chain(far(city)).min()
        };
        // Names with a continent first: the others are links to them.
        let mut names: Vec<String> = db().available().map(|it| it.as_str().to_owned()).collect();
        names.retain(|name| name.contains('/') && !name.starts_with("Etc/"));
        let nearest = names.into_iter().filter_map(|name| Some((near(&name)?, name))).min();
        nearest.filter(|(far, _)| *far <= most).map(|(_, name)| name)
    }
}

impl fmt::Display for Zone {
    /// `Europe/Rome`, or `+02:00`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

/// Minutes east of Greenwich, up to 14 hours either way.
fn offset(text: &str) -> Option<i32> {
    let text = text.to_ascii_uppercase();
    if text == "Z" {
        return Some(0);
    }
    let text = text.strip_prefix("UTC").or_else(|| text.strip_prefix("GMT")).unwrap_or(&text);
    let (sign, rest) = match text.split_at_checked(1)? {
        ("+", rest) => (1, rest),
        ("-", rest) => (-1, rest),
        _ => return None,
    };
    let (hours, minutes) = match rest.split_once(':') {
        Some(parts) => parts,
        None if rest.len() == 4 => rest.split_at_checked(2)?,
        None => (rest, "00"),
    };
    let all = i32::from(minute(&format!("{hours}:{minutes}"))?);
    (all <= 14 * 60).then_some(sign * all)
}

/// When the quiet hours of somebody who has set `hours` and `zone` are over; none when none hold,
/// or when their time zone is not known.
#[must_use]
pub fn until(hours: &str, zone: Option<&str>, now: Millis) -> Option<Millis> {
    Hours::parse(hours).ok()?.until(&Zone::parse(zone?)?, now)
}

#[cfg(test)]
mod tests;
