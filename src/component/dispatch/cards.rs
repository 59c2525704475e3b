//! `xep/card-exchange.xml`: what is asked about cards.

use std::{sync::Arc, time::Duration};

use jid::BareJid;
use xmpp_parsers::rsm::SetQuery;
use xmpp_parsers::stanza_error::{DefinedCondition, ErrorType, StanzaError};

use super::{Service, shares::share_id};
use crate::{
    card::{
        give::{Giving, NotGiven, Which, give},
        inbox::{self, Back, Decided},
        own, revocation,
        say::{Offered, pending},
    },
    component::{
        inbound::{Asker, Card},
        reply::{self, bad_request},
    },
    domain::{card::BadCard, refusal::Refusal},
    people::account,
    share::request,
    wire::card::{
        self, Ack, Action, Answer,
        check::{What, error},
        condition::Condition,
    },
};

/// Cards on a page of the tray.
const PAGE: usize = 10;

/// When to come again for whoever has too much going on.
const BUSY: Duration = Duration::from_secs(5);

/// What an IQ about cards is answered with.
type Answered = Result<String, StanzaError>;

impl Service {
    /// Answers an IQ about cards.
    pub(super) async fn card(self: Arc<Self>, asker: Asker, card: Card) {
        match card {
            Card::Own(name) => self.own_card(asker, name).await,
            Card::Keep(card) => self.keep_card(asker, card).await,
            Card::Give(request) => self.give_card(asker, request).await,
            Card::Pending(page) => self.pending_cards(asker, page).await,
            Card::Revoke(offer) => self.revoke_card(asker, &offer).await,
        }
    }

    async fn settle(&self, asker: &Asker, answered: Answered) {
        let answer = match answered {
            Ok(payload) => reply::result(asker, &payload),
            Err(error) => self.error(asker, &error),
        };
        self.put(answer).await;
    }

    async fn own_card(self: Arc<Self>, asker: Asker, name: Option<String>) {
        let tasks = self.tasks.clone();
        tasks
            .start(async move {
                let jid = asker.from.to_bare();
                let found = async {
                    let mut tx = self.db.read().await?;
                    own::get(&mut tx, jid.as_str(), name.as_deref().unwrap_or_default()).await
                };
                let answered = match found.await {
                    Ok(own) => {
                        let name = name.filter(|_| own.is_some());
                        Ok(card::write(name.as_deref(), own.as_ref().map(|own| &own.card)))
                    }
                    Err(_) => Err(refusal(&Refusal::STORE)),
                };
                self.settle(&asker, answered).await;
            })
            .await;
    }

    async fn keep_card(self: Arc<Self>, asker: Asker, given: card::Card) {
        let name = given.name.clone().unwrap_or_default();
        let card = match card::read(given.text.as_deref(), &given.elements) {
            Ok(card) => card,
            Err(wrong) => return self.settle(&asker, Err(bad_card(wrong))).await,
        };
        let name = match own::name(&name) {
            Some(name) => name,
            None if name.is_empty() => name,
            None => return self.settle(&asker, Err(bad_request("this is no name"))).await,
        };
        let jid = asker.from.to_bare();
        let kept = self.committer.begin(move |tx, world| {
            Box::pin(async move {
                if tx.account(jid.as_str()).await?.is_none() {
                    return Ok(Err(refusal(&Refusal::NotRegistered)));
                }
                let Some(card) = card else {
                    own::delete(tx, world, jid.as_str(), &name).await?;
                    return Ok(Ok(String::new()));
                };
                let kept = own::set(tx, world, jid.as_str(), &name, &card).await?;
                Ok(kept.map(|()| String::new()).map_err(not_kept))
            })
        });
        let kept = kept.await;
        self.answered(asker, kept).await;
    }

