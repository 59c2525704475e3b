use proptest::prelude::*;

use super::*;
use crate::link::stream::{Stanza, tag::StanzaKind};

const HEADER: &str = "<?xml version='1.0'?><stream:stream xmlns='jabber:component:accept' \
                      xmlns:stream='http://etherx.jabber.org/streams' id='a&amp;b' from='x.example'>";

/// Everything a stream brings, cut as given, and how it ended.
fn cut<'a>(
    pieces: impl IntoIterator<Item = &'a [u8]>,
    max_bytes: usize,
    max_depth: usize,
) -> (Vec<Event>, Option<Malformed>) {
    let mut framer = Framer::with_limits(max_bytes, max_depth);
    let mut events = Vec::new();
    for piece in pieces {
        framer.push(piece);
        loop {
            match framer.next() {
                Ok(Some(event)) => events.push(event),
                Ok(None) => break,
                Err(why) => return (events, Some(why)),
            }
        }
    }
    (events, None)
}

/// What follows the header, all at once, and again byte by byte.
fn body(xml: &str) -> (Vec<Event>, Option<Malformed>) {
    let stream = [HEADER, xml].concat();
    let whole = cut([stream.as_bytes()], 1000, 8);
    assert_eq!(whole, cut(stream.as_bytes().chunks(1), 1000, 8), "{xml}");
    let (mut events, end) = whole;
    assert!(matches!(events.remove(0), Event::Header(_)));
    (events, end)
}

fn stanza(xml: &str) -> Event {
    Event::Stanza(Bytes::copy_from_slice(xml.as_bytes()))
}

#[test]
fn the_header_gives_the_id_as_the_server_meant_it() {
    let (events, end) = cut([HEADER.as_bytes()], MAX_BYTES, MAX_DEPTH);
    let header = Header {
        id: Some("a&b".into()),
        from: Some("x.example".into()),
        xmlns: Some("jabber:component:accept".into()),
    };
    assert_eq!((events, end), (vec![Event::Header(header)], None));
}

#[test]
fn what_is_no_component_stream_is_refused_at_once() {
    for bytes in [
        "HTTP/1.1 400 Bad Request\r\n\r\n",
        "<html>",
        "<stream:stream/>",
        "</stream:stream>",
        "\u{feff}<stream:stream>",
        "<downstream>",
    ] {
        let (events, end) = cut([bytes.as_bytes()], 1000, 8);
        assert_eq!((events, end), (vec![], Some(Malformed::NoHeader)), "{bytes}");
    }
    let endless = ["<?xml ", &" ".repeat(1000)].concat();
    assert_eq!(cut([endless.as_bytes()], 9000, 8).1, Some(Malformed::NoHeader));
    for (spaces, end) in [(248, None), (249, Some(Malformed::NoHeader))] {
        let long = ["<?xml ", &" ".repeat(spaces), "?>"].concat();
        assert_eq!(cut([long.as_bytes()], 9000, 8).1, end, "{spaces}");
        assert_eq!(cut(long.as_bytes().chunks(1), 9000, 8).1, end, "{spaces}");
    }
    let endless = ["<stream:stream id='", &"a".repeat(1000), "<"].concat();
    assert_eq!(cut([endless.as_bytes()], 1000, 8).1, Some(Malformed::NoHeader));
    assert_eq!(cut(endless.as_bytes().chunks(1), 1000, 8).1, Some(Malformed::NoHeader));
}

#[test]
fn stanzas_are_cut_and_the_space_between_them_is_not_theirs() {
    let (events, end) = body("<iq/> \r\n\t<message a='1'><b>x</b></message><presence />\n");
    let stanzas = ["<iq/>", "<message a='1'><b>x</b></message>", "<presence />"];
    assert_eq!((events, end), (stanzas.map(stanza).to_vec(), None));
}

#[test]
fn quotes_and_cdata_hide_markup() {
    let xml = "<m a='>/>' b=\"/m>'\"><x><![CDATA[</m><!-- ]] > ]]]></x><y c='/'>/></y></m>";
    assert_eq!(body(xml), (vec![stanza(xml)], None));
}

#[test]
fn names_are_left_to_the_parser_of_the_stanza() {
    let xml = "<message><a></b></iq><presence/>";
    let cut = ["<message><a></b></iq>", "<presence/>"].map(stanza).to_vec();
    assert_eq!(body(xml), (cut, None));
}

#[test]
fn what_a_stream_must_not_hold_ends_it_wherever_it_stands() {
    for (xml, why) in [
        ("<!-- -->", Malformed::Comment),
        ("<m><!-- --></m>", Malformed::Comment),
        ("<?xml version='1.0'?>", Malformed::Instruction),
        ("<m><?php ?></m>", Malformed::Instruction),
        ("<!DOCTYPE m>", Malformed::Declaration),
        ("<m><!ENTITY a 'b'></m>", Malformed::Declaration),
        ("<m><!-x", Malformed::Declaration),
        ("<![CDATA[ ]]>", Malformed::Text),
        ("text<m/>", Malformed::Text),
        ("\u{c}<m/>", Malformed::Text),
        ("<m <n>", Malformed::Tag),
        ("<m a='<n>'/>", Malformed::Tag),
        ("</stream>", Malformed::EndTag),
        ("<m></m></m>", Malformed::EndTag),
        ("</stream:stream x>", Malformed::EndTag),
    ] {
        assert_eq!(body(xml).1, Some(why), "{xml}");
    }
}

