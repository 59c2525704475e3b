//! What a person wrote, and what it says about what it is about (`xep/product-share.xml#comment`).

use minidom::Element;

use super::asker::{Asker, nick};
use crate::{
    domain::{
        conversation::{Clue, Said, handle_of, quoted_clue, split_quote},
        id::{DeliveryId, ShareId},
        product::{File, Link},
        recording::{BadRecording, Recording, is_sound},
        text::{clean, one_line, shorten},
    },
    wire::{
        fallback::Fallback,
        file_sharing::FileSharing,
        ns, product,
        share::{Comment, Share},
    },
};

/// The most characters of a reaction that are passed on.
const EMOJI: usize = 40;
/// The most bytes of a body, with all that it quotes, that are looked at.
const BODY: usize = 64 << 10;

/// What a person wrote. A reaction or a retraction may have no text at all.
#[derive(Debug)]
pub struct Words {
    /// The body, with whatever is quoted in front.
    pub text: String,
    /// The name the person's client gives (XEP-0172).
    pub nick: Option<String>,
    /// Whether a receipt is wanted (XEP-0184).
    pub wants_receipt: bool,
    /// Whether the body only says that the words are encrypted: nobody here can read them.
    pub encrypted: bool,
    /// What it says, if it is an answer.
    pub said: Said,
    /// The language of the stanza, BCP 47.
    pub lang: Option<String>,
    /// Products shown beside the words, as they came.
    pub share: Option<Box<Share>>,
    /// Hints at what it is about, the strongest first.
    pub clues: Vec<Clue>,
    /// What was quoted in front of the words.
    pub quote: String,
    /// The picture or recording that this message is, and nothing else.
    pub upload: Option<Upload>,
}

/// A file that was put into the chat.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Upload {
    /// A picture.
    Picture(Box<File>),
    /// A business card, at this address.
    Card(String),
    /// A recording; or one that is not taken.
    Recording(Result<Box<Recording>, BadRecording>),
}

impl Words {
    /// Whether it points at something itself: it is a reply, a reaction, a correction or a
    /// retraction, it quotes what this service wrote, begins with a number, or names a share. Such
    /// a message is an answer before it is a command. A thread is not such a reference.
    #[must_use]
    pub fn refers(&self) -> bool {
        self.clues.iter().any(|clue| !matches!(clue, Clue::Thread(_)))
    }

    /// Whether it answers a question of ours, the message of this id: by a reply to it, or by a
    /// number and nothing else.
    #[must_use]
    pub fn answers(&self, question: &str) -> bool {
        let is_number = |c: char| c.is_ascii_digit() || matches!(c, '#' | '＃');
        self.replies_to(question) || self.text.trim().chars().all(is_number)
    }

    /// Whether it is a reply to the message with this id.
    #[must_use]
    pub fn replies_to(&self, question: &str) -> bool {
        let replies = |clue: &Clue| matches!(clue, Clue::Message(id) if id == question);
        self.clues.iter().any(replies)
    }

    /// The recording that it is.
    #[must_use]
    pub fn recording(&self) -> Option<&Recording> {
        match &self.upload {
            Some(Upload::Recording(Ok(recording))) => Some(recording),
            _ => None,
        }
    }

