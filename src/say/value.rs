//! What people are told about a value that a field does not take, in English and Chinese.

use crate::domain::lang::Lang;

/// A sentence. What goes into it is already one line and clean.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Amiss<'a> {
    /// Something must be given.
    Missing {
        /// The field's label.
        label: &'a str,
        /// What to give.
        hint: &'a str,
    },
    /// This is not one of the numbers.
    NotANumber {
        /// The field's label.
        label: &'a str,
        /// What was given.
        given: &'a str,
        /// The least.
        min: i64,
        /// The greatest.
        max: i64,
    },
    /// This is not one of the choices.
    NotAChoice {
        /// The field's label.
        label: &'a str,
        /// What was given.
        given: &'a str,
        /// What can be given.
        choices: &'a str,
    },
    /// There is too much of it.
    TooLong {
        /// The field's label.
        label: &'a str,
        /// The most characters.
        max: usize,
    },
    /// This is more than a name.
    NotAName {
        /// The field's label.
        label: &'a str,
        /// What was given.
        given: &'a str,
    },
    /// The service goes by this name.
    NameTaken {
        /// What was given.
        given: &'a str,
    },
    /// This is no code.
    NotACode {
        /// The field's label.
        label: &'a str,
        /// What was given.
        given: &'a str,
        /// What a code looks like.
        hint: &'a str,
    },
    /// This is nobody.
    NotAnAsker {
        /// The field's label.
        label: &'a str,
        /// What was given.
        given: &'a str,
        /// What can be given.
        hint: &'a str,
    },
    /// This is no number or mail address.
    NotAnAddress {
        /// The field's label.
        label: &'a str,
        /// What was given.
        given: &'a str,
        /// What would be one.
        hint: &'a str,
    },
    /// These are not two times of day.
    NotHours {
        /// The field's label.
        label: &'a str,
        /// What was given.
        given: &'a str,
    },
    /// The two times of day are the same.
    SameHours {
        /// The field's label.
        label: &'a str,
    },
    /// This is no time zone.
    NotAZone {
        /// The field's label.
        label: &'a str,
        /// What was given.
        given: &'a str,
        /// What may have been meant.
        near: Option<&'a str>,
    },
}

impl Amiss<'_> {
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
            Self::Missing { label, hint } => format!("{label} is missing: {hint}."),
            Self::NotANumber { label, given, min, max } => {
                format!("{label}: “{given}” is not a whole number from {min} to {max}.")
            }
            Self::NotAChoice { label, given, choices } => {
                format!("{label}: “{given}” is not one of: {choices}.")
            }
            Self::TooLong { label, max } => {
                format!("{label}: that is too long. At most {max} characters, please.")
            }
            Self::NotAName { label, given } => format!(
                "{label}: “{given}” is more than a name. Write it without address, link and colon, \
                 for example: Juliet Capulet"
            ),
            Self::NameTaken { given } => {
                format!("“{given}” looks like the name of this service. Please choose another one.")
            }
            Self::NotACode { label, given, hint } => {
                format!("{label}: “{given}” is no code ({hint}).")
            }
            Self::NotAnAsker { label, given, hint } => {
                format!("{label}: “{given}” is not what I need ({hint}).")
            }
            Self::NotAnAddress { label, given, hint } => {
                format!("{label}: “{given}” is none ({hint}).")
            }
            Self::NotHours { label, given } => {
                format!("{label}: “{given}” is not like 22:00-07:00, and not off.")
            }
            Self::SameHours { label } => {
                format!(
                    "{label}: they end when they begin. Write two different times, like 22:00-07:00"
                )
            }
            Self::NotAZone { label, given, near: Some(near) } => {
                format!("{label}: I do not know “{given}”. Did you mean: {near}")
            }
            Self::NotAZone { label, given, near: None } => format!(
                "{label}: I do not know “{given}”. Write a continent and a city, like Europe/Rome, or the offset, like +02:00"
            ),
        }
    }

    fn zh(&self) -> String {
        match self {
            Self::Missing { label, hint } => format!("缺少“{label}”：{hint}。"),
            Self::NotANumber { label, given, min, max } => {
                format!("{label}：“{given}”不是 {min} 到 {max} 之间的整数。")
            }
            Self::NotAChoice { label, given, choices } => {
                format!("{label}：“{given}”不在可选项之中：{choices}。")
            }
            Self::TooLong { label, max } => format!("{label}：太长了，最多 {max} 个字符。"),
            Self::NotAName { label, given } => {
                format!("{label}：“{given}”不只是名字。请不要写地址、链接和冒号，例如：朱丽叶")
            }
            Self::NameTaken { given } => {
                format!("“{given}”看起来像本服务的名字，请换一个。")
            }
            Self::NotACode { label, given, hint } => {
                format!("{label}：“{given}”不是代码（{hint}）。")
            }
            Self::NotAnAsker { label, given, hint } => {
                format!("{label}：“{given}”不是我需要的（{hint}）。")
            }
            Self::NotAnAddress { label, given, hint } => {
                format!("{label}：“{given}”不对（{hint}）。")
            }
            Self::NotHours { label, given } => {
                format!("{label}：“{given}”不是 22:00-07:00 这样的时段，也不是“关”。")
            }
            Self::SameHours { label } => {
                format!("{label}：开始和结束是同一时间。请写两个不同的时间，例如 22:00-07:00")
            }
            Self::NotAZone { label, given, near: Some(near) } => {
                format!("{label}：我不认识“{given}”。你是指：{near} 吗？")
            }
            Self::NotAZone { label, given, near: None } => format!(
                "{label}：我不认识“{given}”。请写洲名和城市，例如 Asia/Shanghai，或写时差，例如 +08:00"
            ),
        }
    }
}
