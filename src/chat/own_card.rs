//! One's own business cards (S4.2), by words or by form.

mod value;

use base64::{Engine, prelude::BASE64_STANDARD};

use self::value::{added, is_many, read, written};
use super::{
    answer::{After, Answer, Question},
    command::{Context, Done, Values},
};
use crate::{
    card::{
        collected::{self, NotDone},
        own::{self, NotKept, Own},
        say_own::{OwnCard, lines},
    },
    db::{Result, Tx},
    domain::{
        address::Address,
        card::{Card, Part, Value},
        refusal::Refusal,
        text::{one_line, shorten},
    },
    say::{card_part::label, command::Told},
};

/// Takes something out of a card, in place of a value.
pub const REMOVES: &str = "-";
/// Stands for the picture that was put into the chat.
pub const SENT: &str = "sent";
/// Stands for the picture that is part of the card, in a form.
const STAYS: &str = "kept";
/// Not a field: what is given is put beside what is there.
pub const ADDS: &str = "adds";
/// Not a field: a picture of ours that was fetched, in Base64.
pub const FETCHED: &str = "fetched";
/// Not a field: the text of a card that was fetched, or is the account's.
pub const TEXT: &str = "text";
/// Not a field: what is to become of a card that came.
const KEEP: &str = "keep";
/// A card that came becomes one's own.
const OWN: &str = "own";
/// A card that came goes into the address book.
const CONTACT: &str = "contact";

/// Values, or what is wrong.
type Checked = std::result::Result<Vec<Value>, String>;

