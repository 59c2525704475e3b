//! What somebody sent and was sent: list, more, find; and what their own shares have come to.

use super::{
    answer::{After, Answer},
    command::{Context, Done},
};
use crate::{
    card::{revocation, say_inbox::Tray},
    db::Result,
    domain::{
        address,
        id::RefCode,
        lang::Lang,
        product::{Localized, Product},
        progress::Progress,
        refusal::Refusal,
        text::{one_line, own_line, shorten},
    },
    say::{command::Told, texts::Text, voice::who},
    share::{
        history::{self, Item, Person},
        page, saved, say_recording, status,
    },
};

/// Things on a page of the list, and the most that are found.
const PAGE: i64 = 10;
/// The most characters of a name in a list.
const NAME: usize = 60;
/// The most lines about one thing, and the most recipients that are named.
const LINES: usize = 30;

impl Context<'_> {
    pub(super) async fn list(&mut self) -> Done {
        let page = self.call.number("page").unwrap_or(1);
        let skip = (page - 1).saturating_mul(PAGE);
        let mut items = history::list(self.tx, &self.caller.jid, skip, PAGE + 1).await?;
        let has_more = items.len() > 10;
        items.truncate(10);
        if items.is_empty() {
            let told = if page == 1 { Told::NothingYet } else { Told::NoSuchPage };
            return Ok(self.refuse(&told));
        }
        let mut lines: Vec<String> = items.iter().map(|item| line(item, self.lang)).collect();
        if has_more {
            let word = self.call.command.word(self.lang);
            lines.push(Told::NextPage { word, page: page + 1 }.in_lang(self.lang));
        }
        Ok(done(&lines))
    }

    pub(super) async fn find(&mut self) -> Done {
        let words = self.call.one("words").unwrap_or_default();
        let (items, read) = history::find(self.tx, &self.caller.jid, words, 10).await?;
        self.read += read;
        if items.is_empty() {
            return Ok(self.refuse(&Told::NothingFound { words: &shorten(words, NAME) }));
        }
        let lines: Vec<String> = items.iter().map(|item| line(item, self.lang)).collect();
        Ok(done(&lines))
    }

    pub(super) async fn more(&mut self) -> Done {
        let handle = self.call.number("number");
        let Some(item) = history::item(self.tx, &self.caller.jid, handle).await? else {
            let told = handle.map_or(Told::NothingYet, |handle| Told::NoSuchNumber { handle });
            return Ok(self.refuse(&told));
        };
        let mut lines = vec![line(&item, self.lang)];
        if let Some(comment) = &item.comment {
            lines.push(format!("“{}”", shorten(&one_line(&comment.text), 500)));
        }
        lines.extend(item.recording.iter().map(|it| say_recording::line(it, self.lang)));
        lines.extend(item.products.iter().flat_map(|product| details(product, self.lang)));
        lines.truncate(LINES);
        lines.extend(item.code.filter(|_| !item.is_revoked).map(|code| self.page_of(code)));
        if item.to.is_some() {
            lines.extend(self.stands(&item).await?);
        }
        Ok(done(&lines))
    }

    pub(super) async fn save(&mut self) -> Done {
        let handle = self.call.number("number").unwrap_or_default();
        if let Some(done) = self.save_card(handle).await? {
            return Ok(done);
        }
        let Some(item) = history::item(self.tx, &self.caller.jid, Some(handle)).await? else {
            return Ok(self.refuse(&Told::NoSuchNumber { handle }));
        };
        let Some(token) = saved::save(self.tx, self.world, &self.caller.jid, &item).await? else {
            return Ok(self.refuse(&Told::NothingToSave { handle }));
        };
        let first = item.products.first();
        let what = match (first, item.products.len()) {
            (Some(first), 1) => shorten(first.name(self.lang.code()), NAME),
            (Some(first), n) => {
                format!("{} +{}", shorten(first.name(self.lang.code()), NAME), n - 1)
            }
            (None, _) if item.is_revoked => Told::WasRevoked.in_lang(self.lang),
            // A card that they gave.
            (None, _) => what(&item, self.lang),
        };
        let url = format!("{}/k/{token}", self.info.public_url);
        let told = Told::Saved { handle, what: &what, url: &url };
        Ok((Answer::Done(told.in_lang(self.lang)), After::Nothing))
    }

    pub(super) async fn status(&mut self) -> Done {
        match self.own().await? {
            Ok(item) => {
                let mut lines = vec![line(&item, self.lang)];
                lines.extend(self.stands(&item).await?);
                Ok(done(&lines))
            }
            Err(answer) => Ok((answer, After::Nothing)),
        }
    }

    pub(super) async fn revoke(&mut self) -> Done {
        let item = match self.own().await? {
            Ok(item) => item,
            Err(answer) => return Ok((answer, After::Nothing)),
        };
        revocation::revoke(self.tx, self.world, &self.caller.jid, item.share).await?;
        let name = what(&item, self.lang);
        let told = Told::Revoked { handle: item.handle, what: &name };
        Ok((Answer::Done(told.in_lang(self.lang).trim_end().to_owned()), After::Nothing))
    }

    pub(super) async fn lookup(&mut self) -> Done {
        let code = self.call.one("code").and_then(RefCode::parse);
        let limits = &self.world.rules.limits;
        let found = page::lookup(self.tx, self.world.now, limits, &self.caller.jid, code).await?;
        let page = match found {
            Ok(page) => page,
            Err(refusal @ Refusal::TooFast { .. }) => return Ok(self.refused(&refusal)),
            Err(_) => return Ok(self.refuse(&Told::NoSuchThing)),
        };
        let mut lines = Vec::new();
        for product in &page.products {
            lines.push(own_line(&name(product, self.lang)));
            lines.extend(details(product, self.lang));
        }
        lines.truncate(LINES);
        lines.extend(code.map(|code| self.page_of(code)));
        Ok(done(&lines))
    }

    /// What the caller sent, by the number they gave.
    async fn own(&mut self) -> Result<std::result::Result<Item, Answer>> {
        let handle = self.call.number("number").unwrap_or_default();
        let item = history::item(self.tx, &self.caller.jid, Some(handle)).await?;
        Ok(match item {
            Some(item) if item.from.is_none() => Ok(item),
            Some(_) => Err(self.refusal(&Told::NotYours { handle })),
            None => Err(self.refusal(&Told::NoSuchNumber { handle })),
        })
    }

    /// How far it has come, a line for each recipient.
    async fn stands(&mut self, item: &Item) -> Result<Vec<String>> {
        let now = self.world.now;
        let stands = status::status(self.tx, now, &self.caller.jid, item.share).await?;
        let stands = stands.unwrap_or_default();
        let more = stands.len().saturating_sub(LINES);
        let is_card = item.card.is_some();
        let shown = stands.iter().take(LINES).map(|stand| {
            let (to, progress, since) = (stand.to.shown(), stand.progress, stand.since);
            match progress {
                Progress::Answered if stand.is_taken => {
                    Tray::IsTaken { to, since }.in_lang(self.lang)
                }
                Progress::Delivered if is_card => {
                    Tray::NoAnswerYet { to, since }.in_lang(self.lang)
                }
                _ => Told::Stands { to, progress, since }.in_lang(self.lang),
            }
        });
        let mut lines: Vec<String> = shown.collect();
        if more > 0 {
            lines.push(Told::AndMorePeople(more).in_lang(self.lang));
        }
        Ok(lines)
    }

    fn page_of(&self, code: RefCode) -> String {
        format!("{}/s/{code}", self.info.public_url)
    }
}

