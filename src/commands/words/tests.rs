use super::*;
use crate::commands::Name;

/// The node, and what was given for which field.
fn told(text: &str) -> String {
    match read(text) {
        Reading::Call(call) => {
            let given =
                |(var, values): (&&str, &Vec<String>)| format!(" {var}={}", values.join("|"));
            call.command.node.to_owned() + &call.values.iter().map(given).collect::<String>()
        }
        Reading::Unfit(command) => format!("unfit {}", command.node),
        Reading::Other(..) => "other".to_owned(),
    }
}

#[test]
fn words_need_no_slash_and_may_have_one() {
    for text in
        ["join", " Join ", "/join", "!JOIN", "加入", "／加入", "join.", "join!", "\u{200e}join"]
    {
        assert_eq!(told(text), "join", "{text}");
    }
    assert_eq!(told("leave"), "leave");
    for text in ["", "joining", "what is this?", "👍", "אני רוצה"] {
        assert_eq!(told(text), "other", "{text}");
    }
}

#[test]
fn what_follows_must_fit_or_it_is_no_command() {
    for text in ["join us for dinner", "leave it there", "leave 12", "退出了吗", "help me"] {
        assert!(told(text).starts_with("unfit"), "{text}: {}", told(text));
    }
    assert_eq!(told("join as Romeo M."), "join nick=Romeo M.");
    assert_eq!(told("加入 昵称 罗密欧"), "join nick=罗密欧");
    assert_eq!(told("help leave"), "help command=leave");
    assert_eq!(told("帮助 加入"), "help command=join");
    assert_eq!(told("帮助加入"), "help command=join");
}

#[test]
fn a_typing_error_finds_the_nearest_word() {
    for (given, word) in [("hlep", "help"), ("jion", "join"), ("leav", "leave"), ("加人", "加入")]
    {
        assert_eq!(read(given), Reading::Other(given.into(), Some(word)), "{given}");
    }
    for given in ["ok", "hello", "yes", "bonjour", "👍👍", "好的"] {
        assert_eq!(read(given), Reading::Other(given.into(), None), "{given}");
    }
}

#[test]
fn every_word_of_every_command_finds_it() {
    for command in COMMANDS {
        for word in command.words() {
            for text in [word.to_owned(), format!("/{}", word.to_uppercase())] {
                assert!(
                    matches!(read(&text), Reading::Call(call) if call.command == command),
                    "{text}"
                );
            }
        }
    }
    assert!(COMMANDS.iter().any(|command| command.name == Name::Help));
}
