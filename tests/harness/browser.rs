//! A person with a browser: headless Chromium, for product pages and for Converse.
//!
//! One Chromium serves all tests of the process. It starts with the first window and ends with the
//! process; each window is a browser context of its own. `tests/browser/driver.mjs` is the other end.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufStream},
    net::UnixStream,
    sync::{Mutex, OnceCell},
};

use super::{
    PATIENCE, eventually, place,
    process::{Process, guarded},
    server::{DOMAIN, PASSWORD, Server},
};

/// How a reader's device looks.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Device {
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) dark: bool,
    /// What its owner reads: `en`, `zh-CN`.
    pub(crate) lang: &'static str,
}

impl Device {
    /// A phone held upright.
    pub(crate) const PHONE: Self = Self { width: 390, height: 844, dark: false, lang: "en" };
    /// A window on a desktop.
    pub(crate) const DESKTOP: Self = Self { width: 1280, height: 900, dark: false, lang: "en" };
}

/// The process that has the browser. Never dropped: it dies with this process.
struct Driver {
    process: Process,
    dir: TempDir,
}

/// A window of the browser. Dropping it closes it.
pub(crate) struct Window {
    line: Mutex<BufStream<UnixStream>>,
    /// Whose it is, for the screenshot of a failure.
    owner: String,
}

impl Window {
    /// Opens an empty window.
    pub(crate) async fn open(device: Device) -> Self {
        static SHARED: OnceCell<Driver> = OnceCell::const_new();
        let driver = SHARED.get_or_init(Driver::start).await;
        let line = UnixStream::connect(driver.socket()).await;
        let line = line.unwrap_or_else(|error| panic!("{error}:\n{}", driver.process.log()));
        let owner = std::thread::current().name().unwrap_or("main").replace("::", "-");
        let window = Self { line: Mutex::new(BufStream::new(line)), owner };
        let mut options = json!({
            "viewport": {"width": device.width, "height": device.height},
            "colorScheme": if device.dark { "dark" } else { "light" },
            "locale": device.lang,
        });
        if device.width == Device::PHONE.width {
            options["userAgent"] = json!("Mozilla/5.0 (Linux; Android 15; Pixel 9) Chrome/140.0");
        }
        window.ask("window", json!([options])).await;
        window
    }

    /// Goes to an address, and gives the status of the answer, if there is one.
    pub(crate) async fn goto(&self, url: &str) -> Option<u64> {
        self.ask("goto", json!([url])).await.as_u64()
    }

    /// Logs `user` in with Converse, on Prosody.
    pub(crate) async fn converse(&self, server: &Server, user: &str) {
        let jid = format!("{user}@{DOMAIN}/converse");
        self.ask("converse", json!([jid, PASSWORD, server.websocket()])).await;
    }

    /// Gives `file` of `tests/browser` whenever the window asks for `url`: a shop far away.
    pub(crate) async fn serve(&self, url: &str, file: &str) {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/browser").join(file);
        self.ask("serve", json!([url, file])).await;
    }

    /// Waits for the first visible element that fits `selector` and holds `text`; gives its text.
    pub(crate) async fn see(&self, selector: &str, text: &str) -> String {
        let seen = self.ask("see", json!([selector, text])).await;
        seen.as_str().unwrap_or_default().to_owned()
    }

    /// Clicks on the first element that fits `selector` and holds `text`.
    pub(crate) async fn click(&self, selector: &str, text: &str) {
        self.ask("click", json!([selector, text])).await;
    }

    /// Clicks on a link that gives a file, and gives the address of the file on this machine.
    pub(crate) async fn download(&self, selector: &str, text: &str) -> String {
        let path = self.ask("download", json!([selector, text])).await;
        format!("file://{}", path.as_str().expect("a path"))
    }

    /// There is no network any more.
    pub(crate) async fn unplug(&self) {
        self.ask("unplug", json!([])).await;
    }

