//! How much of what somebody writes is read as words.

/// The most characters that are read as words; a comment has 1,000, and a link 2,048.
pub const TEXT_MAX: usize = 4_000;

/// How many characters a text has, if they are more than [`TEXT_MAX`].
#[must_use]
pub fn too_long(text: &str) -> Option<usize> {
    // Bytes bound characters from above: the count is for long texts alone.
    let length = if text.len() > TEXT_MAX { text.chars().count() } else { 0 };
    Some(length).filter(|length| *length > TEXT_MAX)
}
