//! The files that the process may have open, connections among them.

use crate::bounds::Bounds;

/// The files of the store, the log, signals and what a handler opens beside its connection.
const KEPT: u64 = 64;

/// More than this is not asked for: a process that may have any number is one that a mistake can bring down.
#[cfg(unix)]
const ENOUGH: u64 = 16 * 1024;

/// Lets the process have as many files open as the system allows, up to a bound, and returns their number; `None` where
/// there is no limit.
#[cfg(unix)]
pub fn raise() -> Option<u64> {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

    let limit = getrlimit(Resource::Nofile);
    let current = limit.current?;
    let wanted = limit.maximum.map_or(ENOUGH, |most| most.min(ENOUGH));
    if wanted <= current {
        return Some(current);
    }
    match setrlimit(Resource::Nofile, Rlimit { current: Some(wanted), maximum: limit.maximum }) {
        Ok(()) => Some(wanted),
        Err(_) => Some(current),
    }
}

/// Where files are not counted.
#[cfg(not(unix))]
pub fn raise() -> Option<u64> {
    None
}

/// `bounds` with as many connections as there are files for: each takes one, and may read another.
pub fn fitting(bounds: Bounds, files: Option<u64>) -> Bounds {
    let most = files.map_or(u64::MAX, |files| (files.saturating_sub(KEPT) / 2).max(1));
    let connections = bounds.connections.min(usize::try_from(most).unwrap_or(usize::MAX));
    Bounds { connections, ..bounds }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_no_more_connections_than_files_for_them() {
        let connections = |files| fitting(Bounds::LOCAL, files).connections;
        assert_eq!(connections(None), Bounds::LOCAL.connections);
        assert_eq!((connections(Some(16_384)), connections(Some(1_024))), (512, 480));
        assert_eq!((connections(Some(100)), connections(Some(40))), (18, 1));
    }
}
