//! A process without a worker, and its store, reached directly and through a proxy that fails according to a plan.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use aws_sdk_dynamodb::types::AttributeValue;
use kernelci::{
    collections::COLLECTIONS,
    connection::{DynamoDb, RetryPolicy},
    services::Services,
    store::{Store, StoreOptions, create_tables, engine, engine::Engine, schema},
};
use kernelci_local::{embedded::Embedded, sqlite::Sqlite, start::Machine};
use kernelci_tests::{MASTER_KEY, machine, machine_on_dynamodb};
use lambda_http::{Body, Response};
use serde_json::{Value as Json, json};

use crate::{
    proxy::Proxy,
    request::{envelope, request},
};

/// Short pauses, and attempts that are long enough for a machine under load.
pub(crate) const SHORT: RetryPolicy = RetryPolicy {
    connect: Duration::from_secs(2),
    attempt: Duration::from_secs(30),
    request: Duration::from_secs(60),
    attempts: 3,
    first_pause: Duration::from_millis(2),
    longest_pause: Duration::from_millis(20),
};

fn shown(attribute: &AttributeValue) -> String {
    match attribute {
        AttributeValue::M(members) => {
            let sorted: BTreeMap<_, _> = members.iter().map(|(name, inner)| (name, shown(inner))).collect();
            format!("{sorted:?}")
        }
        AttributeValue::L(list) => format!("{:?}", list.iter().map(shown).collect::<Vec<_>>()),
        other => format!("{other:?}"),
    }
}

/// All items of an embedded engine.
async fn all_of(engine: &Sqlite) -> BTreeMap<(&'static str, String), String> {
    let mut everything = BTreeMap::new();
    for collection in COLLECTIONS {
        for item in engine.items_behind(collection, "", usize::MAX).await.unwrap() {
            let key = item["_id"].as_s().unwrap().clone();
            everything.insert((collection.name, key), shown_item(&engine::AttributeValue::M(item)));
        }
    }
    everything
}

fn shown_item(attribute: &engine::AttributeValue) -> String {
    match attribute {
        engine::AttributeValue::M(members) => {
            let sorted: BTreeMap<_, _> = members.iter().map(|(name, inner)| (name, shown_item(inner))).collect();
            format!("{sorted:?}")
        }
        engine::AttributeValue::L(list) => format!("{:?}", list.iter().map(shown_item).collect::<Vec<_>>()),
        other => format!("{other:?}"),
    }
}

/// A process with a direct and a failing connection to its store.
pub(crate) struct FaultyProcess {
    pub(crate) proxy: Proxy,
    pub(crate) direct: Services,
    pub(crate) token: String,
    backend: Backend,
    _machine: Machine,
}

/// The engine that stores the items.
enum Backend {
    DynamoDb(Embedded),
    Sqlite(Arc<Sqlite>),
}

/// The status of an answer, its headers and its envelope.
#[derive(Debug)]
pub(crate) struct Answered {
    pub(crate) status: u16,
    pub(crate) retry_after: Option<u64>,
    pub(crate) envelope: Json,
}

impl From<Response<Body>> for Answered {
    fn from(answer: Response<Body>) -> Self {
        let retry_after = answer.headers().get("retry-after").map(|value| value.to_str().unwrap().parse().unwrap());
        Self { status: answer.status().as_u16(), retry_after, envelope: envelope(&answer) }
    }
}

impl Answered {
    /// Asserts a 503 whose envelope holds no internal message.
    pub(crate) fn is_busy(&self, context: &str) {
        let expected = json!({"code": 503, "reason": "The service is busy: try again later"});
        assert_eq!((self.status, &self.envelope), (503, &expected), "{context}");
        assert!(self.retry_after.is_some_and(|seconds| seconds > 0), "{context}");
    }
}

