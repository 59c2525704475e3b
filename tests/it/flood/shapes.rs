//! What the flood is made of: a table of shapes, each with a weight, and what is done to some of
//! them afterwards.
//!
//! In a shape, `$word` stands for something that chance picks, `$few(x)` for up to 40 `x`,
//! `$many(x)` for up to 256 KiB of them, and `$deep(x)` for elements of that name in each other.
//! What is costly to send is rare, so that this is a flood of stanzas and not of bytes.

#![expect(clippy::format_push_string, reason = "a flood of stanzas is no flood of allocations")]

use rand::{Rng, RngCore, SeedableRng, rngs::StdRng};
use tradepost::link::stream::framer::{Event, Framer};

/// The most that `$many` makes, in bytes.
const MANY: usize = 256 << 10;

const CHAT: &str = "message type='chat' to='share@share.localhost'";
const GROUP: &str = "message type='groupchat' to='share@share.localhost'";
const TO_US: &str = "message type='chat' to='share@share.localhost/tradepost-service'";
const TO_NUMBER: &str = "message type='chat' to='+39045$number@share.localhost'";
const TO_NOBODY: &str = "message type='chat' to='$code@share.localhost'";
const BOUNCE: &str = "message type='error' to='share@share.localhost/tradepost-service'";
const REPORT: &str = "message to='share.localhost'";
const GET: &str = "iq type='get' to='share.localhost'";
const SET: &str = "iq type='set' to='share.localhost'";
const GET_CONTACT: &str = "iq type='get' to='share@share.localhost'";
const SET_CONTACT: &str = "iq type='set' to='share@share.localhost'";
const RESULT: &str = "iq type='result' to='share.localhost'";
const ERROR: &str = "iq type='error' to='share.localhost'";

