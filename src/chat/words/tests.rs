use super::*;
use crate::chat::text::TEXT_MAX;

/// The node, and what was given for which field.
fn told(text: &str) -> String {
    match read(text) {
        Reading::Call(call) => {
            let given =
                |(var, values): (&&str, &Vec<String>)| format!(" {var}={}", values.join("|"));
            call.command.node.to_owned() + &call.values.iter().map(given).collect::<String>()
        }
        Reading::Unfit(command) => format!("unfit {}", command.node),
        Reading::Wrong(field, ..) => format!("wrong {}", field.var),
        Reading::Other(..) => "other".to_owned(),
        Reading::Long(length) => format!("long {length}"),
    }
}

#[test]
fn words_need_no_slash_and_may_have_one() {
    for text in
        ["join", " Join ", "/join", "!JOIN", "加入", "／加入", "join.", "join!", "\u{200e}join"]
    {
        assert_eq!(told(text), "join", "{text}");
    }
    assert_eq!(told("leave"), "leave");
    for text in ["", "joining", "what is this?", "👍", "אני רוצה"] {
        assert_eq!(told(text), "other", "{text}");
    }
}

#[test]
fn what_follows_must_fit_or_it_is_no_command() {
    for text in ["join us for dinner", "leave it there", "leave 12", "退出了吗", "help me"] {
        assert!(told(text).starts_with("unfit"), "{text}: {}", told(text));
    }
    assert_eq!(told("join as Romeo M."), "join nick=Romeo M.");
    assert_eq!(told("加入 昵称 罗密欧"), "join nick=罗密欧");
    assert_eq!(told("help leave"), "help command=leave");
    assert_eq!(told("帮助 加入"), "help command=join");
    assert_eq!(told("帮助加入"), "help command=join");
}

#[test]
fn a_typing_error_finds_the_nearest_word() {
    for (given, word) in [("hlep", "help"), ("jion", "join"), ("leav", "leave"), ("加人", "加入")]
    {
        assert_eq!(read(given), Reading::Other(given.into(), Some(word)), "{given}");
    }
    for given in ["ok", "hello", "maybe", "bonjour", "👍👍", "好的"] {
        assert_eq!(read(given), Reading::Other(given.into(), None), "{given}");
    }
}

#[test]
fn every_word_of_every_command_finds_it() {
    for command in COMMANDS {
        for word in command.words() {
            for text in [word.to_owned(), format!("/{}", word.to_uppercase())] {
                assert!(
                    matches!(read(&text), Reading::Call(call) if call.command == command),
                    "{text}"
                );
            }
        }
    }
    assert!(Command::of_node("help").is_some());
}

#[test]
fn sharing_is_said_in_one_line() {
    for (text, read) in [
        ("share #12 to romeo@x.lit", "share comment= to=romeo@x.lit what=#12"),
        (
            "share 12 to romeo@x.lit: nice to have",
            "share comment=nice to have to=romeo@x.lit what=12",
        ),
        (
            "Share Guide to Rome EUR 9.90 to romeo@x.lit, +390455550100: For you",
            "share comment=For you to=romeo@x.lit|+390455550100 what=Guide to Rome EUR 9.90",
        ),
        ("share 7K3QX-M2NP8 to Romeo", "share comment= to=Romeo what=7K3QX-M2NP8"),
        ("share Silver goblet to romeo@x.lit", "share comment= to=romeo@x.lit what=Silver goblet"),
        (
            "分享 银高脚杯 24.90元 给 romeo@x.lit：送给你",
            "share comment=送给你 to=romeo@x.lit what=银高脚杯 24.90元",
        ),
        (
            "分享#12给romeo@x.lit、juliet@y.lit：👍",
            "share comment=👍 to=romeo@x.lit|juliet@y.lit what=#12",
        ),
        ("分享 12 给 罗密欧", "share comment= to=罗密欧 what=12"),
        ("share https://shop.lit/p/1", "share what=https://shop.lit/p/1"),
        ("share to romeo@x.lit", "share comment= to=romeo@x.lit"),
        (
            "  share   كأس فضة 5 EUR  to  romeo@x.lit :  بالصحة ",
            "share comment=بالصحة to=romeo@x.lit what=كأس فضة 5 EUR",
        ),
        ("share", "share"),
        ("分享", "share"),
    ] {
        assert_eq!(told(text), read, "{text}");
    }
    for text in
        ["share this with your sister", "share it to everyone", "分享了一个笑话", "share my joy"]
    {
        assert_eq!(told(text), "unfit share", "{text}");
    }
}

