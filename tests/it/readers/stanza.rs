//! Stanzas and what they hold, at their worst.

use tradepost::{
    component::{
        form,
        inbound::{Addresses, Inbound},
    },
    domain::lang::Lang,
    link::stream::{
        framer::{Event, Framer},
        tag::{Head, attributes, unescape},
    },
    wire::{check::Limits, ns, product, share::Share},
};

use super::{Case, Run, element, many, numbered, reading, repeated};

fn ours() -> Addresses {
    Addresses {
        domain: "share.x".parse().expect("a domain"),
        contact: "share@share.x".parse().expect("an address"),
    }
}

/// A stanza that is in memory already, understood.
fn understood(kind: &str, head: &str, inner: &str) -> Run {
    let xml = format!(
        "<{kind} xmlns='jabber:client' from='a@x/r' to='share@share.x' id='i' {head}>{inner}</{kind}>"
    );
    let stanza = element(&xml);
    let ours = ours();
    Box::new(move || drop(Inbound::parse(&stanza, &ours)))
}

fn message(inner: &str) -> Run {
    understood("message", "type='chat'", inner)
}

/// The value of an attribute, of which a parser takes 8 KiB.
fn value(unit: &str, size: usize) -> String {
    repeated("", unit, size.min(8_000))
}

fn body(text: &str) -> String {
    format!("<body>{text}</body>")
}

pub(super) fn messages() -> Vec<Case> {
    const QUOTE: &str = "<reply xmlns='urn:xmpp:reply:0' id='r'/>";
    /// A body and as many ranges of it, in one fallback or each in its own.
    fn fallbacks(size: usize, is_one: bool) -> Run {
        let (open, close) =
            ("<fallback xmlns='urn:xmpp:fallback:0' for='urn:xmpp:reply:0'>", "</fallback>");
        let range = if is_one { "<body start='1' end='2'/>" } else { "<body start='1' end='1'/>" };
        let ranges = if is_one {
            format!("{open}{}{close}", many(range, size))
        } else {
            many(&format!("{open}{range}{close}"), size)
        };
        message(&format!("{}{QUOTE}{ranges}", body(&"x".repeat(size))))
    }
    vec![
        ("ranges of one fallback", |size| fallbacks(size, true)),
        ("many fallbacks", |size| fallbacks(size, false)),
        ("lines that are quoted", |size| {
            message(&(body(&repeated("", "&gt; #0\n", size)) + QUOTE))
        }),
        ("levels of quotes", |size| message(&body(&repeated("", "&gt;", size)))),
        ("number signs", |size| message(&body(&repeated("&gt; ", "#", size)))),
        ("children", |size| message(&(body("x") + &many("<a xmlns='b'/>", size)))),
        ("bodies", |size| message(&many("<body>a</body>", size))),
        ("reactions", |size| {
            let all = many("<reaction>a</reaction>", size);
            message(&format!("<reactions xmlns='urn:xmpp:reactions:0' id='r'>{all}</reactions>"))
        }),
        ("receipts", |size| {
            message(&many(
                "<received xmlns='urn:xmpp:receipts' id='0e3141cd80894871a68e6fe6b1ec56fa'/>",
                size,
            ))
        }),
        ("addresses", |size| {
            let all = many("<address type='to' jid='a@b'/>", size);
            message(&(body("x") + &format!("<addresses xmlns='{}'>{all}</addresses>", ns::ADDRESS)))
        }),
        ("sources of a file", |size| {
            let source = format!("<url-data xmlns='{}' target='http://a.b/c'/>", ns::URL_DATA);
            message(
                &(body("x")
                    + &format!(
                        "<file-sharing xmlns='{}'><file xmlns='{}'><media-type>audio/ogg</media-type>\
                     </file><sources>{}</sources></file-sharing>",
                        ns::FILE_SHARING,
                        ns::FILE_METADATA,
                        many(&source, size)
                    )),
            )
        }),
        ("an address of a file", |size| {
            let url = repeated("https://a.b/", "a", size);
            message(&format!("<body>{url}</body><x xmlns='{}'><url>{url}</url></x>", ns::OOB))
        }),
        ("products beside it", |size| {
            let product = many("<product><name>a</name></product>", size);
            let share = format!("<share xmlns='{}' id='s'>{product}</share>", ns::PRODUCT_SHARE);
            message(&(body("x") + &share))
        }),
        ("messages that are reported", |size| {
            let all = many("<stanza-id xmlns='urn:xmpp:sid:0' id='a'/>", size);
            message(&format!("<report xmlns='{}' reason='x'>{all}</report>", ns::REPORTING))
        }),
        ("a thread", |size| {
            message(&format!("{}<thread>{}</thread>", body("x"), "0".repeat(size)))
        }),
        ("a nick", |size| {
            let nick = "\u{202e}".repeat(size / 3);
            message(&format!("{}<nick xmlns='{}'>{nick}</nick>", body("x"), ns::NICK))
        }),
        ("an answer about a card", |size| {
            let id = value("x", size);
            message(&format!("<answer xmlns='{}' id='{id}' action='accept'/>", ns::CARD_EXCHANGE))
        }),
    ]
}

