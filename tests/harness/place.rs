//! Where things live: folders that vanish and ports that stay free.

use std::{
    collections::HashSet,
    fs::Permissions,
    net::{Ipv4Addr, SocketAddr, TcpListener},
    os::unix::{fs::PermissionsExt, process::CommandExt},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{LazyLock, Mutex},
};

use rand::Rng;
use tempfile::TempDir;

/// One folder for all of this process, and the shell that removes it.
///
/// The shell waits for the end of its standard input, which comes when this process ends, be it by
/// `SIGKILL`. So nothing stays behind that a destructor did not get to see.
struct Root {
    path: PathBuf,
    /// Holds the open pipe; never read.
    _janitor: Child,
}

static ROOT: LazyLock<Root> = LazyLock::new(|| {
    let path = tempfile::Builder::new()
        .prefix("tradepost-test-")
        // PostgreSQL runs as another user when we are root, and must be able to pass through.
        .permissions(Permissions::from_mode(0o711))
        .tempdir()
        .expect("a temporary folder")
        .keep();
    let janitor = Command::new("sh")
        .arg("-c")
        .arg("trap '' INT TERM HUP; cat; for i in $(seq 60); do rm -rf -- \"$0\"; sleep 1; [ -e \"$0\" ] || exit; done")
        .arg(&path)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .process_group(0)
        .spawn()
        .expect("a shell");
    Root { path, _janitor: janitor }
});

/// The folder that holds all others of this process. Every server names it on its command line.
pub(crate) fn root() -> &'static Path {
    &ROOT.path
}

/// A fresh folder that is removed when the value is dropped, or at the latest with this process.
pub(crate) fn folder(prefix: &str) -> TempDir {
    tempfile::Builder::new()
        .prefix(prefix)
        .permissions(Permissions::from_mode(0o755))
        .tempdir_in(root())
        .expect("a folder inside the temporary folder")
}

/// A loopback address that nobody listens on, and that stays free while its owner restarts.
///
/// It lies below the range from which the kernel picks ports for outgoing connections: one of those
/// could otherwise take the port between the stop and the start of a server.
pub(crate) fn free_address() -> SocketAddr {
    static TAKEN: LazyLock<Mutex<HashSet<u16>>> = LazyLock::new(Mutex::default);
    let mut taken = TAKEN.lock().expect("no test died while it picked a port");
    loop {
        let address =
            SocketAddr::from((Ipv4Addr::LOCALHOST, rand::rng().random_range(12_000..32_000)));
        if !taken.contains(&address.port()) && TcpListener::bind(address).is_ok() {
            taken.insert(address.port());
            return address;
        }
    }
}
