//! A card as a file, `/c/TOKEN/NAME.vcf`: version 3.0, which telephones read best, on lines that
//! end with LF, for Conversations.

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::Response,
};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::answer::{Keep, answer};
use crate::domain::card::{Card, Version};

/// The file. It is given to nobody else, and not kept.
pub(super) fn vcf(card: &Card) -> Response {
    let text = card.text(Version::V3).replace("\r\n", "\n");
    let mut response = answer(StatusCode::OK, Keep::Not, "text/vcard; charset=utf-8", text);
    if let Ok(disposition) = HeaderValue::try_from(attachment(&card.file_name())) {
        response.headers_mut().insert(header::CONTENT_DISPOSITION, disposition);
    }
    response
}

/// The name of the file in a path.
pub(super) fn in_path(card: &Card) -> String {
    utf8_percent_encode(&card.file_name(), NON_ALPHANUMERIC)
        .to_string()
        .replace("%2E", ".")
        .replace("%2D", "-")
}

/// `attachment; filename="card.vcf"; filename*=UTF-8''%E6%9C%B1.vcf` (RFC 6266 §4.3).
fn attachment(name: &str) -> String {
    let plain = if name.is_ascii() { name } else { "card.vcf" };
    let escaped = utf8_percent_encode(name, NON_ALPHANUMERIC);
    format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{escaped}")
}

/// Until the card can do it by itself.
pub(super) trait Soon {
    fn file_name(&self) -> String;
    fn scan_text(&self) -> String;
    fn picture(&self) -> Option<(&'static str, Vec<u8>)>;
    fn logo(&self) -> Option<(&'static str, Vec<u8>)>;
}

impl Soon for Card {
    fn file_name(&self) -> String {
        format!("{}.vcf", self.name().replace(|symbol: char| !symbol.is_alphanumeric(), "-"))
    }
    fn scan_text(&self) -> String {
        self.text(Version::V3).replace("\r\n", "\n")
    }
    fn picture(&self) -> Option<(&'static str, Vec<u8>)> {
        None
    }
    fn logo(&self) -> Option<(&'static str, Vec<u8>)> {
        None
    }
}
