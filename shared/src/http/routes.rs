//! The table of contents: every route and the function that answers it. `template.yaml` and the local router are held
//! against this by a test.

use super::{
    path::segments,
    route::{BeforeToken, Form, Matched, Resource, Route, Verb},
};
use crate::auth::Access;

/// A function, and what it demands of its callers.
#[derive(Debug)]
pub struct FunctionAccess {
    /// Its name: the resource and the verb.
    pub name: &'static str,
    /// What it demands.
    pub access: Access,
}

/// The function that answers whatever no other function is for.
pub const UNMATCHED: &str = "unmatched-any";

/// Every function that answers requests.
pub const FUNCTIONS: &[FunctionAccess] = &[
    function("batch-post", Access::Post),
    function("bisect-get", Access::Get),
    function("bisect-post", Access::Post),
    function("boot-delete", Access::DeleteBoots),
    function("boot-get", Access::Get),
    function("boot-post", Access::Post),
    function("build-delete", Access::Delete),
    function("build-get", Access::Get),
    function("build-post", Access::Post),
    function("callback-post", Access::Post),
    function("count-get", Access::Get),
    function("job-delete", Access::Delete),
    function("job-get", Access::Get),
    function("job-post", Access::Post),
    function("lab-delete", Access::Administer),
    function("lab-get", Access::Oversee),
    function("lab-post", Access::Administer),
    function("lab-put", Access::Administer),
    function("openapi-get", Access::Open),
    function("report-get", Access::Oversee),
    function("send-post", Access::Post),
    function("statistics-get", Access::Get),
    function("test-case-get", Access::Get),
    function("test-case-post", Access::WriteTests),
    function("test-case-put", Access::WriteTests),
    function("test-group-get", Access::Get),
    function("test-group-post", Access::WriteTests),
    function("test-group-put", Access::WriteTests),
    function("test-regression-get", Access::Get),
    function("token-delete", Access::ManageTokens),
    function("token-get", Access::ReadTokens),
    function("token-post", Access::ManageTokens),
    function("token-put", Access::ManageTokens),
    function(UNMATCHED, Access::Open),
    function("upload-post", Access::Upload),
    function("upload-put", Access::Upload),
    function("version-get", Access::Open),
];

const fn function(name: &'static str, access: Access) -> FunctionAccess {
    FunctionAccess { name, access }
}

/// What a function demands; nobody may call a function that is not in the table.
pub fn access_of(name: &str) -> Option<Access> {
    FUNCTIONS.iter().find(|function| function.name == name).map(|function| function.access)
}

