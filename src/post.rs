//! Letters: what leaves by mail and SMS, and words by XMPP that are about no share. They wait in rows.

pub mod letter;
pub mod store;
#[cfg(test)]
pub(crate) mod tests;
