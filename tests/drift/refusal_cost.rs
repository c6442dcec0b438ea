//! What a refused caller costs: every route, every verb, every kind of wrong token, in requests to the store and in the
//! read units that these take.

use std::collections::BTreeMap;

use kernelci::{
    http::{BeforeToken, RESOURCES, UNMATCHED},
    services::Services,
    store::WorkDone,
};

use crate::{
    access::{CALLERS, Caller, RequiredAccess, demand},
    authorization::filled_in,
    request::{envelope, request},
    seeded::seeded,
};

/// The token's own read is consistent: a unit for each 4 KB, and one where there is no such token.
const OF_TOKEN: WorkDone = WorkDone { requests: 1, items_read: 0, read_units: 1.0, write_units: 0.0 };

/// Documents of the seed, long and short.
const DOCUMENTS: [&str; 4] = [
    "/job/5e79f370f870c5da21eece6d",
    "/build/5eda7cd64ac19cf38e769a5a",
    "/boot/5e0000000000000000000000",
    "/test/case/5e0000000000000000000000",
];

/// Paths that an attacker would choose: each answers from whole collections.
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

/// What is no token at all.
const MALFORMED: [Option<&str>; 5] = [None, Some(""), Some("   "), Some("Bearer"), Some("bearer   ")];

/// What is one, and of nobody.
const UNKNOWN: [&str; 4] =
    ["tok-nobody-has", "Bearer tok-nobody-has", "Basic dG9rLWFkbWluOg==", "Bearer Bearer tok-admin"];

fn wrong_callers(function: &str) -> impl Iterator<Item = (Option<&'static str>, &'static str)> {
    let refused = CALLERS.iter().filter(move |caller: &&Caller| !caller.is_let_in(demand(function)));
    let of_the_table = refused.map(|caller| (caller.token, caller.peer));
    let nowhere = UNKNOWN.into_iter().map(Some).chain(MALFORMED).map(|token| (token, "203.0.113.7"));
    of_the_table.chain(nowhere)
}

/// The status, and the work that the request asked of the store.
async fn cost(
    services: &Services,
    (verb, path): (&str, &str),
    (token, peer): (Option<&str>, &str),
) -> (u16, WorkDone, String) {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    // A body that whoever parsed it would refuse in other words.
    let asked = request(verb, path).query(query).from(peer).json("{");
    let asked = token.map_or(asked.clone(), |token| asked.token(token));
    let answer = asked.serve(services).await;
    let work = *answer.extensions().get::<WorkDone>().unwrap();
    (answer.status().as_u16(), work, envelope(&answer).to_string())
}

#[tokio::test]
async fn a_refused_caller_costs_the_read_of_its_token_and_at_most_one_document_beside_it() {
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
        if demand(function) == RequiredAccess::Nothing {
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

/// The read units of the one item of a document, which is read beside the token.
async fn document_units(services: &Services, path: &str) -> f64 {
    let (_, work, _) = cost(services, ("GET", path), (Some("tok-admin"), "203.0.113.7")).await;
    assert_eq!(work.requests, 2, "{path} for a caller that is let in: {work:?}");
    work.read_units - OF_TOKEN.read_units
}

#[tokio::test]
async fn what_cannot_be_a_token_is_refused_without_a_read() {
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
async fn a_document_is_read_beside_its_token_and_what_belongs_to_it_after() {
    let machine = seeded().await;
    let token = (Some("tok-get"), "203.0.113.7");
    for path in &DOCUMENTS[..2] {
        let (status, work, _) = cost(&machine.services, ("GET", path), token).await;
        assert_eq!((status, work.requests, work.items_read), (200, 2, 2), "{path}: {work:?}");
    }
}
