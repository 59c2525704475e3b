//! The one table of commands. The words of the chat, the ad-hoc commands (XEP-0050) with their
//! forms, the dialogues and the help are views of it: whatever can be done in one of these ways
//! can be done in all of them.

pub mod call;
pub mod field;
pub mod help;
pub mod kept;
pub mod open;
pub mod people;
pub mod price;
pub mod run;
mod settings;
mod share;
mod shelf;
pub mod thing;
pub mod words;

use self::field::{Choice, Field, Kind, Need};
use crate::{
    domain::lang::Lang,
    render::texts::{Both, both},
};

/// Something that people can have done.
#[derive(Debug, PartialEq, Eq)]
pub struct Command {
    /// Which operation it is.
    pub name: Name,
    /// The node of the ad-hoc command: short, for some people type it.
    pub node: &'static str,
    /// The words it is called by in English, the first of which is the one that is told.
    pub english: &'static [&'static str],
    /// The same in Chinese.
    pub chinese: &'static [&'static str],
    /// What it is called in a menu.
    pub title: Both,
    /// How it is written in chat.
    pub usage: Both,
    /// What it does, in one line.
    pub help: Both,
    /// How the words behind it are read.
    pub grammar: Grammar,
    /// What it asks for, in order.
    pub fields: &'static [Field],
    /// Who may use it.
    pub access: Access,
}

/// The operation behind a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the table says what each does")]
pub enum Name {
    Help,
    Join,
    Leave,
    Share,
    List,
    More,
    Find,
    Status,
    Revoke,
    Lookup,
    Settings,
}

/// How the words behind a command are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grammar {
    /// There are none.
    Alone,
    /// They are the first field.
    Value,
    /// A word that names a field, and its value.
    Keyed,
    /// `WHAT to WHOM: WORDS`.
    Share,
}

/// Who may use a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Everybody.
    Anyone,
    /// Those who have joined.
    Joined,
}

/// A number by which somebody knows what he sent or was sent.
const HANDLE: Kind = Kind::Number { min: 1, max: 999_999_999 };

/// The languages we speak.
const LANGUAGES: &[Choice] = &[
    Choice {
        value: "en", label: both("English", "英语"), words: &["english", "英语", "英文"]
    },
    Choice {
        value: "zh", label: both("Chinese", "中文"), words: &["chinese", "中文", "汉语"]
    },
];

