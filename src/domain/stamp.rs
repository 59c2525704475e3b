//! Moments as others write them (XEP-0082, which is a profile of RFC 3339).

use jiff::{
    SignedDuration,
    civil::{Date, DateTime, Time},
};

use super::clock::{EPOCH, Millis};

/// A moment with the clock that it was read from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    /// What that clock showed; in a leap second, the second before it.
    clock: DateTime,
    is_leap: bool,
    /// How far that clock is ahead of UTC.
    ahead: SignedDuration,
}

impl Stamp {
    /// Reads `2026-11-20T10:58:00.123+01:00`. Of a fraction nine digits count. Any minute may have a
    /// leap second, for nobody knows them beforehand.
    ///
    /// None for what RFC 3339 §5.6 does not allow.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (clock, rest) = text.split_at_checked(19)?;
        let has_shape =
            clock.bytes().zip(b"0000-00-00T00:00:00").all(|(byte, shape)| match shape {
                b'0' => byte.is_ascii_digit(),
                b'T' => matches!(byte, b'T' | b't' | b' '),
                shape => byte == *shape,
            });
        if !has_shape {
            return None;
        }
        let year: i16 = clock.get(..4)?.parse().ok()?;
        let pair = |at: usize| clock.get(at..at + 2)?.parse::<i8>().ok();
        let is_leap = pair(17)? == 60;
        let second = if is_leap { 59 } else { pair(17)? };
        let (nanosecond, zone) = fraction(rest)?;
        let day = Date::new(year, pair(5)?, pair(8)?).ok()?;
        let time = Time::new(pair(11)?, pair(14)?, second, nanosecond).ok()?;
        Some(Self { clock: day.to_datetime(time), is_leap, ahead: ahead(zone)? })
    }

    /// In UTC, with no more digits than it takes: `2026-11-20T09:58:00.123Z`. None when that leads
    /// out of the years that have four digits.
    #[must_use]
    pub fn utc(self) -> Option<String> {
        let at = self.clock.checked_sub(self.ahead).ok().filter(|at| at.year() >= 0)?;
        let second = if self.is_leap { "60" } else { "%S" };
        let fraction = match at.subsec_nanosecond() {
            0 => "",
            nanos if nanos % 1_000_000 == 0 => "%.3f",
            nanos if nanos % 1_000 == 0 => "%.6f",
            _ => "%.9f",
        };
        Some(at.strftime(&format!("%Y-%m-%dT%H:%M:{second}{fraction}Z")).to_string())
    }

    /// The millisecond that it lies in; of a leap second, one of the second after it.
    #[must_use]
    pub fn millis(self) -> Millis {
        let since = self.clock.duration_since(EPOCH) - self.ahead;
        let leap = if self.is_leap { 1_000 } else { 0 };
        let millis = since.as_nanos().div_euclid(1_000_000) + leap;
        // Ten thousand years fit.
        Millis(i64::try_from(millis).unwrap_or(i64::MAX))
    }
}

/// Nanoseconds, and what stands behind them.
fn fraction(text: &str) -> Option<(i32, &str)> {
    let Some(text) = text.strip_prefix('.') else { return Some((0, text)) };
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (digits, rest) = text.split_at_checked(end).filter(|(digits, _)| !digits.is_empty())?;
    Some((format!("{digits:0<9.9}").parse().ok()?, rest))
}

