//! Pictures that are made to take more than they are worth.

use std::{fs, process::Command, sync::Arc, time::Duration};

use tokio::{sync::Mutex, task::JoinSet, time};
use tradepost::fetch::{
    decoder::{Decoder, Turns},
    request::Fault,
    thumbnail,
};

use super::source::picture;
use crate::harness::{PATIENCE, component::binary, eventually};

/// As the service starts it.
pub(super) fn decoder(turns: &Turns) -> Decoder {
    Decoder::new(binary(), 4_096, turns.clone())
}

/// Bits in the order of VP8L: the lowest of a number first.
#[derive(Default, Clone)]
struct Bits(Vec<bool>);

impl Bits {
    fn put(&mut self, number: u32, bits: u32) {
        self.0.extend((0..bits).map(|at| number >> at & 1 == 1));
    }

    /// A prefix code, whose highest bit comes first.
    fn code(&mut self, code: u32, bits: u32) {
        self.0.extend((0..bits).rev().map(|at| code >> at & 1 == 1));
    }

    fn bytes(&self) -> Vec<u8> {
        let byte = |bits: &[bool]| {
            bits.iter().enumerate().fold(0, |byte, (at, bit)| byte | u8::from(*bit) << at)
        };
        self.0.chunks(8).map(byte).collect()
    }
}

/// A WebP of one pixel, for which a decoder makes five tables of 4 KiB for each of `groups`: its
/// entropy image names the last of them.
fn webp(groups: u32) -> Vec<u8> {
    let mut bits = Bits::default();
    // One pixel by one, no alpha, version 0; no transform, no cache of colours; an entropy image.
    for (number, of) in [(0, 14), (0, 14), (0, 1), (0, 3), (0, 1), (0, 1), (1, 1), (0, 3), (0, 1)] {
        bits.put(number, of);
    }
    for symbol in [(groups - 1) & 255, (groups - 1) >> 8, 0, 0, 0] {
        for (number, of) in [(1, 1), (0, 1), (1, 1), (symbol, 8)] {
            bits.put(number, of);
        }
    }
    // A code with lengths of 1 to 10, each once and the last twice, so that its table is large. How
    // its lengths are written is a code itself, of 3 and 4 bits.
    let lengths: [(u32, u32); 10] =
        [(1, 3), (2, 3), (3, 3), (4, 3), (5, 3), (10, 3), (6, 4), (7, 4), (8, 4), (9, 4)];
    let order = [17, 18, 0, 1, 2, 3, 4, 5, 16, 6, 7, 8, 9, 10];
    let mut tree = Bits::default();
    tree.put(0, 1);
    tree.put(10, 4);
    for symbol in order {
        tree.put(lengths.iter().find(|(it, _)| *it == symbol).map_or(0, |(_, bits)| *bits), 3);
    }
    for (number, of) in [(1, 1), (1, 3), (9, 4)] {
        tree.put(number, of);
    }
    for symbol in [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 10] {
        let at = lengths.iter().position(|(it, _)| *it == symbol).unwrap();
        let at = u32::try_from(at).unwrap();
        if at < 6 { tree.code(at, 3) } else { tree.code(12 + at - 6, 4) }
    }
    for _ in 0..groups * 5 {
        bits.0.extend(&tree.0);
    }
    bits.put(0, 32);
    bits.put(0, 32);
    let mut data = [vec![0x2f], bits.bytes()].concat();
    data.resize(data.len().next_multiple_of(2), 0);
    let length = |n: usize| u32::try_from(n).unwrap().to_le_bytes();
    let chunk = [&b"VP8L"[..], &length(data.len()), &data].concat();
    [&b"RIFF"[..], &length(4 + chunk.len()), b"WEBP", &chunk].concat()
}

/// A progressive JPEG with `scans` of its three components, each of which is 8 bytes, and all its
/// pixels for a decoder that reads on behind the end as if there were nothing but zeros.
fn jpeg(side: u16, scans: u8) -> Vec<u8> {
    let segment = |marker: u8, body: &[u8]| {
        let length = u16::try_from(body.len() + 2).unwrap().to_be_bytes();
        [&[0xff, marker][..], &length, body].concat()
    };
    // A table of codes: how many there are of each length, and what they mean.
    let codes = |at: u8, counts: &[u8], means: &[u8]| {
        let mut lengths = [0; 16];
        lengths[..counts.len()].copy_from_slice(counts);
        segment(0xc4, &[&[at][..], &lengths, means].concat())
    };
    let of = side.to_be_bytes();
    let blocks = usize::from(side.div_ceil(8)).pow(2) * 3;
    let mut file = b"\xff\xd8".to_vec();
    file.extend(segment(0xdb, &[&[0][..], &[1; 64]].concat()));
    let components = [1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0];
    file.extend(segment(0xc2, &[&[8][..], &of, &of, &[3], &components].concat()));
    file.extend(codes(0, &[1, 1], &[0, 1]));
    file.extend(codes(0x10, &[1, 1, 1], &[0x01, 0x00, 0xe0]));
    file.extend(segment(0xda, &[3, 1, 0, 2, 0, 3, 0, 0, 0, 0]));
    file.extend(vec![0; blocks.div_ceil(8)]);
    for scan in 0..scans {
        file.extend(segment(0xda, &[1, scan % 3 + 1, 0, 1, 63, 0]));
        file.extend([0; 8]);
    }
    file.extend(b"\xff\xd9");
    file
}

