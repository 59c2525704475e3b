//! Answers: what somebody says about a share goes to the other party of that conversation, and to
//! nobody else (`xep/product-share.xml#comment`, S0.5).

mod reference;
mod talk;

use std::time::Duration;

use sha2::{Digest, Sha256};
use uuid::Uuid;

pub use self::talk::Talk;
pub(super) use self::talk::talk_of;
use self::{
    reference::reference,
    talk::{guess, talks},
};
use super::{
    World, account,
    consent::fate_of_note,
    delivery,
    notice::{self, Reader},
    own_card::follow,
    typed::Typed,
};
use crate::{
    domain::{
        card::Card,
        clock::Millis,
        consent::Fate,
        conversation::{Clue, Said, Saying, address_of, handle_of, names},
        delivery::{Event, State},
        id::{DeliveryId, ShareId},
        note::{Carries, Kind, Note},
        product::Product,
        refusal::Refusal,
    },
    store::{
        db::{Result, Tx},
        delivery::DeliveryRow,
        share::ShareRow,
    },
    wire::{
        check::COMMENT_MAX,
        product::{read_products, recording_to_xml},
    },
};

/// How long what came last is what somebody speaks of who does not say what he speaks of.
pub const LATEST: Duration = Duration::from_mins(30);

/// How long the same saying is known for one that comes again.
const REMEMBERED: Duration = Duration::from_hours(24);

/// What became of a saying.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answered {
    /// It is on its way, durably; or it was before, and came again.
    Passed {
        /// Where it went, when that was a guess that he should be told.
        guessed: Option<Talk>,
    },
    /// Nothing that he was sent or has sent is meant by it. It is no answer.
    Nothing,
    /// A reaction or a retraction whose message is unknown: there is nothing to tell anybody.
    Pointless,
    /// It is about this share, which went to several. He has to say whom he means.
    Ambiguous(Thing, usize),
    /// It says nothing of what it is about, and several people have just spoken. These are the
    /// conversations, the latest thing first.
    Unclear(Vec<Talk>),
    /// The sender has taken the share back.
    Revoked(Thing),
    /// Nothing is left of it besides what it points at.
    Empty(Thing),
    /// It has this many characters, more than [`COMMENT_MAX`].
    TooLong(usize),
    /// He has left, or never joined.
    NotJoined,
    /// The operator lets him send nothing.
    Barred,
    /// It shows products, and counts as a share, and there were too many.
    Refused(Refusal),
}

/// A share as the author of an answer knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Thing {
    /// His number for it.
    pub handle: i64,
    /// What was shown.
    pub products: Vec<Product>,
    /// Whose card was shown in place of products.
    pub card: Option<String>,
}

