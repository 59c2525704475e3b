use proptest::prelude::*;

use super::*;

#[test]
fn a_quote_ends_with_its_last_quoted_line() {
    assert_eq!(split_quote("> a\n> b\nc\n> d"), ("a\nb".to_owned(), "c\n> d"));
    assert_eq!(split_quote("> a\n\nc"), ("a".to_owned(), "c"));
    assert_eq!(split_quote(">> a\n>\nc"), ("> a\n".to_owned(), "c"));
    assert_eq!(split_quote("> all"), ("all".to_owned(), ""));
    for plain in [">_< no", ">3 kg", "no > quote", ""] {
        assert_eq!(split_quote(plain), (String::new(), plain));
    }
}

#[test]
fn a_quote_of_what_this_service_wrote_points_at_it() {
    let code = RefCode::parse("7K3QXM2NP8").unwrap();
    let share = "Juliet (juliet@x): #3 of all\n#1 mug, EUR 5\nhttps://x/s/7K3QXM2NP8\n#12";
    for (quote, clue) in [
        (share, Clue::Handle(12)),
        ("Juliet (juliet@x): #3 of all\n#1 mug, EUR 5\n#12", Clue::Handle(12)),
        ("> #12 Silver goblet\nRomeo (romeo@x): is #1 better?\n#4", Clue::Handle(12)),
        ("#12 Silver goblet", Clue::Handle(12)),
        ("＃１２银高脚杯", Clue::Handle(12)),
        ("Sent to Romeo (romeo@x) about #12 Silver goblet", Clue::Handle(12)),
        ("已发给 Romeo (romeo@x)，关于 #12 银高脚杯", Clue::Handle(12)),
        ("https://x/s/7K3QXM2NP8", Clue::Code(code)),
        (
            "Sent #4 Lamp to romeo@x. Its code is 7K3QX-M2NP8.\nhttps://x/s/7K3QXM2NP8",
            Clue::Code(code),
        ),
        ("Given: #12 card of “Juliet”, to romeo@x.", Clue::Handle(12)),
        ("Answer yes to keep it and give yours, no to decline. (#12)", Clue::Handle(12)),
        ("要收下，请回复：保存 12（#12）", Clue::Handle(12)),
        ("Romeo (romeo@x) reacted 👍 to: #12 Silver goblet", Clue::Handle(12)),
        ("+390455550100 reacted 👍 to: #12 Silver goblet", Clue::Handle(12)),
        ("romeo@x 对 #12 “银高脚杯” 回应了 👍", Clue::Handle(12)),
        ("Romeo (romeo@x) has taken back #12 “Lamp”.", Clue::Handle(12)),
        ("A (a@x) has changed the card that you have (#12):\n| Title: #1", Clue::Handle(12)),
        ("罗密欧 (a@x) 修改了你手里的名片（#12）：\n| 职位：#1", Clue::Handle(12)),
    ] {
        assert_eq!(quoted_clue(quote), Some(clue), "{quote}");
    }
    for other in ["", "To be, or not to be", "strawberry", "#hash", "C#7a", "#0", "/s/short"] {
        assert_eq!(quoted_clue(other), None, "{other}");
    }
}

#[test]
fn what_somebody_says_in_a_quote_does_not_choose_to_whom_an_answer_goes() {
    for (quote, clue) in [
        ("A (a@x) shows you:\nLamp 7K3QX-M2NP8\nhttps://x/s/000000001A\n#12", Some(12)),
        ("A (a@x): see https://x/s/7K3QXM2NP8 too\nLamp\nhttps://x/s/000000001A\n#12", Some(12)),
        ("A gives you a card:\nA\nhttps://x/s/7K3QXM2NP8\nAnswer yes … decline. (#12)", Some(12)),
        ("Sent to A #5 (a@x) about #12 Lamp", Some(12)),
        ("A #5 (a@x) reacted “see #5” to: #12 “Lamp #5”", Some(12)),
        ("a@x has changed the card that you have (#12):\nTitle: Boss of #5 (#5)", Some(12)),
        ("Sent to evil.example about #12 Lamp", Some(12)),
        ("evil.example reacted 👍 to: #12 Lamp", Some(12)),
        ("J. Capulet (juliet@x) reacted (ツ) to: #12 Lamp", Some(12)),
        // A name is no address, whatever it begins like.
        ("A+ about #5 (evil.example) shows you:", None),
        ("Sale + reacted #5 (evil.example) shows you:", None),
        ("B.C about #5 (evil.example) shows you:", None),
        ("+390455550101 about #5 (evil.example) shows you:", None),
        ("evil.example: write to c@y about #5", None),
        ("evil.example: see Bob (c@y) about #5", None),
        ("A (evil.example): write to c@y about #5", None),
        ("+390455550100: ask c@y, about #5", None),
        ("+390455550100 reacted (b.c) about #5 to: #12 Lamp", None),
        ("A #5 (a@x) shows you:", None),
        ("Sent to me #5 (a@x) shows you:", None),
        ("Lamp; B (#5)", None),
        ("| a@x about #5", None),
        ("+ a@x about #5", None),
        ("Lamp (#5)\n| Lamp", None),
        ("Boss of #5 things", None),
        ("+390455550100: is #5 better?", None),
        ("A (a@x) corrects: about #5", None),
        ("A (a@x): about #5", None),
        ("a@x 更正：关于 #5", None),
        ("A (a@x): is #5 better?", None),
        ("a@x：＃5", None),
        ("A (a@x): hi\n| see #5", None),
        ("A (a@x): see https://x/s/7K3QXM2NP8", None),
        ("Lamp 7K3QX-M2NP8", None),
        ("7K3QXM2NP8", None),
    ] {
        assert_eq!(quoted_clue(quote), clue.map(Clue::Handle), "{quote}");
    }
}

