//! XEP-0447: Stateless File Sharing, with XEP-0446 (metadata), XEP-0300 (hashes) and XEP-0103
//! (where it is).

use xmpp_parsers::message::MessagePayload;
use xso::{AsXml, FromXml};

use super::{Text, ns};

/// A file and where to get it.
#[derive(FromXml, AsXml, Debug, Clone, PartialEq, Eq)]
#[xml(namespace = ns::FILE_SHARING, name = "file-sharing")]
pub struct FileSharing {
    /// `inline` or `attachment`
    #[xml(attribute(default))]
    pub disposition: Option<String>,
    /// What it is.
    #[xml(child)]
    pub file: File,
    /// Where it is.
    #[xml(child)]
    pub sources: Sources,
}

/// What a file is (XEP-0446).
#[derive(FromXml, AsXml, Debug, Clone, PartialEq, Eq, Default)]
#[xml(namespace = ns::FILE_METADATA, name = "file")]
pub struct File {
    /// `image/jpeg`
    #[xml(extract(default, name = "media-type", fields(text(type_ = String))))]
    pub media_type: Option<String>,
    /// A name, not a path; not to be trusted.
    #[xml(extract(default, fields(text(type_ = String))))]
    pub name: Option<String>,
    /// Bytes.
    #[xml(extract(default, fields(text(type_ = u64))))]
    pub size: Option<u64>,
    /// Pixels.
    #[xml(extract(default, fields(text(type_ = u32))))]
    pub width: Option<u32>,
    /// Pixels.
    #[xml(extract(default, fields(text(type_ = u32))))]
    pub height: Option<u32>,
    /// Milliseconds of sound or film.
    #[xml(extract(default, fields(text(type_ = u64))))]
    pub length: Option<u64>,
    /// What it shows.
    #[xml(extract(n = .., name = "desc", fields(
        lang(type_ = Option<String>, default), text(type_ = String))))]
    pub descriptions: Vec<Text>,
    /// Its digests.
    #[xml(child(n = ..))]
    pub hashes: Vec<Hash>,
}

/// A digest of a file (XEP-0300).
#[derive(FromXml, AsXml, Debug, Clone, PartialEq, Eq)]
#[xml(namespace = ns::HASHES, name = "hash")]
pub struct Hash {
    /// `sha-256`
    #[xml(attribute)]
    pub algo: String,
    /// Base64.
    #[xml(text)]
    pub value: String,
}

/// Where a file is. Sources of other kinds are passed over.
#[derive(FromXml, AsXml, Debug, Clone, PartialEq, Eq, Default)]
#[xml(namespace = ns::FILE_SHARING, name = "sources")]
pub struct Sources {
    /// By URL.
    #[xml(child(n = ..))]
    pub urls: Vec<UrlData>,
}

impl Sources {
    /// One address.
    #[must_use]
    pub fn of(url: &str) -> Self {
        Self { urls: vec![UrlData { target: url.to_owned() }] }
    }
}

/// An address (XEP-0103).
#[derive(FromXml, AsXml, Debug, Clone, PartialEq, Eq)]
#[xml(namespace = ns::URL_DATA, name = "url-data")]
pub struct UrlData {
    /// `https://…`
    #[xml(attribute)]
    pub target: String,
}

impl MessagePayload for FileSharing {}
