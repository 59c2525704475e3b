//! What people are told about commands, in English and Chinese.

use crate::domain::lang::Lang;

/// A sentence. What goes into it is already one line and clean.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told<'a> {
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
    /// Answers `cancel`.
    Cancelled,
    /// Which of several? The answer is a number.
    ByNumber,
    /// A form that was left too long.
    FormOver,
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
            Self::Commands => "I bring you what your contacts share. You can write:".to_owned(),
            Self::MoreHelp => "To know more about one of them: help WORD".to_owned(),
            Self::DidYouMean { given, word } => {
                format!("I do not know “{given}”. Did you mean: {word}\nFor everything, send: help")
            }
            Self::Usage { usage } => format!("Write it like this: {usage}"),
            Self::Asks { label, hint } => format!("{label}: {hint}"),
            Self::CancelEnds => "(cancel ends this)".to_owned(),
            Self::NoLeavesOut => "(no leaves it out, cancel ends this)".to_owned(),
            Self::Cancelled => "Cancelled. Nothing was done.".to_owned(),
            Self::ByNumber => "Answer with a number.".to_owned(),
            Self::FormOver => "This form was open too long. Please start again.".to_owned(),
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
            Self::Commands => "我把联系人分享的商品带给你。你可以发送：".to_owned(),
            Self::MoreHelp => "想进一步了解某个命令，请发送：帮助 命令".to_owned(),
            Self::DidYouMean { given, word } => {
                format!("我不认识“{given}”。你是想发送：{word} 吗？\n查看全部命令，请发送：帮助")
            }
            Self::Usage { usage } => format!("请这样写：{usage}"),
            Self::Asks { label, hint } => format!("{label}：{hint}"),
            Self::CancelEnds => "（发送“取消”可以结束）".to_owned(),
            Self::NoLeavesOut => "（发送“不”可以跳过，发送“取消”可以结束）".to_owned(),
            Self::Cancelled => "已取消，什么也没有做。".to_owned(),
            Self::ByNumber => "请回复数字。".to_owned(),
            Self::FormOver => "这个表单打开得太久了，请重新开始。".to_owned(),
        }
    }
}
