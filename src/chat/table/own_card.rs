//! The rows about one's own business cards (S4.2).

use crate::{
    chat::{
        command::{Access, Command, Grammar, Work},
        field::{Field, FieldKind, Need},
    },
    say::texts::{Both, both},
};

/// Several of them.
const MANY: FieldKind = FieldKind::Several;

const fn field(
    var: &'static str,
    keys: &'static [&'static str],
    label: Both,
    hint: Both,
    kind: FieldKind,
) -> Field {
    Field { var, keys, label, hint, kind, need: Need::Optional, page: 1 }
}

/// Shows and changes one's own cards. The fields are called as the parts of a card are
/// (`domain::card::Part::token`).
pub const CARD: Command = Command {
    node: "card",
    english: &["card"],
    chinese: &["名片"],
    title: both("My business cards", "我的名片"),
    usage: both(
        "card, card phone +39 045 555 0100, or card work name J. Capulet",
        "名片，或：名片 电话 +86 138 0013 8000，或：名片 工作 姓名 张三",
    ),
    help: both(
        "your own cards: see them, make them, change them; card 7 shows one that you have",
        "查看、新建、修改自己的名片；“名片 7”查看收到的名片",
    ),
    grammar: Grammar::Card,
    fields: &[
        Field {
            var: "card",
            keys: &[],
            label: both("Which card", "哪张名片"),
            hint: both(
                "nothing for your first card, a word like work for another, or a number like 7",
                "留空就是第一张；写“工作”之类的词就是另一张；写编号（如 7）就是收到的名片",
            ),
            kind: FieldKind::Line,
            need: Need::Optional,
            page: 0,
        },
        field(
            "name",
            &["name", "姓名", "名字"],
            both("Name", "姓名"),
            both("whose card it is, like Juliet Capulet", "名片上的姓名，例如 张三"),
            FieldKind::Line,
        ),
        field(
            "org",
            &["org", "company", "organisation", "公司", "单位"],
            both("Company", "公司"),
            both("where you work", "你工作的地方"),
            FieldKind::Line,
        ),
        field(
            "title",
            &["title", "职务"],
            both("Title", "职务"),
            both("what you are there, like Head of Sales", "你的职务，例如 销售经理"),
            FieldKind::Line,
        ),
        field(
            "role",
            &["role", "职责"],
            both("Role", "职责"),
            both("what you do there", "你负责的工作"),
            FieldKind::Line,
        ),
        field(
            "phone",
            &["phone", "tel", "电话", "手机"],
            both("Phone", "电话"),
            both(
                "numbers, with what they are for: work +39 045 555 0100",
                "电话号码，前面可写用途：工作 +86 138 0013 8000",
            ),
            MANY,
        ),
        field(
            "fax",
            &["fax", "传真"],
            both("Fax", "传真"),
            both("numbers, like +39 045 555 0101", "传真号码，例如 +86 10 6552 9988"),
            MANY,
        ),
        field(
            "mail",
            &["mail", "email", "邮箱", "邮件"],
            both("Mail", "邮箱"),
            both("mail addresses, like juliet@example.org", "邮箱地址，例如 zhang@example.org"),
            MANY,
        ),
        field(
            "chat",
            &["chat", "xmpp", "聊天"],
            both("Chat", "聊天"),
            both("chat addresses, like juliet@example.org", "聊天地址，例如 zhang@example.org"),
            MANY,
        ),
        field(
            "url",
            &["url", "web", "网址", "网站"],
            both("Web", "网址"),
            both("pages, like https://example.org", "网页，例如 https://example.org"),
            MANY,
        ),
        field(
            "address",
            &["address", "地址"],
            both("Address", "地址"),
            both(
                "postal addresses, with what they are for: home Via Cappello 23, Verona",
                "通信地址，前面可写用途：家 北京市朝阳区建国路 1 号",
            ),
            MANY,
        ),
        field(
            "picture",
            &["picture", "photo", "照片", "头像"],
            both("Picture", "照片"),
            both(
                "the address of a picture, or the word sent for one that you have sent here",
                "照片的网址；已把照片发到聊天里就写 sent",
            ),
            FieldKind::Line,
        ),
        field(
            "logo",
            &["logo", "标志"],
            both("Logo", "标志"),
            both("the address of a picture", "图片的网址"),
            FieldKind::Line,
        ),
        field(
            "birthday",
            &["birthday", "生日"],
            both("Birthday", "生日"),
            both("like 1990-05-31", "例如 1990-05-31"),
            FieldKind::Line,
        ),
        field(
            "note",
            &["note", "备注"],
            both("Note", "备注"),
            both("anything else", "其他内容"),
            FieldKind::Prose,
        ),
        field(
            "category",
            &["category", "categories", "分类"],
            both("Categories", "分类"),
            both("words, with commas", "用逗号分开的词"),
            MANY,
        ),
        field(
            "fields",
            &["fields", "字段"],
            both("What is given", "给出哪些"),
            both(
                "which of these others get, like: name phone mail; nothing for all",
                "别人能得到哪些内容，例如：姓名 电话 邮箱；不填就是全部",
            ),
            FieldKind::Parts,
        ),
        field(
            "template",
            &["template", "模板"],
            both("Template", "模板"),
            both("what it looks like; nothing for the usual", "名片的样式；不填就用平常的"),
            FieldKind::Line,
        ),
        field(
            "delete",
            &["delete", "删除"],
            both("Delete it", "删除"),
            both("whether this card is deleted", "是否删除这张名片"),
            FieldKind::Switch,
        ),
    ],
    access: Access::Joined,
    work: Work::Add,
    run: |context| Box::pin(context.card()),
};

/// Takes a card from elsewhere.
pub const IMPORT: Command = Command {
    node: "card-import",
    english: &["card import", "import"],
    chinese: &["导入名片", "导入"],
    title: both("Import a card", "导入名片"),
    usage: both("card import, or card import ADDRESS", "导入名片，或：导入名片 网址"),
    help: both(
        "take the card of your account, or of a .vcf file; in the chat, just send the file",
        "读取你账号里的名片，或 .vcf 文件里的名片；在聊天里直接发送文件即可",
    ),
    grammar: Grammar::Value,
    fields: &[Field {
        var: "file",
        keys: &[],
        label: both("File", "文件"),
        hint: both(
            "the address of a .vcf file; nothing for the card of your account",
            ".vcf 文件的网址；留空就读取你账号里的名片",
        ),
        kind: FieldKind::Line,
        need: Need::Optional,
        page: 0,
    }],
    access: Access::Joined,
    work: Work::Add,
    run: |context| Box::pin(context.card_import()),
};

/// A setting: whether a card that is given stays true.
pub(super) const UPDATES: Field = Field {
    var: "updates",
    keys: &["updates", "更新"],
    label: both("Updates of my cards", "名片更新"),
    hint: both(
        "whether those to whom you give your card get its changes",
        "你修改名片后，是否告诉得到过这张名片的人",
    ),
    kind: FieldKind::Switch,
    need: Need::Optional,
    page: 0,
};
