//! What stands behind a word, taken word by word and put into the fields of a command.

use crate::chat::{
    command::Call,
    field::{Field, Wrong},
};

/// A field, and what is wrong with what was given for it.
pub(super) type Misgiven = (&'static Field, Wrong);

/// The first word, and the rest.
pub(super) fn split(text: &str) -> (&str, &str) {
    let at = text.find(char::is_whitespace).unwrap_or(text.len());
    let (first, rest) = text.split_at_checked(at).unwrap_or((text, ""));
    (first, rest.trim())
}

/// Gives a field its value.
pub(super) fn give(call: &mut Call, field: &'static Field, value: &str) -> Result<(), Wrong> {
    let values = field.check(&[value.to_owned()])?;
    call.values.insert(field.var, values);
    Ok(())
}