/// All of them, in the order of the help.
pub static COMMANDS: &[Command] = &[
    Command {
        name: Name::Help,
        node: "help",
        english: &["help", "?"],
        chinese: &["帮助"],
        title: both("Help", "帮助"),
        usage: both("help, or help WORD", "帮助，或：帮助 命令"),
        help: both("what you can write", "可以发送的命令"),
        grammar: Grammar::Value,
        fields: &[Field {
            var: "command",
            keys: &["about", "关于"],
            label: both("About", "关于"),
            hint: both("the command you want to know more about", "想进一步了解的命令"),
            kind: Kind::Command,
            need: Need::Optional,
            page: 0,
        }],
        access: Access::Anyone,
    },
    Command {
        name: Name::Join,
        node: "join",
        english: &["join"],
        chinese: &["加入"],
        title: both("Join", "加入"),
        usage: both("join, or join as NAME", "加入，或：加入 昵称 名字"),
        help: both("take part, and get what waits for you", "加入，并收取等待你的内容"),
        grammar: Grammar::Keyed,
        fields: &[Field {
            var: "nick",
            keys: &["as", "昵称"],
            label: both("Your name", "你的名字"),
            hint: both(
                "shown beside your address to those you send to",
                "显示在你的地址旁边，给收到分享的人看",
            ),
            kind: Kind::Line,
            need: Need::Optional,
            page: 0,
        }],
        access: Access::Anyone,
    },
    Command {
        name: Name::Share,
        node: "share",
        english: &["share"],
        chinese: &["分享"],
        title: both("Share a product", "分享商品"),
        usage: both("share WHAT to WHOM: WORDS", "分享 什么 给 谁：留言"),
        help: both(
            "show a product to people; send just share to be asked",
            "把商品给别人看；只发送“分享”我会问你",
        ),
        grammar: Grammar::Share,
        fields: &[
            Field {
                var: "what",
                keys: &[],
                label: both("What", "什么"),
                hint: both(
                    "a link, a number like #12, a code like 7K3QX-M2NP8, or a name and a price",
                    "链接、编号（如 #12）、代码（如 7K3QX-M2NP8），或名称加价格",
                ),
                kind: Kind::Line,
                need: Need::Required,
                page: 0,
            },
            Field {
                var: "picture",
                keys: &[],
                label: both("Picture", "图片"),
                hint: both(
                    "the address of a picture; in the chat, send the picture itself",
                    "图片的网址；在聊天里直接发送图片即可",
                ),
                kind: Kind::Line,
                need: Need::Optional,
                page: 0,
            },
            Field {
                var: "to",
                keys: &[],
                label: both("To whom", "给谁"),
                hint: both(
                    "addresses, phone numbers like +390455550100, or names of people you share with",
                    "地址、电话号码（如 +390455550100），或最近往来的人的名字",
                ),
                kind: Kind::People,
                need: Need::Required,
                page: 1,
            },
            Field {
                var: "comment",
                keys: &[],
                label: both("Anything to say", "留言"),
                hint: both("what they read above it", "显示在商品上方的话"),
                kind: Kind::Prose,
                need: Need::Asked,
                page: 1,
            },
        ],
        access: Access::Joined,
    },
    Command {
        name: Name::List,
        node: "list",
        english: &["list"],
        chinese: &["列表"],
        title: both("List", "列表"),
        usage: both("list, or list PAGE", "列表，或：列表 页码"),
        help: both("what you sent and were sent, the newest first", "你发出和收到的，最新的在前"),
        grammar: Grammar::Value,
        fields: &[Field {
            var: "page",
            keys: &[],
            label: both("Page", "页码"),
            hint: both("ten things stand on a page", "每页十件"),
            kind: Kind::Number { min: 1, max: 100_000 },
            need: Need::Optional,
            page: 0,
        }],
        access: Access::Joined,
    },
    Command {
        name: Name::More,
        node: "more",
        english: &["more", "show"],
        chinese: &["详情", "查看"],
        title: both("Show one thing", "查看详情"),
        usage: both("more NUMBER", "详情 编号"),
        help: both(
            "everything about one thing; without a number, the newest",
            "一件商品的全部信息；不写编号就是最新的一件",
        ),
        grammar: Grammar::Value,
        fields: &[Field {
            var: "number",
            keys: &[],
            label: both("Number", "编号"),
            hint: both("your number for it, like 12", "你的编号，例如 12"),
            kind: HANDLE,
            need: Need::Optional,
            page: 0,
        }],
        access: Access::Joined,
    },
    Command {
        name: Name::Find,
        node: "find",
        english: &["find", "search"],
        chinese: &["查找", "搜索"],
        title: both("Find", "查找"),
        usage: both("find WORDS", "查找 词语"),
        help: both("look through what you sent and were sent", "在你发出和收到的商品中查找"),
        grammar: Grammar::Value,
        fields: &[Field {
            var: "words",
            keys: &[],
            label: both("Words", "词语"),
            hint: both("all of them must occur", "须全部出现"),
            kind: Kind::Line,
            need: Need::Required,
            page: 0,
        }],
        access: Access::Joined,
    },
    Command {
        name: Name::Status,
        node: "status",
        english: &["status"],
        chinese: &["状态"],
        title: both("How far it has come", "送达状态"),
        usage: both("status NUMBER", "状态 编号"),
        help: both("how far something you sent has come", "你发出的商品送到哪一步了"),
        grammar: Grammar::Value,
        fields: &[Field {
            var: "number",
            keys: &[],
            label: both("Number", "编号"),
            hint: both("of something you sent, like 12", "你发出的商品的编号，例如 12"),
            kind: HANDLE,
            need: Need::Required,
            page: 0,
        }],
        access: Access::Joined,
    },
    Command {
        name: Name::Revoke,
        node: "revoke",
        english: &["revoke"],
        chinese: &["收回", "撤回"],
        title: both("Take back", "收回"),
        usage: both("revoke NUMBER", "收回 编号"),
        help: both(
            "take back something you sent; its page closes",
            "收回你发出的商品；它的页面会关闭",
        ),
        grammar: Grammar::Value,
        fields: &[Field {
            var: "number",
            keys: &[],
            label: both("Number", "编号"),
            hint: both("of something you sent, like 12", "你发出的商品的编号，例如 12"),
            kind: HANDLE,
            need: Need::Required,
            page: 0,
        }],
        access: Access::Joined,
    },
    Command {
        name: Name::Lookup,
        node: "lookup",
        english: &["lookup"],
        chinese: &["查询"],
        title: both("Look up a code", "查询代码"),
        usage: both("lookup CODE", "查询 代码"),
        help: both("what is behind a code", "代码对应的商品"),
        grammar: Grammar::Value,
        fields: &[Field {
            var: "code",
            keys: &[],
            label: both("Code", "代码"),
            hint: both(
                "ten letters and digits, like 7K3QX-M2NP8",
                "十个字母和数字，例如 7K3QX-M2NP8",
            ),
            kind: Kind::Code,
            need: Need::Required,
            page: 0,
        }],
        access: Access::Joined,
    },
    Command {
        name: Name::Settings,
        node: "settings",
        english: &["settings"],
        chinese: &["设置"],
        title: both("Settings", "设置"),
        usage: both("settings, or settings pictures off", "设置，或：设置 图片 关"),
        help: both(
            "your name, your language, and whether pictures come",
            "你的名字、语言，以及是否接收图片",
        ),
        grammar: Grammar::Keyed,
        fields: &[
            Field {
                var: "nick",
                keys: &["name", "名字", "昵称"],
                label: both("Your name", "你的名字"),
                hint: both(
                    "shown beside your address to those you send to",
                    "显示在你的地址旁边，给收到分享的人看",
                ),
                kind: Kind::Line,
                need: Need::Optional,
                page: 0,
            },
            Field {
                var: "language",
                keys: &["language", "语言"],
                label: both("Language", "语言"),
                hint: both("in which I write to you", "我用哪种语言给你写信"),
                kind: Kind::Choice(LANGUAGES),
                need: Need::Optional,
                page: 0,
            },
            Field {
                var: "pictures",
                keys: &["pictures", "图片"],
                label: both("Pictures", "图片"),
                hint: both("whether pictures come before the text", "是否在文字之前接收图片"),
                kind: Kind::Switch,
                need: Need::Optional,
                page: 0,
            },
        ],
        access: Access::Joined,
    },
    Command {
        name: Name::Leave,
        node: "leave",
        english: &["leave"],
        chinese: &["退出"],
        title: both("Leave", "退出"),
        usage: both("leave", "退出"),
        help: both(
            "take part no more; what is on its way to you is cancelled",
            "不再参加；正在发给你的内容会取消",
        ),
        grammar: Grammar::Alone,
        fields: &[],
        access: Access::Anyone,
    },
];

