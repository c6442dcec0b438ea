//! The manifest of routes. An entry has the paths, the verb, the function, the access, the form, the reads before the
//! token is known, and the description. `cargo run -p kernelci-generate` writes from it the functions, routes and
//! permissions of `template.yaml`, the router of cargo-lambda, the functions of the local server, `openapi.json` and
//! `docs/reference.md`.

mod about;
mod accounts;
mod evaluations;
mod jobs;
mod test_results;
mod uploads;

use std::collections::BTreeMap;

use super::{
    operation::Operation,
    path::segments,
    route::{BeforeToken, Form, Matched, Resource, Route},
};
use crate::auth::Access;

/// The function for requests that match no route: an unknown path, an unsupported method, or `OPTIONS`.
pub const UNMATCHED: &str = "unmatched-any";

/// All resources. A path is matched in this order.
pub const RESOURCES: &[Resource] = &[
    jobs::JOBS,
    jobs::BUILDS,
    jobs::BOOTS,
    accounts::TOKENS,
    accounts::LABS,
    uploads::UPLOADS,
    evaluations::BATCHES,
    evaluations::COUNTS,
    test_results::GROUPS,
    test_results::CASES,
    test_results::REGRESSIONS,
    test_results::TESTS,
    evaluations::REPORTS,
    evaluations::BISECTIONS,
    uploads::CALLBACKS,
    evaluations::MAILS,
    evaluations::STATISTICS_OF_DAYS,
    about::DESCRIPTION,
    about::VERSION,
];

/// The note of an operation whose path lacks the id.
const NO_ID: &str = "The path lacks the id.";

/// A route that reads nothing before the token is known.
const fn route(form: Form, tail: &'static str, operations: &'static [Operation]) -> Route {
    Route { form, tail, operations, before_token: BeforeToken::Nothing }
}

/// The route of one document by its id. It reads the item before the token is known.
const fn document(tail: &'static str, operations: &'static [Operation]) -> Route {
    Route { form: Form::One, tail, operations, before_token: BeforeToken::OneItem }
}

/// The route of the distinct values of a field.
const fn distinct(operations: &'static [Operation]) -> Route {
    route(Form::Distinct, "/distinct/{field}", operations)
}

/// Every function that answers requests, by name, with what it demands of its callers.
pub fn functions() -> BTreeMap<&'static str, Access> {
    let operations = RESOURCES.iter().flat_map(|resource| resource.routes).flat_map(|route| route.operations);
    let functions = operations.map(|operation| (operation.endpoint.name, operation.endpoint.access));
    functions.chain([(UNMATCHED, Access::Open)]).collect()
}

/// The resource and form of a raw path; `None` when no route matches.
pub fn find(raw_path: &str) -> Option<Matched> {
    let segments = segments(raw_path)?;
    RESOURCES.iter().find_map(|resource| resource.matches(&segments))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str) -> Option<(Form, String)> {
        find(path).map(|matched| (matched.route.form, matched.parameter))
    }

    #[test]
    fn names_plurals_and_one_slash_at_the_end_are_found() {
        for path in ["/job", "/job/", "/jobs", "/jobs/"] {
            assert_eq!(found(path), Some((Form::All, String::new())), "{path}");
        }
        let id = "5e79f370f870c5da21eece6d";
        assert_eq!(found(&format!("/jobs/{id}/")), Some((Form::One, id.to_owned())));
        assert_eq!(found(&format!("/job/{id}/logs")), Some((Form::LogsOf, id.to_owned())));
        assert_eq!(found("/job/distinct/git_branch"), Some((Form::Distinct, "git_branch".to_owned())));
        assert_eq!(found("/upload/a/b%20c.txt"), Some((Form::File, "a/b c.txt".to_owned())));
        assert_eq!(found("/tests/groups/"), Some((Form::All, String::new())));
    }

    #[test]
    fn other_paths_are_not() {
        for path in [
            "/",
            "",
            "/JOB",
            "/jobss",
            "/%6Aob",
            "/job//",
            "/job/x",
            "/job/5e79f370f870c5da21eece6",
            "/job/distinct/a.b",
            "/job/distinct/job/x",
            "/version/x",
            "/uploads/a",
        ] {
            assert_eq!(found(path), None, "{path}");
        }
    }

    #[test]
    fn a_function_is_one_endpoint() {
        let operations = RESOURCES.iter().flat_map(|resource| resource.routes).flat_map(|route| route.operations);
        let mut endpoints = BTreeMap::new();
        for endpoint in operations.map(|operation| operation.endpoint) {
            assert_eq!(*endpoints.entry(endpoint.name).or_insert(endpoint), endpoint);
        }
        assert_eq!(endpoints.len() + 1, functions().len());
    }
}
