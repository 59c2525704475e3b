//! Accounts: who has joined, in which language, and when they were last seen.
//!
//! Every function that asks the database fails when that does not answer.

#![expect(clippy::missing_errors_doc, reason = "said once, above")]

use std::time::Duration;

use sqlx::FromRow;

use crate::{
    db::{Result, Tx, pieces, sql, sql_rows},
    domain::{clock::Millis, consent::Ask, quiet, site::spellings},
};

/// Somebody who has joined.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
#[expect(clippy::struct_excessive_bools, reason = "each is a column of its own")]
pub struct Account {
    /// Bare JID.
    pub jid: String,
    /// The name they go by.
    pub nick: Option<String>,
    /// BCP 47.
    pub lang: String,
    /// The number that the next thing they send or are sent will have.
    pub next_handle: i64,
    /// Whether they are subscribed to our presence.
    pub sees_us: bool,
    /// Whether we are subscribed to theirs.
    pub seen_by_us: bool,
    /// Whether a resource of theirs is available, as far as we see.
    pub online: bool,
    /// Whether something was once delivered to them.
    pub reached: bool,
    /// Until when nothing is sent to them.
    #[sqlx(try_from = "i64")]
    pub suspended_until: Millis,
    /// When their queued deliveries are all due: the next ones are due after that.
    #[sqlx(try_from = "i64")]
    pub paced_until: Millis,
    /// Whether they want pictures.
    pub pictures: bool,
    /// Their quiet hours, as [`quiet::Hours`] writes them.
    pub quiet: Option<String>,
    /// Their time zone, as [`quiet::Zone`] writes it, if it is known.
    pub zone: Option<String>,
    /// When they joined.
    #[sqlx(try_from = "i64")]
    pub joined_at: Millis,
    /// When they want to be asked, [`Ask::code`]; none is as the operator says.
    pub ask: Option<i64>,
    /// Whether they have refused or blocked anybody.
    pub guarded: bool,
    /// Whether the operator lets them send nothing.
    pub barred: bool,
    /// Whether a client of theirs has ever acknowledged an offer of a card.
    pub acks: bool,
    /// Whether those to whom they give their card get its changes.
    pub card_updates: bool,
}

/// The longest queue of one sender that is waited for: sixty thousand deliveries at one a
/// millisecond, as many as the usual limits let somebody send in sixty hours. Whoever may send more is
/// behind that many of theirs all the same.
const LONGEST_QUEUE: Duration = Duration::from_mins(1);

impl Account {
    /// When the next of their queued deliveries is due. What was paced while the clock was ahead is
    /// no queue that there can be, and holds nothing up for longer than the longest.
    #[must_use]
    pub(crate) fn paced(&self, now: Millis) -> Millis {
        self.paced_until.min(now.after(LONGEST_QUEUE)).max(now)
    }

    /// Whether files go to them: their subscription is `both`.
    #[must_use]
    pub(crate) fn gets_files(&self) -> bool {
        self.sees_us && self.seen_by_us
    }

    /// Whether pictures are among the files: they have not switched pictures off.
    #[must_use]
    pub(crate) fn gets_pictures(&self) -> bool {
        self.pictures && self.gets_files()
    }

    /// When they want to be asked, if they have said so.
    #[must_use]
    pub(crate) fn ask(&self) -> Option<Ask> {
        self.ask.and_then(Ask::from_code)
    }

    /// When the quiet hours that hold at `now` are over; none when none do.
    #[must_use]
    pub(crate) fn quiet_until(&self, now: Millis) -> Option<Millis> {
        quiet::until(self.quiet.as_deref()?, self.zone.as_deref(), now)
    }

    /// Whether nothing but quiet hours holds up at `now` what is sent to them.
    #[must_use]
    pub(crate) fn is_only_quiet(&self, now: Millis) -> bool {
        self.suspended_until <= now && self.quiet_until(now).is_some()
    }
}

/// Somebody with a subscription in either direction.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub(crate) struct Subscriber {
    /// Bare JID.
    pub jid: String,
    /// BCP 47.
    pub lang: String,
    /// Whether they are subscribed to our presence.
    pub sees_us: bool,
    /// Whether we are subscribed to theirs.
    pub seen_by_us: bool,
    /// Whether they have refused us that since they joined.
    pub declined: bool,
}

