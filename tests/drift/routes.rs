//! The routes of the template, and those of the code.

use std::collections::BTreeSet;

use kernelci::http::{RESOURCES, UNMATCHED};
use kernelci_local::template::{TEMPLATE, Template, TemplateRoute};

fn route(method: &str, path: impl Into<String>, function: &str) -> TemplateRoute {
    TemplateRoute { method: method.to_owned(), path: path.into(), function: function.to_owned() }
}

fn of_the_template() -> Vec<TemplateRoute> {
    Template::read(TEMPLATE).unwrap().routes
}

/// The routes that API Gateway needs for every request to reach the function that answers it: one for a resource's own
/// path, with and without the slash, where its form without a tail is offered; one for all that is below.
fn of_the_code() -> BTreeSet<TemplateRoute> {
    let mut routes = BTreeSet::from([route("ANY", "$default", UNMATCHED)]);
    for resource in RESOURCES {
        for form in resource.routes {
            for (path, (verb, function)) in
                resource.paths.iter().flat_map(|path| form.functions.iter().map(move |f| (path, f)))
            {
                if form.tail.is_empty() {
                    routes.insert(route(verb.name(), *path, function));
                    routes.insert(route(verb.name(), format!("{path}/"), function));
                } else {
                    routes.insert(route(verb.name(), format!("{path}/{{path+}}"), function));
                }
            }
        }
    }
    routes
}

#[test]
fn every_route_is_in_the_template_and_no_other() {
    let (template, code): (BTreeSet<_>, _) = (of_the_template().into_iter().collect(), of_the_code());
    assert_eq!(template.difference(&code).collect::<Vec<_>>(), Vec::<&TemplateRoute>::new(), "only in the template");
    assert_eq!(code.difference(&template).collect::<Vec<_>>(), Vec::<&TemplateRoute>::new(), "only in the code");
}

#[test]
fn no_route_is_in_the_template_twice() {
    let keys: Vec<_> = of_the_template().into_iter().map(|route| (route.method, route.path)).collect();
    assert_eq!(keys.iter().collect::<BTreeSet<_>>().len(), keys.len());
}

/// What an API of API Gateway takes, and with its permissions what CloudFormation takes in one stack.
#[test]
fn there_are_no_more_routes_than_an_api_takes() {
    const ROUTES_OF_AN_API: usize = 300;
    let routes = of_the_template().len();
    assert!(routes <= ROUTES_OF_AN_API, "{routes}");
}

#[test]
fn one_verb_of_a_resource_is_one_function() {
    for resource in RESOURCES {
        let pairs: BTreeSet<_> = resource.routes.iter().flat_map(|route| route.functions).collect();
        let verbs: BTreeSet<_> = pairs.iter().map(|(verb, _)| verb).collect();
        assert_eq!(pairs.len(), verbs.len(), "{:?}", resource.paths);
    }
}

#[test]
fn a_function_is_named_after_its_verb() {
    for (verb, name) in RESOURCES.iter().flat_map(|resource| resource.routes).flat_map(|route| route.functions) {
        assert_eq!(name.rsplit('-').next().unwrap().to_uppercase(), verb.name(), "{name}");
    }
}
