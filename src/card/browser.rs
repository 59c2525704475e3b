//! Links to somebody's collected cards (S4.7): a link that opens them in a browser once, what is
//! open there for a while, and links to files, which work for a week.
//!
//! Every function that asks the database fails when that does not answer.

use std::time::Duration;

use crate::{
    account::store::Account,
    card::store_browser::CardDeskRow,
    db::{Result, Tx},
    domain::{
        clock::Millis,
        collected::{LinkKind, category},
        saved::{LIFE, Token},
    },
    world::World,
};

/// How long a link waits to be opened.
pub(in crate::card) const OPENS: Duration = Duration::from_mins(10);
/// How long the cards stay open in a browser.
pub(crate) const STAYS: Duration = Duration::from_mins(30);
/// The most links of one kind that somebody has at one time; the oldest goes for a new one.
const MOST: i64 = 20;

/// Which cards a file holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Which {
    /// All.
    All,
    /// The one of this number.
    One(i64),
    /// Those of a category, which is folded.
    Category(String),
}

/// Makes a link that opens the cards of `account` once.
pub(crate) async fn link(tx: &mut Tx, world: &World, account: &str) -> Result<Token> {
    keep(tx, world, account, LinkKind::Opens, String::new(), OPENS).await
}

/// Spends such a link, and opens the cards. None when it was spent before, is over, or never was.
pub(crate) async fn open(tx: &mut Tx, world: &World, token: Token) -> Result<Option<Token>> {
    let Some(row) = found(tx, world.now, token, LinkKind::Opens).await? else { return Ok(None) };
    if !tx.delete_card_desk(&row.hash).await? {
        return Ok(None);
    }
    keep(tx, world, &row.account, LinkKind::Open, String::new(), STAYS).await.map(Some)
}

/// Whether a link waits to be opened. Changes nothing.
pub(crate) async fn opens(tx: &mut Tx, now: Millis, token: Token) -> Result<bool> {
    Ok(found(tx, now, token, LinkKind::Opens).await?.is_some())
}

/// Whose cards are open with `token`.
pub(crate) async fn opened(tx: &mut Tx, now: Millis, token: Token) -> Result<Option<Account>> {
    match found(tx, now, token, LinkKind::Open).await? {
        Some(row) => tx.account(&row.account).await,
        None => Ok(None),
    }
}

/// The cards are open no more.
pub(crate) async fn close(tx: &mut Tx, token: Token) -> Result<()> {
    tx.delete_card_desk(&token.hash()).await.map(|_| ())
}

/// Makes a link to a file of these cards.
pub(crate) async fn file(
    tx: &mut Tx,
    world: &World,
    account: &str,
    which: &Which,
) -> Result<Token> {
    keep(tx, world, account, LinkKind::File, which.written(), LIFE).await
}

/// Which file a link leads to: whose cards, and which.
pub(crate) async fn file_of(
    tx: &mut Tx,
    now: Millis,
    token: Token,
) -> Result<Option<(String, Which)>> {
    let row = found(tx, now, token, LinkKind::File).await?;
    Ok(row.and_then(|row| Some((row.account, Which::read(&row.what)?))))
}

impl Which {
    /// What the database keeps.
    fn written(&self) -> String {
        match self {
            Self::All => String::new(),
            Self::One(handle) => format!("#{handle}"),
            Self::Category(label) => format!("={}", category(label)),
        }
    }

    fn read(written: &str) -> Option<Self> {
        if written.is_empty() {
            return Some(Self::All);
        }
        if let Some(handle) = written.strip_prefix('#') {
            return handle.parse().ok().map(Self::One);
        }
        written.strip_prefix('=').map(|category| Self::Category(category.to_owned()))
    }
}

async fn keep(
    tx: &mut Tx,
    world: &World,
    account: &str,
    kind: LinkKind,
    what: String,
    life: Duration,
) -> Result<Token> {
    let token = Token::from_random(world.chance.bits(), world.chance.bits());
    tx.keep_card_desks(account, kind.code(), MOST - 1).await?;
    let row = CardDeskRow {
        hash: token.hash(),
        account: account.to_owned(),
        kind: kind.code(),
        what,
        expires_at: world.now.after(life).0,
    };
    tx.insert_card_desk(&row).await?;
    world.rules.limits.keeps(&row.account, [row.account.len()], 0);
    Ok(token)
}

async fn found(
    tx: &mut Tx,
    now: Millis,
    token: Token,
    kind: LinkKind,
) -> Result<Option<CardDeskRow>> {
    let row = tx.card_desk(&token.hash()).await?;
    Ok(row.filter(|row| row.kind == kind.code() && row.expires_at > now.0))
}
