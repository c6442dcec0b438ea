//! DynamoDB's stand-in with the seed documents, which a client of the benchmark's choice asks.

use std::path::Path;

use aws_smithy_runtime_api::client::http::SharedHttpConnector;
use kernelci::{
    connection::{DynamoDb, RetryPolicy},
    http::{Function, serve},
    lambda::Written,
    services::{Limits, Services},
    store::{Store, StoreOptions},
};
use kernelci_local::{embedded::Embedded, functions::function};
use kernelci_tests::{load_seed, machine, machine_on_dynamodb, root};
use lambda_http::{Adapter, Context, Error, LambdaEvent, Service, request::LambdaRequest, service_fn};

/// A little after the newest of the seed documents.
pub const NOW: &str = "2020-04-12T10:30:00Z";

/// The store, until this is dropped.
pub struct Seeded {
    services: Services,
    store: Embedded,
}

impl Seeded {
    /// Loads the documents into the stand-in, and into the data folder `folder` for a server of one machine.
    ///
    /// # Panics
    /// They cannot be loaded.
    pub async fn start(folder: &Path) -> Self {
        // That of the process that is measured whole.
        let on_a_file = machine(&["--now", NOW, "--data", &folder.to_string_lossy()]).await;
        load_seed(&on_a_file.services).await;
        drop(on_a_file);
        let (machine, store) = machine_on_dynamodb(&["--now", NOW]).await;
        load_seed(&machine.services).await;
        let services = machine.services.clone();
        Self { services, store }
    }

    /// Asks the store.
    pub fn store(&self) -> SharedHttpConnector {
        self.store.requests().connector()
    }

    /// What functions need, on Lambda's terms, with a store that is asked through `http`.
    pub fn services(&self, http: SharedHttpConnector) -> Services {
        let store =
            Store::new(DynamoDb::through(http, "http://store.invalid", RetryPolicy::STORE), StoreOptions::local());
        Services { store, limits: Limits::LAMBDA, ..self.services.clone() }
    }
}

/// Answers the text of an event, as Lambda has it, by the function whose folder of `events/` it is in.
///
/// # Panics
/// There is no such file, or no such function.
pub async fn answer_event(name: &str, services: &Services) {
    let path = root().join("events").join(format!("{name}.json"));
    let text = std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let event: LambdaRequest = serde_json::from_slice(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
    let folder = name.split('/').next().unwrap_or_default();
    let function: Function = function(folder).unwrap_or_else(|| panic!("there is no function {folder}"));
    let respond = |event| async move { Ok::<_, Error>(Written(serve(function, services, event).await)) };
    let answer = Adapter::from(service_fn(respond)).call(LambdaEvent::new(event, Context::default())).await;
    assert!(answer.is_ok(), "{name} is not answered");
}