impl Context<'_> {
    /// Shows, makes, changes or deletes a card.
    pub(super) async fn card(&mut self) -> Done {
        let given = self.call.one("card").unwrap_or_default();
        if let Ok(handle) = given.trim_start_matches(['#', '＃']).parse() {
            return self.other_card(handle).await;
        }
        let name = if given.is_empty() { Some(String::new()) } else { own::name(given) };
        let Some(name) = name else {
            return Ok(self.refuse_own(OwnCard::BadName { given: &shorten(given, 40) }));
        };
        let known = own::get(self.tx, self.caller.jid.as_str(), &name).await?;
        if self.call.one("delete") == Some("1") && known.is_some() {
            own::delete(self.tx, self.world, self.caller.jid.as_str(), &name).await?;
            return Ok(self.tell_own(OwnCard::Deleted));
        }
        let changes = |(var, values): (&&str, &Vec<String>)| {
            let is_field = Part::of_token(var).is_some() || matches!(*var, "fields" | "template");
            is_field && (known.is_some() || !values.is_empty())
        };
        if self.call.values.iter().any(changes)
            && let Err(refused) = self.change_card(&name, known).await?
        {
            return Ok((Answer::Refused(refused), After::Nothing));
        }
        self.show_own(&name).await
    }

    /// Keeps what was given of the card `name`, or says why not.
    async fn change_card(
        &mut self,
        name: &str,
        known: Option<Own>,
    ) -> Result<std::result::Result<(), String>> {
        let jid = self.caller.jid.as_str();
        let of = |name: &str| match name {
            "" => OwnCard::None.in_lang(self.lang),
            name => OwnCard::NoSuch { name }.in_lang(self.lang),
        };
        let mut card = match (known, self.call.one("name")) {
            (Some(own), _) => own.card,
            (None, None) => return Ok(Err(of(name))),
            (None, Some(whose)) => {
                let mut card = Card::named(&one_line(whose));
                let chat = Address::Xmpp(self.caller.jid.clone()).uri();
                card.set_values(Part::Impp, &[Value { text: chat, kinds: Vec::new() }]);
                card
            }
        };
        for part in Part::ALL {
            let Some(given) = self.call.values.get(part.token()) else { continue };
            let old = card.values(part);
            match self.values_of(part, given, old) {
                Ok(values) => card.set_values(part, &values),
                Err(refused) => return Ok(Err(refused)),
            }
        }
        if let Some(fetched) = self.call.one(FETCHED) {
            let bytes = BASE64_STANDARD.decode(fetched).unwrap_or_default();
            if !card.set_picture(Part::Picture, &bytes) {
                return Ok(Err(OwnCard::NoPicture.in_lang(self.lang)));
            }
        }
        if card.name().is_empty() {
            return Ok(Err(OwnCard::NoName.in_lang(self.lang)));
        }
        let parts = self.call.values.get("fields").map(|given| tokens(given));
        let template = self.call.values.get("template");
        let template = match template.map(|given| given.first()) {
            None => None,
            Some(None) => Some(""),
            Some(Some(given)) => match self.info.templates.find(given) {
                Some(found) => Some(found.name.as_str()),
                None => return Ok(Err(self.no_template(given))),
            },
        };
        match own::set(self.tx, self.world, jid, name, &card).await? {
            Ok(()) => {}
            Err(NotKept::TooMany) => {
                let told = OwnCard::TooMany { max: own::CARDS_MAX };
                return Ok(Err(told.in_lang(self.lang)));
            }
            Err(NotKept::TooLarge) => return Ok(Err(OwnCard::TooLarge.in_lang(self.lang))),
        }
        if let Some(parts) = parts {
            own::set_parts(self.tx, self.world, jid, name, &parts).await?;
        }
        if let Some(template) = template {
            self.tx.set_own_card_template(jid, name, template).await?;
        }
        Ok(Ok(()))
    }

    fn no_template(&self, given: &str) -> String {
        let names: Vec<&str> = self.info.templates.iter().map(|it| it.name.as_str()).collect();
        let given = &shorten(given, 40);
        OwnCard::NoTemplate { given, names: &names.join(", ") }.in_lang(self.lang)
    }

    /// The values that a part has then, if `old` are those it has.
    fn values_of(&self, part: Part, given: &[String], old: Vec<Value>) -> Checked {
        let told = |told: OwnCard<'_>| told.in_lang(self.lang);
        match (part, given.first().map(String::as_str)) {
            (Part::Picture, Some(_)) if self.call.one(FETCHED).is_some() => return Ok(old),
            (Part::Picture | Part::Logo, Some(STAYS)) => return Ok(old),
            (Part::Picture, Some(SENT)) => return Err(told(OwnCard::NoPicture)),
            _ => {}
        }
        let new = read(part, given, &old, self.info.region);
        let new = new.map_err(|bad| bad.in_lang(self.lang))?;
        if part == Part::Name && new.is_empty() {
            return Err(told(OwnCard::NoName));
        }
        let adds = self.call.values.contains_key(ADDS) && is_many(part) && !given.is_empty();
        Ok(if adds { added(part, old, new) } else { new })
    }

    /// Shows the card `name`; with the first, what others there are.
    async fn show_own(&mut self, name: &str) -> Done {
        let all = own::list(self.tx, self.caller.jid.as_str()).await?;
        let found = all.iter().find(|own| own.name == name);
        let mut shown = match found {
            Some(own) => self.shown(own),
            None if name.is_empty() => vec![OwnCard::None.in_lang(self.lang)],
            None => return Ok(self.refuse_own(OwnCard::NoSuch { name })),
        };
        let others: Vec<&str> =
            all.iter().map(|own| own.name.as_str()).filter(|it| !it.is_empty()).collect();
        if name.is_empty() && !others.is_empty() {
            shown.push(OwnCard::Others { names: &others.join(", ") }.in_lang(self.lang));
        }
        Ok((Answer::Done(shown.join("\n")), After::Nothing))
    }

    fn shown(&self, own: &Own) -> Vec<String> {
        let head = match own.name.as_str() {
            "" => OwnCard::First,
            name => OwnCard::Other { name },
        };
        let mut shown = vec![head.in_lang(self.lang)];
        shown.extend(lines(&own.card, self.lang));
        if !own.parts.is_empty() {
            let fields: Vec<&str> =
                own.parts.iter().map(|part| label(*part).in_lang(self.lang)).collect();
            shown.push(OwnCard::Given { fields: &fields.join(", ") }.in_lang(self.lang));
        }
        if !own.template.is_empty() {
            shown.push(OwnCard::Template { name: &own.template }.in_lang(self.lang));
        }
        shown
    }

    /// Shows what is not one's own.
    async fn other_card(&mut self, handle: i64) -> Done {
        let found = self.collected(handle).await?;
        Ok(found.unwrap_or_else(|| self.refuse(&Told::NoSuchNumber { handle })))
    }

    /// Takes a card that was fetched, or is the account's.
    pub(super) async fn card_import(&mut self) -> Done {
        let Some(text) = self.call.one(TEXT) else {
            return Ok(self.refuse_own(OwnCard::NothingToImport));
        };
        let card = match Card::parse(text) {
            Ok(card) => card,
            Err(bad) => return Ok(self.refuse_own(OwnCard::Bad(bad))),
        };
        let jid = self.caller.jid.as_str();
        let has_one = own::get(self.tx, jid, "").await?.is_some();
        let keep = match self.call.one(KEEP) {
            // Whose card it is that the caller's account shows need not be asked.
            None if self.call.one("file").is_none() && !has_one => OWN,
            None => return Ok((Answer::Ask(self.whose(&card, has_one)), After::Nothing)),
            Some(keep) => keep,
        };
        let name = shorten(card.name(), 60);
        if keep == CONTACT {
            return self.collect(&card, &name).await;
        }
        match own::set(self.tx, self.world, jid, "", &card).await? {
            Ok(()) => self.show_own("").await,
            Err(NotKept::TooMany) => Ok(self.refuse_own(OwnCard::TooMany { max: own::CARDS_MAX })),
            Err(NotKept::TooLarge) => Ok(self.refuse_own(OwnCard::TooLarge)),
        }
    }

    fn whose(&self, card: &Card, has_one: bool) -> Question {
        let option = |value: &str, told: OwnCard<'_>| (value.to_owned(), told.in_lang(self.lang));
        let mine = if has_one { OwnCard::MineInstead } else { OwnCard::Mine };
        let name = &shorten(card.name(), 60);
        Question {
            var: KEEP,
            instead_of: String::new(),
            text: OwnCard::WhoseIsIt { name }.in_lang(self.lang),
            options: vec![option(OWN, mine), option(CONTACT, OwnCard::Contact)],
            numbers: Vec::new(),
        }
    }

    async fn collect(&mut self, card: &Card, name: &str) -> Done {
        let added = collected::add(self.tx, self.world, self.caller.jid.as_str(), card).await?;
        Ok(match added {
            Ok(handle) => self.tell_own(OwnCard::Collected { handle, name }),
            Err(NotDone::Card(bad)) => self.refuse_own(OwnCard::Bad(bad)),
            Err(NotDone::NotJoined) => self.refuse_change(&Refusal::NotRegistered),
            Err(NotDone::TooFast { after }) => self.refuse_change(&Refusal::TooFast { after }),
            Err(_) => self.refuse_own(OwnCard::Full { max: collected::CARDS_MAX }),
        })
    }

    fn tell_own(&self, told: OwnCard<'_>) -> (Answer, After) {
        (Answer::Done(told.in_lang(self.lang)), After::Nothing)
    }

    fn refuse_own(&self, told: OwnCard<'_>) -> (Answer, After) {
        (Answer::Refused(told.in_lang(self.lang)), After::Nothing)
    }
}

