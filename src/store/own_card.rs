//! Somebody's own business cards (S4.2), and when those who follow them are told of changes.

use sqlx::FromRow;
use uuid::Uuid;

use super::db::{Result, Tx, sql};
use crate::domain::clock::Millis;

/// A card as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct OwnCardRow {
    /// Whose it is: a bare JID.
    pub account: String,
    /// What he calls it; the first is called ''.
    pub name: String,
    /// Which fields go when it is given: tokens with spaces between. Empty is all.
    pub parts: String,
    /// The template it is shown with; empty is the service's own.
    pub template: String,
    /// When it was changed last.
    pub changed_at: i64,
    /// The card, vCard 4.0.
    pub card: String,
    /// When those who follow it are told; none when they know.
    pub tell_at: Option<i64>,
    /// The one of their copies that was brought up to date last, this time.
    pub told_to: Option<Uuid>,
    /// When they were told last.
    pub told_at: i64,
}

impl Tx {
    /// The card that `account` calls `name`.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn own_card(&mut self, account: &str, name: &str) -> Result<Option<OwnCardRow>> {
        sql!(
            self,
            fetch_optional,
            "SELECT * FROM own_card WHERE account = $1 AND name = $2",
            account,
            name
        )
    }

    /// All cards of `account`, in no order.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn own_cards(&mut self, account: &str) -> Result<Vec<OwnCardRow>> {
        sql!(self, fetch_all, "SELECT * FROM own_card WHERE account = $1", account)
    }

    /// Keeps a card in place of what `account` called so; what is to be told of it stays.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn set_own_card(
        &mut self,
        account: &str,
        name: &str,
        card: &str,
        now: Millis,
    ) -> Result<()> {
        sql!(
            self,
            execute,
            "INSERT INTO own_card (account, name, parts, template, changed_at, card, told_at) \
             VALUES ($1, $2, '', '', $3, $4, 0) ON CONFLICT (account, name) \
             DO UPDATE SET card = excluded.card, changed_at = excluded.changed_at",
            account,
            name,
            now.0,
            card
        )?;
        Ok(())
    }

    /// Keeps which fields of it go.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn set_own_card_parts(
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
    ///
    /// # Errors
    /// When the database does not answer.
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
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn delete_own_card(&mut self, account: &str, name: &str) -> Result<bool> {
        let deleted = sql!(
            self,
            execute,
            "DELETE FROM own_card WHERE account = $1 AND name = $2",
            account,
            name
        )?;
        Ok(deleted == 1)
    }

    /// Has those who follow the card told at `at`, from the first of them on; none: they know.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn set_own_card_tell(
        &mut self,
        account: &str,
        name: &str,
        at: Option<Millis>,
    ) -> Result<()> {
        sql!(
            self,
            execute,
            "UPDATE own_card SET tell_at = $3, told_to = NULL WHERE account = $1 AND name = $2",
            account,
            name,
            at.map(|at| at.0)
        )?;
        Ok(())
    }

    /// Those who follow the card have been told as far as `to`; the telling began at `told`.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn set_own_card_told(
        &mut self,
        account: &str,
        name: &str,
        to: Uuid,
        told: Millis,
    ) -> Result<()> {
        sql!(
            self,
            execute,
            "UPDATE own_card SET told_to = $3, told_at = $4 WHERE account = $1 AND name = $2",
            account,
            name,
            to,
            told.0
        )?;
        Ok(())
    }

    /// The card whose followers are to be told first, if it is time.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn own_card_due(&mut self, now: Millis) -> Result<Option<OwnCardRow>> {
        sql!(
            self,
            fetch_optional,
            "SELECT * FROM own_card WHERE tell_at <= $1 ORDER BY tell_at LIMIT 1",
            now.0
        )
    }
}
