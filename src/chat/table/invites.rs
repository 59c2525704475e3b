//! The rows about those who have not joined.

use crate::{
    chat::{
        command::{Access, Command, Grammar, Work},
        field::{Field, FieldKind, Need},
    },
    say::texts::both,
};

/// Whom one waits for.
pub(super) const INVITES: Command = Command {
    node: "invites",
    english: &["invites", "invitations"],
    chinese: &["邀请"],
    title: both("Whom you wait for", "等待中的人"),
    usage: both("invites", "邀请"),
    help: both(
        "whom you have sent something that nobody has taken yet",
        "你发出但对方还没有收取的人",
    ),
    grammar: Grammar::Alone,
    fields: &[],
    access: Access::Joined,
    work: Work::Search,
    run: |context| Box::pin(context.invites()),
};

/// Waits for one of them no more.
pub(super) const CANCEL: Command = Command {
    node: "cancel",
    english: &["cancel"],
    chinese: &["取消"],
    title: both("Wait no more", "不再等待"),
    usage: both("cancel NUMBER", "取消 编号"),
    help: both(
        "wait for one of them no more; what has not left is cancelled",
        "不再等待其中一人，还没送出的内容会取消",
    ),
    grammar: Grammar::Value,
    fields: &[Field {
        var: "which",
        keys: &[],
        label: both("Number", "编号"),
        hint: both(
            "the number in the list of invites, or the address",
            "“邀请”列表中的编号，或对方的地址",
        ),
        kind: FieldKind::Line,
        need: Need::Optional,
        page: 0,
    }],
    access: Access::Joined,
    work: Work::SearchAndChange(|context| Box::pin(context.awaited_one())),
    run: |context| Box::pin(context.cancel()),
};

/// Hears nothing more, for ever.
pub const STOP: Command = Command {
    node: "stop",
    english: &["stop", "unsubscribe"],
    chinese: &["拒收", "停止", "退订"],
    title: both("Never again", "不再打扰"),
    usage: both("stop", "拒收"),
    help: both("leave, and never be asked again by anybody", "退出，并且不再接受任何人的邀请"),
    grammar: Grammar::Alone,
    fields: &[],
    access: Access::Anyone,
    work: Work::Change,
    run: |context| Box::pin(context.stop()),
};
