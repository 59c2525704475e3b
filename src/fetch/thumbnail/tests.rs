use image::{Rgba, RgbaImage};
use proptest::prelude::*;

use super::*;

/// A picture of `width` and `height` with something to see: red on the left, and noise.
fn picture(width: u32, height: u32) -> DynamicImage {
    let mut state = 1_u32;
    DynamicImage::ImageRgb8(RgbImage::from_fn(width, height, |x, _| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let noise = u8::try_from(state >> 28).unwrap();
        if x < width / 2 { Rgb([200 + noise, 0, 0]) } else { Rgb([0, noise, 200]) }
    }))
}

fn file(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

/// The checksum that a PNG has behind each chunk.
fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| crc >> 1 ^ (0xedb8_8320 * (crc & 1)))
    })
}

/// A small PNG whose head says that it is larger than it is.
fn boasting(width: u32, height: u32, depth: u8) -> Vec<u8> {
    let mut bytes = file(&picture(64, 64).to_rgba8().into(), ImageFormat::Png);
    bytes[16..20].copy_from_slice(&width.to_be_bytes());
    bytes[20..24].copy_from_slice(&height.to_be_bytes());
    bytes[24] = depth;
    let sum = crc(&bytes[12..29]);
    bytes[29..33].copy_from_slice(&sum.to_be_bytes());
    bytes
}

/// Reads a thumbnail back, and holds it to what is promised of every one.
fn checked(made: &Picture) -> DynamicImage {
    let it = &made.thumbnail;
    assert!(made.bytes.len() <= MAX_BYTES && it.size == made.bytes.len() as u64);
    assert!(it.small.len() <= MAX_SMALL, "{}", it.small.len());
    assert_eq!(it.hash.0, <[u8; 32]>::from(Sha256::digest(&made.bytes)));
    let format = match it.kind {
        Kind::Jpeg => ImageFormat::Jpeg,
        Kind::Png => ImageFormat::Png,
    };
    let read = image::load_from_memory_with_format(&made.bytes, format).unwrap();
    assert_eq!((read.width(), read.height()), (it.width, it.height));
    let small = image::load_from_memory_with_format(&it.small, ImageFormat::Jpeg).unwrap();
    assert!(small.width() <= 128 && small.height() <= 128);
    read
}

#[test]
fn every_format_becomes_a_thumbnail_of_ours() {
    for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP, ImageFormat::Gif] {
        let it = if format == ImageFormat::Gif {
            picture(80, 60).to_rgba8().into()
        } else {
            picture(80, 60)
        };
        let made = make(&file(&it, format), 4096).unwrap();
        let read = checked(&made);
        assert_eq!((read.width(), read.height()), (80, 60), "{format:?}");
        assert_eq!(made.thumbnail.kind, Kind::Jpeg, "{format:?}");
        let [r, _, b] = read.to_rgb8().get_pixel(10, 30).0;
        assert!(r > 150 && b < 100, "{format:?}");
    }
}

#[test]
fn a_large_picture_is_made_small_in_its_proportions() {
    let made = make(&file(&picture(2400, 600), ImageFormat::Png), 4096).unwrap();
    let read = checked(&made);
    assert_eq!((read.width(), read.height()), (1024, 256));
}

#[test]
fn what_can_be_seen_through_stays_so_and_is_white_in_the_small_one() {
    let glass = RgbaImage::from_fn(100, 100, |x, _| Rgba([0, 0, 0, if x < 50 { 0 } else { 255 }]));
    let made = make(&file(&glass.into(), ImageFormat::Png), 4096).unwrap();
    let read = checked(&made);
    assert_eq!(made.thumbnail.kind, Kind::Png);
    assert_eq!(read.to_rgba8().get_pixel(10, 50).0[3], 0);
    let small = image::load_from_memory(&made.thumbnail.small).unwrap().to_rgb8();
    assert!(small.get_pixel(10, 50).0.iter().all(|part| *part > 240));
}

#[test]
fn a_photograph_is_turned_upright_and_loses_what_it_says_of_its_maker() {
    // TIFF, little endian: one entry, orientation (0x0112), short, 1, turn right; and a place.
    let mut exif = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0".to_vec();
    exif.extend_from_slice(b"a secret place");
    let mut bytes = Vec::new();
    let mut encoder = JpegEncoder::new_with_quality(&mut bytes, 90);
    encoder.set_exif_metadata(exif).unwrap();
    encoder.encode_image(&picture(80, 40)).unwrap();
    assert!(bytes.windows(6).any(|it| it == b"secret"));
    let made = make(&bytes, 4096).unwrap();
    let read = checked(&made);
    assert_eq!((read.width(), read.height()), (40, 80));
    let [r, _, b] = read.to_rgb8().get_pixel(20, 10).0;
    assert!(r > 150 && b < 100, "the left is above now");
    assert!(!made.bytes.windows(6).any(|it| it == b"secret"));
    assert!(!made.bytes.windows(4).any(|it| it == b"Exif"));
}

#[test]
fn a_few_bytes_that_claim_to_be_huge_are_refused_before_they_take_memory() {
    for (width, height, depth) in
        [(30_000, 30_000, 8), (4_096, 4_097, 8), (4_096, 4_096, 16), (u32::MAX >> 1, 1, 8)]
    {
        let bytes = boasting(width, height, depth);
        assert!(bytes.len() < 10_000);
        let fault = make(&bytes, 4096).unwrap_err();
        assert!(matches!(fault, Fault::Unreadable(_)) && fault.lasts(), "{width} {fault}");
    }
}

#[test]
fn what_is_no_picture_of_the_four_kinds_is_refused() {
    let svg = b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>".to_vec();
    let bmp = [b"BM".to_vec(), vec![0; 100]].concat();
    let gzip = [b"\x1f\x8b\x08\0\0\0\0\0\0\x03".to_vec(), vec![0; 1000]].concat();
    for bytes in [Vec::new(), b"<html>".to_vec(), svg, bmp, gzip, vec![0; 1000]] {
        let fault = make(&bytes, 4096).unwrap_err();
        assert!(fault.lasts(), "{fault}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// The worker runs this on a thread of its own and lives on when a decoder panics; so far
    /// none does.
    #[test]
    fn broken_pictures_are_refused_or_shown_and_never_the_end(
        format in 0..4_usize,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12),
        keep in any::<prop::sample::Index>(),
        is_cut in any::<bool>(),
    ) {
        let formats = [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP, ImageFormat::Gif];
        let mut bytes = file(&picture(24, 16).to_rgb8().into(), formats[format]);
        for (at, value) in changes {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        if is_cut {
            bytes.truncate(keep.index(bytes.len()));
        }
        if let Ok(made) = make(&bytes, 256) {
            checked(&made);
        }
    }
}
