//! The cost of refused requests: every route, every verb and every kind of wrong token, in requests to the store and
//! read units.

use std::collections::BTreeMap;

use kernelci::{
    http::{BeforeToken, RESOURCES, UNMATCHED},
    services::Services,
    store::WorkDone,
};

use crate::{
    access::{CALLERS, Caller, RequiredAccess, required_access},
    authorization::filled_in,
    request::{envelope, request},
    seeded::seeded,
};

/// The token's own read is consistent: one unit for each 4 KB, and one where the token does not exist.
const OF_TOKEN: WorkDone = WorkDone { requests: 1, items_read: 0, read_units: 1.0, write_units: 0.0 };

/// Seed documents, long and short.
const DOCUMENTS: [&str; 4] = [
    "/job/5e79f370f870c5da21eece6d",
    "/build/5eda7cd64ac19cf38e769a5a",
    "/boot/5e0000000000000000000000",
    "/test/case/5e0000000000000000000000",
];

/// Expensive paths that an attacker would choose: each reads whole collections.
const WIDE: [&str; 9] = [
    "/count/test_case?lab_name=x",
    "/count?compiler=gcc",
    "/test/case?sort=name&limit=50",
    "/job/distinct/compiler",
    "/job/5e79f370f870c5da21eece6d/logs",
    "/boot/regressions",
    "/test/group/count/distinct/name",
    "/bisect/build/5eda7cd64ac19cf38e769a5a",
    "/lab/lab-baylibre",
];

/// Values that cannot be tokens.
const MALFORMED: [Option<&str>; 5] = [None, Some(""), Some("   "), Some("Bearer"), Some("bearer   ")];

/// Well-formed tokens that do not exist.
const UNKNOWN: [&str; 4] =
    ["tok-nobody-has", "Bearer tok-nobody-has", "Basic dG9rLWFkbWluOg==", "Bearer Bearer tok-admin"];

fn wrong_callers(function: &str) -> impl Iterator<Item = (Option<&'static str>, &'static str)> {
    let refused = CALLERS.iter().filter(move |caller: &&Caller| !caller.is_admitted(required_access(function)));
    let of_the_table = refused.map(|caller| (caller.token, caller.peer));
    let nowhere = UNKNOWN.into_iter().map(Some).chain(MALFORMED).map(|token| (token, "203.0.113.7"));
    of_the_table.chain(nowhere)
}

/// The status of a request, and its work in the store.
async fn cost(
    services: &Services,
    (verb, path): (&str, &str),
    (token, peer): (Option<&str>, &str),
) -> (u16, WorkDone, String) {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    // A body that a parser would refuse with another error.
    let asked = request(verb, path).query(query).from(peer).json("{");
    let asked = token.map_or(asked.clone(), |token| asked.token(token));
    let answer = asked.serve(services).await;
    let work = *answer.extensions().get::<WorkDone>().unwrap();
    (answer.status().as_u16(), work, envelope(&answer).to_string())
}

#[tokio::test]
async fn a_refused_request_costs_its_token_read_and_at_most_one_document() {
    let machine = seeded().await;
    let mut routes = Vec::new();
    for resource in RESOURCES {
        for route in resource.routes {
            for (verb, function) in route.functions() {
                let beside = verb.name() == "GET" && route.before_token == BeforeToken::OneItem;
                for path in resource.paths {
                    routes.push((function, verb.name(), format!("{path}{}", filled_in(route.tail)), beside));
                }
            }
        }
    }
    let named = DOCUMENTS.iter().map(|path| (*path, true)).chain(WIDE.iter().map(|path| (*path, false)));
    for (path, beside) in named {
        let found = kernelci::http::find(path.split('?').next().unwrap()).unwrap();
        let function = found.operation(kernelci::http::Verb::Get).unwrap().endpoint.name;
        routes.push((function, "GET", path.to_owned(), beside));
    }
    let mut wrong = BTreeMap::new();
    for (function, verb, path, beside) in routes.into_iter().filter(|(function, ..)| *function != UNMATCHED) {
        if required_access(function) == RequiredAccess::Nothing {
            continue;
        }
        let document = if beside { document_units(&machine.services, &path).await } else { 0.0 };
        for (token, peer) in wrong_callers(function) {
            let (status, work, body) = cost(&machine.services, (verb, &path), (token, peer)).await;
            let is_malformed = MALFORMED.contains(&token);
            let (requests, units) = match (is_malformed, beside) {
                (true, _) => (0, 0.0),
                (false, false) => (1, OF_TOKEN.read_units),
                (false, true) => (2, OF_TOKEN.read_units + document),
            };
            let is_expected = work.requests == requests && work.read_units == units && work.write_units == 0.0;
            if status != 403 || !is_expected || !body.contains("provided token is not authorized") {
                wrong.entry(format!("{verb} {path}")).or_insert((status, token, work));
            }
        }
    }
    assert!(wrong.is_empty(), "{} paths cost more: {wrong:#?}", wrong.len());
}

/// The read units of a document's item, which is read concurrently with the token.
async fn document_units(services: &Services, path: &str) -> f64 {
    let (_, work, _) = cost(services, ("GET", path), (Some("tok-admin"), "203.0.113.7")).await;
    assert_eq!(work.requests, 2, "{path} for an admitted caller: {work:?}");
    work.read_units - OF_TOKEN.read_units
}

#[tokio::test]
async fn a_malformed_token_is_refused_without_a_read() {
    let machine = seeded().await;
    for path in ["/job", "/job/5e79f370f870c5da21eece6d", "/count/test_case"] {
        let event = r#"{"version": "2.0", "rawPath": "PATH", "rawQueryString": "", "headers": {"authorization": "t\u00f6k"},
            "requestContext": {"http": {"method": "GET", "path": "PATH", "sourceIp": "203.0.113.7"}}}"#;
        let event = lambda_http::request::from_str(&event.replace("PATH", path)).unwrap();
        let answer = crate::request::serve_event(&machine.services, "GET", path, event).await;
        let work = *answer.extensions().get::<WorkDone>().unwrap();
        assert_eq!((answer.status().as_u16(), work.requests), (403, 0), "{path}: {work:?}");
    }
}

#[tokio::test]
async fn a_document_is_read_concurrently_with_the_token_and_its_parts_after() {
    let machine = seeded().await;
    let token = (Some("tok-get"), "203.0.113.7");
    for path in &DOCUMENTS[..2] {
        let (status, work, _) = cost(&machine.services, ("GET", path), token).await;
        assert_eq!((status, work.requests, work.items_read), (200, 2, 2), "{path}: {work:?}");
    }
}
