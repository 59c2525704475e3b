//! The specification and the code say the same: every example of `xep/product-share.xml` is a
//! test of the schema and of the types in `wire`.

use std::{
    collections::BTreeSet,
    fmt::Write as _,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use minidom::{Element, Node};
use tempfile::TempDir;
use tradepost::{
    domain::product::{Gtin, Product as Checked},
    wire::{
        check::Limits,
        condition::Condition,
        fallback::Fallback,
        ns,
        product::Product,
        share::{Comment, Invite, Lookup, Products, Revoke, Revoked, Send, Sent, Share, Status},
    },
};
use xmpp_parsers::stanza_error::StanzaError;

/// RFC 6120 §13.12: no server need take more.
const STANZA_BYTES_MAX: usize = 10_000;

// ---- the document ------------------------------------------------------------------------------

#[test]
fn the_document_is_valid_and_renders() {
    let out = TempDir::new().unwrap();
    let script = folder().join("render.sh");
    let rendered = run(Command::new(&script).arg(out.path()), "");
    assert!(rendered.status.success(), "{}", String::from_utf8_lossy(&rendered.stderr));
    let page = std::fs::read_to_string(out.path().join("product-share.html")).unwrap();
    for topic in topics() {
        assert!(page.contains(&topic), "the page lacks {topic:?}");
    }
}

#[test]
fn all_examples_together_are_one_well_formed_stream() {
    let (style, source) = (folder().join("examples.xsl"), folder().join("product-share.xml"));
    let stream = run(Command::new("xsltproc").arg("--nonet").args([style, source]), "");
    assert!(stream.status.success());
    let stream = String::from_utf8(stream.stdout).unwrap();
    let parsed = run(Command::new("xmllint").args(["--nonet", "--noout", "-"]), &stream);
    assert!(parsed.status.success(), "{}", String::from_utf8_lossy(&parsed.stderr));
    assert!(stream.matches("<iq ").count() > 20);
}

#[test]
fn the_document_has_every_section_of_the_template_in_its_order() {
    let topics = topics();
    let mut at = topics.iter();
    for section in [
        "Introduction",
        "Requirements",
        "Glossary",
        "Use Cases",
        "Error Conditions",
        "Business Rules",
        "Implementation Notes",
        "Accessibility Considerations",
        "Internationalization Considerations",
        "Security Considerations",
        "Privacy Considerations",
        "IANA Considerations",
        "XMPP Registrar Considerations",
        "Design Considerations",
        "XML Schema",
        "Acknowledgements",
    ] {
        assert!(at.any(|topic| topic == section), "{section} is missing or out of place");
    }
}

#[test]
fn the_schema_in_the_document_is_the_schema_that_the_tests_use() {
    let schema = read("schemas/product-share.xsd");
    assert!(read("product-share.xml").contains(&schema));
}

// ---- its examples ------------------------------------------------------------------------------

#[test]
fn every_element_of_the_schema_has_an_example() {
    let schema = read("schemas/product-share.xsd");
    let declarations = schema.split("\n  <xs:element name='").skip(1);
    let declared: BTreeSet<String> =
        declarations.map(|rest| rest.split('\'').next().unwrap().to_owned()).collect();
    let mut shown = BTreeSet::new();
    for (_, payload) in payloads() {
        walk(&payload, &mut |element| {
            shown.insert(element.name().to_owned());
        });
    }
    let lacking: Vec<_> = declared.difference(&shown).collect();
    assert!(lacking.is_empty(), "without an example: {lacking:?}");
    assert!(declared.len() > 20);
}

#[test]
fn every_payload_is_valid_by_the_schema() {
    let payloads = payloads();
    let verdicts = by_schema(payloads.iter().map(|(_, payload)| payload));
    for ((caption, payload), verdict) in payloads.iter().zip(verdicts) {
        assert_eq!(verdict, Ok(()), "{caption}: <{}/>", payload.name());
    }
}

#[test]
fn every_payload_is_read_by_its_type_and_written_back_equal() {
    for (caption, payload) in payloads() {
        let written = through_type(&payload).unwrap_or_else(|error| panic!("{caption}: {error}"));
        assert_eq!(canonical(&written), canonical(&payload), "{caption}");
    }
}

#[test]
fn schema_and_types_agree_on_what_may_be_left_out() {
    let mut broken = Vec::new();
    for (caption, payload) in payloads() {
        for (what, variant) in with_one_part_less(&payload) {
            broken.push((format!("{caption}: without {what}"), what, variant));
        }
    }
    assert!(broken.len() > 150, "{}", broken.len());
    let verdicts = by_schema(broken.iter().map(|(_, _, variant)| variant));
    let mut refused = 0;
    for ((label, what, variant), by_schema) in broken.iter().zip(verdicts) {
        let by_type = through_type(variant);
        refused += usize::from(by_type.is_err());
        // XSD 1.0 can say neither "exactly one of these" nor "one that is an addresses element".
        let only_types_know = ["product-ref/@", "lookup/@", "revoke/@", "send/addresses"];
        if only_types_know.iter().any(|part| what.starts_with(part)) {
            assert!(by_type.is_err(), "{label} is taken");
        } else {
            assert_eq!(by_type.is_ok(), by_schema.is_ok(), "{label}: {by_type:?} {by_schema:?}");
        }
    }
    assert!(refused > 40, "{refused}");
}

#[test]
fn every_error_has_the_type_and_the_defined_condition_of_its_own_condition() {
    let mut seen = BTreeSet::new();
    for (caption, example) in examples() {
        let Some(error) = example.get_child("error", ns::CLIENT) else { continue };
        // The parser of errors knows the namespace of its own build alone.
        let error = StanzaError::try_from(error.clone()).unwrap();
        let condition = Condition::try_from(error.other.clone().unwrap()).unwrap();
        let (kind, defined) = condition.defined();
        assert_eq!((error.type_, error.defined_condition), (kind, defined), "{caption}");
        seen.insert(format!("{condition:?}"));
    }
    assert_eq!(seen.len(), 16, "{seen:?}");
}

#[test]
fn offsets_cut_exactly_the_quote() {
    let mut cut = 0;
    for (caption, example) in examples() {
        let (Some(body), Some(fallback)) = (
            example.get_child("body", ns::CLIENT).map(Element::text),
            example.get_child("fallback", ns::FALLBACK),
        ) else {
            continue;
        };
        let fallback = Fallback::try_from(fallback.clone()).unwrap();
        let rest = fallback.cut(&body);
        if fallback.namespace.as_deref() == Some(ns::REPLY) {
            let quote = body.strip_suffix(&rest).unwrap();
            assert!(quote.ends_with('\n') && quote.lines().all(|line| line.starts_with("> ")));
            assert!(!rest.starts_with('>') && !rest.is_empty(), "{caption}");
            assert_eq!(fallback, Fallback::quote(quote), "{caption}");
            cut += 1;
        } else {
            assert_eq!(rest, "", "{caption}");
        }
    }
    assert_eq!(cut, 2);
}

#[test]
fn every_trade_item_number_has_a_right_check_digit() {
    let mut numbers = 0;
    for (caption, payload) in payloads() {
        walk(&payload, &mut |element| {
            let text = (element.name() == "gtin").then(|| element.text());
            for number in text.into_iter().chain(attribute(element, "gtin")) {
                assert!(Gtin::parse(&number).is_ok(), "{caption}: {number}");
                numbers += 1;
            }
        });
    }
    assert!(numbers >= 8);
}

#[test]
fn every_stanza_is_small_and_has_its_attributes_in_order() {
    let mut attributes = 0;
    for (caption, source) in sources() {
        assert!(source.len() < STANZA_BYTES_MAX, "{caption}");
        for tag in source.split('<').skip(1).filter_map(|tag| tag.split('>').next()) {
            let mut names: Vec<&str> = tag
                .split('\'')
                .step_by(2)
                .filter_map(|before| before.trim().strip_suffix('='))
                .map(|name| name.rsplit(char::is_whitespace).next().unwrap_or(name))
                .collect();
            attributes += names.len();
            let written = names.clone();
            // Canonical XML: declarations first, attributes with a namespace last.
            names.sort_by_key(|name| (*name != "xmlns", name.contains(':'), *name));
            assert_eq!(written, names, "{caption}: <{tag}>");
        }
    }
    assert!(attributes > 400, "{attributes}");
}

// ---- reading the document ----------------------------------------------------------------------

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("xep")
}

