//! How long a test waits for what must come.

use std::time::{Duration, Instant};

/// How long anything local may take before a test calls it broken: generous, for two busy cores. No
/// fact says how fast something is by it.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

/// Asks `holds` every few milliseconds until it says yes. False when `within` passed without a yes.
pub(crate) async fn eventually(within: Duration, mut holds: impl AsyncFnMut() -> bool) -> bool {
    let start = Instant::now();
    loop {
        if holds().await {
            return true;
        }
        if start.elapsed() >= within {
            return false;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
