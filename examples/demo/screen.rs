//! What the terminal shows: numbered steps, stanzas, and messages as a chat client draws them.

use std::{
    cell::Cell,
    io::{IsTerminal, Write, stderr, stdout},
};

use minidom::Element;

use crate::harness::wire::CLIENT;

/// How many columns a line of a stanza or a message may take.
const WIDTH: usize = 76;
const MARGIN: &str = "   ";

/// The terminal, or the pipe, on standard output. A reader that went away is no reason to stop.
pub(crate) struct Screen {
    colours: bool,
    step: Cell<u32>,
}

/// Says on standard error why the demo cannot go on.
pub(crate) fn complain(why: &str) {
    let _ = writeln!(stderr(), "demo: {why}");
}

/// Answers Ctrl-C.
pub(crate) fn farewell() {
    let _ = writeln!(stdout(), "\n{MARGIN}Ended. Nothing is left behind.");
}

impl Screen {
    /// Colours only for a terminal, and not for people who do not want them (no-color.org).
    pub(crate) fn new() -> Self {
        let unwanted = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        Self { colours: stdout().is_terminal() && !unwanted, step: Cell::new(0) }
    }

    /// The first line.
    pub(crate) fn title(&self, text: &str) {
        self.line(&self.paint("1", text));
    }

    /// Begins the next numbered step.
    pub(crate) fn step(&self, what: &str) {
        self.step.set(self.step.get() + 1);
        let number = format!("{:>2}", self.step.get());
        self.line("");
        self.line(&format!("{} {}", self.paint("1;36", &number), self.paint("1", what)));
    }

    /// What happened, in words.
    pub(crate) fn say(&self, text: &str) {
        for line in text.split('\n') {
            self.line(&format!("{MARGIN}{line}"));
        }
    }

    /// What a program printed.
    pub(crate) fn quote<'a>(&self, lines: impl Iterator<Item = &'a str>) {
        for line in lines {
            self.line(&format!("{MARGIN}  {}", self.paint("2", line)));
        }
    }

    /// Lines to copy into a client or a shell.
    pub(crate) fn commands(&self, title: &str, lines: &str) {
        self.say(title);
        for line in lines.lines() {
            self.line(&format!("{MARGIN}  {}", self.paint("33", line)));
        }
        self.line("");
    }

    /// A stanza or its payload, indented.
    pub(crate) fn stanza(&self, element: &Element) {
        let mut lines = Vec::new();
        indent(element, Some(CLIENT), 0, &mut lines);
        for line in lines {
            self.line(&format!("{MARGIN}  {}", self.paint("32", &line)));
        }
    }

    /// A message as `whose` client draws it.
    pub(crate) fn chat(&self, whose: &str, body: &str) {
        let lines: Vec<String> = body.lines().flat_map(fold).collect();
        let title = format!("─ {whose} sees ");
        let widest = lines.iter().map(|line| columns(line)).max().unwrap_or_default();
        let width = widest.max(columns(&title)) + 2;
        let frame = |text: &str| self.paint("35", text);
        self.line(&format!(
            "{MARGIN}{}",
            frame(&format!("┌{title}{}┐", "─".repeat(width - columns(&title))))
        ));
        for line in &lines {
            let space = " ".repeat(width - 2 - columns(line));
            self.line(&format!("{MARGIN}{} {line}{space} {}", frame("│"), frame("│")));
        }
        self.line(&format!("{MARGIN}{}", frame(&format!("└{}┘", "─".repeat(width)))));
    }

    /// The last line of a demo that ends by itself.
    pub(crate) fn done(&self) {
        self.line("");
        self.line(&self.paint("1", "demo: ok"));
    }

    fn paint(&self, colour: &str, text: &str) -> String {
        if self.colours { format!("\x1b[{colour}m{text}\x1b[0m") } else { text.to_owned() }
    }

    #[expect(clippy::unused_self, reason = "only a screen shows anything")]
    fn line(&self, text: &str) {
        let _ = writeln!(stdout(), "{text}");
    }
}

/// Writes an element as people write it: a line for each child, attributes below each other when
/// one line does not hold them.
fn indent(element: &Element, outer: Option<&str>, depth: usize, lines: &mut Vec<String>) {
    let space = "  ".repeat(depth);
    let ns = element.ns();
    let name = element.name();
    let xmlns = (outer != Some(ns.as_str())).then(|| format!("xmlns='{ns}'"));
    let attributes = element.attrs().into_iter().map(|((ns, name), value)| {
        // The one prefix that is known everywhere, and the one that we use.
        let prefix = if ns.is_none() { "" } else { "xml:" };
        format!("{prefix}{name}='{value}'")
    });
    let attributes: Vec<String> = xmlns.into_iter().chain(attributes).collect();
    let text = element.text();
    let end = match (element.children().next(), text.is_empty()) {
        (Some(_), _) => ">".to_owned(),
        (None, true) => "/>".to_owned(),
        (None, false) => format!(">{text}</{name}>"),
    };
    let start = attributes.iter().fold(format!("{space}<{name}"), |all, one| all + " " + one);
    if columns(&start) + columns(&end) <= WIDTH {
        lines.push(start + &end);
    } else {
        let below = format!("\n{space} {}", " ".repeat(name.len() + 1));
        let start = format!("{space}<{name} {}{end}", attributes.join(&below));
        lines.extend(start.split('\n').map(str::to_owned));
    }
    for child in element.children() {
        indent(child, Some(&ns), depth + 1, lines);
    }
    if element.children().next().is_some() {
        lines.push(format!("{space}</{name}>"));
    }
}

/// Folds a line at its spaces. A word that is too long stays whole: it may be a link.
fn fold(line: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in line.split(' ') {
        match lines.last_mut() {
            Some(last) if last.is_empty() => last.push_str(word),
            Some(last) if columns(last) + 1 + columns(word) <= WIDTH - 4 => {
                last.push(' ');
                last.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// How many columns a terminal gives to `text`: two to Chinese and to emoji.
fn columns(text: &str) -> usize {
    let wide =
        |c: char| matches!(c, '\u{1100}'..='\u{115f}' | '\u{2e80}'..='\u{ffdc}' | '\u{1f300}'..);
    text.chars().map(|c| if wide(c) { 2 } else { 1 }).sum()
}
