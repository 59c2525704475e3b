//! What people are told about cards that they were offered, in English and Chinese.

use crate::{
    domain::{clock::Millis, lang::Lang},
    say::command::minute,
};

/// A sentence. What goes into it is already one line and clean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tray<'a> {
    /// Nothing waits.
    Empty,
    /// Nothing more waits.
    NoMore,
    /// Heads the cards that wait.
    Head,
    /// One of them.
    Waits {
        /// The recipient's number.
        handle: i64,
        /// Whose card it is.
        name: &'a str,
        /// `Juliet (juliet@capulet.lit)`
        who: &'a str,
        /// Until when it can be taken.
        until: Millis,
        /// Whether a card is asked for in return.
        swap: bool,
        /// Whether it is the card of somebody else than whoever gives it.
        third: bool,
    },
    /// Ends them.
    HowTo {
        /// The number of one of them.
        handle: i64,
    },
    /// There are more.
    Next {
        /// The last number that was listed.
        handle: i64,
    },
    /// Answers a yes that could mean several.
    WhichYes,
    /// Answers a no that could mean several.
    WhichNo,
    /// Answers a block that could mean several.
    WhichBlock,
    /// Answers a thumb that could mean several.
    WhichThumb,
    /// Behind these: it may have been said to somebody.
    OrSay {
        /// `Juliet (juliet@capulet.lit)`
        who: &'a str,
        /// The recipient's number for what they talk about.
        handle: i64,
        /// What was said.
        words: &'a str,
    },
    /// Answers a few words that may be said to a card which waits, or to whoever gives it.
    SaidToCard {
        /// `Juliet (juliet@capulet.lit)`
        who: &'a str,
        /// The recipient's number for the card.
        handle: i64,
        /// What was said.
        words: &'a str,
    },
    /// A choice: somebody who asks.
    Stranger {
        /// `Juliet (juliet@capulet.lit)`
        who: &'a str,
    },
    /// A choice: a card.
    CardOf {
        /// Whose card it is.
        name: &'a str,
        /// Who gives it: `Juliet (juliet@capulet.lit)`
        who: &'a str,
        /// Whether a card is asked for in return.
        swap: bool,
    },
    /// A choice: the change of a card.
    ChangeOf {
        /// Whose card it is.
        name: &'a str,
        /// Who has changed it: `Juliet (juliet@capulet.lit)`
        who: &'a str,
    },
    /// A card was taken.
    Taken {
        /// The recipient's number.
        handle: i64,
        /// Whose card it is.
        name: &'a str,
    },
    /// Behind that: its giver asks for one in return.
    AsksForYours {
        /// The recipient's number.
        handle: i64,
        /// `Juliet (juliet@capulet.lit)`
        who: &'a str,
    },
    /// A card was taken, and one's own is on its way.
    Swapped {
        /// The recipient's number.
        handle: i64,
        /// Whose card it is.
        name: &'a str,
        /// `Juliet (juliet@capulet.lit)`
        who: &'a str,
    },
    /// The recipient has said yes before.
    Before {
        /// The recipient's number.
        handle: i64,
        /// Whose card it is.
        name: &'a str,
    },
    /// A card was declined.
    Declined {
        /// The recipient's number.
        handle: i64,
        /// Whose card it is.
        name: &'a str,
    },
    /// The new version of a card was refused.
    Kept {
        /// The number of the card.
        handle: i64,
        /// Whether the version before is back.
        is_back: bool,
    },
    /// A collected card was deleted.
    Dropped {
        /// Its number.
        handle: i64,
    },
    /// A collected card was deleted for good.
    Gone {
        /// Its number.
        handle: i64,
    },
    /// A card is asked for in return, and the recipient has none.
    NoOwnCard {
        /// The recipient's number.
        handle: i64,
    },
    /// The same, and the recipient has none of this name.
    NoSuchOwnCard {
        /// The recipient's number.
        handle: i64,
        /// The name.
        name: &'a str,
    },
    /// It can be taken no more.
    Over {
        /// The recipient's number.
        handle: i64,
    },
    /// The recipient has as many cards as one may have.
    Full {
        /// The recipient's number.
        handle: i64,
    },
    /// Only cards have parts that can be saved.
    NoParts {
        /// The number.
        handle: i64,
    },
    /// How far a card has come to somebody: they have taken it.
    IsTaken {
        /// To whom the card was given.
        to: &'a str,
        /// Since when it has been taken.
        since: Millis,
    },
    /// The same: they have it and have said nothing.
    NoAnswerYet {
        /// To whom the card was given.
        to: &'a str,
        /// Since when they have had it.
        since: Millis,
    },
}

