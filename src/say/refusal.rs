//! Why something was not taken, for the person who asked for it, in English and Chinese. The
//! English is that of the stanza errors.

use crate::{
    domain::{lang::Lang, product::Invalid, recording::BadRecording, refusal::Refusal},
    wire::check::Refused,
};

/// Why something right was not done.
#[must_use]
pub fn refusal(refusal: &Refusal, lang: Lang) -> String {
    if lang == Lang::En {
        return refusal.to_string();
    }
    match refusal {
        Refusal::NotRegistered => "你还没有在这里注册；请先注册，或向联系人发送“加入”".to_owned(),
        Refusal::MayNotRegister => "本服务不接受你的地址注册；请联系服务的管理员".to_owned(),
        Refusal::BadInvitation => "这个邀请码无效，或已不能再用；请不用邀请码注册".to_owned(),
        Refusal::Leaving => "你以前在这里的内容还在删除；请一分钟后再试".to_owned(),
        Refusal::IdConflict => "这个编号已用于另一次分享；请换一个".to_owned(),
        Refusal::UnknownRef => "没有这个分享；它可能已过期或被收回".to_owned(),
        Refusal::UnknownProduct => "目录里没有这件商品；请直接写出商品".to_owned(),
        Refusal::TooManyProducts { max } => format!("连同转发的商品超过了 {max} 件"),
        Refusal::TooLarge { max_bytes } => format!("连同转发的商品总共超过了 {max_bytes} 字节"),
        Refusal::Barred => "本服务的管理员停用了你的账号；请与管理员联系".to_owned(),
        Refusal::TooManyRecipients { max } => format!("一小时内最多发给 {max} 人"),
        Refusal::TooManyNumbers { max, after: None } => {
            format!("一天内最多写给 {max} 个新的电话号码")
        }
        Refusal::TooManyNumbers { max, after: Some(after) } => {
            format!("一天内最多写给 {max} 个新的电话号码；请 {} 秒后再试", after.as_secs())
        }
        Refusal::TooFast { after } => {
            format!("一下子太多了；请 {} 秒后再试", after.as_secs())
        }
        Refusal::Retry { after } => format!("暂时无法保存；请 {} 秒后再试", after.as_secs()),
    }
}

/// What is wrong with what was asked for.
#[must_use]
pub fn refused(refused: &Refused, lang: Lang) -> String {
    if lang == Lang::En {
        return refused.to_string();
    }
    match refused {
        Refused::NoProduct => "没有写明商品".to_owned(),
        Refused::NoRecipient => "没有写明发给谁".to_owned(),
        Refused::TooManyProducts { max } => format!("商品超过了 {max} 件"),
        Refused::TooManyRecipients { max } => format!("地址超过了 {max} 个"),
        Refused::TooLarge { max } => format!("商品总共超过了 {max} 字节"),
        Refused::Product(wrong) => invalid(wrong),
        Refused::Recording(wrong) => recording(wrong),
        Refused::Jid(given) => format!("“{given}”不是 XMPP 地址"),
        Refused::Unseen(given) => {
            format!(
                "“{given}”里有看不见或与别的字符难以分辨的字符，容易与别人的地址混淆；请重新手动输入"
            )
        }
        Refused::Own(given) => {
            format!("“{given}”是本服务自己的地址，那里没有人；请写对方的地址或电话号码")
        }
        Refused::Uri(given) => format!("“{given}”不是本服务认识的 tel: 或 mailto: 地址"),
        Refused::Scheme(given) => {
            format!("本服务无法送达“{given}”这类地址；请用 xmpp:、tel: 或 mailto:")
        }
        Refused::Address => "一个地址只能有 jid 或 uri 之一，类型须为 to、cc 或 bcc".to_owned(),
        Refused::OneOf(element) => format!("{element} 的属性必须恰好有一个"),
        Refused::Id(field) => format!("{} 为空，或超过 128 字节", named(field)),
    }
}

/// Why a recording is not taken.
fn recording(wrong: &BadRecording) -> String {
    match wrong {
        BadRecording::MediaType(given) => {
            format!("语音留言的类型须以 audio/ 开头，而不是“{given}”")
        }
        BadRecording::Address => "语音留言须有 https 网址，不超过 2048 字节，不带用户名和密码；\
             没有写明类型时，网址须以 .ogg、.oga、.opus、.m4a、.mp3、.aac、.wav、.flac、.amr 或 .weba 结尾"
            .to_owned(),
        BadRecording::Field(wrong) => format!("语音留言：{}", invalid(wrong)),
        BadRecording::Several => "只能有一段语音留言".to_owned(),
        BadRecording::Empty => "语音留言是空的".to_owned(),
        BadRecording::TooLarge { max } => format!("语音留言超过了 {max} 字节"),
        BadRecording::TooLong { max } => format!("语音留言超过了 {max} 分钟"),
    }
}

