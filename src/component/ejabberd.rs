//! ejabberd's HTTP API, as far as it makes links to accounts: `generate_invite` of `mod_invites`,
//! which ejabberd has from 26.01 on. Over the stream it does not do that for a component.

use std::time::Duration;

use http_body_util::Full;
use hyper::{StatusCode, header};
use serde_json::{Value, json};
use tokio::time::timeout;
use url::Url;

use crate::{
    config::Ejabberd,
    domain::{account_link::AccountLink, clock::Millis},
    http_client::{self, Caller},
};

/// How long the API may take with everything.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long a link of its works unless the operator says otherwise; it does not tell.
const LIFE: Duration = Duration::from_hours(5 * 24);

/// Asks it.
#[derive(Debug, Clone)]
pub struct Api {
    config: Ejabberd,
    caller: Caller,
}

impl Api {
    /// One that asks through `caller`.
    #[must_use]
    pub fn new(config: Ejabberd, caller: Caller) -> Self {
        Self { config, caller }
    }

    /// Whether the command is there. Nothing is made: without its argument `host`, which is missing
    /// here, it is refused before it begins. Whether we may use it shows only when we do.
    ///
    /// # Errors
    /// Why it is not, for the operator.
    pub async fn look(&self) -> Result<(), String> {
        let (status, answer) = self.ask(&json!({})).await?;
        match status {
            // A command that is not there is sometimes told in this way too.
            StatusCode::BAD_REQUEST if !answer.to_string().contains("unknown_command") => Ok(()),
            _ => Err(why(status)),
        }
    }

    /// Has a link made on `host`, at `now`.
    ///
    /// # Errors
    /// Why there is none, for the operator.
    pub async fn make(&self, host: &str, now: Millis) -> Result<AccountLink, String> {
        let (status, answer) = self.ask(&json!({ "host": host })).await?;
        if status != StatusCode::OK {
            return Err(why(status));
        }
        let text = |key: &str| answer.get(key).and_then(Value::as_str).unwrap_or_default();
        AccountLink::new(text("invite_uri"), text("landing_page"), Some(now.after(LIFE)), now)
            .ok_or_else(|| "ejabberd's HTTP API answers without a link to an account".into())
    }

    async fn ask(&self, what: &Value) -> Result<(StatusCode, Value), String> {
        let cannot =
            |error: http_client::Fault| format!("ejabberd's HTTP API cannot be asked: {error}");
        let url = self.command().ok_or("invite.ejabberd_api cannot have a path")?;
        let mut request =
            http_client::request("POST", &url).header(header::CONTENT_TYPE, "application/json");
        if let Some(token) = &self.config.token {
            let bearer = format!("Bearer {}", token.expose());
            request = request.header(header::AUTHORIZATION, bearer);
        }
        let request =
            request.body(Full::from(what.to_string())).map_err(|error| cannot(error.into()))?;
        match timeout(PATIENCE, self.caller.ask(&url, request)).await {
            Ok(Ok((status, body))) => {
                Ok((status, serde_json::from_slice(&body).unwrap_or_default()))
            }
            Ok(Err(error)) => Err(cannot(error)),
            Err(_) => Err(format!("ejabberd's HTTP API does not answer within {PATIENCE:?}")),
        }
    }

    fn command(&self) -> Option<Url> {
        let mut url = self.config.api.clone();
        url.path_segments_mut().ok()?.pop_if_empty().push("generate_invite");
        Some(url)
    }
}

/// What the operator can do about such an answer.
fn why(status: StatusCode) -> String {
    match status.as_u16() {
        400 | 404 => "ejabberd's HTTP API has no generate_invite there: ejabberd is older than \
                      26.01, or mod_invites is not loaded, or invite.ejabberd_api leads elsewhere"
            .into(),
        401 | 403 => "ejabberd's HTTP API does not allow us generate_invite: see its \
                      api_permissions and invite.ejabberd_token"
            .into(),
        code => format!("ejabberd's HTTP API answers {code}"),
    }
}
