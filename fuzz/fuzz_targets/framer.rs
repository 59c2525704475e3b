//! However the stream is cut on its way, the framer finds the same in it, keeps its limits, and
//! survives. The first byte of the input says how it is cut.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tradepost::link::stream::framer::{Event, Framer, Malformed};

const HEADER: &[u8] = b"<stream:stream id='1'>";
const MAX_BYTES: usize = 200;
const MAX_DEPTH: usize = 6;

fn cut(pieces: impl Iterator<Item: AsRef<[u8]>>) -> (Vec<Event>, Option<Malformed>) {
    let mut framer = Framer::with_limits(MAX_BYTES, MAX_DEPTH);
    let mut events = Vec::new();
    for piece in pieces {
        framer.push(piece.as_ref());
        loop {
            match framer.next() {
                Ok(Some(event)) => events.push(event),
                Ok(None) => break,
                Err(why) => return (events, Some(why)),
            }
        }
    }
    (events, None)
}

fuzz_target!(|input: &[u8]| {
    let Some((size, body)) = input.split_first() else { return };
    let stream = [HEADER, body].concat();
    let whole = cut(std::iter::once(&stream));
    assert_eq!(whole, cut(stream.chunks(usize::from(*size).max(1))));
    assert_eq!(whole, cut(stream.chunks(1)));
    for event in whole.0 {
        if let Event::Stanza(xml) | Event::Error(xml) = event {
            assert!(xml.len() <= MAX_BYTES && xml.starts_with(b"<") && xml.ends_with(b">"));
        }
    }
    // Without a header in front of it, too.
    assert_eq!(cut(std::iter::once(body)), cut(body.chunks(1)));
});
