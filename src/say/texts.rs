//! The sentences that all share, once in each language.

use crate::domain::lang::Lang;

/// A sentence without parts that vary, in both languages: what tables hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Both {
    /// English.
    pub en: &'static str,
    /// Chinese.
    pub zh: &'static str,
}

/// The two halves of a [`Both`].
#[must_use]
pub const fn both(en: &'static str, zh: &'static str) -> Both {
    Both { en, zh }
}

impl Both {
    /// The one in `lang`.
    #[must_use]
    pub const fn in_lang(self, lang: Lang) -> &'static str {
        match lang {
            Lang::En => self.en,
            Lang::Zh => self.zh,
        }
    }
}

/// A form: no such action.
pub const NO_ACTION: Both = both(
    "an action is execute, next, prev, complete or cancel",
    "操作只能是 execute、next、prev、complete 或 cancel",
);
/// A form: the action cannot be taken at this point.
pub const BAD_ACTION: Both = both("that cannot be done at this point", "现在不能这样做");
/// A form: it is nobody's, or another's.
pub const NO_SESSION: Both =
    both("there is no such session; execute the command again", "没有这个会话；请重新执行命令");
/// A form: it was open too long.
pub const SESSION_OVER: Both = both(
    "the form was open longer than 10 minutes; execute the command again",
    "表单打开超过了 10 分钟；请重新执行命令",
);

/// A sentence. What goes into it is already one line and clean.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Text<'a> {
    /// Heads a share: who sends it, and what they say.
    Says {
        /// `Juliet (juliet@capulet.lit)`
        who: &'a str,
        /// What they say.
        what: &'a str,
    },
    /// Heads a share without words.
    Shows {
        /// `Juliet (juliet@capulet.lit)`
        who: &'a str,
    },
    /// Where somebody can be heard.
    VoiceComment {
        /// `0:06`
        length: Option<&'a str>,
        /// The address of the file; none when it came just before.
        url: Option<&'a str>,
    },
    /// A business card, where things are named.
    Card {
        /// Whose card it is.
        name: &'a str,
    },
    /// Tells a recipient that a share is gone.
    TakenBack {
        /// `Juliet (juliet@capulet.lit)`
        who: &'a str,
        /// The recipient's handle.
        handle: i64,
        /// The products' names.
        what: &'a str,
    },
    /// Heads other words for what was said before.
    Corrects {
        /// `Romeo (romeo@montague.lit)`
        who: &'a str,
        /// What they say now.
        what: &'a str,
    },
    /// Passes a reaction on; without emoji, that it was taken back.
    Reacts {
        /// `Romeo (romeo@montague.lit)`
        who: &'a str,
        /// `👍`
        emoji: &'a str,
        /// `#12 Silver goblet`
        what: &'a str,
    },
    /// Tells that something said counts no more.
    Retracts {
        /// `Romeo (romeo@montague.lit)`
        who: &'a str,
        /// `#12 Silver goblet`
        what: &'a str,
    },
    /// Tells that somebody who was invited has joined.
    HasJoined {
        /// The address that the inviter knows.
        who: &'a str,
    },
    /// Asks somebody who has not joined (`xep/product-share.xml#invite`).
    Invites {
        /// `Juliet (juliet@capulet.lit)`
        who: &'a str,
        /// The service's name.
        service: &'a str,
    },
    /// The same by mail or SMS.
    InvitesByLetter {
        /// The inviter's address.
        who: &'a str,
        /// The service's name.
        service: &'a str,
        /// The page.
        url: &'a str,
    },
    /// Stands beside the request to be seen that comes with it.
    InvitesShort {
        /// `Juliet (juliet@capulet.lit)`
        who: &'a str,
    },
    /// Tells where words went that did not say what they are about.
    SentTo {
        /// `Romeo (romeo@montague.lit)`
        who: &'a str,
        /// `#12 Silver goblet`
        what: &'a str,
    },
    /// Asks whom an answer is for that several could mean.
    WhichPerson {
        /// `#12 Silver goblet`
        what: &'a str,
        /// To how many it went.
        count: usize,
        /// The number in it.
        handle: i64,
    },
    /// Asks whom an answer is for when several people have just spoken.
    ForWhom {
        /// The conversations, a line each.
        list: &'a str,
    },
    /// Refuses an answer to something that is not known here.
    WhichThing,
    /// Refuses an answer about what was taken back.
    IsRevoked {
        /// `#12 Silver goblet`
        what: &'a str,
    },
    /// Refuses an answer about what came to a number or mail address that is somebody else's by now.
    NotTheirs {
        /// `#12 Silver goblet`
        what: &'a str,
        /// Where it came.
        address: &'a str,
        /// `Juliet (juliet@capulet.lit)`
        who: &'a str,
    },
    /// Asks for words beside a number or a quote.
    NoWords {
        /// `#12 Silver goblet`
        what: &'a str,
        /// The number in it.
        handle: i64,
    },
    /// Refuses an answer for its length.
    TooLong {
        /// How long it is, in characters.
        length: usize,
        /// How long it may be.
        max: usize,
    },
    /// Refuses an answer for a product in it.
    BadProduct {
        /// What is wrong, in their language.
        why: &'a str,
    },
    /// Answers what nobody here can read.
    Encrypted,
    /// Stands for the products that one line has no room for.
    AndMore(usize),
    /// Answers `join`, or the first contact.
    Welcome {
        /// The service's name.
        service: &'a str,
    },
    /// Answers `join` of somebody who has.
    WelcomeAgain,
    /// Answers `leave`.
    Goodbye,
    /// Answers `leave` of somebody who has not joined.
    NotJoined,
    /// Answers `join` of somebody who may not.
    MayNotJoin,
    /// Answers `join` of somebody who has left, and of whom not all is removed.
    Leaving,
    /// Answers what has somebody else asked while too many wait for others already, and what goes
    /// through much while too much of theirs does.
    Busy,
    /// Answers words from an address that cannot be read.
    Illegible,
    /// Answers anything while the database does not.
    TryLater,
    /// In place of an answer that cannot be sent.
    Unsendable,
    /// Stands beside a request to be seen.
    Subscribe {
        /// The service's name.
        service: &'a str,
    },
    /// In the vCard: what this is.
    About,
    /// Heads the registration form.
    Register,
}