#[test]
fn numbers_words_and_settings_are_read() {
    for (text, read) in [
        ("more 12", "more number=12"),
        ("more #12", "more number=12"),
        ("详情12", "more number=12"),
        ("more", "more"),
        ("list 2", "list page=2"),
        ("列表", "list"),
        ("find silver goblet", "find words=silver goblet"),
        ("查找 银", "find words=银"),
        ("status 3", "status number=3"),
        ("收回 3", "revoke number=3"),
        ("save #12", "save number=12"),
        ("save 12 phone mail", "save number=12 parts=phone mail"),
        ("保存12 电话、邮箱", "save number=12 parts=phone mail"),
        ("save 12 shoes", "unfit save"),
        ("pending", "pending"),
        ("新名片 12", "pending number=12"),
        ("drop 12", "drop number=12"),
        ("lookup 7k3qx-m2np8", "lookup code=7K3QX-M2NP8"),
        ("settings", "settings"),
        ("settings ask always", "settings ask=always"),
        ("settings ask about everybody", "settings ask=always"),
        ("settings ask About people of other servers", "settings ask=remote"),
        ("设置 询问 其他服务器的人", "settings ask=remote"),
        ("settings ask everybody but you", "wrong ask"),
        ("settings pictures off", "settings pictures=0"),
        ("settings language chinese", "settings language=zh"),
        ("设置 图片 关", "settings pictures=0"),
        ("设置 语言 英语", "settings language=en"),
        ("settings name Romeo M.", "settings nick=Romeo M."),
    ] {
        assert_eq!(told(text), read, "{text}");
    }
    for text in ["more please", "list them", "status quo", "revoke it"] {
        assert!(told(text).starts_with("unfit"), "{text}: {}", told(text));
    }
    assert_eq!(told("查找不到"), "other", "words to somebody");
}

#[test]
fn a_word_about_somebody_needs_an_address_or_a_number_behind_it() {
    for (text, expected) in [
        ("yes", "yes"),
        ("Yes!", "yes"),
        ("yes 2", "yes who=2"),
        ("yes 7 work", "yes card=work who=7"),
        ("yes 7 work and play", "unfit yes"),
        ("no 7", "no who=7"),
        ("no romeo@x.lit", "no who=romeo@x.lit"),
        ("block evil.example", "block who=evil.example"),
        ("block @elsewhere", "block who=elsewhere"),
        ("同意", "yes"),
        ("取消屏蔽 romeo@x.lit", "unblock who=romeo@x.lit"),
        ("屏蔽列表", "blocks"),
        ("no thanks, I have one", "unfit no"),
        ("yes please", "unfit yes"),
        ("是不是很重", "other"),
        ("report 12", "report number=12"),
        ("report #12 abuse he insults me", "report number=12 reason=abuse words=he insults me"),
        ("report 12 he insults me", "report number=12 words=he insults me"),
        ("举报 12 广告", "report number=12 reason=spam"),
        ("report him", "unfit report"),
    ] {
        assert_eq!(told(text), expected, "{text}");
    }
}

