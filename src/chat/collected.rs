//! The cards that somebody has collected: looking through them, changing them, taking them along.

use super::{
    answer::{After, Answer},
    command::{Context, Done},
};
use crate::{
    card::{
        address_book::{self, Filter, Listed},
        browser::{self, Which},
        collected::{self, CARDS_MAX, NotDone, Undone},
        say_collected::{Collected, details, head},
        store::CollectedRow,
        store_address_book::{Cursor, HeadRow},
    },
    db::Result,
    domain::{
        card::{BadCard, Card, Part},
        clock::Millis,
        collected::several,
        refusal::Refusal,
        text::{one_line, shorten},
    },
    say::{card_part, command::Told, refusal::refusal},
};

/// Cards on a page.
const PAGE: usize = 10;
/// The most pages there can be.
const PAGES: i64 = CARDS_MAX / 10;
/// The most groups of cards that may be of one person.
const GROUPS: usize = 20;
/// The most categories that are named.
const LABELS: usize = 100;
/// The most characters of what somebody looked for, when that is repeated to them.
const GIVEN: usize = 60;
/// What removes a part.
const NOTHING: &str = "-";

impl Context<'_> {
    /// A page of them, or those with some words in them.
    pub(super) async fn cards(&mut self) -> Done {
        let given = self.call.one("what").unwrap_or_default().to_owned();
        // More digits are those of a telephone.
        let page = given.parse::<i64>().ok().filter(|page| (1..=PAGES).contains(page));
        if given.is_empty() || page.is_some() {
            return self.page_of_cards(page.unwrap_or(1)).await;
        }
        let jid = self.caller.jid.as_str();
        let start = Cursor::default();
        let found = address_book::list(self.tx, jid, Filter::Words(&given), &start, PAGE).await?;
        self.read += found.read;
        if found.cards.is_empty() {
            let given = &shorten(&given, GIVEN);
            return Ok(self.refuse_collected(&Collected::NotFound(given)));
        }
        let mut lines = self.heads(&found);
        lines.extend(found.next.map(|_| self.tell_collected(&Collected::MoreFound)));
        Ok(done(&lines))
    }

    async fn page_of_cards(&mut self, page: i64) -> Done {
        let jid = self.caller.jid.as_str();
        let mut lines = Vec::new();
        let waiting = address_book::waiting(self.tx, self.world.now, jid).await?;
        if waiting > 0 && page == 1 {
            lines.push(self.tell_collected(&Collected::Waiting(waiting)));
        }
        let Some(from) = address_book::page(self.tx, jid, page, PAGE).await? else {
            return Ok(self.refuse(&Told::NoSuchPage));
        };
        let listed = address_book::list(self.tx, jid, Filter::All, &from, PAGE).await?;
        if listed.cards.is_empty() && lines.is_empty() {
            return Ok(self.refuse_collected(&Collected::Nothing));
        }
        lines.extend(self.heads(&listed));
        if listed.next.is_some() {
            let word = self.call.command.word(self.lang);
            lines.push(Told::NextPage { word, page: page + 1 }.in_lang(self.lang));
        }
        Ok(done(&lines))
    }

    /// Those of a category; without one, the categories.
    pub(super) async fn cards_in(&mut self) -> Done {
        let jid = self.caller.jid.as_str();
        let Some(name) = self.call.one("category") else {
            let all = self.tx.categories(jid).await?;
            if all.is_empty() {
                return Ok(self.refuse_collected(&Collected::NoCategories));
            }
            let all: Vec<String> =
                all.iter().take(LABELS).map(|it| format!("{} ({})", it.label, it.cards)).collect();
            return Ok(done(&[self.tell_collected(&Collected::Categories(&all.join(", ")))]));
        };
        let start = Cursor::default();
        let listed =
            address_book::list(self.tx, jid, Filter::Category(name), &start, 3 * PAGE).await?;
        if listed.cards.is_empty() {
            let name = &shorten(name, GIVEN);
            return Ok(self.refuse_collected(&Collected::NoCategory(name)));
        }
        let mut lines = self.heads(&listed);
        lines.extend(listed.next.map(|_| self.tell_collected(&Collected::MoreFound)));
        Ok(done(&lines))
    }

    /// Those that may be of one person.
    pub(super) async fn cards_same(&mut self) -> Done {
        let groups = address_book::same(self.tx, self.caller.jid.as_str()).await?;
        if groups.is_empty() {
            return Ok(self.refuse_collected(&Collected::NothingSame));
        }
        let mut lines = vec![self.tell_collected(&Collected::Same)];
        for group in groups.iter().take(GROUPS) {
            let [(one, _), (other, _), ..] = &group.cards[..] else { continue };
            let cards: Vec<String> = group
                .cards
                .iter()
                .take(PAGE)
                .map(|(handle, name)| head(*handle, name, "", self.lang))
                .collect();
            let keys: Vec<String> =
                group.keys.iter().take(3).map(|key| shorten(&one_line(key), GIVEN)).collect();
            let (cards, keys) = (cards.join("; "), keys.join("; "));
            lines.push(self.tell_collected(&Collected::SameCards {
                cards: &cards,
                keys: &keys,
                merge: (*one, *other),
            }));
        }
        Ok(done(&lines))
    }

    /// One of them with everything on it; none when the caller has none of this number. Its number
    /// may still be that of an offer.
    pub(super) async fn collected(&mut self, handle: i64) -> Result<Option<(Answer, After)>> {
        let shown = collected::show(self.tx, self.caller.jid.as_str(), handle).await?;
        Ok(shown.map(|(row, card)| done(&self.card_lines(&row, &card))))
    }

    fn card_lines(&self, row: &CollectedRow, card: &Card) -> Vec<String> {
        let name = shorten(&one_line(card.name()), GIVEN);
        let mut lines = vec![head(row.handle, &name, "", self.lang)];
        lines.extend(details(card, self.lang));
        if let Some(who) = &row.giver {
            lines.push(self.tell_collected(&Collected::Giver { who, third: row.third }));
        }
        if row.follows {
            lines.push(self.tell_collected(&Collected::Follows));
        }
        lines.push(self.tell_collected(&Collected::Since(Millis(row.changed_at))));
        lines
    }

    /// Changes a part of one.
    pub(super) async fn edit_card(&mut self) -> Done {
        let handle = self.call.number("number").unwrap_or_default();
        let part = self.call.one("part").and_then(Part::of_token).unwrap_or(Part::Note);
        let value = self.call.one("value").unwrap_or_default().to_owned();
        let label = card_part::label(part).in_lang(self.lang);
        let removes = value.trim() == NOTHING;
        let values = if removes { Vec::new() } else { values(part, &value) };
        if matches!(part, Part::Picture | Part::Logo) && !removes {
            return Ok(self.refuse_collected(&Collected::NotTyped(label)));
        }
        let jid = self.caller.jid.as_str();
        let changed = collected::edit(self.tx, self.world, jid, handle, &[(part, values)]).await?;
        if let Err(why) = changed {
            return Ok(self.not_done(why));
        }
        let shown = collected::show(self.tx, jid, handle).await?;
        let value: Vec<String> = shown
            .iter()
            .flat_map(|(_, card)| card.values(part))
            .map(|it| shorten(&one_line(&it.text), 2 * GIVEN))
            .collect();
        let value = value.join("; ");
        let told = if value.is_empty() {
            Collected::Removed { handle, part: label }
        } else {
            Collected::Edited { handle, part: label, value: &value }
        };
        Ok(done(&[self.tell_collected(&told)]))
    }

    /// Makes one of two.
    pub(super) async fn merge_cards(&mut self) -> Done {
        let handle = self.call.number("number").unwrap_or_default();
        let other = self.call.number("other").unwrap_or_default();
        let jid = self.caller.jid.as_str();
        Ok(match collected::merge(self.tx, self.world, jid, handle, other).await? {
            Ok(handle) => done(&[self.tell_collected(&Collected::Merged { handle, other })]),
            Err(why) => self.not_done(why),
        })
    }

    /// Undoes the last change or deletion.
    pub(super) async fn undo(&mut self) -> Done {
        let handle = self.call.number("number");
        let jid = self.caller.jid.as_str();
        let told = match collected::undo(self.tx, self.world, jid, handle).await? {
            Ok(Undone::Change(handle)) => Collected::ChangeUndone(handle),
            Ok(Undone::Deletion(handle)) => Collected::DeletionUndone(handle),
            Ok(Undone::Merge(one, other)) => Collected::MergeUndone(one, other),
            Err(why) => return Ok(self.not_done(why)),
        };
        Ok(done(&[self.tell_collected(&told)]))
    }

    /// Gives links to files: of all, of a category, or of one.
    pub(super) async fn export_cards(&mut self) -> Done {
        let jid = self.caller.jid.as_str();
        let given = self.call.one("which").unwrap_or_default().to_owned();
        let number = given.trim_start_matches(['#', '＃']).parse::<i64>();
        let which = match number {
            _ if given.is_empty() => Which::All,
            Ok(handle) => {
                if collected::show(self.tx, jid, handle).await?.is_none() {
                    return Ok(self.refuse_collected(&Collected::NoSuch(handle)));
                }
                Which::One(handle)
            }
            Err(_) => Which::Category(given.clone()),
        };
        let start = Cursor::default();
        let filter = match &which {
            Which::All => Some(Filter::All),
            Which::Category(_) => Some(Filter::Category(&given)),
            Which::One(_) => None,
        };
        if let Some(filter) = filter
            && address_book::list(self.tx, jid, filter, &start, 1).await?.cards.is_empty()
        {
            let told = match filter {
                Filter::All => Collected::Nothing,
                _ => Collected::NoCategory(&shorten(&given, GIVEN)),
            };
            return Ok(self.refuse_collected(&told));
        }
        let token = browser::file(self.tx, self.world, jid, &which).await?;
        let url = format!("{}/a/{token}", self.info.public_url);
        Ok(done(&[self.tell_collected(&Collected::Exported(&url))]))
    }

    /// Gives a link that opens them in a browser.
    pub(super) async fn link_cards(&mut self) -> Done {
        let token = browser::link(self.tx, self.world, self.caller.jid.as_str()).await?;
        let url = format!("{}/a/{token}", self.info.public_url);
        Ok(done(&[self.tell_collected(&Collected::Link(&url))]))
    }

    fn heads(&self, listed: &Listed) -> Vec<String> {
        let line = |it: &HeadRow| head(it.handle, &it.name, &it.organisation, self.lang);
        listed.cards.iter().map(line).collect()
    }

    fn not_done(&self, why: NotDone) -> (Answer, After) {
        let told = match why {
            NotDone::NotJoined => return self.refuse_change(&Refusal::NotRegistered),
            NotDone::TooFast { after } => return self.refuse_change(&Refusal::TooFast { after }),
            NotDone::Full => Collected::Full(CARDS_MAX),
            NotDone::NoSuch(handle) => Collected::NoSuch(handle),
            NotDone::Same(handle) => Collected::OneCard(handle),
            NotDone::NothingToUndo => Collected::NothingToUndo,
            NotDone::NoValue(part) => Collected::NoValue(card_part::label(part).in_lang(self.lang)),
            NotDone::Card(BadCard::TooLarge | BadCard::TooMany) => Collected::TooLarge,
            NotDone::Card(_) => Collected::NoCard,
        };
        self.refuse_collected(&told)
    }

    pub(super) fn refuse_change(&self, why: &Refusal) -> (Answer, After) {
        (Answer::Refused(refusal(why, self.lang)), After::Nothing)
    }

    fn tell_collected(&self, told: &Collected<'_>) -> String {
        told.in_lang(self.lang)
    }

    fn refuse_collected(&self, told: &Collected<'_>) -> (Answer, After) {
        (Answer::Refused(self.tell_collected(told)), After::Nothing)
    }
}

/// What somebody typed for a part: several numbers or addresses stand in one line.
fn values(part: Part, text: &str) -> Vec<String> {
    match part {
        Part::Phone | Part::Fax | Part::Mail | Part::Impp | Part::Categories => several(text),
        Part::Url => text.split_whitespace().map(str::to_owned).collect(),
        Part::Note => vec![text.to_owned()],
        _ => text.lines().map(one_line).collect(),
    }
}

fn done(lines: &[String]) -> (Answer, After) {
    (Answer::Done(lines.join("\n")), After::Nothing)
}
