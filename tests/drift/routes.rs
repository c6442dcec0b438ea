//! The routes of the template and of the code.

use std::collections::BTreeSet;

use kernelci::http::{RESOURCES, Route, UNMATCHED, find};
use kernelci_local::{
    router::Router,
    template::{TEMPLATE, Template, TemplateRoute},
};

fn route(method: &str, path: impl Into<String>, function: &str) -> TemplateRoute {
    TemplateRoute { method: method.to_owned(), path: path.into(), function: function.to_owned() }
}

fn of_the_template() -> Vec<TemplateRoute> {
    Template::read(TEMPLATE).unwrap().routes
}

/// The routes that API Gateway needs so that every request reaches its function: one for the own path of a resource
/// where the form without a tail is offered, and one for all paths below it, including the trailing slash.
fn of_the_code() -> BTreeSet<TemplateRoute> {
    let mut routes = BTreeSet::from([route("ANY", "$default", UNMATCHED)]);
    for resource in RESOURCES {
        for form in resource.routes {
            for (path, (verb, function)) in
                resource.paths.iter().flat_map(|path| form.functions().map(move |f| (path, f)))
            {
                if form.tail.is_empty() {
                    routes.insert(route(verb.name(), *path, function));
                }
                routes.insert(route(verb.name(), format!("{path}/{{path+}}"), function));
            }
        }
    }
    routes
}

#[test]
fn the_template_has_exactly_the_routes_of_the_code() {
    let (template, code): (BTreeSet<_>, _) = (of_the_template().into_iter().collect(), of_the_code());
    assert_eq!(template.difference(&code).collect::<Vec<_>>(), Vec::<&TemplateRoute>::new(), "only in the template");
    assert_eq!(code.difference(&template).collect::<Vec<_>>(), Vec::<&TemplateRoute>::new(), "only in the code");
}

#[test]
fn no_route_is_in_the_template_twice() {
    let keys: Vec<_> = of_the_template().into_iter().map(|route| (route.method, route.path)).collect();
    assert_eq!(keys.iter().collect::<BTreeSet<_>>().len(), keys.len());
}

#[test]
fn each_verb_of_a_resource_has_one_function() {
    for resource in RESOURCES {
        let pairs: BTreeSet<_> = resource.routes.iter().flat_map(Route::functions).collect();
        let verbs: BTreeSet<_> = pairs.iter().map(|(verb, _)| verb).collect();
        assert_eq!(pairs.len(), verbs.len(), "{:?}", resource.paths);
    }
}

#[test]
fn a_function_is_named_after_its_verb() {
    for (verb, name) in RESOURCES.iter().flat_map(|resource| resource.routes).flat_map(Route::functions) {
        assert_eq!(name.rsplit('-').next().unwrap().to_uppercase(), verb.name(), "{name}");
    }
}

/// A request is answered by the function in the manifest, or by the one for unmatched requests. A trailing slash, whose
/// segment is empty, is ignored.
#[test]
fn every_request_reaches_the_function_of_the_manifest() {
    let router = Router::new(&Template::read(TEMPLATE).unwrap()).unwrap();
    let mut count = 0;
    for (resource, form) in
        RESOURCES.iter().flat_map(|resource| resource.routes.iter().map(move |form| (resource, form)))
    {
        for path in resource.paths.iter().map(|path| format!("{path}{}", crate::authorization::filled_in(form.tail))) {
            for path in [format!("{path}/"), path] {
                let matched = find(&path).unwrap();
                for (verb, function) in matched.route.functions() {
                    assert_eq!(router.function(verb.name(), &path).unwrap().name, function, "{verb:?} {path}");
                    count += 1;
                }
                for method in ["OPTIONS", "HEAD", "PATCH"] {
                    assert_eq!(router.function(method, &path).unwrap().name, UNMATCHED, "{method} {path}");
                }
            }
        }
    }
    assert!(count > 300, "{count}");
}
