//! Time as a parameter. The only module that reads the machine's clock.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use jiff::{
    SignedDuration, Timestamp,
    civil::{self, DateTime},
};

/// The first moment of 1970, in UTC.
pub(super) const EPOCH: DateTime = civil::datetime(1970, 1, 1, 0, 0, 0, 0);

/// Milliseconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Millis(pub i64);

impl Millis {
    /// A moment that never comes: the due time of a row that waits for an event and not for time.
    pub const NEVER: Self = Self(i64::MAX);

    /// The moment `by` later, at most [`Millis::NEVER`].
    #[must_use]
    pub fn after(self, by: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(by.as_millis()).unwrap_or(i64::MAX)))
    }

    /// The moment `by` earlier.
    #[must_use]
    pub fn before(self, by: Duration) -> Self {
        Self(self.0.saturating_sub(i64::try_from(by.as_millis()).unwrap_or(i64::MAX)))
    }

    /// How long after `earlier` this is; nothing when it is not.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }
}

impl From<i64> for Millis {
    fn from(millis: i64) -> Self {
        Self(millis)
    }
}

impl fmt::Display for Millis {
    /// XEP-0082: `2026-11-20T09:58:00.000Z`; `never` outside of the years that have four digits.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match EPOCH.checked_add(SignedDuration::from_millis(self.0)) {
            Ok(at) if at.year() >= 0 => write!(f, "{}", at.strftime("%Y-%m-%dT%H:%M:%S%.3fZ")),
            _ => f.write_str("never"),
        }
    }
}

/// Where the time comes from: the machine, or a test.
#[derive(Debug, Clone)]
pub enum Clock {
    /// The machine's wall clock.
    System,
    /// Stands still until a test moves it.
    Manual(Arc<AtomicI64>),
}

impl Clock {
    /// The time now.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the wall clock")]
    pub fn now(&self) -> Millis {
        match self {
            Self::System => Millis(Timestamp::now().as_millisecond()),
            Self::Manual(at) => Millis(at.load(Ordering::SeqCst)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_written_to_the_millisecond_in_four_digits_of_a_year() {
        for (millis, text) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (-1, "1969-12-31T23:59:59.999Z"),
            (1_795_780_459_007, "2026-11-27T11:54:19.007Z"),
            (951_782_400_120, "2000-02-29T00:00:00.120Z"),
            (-62_167_219_200_000, "0000-01-01T00:00:00.000Z"),
            (-62_167_219_200_001, "never"),
            (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
            (253_402_300_800_000, "never"),
            (i64::MIN, "never"),
            (Millis::NEVER.0, "never"),
        ] {
            assert_eq!(Millis(millis).to_string(), text, "{millis}");
        }
    }
}