#[test]
fn who_was_asked_says_yes_or_no_in_many_ways() {
    let said = |text: &str| consent(text).map(|(call, is_plain)| (call.command.node, is_plain));
    for yes in ["yes", "Yes!", " y ", "ok.", "Yes, please", "好", "好的。", "👍"] {
        assert_eq!(said(yes), Some(("join", false)), "{yes}");
    }
    for no in ["no", "No, thanks.", "不要", "👎"] {
        assert_eq!(said(no), Some(("stop", false)), "{no}");
    }
    let lang = |text: &str| consent(text).and_then(|(call, _)| call.lang);
    assert_eq!([lang("ok"), lang("👎"), lang("好的")], [None, None, Some(Lang::Zh)]);
    assert_eq!(said("stop"), Some(("stop", true)));
    assert_eq!(said("拒收"), Some(("stop", true)));
    assert_eq!(said("join as Romeo"), Some(("join", true)));
    for other in ["yes and no", "list", "what is this?", ""] {
        assert_eq!(said(other), None, "{other}");
    }
    let code = "0123456789abcdef0123456789ABCDEF";
    assert_eq!(told(&format!("join {code}")), format!("join code={code}"));
    assert_eq!(told(&format!("加入 {code}")), format!("join code={code}"));
    assert_eq!(told(&format!("join code {code}")), format!("join code={code}"));
}

#[test]
fn what_is_set_is_named_and_a_wrong_value_of_it_is_told_as_such() {
    for (text, set) in [
        ("settings quiet 22:00-07:00", "settings quiet=22:00-07:00"),
        ("Settings Quiet 22 to 7", "settings quiet=22:00-07:00"),
        ("settings quiet off", "settings quiet=off"),
        ("设置 免打扰 22:00-07:00", "settings quiet=22:00-07:00"),
        ("设置免打扰 22：00到7：00", "settings quiet=22:00-07:00"),
        ("设置免打扰22点到7点", "settings quiet=22:00-07:00"),
        ("设置 免打扰 关", "settings quiet=off"),
        ("settings zone europe/rome", "settings zone=Europe/Rome"),
        ("设置 时区 +08:00", "settings zone=+08:00"),
        ("settings quiet 25:00-07:00", "wrong quiet"),
        ("settings quiet 22:00-22:00", "wrong quiet"),
        ("settings zone Rome", "wrong zone"),
        ("settings pictures perhaps", "wrong pictures"),
        ("settings language klingon", "wrong language"),
        ("settings quiet", "unfit settings"),
        ("settings aside", "unfit settings"),
    ] {
        assert_eq!(told(text), set, "{text}");
    }
}

#[test]
fn a_card_is_given_in_one_line() {
    for (text, expected) in [
        ("card to romeo", "give to=romeo"),
        ("Card to romeo@x.lit swap", "give swap=1 to=romeo@x.lit"),
        ("card to Romeo M. swap updates.", "give swap=1 to=Romeo M. updates=1"),
        ("card to +39 045 555 0100 invite", "give invite=1 to=+39 045 555 0100"),
        ("card to +39 045 555 0100", "give to=+39 045 555 0100"),
        ("card to romeo #7", "give card=#7 to=romeo"),
        ("card to romeo 7", "give card=7 to=romeo"),
        ("card to romeo: work swap", "give card=work swap=1 to=romeo"),
        ("card to romeo@x.lit work", "give card=work to=romeo@x.lit"),
        ("card to a@x.lit, b@x.lit invite", "give invite=1 to=a@x.lit|b@x.lit"),
        ("card to", "give"),
        ("card to romeo swap swap", "unfit give"),
        ("card to romeo: hello my friend", "unfit give"),
        ("递名片 罗密欧 交换", "give swap=1 to=罗密欧"),
        ("递名片给罗密欧交换", "give swap=1 to=罗密欧"),
        ("递名片 +39 045 555 0100 邀请", "give invite=1 to=+39 045 555 0100"),
    ] {
        assert_eq!(told(text), expected, "{text}");
    }
}

