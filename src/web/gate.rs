//! What every request to the pages passes, whatever it is for: whose network it comes from, whether
//! that one guesses or has too much under way, whether a form comes from a page of ours, and how
//! much memory the answer takes until it is read.

use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use axum::{
    Router,
    body::{Body, Bytes, HttpBody},
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    middleware::{Next, from_fn_with_state},
    response::Response,
};
use hyper::body::{Frame, SizeHint};

use super::{
    answer::with_headers,
    body::CARD_FORM,
    download,
    layout::{Nothing, notice},
    network::{Peer, Proxies},
    origin::is_ours,
    picture,
    reader::Reader,
    site::Site,
    slots::{Slot, Slots},
};
use crate::{
    domain::{clock::Clock, site::Network},
    memory::{Budget, Hold, Use},
    web::guess::Misses,
};

/// Connections at one time. More wait in the kernel until one ends.
pub(super) const MAX_CONNECTIONS: usize = 512;
/// Requests of one network at one time.
pub(super) const OF_ONE: usize = MAX_CONNECTIONS / 4;
/// Bytes of an answer that need no place in the budget: there are no more of them than connections.
const SMALL: usize = 16 * 1024;
/// The part of the room for downloads that one network has at the most: one of so many.
const NETWORK: usize = 4;

/// What is known of everybody who asks.
struct Gate {
    site: Site,
    proxies: Proxies,
    memory: Budget,
    misses: Misses,
    under_way: Slots<Network>,
    /// Bytes of what each sends and is answered.
    bytes: Slots<Network>,
    /// Whether the operator has been told that a web server of theirs says nothing.
    is_told: AtomicBool,
}

/// `router` behind the gate.
pub fn guarded(
    router: Router,
    site: Site,
    proxies: Proxies,
    memory: Budget,
    clock: Clock,
) -> Router {
    let (misses, under_way) = (Misses::new(clock), Slots::new(OF_ONE));
    let (bytes, is_told) = (Slots::new(memory.most_of_one() / NETWORK), AtomicBool::new(false));
    let gate = Arc::new(Gate { site, proxies, memory, misses, under_way, bytes, is_told });
    router.layer(from_fn_with_state(gate, pass))
}

async fn pass(State(gate): State<Arc<Gate>>, request: Request, next: Next) -> Response {
    let peer = request.extensions().get::<Peer>().cloned();
    let network = peer.as_ref().and_then(|it| gate.proxies.visitor(it.ip, request.headers()));
    if peer.is_some() && network.is_none() && !gate.is_told.swap(true, Ordering::Relaxed) {
        tracing::warn!(
            "a web server in front of the pages does not say whom it asks for, so guesses are not \
             counted; let it set X-Forwarded-For"
        );
    }
    let (mut head, body) = request.into_parts();
    // For whatever takes turns by network.
    let _ = network.map(|network| head.extensions.insert(network));
    let reader = Reader::of_request(&head, gate.site.lang);
    let refused = |why| with_headers(notice(&gate.site, &reader, why));

    let kind = Secret::of(head.uri.path());
    let is_guess = kind.is_some_and(|kind| kind.may_be_guessed(head.uri.path(), &head.headers));
    if let (Some(network), Some(kind)) = (network, kind)
        && let Some(pause) = gate.misses.pause(network)
    {
        return nothing_there(kind, pause, refused);
    }
    let slot = match network.map(|network| gate.under_way.take(network)) {
        Some(None) => return refused(Nothing::Busy),
        Some(slot) => slot,
        None => None,
    };
    let is_safe = matches!(head.method, Method::GET | Method::HEAD | Method::OPTIONS);
    if !is_safe && !is_ours(&head.headers, &gate.site.public_url) {
        return refused(Nothing::Foreign);
    }
    let sent = match gate.part(network, sent(&body)) {
        Ok(sent) => sent,
        Err(why) => return refused(why),
    };
    let response = next.run(Request::from_parts(head, body)).await;
    drop(sent);

    let is_miss = matches!(response.status(), StatusCode::NOT_FOUND | StatusCode::FORBIDDEN);
    if let Some(network) = network.filter(|_| is_guess && is_miss) {
        gate.misses.count(network);
    }
    let room = match gate.room(network, size(&response)) {
        Ok(room) => room,
        Err(why) => return refused(why),
    };
    response.map(|body| Body::new(Held { body, peer, _until_read: (slot, room) }))
}