    /// The words in `stanza`; none when there are none.
    pub(super) fn read(stanza: &Element, asker: &Asker) -> Option<Self> {
        let child = |name, ns| stanza.get_child(name, ns);
        let id_of = |name, ns| child(name, ns).and_then(|it| it.attr("id")).map(str::to_owned);
        let mut body = child("body", ns::CLIENT).map(Element::text).unwrap_or_default();
        body.truncate(body.floor_char_boundary(BODY));
        let comment = child("comment", ns::PRODUCT_SHARE)
            .and_then(|comment| Comment::try_from(comment.clone()).ok());
        let stated = stanza.attr_ns(ns::XML, "lang").map(str::to_owned);

        let reply = id_of("reply", ns::REPLY);
        let (quote, rest) = without_quote(stanza, &body, reply.is_some());
        let upload = upload(stanza, &rest);
        let words = match &comment {
            Some(comment) if !comment.text.trim().is_empty() => comment.text.clone(),
            _ => rest,
        };
        let words = clean(words).trim().to_owned();
        let said = said(stanza, &words);
        if words.is_empty() && matches!(said, Said::Words(_)) && body.trim().is_empty() {
            return None;
        }

        let mut clues = Vec::new();
        match &said {
            // These are about one message and nothing else.
            Said::Retraction { of } | Said::Reaction { to: of, .. } => {
                clues.push(Clue::Message(of.clone()));
            }
            Said::Words(_) | Said::Correction { .. } => {
                if let Said::Correction { of, .. } = &said {
                    clues.push(Clue::Message(of.clone()));
                }
                let share = comment.as_ref().and_then(|it| it.share.parse().ok()).map(ShareId);
                clues.extend(reply.map(Clue::Message));
                clues.extend(quoted_clue(&quote));
                clues.extend(handle_of(&words).map(|(handle, _)| Clue::Handle(handle)));
                clues.extend(share.map(Clue::Share));
                clues.extend(thread(stanza).map(Clue::Thread));
            }
        }

        Some(Self {
            said,
            lang: comment.and_then(|comment| comment.lang).or_else(|| stated.clone()),
            share: share(stanza, stated.as_deref()),
            clues,
            quote,
            upload,
            text: body,
            nick: nick(stanza),
            wants_receipt: stanza.has_child("request", ns::RECEIPTS) && !asker.id.is_empty(),
            encrypted: stanza.has_child("encryption", ns::ENCRYPTION)
                || stanza.has_child("encrypted", ns::OMEMO)
                || stanza.has_child("encrypted", ns::OMEMO_2),
        })
    }
}

/// Whether another service has sent it: to pass that on could go round for ever.
pub(super) fn is_passed_on(stanza: &Element) -> bool {
    let addresses = stanza.get_child("addresses", ns::ADDRESS);
    addresses.is_some_and(|it| it.children().any(|one| one.attr("type") == Some("ofrom")))
}

/// What the client put in front, and what the person wrote. A quote is the client's where the
/// client says so (XEP-0428), where it replies, and where it is of what this service wrote; any
/// other is the person's own and stays.
fn without_quote(stanza: &Element, body: &str, replies: bool) -> (String, String) {
    let marked = stanza
        .children()
        .filter(|child| child.is("fallback", ns::FALLBACK))
        .filter(|child| matches!(child.attr("for"), Some(ns::REPLY | ns::REACTIONS | ns::RETRACT)))
        .filter_map(|child| Fallback::try_from(child.clone()).ok());
    // One range is what clients send. Of several each counts on the whole body, so only the first
    // that cuts something is followed.
    let length = body.chars().count();
    let (quote, behind) = split_quote(body);
    let rest = match marked.into_iter().find(|fallback| fallback.cuts(length)) {
        Some(fallback) => fallback.cut(body),
        None if replies || quoted_clue(&quote).is_some() => behind.to_owned(),
        None => body.to_owned(),
    };
    (quote, rest)
}

fn said(stanza: &Element, words: &str) -> Said {
    let of = |name, ns| stanza.get_child(name, ns)?.attr("id").map(str::to_owned);
    if let Some(of) = of("retract", ns::RETRACT) {
        return Said::Retraction { of };
    }
    if let (Some(reactions), Some(to)) =
        (stanza.get_child("reactions", ns::REACTIONS), of("reactions", ns::REACTIONS))
    {
        let emoji: Vec<String> = reactions
            .children()
            .map(|one| one_line(&one.text()))
            .filter(|it| !it.is_empty())
            .collect();
        return Said::Reaction { to, emoji: shorten(&emoji.join(" "), EMOJI) };
    }
    match of("replace", ns::REPLACE) {
        Some(of) => Said::Correction { of, words: words.to_owned() },
        None => Said::Words(words.to_owned()),
    }
}

/// A file that was put into the chat: the body, without what it quotes, is its address (XEP-0066
/// §3, XEP-0447 §4).
fn upload(stanza: &Element, body: &str) -> Option<Upload> {
    let shared = stanza.get_child("file-sharing", ns::FILE_SHARING);
    let shared = shared.and_then(|it| FileSharing::try_from(it.clone()).ok());
    let length = shared.as_ref().and_then(|it| it.file.length);
    let shared = shared.and_then(|it| product::file(it).ok().flatten());
    let bare = || {
        let url = stanza.get_child("x", ns::OOB)?.get_child("url", ns::OOB)?.text();
        Link::parse(url.trim()).ok().filter(|_| url.trim() == body.trim())
    };
    let card = match &shared {
        Some(file) => is_card(file).then(|| file.url.clone()),
        None => bare().filter(|url| ends_as_card(url.path())),
    };
    if let Some(url) = card {
        return Some(Upload::Card(url.as_str().to_owned()));
    }
    let file = shared.or_else(|| File::at(bare()?))?;
    if file.media_type.starts_with("image/") {
        Some(Upload::Picture(Box::new(file)))
    } else if is_sound(&file) {
        // A client that knows nothing of a length says zero.
        let length = length.filter(|length| *length > 0);
        Some(Upload::Recording(Recording::new(file, length).map(Box::new)))
    } else {
        None
    }
}

