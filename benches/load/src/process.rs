//! What the kernel says about the component's process (proc(5)).

use std::fs;

/// Microseconds in a tick of `/proc/PID/stat`: Linux reports 100 a second on every machine.
const TICK: u64 = 10_000;

/// User and system time of all its threads so far, µs.
pub(crate) fn cpu(pid: u32) -> Option<u64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name, in parentheses, may hold anything; `utime` and `stime` are the 12th and 13th after.
    let mut fields = stat.rsplit_once(')')?.1.split_ascii_whitespace().skip(11);
    let (user, system) = (fields.next()?.parse::<u64>().ok()?, fields.next()?.parse::<u64>().ok()?);
    Some((user + system) * TICK)
}

/// Resident memory now, KiB.
pub(crate) fn rss(pid: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().strip_suffix("kB")?.trim().parse().ok()
}
