//! Invitations, who was asked by whom, and who wants to hear nothing.
//!
//! Every function that asks the database fails when that does not answer.

#![expect(clippy::missing_errors_doc, reason = "said once, above")]

use sqlx::FromRow;
use uuid::Uuid;

use crate::{
    db::{Result, Tx, pieces, sql, sql_rows},
    domain::{clock::Millis, invitation::State},
};

/// An invitation as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub(crate) struct InvitationRow {
    /// Its name.
    pub id: Uuid,
    /// The bare JID of whoever invites.
    pub inviter: String,
    /// Whom, as [`crate::domain::address::Address`] writes it.
    pub address: String,
    /// Since when it has been wanted.
    pub made_at: i64,
    /// Until when an answer counts.
    pub expires_at: i64,
    state: i64,
    /// Who came with its code.
    pub redeemed_by: Option<String>,
}

impl InvitationRow {
    /// Where it stands.
    #[must_use]
    pub(crate) fn state(&self) -> State {
        State::of_code(self.state)
    }

    /// Whether whoever was invited may still answer it.
    #[must_use]
    pub(in crate::invite) fn is_open(&self, now: Millis) -> bool {
        matches!(self.state(), State::Told | State::Undelivered) && now.0 < self.expires_at
    }
}

/// Somebody whom an inviter has sent something to.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub(in crate::invite) struct SentToRow {
    /// Whom, as it was written.
    pub whom: String,
    /// When the first of it was accepted.
    pub first: i64,
    /// And the last.
    pub last: i64,
    /// How many things it is.
    pub things: i64,
    has_answered: i64,
}

impl SentToRow {
    /// Whether they have let the inviter know.
    #[must_use]
    pub(in crate::invite) fn has_answered(&self) -> bool {
        self.has_answered != 0
    }
}

/// An invitation that is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewInvitation {
    /// Its name.
    pub id: Uuid,
    /// See `InvitationRow::inviter`.
    pub inviter: String,
    /// See `InvitationRow::address`.
    pub address: String,
    /// See `InvitationRow::made_at`. It is due then.
    pub made: Millis,
}

/// The statement that reads an [`InvitationRow`], from its `WHERE` on.
macro_rules! select_invitations {
    ($rest:literal) => {
        concat!(
            "SELECT id, inviter, address, made_at, expires_at, state, redeemed_by FROM invitation ",
            $rest
        )
    };
}

impl Tx {
    /// Keeps invitations that are wanted, no two alike; nothing for those of whom there is one
    /// already, unless that was withdrawn. Until one is told its id stands for the hash of its
    /// code.
    pub async fn insert_invitations(&mut self, wanted: &[NewInvitation]) -> Result<()> {
        for some in pieces(wanted) {
            sql_rows!(
                &mut *self, execute,
                "INSERT INTO invitation (id, hash, inviter, address, made_at, expires_at, state, \
                 due_at) VALUES {rows:8} ON CONFLICT (inviter, address) DO UPDATE \
                 SET state = excluded.state, made_at = excluded.made_at, due_at = excluded.due_at \
                 WHERE invitation.state = 3",
                [], some => |it| [
                    it.id, it.id.as_bytes().to_vec(), &it.inviter, &it.address, it.made.0,
                    Millis::NEVER.0, State::Kept.code(), it.made.0
                ]
            )?;
        }
        Ok(())
    }

    /// The invitation whose code has this hash; none of somebody who has left.
    pub(crate) async fn invitation(&mut self, hash: &[u8]) -> Result<Option<InvitationRow>> {
        sql!(
            self,
            fetch_optional,
            select_invitations!(
                "WHERE hash = $1 \
                 AND EXISTS (SELECT 1 FROM account a WHERE a.jid = invitation.inviter)"
            ),
            hash
        )
    }

    /// Whether somebody who has not left has invited `address`, and an answer still counts.
    pub(crate) async fn is_invited(&mut self, address: &str, now: Millis) -> Result<bool> {
        let found: Option<(i64,)> = sql!(
            self,
            fetch_optional,
            "SELECT state FROM invitation WHERE address = $1 AND state = 1 AND state + 0 <> 2 \
             AND state + 0 <> 3 AND expires_at > $2 \
             AND EXISTS (SELECT 1 FROM account a WHERE a.jid = invitation.inviter) \
             UNION ALL SELECT state FROM invitation WHERE address = $1 AND state = 4 \
             AND state + 0 <> 2 AND state + 0 <> 3 AND expires_at > $2 \
             AND EXISTS (SELECT 1 FROM account a WHERE a.jid = invitation.inviter) LIMIT 1",
            address,
            now.0
        )?;
        Ok(found.is_some())
    }

