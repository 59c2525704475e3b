//! Answers: what somebody says about a share goes to the other party of that conversation, and to
//! nobody else (`xep/product-share.xml#comment`, S0.5).

mod digest;
mod own;
mod reference;
pub mod talk;
mod whom;

use std::time::Duration;

pub(crate) use self::talk::Talk;
pub(crate) use self::talk::talk_of;
use self::{
    digest::digest,
    own::{forget, is_by},
    reference::reference,
    talk::{guess, may_be_a_word, talks},
    whom::narrowed,
};
use crate::{
    card::own::follow,
    db::{Result, Tx},
    domain::{
        card::Card,
        clock::Millis,
        consent::Fate,
        conversation::{Clue, LATEST, Said, Saying, address_of, behind_number, handle_of},
        id::{DeliveryId, ShareId},
        note::{Carries, Kind, Note},
        refusal::Refusal,
    },
    outbox::{delivery, message::sent_as, store::DeliveryRow},
    people::{
        account,
        address::{Typed, has},
        consent::{Asker, asker, fate_of_note},
        notice::{self, Reader},
    },
    share::store::ShareRow,
    talk::answer::talk::Thing,
    wire::{
        check::COMMENT_MAX,
        product::{read::read_products, write::recording_to_xml},
    },
    world::World,
};

/// How long the same saying is known for one that comes again.
const REMEMBERED: Duration = Duration::from_hours(24);

/// So many things that somebody says about what they have sent wait with it for a recipient who has not
/// seen it yet: with one yes all of it comes.
const UNSEEN: i64 = 20;

/// What became of a saying.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answered {
    /// It is on its way, durably; or it was before, and came again.
    Passed {
        /// Where it went, when that was a guess that the author should be told.
        guessed: Option<Talk>,
    },
    /// It means nothing that the author was sent or has sent. It is no answer.
    Nothing,
    /// A reaction or a retraction whose message is unknown, or a reaction taken back that was never
    /// made: there is nothing to tell anybody.
    Pointless,
    /// It points at a question of ours about a stranger, or at what is held until that is answered:
    /// no answer goes to them. Who asks, while they do.
    Question(Option<Asker>),
    /// It is about this share, which went to several. The author has to say whom they mean.
    Ambiguous(Thing, usize),
    /// It says nothing of what it is about, and several people have just spoken. These are the
    /// conversations, the latest thing first.
    Unclear(Vec<Talk>),
    /// It points at nothing and may be a no in words of its own to a card that waits, in this
    /// conversation, whose giver typed a number or mail address: what is said of it is told to nobody.
    Doubtful(Talk, String),
    /// The sender has taken the share back.
    Revoked(Thing),
    /// It is about what came to this number or mail address, in this conversation, and that is not
    /// theirs any more.
    NotTheirs(String, Talk),
    /// Nothing is left of it besides what it points at.
    Empty(Thing),
    /// It has this many characters, more than [`COMMENT_MAX`].
    TooLong(usize),
    /// The author has left, or never joined.
    NotJoined,
    /// The operator lets the author send nothing.
    Barred,
    /// It shows products, and counts as a share, and there were too many.
    Refused(Refusal),
}

