//! Takes what the link brings, one stanza after the other.

use std::{sync::Arc, time::Duration};

use tokio::{sync::mpsc, time::interval};
use tokio_util::sync::CancellationToken;

use crate::{
    stream::Up,
    xmpp::{
        dispatch::{Dispatch, Service},
        framer::MAX_BYTES,
        link::Received,
    },
};

/// Takes each in its turn, until nothing comes any more.
pub(super) async fn empty(
    service: Arc<Service>,
    mut received: mpsc::Receiver<Received>,
    stop: CancellationToken,
) {
    let (mut up, metrics) = (service.outlet.state(), Arc::clone(&service.metrics));
    let dispatch = Dispatch::new(service);
    let mut minutes = interval(Duration::from_mins(1));
    loop {
        tokio::select! {
            biased;
            changed = up.changed() => {
                if changed.is_err() {
                    return stop.cancelled().await;
                }
                let now = *up.borrow_and_update();
                if let Up::Up(stream) = now {
                    dispatch.begin(stream).await;
                }
            }
            _ = minutes.tick() => dispatch.tidy(),
            one = received.recv() => match one {
                Some(Received::Stanza(stanza)) => {
                    metrics.stanzas_in.count(&stanza);
                    dispatch.stanza(&stanza).await;
                }
                Some(Received::Oversized(it)) => {
                    dispatch.oversized(&it.head, MAX_BYTES).await;
                }
                None => return stop.cancelled().await,
            }
        }
    }
}
