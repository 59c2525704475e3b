//! What the pages say, in English and in Chinese.

mod card;

use jiff::civil::Date;

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

pub(super) use words;

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
    voice: "Voice comment", "语音留言";

    // What to do with it.
    talk: "Talk about it", "去聊聊";
    open_app: "Open in my chat app", "在聊天应用中打开";
    chat_before: "In the chat with", "在与";
    chat_after: ", send:", " 的聊天里发送：";
    lookup: "lookup", "查询";
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

    // A business card.
    card_what: "A business card, to look at and to keep.", "一张名片，可以查看和保存。";
    card_third: "The card of somebody else, not of who gave it", "他人的名片，并非递出者本人的";
    card_keep: "Keep this contact", "保存联系人";
    card_save: "Save contact", "保存到通讯录";
    card_save_how: "The file has everything that is on this card, and opens in the contacts app of \
        a phone or a computer.",
        "文件包含这张名片的全部信息，可以用手机或电脑的通讯录打开。";
    card_chat: "Add in my chat app", "在聊天应用中添加";
    card_scan: "Scan with a phone to save the contact", "用手机扫码保存联系人";
    card_code_alt: "QR code: this card", "二维码：这张名片";

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
    no_card_title: "This card is not open", "名片无法打开";
    no_card: "Its time has passed, it was taken back or declined, or there never was one: this page \
        does not tell which. If you would like to have it, ask whoever gave it to you to give it \
        once more.",
        "它可能已经过期、被撤回或被谢绝，或者从未有过；具体是哪一种，这里不作说明。如果还需要，请让对方再递一次。";
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

    // An invitation. What it says goes to people who have never heard of us.
    invited_title: "You are invited", "你收到一份邀请";
    invites: " would like to show you something", " 想给你看样东西";
    inviter: "Invited by", "邀请人：";
    how_to_see: "How to see it", "怎样查看";
    get_app: "Get a chat app", "安装聊天应用";
    get_app_how: "These are free. If you already have an app for XMPP, that one will do.",
        "以下应用都是免费的。如果你已经有支持 XMPP 的应用，直接用它就行。";
    other_apps: "Apps for other devices", "其他设备的应用";
    in_browser: "In the browser", "浏览器";
    account: "Have an account", "准备一个账号";
    account_any: "An account with any provider will do. Most apps help you make one when you first \
        open them.",
        "任何服务商的账号都可以。大多数应用在首次打开时会引导你注册。";
    make_account: "Make me an account", "为我准备账号";
    account_ready: "Your account is ready.", "账号已备好。";
    open_account: "Choose a name and a password", "设置用户名和密码";
    account_page: "The same in the browser", "在浏览器里设置";
    account_there: "If you have none, make one at", "还没有账号？可以在这里注册：";
    account_code_alt: "QR code: the link to your account", "二维码：账号链接";
    show_code: "QR code for another device", "用其他设备扫码";
    scan_app: "Scan with the device that has the app", "请用装有应用的设备扫码";
    add_invited: "This opens your app and adds the contact. The link carries your invitation, so \
        that the contact knows you.",
        "点击后会打开应用并添加联系人。链接里带有你的邀请，联系人会认出你。";
    join_code_alt: "QR code: the link that adds the contact", "二维码：添加联系人的链接";
    by_hand: "If the link does not open your app", "如果链接没有打开应用";
    by_hand_add: "Add the address", "请在应用里添加";
    by_hand_send: " in the app yourself, and send it this line:", " 为联系人，再把下面这行发给它：";
    prove_number: "The contact then sends a code to the number that this invitation went to. Give \
        it the code: so nobody else gets to see what is meant for you.",
        "随后，联系人会向收到这份邀请的号码发送验证码。把验证码告诉它，别人就看不到给你的内容。";
    prove_mail: "The contact then sends a code to the mail address that this invitation went to. \
        Give it the code: so nobody else gets to see what is meant for you.",
        "随后，联系人会向收到这份邀请的邮箱发送验证码。把验证码告诉它，别人就看不到给你的内容。";
    have_joined: "I have joined. What comes next?", "我已加入，接下来呢？";
    joined_title: "What comes next", "接下来";
    joined: "Open the chat with the contact. What is waiting for you comes there as ordinary \
        messages.",
        "打开与联系人的聊天。等着你的内容会以普通消息发到那里。";
    open_chat: "Open the chat", "打开聊天";
    joined_proof: "If you were invited by SMS or by mail, the contact asks for a code first. It has \
        sent it to the same number or address.",
        "如果邀请是通过短信或邮件发来的，联系人会先向你要一个验证码，它已发到同一个号码或邮箱。";
    joined_else: "Nothing is there? Then send the contact this line:",
        "什么都没有？请把下面这行发给联系人：";
    to_invitation: "Back to the invitation", "返回邀请";
    unwanted: "You do not want this?", "不想收到这些？";
    unwanted_how: "Then do nothing, and nothing comes. Or let nobody invite you any more:",
        "什么都不用做，就不会收到任何内容。也可以拒绝今后的所有邀请：";
    never: "Never again", "不再邀请我";
    stop_title: "Never be invited again?", "以后都不再接收邀请？";
    stop_yes: "Yes, never again", "是的，不再邀请我";
    stopped_title: "Nobody will invite you again", "不会再有邀请了";
    stopped: "It holds from now on, whoever tries. If you change your mind, add the contact \
        yourself.",
        "即刻生效，对所有人都有效。如果以后改变主意，自己添加联系人即可。";
    uninvited_title: "This invitation is not open", "邀请已无法打开";
    uninvited: "It was used, its time has passed, it was taken back, or it never was one: this page \
        does not tell which. If you have joined, all is well, and everything is in the chat with \
        the contact. If not, ask whoever invited you to send it once more.",
        "它可能已经用过、过期、被撤回，或者从未有过；具体是哪一种，这里不作说明。如果你已经加入，一切正常，内容都在与联系人的聊天里。如果还没有，请让邀请你的人再发一次。";
    no_more_accounts_title: "No more accounts today", "今天的名额用完了";
    no_more_accounts: "Only so many are made in a day. Try again tomorrow, or use an account with \
        any other provider. The invitation is as good as before.",
        "每天能准备的账号有限。请明天再试，或使用其他服务商的账号。邀请依然有效。";
    no_account_title: "The account is not ready", "账号还没有准备好";
    no_account: "The server did not answer in time. Try again in a minute. The invitation is as \
        good as before.",
        "服务器没有及时回应，请一分钟后再试。邀请依然有效。";

    // Collected cards that are not open.
    busy: "Too much is being asked for at this moment. Try again in a few seconds.",
        "此刻的请求太多，请几秒后再试。";
    again: "Try again", "再试一次";
    unsent_title: "Nothing was changed", "没有做任何更改";
    foreign: "What you sent did not come from a page of ours. Open the page here again, and press the button there.",
        "你发送的内容并非来自本站页面。请重新打开本站页面，再按那里的按钮。";
    too_large: "What you sent is too large. Go back, leave something out, and send it again.",
        "你发送的内容太大。请返回，删去一些内容后再发送。";
    slow: "What you sent did not arrive in time. Go back and send it again.",
        "你发送的内容没有及时到达。请返回后重新发送。";
    shut_title: "Your cards are closed", "通讯录没有打开";
    shut: "A link to them works once, within 10 minutes, and opens them for half an hour. For a new one, send in the chat: cards link",
        "链接只能用一次，10 分钟内有效，打开后可以看半小时。要新的链接，请在聊天里发送：通讯录链接";
}