#[test]
fn an_error_lasts() {
    let mut framer = Framer::default();
    framer.push(HEADER.as_bytes());
    framer.push(b"<!---->");
    assert!(framer.next().is_ok());
    assert_eq!(framer.next(), Err(Malformed::Comment));
    framer.push(b"<m/>");
    assert_eq!(framer.next(), Err(Malformed::Comment));
}

#[test]
fn the_end_is_the_last_event() {
    assert_eq!(body("<m/></stream:stream >junk"), (vec![stanza("<m/>"), Event::End], None));
}

#[test]
fn a_stream_error_is_told_from_a_stanza() {
    let xml =
        "<stream:error><conflict xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>";
    let (events, end) = body(&[xml, "</stream:stream>"].concat());
    assert_eq!((events, end), (vec![Event::Error(xml.into()), Event::End], None));
}

#[test]
fn a_stream_may_have_another_prefix_or_none() {
    for prefix in ["", "s:"] {
        let xml =
            format!("<{prefix}stream id='1'><{prefix}error></{prefix}error></{prefix}stream>");
        let (events, end) = cut([xml.as_bytes()], 1000, 8);
        assert!(matches!(events[..], [Event::Header(_), Event::Error(_), Event::End]), "{xml}");
        assert_eq!(end, None);
    }
}

#[test]
fn a_stanza_too_large_is_passed_over_and_its_head_kept() {
    let large = ["<iq type='get' from='a@b/c' id='7'><q>", &"x".repeat(2000), "</q></iq>"].concat();
    let head = Head {
        kind: StanzaKind::Iq,
        from: Some("a@b/c".into()),
        to: None,
        id: Some("7".into()),
        type_: Some("get".into()),
    };
    let over = Event::Oversized(Oversized { why: Excess::Bytes, head });
    assert_eq!(body(&[&large, "<m/>"].concat()), (vec![over, stanza("<m/>")], None));
}

#[test]
fn a_start_tag_too_large_leaves_no_head() {
    let large = ["<iq id='7' a='", &"x".repeat(2000), "'> <q/> </iq>"].concat();
    let over = Event::Oversized(Oversized { why: Excess::Bytes, head: Head::default() });
    assert_eq!(body(&[&large, "<m/>"].concat()), (vec![over, stanza("<m/>")], None));
}

#[test]
fn a_stanza_too_deep_is_passed_over() {
    let deep = |levels: usize| ["<a>".repeat(levels), "</a>".repeat(levels)].concat();
    assert_eq!(body(&deep(8)), (vec![stanza(&deep(8))], None));
    let over = Event::Oversized(Oversized { why: Excess::Depth, head: Head::default() });
    assert_eq!(body(&[&deep(9), "<m/>"].concat()), (vec![over.clone(), stanza("<m/>")], None));
    // Deeper than the 1000 bytes allow: what comes first is what is told.
    assert_eq!(body(&[&deep(5000), "<m/>"].concat()), (vec![over, stanza("<m/>")], None));
}

/// What comes of a stanza that is followed by another, however the stream is cut.
fn first(xml: &str) -> Event {
    let stream = [HEADER, xml, "<m/>"].concat();
    let (mut events, end) = cut([stream.as_bytes()], MAX_BYTES, MAX_DEPTH);
    for size in [1, 1_000] {
        let pieces = stream.as_bytes().chunks(size);
        assert_eq!(cut(pieces, MAX_BYTES, MAX_DEPTH), (events.clone(), end));
    }
    assert_eq!((events.len(), end, events.pop()), (3, None, Some(stanza("<m/>"))));
    events.remove(1)
}

#[test]
fn a_stanza_of_too_many_elements_and_attributes_is_passed_over() {
    let over = Event::Oversized(Oversized { why: Excess::Parts, head: Head::default() });
    for part in ["<a/>", "<a b=''/>", "<a xmlns:b='c' b:d='e'><f g=''/></a>"] {
        let each = part.matches(['=', '<']).count() - part.matches("</").count();
        let many = |more| {
            let (whole, rest) = ((MAX_PARTS - 1) / each, (MAX_PARTS - 1) % each);
            ["<m>", &part.repeat(whole), &"<h/>".repeat(rest + more), "</m>"].concat()
        };
        assert_eq!(first(&many(0)), stanza(&many(0)));
        assert_eq!(first(&many(1)), over, "{part}");
    }
}

