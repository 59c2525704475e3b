//! The disk under SQLite is full, and then it is not.

use std::{
    fs::{self, File},
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Child, ChildStdin, Command, Stdio},
    time::Duration,
};

use tokio::time::sleep;

use super::{Inbox, Sender, Stage, server};
use crate::harness::{PATIENCE, eventually, server::Kind};

/// Bytes. The write-ahead log of SQLite takes 4 MiB before it is emptied for the first time, and that
/// takes as much again.
const DISK: u64 = 32 << 20;

#[tokio::test]
async fn a_full_disk_refuses_shares_for_now_and_works_again_when_there_is_room() {
    let mut disk = None;
    let stage = Stage::set_on(server(Kind::Prosody).await, |plan| {
        let at = plan.dir().join("disk");
        disk = Some(Disk::mount(&at));
        plan.set("database.url", format!("sqlite:{}", at.join("tradepost.db").display()))
    })
    .await;
    let at = stage.component.dir().join("disk");
    let sender = Sender::new("disk", &["bob@localhost"]);
    let mut inbox = Inbox::default();
    sender.send(&stage.alice, sleep(Duration::from_millis(500))).await;

    let free = fill(&at.join("filler"));
    assert!(free > DISK / 2, "the shares alone have filled it: {free} bytes were left");
    let full = async {
        let refused = async || sender.refused().contains_key("resource-constraint");
        assert!(eventually(PATIENCE, refused).await, "{}", stage.component.log());
        stage.component.not_ready(PATIENCE).await;
        sleep(Duration::from_secs(1)).await;
    };
    sender.send(&stage.alice, full).await;
    let pid = stage.component.pid();
    fs::remove_file(at.join("filler")).expect("the filler");

    stage.settle(&sender, &mut inbox, 2).await;
    assert!(Path::new(&format!("/proc/{pid}")).exists(), "without a restart");
    stage.component.sigterm().await;
    drop(disk);
}

/// Writes until nothing fits any more. Answers how many bytes did.
fn fill(path: &Path) -> u64 {
    let mut file = File::create(path).expect("a file");
    for size in [4096, 512, 1] {
        while file.write_all(&vec![0; size]).is_ok() {}
    }
    file.metadata().expect("its size").len()
}

/// A small disk in memory. A shell holds it, which outlives this process by the moment that it
/// takes to give it back.
struct Disk {
    shell: Child,
    end: Option<ChildStdin>,
}

impl Disk {
    fn mount(at: &Path) -> Self {
        fs::create_dir(at).expect("a folder");
        let hold = "trap '' INT TERM HUP; mount -t tmpfs -o size=\"$1\" tmpfs \"$0\" || exit; \
                    echo up; cat; umount -l \"$0\"";
        let mut shell = Command::new("sh")
            .args(["-c", hold])
            .arg(at)
            .arg(DISK.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("a shell");
        let mut said = String::new();
        let _ = BufReader::new(shell.stdout.take().expect("its output")).read_line(&mut said);
        assert_eq!(said, "up\n", "cannot mount a tmpfs: this test must run as root");
        let end = shell.stdin.take();
        Self { shell, end }
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        drop(self.end.take());
        let _ = self.shell.wait();
    }
}