impl Command {
    /// The one with this node.
    #[must_use]
    pub fn of_node(node: &str) -> Option<&'static Self> {
        COMMANDS.iter().find(|command| command.node == node)
    }

    /// The word it is called by in `lang`.
    #[must_use]
    pub fn word(&self, lang: Lang) -> &'static str {
        let words = match lang {
            Lang::En => self.english,
            Lang::Zh => self.chinese,
        };
        words.first().unwrap_or(&self.node)
    }

    /// Every word it is called by.
    pub fn words(&self) -> impl Iterator<Item = &'static str> {
        self.english.iter().chain(self.chinese).copied()
    }

    /// Its field of this name.
    #[must_use]
    pub fn field(&self, var: &str) -> Option<&'static Field> {
        self.fields.iter().find(|field| field.var == var)
    }

    /// The number of pages of its form.
    #[must_use]
    pub fn pages(&self) -> usize {
        self.fields.iter().map(|field| field.page + 1).max().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_command_has_words_a_form_and_help_in_both_languages() {
        let mut words = HashSet::new();
        let mut nodes = HashSet::new();
        for command in COMMANDS {
            let node = command.node;
            assert!(nodes.insert(node), "{node} is there twice");
            assert!(!command.english.is_empty() && !command.chinese.is_empty(), "{node}: a word");
            for word in command.words() {
                assert!(words.insert(word), "{word} is two commands");
                assert_eq!(word, word.to_lowercase());
            }
            let field_texts = command.fields.iter().flat_map(|field| [field.label, field.hint]);
            let texts = field_texts.chain([command.title, command.usage, command.help]);
            for text in texts {
                assert!(!text.en.is_empty() && text.en.is_ascii(), "{node}: {text:?}");
                assert!(!text.zh.is_ascii(), "{node}: {text:?} in Chinese");
            }
            for lang in [Lang::En, Lang::Zh] {
                let usage = command.usage.in_lang(lang);
                assert!(usage.starts_with(command.word(lang)), "{node}: {usage}");
            }
        }
    }

    #[test]
    fn every_field_can_be_named_in_words_and_stands_on_a_page() {
        for command in COMMANDS {
            let mut vars = HashSet::new();
            let mut keys = HashSet::new();
            let mut page = 0;
            for field in command.fields {
                let name = format!("{}#{}", command.node, field.var);
                assert!(vars.insert(field.var), "{name} twice");
                assert!(field.page == page || field.page == page + 1, "{name}: in order of pages");
                page = field.page;
                if command.grammar == Grammar::Keyed {
                    assert!(!field.keys.is_empty(), "{name}: no word for it");
                    assert!(field.keys.iter().all(|key| keys.insert(*key)), "{name}: {keys:?}");
                }
                if let Kind::Choice(choices) = field.kind {
                    assert!(choices.iter().all(|choice| !choice.words.is_empty()), "{name}");
                }
            }
            match command.grammar {
                Grammar::Alone => assert!(command.fields.is_empty(), "{}", command.node),
                Grammar::Value => assert_eq!(command.fields.len(), 1, "{}", command.node),
                Grammar::Keyed | Grammar::Share => {}
            }
        }
    }
}
