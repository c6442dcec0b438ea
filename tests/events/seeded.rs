//! A machine with the seed documents. They are loaded once per process; each test gets a copy of the resulting store
//! file.

use std::sync::LazyLock;

use kernelci::services::Services;
use kernelci_local::start::Machine;
use kernelci_tests::{load_seed, machine};
use tempfile::TempDir;

/// The current time of the functions, a little after the newest seed document.
pub(crate) const NOW: &str = "2020-04-12T10:30:00Z";

/// A machine on a temporary folder.
pub(crate) struct Seeded {
    pub(crate) services: Services,
    // Fields are dropped in this order: the store before its folder.
    _machine: Machine,
    _folder: TempDir,
}

/// The name of the store's file in a data folder.
const STORE: &str = "store.sqlite";

static FILLED: LazyLock<Vec<u8>> = LazyLock::new(|| {
    // A test's own runtime cannot block on this future, so another thread runs it.
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
