//! The authorization matrix: every route, every verb, every caller.

use std::collections::{BTreeMap, BTreeSet};

use kernelci::{
    http::{RESOURCES, Resource, functions},
    services::Services,
};
use serde_json::Value as Json;

use crate::{
    access::{CALLERS, Caller, REQUIRED_ACCESS, RequiredAccess, required_access},
    request::{Request, envelope, request},
    seeded::seeded,
};

/// Every path and verb with its function, in the order function, verb, path.
pub(crate) fn offered() -> Vec<(&'static str, &'static str, String)> {
    let mut offered = Vec::new();
    for resource in RESOURCES {
        for (route, path) in
            resource.routes.iter().flat_map(|route| resource.paths.iter().map(move |path| (route, path)))
        {
            for (verb, function) in route.functions() {
                offered.push((function, verb.name(), format!("{path}{}", filled_in(route.tail))));
            }
        }
    }
    offered
}

/// The paths under the own name of a resource.
fn first_names() -> BTreeSet<String> {
    let of_resource = |resource: &Resource| {
        let path = resource.paths[0];
        resource.routes.iter().map(|route| format!("{path}{}", filled_in(route.tail))).collect::<Vec<_>>()
    };
    RESOURCES.iter().flat_map(of_resource).collect()
}

/// A path tail whose parameter is replaced by a value that no document has.
pub(crate) fn filled_in(tail: &str) -> String {
    tail.replace("{id}", "5e0000000000000000000000")
        .replace("{field}", "job")
        .replace("{name}", "5e0000000000000000000000")
        .replace("{path+}", "5e0000000000000000000000")
}

async fn answer(services: &Services, verb: &str, path: &str, caller: &Caller) -> (u16, Json) {
    // The query is narrow, so that admitted callers read little.
    let asked = request(verb, path).query("limit=1&job=none&kernel=none").from(caller.peer);
    let asked: Request<'_> = caller.token.map_or(asked.clone(), |token| asked.token(token));
    let answer = asked.serve(services).await;
    (answer.status().as_u16(), envelope(&answer))
}

#[test]
fn every_function_has_an_access_rule() {
    let said: BTreeSet<_> = REQUIRED_ACCESS.iter().map(|(name, _)| *name).collect();
    assert_eq!(said, functions().into_keys().collect());
}

/// Whether `caller` is tried on aliases of resources too. These callers cover refusal and admission.
fn tries_other_names(caller: &Caller) -> bool {
    matches!(caller.token, None | Some("tok-nobody-has" | "tok-expired" | "tok-none" | "tok-get" | "tok-admin"))
}

#[tokio::test]
async fn every_caller_is_admitted_where_the_table_says_so() {
    let machine = seeded().await;
    let first_names = first_names();
    let (mut wrong, mut refusals) = (BTreeMap::<String, Vec<String>>::new(), BTreeSet::new());
    for (function, verb, path) in offered() {
        let is_first_name = first_names.contains(&path);
        for caller in CALLERS.iter().filter(|caller| is_first_name || tries_other_names(caller)) {
            let (status, body) = answer(&machine.services, verb, &path, caller).await;
            if caller.is_admitted(required_access(function)) == (status == 403) || status >= 500 {
                wrong.entry(format!("{caller:?}")).or_default().push(format!("{verb} {path} {status}"));
            }
            if status == 403 {
                refusals.insert(body.to_string());
            }
        }
    }
    let shown: Vec<_> =
        wrong.iter().map(|(caller, paths)| format!("{caller}: {} paths, as {}", paths.len(), paths[0])).collect();
    assert!(wrong.is_empty(), "{}", shown.join("\n"));
    assert_eq!(refusals.len(), 1, "a refusal says why: {refusals:?}");
}

/// Creates a token that is restricted to 10.0.0.1 and has the given rights.
async fn restricted(services: &Services, rights: &str) -> String {
    let body = format!(r#"{{"email": "net@example.org", "ip_restricted": 1, "ip_address": ["10.0.0.1"], {rights}}}"#);
    let made = request("POST", "/token").token("tok-admin").json(&body).serve(services).await;
    envelope(&made)["result"][0]["token"].as_str().unwrap_or_else(|| panic!("{made:?}")).to_owned()
}

#[tokio::test]
async fn a_restricted_token_is_accepted_from_its_address_only() {
    let machine = seeded().await;
    let token = restricted(&machine.services, r#""admin": 1"#).await;
    for (function, verb, path) in offered() {
        let is_open = required_access(function) == RequiredAccess::Nothing;
        for (peer, is_its_place) in
            [("10.0.0.1", true), ("10.0.0.2", false), ("::ffff:10.0.0.1", true), ("no address", false)]
        {
            let asked = request(verb, &path).query("limit=1&job=none&kernel=none").token(&token).from(peer);
            let asked = asked.header("x-forwarded-for", "10.0.0.1").header("forwarded", "for=10.0.0.1");
            assert_eq!(
                asked.status(&machine.services).await == 403,
                !is_open && !is_its_place,
                "{verb} {path} from {peer}"
            );
        }
    }
}

#[tokio::test]
async fn a_deleted_token_is_refused() {
    let machine = seeded().await;
    let ask = || request("GET", "/job").query("limit=1&job=none&kernel=none").token("tok-get");
    assert_eq!(ask().status(&machine.services).await, 200);
    let id = "/token/5e9e8fac81545e8791c9ec93";
    assert_eq!(request("DELETE", id).token("tok-admin").status(&machine.services).await, 200);
    assert_eq!(ask().status(&machine.services).await, 403);
}

#[tokio::test]
async fn a_removed_right_is_refused() {
    let machine = seeded().await;
    let change = |body| request("PUT", "/token/5e9e8fac81545e8791c9ec93").token("tok-admin").json(body);
    let ask = |method, path| request(method, path).query("limit=1&job=none&kernel=none").token("tok-get");
    assert_eq!(change(r#"{"get": 0, "delete": 1}"#).status(&machine.services).await, 200);
    assert_eq!(ask("GET", "/job").status(&machine.services).await, 403);
    assert_eq!(ask("DELETE", "/job/5e0000000000000000000000").status(&machine.services).await, 404);
    assert_eq!(change(r#"{"expired": true}"#).status(&machine.services).await, 200);
    assert_eq!(ask("DELETE", "/job/5e0000000000000000000000").status(&machine.services).await, 403);
}
