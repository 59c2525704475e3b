//! How long to wait before the next attempt (RFC 6120 §3.3).

use std::time::Duration;

use super::ended::Retry;
use crate::domain::id::Chance;

/// The span of the first pause, doubled by each failure.
const FIRST: Duration = Duration::from_secs(1);

/// The longest span: a server that is back, after however long, has us back within 20 s.
const LONGEST: Duration = Duration::from_secs(15);

/// The pause where only a person can help.
const LONG: Duration = Duration::from_mins(1);

/// The shortest pause: a server that refuses at once must not be asked without a break.
const SHORTEST: Duration = Duration::from_millis(50);

/// Counts failures in a row.
#[derive(Debug, Default)]
pub(super) struct Backoff {
    failures: u32,
}

impl Backoff {
    /// The pause after one more failure. Anything up to the span, so that many components that
    /// lost one server at one time do not come back at one time.
    pub(super) fn pause(&mut self, retry: Retry, chance: &Chance) -> Duration {
        let span = FIRST.saturating_mul(2_u32.saturating_pow(self.failures)).min(LONGEST);
        self.failures = self.failures.saturating_add(1);
        match retry {
            Retry::Soon => SHORTEST + span.saturating_sub(SHORTEST).mul_f64(chance.dice()),
            Retry::Slow => LONG,
            Retry::Conflict => LONG + LONG.mul_f64(chance.dice()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn chance() -> Chance {
        Chance::Counted(Arc::default())
    }

    #[test]
    fn pauses_grow_to_a_quarter_of_a_minute_and_no_further() {
        let chance = chance();
        let mut longest = [Duration::ZERO; 100];
        for _ in 0..1000 {
            let mut backoff = Backoff::default();
            for longest in &mut longest {
                let pause = backoff.pause(Retry::Soon, &chance);
                assert!(pause >= SHORTEST);
                *longest = pause.max(*longest);
            }
        }
        let spans = [1, 2, 4, 8, 15, 15].map(Duration::from_secs);
        for (longest, span) in longest.iter().zip(spans) {
            assert!(*longest <= span && *longest > span.mul_f64(0.95), "{longest:?} of {span:?}");
        }
        assert!(longest.iter().all(|pause| *pause <= LONGEST));
    }

    #[test]
    fn a_conflict_and_a_wrong_configuration_wait_long_from_the_first() {
        let chance = chance();
        let mut backoff = Backoff::default();
        assert_eq!(backoff.pause(Retry::Slow, &chance), LONG);
        for _ in 0..100 {
            let pause = backoff.pause(Retry::Conflict, &chance);
            assert!((LONG..=2 * LONG).contains(&pause));
        }
    }
}
