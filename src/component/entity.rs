//! An address of a stanza (RFC 6120 §1.4).

use std::str::FromStr;

use jid::{BareJid, DomainRef};

use crate::domain::address;

/// The most bytes of a resource (RFC 7622 §3.4).
const RESOURCE: usize = 1_023;

/// Whom a stanza is from, or for. The account or service can be read; the resource is kept as the
/// server gives it, because it is only ever given back. The crate `jid` knows the characters of
/// Unicode 3.2 (RFC 3454) and refuses every later one, of which servers let many into a resource.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Entity {
    text: String,
    bare: BareJid,
}

/// An address of which not even the account can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an address that cannot be read")]
pub struct Unreadable;

impl Entity {
    /// With its resource, if it has one.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The account or service.
    #[must_use]
    pub fn to_bare(&self) -> BareJid {
        self.bare.clone()
    }

    /// The domain.
    #[must_use]
    pub fn domain(&self) -> &DomainRef {
        self.bare.domain()
    }

    /// What follows the first slash.
    #[must_use]
    pub fn resource(&self) -> Option<&str> {
        self.text.split_once('/').map(|(_, resource)| resource)
    }
}

impl FromStr for Entity {
    type Err = Unreadable;

    fn from_str(text: &str) -> Result<Self, Unreadable> {
        let (bare, resource) = match text.split_once('/') {
            Some((bare, resource)) => (bare, Some(resource)),
            None => (text, None),
        };
        let bare = address::bare(bare).ok_or(Unreadable)?;
        match resource {
            None => Ok(Self::from(bare)),
            Some(it) if (1..=RESOURCE).contains(&it.len()) => {
                Ok(Self { text: format!("{bare}/{it}"), bare })
            }
            Some(_) => Err(Unreadable),
        }
    }
}

impl From<BareJid> for Entity {
    fn from(bare: BareJid) -> Self {
        Self { text: bare.to_string(), bare }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_resource_may_have_characters_that_are_newer_than_the_account_may() {
        for (text, bare, resource) in [
            ("Alice@X.example/Phone", "alice@x.example", Some("Phone")),
            ("alice@x/📱", "alice@x", Some("📱")),
            ("alice@x/₿/a@b", "alice@x", Some("₿/a@b")),
            ("x.example", "x.example", None),
        ] {
            let entity: Entity = text.parse().unwrap();
            assert_eq!((entity.to_bare().as_str(), entity.resource()), (bare, resource));
            assert_eq!(entity.as_str().strip_prefix(bare), text.get(bare.len()..));
        }
        let long = format!("alice@x/{}", "r".repeat(RESOURCE + 1));
        for text in [
            "📱@x",
            "alice\u{1160}@x",
            "alice@x\u{1160}.example/a",
            "alice@x/",
            "@x",
            "",
            "/a",
            &long,
        ] {
            assert_eq!(text.parse::<Entity>(), Err(Unreadable), "{text}");
        }
    }
}
