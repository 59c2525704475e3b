//! Links with which people who were invited make themselves an account on the server.
//!
//! Every function that asks the database fails when that does not answer.

use sqlx::FromRow;

use crate::{
    db::{Result, Tx, sql},
    domain::{account_link::AccountLink, clock::Millis},
};

/// The link of an invitation, or the place of one that the server is being asked for.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub(crate) struct AccountLinkRow {
    /// Empty while the server is being asked.
    pub uri: String,
    /// The same as a page of the server's.
    pub page: Option<String>,
    /// When the server was asked.
    pub made_at: i64,
    /// When it ends: the link, or the place.
    pub expires_at: i64,
    /// On whose behalf, by a keyed hash.
    pub inviter: Option<Vec<u8>>,
}

/// On whose behalf an account was made.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub(in crate::invite) struct MadeRow {
    /// Who invited, by a keyed hash.
    pub inviter: Option<Vec<u8>>,
    /// The site of their server; '' of the service's own people.
    pub site: String,
}

impl Tx {
    /// The link of the invitation whose code has this hash, or its place.
    pub(crate) async fn account_link(
        &mut self,
        invitation: &[u8],
    ) -> Result<Option<AccountLinkRow>> {
        sql!(
            self,
            fetch_optional,
            "SELECT uri, page, made_at, expires_at, inviter FROM account_link WHERE invitation = $1",
            invitation
        )
    }

    /// On whose behalf up to `limit` were made since `since`, without those whose place has ended
    /// empty.
    pub(in crate::invite) async fn account_links_since(
        &mut self,
        since: Millis,
        now: Millis,
        limit: i64,
    ) -> Result<Vec<MadeRow>> {
        sql!(
            self,
            fetch_all,
            "SELECT inviter, site FROM account_link \
             WHERE made_at >= $1 AND (uri <> '' OR expires_at > $2) LIMIT $3",
            since.0,
            now.0,
            limit
        )
    }

    /// Keeps a place until `until` on behalf of an inviter and the site of their server, in the place
    /// of what has ended. Answers whether there was none that has not.
    pub(crate) async fn reserve_account_link(
        &mut self,
        invitation: &[u8],
        (now, until): (Millis, Millis),
        (inviter, site): (&[u8], &str),
    ) -> Result<bool> {
        let kept = sql!(
            self,
            execute,
            "INSERT INTO account_link (invitation, uri, made_at, expires_at, inviter, site) \
             VALUES ($1, '', $2, $3, $4, $5) ON CONFLICT (invitation) DO UPDATE SET uri = '', \
             page = NULL, made_at = excluded.made_at, expires_at = excluded.expires_at, \
             inviter = excluded.inviter, site = excluded.site \
             WHERE account_link.expires_at <= excluded.made_at",
            invitation,
            now.0,
            until.0,
            inviter,
            site
        )?;
        Ok(kept > 0)
    }

    /// On whose behalf the account of `jid` was made, by a keyed hash, if that is known.
    pub(in crate::invite) async fn made_for(&mut self, jid: &str) -> Result<Option<Vec<u8>>> {
        let row: Option<(Option<Vec<u8>>,)> =
            sql!(self, fetch_optional, "SELECT made_for FROM account WHERE jid = $1", jid)?;
        Ok(row.and_then(|(inviter,)| inviter))
    }

    /// It was made on behalf of `inviter`.
    pub(in crate::invite) async fn set_made_for(
        &mut self,
        jid: &str,
        inviter: &[u8],
    ) -> Result<()> {
        sql!(self, execute, "UPDATE account SET made_for = $2 WHERE jid = $1", jid, inviter)?;
        Ok(())
    }

    /// Puts a link into its place, if that is still empty.
    pub(crate) async fn keep_account_link(
        &mut self,
        invitation: &[u8],
        link: &AccountLink,
    ) -> Result<()> {
        sql!(
            self,
            execute,
            "UPDATE account_link SET uri = $2, page = $3, expires_at = $4 \
             WHERE invitation = $1 AND uri = ''",
            invitation,
            &link.uri,
            &link.page,
            link.expires.0
        )?;
        Ok(())
    }

    /// Gives a place back that stayed empty.
    pub(in crate::invite) async fn give_account_link_back(
        &mut self,
        invitation: &[u8],
    ) -> Result<()> {
        sql!(
            self,
            execute,
            "DELETE FROM account_link WHERE invitation = $1 AND uri = ''",
            invitation
        )?;
        Ok(())
    }

    /// Forgets links that ended before `before` and were made before `made`, at most `limit`.
    /// Answers how many.
    pub(in crate::invite) async fn delete_old_account_links(
        &mut self,
        before: Millis,
        made: Millis,
        limit: i64,
    ) -> Result<u64> {
        sql!(
            self,
            execute,
            "DELETE FROM account_link WHERE invitation IN (SELECT invitation FROM account_link \
             WHERE expires_at < $1 AND made_at < $2 LIMIT $3)",
            before.0,
            made.0,
            limit
        )
    }
}
