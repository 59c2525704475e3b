//! How a saying is known that comes again.

use sha2::{Digest, Sha256};

use crate::{
    domain::conversation::{Said, Saying},
    wire::product::write::recording_to_xml,
};

/// By what a saying is known when it comes again, because its author's client saw no receipt: who
/// says what about what, under which id. None without an id. An id that a client uses again for
/// other words is another message: some count from 1 at every start.
pub(super) fn digest(saying: &Saying) -> Option<[u8; 32]> {
    let mut hash = Sha256::new();
    let mut add = |part: &str| {
        hash.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        hash.update(part);
    };
    add(saying.author.as_str());
    add(&saying.stanza_id);
    let said = match &saying.said {
        Said::Words(words) => ["words", "", words],
        Said::Correction { of, words } => ["correction", of, words],
        Said::Reaction { to, emoji } => ["reaction", to, emoji],
        Said::Retraction { of } => ["retraction", of, ""],
    };
    said.into_iter().for_each(&mut add);
    add(&saying.recording.as_deref().map(recording_to_xml).unwrap_or_default());
    add(&saying.xml);
    add(&saying.quote);
    for clue in &saying.clues {
        add(&format!("{clue:?}"));
    }
    Some(hash.finalize().into()).filter(|_| !saying.stanza_id.is_empty())
}
