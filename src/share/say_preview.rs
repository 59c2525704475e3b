//! XEP-0511: Link Metadata. The card that Gajim and Cheogram show for the link in the text, with a
//! picture that travels along, so that no client has to ask the page for it.

use base64::{Engine, prelude::BASE64_STANDARD};

use crate::{
    domain::{
        lang::Lang,
        picture::Thumbnail,
        product::Localized,
        share::Share,
        text::{one_line, shorten},
    },
    wire::{ns, xml::Writer},
};

/// The most characters of the description.
const WORDS: usize = 200;
/// The most bytes of a message with its card: Prosody and others keep and pass on small messages
/// best (`docs/design/messages.md#size`). What stands in the payload may be more; then there is no
/// card.
pub(crate) const MESSAGE: usize = 8 * 1024;

/// The card of the link `url`, with `picture`, in at most `room` bytes of XML; none when it does
/// not fit. Without a picture there is no card: the body has said all the rest.
pub(super) fn preview(
    share: &Share,
    picture: &Thumbnail,
    title: &str,
    url: &str,
    lang: Lang,
    room: usize,
) -> Option<String> {
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
    let image = BASE64_STANDARD.encode(&picture.small);
    xml.leaf("og:image", &format!("data:image/jpeg;base64,{image}")).close("rdf:Description");
    Some(xml.finish()).filter(|xml| xml.len() <= room)
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
            picture::{Kind, MAX_SMALL, PictureHash},
        },
        wire::product::read::read_products,
    };

    fn share() -> Share {
        let product = format!(
            "<product xmlns='{}'><name>Goblet</name><description>one &lt;b&gt;\n two</description>\
             </product>",
            ns::PRODUCT_SHARE
        );
        Share {
            id: ShareId(Uuid::from_u128(1)),
            ref_code: RefCode::from_random(42),
            sender: "juliet@capulet.lit".parse().unwrap(),
            sender_nick: None,
            comment: None,
            products: read_products(&product).unwrap().into(),
            xml: Arc::default(),
            recording: None,
            offer: None,
            picture: None,
            accepted: Millis(0),
            revoked: None,
        }
    }

    fn thumbnail() -> Thumbnail {
        Thumbnail {
            hash: PictureHash([1; 32]),
            kind: Kind::Jpeg,
            size: 18_231,
            width: 640,
            height: 480,
            small: vec![0xff; MAX_SMALL],
        }
    }

    const URL: &str = "https://share.example.org/s/000000001A";

    #[test]
    fn a_card_has_what_gajim_and_cheogram_read() {
        let xml =
            preview(&share(), &thumbnail(), "A 'goblet' & more", URL, Lang::En, MESSAGE).unwrap();
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
    fn a_card_that_does_not_fit_is_left_out() {
        let within = |room| preview(&share(), &thumbnail(), "Goblet", URL, Lang::En, room);
        assert!(within(4_600).is_some_and(|xml| xml.len() <= 4_600));
        assert_eq!(within(4_000), None);
    }
}
