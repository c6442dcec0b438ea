//! The size of the template compared with the limits of a stack and of an API.

use kernelci_local::template::{TEMPLATE, Template, find, members, text_of};
use saphyr::Yaml;

use crate::template::{at, template};

/// The maximum number of resources. CloudFormation allows 500 in a stack.
const MAX_RESOURCES: usize = 400;

/// The maximum number of routes. An API allows 300. A function needs two for each path of its resource.
const MAX_ROUTES: usize = 250;

/// The number of resources that SAM creates for one of the template; `.ci/cloud` counts them with SAM. See
/// <https://github.com/aws/serverless-application-model/blob/develop/docs/internals/generated_resources.rst>.
fn expanded(resource: &Yaml<'static>) -> usize {
    let of_function = || {
        let properties = find(resource, "Properties").unwrap();
        let events = find(properties, "Events").map(members).unwrap_or_default();
        let of_event = |event: &Yaml<'static>| match find(event, "Type").and_then(text_of).as_deref() {
            // The event source mapping.
            Some("DynamoDB") => 1,
            // The schedule and its role.
            Some("ScheduleV2") => 2,
            other => panic!("the resources of {other:?} are not known"),
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
            assert!(!other.starts_with("AWS::Serverless"), "the resources of {other} are not known");
            1
        }
    }
}

#[test]
fn the_stack_has_room_for_more_functions() {
    let template = template();
    let resources = members(at(&template, &["Resources"]).unwrap());
    let count: usize = resources.into_iter().map(|(_, node)| expanded(node)).sum();
    assert!(count < MAX_RESOURCES, "{count}");
}

#[test]
fn the_api_has_room_for_more_functions() {
    let count = Template::read(TEMPLATE).unwrap().routes.len();
    assert!(count < MAX_ROUTES, "{count}");
}
