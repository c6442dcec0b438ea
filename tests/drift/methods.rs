//! Methods and paths that are not offered, in the order of the checks: path, method, token.

use kernelci::http::{RESOURCES, Verb};

use crate::{
    access::{RequiredAccess, required_access},
    authorization::{filled_in, offered},
    request::{envelope, request},
    seeded::seeded,
};

/// Every path of every form.
fn paths() -> Vec<String> {
    let mut paths = Vec::new();
    for resource in RESOURCES {
        for (route, path) in
            resource.routes.iter().flat_map(|route| resource.paths.iter().map(move |path| (route, path)))
        {
            let path = format!("{path}{}", filled_in(route.tail));
            paths.extend([format!("{path}/"), path]);
        }
    }
    paths
}

#[tokio::test]
async fn a_method_that_a_resource_does_not_offer_is_501_with_any_token() {
    let machine = seeded().await;
    let mut count = 0;
    for resource in RESOURCES {
        for (route, path) in
            resource.routes.iter().flat_map(|route| resource.paths.iter().map(move |path| (route, path)))
        {
            let path = format!("{path}{}", filled_in(route.tail));
            for verb in Verb::ALL.iter().filter(|verb| route.functions().all(|(offered, _)| offered != **verb)) {
                for path in [path.clone(), format!("{path}/")] {
                    assert_eq!(
                        request(verb.name(), &path).status(&machine.services).await,
                        501,
                        "{} {path}",
                        verb.name()
                    );
                    let with_token = request(verb.name(), &path).token("tok-admin").json("{}");
                    assert_eq!(with_token.status(&machine.services).await, 501, "{} {path}", verb.name());
                    count += 1;
                }
            }
        }
    }
    assert!(count > 100, "{count}");
}

#[tokio::test]
async fn unknown_methods_are_405() {
    let machine = seeded().await;
    for path in paths() {
        for method in ["HEAD", "PATCH", "TRACE", "CONNECT", "PROPFIND", "get", "Post"] {
            let answer = request(method, &path).token("tok-admin").serve(&machine.services).await;
            assert_eq!(answer.status(), 405, "{method} {path}");
            assert_eq!(answer.body().is_empty(), method == "HEAD", "{method} {path}");
        }
    }
}

#[tokio::test]
async fn options_is_200_without_a_token() {
    let machine = seeded().await;
    for path in paths() {
        let answer = request("OPTIONS", &path).serve(&machine.services).await;
        assert_eq!((answer.status().as_u16(), &envelope(&answer)["code"]), (200, &200.into()), "{path}");
    }
}

#[tokio::test]
async fn unknown_paths_are_404_whatever_the_method() {
    let machine = seeded().await;
    let unknown = [
        "/",
        "",
        "/nosuch",
        "/JOB",
        "/jobss",
        "/job//",
        "//job",
        "/job/x",
        "/job/5e000000000000000000000",
        "/version/x",
        "/job/5e0000000000000000000000/nosuch",
        "/job/5e0000000000000000000000/logs/x",
        "/job/distinct",
        "/job/distinct/",
        "/job/distinct/a.b",
        "/job/distinct/job/x",
        "/uploads",
        "/count/a/b",
        "/count/a-b",
        "/statistics/x",
        "/test/nosuch",
        "/test/group/a/b",
        "/tests/groups/count/distinct",
        "/boot/x",
        "/lab/a/b",
        "/labs/5e0000000000000000000000/token",
        "/job%2F",
        "/$default",
        "/job;x=1",
        "/job.json",
    ];
    for path in unknown {
        for method in ["GET", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "HEAD"] {
            assert_eq!(
                request(method, path).token("tok-admin").status(&machine.services).await,
                404,
                "{method} {path}"
            );
            assert_eq!(request(method, path).status(&machine.services).await, 404, "{method} {path} without a token");
        }
    }
}

#[tokio::test]
async fn a_trailing_slash_is_ignored() {
    let machine = seeded().await;
    for (function, verb, path) in offered().into_iter().filter(|(function, ..)| !function.starts_with("upload-")) {
        let ask = |path| request(verb, path).query("limit=1&job=none&kernel=none").token("tok-admin");
        let with_slash = format!("{path}/");
        let (one, other) = (ask(&path).serve(&machine.services).await, ask(&with_slash).serve(&machine.services).await);
        assert_eq!((one.status(), envelope(&one)), (other.status(), envelope(&other)), "{function} {verb} {path}");
    }
}

#[tokio::test]
async fn the_token_is_checked_after_the_method_and_before_the_body() {
    let machine = seeded().await;
    for (function, verb, path) in offered().into_iter().filter(|(_, verb, _)| matches!(*verb, "POST" | "PUT")) {
        assert_ne!(required_access(function), RequiredAccess::Nothing);
        let nonsense = request(verb, &path).header("content-type", "text/plain");
        assert_eq!(nonsense.status(&machine.services).await, 403, "{verb} {path}");
    }
}