    /// Replaces what stands in a field.
    pub(crate) async fn fill(&self, selector: &str, value: &str) {
        self.ask("fill", json!([selector, value])).await;
    }

    /// Presses a key: `Enter`.
    pub(crate) async fn press(&self, key: &str) {
        self.ask("press", json!([key])).await;
    }

    /// The value of an expression in JavaScript.
    pub(crate) async fn eval(&self, script: &str) -> Value {
        self.ask("eval", json!([script])).await
    }

    /// Waits until an expression in JavaScript is true, and gives its value.
    pub(crate) async fn until(&self, script: &str) -> Value {
        self.ask("until", json!([script])).await
    }

    /// What went wrong in the window since it was opened: scripts, policies, things not found.
    pub(crate) async fn complaints(&self) -> Vec<String> {
        let said = self.ask("complaints", json!([])).await;
        serde_json::from_value(said).expect("a list of lines")
    }

    /// What axe has to say against the page, a line for each place.
    pub(crate) async fn axe(&self) -> Vec<String> {
        let said = self.ask("axe", json!([])).await;
        serde_json::from_value(said).expect("a list of lines")
    }

    /// Keeps what is to be seen as `target/screens/NAME.png`; all of the page when `whole`.
    pub(crate) async fn screenshot(&self, name: &str, whole: bool) {
        self.ask("screenshot", json!([screen(name), whole])).await;
    }

    /// Keeps what would be printed on A4 as `target/screens/NAME.png`.
    pub(crate) async fn print(&self, name: &str) {
        self.ask("print", json!([screen(name)])).await;
    }

    /// Asks the driver; panics with what it says when that fails, and keeps a screenshot.
    async fn ask(&self, verb: &str, parameters: Value) -> Value {
        match self.exchange(verb, &parameters).await {
            Ok(value) => value,
            Err(error) => {
                let path = screen(&format!("failed-{}", self.owner));
                let _ = self.exchange("screenshot", &json!([path, false])).await;
                panic!("{verb} {parameters}: {error}\n{}", path.display());
            }
        }
    }

    async fn exchange(&self, verb: &str, parameters: &Value) -> Result<Value, String> {
        let mut question = vec![json!(verb)];
        question.extend(parameters.as_array().into_iter().flatten().cloned());
        let mut line = self.line.lock().await;
        let mut answer = String::new();
        let exchanged = async {
            line.write_all(format!("{}\n", Value::from(question)).as_bytes()).await?;
            line.flush().await?;
            line.read_line(&mut answer).await
        };
        exchanged.await.map_err(|error| error.to_string())?;
        let mut answer: Value = serde_json::from_str(&answer)
            .map_err(|error| format!("the driver has ended: {error}"))?;
        match answer.get("error") {
            Some(error) => Err(error.as_str().unwrap_or_default().to_owned()),
            None => Ok(answer["ok"].take()),
        }
    }
}

impl Driver {
    async fn start() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let modules = root.join("target/browser");
        assert!(modules.join(".complete").exists(), "no {}: run make browser", modules.display());
        let dir = place::folder("browser-");
        let mut command = guarded("node", "KILL");
        command.arg(root.join("tests/browser/driver.mjs")).arg(modules);
        command.arg(dir.path().join("driver.sock"));
        // Where the browser keeps its profile: it must go with the folder, however we end.
        command.env("TMPDIR", dir.path()).env("HOME", dir.path());
        let process = Process::start(command, &dir.path().join("console.log"));
        let driver = Self { process, dir };
        let up = eventually(PATIENCE, async || {
            UnixStream::connect(driver.socket()).await.is_ok() || driver.process.status().is_some()
        });
        let up = up.await && driver.process.status().is_none();
        assert!(up, "no browser:\n{}", driver.process.log());
        driver
    }

    fn socket(&self) -> PathBuf {
        self.dir.path().join("driver.sock")
    }
}

/// Where a screenshot is kept.
fn screen(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/screens");
    std::fs::create_dir_all(&folder).expect("a folder for the screenshots");
    folder.join(format!("{name}.png"))
}
