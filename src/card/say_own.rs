//! One's own business cards as people see and hear of them, in English and Chinese.

use super::{own::follow::News, say_lines};
use crate::{
    domain::{
        card::{BYTES_MAX, BadCard, Card, Change, PROPERTIES_MAX, Part, Value},
        lang::Lang,
        text::{marked, one_line, shorten},
    },
    say::{card_part, voice::who},
};

/// The most changes that are told one by one.
const CHANGES: usize = 6;
/// The most characters of a value that has changed.
const CHANGED: usize = 80;

/// A sentence. What goes into it is already one line and clean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OwnCard<'a> {
    /// The owner has no card at all.
    None,
    /// The owner has no card of this name.
    NoSuch {
        /// What the owner calls it.
        name: &'a str,
    },
    /// A card cannot be called so.
    BadName {
        /// What was given.
        given: &'a str,
    },
    /// Heads the first card.
    First,
    /// Heads another.
    Other {
        /// What the owner calls it.
        name: &'a str,
    },
    /// What the owner has besides.
    Others {
        /// What the owner calls them, with commas.
        names: &'a str,
    },
    /// Which fields others get.
    Given {
        /// Their labels, with commas.
        fields: &'a str,
    },
    /// What it looks like.
    Template {
        /// Its name.
        name: &'a str,
    },
    /// More is on it than is shown.
    NotAll,
    /// It is gone.
    Deleted,
    /// A card needs a name.
    NoName,
    /// This is no chat address.
    NoChat {
        /// What was given.
        given: &'a str,
    },
    /// This is no address of a page or picture.
    NoLink {
        /// What was given.
        given: &'a str,
    },
    /// This is no date.
    NoDate {
        /// What was given.
        given: &'a str,
    },
    /// There is no such template.
    NoTemplate {
        /// What was given.
        given: &'a str,
        /// Which there are, with commas.
        names: &'a str,
    },
    /// The owner has as many as one may have.
    TooMany {
        /// How many.
        max: usize,
    },
    /// It would be too large.
    TooLarge,
    /// The owner's address book is full.
    Full {
        /// How many cards it holds.
        max: i64,
    },
    /// Asks for a picture.
    SendPicture,
    /// The operator has us fetch nothing, so a file cannot be read.
    NoFiles,
    /// The same for a picture.
    NoPictures,
    /// The owner has had too much fetched of late.
    TooOften,
    /// A file did not come.
    NotFetched,
    /// A picture did not come, or is none.
    NoPicture,
    /// The owner's account has no card that we can see.
    NothingToImport,
    /// It is no card, or one that is not taken.
    Bad(BadCard),
    /// Asks what is to become of a card that came.
    WhoseIsIt {
        /// The name on it.
        name: &'a str,
    },
    /// It becomes the account's own card.
    Mine,
    /// The same, where the account has one.
    MineInstead,
    /// It goes into the account's address book.
    Contact,
    /// It went there.
    Collected {
        /// The account's number for it.
        handle: i64,
        /// The name on it.
        name: &'a str,
    },
}

