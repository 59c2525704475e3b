//! The specifications and the code say the same: every example of `xep/*.xml` is a test of its
//! schema and of the types in `wire`.

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
        card::{self, xcard},
        check::Limits,
        condition::Condition,
        fallback::Fallback,
        ns,
        product::Product,
        share::{Comment, Invite, Lookup, Products, Revoke, Revoked, Send, Sent, Share, Status},
    },
};
use xmpp_parsers::stanza_error::{DefinedCondition, ErrorType, StanzaError};

/// A specification, and what is known of it.
struct Document {
    /// Of its source and its schema.
    name: &'static str,
    namespace: &'static str,
    /// Reads a payload into its type, checks it, and writes it again.
    through_type: fn(&Element) -> Result<Element, String>,
    /// The type and the defined condition of one of its own conditions.
    defined: fn(Element) -> (String, ErrorType, DefinedCondition),
    /// Parts that XSD 1.0 cannot ask for: it says neither "exactly one of these" nor "one that is an
    /// addresses element".
    only_types_know: &'static [&'static str],
    /// How many of its own conditions there are, and quotes in its examples.
    conditions: usize,
    quotes: usize,
    /// The least that is looked at: requests, elements, broken payloads, refused ones, attributes.
    least: [usize; 5],
}

const DOCUMENTS: [Document; 2] = [
    Document {
        name: "product-share",
        namespace: ns::PRODUCT_SHARE,
        through_type: share_through_type,
        defined: |condition| {
            let condition = Condition::try_from(condition).unwrap();
            let (kind, defined) = condition.defined();
            (format!("{condition:?}"), kind, defined)
        },
        only_types_know: &["product-ref/@", "lookup/@", "revoke/@", "send/addresses"],
        conditions: 16,
        quotes: 2,
        least: [20, 20, 150, 40, 400],
    },
    Document {
        name: "card-exchange",
        namespace: ns::CARD_EXCHANGE,
        through_type: card_through_type,
        defined: |condition| {
            let condition = card::condition::Condition::try_from(condition).unwrap();
            let (kind, defined) = condition.defined();
            (format!("{condition:?}"), kind, defined)
        },
        only_types_know: &[
            "request/addresses",
            "request/vcard",
            "request/@about",
            "request/@handle",
        ],
        conditions: 7,
        quotes: 0,
        least: [15, 14, 60, 15, 200],
    },
];

/// RFC 6120 §13.12: no server need take more.
const STANZA_BYTES_MAX: usize = 10_000;

// ---- the document ------------------------------------------------------------------------------

#[test]
fn the_document_is_valid_and_renders() {
    let out = TempDir::new().unwrap();
    let script = folder().join("render.sh");
    let rendered = run(Command::new(&script).arg(out.path()), "");
    assert!(rendered.status.success(), "{}", String::from_utf8_lossy(&rendered.stderr));
    for document in &DOCUMENTS {
        let page = out.path().join(format!("{}.html", document.name));
        let page = std::fs::read_to_string(page).unwrap();
        for topic in document.topics() {
            assert!(page.contains(&topic), "the page lacks {topic:?}");
        }
    }
}

#[test]
fn all_examples_together_are_one_well_formed_stream() {
    for document in &DOCUMENTS {
        let source = folder().join(format!("{}.xml", document.name));
        let style = folder().join("examples.xsl");
        let stream = run(Command::new("xsltproc").arg("--nonet").args([style, source]), "");
        assert!(stream.status.success());
        let stream = String::from_utf8(stream.stdout).unwrap();
        let parsed = run(Command::new("xmllint").args(["--nonet", "--noout", "-"]), &stream);
        assert!(parsed.status.success(), "{}", String::from_utf8_lossy(&parsed.stderr));
        assert!(stream.matches("<iq ").count() > document.least[0]);
    }
}

