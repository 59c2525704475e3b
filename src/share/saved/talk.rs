//! What was said in the conversations about a share, as one of the two knows it. First only where
//! each thing is kept, which takes few bytes however much was said; then some of it at a time.

use std::collections::HashMap;

use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::{
    db::{Result, Tx},
    domain::{
        address::shown,
        id::{DeliveryId, ShareId},
        note::{Kind, Note, NoteNo},
        product::Localized,
        saved::{Alias, Conversation, Mark, Party, Reaction, Saved, Saying},
    },
    outbox::{store::DeliveryRow, store_note::NoteRow},
    people::address::Typed,
    share::store_saved::SaidRow,
    wire::product::read::{read_products, read_recording},
};

/// The most notes that are kept, the latest ones.
const NOTES: usize = 5000;
/// Rows that are read at a time.
const AT_ONCE: i64 = 500;
/// The most that is read at a time: things said, and bytes of them, of which the last may be over.
const SOME: usize = 50;
const SOME_BYTES: usize = 32 * 1024;

/// How many of `marks` are read at a time: one or more, if there are any.
#[must_use]
pub(crate) fn some(marks: &[Mark]) -> usize {
    let mut bytes = 0;
    let fits = |mark: &&Mark| {
        let is_room = bytes < SOME_BYTES;
        bytes += mark.bytes;
        is_room
    };
    marks.iter().take(SOME).take_while(fits).count()
}

/// What stands at `marks` of a conversation in `saved`. What was erased meanwhile is left out, and
/// what has changed is as it is now.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn said(
    tx: &mut Tx,
    saved: &Saved,
    talk: &Conversation,
    marks: &[Mark],
) -> Result<Vec<Saying>> {
    let mut wanted: Vec<NoteNo> = Vec::new();
    for mark in marks {
        wanted.extend([mark.first, mark.words, mark.products]);
        wanted.extend(&mark.reactions);
    }
    wanted.sort_unstable();
    wanted.dedup();
    let rows = tx.notes(&wanted).await?;
    let notes: HashMap<NoteNo, Note> = rows.into_iter().map(NoteRow::note).collect();
    let saying = |mark: &Mark| {
        let (first, words) = (notes.get(&mark.first)?, notes.get(&mark.words)?);
        let products = notes.get(&mark.products).map(|note| note.products.as_str());
        let reactions = mark.reactions.iter().filter_map(|no| notes.get(no));
        Some(Saying {
            is_own: first.author == saved.owner,
            by: party(talk.alias.as_ref(), first),
            at: first.said,
            text: Localized { lang: words.lang.clone(), text: words.text.clone() },
            recording: Some(first)
                .filter(|_| mark.is_spoken)
                .and_then(|note| read_recording(note.recording.as_deref()?)),
            products: products.and_then(read_products).unwrap_or_default(),
            is_corrected: mark.is_corrected,
            reactions: reactions.map(|note| reaction(talk.alias.as_ref(), note)).collect(),
        })
    };
    Ok(marks.iter().filter_map(saying).collect())
}

