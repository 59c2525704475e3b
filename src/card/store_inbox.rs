//! Cards that are offered, and the tray of new ones (S4.3): a row for each delivery of a card.
//!
//! Every function that asks the database fails when that does not answer.

use sqlx::FromRow;
use uuid::Uuid;

use crate::{
    db::{Result, Tx, pieces, sql, sql_rows},
    domain::{
        clock::Millis,
        id::{DeliveryId, ShareId},
        offer::{Decision, Offer},
    },
    outbox::store::DeliveryRow,
};

/// A card in somebody's tray, to be kept.
#[derive(Debug, Clone)]
pub(crate) struct NewTray {
    /// The delivery that brings it.
    pub delivery: DeliveryId,
    /// The share that it is a delivery of.
    pub share: ShareId,
    /// Which of its giver's own cards it is.
    pub own_card: Option<String>,
    /// What is known of it: nothing is asked about the new version of a card that the recipient
    /// follows.
    pub decision: Decision,
    /// When it is looked at whether it is to be sent again.
    pub again: Millis,
}

/// A card that somebody was offered, as it is kept.
#[derive(Debug, Clone, FromRow)]
pub(crate) struct TrayRow {
    /// The delivery that brings it.
    pub delivery_id: Uuid,
    /// The offer.
    pub share_id: Uuid,
    /// The recipient's number for it.
    pub handle: i64,
    /// Which of the giver's own cards it is.
    pub own_card: Option<String>,
    /// The number of [`Decision`].
    pub state: i64,
    /// When they decided.
    pub decided_at: Option<i64>,
    /// Who gives it: a bare JID.
    pub sender: String,
    /// The name the giver went by.
    pub sender_nick: Option<String>,
    /// When it was offered.
    pub accepted_at: i64,
    /// Until when it can be taken.
    pub expires_at: i64,
    /// When its giver took it back.
    pub revoked_at: Option<i64>,
    /// The card.
    pub card: Option<String>,
    /// How it is offered: the number of [`crate::domain::offer::How`].
    pub offered: i64,
    /// What came before it.
    pub answers: Option<Uuid>,
}

/// A card whose timer is due.
#[derive(Debug, Clone, FromRow)]
pub(crate) struct AgainRow {
    /// The delivery that brings it.
    #[sqlx(flatten)]
    pub delivery: DeliveryRow,
    /// When that was last written to a stream, or 0.
    pub sent_at: i64,
    /// How often it was sent again.
    pub again: i64,
    /// The number of [`Decision`].
    pub decision: i64,
    /// When a client acknowledged it.
    pub acked_at: Option<i64>,
    /// When its giver took it back.
    pub revoked_at: Option<i64>,
    /// Whether a client of the recipient's acknowledges; none when the recipient has no account.
    pub acks: Option<bool>,
    /// Whether the recipient is online, as far as we see.
    pub online: Option<bool>,
    /// Whether we see that.
    pub seen_by_us: Option<bool>,
    /// When the recipient was last seen.
    pub seen_at: Option<i64>,
}

/// The statement that reads a [`TrayRow`], from its `WHERE` on.
macro_rules! select_offers {
    ($rest:literal) => {
        concat!(
            "SELECT t.delivery_id, t.share_id, d.handle, t.own_card, t.state, t.decided_at, s.sender, \
             s.sender_nick, s.accepted_at, s.expires_at, s.revoked_at, s.card, s.offered, s.answers \
             FROM delivery d JOIN tray t ON t.delivery_id = d.id JOIN share s ON s.id = d.share_id ",
            $rest
        )
    };
}

impl Tx {
    /// Keeps that `share` shows a card.
    pub(in crate::card) async fn set_offer(&mut self, share: ShareId, offer: &Offer) -> Result<()> {
        sql!(
            self,
            execute,
            "UPDATE share SET card = $2, offered = $3, answers = $4 WHERE id = $1",
            share.0,
            offer.card.to_string(),
            offer.how.code(),
            offer.after.map(|after| after.0)
        )?;
        Ok(())
    }

