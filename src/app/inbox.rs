//! Takes what the link brings, one stanza after the other.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::mpsc,
    time::{interval, sleep},
};
use tokio_util::sync::CancellationToken;

use crate::{
    crash,
    stream::Up,
    watchdog::Pulse,
    xmpp::{
        dispatch::{Dispatch, Service},
        framer::MAX_BYTES,
        link::Received,
    },
};

/// Takes each in its turn, until nothing comes any more. Everybody waits for this task, so it beats
/// between two of them, and while one waits for others.
pub(super) async fn empty(
    service: Arc<Service>,
    mut received: mpsc::Receiver<Received>,
    pulse: Pulse,
    stop: CancellationToken,
) {
    let (mut up, metrics) = (service.outlet.state(), Arc::clone(&service.metrics));
    let dispatch = Dispatch::new(service);
    let mut minutes = interval(Duration::from_mins(1));
    loop {
        pulse.beat();
        tokio::select! {
            biased;
            changed = up.changed() => {
                if changed.is_err() {
                    break;
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
                    crash::stall("stall-dispatch");
                    pulse.while_waiting(dispatch.stanza(&stanza)).await;
                }
                Some(Received::Oversized(it)) => {
                    pulse.while_waiting(dispatch.oversized(&it.head, MAX_BYTES)).await;
                }
                None => break,
            },
            () = sleep(pulse.every()) => {}
        }
    }
    drop(pulse);
    stop.cancelled().await;
}

#[cfg(test)]
mod tests {
    use std::{sync::atomic::Ordering, time::Duration};

    use tokio::time::{pause, sleep};

    use super::*;
    use crate::{limits::Rates, memory::Use, xmpp::dispatch::tests::Place};

    #[tokio::test]
    async fn a_form_that_nobody_comes_back_to_is_let_go_by_the_timer() {
        let place = Place::new(Rates::default()).await;
        pause();
        let (_received, receiver) = mpsc::channel(1);
        let service = Arc::clone(&place.service);
        tokio::spawn(empty(service, receiver, Pulse::default(), CancellationToken::new()));
        // The timer's first look is at once.
        sleep(Duration::from_secs(1)).await;
        place.open_a_form();
        sleep(Duration::from_mins(1)).await;
        assert!(place.memory.used(Use::Forms) > 0, "it may be gone on with");
        place.at.store(1_200_000, Ordering::SeqCst);
        sleep(Duration::from_mins(1)).await;
        assert_eq!(place.memory.used(Use::Forms), 0);
    }
}
