//! SMS by a provider's HTTP gateway: a request that the operator has described.
//!
//! The gateway is the operator's own choice and is asked as `http_client` asks.

use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::{
    Request, StatusCode,
    header::{self, HeaderName, HeaderValue},
};
use serde_json::Value;
use tokio::time::timeout;
use url::Url;

use crate::{
    config::{HttpSms, Words},
    http_client::{self, Caller},
    post::letter::{Claimed, Tried},
};

/// How long the gateway may take with everything.
const PATIENCE: Duration = Duration::from_secs(30);
/// The most characters of its answer that are kept.
const SHOWN: usize = 100;

/// Asks the gateway.
#[derive(Debug, Clone)]
pub struct Gateway {
    config: HttpSms,
    caller: Caller,
}

impl Gateway {
    /// One that asks through `caller`.
    #[must_use]
    pub fn new(config: HttpSms, caller: Caller) -> Self {
        Self { config, caller }
    }

    /// Sends a letter. The gateway gets the letter's id as `Idempotency-Key`, and where the
    /// operator has put `{id}`.
    pub async fn send(&self, letter: &Claimed) -> Tried {
        let id = letter.id.to_string();
        let words = Words {
            to: letter.to.shown(),
            text: &letter.text,
            id: &id,
            secret: self.config.secret.as_ref().map_or("", |secret| secret.expose()),
        };
        let url = self.config.url_for(&words);
        let request = match self.request(&url, &words) {
            Ok(request) => request,
            Err(error) => return Tried::Refused(format!("no request can be made: {error}")),
        };
        match timeout(PATIENCE, self.caller.ask(&url, request)).await {
            Ok(Ok((status, body))) => self.judge(status, &body),
            Ok(Err(error)) => Tried::Later(format!("the gateway cannot be asked: {error}")),
            Err(_) => Tried::Later("the gateway does not answer".into()),
        }
    }

    fn request(
        &self,
        url: &Url,
        words: &Words<'_>,
    ) -> Result<Request<Full<Bytes>>, hyper::http::Error> {
        let mut request =
            http_client::request(&self.config.method, url).header("Idempotency-Key", words.id);
        let mut body = String::new();
        if let Some(template) = &self.config.body {
            request = request.header(header::CONTENT_TYPE, template.media_type());
            body = template.fill(words);
        }
        for (name, value) in &self.config.headers {
            let name = HeaderName::try_from(name.as_str())?;
            request = request.header(name, HeaderValue::try_from(words.fill(value))?);
        }
        request.body(Full::from(body))
    }

    /// Whether the answer means that it was taken.
    fn judge(&self, status: StatusCode, body: &[u8]) -> Tried {
        let code = status.as_u16();
        if self.config.success.contains(&code) {
            let config = &self.config;
            let (Some(pointer), Some(expected)) = (&config.success_pointer, &config.success_value)
            else {
                return Tried::Taken;
            };
            let answer: Value = serde_json::from_slice(body).unwrap_or_default();
            let found = match answer.pointer(pointer) {
                Some(Value::String(text)) => text.clone(),
                Some(value) => value.to_string(),
                None => "nothing".into(),
            };
            if found == *expected {
                return Tried::Taken;
            }
            let found: String = found.chars().take(SHOWN).collect();
            return Tried::Refused(format!("the gateway answers {code}, and {pointer} is {found}"));
        }
        let why = format!("the gateway answers {code}");
        // The first group says that it does not know us: the operator will mend that.
        match code {
            401 | 403 | 404 | 407 | 408 | 425 | 429 | 500.. => Tried::Later(why),
            _ => Tried::Refused(why),
        }
    }
}
