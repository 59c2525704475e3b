use proptest::prelude::*;

use super::*;

const NOW: Millis = Millis(1_000_000);
const END: Millis = Millis(3_000_000_000);

fn queued() -> Delivery {
    Delivery::accepted(true, NOW, END)
}

fn claimed() -> Delivery {
    queued().next(Event::Claim, NOW, 0.5).unwrap()
}

fn handed() -> Delivery {
    claimed().next(Event::Taken, NOW, 0.5).unwrap()
}

fn bounced(bounce: Bounce, reached: bool) -> Delivery {
    claimed().next(Event::Bounced { bounce, reached }, NOW, 0.5).unwrap()
}

#[test]
fn the_road_is_queued_claimed_handed_final() {
    let done = handed().next(Event::Due, NOW.after(REPLAY), 0.5).unwrap();
    assert_eq!(done.state, State::HandedFinal);
    assert_eq!(done.next(Event::Confirmed, NOW, 0.5).unwrap().state, State::Confirmed);
}

#[test]
fn a_pong_for_a_claim_that_is_over_changes_nothing() {
    let back = claimed().next(Event::Due, NOW.after(LEASE), 0.5).unwrap();
    assert_eq!(back.state, State::Queued);
    assert_eq!(back.next(Event::Taken, NOW, 0.5), None);
}

#[test]
fn a_recipient_never_reached_fails_and_one_reached_before_is_left_alone_for_a_week() {
    assert_eq!(bounced(Bounce::Unavailable, false).state, State::Failed);
    let later = bounced(Bounce::Unavailable, true);
    assert_eq!((later.state, later.due), (State::Queued, NOW.after(SUSPENSION)));
}

#[test]
fn a_full_offline_store_is_tried_again_after_five_seconds() {
    let later = bounced(Bounce::from_condition("resource-constraint", true), true);
    assert_eq!((later.state, later.due), (State::Queued, NOW.after(Duration::from_secs(5))));
}

#[test]
fn what_ends_the_stream_alone_is_quarantined() {
    let mut delivery = queued();
    for alone in [false, true, true] {
        delivery = delivery.next(Event::Claim, NOW, 0.5).unwrap();
        delivery = delivery.next(Event::Lost { alone }, NOW, 0.5).unwrap();
    }
    assert_eq!(delivery.state, State::Dead);
}

#[test]
fn streams_that_end_with_company_do_not_quarantine() {
    let mut delivery = queued();
    for _ in 0..20 {
        delivery = delivery.next(Event::Claim, NOW, 0.5).unwrap();
        delivery = delivery.next(Event::Lost { alone: false }, NOW, 0.5).unwrap();
    }
    assert_eq!(delivery.state, State::Queued);
}

#[test]
fn codes_and_states_are_each_others_inverse() {
    for state in State::ALL {
        assert_eq!(State::from_code(state.code()), Some(state));
    }
    assert_eq!(State::from_code(11), None);
}

fn events() -> impl Strategy<Value = Event> {
    let bounce = prop_oneof![
        Just(Bounce::Unavailable),
        Just(Bounce::Wait),
        Just(Bounce::ServerNotFound),
        Just(Bounce::Refused),
        Just(Bounce::Unknown),
    ];
    prop_oneof![
        Just(Event::Joined),
        Just(Event::Shown),
        Just(Event::Claim),
        Just(Event::Park),
        (0..4_000_000_000_i64).prop_map(|at| Event::Suspend(Millis(at))),
        Just(Event::Taken),
        (bounce, any::<bool>()).prop_map(|(bounce, reached)| Event::Bounced { bounce, reached }),
        Just(Event::Confirmed),
        any::<bool>().prop_map(|alone| Event::Lost { alone }),
        Just(Event::Orphaned),
        Just(Event::Replay),
        Just(Event::Again),
        Just(Event::Cancel),
        Just(Event::Unsendable),
        (0..4_000_000_000_i64).prop_map(|at| Event::Sooner(Millis(at))),
        Just(Event::Due),
    ]
}

proptest! {
    /// Whatever happens, in whatever order: an ended delivery stays ended (a receipt may still
    /// confirm it, and what nobody acknowledged goes again, but not after its end), one that has not ended always has a due time no later than its
    /// expiry or its own timer, and no counter goes back.
    #[test]
    fn no_sequence_of_events_loses_a_delivery(
        joined in any::<bool>(),
        steps in prop::collection::vec((events(), 0..100_000_000_i64, 0.0..1.0), 0..200),
    ) {
        let mut now = NOW;
        let mut delivery = Delivery::accepted(joined, now, END);
        for (event, pause, dice) in steps {
            now = Millis(now.0 + pause);
            let Some(next) = delivery.next(event, now, dice) else { continue };
            if delivery.state.has_ended() {
                prop_assert_eq!(delivery.state, State::HandedFinal);
                let goes_again = event == Event::Again && now < END;
                let expected = if goes_again { State::Queued } else { State::Confirmed };
                prop_assert_eq!(next.state, expected);
            }
            if next.state.has_ended() {
                prop_assert_eq!(next.due, Millis::NEVER);
            } else {
                prop_assert!(next.due <= END.max(now.after(REPLAY)));
            }
            prop_assert!(next.attempt >= delivery.attempt && next.suspect >= delivery.suspect);
            prop_assert!(next.resent >= delivery.resent);
            prop_assert!(event != Event::Claim || now < END, "claimed after its end");
            delivery = next;
        }
    }

    /// What ends or holds up a delivery takes back no try: only an error says that one did not arrive,
    /// and only whoever has the claim that it was never written.
    #[test]
    fn what_may_have_arrived_still_may_whatever_becomes_of_the_next_try(
        steps in prop::collection::vec((events(), 0..100_000_000_i64, 0.0..1.0), 0..200),
    ) {
        let (mut now, mut delivery) = (NOW, queued());
        for (event, pause, dice) in steps {
            now = Millis(now.0 + pause);
            let Some(next) = delivery.next(event, now, dice) else { continue };
            let was_lost = delivery.resent > 0 || delivery.suspect > 0;
            let is_said = matches!(event, Event::Bounced { .. } | Event::Unsendable)
                || delivery.fail.is_some() && !was_lost;
            if delivery.may_have_arrived() && !is_said {
                prop_assert!(next.may_have_arrived(), "{:?} by {:?} is {:?}", delivery, event, next);
            }
            delivery = next;
        }
    }

    /// Only a claim makes an attempt, so nothing is ever sent without a lease.
    #[test]
    fn only_a_queued_delivery_can_be_claimed(event in events(), at in 0..11_i64) {
        let delivery = Delivery { state: State::from_code(at).unwrap(), ..queued() };
        if let Some(next) = delivery.next(event, NOW, 0.5) {
            prop_assert_eq!(
                next.state == State::Claimed,
                event == Event::Claim && delivery.state == State::Queued
            );
        }
    }

    #[test]
    fn waits_grow_and_stay_within_a_fifth(attempt in 1..50_u32, dice in 0.0..1.0) {
        let wait = back_off(attempt, dice);
        prop_assert!(wait >= Duration::from_secs(4) && wait <= Duration::from_hours(12));
        prop_assert!(back_off(attempt + 1, 0.5) >= back_off(attempt, 0.5));
    }
}
