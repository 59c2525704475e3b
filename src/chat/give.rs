//! Giving a card by words or by form (S4.4, S4.6).

use std::collections::HashSet;

use super::{
    answer::{After, Answer},
    command::{Context, Done},
    share::shown_address,
};
use crate::{
    card::{
        give::{Giving, NotGiven, Which, give},
        say_give::Give,
    },
    domain::{
        address::Address,
        lang::Lang,
        text::{one_line, shorten},
    },
    say::{command::Told, refusal::refused},
    wire::check::recipient,
};

/// The most characters of a name, and of a list of people.
const NAME: usize = 120;
const PEOPLE: usize = 300;

impl Context<'_> {
    pub(super) async fn give(&mut self) -> Done {
        let addresses = match self.addresses().await? {
            Ok(addresses) => addresses,
            Err(answer) => return Ok((answer, After::Nothing)),
        };
        let names: Vec<String> = addresses.iter().map(shown_address).collect();
        let mut seen = HashSet::new();
        let mut recipients = Vec::new();
        for address in &addresses {
            match recipient(address, &self.info.limits) {
                Ok(address) if seen.insert(address.clone()) => recipients.push(address),
                Ok(_) => {}
                Err(wrong) => {
                    return Ok(self.refuse(&Told::NotTaken { why: &refused(&wrong, self.lang) }));
                }
            }
        }
        if recipients.len() > self.info.limits.recipients {
            let wrong =
                crate::wire::check::Refused::TooManyRecipients { max: self.info.limits.recipients };
            return Ok(self.refuse(&Told::NotTaken { why: &refused(&wrong, self.lang) }));
        }
        let on = |var| self.call.one(var).map(|value| value == "1");
        let of = |var| self.call.all(var).join("\n");
        let parts = ["card", "swap", "updates", "invite"].map(of);
        let key = self.key_of(&[parts.as_slice(), &[names.join("\n")]].concat());
        let giving = Giving {
            giver: self.caller.jid.clone(),
            submit_id: key,
            which: self.which(),
            swap: on("swap") == Some(true),
            updates: on("updates"),
            invite: on("invite") == Some(true),
            recipients,
        };
        match give(self.tx, self.world, giving.clone()).await? {
            Ok(given) => {
                let told = Give::Given {
                    handle: given.accepted.handle,
                    name: &shorten(&one_line(&given.name), NAME),
                    to: &shorten(&names.join(", "), PEOPLE),
                    swap: giving.swap,
                    updates: given.follows,
                };
                Ok((Answer::Done(told.in_lang(self.lang)), After::Nothing))
            }
            Err(NotGiven::Refusal(refusal)) => Ok(self.refused(&refusal)),
            Err(why) => Ok(self.not_given(&why, &giving)),
        }
    }

    /// The caller's own card of a name, or one that they have collected.
    fn which(&self) -> Which {
        let given = self.call.one("card").unwrap_or_default();
        let digits = given.trim_start_matches(['#', '＃']);
        digits.parse().map_or_else(|_| Which::Own(given.to_lowercase()), Which::Collected)
    }

    fn not_given(&self, why: &NotGiven, giving: &Giving) -> (Answer, After) {
        let numbers = giving.recipients.iter().filter(|it| matches!(it, Address::Tel(_)));
        let numbers: Vec<&str> = numbers.map(Address::shown).collect();
        let numbers = shorten(&numbers.join(", "), PEOPLE);
        let instead = instead(self.call.command.word(self.lang), &numbers, giving, self.lang);
        let told = match (why, &giving.which) {
            (NotGiven::NoOwnCard, Which::Own(name)) => Give::NoOwnCard { name },
            (NotGiven::NotCollected, Which::Collected(handle)) => {
                Give::NotCollected { handle: *handle }
            }
            (NotGiven::NumberNotVerified, _) => Give::NotVerified,
            (NotGiven::NotRegistered, _) => {
                Give::NotRegistered { numbers: &numbers, instead: &instead }
            }
            _ => Give::NoOwnCard { name: "" },
        };
        (Answer::Refused(told.in_lang(self.lang)), After::Nothing)
    }
}

/// What to send to have a card held for `numbers`.
fn instead(word: &str, numbers: &str, giving: &Giving, lang: Lang) -> String {
    let (swap, updates, invite) = match lang {
        Lang::En => (" swap", " updates", " invite"),
        Lang::Zh => (" 交换", " 更新", " 邀请"),
    };
    let mut text = format!("{word} {numbers}");
    for (is_on, option) in
        [(giving.swap, swap), (giving.updates == Some(true), updates), (true, invite)]
    {
        text.push_str(if is_on { option } else { "" });
    }
    match &giving.which {
        Which::Own(name) if !name.is_empty() => format!("{text}: {name}"),
        Which::Collected(handle) => format!("{text} #{handle}"),
        Which::Own(_) | Which::Sent(_) => text,
    }
}
