use super::*;

fn folder(files: &[(&str, &str)]) -> Folder {
    let named = Named { name: "acme".into(), english: "Acme".into(), chinese: "某公司".into() };
    let mut all = BTreeMap::from([
        ("card.txt".to_owned(), "{{ name }}".to_owned()),
        ("card.html".to_owned(), "<h1>{{ name }}</h1>".to_owned()),
        ("card.svg".to_owned(), "<svg>{{ name }}</svg>".to_owned()),
    ]);
    all.extend(files.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())));
    Folder { place: "/etc/cards/acme".into(), named, files: all }
}

fn refused(files: &[(&str, &str)]) -> String {
    Templates::new(vec![folder(files)]).unwrap_err().to_string()
}

#[test]
fn a_template_of_an_operator_joins_ours_and_may_replace_one() {
    let templates = Templates::new(vec![folder(&[("card.css", "h1 { color: red }")])]).unwrap();
    let card = Card::named("Juliet & Co");
    let names: Vec<String> = templates.choice().iter().map(|it| it.name.clone()).collect();
    assert_eq!(names, ["plain", "modern", "night", "acme"]);
    assert_eq!(templates.html("acme", &card, Lang::En).unwrap(), "<h1>Juliet &amp; Co</h1>");
    assert_eq!(templates.text("acme", &card, Lang::En).unwrap(), "Juliet & Co");
    assert_eq!(templates.style("acme"), "h1 { color: red }");
    let mut ours = folder(&[]);
    ours.named.name = "night".into();
    let templates = Templates::new(vec![ours]).unwrap();
    assert_eq!(templates.choice().iter().count(), 3);
    assert_eq!(templates.text("night", &card, Lang::En).unwrap(), "Juliet & Co");
    // One that is there no more.
    let plain = templates.text("plain", &card, Lang::En).unwrap();
    assert_eq!(templates.text("gone", &card, Lang::En).unwrap(), plain);
}

#[test]
fn a_broken_template_is_told_with_file_line_and_reason() {
    for (file, text, expected) in [
        (
            "card.html",
            "<p>\n{% if name %}",
            "/acme/card.html:2: syntax error: unexpected end of input",
        ),
        ("card.svg", "<svg>\n\n{{ nmae }}</svg>", "/acme/card.svg:3: undefined value"),
        (
            "card.txt",
            "\n{{ name|shout }}",
            "/acme/card.txt:2: unknown filter: filter shout is unknown",
        ),
        ("card.txt", "{% include '/etc/passwd' %}", "/acme/card.txt:1: "),
        ("card.html", "{% include '../plain/card.html' %}", "/acme/card.html:1: "),
        ("card.html", "{{ name|safe }}", "unknown filter: filter safe is unknown"),
        ("card.html", "{% autoescape false %}{{ name }}{% endautoescape %}", "without escaping"),
        (
            "card.svg",
            "{% for a in range(9999) %}{% for b in range(9999) %}x{% endfor %}{% endfor %}",
            "/acme/card.svg:1: takes too many steps; does it loop?",
        ),
    ] {
        let error = refused(&[(file, text)]);
        assert!(error.contains(expected), "{error}\n{expected}");
        assert_eq!(error.lines().count(), 1, "{error}");
    }
    let mut without = folder(&[]);
    without.files.remove("card.svg");
    let error = Templates::new(vec![without]).unwrap_err().to_string();
    assert_eq!(error, "/etc/cards/acme: there is no card.svg");
}

#[test]
fn a_template_may_include_what_lies_beside_it() {
    let files = [("card.html", "{% include 'head.html' %}"), ("head.html", "<b>{{ name }}</b>")];
    let templates = Templates::new(vec![folder(&files)]).unwrap();
    let html = templates.html("acme", &Card::named("<"), Lang::En).unwrap();
    assert_eq!(html, "<b>&lt;</b>");
}

#[test]
fn the_text_of_a_card_is_a_few_lines_that_clients_make_links_of() {
    let templates = Templates::new(vec![]).unwrap();
    let text = templates.text("plain", &full("Juliet"), Lang::En).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[..3], ["Juliet", "Juliet, Juliet", "tel:+390455550100"]);
    for (name, lang) in [("plain", Lang::Zh), ("modern", Lang::En), ("night", Lang::Zh)] {
        let text = templates.text(name, &full("Juliet"), lang).unwrap();
        assert!(text.lines().count() <= 7, "{name}: {text}");
        assert_eq!(templates.text(name, &Card::named("Juliet"), lang).unwrap(), "Juliet", "{name}");
    }
}
