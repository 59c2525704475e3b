//! The picture in a card, read within limits and written anew, so that nothing of the old file is
//! left (`threats` 4).

use std::io::Cursor;

use base64::{Engine, prelude::BASE64_STANDARD};
use image::{
    DynamicImage, ExtendedColorType, ImageDecoder, ImageEncoder, ImageReader, Limits,
    codecs::png::PngEncoder,
};

use crate::domain::{
    card::{Card, Part},
    picture::scans,
};

/// What it is then.
pub(super) const MEDIA: &str = "image/png";

/// Pixels that a picture may have in either direction: a card has room for 48 KiB of it, which is
/// less than any picture that is larger than this.
const SIDE_MAX: u32 = 2048;
/// Bytes that a decoder may take.
const ALLOC_MAX: u64 = 16 * 1024 * 1024;
/// Pixels that a decoder of JPEG may go over: 64 scans of 1,024 in either direction.
const WORK_MAX: u64 = 1 << 26;
/// Pixels of its longer side when it is drawn.
const SIDE: u32 = 320;

/// The one of `part` as a `data:` URI; none when the card has none that can be read.
pub(super) fn of(card: &Card, part: Part) -> Option<String> {
    let (_, file) = match part {
        Part::Logo => card.logo(),
        _ => card.picture(),
    }?;
    let file = written_anew(&file)?;
    Some(format!("data:{MEDIA};base64,{}", BASE64_STANDARD.encode(file)))
}

fn written_anew(file: &[u8]) -> Option<Vec<u8>> {
    let mut reader = ImageReader::new(Cursor::new(file)).with_guessed_format().ok()?;
    let mut limits = Limits::no_limits();
    limits.max_image_width = Some(SIDE_MAX);
    limits.max_image_height = Some(SIDE_MAX);
    limits.max_alloc = Some(ALLOC_MAX);
    reader.limits(limits.clone());
    let mut decoder = reader.into_decoder().ok()?;
    // Not every decoder looks at the limits by itself.
    let (width, height) = decoder.dimensions();
    limits.check_dimensions(width, height).ok()?;
    let work = scans(file).saturating_mul(u64::from(width) * u64::from(height));
    if decoder.total_bytes() > ALLOC_MAX || work > WORK_MAX || width == 0 || height == 0 {
        return None;
    }
    let orientation = decoder.orientation().ok()?;
    let mut picture = DynamicImage::from_decoder(decoder).ok()?;
    if width > SIDE || height > SIDE {
        picture = picture.thumbnail(SIDE, SIDE);
    }
    picture.apply_orientation(orientation);
    let pixels = picture.into_rgba8();
    let mut file = Vec::new();
    let encoder = PngEncoder::new(&mut file);
    encoder.write_image(&pixels, pixels.width(), pixels.height(), ExtendedColorType::Rgba8).ok()?;
    Some(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_picture_or_too_large_is_left_out() {
        let file = include_bytes!("../../../tests/browser/goblet.jpg");
        let anew = written_anew(file).unwrap();
        assert!(anew.starts_with(b"\x89PNG"), "written anew");
        let mut wide =
            b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x75\x30\0\0\x75\x30\x08\x06\0\0\0".to_vec();
        wide.extend([0; 64]);
        for bad in [&b"<svg xmlns='http://www.w3.org/2000/svg'/>"[..], b"", &file[..400], &wide] {
            assert_eq!(written_anew(bad), None);
        }
    }
}
