//! The version of each table: a number in memory, which every committed change raises. This process is the only one that
//! writes, so no change passes it by.
//!
//! SQLite tells of each row as it is changed, before the transaction is committed: from then on the table has no version.
//! It has the next one when the transaction has ended, before the request that wrote is answered. So a version that is the
//! same before and after a reading says that nothing was committed meanwhile.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use kernelci::collections::{COLLECTIONS, Collection};
use rusqlite::Connection;

/// Even while nothing is written, odd while a change is being made.
#[derive(Debug, Clone)]
pub(super) struct Versions(Arc<HashMap<&'static str, AtomicU64>>);

impl Versions {
    /// The versions of the tables that `connection` alone writes to.
    pub(super) fn of(connection: &Connection) -> Self {
        // Versions of another run of the process are different ones.
        let first = (uuid::Uuid::new_v4().as_u64_pair().1 >> 1) & !1;
        let counters = COLLECTIONS.iter().map(|collection| (collection.name, AtomicU64::new(first)));
        let versions = Self(Arc::new(counters.collect()));
        let changed = versions.clone();
        connection.update_hook(Some(move |_, _: &str, table: &str, _| changed.begin(table)));
        versions
    }

    /// A row of the table is being changed.
    fn begin(&self, table: &str) {
        if let Some(counter) = self.0.get(table) {
            counter.fetch_or(1, Ordering::SeqCst);
        }
    }

    /// The transaction has ended, whether it was committed or not.
    pub(super) fn end(&self) {
        for counter in self.0.values().filter(|counter| counter.load(Ordering::SeqCst) % 2 == 1) {
            counter.fetch_add(1, Ordering::SeqCst);
        }
    }

    /// The version of a collection's table; `None` while it is being changed.
    pub(super) fn current(&self, collection: &Collection) -> Option<u64> {
        let version = self.0.get(collection.name)?.load(Ordering::SeqCst);
        version.is_multiple_of(2).then_some(version)
    }
}

#[cfg(test)]
mod tests {
    use kernelci::collections::{BUILD, JOB};

    use super::*;

    #[test]
    fn a_table_has_no_version_while_it_is_changed_and_another_one_afterwards() {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch("CREATE TABLE job (key TEXT); CREATE TABLE build (key TEXT)").unwrap();
        let versions = Versions::of(&connection);
        let [Some(first), of_build] = [&JOB, &BUILD].map(|collection| versions.current(collection)) else { panic!() };
        let current = || [&JOB, &BUILD].map(|collection| versions.current(collection));
        for (statement, expected) in [
            ("INSERT INTO job VALUES ('a')", 2),
            ("UPDATE job SET key = 'b'", 4),
            ("DELETE FROM job WHERE key = 'b'", 6),
        ] {
            connection.execute(statement, []).unwrap();
            assert_eq!(current(), [None, of_build], "{statement}");
            versions.end();
            assert_eq!(current(), [Some(first + expected), of_build], "{statement}");
        }
        connection.execute("DELETE FROM job WHERE key = 'none'", []).unwrap();
        assert_eq!(current(), [Some(first + 6), of_build]);
    }
}
