//! Places where a debug build ends itself when told to, so that the tests can kill it between any
//! two steps: `TRADEPOST_CRASH=committed` or, at the third time it comes by, `committed:3`. At some
//! it stands still for ever instead, as if it computed without an end: `stall-dispatch:3`.
//!
//! A release build has none of this.

/// The steps between which a test can kill the process, in the order of a share's life.
pub const POINTS: [&str; 7] =
    ["read", "written", "committed", "claimed", "sent", "ponged", "marked"];

/// The same in the life of a letter.
pub const LETTER_POINTS: [&str; 2] = ["letter-claimed", "letter-sent"];

/// Ends the process here when `TRADEPOST_CRASH` names this point.
#[cfg(debug_assertions)]
pub fn point(name: &'static str) {
    if is_reached(name) {
        // As kill -9 would: nothing is flushed, no destructor runs.
        std::process::abort();
    }
}

/// Holds this thread for ever when `TRADEPOST_CRASH` names this point.
#[cfg(debug_assertions)]
pub fn stall(name: &'static str) {
    if is_reached(name) {
        loop {
            std::thread::park();
        }
    }
}

#[cfg(debug_assertions)]
fn is_reached(name: &'static str) -> bool {
    use std::sync::{
        OnceLock,
        atomic::{AtomicU32, Ordering},
    };
    static WANTED: OnceLock<Option<(String, u32)>> = OnceLock::new();
    static PASSED: AtomicU32 = AtomicU32::new(0);
    let wanted = WANTED.get_or_init(|| {
        let text = std::env::var("TRADEPOST_CRASH").ok()?;
        let (point, nth) = text.split_once(':').unwrap_or((&text, "1"));
        Some((point.to_owned(), nth.parse().ok()?))
    });
    let is_wanted = |(point, nth): &(String, u32)| {
        point == name && PASSED.fetch_add(1, Ordering::SeqCst) + 1 == *nth
    };
    wanted.as_ref().is_some_and(is_wanted)
}

/// Nothing, in a release build.
#[cfg(not(debug_assertions))]
#[inline]
pub fn point(_name: &'static str) {}

/// Panics here when `TRADEPOST_FAULT` names this place and a text that is in `stanza`:
/// `operation:xyzzy`. The tests see that it ends nothing else.
///
/// # Panics
/// When it is told to.
#[cfg(debug_assertions)]
#[expect(clippy::panic, reason = "that is what it is for; a release build has none of it")]
pub fn fault(place: &'static str, stanza: &[u8]) {
    use std::sync::OnceLock;
    static WANTED: OnceLock<Option<(String, String)>> = OnceLock::new();
    let wanted = WANTED.get_or_init(|| {
        let text = std::env::var("TRADEPOST_FAULT").ok()?;
        text.split_once(':').map(|(place, text)| (place.to_owned(), text.to_owned()))
    });
    if let Some((at, text)) = wanted
        && at == place
        && stanza.windows(text.len().max(1)).any(|part| part == text.as_bytes())
    {
        panic!("a fault that a test wanted");
    }
}

/// Nothing, in a release build.
#[cfg(not(debug_assertions))]
#[inline]
pub fn fault(_place: &'static str, _stanza: &[u8]) {}
/// Nothing, in a release build.
#[cfg(not(debug_assertions))]
#[inline]
pub fn stall(_name: &'static str) {}
