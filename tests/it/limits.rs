//! How much somebody may ask for, and what is kept on their behalf.

mod measure;
pub(crate) mod rate;
