//! What everybody may, and that nothing is kept of it for ever.

use std::sync::{Arc, atomic::AtomicI64};

use super::{
    buckets::{MOST, SHARED},
    *,
};
use std::sync::atomic::Ordering;

fn jid(text: &str) -> BareJid {
    text.parse().unwrap()
}

fn limits(rates: Rates) -> (Limits, Arc<AtomicI64>) {
    let at = Arc::new(AtomicI64::new(1_000_000));
    let host = Some(jid("x"));
    let clock = Clock::Manual(Arc::clone(&at));
    (Limits::new(Rates { host, ..rates }, &clock), at)
}

#[test]
fn a_large_stanza_counts_as_many_and_as_a_whole_measure_at_the_most() {
    let limits = Limits::new(Rates { stanzas: 10, ..Rates::default() }, &Clock::System);
    let (romeo, juliet) = (jid("romeo@x"), jid("juliet@x"));
    assert!(limits.asks(&romeo, 64 << 10).is_none(), "a card counts as five");
    assert!(limits.asks(&romeo, 64 << 10).is_none());
    assert!(limits.asks(&romeo, 0).is_some());
    assert!(limits.asks(&juliet, 1 << 20).is_none(), "65 are more than there are");
    assert!(limits.asks(&juliet, 0).is_some());
    assert!(limits.settles(&juliet, 200 << 10));
    let nurse = jid("nurse@x");
    assert!(limits.more(&nurse, 0).is_none() && limits.more(&nurse, 9).is_none());
    assert!(limits.asks(&nurse, 0).is_none() && limits.more(&nurse, 1).is_some());
    assert!(!limits.settles(&juliet, 0), "of its own measure, which is of 200 receipts");
}

#[test]
fn what_was_gone_through_counts_as_one_more_for_every_mebibyte() {
    let (limits, at) = limits(Rates { stanzas: 10, ..Rates::default() });
    let (romeo, juliet) = (jid("romeo@x"), jid("juliet@x"));
    limits.went_through(&romeo, (1 << 20) - 1);
    limits.went_through(&romeo, 3 << 20);
    assert_eq!((0..99).filter(|_| limits.asks(&romeo, 0).is_none()).count(), 7);
    assert!(limits.asks(&juliet, 0).is_none());
    limits.went_through(&juliet, 50 << 20);
    assert!(limits.asks(&juliet, 0).is_some(), "it is a whole measure, and more than is left");
    at.fetch_add(60_000, Ordering::SeqCst);
    assert!(limits.asks(&juliet, 0).is_none());
}

#[test]
fn a_minute_holds_so_many_stanzas_and_the_wait_that_is_told_is_enough() {
    let (limits, at) = limits(Rates { stanzas: 3, ..Rates::default() });
    let romeo = jid("romeo@x");
    assert!((0..3).all(|_| limits.asks(&romeo, 0).is_none()));
    let wait = limits.asks(&romeo, 0).expect("too fast");
    assert!(wait <= Duration::from_secs(21), "{wait:?}");
    assert_eq!(limits.asks(&jid("juliet@x"), 0), None, "nobody else");
    at.fetch_add(i64::try_from(wait.as_millis()).unwrap(), Ordering::SeqCst);
    assert_eq!(limits.asks(&romeo, 0), None);
    assert!(limits.asks(&romeo, 0).is_some());
}

#[test]
fn a_third_of_the_total_is_left_to_the_servers_own_people() {
    let (limits, _) = limits(Rates { total_stanzas: 9, ..Rates::default() });
    let taken = |who: &str| limits.asks(&jid(who), 0).is_none();
    let others = (0..120).filter(|n| taken(&format!("a@s{n}.example"))).count();
    assert_eq!(others, 6);
    assert_eq!((0..9).filter(|_| taken("romeo@x")).count(), 3);
}

