//! The languages of whoever reads the page (RFC 9110 §12.5.4).

use std::{convert::Infallible, sync::Arc};

use axum::{
    extract::{FromRef, FromRequestParts},
    http::{HeaderMap, header, request::Parts},
};
use url::form_urlencoded;

use super::site::Site;
use crate::domain::lang::Lang;

/// What one reader understands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reader {
    /// Our own words.
    pub(super) lang: Lang,
    /// The words of others, BCP 47: the language the reader likes best, whether we speak it or not.
    pub(super) tag: String,
    /// The reader chose on a page, and the choice stays as they go on.
    pub(super) chosen: bool,
}

impl Reader {
    /// From `?lang=` and from `Accept-Language`; a reader who says nothing reads `default`.
    fn of(query: &str, headers: &HeaderMap, default: Lang) -> Self {
        let wanted = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        let chosen = parameter(query, "lang").filter(|tag| is_tag(tag));
        let tags: Vec<&str> =
            chosen.as_deref().into_iter().chain(in_order(wanted.unwrap_or_default())).collect();
        Self {
            lang: tags.iter().find_map(|tag| Lang::of(tag)).unwrap_or(default),
            tag: tags.first().map_or_else(|| default.to_string(), |tag| (*tag).to_owned()),
            chosen: chosen.is_some(),
        }
    }

    /// The reader who asks with this head; one who says nothing reads `default`.
    pub(super) fn of_request(head: &Parts, default: Lang) -> Self {
        Self::of(head.uri.query().unwrap_or_default(), &head.headers, default)
    }

    /// A reader who is spoken to in `lang`.
    pub(super) fn of_lang(lang: Lang) -> Self {
        Self { lang, tag: lang.to_string(), chosen: false }
    }

    /// What links to other pages of ours end with.
    pub(super) fn query(&self) -> String {
        if self.chosen { format!("?lang={}", self.tag) } else { String::new() }
    }
}

impl<S> FromRequestParts<S> for Reader
where
    Arc<Site>: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        let site = Arc::<Site>::from_ref(state);
        Ok(Self::of_request(parts, site.lang))
    }
}

/// The first value of `name` in a query.
pub(super) fn parameter(query: &str, name: &str) -> Option<String> {
    let mut pairs = form_urlencoded::parse(query.as_bytes());
    pairs.find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
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

    fn reader(query: &str, wanted: &str) -> Reader {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT_LANGUAGE, wanted.parse().unwrap());
        Reader::of(query, &headers, Lang::Zh)
    }

    #[test]
    fn the_most_wanted_language_that_we_speak_is_spoken() {
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
            let reader = reader("", wanted);
            assert_eq!((reader.lang, reader.tag.as_str()), (lang, tag), "{wanted}");
        }
    }

    #[test]
    fn a_language_that_was_chosen_goes_before_those_of_the_browser_and_is_kept() {
        let chosen = reader("utm=1&lang=en", "zh");
        assert_eq!((chosen.lang, chosen.query().as_str()), (Lang::En, "?lang=en"));
        let odd = reader("lang=%22%3E%3Cscript%3E", "en");
        assert_eq!((odd.lang, odd.query().as_str()), (Lang::En, ""));
    }
}