    /// Puts cards into the trays of those to whom they are delivered.
    pub(crate) async fn insert_tray(&mut self, new: &[NewTray]) -> Result<()> {
        for some in pieces(new) {
            sql_rows!(
                &mut *self, execute,
                "INSERT INTO tray (delivery_id, share_id, own_card, state, again_at, again) \
                 VALUES {rows:6}",
                [], some => |it| [
                    it.delivery.0, it.share.0, &it.own_card, it.decision.code(), it.again.0, 0_i64
                ]
            )?;
        }
        let waits: Vec<_> = new.iter().filter(|it| it.decision == Decision::Waits).collect();
        for some in pieces(&waits) {
            sql_rows!(
                &mut *self, execute,
                "UPDATE delivery SET undecided = TRUE WHERE id IN ({list})",
                [], some => |it| [it.delivery.0]
            )?;
        }
        Ok(())
    }

    /// Up to `limit` cards that wait for the word of `account`, whose numbers are above `after`, in
    /// their order.
    pub(crate) async fn tray(
        &mut self,
        account: &str,
        now: Millis,
        after: i64,
        limit: i64,
    ) -> Result<Vec<TrayRow>> {
        sql!(
            self,
            fetch_all,
            select_offers!(
                "WHERE d.rcpt = $1 AND d.handle > $2 AND d.undecided = TRUE AND d.state + 0 < 7 \
                 AND s.revoked_at IS NULL AND s.expires_at > $3 ORDER BY d.handle LIMIT $4"
            ),
            account,
            after,
            now.0,
            limit
        )
    }

    /// The card that `account` was offered and knows by this number, whatever has become of it; the
    /// newest.
    pub(in crate::card) async fn offered_numbered(
        &mut self,
        account: &str,
        handle: i64,
    ) -> Result<Option<TrayRow>> {
        sql!(
            self,
            fetch_optional,
            select_offers!(
                "WHERE d.rcpt = $1 AND d.handle = $2 AND d.handle > 0 AND d.carries = 0 \
                 ORDER BY d.id DESC LIMIT 1"
            ),
            account,
            handle
        )
    }

    /// The same of the offer `share`.
    pub(crate) async fn offered(
        &mut self,
        account: &str,
        share: ShareId,
    ) -> Result<Option<TrayRow>> {
        sql!(
            self,
            fetch_optional,
            select_offers!(
                "WHERE d.share_id = $2 AND d.rcpt = $1 AND d.carries = 0 AND d.handle > 0"
            ),
            account,
            share.0
        )
    }

    /// Keeps what somebody has decided about a card; it is not sent again.
    pub(in crate::card) async fn decide_offer(
        &mut self,
        delivery: DeliveryId,
        decision: Decision,
        now: Millis,
    ) -> Result<()> {
        sql!(
            &mut *self,
            execute,
            "UPDATE tray SET state = $2, decided_at = $3, again_at = $4 WHERE delivery_id = $1",
            delivery.0,
            decision.code(),
            now.0,
            Millis::NEVER.0
        )?;
        sql!(self, execute, "UPDATE delivery SET undecided = FALSE WHERE id = $1", delivery.0)?;
        Ok(())
    }

    /// Up to `limit` cards of `author` that wait for the word of `rcpt` are declined, and not sent again.
    /// Answers how many.
    pub(crate) async fn decline_of(
        &mut self,
        rcpt: &str,
        author: &str,
        now: Millis,
        limit: i64,
    ) -> Result<u64> {
        sql!(
            &mut *self,
            execute,
            "UPDATE tray SET state = 2, decided_at = $4, again_at = $5 WHERE delivery_id IN \
             (SELECT id FROM delivery WHERE rcpt = $1 AND author = $2 AND undecided = TRUE \
             AND state + 0 < 7 ORDER BY id LIMIT $3)",
            rcpt,
            author,
            limit,
            now.0,
            Millis::NEVER.0
        )?;
        sql!(
            self,
            execute,
            "UPDATE delivery SET undecided = FALSE WHERE id IN (SELECT id FROM delivery \
             WHERE rcpt = $1 AND author = $2 AND undecided = TRUE AND state + 0 < 7 \
             ORDER BY id LIMIT $3)",
            rcpt,
            author,
            limit
        )
    }

