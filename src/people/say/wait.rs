//! How long somebody is asked to wait, in words.

use std::time::Duration;

/// Seconds up to two minutes, then minutes.
pub(super) fn wait_en(after: Duration) -> String {
    let seconds = after.as_secs().max(1);
    match seconds {
        1 => "a second".to_owned(),
        2..=120 => format!("{seconds} seconds"),
        121..=7_200 => format!("{} minutes", seconds.div_ceil(60)),
        _ => format!("{} hours", seconds.div_ceil(3_600)),
    }
}

/// The same in Chinese.
pub(super) fn wait_zh(after: Duration) -> String {
    match after.as_secs().max(1) {
        seconds @ 1..=120 => format!("{seconds} 秒"),
        seconds @ 121..=7_200 => format!("{} 分钟", seconds.div_ceil(60)),
        seconds => format!("{} 小时", seconds.div_ceil(3_600)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_long_to_wait_is_said_in_seconds_or_minutes() {
        for (seconds, en, zh) in [
            (1, "a second", "1 秒"),
            (3_599, "60 minutes", "60 分钟"),
            (86_401, "25 hours", "25 小时"),
        ] {
            let after = Duration::from_secs(seconds);
            assert_eq!((wait_en(after), wait_zh(after).trim()), (en.to_owned(), zh));
        }
    }
}
