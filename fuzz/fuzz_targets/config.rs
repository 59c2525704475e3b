//! Any file is a configuration or told to be none, and what counts can be read in again.
#![no_main]

use std::{io::Write as _, path::Path};

use libfuzzer_sys::fuzz_target;
use tradepost::config::{Config, Invalid};

fn load(text: &[u8]) -> Option<Result<Config, Invalid>> {
    let mut file = tempfile::NamedTempFile::new().ok()?;
    file.write_all(text).ok()?;
    let path: &Path = file.path();
    Some(Config::load(Some(path), std::iter::empty()))
}

fuzz_target!(|text: &[u8]| {
    // A file that the input names would be read: nothing outside may decide a run.
    if text.windows(5).any(|window| window == b"_file") {
        return;
    }
    match load(text) {
        Some(Ok(config)) => {
            let effective = config.effective();
            assert!(!effective.starts_with("# cannot"), "{effective}");
        }
        Some(Err(invalid)) => assert!(!invalid.to_string().is_empty()),
        None => {}
    }
});