impl OwnCard<'_> {
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
            Self::None => "You have no business card yet. Make one: card name Juliet Capulet. Or \
                           take the one of your account: card import. Or send me a .vcf file."
                .to_owned(),
            Self::NoSuch { name } => format!(
                "You have no card called {name}. Make it: card {name} name Juliet Capulet. To see \
                 yours, send: card"
            ),
            Self::BadName { given } => format!(
                "A card cannot be called “{given}”. Take one word of at most 40 letters and \
                 digits, like work"
            ),
            Self::First => "Your card:".to_owned(),
            Self::Other { name } => format!("Your card {name}:"),
            Self::Others { names } => format!("Your other cards: {names}"),
            Self::Given { fields } => format!("Others get: {fields}"),
            Self::Template { name } => format!("Template: {name}"),
            Self::NotAll => "This is not all of it. To get all, send: export".to_owned(),
            Self::Deleted => {
                "The card is deleted. Whoever you gave it to keeps what they have.".to_owned()
            }
            Self::NoName => "A card needs a name: card name Juliet Capulet".to_owned(),
            Self::NoChat { given } => {
                format!("“{given}” is no chat address. Write it like juliet@example.org")
            }
            Self::NoLink { given } => {
                format!("“{given}” is no address of the web. Write it like https://example.org")
            }
            Self::NoDate { given } => {
                format!("“{given}” is no day. Write it like 1990-05-31, or --05-31 without a year")
            }
            Self::NoTemplate { given, names } => {
                format!("There is no template “{given}”. There are: {names}")
            }
            Self::TooMany { max } => format!(
                "You have {max} cards, and more one may not have. Delete one first: card NAME \
                 delete"
            ),
            Self::TooLarge => format!(
                "The card would have more than {} KiB. Leave something out.",
                BYTES_MAX / 1024
            ),
            Self::Full { max } => format!(
                "Your address book has {max} cards, and more it cannot hold. Drop some first: \
                 drop NUMBER"
            ),
            Self::SendPicture => "Send me the picture now.".to_owned(),
            Self::NoFiles => "This service fetches no files, so I cannot read it. Write your card \
                              to me instead: card name Juliet Capulet. Or take the one of your \
                              account: card import"
                .to_owned(),
            Self::NoPictures => "This service fetches no files, so I cannot take your picture. \
                                 Give me its address: card picture https://example.org/me.jpg"
                .to_owned(),
            Self::TooOften => {
                "I have fetched a lot for you within the hour. Try again later.".to_owned()
            }
            Self::NotFetched => {
                "I could not get the file, or it is no .vcf file of at most 64 KiB. \
                                 Send it again, or write your card to me: card name Juliet Capulet"
                    .to_owned()
            }
            Self::NoPicture => {
                "I could not get the picture, or it is none that I can read. Send a \
                                JPEG or PNG, and then: card picture"
                    .to_owned()
            }
            Self::NothingToImport => "Your account shows me no card. Write it to me: card name \
                                      Juliet Capulet. Or send me a .vcf file."
                .to_owned(),
            Self::Bad(bad) => format!("I cannot take this card: {bad}."),
            Self::WhoseIsIt { name } => format!(
                "The card of {name}. Is this your own card, or shall I put it into your address \
                 book?"
            ),
            Self::Mine => "It is my own card".to_owned(),
            Self::MineInstead => "It is my own card, in place of the one I have here".to_owned(),
            Self::Contact => "Put it into my address book".to_owned(),
            Self::Collected { handle, name } => {
                format!("The card of {name} is in your address book (#{handle}).")
            }
        }
    }

    fn zh(self) -> String {
        match self {
            Self::None => {
                "你还没有名片。新建请发送：名片 姓名 张三。读取你账号里的名片请发送：导入名片。\
                           也可以直接发给我一个 .vcf 文件。"
                    .to_owned()
            }
            Self::NoSuch { name } => format!(
                "你没有叫“{name}”的名片。新建请发送：名片 {name} 姓名 张三。查看你的名片请发送：名片"
            ),
            Self::BadName { given } => {
                format!("名片不能叫“{given}”。请用一个词，最多 40 个字，例如“工作”")
            }
            Self::First => "你的名片：".to_owned(),
            Self::Other { name } => format!("你的名片“{name}”："),
            Self::Others { names } => format!("你的其他名片：{names}"),
            Self::Given { fields } => format!("别人能得到：{fields}"),
            Self::Template { name } => format!("模板：{name}"),
            Self::NotAll => "这里没有显示全部。要取得全部内容，请发送：导出".to_owned(),
            Self::Deleted => "名片已删除。得到过它的人会保留他们手里的内容。".to_owned(),
            Self::NoName => "名片要有姓名：名片 姓名 张三".to_owned(),
            Self::NoChat { given } => {
                format!("“{given}”不是聊天地址。请写成 zhang@example.org 的样子")
            }
            Self::NoLink { given } => {
                format!("“{given}”不是网址。请写成 https://example.org 的样子")
            }
            Self::NoDate { given } => {
                format!("“{given}”不是日期。请写成 1990-05-31，不写年份就写 --05-31")
            }
            Self::NoTemplate { given, names } => {
                format!("没有叫“{given}”的模板。现有的模板：{names}")
            }
            Self::TooMany { max } => {
                format!("你已有 {max} 张名片，不能再多了。请先删除一张：名片 名称 删除")
            }
            Self::TooLarge => {
                format!("名片会超过 {} KiB。请去掉一些内容。", BYTES_MAX / 1024)
            }
            Self::Full { max } => {
                format!("你的通讯录已有 {max} 张名片，放不下了。请先删除一些：删除 编号")
            }
            Self::SendPicture => "请现在把照片发给我。".to_owned(),
            Self::NoFiles => "本服务不下载文件，所以我读不了它。请把名片写给我：名片 姓名 张三。\
                              或读取你账号里的名片：导入名片"
                .to_owned(),
            Self::NoPictures => "本服务不下载文件，所以我取不到你的照片。请给我照片的网址：\
                                 名片 照片 https://example.org/me.jpg"
                .to_owned(),
            Self::TooOften => "一小时内我已为你下载了很多内容。请稍后再试。".to_owned(),
            Self::NotFetched => "我没有取到文件，或者它不是 64 KiB 以内的 .vcf 文件。请再发一次，\
                                 或把名片写给我：名片 姓名 张三"
                .to_owned(),
            Self::NoPicture => "我没有取到照片，或者读不懂它。请发送 JPEG 或 PNG 图片，然后发送：\
                                名片 照片"
                .to_owned(),
            Self::NothingToImport => "我看不到你账号里的名片。请把它写给我：名片 姓名 张三。\
                                      也可以发给我一个 .vcf 文件。"
                .to_owned(),
            Self::Bad(bad) => format!("这张名片我不能收：{}。", bad_zh(bad)),
            Self::WhoseIsIt { name } => {
                format!("这是{name}的名片。它是你自己的名片，还是要放进你的通讯录？")
            }
            Self::Mine => "是我自己的名片".to_owned(),
            Self::MineInstead => "是我自己的名片，换掉这里原有的那张".to_owned(),
            Self::Contact => "放进我的通讯录".to_owned(),
            Self::Collected { handle, name } => {
                format!("{name}的名片已放进你的通讯录（#{handle}）。")
            }
        }
    }
}

