//! What people are told about their phone numbers and mail addresses, in English and Chinese; and
//! what is sent there.

use crate::domain::{address::Address, lang::Lang};

/// A sentence. What goes into it is already one line and clean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach<'a> {
    /// A code is on its way.
    CodeSent {
        /// Where to.
        address: &'a str,
    },
    /// The address is theirs already.
    Yours {
        /// The address.
        address: &'a str,
    },
    /// No more codes for now.
    TooOften {
        /// Where to.
        address: &'a str,
    },
    /// They have shown as many as they may to be theirs.
    Full {
        /// What they have asked for.
        address: &'a str,
        /// How many.
        max: usize,
    },
    /// Nothing here reaches it.
    Unreachable {
        /// The address.
        address: &'a str,
    },
    /// As many letters have left as may for now.
    Spent {
        /// Where none goes.
        address: &'a str,
    },
    /// This is no number of any country.
    NoNumber {
        /// What was given.
        given: &'a str,
    },
    /// This is no mail address.
    NoMail {
        /// What was given.
        given: &'a str,
    },
    /// The code was right.
    Proved {
        /// The address that is theirs now.
        address: &'a str,
    },
    /// The code was wrong.
    WrongCode {
        /// How many more are looked at.
        left: i64,
    },
    /// The code was wrong, and was the last that is looked at.
    Burnt,
    /// No code is open.
    NoCode,
    /// The address is theirs no more.
    Forgotten {
        /// The address.
        address: &'a str,
    },
    /// Below the settings: the addresses that are theirs.
    Mine {
        /// All of them.
        addresses: &'a str,
    },
    /// To a former owner.
    Moved {
        /// The address that has moved.
        address: &'a str,
    },
    /// To an owner who has to show it again.
    Stale {
        /// The address.
        address: &'a str,
    },
}