#[test]
fn a_small_total_keeps_its_third_too() {
    for (total, of_others) in [(1, 1), (2, 1), (3, 2), (4, 2), (5, 3), (6, 4), (100, 66)] {
        let (limits, _) = limits(Rates { total_stanzas: total, ..Rates::default() });
        let taken = |who: &str| limits.asks(&jid(who), 0).is_none();
        let others = (0..120).filter(|n| taken(&format!("a@s{n}.example"))).count();
        assert_eq!(others, of_others, "of {total}");
    }
}

#[test]
fn the_subdomains_of_a_server_have_one_measure_and_a_fast_account_leaves_it_to_the_others() {
    let rates = Rates { stanzas: 2, domain_stanzas: 4, ..Rates::default() };
    let (limits, _) = limits(rates);
    let taken = |who: &str| limits.asks(&jid(who), 0).is_none();
    assert_eq!((0..99).filter(|_| taken("mallory@a.evil.example")).count(), 2);
    assert!(taken("romeo@b.evil.example") && taken("romeo@evil.example"), "none was in vain");
    assert!(!taken("juliet@c.evil.example"));
    assert!(taken("juliet@good.example"));
}

#[test]
fn whoever_is_sent_a_lot_confirms_a_lot_but_not_without_end() {
    let (limits, _) = limits(Rates { stanzas: 3, ..Rates::default() });
    let romeo = jid("romeo@x");
    assert_eq!((0..99).filter(|_| limits.settles(&romeo, 0)).count(), 60);
    assert!(limits.asks(&romeo, 0).is_none(), "of its own measure");
}

#[test]
fn the_addresses_of_another_server_share_its_measure_and_all_share_the_total() {
    let (limits, _) = limits(Rates { domain_stanzas: 2, total_stanzas: 4, ..Rates::default() });
    let taken = |who: &str| limits.asks(&jid(who), 0).is_none();
    assert!(taken("a@evil") && taken("b@evil") && !taken("c@evil"));
    assert!(taken("a@x") && taken("b@x") && !taken("c@x"), "the total");
}

#[test]
fn whoever_is_named_has_no_limits_and_whoever_is_new_has_less() {
    let rates = Rates {
        shares: 5,
        new_shares: 1,
        new_recipients: 3,
        lookups: 2,
        numbers: 2,
        new_for: Duration::from_hours(24),
        unlimited: vec![jid("bot@x"), jid("shop"), jid("xn--bse-sna.example")],
        ..Rates::default()
    };
    let (limits, _) = limits(rates);
    let (joined, day) = (Millis(0), Millis(86_400_000));
    let share = |who: &str, n, now| limits.share(&jid(who), n, joined, now);
    assert_eq!(share("romeo@x", 4, Millis(9)), Err(TooMuch::Ever { max: 3 }));
    assert_eq!(share("romeo@x", 1, Millis(9)), Ok(()));
    assert!(matches!(share("romeo@x", 1, Millis(9)), Err(TooMuch::Now(_))));
    assert!((0..5).all(|_| share("romeo@x", 200, day).is_ok()));
    assert!(share("romeo@x", 1, day).is_err());
    for who in ["bot@x", "anybody@shop", "eve@b\u{f6}se.example"] {
        assert!((0..99).all(|_| share(who, 200, Millis(9)).is_ok()));
        assert!((0..99).all(|_| limits.lookups(&jid(who), 5).is_ok()));
    }
    assert!(limits.lookups(&jid("romeo@x"), 2).is_ok());
    assert!(limits.lookups(&jid("romeo@x"), 1).is_err());
}

#[test]
fn what_is_remembered_is_bounded_and_forgotten_once_it_says_nothing() {
    let (limits, at) = limits(Rates { stanzas: 60, ..Rates::default() });
    for n in 0..MOST * 2 {
        let _ = limits.asks(&jid(&format!("{n}@x")), 0);
    }
    let kept = || limits.asks.remembered();
    assert!(kept() <= MOST + usize::try_from(SHARED).unwrap(), "{}", kept());
    at.fetch_add(60_000, Ordering::SeqCst);
    let _ = limits.asks(&jid("romeo@x"), 0);
    assert!(kept() <= 1 + usize::try_from(SHARED).unwrap(), "{}", kept());
}