#[tokio::test]
async fn a_picture_becomes_a_thumbnail_in_a_process_of_its_own() {
    let decoder = decoder(&Turns::default());
    let made = decoder.thumbnail(picture(), 0).await.expect("a picture");
    let here = thumbnail::make(&picture(), 4_096).expect("a picture");
    assert_eq!((made.thumbnail, made.bytes), (here.thumbnail, here.bytes));
    let portrait = decoder.portrait(picture(), 0, 24 * 1024).await.expect("a picture");
    assert_eq!(portrait, thumbnail::portrait(&picture(), 4_096, 24 * 1024).expect("a picture"));
    let fault = decoder.thumbnail(b"<svg/>".to_vec(), 0).await.expect_err("no picture");
    assert!(matches!(fault, Fault::Type), "{fault}");
    let fault = decoder.thumbnail(picture()[..999].to_vec(), 0).await.expect_err("no picture");
    assert!(matches!(fault, Fault::Unreadable(_)), "{fault}");
}

#[tokio::test]
async fn a_picture_that_takes_more_memory_than_it_may_ends_its_process_alone() {
    let decoder = decoder(&Turns::default());
    // 1,280 MiB of tables, in less than four megabytes.
    let fault = decoder.thumbnail(webp(65_536), 0).await.expect_err("no picture");
    assert!(matches!(&fault, Fault::Unreadable(why) if why.contains("gave up")), "{fault}");
    assert!(fault.lasts(), "it would be so the next time");
    // The same with few is a picture, small as it is.
    let made = decoder.thumbnail(webp(256), 0).await.expect("a picture");
    assert_eq!((made.thumbnail.width, made.thumbnail.height), (1, 1));
}

#[tokio::test]
async fn a_picture_of_more_scans_than_anybody_needs_is_not_read() {
    let decoder = decoder(&Turns::default());
    let fault = decoder.thumbnail(jpeg(4_096, 99), 0).await.expect_err("no picture");
    assert!(matches!(&fault, Fault::Unreadable(why) if why.contains("scans")), "{fault}");
    // One of all components, and those of one each.
    let fault = decoder.thumbnail(jpeg(4_096, 11), 0).await.expect_err("no picture");
    assert!(matches!(&fault, Fault::Unreadable(why) if why.contains("scans")), "{fault}");
    let made = decoder.thumbnail(jpeg(4_096, 10), 0).await.expect("a picture");
    assert_eq!((made.thumbnail.width, made.thumbnail.height), (1_024, 1_024));
}

#[tokio::test]
async fn the_largest_honest_pictures_find_room_in_the_process() {
    let decoder = decoder(&Turns::default());
    let large = image::DynamicImage::from(image::RgbaImage::from_pixel(
        4_096,
        4_096,
        image::Rgba([9, 99, 199, 254]),
    ));
    for format in [image::ImageFormat::Png, image::ImageFormat::Jpeg, image::ImageFormat::WebP] {
        let mut file = std::io::Cursor::new(Vec::new());
        let large =
            if format == image::ImageFormat::Jpeg { large.to_rgb8().into() } else { large.clone() };
        large.write_to(&mut file, format).expect("a picture");
        let made = decoder.thumbnail(file.into_inner(), 0).await;
        assert_eq!(made.expect("a picture").thumbnail.width, 1_024, "{format:?}");
    }
}

#[tokio::test]
async fn whoever_has_asked_for_least_has_a_picture_decoded_first() {
    let turns = Turns::default();
    let (decoder, done) = (decoder(&turns), Arc::new(Mutex::new(Vec::new())));
    let (held, mut tasks) = (turns.take(0).await, JoinSet::new());
    for asked in [7, 2, 0, 5] {
        let (decoder, done) = (decoder.clone(), Arc::clone(&done));
        tasks.spawn(async move {
            if asked == 5 {
                decoder.portrait(picture(), asked, 24 * 1024).await.expect("a picture");
            } else {
                decoder.thumbnail(picture(), asked).await.expect("a picture");
            }
            done.lock().await.push(asked);
        });
    }
    // They stand in line as soon as they have run.
    tokio::task::yield_now().await;
    drop(held);
    while let Some(one) = tasks.join_next().await {
        one.expect("no panic");
    }
    assert_eq!(*done.lock().await, [0, 2, 5, 7]);
}

#[tokio::test]
async fn a_process_that_hangs_is_ended_in_time_and_the_next_picture_is_decoded() {
    let dir = tempfile::tempdir().expect("a folder");
    let program = dir.path().join("hangs");
    // By another process: what this one has open for writing, somebody it starts may have, too.
    let write = "printf '#!/bin/sh\\necho $$ > $0.pid\\nexec sleep 86400\\n' > $0 && chmod 700 $0";
    let written = Command::new("sh").args(["-c", write]).arg(&program).status();
    assert!(written.expect("a shell").success());
    let turns = Turns::default();
    let hangs = Decoder::new(program, 4_096, turns.clone());
    let asked = tokio::spawn(async move { hangs.thumbnail(picture(), 0).await });
    let pid = || fs::read_to_string(dir.path().join("hangs.pid")).unwrap_or_default();
    assert!(eventually(PATIENCE, async || pid().ends_with('\n')).await);
    time::pause();
    time::advance(Duration::from_secs(31)).await;
    time::resume();
    let fault = asked.await.expect("no panic").expect_err("no picture");
    assert!(matches!(&fault, Fault::Decoder(_)), "{fault}");
    assert!(!fault.lasts(), "it is no fault of the picture");
    let made = decoder(&turns).thumbnail(picture(), 0).await;
    assert!(made.is_ok(), "{made:?}");
    assert!(!fs::exists(format!("/proc/{}", pid().trim())).expect("proc"));
}