/// The conversations of a share with those of `between`, and whether these are all notes.
pub(super) async fn outline(
    tx: &mut Tx,
    share: ShareId,
    about: Option<DeliveryId>,
    between: &[DeliveryRow],
    owner: &str,
    sender: &Party,
) -> Result<(Vec<Conversation>, bool)> {
    let (heard, are_all) = heard(tx, share, about).await?;
    let ids: Vec<DeliveryId> = between.iter().map(|with| DeliveryId(with.id)).collect();
    let typed = if about.is_none() { Typed::load(tx, &ids).await? } else { Typed::default() };
    let mut conversations = Vec::with_capacity(between.len());
    for with in between {
        let typed = typed.get(DeliveryId(with.id));
        let said = heard.all.iter().filter(|it| it.about == with.id);
        let mut talk = Talk::default();
        let mut nick = None;
        let is_author = |it: &Heard, who: &str| heard.author(it) == Some(who);
        for it in said {
            let is_hidden = typed.is_some() && !is_author(it, owner);
            if is_author(it, &with.rcpt) && !is_hidden {
                nick = it.nick.as_deref();
            }
            // The owner keeps what they said, and what the other said as far as it may have reached
            // them.
            if is_author(it, owner) || it.may_have_arrived {
                talk.take(it);
            }
        }
        let alias = typed.filter(|_| with.rcpt != owner);
        let alias =
            alias.map(|typed| Alias { address: with.rcpt.clone(), shown: shown(typed).to_owned() });
        let reactions = tx.notes(&talk.reactions.iter().map(|it| it.1).collect::<Vec<_>>()).await?;
        let mut reactions: Vec<(NoteNo, Note)> = reactions.into_iter().map(NoteRow::note).collect();
        let place = |no: NoteNo| talk.reactions.iter().position(|it| it.1 == no);
        reactions.sort_by_key(|(no, _)| place(*no));
        let reactions = reactions.iter().map(|(_, note)| reaction(alias.as_ref(), note)).collect();
        let with = if with.rcpt == owner && sender.address != owner {
            sender.clone()
        } else {
            let nick = nick.map(str::to_owned);
            Party { address: shown(typed.unwrap_or(&with.rcpt)).to_owned(), nick }
        };
        let said = talk.said.into_iter().filter(|it| !it.is_retracted);
        let said = said.map(|it| it.mark).collect();
        conversations.push(Conversation { with, alias, said, reactions });
    }
    Ok((conversations, are_all))
}

fn reaction(alias: Option<&Alias>, note: &Note) -> Reaction {
    Reaction { by: party(alias, note), emoji: note.text.clone() }
}

/// Who said it, as the other knows them.
fn party(alias: Option<&Alias>, note: &Note) -> Party {
    match alias.filter(|alias| alias.address == note.author) {
        Some(alias) => Party { address: alias.shown.clone(), nick: None },
        None => Party { address: note.author.clone(), nick: note.author_nick.clone() },
    }
}

/// A note, without what it says.
struct Heard {
    /// Its conversation.
    about: Uuid,
    delivery: Uuid,
    may_have_arrived: bool,
    no: NoteNo,
    /// Its place among the authors.
    author: usize,
    nick: Option<String>,
    stanza: Id,
    kind: Kind,
    refers: Option<Refers>,
    is_spoken: bool,
    has_products: bool,
    bytes: usize,
}

/// What a note refers to.
enum Refers {
    /// A message of the reader, who is not the note's author.
    Own(Id),
    /// A message of ours; none when it is not one.
    Ours(Option<Uuid>),
}

/// The id of somebody's client, which may be long, by its hash.
type Id = [u8; 16];

fn id(text: &str) -> Id {
    let mut id = Id::default();
    id.iter_mut().zip(Sha256::digest(text)).for_each(|(to, from)| *to = from);
    id
}

/// The latest notes, in their order.
struct HeardAll {
    all: Vec<Heard>,
    authors: Vec<String>,
}

impl HeardAll {
    fn author(&self, it: &Heard) -> Option<&str> {
        self.authors.get(it.author).map(String::as_str)
    }

    fn push(&mut self, row: SaidRow) {
        let known = self.authors.iter().position(|it| *it == row.author);
        let author = known.unwrap_or_else(|| {
            self.authors.push(row.author.clone());
            self.authors.len() - 1
        });
        let kind = Kind::from_code(row.kind).unwrap_or_default();
        let is_own = row.refers_own;
        let refers = row.refers.map(|it| {
            if is_own { Refers::Own(id(&it)) } else { Refers::Ours(Uuid::try_parse(&it).ok()) }
        });
        let bytes = row.words + row.spoken + row.products;
        self.all.push(Heard {
            about: row.delivery.about().0,
            delivery: row.delivery.id,
            may_have_arrived: row.delivery.delivery().may_have_arrived(),
            no: NoteNo(row.no),
            author,
            nick: row.author_nick,
            stanza: id(&row.stanza_id),
            kind,
            refers,
            is_spoken: row.spoken > 0,
            has_products: row.products > 0,
            bytes: usize::try_from(bytes).unwrap_or(usize::MAX),
        });
    }
}

