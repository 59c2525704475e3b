//! A picture from anywhere, made a thumbnail of ours: read within limits, turned upright, made
//! small, and written anew, so that nothing of the old file is left (`threats` 4).

use std::io::Cursor;

use image::{
    DynamicImage, GenericImageView, ImageBuffer, ImageDecoder, ImageEncoder, ImageError,
    ImageFormat, ImageReader, Limits, Rgb, RgbImage,
    codecs::{jpeg::JpegEncoder, png::PngEncoder},
    imageops::FilterType,
};
use sha2::{Digest, Sha256};

use super::request::Fault;
use crate::domain::picture::{Kind, MAX_BYTES, MAX_SMALL, Picture, PictureHash, Thumbnail, scans};

/// Pixels of a thumbnail's longer side.
const SIDE: u32 = 1024;
/// Bytes that a decoder may take.
const MAX_ALLOC: u64 = 64 * 1024 * 1024;
/// Pixels that a decoder of JPEG may go over: those of 4,096 in either direction eleven times. A
/// progressive picture has ten scans, and the preview in its head one.
const MAX_WORK: u64 = 11 << 24;
/// Sides and qualities that are tried until the file is small enough.
const SIZES: [(u32, u8); 6] = [(SIDE, 85), (SIDE, 75), (SIDE, 60), (768, 60), (512, 50), (256, 50)];
/// As [`SIZES`], for the small one.
const SMALL_SIZES: [(u32, u8); 7] =
    [(128, 70), (128, 50), (96, 60), (96, 40), (64, 50), (48, 40), (24, 30)];

/// As [`SIZES`], for a picture in a card.
const PORTRAITS: [(u32, u8); 6] = [(480, 80), (384, 75), (256, 75), (192, 65), (128, 60), (64, 50)];

/// Makes the picture of a business card: a JPEG of at most `max_bytes`. Takes what [`make`] takes.
///
/// # Errors
/// As [`make`].
pub fn portrait(file: &[u8], max_side: u32, max_bytes: usize) -> Result<Vec<u8>, Fault> {
    Ok(jpeg(&read(file, max_side)?, &PORTRAITS, max_bytes)?.bytes)
}

/// Makes the thumbnail of a file. What a picture in good order needs is up to a second of a processor
/// and 200 MB; what others need nobody knows, so that [`super::decoder`] bounds it.
///
/// `max_side`: pixels that a picture may have in either direction.
///
/// # Errors
/// [`Fault::Unreadable`], when it is none of the four formats, is broken, or is too large.
pub fn make(file: &[u8], max_side: u32) -> Result<Picture, Fault> {
    let picture = read(file, max_side)?;
    let Written { kind, size: (width, height), bytes } = write(&picture)?;
    let small = jpeg(&picture, &SMALL_SIZES, MAX_SMALL)?.bytes;
    let hash = PictureHash(Sha256::digest(&bytes).into());
    let size = bytes.len() as u64;
    Ok(Picture { thumbnail: Thumbnail { hash, kind, size, width, height, small }, bytes })
}

/// Reads the first picture in the file, upright and at most as large as a thumbnail.
fn read(file: &[u8], max_side: u32) -> Result<DynamicImage, Fault> {
    let reader = ImageReader::new(Cursor::new(file));
    let mut reader = reader.with_guessed_format().map_err(|error| unreadable(&error.into()))?;
    let is_jpeg = reader.format() == Some(ImageFormat::Jpeg);
    let known = [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP, ImageFormat::Gif];
    if !reader.format().is_some_and(|format| known.contains(&format)) {
        return Err(Fault::Type);
    }
    let mut limits = Limits::no_limits();
    limits.max_image_width = Some(max_side);
    limits.max_image_height = Some(max_side);
    limits.max_alloc = Some(MAX_ALLOC);
    reader.limits(limits.clone());
    let mut decoder = reader.into_decoder().map_err(|error| unreadable(&error))?;
    // Not every decoder looks at the limits by itself.
    let (width, height) = decoder.dimensions();
    limits.check_dimensions(width, height).map_err(|error| unreadable(&error))?;
    if decoder.total_bytes() > MAX_ALLOC || width == 0 || height == 0 {
        return Err(Fault::Unreadable("too many pixels".into()));
    }
    let pixels = u64::from(width) * u64::from(height);
    if is_jpeg && scans(file).saturating_mul(pixels) > MAX_WORK {
        return Err(Fault::Unreadable("too many scans".into()));
    }
    let orientation = decoder.orientation().map_err(|error| unreadable(&error))?;
    let picture = DynamicImage::from_decoder(decoder).map_err(|error| unreadable(&error))?;
    let mut picture = fit(picture, SIDE);
    picture.apply_orientation(orientation);
    Ok(picture)
}

