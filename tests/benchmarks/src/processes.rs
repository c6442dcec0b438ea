//! What the kernel knows of a process.

use std::{fs, time::Duration};

/// The time that all threads of a process have spent on a processor, in the kernel and outside; those that have ended
/// are not in it.
///
/// # Panics
/// There is no such process, or the system is not Linux.
pub fn processor_time(process: &str) -> Duration {
    let folder = format!("/proc/{process}/task");
    let threads = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{folder}: {error}"));
    let nanoseconds = threads.filter_map(|thread| {
        let times = fs::read_to_string(thread.ok()?.path().join("schedstat")).ok()?;
        times.split(' ').next()?.parse::<u64>().ok()
    });
    Duration::from_nanos(nanoseconds.sum())
}

/// The most memory that a process has had at once, in bytes.
///
/// # Panics
/// There is no such process, or the system is not Linux.
pub fn peak_memory(process: u32) -> u64 {
    let path = format!("/proc/{process}/status");
    let status = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|line| line.trim().split(' ').next()?.parse::<u64>().ok());
    kilobytes.unwrap_or_else(|| panic!("{path} has no VmHWM")) * 1024
}
