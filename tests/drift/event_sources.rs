//! The event sources of the functions. SAM ignores a misspelt property of an event silently.

use std::collections::BTreeSet;

use kernelci_local::template::{find, list, members, text_of};
use kernelci_tests::root;
use serde_json::Value as Json;

use crate::template::{at, function, is_true, resources, template};

/// The event properties that SAM knows, mandatory ones first.
const KNOWN: [(&str, &[&str], &[&str]); 2] = [
    (
        "DynamoDB",
        &["Stream", "StartingPosition"],
        &[
            "BatchSize",
            "BisectBatchOnFunctionError",
            "DestinationConfig",
            "Enabled",
            "FilterCriteria",
            "FunctionResponseTypes",
            "KmsKeyArn",
            "MaximumBatchingWindowInSeconds",
            "MaximumRecordAgeInSeconds",
            "MaximumRetryAttempts",
            "MetricsConfig",
            "ParallelizationFactor",
            "StartingPositionTimestamp",
            "TumblingWindowInSeconds",
        ],
    ),
    (
        "ScheduleV2",
        &["ScheduleExpression"],
        &[
            "DeadLetterConfig",
            "Description",
            "EndDate",
            "FlexibleTimeWindow",
            "GroupName",
            "Input",
            "KmsKeyArn",
            "Name",
            "OmitName",
            "PermissionsBoundary",
            "RetryPolicy",
            "RoleArn",
            "ScheduleExpressionTimezone",
            "StartDate",
            "State",
        ],
    ),
];

/// The properties of nested objects.
const NESTED: [(&str, &[&str]); 7] = [
    ("DestinationConfig", &["OnFailure"]),
    ("OnFailure", &["Destination", "Type"]),
    ("FilterCriteria", &["Filters"]),
    ("Filters", &["Pattern"]),
    ("RetryPolicy", &["MaximumRetryAttempts", "MaximumEventAgeInSeconds"]),
    ("FlexibleTimeWindow", &["Mode", "MaximumWindowInMinutes"]),
    ("DeadLetterConfig", &["Arn", "Type", "QueueLogicalId"]),
];

fn check_nested(place: &str, name: &str, node: &saphyr::Yaml<'static>) {
    for element in list(node).into_iter().chain([node]) {
        for (member, inner) in members(element) {
            let known = NESTED.iter().find(|(outer, _)| *outer == name);
            let known = known.unwrap_or_else(|| panic!("{place}: the members of {name} are not listed")).1;
            assert!(known.contains(&member.as_str()), "{place}: {name} has no {member}");
            check_nested(place, &member, inner);
        }
    }
}

#[test]
fn every_property_of_an_event_is_known() {
    let template = template();
    let mut kinds = BTreeSet::new();
    for (resource, node) in resources(&template, "AWS::Serverless::Function") {
        for (event, node) in at(node, &["Properties", "Events"]).map(members).unwrap_or_default() {
            let place = format!("{resource}.{event}");
            let kind = find(node, "Type").and_then(text_of).unwrap();
            let (_, needed, others) =
                KNOWN.iter().find(|(known, ..)| *known == kind).unwrap_or_else(|| panic!("{place}: {kind}"));
            let names: BTreeSet<_> = members(node).into_iter().map(|(name, _)| name).collect();
            assert_eq!(names, ["Properties", "Type"].map(str::to_owned).into(), "{place}");
            let properties = members(find(node, "Properties").unwrap());
            for (name, inner) in &properties {
                assert!(needed.contains(&name.as_str()) || others.contains(&name.as_str()), "{place} has {name}");
                check_nested(&place, name, inner);
            }
            for name in *needed {
                assert!(properties.iter().any(|(there, _)| there == name), "{place} lacks {name}");
            }
            kinds.insert(kind);
        }
    }
    assert_eq!(kinds, KNOWN.iter().map(|(kind, ..)| (*kind).to_owned()).collect());
}

fn stream() -> saphyr::Yaml<'static> {
    let template = template();
    at(&template, &["Resources", "TaskWorker", "Properties", "Events", "Accepted", "Properties"]).unwrap().clone()
}

