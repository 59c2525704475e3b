//! Of several who were sent one share, whom words about it are for.

use crate::{
    db::{Result, Tx},
    domain::{
        assent,
        conversation::{LATEST, Saying, address_of, behind_number, handle_of, names},
        id::{DeliveryId, ShareId},
        note::{Carries, Kind},
    },
    outbox::store::DeliveryRow,
    people::address::Typed,
    world::World,
};

/// What stands behind a name with which somebody is spoken to.
const CALLED: [char; 6] = [',', ':', '，', '：', '、', '\n'];

/// Of several, the one that is named at the head of the words or in the quote. Else the only one
/// who has ever said anything, when their words came last: that is a guess, as the second says. The
/// words may begin with the name of somebody else, and then it is none.
pub(super) async fn narrowed(
    tx: &mut Tx,
    world: &World,
    saying: &Saying,
    share: ShareId,
    all: Vec<DeliveryRow>,
) -> Result<(Vec<DeliveryRow>, bool)> {
    let words = saying.said.words();
    let behind = handle_of(words).map_or(words, |(_, behind)| behind);
    let addressed = address_of(behind).map(|(jid, _)| jid.to_string());
    let ids: Vec<DeliveryId> = all.iter().map(|row| DeliveryId(row.id)).collect();
    let typed = Typed::load(tx, &ids).await?;
    // Only by what the author typed: who is behind a number is not theirs to find out.
    let shown = |row: &DeliveryRow| typed.shown(DeliveryId(row.id), &row.rcpt);
    let quoted = |row: &&DeliveryRow| names(&saying.quote, &shown(row));
    let named = |row: &&DeliveryRow| {
        let shown = shown(row);
        addressed.as_deref() == Some(shown.as_str()) || behind_number(behind, &shown).is_some()
    };
    let only = |mut some: Vec<DeliveryRow>| some.pop().filter(|_| some.is_empty());
    if let Some(one) = only(all.iter().filter(named).cloned().collect())
        .or_else(|| only(all.iter().filter(quoted).cloned().collect()))
    {
        return Ok((vec![one], false));
    }
    let Some(one) = only_speaker(tx, world, saying.author.as_str(), share, &all).await? else {
        return Ok((all, false));
    };
    let mut called = Vec::new();
    for row in &all {
        let nick = match typed.get(DeliveryId(row.id)) {
            None => tx.account(&row.rcpt).await?.and_then(|account| account.nick),
            Some(_) => None,
        };
        if is_called(behind, &shown(row), nick.as_deref()) {
            called.push(row.id);
        }
    }
    let is_another = match called.as_slice() {
        [] => begins_with_somebody(behind),
        called => called.iter().any(|id| *id != one.id),
    };
    Ok(if is_another { (all, false) } else { (vec![one], true) })
}

/// The only one of `all` who has ever said anything about `share`, if words of theirs are what came to
/// `author` last, and lately. A reaction makes nobody that: each of many can make one.
async fn only_speaker(
    tx: &mut Tx,
    world: &World,
    author: &str,
    share: ShareId,
    all: &[DeliveryRow],
) -> Result<Option<DeliveryRow>> {
    let answerers = tx.answerers(share, 2).await?;
    let [only] = answerers.as_slice() else { return Ok(None) };
    let Some(one) = all.iter().find(|row| row.rcpt == *only) else { return Ok(None) };
    let last = tx.sent_last(author, world.now.before(LATEST)).await?;
    let Some(last) = last.filter(|last| last.about() == DeliveryId(one.id)) else {
        return Ok(None);
    };
    let Carries::Note(no) = last.carries() else { return Ok(None) };
    let note = tx.notes(&[no]).await?.pop().map(|row| row.note().1);
    let is_words = note.is_some_and(|it| matches!(it.kind, Kind::Words | Kind::Correction));
    Ok(is_words.then(|| one.clone()))
}

/// Whether `words` begin with the name of whoever goes by `nick` and is `shown` as this.
fn is_called(words: &str, shown: &str, nick: Option<&str>) -> bool {
    let first = |text: &str| {
        let word = text.split(|c: char| c.is_whitespace() || CALLED.contains(&c));
        word.map(str::to_lowercase).find(|word| !word.is_empty())
    };
    let account = shown.split_once('@').map(|(account, _)| account);
    let word = first(words);
    word.is_some() && [nick, account].into_iter().flatten().any(|name| first(name) == word)
}

/// Whether `words` begin with what may be somebody's address, number or name: up to two words before
/// a comma or a colon, but for a yes or no.
fn begins_with_somebody(words: &str) -> bool {
    let first = words.split_whitespace().next().unwrap_or_default();
    let is_number =
        first.strip_prefix('+').is_some_and(|it| it.starts_with(|c: char| c.is_ascii_digit()));
    let is_name = words.split_once(CALLED).is_some_and(|(name, _)| {
        (1..=2).contains(&name.split_whitespace().count()) && assent::read(name).is_none()
    });
    is_number || first.contains('@') || is_name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_may_begin_with_a_name_an_address_or_a_number() {
        for words in [
            "Anna, the key is under the mat",
            "Anna Maria: the key",
            "安娜，钥匙在垫子下面",
            "anna@example.net the key",
            "+390455550199 the key",
        ] {
            assert!(begins_with_somebody(words), "{words}");
        }
        for words in
            ["yours", "Yes, it is", "好的，谢谢", "the key is under the mat, dear", "+ one", ""]
        {
            assert!(!begins_with_somebody(words), "{words}");
        }
        assert!(is_called("anna the key", "a@x", Some("Anna Maria")));
        assert!(is_called("Anna: the key", "anna@x", None));
        for (words, shown) in [("annabel", "anna@x"), ("", "@x"), ("+39", "+390455550100")] {
            assert!(!is_called(words, shown, None), "{words}");
        }
    }
}