/// A place for an answer, of its network's part and of the budget.
type Admission = (Option<Slot<Network>>, Option<Hold>);

impl Gate {
    /// A place for so many bytes.
    fn room(&self, network: Option<Network>, bytes: usize) -> Result<Admission, Nothing> {
        if bytes <= SMALL {
            return Ok((None, None));
        }
        let part = self.part(network, bytes)?;
        let held = self.memory.take(Use::Downloads, bytes).ok_or(Nothing::Busy)?;
        Ok((part, Some(held)))
    }

    /// So many bytes of a network's part. A network that is not known has no part.
    fn part(
        &self,
        network: Option<Network>,
        bytes: usize,
    ) -> Result<Option<Slot<Network>>, Nothing> {
        let part = |network| self.bytes.take_some(network, bytes).ok_or(Nothing::Busy);
        network.map(part).transpose()
    }
}

/// The most bytes of a request that may be kept: what is longer is not read.
fn sent(body: &Body) -> usize {
    let said = body.size_hint().upper().map(|it| usize::try_from(it).unwrap_or(usize::MAX));
    said.unwrap_or(CARD_FORM).min(CARD_FORM)
}

/// The bytes that an answer has in memory until it is read.
fn size(response: &Response) -> usize {
    if let Some(download::Room(bytes)) = response.extensions().get() {
        return *bytes;
    }
    let exact = response.body().size_hint().exact().unwrap_or(0);
    usize::try_from(exact).unwrap_or(usize::MAX)
}

/// Pages whose address is a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Secret {
    Share,
    Invitation,
    Kept,
    Card,
    Cards,
    Picture,
}

impl Secret {
    fn of(path: &str) -> Option<Self> {
        Some(match path.trim_start_matches('/').split('/').next()? {
            "s" => Self::Share,
            "i" => Self::Invitation,
            "k" => Self::Kept,
            "c" => Self::Card,
            "a" => Self::Cards,
            "p" => Self::Picture,
            _ => return None,
        })
    }

    /// Whether there is anything in the request that can be right or wrong. Somebody who opens
    /// their cards too late guesses nothing.
    fn may_be_guessed(self, path: &str, headers: &HeaderMap) -> bool {
        self != Self::Cards || path != "/a" || headers.contains_key(header::COOKIE)
    }
}

/// The answer to whoever guesses: as if there were nothing, and nobody has looked.
fn nothing_there(kind: Secret, pause: Duration, refused: impl Fn(Nothing) -> Response) -> Response {
    let mut response = match kind {
        Secret::Share => refused(Nothing::Unknown),
        Secret::Invitation => refused(Nothing::Uninvited),
        Secret::Kept | Secret::Cards => refused(Nothing::Unsaved),
        Secret::Card => refused(Nothing::NoCard),
        Secret::Picture => picture::without(StatusCode::NOT_FOUND),
    };
    let seconds = pause.as_secs().saturating_add(1);
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    response
}

/// A body with what it holds until it is read, or given up.
struct Held {
    body: Body,
    peer: Option<Peer>,
    _until_read: (Option<Slot<Network>>, Admission),
}

impl HttpBody for Held {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let polled = Pin::new(&mut self.body).poll_frame(context);
        if let (Poll::Ready(Some(Ok(_))), Some(peer)) = (&polled, &self.peer) {
            peer.taken.fetch_add(1, Ordering::Relaxed);
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests;
