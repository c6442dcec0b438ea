//! The routes of the HTTP API of API Gateway, and how it chooses among them.
//!
//! API Gateway takes the route that matches a request most closely: a full match of method and path, then the greedy
//! path variable with the longest path before it, then `$default`. See "Routing API requests" in
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html>.
//!
//! No route ends in a slash: API Gateway refuses such a route, and an imported definition loses it
//! (<https://github.com/aws/serverless-application-model/issues/1949>). A request whose path ends in a slash reaches the
//! greedy route below the path, whose variable is then empty (<https://github.com/storacha/w3infra/pull/166>).

use std::collections::BTreeMap;

use super::{RESOURCES, UNMATCHED};

/// The path of the route that takes what no other route does.
pub const DEFAULT: &str = "$default";

/// The method of a route that takes every method.
pub const ANY: &str = "ANY";

/// The greedy path variable that ends a route's path.
pub const GREEDY: &str = "{path+}";

/// How closely a route's path matches the path of a request, the closest last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Closeness {
    /// The route is `$default`.
    Default,
    /// The greedy variable takes what follows this many bytes.
    Below(usize),
    /// The paths are equal.
    Exact,
}

/// How closely the path of a route matches the path of a request; `None` where it does not match.
///
/// ```
/// use kernelci::http::gateway::{Closeness, closeness};
///
/// assert_eq!(closeness("/job", "/job"), Some(Closeness::Exact));
/// assert_eq!(closeness("/job", "/job/"), None);
/// assert_eq!(closeness("/job/{path+}", "/job/"), Some(Closeness::Below(5)));
/// assert_eq!(closeness("/job/{path+}", "/job/a/b"), Some(Closeness::Below(5)));
/// assert_eq!(closeness("/job/{path+}", "/job"), None);
/// ```
pub fn closeness(route: &str, path: &str) -> Option<Closeness> {
    match route.strip_suffix(GREEDY) {
        Some(prefix) => path.starts_with(prefix).then_some(Closeness::Below(prefix.len())),
        None if route == DEFAULT => Some(Closeness::Default),
        None => (route == path).then_some(Closeness::Exact),
    }
}

/// What API Gateway chooses for a request among routes, each a method, a path and what it leads to.
pub fn choose<'a, T>(routes: impl IntoIterator<Item = (&'a str, &'a str, T)>, method: &str, path: &str) -> Option<T> {
    let of_method = routes.into_iter().filter(|(wanted, ..)| *wanted == method || *wanted == ANY);
    let matching = of_method.filter_map(|(wanted, route, to)| Some(((closeness(route, path)?, wanted != ANY), to)));
    matching.max_by_key(|(rank, _)| *rank).map(|(_, to)| to)
}

/// The routes that the manifest needs: for every path of a resource the functions by method. A path that is offered as
/// it stands has a greedy route too, which takes the slash at its end.
pub fn routes() -> BTreeMap<String, BTreeMap<&'static str, &'static str>> {
    let mut routes = BTreeMap::<_, BTreeMap<_, _>>::new();
    for resource in RESOURCES {
        for (route, path) in
            resource.routes.iter().flat_map(|route| resource.paths.iter().map(move |path| (route, path)))
        {
            for (verb, function) in route.functions() {
                if route.tail.is_empty() {
                    routes.entry((*path).to_owned()).or_default().insert(verb.name(), function);
                }
                routes.entry(format!("{path}/{GREEDY}")).or_default().insert(verb.name(), function);
            }
        }
    }
    routes.insert(DEFAULT.to_owned(), [(ANY, UNMATCHED)].into());
    routes
}
