//! Enums of which the database keeps numbers.
//!
//! A number is never given to anything else, so one that this version does not know was written by
//! a later one. `from_code` takes it for none of those that there are; whoever reads the row says what
//! it counts as, and loses nothing.

/// Declares such an enum, with all its cases, the number of each, and the way back.
macro_rules! codes {
    ($(#[$about:meta])* pub enum $name:ident {
        $($(#[$case_about:meta])* $case:ident = $code:literal),+ $(,)?
    }) => {
        $(#[$about])*
        ///
        /// The numbers are what the database keeps; they never change.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[repr(i64)]
        pub enum $name {
            $($(#[$case_about])* $case = $code),+
        }

        impl $name {
            /// All there are, in the order of their numbers.
            pub const ALL: [Self; [$($code),+].len()] = [$(Self::$case),+];

            /// The number the database keeps.
            #[must_use]
            pub const fn code(self) -> i64 {
                self as i64
            }

            /// The one with this number; none for a number that this version does not know.
            #[must_use]
            pub const fn from_code(code: i64) -> Option<Self> {
                match code {
                    $($code => Some(Self::$case),)+
                    _ => None,
                }
            }
        }
    };
}

pub(super) use codes;

#[cfg(test)]
mod tests {
    use crate::domain::{
        collected::LinkKind,
        consent::{Ask, Verdict},
        delivery::{self, Bounce},
        invitation, letter, note,
        offer::Decision,
        picture::Progress,
        report::Reason,
        unfinished::Unfinished,
    };

    /// What stands in databases: a number that is changed here reads rows as what they are not.
    macro_rules! kept {
        ($($name:ty { $($case:ident = $code:literal),+ })+) => {
            $({
                type Enum = $name;
                assert_eq!(Enum::ALL, [$(Enum::$case),+]);
                assert_eq!(Enum::ALL.map(Enum::code), [$($code),+], "{:?}", Enum::ALL);
                for code in -1..99 {
                    let found = Enum::ALL.into_iter().find(|it| it.code() == code);
                    assert_eq!(Enum::from_code(code), found);
                }
            })+
        };
    }

    #[test]
    fn the_numbers_in_databases_never_change() {
        kept! {
            delivery::State {
                Held = 0, Parked = 1, Queued = 2, Claimed = 3, Handed = 4, HandedFinal = 5,
                Confirmed = 6, Failed = 7, Expired = 8, Cancelled = 9, Dead = 10
            }
            Bounce { Unavailable = 1, Wait = 2, ServerNotFound = 3, Refused = 4, Unknown = 5 }
            Ask { Remote = 0, Always = 1, Never = 2 }
            Verdict { Asked = 0, Yes = 1, No = 2, Blocked = 3 }
            invitation::State { Kept = 0, Told = 1, Accepted = 2, Withdrawn = 3, Undelivered = 4 }
            letter::Kind { Code = 0, Invitation = 1, Notice = 2 }
            letter::State { Waiting = 0, Sending = 1, Taken = 2, Failed = 3, Withdrawn = 4 }
            note::Kind { Words = 0, Correction = 1, Reaction = 2, Retraction = 3, Joined = 9 }
            Decision { Waits = 0, Taken = 1, Declined = 2 }
            LinkKind { Opens = 0, Open = 1, File = 2 }
            Progress { Wanted = 0, Fetching = 1, Stored = 2, Failed = 3 }
            Reason { Spam = 0, Abuse = 1 }
            Unfinished {
                Left = 0, Joined = 2, Said = 3, Proved = 4, Back = 5, Woken = 6, Unfollowed = 7,
                Deleted = 8, Removed = 9, GivenUp = 10, Noted = 11, Accepted = 12, Respelt = 13,
                Revoked = 14, Asked = 15, Lost = 16
            }
        }
    }
}
