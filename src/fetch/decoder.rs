//! Pictures are decoded in a process of their own, whose memory and time the system bounds: what a
//! decoder takes is what the file makes it take, and no bound in pixels says how much that is
//! (`threats` 4).

mod turn;

use std::{
    io::{self, Read, Write},
    path::{Path, PathBuf},
    process::{Child, Command, ExitCode, Stdio},
    time::Duration,
};

use base64::{Engine, prelude::BASE64_STANDARD};
use rustix::{
    fd::OwnedFd,
    process::{
        Pid, PidfdFlags, Resource, Rlimit, Signal, pidfd_open, pidfd_send_signal, setrlimit,
    },
};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tokio::{task::spawn_blocking, time::timeout};

pub use self::turn::{Turn, Turns};
use super::{request::Fault, thumbnail};
use crate::{
    crash,
    domain::picture::{Kind, MAX_BYTES, Picture, PictureHash, Thumbnail},
};

/// Bytes that a decoding process may have for itself. Four components of 4,096 pixels in either
/// direction take 200 MiB.
const MEMORY: u64 = 256 << 20;
/// Seconds of a processor that it may use. The largest honest picture takes one.
const SECONDS: u64 = 5;
/// How long it may take by the clock: on a busy machine a few times as long as it computes. One that has
/// been stopped, or cannot read its own file, computes nothing.
const LONGEST: Duration = Duration::from_secs(30);
/// Bytes of its answer: two pictures in Base64, and some words.
const ANSWER: u64 = 4 * (MAX_BYTES as u64);

/// What is to be made of a picture: the arguments of the decoding process.
#[derive(Debug, Clone, Copy, clap::Args)]
pub struct Job {
    /// Pixels that it may have in either direction.
    #[arg(long)]
    max_side: u32,
    /// Bytes of a picture for a card; without it a thumbnail is made.
    #[arg(long)]
    portrait: Option<usize>,
}

/// What the decoding process says.
#[derive(Serialize, Deserialize)]
enum Output {
    Thumbnail { is_png: bool, width: u32, height: u32, small: String, bytes: String },
    Portrait(String),
    Type,
    Unreadable(String),
}

/// Has pictures decoded.
#[derive(Debug, Clone)]
pub struct Decoder {
    program: PathBuf,
    max_side: u32,
    turns: Turns,
}

impl Decoder {
    /// `program`: the file of this program; `max_side`: pixels that a picture may have in either
    /// direction; `turns`: of which each has one, pictures of products and those for cards. Those in
    /// cards take 16 MiB at the most, and are decoded where the card is drawn.
    #[must_use]
    pub fn new(program: PathBuf, max_side: u32, turns: Turns) -> Self {
        Self { program, max_side, turns }
    }

    /// This program, which Linux finds after it has been replaced too.
    ///
    /// # Errors
    /// When the system does not say where it is.
    pub fn of_this_program(max_side: u32) -> io::Result<Self> {
        let now = Path::new("/proc/self/exe");
        let program = if now.exists() { now.to_owned() } else { std::env::current_exe()? };
        Ok(Self::new(program, max_side, Turns::default()))
    }

    /// The thumbnail of a file, which is the `asked`th of its asker within the hour.
    ///
    /// # Errors
    /// As [`thumbnail::make`]; or [`Fault::Decoder`].
    pub async fn thumbnail(&self, file: Vec<u8>, asked: i64) -> Result<Picture, Fault> {
        match self.answer(file, asked, None).await? {
            Output::Thumbnail { is_png, width, height, small, bytes } => {
                let (small, bytes) = (decoded(&small)?, decoded(&bytes)?);
                let kind = if is_png { Kind::Png } else { Kind::Jpeg };
                let hash = PictureHash(Sha256::digest(&bytes).into());
                let size = bytes.len() as u64;
                let thumbnail = Thumbnail { hash, kind, size, width, height, small };
                Ok(Picture { thumbnail, bytes })
            }
            _ => Err(gave_up()),
        }
    }

    /// A picture for a card, a JPEG of at most `max_bytes`. As [`Decoder::thumbnail`].
    ///
    /// # Errors
    /// As [`thumbnail::make`]; or [`Fault::Decoder`].
    pub async fn portrait(
        &self,
        file: Vec<u8>,
        asked: i64,
        max_bytes: usize,
    ) -> Result<Vec<u8>, Fault> {
        match self.answer(file, asked, Some(max_bytes)).await? {
            Output::Portrait(bytes) => decoded(&bytes),
            _ => Err(gave_up()),
        }
    }

