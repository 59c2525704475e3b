//! XEP-0511: Link Metadata. The card that Gajim and Cheogram show for the link in the text, with a
//! picture that travels along, so that no client has to ask the page for it.

use base64::{Engine, prelude::BASE64_STANDARD};

use crate::{
    domain::{
        lang::Lang,
        product::Localized,
        share::Share,
        text::{one_line, shorten},
    },
    wire::{ns, xml::Writer},
};

/// The most characters of the description.
const WORDS: usize = 200;
/// The most bytes of a message with its card: Prosody and others keep and pass on small messages
/// best (`wire` 3). What stands in the payload may be more; then there is no card.
pub(super) const MESSAGE: usize = 8 * 1024;

/// The card of the link `url`, at most `room` bytes of XML: with the picture when there is one and
/// it fits, else without; none when not even that fits.
pub(super) fn preview(
    share: &Share,
    title: &str,
    url: &str,
    lang: Lang,
    room: usize,
) -> Option<String> {
    let small = share.picture.as_ref().map(|picture| {
        format!("data:image/jpeg;base64,{}", BASE64_STANDARD.encode(&picture.small))
    });
    let with = small.map(|image| card(share, title, url, lang, Some(&image)));
    with.filter(|xml| xml.len() <= room)
        .or_else(|| Some(card(share, title, url, lang, None)).filter(|xml| xml.len() <= room))
}

fn card(share: &Share, title: &str, url: &str, lang: Lang, image: Option<&str>) -> String {
    let mut xml = Writer::new();
    xml.open("rdf:Description").attribute("xmlns:rdf", ns::RDF).attribute("xmlns:og", ns::OGP);
    xml.attribute("rdf:about", url);
    xml.leaf("og:title", title);
    let product = share.products.first();
    let said = product.and_then(|it| Localized::best(&it.descriptions, lang.code()));
    if let Some(said) = said {
        xml.leaf("og:description", &shorten(&one_line(&said.text), WORDS));
    }
    xml.leaf("og:url", url);
    if let Some(image) = image {
        xml.leaf("og:image", image);
    }
    xml.close("rdf:Description");
    xml.finish()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use minidom::Element;
    use uuid::Uuid;

    use super::*;
    use crate::{
        domain::{
            clock::Millis,
            id::{RefCode, ShareId},
            picture::{Kind, MAX_SMALL, PictureHash, Thumbnail},
        },
        wire::product::read_products,
    };

    fn share(picture: bool) -> Share {
        let product = format!(
            "<product xmlns='{}'><name>Goblet</name><description>one &lt;b&gt;\n two</description>\
             </product>",
            ns::PRODUCT_SHARE
        );
        let thumbnail = Thumbnail {
            hash: PictureHash([1; 32]),
            kind: Kind::Jpeg,
            size: 18_231,
            width: 640,
            height: 480,
            small: vec![0xff; MAX_SMALL],
        };
        Share {
            id: ShareId(Uuid::from_u128(1)),
            ref_code: RefCode::from_random(42),
            sender: "juliet@capulet.lit".parse().unwrap(),
            sender_nick: None,
            comment: None,
            products: read_products(&product).unwrap(),
            xml: String::new(),
            picture: picture.then(|| Arc::new(thumbnail)),
            accepted: Millis(0),
            revoked: None,
        }
    }

    const URL: &str = "https://share.example.org/s/000000001A";

    #[test]
    fn a_card_has_what_gajim_and_cheogram_read() {
        let xml = preview(&share(true), "A 'goblet' & more", URL, Lang::En, MESSAGE).unwrap();
        let card: Element = xml.parse().unwrap();
        assert!(card.is("Description", ns::RDF));
        assert_eq!(card.attr_ns(ns::RDF, "about"), Some(URL), "an attribute in a namespace");
        let said = |name: &str| card.get_child(name, ns::OGP).map(Element::text);
        assert_eq!(said("title").as_deref(), Some("A 'goblet' & more"));
        assert_eq!(said("description").as_deref(), Some("one <b> two"));
        assert_eq!(said("url").as_deref(), Some(URL));
        let image = said("image").unwrap();
        assert!(image.starts_with("data:image/jpeg;base64,") && image.len() <= 4096);
    }

    #[test]
    fn a_card_without_room_loses_its_picture_and_then_goes() {
        let with = |picture, room| preview(&share(picture), "Goblet", URL, Lang::En, room);
        assert!(!with(false, MESSAGE).unwrap().contains("og:image"));
        assert!(with(true, 4_600).unwrap().contains("og:image"));
        assert!(!with(true, 4_000).unwrap().contains("og:image"));
        assert_eq!(with(true, 100), None);
    }
}
