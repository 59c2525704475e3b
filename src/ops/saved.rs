//! What somebody keeps of a share, by a link that only he knows (S0.9). Nothing is stored twice:
//! the link leads to the share, and what it shows is put together when it is followed.

use std::{collections::HashMap, time::Duration};

use jid::BareJid;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{World, export, picture::of_products, shelf::Item, typed::Typed};
use crate::{
    domain::{
        address::Address,
        clock::Millis,
        export::Export,
        id::{DeliveryId, RefCode, ShareId},
        lang::Lang,
        note::{Kind, Note},
        product::Localized,
        saved::{Conversation, Party, Reaction, Saved, Saying, Token},
        share::{Page, Stored},
    },
    store::{
        account::Account,
        db::{Result, Tx},
        delivery::DeliveryRow,
        saved::{SaidRow, SavedRow},
        share::ShareRow,
    },
    wire::product::{read_products, read_recording},
};

/// How long a link works.
pub const LIFE: Duration = Duration::from_hours(7 * 24);
/// The most links of one account that work at one time; the oldest goes for a new one.
pub const OPEN: i64 = 20;
/// The most notes that are kept, the latest ones.
const NOTES: usize = 5000;

/// What a link leads to.
#[derive(Debug, Clone)]
pub enum SavedAnswer {
    /// What is kept.
    Found(Box<Saved>),
    /// All that its owner has.
    All(Box<Export>),
    /// Its sender has taken it back.
    Revoked,
    /// Its owner has left.
    Left,
    /// Never given out, or over.
    Unknown,
}

/// Makes a link for `owner` to what he knows as `item`; none when its sender has taken it back,
/// who keeps what he said himself all the same.
///
/// # Errors
/// When the database does not answer.
pub async fn save(
    tx: &mut Tx,
    world: &World,
    owner: &BareJid,
    item: &Item,
) -> Result<Option<Token>> {
    let about = if item.from.is_none() {
        None
    } else {
        let all = tx.conversations(item.share).await?;
        let own = all.into_iter().find(|row| row.rcpt == owner.as_str());
        let Some(own) = own.filter(|_| !item.is_revoked) else { return Ok(None) };
        Some(own.id)
    };
    let token = Token::from_random(world.chance.bits(), world.chance.bits());
    tx.keep_saved(owner.as_str(), OPEN - 1).await?;
    let row = SavedRow {
        hash: hash(token),
        account: owner.to_string(),
        share_id: item.share.0,
        about,
        expires_at: world.now.after(LIFE).0,
    };
    tx.insert_saved(&row).await?;
    Ok(Some(token))
}

/// Follows a link; with pictures of ours, if `pictures` are fetched.
///
/// # Errors
/// When the database does not answer.
pub async fn open(tx: &mut Tx, now: Millis, token: Token, pictures: bool) -> Result<SavedAnswer> {
    let Some(link) = tx.saved(&hash(token)).await? else {
        return export::open(tx, now, token).await;
    };
    let account = tx.account(&link.account).await?.filter(|_| link.expires_at > now.0);
    let Some(account) = account else { return Ok(SavedAnswer::Unknown) };
    let (share, about) = (ShareId(link.share_id), link.about.map(DeliveryId));
    let Some(mut saved) = read(tx, now, &account, share, about).await? else {
        return Ok(SavedAnswer::Revoked);
    };
    if pictures {
        saved.page.pictures = of_products(tx, &saved.page.products).await?;
    }
    Ok(SavedAnswer::Found(Box::new(saved)))
}

/// A share with what was said about it in all conversations, or in `about`, as `account`, which
/// takes part in it, may know it. None when its sender has taken it back, who keeps it himself.
///
/// # Errors
/// When the database does not answer.
pub(super) async fn read(
    tx: &mut Tx,
    now: Millis,
    account: &Account,
    share: ShareId,
    about: Option<DeliveryId>,
) -> Result<Option<Saved>> {
    let row = tx.shares(&[share]).await?.pop();
    let Some(row) = row.filter(|row| row.revoked_at.is_none() || about.is_none()) else {
        return Ok(None);
    };
    let mut between = tx.conversations(share).await?;
    between.retain(|row| about.is_none_or(|about| about.0 == row.id));
    let handle = match (about, between.first()) {
        (Some(_), Some(own)) => own.handle,
        _ => row.handle,
    };
    let Some(page) = page_of(&row) else { return Ok(None) };
    let most = i64::try_from(NOTES).unwrap_or(i64::MAX);
    let mut said = tx.said(share, about, most + 1).await?;
    let is_cut = said.len() > NOTES;
    said.truncate(NOTES);
    said.reverse();
    let sender = Party { address: row.sender, nick: row.sender_nick };
    let ids: Vec<DeliveryId> = between.iter().map(|with| DeliveryId(with.id)).collect();
    let typed = if about.is_none() { Typed::load(tx, &ids).await? } else { Typed::default() };
    let conversations = between
        .iter()
        .map(|with| {
            let said = said.iter().filter(|it| it.delivery.about().0 == with.id);
            conversation(said, with, &account.jid, &sender, typed.get(DeliveryId(with.id)))
        })
        .collect();
    Ok(Some(Saved {
        lang: Lang::of(&account.lang).unwrap_or_default(),
        handle,
        page,
        is_own: about.is_none(),
        sender,
        conversations,
        is_cut,
        written: now,
    }))
}