#[test]
fn a_card_is_changed_field_by_field() {
    for (text, read) in [
        ("card", "card"),
        ("名片", "card"),
        ("card 7", "card card=7"),
        ("card #7", "card card=7"),
        ("card work", "card card=work"),
        ("Card Name Juliet Capulet", "card name=Juliet Capulet"),
        ("名片 姓名 张三", "card name=张三"),
        ("名片电话13800138000", "card adds= phone=13800138000"),
        ("card phone work +39 1, +39 2", "card adds= phone=work +39 1, +39 2"),
        ("card work phone +39 1", "card adds= card=work phone=+39 1"),
        ("名片 工作 电话 +39 1", "card adds= card=工作 phone=+39 1"),
        ("card phone -", "card phone="),
        ("card picture", "card picture=sent"),
        ("card delete", "card delete=1"),
        ("card work delete", "card card=work delete=1"),
        ("card fields name phone", "card fields=name phone"),
        ("card template modern", "card template=modern"),
        ("card import", "card-import"),
        ("导入名片", "card-import"),
        ("card import https://x.lit/a.vcf", "card-import file=https://x.lit/a.vcf"),
        ("card phone", "wrong phone"),
        ("card games tonight?", "unfit card"),
        ("card 7 phone", "unfit card"),
    ] {
        assert_eq!(told(text), read, "{text}");
    }
}

#[test]
fn a_line_is_read_up_to_its_bound_and_told_its_length_beyond() {
    let line = |length: usize| "好".repeat(length);
    assert_eq!(read(&line(TEXT_MAX)), Reading::Other(shorten(&line(50), 40), None));
    assert_eq!(told(&line(5_120)), "long 5120");
    assert_eq!(consent(&format!("yes{}", " ".repeat(TEXT_MAX))), None);
    // A long quote in front of a short answer is no long line.
    let quote = format!("> {}\nyes", line(5_000));
    assert_eq!(read_body(&quote, "yes"), Reading::Other(String::new(), None));
    assert_eq!(read_body(&quote, &quote), Reading::Long(5_006));
}

#[test]
fn whom_a_share_goes_to_is_found_behind_many_words_that_could_be_it() {
    for (text, what) in [
        ("letter to my to do list", "letter to my to do list"),
        ("tickets to Rome, to Pisa, to Bari", "tickets to Rome, to Pisa, to Bari"),
        ("从给到给的路 9元", "从给到给的路 9元"),
        (&"way to ".repeat(20), "way to ".repeat(20).trim()),
    ] {
        let read = told(&format!("share {text} to romeo@x.lit: go to bed"));
        assert_eq!(read, format!("share comment=go to bed to=romeo@x.lit what={what}"), "{text}");
    }
    // Whoever says "to" too often is asked.
    let text = format!("share EUR 5 {}to romeo@x.lit", "to me ".repeat(100));
    assert_eq!(told(&text), format!("share what={}", text.trim_start_matches("share ")));
}

#[test]
fn whoever_gives_none_of_the_choices_is_told_the_words_to_type() {
    for (text, lang, told) in [
        (
            "settings ask whoever",
            Lang::En,
            "Ask me first: “whoever” is not one of: remote (about people of other servers), \
             always (about everybody), never (about nobody).",
        ),
        (
            "设置 询问 某人",
            Lang::Zh,
            "先询问我：“某人”不在可选项之中：其他（其他服务器的人）、所有（所有人）、从不。",
        ),
        ("settings language latin", Lang::En, "Language: “latin” is not one of: English, Chinese."),
        ("settings pictures maybe", Lang::En, "Pictures: “maybe” is not one of: on, off."),
    ] {
        let Reading::Wrong(field, wrong, ..) = read(text) else { panic!("{text}") };
        assert_eq!(field.tell(&wrong, lang), told);
    }
}

#[test]
fn every_choice_can_be_typed_as_it_is_shown_and_as_it_is_told() {
    for command in COMMANDS {
        for field in command.fields {
            for lang in [Lang::En, Lang::Zh] {
                for (value, label) in field.kind.options(lang) {
                    // A command is named by its word, a part by one of its own.
                    if matches!(field.kind, FieldKind::Listed(_) | FieldKind::Part) {
                        continue;
                    }
                    let typed = field.kind.typed(&value, lang);
                    for given in [&value, &label, &typed] {
                        let read = field.check(std::slice::from_ref(given));
                        assert_eq!(read, Ok(vec![value.clone()]), "{} {given}", command.node);
                    }
                }
            }
        }
    }
}
