//! What cleanup deletes and keeps: by age, in order, with all dependent documents.

use kernelci::{
    collections::{
        BUILD, BUILD_LOGS, Collection, JOB, JOB_LOGS, REPORT, STATISTICS, TEST_CASE, TEST_GROUP, TEST_REGRESSION, TOKEN,
    },
    domain::cleanup::{self, AGING, Cleaned, MAX_COUNT, Rule},
    query::Selection,
    services::Services,
    time::{DAY, Timestamp},
    token::TokenHash,
};
use kernelci_tests::{document, id, machine};
use serde_json::{Value as Json, json};

use crate::seeded::NOW;

const TEN_DAYS: i64 = 10 * DAY;

fn now() -> Timestamp {
    Timestamp::parse_rfc3339(NOW).unwrap()
}

fn number(nth: usize) -> String {
    format!("{nth:024x}")
}

/// Loads a document created the given number of milliseconds ago.
async fn load(services: &Services, collection: &'static Collection, nth: usize, ago: i64, members: Json) {
    let mut members = members;
    members["_id"] = json!({"$oid": number(nth)});
    members["created_on"] = json!({"$date": now().milliseconds() - ago});
    services.store.load(collection, document(members)).await.unwrap();
}

async fn ids(services: &Services, collection: &'static Collection) -> Vec<usize> {
    let found = services.reader().list(collection, &Selection::default()).await.unwrap();
    let id = |document: &kernelci::value::Document| document["_id"].as_id().unwrap().to_string();
    found.iter().map(|document| usize::from_str_radix(&id(document), 16).unwrap()).collect()
}

async fn run(services: &Services, name: &str) -> Cleaned {
    cleanup::run(services, Rule::named(name, 10).unwrap(), now()).await.unwrap()
}

#[tokio::test]
async fn a_document_at_the_age_limit_is_kept_and_an_older_one_deleted() {
    let machine = machine(&["--now", NOW]).await;
    for collection in [&JOB, &BUILD, &TEST_GROUP, &TEST_REGRESSION, &REPORT, &STATISTICS] {
        for (nth, ago) in [(1, TEN_DAYS + 1), (2, TEN_DAYS), (3, 0), (4, 100 * DAY)] {
            let members = json!({"job": "next", "kernel": format!("v{nth}"), "git_branch": "master"});
            load(&machine.services, collection, nth, ago, members).await;
        }
        let cleaned = run(&machine.services, collection.name).await;
        assert_eq!(cleaned, Cleaned { deleted: 2, more: false }, "{}", collection.name);
        assert_eq!(ids(&machine.services, collection).await, [2, 3], "{}", collection.name);
    }
}

#[tokio::test]
async fn a_disabled_rule_deletes_nothing() {
    let machine = machine(&["--now", NOW]).await;
    load(&machine.services, &JOB, 1, 1_000 * DAY, json!({"job": "next", "kernel": "v1", "git_branch": "master"})).await;
    for of in AGING {
        let cleaned = cleanup::run(&machine.services, Rule { of, days: 0 }, now()).await.unwrap();
        assert_eq!(cleaned, Cleaned::default());
    }
    assert_eq!(ids(&machine.services, &JOB).await, [1]);
}

#[tokio::test]
async fn a_run_deletes_a_bounded_number_of_the_oldest_and_the_next_continues() {
    let machine = machine(&["--now", NOW]).await;
    for nth in 0..MAX_COUNT + 2 {
        let ago = TEN_DAYS + 1 + i64::try_from(MAX_COUNT + 2 - nth).unwrap();
        load(&machine.services, &REPORT, nth, ago, json!({"name": "x"})).await;
    }
    assert_eq!(run(&machine.services, "report").await, Cleaned { deleted: MAX_COUNT, more: true });
    assert_eq!(ids(&machine.services, &REPORT).await, [MAX_COUNT, MAX_COUNT + 1]);
    assert_eq!(run(&machine.services, "report").await, Cleaned { deleted: 2, more: false });
    assert_eq!(ids(&machine.services, &REPORT).await, Vec::<usize>::new());
}