/// Takes what somebody says: finds the conversation, keeps the note and queues its delivery.
///
/// # Errors
/// When the database does not answer; then nothing was kept.
#[expect(clippy::too_many_lines, reason = "one way down, which each question ends or goes on")]
pub async fn answer(tx: &mut Tx, world: &World, saying: &Saying) -> Result<Answered> {
    let author = saying.author.as_str();
    account::wrote(tx, world, author).await?;
    let digest = digest(saying);
    if let Some(digest) = &digest
        && tx.was_said(digest, world.now.before(REMEMBERED)).await?
    {
        return Ok(Answered::Passed { guessed: None });
    }
    let Found { share, conversations, message, is_latest } = match find(tx, world, saying).await? {
        Some(found) => found,
        None if matches!(saying.said, Said::Words(_) | Said::Correction { .. }) => {
            return Ok(Answered::Nothing);
        }
        None => return Ok(Answered::Pointless),
    };
    if is_latest {
        let talks = talks(tx, world, author).await?;
        if talks.iter().any(|it| talks.first().is_some_and(|first| first.with != it.with)) {
            return Ok(Answered::Unclear(talks));
        }
    }
    let products = read_products(&share.products).unwrap_or_default();
    let card = share.card.as_deref().and_then(|card| Card::parse(card).ok());
    let card = card.map(|card| card.name().to_owned());
    let [conversation] = conversations.as_slice() else {
        let thing = Thing { handle: share.handle, products, card };
        return Ok(Answered::Ambiguous(thing, conversations.len()));
    };
    let is_sender = share.sender == author;
    let handle = if is_sender { share.handle } else { conversation.handle };
    let thing = Thing { handle, products, card };
    if share.revoked_at.is_some() {
        return Ok(Answered::Revoked(thing));
    }
    let Some(account) = tx.account(author).await? else { return Ok(Answered::NotJoined) };
    if account.barred {
        return Ok(Answered::Barred);
    }
    if let Err(refusal) = counted(world, saying, Millis(account.joined_at)) {
        return Ok(Answered::Refused(refusal));
    }

    let (reader, reader_handle) = if is_sender {
        (conversation.rcpt.clone(), conversation.handle)
    } else {
        (share.sender.clone(), share.handle)
    };
    // Only his own words can be corrected or retracted.
    let is_own = match &saying.said {
        Said::Correction { of, .. } | Said::Retraction { of } => {
            is_by(tx, message.as_ref(), author, of).await?
        }
        Said::Words(_) | Said::Reaction { .. } => false,
    };
    let meant = match &saying.said {
        Said::Correction { .. } if is_own => Kind::Correction,
        Said::Words(_) | Said::Correction { .. } => Kind::Words,
        Said::Reaction { .. } => Kind::Reaction,
        Said::Retraction { .. } if is_own => Kind::Retraction,
        Said::Retraction { .. } => return Ok(Answered::Pointless),
    };
    let mut text = saying.said.words();
    let about = DeliveryId(conversation.id);
    let typed = Typed::load(tx, &[about]).await?;
    if matches!(meant, Kind::Words | Kind::Correction) {
        let with = typed.shown(about, &conversation.rcpt);
        text = own_words(text, handle, is_sender, &with);
        let length = text.chars().count();
        if length > COMMENT_MAX {
            return Ok(Answered::TooLong(length));
        }
        if text.is_empty() && saying.recording.is_none() && saying.products.is_empty() {
            return Ok(Answered::Empty(thing));
        }
    }
    if let Some(message) = message.as_ref().filter(|message| message.rcpt == author) {
        // Whoever points at a message has it.
        let receipt = (DeliveryId(message.id), saying.author.clone());
        delivery::confirmed(tx, world, &[receipt]).await?;
    }
    if meant == Kind::Retraction && forget(tx, world, message.as_ref()).await? {
        return Ok(Answered::Passed { guessed: None });
    }

    let refers = reference(tx, meant, message.as_ref(), conversation, &reader).await?;
    let id = ShareId(share.id);
    let note = Note {
        author: author.to_owned(),
        author_nick: account.nick,
        stanza_id: saying.stanza_id.clone(),
        kind: meant,
        refers,
        lang: saying.lang.clone(),
        text: text.to_owned(),
        recording: saying.recording.as_deref().map(recording_to_xml),
        products: saying.xml.clone(),
        said: world.now,
    };
    let no = tx.insert_note(id, &note).await?;
    if let Some(digest) = &digest {
        tx.set_digest(no, digest).await?;
    }
    let fate = if is_sender { fate_of_note(conversation) } else { Fate::Goes };
    let typed = typed.get(about).filter(|_| is_sender).map(str::to_owned);
    // The note and its delivery. What was typed counts as it was typed, whosever it is.
    let spoken = note.recording.as_ref().map_or(0, String::len);
    let bytes = note.text.len() + note.products.len() + spoken;
    let to = typed.as_ref().unwrap_or(&reader).len();
    let reader_handle = match reader_handle {
        0 if !is_sender => follow::number(tx, world, &share, author).await?,
        handle => handle,
    };
    world.rules.limits.keeps(author, [author.len(), to], bytes);
    let to = Reader { jid: reader.clone(), handle: reader_handle, about, fate, typed };
    notice::post(tx, world, author, id, Carries::Note(no), &[to]).await?;
    let guessed =
        if is_latest { Some(guess(tx, about, reader, is_sender, thing).await?) } else { None };
    Ok(Answered::Passed { guessed })
}

/// What a saying is about.
struct Found {
    share: ShareRow,
    /// One, or several of one share.
    conversations: Vec<DeliveryRow>,
    /// The message that it points at.
    message: Option<DeliveryRow>,
    /// Whether nothing but the time points at it.
    is_latest: bool,
}

/// What shows products counts as a share to one, of somebody who joined then.
fn counted(world: &World, saying: &Saying, joined: Millis) -> std::result::Result<(), Refusal> {
    let limits = &world.rules.limits;
    if saying.products.is_empty() {
        let full = limits.full_for(saying.author.as_str());
        return full.map_or(Ok(()), |after| Err(Refusal::TooFast { after }));
    }
    limits.share(&saying.author, 1, joined, world.now).map_err(Refusal::from)
}