fn bad_zh(bad: BadCard) -> String {
    match bad {
        BadCard::NotACard => "它不是 vCard：开头应是 BEGIN:VCARD，结尾应是 END:VCARD".to_owned(),
        BadCard::Several => "文件里有好几张名片，请一次发一张".to_owned(),
        BadCard::TooLarge => format!("名片最多 {BYTES_MAX} 字节"),
        BadCard::TooMany => format!("名片最多 {PROPERTIES_MAX} 项"),
        BadCard::NoName => "名片上没有姓名".to_owned(),
    }
}

/// What something is for: `work`; a word that is not known stays as it is.
#[must_use]
pub(in crate::card) fn kind(kind: &str, lang: Lang) -> &str {
    match (lang, kind) {
        (Lang::En, "cell") => "mobile",
        (Lang::Zh, "work") => "工作",
        (Lang::Zh, "home") => "家",
        (Lang::Zh, "cell") => "手机",
        (_, kind) => kind,
    }
}

/// A value as it is shown, without its scheme; a picture that is part of the card only as such.
#[must_use]
pub(in crate::card) fn value(value: &Value, lang: Lang) -> String {
    let text = value.text.as_str();
    if text.starts_with("data:") || text.starts_with("image/") {
        return match lang {
            Lang::En => "is there".to_owned(),
            Lang::Zh => "有".to_owned(),
        };
    }
    let bare = ["tel:", "xmpp:", "mailto:"].iter().find_map(|scheme| text.strip_prefix(scheme));
    bare.unwrap_or(text).to_owned()
}

/// A card, a line for each value; of a large one as much as a message holds, and how to get the
/// rest.
#[must_use]
pub(crate) fn lines(card: &Card, lang: Lang) -> Vec<String> {
    let name = shorten(card.name(), say_lines::VALUE);
    let (mut lines, mut is_cut) = say_lines::lines(card, |part, it| line(part, it, lang));
    is_cut |= name != card.name();
    lines.insert(0, name);
    lines.extend(is_cut.then(|| OwnCard::NotAll.in_lang(lang)));
    lines
}

