//! Cards that stay true: what a new version changes, and how it comes into a copy.

use std::collections::HashSet;

use super::{
    name,
    part::Part,
    property::{Property, is_single},
    vcard::Card,
};

/// One change of a part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The part.
    pub part: Part,
    /// What was there; none if something was added.
    pub old: Option<String>,
    /// What is there; none if something was taken away.
    pub new: Option<String>,
}

impl Card {
    /// A copy of a card, `self`, brought up to date: `base` is the version that it was made from,
    /// `theirs` the new one.
    ///
    /// What the copy has from `base` becomes what `theirs` has. What the copy's owner added or
    /// changed stays, and what they took away stays away until its giver changes it.
    #[must_use]
    pub fn merge(&self, base: &Self, theirs: &Self) -> Self {
        let of =
            |card: &'_ Self| -> HashSet<Property> { card.properties.iter().cloned().collect() };
        let (base, had, new) = (of(base), of(self), of(theirs));
        let owned = || self.properties.iter().filter(|property| !base.contains(*property));
        let singles: HashSet<&str> =
            owned().map(Property::name).filter(|name| is_single(name)).collect();
        let comes = |property: &&Property| {
            let was_removed = base.contains(*property) && !had.contains(*property);
            !was_removed && !singles.contains(property.name())
        };
        let mut properties: Vec<Property> =
            theirs.properties.iter().filter(comes).cloned().collect();
        properties.extend(owned().filter(|property| !new.contains(*property)).cloned());
        // A name that was changed and one that was not do not go together.
        name::complete(&mut properties);
        Self { properties }
    }

    /// What a newer version of the card changes, part by part.
    #[must_use]
    pub fn diff(&self, newer: &Self) -> Vec<Change> {
        let mut changes = Vec::new();
        for part in Part::ALL {
            let (old, new) = (self.told(part), newer.told(part));
            let (had, has): (HashSet<_>, HashSet<_>) = (old.iter().collect(), new.iter().collect());
            let mut gone = old.iter().filter(|it| !has.contains(it)).map(|(_, text)| text.clone());
            let mut come = new.iter().filter(|it| !had.contains(it)).map(|(_, text)| text.clone());
            loop {
                match (gone.next(), come.next()) {
                    (None, None) => break,
                    (old, new) => changes.push(Change { part, old, new }),
                }
            }
        }
        changes
    }

    /// What is compared of a part, and what is shown of it: of two pictures both may be `image/png`.
    fn told(&self, part: Part) -> Vec<(String, String)> {
        if matches!(part, Part::Picture | Part::Logo) {
            let shown = self.values(part).into_iter().map(|value| value.text);
            return self.of(part).map(|it| it.only().to_owned()).zip(shown).collect();
        }
        self.values(part).into_iter().map(|value| (value.text.clone(), value.text)).collect()
    }
}
