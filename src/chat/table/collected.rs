//! The rows about cards that were collected.

use crate::{
    chat::{
        command::{Access, Command, Grammar, Work},
        field::{Field, FieldKind, HANDLE, Need},
    },
    say::texts::both,
};

/// The number of a card.
const fn number(need: Need) -> Field {
    Field {
        var: "number",
        keys: &[],
        label: both("Number", "编号"),
        hint: both("your number for the card, like 7", "名片的编号，例如 7"),
        kind: HANDLE,
        need,
        page: 0,
    }
}

/// A page of them, or those with words in them.
pub(super) const CARDS: Command = Command {
    node: "cards",
    english: &["cards"],
    chinese: &["通讯录"],
    title: both("Your cards", "通讯录"),
    usage: both("cards, or cards PAGE, or cards WORDS", "通讯录，或：通讯录 页码，或：通讯录 词语"),
    help: both(
        "the business cards you have taken, by name; with words, those that have them all",
        "你收藏的名片，按姓名排列；写上词语就只找包含它们的",
    ),
    grammar: Grammar::Value,
    fields: &[Field {
        var: "what",
        keys: &[],
        label: both("Page or words", "页码或词语"),
        hint: both(
            "a page, or words that all must occur on a card",
            "页码，或须全部出现在名片上的词语",
        ),
        kind: FieldKind::Line,
        need: Need::Optional,
        page: 0,
    }],
    access: Access::Joined,
    work: Work::Search,
    run: |context| Box::pin(context.cards()),
};

/// Those of a category.
pub(super) const CARDS_IN: Command = Command {
    node: "cards-in",
    english: &["cards in"],
    chinese: &["分类"],
    title: both("Cards of a category", "分类名片"),
    usage: both("cards in, or cards in CATEGORY", "分类，或：分类 名称"),
    help: both(
        "the cards of a category; without one, the categories",
        "某个分类的名片；不写名称就列出所有分类",
    ),
    grammar: Grammar::Value,
    fields: &[Field {
        var: "category",
        keys: &[],
        label: both("Category", "分类"),
        hint: both("like friends", "例如：朋友"),
        kind: FieldKind::Line,
        need: Need::Optional,
        page: 0,
    }],
    access: Access::Joined,
    work: Work::Search,
    run: |context| Box::pin(context.cards_in()),
};

/// Those that may be of one person.
pub(super) const CARDS_SAME: Command = Command {
    node: "cards-same",
    english: &["cards same"],
    chinese: &["查重"],
    title: both("Cards of one person", "重复名片"),
    usage: both("cards same", "查重"),
    help: both(
        "cards that have a number, a mail address or a chat address in common",
        "号码、邮箱或聊天地址相同的名片",
    ),
    grammar: Grammar::Alone,
    fields: &[],
    access: Access::Joined,
    work: Work::Search,
    run: |context| Box::pin(context.cards_same()),
};

/// Links to files of them.
pub(super) const CARDS_EXPORT: Command = Command {
    node: "cards-export",
    english: &["cards export"],
    chinese: &["导出名片"],
    title: both("Take cards along", "导出名片"),
    usage: both(
        "cards export, or cards export NUMBER, or cards export CATEGORY",
        "导出名片，或：导出名片 编号，或：导出名片 分类",
    ),
    help: both(
        "one card, a category or all of them as files for telephones and tables",
        "把一张、一类或全部名片导出成文件，供手机或表格使用",
    ),
    grammar: Grammar::Value,
    fields: &[Field {
        var: "which",
        keys: &[],
        label: both("Which", "哪些"),
        hint: both(
            "the number of one, or a category; nothing for all",
            "一张名片的编号，或一个分类；不写就是全部",
        ),
        kind: FieldKind::Line,
        need: Need::Optional,
        page: 0,
    }],
    access: Access::Joined,
    work: Work::Change,
    run: |context| Box::pin(context.export_cards()),
};

/// A link that opens them in a browser.
pub(super) const CARDS_LINK: Command = Command {
    node: "cards-link",
    english: &["cards link"],
    chinese: &["通讯录链接"],
    title: both("Cards in a browser", "在浏览器里查看名片"),
    usage: both("cards link", "通讯录链接"),
    help: both(
        "a link that opens your cards in a browser, once",
        "在浏览器里查看名片的链接，只能打开一次",
    ),
    grammar: Grammar::Alone,
    fields: &[],
    access: Access::Joined,
    work: Work::Change,
    run: |context| Box::pin(context.link_cards()),
};

/// Changes a part of one.
pub(super) const EDIT: Command = Command {
    node: "edit",
    english: &["edit"],
    chinese: &["编辑"],
    title: both("Change a card", "编辑名片"),
    usage: both("edit NUMBER FIELD VALUE", "编辑 编号 栏目 内容"),
    help: both(
        "change a card you have taken: edit 7 phone +390455550100, or edit 7 category friends",
        "修改收藏的名片，例如：编辑 7 电话 +390455550100，或：编辑 7 分类 朋友",
    ),
    grammar: Grammar::Each,
    fields: &[
        number(Need::Required),
        Field {
            var: "part",
            keys: &[],
            label: both("Field", "栏目"),
            hint: both("like phone, mail, note or category", "例如：电话、邮箱、备注、分类"),
            kind: FieldKind::Part,
            need: Need::Required,
            page: 0,
        },
        Field {
            var: "value",
            keys: &[],
            label: both("Value", "内容"),
            hint: both(
                "in place of what is there; several with commas between; - removes it",
                "取代原有内容；多个之间用逗号隔开；写 - 就删除",
            ),
            kind: FieldKind::Prose,
            need: Need::Required,
            page: 0,
        },
    ],
    access: Access::Joined,
    work: Work::Add,
    run: |context| Box::pin(context.edit_card()),
};

/// Makes one of two.
pub(super) const MERGE: Command = Command {
    node: "merge",
    english: &["merge"],
    chinese: &["合并"],
    title: both("Make two cards one", "合并名片"),
    usage: both("merge NUMBER NUMBER", "合并 编号 编号"),
    help: both(
        "make one card of two; the first keeps what it has and gets the rest of the other",
        "把两张名片合成一张：保留第一张的内容，补上第二张多出的部分",
    ),
    grammar: Grammar::Each,
    fields: &[
        number(Need::Required),
        Field {
            var: "other",
            keys: &[],
            label: both("The other", "另一张"),
            hint: both("the number of the card that goes into it", "要并入的名片的编号"),
            kind: HANDLE,
            need: Need::Required,
            page: 0,
        },
    ],
    access: Access::Joined,
    work: Work::Add,
    run: |context| Box::pin(context.merge_cards()),
};

/// Undoes the last change.
pub(super) const UNDO: Command = Command {
    node: "undo",
    english: &["undo"],
    chinese: &["撤销"],
    title: both("Undo", "撤销"),
    usage: both("undo, or undo NUMBER", "撤销，或：撤销 编号"),
    help: both(
        "undo the last change or deletion of a card, within a day",
        "撤销对名片的最后一次修改或删除，一天之内有效",
    ),
    grammar: Grammar::Value,
    fields: &[number(Need::Optional)],
    access: Access::Joined,
    work: Work::Change,
    run: |context| Box::pin(context.undo()),
};
