//! Two cards of one person made one.

use calcard::vcard::{VCardEntry, VCardProperty};

use super::Card;

impl Card {
    /// Takes over what `other` has more: values that are not here yet, and what there is one of
    /// (name, birthday, picture) if it is missing here. What is here stays as it is.
    pub fn absorb(&mut self, other: &Self) {
        for entry in &other.0.entries {
            let same = |own: &&VCardEntry| own.name == entry.name;
            let is_here = self
                .0
                .entries
                .iter()
                .filter(same)
                .any(|own| is_single(&entry.name) || compared(own) == compared(entry));
            if !is_here {
                self.0.entries.push(entry.clone());
            }
        }
    }
}

/// What a card has one of, and what is about the card itself.
fn is_single(name: &VCardProperty) -> bool {
    matches!(
        name,
        VCardProperty::Version
            | VCardProperty::Begin
            | VCardProperty::End
            | VCardProperty::Uid
            | VCardProperty::Rev
            | VCardProperty::Prodid
            | VCardProperty::Kind
            | VCardProperty::Fn
            | VCardProperty::N
            | VCardProperty::Bday
            | VCardProperty::Anniversary
            | VCardProperty::Gender
            | VCardProperty::Photo
            | VCardProperty::Logo
    )
}

/// The value without what people write differently: of a number its digits, else small letters.
fn compared(entry: &VCardEntry) -> Vec<String> {
    let texts = entry.values.iter().map(|value| match value.as_text() {
        Some(text) if entry.name == VCardProperty::Tel => {
            text.chars().filter(|c| c.is_ascii_digit() || *c == '+').collect()
        }
        Some(text) => text.trim().to_lowercase(),
        None => format!("{value:?}"),
    });
    texts.collect()
}

#[cfg(test)]
mod tests {
    use crate::domain::card::{Card, Part};

    #[test]
    fn what_the_other_has_more_is_taken_over_and_nothing_is_replaced() {
        let mut one = Card::named("Juliet");
        one.set(Part::Phone, &["+39 045 555 0100".to_owned()]);
        one.set(Part::Mail, &["J@capulet.lit".to_owned()]);
        let mut other = Card::named("Juliet Capulet");
        other.set(Part::Phone, &["+390455550100".to_owned(), "+390455550199".to_owned()]);
        other.set(Part::Mail, &["j@Capulet.lit".to_owned()]);
        other.set(Part::Title, &["Heiress".to_owned()]);
        one.absorb(&other);
        let texts = |part| one.values(part).into_iter().map(|it| it.text).collect::<Vec<_>>();
        assert_eq!(one.name(), "Juliet");
        assert_eq!(texts(Part::Phone), ["+39 045 555 0100", "+390455550199"]);
        assert_eq!(texts(Part::Mail), ["J@capulet.lit"]);
        assert_eq!(texts(Part::Title), ["Heiress"]);
        let before = one.clone();
        one.absorb(&other);
        assert_eq!(one, before, "a second time changes nothing");
    }
}