fn line(part: Part, it: &Value, lang: Lang) -> String {
    let known = |kind: &&String| matches!(kind.as_str(), "work" | "home" | "cell");
    let kinds: Vec<&str> = it.kinds.iter().filter(known).map(|it| self::kind(it, lang)).collect();
    let (label, value) = (card_part::label(part).in_lang(lang), value(it, lang));
    match (lang, kinds.is_empty()) {
        (Lang::En, true) => format!("{label}: {value}"),
        (Lang::En, false) => format!("{label} ({}): {value}", kinds.join(", ")),
        (Lang::Zh, true) => format!("{label}：{value}"),
        (Lang::Zh, false) => format!("{label}（{}）：{value}", kinds.join("、")),
    }
}

/// Tells somebody what has changed in a card that they follow: at most six lines of it, what was
/// there before, and how to refuse.
#[must_use]
pub(crate) fn changed(news: &News<'_>) -> String {
    let News { lang, giver, nick, handle, changes } = *news;
    let who = who(nick, giver);
    let mut lines = vec![match lang {
        Lang::En => format!("{who} has changed the card that you have (#{handle}):"),
        Lang::Zh => format!("{who} 修改了你手里的名片（#{handle}）："),
    }];
    lines.extend(changes.iter().take(CHANGES).map(|it| change(it, lang)));
    // They are the giver's words, whatever they look like.
    let mut lines = vec![marked(&lines.join("\n"))];
    let more = changes.len().saturating_sub(CHANGES);
    lines.push(match (lang, more) {
        (_, 0) => String::new(),
        (Lang::En, more) => format!("and {more} more: card {handle}"),
        (Lang::Zh, more) => format!("另有 {more} 处：名片 {handle}"),
    });
    lines.retain(|line| !line.is_empty());
    lines.push(match lang {
        Lang::En => "To keep the old one, answer within a day: no".to_owned(),
        Lang::Zh => "想保留原来的，请在一天之内回复：拒绝".to_owned(),
    });
    lines.join("\n")
}

fn change(it: &Change, lang: Lang) -> String {
    let label = card_part::label(it.part).in_lang(lang);
    let shown = |text: &String| {
        let it = Value { text: text.clone(), kinds: Vec::new() };
        shorten(&one_line(&value(&it, lang)), CHANGED)
    };
    match (lang, it.old.as_ref().map(shown), it.new.as_ref().map(shown)) {
        (Lang::En, Some(old), Some(new)) => format!("{label}: {new} (was {old})"),
        (Lang::En, None, Some(new)) => format!("{label}: {new} (new)"),
        (Lang::En, Some(old), None) => format!("{label}: {old} is gone"),
        (Lang::Zh, Some(old), Some(new)) => format!("{label}：{new}（原为 {old}）"),
        (Lang::Zh, None, Some(new)) => format!("{label}：{new}（新增）"),
        (Lang::Zh, Some(old), None) => format!("{label}：{old} 已去掉"),
        (_, None, None) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{link::stream::MAX_BYTES, wire::xml::Writer};

    #[test]
    fn a_card_however_large_is_shown_in_one_message_that_says_how_to_get_all_of_it() {
        let large = [
            (Part::Note, vec!["&".repeat(60_000)]),
            (Part::Note, vec!["a note\n".repeat(8_000)]),
            (Part::Categories, (0..8_000).map(|n| format!("c{n}")).collect()),
            (Part::Phone, (0..480).map(|n| format!("+39045555{n:04}")).collect()),
            (Part::Name, vec!["朱".repeat(20_000)]),
        ];
        for lang in [Lang::En, Lang::Zh] {
            let mut all = Card::named("Juliet");
            for (part, values) in &large {
                let mut card = Card::named("Juliet");
                card.set(*part, values);
                all.set(*part, values);
                for card in [&card, &all] {
                    let lines = lines(card, lang);
                    let mut xml = Writer::new();
                    xml.leaf("body", &lines.join("\n"));
                    assert!(xml.len() < MAX_BYTES / 2, "{part:?}: {}", xml.len());
                }
                let last = lines(&card, lang).pop().unwrap();
                let word = if lang == Lang::En { "export" } else { "导出" };
                assert!(last.ends_with(word), "{part:?}: {last}");
            }
        }
        let mut small = Card::named("Juliet Capulet");
        small.set(Part::Phone, &["+390455550100".to_owned(), "+390455550199".to_owned()]);
        let lines = lines(&small, Lang::En);
        assert_eq!(lines, ["Juliet Capulet", "Phone: +390455550100", "Phone: +390455550199"]);
    }
}
