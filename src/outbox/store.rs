//! Deliveries: the outbox and the record of what became of it.
//!
//! A statement that looks for a state also says `state + 0 < 2`, `state < 5` or whatever the index
//! says that it means: SQLite uses a partial index only for its own words.
//!
//! Every function that asks the database fails when that does not answer.

#![expect(clippy::missing_errors_doc, reason = "said once, above")]

use sqlx::FromRow;
use uuid::Uuid;

use crate::{
    db::{Result, Tx, pieces, sql, sql_rows},
    domain::{
        clock::Millis,
        delivery::{Bounce, Delivery, State},
        id::{DeliveryId, ShareId, StreamNo},
        note::{Carries, NoteNo},
    },
};

/// A delivery to be kept.
#[derive(Debug, Clone)]
pub struct NewDelivery {
    /// Its name.
    pub id: DeliveryId,
    /// What is delivered.
    pub share: ShareId,
    /// To whom, as [`crate::domain::address::Address`] writes it.
    pub rcpt: String,
    /// The number or mail address that its sender typed, whoever has it.
    pub address: Option<String>,
    /// The recipient's number for it; 0 while they have not joined.
    pub handle: i64,
    /// Where it stands.
    pub delivery: Delivery,
    /// When it was first written to a stream, 0 when it was not.
    pub sent_at: i64,
    /// Who has sent the share, or written the note, as the recipient knows them: a bare JID, or what the
    /// recipient typed. Blocks are about this.
    pub author: String,
}

/// A delivery as it is kept.
#[derive(Debug, Clone, FromRow)]
pub struct DeliveryRow {
    /// Its name.
    pub id: Uuid,
    /// What is delivered, or what it is about.
    pub share_id: Uuid,
    /// To whom.
    pub rcpt: String,
    /// The recipient's number for it.
    pub handle: i64,
    /// Whether it waited for the recipient to join.
    pub held: bool,
    state: i64,
    attempt: i64,
    suspect: i64,
    resent: i64,
    due_at: i64,
    expires_at: i64,
    fail: Option<i64>,
    carries: i64,
    about: Option<Uuid>,
}

impl DeliveryRow {
    /// The part that the rules look at.
    #[must_use]
    pub(crate) fn delivery(&self) -> Delivery {
        let count = |n: i64| u32::try_from(n).unwrap_or(u32::MAX);
        Delivery {
            // A number that no version has written: a person has to look.
            state: State::from_code(self.state).unwrap_or(State::Dead),
            attempt: count(self.attempt),
            suspect: count(self.suspect),
            resent: count(self.resent),
            due: Millis(self.due_at),
            expires: Millis(self.expires_at),
            fail: self.fail.and_then(Bounce::from_code),
        }
    }

    /// What it carries.
    #[must_use]
    pub(crate) fn carries(&self) -> Carries<NoteNo> {
        Carries::from_code(self.carries)
    }

    /// The delivery of the share that the conversation began with: this one, if it carries that.
    #[must_use]
    pub(crate) fn about(&self) -> DeliveryId {
        DeliveryId(self.about.unwrap_or(self.id))
    }
}

/// The statement that reads a [`DeliveryRow`], from its `WHERE` on.
macro_rules! select_deliveries {
    ($rest:literal) => {
        concat!(
            "SELECT id, share_id, rcpt, handle, held, state, attempt, suspect, resent, due_at, \
             expires_at, fail, carries, about FROM delivery ",
            $rest
        )
    };
}
pub(crate) use select_deliveries;

impl Tx {
    /// Keeps new deliveries.
    pub async fn insert_deliveries(&mut self, deliveries: &[NewDelivery]) -> Result<()> {
        self.note_whether_queued(deliveries.iter().map(|it| &it.delivery));
        for some in pieces(deliveries) {
            sql_rows!(
                &mut *self, execute,
                "INSERT INTO delivery (id, share_id, rcpt, handle, held, state, attempt, suspect, \
                 resent, due_at, expires_at, stream, sent_at, address, author) VALUES {rows:15}",
                [], some => |d| [
                    d.id.0, d.share.0, &d.rcpt, d.handle, d.delivery.state == State::Held,
                    d.delivery.state.code(), i64::from(d.delivery.attempt), 0_i64, 0_i64,
                    d.delivery.due.0, d.delivery.expires.0, 0_i64, d.sent_at, &d.address,
                    &d.author
                ]
            )?;
        }
        Ok(())
    }

