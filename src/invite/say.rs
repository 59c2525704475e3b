//! What people are told about those they wait for, and about invitations, in English and Chinese.

use crate::{
    domain::{clock::Millis, lang::Lang},
    say::command::minute,
};

/// A sentence. What goes into it is already one line and clean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Invites<'a> {
    /// A code that lets nobody in: none, another's, or too old.
    BadCode,
    /// Answers a code that came by mail or SMS.
    Prove,
    /// The same, when no code can be sent at the moment.
    ProveLater,
    /// Nobody is waited for.
    Nobody,
    /// Somebody is waited for.
    Waiting {
        /// The number in the list.
        number: usize,
        /// Who is waited for.
        who: &'a str,
        /// Since when.
        since: Millis,
    },
    /// Somebody has joined who was waited for.
    Accepted {
        /// The number in the list.
        number: usize,
        /// Who has joined.
        who: &'a str,
        /// Since when they were waited for.
        since: Millis,
    },
    /// Answers `cancel` where nothing is open.
    NothingToCancel,
    /// Nobody in the list has this number or address.
    NoSuch {
        /// What was given.
        given: &'a str,
    },
    /// Asks whether this is the one, whose number in the list was given.
    GiveUp,
    /// Answers `cancel`.
    GivenUp {
        /// Who is no longer waited for.
        who: &'a str,
    },
    /// Answers `stop` of somebody who has joined: whether they mean it.
    SureStop,
    /// Behind that: how to hear nothing of one person alone.
    OrRefuse {
        /// Who has sent something last: `Juliet (juliet@capulet.lit)`
        who: &'a str,
        /// Their address.
        jid: &'a str,
    },
    /// Answers `stop`.
    Stopped,
}

impl Invites<'_> {
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
            Self::BadCode => {
                "This invitation cannot be used, or not any more. Ask whoever invited you, or join \
                 without it: join"
                    .to_owned()
            }
            Self::Prove => {
                "I have sent a code to the number or mail address that you were invited by. Write \
                 it here, like this: code 123456. What waits for you comes then."
                    .to_owned()
            }
            Self::ProveLater => {
                "To get what waits for you, show that the number or mail address is yours that you \
                 were invited by. Send phone and the number, or mail and the address."
                    .to_owned()
            }
            Self::Nobody => "There is nobody you wait for.".to_owned(),
            Self::Waiting { number, who, since } => {
                format!("{number}  {who}: waiting since {}", minute(since))
            }
            Self::Accepted { number, who, since } => {
                format!("{number}  {who}: has joined, invited {}", minute(since))
            }
            Self::NothingToCancel => {
                "There is nothing to cancel here. To see whom you wait for, send: invites".to_owned()
            }
            Self::NoSuch { given } => {
                format!("You do not wait for “{given}”. To see whom you wait for, send: invites")
            }
            Self::GiveUp => "Wait no more for this one?".to_owned(),
            Self::GivenUp { who } => {
                format!("You wait for {who} no more. What has not left is cancelled.")
            }
            Self::SureStop => {
                "Do you want to leave for good? This removes your account here, your cards, what you \
                 sent, your numbers and your answers, and nobody can have you asked again."
                    .to_owned()
            }
            Self::OrRefuse { who, jid } => {
                format!("To hear nothing of {who} alone, send: no {jid}, or for ever: block {jid}")
            }
            Self::Stopped => {
                "You will hear nothing more from here, whoever sends it. If you think better of it, \
                 send: join"
                    .to_owned()
            }
        }
    }

    fn zh(self) -> String {
        match self {
            Self::BadCode => {
                "这个邀请码无效，或已不能再用。请联系邀请你的人，或直接加入，请发送：加入"
                    .to_owned()
            }
            Self::Prove => {
                "我已向收到邀请的号码或邮箱发送了验证码。请在这里回复，例如：验证码 123456。\
                 之后，等待你的内容就会送到。"
                    .to_owned()
            }
            Self::ProveLater => {
                "要收取等待你的内容，请证明收到邀请的号码或邮箱是你的：发送“手机”加号码，或“邮箱”加地址。"
                    .to_owned()
            }
            Self::Nobody => "没有正在等待的人。".to_owned(),
            Self::Waiting { number, who, since } => {
                format!("{number}  {who}：等待中，自 {}", minute(since))
            }
            Self::Accepted { number, who, since } => {
                format!("{number}  {who}：已加入，邀请于 {}", minute(since))
            }
            Self::NothingToCancel => {
                "这里没有可以取消的内容。查看正在等待的人，请发送：邀请".to_owned()
            }
            Self::NoSuch { given } => {
                format!("你没有在等待“{given}”。查看正在等待的人，请发送：邀请")
            }
            Self::GiveUp => "不再等待这一位吗？".to_owned(),
            Self::GivenUp { who } => format!("你不再等待 {who}，还没送出的内容已取消。"),
            Self::SureStop => {
                "要彻底退出吗？这会删除你在这里的账号、名片、你发出的内容、你的号码和你的答复，\
                 以后任何人都不能再让我询问你。"
                    .to_owned()
            }
            Self::OrRefuse { who, jid } => {
                format!("只是不想再收到 {who} 的内容，请发送：拒绝 {jid}；永远不收：屏蔽 {jid}")
            }
            Self::Stopped => {
                "从现在起，无论谁发送，你都不会再收到这里的任何消息。改变主意时，请发送：加入"
                    .to_owned()
            }
        }
    }
}
