//! The edge to the XMPP server: what comes in is parsed once, answered here or handed to the
//! operations, and what is asked to leave leaves through the link.

pub mod adhoc;
pub mod answer;
pub mod disco;
pub mod dispatch;
pub mod ejabberd;
pub mod entity;
pub mod extensions;
pub mod form;
pub mod gateway;
pub mod inbound;
pub mod presence;
pub mod register;
pub mod reply;
pub mod service;
pub mod vcard;