/// At most `side` in either direction. A good filter over a large picture takes a lot of memory,
/// so what is much too large goes half the way with a plain one.
fn fit(mut picture: DynamicImage, side: u32) -> DynamicImage {
    let is_above = |picture: &DynamicImage, side| picture.width() > side || picture.height() > side;
    if is_above(&picture, 2 * side) {
        picture = picture.thumbnail(2 * side, 2 * side);
    }
    if is_above(&picture, side) {
        picture.resize(side, side, FilterType::CatmullRom)
    } else {
        picture
    }
}

/// A file of ours.
struct Written {
    kind: Kind,
    /// Pixels: width and height.
    size: (u32, u32),
    bytes: Vec<u8>,
}

/// The file of a thumbnail: PNG when one can see through it and that is small enough, else JPEG.
fn write(picture: &DynamicImage) -> Result<Written, Fault> {
    if is_transparent(picture) {
        for side in [SIDE, 768, 512, 384] {
            let it = fit(picture.clone(), side).into_rgba8();
            let mut bytes = Vec::new();
            PngEncoder::new(&mut bytes)
                .write_image(&it, it.width(), it.height(), image::ExtendedColorType::Rgba8)
                .map_err(|error| unreadable(&error))?;
            if bytes.len() <= MAX_BYTES {
                return Ok(Written { kind: Kind::Png, size: it.dimensions(), bytes });
            }
        }
    }
    jpeg(picture, &SIZES, MAX_BYTES)
}

/// The first of these sizes and qualities that takes no more than `max` bytes.
fn jpeg(picture: &DynamicImage, sizes: &[(u32, u8)], max: usize) -> Result<Written, Fault> {
    let mut fitted: Option<(u32, RgbImage)> = None;
    for (side, quality) in sizes {
        let it = match fitted.take().filter(|(known, _)| known == side) {
            Some((_, it)) => it,
            None => on_white(&fit(picture.clone(), *side)),
        };
        let mut bytes = Vec::new();
        JpegEncoder::new_with_quality(&mut bytes, *quality)
            .encode_image(&it)
            .map_err(|error| unreadable(&error))?;
        if bytes.len() <= max {
            return Ok(Written { kind: Kind::Jpeg, size: it.dimensions(), bytes });
        }
        fitted = Some((*side, it));
    }
    Err(Fault::Unreadable("it does not get small enough".into()))
}

fn is_transparent(picture: &DynamicImage) -> bool {
    picture.color().has_alpha() && picture.pixels().any(|(_, _, pixel)| pixel.0[3] < u8::MAX)
}

/// Without transparency: what can be seen through shows white.
fn on_white(picture: &DynamicImage) -> RgbImage {
    if !picture.color().has_alpha() {
        return picture.to_rgb8();
    }
    let rgba = picture.to_rgba8();
    ImageBuffer::from_fn(rgba.width(), rgba.height(), |x, y| {
        let [red, green, blue, alpha] = rgba.get_pixel(x, y).0.map(u32::from);
        let over =
            |part: u32| u8::try_from((part * alpha + 255 * (255 - alpha)) / 255).unwrap_or(u8::MAX);
        Rgb([over(red), over(green), over(blue)])
    })
}

fn unreadable(error: &ImageError) -> Fault {
    Fault::Unreadable(error.to_string())
}

#[cfg(test)]
mod tests;