    /// The last `limit` invitations of `inviter`, the last first.
    pub(crate) async fn invitations_of(
        &mut self,
        inviter: &str,
        limit: i64,
    ) -> Result<Vec<InvitationRow>> {
        sql!(
            self,
            fetch_all,
            select_invitations!("WHERE inviter = $1 ORDER BY made_at DESC LIMIT $2"),
            inviter,
            limit
        )
    }

    /// Up to `limit` invitations of `inviter` that are due, the longest due first.
    pub(in crate::invite) async fn invitations_due(
        &mut self,
        inviter: &str,
        now: Millis,
        limit: i64,
    ) -> Result<Vec<InvitationRow>> {
        sql!(
            self,
            fetch_all,
            select_invitations!(
                "WHERE inviter = $1 AND state = 0 AND due_at <= $2 ORDER BY due_at LIMIT $3"
            ),
            inviter,
            now.0,
            limit
        )
    }

    /// A limit keeps an invitation back until `due`.
    pub(in crate::invite) async fn keep_back(&mut self, id: Uuid, due: Millis) -> Result<()> {
        sql!(self, execute, "UPDATE invitation SET due_at = $2 WHERE id = $1", id, due.0)?;
        Ok(())
    }

    /// An invitation leaves: this is the hash of its code, and an answer counts until `expires`.
    pub async fn tell_invitation(&mut self, id: Uuid, hash: &[u8], expires: Millis) -> Result<()> {
        sql!(
            self,
            execute,
            "UPDATE invitation SET state = 1, hash = $2, expires_at = $3 WHERE id = $1",
            id,
            hash,
            expires.0
        )?;
        Ok(())
    }

    /// Keeps where the invitation of `inviter` to `address` stands, unless it was accepted or
    /// withdrawn. Answers whether there is such a one.
    pub(crate) async fn set_invitation(
        &mut self,
        inviter: &str,
        address: &str,
        state: State,
    ) -> Result<bool> {
        let set = sql!(
            self,
            execute,
            "UPDATE invitation SET state = $3 \
             WHERE inviter = $1 AND address = $2 AND state IN (0, 1, 4)",
            inviter,
            address,
            state.code()
        )?;
        Ok(set == 1)
    }

    /// `account` has come with the code of an invitation; nothing when somebody else has. Answers
    /// whether it is theirs.
    pub(crate) async fn redeem_invitation(&mut self, id: Uuid, account: &str) -> Result<bool> {
        let redeemed = sql!(
            self,
            execute,
            "UPDATE invitation SET redeemed_by = $2 \
             WHERE id = $1 AND (redeemed_by IS NULL OR redeemed_by = $2)",
            id,
            account
        )?;
        Ok(redeemed == 1)
    }

    /// Whoever has `address` has joined as `account`: up to `limit` of those who have invited them
    /// need not invite any more. Answers who wanted to and has not left, whether they may know it
    /// (of an account all may; of a number or a mail address only the one with whose code its owner
    /// came), and until when an answer to them counts: for ever if nobody was asked on their
    /// behalf.
    pub(crate) async fn accept_invitations(
        &mut self,
        address: &str,
        account: &str,
        limit: i64,
    ) -> Result<Vec<(String, bool, i64)>> {
        sql!(
            self,
            fetch_all,
            "UPDATE invitation SET state = 2, redeemed_by = \
             CASE WHEN address = $2 OR redeemed_by = $2 THEN $2 END \
             WHERE id IN (SELECT i.id FROM invitation i WHERE i.address = $1 AND i.state + 0 <> 2 \
             AND i.state + 0 <> 3 AND EXISTS (SELECT 1 FROM account a WHERE a.jid = i.inviter) \
             LIMIT $3) RETURNING inviter, redeemed_by IS NOT NULL, expires_at",
            address,
            account,
            limit
        )
    }

    /// Forgets an invitation.
    pub(in crate::invite) async fn delete_invitation(&mut self, id: Uuid) -> Result<()> {
        sql!(self, execute, "DELETE FROM invitation WHERE id = $1", id)?;
        Ok(())
    }

