//! Phone numbers and mail addresses that accounts have shown to be their own, codes on their way
//! there, and deliveries to them.

use sqlx::FromRow;
use uuid::Uuid;

use crate::{
    db::{Result, Tx, pieces, sql, sql_rows},
    domain::{clock::Millis, id::DeliveryId},
};

/// A number or mail address and whose it is.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct ContactRow {
    /// `tel:` or `mailto:`.
    pub address: String,
    /// A bare JID.
    pub account: String,
    /// When a code that was sent there came back.
    pub proved_at: i64,
    /// 1 when others may learn that it is known here.
    pub discoverable: i64,
    /// When its owner was asked to show it again, 0 when they were not; from then on it does not
    /// count.
    pub asked_at: i64,
}

/// A code that has not come back yet.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub(crate) struct ProofRow {
    /// Where it was sent.
    pub address: String,
    /// Its keyed hash.
    pub hash: Vec<u8>,
    /// Wrong codes so far.
    pub tries: i64,
}

/// The statement that reads a [`ContactRow`], from its `WHERE` on.
macro_rules! select_contacts {
    ($rest:literal) => {
        concat!("SELECT address, account, proved_at, discoverable, asked_at FROM contact ", $rest)
    };
}

impl Tx {
    /// Whose `address` is.
    ///
    /// # Errors
    /// When the database does not answer.
    pub(crate) async fn contact(&mut self, address: &str) -> Result<Option<ContactRow>> {
        sql!(self, fetch_optional, select_contacts!("WHERE address = $1"), address)
    }

