//! Random sequences of posts of one test group, with the worker, a second client and process deaths at random points
//! between them: once all tasks are done, the store holds what the last accepted post says.

use std::{
    collections::BTreeSet,
    pin::{Pin, pin},
    sync::Arc,
    task::{Context, Poll},
};

use kernelci::{
    clock::Clock,
    collections::{Collection, TEST_CASE, TEST_GROUP, TEST_REGRESSION},
    domain::test::{Importer, NewGroup},
    query::{Arguments, Selection},
    services::Services,
    store::{Store, StoreOptions, engine::TransactionLimits},
    value::{Document, ObjectId, Value},
    worker,
};
use kernelci_tests::{machine, property};
use proptest::{
    prelude::*,
    test_runner::{TestCaseError, TestRunner},
};
use serde_json::{Value as Json, json};
use tokio::runtime::Runtime;

/// The number of case names that pass with the previous kernel.
const PASSED_BEFORE: usize = 12;

/// A test group as it is posted.
#[derive(Debug, Clone, PartialEq)]
struct Sent {
    /// Whether each test case fails.
    cases: Vec<bool>,
    /// The test cases of each sub-group.
    sub_groups: Vec<Vec<bool>>,
}

/// A step of a sequence.
#[derive(Debug, Clone)]
enum Step {
    /// A post that is answered.
    Post(Sent),
    /// Two concurrent posts.
    Race(Sent, Sent),
    /// A post concurrent with the worker.
    PostBeside(Sent),
    /// A run of the worker.
    Work,
    /// A post whose process dies after that many polls.
    Die(Sent, usize),
    /// A worker that dies after that many polls.
    WorkerDies(usize),
}

fn any_cases(most: usize) -> impl Strategy<Value = Vec<bool>> {
    prop::collection::vec(prop::bool::weighted(0.3), 0..=most)
}

fn any_sent() -> impl Strategy<Value = Sent> {
    // A group of more than 70 documents is imported in stages.
    let sizes = prop_oneof![
        6 => any_cases(6).boxed(),
        4 => any_cases(24).boxed(),
        2 => prop::collection::vec(prop::bool::weighted(0.05), 60..110).boxed(),
        1 => prop::collection::vec(prop::bool::weighted(0.02), 110..=300).boxed(),
    ];
    (sizes, prop::collection::vec(any_cases(4), 0..3)).prop_map(|(cases, sub_groups)| Sent { cases, sub_groups })
}

fn any_step() -> impl Strategy<Value = Step> {
    prop_oneof![
        5 => any_sent().prop_map(Step::Post),
        2 => (any_sent(), any_sent()).prop_map(|(a, b)| Step::Race(a, b)),
        3 => any_sent().prop_map(Step::PostBeside),
        3 => Just(Step::Work),
        2 => (any_sent(), 1..60_usize).prop_map(|(sent, steps)| Step::Die(sent, steps)),
        2 => (1..40_usize).prop_map(Step::WorkerDies),
    ]
}

fn name(group: &str, case: usize) -> String {
    format!("{group}{case}")
}

fn cases(group: &str, cases: &[bool]) -> Json {
    let case = |(place, fails): (usize, &bool)| json!({"name": name(group, place), "status": if *fails { "FAIL" } else { "PASS" }});
    cases.iter().enumerate().map(case).collect()
}

fn body(kernel: &str, sent: &Sent) -> Json {
    let sub_groups = sent.sub_groups.iter().enumerate();
    let sub_groups: Vec<Json> = sub_groups
        .map(|(place, inner)| json!({"name": format!("sub{place}"), "test_cases": cases("inner", inner)}))
        .collect();
    json!({
        "arch": "arm64", "build_environment": "gcc-8", "defconfig": "defconfig", "device_type": "qemu_arm64-virt",
        "git_branch": "master", "git_commit": "0123456789abcdef0123456789abcdef01234567", "job": "sequence",
        "kernel": kernel, "lab_name": "lab-example", "name": "plan", "test_cases": cases("case", &sent.cases),
        "sub_groups": sub_groups,
    })
}