pub(super) fn questions() -> Vec<Case> {
    fn iq(kind: &str, inner: &str) -> Run {
        understood("iq", &format!("type='{kind}'"), inner)
    }
    fn command(fields: &str) -> Run {
        let form = format!("<x xmlns='{}' type='submit'>{fields}</x>", ns::DATA_FORMS);
        iq("set", &format!("<command xmlns='{}' node='share'>{form}</command>", ns::COMMANDS))
    }
    vec![
        ("fields", |size| {
            command(&numbered("", size, |n| format!("<field var='a{n}'><value>b</value></field>")))
        }),
        ("values", |size| {
            let values = many("<value>b</value>", size);
            command(&format!("<field var='what'>{values}</field>"))
        }),
        ("a value", |size| {
            command(&format!("<field var='a'><value>{}</value></field>", "é".repeat(size / 2)))
        }),
        ("fields of a registration", |size| {
            let all = numbered("", size, |n| format!("<a{n}>b</a{n}>"));
            iq("set", &format!("<query xmlns='{}'>{all}</query>", ns::REGISTER))
        }),
        ("a form of a registration", |size| {
            let all = numbered("", size, |n| format!("<field var='a{n}'><value>b</value></field>"));
            let form = format!("<x xmlns='{}' type='submit'>{all}</x>", ns::DATA_FORMS);
            iq("set", &format!("<query xmlns='{}'>{form}</query>", ns::REGISTER))
        }),
        ("whom to block", |size| {
            let all = many("<item jid='a@b'/>", size);
            iq("set", &format!("<block xmlns='{}'>{all}</block>", ns::BLOCKING))
        }),
        ("a node", |size| {
            iq("get", &format!("<query xmlns='{}' node='{}'/>", ns::DISCO_INFO, value("a", size)))
        }),
        ("a card to keep", |size| {
            let all = many("<vcard xmlns='urn:ietf:params:xml:ns:vcard-4.0'/>", size);
            iq("set", &format!("<card xmlns='{}'>{all}</card>", ns::CARD_EXCHANGE))
        }),
        ("the types of a card nobody asked for", |size| {
            let types = numbered("", size, |n| format!("<text>a{n}</text>"));
            understood(
                "iq",
                "type='result'",
                &format!(
                    "<pubsub xmlns='{}'><items node='a'><item><vcard xmlns='{}'><fn><text>J</text></fn>\
                     <tel><parameters><type>{types}</type></parameters><text>1</text></tel></vcard>\
                     </item></items></pubsub>",
                    ns::PUBSUB,
                    ns::VCARD4
                ),
            )
        }),
        ("commands", |size| {
            let all = many("<item jid='a' node='b'/>", size);
            let query =
                format!("<query xmlns='{}' node='{}'>{all}</query>", ns::DISCO_ITEMS, ns::COMMANDS);
            understood("iq", "type='result'", &query)
        }),
        ("an account", |size| {
            let all = many("<field var='a'/>", size);
            let form = format!("<x xmlns='{}'>{all}</x>", ns::DATA_FORMS);
            let command = format!("<command xmlns='{}'>{form}</command>", ns::COMMANDS);
            understood("iq", "type='result'", &command)
        }),
    ]
}

