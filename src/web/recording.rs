//! A voice comment on a page: a player, and a link for whoever cannot use it. A browser asks the
//! sender's server only when somebody presses play or follows the link; copies have the link alone.

use crate::{
    domain::recording::Recording,
    say::{host, texts::duration},
};

/// A recording as a page shows it.
pub(super) struct Recorded<'a> {
    pub(super) url: &'a str,
    pub(super) host: String,
    /// `0:06`
    pub(super) length: Option<String>,
    /// What is said in it, for those who do not hear it.
    pub(super) description: Option<&'a str>,
    /// Whether it can be played on the page.
    pub(super) plays: bool,
}

impl<'a> Recorded<'a> {
    pub(super) fn new(recording: &'a Recording) -> Self {
        let file = recording.file();
        Self {
            url: file.url.as_str(),
            host: host::shown(&file.url),
            length: recording.length().map(duration),
            description: file.description.as_deref(),
            plays: origin(recording).is_some(),
        }
    }
}

/// Where a page with this recording may load sound from; none when that cannot be said in a policy:
/// a host may hold characters that mean something there, and CSP knows no IPv6 (CSP 3 §2.3.1).
pub(super) fn origin(recording: &Recording) -> Option<String> {
    let origin = recording.url().origin();
    let (_, host) = origin.split_once("://")?;
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b':' | b'_');
    host.bytes().all(is_plain).then_some(origin)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_plain_origin_goes_into_the_policy() {
        for (url, expected) in [
            ("https://x.lit/a.ogg", Some("https://x.lit")),
            ("https://x.lit:8443/a.ogg", Some("https://x.lit:8443")),
            ("https://银.example/a.ogg", Some("https://xn--594a.example")),
            ("https://x.lit;script-src/a.ogg", None),
            ("https://x.lit,a/a.ogg", None),
            ("https://[2001:db8::1]/a.ogg", None),
        ] {
            let found = Recording::at(url).ok().and_then(|it| origin(&it));
            assert_eq!(found.as_deref(), expected, "{url}");
        }
    }
}