    /// What `account` has shown to be its own, the oldest first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub(crate) async fn contacts_of(&mut self, account: &str) -> Result<Vec<ContactRow>> {
        sql!(self, fetch_all, select_contacts!("WHERE account = $1 ORDER BY proved_at"), account)
    }

    /// Those of `addresses` that count as somebody's: address and account.
    ///
    /// # Errors
    /// When the database does not answer.
    pub(crate) async fn owners(&mut self, addresses: &[String]) -> Result<Vec<(String, String)>> {
        let mut found = Vec::new();
        for some in pieces(addresses) {
            found.extend(sql_rows!(
                &mut *self, fetch_all,
                "SELECT address, account FROM contact WHERE asked_at = 0 AND address IN ({list})",
                [], some => |address| [address]
            )?);
        }
        Ok(found)
    }

    /// Those of `addresses` that count as belonging to somebody who lets others find them: address
    /// and account.
    ///
    /// # Errors
    /// When the database does not answer.
    pub(crate) async fn findable(&mut self, addresses: &[String]) -> Result<Vec<(String, String)>> {
        let mut found = Vec::new();
        for some in pieces(addresses) {
            found.extend(sql_rows!(
                &mut *self, fetch_all,
                "SELECT address, account FROM contact \
                 WHERE asked_at = 0 AND discoverable = 1 AND address IN ({list})",
                [], some => |address| [address]
            )?);
        }
        Ok(found)
    }

    /// `address` is now `account`'s, and nobody else's. Whether it can be found stays as it was
    /// for the same owner, and is off for a new one.
    ///
    /// # Errors
    /// When the database does not answer, or there is no such account.
    pub async fn put_contact(&mut self, address: &str, account: &str, now: Millis) -> Result<()> {
        sql!(
            self,
            execute,
            "INSERT INTO contact (address, account, proved_at) VALUES ($1, $2, $3) \
             ON CONFLICT (address) DO UPDATE SET account = excluded.account, \
             proved_at = excluded.proved_at, asked_at = 0, discoverable = \
             CASE WHEN contact.account = excluded.account THEN contact.discoverable ELSE 0 END",
            address,
            account,
            now.0
        )?;
        Ok(())
    }

    /// `address` is not `account`'s any more. Answers whether it was.
    ///
    /// # Errors
    /// When the database does not answer.
    pub(crate) async fn delete_contact(&mut self, address: &str, account: &str) -> Result<bool> {
        let deleted = sql!(
            self,
            execute,
            "DELETE FROM contact WHERE address = $1 AND account = $2",
            address,
            account
        )?;
        Ok(deleted == 1)
    }

    /// Keeps whether others may learn that what is `account`'s is known here.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn set_discoverable(&mut self, account: &str, discoverable: bool) -> Result<()> {
        sql!(
            self,
            execute,
            "UPDATE contact SET discoverable = $2 WHERE account = $1",
            account,
            i64::from(discoverable)
        )?;
        Ok(())
    }

    /// Up to `limit` that were shown before `before`, and whose owners were not asked again.
    ///
    /// # Errors
    /// When the database does not answer.
    pub(crate) async fn old_contacts(
        &mut self,
        before: Millis,
        limit: i64,
    ) -> Result<Vec<ContactRow>> {
        sql!(
            self,
            fetch_all,
            select_contacts!("WHERE proved_at < $1 AND asked_at = 0 ORDER BY proved_at LIMIT $2"),
            before.0,
            limit
        )
    }

    /// The owner of `address` is asked to show it again; until then it does not count.
    ///
    /// # Errors
    /// When the database does not answer.
    pub(crate) async fn doubt_contact(&mut self, address: &str, now: Millis) -> Result<()> {
        sql!(self, execute, "UPDATE contact SET asked_at = $2 WHERE address = $1", address, now.0)?;
        Ok(())
    }

    /// Keeps a code for `address`, in place of an earlier one.
    ///
    /// # Errors
    /// When the database does not answer, or there is no such account.
    pub(crate) async fn put_proof(
        &mut self,
        account: &str,
        address: &str,
        hash: &[u8],
        expires: Millis,
    ) -> Result<()> {
        sql!(
            self,
            execute,
            "INSERT INTO proof (account, address, hash, tries, expires_at) \
             VALUES ($1, $2, $3, 0, $4) ON CONFLICT (account, address) DO UPDATE SET \
             hash = excluded.hash, tries = 0, expires_at = excluded.expires_at",
            account,
            address,
            hash,
            expires.0
        )?;
        Ok(())
    }

    /// The codes that `account` may still give back.
    ///
    /// # Errors
    /// When the database does not answer.
    pub(crate) async fn proofs_of(&mut self, account: &str, now: Millis) -> Result<Vec<ProofRow>> {
        sql!(
            self,
            fetch_all,
            "SELECT address, hash, tries FROM proof WHERE account = $1 AND expires_at > $2",
            account,
            now.0
        )
    }

    /// `account` has given a wrong code. What has seen `most` of them is burnt.
    ///
    /// # Errors
    /// When the database does not answer.
    pub(crate) async fn count_try(&mut self, account: &str, most: i64) -> Result<()> {
        sql!(self, execute, "UPDATE proof SET tries = tries + 1 WHERE account = $1", account)?;
        sql!(self, execute, "DELETE FROM proof WHERE account = $1 AND tries >= $2", account, most)?;
        Ok(())
    }

    /// Forgets the code that `account` was sent to `address`.
    ///
    /// # Errors
    /// When the database does not answer.
    pub(crate) async fn delete_proof(&mut self, account: &str, address: &str) -> Result<()> {
        sql!(
            self,
            execute,
            "DELETE FROM proof WHERE account = $1 AND address = $2",
            account,
            address
        )?;
        Ok(())
    }

    /// Forgets up to `limit` codes that are over. Answers how many.
    ///
    /// # Errors
    /// When the database does not answer.
    pub(crate) async fn delete_old_proofs(&mut self, now: Millis, limit: i64) -> Result<u64> {
        sql!(
            self,
            execute,
            "DELETE FROM proof WHERE (account, address) IN \
             (SELECT account, address FROM proof WHERE expires_at <= $1 LIMIT $2)",
            now.0,
            limit
        )
    }

    /// Up to `limit` shares that are held for `address` are held for the account `jid` from now on;
    /// not those that it gets anyway. Answers what they are and whose.
    ///
    /// # Errors
    /// When the database does not answer.
    pub(crate) async fn readdress(
        &mut self,
        address: &str,
        jid: &str,
        limit: i64,
    ) -> Result<Vec<(Uuid, String)>> {
        sql!(
            self,
            fetch_all,
            "UPDATE delivery SET rcpt = $2, address = $1 WHERE id IN (SELECT d.id FROM delivery d \
             WHERE d.rcpt = $1 AND d.state = 0 AND d.state + 0 < 2 AND d.carries = 0 AND NOT EXISTS \
             (SELECT 1 FROM delivery own WHERE own.share_id = d.share_id \
             AND own.rcpt = $2 AND own.carries = 0) ORDER BY d.id LIMIT $3) RETURNING id, author",
            address,
            jid,
            limit
        )
    }

    /// The same of these shares, which are held for one number or mail address.
    ///
    /// # Errors
    /// When the database does not answer.
    pub(crate) async fn give_to(
        &mut self,
        jid: &str,
        held: &[DeliveryId],
    ) -> Result<Vec<(Uuid, String)>> {
        let mut given = Vec::with_capacity(held.len());
        for some in pieces(held) {
            given.extend(sql_rows!(
                &mut *self, fetch_all,
                "UPDATE delivery SET rcpt = $1 WHERE state = 0 AND NOT EXISTS \
                 (SELECT 1 FROM delivery own WHERE own.share_id = delivery.share_id \
                 AND own.rcpt = $2 AND own.carries = 0) AND id IN ({list}) RETURNING id, author",
                [jid, jid], some => |id| [id.0]
            )?);
        }
        Ok(given)
    }

    /// Up to `limit` shares that were sent to `address`, and wait for a word of the account `jid`, are held
    /// for the address again, whose owner is looked up at `now`. Answers what they are and whose.
    ///
    /// # Errors
    /// When the database does not answer.
    pub(crate) async fn give_back(
        &mut self,
        address: &str,
        jid: &str,
        now: Millis,
        limit: i64,
    ) -> Result<Vec<(Uuid, String)>> {
        sql!(
            self,
            fetch_all,
            "UPDATE delivery SET rcpt = $1, due_at = $3 WHERE id IN (SELECT id FROM delivery \
             WHERE rcpt = $2 AND address = $1 AND state = 0 ORDER BY id LIMIT $4) \
             RETURNING id, author",
            address,
            jid,
            now.0,
            limit
        )
    }

    /// What is held for the account `jid` of what was said about these, is held for `address`. Answers how
    /// much.
    ///
    /// # Errors
    /// When the database does not answer.
    pub(crate) async fn give_back_notes(
        &mut self,
        address: &str,
        jid: &str,
        about: &[DeliveryId],
    ) -> Result<u64> {
        let mut n = 0;
        for some in pieces(about) {
            n += sql_rows!(
                &mut *self, execute,
                "UPDATE delivery SET rcpt = $1 WHERE rcpt || '' = $2 AND state + 0 = 0 \
                 AND carries + 0 > 0 AND about IN ({list})",
                [address, jid], some => |id| [id.0]
            )?;
        }
        Ok(n)
    }

    /// Up to `limit` of what was said about shares that went to `address` and are held for the account
    /// `jid` is held for it too. Answers what it is and whose.
    ///
    /// # Errors
    /// When the database does not answer.
    pub(crate) async fn readdress_notes(
        &mut self,
        address: &str,
        jid: &str,
        limit: i64,
    ) -> Result<Vec<(Uuid, String)>> {
        sql!(
            self,
            fetch_all,
            "UPDATE delivery SET rcpt = $2 WHERE id IN (SELECT d.id FROM delivery d \
             WHERE d.rcpt = $1 AND d.state = 0 AND d.state + 0 < 2 AND d.carries > 0 AND EXISTS \
             (SELECT 1 FROM delivery own WHERE own.id = d.about AND own.rcpt = $2) \
             LIMIT $3) RETURNING id, author",
            address,
            jid,
            limit
        )
    }

    /// What the sender typed for those of `ids` that did not go to an account by its address.
    ///
    /// # Errors
    /// When the database does not answer.
    pub(crate) async fn typed(&mut self, ids: &[DeliveryId]) -> Result<Vec<(Uuid, String)>> {
        let mut found = Vec::new();
        for some in pieces(ids) {
            found.extend(sql_rows!(
                &mut *self, fetch_all,
                "SELECT id, address FROM delivery WHERE address IS NOT NULL AND id IN ({list})",
                [], some => |id| [id.0]
            )?);
        }
        Ok(found)
    }
}
