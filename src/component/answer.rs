//! Answers to what was shared: from what a person wrote to what is kept, and from what became of
//! it to what they are told (`xep/product-share.xml#comment`).

use std::time::Duration;

use jid::BareJid;

use super::inbound::{Asker, Words};
use crate::{
    card::say_inbox::Tray,
    domain::{
        clock::Millis,
        conversation::{Said, Saying},
        id::DeliveryId,
        lang::Lang,
        product::Link,
        text::{one_line, shorten},
    },
    people::say::Say,
    recent,
    say::{refusal, texts::Text, voice::who},
    talk::{
        answer::{Answered, Talk, talk::Thing},
        say::thing,
    },
    wire::{
        check::{COMMENT_MAX, Limits, Refused},
        product::{lang, write::to_xml},
    },
};

/// The longest id of a message that is kept, in bytes.
const ID_BYTES: usize = 256;
/// The most conversations that are listed.
const LISTED: usize = 6;
/// The most characters of words that are shown again.
const WORDS: usize = 60;
/// The most products that one answer carries.
const PRODUCTS: usize = 5;

/// What `words` say, checked.
///
/// # Errors
/// What is wrong with the products beside them.
pub fn saying(asker: &Asker, words: &Words) -> Result<Saying, Refused> {
    let limits = Limits { products: PRODUCTS, ..Limits::default() };
    let shown =
        words.share.as_ref().map(|share| share.as_ref().clone().check(&limits)).transpose()?;
    let (products, shown) =
        shown.map_or_else(Default::default, |shown| (shown.products, shown.recording));
    let mut said = words.said.clone();
    // The address of the recording is not what they say.
    let spoken = match &mut said {
        Said::Words(text) => words.recording().cloned().map(|recording| {
            if Link::parse(text.trim()).is_ok_and(|it| it == *recording.url()) {
                text.clear();
            }
            Box::new(recording)
        }),
        Said::Correction { .. } | Said::Reaction { .. } | Said::Retraction { .. } => None,
    };
    Ok(Saying {
        author: asker.from.to_bare(),
        // What is longer than any client makes it is kept as if there were none.
        stanza_id: Some(&asker.id).filter(|id| id.len() <= ID_BYTES).cloned().unwrap_or_default(),
        said,
        recording: spoken.or(shown),
        lang: lang(words.lang.clone()),
        xml: products.iter().map(to_xml).collect(),
        products,
        clues: words.clues.clone(),
        quote: words.quote.clone(),
        refers: words.refers(),
    })
}

/// What the author of an answer is told; none when nothing need be said. [`Answered::Nothing`] is
/// none too: whoever asked knows what else the words could be.
#[must_use]
pub fn told(answered: &Answered, lang: Lang) -> Option<String> {
    let named = |it: &Thing| thing(it.handle, &it.products, it.card.as_deref(), lang);
    let text = match answered {
        Answered::Passed { guessed: None } | Answered::Nothing | Answered::Pointless => {
            return None;
        }
        Answered::Passed { guessed: Some(Talk { with, nick, thing, .. }) } => {
            let who = who(nick.as_deref(), with);
            return Some(Text::SentTo { who: &who, what: &named(thing) }.in_lang(lang));
        }
        Answered::Question(Some(asker)) => {
            let who = &who(asker.nick.as_deref(), asker.jid.as_str());
            return Some(Say::May { who, number: asker.number }.in_lang(lang));
        }
        Answered::Question(None) => return Some(Say::NobodyAsks.in_lang(lang)),
        Answered::Ambiguous(it, count) => {
            let (count, handle) = (*count, it.handle);
            return Some(Text::WhichPerson { what: &named(it), count, handle }.in_lang(lang));
        }
        Answered::Unclear(talks) => {
            let line =
                |it: &Talk| format!("{} – {}", named(&it.thing), who(it.nick.as_deref(), &it.with));
            let list: Vec<String> = talks.iter().take(LISTED).map(line).collect();
            return Some(Text::ForWhom { list: &list.join("\n") }.in_lang(lang));
        }
        Answered::Doubtful(Talk { with, nick, thing, .. }, words) => {
            let who = &who(nick.as_deref(), with);
            let (handle, words) = (thing.handle, &shorten(&one_line(words), WORDS));
            return Some(Tray::SaidToCard { who, handle, words }.in_lang(lang));
        }
        Answered::NotTheirs(address, Talk { with, nick, thing, .. }) => {
            let (what, who) = (&named(thing), &who(nick.as_deref(), with));
            return Some(Text::NotTheirs { what, address, who }.in_lang(lang));
        }
        Answered::Revoked(it) => return Some(Text::IsRevoked { what: &named(it) }.in_lang(lang)),
        Answered::Empty(it) => {
            return Some(Text::NoWords { what: &named(it), handle: it.handle }.in_lang(lang));
        }
        Answered::TooLong(length) => Text::TooLong { length: *length, max: COMMENT_MAX },
        Answered::NotJoined => Text::NotJoined,
        Answered::Barred => return Some(Say::Barred.in_lang(lang)),
        Answered::Refused(refusal) => return Some(refusal::refusal(refusal, lang)),
    };
    Some(text.in_lang(lang))
}

