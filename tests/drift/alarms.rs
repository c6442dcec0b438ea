//! The alarms: each watches an existing metric, and together they cover every function.

use std::collections::{BTreeMap, BTreeSet};

use kernelci::{lambda::log_to_standard_output, value::Value, worker};
use kernelci_local::template::{list, members, text_of};
use kernelci_tests::id;
use saphyr::Yaml;
use serde_json::Value as Json;

use crate::{
    logs::{self, SERVES},
    seeded::seeded,
    template::{at, resources, template},
};

const OWN: &str = "kernelci/${Stage}";

fn text_at(node: &Yaml<'static>, names: &[&str]) -> Option<String> {
    at(node, names).and_then(text_of)
}

/// The metrics that are derived from logs: the log, the pattern and the value of each.
fn metrics(template: &Yaml<'static>) -> BTreeMap<String, (String, String, String)> {
    let metric = |(resource, node): (String, &Yaml<'static>)| {
        let text = |names: &[&str]| text_at(node, names).unwrap_or_else(|| panic!("{resource}: {names:?}"));
        let made = list(at(node, &["Properties", "MetricTransformations"]).unwrap());
        assert_eq!(made.len(), 1, "{resource}");
        assert_eq!(text_at(made[0], &["MetricNamespace"]).as_deref(), Some(OWN), "{resource}");
        let name = text_at(made[0], &["MetricName"]).unwrap();
        assert_eq!(resource, format!("{name}Metric"));
        let value = text_at(made[0], &["MetricValue"]).unwrap();
        (name, (text(&["Properties", "LogGroupName"]), text(&["Properties", "FilterPattern"]), value))
    };
    resources(template, "AWS::Logs::MetricFilter").into_iter().map(metric).collect()
}

#[test]
fn every_alarm_notifies_a_topic_and_treats_missing_data_as_good() {
    let template = template();
    let topics = resources(&template, "AWS::SNS::Topic");
    for (name, node) in resources(&template, "AWS::CloudWatch::Alarm") {
        for actions in ["AlarmActions", "OKActions"] {
            let told: Vec<_> = list(at(node, &["Properties", actions]).unwrap()).into_iter().map(text_of).collect();
            assert_eq!(told, [Some(topics[0].0.clone())], "{name}: {actions}");
        }
        assert_eq!(text_at(node, &["Properties", "TreatMissingData"]).as_deref(), Some("notBreaching"), "{name}");
        assert!(text_at(node, &["Properties", "AlarmDescription"]).is_some_and(|text| !text.is_empty()), "{name}");
    }
}

/// The dimensions of a metric, each with the resource type that it names.
type Dimensions = &'static [(&'static str, &'static str)];

/// The metrics of AWS, each with the dimension that an alarm needs and the resource type that it names.
const AWS_METRICS: [(&str, &str, Dimensions); 3] = [
    ("AWS/Lambda", "Throttles", &[]),
    ("AWS/Lambda", "IteratorAge", &[("FunctionName", "TaskWorker")]),
    ("AWS/SQS", "ApproximateNumberOfMessagesVisible", &[("QueueName", "DeadLetters.QueueName")]),
];

#[test]
fn every_alarm_has_a_metric_and_every_metric_an_alarm() {
    let template = template();
    let mut watched = BTreeSet::new();
    for (name, node) in resources(&template, "AWS::CloudWatch::Alarm") {
        let text = |property| text_at(node, &["Properties", property]).unwrap();
        let dimensions = at(node, &["Properties", "Dimensions"]).map(list).unwrap_or_default();
        let dimensions: Vec<_> = dimensions
            .into_iter()
            .map(|node| (text_at(node, &["Name"]).unwrap(), text_at(node, &["Value"]).unwrap()))
            .collect();
        let (namespace, metric) = (text("Namespace"), text("MetricName"));
        if namespace == OWN {
            assert!(dimensions.is_empty(), "{name}");
            assert_eq!(name, format!("{metric}Alarm"));
        } else {
            let known = AWS_METRICS.iter().find(|(space, measured, _)| *space == namespace && *measured == metric);
            let known = known.unwrap_or_else(|| panic!("{name}: {namespace} {metric}")).2;
            let known: Vec<_> = known.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
            assert_eq!(dimensions, known, "{name}");
        }
        watched.insert((namespace, metric));
    }
    let own = metrics(&template).into_keys().map(|metric| (OWN.to_owned(), metric));
    let measured = AWS_METRICS.iter().map(|(space, metric, _)| ((*space).to_owned(), (*metric).to_owned()));
    assert_eq!(watched, own.chain(measured).collect());
}

