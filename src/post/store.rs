//! Letters: what leaves by mail and SMS.
//!
//! Every function that asks the database fails when that does not answer.

use sqlx::FromRow;
use uuid::Uuid;

use crate::{
    db::{Result, Tx, sql},
    domain::{
        clock::Millis,
        letter::{Channel, Kind, Letter, LetterId, State},
    },
};

/// A letter that is to be sent.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub(crate) struct LetterRow {
    /// Its name.
    pub id: Uuid,
    /// `tel:` or `mailto:`.
    pub address: String,
    /// The bare JID on whose behalf it is sent.
    pub account: String,
    /// The number of its [`Kind`].
    pub kind: i64,
    /// One line.
    pub subject: String,
    /// Plain text.
    pub text: String,
    /// Where its reader says "never again".
    pub stop: Option<String>,
    /// The number of its [`State`].
    pub state: i64,
    /// Tries so far.
    pub attempt: i64,
    /// Tries of which nobody knows whether the gateway took them.
    pub resent: i64,
    /// When it was posted.
    pub made_at: i64,
    /// When it is not worth sending any more.
    pub expires_at: i64,
}

/// How many letters have left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, FromRow)]
pub(crate) struct Sent {
    /// On anybody's behalf.
    pub total: i64,
    /// On behalf of people of other servers.
    pub of_others: i64,
}

impl Tx {
    /// Keeps a letter to be sent at once.
    pub(crate) async fn insert_letter(
        &mut self,
        id: LetterId,
        letter: &Letter,
        now: Millis,
    ) -> Result<()> {
        sql!(
            self,
            execute,
            "INSERT INTO letter (id, address, account, kind, subject, text, stop, state, attempt, \
             made_at, due_at, expires_at, budget) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, 0, 0, $8, $8, $9, $10)",
            id.0,
            letter.to.to_string(),
            &letter.account,
            letter.kind.code(),
            &letter.subject,
            &letter.text,
            letter.stop.as_deref(),
            now.0,
            now.after(letter.life).0,
            Channel::of(&letter.to).scheme()
        )?;
        Ok(())
    }

    /// Up to `limit` letters that are due by `channel`, the longest due first: those that wait, and
    /// those whose lease has ended.
    pub(crate) async fn letters_due(
        &mut self,
        channel: Channel,
        now: Millis,
        limit: i64,
    ) -> Result<Vec<LetterRow>> {
        sql!(
            self,
            fetch_all,
            "SELECT id, address, account, kind, subject, text, stop, state, attempt, resent, \
             made_at, expires_at FROM letter WHERE state < 2 AND budget = $1 AND due_at <= $2 \
             ORDER BY due_at LIMIT $3",
            channel.scheme(),
            now.0,
            limit
        )
    }

    /// The same of codes and notices alone.
    pub(in crate::post) async fn letters_due_first(
        &mut self,
        channel: Channel,
        now: Millis,
        limit: i64,
    ) -> Result<Vec<LetterRow>> {
        sql!(
            self,
            fetch_all,
            "SELECT id, address, account, kind, subject, text, stop, state, attempt, resent, \
             made_at, expires_at FROM letter WHERE state < 2 AND kind <> 1 AND budget = $1 \
             AND due_at <= $2 ORDER BY due_at LIMIT $3",
            channel.scheme(),
            now.0,
            limit
        )
    }

    /// Claims a letter until `lease`. `again`: an earlier attempt may have been taken. It spends of the
    /// budget of a channel, on behalf of another server's site: '' for the service's own people.
    pub(crate) async fn claim_letter(
        &mut self,
        id: LetterId,
        again: bool,
        lease: Millis,
        now: Millis,
        (channel, site): (Channel, &str),
    ) -> Result<()> {
        sql!(
            self,
            execute,
            "UPDATE letter SET state = 1, attempt = attempt + 1, due_at = $2, sent_at = $3, \
             resent = resent + $4, budget = $5, site = $6 WHERE id = $1 AND state < 2",
            id.0,
            lease.0,
            now.0,
            i64::from(again),
            channel.scheme(),
            site
        )?;
        Ok(())
    }

    /// Whoever was sending is gone: what was being sent is looked at again now.
    pub(crate) async fn orphan_letters(&mut self, now: Millis) -> Result<u64> {
        sql!(
            self,
            execute,
            "UPDATE letter SET due_at = $1 WHERE state = 1 AND state < 2 AND due_at > $1",
            now.0
        )
    }

    /// An error came back for a letter that was sent by XMPP: it has failed, if it had been taken.
    /// Answers what it was for, on whose behalf, and to which address.
    pub(crate) async fn bounce_letter(
        &mut self,
        id: LetterId,
        fail: &str,
    ) -> Result<Option<(i64, String, String)>> {
        sql!(
            self,
            fetch_optional,
            "UPDATE letter SET state = 3, fail = $2, subject = '', text = '', stop = NULL \
             WHERE id = $1 AND state IN (1, 2) RETURNING kind, account, address",
            id.0,
            fail
        )
    }

