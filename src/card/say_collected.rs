//! What people are told about the cards that they have collected, in English and Chinese.

use super::say_lines;
use crate::{
    domain::{
        card::{Card, Part, Value},
        clock::Millis,
        lang::Lang,
    },
    say::{
        card_part,
        command::{Told, minute},
    },
};

/// A sentence. What goes into it is already one line and clean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Collected<'a> {
    /// Offers wait.
    Waiting(i64),
    /// There are no cards.
    Nothing,
    /// No card has these words in it.
    NotFound(&'a str),
    /// No card is in this category.
    NoCategory(&'a str),
    /// No card is in any.
    NoCategories,
    /// Nothing of this number.
    NoSuch(i64),
    /// More were found than are shown.
    MoreFound,
    /// Heads the categories.
    Categories(&'a str),
    /// Who gave a card.
    Giver {
        /// An address.
        who: &'a str,
        /// Whether it is the card of a third person.
        third: bool,
    },
    /// It follows the changes of its giver's card.
    Follows,
    /// When it was changed last.
    Since(Millis),
    /// There are no two cards of one person.
    NothingSame,
    /// Heads cards that may be of one person.
    Same,
    /// Two or more of them.
    SameCards {
        /// `#7 Juliet, #9 Julia`
        cards: &'a str,
        /// What they have in common.
        keys: &'a str,
        /// What to write: the first two numbers.
        merge: (i64, i64),
    },
    /// A part was changed.
    Edited {
        /// The number.
        handle: i64,
        /// The part.
        part: &'a str,
        /// What is there now.
        value: &'a str,
    },
    /// A part was removed.
    Removed {
        /// The number.
        handle: i64,
        /// The part.
        part: &'a str,
    },
    /// What was given cannot be a value of this part.
    NoValue(&'a str),
    /// This part cannot be typed.
    NotTyped(&'a str),
    /// Two cards are one.
    Merged {
        /// The one that stays.
        handle: i64,
        /// The other.
        other: i64,
    },
    /// The same number twice.
    OneCard(i64),
    /// A change was undone.
    ChangeUndone(i64),
    /// A deletion was undone.
    DeletionUndone(i64),
    /// A merger was undone.
    MergeUndone(i64, i64),
    /// Nothing can be undone.
    NothingToUndo,
    /// The account has as many as there can be.
    Full(i64),
    /// What would come of it is no card.
    NoCard,
    /// It would be too large.
    TooLarge,
    /// More is on a card than is shown.
    NotAll,
    /// Links to files.
    Exported(&'a str),
    /// A link to the page.
    Link(&'a str),
}

impl Collected<'_> {
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
            Self::Waiting(1) => "1 new card waits for you: pending".to_owned(),
            Self::Waiting(n) => format!("{n} new cards wait for you: pending"),
            Self::Nothing => {
                "You have no cards yet. When you are offered one, save and its number keeps it."
                    .to_owned()
            }
            Self::NotFound(words) => format!("No card of yours has “{words}” in it."),
            Self::NoCategory(name) => {
                format!("No card of yours is in “{name}”. To put one there: edit 7 category {name}")
            }
            Self::NoCategories => {
                "No card of yours is in a category. To put one there: edit 7 category friends"
                    .to_owned()
            }
            Self::NoSuch(handle) => {
                format!("You have no card #{handle}. To see those you have, send: cards")
            }
            Self::MoreFound => {
                "There are more. Add a word, or see all in a browser: cards link".to_owned()
            }
            Self::Categories(all) => format!("Categories: {all}"),
            Self::Giver { who, third: false } => format!("From {who}"),
            Self::Giver { who, third: true } => format!("Passed on by {who}"),
            Self::Follows => "Follows the changes of its owner.".to_owned(),
            Self::Since(at) => format!("Kept as it is since {}", minute(at)),
            Self::NothingSame => {
                "No two of your cards have a number, a mail address or a chat address in common."
                    .to_owned()
            }
            Self::Same => "These may be of one person:".to_owned(),
            Self::SameCards { cards, keys, merge: (one, other) } => {
                format!("{cards} – {keys}. To make one of them: merge {one} {other}")
            }
            Self::Edited { handle, part, value } => {
                format!("#{handle} {part}: {value}. To have it as before: undo")
            }
            Self::Removed { handle, part } => {
                format!("#{handle} has no {part} any more. To have it as before: undo")
            }
            Self::NoValue(part) => format!(
                "{part}: this is none. Addresses on the web begin with https, those of chats with \
                 xmpp, and a day is like 1990-12-31. Nothing was changed."
            ),
            Self::NotTyped(part) => {
                format!("{part} cannot be typed. It comes with a card, and goes with “-”.")
            }
            Self::Merged { handle, other } => {
                format!("#{other} is now part of #{handle}. To have both again: undo")
            }
            Self::OneCard(handle) => format!("#{handle} is one card. Name two of them."),
            Self::ChangeUndone(handle) => format!("#{handle} is as it was before."),
            Self::DeletionUndone(handle) => format!("#{handle} is back."),
            Self::MergeUndone(one, other) => format!("#{one} and #{other} are two cards again."),
            Self::NothingToUndo => {
                "There is nothing to undo. Changes and deletions of cards can be undone for a day."
                    .to_owned()
            }
            Self::Full(most) => {
                format!("You have {most} cards, and more cannot be kept. Delete some first: drop 7")
            }
            Self::NoCard => "A card has to have a name. Nothing was changed.".to_owned(),
            Self::TooLarge => {
                "The card would be too large: at most 64 KiB and 500 entries. Nothing was changed."
                    .to_owned()
            }
            Self::NotAll => {
                "This is not all of it. To get all, send: cards export, and the number".to_owned()
            }
            Self::Exported(url) => format!(
                "Your cards, for a week and for whoever has these links:\n\
                 {url}.vcf for telephones and address books\n\
                 {url}.csv for tables and for Google\n\
                 {url}.json for programs (jCard)"
            ),
            Self::Link(url) => format!(
                "Your cards in a browser: {url}\nThe link opens them once, within 10 minutes. \
                 Whoever has it can open them, so keep it to yourself."
            ),
        }
    }

    fn zh(self) -> String {
        match self {
            Self::Waiting(n) => format!("有 {n} 张新名片在等你，请发送：待收"),
            Self::Nothing => {
                "你还没有收藏名片。别人给你名片时，发送“保存”加编号即可收藏。".to_owned()
            }
            Self::NotFound(words) => format!("没有包含“{words}”的名片。"),
            Self::NoCategory(name) => {
                format!("“{name}”里没有名片。要放一张进去，请发送：编辑 7 分类 {name}")
            }
            Self::NoCategories => "还没有分类。要给名片分类，请发送：编辑 7 分类 朋友".to_owned(),
            Self::NoSuch(handle) => format!("没有名片 #{handle}。查看已收藏的名片，请发送：通讯录"),
            Self::MoreFound => {
                "还有更多。可以再加一个词，或在浏览器里查看全部：通讯录链接".to_owned()
            }
            Self::Categories(all) => format!("分类：{all}"),
            Self::Giver { who, third: false } => format!("来自 {who}"),
            Self::Giver { who, third: true } => format!("由 {who} 转交"),
            Self::Follows => "会随主人的修改自动更新。".to_owned(),
            Self::Since(at) => format!("最后修改：{}", minute(at)),
            Self::NothingSame => "没有号码、邮箱或聊天地址相同的名片。".to_owned(),
            Self::Same => "以下名片可能属于同一个人：".to_owned(),
            Self::SameCards { cards, keys, merge: (one, other) } => {
                format!("{cards} – {keys}。合并请发送：合并 {one} {other}")
            }
            Self::Edited { handle, part, value } => {
                format!("#{handle} {part}：{value}。要恢复原样，请发送：撤销")
            }
            Self::Removed { handle, part } => {
                format!("#{handle} 的{part}已删除。要恢复原样，请发送：撤销")
            }
            Self::NoValue(part) => format!(
                "{part}的内容不对。网址以 https 开头，聊天地址以 xmpp 开头，日期写成 1990-12-31。没有修改。"
            ),
            Self::NotTyped(part) => {
                format!("{part}不能手工输入，只能随名片而来；发送“-”可以删除。")
            }
            Self::Merged { handle, other } => {
                format!("#{other} 已并入 #{handle}。要恢复成两张，请发送：撤销")
            }
            Self::OneCard(handle) => format!("#{handle} 是同一张名片，请写两个不同的编号。"),
            Self::ChangeUndone(handle) => format!("#{handle} 已恢复原样。"),
            Self::DeletionUndone(handle) => format!("#{handle} 已找回。"),
            Self::MergeUndone(one, other) => format!("#{one} 和 #{other} 又是两张名片了。"),
            Self::NothingToUndo => {
                "没有可以撤销的操作。名片的修改和删除在一天之内可以撤销。".to_owned()
            }
            Self::Full(most) => {
                format!("你已有 {most} 张名片，不能再收了。请先删除一些，例如：丢弃 7")
            }
            Self::NoCard => "名片必须有姓名，没有修改。".to_owned(),
            Self::TooLarge => "名片太大：最多 64 KiB、500 项。没有修改。".to_owned(),
            Self::NotAll => "这里没有显示全部。要取得全部内容，请发送“导出名片”加编号".to_owned(),
            Self::Exported(url) => format!(
                "你的名片，链接一周内有效，有链接的人都能下载：\n\
                 {url}.vcf 给手机和通讯录\n\
                 {url}.csv 给表格和谷歌通讯录\n\
                 {url}.json 给程序（jCard）"
            ),
            Self::Link(url) => format!(
                "在浏览器里查看名片：{url}\n链接只能打开一次，10 分钟内有效。\
                 有链接的人都能打开，请不要给别人。"
            ),
        }
    }
}

/// `#7 Juliet Capulet, Capulet Silver`
#[must_use]
pub(crate) fn head(handle: i64, name: &str, organisation: &str, lang: Lang) -> String {
    let comma = match lang {
        Lang::En => ", ",
        Lang::Zh => "，",
    };
    if organisation.is_empty() {
        format!("#{handle} {name}")
    } else {
        format!("#{handle} {name}{comma}{organisation}")
    }
}

/// What is on a card but its name, a line for each value; of a large one as much as a message
/// holds, and how to get the rest.
#[must_use]
pub(crate) fn details(card: &Card, lang: Lang) -> Vec<String> {
    let line = |part, value: &Value| {
        let label = card_part::label(part).in_lang(lang);
        Told::Pair { label, value: &shown(part, value) }.in_lang(lang)
    };
    let (mut lines, is_cut) = say_lines::lines(card, line);
    lines.extend(is_cut.then(|| Collected::NotAll.in_lang(lang)));
    lines
}

/// A value as it stands in a line; of a picture, that there is one.
fn shown(part: Part, value: &Value) -> String {
    if matches!(part, Part::Picture | Part::Logo) && !value.text.starts_with("https://") {
        return "✓".to_owned();
    }
    let text = value.text.clone();
    let kinds: Vec<&str> = value.kinds.iter().map(String::as_str).collect();
    if kinds.is_empty() { text } else { format!("{text} ({})", kinds.join(", ")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_however_large_is_shown_in_one_message() {
        let mut card = Card::named("Juliet");
        for part in Part::ALL.into_iter().filter(|part| *part != Part::Name) {
            card.set(part, &vec!["&".repeat(400); 10]);
        }
        let mut xml = crate::wire::xml::Writer::new();
        xml.leaf("body", &details(&card, Lang::En).join("\n"));
        assert!(xml.len() < crate::link::stream::MAX_BYTES, "{}", xml.len());
    }

    #[test]
    fn a_card_is_shown_without_the_bytes_of_its_picture() {
        let mut card = Card::named("Juliet");
        card.set(Part::Picture, &["data:image/png;base64,AAAA".to_owned()]);
        card.set(Part::Phone, &["+390455550100".to_owned()]);
        let lines = details(&card, Lang::En);
        assert!(lines.iter().any(|line| line.contains("+390455550100")), "{lines:?}");
        assert!(lines.iter().all(|line| !line.contains("AAAA")), "{lines:?}");
        assert_eq!(head(7, "Juliet", "", Lang::Zh), "#7 Juliet");
    }
}