#[test]
fn the_document_has_every_section_of_the_template_in_its_order() {
    for document in &DOCUMENTS {
        let topics = document.topics();
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
}

#[test]
fn the_schema_in_the_document_is_the_schema_that_the_tests_use() {
    for document in &DOCUMENTS {
        assert!(document.source().contains(&document.schema()), "{}", document.name);
    }
}

// ---- its examples ------------------------------------------------------------------------------

#[test]
fn every_element_of_the_schema_has_an_example() {
    for document in &DOCUMENTS {
        let schema = document.schema();
        let declarations = schema.split("\n  <xs:element name='").skip(1);
        let declared: BTreeSet<String> =
            declarations.map(|rest| rest.split('\'').next().unwrap().to_owned()).collect();
        let mut shown = BTreeSet::new();
        for (_, payload) in document.payloads() {
            document.walk(&payload, &mut |element| {
                shown.insert(element.name().to_owned());
            });
        }
        let lacking: Vec<_> = declared.difference(&shown).collect();
        assert!(lacking.is_empty(), "without an example: {lacking:?}");
        assert!(declared.len() > document.least[1]);
    }
}

#[test]
fn every_payload_is_valid_by_the_schema() {
    for document in &DOCUMENTS {
        let payloads = document.payloads();
        let verdicts = document.by_schema(payloads.iter().map(|(_, payload)| payload));
        for ((caption, payload), verdict) in payloads.iter().zip(verdicts) {
            assert_eq!(verdict, Ok(()), "{caption}: <{}/>", payload.name());
        }
    }
}

#[test]
fn every_payload_is_read_by_its_type_and_written_back_equal() {
    for document in &DOCUMENTS {
        for (caption, payload) in document.payloads() {
            let written = (document.through_type)(&payload)
                .unwrap_or_else(|error| panic!("{caption}: {error}"));
            assert_eq!(canonical(&written), canonical(&payload), "{caption}");
        }
    }
}

#[test]
fn schema_and_types_agree_on_what_may_be_left_out() {
    for document in &DOCUMENTS {
        let mut broken = Vec::new();
        for (caption, payload) in document.payloads() {
            for (what, variant) in document.with_one_part_less(&payload) {
                broken.push((format!("{caption}: without {what}"), what, variant));
            }
        }
        assert!(broken.len() > document.least[2], "{}", broken.len());
        let verdicts = document.by_schema(broken.iter().map(|(_, _, variant)| variant));
        let mut refused = 0;
        for ((label, what, variant), by_schema) in broken.iter().zip(verdicts) {
            let by_type = (document.through_type)(variant);
            refused += usize::from(by_type.is_err());
            if document.only_types_know.iter().any(|part| what.starts_with(part)) {
                assert!(by_type.is_err(), "{label} is taken");
            } else {
                assert_eq!(
                    by_type.is_ok(),
                    by_schema.is_ok(),
                    "{label}: {by_type:?} {by_schema:?}"
                );
            }
        }
        assert!(refused > document.least[3], "{refused}");
    }
}

#[test]
fn every_error_has_the_type_and_the_defined_condition_of_its_own_condition() {
    for document in &DOCUMENTS {
        let mut seen = BTreeSet::new();
        for (caption, example) in document.examples() {
            let Some(error) = example.get_child("error", ns::CLIENT) else { continue };
            // The parser of errors knows the namespace of its own build alone.
            let error = StanzaError::try_from(error.clone()).unwrap();
            let (condition, kind, defined) = (document.defined)(error.other.clone().unwrap());
            assert_eq!((error.type_, error.defined_condition), (kind, defined), "{caption}");
            seen.insert(condition);
        }
        assert_eq!(seen.len(), document.conditions, "{seen:?}");
    }
}

#[test]
fn every_card_is_one_by_the_schema_of_rfc_6351_and_is_read_and_written() {
    let mut cards = Vec::new();
    for (caption, payload) in DOCUMENTS[1].payloads() {
        collect_cards(&payload, &mut |card| cards.push((caption.clone(), card.clone())));
    }
    assert!(cards.len() > 8, "{}", cards.len());
    let files = TempDir::new().unwrap();
    let grammar = folder().join("schemas/vcard4.rng");
    for (number, (caption, element)) in cards.iter().enumerate() {
        let card = xcard::read(element).unwrap_or_else(|error| panic!("{caption}: {error}"));
        let written: Element = xcard::to_xml(&card).parse().unwrap();
        assert_eq!(xcard::read(&written).as_ref(), Ok(&card), "{caption}");
        if !grammar.exists() {
            continue;
        }
        let mut xml = format!("<vcards xmlns='{}'>", ns::VCARD4).into_bytes();
        element.write_to(&mut xml).unwrap();
        written.write_to(&mut xml).unwrap();
        xml.extend_from_slice(b"</vcards>");
        let file = files.path().join(format!("{number}.xml"));
        std::fs::write(&file, xml).unwrap();
        let mut lint = Command::new("xmllint");
        let lint = lint.args(["--nonet", "--noout", "--relaxng"]).arg(&grammar).arg(file);
        let output = run(lint, "");
        assert!(output.status.success(), "{caption}: {}", String::from_utf8_lossy(&output.stderr));
    }
}

fn collect_cards(element: &Element, visit: &mut impl FnMut(&Element)) {
    if element.is("vcard", ns::VCARD4) {
        visit(element);
    }
    element.children().for_each(|child| collect_cards(child, visit));
}

#[test]
fn offsets_cut_exactly_the_quote() {
    for document in &DOCUMENTS {
        let mut cut = 0;
        for (caption, example) in document.examples() {
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
        assert_eq!(cut, document.quotes);
    }
}

#[test]
fn every_trade_item_number_has_a_right_check_digit() {
    let document = &DOCUMENTS[0];
    let mut numbers = 0;
    for (caption, payload) in document.payloads() {
        document.walk(&payload, &mut |element| {
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
    for document in &DOCUMENTS {
        let mut attributes = 0;
        for (caption, source) in document.sources() {
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
        assert!(attributes > document.least[4], "{attributes}");
    }
}

// ---- reading the document ----------------------------------------------------------------------

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("xep")
}

fn read(name: &str) -> String {
    std::fs::read_to_string(folder().join(name)).unwrap()
}

impl Document {
    fn source(&self) -> String {
        read(&format!("{}.xml", self.name))
    }

    fn schema(&self) -> String {
        read(&format!("schemas/{}.xsd", self.name))
    }

    /// The titles of all sections of the first level.
    fn topics(&self) -> Vec<String> {
        let document = self.source();
        let sections = document.split("<section1 topic='").skip(1);
        sections.map(|section| section.split('\'').next().unwrap().to_owned()).collect()
    }

    /// Caption and text of every example.
    fn sources(&self) -> Vec<(String, String)> {
        let document = self.source();
        let examples = document.split("<example caption='").skip(1);
        let parts = examples.map(|example| {
            let (caption, rest) = example.split_once("'><![CDATA[").unwrap();
            let (text, _) = rest.split_once("]]></example>").unwrap();
            (caption.to_owned(), text.to_owned())
        });
        parts.collect()
    }

    /// Every stanza or bare payload of every example.
    fn examples(&self) -> Vec<(String, Element)> {
        let mut examples = Vec::new();
        for (caption, text) in self.sources() {
            let stream: Element =
                format!("<stream xmlns='{}'>{text}</stream>", ns::CLIENT).parse().unwrap();
            examples.extend(stream.children().map(|child| (caption.clone(), child.clone())));
        }
        examples
    }

    /// Every topmost element of our namespace.
    fn payloads(&self) -> Vec<(String, Element)> {
        fn collect(namespace: &str, element: &Element, into: &mut Vec<Element>) {
            if element.ns() == namespace {
                into.push(element.clone());
            } else {
                element.children().for_each(|child| collect(namespace, child, into));
            }
        }
        let mut payloads = Vec::new();
        for (caption, example) in self.examples() {
            let mut found = Vec::new();
            collect(self.namespace, &example, &mut found);
            payloads.extend(found.into_iter().map(|payload| (caption.clone(), payload)));
        }
        payloads
    }

    /// Calls `visit` with every element of our namespace in `element`, and itself.
    fn walk(&self, element: &Element, visit: &mut impl FnMut(&Element)) {
        if element.ns() == self.namespace {
            visit(element);
        }
        element.children().for_each(|child| self.walk(child, visit));
    }
}

// ---- the two judges ----------------------------------------------------------------------------

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

fn share_through_type(payload: &Element) -> Result<Element, String> {
    let wrong = |error: &dyn std::fmt::Display| error.to_string();
    match payload.name() {
        "product" => {
            let product: Product = typed(payload)?;
            Checked::try_from(product.clone()).map_err(|error| wrong(&error))?;
            Ok(product.into())
        }
        "send" => {
            let send: Send = typed(payload)?;
            send.clone().check(&Limits::default()).map_err(|error| wrong(&error))?;
            Ok(send.into())
        }
        "share" => {
            let share: Share = typed(payload)?;
            share.clone().check(&Limits::default()).map_err(|error| wrong(&error))?;
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

fn card_through_type(payload: &Element) -> Result<Element, String> {
    let wrong = |error: &dyn std::fmt::Display| error.to_string();
    let card = |elements: &[Element]| card::read(None, elements).map_err(|error| wrong(&error));
    match payload.name() {
        "offer" => {
            let offer: card::CardOffer = typed(payload)?;
            card(&offer.elements)?.ok_or("no card")?;
            Ok(offer.into())
        }
        "answer" => {
            let answer: card::Answer = typed(payload)?;
            card(&answer.elements)?;
            Ok(answer.into())
        }
        "card" => {
            let own: card::Card = typed(payload)?;
            card::read(own.text.as_deref(), &own.elements).map_err(|error| wrong(&error))?;
            Ok(own.into())
        }
        "request" => {
            let request: card::Request = typed(payload)?;
            request.clone().check(&Limits::default()).map_err(|error| wrong(&error))?;
            card(&request.elements)?;
            Ok(request.into())
        }
        "pending" if payload.has_child("offer", ns::CARD_EXCHANGE) => {
            let tray: card::Tray = typed(payload)?;
            for offer in &tray.offers {
                card(&offer.elements)?.ok_or("no card")?;
            }
            Ok(tray.into())
        }
        "pending" => same::<card::Pending>(payload),
        "ack" => same::<card::Ack>(payload),
        "revoke" => same::<card::Revoke>(payload),
        "requested" => same::<card::Requested>(payload),
        _ => same::<card::condition::Condition>(payload),
    }
}

impl Document {
    /// What the schema says to each payload.
    fn by_schema<'a>(
        &self,
        payloads: impl Iterator<Item = &'a Element>,
    ) -> Vec<Result<(), String>> {
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
        let output =
            run(lint.arg(folder().join(format!("schemas/{}.xsd", self.name))).args(&names), "");
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
    fn with_one_part_less(&self, payload: &Element) -> Vec<(String, Element)> {
        let mut variants = Vec::new();
        for ((namespace, name), _) in payload.attrs() {
            let less =
                rebuilt(payload, |attribute| attribute != (namespace.as_str(), name.as_str()));
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
            if child.ns() == self.namespace {
                for (what, variant) in self.with_one_part_less(child) {
                    variants.push((what, with(Some(variant))));
                }
            }
        }
        variants
    }
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