/// What moves on when somebody sends or is sent something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Counters {
    /// Bare JID.
    pub jid: String,
    /// See [`Account::next_handle`].
    pub next_handle: i64,
    /// See [`Account::paced_until`].
    pub paced_until: Millis,
}

impl Tx {
    /// The accounts of those of `jids` who have one.
    pub(crate) async fn accounts(&mut self, jids: &[String]) -> Result<Vec<Account>> {
        let mut found = Vec::with_capacity(jids.len());
        for some in pieces(jids) {
            found.extend(sql_rows!(
                &mut *self, fetch_all,
                "SELECT jid, nick, lang, next_handle, sees_us, seen_by_us, online, reached, \
                 suspended_until, paced_until, pictures, quiet, zone, joined_at, ask, guarded, barred, \
                 acks, card_updates FROM account WHERE jid IN ({list})",
                [], some => |jid| [jid]
            )?);
        }
        Ok(found)
    }

    /// The account of `jid`.
    pub async fn account(&mut self, jid: &str) -> Result<Option<Account>> {
        sql!(
            self,
            fetch_optional,
            "SELECT jid, nick, lang, next_handle, sees_us, seen_by_us, online, reached, \
             suspended_until, paced_until, pictures, quiet, zone, joined_at, ask, guarded, barred, \
             acks, card_updates FROM account WHERE jid = $1",
            jid
        )
    }

    /// Makes an account; nothing when there is one. Answers whether it is new.
    pub async fn insert_account(&mut self, jid: &str, lang: &str, now: Millis) -> Result<bool> {
        let [_, ascii, unicode] = &spellings(jid);
        let inserted = sql!(
            self,
            execute,
            "INSERT INTO account (jid, nick, lang, joined_at, next_handle, sees_us, seen_by_us, \
             online, seen_at, reached, suspended_until, paced_until, barred) \
             VALUES ($1, NULL, $2, $3, 1, FALSE, FALSE, FALSE, $3, FALSE, 0, 0, \
             EXISTS (SELECT 1 FROM bar WHERE bar.jid IN ($1, $4, $5))) \
             ON CONFLICT (jid) DO NOTHING",
            jid,
            lang,
            now.0,
            &**ascii,
            &**unicode
        )?;
        Ok(inserted == 1)
    }

    /// Lets `jid` send nothing any more, however its domain is written, also after they have left
    /// and come back. Answers whether they could.
    pub(crate) async fn bar(&mut self, jid: &str, now: Millis) -> Result<bool> {
        let [given, ascii, unicode] = &spellings(jid);
        let barred = sql!(
            self,
            execute,
            "INSERT INTO bar (jid, since) VALUES ($1, $2) ON CONFLICT (jid) DO NOTHING",
            &**ascii,
            now.0
        )?;
        sql!(
            self,
            execute,
            "UPDATE account SET barred = TRUE WHERE jid IN ($1, $2, $3)",
            &**given,
            &**ascii,
            &**unicode
        )?;
        Ok(barred == 1)
    }

    /// Lets `jid` send again. Answers whether they could not.
    pub(crate) async fn unbar(&mut self, jid: &str) -> Result<bool> {
        let [given, ascii, unicode] = &spellings(jid);
        let barred = sql!(
            self,
            execute,
            "DELETE FROM bar WHERE jid IN ($1, $2, $3)",
            &**given,
            &**ascii,
            &**unicode
        )?;
        sql!(
            self,
            execute,
            "UPDATE account SET barred = FALSE WHERE jid IN ($1, $2, $3)",
            &**given,
            &**ascii,
            &**unicode
        )?;
        Ok(barred > 0)
    }

    /// Removes the account. Answers whether there was one.
    pub(crate) async fn delete_account(&mut self, jid: &str) -> Result<bool> {
        Ok(sql!(self, execute, "DELETE FROM account WHERE jid = $1", jid)? == 1)
    }

    /// Keeps the name somebody goes by.
    pub(crate) async fn set_nick(&mut self, jid: &str, nick: &str) -> Result<()> {
        sql!(self, execute, "UPDATE account SET nick = $2 WHERE jid = $1", jid, nick)?;
        Ok(())
    }

