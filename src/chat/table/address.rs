//! The rows of the table about phone numbers and mail addresses.

use crate::{
    chat::{
        command::{Access, Command, Grammar, Work},
        field::{Field, FieldKind, Need},
    },
    domain::letter::Channel,
    say::texts::both,
};

pub(super) const PHONE: Command = Command {
    node: "phone",
    english: &["phone"],
    chinese: &["手机"],
    title: both("Your phone number", "你的手机号"),
    usage: both("phone NUMBER", "手机 号码"),
    help: both(
        "show that a number is yours, and get what is sent to it",
        "证明号码是你的，并收取发到那里的内容",
    ),
    grammar: Grammar::Value,
    fields: &[Field {
        var: "address",
        keys: &[],
        label: both("Phone number", "电话号码"),
        hint: both("with its country, like +39 045 800 1234", "带国家代码，例如 +86 138 0013 8000"),
        kind: FieldKind::Reach(&[Channel::Sms]),
        need: Need::Required,
        page: 0,
    }],
    access: Access::Joined,
    work: Work::Add,
    run: |context| Box::pin(context.prove()),
};

pub(super) const MAIL: Command = Command {
    node: "mail",
    english: &["mail", "email"],
    chinese: &["邮箱"],
    title: both("Your mail address", "你的邮箱"),
    usage: both("mail ADDRESS", "邮箱 地址"),
    help: both(
        "show that a mail address is yours, and get what is sent to it",
        "证明邮箱是你的，并收取发到那里的内容",
    ),
    grammar: Grammar::Value,
    fields: &[Field {
        var: "address",
        keys: &[],
        label: both("Mail address", "邮箱地址"),
        hint: both("like name@example.org", "例如：name@example.org"),
        kind: FieldKind::Reach(&[Channel::Mail]),
        need: Need::Required,
        page: 0,
    }],
    access: Access::Joined,
    work: Work::Add,
    run: |context| Box::pin(context.prove()),
};

pub(super) const CODE: Command = Command {
    node: "code",
    english: &["code"],
    chinese: &["验证码"],
    title: both("Enter a code", "输入验证码"),
    usage: both("code 123456", "验证码 123456"),
    help: both("the six digits that you were sent", "输入你收到的六位数字"),
    grammar: Grammar::Value,
    fields: &[Field {
        var: "code",
        keys: &[],
        label: both("Code", "验证码"),
        hint: both("six digits, like 123456", "六位数字，例如 123456"),
        kind: FieldKind::Digits,
        need: Need::Required,
        page: 0,
    }],
    access: Access::Joined,
    work: Work::Change,
    run: |context| Box::pin(context.code()),
};

pub(super) const FORGET: Command = Command {
    node: "forget",
    english: &["forget"],
    chinese: &["移除"],
    title: both("Forget a number", "移除号码"),
    usage: both("forget NUMBER, or forget ADDRESS", "移除 号码，或：移除 地址"),
    help: both("a number or mail address is not yours any more", "号码或邮箱不再是你的"),
    grammar: Grammar::Value,
    fields: &[Field {
        var: "address",
        keys: &[],
        label: both("Number or address", "号码或地址"),
        hint: both(
            "like +39 045 800 1234, or name@example.org",
            "例如 +86 138 0013 8000，或 name@example.org",
        ),
        kind: FieldKind::Reach(&[Channel::Sms, Channel::Mail]),
        need: Need::Required,
        page: 0,
    }],
    access: Access::Joined,
    work: Work::Change,
    run: |context| Box::pin(context.forget()),
};
