//! The limit of open files of the process.

use crate::bounds::Bounds;

/// The files that are reserved for the store, the log, signals and handlers.
const KEPT: u64 = 64;

/// The maximum that is requested from the system, so that a leak stays bounded.
#[cfg(unix)]
const ENOUGH: u64 = 16 * 1024;

/// Raises the limit of open files as far as the system allows, up to the maximum. Returns the limit; `None` when there
/// is none.
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

/// Systems without such a limit.
#[cfg(not(unix))]
pub fn raise() -> Option<u64> {
    None
}

/// `bounds` with at most as many connections as there are files. Each connection takes a file, and may read another
/// one.
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
