//! The rows about who may show whom something, and what is done about it.

use crate::{
    chat::{
        choice::Choice,
        command::{Access, Command, Grammar, Work},
        field::{Field, FieldKind, Need},
    },
    domain::consent::Verdict,
    say::texts::{Both, both},
};

/// When somebody can want to be asked.
pub(super) const ASK: &[Choice] = &[
    Choice {
        value: "remote",
        label: both("about people of other servers", "其他服务器的人"),
        words: &["strangers", "其他"],
    },
    Choice {
        value: "always", label: both("about everybody", "所有人"), words: &["all", "所有"]
    },
    Choice { value: "never", label: both("about nobody", "从不"), words: &["nobody", "从不"] },
];

const REASONS: &[Choice] = &[
    Choice {
        value: "spam",
        label: both("spam", "垃圾信息"),
        words: &["advertising", "垃圾", "广告"],
    },
    Choice {
        value: "abuse",
        label: both("abuse", "恶意行为"),
        words: &["insult", "threat", "恶意", "辱骂"],
    },
];

/// The field that names somebody.
const fn who(hint: Both, kind: FieldKind, need: Need) -> Field {
    Field { var: "who", keys: &[], label: both("Who", "谁"), hint, kind, need, page: 0 }
}

/// Somebody who asks, else the only one who does.
const ASKER: Field = who(
    both(
        "the number of the question or of a card, or the address; nothing if only one waits",
        "询问或名片的编号，或对方的地址；只有一个在等时可以不填",
    ),
    FieldKind::Asker,
    Need::Optional,
);
const BLOCKED: Field = who(
    both("an address, or a whole server", "地址，或整个服务器"),
    FieldKind::Asker,
    Need::Required,
);
const ACCOUNT: Field = who(both("the address", "地址"), FieldKind::Asker, Need::Required);

