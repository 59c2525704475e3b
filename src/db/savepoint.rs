//! Parts of a transaction that can be undone alone.

/// To where a transaction is undone when something in it fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Savepoint {
    /// What one of a group has asked for.
    Step,
    /// A portion of what one transaction did not finish.
    Portion,
    /// A part of either, which fails alone.
    Part,
}
