//! How values are written where the configuration is shown.

use std::fmt;

use ipnet::IpNet;
use jid::BareJid;
use serde::Serializer;

use crate::domain::consent::Ask;

pub(super) fn text<S: Serializer>(value: &impl fmt::Display, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(value)
}

pub(super) fn texts<S: Serializer>(values: &[BareJid], to: S) -> Result<S::Ok, S::Error> {
    to.collect_seq(values.iter().map(|jid| jid.as_str()))
}

pub(super) fn networks<S: Serializer>(values: &[IpNet], to: S) -> Result<S::Ok, S::Error> {
    to.collect_seq(values.iter().map(ToString::to_string))
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
pub(super) fn ask<S: Serializer>(value: &Ask, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(value.token())
}
