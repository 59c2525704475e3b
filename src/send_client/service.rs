//! What is said to the service: where it is, that the bot takes part, and the share.

use std::time::Duration;

use jid::{DomainRef, Jid};
use minidom::Element;
use tokio::time::timeout;
use xmpp_parsers::{
    disco::{DiscoInfoQuery, DiscoInfoResult, DiscoItemsQuery, DiscoItemsResult},
    iq::IqPayload,
    stanza_error::DefinedCondition,
};

use super::{
    failure::{Failure, told},
    session::Session,
};
use crate::wire::{
    ns,
    share::{Send, Sent},
};

/// How long the items of a server may take to say what they are.
const DISCOVERY: Duration = Duration::from_secs(10);
/// Items of a server that are asked what they are.
const ITEMS_MAX: usize = 100;

/// The item of the server `home` that is a sharing service (`xep/product-share.xml#disco`).
///
/// # Errors
/// [`Failure::Lost`] when there is none, or none that answers: a component that is away for a
/// moment is not among the items of ejabberd.
pub(super) async fn find(session: &mut Session, home: &DomainRef) -> Result<Jid, Failure> {
    match timeout(DISCOVERY, found(session, home)).await {
        Ok(Ok(None)) | Err(_) => Err(Failure::Lost(format!(
            "{home} lists no sharing service; is it running? name one elsewhere with --service"
        ))),
        Ok(Ok(Some(service))) => Ok(service),
        Ok(Err(failure)) => Err(failure),
    }
}

async fn found(session: &mut Session, home: &DomainRef) -> Result<Option<Jid>, Failure> {
    let home = Jid::from_parts(None, home, None);
    let question = DiscoItemsQuery { node: None, rsm: None };
    let items = session.ask(Some(home), IqPayload::Get(question.into())).await?;
    let items = items.and_then(|items| DiscoItemsResult::try_from(items).ok());
    let mut asked = Vec::new();
    for item in items.into_iter().flat_map(|items| items.items).take(ITEMS_MAX) {
        // All at once: one that does not answer must not hold up the others.
        let question = IqPayload::Get(DiscoInfoQuery { node: None }.into());
        asked.push((session.put(Some(item.jid.clone()), question).await?, item.jid));
    }
    while !asked.is_empty() {
        let answer = session.answer().await?;
        let is_it =
            |(id, jid): &(String, Jid)| *id == answer.id && answer.from.as_ref() == Some(jid);
        let Some(at) = asked.iter().position(is_it) else { continue };
        let (_, jid) = asked.swap_remove(at);
        if answer.payload.ok().flatten().is_some_and(is_sharing_service) {
            return Ok(Some(jid));
        }
    }
    Ok(None)
}

fn is_sharing_service(info: Element) -> bool {
    DiscoInfoResult::try_from(info)
        .is_ok_and(|info| info.features.contains(ns::PRODUCT_SHARE_SERVICE))
}

/// Makes the bot take part (XEP-0077 §4): no field is needed.
pub(super) async fn register(session: &mut Session, service: &Jid) -> Result<(), Failure> {
    let query = Element::builder("query", ns::REGISTER).build();
    match session.ask(Some(service.clone()), IqPayload::Set(query)).await {
        // Here it is the service that says so, and it means it.
        Err(Failure::Error(error)) if error.defined_condition == DefinedCondition::Forbidden => {
            Err(Failure::Refused(told(&error)))
        }
        answer => answer.map(drop),
    }
}

/// Hands the share over (`xep/product-share.xml#send`).
pub(super) async fn submit(
    session: &mut Session,
    service: &Jid,
    share: &Send,
) -> Result<Sent, Failure> {
    let payload = IqPayload::Set(share.clone().into());
    let answer = session.ask(Some(service.clone()), payload).await?;
    let sent = answer.and_then(|sent| Sent::try_from(sent).ok());
    sent.ok_or_else(|| {
        Failure::Refused(format!(
            "{service} answers in a way not known here; is it a sharing service?"
        ))
    })
}
