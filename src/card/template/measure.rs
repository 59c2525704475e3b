//! How wide a text will be in a picture, whose fonts nobody knows beforehand: an estimate that is
//! rather too wide, for the letters of a wide face such as `DejaVu Sans`. SVG breaks no lines by itself.

/// How much narrower a face is that is not bold.
const REGULAR: f64 = 0.9;

/// The width of `text` in units of its size.
fn ems(text: &str, bold: bool) -> f64 {
    let wide: f64 = text.chars().map(em).sum();
    if bold { wide } else { wide * REGULAR }
}

fn em(symbol: char) -> f64 {
    match symbol {
        // What stands over, under or between others.
        '\u{300}'..='\u{36f}'
        | '\u{591}'..='\u{5bd}'
        | '\u{64b}'..='\u{65f}'
        | '\u{200c}'..='\u{200d}'
        | '\u{fe00}'..='\u{fe0f}' => 0.0,
        // Chinese, Japanese, Korean.
        '\u{1100}'..='\u{115f}'
        | '\u{2e80}'..='\u{a4cf}'
        | '\u{ac00}'..='\u{d7a3}'
        | '\u{f900}'..='\u{faff}'
        | '\u{fe30}'..='\u{fe4f}'
        | '\u{ff00}'..='\u{ff60}'
        | '\u{ffe0}'..='\u{ffe6}'
        | '\u{20000}'..='\u{3fffd}' => 1.12,
        '\u{1f000}'..='\u{1faff}' => 1.4,
        'i' | 'j' | 'l' | 'I' | '|' | '.' | ',' | ':' | ';' | '\'' | '!' | ' ' | '·' => 0.4,
        'f' | 'r' | 't' | '(' | ')' | '[' | ']' | '/' | '-' => 0.5,
        'm' | 'w' | 'M' | 'W' | '@' | '%' => 1.1,
        '0'..='9' | 'a'..='z' => 0.72,
        'A'..='Z' => 0.86,
        '\u{5d0}'..='\u{5ea}' => 0.75,
        _ => 0.95,
    }
}

/// The largest size between `least` and `most` in which `text` is at most `width` wide; `least`
/// when none is small enough.
pub(super) fn fit(text: &str, width: f64, most: f64, least: f64, bold: bool) -> f64 {
    let wanted = (width / ems(text, bold).max(0.1)).floor();
    wanted.min(most).max(least)
}

/// `text` in at most `count` lines, each at most `width` wide. Lines break at spaces and between
/// ideographs, and within a word that is wider than a line. What is too much ends in an ellipsis.
pub(super) fn wrap(text: &str, width: f64, size: f64, count: usize, bold: bool) -> Vec<String> {
    let room = width / size.max(1.0);
    let mut lines: Vec<String> = Vec::new();
    let mut line = String::new();
    for word in words(text) {
        let longer = format!("{line}{word}");
        if ems(longer.trim_end(), bold) <= room {
            line = longer;
            continue;
        }
        if !line.trim().is_empty() {
            lines.push(std::mem::take(&mut line).trim().to_owned());
        }
        line.clear();
        for symbol in word.chars() {
            line.push(symbol);
            if ems(line.trim_end(), bold) > room && line.chars().count() > 1 {
                line.pop();
                lines.push(std::mem::replace(&mut line, symbol.to_string()).trim().to_owned());
            }
        }
    }
    if !line.trim().is_empty() {
        lines.push(line.trim().to_owned());
    }
    if lines.len() > count {
        lines.truncate(count);
        if let Some(last) = lines.last_mut() {
            last.push('…');
            while ems(last, bold) > room && last.chars().count() > 1 {
                last.pop();
                last.pop();
                last.truncate(last.trim_end().len());
                last.push('…');
            }
        }
    }
    lines
}

/// Pieces between which a line may break, each with the space behind it.
fn words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut breaks = true;
    for symbol in text.chars() {
        let is_ideograph = matches!(symbol, '\u{2e80}'..='\u{a4cf}' | '\u{ac00}'..='\u{d7a3}'
            | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3fffd}');
        let closes = matches!(symbol, '\u{3001}' | '\u{3002}' | '\u{ff09}' | '\u{ff0c}');
        match words.last_mut() {
            Some(word) if closes || symbol == ' ' || !breaks && !is_ideograph => word.push(symbol),
            _ => words.push(symbol.to_string()),
        }
        breaks = is_ideograph || symbol == ' ';
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_text_is_large_and_a_long_one_small() {
        assert!((fit("Ann", 600.0, 64.0, 32.0, true) - 64.0).abs() < 0.1);
        assert!((fit(&"Wolfeschlegel".repeat(9), 600.0, 64.0, 32.0, true) - 32.0).abs() < 0.1);
        let between = fit("Wolfeschlegelsteinhausen", 600.0, 64.0, 32.0, true);
        assert!(between > 32.0 && between < 64.0, "{between}");
    }

    #[test]
    fn lines_break_at_spaces_between_ideographs_and_within_endless_words() {
        assert_eq!(
            wrap("Via Cappello 23, Verona", 130.0, 10.0, 3, false),
            ["Via Cappello 23,", "Verona"]
        );
        assert_eq!(wrap("北京市朝阳区建国路", 52.0, 10.0, 3, true), ["北京市朝", "阳区建国", "路"]);
        let endless = wrap(&"x".repeat(100), 80.0, 10.0, 2, true);
        assert_eq!(endless.len(), 2);
        assert!(endless[1].ends_with('…') && endless.iter().all(|it| ems(it, true) <= 8.0));
        assert!(wrap("", 80.0, 10.0, 2, true).is_empty());
    }
}
