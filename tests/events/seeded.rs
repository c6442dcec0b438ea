//! A machine with the seed documents. They are read once for all tests of a process: each test gets a copy of the file
//! that the store then is.

use std::sync::LazyLock;

use kernelci::services::Services;
use kernelci_local::start::Machine;
use kernelci_tests::{load_seed, machine};
use tempfile::TempDir;

/// The time that functions see: a little after the newest of the seed documents.
pub(crate) const NOW: &str = "2020-04-12T10:30:00Z";

/// A machine of a test's own.
pub(crate) struct Seeded {
    pub(crate) services: Services,
    // Dropped in this order: the store before the folder that it lies in.
    _machine: Machine,
    _folder: TempDir,
}

/// The name of the store's file in a data folder.
const STORE: &str = "store.sqlite";

static FILLED: LazyLock<Vec<u8>> = LazyLock::new(|| {
    // A test's own runtime cannot be waited for within it.
    std::thread::spawn(|| tokio::runtime::Runtime::new().unwrap().block_on(filled())).join().unwrap()
});

async fn filled() -> Vec<u8> {
    let folder = TempDir::new().unwrap();
    let in_memory = machine_in(&folder).await;
    load_seed(&in_memory.services).await;
    drop(in_memory);
    std::fs::read(folder.path().join(STORE)).unwrap()
}

async fn machine_in(folder: &TempDir) -> Machine {
    machine(&["--now", NOW, "--data", folder.path().to_str().unwrap()]).await
}

/// A machine with the seed documents, at [`NOW`].
pub(crate) async fn seeded() -> Seeded {
    let folder = TempDir::new().unwrap();
    std::fs::write(folder.path().join(STORE), &*FILLED).unwrap();
    let machine = machine_in(&folder).await;
    Seeded { services: machine.services.clone(), _machine: machine, _folder: folder }
}
