//! What people complain about, for the administrators.
//!
//! Every function that asks the database fails when that does not answer.

use sqlx::FromRow;

use crate::{
    db::{Result, Tx, sql},
    domain::{clock::Millis, report::Reason},
};

/// A complaint.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub(crate) struct ReportRow {
    /// Its number; 0 while it has none.
    pub no: i64,
    /// Who complains: a bare JID.
    pub reporter: String,
    /// About whom: a bare JID, or a domain.
    pub accused: String,
    reason: i64,
    /// The code of the share it is about; empty when it is about none.
    pub ref_code: String,
    /// What it says in the reporter's own words; empty without any.
    pub text: String,
    reported_at: i64,
}

/// Somebody who complains.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub(crate) struct ReporterRow {
    /// Their last complaint.
    #[sqlx(flatten)]
    pub last: ReportRow,
    /// How many of theirs are kept.
    pub count: i64,
}

impl ReportRow {
    /// One to be kept, without words or share.
    #[must_use]
    pub(crate) fn new(reporter: &str, accused: &str, reason: Reason, at: Millis) -> Self {
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

    /// Why they complain.
    #[must_use]
    pub(crate) fn reason(&self) -> Reason {
        // One that a later version has written is looked at first.
        Reason::from_code(self.reason).unwrap_or(Reason::Abuse)
    }

    /// When the complaint was made.
    #[must_use]
    pub(crate) fn at(&self) -> Millis {
        Millis(self.reported_at)
    }
}

impl Tx {
    /// Keeps a complaint; the same of the same person only once. Answers whether it is new.
    pub(crate) async fn insert_report(&mut self, report: &ReportRow) -> Result<bool> {
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

    /// When `reporter` made the complaint before the last `skip`.
    pub(in crate::people) async fn reported_before(
        &mut self,
        reporter: &str,
        skip: i64,
    ) -> Result<Option<Millis>> {
        let at: Option<(i64,)> = sql!(
            self,
            fetch_optional,
            "SELECT reported_at FROM report WHERE reporter = $1 ORDER BY no DESC LIMIT 1 OFFSET $2",
            reporter,
            skip
        )?;
        Ok(at.map(|(at,)| Millis(at)))
    }

    /// Whether something of `author` waits for `rcpt`, or is among the last `limit` things that
    /// `rcpt` was sent, or says something about the last `limit` that `rcpt` has sent; not as the
    /// owner of a number or mail address, by which alone `rcpt` knows them.
    pub(in crate::people) async fn has_come(
        &mut self,
        rcpt: &str,
        author: &str,
        limit: i64,
    ) -> Result<bool> {
        let found: Option<(i64,)> = sql!(
            self,
            fetch_optional,
            "SELECT CAST(1 AS BIGINT) WHERE EXISTS (SELECT 1 FROM delivery \
             WHERE rcpt = $1 AND author = $2 AND state + 0 < 3 AND carries = 0) \
             OR EXISTS (SELECT 1 FROM (SELECT author FROM delivery WHERE rcpt = $1 AND carries = 0 \
             ORDER BY handle DESC LIMIT $3) d WHERE d.author = $2) \
             OR EXISTS (SELECT 1 FROM (SELECT id FROM share WHERE sender = $1 \
             ORDER BY handle DESC LIMIT $3) s CROSS JOIN note n \
             WHERE n.share_id = s.id AND n.author = $2 AND NOT EXISTS (SELECT 1 FROM delivery d \
             WHERE d.share_id = s.id AND d.carries = 0 AND d.rcpt = $2 \
             AND d.address IS NOT NULL))",
            rcpt,
            author,
            limit
        )?;
        Ok(found.is_some())
    }

    /// Up to `limit` people who complain, whose last complaint has a number below `below`, the
    /// latest first.
    pub(crate) async fn reporters(&mut self, below: i64, limit: i64) -> Result<Vec<ReporterRow>> {
        sql!(
            self,
            fetch_all,
            "SELECT no, reporter, accused, reason, ref_code, text, reported_at, \
             (SELECT COUNT(*) FROM report c WHERE c.reporter = report.reporter) AS count \
             FROM report WHERE no < $1 AND NOT EXISTS (SELECT 1 FROM report n \
             WHERE n.reporter = report.reporter AND n.no > report.no) ORDER BY no DESC LIMIT $2",
            below,
            limit
        )
    }

    /// Who has made the complaint of this number.
    pub(crate) async fn reporter(&mut self, no: i64) -> Result<Option<String>> {
        let found: Option<(String,)> =
            sql!(self, fetch_optional, "SELECT reporter FROM report WHERE no = $1", no)?;
        Ok(found.map(|(reporter,)| reporter))
    }

    /// Up to `limit` complaints of `reporter` whose number is below `below`, the newest first.
    pub(crate) async fn reports_of(
        &mut self,
        reporter: &str,
        below: i64,
        limit: i64,
    ) -> Result<Vec<ReportRow>> {
        sql!(
            self,
            fetch_all,
            "SELECT no, reporter, accused, reason, ref_code, text, reported_at FROM report \
             WHERE reporter = $1 AND no < $2 ORDER BY no DESC LIMIT $3",
            reporter,
            below,
            limit
        )
    }

    /// Forgets up to `limit` complaints from before `before`. Answers how many went.
    pub(crate) async fn delete_old_reports(&mut self, before: Millis, limit: i64) -> Result<u64> {
        sql!(
            self,
            execute,
            "DELETE FROM report WHERE no IN \
             (SELECT no FROM report WHERE reported_at < $1 LIMIT $2)",
            before.0,
            limit
        )
    }
}
