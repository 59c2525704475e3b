//! The row about giving a card.

use crate::{
    chat::{
        command::{Access, Command, Grammar, Work},
        field::{Field, FieldKind, Need},
    },
    say::texts::{Both, both},
};

pub(super) const GIVE: Command = Command {
    node: "give",
    english: &["card to"],
    chinese: &["递名片"],
    title: both("Give a card", "递名片"),
    usage: both("card to WHOM, or card to WHOM swap", "递名片 给谁，或：递名片 给谁 交换"),
    help: both(
        "give your card to people, by name, address or phone number; behind it, if you like: swap \
         to ask for theirs, updates to have changes follow, invite for those who are not here yet, \
         a number like #7 for a card that you have collected, or a colon and the name of your card",
        "按名字、地址或电话号码把名片给别人；后面可加：“交换”请对方回赠，“更新”让对方收到变动，\
         “邀请”邀请还没加入的人，#7 这样的编号转递收藏的名片，或冒号加自己名片的名字",
    ),
    grammar: Grammar::Give,
    fields: &[
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
            page: 0,
        },
        Field {
            var: "card",
            keys: &[],
            label: both("Which card", "哪张名片"),
            hint: both(
                "nothing for your first one, its name for another, or the number of one that you \
                 have collected, like #7",
                "留空就是第一张，其他的写名字，收藏的名片写编号（如 #7）",
            ),
            kind: FieldKind::Line,
            need: Need::Optional,
            page: 0,
        },
        switch(
            "swap",
            both("Ask for theirs", "交换"),
            both("their card in return", "请对方回赠名片"),
        ),
        switch(
            "updates",
            both("Changes follow", "更新"),
            both("they get what you change later", "以后的变动也告诉对方"),
        ),
        switch(
            "invite",
            both("Invite", "邀请"),
            both(
                "hold it for those who are not here yet, and invite them",
                "为还没加入的人保留，并邀请他们",
            ),
        ),
    ],
    access: Access::Joined,
    work: Work::Add,
    run: |context| Box::pin(context.give()),
};

const fn switch(var: &'static str, label: Both, hint: Both) -> Field {
    Field { var, keys: &[], label, hint, kind: FieldKind::Switch, need: Need::Optional, page: 0 }
}