/// How far ahead of UTC a clock is with this behind it: `Z`, `+01:00`.
fn ahead(zone: &str) -> Option<SignedDuration> {
    if matches!(zone, "Z" | "z") {
        return Some(SignedDuration::ZERO);
    }
    // The last is the minus sign of typographers.
    let distance = zone.strip_prefix(['+', '-', '\u{2212}'])?;
    let (hours, minutes) = distance.split_once(':')?;
    let number = |text: &str, max: i64| {
        let is_pair = text.len() == 2 && text.bytes().all(|it| it.is_ascii_digit());
        text.parse::<i64>().ok().filter(|it| is_pair && *it <= max)
    };
    let minutes = number(hours, 23)? * 60 + number(minutes, 59)?;
    let minutes = if zone.starts_with('+') { minutes } else { -minutes };
    Some(SignedDuration::from_secs(minutes * 60))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_brought_to_utc_with_the_digits_it_has() {
        for (text, utc) in [
            ("2026-11-20T09:58:00Z", "2026-11-20T09:58:00Z"),
            ("2026-11-20t10:58:00+01:00", "2026-11-20T09:58:00Z"),
            ("2026-11-20 00:58:00\u{2212}01:30", "2026-11-20T02:28:00Z"),
            ("2026-11-20T09:58:00-00:00", "2026-11-20T09:58:00Z"),
            ("2026-11-20T09:58:00.0Z", "2026-11-20T09:58:00Z"),
            ("2026-11-20T09:58:00.1z", "2026-11-20T09:58:00.100Z"),
            ("2026-11-20T09:58:00.0001Z", "2026-11-20T09:58:00.000100Z"),
            ("2026-11-20T09:58:00.1234567Z", "2026-11-20T09:58:00.123456700Z"),
            ("2026-11-20T09:58:00.12345678999Z", "2026-11-20T09:58:00.123456789Z"),
            ("2026-11-20T09:58:00.00000000099Z", "2026-11-20T09:58:00Z"),
            ("2016-12-31T23:59:60Z", "2016-12-31T23:59:60Z"),
            ("2017-01-01T00:59:60.5+01:00", "2016-12-31T23:59:60.500Z"),
            ("2026-11-20T09:58:60Z", "2026-11-20T09:58:60Z"),
            ("2024-02-29T23:30:00-01:00", "2024-03-01T00:30:00Z"),
            ("0000-02-29T00:00:00Z", "0000-02-29T00:00:00Z"),
            ("0000-01-01T00:00:00Z", "0000-01-01T00:00:00Z"),
            ("0001-01-01T23:59:00+23:59", "0001-01-01T00:00:00Z"),
            ("9999-12-31T23:59:59.999999999Z", "9999-12-31T23:59:59.999999999Z"),
            ("9999-12-31T23:59:60Z", "9999-12-31T23:59:60Z"),
        ] {
            let read = Stamp::parse(text).and_then(Stamp::utc);
            assert_eq!(read.as_deref(), Some(utc), "{text}");
        }
        for out in ["0000-01-01T00:00:00+00:01", "9999-12-31T23:59:00-00:01"] {
            assert_eq!(Stamp::parse(out).map(Stamp::utc), Some(None), "{out}");
        }
    }

    #[test]
    fn what_is_no_moment_is_refused() {
        for text in [
            "",
            "2026-11-20",
            "2026-11-20T09:58Z",
            "2026-11-20T09:58:00",
            "2026-11-20T09:58:00 Z",
            " 2026-11-20T09:58:00Z",
            "2026-11-20T09:58:00Z ",
            "2026-11-20T09:58:00ZZ",
            "2026-11-20_09:58:00Z",
            "2026-11-20T09:58:00.Z",
            "2026-11-20T09:58:00,5Z",
            "2026-11-20T09:58:61Z",
            "2026-11-20T09:60:00Z",
            "2026-11-20T24:00:00Z",
            "2026-11-31T09:58:00Z",
            "2026-02-29T09:58:00Z",
            "2026-00-20T09:58:00Z",
            "2026-11-00T09:58:00Z",
            "2026-13-20T09:58:00Z",
            "+026-11-20T09:58:00Z",
            "-0001-11-20T09:58:00Z",
            "+10000-11-20T09:58:00Z",
            "2026-11-20T+9:58:00Z",
            "2026-11-20T09:58:00+24:00",
            "2026-11-20T09:58:00+01:60",
            "2026-11-20T09:58:00+01",
            "2026-11-20T09:58:00+0100",
            "2026-11-20T09:58:00+1:00",
            "2026-11-20T09:58:00+01:00:00",
            "2026-11-20T09:58:00++1:00",
            "2026-11-20T09:58:00[Europe/Rome]",
            "２026-11-20T09:58:00Z",
        ] {
            assert_eq!(Stamp::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_moment_lies_in_one_millisecond() {
        for (text, millis) in [
            ("1970-01-01T00:00:00Z", 0),
            ("1970-01-01T01:00:00.0019+01:00", 1),
            ("1969-12-31T23:59:59.9999Z", -1),
            ("1969-12-31T23:59:58.5Z", -1_500),
            ("2026-11-27T11:54:19Z", 1_795_780_459_000),
            ("2016-12-31T23:59:60.25Z", 1_483_228_800_250),
            ("0000-01-01T00:00:00Z", -62_167_219_200_000),
            ("9999-12-31T23:59:59.999-23:59", 253_402_387_139_999),
        ] {
            assert_eq!(Stamp::parse(text).map(Stamp::millis), Some(Millis(millis)), "{text}");
        }
    }
}
