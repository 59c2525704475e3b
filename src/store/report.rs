//! What people complain about, for the administrators.

use sqlx::FromRow;

use super::db::{Result, Tx, sql};
use crate::domain::{clock::Millis, report::Reason};

/// A complaint.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct ReportRow {
    /// Its number; 0 while it has none.
    pub no: i64,
    /// Who complains: a bare JID.
    pub reporter: String,
    /// About whom: a bare JID, or a domain.
    pub accused: String,
    reason: i64,
    /// The code of the share it is about; empty when it is about none.
    pub ref_code: String,
    /// In his words; empty without any.
    pub text: String,
    reported_at: i64,
}

impl ReportRow {
    /// One to be kept, without words or share.
    #[must_use]
    pub fn new(reporter: &str, accused: &str, reason: Reason, at: Millis) -> Self {
        Self {
            no: 0,
            reporter: reporter.to_owned(),
            accused: accused.to_owned(),
            reason: reason.code(),
            ref_code: String::new(),
            text: String::new(),
            reported_at: at.0,
        }
    }

    /// Why he complains.
    #[must_use]
    pub fn reason(&self) -> Reason {
        Reason::from_code(self.reason)
    }

    /// When.
    #[must_use]
    pub fn at(&self) -> Millis {
        Millis(self.reported_at)
    }
}

impl Tx {
    /// Keeps a complaint; the same of the same person only once. Answers whether it is new.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn insert_report(&mut self, report: &ReportRow) -> Result<bool> {
        let new = sql!(
            self,
            execute,
            "INSERT INTO report (reporter, accused, reason, ref_code, text, reported_at) \
             VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (reporter, accused, ref_code) DO NOTHING",
            &report.reporter,
            &report.accused,
            report.reason,
            &report.ref_code,
            &report.text,
            report.reported_at
        )?;
        Ok(new == 1)
    }

    /// Up to `limit` complaints whose number is below `below`, the newest first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn reports(&mut self, below: i64, limit: i64) -> Result<Vec<ReportRow>> {
        sql!(
            self,
            fetch_all,
            "SELECT no, reporter, accused, reason, ref_code, text, reported_at FROM report \
             WHERE no < $1 ORDER BY no DESC LIMIT $2",
            below,
            limit
        )
    }

    /// Forgets complaints from before `before`. Answers how many went.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn delete_old_reports(&mut self, before: Millis) -> Result<u64> {
        sql!(self, execute, "DELETE FROM report WHERE reported_at < $1", before.0)
    }
}