    /// Forgets up to `limit` invitations that were wanted before `until`.
    pub(crate) async fn delete_old_invitations(
        &mut self,
        until: Millis,
        limit: i64,
    ) -> Result<u64> {
        sql!(
            self,
            execute,
            "DELETE FROM invitation WHERE id IN \
             (SELECT id FROM invitation WHERE made_at < $1 LIMIT $2)",
            until.0,
            limit
        )
    }

    /// Whom `inviter` has sent something to under the number `handle` or later, and after `since`:
    /// of the last `limit` things that went to one person each. An account lets them know as soon
    /// as anything has left for it; the owner of a number or mail address by an answer or by taking
    /// a card.
    pub(in crate::invite) async fn sent_to(
        &mut self,
        inviter: &str,
        handle: i64,
        since: Millis,
        limit: i64,
    ) -> Result<Vec<SentToRow>> {
        sql!(
            self,
            fetch_all,
            "SELECT d.whom, MIN(d.accepted_at) AS first, MAX(d.accepted_at) AS last, \
             COUNT(*) AS things, \
             CAST(MAX(CASE WHEN d.whom LIKE 'tel:%' OR d.whom LIKE 'mailto:%' THEN CASE WHEN \
             d.answered_at IS NOT NULL OR EXISTS (SELECT 1 FROM tray t WHERE t.delivery_id = d.id \
             AND t.state = 1) THEN 1 ELSE 0 END \
             WHEN d.stream <> 0 OR d.quiet_at IS NOT NULL OR d.state IN (4, 5, 6) \
             THEN 1 ELSE 0 END) AS BIGINT) \
             AS has_answered FROM (SELECT COALESCE(d.address, d.rcpt) AS whom, s.accepted_at, \
             d.id, d.stream, d.state, d.quiet_at, d.answered_at \
             FROM share s JOIN delivery d ON d.share_id = s.id \
             WHERE s.sender = $1 AND s.handle >= $2 AND s.accepted_at > $3 \
             AND s.revoked_at IS NULL AND d.carries = 0 \
             ORDER BY s.handle DESC, s.id DESC, d.id DESC LIMIT $4) d GROUP BY d.whom \
             ORDER BY first",
            inviter,
            handle,
            since.0,
            limit
        )
    }

    /// The name of the invitation that is `n` behind the name `after`; none when there are fewer.
    pub(in crate::invite) async fn invitation_behind(
        &mut self,
        after: Uuid,
        n: i64,
    ) -> Result<Option<Uuid>> {
        sql!(
            self,
            scalar fetch_optional,
            "SELECT id FROM invitation WHERE id > $1 ORDER BY id LIMIT 1 OFFSET $2",
            after,
            n - 1
        )
    }

    /// How many invitations there are with names behind `after`, up to `last`, by the number of their
    /// state and the name of the channel that reaches their address. Reads all of these.
    pub(in crate::invite) async fn count_invitations(
        &mut self,
        after: Uuid,
        last: Uuid,
    ) -> Result<Vec<(i64, String, i64)>> {
        sql!(
            self,
            fetch_all,
            "SELECT state, CASE WHEN address LIKE 'tel:%' THEN 'sms' \
             WHEN address LIKE 'mailto:%' THEN 'mail' ELSE 'chat' END AS channel, COUNT(*) \
             FROM invitation WHERE id > $1 AND id <= $2 GROUP BY 1, 2",
            after,
            last
        )
    }

    /// `inviter` does not wait for `address` any more, whether its owner was invited or not; nothing
    /// when they know that its owner has come.
    pub(in crate::invite) async fn withdraw_invitation(
        &mut self,
        given_up: &NewInvitation,
    ) -> Result<()> {
        sql!(
            self,
            execute,
            "INSERT INTO invitation (id, hash, inviter, address, made_at, expires_at, state, \
             due_at) VALUES ($1, $2, $3, $4, $5, $5, 3, $5) ON CONFLICT (inviter, address) \
             DO UPDATE SET state = 3, made_at = excluded.made_at \
             WHERE invitation.state <> 2 OR invitation.redeemed_by IS NULL",
            given_up.id,
            given_up.id.as_bytes().to_vec(),
            &given_up.inviter,
            &given_up.address,
            given_up.made.0
        )?;
        Ok(())
    }
}
