//! Of what the integration tests start, the parts that keep data.

#[path = "../../tests/harness/fixture.rs"]
pub(crate) mod fixture;
#[path = "../../tests/harness/patience.rs"]
mod patience;
#[path = "../../tests/harness/place.rs"]
pub(crate) mod place;
#[expect(dead_code, reason = "a few tests with a server stop theirs")]
#[path = "../../tests/harness/postgres.rs"]
pub(crate) mod postgres;
#[expect(dead_code, reason = "the tests with servers kill some")]
#[path = "../../tests/harness/process.rs"]
pub(crate) mod process;

pub(crate) use patience::{PATIENCE, eventually};