    async fn give_card(self: Arc<Self>, asker: Asker, request: card::Request) {
        let checked = match request.check(&self.info.limits) {
            Ok(checked) => checked,
            Err(refused) => return self.settle(&asker, Err(error(&refused))).await,
        };
        let which = match checked.what {
            What::Own(name) => Which::Own(name),
            What::Collected(handle) => Which::Collected(handle),
            What::Sent(element) => match card::read(None, &[*element]) {
                Ok(Some(card)) => Which::Sent(Box::new(card)),
                Ok(None) => return self.settle(&asker, Err(bad_card(BadCard::NotACard))).await,
                Err(wrong) => return self.settle(&asker, Err(bad_card(wrong))).await,
            },
        };
        let giving = Giving {
            giver: asker.from.to_bare(),
            submit_id: checked.id.unwrap_or_else(|| request::key(&asker.id)),
            which,
            swap: checked.swap,
            updates: checked.updates,
            invite: checked.invite,
            recipients: checked.recipients,
        };
        let given = self.committer.begin(move |tx, world| {
            Box::pin(async move {
                let given = give(tx, world, giving).await?;
                // Whatever came of it, so that the time says nothing about it.
                tx.note_queued();
                Ok(given
                    .map(|given| card::requested(given.accepted.share))
                    .map_err(|it| not_given(&it)))
            })
        });
        let given = given.await;
        self.answered(asker, given).await;
    }

    async fn revoke_card(self: Arc<Self>, asker: Asker, offer: &str) {
        let (offer, who) = (share_id(offer), asker.from.to_bare());
        let revoked = self.committer.begin(move |tx, world| {
            Box::pin(async move {
                let is_giver = revocation::revoke(tx, world, &who, offer).await?;
                tx.note_queued();
                Ok(if is_giver { Ok(String::new()) } else { Err(offer_expired()) })
            })
        });
        let revoked = revoked.await;
        self.answered(asker, revoked).await;
    }

    /// Answers when it is durable.
    async fn answered(
        self: Arc<Self>,
        asker: Asker,
        kept: tokio::sync::oneshot::Receiver<Answered>,
    ) {
        let tasks = self.tasks.clone();
        tasks
            .start(async move {
                let answered = match kept.await {
                    Ok(answered) => answered,
                    Err(_) => Err(refusal(&Refusal::STORE)),
                };
                self.settle(&asker, answered).await;
            })
            .await;
    }

    async fn pending_cards(self: Arc<Self>, asker: Asker, page: Option<SetQuery>) {
        let most = page.as_ref().and_then(|page| page.max).unwrap_or(PAGE).min(PAGE);
        let after = page.and_then(|page| page.after?.parse().ok()).unwrap_or(0);
        let tasks = self.tasks.clone();
        tasks
            .start(async move {
                let (now, who) = (self.clock.now(), asker.from.to_bare());
                let most = i64::try_from(most).unwrap_or_default();
                // Ten cards may have 64 KiB each, and each is written several times to fit.
                let Some(_turn) = self.turn(&who).await else {
                    let busy = Refusal::TooFast { after: BUSY };
                    return self.settle(&asker, Err(refusal(&busy))).await;
                };
                let found = async {
                    let mut tx = self.db.read().await?;
                    inbox::pending(&mut tx, now, &who, after, most).await
                };
                let answered = match found.await {
                    Ok(offers) => {
                        let page: Vec<Offered<'_>> = offers.iter().map(in_tray).collect();
                        Ok(pending(&page))
                    }
                    Err(_) => Err(refusal(&Refusal::STORE)),
                };
                self.settle(&asker, answered).await;
            })
            .await;
    }

