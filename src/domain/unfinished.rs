//! What one transaction does not finish, because others would have to wait for it. It is kept as a
//! row, and gone on with in portions.

use std::time::Duration;

use super::{clock::Millis, codes::codes};

/// How long something rests that the database refused, or that ended by a fault of ours. Everybody
/// else's is gone on with.
pub const REST: Duration = Duration::from_mins(10);

/// Whatever is due before this goes before all else: it has a turn in place of a time.
pub const FIRST: Millis = Millis(500_000_000_000);
/// Whatever is due before this, and not first, has a turn too: it could go on at once.
pub const TURNS: Millis = Millis(1_000_000_000_000);

codes! {
    /// What is gone on with.
    pub enum Unfinished {
        /// The account has left: what it did until then is removed.
        Left = 0,
        /// The account has joined: what was held for it until then, behind the delivery with the
        /// other name, is let go or waits for its word.
        Joined = 2,
        /// The account has said something about the other one: what waits of them goes, or ends. Of
        /// a server behind the person who is named after it.
        Said = 3,
        /// The other thing is a number or mail address that was shown to be the account's: what is
        /// held for that goes to the account; or, if it is theirs no more, what waits for their
        /// word is held for it again.
        Proved = 4,
        /// The account is there: what is parked for it is queued.
        Back = 5,
        /// What holds the account back may be over: what is queued for it behind the delivery with
        /// the other name is due now.
        Woken = 6,
        /// Nobody follows a card of the account any more.
        Unfollowed = 7,
        /// Nobody follows the card of the account any more that has the other name.
        Deleted = 8,
        /// Something was removed that the database's log may still hold. Never due: the timers look
        /// for it by itself, because no transaction empties the log.
        Removed = 9,
        /// The account waits no more for whoever has the other name: what it had sent them is taken
        /// back.
        GivenUp = 10,
        /// The other thing is the account's number or mail address: what was said about shares that
        /// went there, and are with the account by now, is still held for it.
        Noted = 11,
        /// The other thing is the account's own address, number or mail address: whoever has
        /// invited it need not any more, and some are told. What is held for it comes behind that.
        Accepted = 12,
        /// The account is a mail address in small letters, and the other thing is how it was
        /// written before `0039_spelling`: what is known of that by keyed hashes is known of the
        /// address.
        Respelt = 13,
        /// The account has taken back the share with the other name: what was said about it is not
        /// let go any more to those who never had it.
        Revoked = 14,
        /// A question of the account's may be over: behind the person who has the other name, those
        /// of whom something waits are let in if they need not be asked about, and asked about if
        /// they have a place.
        Asked = 15,
        /// No account's: the server may have lost what it took on the stream with the other number,
        /// and what was handed over on it behind the delivery named there is queued again. Never
        /// due while the server has not said whether it has lost anything.
        Lost = 16,
    }
}
