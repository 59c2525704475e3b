//! By what a browser shows that the cards are open in it: the cookie, and the word in every form.

use axum::{
    body::Bytes,
    http::{HeaderMap, HeaderValue, header},
    response::Response,
};
use sha2::{Digest, Sha256};
use url::form_urlencoded;

use crate::{
    domain::saved::Token,
    http::{frame::Nothing, page::Site},
};

/// The name of the cookie.
const COOKIE: &str = "cards";

/// What every page here needs to know of a request.
pub(super) struct Visit {
    /// From the cookie.
    pub(super) desk: Token,
    /// What a form has to carry.
    pub(super) word: String,
}

impl Visit {
    pub(super) fn of(headers: &HeaderMap) -> Result<Self, Nothing> {
        let cookies = headers.get_all(header::COOKIE).iter().filter_map(|it| it.to_str().ok());
        let pairs = cookies.flat_map(|line| line.split(';')).map(str::trim);
        let mut ours = pairs.filter_map(|pair| pair.strip_prefix(COOKIE)?.strip_prefix('='));
        let desk = ours.find_map(Token::parse).ok_or(Nothing::Shut)?;
        let word = Sha256::digest(format!("form {desk}"));
        let word = format!("{word:x}").chars().take(32).collect();
        Ok(Self { desk, word })
    }

    /// The same, of a form of ours.
    pub(super) fn with_form(headers: &HeaderMap, form: &Form) -> Result<Self, Nothing> {
        Self::of(headers).and_then(|visit| {
            if form.one("word") == Some(visit.word.as_str()) {
                Ok(visit)
            } else {
                Err(Nothing::Shut)
            }
        })
    }
}

/// What a form sends.
pub(super) struct Form(Vec<(String, String)>);

impl Form {
    pub(super) fn of(body: &Bytes) -> Self {
        Self(form_urlencoded::parse(body).into_owned().collect())
    }

    pub(super) fn one(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// Script cannot read it, other sites do not send it, and it goes nowhere but here.
pub(super) fn set_cookie(response: &mut Response, site: &Site, value: &str, seconds: u64) {
    let secure = if site.public_url.starts_with("https://") { "; Secure" } else { "" };
    let path = format!("{}/a", site.root());
    let cookie = format!(
        "{COOKIE}={value}; Path={path}; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}"
    );
    if let Ok(cookie) = HeaderValue::try_from(cookie) {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
}