impl FaultyProcess {
    pub(crate) async fn start() -> Self {
        let (machine, embedded) = machine_on_dynamodb(&["--now", "2020-04-12T10:30:00Z"]).await;
        let proxy = Proxy::start(embedded.requests()).await;
        Self::with(machine, proxy, Backend::DynamoDb(embedded)).await
    }

    /// Starts a process on the embedded engine.
    pub(crate) async fn sqlite() -> Self {
        let mut machine = machine(&["--now", "2020-04-12T10:30:00Z"]).await;
        let engine = Arc::new(Sqlite::in_memory().unwrap());
        machine.services.store = Store::on(Arc::clone(&engine) as Arc<dyn Engine>, StoreOptions::local());
        create_tables(&machine.services.store, &COLLECTIONS.map(schema)).await.unwrap();
        Self::with(machine, Proxy::without_store(), Backend::Sqlite(engine)).await
    }

    async fn with(machine: Machine, proxy: Proxy, backend: Backend) -> Self {
        let direct = machine.services.clone();
        let body = json!({"email": "first@example.org", "admin": 1}).to_string();
        let made = request("POST", "/token").token(MASTER_KEY).json(&body).serve(&direct).await;
        let token = envelope(&made)["result"][0]["token"].as_str().unwrap().to_owned();
        Self { proxy, direct, token, backend, _machine: machine }
    }

    /// The services of a newly started process whose store is behind the proxy.
    pub(crate) fn failing(&self) -> Services {
        self.with_retry_policy(SHORT)
    }

    pub(crate) fn with_retry_policy(&self, retry_policy: RetryPolicy) -> Services {
        let store = match &self.backend {
            Backend::DynamoDb(_) => {
                Store::new(DynamoDb::with_retry_policy(&self.proxy.endpoint, retry_policy), StoreOptions::local())
            }
            Backend::Sqlite(engine) => {
                Store::on(self.proxy.engine(Arc::clone(engine) as Arc<dyn Engine>), StoreOptions::local())
            }
        };
        Services { store, ..self.direct.clone() }
    }

    /// All stored items, by table and key.
    #[allow(clippy::disallowed_methods, reason = "an access pattern cannot show leftover items")]
    pub(crate) async fn everything(&self) -> BTreeMap<(&'static str, String), String> {
        let dynamodb = match &self.backend {
            Backend::DynamoDb(embedded) => embedded.dynamodb(),
            Backend::Sqlite(engine) => return all_of(engine).await,
        };
        let mut everything = BTreeMap::new();
        for collection in COLLECTIONS {
            let table = format!("kernelci-{}", collection.name);
            let mut start = None;
            loop {
                let page = dynamodb.client().scan().table_name(&table).limit(100).set_exclusive_start_key(start);
                let page = page.send().await.unwrap();
                for item in page.items() {
                    let key = item["_id"].as_s().unwrap().clone();
                    everything.insert((collection.name, key), shown(&AttributeValue::M(item.clone())));
                }
                start = page.last_evaluated_key;
                if start.is_none() {
                    break;
                }
            }
        }
        everything
    }

    /// All stored items except the calendar of months: a month may be marked although nothing was stored in it.
    pub(crate) async fn documents(&self) -> BTreeMap<(&'static str, String), String> {
        let mut everything = self.everything().await;
        everything.retain(|(_, key), _| key != "calendar");
        everything
    }

    /// Sends a request as the administrator.
    pub(crate) async fn ask(
        &self,
        services: &Services,
        method: &str,
        path: &str,
        query: &str,
        body: &Json,
    ) -> Answered {
        let text = if body.is_null() { String::new() } else { body.to_string() };
        request(method, path).query(query).token(&self.token).json(&text).serve(services).await.into()
    }

    /// Sends a GET request past the proxy and returns the result.
    pub(crate) async fn result(&self, path: &str, query: &str) -> Vec<Json> {
        let answer = self.ask(&self.direct, "GET", path, query, &Json::Null).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.envelope["result"].as_array().unwrap().clone()
    }
}
