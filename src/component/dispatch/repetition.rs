//! Words that were heard lately. A stanza that a client sends again, because it saw no receipt, is
//! heard once: what the first has brought is nothing that it was written about. Neither is what came
//! behind a bare yes or no that is tapped twice. Known for some minutes, and lost with the process,
//! as dialogues are.

pub(super) mod recent;

use std::{
    sync::{Arc, MutexGuard, PoisonError},
    time::Duration,
};

use self::recent::Heard;
use super::{state::Service, talk::Dialogue};
use crate::{
    chat::draft::Step,
    component::inbound::{Asker, Words},
    db,
    domain::clock::Millis,
    say::command::Told,
};

/// Nobody has read a question sooner than that.
const READ: Duration = Duration::from_secs(2);

impl Service {
    pub(super) fn heard(&self) -> MutexGuard<'_, Heard> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes what was written as the answer to what was asked, unless it may be meant for something
    /// else.
    pub(super) async fn hear(self: Arc<Self>, asker: Asker, words: Words, mut dialogue: Dialogue) {
        let said = words.said.words();
        let is_read = self.clock.now().since(dialogue.asked) >= READ;
        let before = dialogue.open.back.take();
        let is_again = before.as_deref() == Some(said);
        let is_reply = words.replies_to(&dialogue.question);
        let step = if !asker.id.is_empty() && asker.id == dialogue.upon {
            dialogue.open.back = before;
            Step::Show(None)
        } else if !is_read && !is_reply && (is_again || dialogue.open.repeats(said)) {
            // Tapped twice.
            dialogue.open.back = before;
            Step::Show(None)
        } else if !is_reply && !dialogue.open.repeats(said) {
            match self.has_come(&asker, dialogue.asked, is_again).await {
                Ok(true) => {
                    dialogue.open.back = Some(said.to_owned());
                    Step::Show(Some(Told::CameSince.in_lang(dialogue.open.lang)))
                }
                Ok(false) => dialogue.open.hear(said),
                Err(_) => {
                    dialogue.open.back = before;
                    let now = self.clock.now();
                    self.talk.keep_dialogue(&asker.from.to_bare(), dialogue, now);
                    return self.say_try_later(&asker).await;
                }
            }
        } else {
            dialogue.open.hear(said)
        };
        self.go_on_in_words(asker, words, dialogue.open, step).await;
    }

