//! What every route costs: each event file, on both engines, held against the bound that the route's entry states.
//!
//! The page budget is small in half of the runs, so that readings meet it.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
};

use kernelci::{
    auth::Access,
    collections::COLLECTIONS,
    http::{Answers, Part, RESOURCES, Route, Verb, find, serve},
    query::Selection,
    services::Services,
    store::{ReadBound, Store, StoreOptions, WorkDone},
};
use kernelci_tests::{load_seed, machine_on_dynamodb, root};
use lambda_http::RequestExt;
use serde_json::Value as Json;

use crate::seeded::{NOW, seeded};

/// The read of the token.
const TOKEN: ReadBound = ReadBound { requests: 1, items: 1 };

/// A budget that readings of the seed documents pass.
const FEW_PAGES: usize = 3;
const FEW_ITEMS: usize = 10;

/// What the reason of a request says that passed its page budget.
const PAST_THE_BUDGET: &str = "Too many documents would have to be read";

/// The event files of a function.
fn events(function: &str) -> Vec<PathBuf> {
    let folder = root().join("events").join(function);
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

/// The number of operations in the body of a batch, or of groups and cases in that of a test group.
fn parts_of_body(body: &[u8]) -> u64 {
    fn results(group: &Json) -> u64 {
        let list = |name: &str| group[name].as_array().map(Vec::as_slice).unwrap_or_default();
        1 + list("test_cases").len() as u64 + list("sub_groups").iter().map(results).sum::<u64>()
    }
    let Ok(body) = serde_json::from_slice::<Json>(body) else { return 0 };
    body["batch"].as_array().map_or_else(|| results(&body), |list| list.len() as u64)
}

async fn stored_documents(services: &Services) -> u64 {
    let mut sum = 0;
    for collection in COLLECTIONS {
        sum += services.reader().list(collection, &Selection::default()).await.unwrap().len() as u64;
    }
    sum
}

/// A route by the first name of its resource, and the verb.
type RouteKey = (String, &'static str);

/// What was measured.
#[derive(Default)]
struct Measured {
    /// The requests of each route that succeeded.
    succeeded: BTreeMap<RouteKey, usize>,
    /// The routes of which a request passed the page budget.
    past_the_budget: BTreeSet<RouteKey>,
    /// The requests that cost more than their route says.
    above: Vec<String>,
}

/// Serves every event of every function with the page budget of `options`.
async fn measure(all: &Services, options: StoreOptions, engine: &str, measured: &mut Measured) {
    let store = Store::on(all.store.engine().clone(), options.clone());
    let services = Services { store, ..all.clone() };
    let mut functions = kernelci_local::functions::FUNCTIONS;
    // What deletes comes last, so that the others find what they are about.
    functions.sort_by_key(|function| function.name.ends_with("-delete"));
    for function in functions {
        for path in events(function.name) {
            let file = format!("{engine}: {}/{}", function.name, path.file_name().unwrap().to_str().unwrap());
            let event = lambda_http::request::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
            let route = find(event.raw_http_path());
            let verb = Verb::of(event.method().as_str());
            let operation = route.as_ref().zip(verb).and_then(|(route, verb)| route.operation(verb));
            let counted = operation.and_then(|operation| operation.cost.each).map(|each| each.part);
            let sent = parts_of_body(event.body());
            let before = if counted == Some(Part::Deleted) { stored_documents(all).await } else { 0 };
            let answer = serve(function, &services, event).await;
            let work: WorkDone = *answer.extensions().get().unwrap();
            let Some((route, operation)) = route.as_ref().zip(operation) else {
                assert_eq!(work, WorkDone::default(), "{file} is of no route");
                continue;
            };
            let parts = match counted {
                Some(Part::Deleted) => before - stored_documents(all).await,
                _ => sent,
            };
            let bound = operation.cost.bound(&options, parts);
            let token = if operation.endpoint.access == Access::Open { ReadBound::default() } else { TOKEN };
            let (requests, items) = (bound.requests + token.requests, bound.items + token.items);
            if work.requests > requests || work.items_read > items {
                measured.above.push(format!(
                    "{file}: {} requests of at most {requests}, {} items of at most {items}",
                    work.requests, work.items_read
                ));
            }
            let key = (route.pattern(), operation.endpoint.verb.name());
            if answer.status().is_success() {
                *measured.succeeded.entry(key.clone()).or_default() += 1;
            }
            if String::from_utf8_lossy(answer.body()).contains(PAST_THE_BUDGET) {
                measured.past_the_budget.insert(key);
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_route_costs_at_most_what_its_entry_says() {
    let few = StoreOptions { page_budget: FEW_PAGES, page_items: FEW_ITEMS, ..StoreOptions::local() };
    let mut measured = Measured::default();
    for options in [StoreOptions::local(), few] {
        let machine = seeded().await;
        measure(&machine.services, options.clone(), "SQLite", &mut measured).await;
        let (machine, _embedded) = machine_on_dynamodb(&["--now", NOW]).await;
        load_seed(&machine.services).await;
        measure(&machine.services, options, "DynamoDB", &mut measured).await;
    }
    assert!(measured.above.is_empty(), "{}", measured.above.join("\n"));
    // A route of which no request succeeds is not measured.
    let operations = RESOURCES.iter().flat_map(|resource| {
        let of_route = |route: &'static Route| route.operations.iter().map(move |operation| (route, operation));
        resource.routes.iter().flat_map(of_route).map(move |(route, operation)| (resource, route, operation))
    });
    let offered = operations.filter(|(.., operation)| !matches!(operation.answers, Answers::Never));
    let keys = offered.map(|(resource, route, operation)| {
        (format!("{}{}", resource.paths[0], route.tail), operation.endpoint.verb.name())
    });
    let missing: Vec<RouteKey> = keys.filter(|key| !measured.succeeded.contains_key(key)).collect();
    assert!(missing.is_empty(), "no event file succeeds for {missing:?}");
    assert!(measured.past_the_budget.len() >= 4, "few routes meet the budget: {:?}", measured.past_the_budget);
}
