//! XEP-0054: vcard-temp, for the service and its contact, and the avatar of XEP-0153.

use base64::{Engine, prelude::BASE64_STANDARD};
use sha1::{Digest, Sha1};

use crate::{
    domain::lang::Lang,
    say::texts::Text,
    wire::{ns, xml::Writer},
};

/// 128 × 128 pixels.
const AVATAR: &[u8] = include_bytes!("avatar.png");

/// Who the service is, with its picture.
#[must_use]
pub fn vcard(name: &str, url: &str, lang: Lang) -> String {
    let mut xml = Writer::new();
    xml.open("vCard").attribute("xmlns", ns::VCARD_TEMP).leaf("FN", name).leaf("NICKNAME", name);
    xml.leaf("DESC", &Text::About.in_lang(lang));
    xml.leaf("URL", url);
    xml.open("PHOTO").leaf("TYPE", "image/png").leaf("BINVAL", &BASE64_STANDARD.encode(AVATAR));
    xml.close("PHOTO").close("vCard");
    xml.finish()
}

/// SHA-1 of the avatar, in hexadecimal: what presence carries, so that clients fetch it once.
#[must_use]
pub fn avatar_hash() -> String {
    format!("{:x}", Sha1::digest(AVATAR))
}