/// One metric counts the errors of all functions, because all of them write to one log in the format that the metric
/// reads.
#[test]
fn every_function_writes_its_errors_to_the_watched_log() {
    let template = template();
    let (log, pattern, _) = &metrics(&template)["FunctionErrors"];
    assert_eq!(pattern, r#"{ ($.type = "platform.report") && ($.record.status != "success") }"#);
    let settings = at(&template, &["Globals", "Function", "LoggingConfig"]).unwrap();
    assert_eq!(text_at(settings, &["LogGroup"]).as_ref(), Some(log));
    assert_eq!(text_at(settings, &["LogFormat"]).as_deref(), Some("JSON"));
    assert_eq!(members(settings).len(), 2, "a log level would drop counted lines");
    for (name, node) in resources(&template, "AWS::Serverless::Function") {
        assert!(at(node, &["Properties", "LoggingConfig"]).is_none(), "{name} writes to a log of its own");
    }
}

#[test]
fn server_errors_are_counted_by_the_status_in_the_access_log() {
    let template = template();
    let (log, pattern, _) = &metrics(&template)["ServerErrors"];
    let api = at(&template, &["Resources", "Api", "Properties", "AccessLogSettings"]).unwrap();
    assert_eq!(text_at(api, &["DestinationArn"]), Some(format!("{log}.Arn")));
    let format: Json = serde_json::from_str(&text_at(api, &["Format"]).unwrap()).unwrap();
    assert_eq!(format["status"], "$context.status");
    assert_eq!(pattern, r#"{ ($.status = "5*") && ($.status != "501") }"#);
}

#[tokio::test]
#[ignore = "run by the other test, as a process of its own"]
async fn a_task_is_due_and_fails() {
    if std::env::var_os(SERVES).is_none() {
        return;
    }
    let machine = seeded().await;
    log_to_standard_output();
    let (tasks, now) = (machine.services.tasks(), machine.services.clock.now());
    tasks.add(id("5e92ea980000000000000001"), Value::Null, now.plus(-90_000)).await.unwrap();
    assert_eq!(worker::run_due(&machine.services).await.unwrap().run, 1);
    std::fs::write(std::env::var(SERVES).unwrap(), "").unwrap();
}

#[test]
fn the_worker_logs_the_counted_messages() {
    let template = template();
    let metrics = metrics(&template);
    let (lines, _) = logs::logged_by("alarms::a_task_is_due_and_fails", "info");
    let lines: Vec<Json> = lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    for (metric, message) in [("OldestTask", "tasks are due"), ("FailedTasks", "task failed")] {
        let (log, pattern, value) = &metrics[metric];
        assert_eq!((log.as_str(), pattern), ("Logs", &format!(r#"{{ $.message = "{message}" }}"#)));
        let found: Vec<_> = lines.iter().filter(|line| line["message"] == message).collect();
        assert_eq!(found.len(), 1, "{message}: {lines:#?}");
        if let Some(member) = value.strip_prefix("$.") {
            assert!(found[0][member].as_u64().is_some_and(|seconds| (90..120).contains(&seconds)), "{}", found[0]);
        } else {
            assert_eq!(value, "1");
        }
    }
}
