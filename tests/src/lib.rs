//! Shared test support: a store for each test, a server on a free port, and a client. Tests share no state, so they run
//! concurrently and in any order.

mod client;
mod property;
mod sample;

use std::{net::SocketAddr, path::PathBuf, sync::Arc};

use clap::Parser;
use kernelci::{
    collections::COLLECTIONS,
    services::Services,
    store::{Store, StoreOptions, create_tables, engine::TransactionLimits, schema},
};
use kernelci_local::{embedded::Embedded, load, options::Options, start::Machine};
use tokio::{net::TcpListener, sync::watch, task::JoinHandle};

pub use client::{Answer, Client};
pub use property::property;
pub use sample::{ADMIN, MASTER_KEY, document, id, lava_definition, seed_file};

/// The services of one process with an empty store in memory and files in a temporary folder.
///
/// # Panics
/// The process cannot be started.
pub async fn machine(arguments: &[&str]) -> Machine {
    let in_memory = (!arguments.contains(&"--data")).then_some("--memory");
    let always = ["kernelci-local", "--master-key", MASTER_KEY];
    let options = Options::parse_from(always.into_iter().chain(arguments.iter().copied()).chain(in_memory));
    Machine::start(&options).await.unwrap_or_else(|error| panic!("the machine does not start: {error}"))
}

/// The services of one process with documents in a DynamoDB stand-in.
///
/// # Panics
/// The process or the stand-in cannot be started.
pub async fn machine_on_dynamodb(arguments: &[&str]) -> (Machine, Embedded) {
    let mut machine = machine(arguments).await;
    let embedded = Embedded::start(None).unwrap_or_else(|error| panic!("the store does not start: {error}"));
    let store = Store::new(embedded.dynamodb(), StoreOptions::local());
    let made = create_tables(&store, &COLLECTIONS.map(schema)).await;
    made.unwrap_or_else(|error| panic!("the tables are not made: {error}"));
    machine.services.store = store;
    (machine, embedded)
}

/// A server on a free port. It stops when it is dropped.
pub struct Server {
    /// The address on which it listens.
    pub address: SocketAddr,
    /// The services of its functions.
    pub services: Services,
    stop: watch::Sender<bool>,
    running: Option<JoinHandle<()>>,
}

impl Server {
    /// Starts an empty server.
    ///
    /// # Panics
    /// The server cannot be started.
    pub async fn start(arguments: &[&str]) -> Self {
        Self::of(machine(arguments).await).await
    }

    /// Starts a server on a machine.
    ///
    /// # Panics
    /// No port is free.
    pub async fn of(machine: Machine) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap_or_else(|error| panic!("no free port: {error}"));
        let address = listener.local_addr().unwrap_or_else(|error| panic!("no address: {error}"));
        let services = machine.services.clone();
        let (stop, stopped) = watch::channel(false);
        let running = tokio::spawn(machine.run(listener, stopped));
        Self { address, services, stop, running: Some(running) }
    }

    /// Starts a server with the seed documents and the clock at `now`.
    ///
    /// # Panics
    /// The server cannot be started, or a document is refused.
    pub async fn seeded(now: &str) -> Self {
        let server = Self::start(&["--now", now]).await;
        load_seed(&server.services).await;
        server
    }

    /// Starts one with the seed documents, and the clock at `now`. One transaction of its store holds no more than one of
    /// DynamoDB does.
    ///
    /// # Panics
    /// The server cannot be started, or a document is refused.
    pub async fn seeded_with_small_transactions(now: &str) -> Self {
        let mut machine = machine(&["--now", now]).await;
        let options = StoreOptions { transaction: Some(TransactionLimits::DYNAMODB), ..StoreOptions::local() };
        machine.services.store = Store::on(Arc::clone(machine.services.store.engine()), options);
        load_seed(&machine.services).await;
        Self::of(machine).await
    }

    /// A client that sends `token`.
    pub fn client(&self, token: &str) -> Client {
        Client::new(self.address, token)
    }

    /// Waits until every task has ended.
    ///
    /// # Panics
    /// A task is pending after two minutes.
    pub async fn settle(&self) {
        for _ in 0..2_400 {
            let later = self.services.clock.now().plus(7 * 86_400_000);
            let open = self.services.tasks().due(later, 1).await.unwrap_or_else(|error| panic!("no tasks: {error}"));
            if open.is_empty() {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        panic!("tasks are pending after two minutes");
    }

    /// Completes requests that have begun, and stops.
    pub async fn stop(mut self) {
        let _ = self.stop.send(true);
        if let Some(running) = self.running.take() {
            let _ = running.await;
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(running) = self.running.take() {
            running.abort();
        }
    }
}

/// Loads the seed documents into the store of `services`.
///
/// # Panics
/// The seed file cannot be read or loaded.
pub async fn load_seed(services: &Services) {
    load::load(services, &seed_file()).await.unwrap_or_else(|error| panic!("the seed does not load: {error}"));
}

/// The root of the repository.
pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..")
}