/// Weight, start tag, content.
#[rustfmt::skip]
const SHAPES: &[(u32, &str, &str)] = &[
    // Words of the chat.
    (80, CHAT, "<body>$say $say $say</body>"),
    (20, CHAT, "<body>share Lamp EUR 5 to $person: hello</body>"),
    (20, CHAT, "<body>join code $code</body>"),
    (10, CHAT, "<body>join as $few($say)</body>"),
    (20, CHAT, "<body>#$few(9) how heavy is it?</body>"),
    (10, CHAT, "<body>card to $person #$number</body>"),
    (10, CHAT, "<body>report $number abuse $few($say )</body>"),
    (10, CHAT, "<body>block $few($code).example</body>"),
    (10, CHAT, "<body>settings quiet $number:00-$number:00</body>"),
    (4, CHAT, "<body>card phone $few(+39 045 $number, )</body>"),
    (2, CHAT, "<body>shar$few($few(r))</body>"),
    (1, CHAT, "<body>分享$many(给)</body>"),
    (1, CHAT, "<body>share x $many(to )</body>"),
    (1, CHAT, "<body>$many(a: to b\n)</body>"),
    (1, CHAT, "<body>card to $many(+39 045 )</body>"),
    (1, CHAT, "<body>shar$many(e\u{301})</body>"),
    (1, CHAT, "<body>$many(&gt; )</body>"),
    (1, CHAT, "<body>BEGIN:VCARD\nVERSION:3.0\nFN:x\nTEL;$many(TYPE=a,b;):1\nEND:VCARD</body>"),
    (10, CHAT, "<active xmlns='http://jabber.org/protocol/chatstates'/>"),
    (10, CHAT, "<composing xmlns='http://jabber.org/protocol/chatstates'/>"),
    (8, GROUP, "<body>join</body>"),
    (8, TO_NUMBER, "<body>hello</body>"),
    (8, TO_NOBODY, "<body>hello</body>"),
    // Words about other words.
    (8, CHAT, "<body>yes</body><reply xmlns='urn:xmpp:reply:0' id='$uuid' to='share@share.localhost'/>"),
    (8, CHAT, "<body>yes</body><replace xmlns='urn:xmpp:message-correct:0' id='$uuid'/>"),
    (8, CHAT, "<reactions xmlns='urn:xmpp:reactions:0' id='$uuid'><reaction>👍</reaction></reactions>"),
    (8, CHAT, "<retract xmlns='urn:xmpp:message-retract:1' id='$uuid'/>"),
    (2, CHAT, "<body>$few($few(x))</body><fallback xmlns='urn:xmpp:fallback:0' for='urn:xmpp:reply:0'>$few(<body start='0' end='9'/>)</fallback>"),
    (8, CHAT, "<body>leave yes</body><forwarded xmlns='urn:xmpp:forward:0'><message from='p1@localhost/x'><body>leave yes</body></message></forwarded>"),
    (8, CHAT, "<received xmlns='urn:xmpp:carbons:2'><forwarded xmlns='urn:xmpp:forward:0'><message from='p1@localhost/x'><body>leave yes</body></message></forwarded></received>"),
    (4, CHAT, "<body>https://$code.example/x.vcf</body><x xmlns='jabber:x:oob'><url>https://$code.example/x.vcf</url></x>"),
    // What settles something, if it is ours.
    (30, TO_US, "<received xmlns='urn:xmpp:receipts' id='$uuid'/>"),
    (30, TO_US, "<displayed xmlns='urn:xmpp:chat-markers:0' id='$uuid'/>"),
    (30, TO_US, "<ack xmlns='urn:xmpp:card-exchange:0' id='$uuid' status='saved'/>"),
    (2, TO_US, "$few($few(<received xmlns='urn:xmpp:receipts' id='$uuid'/>))"),
    (20, CHAT, "<body>$say $say</body><ack xmlns='urn:example:x'/><received xmlns='urn:example:x'/><displayed/>"),
    (40, BOUNCE, "<body>join</body><error type='cancel'><service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>"),
    (30, RESULT, ""),
    (30, ERROR, "<error type='wait'><resource-constraint xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>"),
    (10, RESULT, "<query xmlns='jabber:iq:last' seconds='0'/>"),
    (2, RESULT, "<vCard xmlns='vcard-temp'><FN>x</FN>$few(<TEL>$few(<HOME/><WORK/>)<NUMBER>$number</NUMBER></TEL>)</vCard>"),
    (1, RESULT, "<vcard xmlns='urn:ietf:params:xml:ns:vcard-4.0'><fn><text>x</text></fn><tel><parameters><type>$many(<text>home</text>)</type></parameters><text>1</text></tel></vcard>"),
    (1, RESULT, "<vCard xmlns='vcard-temp'><FN>x</FN><PHOTO><TYPE>image/png</TYPE><BINVAL>$many(AAAA\n)</BINVAL></PHOTO></vCard>"),
    (4, "iq type='result' to='share.localhost' id='fence-1-$uuid-$number'", ""),
    // Presence of all types.
    (160, "presence to='share@share.localhost'", "<show>away</show><status>$say</status>"),
    (40, "presence to='share.localhost' type='unavailable'", ""),
    (40, "presence to='share.localhost' type='probe'", ""),
    (20, "presence to='share@share.localhost' type='subscribe'", ""),
    (10, "presence to='share@share.localhost' type='subscribed'", ""),
    (10, "presence to='share.localhost' type='unsubscribe'", ""),
    (10, "presence to='share@share.localhost' type='unsubscribed'", ""),
    (10, "presence to='share@share.localhost' type='error'", ""),
    (4, "presence to='share@share.localhost' type='bogus'", "<priority>$few(9)</priority>"),
    // Questions.
    (30, GET, "<ping xmlns='urn:xmpp:ping'/>"),
    (10, GET, "<query xmlns='http://jabber.org/protocol/disco#info' node='$few($code)'/>"),
    (10, GET_CONTACT, "<query xmlns='http://jabber.org/protocol/disco#items' node='http://jabber.org/protocol/commands'/>"),
    (10, GET_CONTACT, "<vCard xmlns='vcard-temp'/>"),
    (5, GET, "<query xmlns='jabber:iq:version'/>"),
    (5, GET, "<time xmlns='urn:xmpp:time'/>"),
    (5, SET, "<query xmlns='jabber:iq:gateway'><prompt>+39 $few($number)</prompt></query>"),
    (5, SET, "<x xmlns='urn:example:x'/>"),
    (20, SET, "<send xmlns='urn:xmpp:product-share:0' id='$uuid'><product><name>x</name></product><addresses xmlns='http://jabber.org/protocol/address'><address type='bcc' jid='$person'/></addresses></send>"),
    (2, SET, "<send xmlns='urn:xmpp:product-share:0' id='$uuid'>$few(<product><name>$few(x)</name><brand>$say</brand></product>)<addresses xmlns='http://jabber.org/protocol/address'>$few(<address type='bcc' jid='$code@x.example'/>)</addresses></send>"),
    (10, SET, "<send xmlns='urn:xmpp:product-share:0'>text<product ref='$code'/></send>"),
    (20, GET, "<lookup xmlns='urn:xmpp:product-share:0' ref='$code'/>"),
    (10, GET, "<status xmlns='urn:xmpp:product-share:0' share='$uuid'/>"),
    (10, SET, "<revoke xmlns='urn:xmpp:product-share:0' share='$uuid'/>"),
    (10, SET, "<request xmlns='urn:xmpp:card-exchange:0' id='$uuid' mode='swap'><addresses xmlns='http://jabber.org/protocol/address'><address type='bcc' uri='tel:+39045$number'/></addresses></request>"),
    (4, SET, "<card xmlns='urn:xmpp:card-exchange:0'><text>BEGIN:VCARD\nVERSION:4.0\nFN:x\n$few(TEL;TYPE=$few(a,):+39045$number\n)END:VCARD</text></card>"),
    (4, SET_CONTACT, "<block xmlns='urn:xmpp:blocking'>$few(<item jid='$code@x.example'><report xmlns='urn:xmpp:reporting:1' reason='urn:xmpp:reporting:spam'><text>$say</text></report></item>)</block>"),
    (4, SET_CONTACT, "<unblock xmlns='urn:xmpp:blocking'>$few(<item jid='$code@x.example'/>)</unblock>"),
    (5, GET_CONTACT, "<blocklist xmlns='urn:xmpp:blocking'/>"),
    (10, REPORT, "<report xmlns='urn:xmpp:reporting:1' reason='urn:xmpp:reporting:abuse' jid='$person'><text>$few($say )</text></report>"),
    (10, GET, "<query xmlns='jabber:iq:register'/>"),
    (20, SET, "<query xmlns='jabber:iq:register'><nick>$code</nick><phone>+39 045 $number</phone><email>$code@x.example</email></query>"),
    (5, SET, "<query xmlns='jabber:iq:register'><x xmlns='jabber:x:data' type='submit'><field var='nick'><value>$few($few($say))</value></field><field var='code'><value>$code</value></field></x></query>"),
    (5, SET, "<query xmlns='jabber:iq:register'><remove/></query>"),
    // Forms, begun and filled in.
    (20, SET_CONTACT, "<command xmlns='http://jabber.org/protocol/commands' node='$node' action='execute'/>"),
    (5, SET_CONTACT, "<command xmlns='http://jabber.org/protocol/commands' node='$node' action='next'><x xmlns='jabber:x:data' type='submit'><field var='what'><value>$few($say)</value></field></x></command>"),
    (3, SET_CONTACT, "<command xmlns='http://jabber.org/protocol/commands' node='share' action='prev'><x xmlns='jabber:x:data' type='submit'><field var='comment'><value>$few($few($few(x)))</value></field></x></command>"),
    (3, SET_CONTACT, "<command xmlns='http://jabber.org/protocol/commands' node='share' action='next'><x xmlns='jabber:x:data' type='submit'><field var='what'><value>$few($few($few(x)))</value></field></x></command>"),
    (5, SET_CONTACT, "<command xmlns='http://jabber.org/protocol/commands' node='$node' sessionid='$uuid' action='complete'/>"),
    // What no client sends.
    (5, CHAT, "<body><![CDATA[</body></message></stream:stream><x a='>]]></body>"),
    (5, CHAT, "<body>&#0;&lol;</body>"),
    (2, CHAT, "$deep(x)"),
    (2, CHAT, "$few($few(<x xmlns='urn:example:x'/>))"),
    (2, SET, "<x xmlns='urn:example:x' a='$few($few($few(x)))'/>"),
    (2, SET, "<$few($few(x)) xmlns='urn:example:$few($few(y))'/>"),
    (5, "message to='share@share.localhost' from='share@share.localhost'", "<body>join</body>"),
    (5, "message to='share@share.localhost' from='@@'", "<body>join</body>"),
    (5, "handshake to='share.localhost'", "0"),
    (2, "iq to='share.localhost'", "<ping xmlns='urn:xmpp:ping'/>"),
];