    /// Keeps whether `jid` is subscribed to us.
    pub(crate) async fn set_sees_us(&mut self, jid: &str, sees_us: bool) -> Result<()> {
        sql!(self, execute, "UPDATE account SET sees_us = $2 WHERE jid = $1", jid, sees_us)?;
        Ok(())
    }

    /// Keeps whether we are subscribed to `jid`; without that nobody knows whether they are online.
    /// Whoever says that we are not has declined.
    pub async fn set_seen_by_us(&mut self, jid: &str, seen_by_us: bool) -> Result<()> {
        sql!(
            self,
            execute,
            "UPDATE account SET seen_by_us = $2, declined = NOT $2, online = (online AND $2) \
             WHERE jid = $1",
            jid,
            seen_by_us
        )?;
        Ok(())
    }

    /// `jid` may be asked again whether we may see them.
    pub(crate) async fn forget_declined(&mut self, jid: &str) -> Result<()> {
        sql!(self, execute, "UPDATE account SET declined = FALSE WHERE jid = $1", jid)?;
        Ok(())
    }

    /// They have come: they are online and nothing holds back what waits for them. Whether they
    /// have joined.
    pub async fn set_online(&mut self, jid: &str, now: Millis) -> Result<bool> {
        let joined = sql!(
            self,
            execute,
            "UPDATE account SET online = TRUE, seen_at = $2, suspended_until = 0 WHERE jid = $1",
            jid,
            now.0
        )?;
        Ok(joined == 1)
    }

    /// Their last resource has gone. Whether they were online; of nobody else anything is written.
    pub(crate) async fn set_offline(&mut self, jid: &str, now: Millis) -> Result<bool> {
        let online = sql!(
            self,
            execute,
            "UPDATE account SET online = FALSE, seen_at = $2 WHERE jid = $1 AND online = TRUE",
            jid,
            now.0
        )?;
        Ok(online == 1)
    }

    /// `jid` wrote something, so they are there and have what was sent to them.
    pub(crate) async fn set_seen(&mut self, jid: &str, now: Millis) -> Result<()> {
        sql!(
            self,
            execute,
            "UPDATE account SET seen_at = $2, suspended_until = 0, reached = TRUE WHERE jid = $1",
            jid,
            now.0
        )?;
        Ok(())
    }

    /// Nobody's presence is known: the stream is new.
    pub(crate) async fn set_all_offline(&mut self) -> Result<()> {
        sql!(self, execute, "UPDATE account SET online = FALSE WHERE online = TRUE")?;
        Ok(())
    }

    /// Up to `limit` accounts, in order, after `after`, that have a subscription either way.
    pub(crate) async fn subscribers(&mut self, after: &str, limit: i64) -> Result<Vec<Subscriber>> {
        sql!(
            self,
            fetch_all,
            "SELECT jid, lang, sees_us, seen_by_us, declined FROM account \
             WHERE jid > $1 AND (sees_us = TRUE OR seen_by_us = TRUE) ORDER BY jid LIMIT $2",
            after,
            limit
        )
    }

    /// Moves counters on.
    pub(crate) async fn set_counters(&mut self, counters: &[Counters]) -> Result<()> {
        for some in pieces(counters) {
            // The casts tell PostgreSQL what the parameters are; on SQLite they change nothing.
            sql_rows!(
                &mut *self, execute,
                "UPDATE account SET next_handle = CAST(v.column2 AS BIGINT), \
                 paced_until = CAST(v.column3 AS BIGINT) \
                 FROM (VALUES {rows:3}) AS v WHERE account.jid = v.column1",
                [], some => |c| [&c.jid, c.next_handle, c.paced_until.0]
            )?;
        }
        Ok(())
    }

    /// Something was delivered to each of `jids`, and nothing came back.
    pub(crate) async fn set_reached(&mut self, jids: &[String]) -> Result<()> {
        for some in pieces(jids) {
            sql_rows!(
                &mut *self, execute,
                "UPDATE account SET reached = TRUE WHERE reached = FALSE AND jid IN ({list})",
                [], some => |jid| [jid]
            )?;
        }
        Ok(())
    }

    /// Sends nothing to `jid` before `until`.
    pub(crate) async fn suspend(&mut self, jid: &str, until: Millis) -> Result<()> {
        sql!(
            self,
            execute,
            "UPDATE account SET suspended_until = $2 WHERE jid = $1",
            jid,
            until.0
        )?;
        Ok(())
    }
}
