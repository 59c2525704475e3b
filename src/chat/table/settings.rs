//! The row about what somebody has set for themselves.

use super::{consent::ASK, own_card::UPDATES};
use crate::{
    chat::{
        choice::Choice,
        command::{Access, Command, Grammar, Work},
        field::{Field, FieldKind, Need},
    },
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

/// What somebody has set for themselves.
pub(super) const SETTINGS: Command = Command {
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
            kind: FieldKind::Name,
            need: Need::Optional,
            page: 0,
        },
        Field {
            var: "language",
            keys: &["language", "语言"],
            label: both("Language", "语言"),
            hint: both("in which I write to you", "我用哪种语言给你写信"),
            kind: FieldKind::Choice(LANGUAGES),
            need: Need::Optional,
            page: 0,
        },
        Field {
            var: "pictures",
            keys: &["pictures", "图片"],
            label: both("Pictures", "图片"),
            hint: both("whether pictures come before the text", "是否在文字之前接收图片"),
            kind: FieldKind::Switch,
            need: Need::Optional,
            page: 0,
        },
        Field {
            var: "ask",
            keys: &["ask", "询问"],
            label: both("Ask me first", "先询问我"),
            hint: both(
                "about whom you are asked before they show you something",
                "谁第一次给你看东西之前要先询问你",
            ),
            kind: FieldKind::Choice(ASK),
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
            kind: FieldKind::Switch,
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
            kind: FieldKind::Hours,
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
            kind: FieldKind::Zone,
            need: Need::Optional,
            page: 0,
        },
        UPDATES,
    ],
    access: Access::Joined,
    work: Work::Change,
    run: |context| Box::pin(context.settings()),
};