const SAY: [&str; 24] = [
    "share",
    "分享",
    "给",
    "to",
    "card",
    "名片",
    "list",
    "find",
    "lookup",
    "status",
    "revoke",
    "settings",
    "join",
    "help",
    "yes",
    "no",
    "block",
    "report",
    "invites",
    "cards",
    "edit",
    "sharr",
    "7",
    "银高脚杯",
];
const NODES: [&str; 8] =
    ["share", "settings", "join", "find", "lookup", "card", "report", "nothing"];

/// Makes stanzas, always the same ones from the same seed.
pub(super) struct Maker {
    rng: StdRng,
    total: u32,
    made: u64,
}

impl Maker {
    pub(super) fn new(seed: u64) -> Self {
        let total = SHAPES.iter().map(|(weight, ..)| weight).sum();
        Self { rng: StdRng::seed_from_u64(seed), total, made: 0 }
    }

    /// How many shapes there are.
    pub(super) fn shapes() -> usize {
        SHAPES.len()
    }

    /// The next stanza, by the weights; a fifth of them are not what they should be.
    pub(super) fn next(&mut self) -> Vec<u8> {
        let mut at = self.rng.random_range(0..self.total);
        let shape = SHAPES.iter().position(|(weight, ..)| {
            let found = at < *weight;
            at = at.saturating_sub(*weight);
            found
        });
        let mut stanza = self.of_shape(shape.expect("the weights add up")).into_bytes();
        if self.rng.random_ratio(1, 5) {
            self.change(&mut stanza);
        }
        stanza
    }