fn done(lines: &[String]) -> (Answer, After) {
    (Answer::Done(lines.join("\n")), After::Nothing)
}

/// `#12 Silver goblet, EUR 24.90 – to romeo@montague.lit and 2 more`
fn line(item: &Item, lang: Lang) -> String {
    let what = if item.is_revoked { Told::WasRevoked.in_lang(lang) } else { what(item, lang) };
    let with = match (&item.from, &item.to) {
        (Some(Person { jid, nick }), _) => {
            Told::From { who: &who(nick.as_deref(), jid) }.in_lang(lang)
        }
        (None, Some((to, all))) => {
            Told::To { who: address::shown(to), more: all - 1 }.in_lang(lang)
        }
        (None, None) => String::new(),
    };
    format!("#{} {what}{with}", item.handle)
}

/// What it is: a card, or products.
fn what(item: &Item, lang: Lang) -> String {
    match &item.card {
        Some(card) => Text::Card { name: &shorten(&one_line(card.name()), NAME) }.in_lang(lang),
        None => names(&item.products, lang),
    }
}

fn names(products: &[Product], lang: Lang) -> String {
    let names: Vec<String> = products.iter().take(3).map(|product| name(product, lang)).collect();
    let more = products.len().saturating_sub(3);
    let more = if more > 0 { format!(" +{more}") } else { String::new() };
    names.join("; ") + &more
}

fn name(product: &Product, lang: Lang) -> String {
    let name = shorten(&one_line(product.name(lang.code())), NAME);
    match product.offers.first() {
        Some(offer) => format!("{name}, {}", offer.price),
        None => name,
    }
}

/// Everything about a product but its name, a line each.
fn details(product: &Product, lang: Lang) -> Vec<String> {
    let mut lines = Vec::new();
    let best = |of: &[Localized]| {
        Localized::best(of, lang.code()).map(|best| shorten(&one_line(&best.text), 300))
    };
    lines.extend(best(&product.descriptions).map(|text| own_line(&text)));
    let mut tell = |label: Told<'_>, value: Option<String>| {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            lines.push(Told::Pair { label: &label.in_lang(lang), value: &value }.in_lang(lang));
        }
    };
    tell(Told::Brand, product.brand.clone());
    tell(Told::Category, best(&product.categories));
    tell(Told::Colour, best(&product.colors));
    tell(Told::Origin, product.country_of_origin.map(|it| it.code().to_owned()));
    tell(Told::Gtin, product.gtins.first().map(|it| it.as_str().to_owned()));
    tell(
        Told::Rating,
        product.rating.as_ref().map(|rating| {
            let best = rating.best.map_or_else(|| "5".to_owned(), |best| best.to_string());
            let count = rating.count.map(|count| format!(" ({count})")).unwrap_or_default();
            format!("{} / {best}{count}", rating.value)
        }),
    );
    for property in product.properties.iter().take(LINES) {
        let unit = property.unit.as_ref().map(|unit| format!(" {unit}")).unwrap_or_default();
        let (label, value) = (one_line(&property.name), one_line(&property.value) + &unit);
        lines.push(Told::Pair { label: &label, value: &value }.in_lang(lang));
    }
    for offer in product.offers.iter().take(LINES) {
        let seller =
            offer.seller.clone().or_else(|| offer.url.as_ref().map(|url| url.host().to_owned()));
        if let Some(seller) = seller {
            let value = format!("{} – {}", offer.price, one_line(&seller));
            let label = Told::Sold.in_lang(lang);
            lines.push(Told::Pair { label: &label, value: &value }.in_lang(lang));
        }
    }
    lines.extend(product.url.as_ref().map(|url| url.as_str().to_owned()));
    lines
}
