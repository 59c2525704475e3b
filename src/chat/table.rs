//! The table itself.

mod address;
mod collected;
pub mod consent;
mod give;
pub(super) mod inbox;
pub mod invites;
pub mod leave;
pub mod own_card;
mod settings;
mod share;

use std::future::ready;

use super::{
    choice::Listed,
    command::{Access, Command, Grammar, Work},
    field::{Field, FieldKind, Need},
};
use crate::say::texts::both;

/// All of them, in the order of the help.
pub static COMMANDS: &[Command] = &[
    HELP,
    JOIN,
    share::SHARE,
    give::GIVE,
    share::LIST,
    share::MORE,
    share::FIND,
    inbox::SAVE,
    inbox::PENDING,
    inbox::DROP,
    share::STATUS,
    share::REVOKE,
    share::LOOKUP,
    own_card::CARD,
    own_card::IMPORT,
    collected::CARDS,
    collected::CARDS_IN,
    collected::CARDS_SAME,
    collected::EDIT,
    collected::MERGE,
    collected::UNDO,
    collected::CARDS_EXPORT,
    collected::CARDS_LINK,
    consent::YES,
    consent::NO,
    consent::BLOCK,
    consent::UNBLOCK,
    consent::BLOCKS,
    consent::REPORT,
    settings::SETTINGS,
    address::PHONE,
    address::MAIL,
    address::CODE,
    address::FORGET,
    invites::INVITES,
    invites::CANCEL,
    invites::STOP,
    leave::EXPORT,
    leave::LEAVE,
    consent::REPORTS,
    consent::SUSPEND,
    consent::UNSUSPEND,
];

/// What can be written.
const HELP: Command = Command {
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
        kind: FieldKind::Listed(topics),
        need: Need::Optional,
        page: 0,
    }],
    access: Access::Anyone,
    work: Work::Look,
    run: |context| Box::pin(ready(Ok(context.help()))),
};

/// Takes part.
pub const JOIN: Command = Command {
    node: "join",
    english: &["join"],
    chinese: &["加入"],
    title: both("Join", "加入"),
    usage: both("join, or join as NAME", "加入，或：加入 昵称 名字"),
    help: both("take part, and get what waits for you", "加入，并收取等待你的内容"),
    grammar: Grammar::Keyed,
    fields: &[
        Field {
            var: "nick",
            keys: &["as", "昵称"],
            label: both("Your name", "你的名字"),
            hint: both(
                "shown beside your address to those you send to",
                "显示在你的地址旁边，给收到分享的人看",
            ),
            kind: FieldKind::Name,
            need: Need::Optional,
            page: 0,
        },
        Field {
            var: "code",
            keys: &["code", "邀请码"],
            label: both("Invitation", "邀请码"),
            hint: both(
                "the code of an invitation that came by mail or SMS, if you have one",
                "短信或邮件邀请里的代码，没有就留空",
            ),
            kind: FieldKind::Line,
            need: Need::Optional,
            page: 0,
        },
    ],
    access: Access::Anyone,
    work: Work::Add,
    run: |context| Box::pin(context.join()),
};

/// What help there is beside the list.
fn topics() -> Vec<Listed> {
    let topic = |command: &'static Command| Listed {
        value: command.node,
        words: command.words().collect(),
        label: command.title,
    };
    COMMANDS.iter().filter(|command| command.access != Access::Admin).map(topic).collect()
}

impl Command {
    /// Those that exist for somebody.
    pub fn all(is_admin: bool) -> impl Iterator<Item = &'static Self> {
        COMMANDS.iter().filter(move |command| command.exists_for(is_admin))
    }

    /// The one with this node.
    #[must_use]
    pub fn of_node(node: &str) -> Option<&'static Self> {
        COMMANDS.iter().find(|command| command.node == node)
    }
}