    /// A stanza of that shape.
    pub(super) fn of_shape(&mut self, shape: usize) -> String {
        let (_, tag, inner) = SHAPES[shape];
        self.made += 1;
        let name = tag.split(' ').next().unwrap_or(tag);
        let mut xml = String::from("<");
        self.write(tag, &mut xml);
        if !tag.contains(" from=") {
            xml.push_str(&format!(" from='{}'", self.attacker()));
        }
        if !tag.contains(" id=") {
            xml.push_str(&format!(" id='f{}'", self.made));
        }
        xml.push('>');
        self.write(inner, &mut xml);
        xml + "</" + name + ">"
    }

    /// Somebody of one other server with a hundred thousand accounts, of one of 120 subdomains, of
    /// the server itself, or one of those who have joined, here and elsewhere.
    fn attacker(&mut self) -> String {
        let n = self.rng.random_range(0..100_000);
        match self.rng.random_range(0..10) {
            0..4 => format!("u{n}@evil.example/x"),
            4..7 => format!("u{}@s{}.many.example/x", n % 1_000, n % 120),
            7 => format!("mallory@localhost/{}", n % 50),
            8 => format!("m{}@localhost/x", n % 8),
            _ => format!("m{}@joined.example/x", n % 8),
        }
    }

    fn write(&mut self, template: &str, to: &mut String) {
        let mut rest = template;
        while let Some((before, after)) = rest.split_once('$') {
            *to += before;
            let end = after.find(|it: char| !it.is_ascii_lowercase()).unwrap_or(after.len());
            let (word, behind) = after.split_at(end);
            rest = behind;
            let n = self.rng.random_range(0..10_000_000_u32);
            match word {
                "say" => *to += self.pick(&SAY),
                "node" => *to += self.pick(&NODES),
                "number" => *to += &n.to_string(),
                "person" => *to += &format!("p{}@localhost", n % 24),
                "code" => *to += &format!("{:010X}", self.rng.next_u64() >> 24),
                "uuid" => {
                    *to += &format!("01a1f985-f42f-7000-80ad-{:012x}", self.rng.next_u64() >> 16);
                }
                "deep" => {
                    let (name, behind) = within(rest);
                    rest = behind;
                    *to += &deep(name, self.rng.random_range(0..2_000));
                }
                "few" | "many" => {
                    let (what, behind) = within(rest);
                    rest = behind;
                    // Up to a half of the most, half the time, and so on.
                    let many = MANY >> self.rng.random_range(0..8);
                    let most = if word == "few" { 40 } else { many / what.len() };
                    let times = self.rng.random_range(0..=most);
                    if what.contains('$') {
                        (0..times).for_each(|_| self.write(what, to));
                    } else {
                        *to += &what.repeat(times);
                    }
                }
                _ => unreachable!("${word}"),
            }
        }
        *to += rest;
    }