fn read(name: &str) -> String {
    std::fs::read_to_string(folder().join(name)).unwrap()
}

/// The titles of all sections of the first level.
fn topics() -> Vec<String> {
    let document = read("product-share.xml");
    let sections = document.split("<section1 topic='").skip(1);
    sections.map(|section| section.split('\'').next().unwrap().to_owned()).collect()
}

/// Caption and text of every example.
fn sources() -> Vec<(String, String)> {
    let document = read("product-share.xml");
    let examples = document.split("<example caption='").skip(1);
    let parts = examples.map(|example| {
        let (caption, rest) = example.split_once("'><![CDATA[").unwrap();
        let (text, _) = rest.split_once("]]></example>").unwrap();
        (caption.to_owned(), text.to_owned())
    });
    parts.collect()
}

/// Every stanza or bare payload of every example.
fn examples() -> Vec<(String, Element)> {
    let mut examples = Vec::new();
    for (caption, text) in sources() {
        let stream: Element =
            format!("<stream xmlns='{}'>{text}</stream>", ns::CLIENT).parse().unwrap();
        examples.extend(stream.children().map(|child| (caption.clone(), child.clone())));
    }
    examples
}

/// Every topmost element of our namespace.
fn payloads() -> Vec<(String, Element)> {
    fn collect(element: &Element, into: &mut Vec<Element>) {
        if element.ns() == ns::PRODUCT_SHARE {
            into.push(element.clone());
        } else {
            element.children().for_each(|child| collect(child, into));
        }
    }
    let mut payloads = Vec::new();
    for (caption, example) in examples() {
        let mut found = Vec::new();
        collect(&example, &mut found);
        payloads.extend(found.into_iter().map(|payload| (caption.clone(), payload)));
    }
    payloads
}

