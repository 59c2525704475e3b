//! What the parts of a card are called, and by which words people name them, in English and
//! Chinese.

use super::texts::{Both, both};
use crate::domain::card::Part;

/// A part with its name and the words for it.
struct Named {
    part: Part,
    label: Both,
    words: &'static [&'static str],
}

const fn named(part: Part, label: Both, words: &'static [&'static str]) -> Named {
    Named { part, label, words }
}

const PARTS: [Named; Part::ALL.len()] = [
    named(Part::Name, both("Name", "姓名"), &["name", "姓名", "名字"]),
    named(
        Part::Organisation,
        both("Organisation", "单位"),
        &["org", "organisation", "organization", "company", "firm", "单位", "公司", "组织"],
    ),
    named(Part::Title, both("Title", "职务"), &["title", "job", "职务", "职位", "头衔"]),
    named(Part::Role, both("Role", "职责"), &["role", "职责", "角色"]),
    named(
        Part::Phone,
        both("Phone", "电话"),
        &["phone", "tel", "telephone", "mobile", "number", "电话", "手机", "号码"],
    ),
    named(Part::Fax, both("Fax", "传真"), &["fax", "传真"]),
    named(
        Part::Mail,
        both("Mail", "邮箱"),
        &["mail", "email", "e-mail", "邮箱", "邮件", "电子邮件"],
    ),
    named(Part::Impp, both("Chat", "聊天"), &["chat", "impp", "xmpp", "jabber", "聊天"]),
    named(
        Part::Url,
        both("Website", "网站"),
        &["url", "web", "website", "site", "link", "网站", "网址", "主页"],
    ),
    named(
        Part::Address,
        both("Address", "地址"),
        &["address", "addresses", "addr", "street", "地址", "住址"],
    ),
    named(
        Part::Picture,
        both("Picture", "照片"),
        &["picture", "photo", "image", "照片", "头像", "图片"],
    ),
    named(Part::Logo, both("Logo", "标志"), &["logo", "标志", "徽标"]),
    named(Part::Birthday, both("Birthday", "生日"), &["birthday", "生日"]),
    named(Part::Note, both("Note", "备注"), &["note", "notes", "备注"]),
    named(
        Part::Categories,
        both("Categories", "分类"),
        &["category", "categories", "tags", "分类", "标签"],
    ),
];

/// What it is called.
#[must_use]
pub fn label(part: Part) -> Both {
    let found = PARTS.iter().find(|named| named.part == part);
    found.map_or(both("", ""), |named| named.label)
}

/// The part that is named by this word, in either language.
#[must_use]
pub fn of_word(word: &str) -> Option<Part> {
    let word = word.to_lowercase();
    let is_named = |named: &&Named| {
        // Phones and mails are named as one of them is.
        let singular = word.strip_suffix('s').unwrap_or(&word);
        named.words.contains(&word.as_str()) || named.words.contains(&singular)
    };
    PARTS.iter().find(is_named).map(|named| named.part)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_part_has_a_name_and_words_of_its_own_in_both_languages() {
        let mut words = HashSet::new();
        for part in Part::ALL {
            assert_eq!(of_word(part.token()), Some(part));
            let label = label(part);
            assert!(label.en.is_ascii() && !label.en.is_empty() && !label.zh.is_ascii());
            assert_eq!(of_word(label.en), Some(part));
            assert_eq!(of_word(label.zh), Some(part));
        }
        for named in &PARTS {
            assert!(named.words.iter().all(|word| words.insert(*word)), "{:?}", named.part);
        }
        assert_eq!(of_word("Phones"), Some(Part::Phone));
        assert_eq!(of_word("shoes"), None);
    }
}
