//! Finding a command in the table.

use super::{
    command::{Access, Command},
    table::COMMANDS,
};

impl Command {
    /// Those that exist for somebody.
    pub fn all(is_admin: bool) -> impl Iterator<Item = &'static Self> {
        COMMANDS.iter().filter(move |command| is_admin || command.access != Access::Admin)
    }

    /// The one with this node.
    #[must_use]
    pub fn of_node(node: &str) -> Option<&'static Self> {
        COMMANDS.iter().find(|command| command.node == node)
    }
}
