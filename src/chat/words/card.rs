//! `card work phone work +39 045 555 0100`: which card, which field of it, and what goes there.

use super::value::{Misgiven, give, split};
use crate::{
    card::own,
    chat::{
        command::{Call, Command},
        field::{Field, FieldKind, Wrong},
        own_card::{ADDS, REMOVES, SENT},
    },
};

/// Reads what is behind the word. In words, a further value is added to those that are there.
pub(super) fn read(mut call: Call, rest: &str) -> Result<Call, Option<Misgiven>> {
    let command = call.command;
    let (first, behind) = split(rest);
    let which = command.field("card").ok_or(None)?;
    if let Some((field, value)) = named(command, rest) {
        return change(call, field, value);
    }
    let digits = first.trim_start_matches(['#', '＃']);
    if !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) && behind.is_empty() {
        give(&mut call, which, digits).map_err(|wrong| Some((which, wrong)))?;
        return Ok(call);
    }
    let name = own::name(first).ok_or(None)?;
    call.values.insert(which.var, vec![name]);
    if behind.is_empty() {
        return Ok(call);
    }
    let (field, value) = named(command, behind).ok_or(None)?;
    change(call, field, value)
}

/// The field that `rest` begins with, and what is behind it.
fn named<'t>(command: &'static Command, rest: &'t str) -> Option<(&'static Field, &'t str)> {
    let (key, value) = split(rest);
    let key = key.to_lowercase();
    let is = |field: &&Field| field.keys.contains(&key.as_str());
    if let Some(field) = command.fields.iter().find(is) {
        return Some((field, value));
    }
    // Chinese is written without spaces: 名片电话13800138000.
    let glued = |field: &'static Field| {
        let mut keys = field.keys.iter().filter(|key| !key.is_ascii());
        let value = keys.find_map(|key| rest.strip_prefix(*key))?;
        // A word that only begins so is the name of a card.
        let is_value = value.starts_with(|c: char| !c.is_alphabetic());
        is_value.then(|| (field, value.trim()))
    };
    command.fields.iter().find_map(glued)
}

fn change(mut call: Call, field: &'static Field, value: &str) -> Result<Call, Option<Misgiven>> {
    match (field.var, value) {
        (var @ "delete", "") => drop(call.values.insert(var, vec!["1".to_owned()])),
        (var @ "picture", "") => drop(call.values.insert(var, vec![SENT.to_owned()])),
        (_, "") => return Err(Some((field, Wrong::Missing))),
        (var, REMOVES) => drop(call.values.insert(var, Vec::new())),
        _ => {
            give(&mut call, field, value).map_err(|wrong| Some((field, wrong)))?;
            if matches!(field.kind, FieldKind::Several) {
                call.values.insert(ADDS, Vec::new());
            }
        }
    }
    Ok(call)
}