fn invalid(wrong: &Invalid) -> String {
    match wrong {
        Invalid::Gtin(given) => {
            format!("“{given}”不是校验位正确的 8、12、13 或 14 位商品条码（GTIN）")
        }
        Invalid::Price(given) => {
            format!("“{given}”不是价格：只能有数字和一个小数点，小数位数不能超过货币的规定")
        }
        Invalid::Currency(given) => format!("“{given}”不是 ISO 4217 货币代码"),
        Invalid::Country(given) => format!("“{given}”不是 ISO 3166-1 两位国家代码"),
        Invalid::Link(given) => {
            format!("“{given}”不是 http 或 https 网址，或超过 2048 字节，或带有用户名和密码")
        }
        Invalid::Field(field) => format!("{} 缺失、重复或不符合规范", named(field)),
        Invalid::TooLong { field, max } => format!("{} 超过了 {max} 个字符", named(field)),
        Invalid::TooMany { field, max } => format!("{} 超过了 {max} 个", named(field)),
        Invalid::TooLarge { max } => format!("这件商品的 XML 超过了 {max} 字节"),
    }
}

/// What people themselves write; everything else is known only to whoever made their program.
fn named(field: &'static str) -> &'static str {
    match field {
        "name" => "名称",
        "description" => "描述",
        "comment" => "留言",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn every_reason_is_said_in_both_languages() {
        let given = || "x".to_owned();
        let refusals = [
            Refusal::NotRegistered,
            Refusal::MayNotRegister,
            Refusal::Leaving,
            Refusal::IdConflict,
            Refusal::UnknownRef,
            Refusal::UnknownProduct,
            Refusal::TooManyProducts { max: 5 },
            Refusal::TooLarge { max_bytes: 5 },
            Refusal::Barred,
            Refusal::TooManyRecipients { max: 5 },
            Refusal::TooManyNumbers { max: 5, after: None },
            Refusal::TooManyNumbers { max: 5, after: Some(Duration::from_secs(5)) },
            Refusal::TooFast { after: Duration::from_secs(5) },
            Refusal::Retry { after: Duration::from_secs(5) },
        ];
        let products = [
            Invalid::Gtin(given()),
            Invalid::Price(given()),
            Invalid::Currency(given()),
            Invalid::Country(given()),
            Invalid::Link(given()),
            Invalid::Field("name"),
            Invalid::TooLong { field: "comment", max: 5 },
            Invalid::TooMany { field: "offers", max: 5 },
            Invalid::TooLarge { max: 5 },
        ];
        let requests = [
            Refused::NoProduct,
            Refused::NoRecipient,
            Refused::TooManyProducts { max: 5 },
            Refused::TooManyRecipients { max: 5 },
            Refused::TooLarge { max: 5 },
            Refused::Jid(given()),
            Refused::Unseen(given()),
            Refused::Own(given()),
            Refused::Uri(given()),
            Refused::Scheme(given()),
            Refused::Address,
            Refused::OneOf("lookup"),
            Refused::Id("comment"),
        ];
        let recordings = [
            BadRecording::MediaType(given()),
            BadRecording::Address,
            BadRecording::Field(Invalid::TooMany { field: "offers", max: 5 }),
            BadRecording::Several,
            BadRecording::Empty,
            BadRecording::TooLarge { max: 5 },
            BadRecording::TooLong { max: 5 },
        ];
        let requests = requests.into_iter().chain(products.map(Refused::Product));
        let requests = requests.chain(recordings.map(Refused::Recording));
        let both = |lang| -> Vec<String> {
            let all = requests.clone().map(|it| refused(&it, lang));
            all.chain(refusals.iter().map(|it| refusal(it, lang))).collect()
        };
        for (en, zh) in both(Lang::En).into_iter().zip(both(Lang::Zh)) {
            assert!(en.is_ascii() && !zh.is_ascii(), "{en} / {zh}");
            // The same numbers and words of theirs in both.
            let five = |text: &str| text.contains('5');
            assert_eq!(five(&en), five(&zh), "{en} / {zh}");
        }
    }
}
