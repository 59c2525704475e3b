//! What people are told about cards that are given: in the message that offers one, and to whoever
//! gives it. In English and Chinese.

use crate::domain::lang::Lang;

/// A sentence. What goes into it is already one line and clean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Give<'a> {
    /// Heads the giver's own card.
    Gives {
        /// `Juliet (juliet@capulet.lit)`
        who: &'a str,
    },
    /// Heads the card of a third person.
    PassesOn {
        /// `Juliet (juliet@capulet.lit)`
        who: &'a str,
    },
    /// Heads the card that comes for one's own.
    Answers {
        /// `Juliet (juliet@capulet.lit)`
        who: &'a str,
    },
    /// Heads the new version of a card that one has.
    Renews {
        /// `Juliet (juliet@capulet.lit)`
        who: &'a str,
    },
    /// Ends a card.
    Keep {
        /// The reader's number for it.
        handle: i64,
    },
    /// Ends a card for which one is asked for in return.
    Swap {
        /// The reader's number for it.
        handle: i64,
    },
    /// Ends the new version of a card.
    KeepsUp {
        /// The reader's number for it.
        handle: i64,
    },
    /// Answers `card to`.
    Given {
        /// The giver's number for it.
        handle: i64,
        /// Whose card it is.
        name: &'a str,
        /// To whom it was given.
        to: &'a str,
        /// Whether one is asked for in return.
        swap: bool,
        /// Whether its changes follow.
        updates: bool,
    },
    /// The giver has no card of this name; the first card has no name.
    NoOwnCard {
        /// The name.
        name: &'a str,
    },
    /// The giver has collected no card of this number.
    NotCollected {
        /// The number.
        handle: i64,
    },
    /// What was to be shared is a card.
    IsCard {
        /// The number that whoever asks has for it.
        handle: i64,
    },
    /// Somebody who types numbers shows one of their own first.
    NotVerified,
    /// Nobody who can be found has one of these numbers.
    NotRegistered {
        /// The numbers.
        numbers: &'a str,
        /// What to send to have it held.
        instead: &'a str,
    },
}

impl Give<'_> {
    /// The sentence in `lang`.
    #[must_use]
    pub(crate) fn in_lang(&self, lang: Lang) -> String {
        match lang {
            Lang::En => self.en(),
            Lang::Zh => self.zh(),
        }
    }

    fn en(self) -> String {
        match self {
            Self::Gives { who } => format!("{who} gives you a card:"),
            Self::PassesOn { who } => format!("{who} gives you the card of somebody else:"),
            Self::Answers { who } => format!("{who} gives you a card for yours:"),
            Self::Renews { who } => format!("{who} has changed a card that you have:"),
            Self::Keep { handle } => format!("To keep it, answer: save {handle} (#{handle})"),
            Self::Swap { handle } => {
                format!("Answer yes to keep it and give yours, no to decline. (#{handle})")
            }
            Self::KeepsUp { handle } => {
                format!("Answer yes to have the new one, no to keep the old. (#{handle})")
            }
            Self::Given { handle, name, to, swap, updates } => {
                let mut text = format!("Given: #{handle} card of {name}, to {to}.");
                if swap {
                    text.push_str(" I have asked for theirs.");
                }
                if updates {
                    text.push_str(" They will be told of changes.");
                }
                text
            }
            Self::NoOwnCard { name: "" } => {
                "You have no card yet. To make one, send: card name YOUR NAME".to_owned()
            }
            Self::NoOwnCard { name } => {
                format!("You have no card called “{name}”. To see yours, send: card")
            }
            Self::NotCollected { handle } => {
                format!("#{handle} is no card that you have collected. To see them, send: cards")
            }
            Self::IsCard { handle } => format!(
                "#{handle} is a card. To give yours, send: card to NAME. To pass on one that you \
                 have saved: card to NAME #7"
            ),
            Self::NotVerified => {
                "Not sent: to give a card to a number, show first that a number is yours. Send \
                 phone and your number."
                    .to_owned()
            }
            Self::NotRegistered { numbers, instead } => format!(
                "Not sent: nobody who can be found has {numbers}. To have it held and the owner \
                 invited, send: {instead}"
            ),
        }
    }

    fn zh(self) -> String {
        match self {
            Self::Gives { who } => format!("{who} 给你一张名片："),
            Self::PassesOn { who } => format!("{who} 给你一张别人的名片："),
            Self::Answers { who } => format!("{who} 回赠你一张名片："),
            Self::Renews { who } => format!("{who} 更新了你已有的名片："),
            Self::Keep { handle } => format!("要收下，请回复：保存 {handle}（#{handle}）"),
            Self::Swap { handle } => {
                format!("回复“同意”即可收下并回赠你的名片，不要就回复“拒绝”。（#{handle}）")
            }
            Self::KeepsUp { handle } => {
                format!("回复“同意”换成新的，回复“拒绝”保留旧的。（#{handle}）")
            }
            Self::Given { handle, name, to, swap, updates } => {
                let mut text = format!("已发出：#{handle} {name} 的名片，给 {to}。");
                if swap {
                    text.push_str("已请对方回赠名片。");
                }
                if updates {
                    text.push_str("名片有变动时会告诉对方。");
                }
                text
            }
            Self::NoOwnCard { name: "" } => {
                "你还没有名片。要制作一张，请发送：名片 姓名 你的名字".to_owned()
            }
            Self::NoOwnCard { name } => {
                format!("你没有叫“{name}”的名片。要查看自己的名片，请发送：名片")
            }
            Self::NotCollected { handle } => {
                format!("#{handle} 不是你收藏的名片。要查看收藏的名片，请发送：通讯录")
            }
            Self::IsCard { handle } => format!(
                "#{handle} 是名片。要给出自己的名片，请发送：递名片 名字；要转递收藏的名片：递名片 名字 #7"
            ),
            Self::NotVerified => {
                "没有发送：要按号码给名片，请先证明你自己的号码：发送“手机”加你的号码。".to_owned()
            }
            Self::NotRegistered { numbers, instead } => {
                format!(
                    "没有发送：找不到号码是 {numbers} 的人。要保留名片并邀请对方，请发送：{instead}"
                )
            }
        }
    }
}
