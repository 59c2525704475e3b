//! A recording: what somebody says about a share, spoken (S0.4).

use super::product::{File, Invalid, Link};

/// The most bytes of a recording: an hour of speech, as phones record it, has about as many.
pub const BYTES_MAX: u64 = 10 * 1024 * 1024;
/// The longest recording, in milliseconds: an hour.
pub const LENGTH_MAX: u64 = 60 * 60 * 1000;

/// A file of sound, checked: https, of a type `audio/…`, and no larger or longer than is taken, as
/// far as its sender says. Nobody here fetches it, so what the sender says is all that is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recording {
    file: File,
    length: Option<u64>,
}

impl Recording {
    /// A recording of `length` milliseconds.
    ///
    /// # Errors
    /// [`BadRecording`], for the first thing that is wrong.
    pub fn new(file: File, length: Option<u64>) -> Result<Self, BadRecording> {
        if !is_sound(&file) {
            return Err(BadRecording::MediaType(file.media_type));
        }
        if !file.url.is_https() {
            return Err(BadRecording::Address);
        }
        match (file.size, length) {
            (Some(0), _) | (_, Some(0)) => Err(BadRecording::Empty),
            (Some(size), _) if size > BYTES_MAX => Err(BadRecording::TooLarge { max: BYTES_MAX }),
            (_, Some(length)) if length > LENGTH_MAX => {
                Err(BadRecording::TooLong { max: LENGTH_MAX / 60_000 })
            }
            _ => Ok(Self { file, length }),
        }
    }

    /// The one at an address whose path ends as files of sound do; nothing else is known of it.
    ///
    /// # Errors
    /// [`BadRecording::Address`] for any other address.
    pub fn at(url: &str) -> Result<Self, BadRecording> {
        let file = Link::parse(url).ok().and_then(File::at).filter(is_sound);
        Self::new(file.ok_or(BadRecording::Address)?, None)
    }

    /// What is said of the file.
    #[must_use]
    pub fn file(&self) -> &File {
        &self.file
    }

    /// Where it is.
    #[must_use]
    pub fn url(&self) -> &Link {
        &self.file.url
    }

    /// How long it is, in milliseconds.
    #[must_use]
    pub fn length(&self) -> Option<u64> {
        self.length
    }

    /// Whether clients take its address for a file of sound: nothing stands behind the path, and
    /// that ends as the names of such files do.
    #[must_use]
    pub fn is_shown_alone(&self) -> bool {
        let url = self.url();
        let is_bare = url.query().is_none() && url.fragment().is_none();
        is_bare && File::at(url.clone()).is_some_and(|file| is_sound(&file))
    }
}

/// Whether a file is one of sound.
#[must_use]
pub fn is_sound(file: &File) -> bool {
    file.media_type.starts_with("audio/")
}

/// What is wrong with a recording.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadRecording {
    /// Not a file of sound.
    #[error("a voice comment is a file of a type that begins with audio/, and {0:?} does not")]
    MediaType(String),
    /// No address, or another than https.
    #[error(
        "a voice comment has an https address of at most 2048 bytes without credentials; one whose \
         type is not said ends in .ogg, .oga, .opus, .m4a, .mp3, .aac, .wav, .flac, .amr or .weba"
    )]
    Address,
    /// Something that is said of it is not as it should be.
    #[error("the voice comment: {0}")]
    Field(#[from] Invalid),
    /// More than one.
    #[error("there is more than one voice comment")]
    Several,
    /// Nothing to be heard.
    #[error("the voice comment is empty")]
    Empty,
    /// Too many bytes.
    #[error("the voice comment has more than {max} bytes")]
    TooLarge {
        /// The most that are taken.
        max: u64,
    },
    /// Too long.
    #[error("the voice comment is longer than {max} minutes")]
    TooLong {
        /// The most minutes that are taken.
        max: u64,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(url: &str) -> File {
        File::at(Link::parse(url).unwrap()).unwrap()
    }

    #[test]
    fn a_recording_is_sound_over_https_and_neither_too_large_nor_too_long() {
        let m4a = || file("https://x.lit/a.m4a");
        let sized = |size| File { size: Some(size), ..m4a() };
        assert!(Recording::new(m4a(), None).is_ok());
        assert!(Recording::new(sized(BYTES_MAX), Some(LENGTH_MAX)).is_ok());
        for (file, length, wrong) in [
            (file("https://x.lit/a.jpg"), None, BadRecording::MediaType("image/jpeg".into())),
            (file("http://x.lit/a.m4a"), None, BadRecording::Address),
            (sized(0), None, BadRecording::Empty),
            (m4a(), Some(0), BadRecording::Empty),
            (sized(BYTES_MAX + 1), None, BadRecording::TooLarge { max: 10_485_760 }),
            (m4a(), Some(LENGTH_MAX + 1), BadRecording::TooLong { max: 60 }),
        ] {
            assert_eq!(Recording::new(file, length), Err(wrong));
        }
    }

    #[test]
    fn what_phones_record_is_known_by_its_ending() {
        for ending in ["oga", "opus", "OGG", "m4a", "mp3", "aac", "wav", "flac", "amr", "weba"] {
            let recording = Recording::at(&format!("https://x.lit/a.{ending}")).unwrap();
            assert!(recording.is_shown_alone(), "{ending}");
        }
        // A film, to whoever goes by the name.
        for other in ["https://x.lit/a.webm", "https://x.lit/a", "http://x.lit/a.ogg", "a.ogg"] {
            assert_eq!(Recording::at(other), Err(BadRecording::Address), "{other}");
        }
        let queried = Recording::at("https://x.lit/a.ogg?x=1").unwrap();
        assert!(!queried.is_shown_alone());
    }
}
