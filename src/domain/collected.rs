//! What an address book keeps beside a card itself: how it is called, sorted, searched and grouped
//! (S3.5, S4.7).

use super::{
    card::{Card, Part, fold},
    codes::codes,
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

codes! {
    /// What a link to somebody's cards is for.
    pub enum LinkKind {
        /// To open them in a browser, once.
        Opens = 0,
        /// To stay open there.
        Open = 1,
        /// To have them in a file.
        File = 2,
    }
}

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
        let name = entry_name(card.name());
        let mut words = card.words();
        words.extend(giver.map(fold));
        Self {
            organisation: card
                .first(Part::Organisation)
                .map_or_else(String::new, |it| entry_name(&it)),
            sorted: shorten(&card.sorted(), NAME_MAX),
            words: shorten(&words.join(" "), SEARCHED_MAX),
            categories: categories(card),
            keys: card.keys(),
            name,
        }
    }
}

/// A name, or a place of work, as an address book has it.
#[must_use]
pub fn entry_name(name: &str) -> String {
    shorten(&one_line(name), NAME_MAX)
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

/// A category as it is kept and looked for: on one line and folded, which can make it many times as
/// long.
#[must_use]
pub fn category(label: &str) -> String {
    shorten(&fold(&one_line(label)), NAME_MAX)
}

fn categories(card: &Card) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = Vec::new();
    for label in card.values(Part::Categories).iter().flat_map(|value| several(&value.text)) {
        let label = shorten(&label, NAME_MAX);
        let folded = category(&label);
        if found.len() < CATEGORIES_MAX && found.iter().all(|(known, _)| *known != folded) {
            found.push((folded, label));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_category_that_grows_when_it_is_folded_is_cut() {
        // One character that means eighteen.
        let long = category(&"\u{fdfa}".repeat(NAME_MAX));
        assert!(long.chars().count() <= NAME_MAX, "{}", long.chars().count());
        assert_eq!(category("Freunde"), "freunde");
        assert_eq!(category(" Fre\0unde\n"), "freunde", "what a database does not take is gone");
    }

    #[test]
    fn words_are_looked_for_as_they_are_kept() {
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
