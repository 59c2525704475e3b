//! Every sentence the service says, once in each language.

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

/// A sentence. What goes into it is already one line and clean.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Text<'a> {
    /// Heads a share: who sends it, and what he says.
    Says {
        /// `Juliet (juliet@capulet.lit)`
        who: &'a str,
        /// Her words.
        what: &'a str,
    },
    /// Heads a share without words.
    Shows {
        /// `Juliet (juliet@capulet.lit)`
        who: &'a str,
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
    /// Answers anything else.
    Help,
    /// Answers anything while the database does not.
    TryLater,
    /// Stands beside a request to be seen.
    Subscribe {
        /// The service's name.
        service: &'a str,
    },
    /// In the vCard: what this is.
    About,
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

    fn en(&self) -> String {
        match self {
            Self::Says { who, what } => format!("{who}: {what}"),
            Self::Shows { who } => format!("{who} shows you:"),
            Self::TakenBack { who, handle, what } => {
                format!("{who} has taken back #{handle} {what}.")
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
                "You have left, and what was on its way to you is cancelled. To come back, send: join"
                    .to_owned()
            }
            Self::NotJoined => "You have not joined. To join, send: join".to_owned(),
            Self::MayNotJoin => {
                "This service does not take registrations from your address. Ask whoever runs it."
                    .to_owned()
            }
            Self::Help => {
                "I bring you what your contacts share. Send join to take part, leave to go.".to_owned()
            }
            Self::TryLater => {
                "This could not be kept at the moment. Please send it again in a minute.".to_owned()
            }
            Self::Subscribe { service } => {
                format!("{service} would like to know when you are online, so that nothing is sent twice.")
            }
            Self::About => "Passes on what your contacts share with you.".to_owned(),
        }
    }

    fn zh(&self) -> String {
        match self {
            Self::Says { who, what } => format!("{who}：{what}"),
            Self::Shows { who } => format!("{who} 给你看："),
            Self::TakenBack { who, handle, what } => {
                format!("{who} 收回了 #{handle} {what}。")
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
                "你已退出，正在发给你的内容已取消。要重新加入，请发送：加入".to_owned()
            }
            Self::NotJoined => "你还没有加入。要加入，请发送：加入".to_owned(),
            Self::MayNotJoin => "本服务不接受你的地址注册。请联系服务的管理员。".to_owned(),
            Self::Help => {
                "我把联系人分享的商品带给你。发送 join 加入，发送 leave 退出。".to_owned()
            }
            Self::TryLater => "暂时无法保存。请一分钟后再发一次。".to_owned(),
            Self::Subscribe { service } => {
                format!("{service} 想知道你何时在线，这样就不会重复发送。")
            }
            Self::About => "把联系人分享给你的商品转给你。".to_owned(),
        }
    }
}