    fn pick(&mut self, of: &[&'static str]) -> &'static str {
        of[self.rng.random_range(0..of.len())]
    }

    /// Makes a stanza wrong in one way, of those that a server passes on or that cost one stanza:
    /// where it ends can still be told.
    fn change(&mut self, stanza: &mut Vec<u8>) {
        // CDATA is told by its letters.
        if stanza.windows(2).any(|it| it == b"<!") {
            return;
        }
        let Some(head) = stanza.iter().position(|it| *it == b'>') else { return };
        let is_letter = |it: &u8| it.is_ascii_alphanumeric();
        // No server passes on what is not for us, so that stays as it is.
        let us = stanza.windows(6).position(|it| it == b" from=").unwrap_or_default();
        match self.rng.random_range(0..5) {
            // A byte that is another, in a name, a value or words.
            0 => {
                let from = self.rng.random_range(us..stanza.len());
                let Some(at) = stanza[from..].iter().position(is_letter) else { return };
                let other: u8 = self.rng.random();
                if !matches!(other, b'<' | b'>' | b'"' | b'\'' | b'/' | b'!' | b'?') {
                    stanza[from + at] = other;
                }
            }
            // Words or a name that are cut off, or a value that is empty.
            1 => {
                let from = self.rng.random_range(us..stanza.len());
                let long = stanza[from..].iter().take_while(|it| is_letter(it)).count();
                if long > 1 {
                    stanza.drain(from + 1..from + long);
                }
            }
            2 => insert(stanza, head, b" id='a' id='b' xmlns='urn:example:x'"),
            3 => {
                let long = "x".repeat(self.rng.random_range(0..9_000));
                insert(stanza, head, format!(" a='{long}'").as_bytes());
            }
            _ => {
                let inner = deep("y", self.rng.random_range(0..400));
                insert(stanza, head + 1, inner.as_bytes());
            }
        }
    }
}

/// What stands between the parentheses at the beginning of `text`, and what follows them.
fn within(text: &str) -> (&str, &str) {
    let mut depth = 0;
    let end = text.find(|it| {
        depth += i32::from(it == '(') - i32::from(it == ')');
        depth == 0
    });
    let end = end.expect("a closing parenthesis");
    (&text[1..end], &text[end + 1..])
}

/// Elements within each other.
fn deep(name: &str, levels: usize) -> String {
    format!("<{name}>").repeat(levels) + &format!("</{name}>").repeat(levels)
}

fn insert(stanza: &mut Vec<u8>, at: usize, more: &[u8]) {
    drop(stanza.splice(at..at, more.iter().copied()));
}

/// Whether the framer passes a stanza over.
pub(super) fn is_oversized(stanza: &[u8]) -> bool {
    let mut framer = Framer::default();
    framer.push(b"<stream>");
    framer.push(stanza);
    std::iter::from_fn(|| framer.next().ok().flatten())
        .any(|event| matches!(event, Event::Oversized(_)))
}
