//! The languages of whoever reads the page (RFC 9110 §12.5.4).

use axum::http::{HeaderMap, header};

use crate::domain::lang::Lang;

/// What one reader understands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reader {
    /// Our own words.
    pub(super) lang: Lang,
    /// The words of others, BCP 47: the language he likes best, whether we speak it or not.
    pub(super) tag: String,
}

impl Reader {
    /// From `Accept-Language`; a reader who says nothing is taken to read `default`.
    pub(super) fn of(headers: &HeaderMap, default: Lang) -> Self {
        let wanted = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        let tags = in_order(wanted.unwrap_or_default());
        Self {
            lang: tags.iter().find_map(|tag| Lang::of(tag)).unwrap_or(default),
            tag: tags.first().map_or_else(|| default.to_string(), |tag| (*tag).to_owned()),
        }
    }
}

/// The tags of `de;q=0.5, zh-CN`, the most wanted first. A browser sends a handful; more than ten
/// are not looked at.
fn in_order(wanted: &str) -> Vec<&str> {
    let mut tags: Vec<(f32, &str)> = wanted
        .split(',')
        .take(10)
        .filter_map(|item| {
            let (tag, weight) = item.split_once(';').unwrap_or((item, "q=1"));
            let weight = weight.trim().strip_prefix("q=")?.parse().ok();
            let weight = weight.filter(|weight| *weight > 0.0)?;
            is_tag(tag.trim()).then_some((weight, tag.trim()))
        })
        .collect();
    tags.sort_by(|(a, _), (b, _)| b.total_cmp(a));
    tags.into_iter().map(|(_, tag)| tag).collect()
}

/// Whether `text` looks like BCP 47, and so may stand in a `lang` attribute.
pub(super) fn is_tag(text: &str) -> bool {
    (2..=35).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_wanted_language_that_we_speak_is_spoken() {
        let reader = |wanted: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_LANGUAGE, wanted.parse().unwrap());
            let reader = Reader::of(&headers, Lang::Zh);
            (reader.lang, reader.tag)
        };
        for (wanted, lang, tag) in [
            ("en-GB,en;q=0.9", Lang::En, "en-GB"),
            ("de-AT, zh-TW;q=0.8, en;q=0.7", Lang::Zh, "de-AT"),
            ("en;q=0.1, zh; q=0.2", Lang::Zh, "zh"),
            ("zh;q=0, en", Lang::En, "en"),
            ("*", Lang::Zh, "zh"),
            ("fr", Lang::Zh, "fr"),
            ("\"><script>, en;q=x", Lang::Zh, "zh"),
            ("", Lang::Zh, "zh"),
        ] {
            assert_eq!(reader(wanted), (lang, tag.to_owned()), "{wanted}");
        }
    }
}