/// Takes what somebody says: finds the conversation, keeps the note and queues its delivery.
///
/// # Errors
/// When the database does not answer; then nothing was kept.
#[expect(clippy::too_many_lines, reason = "one way down, which each question ends or goes on")]
pub(crate) async fn answer(tx: &mut Tx, world: &World, saying: &Saying) -> Result<Answered> {
    let author = saying.author.as_str();
    account::wrote(tx, world, author).await?;
    let digest = digest(saying);
    if let Some(digest) = &digest
        && tx.was_said(digest, world.now.before(REMEMBERED)).await?
    {
        return Ok(Answered::Passed { guessed: None });
    }
    // What is said now has the id, unless it is one with what it changes.
    let is_of_itself = matches!(
        &saying.said,
        Said::Correction { of, .. } | Said::Retraction { of } if *of == saying.stanza_id
    );
    if !is_of_itself {
        tx.unname_note(author, &saying.stanza_id).await?;
    }
    let Found { share, conversations, message, is_latest, is_guess } =
        match find(tx, world, saying).await? {
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
    if !is_sender
        && may_be_a_word(tx, world, saying, conversation).await?
        && let Some(talk) = talk_of(tx, author, conversation).await?
    {
        return Ok(Answered::Doubtful(talk, saying.said.words().to_owned()));
    }
    let handle = if is_sender { share.handle } else { conversation.handle };
    let thing = Thing { handle, products, card };
    if share.revoked_at.is_some() {
        return Ok(Answered::Revoked(thing));
    }
    let Some(account) = tx.account(author).await? else { return Ok(Answered::NotJoined) };
    if account.barred {
        return Ok(Answered::Barred);
    }
    if !is_sender && fate_of_note(conversation) != Fate::Goes {
        // Nothing of it has come to them.
        return Ok(Answered::Question(asker(tx, world, author, &share.sender).await?));
    }
    if let Err(refusal) = counted(world, saying, account.joined_at) {
        return Ok(Answered::Refused(refusal));
    }

    let (reader, reader_handle) = if is_sender {
        (conversation.rcpt.clone(), conversation.handle)
    } else {
        (share.sender.clone(), share.handle)
    };
    // Only the author's own words can be corrected or retracted.
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
    // What was said before is taken back from whoever has it.
    let has_it = match typed.get(about) {
        Some(address) if meant != Kind::Retraction => has(tx, &conversation.rcpt, address).await?,
        _ => true,
    };
    if !has_it && !is_sender {
        let address = typed.shown(about, &conversation.rcpt);
        let talk = guess(tx, about, reader, is_sender, thing).await?;
        return Ok(Answered::NotTheirs(address, talk));
    }
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
    let typed = typed.get(about).map(str::to_owned);
    // Whoever typed a number or mail address knows its owner by nothing else: no block of theirs says
    // whose it is.
    let by = typed.clone().filter(|_| !is_sender).unwrap_or_else(|| author.to_owned());
    let typed = typed.filter(|_| is_sender);
    // The note and its delivery. What was typed counts as it was typed, whosever it is, and what is
    // retracted whether it has left or not.
    let spoken = saying.recording.as_deref().map(recording_to_xml);
    let bytes = text.len() + saying.xml.len() + spoken.as_ref().map_or(0, String::len);
    let to = typed.as_ref().unwrap_or(&reader).len();
    world.rules.limits.keeps(author, [author.len(), to], bytes);
    if meant == Kind::Retraction && forget(tx, world, message.as_ref()).await? {
        return Ok(Answered::Passed { guessed: None });
    }

    let refers = reference(tx, meant, message.as_ref(), conversation, &reader).await?;
    let id = ShareId(share.id);
    if meant == Kind::Reaction && text.is_empty() {
        // Some clients send it when somebody only looks at what they could react with.
        let refers = refers.as_ref().map(|it| it.id.as_str());
        if !tx.has_reacted(id, author, about, refers).await? {
            return Ok(Answered::Pointless);
        }
    }
    let note = Note {
        author: author.to_owned(),
        author_nick: account.nick,
        stanza_id: saying.stanza_id.clone(),
        kind: meant,
        refers,
        lang: saying.lang.clone(),
        text: text.to_owned(),
        recording: spoken,
        products: saying.xml.clone(),
        said: world.now,
    };
    if is_of_itself {
        tx.unname_note(author, &saying.stanza_id).await?;
    }
    let no = tx.insert_note(id, &note).await?;
    if let Some(digest) = &digest {
        tx.set_digest(no, digest).await?;
    }
    let fate = match fate_of_note(conversation) {
        _ if !is_sender => Fate::Goes,
        Fate::Waits if tx.count_notes(about, UNSEEN).await? >= UNSEEN => Fate::Ends,
        fate => fate,
    };
    let reader_handle = match reader_handle {
        0 if !is_sender => follow::number(tx, world, &share, &by).await?,
        handle => handle,
    };
    let jid = typed.clone().filter(|_| !has_it).unwrap_or_else(|| reader.clone());
    let to = Reader { jid, handle: reader_handle, about, fate, typed };
    notice::post(tx, world, &by, id, Carries::Note(no), &[Some(to)]).await?;
    let guessed =
        if is_guess { Some(guess(tx, about, reader, is_sender, thing).await?) } else { None };
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
    /// The same, or nothing but a quote does, of which somebody else's words may be a part; or of
    /// several only one has said anything.
    is_guess: bool,
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

/// Follows the clues, the strongest first. One that leads to several conversations is narrowed by
/// those after it.
async fn find(tx: &mut Tx, world: &World, saying: &Saying) -> Result<Option<Found>> {
    let author = saying.author.as_str();
    let mut message = None;
    let mut conversations: Vec<DeliveryRow> = Vec::new();
    let (mut is_quoted, mut is_threaded) = (false, false);
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
            is_quoted = !found.is_empty() && saying.is_quoted(clue);
            is_threaded = !found.is_empty() && matches!(clue, Clue::Thread(_));
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
    let mut is_latest = conversations.is_empty() && !saying.refers;
    if is_latest || is_threaded {
        let last = tx.sent_last(author, world.now.before(LATEST)).await?;
        let last = last.map(|row| row.about());
        if is_threaded {
            // Clients go on with the thread of what came last: that says no more than the time does.
            is_latest = conversations.first().is_some_and(|it| last == Some(DeliveryId(it.id)));
        } else if let Some(about) = last {
            conversations = tx.deliveries(&[about]).await?;
        }
        if is_latest && saying.refers {
            return Ok(None);
        }
    }
    let Some(first) = conversations.first() else { return Ok(None) };
    let share = ShareId(first.share_id);
    let Some(row) = tx.shares(&[share]).await?.pop() else { return Ok(None) };
    let mut is_guess = is_latest || is_quoted;
    if conversations.len() > 1 {
        let (narrowed, is_only) = narrowed(tx, world, saying, share, conversations).await?;
        conversations = narrowed;
        is_guess |= is_only;
    }
    Ok(Some(Found { share: row, conversations, message, is_latest, is_guess }))
}

/// The message that `author` knows under `id`: one they were sent, its picture or its recording, or
/// one of their own. Nobody answers a question about a stranger into a conversation.
async fn message_known_as(tx: &mut Tx, author: &str, id: &str) -> Result<Option<DeliveryRow>> {
    if let Some(sent) = sent_as(tx, author, id).await? {
        return Ok(Some(sent).filter(|row| row.carries() != Carries::Request));
    }
    if id.is_empty() { Ok(None) } else { tx.said_under(author, id).await }
}

/// What `author` calls #`handle`, be it sent to them or by them. Numbers begin anew for somebody
/// who left and came back: the newer counts.
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
    // Its recipient has one, also when they have sent it to themselves.
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

/// The words without the number and the address in front that led here: `with`, as the sender of the
/// share knows the other.
fn own_words<'w>(words: &'w str, handle: i64, is_sender: bool, with: &str) -> &'w str {
    let Some((_, behind)) = handle_of(words).filter(|(number, _)| *number == handle) else {
        return words;
    };
    if !is_sender {
        return behind;
    }
    match address_of(behind) {
        Some((jid, rest)) if jid.as_str() == with => rest,
        _ => behind_number(behind, with).unwrap_or(behind),
    }
}
