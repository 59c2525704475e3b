//! Pictures that lie in a card themselves.

use base64::{
    Engine, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
    prelude::BASE64_STANDARD,
};

use super::{part::Part, property::Property, vcard::Card};

/// The most bytes of a picture in a card (`threats` 4). A larger one is left out of the card, and
/// [`Removed`](super::Removed) says so: the names and numbers are worth more than the whole refused.
pub const PICTURE_BYTES_MAX: usize = 32 * 1024;

/// Padding is often forgotten.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

impl Card {
    /// The picture of the person: its media type and its bytes, if it lies in the card itself.
    #[must_use]
    pub fn picture(&self) -> Option<(&'static str, Vec<u8>)> {
        self.inline(Part::Picture)
    }

    /// The logo, as [`Card::picture`].
    #[must_use]
    pub fn logo(&self) -> Option<(&'static str, Vec<u8>)> {
        self.inline(Part::Logo)
    }

    /// Puts a picture (or logo) into the card. False, and nothing is changed, if it is larger than
    /// [`PICTURE_BYTES_MAX`] or neither JPEG, PNG, GIF nor WebP.
    pub fn set_picture(&mut self, part: Part, bytes: &[u8]) -> bool {
        let Some(media) = media_type(bytes).filter(|_| bytes.len() <= PICTURE_BYTES_MAX) else {
            return false;
        };
        let name = if part == Part::Logo { "LOGO" } else { "PHOTO" };
        self.replace(part, vec![Property::text(name, uri(media, bytes))]);
        true
    }

    fn inline(&self, part: Part) -> Option<(&'static str, Vec<u8>)> {
        self.of(part).find_map(|property| inline(property.only()))
    }
}

/// What a `data:` URI holds, if it is a picture by its first bytes. What it calls itself does not
/// count.
pub(super) fn inline(text: &str) -> Option<(&'static str, Vec<u8>)> {
    let text = text.trim();
    let (head, rest) = text.split_once(',')?;
    let head = head.to_ascii_lowercase();
    if !head.starts_with("data:") || !head.ends_with(";base64") {
        return None;
    }
    let bytes = bytes(rest)?;
    Some((media_type(&bytes)?, bytes))
}

/// What base64 says, with or without its padding.
pub(super) fn bytes(code: &str) -> Option<Vec<u8>> {
    let code: String = code.chars().filter(|c| !c.is_whitespace()).collect();
    LENIENT.decode(code).ok()
}

/// The `data:` URI of a picture (RFC 2397).
pub(super) fn uri(media: &str, bytes: &[u8]) -> String {
    format!("data:{media};base64,{}", BASE64_STANDARD.encode(bytes))
}

fn media_type(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0xff, 0xd8, 0xff, ..] => Some("image/jpeg"),
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Some("image/png"),
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some("image/gif"),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some("image/webp"),
        _ => None,
    }
}

/// The kind and the code of what [`uri`] made: `jpeg`, and base64.
pub(super) fn parts(uri: &str) -> (&str, &str) {
    let rest = uri.strip_prefix("data:image/").unwrap_or(uri);
    rest.split_once(";base64,").unwrap_or(("jpeg", rest))
}