pub(super) fn bytes() -> Vec<Case> {
    fn read(text: &str) -> bool {
        Inbound::read(text.as_bytes(), &ours()).is_some()
    }
    fn stanza(kind: &str, head: &str, inner: &str) -> Run {
        let head = format!("from='a@x/r' to='share@share.x' id='i' {head}");
        reading(format!("<{kind} {head}>{inner}</{kind}>"), read)
    }
    fn head(text: &str) -> usize {
        drop(Head::read(text.as_bytes()));
        attributes(text.as_bytes()).filter_map(|(_, value)| unescape(value)).count()
    }
    vec![
        ("children", |size| stanza("message", "", &repeated("", "<a xmlns='b'/>", size))),
        ("texts", |size| stanza("message", "", &repeated("", "a<b/>", size))),
        ("attributes", |size| {
            let all = numbered("", size, |n| format!("a{n}='' "));
            stanza("message", "", &format!("<body {all}>x</body>"))
        }),
        ("namespaces", |size| {
            let all = numbered("", size, |n| format!("xmlns:a{n}='b' "));
            stanza("message", "", &format!("<body {all}>x</body>"))
        }),
        ("references", |size| stanza("message", "", &body(&repeated("", "&#38;", size)))),
        ("a text", |size| stanza("message", "", &body(&"é".repeat(size / 2)))),
        ("a marked section", |size| {
            stanza("message", "", &body(&format!("<![CDATA[{}]]>", repeated("", "]] >", size))))
        }),
        ("products of a send", |size| {
            let all = repeated("", "<product><name>a</name></product>", size);
            let addresses = format!("<addresses xmlns='{}'/>", ns::ADDRESS);
            let send = format!("<send xmlns='{}'>{all}{addresses}</send>", ns::PRODUCT_SHARE);
            stanza("iq", "type='set'", &send)
        }),
        ("the comment of a send", |size| {
            let comment = "é".repeat(size / 2);
            let send =
                format!("<send xmlns='{}'><comment>{comment}</comment></send>", ns::PRODUCT_SHARE);
            stanza("iq", "type='set'", &send)
        }),
        ("people of a send", |size| {
            let all = repeated("", "<address type='bcc' jid='a@b'/>", size);
            let addresses = format!("<addresses xmlns='{}'>{all}</addresses>", ns::ADDRESS);
            let send = format!("<send xmlns='{}'>{addresses}</send>", ns::PRODUCT_SHARE);
            stanza("iq", "type='set'", &send)
        }),
        ("ends of a send", |size| {
            let all = repeated("", "&lt;/send", size);
            let send =
                format!("<send xmlns='{}'><comment>{all}</comment></send>", ns::PRODUCT_SHARE);
            stanza("iq", "type='set'", &send)
        }),
        ("attributes of a head", |size| {
            reading(numbered("<message ", size, |n| format!("a{n}='' ")), head)
        }),
        ("references in a head", |size| {
            reading(format!("<message from='{}'>", repeated("", "&amp;", size)), head)
        }),
        ("ampersands in a head", |size| reading(repeated("<message ", "a='&' ", size), head)),
        ("equals signs in a head", |size| reading(repeated("<message ", "=", size), head)),
    ]
}