async fn post(services: &Services, kernel: &str, sent: &Sent) {
    let body = body(kernel, sent).as_object().unwrap().clone();
    let group = NewGroup::read(body).unwrap();
    Importer::of(services).unwrap().store(group, services.clock.now()).await.unwrap();
}

async fn work(services: &Services) {
    worker::run_due(services).await.unwrap();
}

/// A future that ends after that many polls.
struct Mortal<F> {
    future: Pin<Box<F>>,
    left: usize,
}

impl<F: Future> Future for Mortal<F> {
    type Output = Option<F::Output>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        if self.left == 0 {
            return Poll::Ready(None);
        }
        self.left -= 1;
        self.future.as_mut().poll(context).map(Some)
    }
}

fn mortal<F: Future>(future: F, left: usize) -> Mortal<F> {
    Mortal { future: Box::pin(future), left }
}

/// Performs a step. `possible` holds the groups that may be stored at the end.
async fn perform(services: &Services, step: Step, possible: &mut Vec<Sent>) {
    match step {
        Step::Post(sent) => {
            post(services, "v2", &sent).await;
            *possible = vec![sent];
        }
        Step::Race(a, b) => {
            futures_util::join!(post(services, "v2", &a), post(services, "v2", &b));
            *possible = vec![a, b];
        }
        Step::PostBeside(sent) => {
            futures_util::join!(post(services, "v2", &sent), work(services));
            *possible = vec![sent];
        }
        Step::Work => work(services).await,
        Step::Die(sent, left) => match mortal(post(services, "v2", &sent), left).await {
            Some(()) => *possible = vec![sent],
            // The post was not answered, but the worker may complete it.
            None => possible.push(sent),
        },
        Step::WorkerDies(left) => {
            mortal(pin!(work(services)), left).await;
        }
    }
}

/// Runs every task, as a process does that starts after the others have died.
async fn settle(services: &Services) {
    let later = Services { clock: Clock::starting_at(services.clock.now().plus(3_600_000)), ..services.clone() };
    for _ in 0..100 {
        later.store.free_tasks().await.unwrap();
        if worker::run_due(&later).await.unwrap().run == 0 {
            return;
        }
    }
    panic!("tasks are still pending after all runs");
}

async fn list(services: &Services, collection: &'static Collection, query: &str) -> Vec<Document> {
    let selection = selection(services, collection, query);
    let found = services.store.list(collection, &selection).await.unwrap();
    let count = services.store.count(collection, &selection).await.unwrap();
    assert_eq!(found.len(), count, "{}?{query}", collection.name);
    found
}

fn selection(services: &Services, collection: &'static Collection, query: &str) -> Selection {
    Selection::read(collection, &Arguments::parse(query).unwrap(), services.clock.now()).unwrap()
}

fn texts<'a>(documents: &'a [Document], member: &str) -> Vec<&'a str> {
    documents.iter().map(|document| document[member].as_text().unwrap()).collect()
}

fn ids(document: &Document, member: &str) -> Vec<ObjectId> {
    document[member].as_list().unwrap().iter().filter_map(Value::as_id).collect()
}

/// The stored group in the form of a post.
async fn stored(services: &Services) -> Sent {
    let groups = list(services, &TEST_GROUP, "job=sequence&kernel=v2").await;
    let of_kernel = list(services, &TEST_CASE, "job=sequence&kernel=v2").await;
    let mut number = 0;
    let mut sent = Vec::new();
    for group in &groups {
        let id = group["_id"].as_id().unwrap();
        let cases = list(services, &TEST_CASE, &format!("test_group_id={id}")).await;
        let own: Vec<ObjectId> = cases.iter().map(|case| case["_id"].as_id().unwrap()).collect();
        assert_eq!(ids(group, "test_cases"), own, "a group lists other cases than it has");
        let prefix = if group["parent_id"] == Value::Null { "case" } else { "inner" };
        let names: Vec<String> = (0..cases.len()).map(|place| name(prefix, place)).collect();
        assert_eq!(texts(&cases, "name"), names, "test cases are missing or left over");
        number += cases.len();
        sent.push(texts(&cases, "status").into_iter().map(|status| status == "FAIL").collect());
    }
    assert_eq!(number, of_kernel.len(), "test cases without a group are left");
    let sub_groups: Vec<ObjectId> = groups[1..].iter().map(|group| group["_id"].as_id().unwrap()).collect();
    assert_eq!(ids(&groups[0], "sub_groups"), sub_groups, "groups are missing or left over");
    let cases = sent.remove(0);
    Sent { cases, sub_groups: sent }
}

