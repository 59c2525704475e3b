//! The table itself.

mod address;
mod collected;
pub(super) mod consent;
mod give;
pub(super) mod inbox;
mod invites;
pub(super) mod leave;
mod own_card;

use super::{
    command::{Access, Command, Grammar, Name},
    field::{Field, HANDLE, Kind, Need},
};
use crate::{
    chat::choice::{Choice, Listed},
    say::texts::both,
};

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
            kind: Kind::Listed(topics),
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
        fields: &[
            Field {
                var: "nick",
                keys: &["as", "昵称"],
                label: both("Your name", "你的名字"),
                hint: both(
                    "shown beside your address to those you send to",
                    "显示在你的地址旁边，给收到分享的人看",
                ),
                kind: Kind::Name,
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
                kind: Kind::Line,
                need: Need::Optional,
                page: 0,
            },
        ],
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
            Field {
                var: "voice",
                keys: &[],
                label: both("Voice comment", "语音留言"),
                hint: both(
                    "the address of a recording; in the chat, send the recording itself",
                    "录音的网址；在聊天里直接发送录音即可",
                ),
                kind: Kind::Line,
                need: Need::Optional,
                page: 1,
            },
        ],
        access: Access::Joined,
    },
    give::GIVE,
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
    inbox::SAVE,
    inbox::PENDING,
    inbox::DROP,
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
    Command {
        name: Name::Settings,
        node: "settings",
        english: &["settings"],
        chinese: &["设置"],
        title: both("Settings", "设置"),
        usage: both("settings, or settings pictures off", "设置，或：设置 图片 关"),
        help: both(
            "your name, your language, pictures, quiet hours, and about whom you are asked",
            "你的名字、语言、是否接收图片、免打扰时段，以及先询问谁",
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
                kind: Kind::Name,
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
            Field {
                var: "ask",
                keys: &["ask", "询问"],
                label: both("Ask me first", "先询问我"),
                hint: both(
                    "about whom you are asked before he shows you something",
                    "谁第一次给你看东西之前要先询问你",
                ),
                kind: Kind::Choice(consent::ASK),
                need: Need::Optional,
                page: 0,
            },
            Field {
                var: "discoverable",
                keys: &["discoverable", "可查找"],
                label: both("Can be found", "可查找"),
                hint: both(
                    "whether others may learn that your number or mail address is known here",
                    "别人能否知道你的号码或邮箱在这里登记过",
                ),
                kind: Kind::Switch,
                need: Need::Optional,
                page: 0,
            },
            Field {
                var: "quiet",
                keys: &["quiet", "免打扰"],
                label: both("Quiet hours", "免打扰时段"),
                hint: both(
                    "when nothing is brought to you, like 22:00-07:00, or off",
                    "这段时间不给你送消息，例如 22:00-07:00；不需要就写“关”",
                ),
                kind: Kind::Hours,
                need: Need::Optional,
                page: 0,
            },
            Field {
                var: "zone",
                keys: &["zone", "时区"],
                label: both("Time zone", "时区"),
                hint: both(
                    "that of your quiet hours, like Europe/Rome, or +02:00",
                    "免打扰时段所用的时区，例如 Asia/Shanghai 或 +08:00",
                ),
                kind: Kind::Zone,
                need: Need::Optional,
                page: 0,
            },
            own_card::UPDATES,
        ],
        access: Access::Joined,
    },
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

impl Command {
    /// Those that exist for somebody.
    pub fn all(is_admin: bool) -> impl Iterator<Item = &'static Self> {
        COMMANDS.iter().filter(move |command| is_admin || command.access != Access::Admin)
    }

    /// The one with this node.
    #[must_use]
    pub fn of_node(node: &str) -> Option<&'static Self> {
        COMMANDS.iter().find(|command| command.node == node)
    }
}

/// What help there is beside the list.
fn topics() -> Vec<Listed> {
    let topic = |command: &'static Command| Listed {
        value: command.node,
        words: command.words().collect(),
        label: command.title,
    };
    Command::all(false).map(topic).collect()
}