#[test]
fn too_fast_is_told_once_in_a_window_and_help_five_times_and_then_once() {
    let (limits, at) = limits(Rates::default());
    let (romeo, bot) = (jid("romeo@x"), jid("bot@x"));
    assert!(limits.may_tell(&romeo) && !limits.may_tell(&romeo));
    assert!((0..9).all(|n| limits.may_help(&romeo) == (n < 5)) && limits.may_help(&bot));
    at.fetch_add(60_000, Ordering::SeqCst);
    assert!(limits.may_tell(&romeo) && limits.may_help(&romeo) && !limits.may_help(&romeo));
}

#[test]
fn without_numbers_there_are_no_limits() {
    let limits = Limits::none();
    assert!((0..1_000).all(|_| limits.asks(&jid("a@b"), 0).is_none()));
    assert!(limits.share(&jid("a@b"), 200, Millis(0), Millis(0)).is_ok());
}

#[test]
fn what_is_kept_comes_back_within_an_hour_however_much_it_was() {
    let rates = Rates { kept: 1, unlimited: vec![jid("bot@x"), jid("shop")], ..Rates::default() };
    let (limits, at) = limits(rates);
    let full = |who: &str| limits.full_for(who);
    limits.keeps("romeo@x", [8], (1 << 20) - 2_000);
    assert_eq!(full("romeo@x"), None, "almost an hour's measure");
    limits.keeps("romeo@x", [], 1 << 20);
    limits.keeps("romeo@x", [], 1 << 20);
    let wait = full("romeo@x").expect("a wait");
    assert!(wait > Duration::from_mins(55) && wait < Duration::from_hours(1), "{wait:?}");
    assert!(matches!(limits.share(&jid("romeo@x"), 1, Millis(0), Millis(0)), Err(TooMuch::Now(_))));
    assert_eq!(full("juliet@x"), None);
    for who in ["bot@x", "anybody@shop"] {
        limits.keeps(who, [], 1 << 30);
        assert_eq!(full(who), None, "{who} is named");
    }
    at.fetch_add(3_600_000, Ordering::SeqCst);
    assert_eq!(full("romeo@x"), None);
    limits.keeps("romeo@x", [], 1 << 20);
    assert!(full("romeo@x").is_some(), "one hour gives back one measure");
    for n in 0..MOST * 2 {
        limits.keeps(&format!("{n}@x"), [], 1);
    }
    assert!(full("romeo@x").is_some(), "whoever owes is not forgotten for others");
}

#[test]
fn what_is_kept_beyond_a_measure_is_nobody_elses() {
    let rates = Rates { kept: 1, domain_kept: 2, total_kept: 9, ..Rates::default() };
    let (limits, at) = limits(rates);
    for _ in 0..1_000 {
        limits.keeps("juliet@x", [], 64 << 10);
        limits.keeps_for_followers("juliet@x", [8].into_iter(), 64 << 10);
    }
    for n in 0..1_000 {
        limits.keeps(&format!("m{n}@evil.example"), [], 64 << 10);
    }
    let full = |who: &str| limits.full_for(who).is_some();
    assert!(full("juliet@x") && full("m0@evil.example") && full("new@evil.example"));
    assert!(!full("romeo@x") && !full("p@other.example"));
    for n in 0..1_000 {
        limits.keeps(&format!("p{n}@o{n}.example"), [], 64 << 10);
    }
    assert!(full("p@other.example") && !full("romeo@x"), "a third is for our own people");
    at.fetch_add(3_600_000, Ordering::SeqCst);
    assert!(!full("juliet@x") && !full("m0@evil.example"), "nobody owes more than one thing");
}

#[test]
fn a_long_address_counts_as_the_pages_that_it_takes() {
    let (limits, _) = limits(Rates { kept: 1, ..Rates::default() });
    let long = format!("{}@y", "v".repeat(1_000));
    let most = |who: &str, address: &str| {
        let mut most = 0;
        while limits.full_for(who).is_none() {
            limits.keeps(who, [address.len()], 0);
            most += 1;
        }
        most
    };
    let short = most("a@x", "b@x");
    assert!((600..800).contains(&short), "{short}");
    let long = most("b@x", &long);
    assert!((20..40).contains(&long), "{long}");
}