/// Whole stanzas as the stream brings them: what the framer lets through is read. The first holds
/// nothing but elements, as many as may be.
pub(super) fn framed() -> Vec<Case> {
    /// The levels within the stanza, and what is open on each.
    const LEVELS: usize = 60;
    fn framed(inner: &str) -> Run {
        let xml = format!("<message from='a@x/r' to='share@share.x' id='i'>{inner}</message>");
        let mut framer = Framer::default();
        framer.push(b"<stream:stream>");
        assert!(matches!(framer.next(), Ok(Some(Event::Header(_)))));
        Box::new(move || {
            framer.push(xml.as_bytes());
            match framer.next() {
                Ok(Some(Event::Stanza(bytes))) => drop(Inbound::read(&bytes, &ours())),
                Ok(Some(Event::Oversized(_))) => {}
                other => panic!("{other:?}"),
            }
        })
    }
    /// `inner` at the bottom of all levels, on each of which so many prefixes are declared.
    fn deep(prefix: &str, each: usize, inner: &str) -> Run {
        let open = |level: usize| {
            let declared = (0..each).map(|n| format!(" xmlns:{prefix}{level}-{n}='b'"));
            format!("<a{}>", declared.collect::<String>())
        };
        let open: String = (0..LEVELS).map(open).collect();
        framed(&(open + inner + &"</a>".repeat(LEVELS)))
    }
    /// Attributes of the outermost prefix, which is looked for on every level.
    fn looked_for(prefix: &str, size: usize) -> String {
        let all = (0..size / (prefix.len() + 12)).map(|n| format!("{prefix}0-0:a{n}=''"));
        format!("<a {}/>", all.collect::<Vec<_>>().join(" "))
    }
    vec![
        ("elements", |size| framed(&"<a/>".repeat((size / 4).min(8_180)))),
        ("elements and texts", |size| framed(&repeated("", "a<b/>", size))),
        ("elements that declare", |size| framed(&repeated("", "<a xmlns='b'/>", size))),
        ("elements within elements", |size| {
            let nested = "<a>".repeat(LEVELS) + &"</a>".repeat(LEVELS);
            framed(&repeated("", &nested, size))
        }),
        ("elements of an outer prefix", |size| deep("q", 1, &repeated("", "<q0-0:a/>", size))),
        ("attributes", |size| framed(&(numbered("<a ", size, |n| format!("a{n}='' ")) + "/>"))),
        ("attributes of an outer prefix", |size| deep("q", 1, &looked_for("q", size))),
        ("attributes among many prefixes", |size| {
            deep("q", (size / 2 / LEVELS / 16).max(1), &looked_for("q", size / 2))
        }),
        ("attributes among long prefixes", |size| {
            let prefix = "q".repeat(size / 512);
            deep(&prefix, 4, &looked_for(&prefix, size / 2))
        }),
        ("prefixes", |size| {
            framed(&(numbered("<a ", size, |n| format!("xmlns:a{n}='b' ")) + "/>"))
        }),
        ("marked sections", |size| framed(&repeated("", "<![CDATA[a]]>", size))),
        ("a text", |size| framed(&repeated("", "a", size))),
    ]
}

pub(super) fn products() -> Vec<Case> {
    /// A product of a share, checked.
    fn product(inner: &str) -> Run {
        let xml = format!(
            "<share xmlns='{}' id='s'><product><name>a</name>{inner}</product></share>",
            ns::PRODUCT_SHARE
        );
        let element = element(&xml);
        Box::new(move || {
            let checked = Share::try_from(element).map(|share| share.check(&Limits::default()));
            if let Ok(Err(wrong)) = checked {
                drop(wrong.error());
            }
        })
    }
    fn offer(attributes: &str) -> Run {
        product(&format!("<offer price='1' priceCurrency='EUR' {attributes}/>"))
    }
    let mut all: Vec<Case> = vec![
        ("names", |size| {
            product(&numbered("", size, |n| format!("<name xml:lang='a{n}'>b</name>")))
        }),
        ("offers", |size| product(&many("<offer price='1' priceCurrency='EUR'/>", size))),
        ("properties", |size| product(&many("<additionalProperty name='a' value='b'/>", size))),
        ("a description", |size| {
            product(&format!("<description>{}</description>", repeated("", "a \n", size)))
        }),
        ("a name", |size| product(&format!("<brand>{}</brand>", repeated("", " \u{202e}", size)))),
        ("a number", |size| product(&format!("<gtin>{}</gtin>", "1".repeat(size)))),
        ("a price", |size| {
            let price = value("1", size);
            product(&format!("<offer price='{price}' priceCurrency='EUR'/>"))
        }),
        ("a moment", |size| {
            offer(&format!("observed='2026-01-01T00:00:00.{}Z'", value("0", size)))
        }),
        ("a language", |size| {
            product(&format!("<color xml:lang='{}'>a</color>", value("a-", size)))
        }),
        ("an address", |size| {
            product(&format!("<url>{}</url>", repeated("http://a/", "../", size)))
        }),
    ];
    all.push(("a text for a client", |size| {
        // What the contact says is short: twenty lines, seldom some hundreds.
        let text = repeated("", "a\n", size / 32);
        Box::new(move || drop(form::result("x", &text)))
    }));
    all.push(("the tag of a language", |size| {
        reading(repeated("", "a-", size), |text| {
            (Lang::of(text), product::lang(Some(text.to_owned())))
        })
    }));
    all
}
