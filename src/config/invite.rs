//! `[invite]`: how people who have not joined are asked, and how they get an account.

#![expect(
    clippy::needless_pass_by_value,
    reason = "one shape for all checks, so that `Source` can call any"
)]

use std::path::Path;

use serde::Serialize;
use url::Url;

use super::{
    check,
    invalid::Invalid,
    output::text,
    secret::Secret,
    source::{Source, secret_of},
};

/// `[invite]`
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Invite {
    /// Invitations that one sender causes in 24 hours, 0 to 1000; 0 sends none at all.
    pub per_sender_a_day: u32,
    /// Days for which nobody else's invitation goes to somebody who was invited, 1 to 365.
    pub pause_days: u32,
    /// Accounts that the server makes in 24 hours for people who were invited, 0 to 1000.
    pub accounts_a_day: u32,
    /// Where people make themselves an account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub register_url: Option<String>,
    /// How ejabberd makes accounts, if it does.
    #[serde(flatten)]
    pub ejabberd: Option<Ejabberd>,
}

/// The HTTP API of ejabberd.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Ejabberd {
    /// Where its commands are, `http://127.0.0.1:5280/api`: https, or on this machine.
    #[serde(rename = "ejabberd_api", serialize_with = "text")]
    pub api: Url,
    /// What it knows us by, if not by our address (RFC 6750 §2.1).
    #[serde(skip)]
    pub token: Option<Secret>,
}

impl Invite {
    pub(super) fn read(source: &Source, credentials: Option<&Path>) -> Result<Self, Invalid> {
        Ok(Self {
            per_sender_a_day: source.or("invite.per_sender_a_day", 5, check::number(0..=1000))?,
            pause_days: source.or("invite.pause_days", 30, check::number(1..=365))?,
            accounts_a_day: source.or("invite.accounts_a_day", 20, check::number(0..=1000))?,
            register_url: source.optional("invite.register_url", check::link)?,
            ejabberd: ejabberd(source, credentials)?,
        })
    }
}

fn ejabberd(source: &Source, credentials: Option<&Path>) -> Result<Option<Ejabberd>, Invalid> {
    let token = secret_of(source, "invite.ejabberd_token", "ejabberd_token", credentials, bearer)?;
    let api = source.optional("invite.ejabberd_api", api)?;
    if api.is_none() && token.is_some() {
        let key = "invite.ejabberd_token";
        let why = "there is no invite.ejabberd_api that it is for";
        return Err(Invalid::at(&source.place(key), key, why));
    }
    Ok(api.map(|api| Ejabberd { api, token }))
}

fn api(text: String) -> Result<Url, String> {
    let url = check::service(&text)?;
    let is_more = url.query().is_some() || url.fragment().is_some() || !url.username().is_empty();
    if is_more { Err(format!("{text:?} has more than a host and a path")) } else { Ok(url) }
}

/// What can stand in a header.
fn bearer(token: Secret) -> Result<Secret, String> {
    let token = check::secret(token)?;
    let fits = token.expose().bytes().all(|byte| byte.is_ascii_graphic());
    if fits { Ok(token) } else { Err("has spaces, or characters that are not ASCII".into()) }
}