/// Every resource.
pub const RESOURCES: &[Resource] = &[
    Resource {
        paths: &["/job", "/jobs"],
        routes: &[
            route(Form::All, "", &[(Verb::Get, "job-get"), (Verb::Post, "job-post"), (Verb::Delete, "job-delete")]),
            document("/{id}", &[(Verb::Get, "job-get"), (Verb::Post, "job-post"), (Verb::Delete, "job-delete")]),
            route(Form::Distinct, "/distinct/{field}", &[(Verb::Get, "job-get")]),
            route(Form::Logs, "/logs", &[(Verb::Get, "job-get")]),
            route(Form::LogsOf, "/{id}/logs", &[(Verb::Get, "job-get")]),
        ],
    },
    Resource {
        paths: &["/build", "/builds"],
        routes: &[
            route(
                Form::All,
                "",
                &[(Verb::Get, "build-get"), (Verb::Post, "build-post"), (Verb::Delete, "build-delete")],
            ),
            document("/{id}", &[(Verb::Get, "build-get"), (Verb::Post, "build-post"), (Verb::Delete, "build-delete")]),
            route(Form::Distinct, "/distinct/{field}", &[(Verb::Get, "build-get")]),
            route(Form::Logs, "/logs", &[(Verb::Get, "build-get")]),
            route(Form::LogsOf, "/{id}/logs", &[(Verb::Get, "build-get")]),
        ],
    },
    Resource {
        paths: &["/boot", "/boots"],
        routes: &[
            route(Form::All, "", &[(Verb::Get, "boot-get"), (Verb::Post, "boot-post"), (Verb::Delete, "boot-delete")]),
            document("/{id}", &[(Verb::Get, "boot-get"), (Verb::Post, "boot-post"), (Verb::Delete, "boot-delete")]),
            route(Form::Distinct, "/distinct/{field}", &[(Verb::Get, "boot-get")]),
            route(Form::Regressions, "/regressions", &[(Verb::Get, "boot-get")]),
            route(Form::RegressionsOf, "/{id}/regressions", &[(Verb::Get, "boot-get")]),
        ],
    },
    Resource {
        paths: &["/token", "/tokens"],
        routes: &[
            route(
                Form::All,
                "",
                &[
                    (Verb::Get, "token-get"),
                    (Verb::Post, "token-post"),
                    (Verb::Put, "token-put"),
                    (Verb::Delete, "token-delete"),
                ],
            ),
            route(
                Form::One,
                "/{path+}",
                &[
                    (Verb::Get, "token-get"),
                    (Verb::Post, "token-post"),
                    (Verb::Put, "token-put"),
                    (Verb::Delete, "token-delete"),
                ],
            ),
        ],
    },
    Resource {
        paths: &["/lab", "/labs"],
        routes: &[
            route(
                Form::All,
                "",
                &[
                    (Verb::Get, "lab-get"),
                    (Verb::Post, "lab-post"),
                    (Verb::Put, "lab-put"),
                    (Verb::Delete, "lab-delete"),
                ],
            ),
            route(
                Form::One,
                "/{name}",
                &[
                    (Verb::Get, "lab-get"),
                    (Verb::Post, "lab-post"),
                    (Verb::Put, "lab-put"),
                    (Verb::Delete, "lab-delete"),
                ],
            ),
        ],
    },
    Resource {
        paths: &["/upload"],
        routes: &[
            route(Form::All, "", &[(Verb::Post, "upload-post"), (Verb::Put, "upload-put")]),
            route(Form::File, "/{path+}", &[(Verb::Post, "upload-post"), (Verb::Put, "upload-put")]),
        ],
    },
    Resource { paths: &["/batch"], routes: &[route(Form::All, "", &[(Verb::Post, "batch-post")])] },
    Resource {
        paths: &["/count", "/counts"],
        routes: &[
            route(Form::All, "", &[(Verb::Get, "count-get")]),
            route(Form::One, "/{field}", &[(Verb::Get, "count-get")]),
        ],
    },
    Resource {
        paths: &["/test/group", "/test/groups", "/tests/group", "/tests/groups"],
        routes: &[
            route(
                Form::All,
                "",
                &[(Verb::Get, "test-group-get"), (Verb::Post, "test-group-post"), (Verb::Put, "test-group-put")],
            ),
            route(Form::Distinct, "/distinct/{field}", &[(Verb::Get, "test-group-get")]),
            route(Form::CountDistinct, "/count/distinct/{field}", &[(Verb::Get, "test-group-get")]),
            document(
                "/{name}",
                &[(Verb::Get, "test-group-get"), (Verb::Post, "test-group-post"), (Verb::Put, "test-group-put")],
            ),
        ],
    },
    Resource {
        paths: &["/test/case", "/test/cases", "/tests/case", "/tests/cases"],
        routes: &[
            route(
                Form::All,
                "",
                &[(Verb::Get, "test-case-get"), (Verb::Post, "test-case-post"), (Verb::Put, "test-case-put")],
            ),
            route(Form::Distinct, "/distinct/{field}", &[(Verb::Get, "test-case-get")]),
            route(Form::CountDistinct, "/count/distinct/{field}", &[(Verb::Get, "test-case-get")]),
            document(
                "/{name}",
                &[(Verb::Get, "test-case-get"), (Verb::Post, "test-case-post"), (Verb::Put, "test-case-put")],
            ),
        ],
    },
    Resource {
        paths: &["/test/regression", "/test/regressions", "/tests/regression", "/tests/regressions"],
        routes: &[
            route(Form::All, "", &[(Verb::Get, "test-regression-get")]),
            document("/{path+}", &[(Verb::Get, "test-regression-get")]),
        ],
    },
    // Groups are what is meant where nothing is said.
    Resource {
        paths: &["/test", "/tests"],
        routes: &[route(Form::All, "", &[(Verb::Get, "test-group-get"), (Verb::Post, "test-group-post")])],
    },
    Resource {
        paths: &["/report", "/reports"],
        routes: &[
            route(Form::All, "", &[(Verb::Get, "report-get")]),
            route(Form::One, "/{name}", &[(Verb::Get, "report-get")]),
        ],
    },
    Resource {
        paths: &["/bisect", "/bisects"],
        routes: &[
            route(Form::All, "", &[(Verb::Get, "bisect-get"), (Verb::Post, "bisect-post")]),
            route(Form::Around, "/build/{name}", &[(Verb::Get, "bisect-get")]),
            document("/{name}", &[(Verb::Get, "bisect-get"), (Verb::Post, "bisect-post")]),
        ],
    },
    Resource { paths: &["/callback/lava"], routes: &[route(Form::One, "/{field}", &[(Verb::Post, "callback-post")])] },
    Resource { paths: &["/send"], routes: &[route(Form::All, "", &[(Verb::Post, "send-post")])] },
    Resource { paths: &["/statistics"], routes: &[route(Form::All, "", &[(Verb::Get, "statistics-get")])] },
    Resource { paths: &["/openapi.json"], routes: &[route(Form::All, "", &[(Verb::Get, "openapi-get")])] },
    Resource { paths: &["/version"], routes: &[route(Form::All, "", &[(Verb::Get, "version-get")])] },
];

const fn route(form: Form, tail: &'static str, functions: &'static [(Verb, &'static str)]) -> Route {
    Route { form, tail, functions, before_token: BeforeToken::Nothing }
}

/// The route of one document by its id.
const fn document(tail: &'static str, functions: &'static [(Verb, &'static str)]) -> Route {
    Route { form: Form::One, tail, functions, before_token: BeforeToken::OneItem }
}

/// The resource and form of a raw path; `None` where there is none of it.
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
    fn every_function_of_a_route_is_in_the_table_and_back() {
        let named: std::collections::BTreeSet<&str> = RESOURCES
            .iter()
            .flat_map(|resource| resource.routes)
            .flat_map(|route| route.functions)
            .map(|(_, name)| *name)
            .chain([UNMATCHED])
            .collect();
        let known: std::collections::BTreeSet<&str> = FUNCTIONS.iter().map(|function| function.name).collect();
        assert_eq!(named, known);
    }
}