async fn heard(tx: &mut Tx, share: ShareId, about: Option<DeliveryId>) -> Result<(HeardAll, bool)> {
    let mut heard = HeardAll { all: Vec::new(), authors: Vec::new() };
    let mut below = (NoteNo(i64::MAX), DeliveryId(Uuid::max()));
    let mut are_all = true;
    loop {
        let rows = tx.said(share, about, below, AT_ONCE).await?;
        let is_last = i64::try_from(rows.len()).is_ok_and(|n| n < AT_ONCE);
        for row in rows {
            if heard.all.len() == NOTES {
                are_all = false;
                break;
            }
            below = (NoteNo(row.no), DeliveryId(row.delivery.id));
            heard.push(row);
        }
        if is_last || !are_all {
            heard.all.reverse();
            return Ok((heard, are_all));
        }
    }
}

/// A conversation on its way from notes to what they left.
#[derive(Default)]
struct Talk {
    said: Vec<Entry>,
    /// Where each message is, by the name of its delivery.
    places: HashMap<Uuid, usize>,
    /// To the share itself, or to something that is not known: who, and with which note.
    reactions: Vec<(usize, NoteNo)>,
}

struct Entry {
    author: usize,
    stanza: Id,
    mark: Mark,
    /// The authors of its reactions.
    reacted: Vec<usize>,
    is_retracted: bool,
}

impl Talk {
    fn take(&mut self, note: &Heard) {
        let target = self.target(note);
        let is_retracted = matches!(note.kind, Kind::Words | Kind::Correction) && note.bytes == 0;
        match note.kind {
            Kind::Words => {}
            Kind::Correction => {
                // Without a reference (the reader's client may lack the message) it is the last
                // thing that its author said which it corrects (XEP-0308).
                let last = || self.said.iter().rposition(|it| it.author == note.author);
                if let Some(place) = target.or_else(last)
                    && let Some(entry) = self.said.get_mut(place)
                {
                    self.places.insert(note.delivery, place);
                    entry.is_retracted |= is_retracted;
                    let mark = &mut entry.mark;
                    (mark.is_corrected, mark.is_spoken, mark.words) = (true, false, note.no);
                    mark.bytes = mark.bytes.saturating_add(note.bytes);
                    if note.has_products {
                        mark.products = note.no;
                    }
                    return;
                }
            }
            Kind::Reaction => {
                self.react(target, note);
                return;
            }
            // What it retracts is empty, and who has only joined has said nothing.
            Kind::Retraction | Kind::Joined => return,
        }
        self.places.insert(note.delivery, self.said.len());
        self.said.push(Entry {
            author: note.author,
            stanza: note.stanza,
            mark: Mark {
                first: note.no,
                words: note.no,
                products: note.no,
                is_spoken: note.is_spoken,
                is_corrected: note.kind == Kind::Correction,
                reactions: Vec::new(),
                bytes: note.bytes,
            },
            reacted: Vec::new(),
            is_retracted,
        });
    }

    /// Each of the two has one reaction to a message; without emoji it is taken back.
    fn react(&mut self, target: Option<usize>, note: &Heard) {
        let is_taken_back = note.bytes == 0;
        let Some(entry) = target.and_then(|place| self.said.get_mut(place)) else {
            self.reactions.retain(|(author, _)| *author != note.author);
            if !is_taken_back {
                self.reactions.push((note.author, note.no));
            }
            return;
        };
        if let Some(at) = entry.reacted.iter().position(|author| *author == note.author) {
            entry.reacted.remove(at);
            entry.mark.reactions.remove(at);
        }
        if !is_taken_back {
            entry.reacted.push(note.author);
            entry.mark.reactions.push(note.no);
        }
    }

    /// The message that a note refers to.
    fn target(&self, note: &Heard) -> Option<usize> {
        match note.refers.as_ref()? {
            Refers::Own(id) => {
                let is_it = |it: &Entry| it.stanza == *id && it.author != note.author;
                self.said.iter().rposition(is_it)
            }
            Refers::Ours(id) => self.places.get(&(*id)?).copied(),
        }
    }
}