/// The database keeps only this, so who reads it has no links.
pub(super) fn hash(token: Token) -> Vec<u8> {
    Sha256::digest(token.to_string()).to_vec()
}

fn page_of(row: &ShareRow) -> Option<Page> {
    let lang = row.comment_lang.clone();
    Some(Page {
        ref_code: RefCode::parse(&row.ref_code)?,
        sender_nick: row.sender_nick.clone(),
        comment: row.comment.clone().map(|text| Localized { lang, text }),
        recording: row.recording.as_deref().and_then(read_recording),
        products: read_products(&row.products)?,
        accepted: Millis(row.accepted_at),
        expires: Millis(row.expires_at),
        pictures: Stored::new(),
    })
}

/// What was said in one conversation, as `owner`, who is one of the two, knows it.
fn conversation<'a>(
    said: impl Iterator<Item = &'a SaidRow>,
    with: &DeliveryRow,
    owner: &str,
    sender: &Party,
    typed: Option<&str>,
) -> Conversation {
    let mut talk = Talk::default();
    let mut nick = None;
    for row in said {
        let (_, mut note) = row.note.clone().note();
        if let Some(typed) = typed.filter(|_| note.author == with.rcpt && note.author != owner) {
            (note.author, note.author_nick) = (shown(typed), None);
        } else if note.author == with.rcpt {
            nick.clone_from(&note.author_nick);
        }
        // He keeps what he said, and of the other what may have reached him.
        if note.author == owner || row.delivery.delivery().may_have_arrived() {
            talk.take(row.delivery.id, note, owner);
        }
    }
    let with = if with.rcpt == owner && sender.address != owner {
        sender.clone()
    } else {
        Party { address: shown(typed.unwrap_or(&with.rcpt)), nick }
    };
    let mut said = talk.said;
    said.retain(|entry| !entry.is_retracted);
    let said = said.into_iter().map(|entry| entry.saying).collect();
    Conversation { with, said, reactions: talk.reactions }
}

fn shown(address: &str) -> String {
    Address::parse(address).map_or_else(|_| address.to_owned(), |it| it.shown().to_owned())
}

/// A conversation on its way from notes to what they left.
#[derive(Default)]
struct Talk {
    said: Vec<Entry>,
    /// Where each message is, by the name of its delivery.
    places: HashMap<Uuid, usize>,
    reactions: Vec<Reaction>,
}

struct Entry {
    /// The id by which its author's client knows it.
    stanza_id: String,
    saying: Saying,
    is_retracted: bool,
}

impl Talk {
    fn take(&mut self, delivery: Uuid, note: Note, owner: &str) {
        let by = Party { address: note.author.clone(), nick: note.author_nick.clone() };
        let target = self.target(&note);
        match note.kind {
            Kind::Words => {}
            Kind::Correction => {
                // Without a reference (the reader's client may lack the message) it is the last
                // thing that its author said which it corrects (XEP-0308).
                let last = || self.said.iter().rposition(|it| it.saying.by.address == note.author);
                if let Some(place) = target.or_else(last)
                    && let Some(entry) = self.said.get_mut(place)
                {
                    self.places.insert(delivery, place);
                    entry.is_retracted |= note.is_retracted();
                    entry.saying.is_corrected = true;
                    entry.saying.text = Localized { lang: note.lang, text: note.text };
                    entry.saying.recording = None;
                    if !note.products.is_empty() {
                        entry.saying.products = read_products(&note.products).unwrap_or_default();
                    }
                    return;
                }
            }
            Kind::Reaction => {
                let entry = target.and_then(|place| self.said.get_mut(place));
                let reactions = entry.map_or(&mut self.reactions, |it| &mut it.saying.reactions);
                reactions.retain(|it| it.by.address != by.address);
                if !note.text.is_empty() {
                    reactions.push(Reaction { by, emoji: note.text });
                }
                return;
            }
            // What it retracts is empty, and who has only joined has said nothing.
            Kind::Retraction | Kind::Joined => return,
        }
        self.places.insert(delivery, self.said.len());
        self.said.push(Entry {
            is_retracted: note.is_retracted(),
            stanza_id: note.stanza_id,
            saying: Saying {
                is_own: note.author == owner,
                by,
                at: note.said,
                text: Localized { lang: note.lang, text: note.text },
                recording: note.recording.as_deref().and_then(read_recording),
                products: read_products(&note.products).unwrap_or_default(),
                is_corrected: note.kind == Kind::Correction,
                reactions: Vec::new(),
            },
        });
    }

    /// The message that a note refers to.
    fn target(&self, note: &Note) -> Option<usize> {
        let refers = note.refers.as_ref()?;
        if refers.is_own {
            // Of the reader, who is not the note's author.
            let is_it =
                |it: &Entry| it.stanza_id == refers.id && it.saying.by.address != note.author;
            return self.said.iter().rposition(is_it);
        }
        self.places.get(&Uuid::try_parse(&refers.id).ok()?).copied()
    }
}
