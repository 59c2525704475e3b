//! By what a browser shows that the cards are open in it: the cookie, and the word in every form.

use axum::{
    http::{HeaderMap, HeaderValue, header},
    response::Response,
};
use sha2::{Digest, Sha256};
use url::form_urlencoded;

use crate::{
    domain::saved::Token,
    memory::Hold,
    web::{body::Sent, layout::Nothing, site::Site},
};

/// The most fields of a form that are read.
const FIELDS: usize = 64;

/// What every page here needs to know of a request.
pub(super) struct Visit {
    /// From the cookie.
    pub(super) session: Token,
    /// What a form has to carry.
    pub(super) word: String,
}

impl Visit {
    pub(super) fn of(headers: &HeaderMap, site: &Site) -> Result<Self, Nothing> {
        let (name, _) = cookie(site);
        let cookies = headers.get_all(header::COOKIE).iter().filter_map(|it| it.to_str().ok());
        let pairs = cookies.flat_map(|line| line.split(';')).map(str::trim);
        let mut ours = pairs.filter_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
        let session = ours.find_map(Token::parse).ok_or(Nothing::Shut)?;
        let word = Sha256::digest(format!("form {session}"));
        let word = format!("{word:x}").chars().take(32).collect();
        Ok(Self { session, word })
    }
}

/// What a form sends.
pub(super) struct Form {
    fields: Vec<(String, String)>,
    _hold: Hold,
}

impl Form {
    /// A page of ours has fewer fields than are read.
    pub(super) fn of(Sent { bytes, hold }: Sent) -> Self {
        let fields = form_urlencoded::parse(&bytes).into_owned().take(FIELDS).collect();
        Self { fields, _hold: hold }
    }

    pub(super) fn one(&self, name: &str) -> Option<&str> {
        self.fields.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// The cookie's name, and where it goes. Behind https it has the prefix with which no other host of
/// the same domain can set or overwrite it (RFC 6265bis §4.1.3.2); by plain http, in trials,
/// browsers would not take such a one.
fn cookie(site: &Site) -> (&'static str, String) {
    if site.public_url.starts_with("https://") {
        ("__Host-cards", "/; Secure".to_owned())
    } else {
        ("cards", format!("{}/a", site.root()))
    }
}

/// Script cannot read it, other sites do not send it, and it goes nowhere but here.
pub(super) fn set_cookie(response: &mut Response, site: &Site, value: &str, seconds: u64) {
    let (name, path) = cookie(site);
    let cookie =
        format!("{name}={value}; Path={path}; Max-Age={seconds}; HttpOnly; SameSite=Strict");
    if let Ok(cookie) = HeaderValue::try_from(cookie) {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
}