/// Who was told lately where their words went. Somebody who writes several lines need not hear it
/// after each, and a program that answers whatever it is sent is not kept going by it.
#[derive(Debug)]
pub struct Guesses(recent::Map<DeliveryId>);

impl Guesses {
    /// How long nobody is told the same again.
    pub const PAUSE: Duration = Duration::from_mins(1);
    /// The most people remembered.
    const MOST: usize = 10_000;

    /// Whether `jid` may be told now that their words went to `talk`; if so, that is remembered.
    pub fn may_tell(&mut self, jid: &BareJid, talk: DeliveryId, now: Millis) -> bool {
        if self.0.get(jid, now) == Some(&talk) {
            return false;
        }
        self.0.put(jid, talk, now);
        true
    }
}

impl Default for Guesses {
    fn default() -> Self {
        Self(recent::Map::new(Self::PAUSE, Self::MOST))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        card::{own::follow::News, say_give::Give, say_own::changed},
        domain::{
            card::{Card, Part},
            conversation::{Clue, quoted_clue},
        },
    };

    #[test]
    fn where_words_went_is_told_once_a_minute_and_whenever_it_changes() {
        let mut guesses = Guesses::default();
        let romeo: BareJid = "romeo@x".parse().unwrap();
        let talk = |n| DeliveryId(uuid::Uuid::from_u128(n));
        assert!(guesses.may_tell(&romeo, talk(1), Millis(0)));
        assert!(!guesses.may_tell(&romeo, talk(1), Millis(59_999)));
        assert!(guesses.may_tell(&romeo, talk(2), Millis(59_999)));
        assert!(guesses.may_tell(&romeo, talk(1), Millis(59_999)));
        assert!(guesses.may_tell(&romeo, talk(1), Millis(120_000)));
    }

    #[test]
    fn a_quote_of_what_is_told_points_at_what_that_names() {
        let (who, what) = ("Romeo #5 (romeo@x)", "#12 “Lamp #5”");
        let mut new = Card::named("Boss of #5 (#5)");
        new.set(Part::Title, &["#5".to_owned()]);
        let changes = Card::named("Romeo").diff(&new);
        for lang in [Lang::En, Lang::Zh] {
            let says = [
                Text::Reacts { who, emoji: "👍", what },
                Text::Reacts { who, emoji: "“(#5)”", what },
                Text::Reacts { who, emoji: "", what },
                Text::Retracts { who, what },
                Text::TakenBack { who, handle: 12, what: "“Lamp #5”" },
                Text::SentTo { who, what },
                Text::SentTo { who: "+390455550100", what },
            ];
            let cards = [
                Give::Keep { handle: 12 },
                Give::Swap { handle: 12 },
                Give::KeepsUp { handle: 12 },
                Give::Given { handle: 12, name: "“#5”", to: who, swap: true, updates: true },
            ];
            let (giver, nick) = ("romeo@x", Some("Romeo"));
            let change = changed(&News { lang, giver, nick, handle: 12, changes: &changes });
            assert_eq!(change.lines().filter(|line| line.starts_with("| ")).count(), 2, "{change}");
            let says = says.map(|it| it.in_lang(lang));
            for told in says.into_iter().chain(cards.map(|it| it.in_lang(lang))).chain([change]) {
                assert_eq!(quoted_clue(&told), Some(Clue::Handle(12)), "{told}");
            }
            for theirs in [
                Text::Shows { who },
                Text::Says { who, what: "about #5" },
                Text::Corrects { who, what: "about #5" },
            ] {
                let told = theirs.in_lang(lang);
                assert_eq!(quoted_clue(&told), None, "{told}");
            }
        }
    }

    #[test]
    fn every_refusal_says_what_to_do() {
        let it = || Thing { handle: 12, products: Vec::new(), card: None };
        let talk = |with: &str| Talk {
            id: DeliveryId(uuid::Uuid::nil()),
            with: with.to_owned(),
            nick: None,
            thing: it(),
        };
        for (answered, hint) in [
            (Answered::Unclear(vec![talk("a@x"), talk("b@x")]), "\n#12  – b@x"),
            (Answered::Doubtful(talk("a@x"), "nein".to_owned()), "send: #12 nein"),
            (Answered::Ambiguous(it(), 3), "#12 name@example.org"),
            (Answered::TooLong(1_234), "1000 are the most"),
            (Answered::Empty(it()), "Send: #12"),
            (Answered::NotJoined, "join"),
            (Answered::Revoked(it()), "taken back"),
            (
                Answered::NotTheirs("+390455550100".into(), talk("a@x")),
                "Write to a@x yourself, or show that it is yours: phone +390455550100",
            ),
        ] {
            let text = told(&answered, Lang::En).expect("a text");
            assert!(text.contains(hint), "{text}");
            assert!(told(&answered, Lang::Zh).is_some());
        }
        assert_eq!(told(&Answered::Nothing, Lang::En), None);
    }
}