/// A card is what is called so, or ends so where its client knows no better type.
fn is_card(file: &File) -> bool {
    match file.media_type.as_str() {
        "text/vcard" | "text/x-vcard" | "text/directory" => true,
        "text/plain" | "application/octet-stream" => {
            ends_as_card(file.url.path()) || file.name.as_deref().is_some_and(ends_as_card)
        }
        _ => false,
    }
}

fn ends_as_card(name: &str) -> bool {
    name.rsplit_once('.').is_some_and(|(_, end)| end.eq_ignore_ascii_case("vcf"))
}

fn thread(stanza: &Element) -> Option<DeliveryId> {
    DeliveryId::of_thread(stanza.get_child("thread", ns::CLIENT)?.text().trim())
}

/// A `<share/>` beside the words, with the language of the stanza on every text.
fn share(stanza: &Element, lang: Option<&str>) -> Option<Box<Share>> {
    let share = stanza.get_child("share", ns::PRODUCT_SHARE)?;
    let mut share = Share::try_from(share.clone()).ok()?;
    for product in &mut share.products {
        product.inherit(lang.unwrap_or("en"));
    }
    Some(Box::new(share))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a message with this inside says.
    fn read(inner: &str) -> Option<Words> {
        let stanza = format!(
            "<message xmlns='jabber:client' from='a@x/r' to='share@share.x' id='m' xml:lang='de'>{inner}</message>"
        );
        let stanza: Element = stanza.parse().unwrap();
        assert!(!is_passed_on(&stanza));
        let asker = Asker {
            from: "a@x/r".parse().unwrap(),
            to: "share@share.x".parse().unwrap(),
            id: "m".into(),
            lang: None,
        };
        Words::read(&stanza, &asker)
    }

    fn words(inner: &str) -> Words {
        read(inner).expect("words")
    }

    fn message(id: &str) -> Clue {
        Clue::Message(id.into())
    }

    #[test]
    fn clues_come_in_the_order_of_their_strength() {
        let thread = "0e3141cd80894871a68e6fe6b1ec56fa";
        let share = "9b1de7c2-6d0e-4c3e-9a55-5f3f0c6f4a10";
        let it = words(&format!(
            "<thread>{thread}</thread><comment xmlns='{}' share='{share}'/>\
             <body>&gt; #7\n#8 hm</body><reply xmlns='{}' id='r'/>",
            ns::PRODUCT_SHARE,
            ns::REPLY
        ));
        let share = Clue::Share(ShareId(share.parse().unwrap()));
        let thread = Clue::Thread(DeliveryId::of_thread(thread).unwrap());
        assert_eq!(it.clues, [message("r"), Clue::Handle(7), Clue::Handle(8), share, thread]);
        assert!(it.refers());
        assert_eq!((it.said, it.lang.as_deref()), (Said::Words("#8 hm".into()), Some("de")));
    }

    #[test]
    fn a_thread_and_plain_words_refer_to_nothing() {
        for plain in [
            "<body>join</body>",
            "<body>join</body><thread>0e3141cd80894871a68e6fe6b1ec56fa</thread>",
            "<body>&gt; to be\nor not</body>",
            "<body>12</body><thread>my own</thread>",
        ] {
            assert!(!words(plain).refers(), "{plain}");
        }
    }

    #[test]
    fn the_marked_quote_is_cut_by_code_points_whatever_is_in_it() {
        let fallback = |end: usize, of: &str| {
            format!(
                "<fallback xmlns='{}' for='{of}'><body start='0' end='{end}'/></fallback>",
                ns::FALLBACK
            )
        };
        for quote in [
            "> 银高脚杯\n",
            "> 👩\u{200d}👧 e\u{301} \u{65}\u{301}\n",
            "> שלום &amp; &lt;b&gt; مرحبا\n> #3\n",
            "",
        ] {
            let plain = quote.replace("&amp;", "&").replace("&lt;", "<").replace("&gt;", ">");
            let end = plain.chars().count();
            let body = format!("<body>{quote}נו 多重？</body>");
            let it = words(&format!("{body}{}", fallback(end, ns::REPLY)));
            assert_eq!(it.said.words(), "נו 多重？", "{quote}");
            let other = words(&format!("{body}{}", fallback(end, "urn:xmpp:sfs:0")));
            assert!(other.said.words().ends_with("נו 多重？"));
        }
        let wrong = format!("<body>&gt; a\nb</body><reply xmlns='{}' id='r'/>", ns::REPLY);
        assert_eq!(words(&(wrong + &fallback(99, ns::REPLY))).said.words(), "b");
    }

    #[test]
    fn only_a_quote_of_what_this_service_wrote_is_taken_off_unasked() {
        assert_eq!(words("<body>&gt; #7\nyes</body>").said.words(), "yes");
        assert_eq!(words("<body>&gt; to be\nyes</body>").said.words(), "> to be\nyes");
        assert_eq!(words("<body>&gt; #7</body>").said.words(), "");
    }

    #[test]
    fn reactions_corrections_and_retractions_are_about_one_message() {
        let react = |inner: &str| {
            words(&format!("<reactions xmlns='{}' id='r'>{inner}</reactions>", ns::REACTIONS))
        };
        let reaction = |emoji: &str| Said::Reaction { to: "r".into(), emoji: emoji.into() };
        let one = react("<reaction>👍</reaction><reaction> ❤\u{fe0f}\n</reaction>");
        assert_eq!((one.said, one.clues), (reaction("👍 ❤\u{fe0f}"), vec![message("r")]));
        assert_eq!(react("").said, reaction(""));
        assert!(react(&format!("<reaction>{}</reaction>", "x".repeat(99))).said.words().len() < 50);
        let it =
            words(&format!("<body>#4 it is gone</body><retract xmlns='{}' id='r'/>", ns::RETRACT));
        assert_eq!((it.said, it.clues), (Said::Retraction { of: "r".into() }, vec![message("r")]));
        let it = words(&format!("<body>#4 new</body><replace xmlns='{}' id='r'/>", ns::REPLACE));
        assert_eq!(it.clues, [message("r"), Clue::Handle(4)]);
    }

    #[test]
    fn a_message_that_is_a_file_is_told_by_its_ending_or_by_what_is_said_of_it() {
        let oob = |quote: &str, url: &str| {
            words(&format!(
                "<body>{quote}{url}</body><x xmlns='{}'><url>{url}</url></x>\
                 <reply xmlns='{}' id='r'/>",
                ns::OOB,
                ns::REPLY
            ))
            .upload
        };
        let heard = |url| Some(Upload::Recording(Recording::at(url).map(Box::new)));
        let url = "https://x.lit/a.m4a";
        assert_eq!(oob("", url), heard(url));
        assert_eq!(oob("&gt; Goblet\n", url), heard(url));
        assert_eq!(oob("Listen: ", url), None, "words beside it");
        let insecure = Some(Upload::Recording(Err(BadRecording::Address)));
        assert_eq!(oob("", "http://x.lit/a.opus"), insecure);
        assert!(matches!(oob("", "https://x.lit/a.jpg"), Some(Upload::Picture(_))));
        assert_eq!(oob("", "https://x.lit/a.pdf"), None);

        let card = |url: &str| Some(Upload::Card(url.to_owned()));
        assert_eq!(oob("", "https://x.lit/a.vcf"), card("https://x.lit/a.vcf"));
        assert_eq!(oob("", "https://x.lit/a/b.VCF?key=1"), card("https://x.lit/a/b.VCF?key=1"));

        let said = words(&format!(
            "<body>https://x.lit/7</body><file-sharing xmlns='{}'><file xmlns='{}'>\
             <media-type>audio/webm</media-type><length>6200</length></file><sources>\
             <url-data xmlns='{}' target='https://x.lit/7'/></sources></file-sharing>",
            ns::FILE_SHARING,
            ns::FILE_METADATA,
            ns::URL_DATA
        ));
        assert_eq!(said.recording().and_then(Recording::length), Some(6200));
    }

    #[test]
    fn without_words_there_is_nothing() {
        for nothing in
            ["", "<body> \n</body>", "<active xmlns='http://jabber.org/protocol/chatstates'/>"]
        {
            assert!(read(nothing).is_none(), "{nothing}");
        }
    }
}
