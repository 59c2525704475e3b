//! Something to be written, and whom to tell.

use std::pin::Pin;

use jid::BareJid;
use tokio::sync::oneshot;

use crate::{
    db::{self, Tx},
    domain::{
        id::{DeliveryId, StreamNo},
        refusal::Refusal,
        share::{Accepted, Submission},
    },
    panics::Cause,
    world::World,
};

/// What becomes of a submission.
pub(crate) type Answer = Result<Accepted, Refusal>;

/// Takes the answer to a submission once it is durable. Dropped without one when the database did
/// not take it. Runs in the committer: it passes the answer on and does nothing else.
pub(crate) type Reply = Box<dyn FnOnce(Answer) + Send>;

/// Something to be written, and whom to tell.
pub(crate) enum Job {
    Submit(Box<Submission>, Reply),
    Taken(Vec<DeliveryId>, StreamNo, oneshot::Sender<()>),
    /// With the stanza that holds its place until then.
    Receipts(Vec<DeliveryId>, BareJid, Option<Cause>),
    /// With whoever asked for it; nobody did for what is done by itself.
    Other(Operation, String),
}

impl Job {
    /// Whose turn it takes.
    pub(crate) fn of(&self) -> Option<&str> {
        match self {
            Self::Submit(submission, _) => Some(submission.sender.as_str()),
            Self::Receipts(_, who, _) => Some(who.as_str()),
            Self::Other(_, who) if !who.is_empty() => Some(who),
            Self::Taken(..) | Self::Other(..) => None,
        }
    }

    /// About how many rows it writes.
    pub(crate) fn rows(&self) -> usize {
        match self {
            Self::Submit(submission, _) => submission.recipients.len(),
            Self::Taken(ids, ..) | Self::Receipts(ids, ..) => ids.len(),
            Self::Other(..) => 1,
        }
    }
}

/// A future on its way.
pub(crate) type Boxed<'t, T> = Pin<Box<dyn Future<Output = T> + Send + 't>>;
/// Runs in the transaction; what it answers is called when that has been committed.
pub(crate) type Operation =
    Box<dyn for<'t> FnOnce(&'t mut Tx, &'t World) -> Boxed<'t, db::Result<Then>> + Send>;
pub(crate) type Then = Box<dyn FnOnce() + Send>;
