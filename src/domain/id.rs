//! Names of things, and where chance comes from.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use uuid::Uuid;

use super::clock::Millis;

/// A reference code, the "character code" of S0.2 and S0.8: 10 symbols of Crockford's base32, 50
/// bits. `Display` is canonical, `7K3QXM2NP8`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RefCode(u64);

/// Crockford's alphabet: no I, L, O and U.
const SYMBOLS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const LENGTH: u32 = 10;
const BITS: u32 = 5;

impl RefCode {
    /// The code of the lowest 50 bits of `random`, which must come from a source that nobody can
    /// guess: whoever has the code sees the page.
    #[must_use]
    pub fn from_random(random: u64) -> Self {
        Self(random & ((1 << (LENGTH * BITS)) - 1))
    }

    /// Reads a code as people write it: in any case, with hyphens and spaces anywhere, I and L for
    /// 1, O for 0. None when that is no code.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut bits = 0;
        let mut count = 0;
        for symbol in text.bytes().filter(|symbol| !matches!(symbol, b'-' | b' ')) {
            count += 1;
            if count > LENGTH {
                return None;
            }
            bits = bits << BITS | value(symbol)?;
        }
        (count == LENGTH).then_some(Self(bits))
    }

    /// `7K3QX-M2NP8`: easier to read out.
    #[must_use]
    pub fn shown(self) -> String {
        let mut code = self.to_string();
        code.insert(5, '-');
        code
    }
}

impl fmt::Display for RefCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for place in (0..LENGTH).rev() {
            let value = self.0 >> (place * BITS) & 31;
            let symbol = usize::try_from(value).ok().and_then(|value| SYMBOLS.get(value));
            fmt::Write::write_char(f, char::from(*symbol.unwrap_or(&b'0')))?;
        }
        Ok(())
    }
}

// By hand: `RefCode` needs the alphabet anyway, and `data_encoding` comes with `send` alone.
/// Bytes as symbols of Crockford's base32 in lower case; the last one is filled up with zero bits.
#[must_use]
pub fn to_base32(bytes: &[u8]) -> String {
    let bit = |at: usize| bytes.get(at / 8).map_or(0, |byte| usize::from(byte >> (7 - at % 8) & 1));
    let five = |at: usize| (at..at + 5).fold(0, |bits, at| bits << 1 | bit(at));
    let symbol = |at: usize| SYMBOLS.get(five(at)).copied().unwrap_or(b'0');
    (0..bytes.len() * 8).step_by(5).map(|at| char::from(symbol(at).to_ascii_lowercase())).collect()
}

/// The bytes that [`to_base32`] wrote so; none for any other text. Every bytes have one text only.
#[must_use]
pub fn from_base32(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() * 5 / 8);
    let (mut bits, mut count) = (0_u64, 0_u32);
    for symbol in text.bytes() {
        (bits, count) = ((bits << BITS | value(symbol)?) & 0xfff, count + BITS);
        if count >= 8 {
            count -= 8;
            bytes.push(u8::try_from(bits >> count & 0xff).ok()?);
        }
    }
    (to_base32(&bytes) == text).then_some(bytes)
}

fn value(symbol: u8) -> Option<u64> {
    let symbol = match symbol.to_ascii_uppercase() {
        b'I' | b'L' => b'1',
        b'O' => b'0',
        other => other,
    };
    (0..).zip(SYMBOLS).find(|(_, known)| **known == symbol).map(|(value, _)| value)
}

/// The name of a share, on the wire and in the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ShareId(pub Uuid);

/// The name of a delivery. It is also the `id` and `<origin-id/>` of its message, so that a copy
/// sent after a fault carries the same one and a receipt finds its row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DeliveryId(pub Uuid);

impl DeliveryId {
    /// What every id comes before that was given until `moment`, one of [`Chance::moment`]: whoever
    /// asks the clock for it passes over what was named before the clock went back.
    #[must_use]
    pub fn end_of(moment: Millis) -> Uuid {
        let millis = u64::try_from(moment.0).unwrap_or(0).saturating_add(1);
        uuid::Builder::from_unix_timestamp_millis(millis, &[0; 10]).into_uuid()
    }

    /// Tells the id of a picture from that of its text: the bits by which the versions 7 and 8 of
    /// a UUID differ (RFC 9562 §5.8).
    const PICTURE: u128 = 0xf << 76;

    /// The id of the picture message that goes before the text.
    #[must_use]
    pub fn picture(self) -> Uuid {
        Uuid::from_u128(self.0.as_u128() ^ Self::PICTURE)
    }

    /// The delivery that a picture message of this id belongs to.
    #[must_use]
    pub fn of_picture(id: Uuid) -> Self {
        Self(Uuid::from_u128(id.as_u128() ^ Self::PICTURE))
    }

    /// The same for a recording: the versions 7 and 6.
    const RECORDING: u128 = 0x1 << 76;

