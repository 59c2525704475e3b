//! Sharing by words or by form (S0.1, S0.3, S0.4).

use uuid::Uuid;

use super::{
    answer::{After, Answer, Question},
    command::{Context, Done},
    people,
    price::Unclear,
    shared_item::SharedItem,
};
use crate::{
    card::{name::Acquaintances, say_give::Give, submission::submit},
    chat::common_word::is_word,
    db::Result,
    domain::{
        address,
        product::{File, Link},
        recording::Recording,
        refusal::Refusal,
        share::Accepted,
        text::{one_line, shorten},
    },
    invite::say_address::Reach,
    people::say::Say,
    say::{
        command::Told,
        refusal::{self, refused},
    },
    share::{
        history,
        request::{NotTaken, submission},
    },
    wire::{
        addresses::{Address, Addresses},
        file_sharing::FileSharing,
        product::{Offer, Product},
        share::{Item, ProductRef, Send},
    },
};

/// People of one name among whom somebody can choose.
const CHOICES: usize = 9;

impl Context<'_> {
    pub(super) async fn share(&mut self) -> Done {
        let what = self.call.one("what").unwrap_or_default().to_owned();
        let chinese = self.lang == crate::domain::lang::Lang::Zh;
        let thing = match SharedItem::read(&what, Some(&self.info.public_url), chinese) {
            Ok(thing) => thing,
            Err(Unclear::Sign(sign)) => {
                return Ok(self.refuse(&Told::WhichCurrency { sign: &sign }));
            }
            Err(Unclear::Amount(amount)) => {
                return Ok(self.refuse(&Told::WhichAmount { amount: &amount }));
            }
        };
        let addresses = match self.addresses().await? {
            Ok(addresses) => addresses,
            Err(answer) => return Ok((answer, After::Nothing)),
        };
        let (item, shown) = match self.item_of(thing).await? {
            Ok(found) => found,
            Err(answer) => return Ok((answer, After::Nothing)),
        };
        let recording = match self.call.one("voice").map(Recording::at) {
            None => self.caller.recording.as_deref().map(FileSharing::from),
            Some(Ok(recording)) => Some(FileSharing::from(&recording)),
            Some(Err(wrong)) => {
                return Ok(
                    self.refuse(&Told::NoRecording { why: &refused(&wrong.into(), self.lang) })
                );
            }
        };
        let comment = self.call.one("comment").map(str::to_owned);
        let lang = self.lang.code().to_owned();
        let names: Vec<String> = addresses.iter().map(shown_address).collect();
        let send = Send {
            id: None,
            comment: comment.map(|text| (Some(lang), text)),
            items: vec![item],
            files: recording.into_iter().collect(),
            addresses: Addresses { addresses },
        };
        let key = self.key(&names);
        let submission = match submission(send, self.caller.jid.clone(), &key, &self.info.limits) {
            Ok(submission) => submission,
            Err(NotTaken::Request(wrong)) => {
                return Ok(self.refuse(&Told::NotTaken { why: &refused(&wrong, self.lang) }));
            }
            Err(NotTaken::Refusal(refusal)) => return Ok(self.refused(&refusal)),
        };
        let name = submission.products.first().map(|product| product.name(self.lang.code()));
        let shown = shown.or_else(|| name.map(str::to_owned)).unwrap_or_default();
        let submitted = submit(self.tx, self.world, &[submission], 0).await?;
        match submitted.into_iter().next().map(|one| one.answer) {
            Some(Ok(accepted)) => Ok(self.shared(&accepted, &shown, &names)),
            Some(Err(refusal)) => Ok(self.refused(&refusal)),
            None => Ok(self.refused(&Refusal::STORE)),
        }
    }

    fn shared(&self, accepted: &Accepted, what: &str, to: &[String]) -> (Answer, After) {
        let url = format!("{}/s/{}", self.info.public_url, accepted.ref_code);
        let told = Told::Shared {
            handle: accepted.handle,
            what: &shorten(&one_line(what), 120),
            to: &shorten(&to.join(", "), 300),
            code: &accepted.ref_code.shown(),
            url: &url,
        };
        (Answer::Done(told.in_lang(self.lang)), After::Shared)
    }

    pub(super) fn refused(&self, refusal: &Refusal) -> (Answer, After) {
        let say = match refusal {
            Refusal::Barred => Some(Say::Barred),
            Refusal::TooFast { after } => Some(Say::TooFast { after: *after }),
            Refusal::TooManyNumbers { max, after } => {
                Some(Say::TooManyNumbers { max: *max, after: *after })
            }
            Refusal::TooManyRecipients { max } => Some(Say::TooMany { max: *max }),
            _ => None,
        };
        if let Some(say) = say {
            return self.refuse_with(&say);
        }
        let why = refusal::refusal(refusal, self.lang);
        self.refuse(&match refusal {
            Refusal::UnknownRef => Told::NoSuchThing,
            _ => Told::NotTaken { why: &why },
        })
    }

    /// The same for a stanza that comes again, and never the same for another share: some clients
    /// count their ids from one at every start.
    fn key(&self, to: &[String]) -> String {
        let of = |var| self.call.all(var).join("\n");
        self.key_of(&[of("what"), of("picture"), of("comment"), of("voice"), to.join("\n")])
    }

    /// The same of what makes it what it is.
    pub(super) fn key_of(&self, parts: &[String]) -> String {
        if self.caller.key.is_empty() {
            return self.world.chance.uuid(self.world.now).to_string();
        }
        let parts = std::iter::once(&self.caller.key).chain(parts);
        let parts: Vec<String> = parts.map(|it| format!("{}:{it}", it.len())).collect();
        Uuid::new_v5(&Uuid::NAMESPACE_OID, parts.concat().as_bytes()).to_string()
    }

    /// Whom it goes to; or what the caller has to be asked or told first.
    pub(super) async fn addresses(&mut self) -> Result<std::result::Result<Vec<Address>, Answer>> {
        let mut addresses = Vec::new();
        let mut known = None;
        let region = self.info.region;
        let no_number = |given: &str| Answer::Refused(Reach::NoNumber { given }.in_lang(self.lang));
        for value in self.call.all("to") {
            if let Some(address) = people::address(value, region) {
                addresses.push(address);
                continue;
            }
            if people::is_number(value) {
                return Ok(Err(no_number(value)));
            }
            let Some(read) = people::read(value) else {
                return Ok(Err(self.refusal(&Told::NoSuchPerson { name: value })));
            };
            for name in read.all {
                if let Some(address) = people::address(&name, region) {
                    addresses.push(address);
                    continue;
                }
                if people::is_number(&name) {
                    return Ok(Err(no_number(&name)));
                }
                let mut acquainted = match known.take() {
                    Some(acquainted) => acquainted,
                    None => Acquaintances::load(self.tx, &self.caller.jid).await?,
                };
                let is_word = is_word(&name, self.commands);
                let called = acquainted.called(self.tx, self.world, &name, is_word).await?;
                known = Some(acquainted);
                self.read += called.read;
                match (called.meant.as_slice(), called.others.as_slice()) {
                    ([], []) => return Ok(Err(self.refusal(&Told::NoSuchPerson { name: &name }))),
                    ([one], _) => addresses.extend(people::address(one, None)),
                    (several, others) => {
                        let options = several.iter().chain(others).take(CHOICES);
                        return Ok(Err(Answer::Ask(Question {
                            var: "to",
                            instead_of: value.clone(),
                            text: Told::WhoIsMeant { name: &name }.in_lang(self.lang),
                            options: options.map(|it| (it.clone(), shown(it))).collect(),
                            numbers: Vec::new(),
                        })));
                    }
                }
            }
        }
        Ok(Ok(addresses))
    }

    /// What it is on the wire, and how the caller knows it.
    async fn item_of(
        &mut self,
        thing: SharedItem,
    ) -> Result<std::result::Result<(Item, Option<String>), Answer>> {
        let by_code = |code: String| {
            Item::Reference(ProductRef { code: Some(code), ..ProductRef::default() })
        };
        Ok(match thing {
            SharedItem::Code(code) => Ok((by_code(code.to_string()), Some(code.shown()))),
            SharedItem::Handle(handle) => {
                let found = history::item(self.tx, &self.caller.jid, Some(handle)).await?;
                match found.filter(|item| !item.is_revoked) {
                    Some(item) if item.card.is_some() => {
                        Err(Answer::Refused(Give::IsCard { handle }.in_lang(self.lang)))
                    }
                    Some(item) => {
                        let name = item.products.first().map(|it| it.name(self.lang.code()));
                        let name = name.map(str::to_owned);
                        Ok((by_code(item.code.map_or_else(String::new, |it| it.to_string())), name))
                    }
                    None => Err(self.refusal(&Told::NoSuchNumber { handle })),
                }
            }
            SharedItem::New { name, price, link } => {
                let picture = match self.call.one("picture").map(picture_of) {
                    None => self.caller.picture.clone(),
                    Some(Some(picture)) => Some(picture),
                    Some(None) => return Ok(Err(self.refusal(&Told::NoPicture))),
                };
                // What has a page and no name is called as the page's host.
                let name = match (&link, name.is_empty()) {
                    (Some(link), true) => link.host().to_owned(),
                    _ => name,
                };
                let offers = price.map(|price| Offer {
                    availability: None,
                    observed: None,
                    price: price.amount.to_string(),
                    price_currency: price.currency.code().to_owned(),
                    price_valid_until: None,
                    seller: None,
                    url: None,
                });
                let product = Product {
                    names: vec![(Some(self.lang.code().to_owned()), name)],
                    offers: offers.into_iter().collect(),
                    url: link.map(|link| link.as_str().to_owned()),
                    files: picture.iter().map(FileSharing::from).collect(),
                    ..Product::default()
                };
                Ok((Item::Product(Box::new(product)), None))
            }
        })
    }
}

/// As the caller wrote it, without what makes it a URI.
pub(super) fn shown_address(address: &Address) -> String {
    shown(address.jid.as_deref().or(address.uri.as_deref()).unwrap_or_default())
}

fn shown(text: &str) -> String {
    one_line(address::shown(text))
}

/// A picture by its address; none when that is none of a picture.
fn picture_of(url: &str) -> Option<File> {
    let url = Link::parse(url).ok()?;
    let file = File::at(url)?;
    file.media_type.starts_with("image/").then_some(file)
}