/// By what a saying is known when it comes again, because its author's client saw no receipt: who
/// says what about what, under which id. None without an id. An id that a client uses again for
/// other words is another message: some count from 1 at every start.
fn digest(saying: &Saying) -> Option<[u8; 32]> {
    let mut hash = Sha256::new();
    let mut add = |part: &str| {
        hash.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        hash.update(part);
    };
    add(saying.author.as_str());
    add(&saying.stanza_id);
    let said = match &saying.said {
        Said::Words(words) => ["words", "", words],
        Said::Correction { of, words } => ["correction", of, words],
        Said::Reaction { to, emoji } => ["reaction", to, emoji],
        Said::Retraction { of } => ["retraction", of, ""],
    };
    said.into_iter().for_each(&mut add);
    add(&saying.recording.as_deref().map(recording_to_xml).unwrap_or_default());
    add(&saying.xml);
    add(&saying.quote);
    for clue in &saying.clues {
        add(&format!("{clue:?}"));
    }
    Some(hash.finalize().into()).filter(|_| !saying.stanza_id.is_empty())
}

/// Follows the clues, the strongest first. One that leads to several conversations is narrowed by
/// those after it.
async fn find(tx: &mut Tx, world: &World, saying: &Saying) -> Result<Option<Found>> {
    let author = saying.author.as_str();
    let mut message = None;
    let mut conversations: Vec<DeliveryRow> = Vec::new();
    for clue in &saying.clues {
        let found = match clue {
            Clue::Message(id) => {
                let Some(pointed) = message_known_as(tx, author, id).await? else { continue };
                let about = tx.deliveries(&[pointed.about()]).await?;
                message.get_or_insert(pointed);
                about
            }
            Clue::Handle(handle) => numbered(tx, author, *handle).await?,
            Clue::Code(code) => match tx.share_by_ref(*code).await? {
                Some(share) => of_share(tx, author, ShareId(share.id)).await?,
                None => Vec::new(),
            },
            Clue::Share(share) => of_share(tx, author, *share).await?,
            Clue::Thread(about) => tx.deliveries(&[*about]).await?,
        };
        let found = own(tx, author, found).await?;
        if conversations.is_empty() {
            conversations = found;
        } else {
            let both: Vec<_> = conversations
                .iter()
                .filter(|it| found.iter().any(|other| other.id == it.id))
                .cloned()
                .collect();
            if !both.is_empty() {
                conversations = both;
            }
        }
        if conversations.len() == 1 {
            break;
        }
    }
    let is_latest = conversations.is_empty() && !saying.refers;
    if is_latest {
        let since = world.now.before(LATEST);
        if let Some(row) = tx.sent_last(author, since).await? {
            conversations = tx.deliveries(&[row.about()]).await?;
        }
    }
    let Some(first) = conversations.first() else { return Ok(None) };
    let share = ShareId(first.share_id);
    let Some(row) = tx.shares(&[share]).await?.pop() else { return Ok(None) };
    if conversations.len() > 1 {
        conversations = narrowed(tx, saying, share, conversations).await?;
    }
    Ok(Some(Found { share: row, conversations, message, is_latest }))
}

/// The message that `author` knows under `id`: one he was sent, its picture or its
/// recording, or one of his own.
async fn message_known_as(tx: &mut Tx, author: &str, id: &str) -> Result<Option<DeliveryRow>> {
    if let Ok(uuid) = Uuid::try_parse(id) {
        let of_file = [DeliveryId::of_picture, DeliveryId::of_recording, DeliveryId::of_card];
        let ids = of_file.map(|id| id(uuid)).into_iter().chain([DeliveryId(uuid)]);
        let ids: Vec<DeliveryId> = ids.collect();
        let sent = tx.deliveries(&ids).await?;
        if let Some(sent) = sent.into_iter().find(|row| row.rcpt == author) {
            return Ok(Some(sent));
        }
    }
    tx.said_under(author, id).await
}