    async fn answer(
        &self,
        file: Vec<u8>,
        asked: i64,
        portrait: Option<usize>,
    ) -> Result<Output, Fault> {
        let turn = self.turns.take(asked).await;
        let (program, job) = (self.program.clone(), Job { max_side: self.max_side, portrait });
        let answer = said(program, job, file, turn).await.map_err(Fault::Decoder)?;
        match answer.ok_or_else(gave_up)? {
            Output::Type => Err(Fault::Type),
            Output::Unreadable(why) => Err(Fault::Unreadable(why)),
            answer => Ok(answer),
        }
    }
}

/// What a process says about `file`; nothing when it was ended over it. It has `turn` until it has
/// ended, whoever waits for it.
async fn said(program: PathBuf, job: Job, file: Vec<u8>, turn: Turn) -> io::Result<Option<Output>> {
    let (ends, child) = done(spawn_blocking(move || start(&program, job)).await)?;
    let asked = spawn_blocking(move || {
        let _turn = turn;
        ask(child, &file)
    });
    let answer = timeout(LONGEST, asked).await;
    drop(ends);
    done(answer.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))?)
}

fn done<T>(task: Result<io::Result<T>, tokio::task::JoinError>) -> io::Result<T> {
    task.map_err(io::Error::other).flatten()
}

/// Ends a process when it is dropped, if that has not ended: nobody waits for it any more.
struct Ends(OwnedFd);

impl Drop for Ends {
    fn drop(&mut self) {
        // One that has ended takes none.
        let _ = pidfd_send_signal(&self.0, Signal::KILL);
    }
}

fn start(program: &Path, job: Job) -> io::Result<(Ends, Child)> {
    let mut command = Command::new(program);
    command.arg("decode").arg("--max-side").arg(job.max_side.to_string());
    if let Some(bytes) = job.portrait {
        command.arg("--portrait").arg(bytes.to_string());
    }
    // Nothing of ours is in its environment. The allocator would take a gibibyte at once, of which it
    // uses little, and all of which counts.
    command.env_clear().env("MIMALLOC_ARENA_EAGER_COMMIT", "0");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let child = command.spawn()?;
    Ok((Ends(pidfd_open(Pid::from_child(&child), PidfdFlags::empty())?), child))
}

fn ask(mut child: Child, file: &[u8]) -> io::Result<Option<Output>> {
    crash::stall("stall-decode");
    if let Some(mut input) = child.stdin.take() {
        // Whoever was ended reads no more, and says so below.
        let _ = input.write_all(file);
    }
    let mut said = Vec::new();
    if let Some(output) = child.stdout.take() {
        output.take(ANSWER).read_to_end(&mut said)?;
    }
    let is_done = child.wait()?.success();
    Ok(if is_done { serde_json::from_slice(&said).ok() } else { None })
}

fn decoded(text: &str) -> Result<Vec<u8>, Fault> {
    BASE64_STANDARD.decode(text).map_err(|_| gave_up())
}

fn gave_up() -> Fault {
    Fault::Unreadable("the decoder gave up".into())
}

/// The decoding process: reads a file from the standard input, and writes what became of it.
#[must_use]
pub fn run(job: &Job) -> ExitCode {
    let done = bound().and_then(|()| {
        let mut file = Vec::new();
        io::stdin().lock().read_to_end(&mut file)?;
        serde_json::to_writer(io::stdout().lock(), &make(job, &file))?;
        Ok(())
    });
    if done.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn bound() -> io::Result<()> {
    for (resource, most) in [(Resource::Data, MEMORY), (Resource::Cpu, SECONDS)] {
        setrlimit(resource, Rlimit { current: Some(most), maximum: Some(most) })?;
    }
    Ok(())
}

fn make(job: &Job, file: &[u8]) -> Output {
    let text = |bytes: &[u8]| BASE64_STANDARD.encode(bytes);
    let made = match job.portrait {
        Some(most) => thumbnail::portrait(file, job.max_side, most)
            .map(|bytes| Output::Portrait(text(&bytes))),
        None => thumbnail::make(file, job.max_side).map(|picture| {
            let Thumbnail { kind, width, height, small, .. } = &picture.thumbnail;
            let (is_png, width, height) = (*kind == Kind::Png, *width, *height);
            Output::Thumbnail {
                is_png,
                width,
                height,
                small: text(small),
                bytes: text(&picture.bytes),
            }
        }),
    };
    made.unwrap_or_else(|fault| match fault {
        Fault::Type => Output::Type,
        Fault::Unreadable(why) => Output::Unreadable(why),
        other => Output::Unreadable(other.to_string()),
    })
}
