//! The rows about products that are shared, and about what was sent and received.

use crate::{
    chat::{
        command::{Access, Command, Grammar, Work},
        field::{Field, FieldKind, HANDLE, Need},
    },
    say::texts::both,
};

/// Shows a product to people.
pub(super) const SHARE: Command = Command {
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
            kind: FieldKind::Line,
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
            kind: FieldKind::Line,
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
            kind: FieldKind::People,
            need: Need::Required,
            page: 1,
        },
        Field {
            var: "comment",
            keys: &[],
            label: both("Anything to say", "留言"),
            hint: both("what they read above it", "显示在商品上方的话"),
            kind: FieldKind::Prose,
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
            kind: FieldKind::Line,
            need: Need::Optional,
            page: 1,
        },
    ],
    access: Access::Joined,
    work: Work::Add,
    run: |context| Box::pin(context.share()),
};

/// A page of what was sent and received.
pub(super) const LIST: Command = Command {
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
        kind: FieldKind::Number { min: 1, max: 100_000 },
        need: Need::Optional,
        page: 0,
    }],
    access: Access::Joined,
    work: Work::Search,
    run: |context| Box::pin(context.list()),
};

/// All about one thing.
pub(super) const MORE: Command = Command {
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
    work: Work::Look,
    run: |context| Box::pin(context.more()),
};

/// What has these words in it.
pub(super) const FIND: Command = Command {
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
        kind: FieldKind::Line,
        need: Need::Required,
        page: 0,
    }],
    access: Access::Joined,
    work: Work::Search,
    run: |context| Box::pin(context.find()),
};

/// How far something has come.
pub(super) const STATUS: Command = Command {
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
    work: Work::Look,
    run: |context| Box::pin(context.status()),
};

/// Takes something back.
pub(super) const REVOKE: Command = Command {
    node: "revoke",
    english: &["revoke"],
    chinese: &["收回", "撤回"],
    title: both("Take back", "收回"),
    usage: both("revoke NUMBER", "收回 编号"),
    help: both("take back something you sent; its page closes", "收回你发出的商品；它的页面会关闭"),
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
    work: Work::Change,
    run: |context| Box::pin(context.revoke()),
};

/// What is behind a code.
pub(super) const LOOKUP: Command = Command {
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
        hint: both("ten letters and digits, like 7K3QX-M2NP8", "十个字母和数字，例如 7K3QX-M2NP8"),
        kind: FieldKind::Code,
        need: Need::Required,
        page: 0,
    }],
    access: Access::Joined,
    work: Work::Look,
    run: |context| Box::pin(context.lookup()),
};
