//! Commands of one's own safety. “Reply STOP” is what people have learnt, and a reply is how one
//! answers a message: said as one, or behind the number of a thing, they are no less commands.

use super::{arguments, command, value::split};
use crate::{
    chat::{
        command::{Call, Command},
        table::{
            consent::{BLOCK, REPORT, UNBLOCK},
            invites::STOP,
            leave::LEAVE,
        },
        text::too_long,
    },
    domain::{assent::is_short, conversation::handle_of, text::clean},
};

/// What words mean that say to be left alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Guard {
    /// A command.
    Call(Call),
    /// A command about whoever is behind what the words point at.
    Behind(Call),
    /// They begin like one, and are said to nobody unasked.
    Unfit(&'static Command),
}

/// Whether `said` is a command of one's own safety and nothing else: stop, leave, block, unblock or
/// report.
#[must_use]
pub fn guard(said: &str) -> Option<Guard> {
    if too_long(said).is_some() {
        return None;
    }
    let words = handle_of(said).map_or(said, |(_, behind)| behind);
    let text = clean(words.to_owned());
    let text = text.trim().trim_start_matches(['/', '!', '／', '！']).trim_start();
    let (command, rest, lang) = command(text)?;
    let is_alone = [STOP, LEAVE].contains(command);
    if !is_alone && ![BLOCK, UNBLOCK, REPORT].contains(command) {
        return None;
    }
    match arguments(command, rest) {
        Ok(call) if is_alone || !call.values.is_empty() => Some(Guard::Call(Call { lang, ..call })),
        Ok(call) => Some(Guard::Behind(Call { lang, ..call })),
        Err(_) if is_alone => None,
        Err(_) if *command == REPORT => {
            // With the number of what it is about, `abuse he insults me` is a complaint.
            let complaint = arguments(command, &format!("1 {rest}")).ok();
            let complaint = complaint.filter(|call| call.values.contains_key("reason"));
            Some(complaint.map_or(Guard::Unfit(command), |mut call| {
                call.values.remove("number");
                Guard::Behind(Call { lang, ..call })
            }))
        }
        Err(_) => {
            let is_meant = is_short(text) || split(rest).0.contains('@');
            is_meant.then_some(Guard::Unfit(command))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_says_to_be_left_alone_is_a_command_and_nothing_beside_it_is() {
        let read = |words| match guard(words)? {
            Guard::Call(call) => Some(("call", call.command.node)),
            Guard::Behind(call) => Some(("behind", call.command.node)),
            Guard::Unfit(command) => Some(("unfit", command.node)),
        };
        for (words, meant) in [
            ("STOP", ("call", "stop")),
            ("#1 stop.", ("call", "stop")),
            ("拒收", ("call", "stop")),
            ("leave", ("call", "leave")),
            ("/block", ("behind", "block")),
            ("#1 屏蔽", ("behind", "block")),
            ("unblock", ("behind", "unblock")),
            ("block mal@evil.example", ("call", "block")),
            ("block mal@evil.example/phone", ("call", "block")),
            ("report", ("behind", "report")),
            ("report abuse he insults me", ("behind", "report")),
            ("举报", ("behind", "report")),
            ("report 12 spam", ("call", "report")),
            ("block him", ("unfit", "block")),
            ("block mal@evil.example for good, as they insult me", ("unfit", "block")),
            ("report what he says", ("unfit", "report")),
        ] {
            assert_eq!(read(words), Some(meant), "{words}");
        }
        for words in [
            "stop it",
            "leave it at the door",
            "block letters please, if you can",
            "no",
            "yes",
            "where is it?",
            "",
        ] {
            assert_eq!(read(words), None, "{words}");
        }
        let Some(Guard::Behind(call)) = guard("report abuse he insults me") else { panic!() };
        assert_eq!((call.one("reason"), call.one("number")), (Some("abuse"), None));
        assert_eq!(call.one("words"), Some("he insults me"));
    }
}
