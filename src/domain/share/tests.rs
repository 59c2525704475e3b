use std::fmt::Write;

use uuid::Uuid;

use super::*;
use crate::domain::{card::Card, offer::How};

const KEY: &str = "k";

/// The hash of what Juliet asks to have sent to three people, as hexadecimal digits.
fn hash(what: What) -> String {
    let to = ["romeo@x", "tel:+390455550100", "benvolio@x"];
    let to = to.map(|it| Address::parse(it).unwrap()).into();
    let submission = Submission::of("juliet@x".parse().unwrap(), KEY.to_owned(), what, to);
    submission.content_hash.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

fn products(
    comment: Option<(Option<&str>, &str)>,
    recording: Option<&str>,
    codes: Vec<(usize, RefCode)>,
) -> What {
    What::Products {
        comment: comment.map(|(lang, text)| Localized {
            lang: lang.map(ToOwned::to_owned),
            text: text.to_owned(),
        }),
        recording: recording.map(|xml| {
            let recording = Recording::at("https://x.lit/a.ogg").unwrap();
            (Box::new(recording), xml.to_owned())
        }),
        products: Vec::new(),
        xml: "<product/>".to_owned(),
        passed_on: PassedOn { codes, most: 5 },
    }
}

fn made(card: &Card, own_card: Option<&str>) -> OfferMade {
    let offer = Offer { card: card.clone(), how: How::default(), after: None };
    OfferMade { offer: Arc::new(offer), own_card: own_card.map(ToOwned::to_owned), typed: None }
}

/// Databases hold them: a submission that came before an update is the same behind it. They were found
/// by another program, from the bytes.
#[test]
fn the_hash_of_each_kind_of_submission_stays_what_it_was() {
    assert_eq!(
        hash(products(None, None, Vec::new())),
        "6a8d30a4b643a1b51d6e57e1d789d9297b53db0a6998f44c8e8e5b2bb7eb48be"
    );
    assert_eq!(
        hash(products(Some((None, "Look")), None, Vec::new())),
        "cdde5e96c8da312ff2d0053dd40de114026f0ec39bca8381ea62bd71dbf4112d"
    );
    let code = RefCode::parse("7K3QXM2NP8").unwrap();
    assert_eq!(
        hash(products(Some((Some("it"), "Guarda")), Some("<file-sharing/>"), vec![(1, code)])),
        "dea421a29e7e18e36fabc791e7685ec28a9a14962ab73f36566bdf5a9441d727"
    );
    let card = Card::named("Juliet Capulet");
    let request = ["own work", "true None false"].map(ToOwned::to_owned);
    assert_eq!(
        hash(What::Given { made: made(&card, Some("work")), request }),
        "5dd2014ef5ea53aa8d2dedcb1b857ac8c913c45c05375dad6c108cafac1f865d"
    );
    let of = ShareId(Uuid::from_u128(7));
    assert_eq!(
        hash(What::Returned { made: made(&card, Some("work")), of }),
        "cd174f59473f36c8905df0dd0a9a94dc62641280fb8cc71366d35b927f05ada6"
    );
    let text =
        "BEGIN:VCARD\r\nVERSION:4.0\r\nFN:Juliet Capulet\r\nN:Capulet;Juliet;;;\r\nEND:VCARD\r\n";
    assert_eq!(card.to_string(), text);
    assert_eq!(
        hash(What::Returned { made: made(&card, None), of }),
        "5de72831b3bbd466c6aa997904f53d009eeb717f46c3ea55014d0a99080412b2"
    );
    let told = Localized { lang: Some("en".to_owned()), text: "new phone 电话".to_owned() };
    assert_eq!(
        hash(What::Changed { made: made(&card, Some("work")), told }),
        "430e3256a2b628ecaeb3854495d6af1231862928e752401f831bae6df18b00cb"
    );
}

#[test]
fn a_submission_holds_what_was_given_to_it_and_nothing_else() {
    let card = Card::named("Juliet Capulet");
    let told = Localized { lang: None, text: "new".to_owned() };
    let what = What::Changed { made: made(&card, Some("")), told: told.clone() };
    let to = vec![Address::parse("romeo@x").unwrap()];
    let it = Submission::of("juliet@x".parse().unwrap(), KEY.to_owned(), what, to.clone());
    assert_eq!((it.sender.as_str(), it.submit_id.as_str(), it.recipients), ("juliet@x", KEY, to));
    assert_eq!((it.comment, it.products.len(), &*it.xml), (Some(told), 0, ""));
    assert_eq!(it.offer.unwrap().own_card.as_deref(), Some(""));
    let what = products(None, Some("<file-sharing/>"), Vec::new());
    let it = Submission::of("juliet@x".parse().unwrap(), KEY.to_owned(), what, Vec::new());
    assert!(it.recording.is_some() && it.offer.is_none() && it.comment.is_none());
    assert_eq!((&*it.xml, it.passed_on.most), ("<product/>", 5));
}