impl Words {
    pub(super) fn of(lang: Lang) -> &'static Self {
        match lang {
            Lang::En => &EN,
            Lang::Zh => &ZH,
        }
    }

    /// Whoever asks too much waits.
    pub(super) fn too_fast(&self, seconds: u64) -> String {
        let wait = self.wait(seconds);
        match self.lang {
            Lang::En => format!("That was a lot at once. Wait {wait}, and try again."),
            Lang::Zh => format!("一下子请求太多了，请等 {wait}再试。"),
        }
    }

    /// `20 seconds`
    pub(super) fn wait(&self, seconds: u64) -> String {
        match (self.lang, seconds) {
            (Lang::En, 1) => "1 second".to_owned(),
            (Lang::En, ..120) => format!("{seconds} seconds"),
            (Lang::En, _) => format!("{} minutes", seconds.div_ceil(60)),
            (Lang::Zh, ..120) => format!("{seconds} 秒"),
            (Lang::Zh, _) => format!("{} 分钟", seconds.div_ceil(60)),
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

    /// What the service called `name` is, in three sentences, for somebody who was invited.
    pub(super) fn what_it_is(&self, name: &str) -> String {
        match self.lang {
            Lang::En => format!(
                "With {name} people show each other products in the chat app they already have, \
                 over XMPP: an open network on which, as with mail, everybody picks an app and a \
                 provider. It is free, and you get nothing before you agree. You can leave at any \
                 time, with one word."
            ),
            Lang::Zh => format!(
                "{name} 让人们在自己常用的聊天应用里互相展示商品，用的是 XMPP：一个像电子邮件一样\
                 开放的网络，应用和服务商都可以自己选。它是免费的，在你同意之前不会给你发任何内容。\
                 你随时可以退出，一句话就行。"
            ),
        }
    }

    /// Until when an invitation is open.
    pub(super) fn open_until(&self, moment: &str) -> String {
        let day = self.day(moment).unwrap_or_default();
        match self.lang {
            Lang::En => format!("This invitation is open until {day}. It is for you alone."),
            Lang::Zh => format!("这份邀请在{day}前有效，仅供你本人使用。"),
        }
    }

    /// What a link to an account is good for.
    pub(super) fn account_once(&self, moment: &str) -> String {
        let day = self.day(moment).unwrap_or_default();
        match self.lang {
            Lang::En => format!("The link opens your app and works once, until {day}."),
            Lang::Zh => format!("链接会打开你的应用，只能用一次，{day}前有效。"),
        }
    }

    /// That there may be an account on `host`.
    pub(super) fn account_offer(&self, host: &str) -> String {
        match self.lang {
            Lang::En => format!("If you have none, take one on {host}. It is free."),
            Lang::Zh => format!("还没有账号？可以在 {host} 免费开一个。"),
        }
    }

    /// To add the contact of the service called `name`.
    pub(super) fn add_name(&self, name: &str) -> String {
        match self.lang {
            Lang::En => format!("Add {name}"),
            Lang::Zh => format!("添加 {name}"),
        }
    }

    /// What it means to refuse every invitation through the service called `name`.
    pub(super) fn stop_what(&self, name: &str) -> String {
        match self.lang {
            Lang::En => format!(
                "Then nobody can reach you through {name} any more, and what waits for you here is \
                 thrown away. Nobody is told. It holds until you join by yourself."
            ),
            Lang::Zh => format!(
                "确认后，任何人都无法再通过 {name} 联系你，在这里等着你的内容也会清除。没有人会得知。\
                 除非你以后自己加入，否则一直有效。"
            ),
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
        let day = Date::strptime("%Y-%m-%d", moment.get(..10)?).ok()?;
        Some(match self.lang {
            Lang::En => day.strftime("%-d %B %Y").to_string(),
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
        assert_eq!([1, 119, 121].map(|it| EN.wait(it)), ["1 second", "119 seconds", "3 minutes"]);
        assert_eq!([1, 3600].map(|it| ZH.wait(it)), ["1 秒", "60 分钟"]);
        assert_eq!(EN.and_more("Goblet", 2), "Goblet and 2 more");
        assert_eq!(ZH.and_more("银杯", 2), "银杯 等 3 件");
        assert_eq!(EN.stars("5", "5", Some(1)), "5 of 5 (1 rating)");
    }
}
