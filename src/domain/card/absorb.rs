//! Two cards of one person made one.

use super::{
    Card, Part, name,
    property::{Property, is_single},
};

impl Card {
    /// Takes over what `other` has more: values that are not here yet, and what there is one of
    /// (name, birthday, picture) if it is missing here. What is here stays as it is.
    pub fn absorb(&mut self, other: &Self) {
        let mut categories: Vec<String> =
            self.values(Part::Categories).into_iter().map(|it| it.text).collect();
        for label in other.values(Part::Categories) {
            if !categories.iter().any(|own| name::fold(own) == name::fold(&label.text)) {
                categories.push(label.text);
            }
        }
        for property in &other.properties {
            let same = |own: &&Property| own.name() == property.name();
            let mut own = self.properties.iter().filter(same);
            let is_here = own.any(|own| is_one(own) || compared(own) == compared(property));
            if !is_here && !is_apart(property.name()) {
                self.properties.push(property.clone());
            }
        }
        self.set(Part::Categories, &categories);
        name::complete(&mut self.properties);
    }
}

/// Whether a card has one of it.
fn is_one(property: &Property) -> bool {
    is_single(property.name()) || matches!(property.name(), "PHOTO" | "LOGO")
}

/// What is about the other card itself, the labels of its groups, and what is joined otherwise.
fn is_apart(name: &str) -> bool {
    matches!(name, "UID" | "REV" | "PRODID" | "CLIENTPIDMAP" | "CATEGORIES")
        || matches!(name, "X-ABLABEL" | "X-ABADR")
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