    /// The change of the card that `giver` calls `name`, made at `at`, that `account` was sent: of the
    /// last 500 things.
    pub(in crate::card) async fn change_sent(
        &mut self,
        account: &str,
        giver: &str,
        name: &str,
        at: i64,
    ) -> Result<Option<TrayRow>> {
        sql!(
            self,
            fetch_optional,
            "SELECT d.handle, t.delivery_id, t.share_id, t.own_card, t.state, t.decided_at, s.sender, \
             s.sender_nick, s.accepted_at, s.expires_at, s.revoked_at, s.card, s.offered, s.answers \
             FROM (SELECT id, share_id, handle FROM delivery WHERE rcpt = $1 AND carries = 0 \
             AND handle > 0 ORDER BY handle DESC LIMIT 500) d \
             JOIN tray t ON t.delivery_id = d.id JOIN share s ON s.id = d.share_id \
             WHERE s.sender = $2 AND t.own_card || '' = $3 AND s.accepted_at = $4 \
             AND s.offered >= 8 LIMIT 1",
            account,
            giver,
            name,
            at
        )
    }

    /// The offer `share` waits for nobody's word any more.
    pub(in crate::card) async fn end_offer(&mut self, share: ShareId) -> Result<()> {
        sql!(
            self,
            execute,
            "UPDATE delivery SET undecided = FALSE \
             WHERE share_id = $1 AND carries = 0 AND undecided = TRUE",
            share.0
        )?;
        Ok(())
    }

    /// A client of the recipient's has the card; it is not sent again.
    pub(in crate::card) async fn acknowledge(
        &mut self,
        delivery: DeliveryId,
        now: Millis,
    ) -> Result<()> {
        sql!(
            self,
            execute,
            "UPDATE tray SET acked_at = COALESCE(acked_at, $2), again_at = $3 WHERE delivery_id = $1",
            delivery.0,
            now.0,
            Millis::NEVER.0
        )?;
        Ok(())
    }

    /// A client of `account` acknowledges what it gets.
    pub(in crate::card) async fn set_acks(&mut self, account: &str) -> Result<()> {
        sql!(
            self,
            execute,
            "UPDATE account SET acks = TRUE WHERE jid = $1 AND acks = FALSE",
            account
        )?;
        Ok(())
    }

    /// Up to `limit` cards whose timer is due, the longest due first.
    pub(crate) async fn again_due(&mut self, now: Millis, limit: i64) -> Result<Vec<AgainRow>> {
        sql!(
            self,
            fetch_all,
            "SELECT d.id, d.share_id, d.rcpt, d.handle, d.held, d.state, d.attempt, d.suspect, \
             d.resent, d.due_at, d.expires_at, d.fail, d.carries, d.about, d.sent_at, t.again, \
             t.state AS decision, t.acked_at, s.revoked_at, a.acks, a.online, a.seen_by_us, a.seen_at \
             FROM tray t JOIN delivery d ON d.id = t.delivery_id JOIN share s ON s.id = t.share_id \
             LEFT JOIN account a ON a.jid = d.rcpt WHERE t.again_at <= $1 \
             ORDER BY t.again_at LIMIT $2",
            now.0,
            limit
        )
    }

    /// When a card is looked at next, and how often it was sent again by now.
    pub(crate) async fn set_again(
        &mut self,
        delivery: DeliveryId,
        at: Millis,
        again: i64,
    ) -> Result<()> {
        sql!(
            self,
            execute,
            "UPDATE tray SET again_at = $2, again = $3 WHERE delivery_id = $1",
            delivery.0,
            at.0,
            again
        )?;
        Ok(())
    }
}
