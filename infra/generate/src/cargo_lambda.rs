//! The router of `cargo lambda watch` in the manifest of the workspace.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
};

use kernelci::http::gateway::{DEFAULT, GREEDY, choose, routes};

use crate::{GenerateError, Package, marked::replace};

/// The methods that the router is told of.
const METHODS: [&str; 7] = ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"];

/// The manifest of the workspace with its router as it should be.
///
/// # Errors
/// The manifest lacks the marker lines.
pub(crate) fn text(manifest: &str, _: &[Package]) -> Result<String, GenerateError> {
    replace(manifest, "router", &router())
}

/// The choice of API Gateway for every path and method: what a route does not take is not left to another route. The
/// catch-all parameter of this router is never empty, so a greedy route is two lines here.
fn router() -> String {
    let routes = routes();
    let flat = || {
        routes.iter().flat_map(|(path, methods)| methods.iter().map(move |(method, to)| (*method, path.as_str(), *to)))
    };
    let mut paths = BTreeSet::from([("/".to_owned(), "/".to_owned()), ("/{*path}".to_owned(), "/x/y".to_owned())]);
    for path in routes.keys().filter(|path| *path != DEFAULT) {
        match path.strip_suffix(GREEDY) {
            Some(prefix) => paths.extend([
                (prefix.to_owned(), prefix.to_owned()),
                (format!("{prefix}{{*path}}"), format!("{prefix}x/y")),
            ]),
            None => paths.extend([(path.clone(), path.clone())]),
        }
    }
    let mut text = String::new();
    for (pattern, path) in paths {
        let mut methods = BTreeMap::<_, Vec<_>>::new();
        for method in METHODS {
            methods.entry(choose(flat(), method, &path).unwrap_or_default()).or_default().push(method);
        }
        for (function, of_function) in &methods {
            let methods = if methods.len() == 1 { String::new() } else { format!("methods = {of_function:?}, ") };
            // Writing to a string cannot fail.
            let _ = writeln!(text, "  {{ path = {pattern:?}, {methods}function = {function:?} }},");
        }
    }
    text
}