/// Calls `visit` with every element of our namespace in `element`, and itself.
fn walk(element: &Element, visit: &mut impl FnMut(&Element)) {
    if element.ns() == ns::PRODUCT_SHARE {
        visit(element);
    }
    element.children().for_each(|child| walk(child, visit));
}

// ---- the two judges ----------------------------------------------------------------------------

/// Reads `payload` into its type, checks it, and writes it again.
fn through_type(payload: &Element) -> Result<Element, String> {
    fn typed<T>(payload: &Element) -> Result<T, String>
    where
        T: TryFrom<Element>,
        T::Error: std::fmt::Display,
    {
        T::try_from(payload.clone()).map_err(|error| error.to_string())
    }
    fn same<T>(payload: &Element) -> Result<Element, String>
    where
        T: TryFrom<Element> + Into<Element>,
        T::Error: std::fmt::Display,
    {
        typed::<T>(payload).map(Into::into)
    }
    let wrong = |error: &dyn std::fmt::Display| error.to_string();
    match payload.name() {
        "product" => {
            let product: Product = typed(payload)?;
            Checked::try_from(product.clone()).map_err(|error| wrong(&error))?;
            Ok(product.into())
        }
        "send" => {
            let send: Send = typed(payload)?;
            send.clone().check(Limits::default()).map_err(|error| wrong(&error))?;
            Ok(send.into())
        }
        "share" => {
            let share: Share = typed(payload)?;
            share.clone().check(Limits::default()).map_err(|error| wrong(&error))?;
            Ok(share.into())
        }
        "lookup" => {
            let lookup: Lookup = typed(payload)?;
            lookup.clone().check().map_err(|error| wrong(&error))?;
            Ok(lookup.into())
        }
        "products" => {
            let products: Products = typed(payload)?;
            for product in products.products.clone() {
                Checked::try_from(product).map_err(|error| wrong(&error))?;
            }
            Ok(products.into())
        }
        "sent" => same::<Sent>(payload),
        "comment" => same::<Comment>(payload),
        "status" => same::<Status>(payload),
        "invite" => same::<Invite>(payload),
        "revoke" => same::<Revoke>(payload).or_else(|_| same::<Revoked>(payload)),
        _ => same::<Condition>(payload),
    }
}