    /// The id of the recording message that goes before the text.
    #[must_use]
    pub fn recording(self) -> Uuid {
        Uuid::from_u128(self.0.as_u128() ^ Self::RECORDING)
    }

    /// The delivery that a recording message of this id belongs to.
    #[must_use]
    pub fn of_recording(id: Uuid) -> Self {
        Self(Uuid::from_u128(id.as_u128() ^ Self::RECORDING))
    }

    /// The same for the file of a card: the versions 7 and 5.
    const CARD: u128 = 0x2 << 76;

    /// The id of the message with the file of the card, which goes before the text.
    #[must_use]
    pub fn card(self) -> Uuid {
        Uuid::from_u128(self.0.as_u128() ^ Self::CARD)
    }

    /// The delivery that the message with the file of a card belongs to.
    #[must_use]
    pub fn of_card(id: Uuid) -> Self {
        Self(Uuid::from_u128(id.as_u128() ^ Self::CARD))
    }

    /// The thread of the conversation about the share: its name without hyphens, and so the same
    /// in every message of it.
    #[must_use]
    pub fn thread(self) -> String {
        self.0.simple().to_string()
    }

    /// The conversation that a thread belongs to; none when it is somebody else's.
    #[must_use]
    pub fn of_thread(thread: &str) -> Option<Self> {
        (thread.len() == 32).then(|| Uuid::try_parse(thread).ok().map(Self)).flatten()
    }
}

impl fmt::Display for ShareId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for DeliveryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The number of a component stream, counted in the database; 0 is no stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct StreamNo(pub i64);

impl StreamNo {
    /// No stream: nothing was written.
    pub const NONE: Self = Self(0);
}

/// Where chance comes from: the machine, or a test's counter.
#[derive(Debug, Clone)]
pub enum Chance {
    /// The machine's random numbers.
    System,
    /// 1, 2, 3 … spread over all bits; the same in every run.
    Counted(Arc<AtomicU64>),
}

impl Chance {
    /// 64 random bits.
    #[must_use]
    pub fn bits(&self) -> u64 {
        match self {
            Self::System => rand::random(),
            Self::Counted(next) => {
                next.fetch_add(1, Ordering::Relaxed).wrapping_mul(0x9e37_79b9_7f4a_7c15)
            }
        }
    }

    /// A number in 0.0..1.0.
    #[must_use]
    pub fn dice(&self) -> f64 {
        f64::from(u32::try_from(self.bits() >> 32).unwrap_or(0)) / 4_294_967_296.0
    }

    /// A UUID of version 7, greater than every one before (RFC 9562 §6.2, method 1): it keeps the
    /// order of what one group accepted within a millisecond, and the index it goes into grows at
    /// its end.
    #[must_use]
    pub fn uuid(&self, now: Millis) -> Uuid {
        let (millis, count) = self.tick(now);
        let byte = |shift: u32| u8::try_from(count >> shift & 0xff).unwrap_or(0);
        // Of the first byte the version takes the upper half, of the third the variant two bits.
        let mut random = [byte(14), byte(6), byte(0) & 0x3f, 0, 0, 0, 0, 0, 0, 0];
        for (to, from) in random.iter_mut().skip(3).zip(self.bits().to_be_bytes()) {
            *to = from;
        }
        uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
    }

    /// Parts what was named until now from what comes: this moment is not behind that of any id given
    /// before, and every id given after is of a later one. It is `now`, or the moment at which the
    /// ids stand while the clock has gone back.
    #[must_use]
    pub fn moment(&self, now: Millis) -> Millis {
        let Self::System = self else { return now };
        let millis = u64::try_from(now.0).unwrap_or(0);
        let at = |last: u64| (last >> COUNT).max(millis);
        let last = TICK.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |last| {
            Some(at(last) << COUNT | ((1 << COUNT) - 1))
        });
        Millis(i64::try_from(at(last.unwrap_or_else(|last| last))).unwrap_or(i64::MAX))
    }

    /// Ids given from now on come behind `last`, which an earlier process has given: the clock may
    /// have gone back since.
    pub fn outrun(&self, last: Uuid) {
        let millis = u64::try_from(last.as_u128() >> 80).unwrap_or(0);
        // Of any other version the first bits are no time; and what lies behind this is no moment
        // that a clock shows, but the count has to have room.
        if matches!(self, Self::System) && last.get_version_num() == 7 && millis < 1 << 45 {
            TICK.fetch_max(millis << COUNT | ((1 << COUNT) - 1), Ordering::Relaxed);
        }
    }

    /// A moment and a count that together are greater than before. Where more is asked for within
    /// a millisecond than the count holds, the moment runs ahead; where the clock goes back, it
    /// stands still.
    fn tick(&self, now: Millis) -> (u64, u64) {
        let millis = u64::try_from(now.0).unwrap_or(0);
        match self {
            Self::System => {
                let at = |last: u64| (last + 1).max(millis << COUNT);
                let last =
                    TICK.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |last| Some(at(last)));
                let tick = at(last.unwrap_or_else(|last| last));
                (tick >> COUNT, tick & ((1 << COUNT) - 1))
            }
            Self::Counted(next) => {
                (millis, next.fetch_add(1, Ordering::Relaxed) & ((1 << COUNT) - 1))
            }
        }
    }
}