/// What the form shows of the card `name` of `account`.
///
/// # Errors
/// When the database does not answer.
pub(super) async fn values(tx: &mut Tx, account: &str, name: &str) -> Result<Values> {
    let name = if name.is_empty() { Some(String::new()) } else { own::name(name) };
    let Some(own) = own::get(tx, account, &name.unwrap_or_default()).await? else {
        return Ok(Values::new());
    };
    let mut values = Values::new();
    for part in Part::ALL {
        let shown = own.card.values(part).into_iter().map(|value| match part {
            Part::Picture | Part::Logo if is_inside(&value) => STAYS.to_owned(),
            _ => written(part, &value),
        });
        let shown: Vec<String> = shown.collect();
        if !shown.is_empty() {
            values.insert(part.token(), shown);
        }
    }
    if !own.parts.is_empty() {
        let tokens: Vec<&str> = own.parts.iter().map(|part| part.token()).collect();
        values.insert("fields", vec![tokens.join(" ")]);
    }
    if !own.template.is_empty() {
        values.insert("template", vec![own.template]);
    }
    Ok(values)
}

/// Whether a picture lies in the card itself: then its type stands for it.
fn is_inside(value: &Value) -> bool {
    value.text.starts_with("image/")
}

/// The parts of which these are the tokens.
fn tokens(given: &[String]) -> Vec<Part> {
    given.iter().flat_map(|line| line.split_whitespace()).filter_map(Part::of_token).collect()
}