/// More people of other servers than are remembered, each from a server of their own.
fn strangers() -> impl Iterator<Item = BareJid> {
    (0..MOST * 2).map(|n| jid(&format!("a@s{n}.example")))
}

#[test]
fn strangers_who_come_once_take_nothing_from_the_servers_own_people() {
    let (limits, _) = limits(Rates { stanzas: 2, lookups: 1, ..Rates::default() });
    for stranger in strangers() {
        let _ = (limits.asks(&stranger, 0), limits.asks(&stranger, 0));
        let _ = (limits.lookups(&stranger, 1), limits.may_tell(&stranger));
        let _ = (0..HELPED).find(|_| !limits.may_help(&stranger));
    }
    for own in (0..500).map(|n| jid(&format!("a{n}@x"))) {
        assert!((0..3).all(|n| limits.asks(&own, 0).is_none() == (n < 2)), "{own}");
        assert!(limits.lookups(&own, 1).is_ok() && limits.lookups(&own, 1).is_err(), "{own}");
        assert!(limits.may_tell(&own) && limits.may_help(&own), "{own}");
    }
}

#[test]
fn shares_of_strangers_take_nothing_from_the_servers_own_people() {
    let rates = Rates {
        shares: 1,
        recipients: 9,
        new_shares: 1,
        new_recipients: 9,
        kept: 1,
        ..Rates::default()
    };
    let (limits, _) = limits(Rates { new_for: Duration::from_hours(24), ..rates });
    let (joined, day) = (Millis(0), Millis(86_400_000));
    for stranger in strangers() {
        let _ =
            (limits.share(&stranger, 9, joined, joined), limits.share(&stranger, 9, joined, day));
        limits.keeps(stranger.as_str(), [], 2 << 20);
    }
    for own in (0..500).map(|n| jid(&format!("a{n}@x"))) {
        assert_eq!(limits.full_for(own.as_str()), None, "{own}");
        assert_eq!(limits.share(&own, 9, joined, joined), Ok(()), "{own}");
        assert_eq!(limits.share(&own, 9, joined, day), Ok(()), "{own}");
    }
}

#[test]
fn whoever_is_remembered_keeps_their_measure_whoever_comes() {
    let (limits, _) = limits(Rates { stanzas: 2, ..Rates::default() });
    let juliet = jid("juliet@good.example");
    assert!(limits.asks(&juliet, 0).is_none());
    for stranger in strangers() {
        let _ = (limits.asks(&stranger, 0), limits.asks(&stranger, 0));
    }
    assert!(limits.asks(&juliet, 0).is_none() && limits.asks(&juliet, 0).is_some());
}

#[test]
fn what_all_together_may_not_is_taken_from_nobodys_own_measure() {
    let rates = Rates { stanzas: 1, domain_stanzas: 1, total_stanzas: 60, ..Rates::default() };
    let (limits, at) = limits(rates);
    let juliet = jid("juliet@good.example");
    assert!(
        (0..41).all(|n| limits.asks(&jid(&format!("a@s{n}.example")), 0).is_none() == (n < 40))
    );
    let wait = limits.asks(&juliet, 0).expect("all other servers have had theirs");
    assert!(wait <= Duration::from_secs(3), "{wait:?}");
    at.fetch_add(i64::try_from(wait.as_millis()).unwrap(), Ordering::SeqCst);
    assert_eq!(limits.asks(&juliet, 0), None);
}

#[test]
fn a_share_that_is_one_too_many_takes_none_of_its_recipients() {
    let (limits, at) = limits(Rates { shares: 2, recipients: 4, ..Rates::default() });
    let share = |n| limits.share(&jid("romeo@x"), n, Millis(0), Millis(0));
    assert!((0..9).all(|n| share(1).is_ok() == (n < 2)));
    at.fetch_add(1_801_000, Ordering::SeqCst);
    assert_eq!(share(4), Ok(()));
}
