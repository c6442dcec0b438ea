//! How much of what one stack and one API may hold the template takes, and that thirty more functions fit.

use kernelci_local::template::{TEMPLATE, Template, find, members, text_of};
use saphyr::Yaml;

use crate::template::{at, template};

/// CloudFormation takes 500 resources in a stack.
const RESOURCES: usize = 400;
/// API Gateway takes 300 routes in an API.
const ROUTES: usize = 250;
/// The resources of a function that answers requests: the function, its role, and the permission to call it.
const RESOURCES_OF_AN_ENDPOINT: usize = 3;
const ROUTES_OF_AN_API: usize = 300;
const MORE_FUNCTIONS: usize = 30;

/// The resources that SAM makes of one of the template; `.ci/cloud` compares the sum with what SAM really makes.
/// See <https://github.com/aws/serverless-application-model/blob/develop/docs/internals/generated_resources.rst>.
fn expanded(resource: &Yaml<'static>) -> usize {
    let of_function = || {
        let properties = find(resource, "Properties").unwrap();
        let events = find(properties, "Events").map(members).unwrap_or_default();
        let of_event = |event: &Yaml<'static>| match find(event, "Type").and_then(text_of).as_deref() {
            // The mapping.
            Some("DynamoDB") => 1,
            // The schedule and its role.
            Some("ScheduleV2") => 2,
            other => panic!("nothing is known of {other:?}"),
        };
        let asynchronous = usize::from(find(properties, "EventInvokeConfig").is_some());
        // The function and its role.
        2 + asynchronous + events.into_iter().map(|(_, event)| of_event(event)).sum::<usize>()
    };
    match find(resource, "Type").and_then(text_of).unwrap().as_str() {
        "AWS::Serverless::Function" => of_function(),
        // The API and its stage.
        "AWS::Serverless::HttpApi" => 2,
        other => {
            assert!(!other.starts_with("AWS::Serverless"), "nothing is known of {other}");
            1
        }
    }
}

#[test]
fn the_stack_has_room_for_more_functions() {
    let template = template();
    let resources: usize =
        members(at(&template, &["Resources"]).unwrap()).into_iter().map(|(_, node)| expanded(node)).sum();
    assert!(resources < RESOURCES, "{resources}");
    assert!(resources + MORE_FUNCTIONS * RESOURCES_OF_AN_ENDPOINT < RESOURCES, "{resources}");
    let stated = std::fs::read_to_string(kernelci_tests::root().join(".ci/cloud")).unwrap();
    assert!(stated.contains(&format!("resources={resources}\n")), "`.ci/cloud` has to expect {resources} resources");
}

/// A function has at most four routes: two paths, each with what is below it.
#[test]
fn the_api_has_room_for_more_functions() {
    let routes = Template::read(TEMPLATE).unwrap().routes.len();
    assert!(routes < ROUTES, "{routes}");
    assert!(routes + MORE_FUNCTIONS * 4 <= ROUTES_OF_AN_API, "{routes}");
    let stated = std::fs::read_to_string(kernelci_tests::root().join(".ci/cloud")).unwrap();
    assert!(stated.contains(&format!("routes={routes}\n")), "`.ci/cloud` has to expect {routes} routes");
}