    /// A letter waits until `due`, over `fail`.
    pub(in crate::post) async fn postpone_letter(
        &mut self,
        id: LetterId,
        due: Millis,
        fail: &str,
    ) -> Result<()> {
        sql!(
            self,
            execute,
            "UPDATE letter SET state = 0, due_at = $2, fail = $3 WHERE id = $1 AND state < 2",
            id.0,
            due.0,
            fail
        )?;
        Ok(())
    }

    /// A letter has ended; its words go. Answers whether it had not ended before.
    pub(crate) async fn end_letter(
        &mut self,
        id: LetterId,
        state: State,
        fail: Option<&str>,
    ) -> Result<bool> {
        let ended = sql!(
            self,
            execute,
            "UPDATE letter SET state = $2, fail = $3, subject = '', text = '', stop = NULL \
             WHERE id = $1 AND state < 2",
            id.0,
            state.code(),
            fail
        )?;
        Ok(ended == 1)
    }

    /// Withdraws what `account` has waiting for `address`. What is being sent is not stopped.
    pub(crate) async fn withdraw_letters(
        &mut self,
        account: &str,
        address: &str,
        kind: Kind,
    ) -> Result<u64> {
        sql!(
            self,
            execute,
            "UPDATE letter SET state = 4, subject = '', text = '', stop = NULL \
             WHERE address = $1 AND account = $2 AND kind = $3 AND state = 0",
            address,
            account,
            kind.code()
        )
    }

    /// Withdraws what anybody has waiting for `address`. What is being sent is not stopped.
    pub(crate) async fn withdraw_letters_to(&mut self, address: &str, kind: Kind) -> Result<u64> {
        sql!(
            self,
            execute,
            "UPDATE letter SET state = 4, subject = '', text = '', stop = NULL \
             WHERE address = $1 AND kind = $2 AND state = 0",
            address,
            kind.code()
        )
    }

    /// The letters of this kind to `address` that were posted after `since`.
    pub(crate) async fn letters_to(
        &mut self,
        address: &str,
        kind: Kind,
        since: Millis,
    ) -> Result<i64> {
        let (n,): (i64,) = sql!(
            self,
            fetch_one,
            "SELECT COUNT(*) FROM letter WHERE address = $1 AND made_at > $2 AND kind = $3",
            address,
            since.0,
            kind.code()
        )?;
        Ok(n)
    }

    /// When the letters of this kind of `account` to `address` were posted, of those after `since`:
    /// at most a hundred, the last first.
    pub(crate) async fn letters_between(
        &mut self,
        account: &str,
        address: &str,
        kind: Kind,
        since: Millis,
    ) -> Result<Vec<i64>> {
        sql!(
            self,
            scalar fetch_all,
            "SELECT made_at FROM letter WHERE account = $1 AND made_at > $2 AND address = $3 \
             AND kind = $4 ORDER BY made_at DESC LIMIT 100",
            account,
            since.0,
            address,
            kind.code()
        )
    }

    /// The letters of this kind that `account` has caused since.
    pub(crate) async fn letters_of(
        &mut self,
        account: &str,
        kind: Kind,
        since: Millis,
    ) -> Result<i64> {
        let (n,): (i64,) = sql!(
            self,
            fetch_one,
            "SELECT COUNT(*) FROM letter WHERE account = $1 AND made_at > $2 AND kind = $3",
            account,
            since.0,
            kind.code()
        )?;
        Ok(n)
    }

    /// How many letters were given to `channel` since: up to `limit` of them, of which a budget needs
    /// to know no more.
    pub(crate) async fn letters_sent(
        &mut self,
        channel: Channel,
        since: Millis,
        limit: i64,
    ) -> Result<Sent> {
        sql!(
            self,
            fetch_one,
            "SELECT COUNT(*) AS total, COUNT(NULLIF(site, '')) AS of_others FROM (SELECT site \
             FROM letter WHERE budget = $1 AND sent_at > $2 LIMIT $3) sent",
            channel.scheme(),
            since.0,
            limit
        )
    }

    /// How many of these were sent on behalf of people of the other server's `site`: up to `limit`.
    pub(in crate::post) async fn letters_sent_of(
        &mut self,
        channel: Channel,
        site: &str,
        since: Millis,
        limit: i64,
    ) -> Result<i64> {
        let (n,): (i64,) = sql!(
            self,
            fetch_one,
            "SELECT COUNT(*) FROM (SELECT 1 FROM letter WHERE budget = $1 AND site = $2 \
             AND sent_at > $3 LIMIT $4) sent",
            channel.scheme(),
            site,
            since.0,
            limit
        )?;
        Ok(n)
    }

    /// Forgets up to `limit` letters that ended and were posted before `until`.
    pub(crate) async fn delete_old_letters(&mut self, until: Millis, limit: i64) -> Result<u64> {
        sql!(
            self,
            execute,
            "DELETE FROM letter WHERE id IN (SELECT id FROM letter WHERE made_at < $1 \
             AND state >= 2 LIMIT $2)",
            until.0,
            limit
        )
    }
}
