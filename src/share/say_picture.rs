//! The picture that goes before the text, as a message of its own: with text beside it
//! Conversations loses the one or the other.

use base64::{Engine, prelude::BASE64_STANDARD};
use uuid::Uuid;

use crate::{
    domain::{
        lang::Lang,
        note::Carries,
        picture::{MAX_BYTES, file_name},
        product::{File, Link},
        share::Outgoing,
    },
    say::voice::{Voice, begin},
    wire::{ns, product::write::write_file, xml::Writer},
};

/// The picture message of a delivery: ours when it was fetched, else the source's, if that may go;
/// none when neither is one that clients show by themselves.
#[must_use]
pub(crate) fn picture(voice: &Voice, outgoing: &Outgoing) -> Option<String> {
    if !outgoing.pictures || outgoing.carries != Carries::Share {
        return None;
    }
    let source = outgoing.share.products.first()?.picture()?;
    let ours = ours(voice, outgoing, source).filter(fits);
    let theirs = Some(source).filter(|file| outgoing.sources && fits(file));
    let file = ours.as_ref().or(theirs)?;
    Some(alone(voice, outgoing, outgoing.id.picture(), &file.url, |xml| write_file(xml, file)))
}

/// A message that is the file at `url` and nothing else; `write` describes it (XEP-0447).
pub(crate) fn alone(
    voice: &Voice,
    outgoing: &Outgoing,
    id: Uuid,
    url: &Link,
    write: impl FnOnce(&mut Writer),
) -> String {
    let url = url.as_str();
    let lang = Lang::of(&outgoing.lang).unwrap_or_default();
    let mut xml = begin(voice, outgoing.to.as_str(), id, lang);
    // Exactly the address and nothing else, or it is text to Conversations.
    xml.leaf("body", url);
    xml.leaf("thread", &outgoing.about.thread());
    xml.open("x").attribute("xmlns", ns::OOB).leaf("url", url).close("x");
    write(&mut xml);
    xml.open("fallback").attribute("xmlns", ns::FALLBACK).attribute("for", ns::FILE_SHARING);
    xml.open("body").close("body").close("fallback");
    // No XEP-0385 reference: Converse 14 takes it for a mention and shows the address in bold
    // instead of the picture.
    xml.open("origin-id").attribute("xmlns", ns::SID).plain("id", id).close("origin-id");
    xml.open("store").attribute("xmlns", ns::HINTS).close("store");
    xml.open("nick").attribute("xmlns", ns::NICK).text(&voice.name).close("nick").close("message");
    xml.finish()
}

/// The thumbnail that we serve of the picture `source`.
fn ours(voice: &Voice, outgoing: &Outgoing, source: &File) -> Option<File> {
    let it = outgoing.share.picture.as_ref()?;
    let name = file_name(it.hash, it.kind);
    Some(File {
        media_type: it.kind.media_type().to_owned(),
        url: Link::parse(&format!("{}/p/{name}", voice.public_url)).ok()?,
        name: Some(name),
        size: Some(it.size),
        width: Some(it.width),
        height: Some(it.height),
        description: source.description.clone(),
        sha256: Some(BASE64_STANDARD.encode(it.hash.0)),
    })
}

/// Whether clients show it by themselves: https, the true extension at the end of the path,
/// nothing behind it, and a size that is fetched without asking.
fn fits(file: &File) -> bool {
    let extensions: &[&str] = match file.media_type.as_str() {
        "image/jpeg" => &["jpg", "jpeg"],
        "image/png" => &["png"],
        "image/gif" => &["gif"],
        "image/webp" => &["webp"],
        _ => return false,
    };
    let extension =
        file.url.path().rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase());
    let named = extension.is_some_and(|extension| extensions.contains(&extension.as_str()));
    let bare = file.url.query().is_none() && file.url.fragment().is_none();
    named
        && bare
        && file.url.is_https()
        && file.size.is_some_and(|size| (1..=MAX_BYTES as u64).contains(&size))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::product::Link;

    fn file(url: &str, size: Option<u64>) -> File {
        File {
            media_type: "image/jpeg".into(),
            name: None,
            size,
            width: None,
            height: None,
            description: None,
            sha256: None,
            url: Link::parse(url).unwrap(),
        }
    }

    #[test]
    fn a_picture_needs_https_its_extension_and_a_size() {
        assert!(fits(&file("https://x.lit/a.jpg", Some(18_231))));
        for (url, size) in [
            ("http://x.lit/a.jpg", Some(1)),
            ("https://x.lit/a.png", Some(1)),
            ("https://x.lit/a.jpg?w=1", Some(1)),
            ("https://x.lit/a.jpg#x", Some(1)),
            ("https://x.lit/a.jpg", None),
            ("https://x.lit/a.jpg", Some(MAX_BYTES as u64 + 1)),
        ] {
            assert!(!fits(&file(url, size)), "{url} {size:?}");
        }
    }
}
