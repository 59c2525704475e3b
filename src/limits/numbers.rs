//! Phone numbers of a day: how many new ones somebody writes to or asks after.

use std::{
    collections::hash_map::RandomState,
    hash::BuildHasher,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use super::buckets::Ticks;
use crate::{
    domain::{clock::Millis, refusal::Refusal},
    recent,
};

const DAY: Duration = Duration::from_hours(24);

/// Which numbers each has written to or asked after. Only members are remembered, and of each no
/// more numbers than they may ask after.
#[derive(Debug)]
pub(super) struct Numbers {
    most: usize,
    ticks: Ticks,
    hasher: RandomState,
    asked: Mutex<Asked>,
}

/// By who asks: hashes of the numbers, and until when each counts.
type Asked = recent::Map<Vec<(u64, Millis)>>;

impl Numbers {
    pub(super) fn new(most: u32, ticks: &Ticks) -> Option<Self> {
        let most = usize::try_from(most).ok().filter(|most| *most > 0)?;
        let (ticks, hasher) = (ticks.clone(), RandomState::new());
        let asked = Mutex::new(Asked::new(DAY, usize::MAX));
        Some(Self { most, ticks, hasher, asked })
    }

    pub(super) fn take(&self, who: &str, numbers: &[String]) -> Result<(), Refusal> {
        let now = Millis(0).after(Duration::from_nanos(self.ticks.now()));
        let mut all = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        let mut asked = all.take(who, now).unwrap_or_default();
        asked.retain(|(_, until)| *until > now);
        let mut new: Vec<u64> = numbers.iter().map(|it| self.hasher.hash_one(it)).collect();
        new.retain(|number| asked.iter().all(|(known, _)| known != number));
        let (max, beyond) = (self.most, (asked.len() + new.len()).saturating_sub(self.most));
        let taken = if beyond == 0 {
            asked.extend(new.into_iter().map(|number| (number, now.after(DAY))));
            Ok(())
        } else {
            // They were asked after in this order.
            let free =
                asked.get(beyond - 1).filter(|_| numbers.len() <= max).map(|(_, until)| *until);
            let after = free.map(|until| Duration::from_secs(until.since(now).as_secs() + 1));
            Err(Refusal::TooManyNumbers { max, after })
        };
        if !asked.is_empty() {
            all.put(who, asked, now);
        }
        taken
    }
}

#[cfg(test)]
mod tests {
    use std::{
        sync::{Arc, atomic::AtomicI64, atomic::Ordering},
        time::Duration,
    };

    use jid::BareJid;

    use super::super::{Limits, Rates};
    use crate::domain::{clock::Clock, refusal::Refusal};

    #[test]
    fn a_day_holds_so_many_different_numbers_and_none_of_a_refused_request_counts() {
        let at = Arc::new(AtomicI64::new(1_000_000));
        let clock = Clock::Manual(Arc::clone(&at));
        let limits = Limits::new(Rates { numbers: 2, ..Rates::default() }, &clock);
        let jid = |text: &str| -> BareJid { text.parse().unwrap() };
        let asks = |who: &str, numbers: &[&str]| {
            let numbers: Vec<String> = numbers.iter().map(|it| (*it).to_owned()).collect();
            limits.numbers(&jid(who), &numbers).is_ok()
        };
        assert!(!asks("a@x", &["1", "2", "3"]) && asks("a@x", &["1"]));
        assert!(asks("a@x", &["2", "1"]) && asks("a@x", &["2"]), "again is not another");
        assert!(!asks("a@x", &["3"]) && !asks("a@x", &["3"]), "not at the second time either");
        assert!(asks("b@x", &["3"]));
        let refused = |numbers: &[&str]| {
            let numbers: Vec<String> = numbers.iter().map(|it| (*it).to_owned()).collect();
            limits.numbers(&jid("a@x"), &numbers).unwrap_err()
        };
        let later = Some(Duration::from_secs(86_401));
        assert_eq!(refused(&["3"]), Refusal::TooManyNumbers { max: 2, after: later });
        assert_eq!(refused(&["3", "4", "5"]), Refusal::TooManyNumbers { max: 2, after: None });
        at.fetch_add(86_400_000, Ordering::SeqCst);
        assert!(asks("a@x", &["3"]));
    }
}