/// `1:06`: minutes and seconds of so many milliseconds, at least one second.
#[must_use]
pub fn duration(millis: u64) -> String {
    let seconds = millis.div_ceil(1000);
    format!("{}:{:02}", seconds / 60, seconds % 60)
}

impl Text<'_> {
    /// The sentence in `lang`.
    #[must_use]
    pub fn in_lang(&self, lang: Lang) -> String {
        match lang {
            Lang::En => self.en(),
            Lang::Zh => self.zh(),
        }
    }

    #[expect(clippy::too_many_lines, reason = "a list of sentences")]
    fn en(&self) -> String {
        match self {
            Self::Says { who, what } => format!("{who}: {what}"),
            Self::Shows { who } => format!("{who} shows you:"),
            Self::VoiceComment { length, url } => {
                let length = length.map(|length| format!(" ({length})")).unwrap_or_default();
                let url = url.map(|url| format!(": {url}")).unwrap_or_default();
                format!("Voice comment{length}{url}")
            }
            Self::Card { name } => format!("Card of {name}"),
            Self::TakenBack { who, handle, what } => {
                format!("{who} has taken back #{handle} {what}.")
            }
            Self::Corrects { who, what } => format!("{who} corrects: {what}"),
            Self::Reacts { who, emoji: "", what } => {
                format!("{who} took back a reaction to: {what}")
            }
            Self::Reacts { who, emoji, what } => format!("{who} reacted {emoji} to: {what}"),
            Self::Retracts { who, what } => format!("{who} took back a message about {what}"),
            Self::HasJoined { who } => format!("{who} has joined and gets what you sent."),
            Self::Invites { who, service } => format!(
                "{who} would like to show you something through {service}. Answer yes to see it \
                 or stop to refuse. If your app asks about encryption, switch it off for this chat."
            ),
            Self::InvitesByLetter { who, service, url } => format!(
                "{who} would like to show you something through {service}. To see it, or to hear \
                 nothing more: {url}"
            ),
            Self::InvitesShort { who } => format!("{who} would like to show you something."),
            Self::SentTo { who, what } => format!("Sent to {who} about {what}"),
            Self::WhichPerson { what, count, handle } => format!(
                "Not sent: {count} people have {what}. Reply to a message of the one you mean, or \
                 put the address, or the phone number, behind it: #{handle} name@example.org your words"
            ),
            Self::ForWhom { list } => format!(
                "Not sent: for whom? Reply to a message of theirs, or begin with the number:\n{list}"
            ),
            Self::WhichThing => {
                "Not sent: I cannot tell what this is about. Reply to the message that shows it, or \
                 begin with its number, such as: #12 your words"
                    .to_owned()
            }
            Self::IsRevoked { what } => format!("Not sent: {what} was taken back."),
            Self::NotTheirs { what, address, who } => {
                let show = if address.contains('@') { "mail" } else { "phone" };
                format!("Not sent: {what} came to {address}, which is not kept as yours any more. \
                         Write to {who} yourself, or show that it is yours: {show} {address}")
            }
            Self::NoWords { what, handle } => {
                format!("What would you like to say about {what}? Send: #{handle} your words")
            }
            Self::TooLong { length, max } => format!(
                "Not sent: this has {length} characters, and {max} are the most. Your text is still \
                 here in the chat; please shorten it or send it in parts."
            ),
            Self::BadProduct { why } => {
                format!("Not sent: a product in it is not as it should be: {why}")
            }
            Self::Encrypted => {
                "I cannot read this: it is encrypted. Please switch encryption off for this chat and \
                 send it again."
                    .to_owned()
            }
            Self::AndMore(n) => format!(" and {n} more"),
            Self::Welcome { service } => format!(
                "Welcome to {service}. What your contacts share with you comes into this chat, and \
                 you can show them things: send share, or help for everything else.\n\
                 Add me to your contacts, so that pictures come too.\n\
                 Before you answer in Conversations, Snikket or Cheogram: tap the lock and choose \
                 Unencrypted, for this chat only. To go, send: leave"
            ),
            Self::WelcomeAgain => "You have joined already. To go, send: leave".to_owned(),
            Self::Goodbye => {
                "You have left, and everything of yours here is removed. To come back, send: join"
                    .to_owned()
            }
            Self::NotJoined => "You have not joined. To join, send: join".to_owned(),
            Self::MayNotJoin => {
                "This service does not take registrations from your address. Ask whoever runs it."
                    .to_owned()
            }
            Self::Leaving => {
                "What you had here is still being removed. Please send it again in a minute."
                    .to_owned()
            }
            Self::Busy => {
                "I am busy with other requests at the moment. Please send it again in a minute."
                    .to_owned()
            }
            Self::Illegible => "Your address has characters that I cannot read, or that nobody sees or \
                                tells from others, so nothing was done. Please write from an account \
                                without them."
                .to_owned(),
            Self::TryLater => {
                "This could not be kept at the moment. Please send it again in a minute.".to_owned()
            }
            Self::Unsendable => "The answer does not fit into a message. Ask for less at a time, or, \
                                 to get all that you have here, send: export"
                .to_owned(),
            Self::Subscribe { service } => {
                format!("{service} would like to know when you are online, so that nothing is sent twice.")
            }
            Self::About => "Passes on what your contacts share with you.".to_owned(),
            Self::Register => {
                "Register to send shares and to be sent some. The name is shown to those you send to."
                    .to_owned()
            }
        }
    }

    fn zh(&self) -> String {
        match self {
            Self::Says { who, what } => format!("{who}：{what}"),
            Self::Shows { who } => format!("{who} 给你看："),
            Self::VoiceComment { length, url } => {
                let length = length.map(|length| format!("（{length}）")).unwrap_or_default();
                let url = url.map(|url| format!("：{url}")).unwrap_or_default();
                format!("语音留言{length}{url}")
            }
            Self::Card { name } => format!("{name} 的名片"),
            Self::TakenBack { who, handle, what } => {
                format!("{who} 收回了 #{handle} {what}。")
            }
            Self::Corrects { who, what } => format!("{who} 更正：{what}"),
            Self::Reacts { who, emoji: "", what } => format!("{who} 取消了对 {what} 的回应"),
            Self::Reacts { who, emoji, what } => format!("{who} 对 {what} 回应了 {emoji}"),
            Self::Retracts { who, what } => format!("{who} 撤回了关于 {what} 的一条消息"),
            Self::HasJoined { who } => format!("{who} 已加入，并会收到你发送的内容。"),
            Self::Invites { who, service } => format!(
                "{who} 想通过 {service} 给你看一样东西。回复“好”即可查看，回复“拒收”就不会再打扰你。\
                 如果你的应用询问加密，请为这个聊天关闭加密。"
            ),
            Self::InvitesByLetter { who, service, url } => {
                format!("{who} 想通过 {service} 给你看一样东西。查看或拒收：{url}")
            }
            Self::InvitesShort { who } => format!("{who} 想给你看一样东西。"),
            Self::SentTo { who, what } => format!("已发给 {who}，关于 {what}"),
            Self::WhichPerson { what, count, handle } => format!(
                "没有发送：{what} 有 {count} 个人收到。请直接回复你想联系的那个人的消息，\
                 或在编号后写上对方的地址或电话号码：#{handle} name@example.org 你想说的话"
            ),
            Self::ForWhom { list } => {
                format!("没有发送：是给谁的？请直接回复对方的消息，或以编号开头：\n{list}")
            }
            Self::WhichThing => "没有发送：我不知道这说的是哪一件。请回复展示它的那条消息，\
                 或以它的编号开头，例如：#12 你想说的话"
                .to_owned(),
            Self::IsRevoked { what } => format!("没有发送：{what} 已被收回。"),
            Self::NotTheirs { what, address, who } => format!(
                "没有发送：{what} 是发到 {address} 的，而它不再登记为你的。\
                 请自己联系 {who}，或证明它是你的：{} {address}",
                if address.contains('@') { "邮箱" } else { "手机" }
            ),
            Self::NoWords { what, handle } => {
                format!("关于 {what}，你想说什么？请发送：#{handle} 你想说的话")
            }
            Self::TooLong { length, max } => format!(
                "没有发送：这条有 {length} 个字，最多 {max} 个字。你的文字还在聊天里，请缩短或分几条发送。"
            ),
            Self::BadProduct { why } => format!("没有发送：其中一件商品不符合要求：{why}"),
            Self::Encrypted => {
                "这条消息已加密，我无法读取。请为这个聊天关闭加密，然后再发一次。".to_owned()
            }
            Self::AndMore(n) => format!(" 等另外 {n} 件"),
            Self::Welcome { service } => format!(
                "欢迎使用 {service}。联系人分享给你的商品会出现在这个聊天里。\
                 你也可以给他们分享：发送“分享”。其他用法请发送“帮助”。\n\
                 把我加为联系人，就能同时收到图片。\n\
                 如果你用的是 Conversations、Snikket 或 Cheogram，回复之前请点锁形图标，\
                 为这个聊天选择“不加密”。要退出，请发送：退出"
            ),
            Self::WelcomeAgain => "你已经加入了。要退出，请发送：退出".to_owned(),
            Self::Goodbye => {
                "你已退出，这里属于你的内容都已删除。要重新加入，请发送：加入".to_owned()
            }
            Self::NotJoined => "你还没有加入。要加入，请发送：加入".to_owned(),
            Self::MayNotJoin => "本服务不接受你的地址注册。请联系服务的管理员。".to_owned(),
            Self::Leaving => "你以前在这里的内容还在删除。请一分钟后再发一次。".to_owned(),
            Self::Busy => "我正忙着处理其他请求。请一分钟后再发一次。".to_owned(),
            Self::Illegible => {
                "你的地址中有我无法识别、看不见或难以分辨的字符，因此未作任何处理。请换一个不含这些字符的账号。"
                    .to_owned()
            }
            Self::TryLater => "暂时无法保存。请一分钟后再发一次。".to_owned(),
            Self::Unsendable => {
                "回答太长，一条消息放不下。请一次少要一些；要取得你在这里的全部内容，请发送：导出"
                    .to_owned()
            }
            Self::Subscribe { service } => {
                format!("{service} 想知道你何时在线，这样就不会重复发送。")
            }
            Self::About => "把联系人分享给你的商品转给你。".to_owned(),
            Self::Register => {
                "注册后，你可以给别人分享商品，也能收到别人的分享。名字会显示给收到你分享的人。"
                    .to_owned()
            }
        }
    }
}
