//! Mail servers and gateways, and the letters that leave by them.

mod answer_size;
mod letter;
pub(crate) mod provider;
mod tls;
