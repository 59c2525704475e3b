//! What is on a card, a line for each value: as much of it as one message holds, however large the
//! card is.

use crate::domain::{
    card::{Card, Part, Value},
    text::{one_line, shorten},
};

/// The most characters of a value.
pub(crate) const VALUE: usize = 300;
/// The most characters of a line, with what stands around its value.
const LINE: usize = 400;
/// The most lines of one part.
const LINES: usize = 10;
/// The most bytes of all of them. Of some characters XML needs six for one, and even so they can
/// leave.
const ALL: usize = 8 * 1024;

/// The lines of all values of `card` but its name, as `line` writes each; and whether anything is
/// missing in them. What `line` is given is one line already.
pub(crate) fn lines(card: &Card, line: impl Fn(Part, &Value) -> String) -> (Vec<String>, bool) {
    let (mut lines, mut bytes, mut is_cut) = (Vec::new(), 0, false);
    for part in Part::ALL.into_iter().filter(|part| *part != Part::Name) {
        let values = card.values(part);
        is_cut |= values.len() > LINES;
        // Of one that lies in the card is only said that it is there.
        let is_picture = matches!(part, Part::Picture | Part::Logo);
        for Value { text, kinds } in values.into_iter().take(LINES) {
            let whole = one_line(&text);
            let text = shorten(&whole, VALUE);
            is_cut |= text != whole && !is_picture;
            let whole = line(part, &Value { text, kinds });
            let line = shorten(&whole, LINE);
            is_cut |= line != whole;
            bytes += line.len();
            if bytes > ALL {
                return (lines, true);
            }
            lines.push(line);
        }
    }
    (lines, is_cut)
}