    /// A person has decided about an offer. What cannot be done is told as an error; what was done
    /// is told nobody, apart from a receipt if one is wanted.
    pub(super) async fn answer_card(self: Arc<Self>, asker: Asker, answer: Answer) {
        let back = match card::read(None, &answer.elements) {
            Ok(Some(card)) => Back::This(Box::new(card)),
            Ok(None) => Back::Own(answer.card.unwrap_or_default()),
            Err(wrong) => return self.put(reply::message_error(&asker, &bad_card(wrong))).await,
        };
        let (offer, action, who) = (share_id(&answer.id), answer.action, asker.from.to_bare());
        let decided = self.committer.begin(move |tx, world| {
            Box::pin(async move {
                account::wrote(tx, world, who.as_str()).await?;
                let Some(it) = inbox::offered(tx, &who, inbox::Which::Offer(offer)).await? else {
                    return Ok(Some(offer_expired()));
                };
                let decided = match action {
                    Action::Accept => inbox::accept(tx, world, &who, &it, back).await?,
                    Action::Decline => inbox::decline(tx, world, &who, &it).await?,
                };
                tx.note_queued();
                Ok(what_came(decided))
            })
        });
        let decided = decided.await;
        let tasks = self.tasks.clone();
        tasks
            .start(async move {
                let wrong = match decided.await {
                    Ok(wrong) => wrong,
                    Err(_) => Some(refusal(&Refusal::STORE)),
                };
                if let Some(error) = wrong {
                    self.metrics.refused(reply::counted(&error));
                    self.put(reply::message_error(&asker, &error)).await;
                }
            })
            .await;
    }

    /// A client has a card.
    pub(super) async fn acknowledged_card(&self, from: BareJid, ack: &Ack) {
        let offer = share_id(&ack.id);
        let noted = self.committer.begin(move |tx, world| {
            Box::pin(async move { inbox::acknowledged(tx, world, &from, offer).await })
        });
        drop(noted.await);
    }
}

fn in_tray(it: &inbox::Offered) -> Offered<'_> {
    Offered {
        offer: &it.offer,
        id: it.share,
        handle: it.handle,
        expires: it.expires,
        waits: Some((it.giver.as_str(), it.stamp)),
    }
}

/// Why it could not be done, if it could not.
fn what_came(decided: Decided) -> Option<StanzaError> {
    match decided {
        Decided::Taken
        | Decided::Swapped
        | Decided::Before
        | Decided::Declined
        | Decided::Kept { .. } => None,
        Decided::Over => Some(offer_expired()),
        Decided::NoOwnCard(_) => Some(not_given(&NotGiven::NoOwnCard)),
        Decided::Full => Some(StanzaError::new(
            ErrorType::Wait,
            DefinedCondition::ResourceConstraint,
            "en",
            "there is no room for another card",
        )),
        Decided::Refused(why) => Some(refusal(&why)),
    }
}

fn bad_card(wrong: BadCard) -> StanzaError {
    let text = wrong.to_string();
    match wrong {
        BadCard::TooLarge => {
            Condition::TooLarge { max_bytes: crate::domain::card::BYTES_MAX }.error("en", &text)
        }
        _ => bad_request(&text),
    }
}

fn not_kept(why: own::NotKept) -> StanzaError {
    let text = why.to_string();
    match why {
        own::NotKept::TooLarge => bad_card(BadCard::TooLarge),
        own::NotKept::TooMany => {
            StanzaError::new(ErrorType::Modify, DefinedCondition::NotAcceptable, "en", text)
        }
    }
}

fn offer_expired() -> StanzaError {
    Condition::OfferExpired.error("en", "there is no such offer, or not any more")
}

fn not_given(why: &NotGiven) -> StanzaError {
    let condition = match why {
        NotGiven::NoOwnCard | NotGiven::NotCollected => Condition::NoOwnCard,
        NotGiven::NumberNotVerified => Condition::NumberNotVerified,
        NotGiven::NotRegistered => Condition::NotRegistered,
        NotGiven::Refusal(why) => return refusal(why),
    };
    condition.error("en", &why.to_string())
}

/// The stanza error of a refusal: as of any share, without the conditions of that protocol.
fn refusal(why: &Refusal) -> StanzaError {
    match why {
        Refusal::Retry { after }
        | Refusal::TooFast { after }
        | Refusal::TooManyNumbers { after: Some(after), .. } => {
            Condition::Retry { seconds: after.as_secs() }.error("en", &why.to_string())
        }
        why => StanzaError { other: None, ..reply::refusal(why) },
    }
}
