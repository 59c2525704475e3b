//! A person whose client is slixmpp: for what must hold with a library that others use.

use std::path::{Path, PathBuf};

use super::{
    PATIENCE, place,
    process::{Process, guarded},
    server::{DOMAIN, PASSWORD, Server},
};

/// Logs `user` in, sends `stanza` unless it is empty, and gives the first stanza that comes back with
/// the id `wanted`, as slixmpp writes it.
pub(crate) async fn exchange(server: &Server, user: &str, stanza: &str, wanted: &str) -> String {
    let dir = place::folder("python-");
    let mut command = guarded(python(), "KILL");
    command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/python/person.py"));
    command.arg(server.c2s().ip().to_string()).arg(server.c2s().port().to_string());
    command.arg(format!("{user}@{DOMAIN}/slixmpp")).arg(PASSWORD).arg(stanza).arg(wanted);
    let process = Process::start(command, &dir.path().join("output.log"));
    let status = process.ended(3 * PATIENCE).await;
    assert!(status.success(), "slixmpp as {user} ended with {status}:\n{}", process.log());
    process.log()
}

/// The Python of the virtual environment that `make test` has made.
pub(crate) fn python() -> PathBuf {
    let ours = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/venv/bin/python");
    assert!(ours.exists(), "no {}: run make venv", ours.display());
    ours
}
