//! Words that mean something else than somebody of that name, or somebody else to each of us.
//! Nobody is meant by one for calling themselves so.

use crate::{
    chat::command::Command,
    domain::{assent, card::fold},
};

/// Folded, as [`fold`] does.
const WORDS: &[&str] = &[
    // Oneself, others, all of them and none.
    "i",
    "me",
    "my",
    "mine",
    "myself",
    "self",
    "you",
    "yourself",
    "he",
    "him",
    "she",
    "her",
    "it",
    "us",
    "we",
    "ourselves",
    "they",
    "them",
    "both",
    "all",
    "any",
    "anybody",
    "anyone",
    "everybody",
    "everyone",
    "somebody",
    "someone",
    "nobody",
    "none",
    "others",
    "people",
    "group",
    "team",
    "family",
    "friends",
    "friend",
    "contacts",
    "contact",
    "members",
    "colleagues",
    "here",
    "home",
    // What is said to anybody.
    "please",
    "thanks",
    "hi",
    "hello",
    "test",
    // Those whom everybody calls so.
    "mum",
    "mummy",
    "mom",
    "mommy",
    "mama",
    "mamma",
    "mother",
    "dad",
    "daddy",
    "papa",
    "father",
    "gran",
    "granny",
    "grandma",
    "grandpa",
    "aunt",
    "uncle",
    "sister",
    "brother",
    "son",
    "daughter",
    "wife",
    "husband",
    "darling",
    "love",
    "baby",
    "boss",
    "doctor",
    "teacher",
    "neighbour",
    "admin",
    "administrator",
    "operator",
    "support",
    "service",
    "bank",
    "police",
    "shop",
    "system",
    "我",
    "我们",
    "自己",
    "你",
    "你们",
    "您",
    "他",
    "她",
    "它",
    "他们",
    "她们",
    "大家",
    "所有人",
    "每个人",
    "全部",
    "全体",
    "所有",
    "任何人",
    "别人",
    "没有人",
    "群",
    "家人",
    "朋友",
    "好友",
    "联系人",
    "同事",
    "妈",
    "妈妈",
    "母亲",
    "爸",
    "爸爸",
    "父亲",
    "爷爷",
    "奶奶",
    "外公",
    "外婆",
    "哥哥",
    "姐姐",
    "弟弟",
    "妹妹",
    "儿子",
    "女儿",
    "老公",
    "老婆",
    "丈夫",
    "妻子",
    "宝贝",
    "老板",
    "老师",
    "医生",
    "邻居",
    "管理员",
    "客服",
    "银行",
    "警察",
    "系统",
];

/// Whether `name` is one: of everybody's, the word of one of `commands`, or a yes or no.
pub(super) fn is_word(name: &str, commands: &[Command]) -> bool {
    let name = fold(name);
    WORDS.contains(&name.as_str())
        || assent::read(&name).is_some()
        || commands.iter().any(|it| it.words().any(|it| it == name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::table::COMMANDS;

    #[test]
    fn a_word_of_ours_or_of_everybodys_is_nobodys_name() {
        for word in WORDS {
            assert_eq!(fold(word), *word);
        }
        for word in
            ["Me", "ALL", "Yes", "OK", "Y", "everybody", "Mum", "Contacts", "妈妈", "同意", "不要"]
        {
            assert!(is_word(word, COMMANDS), "{word}");
        }
        for name in ["Juliet", "Romeo", "Mumford", "朱丽叶"] {
            assert!(!is_word(name, COMMANDS), "{name}");
        }
    }
}
