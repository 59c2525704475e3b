//! Changing the values of a part, each with what it is for.

use calcard::vcard::{
    VCardEntry, VCardParameter, VCardParameterName, VCardParameterValue, VCardValue, VCardValueType,
};

use super::{Card, Part, Value, part_of, property, value};

impl Card {
    /// Puts these values in the place of all of a part; none removes it. A property whose value is
    /// among them stays as it is, with all that is known of it. An address that is new is one line.
    pub fn set_values(&mut self, part: Part, values: &[Value]) {
        if part == Part::Name {
            let names: Vec<String> = values.iter().take(1).map(|it| it.text.clone()).collect();
            return self.set(part, &names);
        }
        let entries = std::mem::take(&mut self.0.entries);
        let (mut old, rest): (Vec<_>, Vec<_>) =
            entries.into_iter().partition(|entry| part_of(entry) == Some(part));
        self.0.entries = rest;
        for wanted in values {
            let is = |entry: &VCardEntry| value(entry).is_some_and(|it| it.is_same(wanted));
            let entry = match old.iter().position(is) {
                Some(at) => old.swap_remove(at),
                None => entry_of(part, wanted),
            };
            self.0.entries.push(entry);
        }
    }
}

impl Value {
    fn is_same(&self, other: &Self) -> bool {
        let sorted = |it: &Self| {
            let mut kinds = it.kinds.clone();
            kinds.retain(|kind| kind != "fax");
            kinds.sort_unstable();
            kinds
        };
        self.text == other.text && sorted(self) == sorted(other)
    }
}

fn entry_of(part: Part, value: &Value) -> VCardEntry {
    let text = |text: &str| VCardValue::Text(text.to_owned());
    let mut entry = VCardEntry::new(property(part));
    entry.values = match part {
        // Post office box, extension, street, locality, region, code, country (RFC 6350 §6.3.1).
        Part::Address => ["", "", &value.text, "", "", "", ""].map(text).to_vec(),
        Part::Categories => value.text.split(", ").map(text).collect(),
        _ => vec![text(&value.text)],
    };
    let kind = |kind: &String| {
        let value = VCardParameterValue::Text(kind.clone());
        VCardParameter { name: VCardParameterName::Type, value }
    };
    entry.params = value.kinds.iter().map(kind).collect();
    if part == Part::Fax && value.kinds.iter().all(|kind| kind != "fax") {
        entry.params.push(kind(&"fax".to_owned()));
    }
    if matches!(part, Part::Phone | Part::Fax) && value.text.starts_with("tel:") {
        let value = VCardParameterValue::ValueType(VCardValueType::Uri);
        entry.params.insert(0, VCardParameter { name: VCardParameterName::Value, value });
    }
    entry
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str, kinds: &[&str]) -> Value {
        Value { text: text.into(), kinds: kinds.iter().map(|it| (*it).to_owned()).collect() }
    }

    #[test]
    fn values_are_written_with_what_they_are_for_and_read_back() {
        let mut card = Card::named("Juliet Capulet");
        let numbers = [of("tel:+390455550100", &["work"]), of("tel:+393331234567", &["cell"])];
        card.set_values(Part::Phone, &numbers);
        card.set_values(Part::Fax, &[of("tel:+390455550101", &["work"])]);
        card.set_values(Part::Address, &[of("Via Cappello 23, Verona", &["home"])]);
        let back = Card::parse(&card.to_string()).unwrap();
        assert_eq!(back.values(Part::Phone), numbers);
        assert_eq!(back.values(Part::Fax).len(), 1);
        assert_eq!(back.first(Part::Address).as_deref(), Some("Via Cappello 23, Verona"));
        card.set_values(Part::Phone, &[]);
        assert_eq!((card.first(Part::Phone), card.values(Part::Fax).len()), (None, 1));
    }

    #[test]
    fn what_is_known_of_a_value_that_stays_stays() {
        let text = "BEGIN:VCARD\r\nVERSION:4.0\r\nFN:J\r\nTEL;PREF=1;TYPE=work:+390455550100\r\n\
                    ADR:;;Via Cappello 23;Verona;;37121;Italy\r\nEND:VCARD\r\n";
        let mut card = Card::parse(text).unwrap();
        for part in [Part::Phone, Part::Address] {
            let values = card.values(part);
            card.set_values(part, &values);
        }
        let text = card.to_string();
        assert!(text.contains("PREF=1") && text.contains("Verona;;37121"), "{text}");
    }
}