/// What the schema says to each payload.
fn by_schema<'a>(payloads: impl Iterator<Item = &'a Element>) -> Vec<Result<(), String>> {
    let files = TempDir::new().unwrap();
    let mut names = Vec::new();
    for (number, payload) in payloads.enumerate() {
        let name = format!("{number}.xml");
        let mut xml = Vec::new();
        payload.write_to(&mut xml).unwrap();
        std::fs::write(files.path().join(&name), xml).unwrap();
        names.push(name);
    }
    let mut lint = Command::new("xmllint");
    lint.current_dir(files.path()).args(["--nonet", "--noout", "--schema"]);
    let output = run(lint.arg(folder().join("schemas/product-share.xsd")).args(&names), "");
    let report = String::from_utf8(output.stderr).unwrap();
    let verdict = |name: &String| {
        if report.lines().any(|line| line == format!("{name} validates")) {
            return Ok(());
        }
        let about = |line: &&str| line.starts_with(&format!("{name}:"));
        Err(report.lines().find(about).unwrap_or(&report).to_owned())
    };
    names.iter().map(verdict).collect()
}

/// Every element that lacks one attribute or child which `payload` has; parts of other namespaces
/// stay whole.
fn with_one_part_less(payload: &Element) -> Vec<(String, Element)> {
    let mut variants = Vec::new();
    for ((namespace, name), _) in payload.attrs() {
        let less = rebuilt(payload, |attribute| attribute != (namespace.as_str(), name.as_str()));
        variants.push((format!("{}/@{}", payload.name(), name.as_str()), less));
    }
    for (at, child) in payload.children().enumerate() {
        let with = |replacement: Option<Element>| {
            let mut all: Vec<Element> = payload.children().cloned().collect();
            all.splice(at..=at, replacement);
            let mut variant = payload.clone();
            variant.take_nodes();
            for child in all {
                variant.append_child(child);
            }
            variant
        };
        variants.push((format!("{}/{}", payload.name(), child.name()), with(None)));
        if child.ns() == ns::PRODUCT_SHARE {
            for (what, variant) in with_one_part_less(child) {
                variants.push((what, with(Some(variant))));
            }
        }
    }
    variants
}

/// `element` with the attributes that `keep` wants.
fn rebuilt(element: &Element, keep: impl Fn((&str, &str)) -> bool) -> Element {
    let mut built = Element::bare(element.name().to_owned(), element.ns());
    for ((namespace, name), value) in element.attrs() {
        if keep((namespace.as_str(), name.as_str())) {
            built.set_attr(namespace.clone(), name.clone(), value.clone());
        }
    }
    for node in element.nodes() {
        built.append_node(node.clone());
    }
    built
}

// ---- comparing ---------------------------------------------------------------------------------

/// One text for all elements that differ only in the order of attributes and in white space
/// between elements.
fn canonical(element: &Element) -> String {
    let attributes: BTreeSet<String> = element
        .attrs()
        .iter()
        .map(|((namespace, name), value)| {
            format!("{}|{}={value:?}", namespace.as_str(), name.as_str())
        })
        .collect();
    let mut text = format!("({}|{} {attributes:?}", element.ns(), element.name());
    let mixed = element.children().next().is_some();
    for node in element.nodes() {
        match node {
            Node::Element(child) => text.push_str(&canonical(child)),
            Node::Text(words) if words.is_empty() || (mixed && words.trim().is_empty()) => {}
            Node::Text(words) => write!(text, "{words:?}").unwrap(),
        }
    }
    text.push(')');
    text
}

fn attribute(element: &Element, name: &str) -> Option<String> {
    let attributes = element.attrs();
    attributes.iter().find(|((_, known), _)| known.as_str() == name).map(|(_, value)| value.clone())
}

/// Runs a program that must be there.
fn run(command: &mut Command, input: &str) -> Output {
    let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = piped.spawn().unwrap_or_else(|error| {
        let program = command.get_program().to_string_lossy();
        panic!("{program} does not start ({error}): install libxml2-utils and xsltproc")
    });
    let mut stdin = child.stdin.take().unwrap();
    // A program that does not read its input has closed it.
    let _ = stdin.write_all(input.as_bytes());
    drop(stdin);
    child.wait_with_output().unwrap()
}
