//! What the pages say, in English and in Chinese.

use chrono::{Datelike, NaiveDate};

use crate::domain::{lang::Lang, product::Availability};

/// One table: a key, English, Chinese. A text without its other language does not compile.
macro_rules! words {
    ($($key:ident: $en:literal, $zh:literal;)+) => {
        /// Every text of ours that stands on a page.
        pub(super) struct Words {
            lang: Lang,
            $(pub(super) $key: &'static str,)+
        }

        const EN: Words = Words { lang: Lang::En, $($key: $en,)+ };
        const ZH: Words = Words { lang: Lang::Zh, $($key: $zh,)+ };

        #[cfg(test)]
        const TABLE: &[(&str, &str, &str)] = &[$((stringify!($key), $en, $zh),)+];
    };
}

words! {
    // For `lang="…"` and for `og:locale`.
    tag: "en", "zh-CN";
    locale: "en_US", "zh_CN";
    language: "Language", "语言";
    comma: ", ", "、";

    // A product.
    details: "Details", "商品信息";
    brand: "Brand", "品牌";
    category: "Kind", "类别";
    color: "Colour", "颜色";
    origin: "Made in", "产地";
    stock_number: "Stock number", "货号";
    part_number: "Part number", "型号";
    rating: "Rating", "评价";
    where_sold: "Where it is sold", "购买渠道";
    until: "until", "有效期至";
    seen: "seen on", "查看于";
    more: "See also", "更多";
    product_page: "Product page", "商品页面";
    film: "Film", "视频";
    picture_away: "Picture, not in this file", "图片（不在本文件中）";
    pictures: "More pictures", "更多图片";

    // What to do with it.
    talk: "Talk about it", "去聊聊";
    open_app: "Open in my chat app", "在聊天应用中打开";
    chat_before: "In the chat with", "在与";
    chat_after: ", send:", " 的聊天里发送：";
    scan: "Scan to open this page on another device", "扫码可在其他设备上打开本页";
    code_alt: "QR code: the address of this page", "二维码：本页地址";
    code: "Share code", "分享码";
    keep: "Save a copy", "保存副本";
    keep_why: "One file, to be read without a network.", "单个文件，没有网络也能查看。";
    copy_of: "Saved copy of", "副本，原页面：";
    contact: "Its contact is", "服务联系人：";

    // What was said about it, in a copy that somebody keeps.
    said: "What was said", "相关对话";
    sent_by: "sent by", "分享者：";
    sent_to: "sent to", "分享给：";
    you: "You", "你";
    corrected: "corrected", "已更正";
    silent: "Nothing was said about it.", "还没有相关对话。";
    cut: "Only the last 5,000 messages are here.", "这里只有最近 5000 条消息。";

    // Where there is nothing to show.
    unknown_title: "Nothing is here", "没有找到";
    unknown: "This code is not known, or its 30 days have passed. Look at it again, or ask whoever \
        gave it to you to share it once more.",
        "分享码不存在，或已超过 30 天有效期。请再核对一遍，或请分享给你的人再发一次。";
    revoked_title: "No longer shared", "已取消分享";
    revoked: "Whoever shared this product has taken it back. If you still want to know about it, \
        ask in the chat that you got it in.",
        "分享者已撤回该商品。如果还想了解，可以在收到它的聊天里直接问问对方。";
    left: "Whoever this belonged to has left, and everything of it was removed.",
        "它的主人已经退出，相关内容已全部删除。";
    unavailable_title: "One moment", "请稍候";
    unavailable: "The page cannot be shown now. Nothing is lost: try again in a minute.",
        "页面暂时无法显示。内容没有丢失，请一分钟后再试。";
    unsaved: "This link has ended, for it worked for 7 days, or it was never given out. To get a \
        new one, send the contact: save and the number.",
        "保存链接 7 天内有效，这个链接已失效或不存在。请向联系人发送“保存”加编号，获取新的链接。";
    astray: "There is no such page here. A page about a product has a share code.",
        "这里没有这个页面。每个商品页面都有一个分享码。";
    enter: "Do you have a share code?", "有分享码吗？";
    enter_how: "Ten letters and digits, as in 7K3QX-M2NP8. Small letters will do.",
        "十个字母和数字，例如 7K3QX-M2NP8，大小写均可。";
    open: "Open", "打开";

    // About the service.
    home_title: "Show a product to the people you chat with", "在聊天里把商品分享给朋友";
    home: "What one shows, the other sees in the chat app they already have, over XMPP: the \
        picture, the price, a word about it, and a link to a page like this one.",
        "你分享的商品，对方在自己现有的 XMPP 聊天软件里就能看到：图片、价格、你的留言，以及一个这样的页面链接。";
    begin: "How to begin", "如何开始";
    add: "Add the contact", "添加联系人";
    add_how: "Add this address to your contacts, and accept its request in return. Or send it \
        “join”.",
        "把下面的地址加为联系人，并接受它发来的请求；也可以直接向它发送“加入”。";
    unencrypted: "Conversations and its relatives encrypt new chats, which a service cannot read. \
        For this one chat, tap the lock and switch encryption off.",
        "Conversations 及同类应用默认加密新聊天，而服务无法读取加密消息。请在这个聊天里点锁形图标，关闭加密。";
    show: "Wait to be shown something", "等待分享";
    show_how: "Products come as ordinary messages, now or when you are back online. Send \
        “help” to the contact to learn what else it understands.",
        "商品会以普通消息送达，不在线时会等你上线。向联系人发送“帮助”，可以了解它还会什么。";
    contact_scan: "Scan with your phone to add the contact", "用手机扫码添加联系人";
    contact_alt: "QR code: the address of the contact", "二维码：联系人地址";
}

impl Words {
    pub(super) fn of(lang: Lang) -> &'static Self {
        match lang {
            Lang::En => &EN,
            Lang::Zh => &ZH,
        }
    }

    /// `Silver goblet and 2 more`
    pub(super) fn and_more(&self, name: &str, count: usize) -> String {
        match (self.lang, count) {
            (_, 0) => name.to_owned(),
            (Lang::En, _) => format!("{name} and {count} more"),
            (Lang::Zh, _) => format!("{name} 等 {} 件", count + 1),
        }
    }

    /// `3 products from Juliet`
    pub(super) fn several(&self, count: usize, nick: Option<&str>) -> String {
        match (self.lang, nick) {
            (Lang::En, None) => format!("{count} products"),
            (Lang::En, Some(nick)) => format!("{count} products from {nick}"),
            (Lang::Zh, None) => format!("{count} 件商品"),
            (Lang::Zh, Some(nick)) => format!("{nick} 分享的 {count} 件商品"),
        }
    }

    /// `Juliet shared this on 21 November 2026`
    pub(super) fn shared(&self, nick: Option<&str>, moment: &str) -> String {
        let day = self.day(moment).unwrap_or_default();
        match (self.lang, nick) {
            (Lang::En, None) => format!("Shared on {day}"),
            (Lang::En, Some(nick)) => format!("{nick} shared this on {day}"),
            (Lang::Zh, None) => format!("分享于{day}"),
            (Lang::Zh, Some(nick)) => format!("{nick} 分享于{day}"),
        }
    }

    /// Until when the page stands, and who sees it.
    pub(super) fn closes(&self, moment: &str) -> String {
        let day = self.day(moment).unwrap_or_default();
        match self.lang {
            Lang::En => {
                format!(
                    "This page closes on {day}. Whoever has its address or its code can see it."
                )
            }
            Lang::Zh => format!("本页将于{day}关闭。知道网址或分享码的人都能看到。"),
        }
    }

    /// `from €24.90`, the lowest of several prices.
    pub(super) fn from(&self, price: &str) -> String {
        match self.lang {
            Lang::En => format!("from {price}"),
            Lang::Zh => format!("{price} 起"),
        }
    }

    /// `4.6 of 5 (128 ratings)`
    pub(super) fn stars(&self, value: &str, best: &str, count: Option<u64>) -> String {
        match (self.lang, count) {
            (Lang::En, None) => format!("{value} of {best}"),
            (Lang::En, Some(1)) => format!("{value} of {best} (1 rating)"),
            (Lang::En, Some(count)) => format!("{value} of {best} ({count} ratings)"),
            (Lang::Zh, None) => format!("{value}/{best}"),
            (Lang::Zh, Some(count)) => format!("{value}/{best}（{count} 人评价）"),
        }
    }

    /// `21 November 2026`, of a moment as XEP-0082 writes it. None when it is none.
    pub(super) fn day(&self, moment: &str) -> Option<String> {
        let day = NaiveDate::parse_from_str(moment.get(..10)?, "%Y-%m-%d").ok()?;
        Some(match self.lang {
            Lang::En => day.format("%-d %B %Y").to_string(),
            Lang::Zh => format!("{}年{}月{}日", day.year(), day.month(), day.day()),
        })
    }

    /// `21 November 2026, 09:58 UTC`, of a moment as XEP-0082 writes it in UTC.
    pub(super) fn minute(&self, moment: &str) -> Option<String> {
        let (day, time) = (self.day(moment)?, moment.get(11..16)?);
        Some(match self.lang {
            Lang::En => format!("{day}, {time} UTC"),
            Lang::Zh => format!("{day} {time} UTC"),
        })
    }

    pub(super) fn availability(&self, what: Availability) -> &'static str {
        let (en, zh) = match what {
            Availability::BackOrder => ("on back order", "缺货可订"),
            Availability::Discontinued => ("discontinued", "已停产"),
            Availability::InStock => ("in stock", "有货"),
            Availability::InStoreOnly => ("in the shop only", "仅限店内"),
            Availability::LimitedAvailability => ("few left", "数量有限"),
            Availability::MadeToOrder => ("made to order", "接受定制"),
            Availability::OnlineOnly => ("online only", "仅限网购"),
            Availability::OutOfStock => ("out of stock", "缺货"),
            Availability::PreOrder => ("to be ordered in advance", "可预订"),
            Availability::PreSale => ("on sale soon", "预售"),
            Availability::Reserved => ("reserved", "已预留"),
            Availability::SoldOut => ("sold out", "已售完"),
        };
        match self.lang {
            Lang::En => en,
            Lang::Zh => zh,
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
            assert!(!en.is_empty() && !zh.is_empty(), "{key}");
            assert!(!is_chinese(en), "{key}: {en}");
            assert!(is_chinese(zh) || matches!(*key, "tag" | "locale" | "comma"), "{key}: {zh}");
        }
    }

    #[test]
    fn days_and_counts_are_said_as_people_say_them() {
        assert_eq!(EN.day("2026-12-04T09:58:00Z").unwrap(), "4 December 2026");
        assert_eq!(ZH.day("2026-12-04T09:58:00Z").unwrap(), "2026年12月4日");
        assert_eq!(EN.day("soon, I hope"), None);
        assert_eq!(EN.and_more("Goblet", 2), "Goblet and 2 more");
        assert_eq!(ZH.and_more("银杯", 2), "银杯 等 3 件");
        assert_eq!(EN.stars("5", "5", Some(1)), "5 of 5 (1 rating)");
    }
}
