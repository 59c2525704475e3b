//! All that somebody has here, by a link that only he knows. As with what is saved of one share,
//! nothing is stored twice: it is put together when the link is followed.

use std::time::Duration;

use jid::BareJid;

use super::{
    World, invites,
    own_card::{self, Own},
    saved::{LIFE, SavedAnswer, hash, read},
};
use crate::{
    domain::{
        clock::Millis,
        export::{Contact, Export, Invited, OwnCard},
        id::{DeliveryId, ShareId},
        lang::Lang,
        saved::Token,
    },
    store::{
        account::Account,
        db::{Result, Tx},
        export::ExportRow,
    },
};

/// The most links of one account that work at one time; the oldest goes for a new one.
pub const OPEN: i64 = 5;
/// The most things that are listed, the latest ones; and of what was said about them.
const THINGS: usize = 1000;
const NOTES: usize = 20_000;
/// Whom he has blocked; there are fewer.
const BLOCKED: i64 = 10_000;

/// Makes a link for `owner` to everything of his, for a week.
///
/// # Errors
/// When the database does not answer.
pub async fn export(tx: &mut Tx, world: &World, owner: &BareJid) -> Result<Token> {
    const { assert!(Duration::as_secs(&LIFE) == 7 * 24 * 3600, "the texts say a week") };
    let token = Token::from_random(world.chance.bits(), world.chance.bits());
    tx.keep_exports(owner.as_str(), OPEN - 1).await?;
    let row = ExportRow {
        hash: hash(token),
        account: Some(owner.to_string()),
        expires_at: world.now.after(LIFE).0,
    };
    tx.insert_export(&row).await?;
    Ok(token)
}

/// Follows a link.
///
/// # Errors
/// When the database does not answer.
pub(super) async fn open(tx: &mut Tx, now: Millis, token: Token) -> Result<SavedAnswer> {
    let link = tx.export(&hash(token)).await?.filter(|link| link.expires_at > now.0);
    let Some(link) = link else { return Ok(SavedAnswer::Unknown) };
    let Some(jid) = link.account else { return Ok(SavedAnswer::Left) };
    let Some(account) = tx.account(&jid).await? else { return Ok(SavedAnswer::Left) };
    Ok(SavedAnswer::All(Box::new(all(tx, now, account).await?)))
}

async fn all(tx: &mut Tx, now: Millis, account: Account) -> Result<Export> {
    let contacts = tx.contacts_of(&account.jid).await?;
    let awaited = match account.jid.parse::<BareJid>() {
        Ok(jid) => invites::list(tx, now, &jid).await?,
        Err(_) => Vec::new(),
    };
    let blocked = tx.blocked_by(&account.jid, BLOCKED).await?;
    let own =
        |it: Own| OwnCard { name: it.name, fields: it.parts, template: it.template, card: it.card };
    let cards = own_card::list(tx, &account.jid).await?.into_iter().map(own).collect();
    let most = i64::try_from(THINGS).unwrap_or(i64::MAX);
    let mut rows = tx.shelf(&account.jid, i64::MAX, 0, most + 1).await?;
    let mut is_cut = rows.len() > THINGS;
    rows.truncate(THINGS);
    let mut shares = Vec::new();
    let mut notes = 0;
    for row in rows {
        if notes > NOTES {
            is_cut = true;
            break;
        }
        let share = ShareId(row.share_id);
        let about = if row.sent {
            None
        } else {
            let between = tx.conversations(share).await?;
            let own = between.into_iter().find(|it| it.rcpt == account.jid);
            let Some(own) = own else { continue };
            Some(DeliveryId(own.id))
        };
        let Some(saved) = read(tx, now, &account, share, about).await? else { continue };
        notes += saved.conversations.iter().map(|talk| talk.said.len()).sum::<usize>();
        shares.push(saved);
    }
    Ok(Export {
        joined: Millis(account.joined_at),
        lang: Lang::of(&account.lang).unwrap_or_default(),
        contacts: contacts
            .into_iter()
            .map(|it| Contact {
                uri: it.address,
                proved: Millis(it.proved_at),
                is_discoverable: it.discoverable != 0,
            })
            .collect(),
        invited: awaited
            .into_iter()
            .map(|it| Invited {
                address: it.address.shown().to_owned(),
                since: it.since,
                has_joined: it.has_accepted,
            })
            .collect(),
        cards,
        card_updates: account.card_updates,
        ask: account.ask(),
        blocked: blocked.into_iter().map(|(other,)| other).collect(),
        jid: account.jid,
        nick: account.nick,
        pictures: account.pictures,
        quiet: account.quiet,
        zone: account.zone,
        shares,
        is_cut,
        written: now,
    })
}
