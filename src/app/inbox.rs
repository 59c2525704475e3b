//! Takes what the link brings, one stanza after the other.

use std::{sync::Arc, time::Duration};

use tokio::time::{interval, sleep};
use tokio_util::sync::CancellationToken;

use crate::{
    component::dispatch::{Dispatch, Service},
    crash,
    link::{Received, Receiver, stream::Up},
    watchdog::Pulse,
};

/// Takes each in its turn, until nothing comes any more. Everybody waits for this task, so it beats
/// between two of them, and while one waits for others.
pub(super) async fn empty(
    service: Arc<Service>,
    mut received: Receiver,
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
                    pulse.while_waiting(dispatch.begin(stream)).await;
                }
            }
            _ = minutes.tick() => dispatch.tidy(),
            one = received.recv() => {
                let Some(one) = one else { break };
                match &one.received {
                    Received::Stanza(stanza) => {
                        metrics.stanzas_in.count(stanza);
                        crash::stall("stall-dispatch");
                        // Large, and in a box it is not moved from frame to frame.
                        pulse.while_waiting(Box::pin(dispatch.stanza(stanza))).await;
                    }
                    Received::Oversized(it) => {
                        pulse.while_waiting(dispatch.oversized(it)).await;
                    }
                }
            }
            () = sleep(pulse.every()) => {}
        }
    }
    drop(pulse);
    stop.cancelled().await;
}

#[cfg(test)]
mod tests {
    use std::{
        future::pending, os::unix::net::UnixDatagram, sync::atomic::Ordering, time::Duration,
    };

    use tokio::time::{pause, sleep};

    use super::*;
    use crate::{
        component::dispatch::tests::Place, domain::id::StreamNo, limits::Rates, link, memory::Use,
        watchdog::Watchdog,
    };

    #[tokio::test]
    async fn a_form_that_nobody_comes_back_to_is_let_go_by_the_timer() {
        let place = Place::new(Rates::default()).await;
        pause();
        let (_received, receiver) = link::inbound();
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

    #[tokio::test]
    async fn a_stream_that_begins_while_all_places_are_taken_is_no_standstill() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("notify");
        let heard = UnixDatagram::bind(&path).unwrap();
        heard.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        let watchdog = Watchdog::new(|name| match name {
            "NOTIFY_SOCKET" => Some(path.clone().into()),
            "WATCHDOG_USEC" => Some("2000000".into()),
            _ => None,
        });
        let watchdog = watchdog.unwrap();
        let place = Place::new(Rates::default()).await;
        let tasks = place.service.tasks.clone();
        // Until nobody gets a place any more.
        let fills = async {
            loop {
                tasks.start(pending()).await;
            }
        };
        let _ = tokio::time::timeout(Duration::from_millis(500), fills).await;
        let (_received, receiver) = link::inbound();
        let (service, pulse) = (Arc::clone(&place.service), watchdog.pulse("dispatch", 1));
        tokio::spawn(empty(service, receiver, pulse, CancellationToken::new()));
        place.end.up.send_replace(Up::Up(StreamNo(1)));
        tokio::spawn(watchdog.feed(CancellationToken::new()));
        // Four times in its two seconds, for twice as long.
        let hear = move || {
            for n in 0..8 {
                let told = heard.recv(&mut [0; 64]);
                assert!(told.is_ok(), "the watchdog is not fed: {n} times in all");
            }
        };
        tokio::task::spawn_blocking(hear).await.unwrap();
    }
}