impl Tray<'_> {
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
            Self::Empty => "No new cards wait for you.".to_owned(),
            Self::NoMore => "No more new cards wait for you.".to_owned(),
            Self::Head => "New cards:".to_owned(),
            Self::Waits { handle, name, who, until, swap, third } => {
                let of = if third { ", passed on by" } else { ", from" };
                let asks = if swap { ", asks for yours" } else { "" };
                format!("#{handle} {name}{of} {who}{asks}, until {}", minute(until))
            }
            Self::HowTo { handle } => format!(
                "To keep one, send for example: save {handle}. To give your card back to whoever \
                 asks for it: yes {handle}. If you do not want it: drop {handle}"
            ),
            Self::Next { handle } => format!("There are more: pending {handle}"),
            Self::WhichYes => "Yes to which one?".to_owned(),
            Self::WhichNo => "No to which one?".to_owned(),
            Self::WhichBlock => "Block which one?".to_owned(),
            Self::WhichThumb => "Keep which one?".to_owned(),
            Self::OrSay { who, handle, words } => {
                format!("To say it to {who} instead, send: #{handle} {words}")
            }
            Self::SaidToCard { who, handle, words } => format!(
                "Is that about the card from {who} (#{handle})? Answer yes or no; of a no nobody \
                 is told. To say it to {who} instead, send: #{handle} {words}"
            ),
            Self::Stranger { who } => format!("{who} would like to show you something"),
            Self::CardOf { name, who, swap } => {
                let asks = if swap { ", asks for yours" } else { "" };
                format!("card of {name}, from {who}{asks}")
            }
            Self::ChangeOf { name, who } => format!("what {who} has changed in the card of {name}"),
            Self::Taken { handle, name } => {
                format!("You have the card of {name} now. To see it, send: card {handle}")
            }
            Self::AsksForYours { handle, who } => {
                format!("{who} asks for your card too. To give it, send: yes {handle}")
            }
            Self::Swapped { handle, name, who } => format!(
                "You have the card of {name} now, and yours is on its way to {who}. To see it, \
                 send: card {handle}"
            ),
            Self::Before { handle, name } => {
                format!("You have the card of {name} already. To see it, send: card {handle}")
            }
            Self::Declined { handle, name } => {
                format!("You have not taken the card of {name} (#{handle}). Nobody is told.")
            }
            Self::Kept { handle, is_back: true } => format!(
                "The card #{handle} is as it was before, and changes no more. Nobody is told."
            ),
            Self::Kept { handle, is_back: false } => format!(
                "The card #{handle} stays as it is now, and changes no more. Nobody is told."
            ),
            Self::Dropped { handle } => {
                format!("The card #{handle} is deleted. To have it back, send within a day: undo")
            }
            Self::Gone { handle } => format!("The card #{handle} is deleted for good."),
            Self::NoOwnCard { handle } => format!(
                "You have no card yet. Send: card name YOUR NAME. Then send: yes {handle}. To take \
                 this one without giving yours, send: save {handle}"
            ),
            Self::NoSuchOwnCard { handle, name } => format!(
                "You have no card that you call “{name}”. To see yours, send: card. To give your \
                 first one, send: yes {handle}"
            ),
            Self::Over { handle } => format!(
                "The card #{handle} cannot be taken any more: it has expired, or whoever gave it \
                 has taken it back."
            ),
            Self::Full { handle } => format!(
                "You have as many cards as one can have. Delete one with drop and its number, then \
                 send: save {handle}"
            ),
            Self::NoParts { handle } => {
                format!("#{handle} is no card, and has no parts. Send: save {handle}")
            }
            Self::IsTaken { to, since } => format!("{to}: taken, {}", minute(since)),
            Self::NoAnswerYet { to, since } => {
                format!("{to}: delivered, {}, no answer yet", minute(since))
            }
        }
    }

    fn zh(self) -> String {
        match self {
            Self::Empty => "没有等待你处理的新名片。".to_owned(),
            Self::NoMore => "没有更多的新名片了。".to_owned(),
            Self::Head => "新名片：".to_owned(),
            Self::Waits { handle, name, who, until, swap, third } => {
                let of = if third { "，转自 " } else { "，来自 " };
                let asks = if swap { "，想要你的名片" } else { "" };
                format!("#{handle} {name}{of}{who}{asks}，有效期至 {}", minute(until))
            }
            Self::HowTo { handle } => format!(
                "要收下，请发送，例如：保存 {handle}。对方想要你的名片，要回赠请发送：同意 {handle}。\
                 不要请发送：丢弃 {handle}"
            ),
            Self::Next { handle } => format!("还有更多，请发送：新名片 {handle}"),
            Self::WhichYes => "同意哪一个？".to_owned(),
            Self::WhichNo => "拒绝哪一个？".to_owned(),
            Self::WhichBlock => "屏蔽哪一个？".to_owned(),
            Self::WhichThumb => "收下哪一张？".to_owned(),
            Self::OrSay { who, handle, words } => {
                format!("如果是想回答 {who}，请发送：#{handle} {words}")
            }
            Self::SaidToCard { who, handle, words } => format!(
                "这是在答复 {who} 给你的名片（#{handle}）吗？请回复“同意”或“拒绝”，拒绝不会有人知道。\
                 如果是想对 {who} 说，请发送：#{handle} {words}"
            ),
            Self::Stranger { who } => format!("{who} 想给你看点东西"),
            Self::CardOf { name, who, swap } => {
                let asks = if swap { "，想要你的名片" } else { "" };
                format!("{name} 的名片，来自 {who}{asks}")
            }
            Self::ChangeOf { name, who } => format!("{who} 对 {name} 的名片所作的更改"),
            Self::Taken { handle, name } => {
                format!("已收下 {name} 的名片。查看请发送：名片 {handle}")
            }
            Self::AsksForYours { handle, who } => {
                format!("{who} 也想要你的名片。要给对方，请发送：同意 {handle}")
            }
            Self::Swapped { handle, name, who } => {
                format!("已收下 {name} 的名片，你的名片已发给 {who}。查看请发送：名片 {handle}")
            }
            Self::Before { handle, name } => {
                format!("你已经有 {name} 的名片了。查看请发送：名片 {handle}")
            }
            Self::Declined { handle, name } => {
                format!("没有收下 {name} 的名片（#{handle}），对方不会知道。")
            }
            Self::Kept { handle, is_back: true } => {
                format!("名片 #{handle} 已恢复原样，以后不再更新，对方不会知道。")
            }
            Self::Kept { handle, is_back: false } => {
                format!("名片 #{handle} 保持现在的样子，以后不再更新，对方不会知道。")
            }
            Self::Dropped { handle } => {
                format!("名片 #{handle} 已删除。一天之内想恢复，请发送：撤销")
            }
            Self::Gone { handle } => format!("名片 #{handle} 已彻底删除。"),
            Self::NoOwnCard { handle } => format!(
                "你还没有名片。请发送：名片 姓名 你的名字。然后发送：同意 {handle}。只收下对方的名片、\
                 不给自己的，请发送：保存 {handle}"
            ),
            Self::NoSuchOwnCard { handle, name } => format!(
                "你没有名为“{name}”的名片。查看自己的名片，请发送：名片。给出第一张名片，请发送：同意 {handle}"
            ),
            Self::Over { handle } => {
                format!("名片 #{handle} 已不能收下：已过期，或对方已收回。")
            }
            Self::Full { handle } => {
                format!("你的名片数量已达上限。请先用“丢弃”加编号删除一张，然后发送：保存 {handle}")
            }
            Self::NoParts { handle } => {
                format!("#{handle} 不是名片，不能只保存一部分。请发送：保存 {handle}")
            }
            Self::IsTaken { to, since } => format!("{to}：已收下，{}", minute(since)),
            Self::NoAnswerYet { to, since } => {
                format!("{to}：已送达，{}，还没有答复", minute(since))
            }
        }
    }
}
