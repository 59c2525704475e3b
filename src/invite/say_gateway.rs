//! What is said where a client turns a phone number into an address (XEP-0100 §6), in English and
//! Chinese.

use crate::{
    domain::lang::Lang,
    say::texts::{Both, both},
};

/// Heads the client's dialogue.
pub(crate) const ABOUT: Both = both(
    "The phone number of somebody whom you would like to show something, with its country, like \
     +39 045 800 1234",
    "你想分享给谁？请写对方的电话号码和国家代码，例如 +86 138 0013 8000",
);
/// The label of the field.
pub(crate) const PROMPT: Both = both("Phone number", "电话号码");

/// Answers words to such an address: nobody gets them.
#[must_use]
pub(crate) fn no_chat(number: &str, lang: Lang) -> String {
    match lang {
        Lang::En => format!(
            "What you wrote to {number} went to nobody: products are passed on to numbers, and \
             words only beside them. Send here: share WHAT to {number}: your words"
        ),
        Lang::Zh => format!(
            "你写给 {number} 的话没有发给任何人：发到号码的只能是商品，话要写在商品旁边。\
             请在这里发送：分享 什么 给 {number}：你想说的话"
        ),
    }
}
