//! A machine on the engine of the test target.

use std::ops::Deref;

use kernelci_local::{embedded::Embedded, start::Machine};

/// A machine, and the DynamoDB stand-in where that holds its documents.
pub(crate) struct Running {
    machine: Machine,
    _embedded: Option<Embedded>,
}

impl Deref for Running {
    type Target = Machine;

    fn deref(&self) -> &Machine {
        &self.machine
    }
}

/// Starts a machine.
pub(crate) async fn machine(arguments: &[&str]) -> Running {
    if env!("CARGO_CRATE_NAME").ends_with("sqlite") {
        return Running { machine: kernelci_tests::machine(arguments).await, _embedded: None };
    }
    let (machine, embedded) = kernelci_tests::machine_on_dynamodb(arguments).await;
    Running { machine, _embedded: Some(embedded) }
}
