//! What the pages of collected cards say, in English and in Chinese.

use crate::{
    card::collected::NotDone,
    domain::{card::BadCard, lang::Lang},
    web::{self, layout::seconds, words::words},
};

words! {
    cards: "Your cards", "通讯录";
    open_title: "Open your cards", "打开通讯录";
    open_what: "Here are the business cards that you have collected. The link works once: open them \
        now, and this browser can show and change them for half an hour.",
        "这里是你收藏的名片。链接只能用一次：现在打开，这个浏览器可以在半小时内查看和修改它们。";
    open: "Open my cards", "打开我的名片";
    search: "Search", "搜索";
    search_label: "Words on a card", "名片上的词语";
    categories: "Categories", "分类";
    all: "All", "全部";
    nothing: "No card is here yet. When you are offered one in the chat, save and its number keeps it.",
        "这里还没有名片。在聊天里收到名片时，发送“保存”加编号即可收藏。";
    not_found: "No card fits.", "没有符合的名片。";
    next: "Next page", "下一页";
    first: "First page", "第一页";
    take_along: "Take along", "导出";
    vcf: "For telephones and address books (.vcf)", "给手机和通讯录（.vcf）";
    csv: "For tables and for Google (.csv)", "给表格和谷歌通讯录（.csv）";
    jcard: "For programs (jCard)", "给程序（jCard）";
    close: "Close", "关闭";
    close_why: "Then this browser shows them no more.", "关闭后，这个浏览器不再显示你的名片。";
    back: "All cards", "全部名片";
    save: "Save changes", "保存修改";
    several: "One to a line.", "每行一个。";
    change: "Change", "修改";
    delete: "Delete this card", "删除这张名片";
    delete_why: "For a day it can be brought back.", "一天之内可以找回。";
    delete_now: "Delete it for good", "彻底删除";
    undo: "Undo", "撤销";
    picture: "The picture on the card", "名片上的照片";
    follows: "This card follows the changes of its owner.", "这张名片会随主人的修改自动更新。";
    too_large: "The card would be too large: at most 64 KiB and 500 entries. Nothing was changed.",
        "名片太大：最多 64 KiB、500 项。没有修改。";
    no_name: "A card has to have a name. Nothing was changed.", "名片必须有姓名，没有修改。";
    no_value: "One of the values cannot be one: addresses on the web begin with https, those of chats \
        with xmpp, and a day is like 1990-12-31. Nothing was changed.",
        "有一项内容不对：网址以 https 开头，聊天地址以 xmpp 开头，日期写成 1990-12-31。没有修改。";
    full: "You have as many cards as there can be. Delete some first.", "名片已满，请先删除一些。";
    gone: "This cannot be done any more.", "现在不能这样做了。";
}

impl Words {
    /// Those of a language.
    pub(super) fn of(lang: Lang) -> &'static Self {
        match lang {
            Lang::En => &EN,
            Lang::Zh => &ZH,
        }
    }

    /// How many there are.
    pub(super) fn count(&self, cards: i64) -> String {
        match (self.lang, cards) {
            (Lang::En, 1) => "1 card".to_owned(),
            (Lang::En, cards) => format!("{cards} cards"),
            (Lang::Zh, cards) => format!("{cards} 张名片"),
        }
    }

    /// Who gave a card, or passed it on.
    pub(super) fn from(&self, who: &str, third: bool) -> String {
        match (self.lang, third) {
            (Lang::En, false) => format!("From {who}"),
            (Lang::En, true) => format!("Passed on by {who}"),
            (Lang::Zh, false) => format!("来自 {who}"),
            (Lang::Zh, true) => format!("由 {who} 转交"),
        }
    }

    /// Why a card was not changed.
    pub(super) fn not_done(&self, why: &NotDone) -> String {
        let told = match why {
            NotDone::TooFast { after } => return self.too_fast(seconds(*after)),
            NotDone::Card(BadCard::TooLarge | BadCard::TooMany) => self.too_large,
            NotDone::Card(_) => self.no_name,
            NotDone::NoValue(_) => self.no_value,
            NotDone::Full => self.full,
            NotDone::NoSuch(_) | NotDone::Same(_) | NotDone::NotJoined | NotDone::NothingToUndo => {
                self.gone
            }
        };
        told.to_owned()
    }

    /// Changes come too fast.
    fn too_fast(&self, seconds: u64) -> String {
        let wait = web::words::Words::of(self.lang).wait(seconds);
        match self.lang {
            Lang::En => {
                format!("That was a lot at once. Nothing was changed: wait {wait}, and save again.")
            }
            Lang::Zh => format!("一次改得太多，没有修改。请等 {wait}再保存。"),
        }
    }

    /// A field has more characters than may be kept.
    pub(super) fn too_long(&self, label: &str, length: usize, max: usize) -> String {
        match self.lang {
            Lang::En => format!(
                "{label}: these are {length} characters, and {max} can be kept. Nothing was \
                 changed: shorten it, and save again."
            ),
            Lang::Zh => format!(
                "{label}：有 {length} 个字符，最多保存 {max} 个。没有修改，请缩短后再保存。"
            ),
        }
    }

    /// What was changed last.
    pub(super) fn changed(&self, handle: i64) -> String {
        match self.lang {
            Lang::En => format!("The last change was of card #{handle}."),
            Lang::Zh => format!("最后改动的是名片 #{handle}。"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_is_there_in_both_languages() {
        let is_chinese = |text: &str| text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
        for (key, en, zh) in TABLE {
            assert!(!is_chinese(en) && is_chinese(zh), "{key}: {en} {zh}");
        }
    }
}
