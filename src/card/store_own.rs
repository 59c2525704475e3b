//! Somebody's own business cards (S4.2), and when those who follow them are told of changes.
//!
//! Every function that asks the database fails when that does not answer.

#![expect(clippy::missing_errors_doc, reason = "said once, above")]

use sqlx::FromRow;
use uuid::Uuid;

use crate::{
    db::{Result, Tx, sql},
    domain::clock::Millis,
};

/// A card as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub(crate) struct OwnCardRow {
    /// Whose it is: a bare JID.
    pub account: String,
    /// What its owner calls it; the first is called ''.
    pub name: String,
    /// Which fields go when it is given: tokens with spaces between. Empty is all.
    pub parts: String,
    /// The template it is shown with; empty is the service's own.
    pub template: String,
    /// When it was changed last.
    pub changed_at: i64,
    /// The card, vCard 4.0.
    pub card: String,
    /// What goes of it, in the version that all who follow it have.
    pub told: String,
    /// When they are told the next time; none when they have it all.
    pub tell_at: Option<i64>,
    /// The version that they are being told of.
    pub telling: Option<String>,
    /// The one of their copies that was brought up to it last.
    pub told_to: Option<Uuid>,
    /// When they were told last.
    pub told_at: i64,
}

impl Tx {
    /// The card that `account` calls `name`.
    pub(in crate::card) async fn own_card(
        &mut self,
        account: &str,
        name: &str,
    ) -> Result<Option<OwnCardRow>> {
        sql!(
            self,
            fetch_optional,
            "SELECT * FROM own_card WHERE account = $1 AND name = $2",
            account,
            name
        )
    }

    /// All cards of `account`, in no order.
    pub(crate) async fn own_cards(&mut self, account: &str) -> Result<Vec<OwnCardRow>> {
        sql!(self, fetch_all, "SELECT * FROM own_card WHERE account = $1", account)
    }

    /// Keeps a card in place of what `account` called so; what is to be told of it stays.
    pub(in crate::card) async fn set_own_card(
        &mut self,
        account: &str,
        name: &str,
        card: &str,
        now: Millis,
    ) -> Result<()> {
        sql!(
            self,
            execute,
            "INSERT INTO own_card (account, name, parts, template, changed_at, card, told, told_at) \
             VALUES ($1, $2, '', '', $3, $4, $4, 0) ON CONFLICT (account, name) \
             DO UPDATE SET card = excluded.card, changed_at = excluded.changed_at",
            account,
            name,
            now.0,
            card
        )?;
        Ok(())
    }

    /// Keeps which fields of it go.
    pub(in crate::card) async fn set_own_card_parts(
        &mut self,
        account: &str,
        name: &str,
        parts: &str,
    ) -> Result<()> {
        sql!(
            self,
            execute,
            "UPDATE own_card SET parts = $3 WHERE account = $1 AND name = $2",
            account,
            name,
            parts
        )?;
        Ok(())
    }

    /// Keeps which template it is shown with.
    pub async fn set_own_card_template(
        &mut self,
        account: &str,
        name: &str,
        template: &str,
    ) -> Result<()> {
        sql!(
            self,
            execute,
            "UPDATE own_card SET template = $3 WHERE account = $1 AND name = $2",
            account,
            name,
            template
        )?;
        Ok(())
    }

    /// Forgets a card. Answers whether there was one.
    pub(in crate::card) async fn delete_own_card(
        &mut self,
        account: &str,
        name: &str,
    ) -> Result<bool> {
        let deleted = sql!(
            self,
            execute,
            "DELETE FROM own_card WHERE account = $1 AND name = $2",
            account,
            name
        )?;
        Ok(deleted == 1)
    }

    /// Has those who follow the card told at `at`.
    pub(in crate::card) async fn set_tell_at(
        &mut self,
        account: &str,
        name: &str,
        at: Millis,
    ) -> Result<()> {
        sql!(
            self,
            execute,
            "UPDATE own_card SET tell_at = $3 WHERE account = $1 AND name = $2",
            account,
            name,
            at.0
        )?;
        Ok(())
    }

    /// Those who follow a card of `account` are told behind all who are due by now.
    pub(in crate::card) async fn tell_behind(&mut self, account: &str, now: Millis) -> Result<()> {
        sql!(
            self,
            execute,
            "UPDATE own_card SET tell_at = $2 WHERE account = $1 AND tell_at < $2",
            account,
            now.0
        )?;
        Ok(())
    }

    /// Those who follow the card have been told of the version `telling` as far as `to`.
    pub(in crate::card) async fn go_on_telling(
        &mut self,
        account: &str,
        name: &str,
        (telling, to): (&str, Uuid),
        now: Millis,
    ) -> Result<()> {
        sql!(
            self,
            execute,
            "UPDATE own_card SET telling = $3, told_to = $4, tell_at = $5 \
             WHERE account = $1 AND name = $2",
            account,
            name,
            telling,
            to,
            now.0
        )?;
        Ok(())
    }

    /// All who follow the card have the version `told`, which they were told of at `at`, if they
    /// were; they are told again at `next`.
    pub(in crate::card) async fn end_telling(
        &mut self,
        account: &str,
        name: &str,
        told: &str,
        at: Option<Millis>,
        next: Option<Millis>,
    ) -> Result<()> {
        sql!(
            self,
            execute,
            "UPDATE own_card SET told = $3, told_at = COALESCE($4, told_at), tell_at = $5, \
             telling = NULL, told_to = NULL WHERE account = $1 AND name = $2",
            account,
            name,
            told,
            at.map(|at| at.0),
            next.map(|at| at.0)
        )?;
        Ok(())
    }

    /// The card whose followers are to be told first, if it is time.
    pub(crate) async fn own_card_due(&mut self, now: Millis) -> Result<Option<OwnCardRow>> {
        sql!(
            self,
            fetch_optional,
            "SELECT * FROM own_card WHERE tell_at <= $1 ORDER BY tell_at LIMIT 1",
            now.0
        )
    }

    /// Keeps whether those to whom `account` gives a card get its changes.
    pub(in crate::card) async fn set_card_updates(
        &mut self,
        account: &str,
        updates: bool,
    ) -> Result<()> {
        sql!(
            self,
            execute,
            "UPDATE account SET card_updates = $2 WHERE jid = $1",
            account,
            updates
        )?;
        Ok(())
    }
}