/// Sees what somebody would like to show, or takes a card.
pub const YES: Command = Command {
    node: "yes",
    english: &["yes"],
    chinese: &["同意", "是"],
    title: both("Let somebody show you something", "同意接收某人的分享"),
    usage: both(
        "yes, or yes NUMBER, or yes ADDRESS, or yes NUMBER work",
        "同意，或：同意 编号，或：同意 地址，或：同意 编号 工作",
    ),
    help: both(
        "see what somebody would like to show you, take a card and give yours back",
        "查看别人想给你看的东西，收下名片并回赠自己的",
    ),
    grammar: Grammar::Each,
    fields: &[
        ASKER,
        Field {
            var: "card",
            keys: &[],
            label: both("Your card", "你的名片"),
            hint: both(
                "which of your cards goes back to somebody who asks for it, if you have several",
                "对方想要你的名片时给哪一张，有多张时填写",
            ),
            kind: FieldKind::Line,
            need: Need::Optional,
            page: 0,
        },
    ],
    access: Access::Anyone,
    work: Work::Add,
    run: |context| Box::pin(context.decide(Verdict::Yes)),
};
/// Does not.
pub const NO: Command = Command {
    node: "no",
    english: &["no"],
    chinese: &["拒绝", "否"],
    title: both("See nothing of somebody", "拒绝接收某人的分享"),
    usage: both("no, or no NUMBER, or no ADDRESS", "拒绝，或：拒绝 编号，或：拒绝 地址"),
    help: both(
        "do not see it, and be not asked for 30 days; or do not take a card",
        "不看，30 天内不再询问；或不收下名片",
    ),
    grammar: Grammar::Value,
    fields: &[ASKER],
    access: Access::Joined,
    work: Work::Change,
    run: |context| Box::pin(context.decide(Verdict::No)),
};
/// Gets nothing more from somebody.
pub const BLOCK: Command = Command {
    node: "block",
    english: &["block"],
    chinese: &["屏蔽"],
    title: both("Block", "屏蔽"),
    usage: both("block ADDRESS, or block SERVER", "屏蔽 地址，或：屏蔽 服务器"),
    help: both("get nothing more from somebody", "不再收到某人的任何内容"),
    grammar: Grammar::Value,
    fields: &[ASKER],
    access: Access::Joined,
    work: Work::Add,
    run: |context| Box::pin(context.decide(Verdict::Blocked)),
};
/// Takes a block back.
pub const UNBLOCK: Command = Command {
    node: "unblock",
    english: &["unblock"],
    chinese: &["取消屏蔽"],
    title: both("Unblock", "取消屏蔽"),
    usage: both("unblock ADDRESS", "取消屏蔽 地址"),
    help: both("take a block back", "取消对某人的屏蔽"),
    grammar: Grammar::Value,
    fields: &[BLOCKED],
    access: Access::Joined,
    work: Work::Change,
    run: |context| Box::pin(context.unblock()),
};
pub(super) const BLOCKS: Command = Command {
    node: "blocks",
    english: &["blocks"],
    chinese: &["屏蔽列表"],
    title: both("Whom you have blocked", "屏蔽列表"),
    usage: both("blocks", "屏蔽列表"),
    help: both("whom you have blocked", "你屏蔽了谁"),
    grammar: Grammar::Alone,
    fields: &[],
    access: Access::Joined,
    work: Work::Look,
    run: |context| Box::pin(context.blocks()),
};
/// Complains to the operator.
pub const REPORT: Command = Command {
    node: "report",
    english: &["report"],
    chinese: &["举报"],
    title: both("Report", "举报"),
    usage: both(
        "report NUMBER, or report NUMBER abuse WORDS",
        "举报 编号，或：举报 编号 恶意 说明",
    ),
    help: both("tell the operator about something you were sent", "向管理员举报你收到的内容"),
    grammar: Grammar::Each,
    fields: &[
        Field {
            var: "number",
            keys: &[],
            label: both("Number", "编号"),
            hint: both("your number for it, like 12", "你的编号，例如 12"),
            kind: crate::chat::field::HANDLE,
            need: Need::Required,
            page: 0,
        },
        Field {
            var: "reason",
            keys: &[],
            label: both("Reason", "原因"),
            hint: both("spam unless you say another", "不填就是垃圾信息"),
            kind: FieldKind::Choice(REASONS),
            need: Need::Optional,
            page: 0,
        },
        Field {
            var: "words",
            keys: &[],
            label: both("In your words", "说明"),
            hint: both("what the operator should know", "想让管理员知道的情况"),
            kind: FieldKind::Prose,
            need: Need::Optional,
            page: 0,
        },
    ],
    access: Access::Joined,
    work: Work::Add,
    run: |context| Box::pin(context.report()),
};
pub(super) const REPORTS: Command = Command {
    node: "reports",
    english: &["reports"],
    chinese: &["举报列表"],
    title: both("Reports", "举报列表"),
    usage: both(
        "reports, or reports ADDRESS, or reports NUMBER",
        "举报列表，或：举报列表 地址，或：举报列表 编号",
    ),
    help: both(
        "who has reported something, the latest first; or all reports of one person",
        "谁举报过，最近的在前；或某个人的全部举报",
    ),
    grammar: Grammar::Each,
    fields: &[
        who(
            both(
                "whose reports: an address, or the number of one of them; nothing for everybody",
                "谁的举报：地址，或其中一条的编号；不填就是所有人",
            ),
            FieldKind::Asker,
            Need::Optional,
        ),
        Field {
            var: "below",
            keys: &[],
            label: both("Before number", "此编号之前"),
            hint: both("those with smaller numbers", "只看编号更小的"),
            kind: crate::chat::field::HANDLE,
            need: Need::Optional,
            page: 0,
        },
    ],
    access: Access::Admin,
    work: Work::Look,
    run: |context| Box::pin(context.reports()),
};
pub(super) const SUSPEND: Command = Command {
    node: "suspend",
    english: &["suspend"],
    chinese: &["停用"],
    title: both("Suspend an account", "停用账号"),
    usage: both("suspend ADDRESS", "停用 地址"),
    help: both("let somebody send nothing any more", "不再让某人发送"),
    grammar: Grammar::Value,
    fields: &[ACCOUNT],
    access: Access::Admin,
    work: Work::Change,
    run: |context| Box::pin(context.suspend(true)),
};
pub(super) const UNSUSPEND: Command = Command {
    node: "unsuspend",
    english: &["unsuspend"],
    chinese: &["解除停用"],
    title: both("Take a suspension back", "解除停用"),
    usage: both("unsuspend ADDRESS", "解除停用 地址"),
    help: both("let somebody send again", "让某人重新可以发送"),
    grammar: Grammar::Value,
    fields: &[ACCOUNT],
    access: Access::Admin,
    work: Work::Change,
    run: |context| Box::pin(context.suspend(false)),
};