/// Asserts that the stored group is one of the `possible` posts.
async fn check(services: &Services, possible: &[Sent]) -> Result<(), TestCaseError> {
    let stored = stored(services).await;
    prop_assert!(possible.contains(&stored), "{stored:?} is stored");
    let fails = |cases: &[bool]| cases.iter().filter(|fails| **fails).count();
    let failed = fails(&stored.cases) + stored.sub_groups.iter().map(|cases| fails(cases)).sum::<usize>();
    let counted = list(services, &TEST_CASE, "job=sequence&kernel=v2&status=FAIL").await.len();
    prop_assert_eq!(counted, failed);
    let kernels = services.store.distinct(&TEST_CASE, &selection(services, &TEST_CASE, ""), "kernel").await.unwrap();
    let has_cases = stored.cases.len() + stored.sub_groups.iter().map(Vec::len).sum::<usize>() > 0;
    let expected: Vec<Value> = ["v1", "v2"].into_iter().take(1 + usize::from(has_cases)).map(Value::from).collect();
    prop_assert_eq!(kernels, expected);

    let mut regressed = BTreeSet::new();
    for case in list(services, &TEST_CASE, "job=sequence&kernel=v2").await {
        let path = case["test_case_path"].as_text().unwrap().to_owned();
        let number: usize = path.strip_prefix("plan.case").and_then(|number| number.parse().ok()).unwrap_or(usize::MAX);
        let is_regression = case["status"] == Value::from("FAIL") && number < PASSED_BEFORE;
        prop_assert_eq!(case["regression_id"].as_id().is_some(), is_regression, "{}", path);
        if is_regression {
            regressed.insert((path, case["_id"].as_id(), case["regression_id"].as_id()));
        }
    }
    let mut found = BTreeSet::new();
    for regression in list(services, &TEST_REGRESSION, "job=sequence").await {
        let Some(Value::Map(last)) = regression["regressions"].as_list().unwrap().last() else { panic!("no entry") };
        let path = regression["test_case_path"].as_text().unwrap().to_owned();
        found.insert((path, last["test_case_id"].as_id(), regression["_id"].as_id()));
    }
    prop_assert_eq!(found, regressed);
    Ok(())
}

/// Whether larger groups come in several transactions, as on DynamoDB.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Transactions {
    Large,
    OfDynamoDb,
}

#[test]
fn after_all_tasks_a_group_is_as_its_last_post() {
    check_sequences(Transactions::Large);
}

#[test]
fn after_all_tasks_a_staged_group_is_as_its_last_post() {
    check_sequences(Transactions::OfDynamoDb);
}

fn check_sequences(transactions: Transactions) {
    let runtime = Runtime::new().unwrap();
    let config = ProptestConfig { max_shrink_iters: 60, ..property(150) };
    let outcome = TestRunner::new(config).run(&prop::collection::vec(any_step(), 1..9), |steps| {
        runtime.block_on(async {
            let mut machine = machine(&["--now", "2020-04-12T10:30:00Z"]).await;
            if transactions == Transactions::OfDynamoDb {
                let options = StoreOptions { transaction: Some(TransactionLimits::DYNAMODB), ..StoreOptions::local() };
                machine.services.store = Store::on(Arc::clone(machine.services.store.engine()), options);
            }
            let services = &machine.services;
            post(services, "v1", &Sent { cases: vec![false; PASSED_BEFORE], sub_groups: Vec::new() }).await;
            work(services).await;
            let first = Sent { cases: vec![true, false], sub_groups: vec![vec![true]] };
            post(services, "v2", &first).await;
            let mut possible = vec![first];
            for step in steps {
                perform(services, step, &mut possible).await;
            }
            settle(services).await;
            check(services, &possible).await
        })
    });
    outcome.unwrap_or_else(|error| panic!("{error}"));
}
