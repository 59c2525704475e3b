//! The pages.

mod hostile;
