//! A person with Profanity: a real terminal client inside a private tmux.

use std::{process::Command, time::Duration};

use tempfile::TempDir;

use super::{
    PATIENCE, eventually, place,
    process::{Process, guarded},
    server::{DOMAIN, PASSWORD, Server},
};

/// A terminal of 120 columns and 50 lines. Dropping it kills what runs in it.
pub(crate) struct Terminal {
    process: Process,
    // Last, so that it goes when the process has ended.
    dir: TempDir,
}

impl Terminal {
    /// Starts Profanity with an empty home, and logs `user` in.
    pub(crate) async fn profanity(server: &Server, user: &str) -> Self {
        let terminal = Self::run("profanity").await;
        terminal.see("Type '/help' to show complete help.").await;
        let (address, port) = (server.c2s().ip(), server.c2s().port());
        let connect =
            format!("/connect {user}@{DOMAIN}/profanity server {address} port {port} tls disable");
        terminal.enter(&connect);
        terminal.see("Enter password").await;
        terminal.enter(PASSWORD);
        terminal.see(&format!("{user}@{DOMAIN}/profanity logged in successfully")).await;
        terminal
    }

    async fn run(program: &str) -> Self {
        let dir = place::folder("terminal-");
        let mut command = guarded("tmux", "KILL");
        // In the foreground, so that the server is our child and ends with us.
        command.args(["-D", "-u", "-f", "/dev/null", "-S"]).arg(dir.path().join("tmux.sock"));
        command.current_dir(dir.path()).env("HOME", dir.path()).env("LC_ALL", "C.UTF-8");
        command.env("SHELL", "/bin/sh").env_remove("TMUX");
        for folder in ["XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME"] {
            command.env_remove(folder);
        }
        let process = Process::start(command, &dir.path().join("console.log"));
        let terminal = Self { process, dir };
        let session = ["new-session", "-d", "-x", "120", "-y", "50", program];
        let started = eventually(PATIENCE, async || terminal.tmux(&session).is_some()).await;
        assert!(started, "no terminal: {}", terminal.process.log());
        terminal
    }

    /// Types a line and presses Enter.
    pub(crate) fn enter(&self, line: &str) {
        self.tmux(&["send-keys", "-l", "--", line]).expect("a terminal");
        self.tmux(&["send-keys", "Enter"]).expect("a terminal");
    }

    /// Waits until this text is on the screen, and gives the screen.
    pub(crate) async fn see(&self, text: &str) -> String {
        let seen = eventually(PATIENCE, async || {
            // Each look is a process of its own.
            tokio::time::sleep(Duration::from_millis(50)).await;
            self.screen().contains(text)
        });
        let seen = seen.await;
        assert!(seen, "no {text:?} on the screen:\n{}", self.screen());
        self.screen()
    }

    /// What is on the screen now.
    pub(crate) fn screen(&self) -> String {
        self.tmux(&["capture-pane", "-p", "-J"]).unwrap_or_default()
    }

    fn tmux(&self, arguments: &[&str]) -> Option<String> {
        let mut command = Command::new("tmux");
        // Never a server of its own: that one would outlive us.
        command.args(["-N", "-u", "-S"]).arg(self.dir.path().join("tmux.sock")).args(arguments);
        let output = command.env("LC_ALL", "C.UTF-8").output().expect("tmux");
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
    }
}