#[test]
fn a_handle_leads_and_is_not_a_part_of_a_word() {
    assert_eq!(handle_of("#12 how heavy?"), Some((12, "how heavy?")));
    assert_eq!(handle_of(" #12: how\nheavy?"), Some((12, "how\nheavy?")));
    assert_eq!(handle_of("＃１２，多重？"), Some((12, "多重？")));
    assert_eq!(handle_of("#12多重？"), Some((12, "多重？")));
    assert_eq!(handle_of("#12"), Some((12, "")));
    for other in ["12 how", "#12th", "# 12", "#", "#0", "#1234567890", "see #12", "#٣"] {
        assert_eq!(handle_of(other), None, "{other}");
    }
}

#[test]
fn a_number_sign_with_thirty_digits_is_no_handle() {
    for digit in ["1", "9", "０", "９"] {
        let text = format!("#{}", digit.repeat(30));
        assert_eq!((handle_of(&text), quoted_clue(&text)), (None, None), "{text}");
    }
}

#[test]
fn one_of_several_is_named_by_their_number() {
    for text in ["+390455550199 2 of it", "+39 045 555-0199: 2 of it", "+39 (045) 5550199，2 of it"]
    {
        assert_eq!(behind_number(text, "+390455550199"), Some("2 of it"), "{text}");
    }
    for text in ["+3904555501992 of it", "+39045555019 9x", "390455550199 hi", "+390455550199", ""]
    {
        assert_eq!(behind_number(text, "+390455550199"), None, "{text}");
    }
    assert_eq!(behind_number("+ hi", "romeo@x"), None);
}

#[test]
fn one_of_several_is_named_by_his_address() {
    let romeo: BareJid = "romeo@x".parse().unwrap();
    assert_eq!(address_of("romeo@x: hi"), Some((romeo.clone(), "hi")));
    assert_eq!(address_of("Romeo@X hi"), Some((romeo, "hi")));
    for other in ["romeo hi", "romeo@x", "@x hi", ""] {
        assert_eq!(address_of(other), None, "{other}");
    }
    for text in ["Romeo (romeo@x): hi", "romeo@x", "sent to romeo@x."] {
        assert!(names(text, "romeo@x"), "{text}");
    }
    for text in ["xromeo@x", "romeo@x.lit", "romeo@xy", "a.romeo@x", "romeo@x/r", ""] {
        assert!(!names(text, "romeo@x"), "{text}");
    }
}

proptest! {
    #[test]
    fn no_text_panics_and_nothing_of_an_answer_is_lost(
        quoted in prop::collection::vec("[^\n\r]{0,20}", 0..4), answer in "[^>\n\r][^\r]{0,40}",
    ) {
        let quote = quoted.iter().flat_map(|line| ["> ", line, "\n"]).collect::<String>();
        let body = format!("{quote}{answer}");
        prop_assert_eq!(split_quote(&body), (quoted.join("\n"), answer.as_str()));
        let _ = (quoted_clue(&body), handle_of(&body), address_of(&body), names(&body, &answer));
    }

    #[test]
    fn anything_may_come_in(text in any::<String>()) {
        let (quote, rest) = split_quote(&text);
        prop_assert!(text.ends_with(rest));
        let _ = (quoted_clue(&quote), handle_of(&text), address_of(&text));
        let _ = behind_number(&text, "+1");
    }
}
