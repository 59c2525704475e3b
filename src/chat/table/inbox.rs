//! The rows about cards that somebody was offered, and about keeping what they were sent.

use crate::{
    chat::{
        choice::Choice,
        command::{Access, Command, Grammar, Work},
        field::{Field, FieldKind, Need},
    },
    say::texts::{Both, both},
};

/// A number of somebody's.
const fn number(hint: Both, need: Need) -> Field {
    Field {
        var: "number",
        keys: &[],
        label: both("Number", "编号"),
        hint,
        kind: crate::chat::field::HANDLE,
        need,
        page: 0,
    }
}

const OWN: Both = both("your number for it, like 12", "你的编号，例如 12");

pub(super) const PENDING: Command = Command {
    node: "pending",
    english: &["pending"],
    chinese: &["新名片", "待收"],
    title: both("New cards", "新名片"),
    usage: both("pending, or pending NUMBER", "新名片，或：新名片 编号"),
    help: both("cards that you were given and have not taken", "别人给你、你还没有收下的名片"),
    grammar: Grammar::Value,
    fields: &[number(
        both("those after this number; nothing for all", "只看这个编号之后的；不填就是全部"),
        Need::Optional,
    )],
    access: Access::Joined,
    work: Work::Search,
    run: |context| Box::pin(context.pending()),
};
pub(in crate::chat) const SAVE: Command = Command {
    node: "save",
    english: &["save"],
    chinese: &["保存"],
    title: both("Save", "保存"),
    usage: both("save NUMBER, or save NUMBER phone mail", "保存 编号，或：保存 编号 电话 邮箱"),
    help: both(
        "take a card, or get one thing and all that was said about it as files",
        "收下名片，或把一件商品和相关的全部对话保存成文件",
    ),
    grammar: Grammar::Each,
    fields: &[
        number(OWN, Need::Required),
        Field {
            var: "parts",
            keys: &[],
            label: both("Parts", "部分"),
            hint: both(
                "of a card, what you want of it, like: phone mail; nothing for all of it",
                "名片中要保存的部分，例如：电话 邮箱；不填就是全部",
            ),
            kind: FieldKind::Parts,
            need: Need::Optional,
            page: 0,
        },
    ],
    access: Access::Joined,
    work: Work::Change,
    run: |context| Box::pin(context.save()),
};
pub(super) const DROP: Command = Command {
    node: "drop",
    english: &["drop"],
    chinese: &["丢弃"],
    title: both("Drop a card", "丢弃名片"),
    usage: both("drop NUMBER, or drop NUMBER now", "丢弃 编号，或：丢弃 编号 立即"),
    help: both(
        "do not take a card, or delete one that you have; with now it cannot come back",
        "不收下名片，或删除已有的名片；写上“立即”就不能恢复",
    ),
    grammar: Grammar::Each,
    fields: &[
        number(OWN, Need::Required),
        Field {
            var: "now",
            keys: &[],
            label: both("When", "何时"),
            hint: both(
                "now deletes it for good; else it can come back for a day",
                "“立即”会彻底删除；否则一天之内可以恢复",
            ),
            kind: FieldKind::Choice(&[Choice {
                value: "now",
                label: both("now", "立即"),
                words: &["now", "立即", "马上"],
            }]),
            need: Need::Optional,
            page: 0,
        },
    ],
    access: Access::Joined,
    work: Work::Change,
    run: |context| Box::pin(context.drop_card()),
};
