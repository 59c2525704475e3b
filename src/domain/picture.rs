//! Pictures of products that were fetched, and the rules of fetching them (S0.2).

use std::{fmt, time::Duration};

use super::codes::codes;

/// The largest thumbnail, in bytes: what Conversations fetches without asking.
pub const MAX_BYTES: usize = 512 * 1024;
/// The most bytes of the small one: as a data URI it stays below 4 kB.
pub const MAX_SMALL: usize = 3_000;

/// How long a share waits for a picture that nobody has seen yet.
pub const WAIT: Duration = Duration::from_secs(3);
/// How long a picture is believed to be what its address shows, and a failure to be one. The next
/// share after that has it fetched again. `share/store_picture.rs` says the same in milliseconds.
pub const FRESH: Duration = Duration::from_hours(24);
/// The most addresses that one sender has us fetch within [`ASKED`]. For more of them people are
/// given the source's address, as if nothing were fetched.
pub const ASKS: i64 = 100;
/// How long an address counts that a sender had us fetch.
pub const ASKED: Duration = Duration::from_hours(1);
/// How long a fetch may take with everything: whoever has claimed one and died holds it so long.
pub const LEASE: Duration = Duration::from_mins(3);
/// Waits between tries.
const BACK_OFF: [Duration; 2] = [Duration::from_secs(10), Duration::from_mins(2)];

codes! {
    /// How far the fetching of one address has come.
    pub enum Progress {
        /// To be fetched when it is due.
        Wanted = 0,
        /// Being fetched, until the lease ends.
        Fetching = 1,
        /// There.
        Stored = 2,
        /// Not to be had, until it is wanted again a day later.
        Failed = 3,
    }
}

/// When it is tried again after the `attempt`th try, which is the first; `None` when it is not.
#[must_use]
pub fn again(attempt: i64) -> Option<Duration> {
    let step = usize::try_from(attempt.saturating_sub(1)).ok()?;
    BACK_OFF.get(step).copied()
}

/// How often a decoder goes over the pixels of a JPEG: once for each of its scans (ITU-T T.81 §B.2.3),
/// however few bytes one has. Those of a preview in its head count too.
#[must_use]
pub fn scans(file: &[u8]) -> u64 {
    file.windows(2).filter(|marker| *marker == [0xff, 0xda]).count() as u64
}

/// The name of a picture: the SHA-256 of its bytes. `Display` is 64 small hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PictureHash(pub [u8; 32]);

impl PictureHash {
    /// Reads what `Display` writes and nothing else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut hash = [0; 32];
        if text.len() != 64 {
            return None;
        }
        for (byte, pair) in hash.iter_mut().zip(text.as_bytes().chunks(2)) {
            *byte = pair.iter().try_fold(0, |byte, digit| match digit {
                b'0'..=b'9' => Some(byte << 4 | (digit - b'0')),
                b'a'..=b'f' => Some(byte << 4 | (digit - b'a' + 10)),
                _ => None,
            })?;
        }
        Some(Self(hash))
    }
}

impl fmt::Display for PictureHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// What our own pictures are: everything else is written anew as one of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Anything opaque.
    Jpeg,
    /// What one can see through.
    Png,
}

impl Kind {
    /// `image/jpeg`
    #[must_use]
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
        }
    }

    /// `jpg`: the type is taken from it, by Conversations before anything else.
    #[must_use]
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Jpeg => "jpg",
            Self::Png => "png",
        }
    }

    /// The kind with this media type.
    #[must_use]
    pub fn of(media_type: &str) -> Option<Self> {
        [Self::Jpeg, Self::Png].into_iter().find(|kind| kind.media_type() == media_type)
    }
}

/// The name in the last segment of a picture's address, `HASH.jpg`.
#[must_use]
pub fn file_name(hash: PictureHash, kind: Kind) -> String {
    format!("{hash}.{}", kind.extension())
}

/// Reads what [`file_name`] writes and nothing else.
#[must_use]
pub fn parse_file_name(name: &str) -> Option<(PictureHash, Kind)> {
    let (hash, extension) = name.split_once('.')?;
    let kind = [Kind::Jpeg, Kind::Png].into_iter().find(|kind| kind.extension() == extension)?;
    Some((PictureHash::parse(hash)?, kind))
}

/// What a message says of a picture that we serve.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Thumbnail {
    /// Its name.
    pub hash: PictureHash,
    /// What it is.
    pub kind: Kind,
    /// Bytes, at most [`MAX_BYTES`].
    pub size: u64,
    /// Pixels, at most 1024.
    pub width: u32,
    /// Pixels, at most 1024.
    pub height: u32,
    /// A JPEG of at most [`MAX_SMALL`] bytes.
    pub small: Vec<u8>,
}

/// A picture of ours with its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// What is said of it.
    pub thumbnail: Thumbnail,
    /// The file.
    pub bytes: Vec<u8>,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_file_name_is_read_back_and_nothing_like_it() {
        let hash = PictureHash([0xab; 32]);
        for kind in [Kind::Jpeg, Kind::Png] {
            assert_eq!(parse_file_name(&file_name(hash, kind)), Some((hash, kind)));
        }
        let hex = "ab".repeat(32);
        for bad in [
            format!("{hex}.gif"),
            format!("{hex}.jpg."),
            format!("{hex}.jpg/"),
            hex.clone(),
            format!("{}.jpg", hex.to_uppercase()),
            format!("{}.jpg", &hex[2..]),
            format!("../{}.jpg", &hex[3..]),
            format!("{}%2e.jpg", &hex[3..]),
            format!("{hex}\0.jpg"),
            String::new(),
        ] {
            assert_eq!(parse_file_name(&bad), None, "{bad:?}");
        }
    }

    #[test]
    fn a_fetch_is_tried_three_times() {
        let waits: Vec<_> = (1..5).map(again).collect();
        assert!(waits[0] < waits[1] && waits[2..] == [None, None], "{waits:?}");
        assert_eq!(again(0), None);
    }

    proptest! {
        #[test]
        fn no_file_name_panics(name in "\\PC{0,80}") {
            let _ = parse_file_name(&name);
        }
    }
}