#[tokio::test]
async fn deleting_a_job_deletes_its_documents_and_orphans() {
    let machine = machine(&["--now", NOW]).await;
    let services = &machine.services;
    // The third job does not exist; its documents were written while it was deleted.
    for (nth, ago) in [(1, 20 * DAY), (2, 5 * DAY)] {
        load(services, &JOB, nth, ago, json!({"job": "next", "kernel": format!("v{nth}"), "git_branch": "master"}))
            .await;
    }
    for (nth, ago) in [(1, 19 * DAY), (2, 5 * DAY), (3, 19 * DAY), (4, 5 * DAY)] {
        let job = json!({"$oid": number(nth)});
        for (collection, place) in [(&BUILD, 10), (&BUILD_LOGS, 20), (&JOB_LOGS, 30)] {
            let (job, build) = (job.clone(), json!({"$oid": number(10 + nth)}));
            load(
                services,
                collection,
                place + nth,
                ago,
                json!({"job_id": job, "build_id": build, "kernel": format!("v{nth}")}),
            )
            .await;
        }
    }
    // A build that never had a job belongs to no rule of jobs.
    load(services, &BUILD, 15, 20 * DAY, json!({"job": "next", "kernel": "v9"})).await;
    assert_eq!(run(services, "job").await, Cleaned { deleted: 4, more: false });
    assert_eq!(ids(services, &JOB).await, [2]);
    // The fourth job does not exist either; its documents are deleted at their own age limit.
    for (collection, expected) in [(&BUILD, vec![15, 12, 14]), (&BUILD_LOGS, vec![22, 24]), (&JOB_LOGS, vec![32, 34])] {
        assert_eq!(ids(services, collection).await, expected, "{}", collection.name);
    }
}

#[tokio::test]
async fn deleting_a_group_deletes_its_sub_groups_cases_and_orphans() {
    let machine = machine(&["--now", NOW]).await;
    let services = &machine.services;
    let oid = |nth: usize| json!({"$oid": number(nth)});
    let groups: [(usize, i64, Option<usize>, &[usize]); 5] = [
        (1, 20 * DAY, None, &[2]),
        // A document younger than the limit in a group that is older.
        (2, 5 * DAY, Some(1), &[3]),
        (3, 20 * DAY, Some(2), &[]),
        (4, 5 * DAY, None, &[]),
        (5, 20 * DAY, Some(99), &[]),
    ];
    for (nth, ago, parent, inner) in groups {
        let inner: Vec<Json> = inner.iter().map(|nth| oid(*nth)).collect();
        let parent = parent.map_or(Json::Null, oid);
        load(
            services,
            &TEST_GROUP,
            nth,
            ago,
            json!({"name": format!("g{nth}"), "parent_id": parent, "sub_groups": inner}),
        )
        .await;
        load(services, &TEST_CASE, 10 + nth, ago, json!({"name": "a", "test_group_id": oid(nth)})).await;
    }
    load(services, &TEST_CASE, 20, 20 * DAY, json!({"name": "a", "test_group_id": oid(98)})).await;
    // The first group with its contents, the fifth group, and the case.
    assert_eq!(run(services, "test_group").await, Cleaned { deleted: 3, more: false });
    assert_eq!(ids(services, &TEST_GROUP).await, [4]);
    assert_eq!(ids(services, &TEST_CASE).await, [14]);
}

#[tokio::test]
async fn an_expired_token_is_deleted_with_its_dependents_counted_from_its_expiry() {
    let machine = machine(&["--now", NOW]).await;
    let services = &machine.services;
    let day = |ago: i64| json!({"$date": now().milliseconds() - ago});
    let expired_long_ago = "5e92ea980000000000000001";
    for (id, value, expires_on) in [
        (expired_long_ago, "tok-old", day(TEN_DAYS + 1)),
        ("5e92ea980000000000000002", "tok-newer", day(TEN_DAYS)),
        ("5e92ea980000000000000003", "tok-later", day(-5 * DAY)),
        ("5e92ea980000000000000004", "tok-never", Json::Null),
    ] {
        let members =
            json!({"_id": {"$oid": id}, "created_on": day(100 * DAY), "expires_on": expires_on, "properties": [1]});
        let members = document(members);
        let grant = kernelci::domain::token::grant_of(&members);
        services.store.load_token(&members, &TokenHash::of(value), &grant).await.unwrap();
    }
    assert_eq!(run(services, "token").await, Cleaned { deleted: 1, more: false });
    assert_eq!(services.reader().get(&TOKEN, id(expired_long_ago)).await.unwrap(), None);
    for (value, is_there) in [("tok-old", false), ("tok-newer", true), ("tok-later", true), ("tok-never", true)] {
        let found = services.accounts().grant(&TokenHash::of(value)).await.unwrap();
        assert_eq!(found.is_some(), is_there, "{value}");
    }
}
