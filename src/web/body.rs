//! What a form sends. It is read when it is known who sends it, and within bytes and time: whoever
//! sends slowly, or nothing after its head, holds nobody up.

use std::time::Duration;

use axum::body::{Body, HttpBody};
use http_body_util::BodyExt;
use tokio::time::timeout;

use super::layout::Nothing;
use crate::memory::{Budget, Hold, Use};

/// The most bytes of a form with a few words in it.
pub(super) const FEW: usize = 16 * 1024;
/// The most bytes of the form with a card, and of any: a card has 64 KiB, and every byte may be three
/// of the form's.
pub(super) const CARD_FORM: usize = 256 * 1024;
/// How long nothing may come.
const PAUSE: Duration = Duration::from_secs(10);
/// How long all of it may take.
const IN_ALL: Duration = Duration::from_mins(1);

/// A body, and its place in memory.
#[derive(Debug)]
pub(super) struct Sent {
    pub(super) bytes: Vec<u8>,
    pub(super) hold: Hold,
}

/// Reads up to `most` bytes, which `memory` has to have.
///
/// # Errors
/// Why not all of it is there.
pub(super) async fn read(body: Body, most: usize, memory: &Budget) -> Result<Sent, Nothing> {
    timeout(IN_ALL, in_pieces(body, most, memory)).await.unwrap_or(Err(Nothing::Slow))
}

async fn in_pieces(mut body: Body, most: usize, memory: &Budget) -> Result<Sent, Nothing> {
    let size = body.size_hint();
    let said = usize::try_from(size.lower()).unwrap_or(usize::MAX);
    if said > most {
        return Err(Nothing::TooLarge);
    }
    let room = if size.exact().is_some() { said } else { most };
    let hold = memory.take(Use::Bodies, room).ok_or(Nothing::Busy)?;
    let mut bytes = Vec::new();
    loop {
        let frame = timeout(PAUSE, body.frame()).await.map_err(|_| Nothing::Slow)?;
        let Some(frame) = frame else { return Ok(Sent { bytes, hold }) };
        let Ok(data) = frame.map_err(|_| Nothing::Slow)?.into_data() else { continue };
        if bytes.len() + data.len() > room {
            return Err(Nothing::TooLarge);
        }
        bytes.extend_from_slice(&data);
    }
}

#[cfg(test)]
mod tests {
    use std::{convert::Infallible, future::pending};

    use axum::body::Bytes;
    use futures_util::{StreamExt, stream};

    use super::*;

    fn chunked(pieces: Vec<&'static str>) -> Body {
        let pieces = pieces.into_iter().map(|it| Ok::<_, Infallible>(Bytes::from(it)));
        Body::from_stream(stream::iter(pieces))
    }

    #[tokio::test]
    async fn what_is_too_large_is_refused_by_what_it_says_or_by_what_comes() {
        let memory = Budget::new(100);
        let fits = read(chunked(vec!["abc", "def"]), 6, &memory).await.unwrap();
        assert_eq!((fits.bytes.as_slice(), memory.used(Use::Bodies)), (&b"abcdef"[..], 6));
        drop(fits);
        for body in [chunked(vec!["abc", "defg"]), Body::from("abcdefg")] {
            assert_eq!(read(body, 6, &memory).await.unwrap_err(), Nothing::TooLarge);
        }
        assert_eq!(memory.used(Use::Bodies), 0);
        let all = memory.take(Use::Bodies, 50);
        assert_eq!(read(Body::from("a"), 6, &memory).await.unwrap_err(), Nothing::Busy);
        drop(all);
    }

    #[tokio::test(start_paused = true)]
    async fn what_does_not_go_on_or_takes_too_long_is_given_up() {
        let silent = Body::from_stream(stream::once(pending::<Result<Bytes, Infallible>>()));
        let began = tokio::time::Instant::now();
        assert_eq!(read(silent, 6, &Budget::new(100)).await.unwrap_err(), Nothing::Slow);
        assert!(began.elapsed() <= PAUSE * 2);
        let drops = stream::repeat(()).then(|()| async {
            tokio::time::sleep(Duration::from_secs(9)).await;
            Ok::<_, Infallible>(Bytes::from("x"))
        });
        let began = tokio::time::Instant::now();
        let given_up = read(Body::from_stream(drops), FEW, &Budget::new(FEW * 2)).await;
        assert_eq!(given_up.unwrap_err(), Nothing::Slow);
        assert!(began.elapsed() <= IN_ALL * 2);
    }
}
