//! What the pages say, in English and in Chinese.

use crate::domain::{lang::Lang, product::Availability};

/// Every text of ours that stands on a page.
pub(super) struct Words {
    /// For `lang="…"`.
    pub(super) tag: &'static str,
    /// For `og:locale`.
    pub(super) locale: &'static str,
    pub(super) brand: &'static str,
    pub(super) category: &'static str,
    pub(super) color: &'static str,
    pub(super) origin: &'static str,
    pub(super) stock_number: &'static str,
    pub(super) part_number: &'static str,
    pub(super) rating: &'static str,
    pub(super) where_sold: &'static str,
    pub(super) until: &'static str,
    pub(super) seen: &'static str,
    pub(super) product_page: &'static str,
    pub(super) film: &'static str,
    pub(super) code: &'static str,
    pub(super) shared_over: &'static str,
    pub(super) unknown: (&'static str, &'static str),
    pub(super) revoked: (&'static str, &'static str),
    pub(super) unavailable: (&'static str, &'static str),
    pub(super) home: (&'static str, &'static str),
    pub(super) contact: &'static str,
}

impl Words {
    pub(super) fn of(lang: Lang) -> &'static Self {
        match lang {
            Lang::En => &EN,
            Lang::Zh => &ZH,
        }
    }

    /// ` and 2 more` after a name.
    pub(super) fn and_more(&self, count: usize) -> String {
        match (self.is_chinese(), count) {
            (_, 0) => String::new(),
            (true, _) => format!(" 等 {} 件", count + 1),
            (false, _) => format!(" and {count} more"),
        }
    }

    /// `4.6 of 5 (128 ratings)`
    pub(super) fn stars(&self, value: &str, best: &str, count: Option<u64>) -> String {
        match (self.is_chinese(), count) {
            (true, None) => format!("{value} / {best}"),
            (true, Some(count)) => format!("{value} / {best}（{count} 人评价）"),
            (false, None) => format!("{value} of {best}"),
            (false, Some(1)) => format!("{value} of {best} (1 rating)"),
            (false, Some(count)) => format!("{value} of {best} ({count} ratings)"),
        }
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
        if self.is_chinese() { zh } else { en }
    }

    /// The English name of a country: the list that we have knows no other.
    pub(super) fn country(code: &str) -> String {
        celes::Country::get_countries()
            .into_iter()
            .find(|country| country.alpha2 == code)
            .map_or_else(|| code.to_owned(), |country| format!("{} ({code})", country.long_name))
    }

    fn is_chinese(&self) -> bool {
        self.tag == ZH.tag
    }
}

const EN: Words = Words {
    tag: "en",
    locale: "en_US",
    brand: "Brand",
    category: "Kind",
    color: "Colour",
    origin: "Made in",
    stock_number: "Stock number",
    part_number: "Part number",
    rating: "Rating",
    where_sold: "Where it is sold",
    until: "until",
    seen: "seen",
    product_page: "Product page",
    film: "Film",
    code: "Reference code",
    shared_over: "Shared over",
    unknown: (
        "Nothing is here",
        "This code is not known, or its time has passed. Look at it again: it has ten letters and \
         digits. Or ask whoever gave it to you for a new one.",
    ),
    revoked: ("No longer shared", "Whoever shared this product has taken it back."),
    unavailable: ("One moment", "The page cannot be shown now. Try again in a minute."),
    home: (
        "Products, passed between contacts",
        "People use this service to show their contacts a product in a chat, over XMPP. A product \
         that was shown to you has a reference code, and a page here.",
    ),
    contact: "Its contact",
};

const ZH: Words = Words {
    tag: "zh-CN",
    locale: "zh_CN",
    brand: "品牌",
    category: "类别",
    color: "颜色",
    origin: "产地",
    stock_number: "货号",
    part_number: "型号",
    rating: "评价",
    where_sold: "购买渠道",
    until: "有效期至",
    seen: "查看于",
    product_page: "商品页面",
    film: "视频",
    code: "分享码",
    shared_over: "分享自",
    unknown: (
        "没有找到",
        "分享码不存在或已过期。请核对：它由十个字母和数字组成。也可以请分享给你的人再发一次。",
    ),
    revoked: ("已取消分享", "分享者已撤回该商品。"),
    unavailable: ("请稍候", "页面暂时无法显示，请一分钟后再试。"),
    home: (
        "与联系人分享商品",
        "人们通过本服务，在 XMPP 聊天中向联系人展示商品。每个分享给你的商品都有一个分享码，并在这里有一个页面。",
    ),
    contact: "服务联系人",
};
