//! `make demo` shows what it promises, and leaves nothing behind.

use std::{
    fs::{self, File},
    io::Write as _,
    path::{Path, PathBuf},
    process::Stdio,
};

use tempfile::TempDir;

use crate::harness::{
    PATIENCE, eventually, place,
    process::{Process, guarded},
};

#[tokio::test]
async fn the_demo_shows_a_share_from_both_sides_and_ends_by_itself() {
    let folder = place::folder("demo-");
    let mut command = guarded(demo(), "KILL");
    command.arg("--once").env("TMPDIR", folder.path());
    let logs = place::folder("demo-log-");
    let process = Process::start(command, &logs.path().join("log"));
    let status = process.ended(PATIENCE * 2).await;
    let text = process.log();
    assert!(status.success(), "{text}");
    for line in [
        "juliet@localhost registers with share.localhost (XEP-0077).",
        "<send xmlns='urn:xmpp:product-share:0' id='k1'>",
        "<sent xmlns='urn:xmpp:product-share:0'",
        "│ Juliet (juliet@localhost): For your table? │",
        "│ Silver goblet, EUR 24.90                   │",
        "Tradepost has noted it: confirmed.",
        "│ Juliet (juliet@localhost): Made in Yiwu. │",
        "200, \"Silver goblet · Tradepost\"",
        "the books balance",
    ] {
        assert!(text.contains(line), "no {line:?} in\n{text}");
    }
    assert!(text.ends_with("\ndemo: ok\n"), "{text}");
    assert!(!text.contains('\x1b'), "colours without a terminal:\n{text}");
    nothing_left(&folder).await;
}

#[tokio::test]
async fn in_a_terminal_the_demo_stays_up_until_ctrl_c() {
    let folder = place::folder("demo-");
    let logs = place::folder("demo-log-");
    let screen = logs.path().join("screen");
    // `exec`: a shell that stays in between, as dash does, would die of Ctrl-C itself.
    let command = format!("exec '{}'", demo().display());
    let mut terminal = guarded("script", "KILL")
        .args(["--quiet", "--return", "--flush", "--command", &command])
        .arg("/dev/null")
        .env("TMPDIR", folder.path())
        .env_remove("NO_COLOR")
        .stdin(Stdio::piped())
        .stdout(File::create(&screen).expect("a screen"))
        .spawn()
        .expect("a terminal");
    let mut keyboard = terminal.stdin.take().expect("a keyboard");
    let seen = || fs::read_to_string(&screen).unwrap_or_default();
    let invited = eventually(PATIENCE * 2, async || seen().contains("Ctrl-C ends it all")).await;
    assert!(invited, "{}", seen());
    keyboard.write_all(b"\x03").expect("a terminal that listens");
    let mut ended = || terminal.try_wait().expect("the status of an own child");
    let mut status = None;
    let over = async || {
        status = ended();
        status.is_some()
    };
    assert!(eventually(PATIENCE, over).await, "it still runs after Ctrl-C:\n{}", seen());
    assert!(status.is_some_and(|status| status.success()), "{status:?}\n{}", seen());
    assert!(seen().contains("\x1b["), "no colours in a terminal:\n{}", seen());
    nothing_left(&folder).await;
}

/// Neither a file nor a process: each names its folder on its command line.
async fn nothing_left(folder: &TempDir) {
    let path = folder.path();
    let empty = || fs::read_dir(path).is_ok_and(|mut files| files.next().is_none());
    let gone = eventually(PATIENCE, async || empty() && processes_of(path).is_empty()).await;
    assert!(gone, "left: {:?} {:?}", fs::read_dir(path), processes_of(path));
}

fn processes_of(folder: &Path) -> Vec<String> {
    let folder = folder.display().to_string();
    let processes = fs::read_dir("/proc").expect("/proc");
    let commands = processes
        .filter_map(|process| fs::read(process.ok()?.path().join("cmdline")).ok())
        .map(|command| String::from_utf8_lossy(&command).replace('\0', " "));
    commands.filter(|command| command.contains(&folder)).collect()
}

/// The example, which `cargo test` builds along; a run of single test binaries does not.
fn demo() -> PathBuf {
    let here = std::env::current_exe().expect("the path of this program");
    let demo = here.ancestors().nth(2).expect("a target folder").join("examples/demo");
    assert!(demo.exists(), "there is no {}: run `cargo build --examples`", demo.display());
    demo
}
