//! Two cards of one person made one.

use std::collections::HashSet;

use super::{
    name,
    part::Part,
    property::{Property, is_single},
    vcard::Card,
};

impl Card {
    /// Takes over what `other` has more: values that are not here yet, and what there is one of
    /// (name, birthday, picture) if it is missing here. What is here stays as it is.
    pub fn absorb(&mut self, other: &Self) {
        let texts = |card: &Self| card.values(Part::Categories).into_iter().map(|it| it.text);
        let mut categories: Vec<String> = texts(self).collect();
        let count = categories.len();
        let mut known: HashSet<String> = categories.iter().map(|own| name::fold(own)).collect();
        categories.extend(texts(other).filter(|label| known.insert(name::fold(label))));
        let mut here: HashSet<(String, Vec<String>)> = self.properties.iter().map(mark).collect();
        for property in other.properties.iter().filter(|it| !is_apart(it.name())) {
            if here.insert(mark(property)) {
                self.properties.push(property.clone());
            }
        }
        if categories.len() > count {
            self.set(Part::Categories, &categories);
        }
        name::complete(&mut self.properties);
    }
}

/// What a property is known by: of what there is one of, the name alone.
fn mark(property: &Property) -> (String, Vec<String>) {
    let is_single = is_single(property.name());
    let value = if is_single { Vec::new() } else { compared(property) };
    (property.name().to_owned(), value)
}

/// What is about the other card itself, the labels of its groups, and what is joined otherwise.
fn is_apart(name: &str) -> bool {
    const APART: [&str; 7] =
        ["UID", "REV", "PRODID", "CLIENTPIDMAP", "CATEGORIES", "X-ABLABEL", "X-ABADR"];
    APART.contains(&name)
}

/// The value without what people write differently: of a number its digits, else as it is folded.
fn compared(property: &Property) -> Vec<String> {
    let texts = property.value().iter().flatten();
    if property.name() == "TEL" {
        let is_of_number = |c: &char| c.is_ascii_digit() || *c == '+';
        return texts.map(|text| text.chars().filter(is_of_number).collect()).collect();
    }
    texts.map(|text| name::fold(text)).collect()
}

#[cfg(test)]
mod tests {
    use crate::domain::card::{Card, Part};

    fn texts_of(card: &Card, part: Part) -> Vec<String> {
        card.values(part).into_iter().map(|it| it.text).collect()
    }

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
        let texts = |part| texts_of(&one, part);
        assert_eq!(one.name(), "Juliet");
        assert_eq!(texts(Part::Phone), ["+39 045 555 0100", "+390455550199"]);
        assert_eq!(texts(Part::Mail), ["J@capulet.lit"]);
        assert_eq!(texts(Part::Title), ["Heiress"]);
        let before = one.clone();
        one.absorb(&other);
        assert_eq!(one, before, "a second time changes nothing");
        one.set(Part::Categories, &["Friends".to_owned()]);
        other.set(Part::Categories, &["friends".to_owned(), "Verona".to_owned()]);
        one.absorb(&other);
        assert_eq!(texts_of(&one, Part::Categories), ["Friends", "Verona"]);
    }
}
