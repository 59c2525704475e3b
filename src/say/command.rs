//! What people are told about commands, in English and Chinese.

use crate::domain::{clock::Millis, lang::Lang, progress::Progress};

/// A sentence. What goes into it is already one line and clean.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told<'a> {
    /// Quiet hours are set, and nobody knows by which clock.
    NoZone,
    /// The client has told an offset, which is all that is known of their time zone.
    FixedZone,
    /// Heads the list of commands.
    Commands,
    /// Ends the list of commands.
    MoreHelp,
    /// A word that looks like a command.
    DidYouMean {
        /// What was written.
        given: &'a str,
        /// The nearest command.
        word: &'a str,
    },
    /// A command whose words could not be read.
    Usage {
        /// How it is written.
        usage: &'a str,
    },
    /// Asks for a field in a dialogue.
    Asks {
        /// The field's label.
        label: &'a str,
        /// What to give.
        hint: &'a str,
    },
    /// Ends a question in a dialogue.
    CancelEnds,
    /// What may be left out.
    NoLeavesOut,
    /// Something has come since a dialogue asked, and what is said may be meant for that.
    CameSince,
    /// Answers `cancel`.
    Cancelled,
    /// Which of several? The answer is a number.
    ByNumber,
    /// Answers `share`.
    Shared {
        /// The sender's number.
        handle: i64,
        /// What it is.
        what: &'a str,
        /// To whom.
        to: &'a str,
        /// The code.
        code: &'a str,
        /// The page.
        url: &'a str,
    },
    /// The sign of several currencies.
    WhichCurrency {
        /// `$`
        sign: &'a str,
    },
    /// An amount with two readings.
    WhichAmount {
        /// `1,234`
        amount: &'a str,
    },
    /// What was asked for could not be taken.
    NotTaken {
        /// Why, in their language.
        why: &'a str,
    },
    /// No share of this code.
    NoSuchThing,
    /// Nothing of this number.
    NoSuchNumber {
        /// The number.
        handle: i64,
    },
    /// They did not send it themselves.
    NotYours {
        /// The number.
        handle: i64,
    },
    /// Nobody of this name.
    NoSuchPerson {
        /// The name.
        name: &'a str,
    },
    /// Several of this name.
    WhoIsMeant {
        /// The name.
        name: &'a str,
    },
    /// The address is none of a picture.
    NoPicture,
    /// Answers a picture.
    GotPicture,
    /// Answers a recording.
    GotRecording,
    /// There is no room for what was filled in, or for one more dialogue.
    FormTooLarge {
        /// The most that one may hold.
        max_kib: usize,
    },
    /// Answers either in the middle of a dialogue.
    GotFile,
    /// A recording is not taken.
    NoRecording {
        /// Why it is not taken.
        why: &'a str,
    },
    /// Nothing was sent or received.
    NothingYet,
    /// The list is shorter.
    NoSuchPage,
    /// The list is longer.
    NextPage {
        /// The command.
        word: &'a str,
        /// The page.
        page: i64,
    },
    /// Nothing has these words in it.
    NothingFound {
        /// The words.
        words: &'a str,
    },
    /// Stands for what was taken back.
    WasRevoked,
    /// Answers `revoke`.
    Revoked {
        /// The sender's number.
        handle: i64,
        /// What it was.
        what: &'a str,
    },
    /// Answers `save`.
    Saved {
        /// Their number for it.
        handle: i64,
        /// What it is.
        what: &'a str,
        /// Both links without their endings.
        url: &'a str,
    },
    /// Answers `export`.
    Exported {
        /// Both links without their endings.
        url: &'a str,
    },
    /// Nothing can be saved: its sender has taken it back.
    NothingToSave {
        /// Their number for it.
        handle: i64,
    },
    /// Behind a thing in a list: who sent it.
    From {
        /// `Juliet (juliet@capulet.lit)`
        who: &'a str,
    },
    /// Behind a thing in a list: to whom it went.
    To {
        /// One of them.
        who: &'a str,
        /// How many others.
        more: i64,
    },
    /// How far it has come to somebody.
    Stands {
        /// To whom.
        to: &'a str,
        /// How far.
        progress: Progress,
        /// Since when.
        since: Millis,
    },
    /// Stands for people for whom there is no room.
    AndMorePeople(usize),
    /// Something and its value.
    Pair {
        /// What the value is called.
        label: &'a str,
        /// The value.
        value: &'a str,
    },
    /// A label.
    Brand,
    /// A label.
    Category,
    /// A label.
    Colour,
    /// A label.
    Origin,
    /// A label.
    Gtin,
    /// A label.
    Rating,
    /// A label.
    Sold,
}

