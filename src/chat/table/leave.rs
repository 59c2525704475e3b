//! The rows about taking everything along, and going.

use crate::{
    chat::{
        choice::Choice,
        command::{Access, Command, Grammar, Work},
        field::{self, Field, FieldKind, Need},
    },
    say::texts::both,
};

/// All that somebody has here.
pub(super) const EXPORT: Command = Command {
    node: "export",
    english: &["export"],
    chinese: &["导出"],
    title: both("Export", "导出"),
    usage: both("export", "导出"),
    help: both(
        "everything of yours that is kept here, as files",
        "把这里保存的你的全部内容导出成文件",
    ),
    grammar: Grammar::Alone,
    fields: &[],
    access: Access::Joined,
    work: Work::Change,
    run: |context| Box::pin(context.export()),
};

/// These two can be said in any words of no and yes (`domain/assent.rs`).
const NOT: Choice = Choice { value: "0", label: both("no", "不"), words: &["no", "不"] };
/// Whether somebody means it. What does nothing comes first: forms show that one chosen.
pub(in crate::chat) const SURE: &[Choice] =
    &[NOT, Choice { value: "1", label: both("yes", "是"), words: &["yes", "是"] }];

/// The same with its own word: a yes may be meant for something else (`chat/draft.rs`).
const LEAVES: &[Choice] =
    &[NOT, Choice { value: "1", label: both("leave", "退出"), words: &["leave", "退出"] }];

/// Taking part no more.
pub const LEAVE: Command = Command {
    node: "leave",
    english: &["leave"],
    chinese: &["退出"],
    title: both("Leave", "退出"),
    usage: both("leave", "退出"),
    help: both(
        "take part no more; everything of yours here is removed",
        "不再参加；这里属于你的全部内容会被删除",
    ),
    grammar: Grammar::Value,
    fields: &[Field {
        var: field::SURE,
        keys: &[],
        label: both("Leave for good", "彻底退出"),
        hint: both(
            "this removes your account, what you sent, your numbers and your answers, for good. \
             What others got from you stays in their chats. To have it as files first, send: \
             export. Answer leave to go on",
            "这会永久删除你的账号、你发出的内容、你的号码和你的答复。别人已收到的会留在他们的聊天里。\
             想先保存成文件，请发送：导出。回复“退出”继续",
        ),
        kind: FieldKind::Choice(LEAVES),
        need: Need::Required,
        page: 0,
    }],
    access: Access::Joined,
    work: Work::Change,
    run: |context| Box::pin(context.leave()),
};
