//! Whether the process is of use to anybody now.

use std::pin::Pin;

use super::leader::Lead;
use crate::{
    committer::Committer,
    db::Db,
    domain::clock::Clock,
    link::stream::{Outlet, Up},
    web::health::NotReady,
};

type Reasons = Pin<Box<dyn Future<Output = Vec<NotReady>> + Send>>;

/// Why no work is taken now.
pub(super) fn readiness(
    db: &Db,
    committer: &Committer,
    clock: &Clock,
    outlet: &Outlet,
    lead: &Lead,
) -> impl Fn() -> Reasons + Clone + Send + Sync + 'static {
    let (db, up, lead) = (db.clone(), outlet.state(), lead.clone());
    let (committer, clock) = (committer.clone(), clock.clone());
    move || {
        let (db, up, lead) = (db.clone(), up.clone(), lead.clone());
        let lacks_room = committer.lacks_room(clock.now());
        Box::pin(async move {
            let mut reasons = Vec::new();
            if !lead.is_leading() {
                reasons.push(NotReady::Standby);
            } else if *up.borrow() == Up::Down {
                reasons.push(NotReady::StreamDown);
            }
            let answers = async { db.read().await?.database_now().await };
            if answers.await.is_err() {
                reasons.push(NotReady::Database);
            }
            if lacks_room {
                reasons.push(NotReady::Full);
            }
            reasons
        })
    }
}
