//! What the component says on the stream, and what it takes.

mod hostile;
pub(crate) mod service;