#[test]
fn the_deeper_a_part_lies_the_more_it_counts() {
    let at = |level: usize, parts: usize| {
        let (open, close) = ("<a>".repeat(level - 1), "</a>".repeat(level - 1));
        [&open, &"<b c=''/>".repeat(parts / 2), close.as_str()].concat()
    };
    // What leads there counts too.
    for (level, fits) in [(8, MAX_PARTS), (9, MAX_PARTS / 2), (64, MAX_PARTS / 8)] {
        assert!(matches!(first(&at(level, fits - 300)), Event::Stanza(_)), "{level}");
        assert!(matches!(first(&at(level, fits + 2)), Event::Oversized(_)), "{level}");
    }
}

#[test]
fn too_many_attributes_of_the_stanza_itself_leave_its_head() {
    // That none comes twice is for the parser.
    let many = " a=''".repeat(MAX_PARTS);
    let Event::Oversized(over) = first(&format!("<iq{many} id='7'><q/></iq>")) else {
        panic!("it is too much")
    };
    assert_eq!((over.why, over.head.id.as_deref()), (Excess::Parts, Some("7")));
}

#[test]
fn what_is_passed_over_is_not_kept() {
    let mut framer = Framer::with_limits(1000, 8);
    framer.push(HEADER.as_bytes());
    framer.push(b"<m><![CDATA[");
    assert!(framer.next().is_ok());
    for _ in 0..1000 {
        framer.push(&[b'x'; 1000]);
        assert_eq!(framer.next(), Ok(None));
        assert!(framer.buf.len() <= 2000, "{} bytes", framer.buf.len());
    }
}

#[test]
fn an_end_tag_too_large_is_no_end() {
    let tag = ["</stream:stream", &" ".repeat(2000), ">"].concat();
    assert_eq!(body(&tag), (vec![], Some(Malformed::EndTag)));
}

/// Pieces that put a lexer in every state, in any order: mostly not XML.
fn piece() -> impl Strategy<Value = String> {
    prop_oneof![
        8 => prop::sample::select(vec![
            "<a>", "</a>", "<a/>", "<m b='", "'", "\"", ">", "/", "<", "x", " ", "\n", "]]>", "]",
            "<iq from='a@b' id='1' type='get'>", "<stream:error>", "</stream:error>", "&amp;",
        ]).prop_map(String::from),
        1 => prop::sample::select(vec!["<![CDATA[", "<!", "<!--", "<?", "</stream:stream>"])
            .prop_map(String::from),
        1 => "[a-z<>'\"/! ?\\[\\]]{1,4}",
        1 => (1..200usize).prop_map(|n| "y".repeat(n)),
    ]
}

proptest! {
    #[test]
    fn how_the_stream_is_cut_on_its_way_changes_nothing(
        xml in prop::collection::vec(piece(), 0..40),
        cuts in prop::collection::vec(1..12usize, 1..60),
        max_bytes in 20..400usize,
    ) {
        let stream = [HEADER, &xml.concat()].concat();
        // The header is longer than the limit of some runs: it goes in under its own.
        let max_bytes = max_bytes.max(HEADER.len());
        let whole = cut([stream.as_bytes()], max_bytes, 4);
        let mut rest = stream.as_bytes();
        let mut sizes = cuts.iter().cycle();
        let pieces = std::iter::from_fn(|| {
            let size = (*sizes.next()?).min(rest.len());
            let (piece, after) = rest.split_at(size);
            rest = after;
            (!piece.is_empty()).then_some(piece)
        });
        prop_assert_eq!(&whole, &cut(pieces, max_bytes, 4));
        prop_assert_eq!(&whole, &cut(stream.as_bytes().chunks(1), max_bytes, 4));
    }

    #[test]
    fn any_bytes_at_all_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let whole = cut([HEADER.as_bytes(), &bytes], 1000, 8);
        let pieces = HEADER.as_bytes().chunks(7).chain(bytes.chunks(1));
        prop_assert_eq!(whole, cut(pieces, 1000, 8));
    }
    #[test]
    fn what_may_leave_is_one_stanza_here_and_to_the_parser(
        pieces in prop::collection::vec(
            prop::sample::select(vec![
                "<a>", "</a>", "<b c='", "'", "/>", ">", "&lt;", "&", "x", "<", "]]>", "\u{706f}",
                "<d/>", "</message>", " ", "e=\"f\"", "<d e='1'>", "</d>", "\"", "&#9;",
            ]),
            0..12,
        ),
    ) {
        let pieces = pieces.concat();
        let xml = format!("<message from='x' to='b@x' id='1'>{pieces}</message>");
        if let Ok(sendable) = Stanza::new(xml.clone(), "x") {
            let stream = [HEADER.as_bytes(), sendable.bytes()].concat();
            let (events, end) = cut([stream.as_slice()], MAX_BYTES, MAX_DEPTH);
            prop_assert_eq!(events.get(1..), Some(&[self::stanza(&xml)][..]));
            prop_assert_eq!(end, None);
            let namespace = Some("jabber:client".to_owned());
            let parsed = minidom::Element::from_reader_with_prefixes(xml.as_bytes(), namespace);
            prop_assert!(parsed.is_ok(), "{} {:?}", xml, parsed);
        }
    }
}