/// Bits of an id that count within a millisecond: 262,144, more than one group has deliveries.
const COUNT: u32 = 18;
/// The last tick that an id was given: one for the process, because its ids share one table.
static TICK: AtomicU64 = AtomicU64::new(0);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_code_is_read_as_people_write_it() {
        let code = RefCode::parse("7K3QXM2NP8").unwrap();
        for same in ["7k3qx-m2np8", "7K3QX M2NP8", " 7K3QX-M2NP8 ", "7k3-qxm-2np8"] {
            assert_eq!(RefCode::parse(same), Some(code), "{same}");
        }
        assert_eq!(RefCode::parse("oOiIlL0011"), RefCode::parse("0011110011"));
        assert_eq!(code.shown(), "7K3QX-M2NP8");
    }

    #[test]
    fn what_is_no_code_is_none() {
        for bad in ["", "7K3QXM2NP", "7K3QXM2NP88", "7K3QXM2NPU", "7K3QXM2NP!", "７K3QXM2NP8", "-"]
        {
            assert_eq!(RefCode::parse(bad), None, "{bad}");
        }
    }

    proptest! {
        #[test]
        fn every_code_is_read_back(random in any::<u64>()) {
            let code = RefCode::from_random(random);
            prop_assert_eq!(RefCode::parse(&code.to_string()), Some(code));
            prop_assert_eq!(RefCode::parse(&code.shown().to_lowercase()), Some(code));
        }

        #[test]
        fn ids_ascend_within_a_millisecond_and_when_the_clock_goes_back(
            times in prop::collection::vec(0..3_i64, 2..200),
        ) {
            let system = Chance::System;
            let ids: Vec<Uuid> = times.iter().map(|at| system.uuid(Millis(*at))).collect();
            prop_assert!(ids.is_sorted_by(|a, b| a < b));
            let counted = Chance::Counted(Arc::default());
            let ids: Vec<Uuid> = times.iter().map(|_| counted.uuid(Millis(1))).collect();
            prop_assert!(ids.is_sorted_by(|a, b| a < b));
            prop_assert!(ids.iter().all(|id| id.get_version_num() == 7));
        }

        #[test]
        fn a_moment_parts_what_was_named_before_from_what_is_named_after(
            times in prop::collection::vec(0..9_i64, 1..50),
        ) {
            let chance = Chance::System;
            for now in times {
                let before = chance.uuid(Millis(now));
                let end = DeliveryId::end_of(chance.moment(Millis(now)));
                prop_assert!(before < end && end <= chance.uuid(Millis(now)));
            }
        }

        #[test]
        fn ids_come_behind_those_that_an_earlier_process_gave(ahead in 0..9_i64) {
            let chance = Chance::System;
            let now = chance.moment(Millis(0));
            let last = Chance::Counted(Arc::new(7.into())).uuid(Millis(now.0 + ahead));
            chance.outrun(last);
            // What is no id of ours says nothing of the time.
            chance.outrun(Uuid::max());
            let next = chance.uuid(Millis(0));
            prop_assert!(last < next);
            prop_assert!(next < DeliveryId::end_of(Millis(now.0 + 1_000_000)));
        }

        #[test]
        fn threads_and_files_lead_back_to_their_delivery(millis in any::<u32>()) {
            let id = DeliveryId(Chance::System.uuid(Millis(millis.into())));
            prop_assert_eq!(DeliveryId::of_thread(&id.thread()), Some(id));
            prop_assert_eq!(DeliveryId::of_thread(&id.to_string()), None, "that is a message");
            prop_assert_eq!(DeliveryId::of_picture(id.picture()), id);
            prop_assert_eq!(id.picture().get_version_num(), 8);
            prop_assert_eq!(DeliveryId::of_recording(id.recording()), id);
            prop_assert_eq!(DeliveryId::of_card(id.card()), id);
            prop_assert_ne!(DeliveryId::of_recording(id.picture()), id);
        }

        #[test]
        fn bytes_have_one_text_and_it_is_read_back(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
            let text = to_base32(&bytes);
            prop_assert_eq!(from_base32(&text), Some(bytes));
            prop_assert!(text.bytes().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit()));
        }

        #[test]
        fn no_text_panics(text in any::<String>()) {
            let _ = from_base32(&text);
            let _ = (RefCode::parse(&text), DeliveryId::of_thread(&text));
        }
    }
}