impl Told<'_> {
    /// The sentence in `lang`.
    #[must_use]
    pub fn in_lang(&self, lang: Lang) -> String {
        match lang {
            Lang::En => self.en(),
            Lang::Zh => self.zh(),
        }
    }

    fn en(&self) -> String {
        match self {
            Self::NoZone => "Your quiet hours do not hold yet, for your program does not tell your time zone. Send for example: settings zone Europe/Rome".to_owned(),
            Self::FixedZone => "Such a time zone knows no summer time. So that your quiet hours follow it, send for example: settings zone Europe/Rome".to_owned(),
            Self::Commands => "I bring you what your contacts share. You can write:".to_owned(),
            Self::MoreHelp => "To know more about one of them: help WORD".to_owned(),
            Self::DidYouMean { given, word } => {
                format!("I do not know “{given}”. Did you mean: {word}\nFor everything, send: help")
            }
            Self::Usage { usage } => format!("Write it like this: {usage}"),
            Self::Asks { label, hint } => format!("{label}: {hint}"),
            Self::CancelEnds => "(cancel ends this)".to_owned(),
            Self::NoLeavesOut => "(no leaves it out, cancel ends this)".to_owned(),
            Self::CameSince => "Something else has come since I asked this. If you meant this one, \
                                send it again; if not, reply to the other message."
                .to_owned(),
            Self::Cancelled => "Cancelled. Nothing was done.".to_owned(),
            Self::ByNumber => "Answer with a number.".to_owned(),
            Self::Shared { handle, what, to, code, url } => {
                format!("Sent #{handle} {what} to {to}. Its code is {code}.\n{url}")
            }
            Self::WhichCurrency { sign } => format!(
                "“{sign}” is the sign of several currencies. Write its code, for example USD, CNY or JPY."
            ),
            Self::WhichAmount { amount } => {
                format!("“{amount}” can be read in two ways. Write it with a point, like 24.90")
            }
            Self::NotTaken { why } => format!("Not sent: {why}."),
            Self::NoSuchThing => {
                "There is no share with this code; it may have expired or been taken back.".to_owned()
            }
            Self::NoSuchNumber { handle } => {
                format!("You have nothing with the number {handle}. To see what you have, send: list")
            }
            Self::NotYours { handle } => {
                format!("#{handle} was sent to you. Only its sender can ask that.")
            }
            Self::NoSuchPerson { name } => format!(
                "I know nobody called “{name}” in your address book or among those you share with. Write the address, like romeo@example.org"
            ),
            Self::WhoIsMeant { name } => format!("Who is meant by “{name}”?"),
            Self::NoPicture => {
                "That is no address of a picture. It has to end in .jpg, .png, .gif or .webp".to_owned()
            }
            Self::GotPicture => "Got the picture. Now: share NAME PRICE to WHOM".to_owned(),
            Self::GotRecording => "Got the recording. Now: share NAME PRICE to WHOM".to_owned(),
            Self::FormTooLarge { max_kib } => format!(
                "There is no room for this: {max_kib} KiB are the most at a time. Give less, or begin again in some minutes."
            ),
            Self::GotFile => "Got it.".to_owned(),
            Self::NoRecording { why } => format!("I cannot pass this recording on: {why}."),
            Self::NothingYet => {
                "You have sent nothing and were sent nothing yet. To show somebody something, send: share".to_owned()
            }
            Self::NoSuchPage => "The list is not that long.".to_owned(),
            Self::NextPage { word, page } => format!("For more, send: {word} {page}"),
            Self::NothingFound { words } => format!("Nothing with “{words}” in it."),
            Self::WasRevoked => "(taken back)".to_owned(),
            Self::Revoked { handle, what } => format!("Taken back: #{handle} {what}"),
            Self::Saved { handle, what, url } => {
                format!("Saved: #{handle} {what}.\n{url}.html\n{url}.json\nThe links work for 7 days.")
            }
            Self::Exported { url } => format!(
                "Everything of yours, as data and as a card:\n{url}.json\n{url}.vcf\nThe links \
                 work for 7 days. Whoever has them can read it."
            ),
            Self::NothingToSave { handle } => {
                format!("#{handle} was taken back by its sender. There is nothing left to save.")
            }
            Self::From { who } => format!(" – from {who}"),
            Self::To { who, more: 0 } => format!(" – to {who}"),
            Self::To { who, more } => format!(" – to {who} and {more} more"),
            Self::Stands { to, progress, since } => {
                let progress = match progress {
                    Progress::Accepted => "on its way",
                    Progress::Delivered => "delivered",
                    Progress::Answered => "answered",
                    Progress::Failed => "cannot be sent",
                    Progress::Expired => "expired",
                    Progress::Cancelled => "taken back in time",
                };
                format!("{to}: {progress}, {}", minute(*since))
            }
            Self::AndMorePeople(n) => format!("and {n} more"),
            Self::Pair { label, value } => format!("{label}: {value}"),
            Self::Brand => "Brand".to_owned(),
            Self::Category => "Category".to_owned(),
            Self::Colour => "Colour".to_owned(),
            Self::Origin => "Origin".to_owned(),
            Self::Gtin => "GTIN".to_owned(),
            Self::Rating => "Rating".to_owned(),
            Self::Sold => "Sold".to_owned(),
        }
    }

    fn zh(&self) -> String {
        match self {
            Self::NoZone => "免打扰时段还没有生效，因为你的程序没有告诉我时区。请发送，例如：设置 时区 Asia/Shanghai".to_owned(),
            Self::FixedZone => "这样的时区不会随夏令时调整。如需调整，请发送，例如：设置 时区 Europe/Rome".to_owned(),
            Self::Commands => "我把联系人分享的商品带给你。你可以发送：".to_owned(),
            Self::MoreHelp => "想进一步了解某个命令，请发送：帮助 命令".to_owned(),
            Self::DidYouMean { given, word } => {
                format!("我不认识“{given}”。你是想发送：{word} 吗？\n查看全部命令，请发送：帮助")
            }
            Self::Usage { usage } => format!("请这样写：{usage}"),
            Self::Asks { label, hint } => format!("{label}：{hint}"),
            Self::CancelEnds => "（发送“取消”可以结束）".to_owned(),
            Self::NoLeavesOut => "（发送“不”可以跳过，发送“取消”可以结束）".to_owned(),
            Self::CameSince => "在我问这个之后又来了别的消息。如果是回答这个，请再发一次；\
                                如果不是，请直接回复那条消息。"
                .to_owned(),
            Self::Cancelled => "已取消，什么也没有做。".to_owned(),
            Self::ByNumber => "请回复数字。".to_owned(),
            Self::Shared { handle, what, to, code, url } => {
                format!("已把 #{handle} {what} 发给 {to}。代码是 {code}。\n{url}")
            }
            Self::WhichCurrency { sign } => {
                format!("“{sign}”可以是几种货币。请写货币代码，例如 USD、CNY 或 JPY。")
            }
            Self::WhichAmount { amount } => {
                format!("“{amount}”可以有两种读法。请用小数点书写，例如 24.90")
            }
            Self::NotTaken { why } => format!("没有发出：{why}。"),
            Self::NoSuchThing => "没有这个代码的分享；它可能已过期或被收回。".to_owned(),
            Self::NoSuchNumber { handle } => {
                format!("你没有编号为 {handle} 的内容。要看你有什么，请发送：列表")
            }
            Self::NotYours { handle } => {
                format!("#{handle} 是别人发给你的，只有发送者可以这样做。")
            }
            Self::NoSuchPerson { name } => {
                format!("通讯录和最近与你往来的人里没有叫“{name}”的。请写地址，例如 romeo@example.org")
            }
            Self::WhoIsMeant { name } => format!("“{name}”是指哪一位？"),
            Self::NoPicture => "这不是图片的网址。它须以 .jpg、.png、.gif 或 .webp 结尾".to_owned(),
            Self::GotPicture => "收到图片了。接下来请发送：分享 名称 价格 给 谁".to_owned(),
            Self::GotRecording => "收到录音了。接下来请发送：分享 名称 价格 给 谁".to_owned(),
            Self::FormTooLarge { max_kib } => {
                format!("放不下了：每次最多 {max_kib} KiB。请少填一些，或者过几分钟再试。")
            }
            Self::GotFile => "收到了。".to_owned(),
            Self::NoRecording { why } => format!("这段录音无法转发：{why}"),
            Self::NothingYet => {
                "你还没有发出或收到任何商品。要给别人看商品，请发送：分享".to_owned()
            }
            Self::NoSuchPage => "列表没有那么长。".to_owned(),
            Self::NextPage { word, page } => format!("要看更多，请发送：{word} {page}"),
            Self::NothingFound { words } => format!("没有找到含有“{words}”的内容。"),
            Self::WasRevoked => "（已收回）".to_owned(),
            Self::Revoked { handle, what } => format!("已收回：#{handle} {what}"),
            Self::Saved { handle, what, url } => {
                format!("已保存：#{handle} {what}。\n{url}.html\n{url}.json\n链接 7 天内有效。")
            }
            Self::Exported { url } => format!(
                "你的全部内容，数据和名片：\n{url}.json\n{url}.vcf\n链接 7 天内有效，知道链接的人都能读取。"
            ),
            Self::NothingToSave { handle } => {
                format!("#{handle} 已被分享者收回，没有可保存的内容。")
            }
            Self::From { who } => format!("——来自 {who}"),
            Self::To { who, more: 0 } => format!("——发给 {who}"),
            Self::To { who, more } => format!("——发给 {who} 等 {} 人", more + 1),
            Self::Stands { to, progress, since } => {
                let progress = match progress {
                    Progress::Accepted => "在路上",
                    Progress::Delivered => "已送达",
                    Progress::Answered => "已回复",
                    Progress::Failed => "无法发送",
                    Progress::Expired => "已过期",
                    Progress::Cancelled => "已及时收回",
                };
                format!("{to}：{progress}，{}", minute(*since))
            }
            Self::AndMorePeople(n) => format!("以及另外 {n} 人"),
            Self::Pair { label, value } => format!("{label}：{value}"),
            Self::Brand => "品牌".to_owned(),
            Self::Category => "类别".to_owned(),
            Self::Colour => "颜色".to_owned(),
            Self::Origin => "产地".to_owned(),
            Self::Gtin => "商品条码".to_owned(),
            Self::Rating => "评分".to_owned(),
            Self::Sold => "在售".to_owned(),
        }
    }
}

/// `2026-11-20 09:58 UTC`
pub(crate) fn minute(at: Millis) -> String {
    let stamp = at.to_string();
    let (date, time) = stamp.split_once('T').unwrap_or((&stamp, ""));
    format!("{date} {} UTC", time.get(..5).unwrap_or_default())
}
