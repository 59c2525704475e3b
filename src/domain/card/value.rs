//! The values of a card, part by part: seen, chosen and changed.

use std::collections::HashMap;

use super::{
    clean, date, name,
    part::{Part, PostalAddress, Value},
    picture,
    property::{Form, Property},
    vcard::Card,
};

impl Card {
    /// The values of a part, in their order.
    #[must_use]
    pub fn values(&self, part: Part) -> Vec<Value> {
        self.of(part).flat_map(shown).collect()
    }

    /// The first value of a part.
    #[must_use]
    pub fn first(&self, part: Part) -> Option<String> {
        self.values(part).into_iter().next().map(|value| value.text)
    }

    /// The addresses by their components.
    #[must_use]
    pub fn parts_of_address(&self) -> Vec<PostalAddress> {
        let of = |property: &Property| {
            let mut parts = property.value().iter().map(|texts| texts.join(", "));
            let mut next = || parts.next().unwrap_or_default();
            PostalAddress {
                post_box: next(),
                extended: next(),
                street: next(),
                locality: next(),
                region: next(),
                code: next(),
                country: next(),
                kinds: property.param("TYPE").to_vec(),
            }
        };
        self.of(Part::Address).map(of).collect()
    }

    /// Puts these values in the place of all of a part; none removes it, but never the name. A value
    /// that the card has already stays as it is, with its types and components. What is no value of
    /// the part (a page of a foreign scheme) is left out.
    pub fn set(&mut self, part: Part, values: &[String]) {
        let values: Vec<Value> =
            values.iter().map(|text| Value { text: text.clone(), kinds: Vec::new() }).collect();
        self.set_values(part, &values);
    }

    /// As [`Card::set`], with what each value is for. No kinds say nothing about those of a value
    /// that the card has already.
    pub fn set_values(&mut self, part: Part, values: &[Value]) {
        if part == Part::Categories {
            let texts: Vec<String> = values.iter().map(|value| value.text.clone()).collect();
            let list = Property::new("CATEGORIES", Form::List, vec![texts]);
            return self.replace(part, vec![list]);
        }
        // By what is shown of it, with its kinds and without; the first counts, so it comes last.
        let mut had: HashMap<(String, Option<Vec<String>>), &Property> = HashMap::new();
        let all: Vec<&Property> = self.of(part).collect();
        for property in all.into_iter().rev() {
            for Value { text, kinds } in shown(property) {
                had.insert((text.clone(), Some(kinds)), property);
                had.insert((text, None), property);
            }
        }
        let made = values.iter().map(|value| {
            let kinds = Some(value.kinds.clone()).filter(|kinds| !kinds.is_empty());
            let same = had.get(&(value.text.clone(), kinds));
            same.map_or_else(|| new(part, value), |property| (*property).clone())
        });
        let made = made.collect();
        self.replace(part, made);
    }

    /// The card with nothing but these parts and the name; what belongs to no part goes too, but for
    /// the labels of what stays.
    #[must_use]
    pub fn only(&self, parts: &[Part]) -> Self {
        let chosen = |property: &Property| {
            Part::of(property).is_some_and(|part| part == Part::Name || parts.contains(&part))
        };
        let groups: Vec<&str> =
            self.properties.iter().filter(|it| chosen(it)).filter_map(Property::group).collect();
        let is_label = |property: &Property| {
            matches!(property.name(), "X-ABLABEL" | "X-ABADR")
                && property.group().is_some_and(|group| groups.contains(&group))
        };
        let stays = |property: &&Property| chosen(property) || is_label(property);
        Self { properties: self.properties.iter().filter(stays).cloned().collect() }
    }

    pub(super) fn of(&self, part: Part) -> impl Iterator<Item = &Property> {
        self.properties.iter().filter(move |property| Part::of(property) == Some(part))
    }

    /// Puts these properties in the place of all of a part, clean.
    pub(super) fn replace(&mut self, part: Part, new: Vec<Property>) {
        let new: Vec<Property> =
            new.into_iter().filter_map(|property| clean::property(property).ok()).collect();
        if part == Part::Name && !new.iter().any(|property| property.name() == "FN") {
            return;
        }
        self.properties.retain(|property| Part::of(property) != Some(part));
        self.properties.extend(new);
        name::complete(&mut self.properties);
    }
}

/// A new property of a part with this value.
fn new(part: Part, value: &Value) -> Property {
    let text = value.text.trim();
    let mut property = match part {
        // What was typed is a street, for all that is known.
        Part::Address => {
            let mut parts = vec![vec![String::new()]; 7];
            if let Some(street) = parts.get_mut(2) {
                *street = vec![text.to_owned()];
            }
            Property::new("ADR", Form::Parts, parts)
        }
        _ => Property::text(part.property(), text),
    };
    value.kinds.iter().for_each(|kind| property.add("TYPE", kind));
    if part == Part::Fax && !property.is_for("fax") {
        property.add("TYPE", "fax");
    }
    property
}

/// What is shown of a property: of a list, each of its texts.
fn shown(property: &Property) -> Vec<Value> {
    let kinds = property.param("TYPE").to_vec();
    let value = |text: String| Value { text, kinds: kinds.clone() };
    let text = match (property.name(), property.form()) {
        ("N" | "SORT-STRING", _) => return Vec::new(),
        (_, Form::List) => {
            return property.value().iter().flatten().cloned().map(value).collect();
        }
        (_, Form::Parts) => {
            let texts = property.value().iter().flatten().filter(|text| !text.is_empty());
            texts.flat_map(|text| text.lines()).collect::<Vec<_>>().join(", ")
        }
        ("PHOTO" | "LOGO", _) => match picture::inline(property.only()) {
            Some((media, _)) => media.to_owned(),
            None => property.only().to_owned(),
        },
        ("TEL", Form::Uri) => {
            property.only().strip_prefix("tel:").unwrap_or(property.only()).to_owned()
        }
        ("X-JABBER", _) => format!("xmpp:{}", property.only().trim_start_matches("xmpp:")),
        (_, Form::Date) => date::long(property.only()),
        _ => property.only().to_owned(),
    };
    if text.is_empty() { Vec::new() } else { vec![value(text)] }
}