#[test]
fn failed_records_of_the_worker_go_to_a_queue_that_it_may_write_to() {
    let destination = at(&stream(), &["DestinationConfig", "OnFailure", "Destination"]).and_then(text_of).unwrap();
    let queue = destination.strip_suffix(".Arn").unwrap();
    let template = template();
    let queues = resources(&template, "AWS::SQS::Queue");
    let (_, node) = queues.iter().find(|(name, _)| name == queue).unwrap();
    assert!(at(node, &["Properties", "SqsManagedSseEnabled"]).is_some_and(is_true));
    let fourteen_days = 14 * 24 * 60 * 60;
    let kept = at(node, &["Properties", "MessageRetentionPeriod"]).and_then(text_of);
    assert_eq!(kept, Some(fourteen_days.to_string()));
    assert!(function("task-worker").may("sqs:SendMessage", queue));
}

/// Lambda reads the handler's answer only where the template says so.
#[test]
fn the_worker_reports_failed_records_and_lambda_reads_the_report() {
    let types: Vec<_> = find(&stream(), "FunctionResponseTypes").map(list).unwrap().into_iter().map(text_of).collect();
    assert_eq!(types, [Some("ReportBatchItemFailures".to_owned())]);
    let source = std::fs::read_to_string(root().join("functions/task-worker/src/lib.rs")).unwrap();
    assert!(source.contains("\"batchItemFailures\"") && source.contains("\"itemIdentifier\""));
}

/// The event files of the worker are events that pass the filter of the stream.
#[test]
fn the_stream_filter_passes_new_tasks() {
    let stream = stream();
    let filters = at(&stream, &["FilterCriteria", "Filters"]).map(list).unwrap();
    let pattern: Json = serde_json::from_str(&find(filters[0], "Pattern").and_then(text_of).unwrap()).unwrap();
    assert_eq!((filters.len(), &pattern), (1, &serde_json::json!({ "eventName": ["INSERT"] })));
    let events = root().join("events/task-worker");
    for file in std::fs::read_dir(events).unwrap().map(|entry| entry.unwrap().path()) {
        let event: Json = serde_json::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
        for record in event["Records"].as_array().into_iter().flatten() {
            assert_eq!(record["eventName"], "INSERT", "{}", file.display());
        }
    }
    let template = template();
    let view = at(&template, &["Resources", "TaskTable", "Properties", "StreamSpecification", "StreamViewType"]);
    assert_eq!(view.and_then(text_of).as_deref(), Some("KEYS_ONLY"));
    assert_eq!(find(&stream, "Stream").and_then(text_of).as_deref(), Some("TaskTable.StreamArn"));
}

/// Every rule of cleanup has a schedule. Its input names the rule and the days of its own parameter, and it is disabled
/// where that parameter is.
#[test]
fn every_cleanup_rule_has_a_schedule_that_is_disabled_by_default() {
    let template = template();
    let mut rules = BTreeSet::new();
    for (event, node) in members(at(&template, &["Resources", "Cleanup", "Properties", "Events"]).unwrap()) {
        let input = at(node, &["Properties", "Input"]).and_then(text_of).unwrap();
        let (parameter, _) = input.split_once("${").unwrap().1.split_once('}').unwrap();
        let default = at(&template, &["Parameters", parameter, "Default"]).and_then(text_of);
        assert_eq!(default.as_deref(), Some("0"), "{event}");
        let input: Json = serde_json::from_str(&input.replace(&format!("${{{parameter}}}"), "90")).unwrap();
        assert_eq!(input["days"], 90, "{event}");
        let rule = input["rule"].as_str().unwrap().to_owned();
        let words = rule.split('_').map(|word| word[..1].to_uppercase() + &word[1..]).collect::<String>();
        assert_eq!(parameter, format!("Keep{words}Days"));
        let state: Vec<_> = at(node, &["Properties", "State"])
            .map(list)
            .unwrap()
            .into_iter()
            .map(|node| text_of(node).unwrap())
            .collect();
        assert_eq!(state, [format!("Cleans{words}"), "ENABLED".to_owned(), "DISABLED".to_owned()], "{event}");
        let condition = at(&template, &["Conditions", &format!("Cleans{words}")]).unwrap();
        assert!(format!("{condition:?}").contains(parameter), "{event}");
        rules.insert(rule);
    }
    let known = kernelci::domain::cleanup::AGING.map(|of| of.collection().name.to_owned());
    assert_eq!(rules, known.into());
}
