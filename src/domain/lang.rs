//! The languages that Tradepost speaks itself. What people write is in whatever language it is in.

/// English or Chinese.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Lang {
    /// English.
    #[default]
    En,
    /// Chinese, in simplified characters.
    Zh,
}

impl Lang {
    /// `en` or `zh`.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Zh => "zh",
        }
    }

    /// The one that a BCP 47 tag asks for: `zh-TW` is Chinese. None for a language we do not speak.
    #[must_use]
    pub fn of(tag: &str) -> Option<Self> {
        let base = tag.split('-').next().unwrap_or_default();
        [Self::En, Self::Zh].into_iter().find(|lang| lang.code().eq_ignore_ascii_case(base))
    }
}

impl std::fmt::Display for Lang {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.code())
    }
}
