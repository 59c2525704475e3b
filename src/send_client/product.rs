//! Products from a file: our XML, or schema.org's vocabulary in JSON.

use std::{collections::BTreeSet, fs, io, path::Path, str::FromStr};

use minidom::Element;

use super::json::{self, Read};
use crate::wire::{ns, product::Product, share::Products};

/// Reads the file at `path`; `-` is the standard input.
///
/// # Errors
/// What is wrong and where, with the name of the file.
pub(super) fn read(path: &Path) -> Result<Read, String> {
    let text = if path == Path::new("-") {
        io::read_to_string(io::stdin())
    } else {
        fs::read_to_string(path)
    };
    let named = |problem: String| format!("{}: {problem}", path.display());
    let text = text.map_err(|error| named(error.to_string()))?;
    if text.trim_start().starts_with('<') { xml(&text) } else { json::read(&text) }.map_err(named)
}

fn xml(text: &str) -> Result<Read, String> {
    let root = Element::from_str(text.trim()).map_err(|error| match error {
        minidom::Error::MissingNamespace => wanted(),
        error => format!("not well-formed: {error}"),
    })?;
    let wrong = |error| format!("not as the specification says: {error}");
    let products = match (root.name(), root.ns().as_str()) {
        ("product", ns::PRODUCT_SHARE) => vec![Product::try_from(root).map_err(wrong)?],
        ("products", ns::PRODUCT_SHARE) => Products::try_from(root).map_err(wrong)?.products,
        _ => return Err(wanted()),
    };
    Ok(Read { products, left_out: BTreeSet::new() })
}

fn wanted() -> String {
    format!("the root is not <product xmlns='{}'>", ns::PRODUCT_SHARE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_product_element_is_read_with_or_without_a_declaration() {
        let product = "<product xmlns='urn:xmpp:product-share:0'><name>Goblet</name></product>";
        for text in [product.to_owned(), format!("<?xml version='1.0'?>\n{product}\n")] {
            assert_eq!(xml(&text).unwrap().products[0].names, [(None, "Goblet".into())]);
        }
        let both =
            format!("<products xmlns='urn:xmpp:product-share:0'>{product}{product}</products>");
        assert_eq!(xml(&both).unwrap().products.len(), 2);
    }

    #[test]
    fn another_root_is_told_which_one_is_wanted() {
        for text in ["<product><name>x</name></product>", "<item xmlns='urn:x'/>"] {
            let error = xml(text).unwrap_err();
            assert!(error.contains("<product xmlns='urn:xmpp:product-share:0'>"), "{error}");
        }
    }

    #[test]
    fn a_file_that_is_not_there_is_named() {
        assert!(read(Path::new("no/such.json")).unwrap_err().starts_with("no/such.json: "));
    }
}