impl Reach<'_> {
    /// The sentence in `lang`.
    #[must_use]
    pub(crate) fn in_lang(self, lang: Lang) -> String {
        match lang {
            Lang::En => self.en(),
            Lang::Zh => self.zh(),
        }
    }

    fn en(self) -> String {
        match self {
            Self::CodeSent { address } => format!(
                "I have sent six digits to {address}. When they are there, send: code 123456\n\
                 They count for 10 minutes."
            ),
            Self::Yours { address } => {
                format!("{address} is yours already. To have it removed, send: forget {address}")
            }
            Self::TooOften { address } => format!(
                "No more codes for {address} at the moment. Look for the last one, or ask again \
                 in a few hours."
            ),
            Self::Full { address, max } => format!(
                "No code for {address}: {max} numbers and mail addresses are yours already, which \
                 is the most. Send phone to see them, and take one out with: forget ADDRESS"
            ),
            Self::Unreachable { address } => {
                format!("I cannot send anything to {address} at the moment. Ask whoever runs this service.")
            }
            Self::Spent { address } => format!(
                "No code to {address} for now: I have sent as many as I may. Ask again in an hour; \
                 if it is the same then, tomorrow."
            ),
            Self::NoNumber { given } => format!(
                "“{given}” is no phone number that I know. Write it with its country, like \
                 +39 045 800 1234"
            ),
            Self::NoMail { given } => {
                format!("“{given}” is no mail address. Write it like name@example.org")
            }
            Self::Proved { address } => {
                format!("{address} is yours. What people send there comes into this chat.")
            }
            Self::WrongCode { left: 1 } => "That is not the code. You have one more try.".to_owned(),
            Self::WrongCode { left } => format!("That is not the code. You have {left} more tries."),
            Self::Burnt => {
                "That is not the code, and it was the last try. Ask for a new one: phone NUMBER, or \
                 mail ADDRESS"
                    .to_owned()
            }
            Self::NoCode => {
                "No code of yours is open. Ask for one: phone NUMBER, or mail ADDRESS".to_owned()
            }
            Self::Forgotten { address } => {
                format!("{address} is not kept as yours. What people send there stays there.")
            }
            Self::Mine { addresses } => format!("Yours: {addresses}"),
            Self::Moved { address } => format!(
                "Somebody else has shown that {address} is theirs, so it is not kept as yours any \
                 more. If that is wrong, show it again by sending it to me as you did before."
            ),
            Self::Stale { address } => format!(
                "Half a year ago you showed that {address} is yours. Numbers and addresses change \
                 hands, so please show it again: {} {address}\n\
                 Until then what people send there waits.",
                if address.contains('@') { "mail" } else { "phone" }
            ),
        }
    }

    fn zh(self) -> String {
        match self {
            Self::CodeSent { address } => format!(
                "我已向 {address} 发送六位数字。收到后请发送：验证码 123456\n10 分钟内有效。"
            ),
            Self::Yours { address } => {
                format!("{address} 已经是你的了。要移除，请发送：移除 {address}")
            }
            Self::TooOften { address } => {
                format!("暂时不能再向 {address} 发送验证码。请查看最近一条，或过几个小时再试。")
            }
            Self::Full { address, max } => format!(
                "没有向 {address} 发送验证码：你已有 {max} 个号码和邮箱，不能再多了。发送“电话”可以查看，发送“移除 地址”可以移除一个。"
            ),
            Self::Unreachable { address } => {
                format!("目前无法向 {address} 发送任何内容。请联系服务的管理员。")
            }
            Self::Spent { address } => {
                format!(
                    "现在无法向 {address} 发送验证码：目前可发送的数量已经用完。请过一小时再试；如果还是不行，请明天再试。"
                )
            }
            Self::NoNumber { given } => {
                format!("“{given}”不是我认识的电话号码。请写上国家代码，例如 +86 138 0013 8000")
            }
            Self::NoMail { given } => {
                format!("“{given}”不是邮箱地址。请写成 name@example.org 的样子")
            }
            Self::Proved { address } => {
                format!("{address} 是你的了。别人发到那里的内容会出现在这个聊天里。")
            }
            Self::WrongCode { left } => format!("验证码不对，还可以试 {left} 次。"),
            Self::Burnt => {
                "验证码不对，次数已用完。请重新获取：手机 号码，或：邮箱 地址".to_owned()
            }
            Self::NoCode => "你没有待验证的验证码。请先获取：手机 号码，或：邮箱 地址".to_owned(),
            Self::Forgotten { address } => {
                format!("{address} 不再记为你的。别人发到那里的内容会留在那里。")
            }
            Self::Mine { addresses } => format!("你的：{addresses}"),
            Self::Moved { address } => format!(
                "另一个人证明了 {address} 是他的，所以它不再记为你的。如果弄错了，请像上次一样重新验证。"
            ),
            Self::Stale { address } => format!(
                "半年前你证明了 {address} 是你的。号码和地址可能会换主人，请再验证一次：{} {address}\n\
                 在此之前，别人发到那里的内容会先等着。",
                if address.contains('@') { "邮箱" } else { "手机" }
            ),
        }
    }
}

/// Tells a former owner.
#[must_use]
pub(crate) fn moved(lang: &str, address: &Address) -> String {
    Reach::Moved { address: address.shown() }.in_lang(Lang::of(lang).unwrap_or_default())
}

/// Asks an owner to show it again.
#[must_use]
pub(crate) fn stale(lang: &str, address: &Address) -> String {
    Reach::Stale { address: address.shown() }.in_lang(Lang::of(lang).unwrap_or_default())
}

/// The letter with a code: subject and text. In one SMS of 70 characters in either language.
#[must_use]
pub(crate) fn code(service: &str, code: &str, lang: Lang) -> (String, String) {
    match lang {
        Lang::En => (
            format!("{code} is your code for {service}"),
            format!("{code} is your code for {service}. Give it to nobody."),
        ),
        Lang::Zh => (
            format!("{service} 验证码：{code}"),
            format!("{service} 验证码：{code}，10 分钟内有效，请勿告诉他人。"),
        ),
    }
}
