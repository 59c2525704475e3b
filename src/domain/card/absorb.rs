//! Two cards of one person made one.

use super::{
    Card, PROPERTIES_MAX,
    property::{Property, is_single},
};

impl Card {
    /// Takes over what `other` has more, as far as there is room: values that are not here yet, and
    /// what there is one of (name, birthday, picture) if it is missing here. What is here stays as
    /// it is.
    pub fn absorb(&mut self, other: &Self) {
        for property in &other.properties {
            let mut same = self.properties.iter().filter(|own| own.name() == property.name());
            let is_here =
                same.any(|own| is_single(property.name()) || compared(own) == compared(property));
            if !is_here && self.properties.len() < PROPERTIES_MAX {
                self.properties.push(property.clone());
            }
        }
    }
}

/// The value without what people write differently: of a number its digits, else small letters.
fn compared(property: &Property) -> Vec<String> {
    let texts = property.value().iter().flatten();
    let compared = |text: &String| match property.name() {
        "TEL" => text.chars().filter(|c| c.is_ascii_digit() || *c == '+').collect(),
        _ => text.trim().to_lowercase(),
    };
    texts.map(compared).collect()
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