/// What `author` calls #`handle`, be it sent to him or by him. Numbers begin anew for who left and
/// came back: the newer counts.
async fn numbered(tx: &mut Tx, author: &str, handle: i64) -> Result<Vec<DeliveryRow>> {
    let (got, sent) =
        (tx.delivery_numbered(author, handle).await?, tx.share_numbered(author, handle).await?);
    match (got, sent) {
        (Some(got), Some(sent)) if got.id > sent.id => Ok(vec![got]),
        (_, Some(sent)) => tx.conversations(ShareId(sent.id)).await,
        (got, None) => Ok(got.into_iter().collect()),
    }
}

/// The conversations about a share that `author` may take part in.
async fn of_share(tx: &mut Tx, author: &str, share: ShareId) -> Result<Vec<DeliveryRow>> {
    let all = tx.conversations(share).await?;
    // Its recipient has one, also when he has sent it to himself.
    match all.iter().find(|row| row.rcpt == author) {
        Some(row) => Ok(vec![row.clone()]),
        None => Ok(all),
    }
}

/// Those of `conversations`, all of one share, in which `author` is a party. Whoever guesses an id
/// gets nothing.
async fn own(tx: &mut Tx, author: &str, found: Vec<DeliveryRow>) -> Result<Vec<DeliveryRow>> {
    let Some(share) = found.first().map(|row| ShareId(row.share_id)) else { return Ok(found) };
    let is_sender = tx.shares(&[share]).await?.iter().any(|row| row.sender == author);
    // A number counts as a person, be it anybody's or not: else its sender could tell.
    Ok(found.into_iter().filter(|row| row.rcpt == author || is_sender).collect())
}

/// Of several, the one that is named in the quote or at the head of the words, or the only one who
/// has ever said anything.
async fn narrowed(
    tx: &mut Tx,
    saying: &Saying,
    share: ShareId,
    all: Vec<DeliveryRow>,
) -> Result<Vec<DeliveryRow>> {
    let words = saying.said.words();
    let behind = handle_of(words).map_or(words, |(_, behind)| behind);
    let addressed = address_of(behind).map(|(jid, _)| jid.to_string());
    let ids: Vec<DeliveryId> = all.iter().map(|row| DeliveryId(row.id)).collect();
    let typed = Typed::load(tx, &ids).await?;
    // Only by what he typed: who is behind a number is not his to find out.
    let shown = |row: &DeliveryRow| typed.shown(DeliveryId(row.id), &row.rcpt);
    let quoted = |row: &&DeliveryRow| names(&saying.quote, &shown(row));
    let named = |row: &&DeliveryRow| addressed.as_deref() == Some(shown(row).as_str());
    let only = |mut some: Vec<DeliveryRow>| some.pop().filter(|_| some.is_empty());
    if let Some(one) = only(all.iter().filter(named).cloned().collect())
        .or_else(|| only(all.iter().filter(quoted).cloned().collect()))
    {
        return Ok(vec![one]);
    }
    let one = match tx.answerers(share, 2).await?.as_slice() {
        [(only,)] => all.iter().find(|row| row.rcpt == *only).cloned(),
        _ => None,
    };
    Ok(one.map_or(all, |one| vec![one]))
}

/// The words without the number and the address in front that led here: `with`, as the sender of the
/// share knows the other.
fn own_words<'w>(words: &'w str, handle: i64, is_sender: bool, with: &str) -> &'w str {
    let Some((_, behind)) = handle_of(words).filter(|(number, _)| *number == handle) else {
        return words;
    };
    match address_of(behind) {
        Some((jid, rest)) if is_sender && jid.as_str() == with => rest,
        _ => behind,
    }
}

/// Whether `message` is what `author` wrote under the id `of`.
async fn is_by(tx: &mut Tx, message: Option<&DeliveryRow>, author: &str, of: &str) -> Result<bool> {
    let Some(Carries::Note(no)) = message.map(DeliveryRow::carries) else { return Ok(false) };
    let found = tx.notes(&[no]).await?;
    Ok(found.iter().any(|note| note.author == author && note.stanza_id == of))
}

/// Forgets a retracted note. Answers whether it had not left yet, so that nobody need be told.
async fn forget(tx: &mut Tx, world: &World, message: Option<&DeliveryRow>) -> Result<bool> {
    let Some(row) = message else { return Ok(false) };
    if let Carries::Note(no) = row.carries() {
        tx.empty_note(no).await?;
    }
    let waits = matches!(row.delivery().state, State::Held | State::Parked | State::Queued);
    let never_left = waits && row.delivery().attempt == 0;
    Ok(never_left && delivery::settle(tx, world, DeliveryId(row.id), Event::Cancel).await?)
}
