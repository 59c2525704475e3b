//! What an address book keeps beside a card itself: how it is called, sorted, searched and grouped
//! (S3.5, S4.7).

use unicode_normalization::UnicodeNormalization;

use super::{
    card::{Card, Part},
    text::{one_line, shorten},
};

/// The most characters of a name, a place of work, a category or a word that is looked for.
pub const NAME_MAX: usize = 100;
/// The most characters of a card that are searched: of a long note only its beginning.
pub const SEARCHED_MAX: usize = 2000;
/// The most categories of one card.
pub const CATEGORIES_MAX: usize = 20;
/// The most words that are looked for at once.
pub const WORDS_MAX: usize = 8;

/// What is found, sorted and grouped by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// What the card is called.
    pub name: String,
    /// Where that person works; nothing when the card does not say.
    pub organisation: String,
    /// The name as it is sorted.
    pub sorted: String,
    /// What is searched, folded.
    pub words: String,
    /// The categories, folded and as they were written.
    pub categories: Vec<(String, String)>,
    /// See [`Card::keys`].
    pub keys: Vec<String>,
}

impl Entry {
    /// Of a card that somebody at `giver` gave.
    #[must_use]
    pub fn of(card: &Card, giver: Option<&str>) -> Self {
        let line = |text: &str| shorten(&one_line(text), NAME_MAX);
        let name = line(card.name());
        let mut keys = card.keys();
        keys.sort_unstable();
        keys.dedup();
        Self {
            organisation: card.first(Part::Organisation).map_or_else(String::new, |it| line(&it)),
            sorted: fold(&name),
            words: words(card, giver),
            categories: categories(card),
            keys,
            name,
        }
    }
}

/// The form in which texts are compared: small letters, without marks above and below them, and
/// wide characters as narrow ones; `Müller` and `MULLER` are one.
#[must_use]
pub fn fold(text: &str) -> String {
    let is_mark = |c: &char| ('\u{300}'..='\u{36f}').contains(c);
    let plain: String = text.nfkd().filter(|c| !is_mark(c)).collect();
    plain.to_lowercase().nfc().collect()
}

/// What is looked for: up to [`WORDS_MAX`] words, folded.
#[must_use]
pub fn looked_for(text: &str) -> Vec<String> {
    let words = text.split_whitespace().map(|word| fold(&shorten(word, NAME_MAX)));
    words.filter(|word| !word.is_empty()).take(WORDS_MAX).collect()
}

/// Several values in one line: `friends, work`; a Chinese comma or semicolon separates too.
#[must_use]
pub fn several(text: &str) -> Vec<String> {
    let values = text.split([',', ';', '，', '；', '、', '\n']).map(one_line);
    values.filter(|value| !value.is_empty()).collect()
}

fn categories(card: &Card) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = Vec::new();
    for label in card.values(Part::Categories).iter().flat_map(|value| several(&value.text)) {
        let label = shorten(&label, NAME_MAX);
        let folded = fold(&label);
        if found.len() < CATEGORIES_MAX && found.iter().all(|(known, _)| *known != folded) {
            found.push((folded, label));
        }
    }
    found
}

fn words(card: &Card, giver: Option<&str>) -> String {
    let mut words: Vec<String> = Vec::new();
    for part in Part::ALL {
        if matches!(part, Part::Picture | Part::Logo) {
            continue;
        }
        for value in card.values(part) {
            let text = one_line(&value.text);
            if matches!(part, Part::Phone | Part::Fax) {
                // A number is found however its digits are grouped.
                words.push(text.chars().filter(char::is_ascii_digit).collect());
            }
            words.push(text);
        }
    }
    words.extend(giver.map(str::to_owned));
    shorten(&fold(&words.join("\n")), SEARCHED_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_type_alike_is_folded_alike() {
        for (one, other) in [("Müller", "MULLER"), ("ＡＢＣ", "abc"), ("é", "e\u{301}")] {
            assert_eq!(fold(one), fold(other), "{one}");
        }
        assert_eq!(fold("银高脚杯"), "银高脚杯");
        assert_eq!(looked_for(" Zoë  罗密欧 "), ["zoe", "罗密欧"]);
        assert_eq!(looked_for(&"a ".repeat(20)).len(), WORDS_MAX);
    }

    #[test]
    fn a_card_is_searched_by_all_that_can_be_read_on_it() {
        let mut card = Card::named("Juliet Capulet");
        card.set(Part::Organisation, &["Capulet Silver".to_owned()]);
        card.set(Part::Phone, &["+39 045 555-0100".to_owned()]);
        card.set(Part::Note, &["x".repeat(5000)]);
        card.set(Part::Categories, &["Friends".to_owned(), "friends".to_owned()]);
        let entry = Entry::of(&card, Some("juliet@capulet.lit"));
        assert!(entry.words.contains("390455550100") && entry.words.contains("silver"));
        assert!(entry.words.chars().count() <= SEARCHED_MAX);
        assert_eq!(
            (entry.sorted.as_str(), entry.organisation.as_str()),
            ("juliet capulet", "Capulet Silver")
        );
        assert_eq!(entry.categories, [("friends".to_owned(), "Friends".to_owned())]);
    }

    #[test]
    fn several_values_stand_in_one_line() {
        assert_eq!(several("friends, work；  家人,,"), ["friends", "work", "家人"]);
    }
}