    /// Whether something was sent to somebody after `since` that they may answer; if they answer
    /// again, whether a question or a card was: else whoever writes often enough would keep them from
    /// ever answering.
    async fn has_come(&self, asker: &Asker, since: Millis, is_again: bool) -> db::Result<bool> {
        let (jid, mut tx) = (asker.from.to_bare(), self.db.look_up().await?);
        let after = Millis(since.0.saturating_add(1));
        if is_again {
            return tx.is_asked_since(jid.as_str(), after).await;
        }
        Ok(tx.came_last(jid.as_str(), after).await?.is_some())
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use jid::BareJid;

    use super::{recent::*, *};
    use crate::{
        component::dispatch::tests::{Place, said},
        domain::{
            delivery::{Delivery, State},
            id::{DeliveryId, ShareId},
        },
        limits::Rates,
        outbox::store::NewDelivery,
        share::store::ShareRow,
    };

    fn jid(text: &str) -> BareJid {
        text.parse().unwrap()
    }

    #[test]
    fn the_same_words_under_the_same_id_are_heard_once() {
        let (mut heard, romeo) = (Heard::default(), jid("romeo@x"));
        heard.hear(&romeo, ("a", "yes"), true, Millis(0));
        heard.hear(&romeo, ("", "no"), true, Millis(1));
        for (who, id, words, at, known) in [
            ("romeo@x", "a", "yes", 1, true),
            ("romeo@x", "a", "no", 1, false),
            ("romeo@x", "b", "yes", 1, false),
            ("romeo@x", "", "no", 1, false),
            ("juliet@x", "a", "yes", 1, false),
            ("romeo@x", "a", "yes", 600_001, false),
        ] {
            let fate = heard.fate(&jid(who), id, words, Millis(at));
            assert_eq!(fate, known.then_some(Fate::Underway), "{who} {id} {words}");
        }
        heard.finish(&romeo, "a", Millis(1));
        assert_eq!(heard.fate(&romeo, "a", "yes", Millis(1)), Some(Fate::Done));
        heard.forget(&romeo, "a", Millis(1));
        assert_eq!(heard.fate(&romeo, "a", "yes", Millis(1)), None, "it may be said again");
        for n in 0..=EACH {
            heard.hear(&romeo, (&n.to_string(), "yes"), true, Millis(2));
        }
        assert_eq!(heard.fate(&romeo, "0", "yes", Millis(3)), None);
        assert!(heard.fate(&romeo, "1", "yes", Millis(3)).is_some());
    }

    #[test]
    fn a_bare_word_is_known_to_the_next_for_ten_seconds() {
        let (mut heard, romeo) = (Heard::default(), jid("romeo@x"));
        let at =
            |heard: &mut Heard, is_bare, at| heard.hear(&romeo, ("", "yes"), is_bare, Millis(at));
        assert_eq!(at(&mut heard, true, 0), None);
        assert_eq!(at(&mut heard, false, 9_999), Some(Millis(0)));
        assert_eq!(at(&mut heard, true, 10_000), None);
        heard.passed_on(&jid("romeo@x"), Millis(10_000));
        assert_eq!(at(&mut heard, true, 10_001), None, "that was said to somebody");
    }

    #[test]
    fn no_more_people_are_remembered_than_there_is_room_for() {
        let mut heard = Heard::default();
        for n in 0..MOST {
            heard.hear(&jid(&format!("a{n}@x")), ("i", "yes"), true, Millis(0));
        }
        let romeo = jid("romeo@x");
        heard.hear(&romeo, ("i", "yes"), true, Millis(1));
        assert_eq!(heard.fate(&romeo, "i", "yes", Millis(1)), None);
        heard.hear(&romeo, ("i", "yes"), true, Millis(600_001));
        assert_eq!(heard.people.len(), 1);
    }

    /// Romeo, who has joined.
    async fn romeos() -> Place {
        let place = Place::new(Rates::default()).await;
        let mut tx = place.service.db.write().await.unwrap();
        tx.insert_account("romeo@x", "en", Millis(0)).await.unwrap();
        tx.commit().await.unwrap();
        place
    }

    /// What Romeo is told on writing this at that second.
    async fn told(place: &mut Place, second: i64, words: &str) -> String {
        place.at.store(second * 1_000, std::sync::atomic::Ordering::SeqCst);
        let message = format!(
            "<message from='romeo@x/a' to='share@share.x' type='chat' id='w{second}'>\
             <body>{words}</body></message>"
        );
        said(place, &message, 1).await.concat()
    }

    /// Juliet has shown Romeo something at that second.
    async fn shows(place: &Place, second: i64) {
        let (id, now) = (Uuid::from_u128(u128::try_from(second).unwrap()), Millis(second * 1_000));
        let share = ShareRow {
            id,
            sender: "juliet@x".to_owned(),
            sender_nick: None,
            submit_id: second.to_string(),
            content_hash: vec![7; 32],
            ref_code: second.to_string(),
            handle: second,
            comment_lang: None,
            comment: None,
            recording: None,
            products: String::new(),
            recipients: 1,
            accepted_at: now.0,
            expires_at: Millis::NEVER.0,
            revoked_at: None,
            card: None,
            offered: 0,
            answers: None,
        };
        let accepted = Delivery::accepted(true, now, Millis::NEVER);
        let delivery = NewDelivery {
            id: DeliveryId(id),
            share: ShareId(id),
            rcpt: "romeo@x".to_owned(),
            address: None,
            handle: second,
            delivery: Delivery { state: State::HandedFinal, due: Millis::NEVER, ..accepted },
            sent_at: now.0,
            author: "juliet@x".to_owned(),
        };
        let mut tx = place.service.db.write().await.unwrap();
        tx.insert_shares(&[share]).await.unwrap();
        tx.insert_deliveries(&[delivery]).await.unwrap();
        tx.commit().await.unwrap();
    }

    #[tokio::test]
    async fn whoever_writes_all_the_time_keeps_nobody_from_answering() {
        let mut place = romeos().await;
        assert!(told(&mut place, 10, "stop").await.contains("removes your account"));
        shows(&place, 11).await;
        let asks = told(&mut place, 13, "2").await;
        assert!(asks.contains("Something else has come"), "{asks}");
        let asks = told(&mut place, 14, "2").await;
        assert!(asks.contains("removes your account"), "tapped twice: {asks}");
        shows(&place, 15).await;
        let done = told(&mut place, 17, "2").await;
        assert!(done.contains("You will hear nothing more"), "{done}");
    }

    #[tokio::test]
    async fn a_word_that_is_tapped_twice_removes_nothing() {
        let mut place = romeos().await;
        for second in [10, 11] {
            let asks = told(&mut place, second, "leave").await;
            assert!(asks.contains("Answer leave to go on"), "{asks}");
        }
        let done = told(&mut place, 13, "leave").await;
        assert!(done.contains("You have left"), "{done}");
    }
}
