use proptest::prelude::*;

use super::*;

fn hours(text: &str) -> Hours {
    Hours::parse(text).unwrap_or_else(|why| panic!("{text}: {why:?}"))
}

fn zone(text: &str) -> Zone {
    Zone::parse(text).unwrap_or_else(|| panic!("{text}"))
}

/// When quiet hours at a moment are over, both as XEP-0082 writes them.
fn until_at(quiet: &str, of: &str, at: &str) -> String {
    let at: Timestamp = at.parse().unwrap();
    let until = hours(quiet).until(&zone(of), Millis(at.as_millisecond()));
    until
        .map_or_else(|| "-".to_owned(), |it| Timestamp::from_millisecond(it.0).unwrap().to_string())
}

#[test]
fn hours_are_read_as_people_write_them() {
    for text in
        ["22:00-07:00", "22-7", "22:00–7:00", "22:00 - 07:00", "22 to 7", "22：00至7：00", "22到7"]
    {
        assert_eq!(hours(text).to_string(), "22:00-07:00", "{text}");
    }
    assert_eq!(hours("1-24:00").to_string(), "01:00-00:00");
    for text in ["", "22", "22:00", "25-7", "22:60-7", "22:0-7", "-7", "22-7-8", "a-b", "22-24:01"]
    {
        assert_eq!(Hours::parse(text), Err(NoHours::Unreadable), "{text}");
    }
    for text in ["22-22", "07:30-7:30", "0-24"] {
        assert_eq!(Hours::parse(text), Err(NoHours::Same), "{text}");
    }
}

#[test]
fn a_zone_is_a_name_or_an_offset() {
    for (text, name) in [
        ("Europe/Rome", "Europe/Rome"),
        ("europe/rome", "Europe/Rome"),
        ("America/new york", "America/New_York"),
        ("UTC", "UTC"),
        ("Z", "+00:00"),
        ("+02:00", "+02:00"),
        ("+0530", "+05:30"),
        ("UTC+8", "+08:00"),
        ("-03:30", "-03:30"),
    ] {
        assert_eq!(zone(text).to_string(), name);
        assert_eq!(zone(name), zone(text), "what is kept is read again");
    }
    for text in ["", "Europe/Roma", "Rome", "+15:00", "+2:0", "+", "02:00", "Etc/Unknown", "北京"]
    {
        assert_eq!(Zone::parse(text), None, "{text}");
    }
    for (text, near) in [
        ("Rome", Some("Europe/Rome")),
        ("Europe/Roma", Some("Europe/Rome")),
        ("new york", Some("America/New_York")),
        ("Asia/Shangai", Some("Asia/Shanghai")),
        ("Middle Earth", None),
        ("北京", None),
        ("", None),
    ] {
        assert_eq!(Zone::nearest(text).as_deref(), near, "{text}");
    }
}

#[test]
fn quiet_hours_go_past_midnight_and_follow_the_clock_on_the_wall() {
    for (quiet, of, at, until) in [
        ("22-7", "Europe/Rome", "2026-11-20T20:59:59.999Z", "-"),
        ("22-7", "Europe/Rome", "2026-11-20T21:00:00Z", "2026-11-21T06:00:00Z"),
        ("22-7", "Europe/Rome", "2026-11-21T05:59:59.999Z", "2026-11-21T06:00:00Z"),
        ("22-7", "Europe/Rome", "2026-11-21T06:00:00Z", "-"),
        ("13-15", "Asia/Shanghai", "2026-11-21T05:30:00Z", "2026-11-21T07:00:00Z"),
        ("22-7", "+02:00", "2026-11-20T20:00:00Z", "2026-11-21T05:00:00Z"),
        // The night when summer time begins is an hour shorter, the other an hour longer.
        ("22-7", "Europe/Rome", "2026-03-28T21:00:00Z", "2026-03-29T05:00:00Z"),
        ("22-7", "Europe/Rome", "2026-10-24T20:00:00Z", "2026-10-25T06:00:00Z"),
        // 02:30 does not come: it is over when the clock has been put past it.
        ("22-2:30", "Europe/Rome", "2026-03-29T00:59:00Z", "2026-03-29T01:00:00Z"),
        // 02:30 comes twice, and 02:15 is before it both times.
        ("22-2:30", "Europe/Rome", "2026-10-25T00:15:00Z", "2026-10-25T00:30:00Z"),
        ("22-2:30", "Europe/Rome", "2026-10-25T00:45:00Z", "-"),
        ("22-2:30", "Europe/Rome", "2026-10-25T01:15:00Z", "2026-10-25T01:30:00Z"),
        // Begun at 02:30, interrupted when the clock is put back to 02:00.
        ("2:30-8", "Europe/Rome", "2026-10-25T00:45:00Z", "2026-10-25T01:00:00Z"),
    ] {
        assert_eq!(until_at(quiet, of, at), until, "{quiet} {of} {at}");
    }
}

#[test]
fn without_hours_or_a_zone_nothing_is_quiet() {
    let at = Millis("2026-11-20T23:00:00Z".parse::<Timestamp>().unwrap().as_millisecond());
    assert!(until("22:00-07:00", Some("UTC"), at).is_some());
    assert_eq!(until("22:00-07:00", None, at), None);
    assert_eq!(until("22:00-07:00", Some("Gone/Nowhere"), at), None);
    assert_eq!(until("off", Some("UTC"), at), None);
}

proptest! {
    /// From any moment on it is quiet until the end that is told and not at that end, minute by
    /// minute, in zones with all kinds of changes.
    #[test]
    fn it_is_quiet_until_the_end_that_is_told_and_not_then(
        from in 0..DAY,
        length in 1..DAY,
        // 2010 to 2037, in milliseconds.
        now in 1_262_304_000_000_i64..2_114_380_800_000,
        of in prop::sample::select(vec![
            "Europe/Rome", "America/New_York", "Asia/Shanghai", "Australia/Lord_Howe",
            "Pacific/Apia", "Africa/Casablanca", "America/Sao_Paulo", "UTC", "-03:30",
        ]),
        // Near a change of the clock, every other time.
        near in prop::bool::ANY,
    ) {
        let hours = Hours { from, to: (from + length) % DAY };
        let zone = zone(of);
        let mut now = now;
        if near && let Some(change) = zone.zone.following(Timestamp::from_millisecond(now).unwrap()).next() {
            now = change.timestamp().as_millisecond() - i64::from(length) * 60_000 + now % 3_600_000;
        }
        let is_quiet = |at: i64| {
            let time = zone.zone.to_datetime(Timestamp::from_millisecond(at).unwrap()).time();
            let minute = u16::try_from(time.hour()).unwrap() * 60 + u16::try_from(time.minute()).unwrap();
            if from < hours.to { from <= minute && minute < hours.to } else { minute >= from || minute < hours.to }
        };
        match hours.until(&zone, Millis(now)) {
            None => prop_assert!(!is_quiet(now)),
            Some(Millis(end)) => {
                prop_assert!(now < end && end - now <= 26 * 3_600_000, "{}", end - now);
                prop_assert!((now..end).step_by(60_000).all(&is_quiet) && is_quiet(end - 1));
                prop_assert!(!is_quiet(end));
            }
        }
    }

    #[test]
    fn what_is_kept_is_read_again(from in 0..DAY, length in 1..DAY) {
        let hours = Hours { from, to: (from + length) % DAY };
        prop_assert_eq!(Hours::parse(&hours.to_string()), Ok(hours));
    }
}
