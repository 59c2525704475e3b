//! Child processes that end with their test, and with the test run at the latest.

use std::{
    ffi::OsStr,
    fs::File,
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    sync::{LazyLock, Mutex, MutexGuard, mpsc},
    time::Duration,
};

use rustix::process::{Pid, kill_process, kill_process_group};

pub(crate) use rustix::process::Signal;

use super::eventually;

type Start = (Command, mpsc::SyncSender<std::io::Result<Child>>);

/// The thread that starts every child.
///
/// `PR_SET_PDEATHSIG` fires when the starting *thread* ends, not the process. Test threads and the
/// threads of a runtime end early; this one stays.
static STARTER: LazyLock<mpsc::Sender<Start>> = LazyLock::new(|| {
    let (send, receive) = mpsc::channel::<Start>();
    std::thread::Builder::new()
        .name("starter".into())
        .spawn(move || {
            for (mut command, answer) in receive {
                // Nobody waits for the answer any more when the test has ended.
                let _ = answer.send(command.spawn());
            }
        })
        .expect("a thread");
    send
});

/// A command that gets `death` when this process ends, in a process group of its own.
pub(crate) fn guarded(program: impl AsRef<OsStr>, death: &str) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", death, "--"]).arg(program).process_group(0);
    command
}

/// A running (or ended) child. Dropping it kills its whole process group and waits for the end.
pub(crate) struct Process {
    child: Mutex<Child>,
    log: PathBuf,
}

impl Process {
    /// Starts `command` (from [`guarded`], in its own group) with its output appended to `log`.
    pub(crate) fn start(mut command: Command, log: &Path) -> Self {
        let file = File::options().create(true).append(true).open(log).expect("a log file");
        command
            .stdin(Stdio::null())
            .stdout(file.try_clone().expect("a second handle on the log"))
            .stderr(file);
        let shown = format!("{command:?}");
        let (send, receive) = mpsc::sync_channel(1);
        STARTER.send((command, send)).expect("the starter runs");
        let child = receive
            .recv()
            .expect("the starter answers")
            .unwrap_or_else(|error| panic!("cannot start {shown}: {error}"));
        Self { child: Mutex::new(child), log: log.to_owned() }
    }

    /// The process id, also after the end.
    pub(crate) fn id(&self) -> u32 {
        self.child().id()
    }

    /// The exit status when it has ended.
    pub(crate) fn status(&self) -> Option<ExitStatus> {
        self.child().try_wait().expect("the status of an own child")
    }

    /// Sends a signal to the process alone. Nothing happens when it has ended.
    pub(crate) fn signal(&self, signal: Signal) {
        let mut child = self.child();
        if child.try_wait().expect("the status of an own child").is_none() {
            let _ = kill_process(Pid::from_child(&child), signal);
        }
    }

    /// Kills the process and its group at once, and reaps it.
    pub(crate) fn kill9(&self) {
        let mut child = self.child();
        if child.try_wait().expect("the status of an own child").is_none() {
            let _ = kill_process_group(Pid::from_child(&child), Signal::KILL);
            let _ = child.wait();
        }
    }

    /// Waits for the end; panics with the end of the log when it does not come.
    pub(crate) async fn ended(&self, within: Duration) -> ExitStatus {
        let ended = eventually(within, async || self.status().is_some()).await;
        assert!(ended, "{} still runs after {within:?}; its log ends:\n{}", self.id(), self.log());
        self.status().expect("it has ended")
    }

    /// What it has written so far: the last 8 KiB.
    pub(crate) fn log(&self) -> String {
        let all = std::fs::read(&self.log).unwrap_or_default();
        let from = all.len().saturating_sub(8 * 1024);
        String::from_utf8_lossy(&all[from..]).into_owned()
    }

    fn child(&self) -> MutexGuard<'_, Child> {
        self.child.lock().expect("no test died inside the process table")
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if let Ok(child) = self.child.get_mut()
            && child.try_wait().is_ok_and(|status| status.is_none())
        {
            let _ = kill_process_group(Pid::from_child(child), Signal::KILL);
            let _ = child.wait();
        }
    }
}