    /// Nothing for the same people is to overtake what is queued of these.
    pub(super) fn note_whether_queued<'a>(&mut self, these: impl Iterator<Item = &'a Delivery>) {
        if { these }.any(|it| it.state == State::Queued) {
            self.note_queued();
        }
    }

    /// The deliveries with these names.
    pub(crate) async fn deliveries(&mut self, ids: &[DeliveryId]) -> Result<Vec<DeliveryRow>> {
        let mut found = Vec::with_capacity(ids.len());
        for some in pieces(ids) {
            found.extend(sql_rows!(
                &mut *self, fetch_all,
                select_deliveries!("WHERE id IN ({list})"),
                [], some => |id| [id.0]
            )?);
        }
        Ok(found)
    }

    /// The recipient and the author of each of `ids`.
    pub(crate) async fn authors_of(
        &mut self,
        ids: &[DeliveryId],
    ) -> Result<Vec<(Uuid, String, String)>> {
        let mut found = Vec::with_capacity(ids.len());
        for some in pieces(ids) {
            found.extend(sql_rows!(
                &mut *self, fetch_all,
                "SELECT id, rcpt, author FROM delivery WHERE id IN ({list})",
                [], some => |id| [id.0]
            )?);
        }
        Ok(found)
    }

    /// Up to `limit` deliveries in `state` that are due, the longest due first.
    pub(crate) async fn due(
        &mut self,
        state: State,
        now: Millis,
        limit: i64,
    ) -> Result<Vec<DeliveryRow>> {
        sql!(
            self,
            fetch_all,
            select_deliveries!(
                "WHERE state = $1 AND state < 5 AND due_at <= $2 ORDER BY due_at, id LIMIT $3"
            ),
            state.code(),
            now.0,
            limit
        )
    }

    /// Whether any delivery is due that is not queued. Whatever comes first of each state is looked for
    /// by its time: what is due is little, and nobody reads all the others for it.
    pub(crate) async fn is_any_due(&mut self, now: Millis) -> Result<bool> {
        let (state,): (Option<i64>,) = sql!(
            self,
            fetch_one,
            "SELECT COALESCE((SELECT state FROM delivery WHERE state = 0 AND state < 5 \
             AND due_at <= $1 ORDER BY due_at LIMIT 1), \
             (SELECT state FROM delivery WHERE state = 1 AND state < 5 \
             AND due_at <= $1 ORDER BY due_at LIMIT 1), \
             (SELECT state FROM delivery WHERE state = 3 AND state < 5 \
             AND due_at <= $1 ORDER BY due_at LIMIT 1), \
             (SELECT state FROM delivery WHERE state = 4 AND state < 5 \
             AND due_at <= $1 ORDER BY due_at LIMIT 1))",
            now.0
        )?;
        Ok(state.is_some())
    }

    /// Keeps what the rules made of a delivery.
    pub(crate) async fn save(&mut self, id: DeliveryId, delivery: Delivery) -> Result<()> {
        self.note_whether_queued(std::iter::once(&delivery));
        sql!(
            self,
            execute,
            "UPDATE delivery SET state = $2, attempt = $3, suspect = $4, resent = $5, due_at = $6, \
             fail = $7 WHERE id = $1",
            id.0,
            delivery.state.code(),
            i64::from(delivery.attempt),
            i64::from(delivery.suspect),
            i64::from(delivery.resent),
            delivery.due.0,
            delivery.fail.map(Bounce::code)
        )?;
        Ok(())
    }

    /// What was held is queued. [`Delivery::next`] on `Joined`, for many.
    pub(in crate::outbox) async fn let_go(
        &mut self,
        held: &[DeliveryId],
        now: Millis,
    ) -> Result<()> {
        self.note_queued();
        for some in pieces(held) {
            sql_rows!(
                &mut *self, execute,
                "UPDATE delivery SET state = 2, \
                 due_at = CASE WHEN expires_at < $1 THEN expires_at ELSE $2 END \
                 WHERE state + 0 = 0 AND id IN ({list})",
                [now.0, now.0], some => |id| [id.0]
            )?;
        }
        Ok(())
    }

    /// Gives deliveries their number when the recipient joins: that of a share, and of what was said
    /// about it.
    pub(crate) async fn set_handle(&mut self, ids: &[DeliveryId], handle: i64) -> Result<()> {
        for some in pieces(ids) {
            sql_rows!(
                &mut *self, execute, "UPDATE delivery SET handle = $1 WHERE id IN ({list})",
                [handle], some => |id| [id.0]
            )?;
        }
        Ok(())
    }

    /// Shares that a server would have by now if we did not keep them back: for the end of quiet hours,
    /// or as more than somebody who is away may be sent. Since `now` unless they were before; and no
    /// server has taken or refused them.
    pub(crate) async fn note_left(&mut self, ids: &[DeliveryId], now: Millis) -> Result<()> {
        for some in pieces(ids) {
            sql_rows!(
                &mut *self, execute,
                "UPDATE delivery SET quiet_at = $1 WHERE quiet_at IS NULL AND stream = 0 \
                 AND fail IS NULL AND carries = 0 AND id IN ({list})",
                [now.0], some => |id| [id.0]
            )?;
        }
        Ok(())
    }

    /// Claims those of `ids` that are still queued and not too late, until `lease`. Answers which. What
    /// the server has had before keeps the time at which it got it.
    /// [`Delivery::next`] on `Claim`, for many.
    pub(in crate::outbox) async fn claim(
        &mut self,
        ids: &[DeliveryId],
        now: Millis,
        lease: Millis,
    ) -> Result<Vec<DeliveryId>> {
        let mut claimed: Vec<DeliveryId> = Vec::with_capacity(ids.len());
        for some in pieces(ids) {
            let these: Vec<(Uuid,)> = sql_rows!(
                &mut *self, fetch_all,
                "UPDATE delivery SET state = 3, attempt = attempt + 1, due_at = $1, sent_at = $2, \
                 quiet_at = COALESCE(quiet_at, CASE WHEN stream <> 0 THEN sent_at END) WHERE state = 2 AND expires_at > $3 AND id IN ({list}) RETURNING id",
                [lease.0, now.0, now.0], some => |id| [id.0]
            )?;
            claimed.extend(these.into_iter().map(|(id,)| DeliveryId(id)));
        }
        Ok(claimed)
    }

    /// The server has taken those of `ids` that are still claimed; it may lose them until `due`.
    /// [`Delivery::next`] on `Taken`, for many. Answers how many there were.
    pub(in crate::outbox) async fn hand_over(
        &mut self,
        ids: &[DeliveryId],
        stream: StreamNo,
        due: Millis,
    ) -> Result<u64> {
        let mut handed = 0;
        for some in pieces(ids) {
            handed += sql_rows!(
                &mut *self, execute,
                "UPDATE delivery SET state = 4, stream = $1, due_at = $2 WHERE state = 3 AND id IN ({list})",
                [stream.0, due.0], some => |id| [id.0]
            )?;
        }
        Ok(handed)
    }

    /// The recipients' clients have those of `ids` that were on their way.
    /// [`Delivery::next`] on `Confirmed`, for many.
    pub(crate) async fn confirm(&mut self, ids: &[DeliveryId]) -> Result<u64> {
        let mut confirmed = 0;
        for some in pieces(ids) {
            confirmed += sql_rows!(
                &mut *self, execute,
                "UPDATE delivery SET state = 6, due_at = $1 WHERE state BETWEEN 1 AND 5 AND id IN ({list})",
                [Millis::NEVER.0], some => |id| [id.0]
            )?;
        }
        Ok(confirmed)
    }

    /// Up to `limit` that the server took so long ago that it will not lose them any more.
    /// [`Delivery::next`] on `Due`, for many. Answers the recipient of each.
    pub(crate) async fn finish_handed(&mut self, now: Millis, limit: i64) -> Result<Vec<String>> {
        sql!(
            self,
            scalar fetch_all,
            "UPDATE delivery SET state = 5, due_at = $2 WHERE id IN (SELECT id FROM delivery \
             WHERE state = 4 AND state < 5 AND due_at <= $1 ORDER BY due_at LIMIT $3) RETURNING rcpt",
            now.0,
            Millis::NEVER.0,
            limit
        )
    }

    /// `rcpt` is back, or has room for `limit` more: that many of what was parked for them is queued,
    /// the oldest first, and before what is queued for them already. Answers how many moved.
    /// [`Delivery::next`] on `Shown`, for many.
    pub(in crate::outbox) async fn release(
        &mut self,
        rcpt: &str,
        now: Millis,
        limit: i64,
    ) -> Result<u64> {
        self.note_queued();
        sql!(
            self,
            execute,
            "UPDATE delivery SET state = 2, due_at = CASE WHEN expires_at < $2 THEN expires_at \
             ELSE COALESCE((SELECT MIN(q.due_at) FROM delivery q WHERE q.rcpt = $1 \
             AND q.state = 2 AND q.due_at < $2), $2) END \
             WHERE id IN (SELECT id FROM delivery \
             WHERE rcpt = $1 AND state = 1 AND state + 0 < 2 ORDER BY id LIMIT $3)",
            rcpt,
            now.0,
            limit
        )
    }

    /// What holds `rcpt` back until another moment may be over, or end at `until`: up to `limit` of what is
    /// queued for them, to be sent later than now and than whatever stood at `after`, is due then; but what
    /// waits for a picture goes on waiting. Answers when each was due, and which it is, in that order. [`Delivery::next`] on
    /// `Shown`, for many.
    pub(crate) async fn wake(
        &mut self,
        rcpt: &str,
        after: (Millis, Uuid),
        (now, until): (Millis, Millis),
        limit: i64,
    ) -> Result<Vec<(i64, Uuid)>> {
        self.note_queued();
        let (due, id) = after.max((now, Uuid::max()));
        let woken: Vec<(i64, Uuid)> = sql!(
            &mut *self,
            fetch_all,
            "SELECT due_at, id FROM delivery WHERE rcpt = $1 AND state = 2 \
             AND (due_at, id) > ($2, $3) AND due_at <> $4 AND (attempt > 0 OR NOT EXISTS \
             (SELECT 1 FROM picture_wait w WHERE w.share_id = delivery.share_id)) \
             ORDER BY due_at, id LIMIT $5",
            rcpt,
            due.0,
            id,
            until.0,
            limit
        )?;
        for some in pieces(&woken) {
            sql_rows!(
                &mut *self, execute,
                "UPDATE delivery SET due_at = CASE WHEN expires_at < $1 THEN expires_at ELSE $2 END \
                 WHERE id IN ({list})",
                [until.0, until.0], some => |it| [it.1]
            )?;
        }
        Ok(woken)
    }

    /// Cancels up to `limit` of what was accepted for `rcpt` before `end` and has not ended. Answers
    /// how much. [`Delivery::next`] on `Cancel`, for many.
    pub(crate) async fn cancel_for(&mut self, rcpt: &str, end: Uuid, limit: i64) -> Result<u64> {
        sql!(
            self,
            execute,
            "UPDATE delivery SET state = 9, due_at = $4 WHERE id IN (SELECT id FROM delivery \
             WHERE rcpt = $1 AND state < 5 AND state < 7 AND id < $2 LIMIT $3)",
            rcpt,
            end,
            limit,
            Millis::NEVER.0
        )
    }

    /// How many deliveries each of `rcpts` was handed over since they were last seen and has not
    /// confirmed, up to `most`. For somebody whose presence is not known only those of the replay window
    /// count: there is no moment at which they would be seen again.
    pub(in crate::outbox) async fn unconfirmed(
        &mut self,
        rcpts: &[String],
        most: i64,
    ) -> Result<Vec<(String, i64)>> {
        let mut found = Vec::with_capacity(rcpts.len());
        for some in pieces(rcpts) {
            found.extend(sql_rows!(
                &mut *self, fetch_all,
                "SELECT a.jid, (SELECT COUNT(*) FROM (SELECT d.id FROM delivery d \
                 WHERE d.rcpt = a.jid AND d.state IN (3, 4, 5) AND d.state < 7 \
                 AND (d.state < 5 OR a.seen_by_us = TRUE) \
                 AND d.sent_at >= a.seen_at LIMIT $1) n) FROM account a WHERE a.jid IN ({list})",
                [most], some => |rcpt| [rcpt]
            )?);
        }
        Ok(found)
    }
}
