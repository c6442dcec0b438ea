//! The protection of data: tables, bucket, logs.

use std::collections::BTreeSet;

use kernelci_local::template::{find, list, members, text_of};
use saphyr::Yaml;
use serde_json::Value as Json;

use crate::template::{at, is_true, resources, template};

fn text_at(node: &Yaml<'static>, names: &[&str]) -> Option<String> {
    at(node, names).and_then(text_of)
}

#[test]
fn every_table_is_encrypted_has_backups_and_deletion_protection() {
    let template = template();
    let tables = resources(&template, "AWS::DynamoDB::Table");
    assert!(!tables.is_empty());
    for (name, node) in tables {
        for place in [
            &["Properties", "DeletionProtectionEnabled"][..],
            &["Properties", "PointInTimeRecoverySpecification", "PointInTimeRecoveryEnabled"],
            &["Properties", "SSESpecification", "SSEEnabled"],
        ] {
            assert!(at(node, place).is_some_and(is_true), "{name}: {place:?}");
        }
        assert_eq!(text_at(node, &["Properties", "BillingMode"]).as_deref(), Some("PAY_PER_REQUEST"), "{name}");
    }
}

#[test]
fn resources_with_data_are_retained_when_the_stack_is_deleted() {
    let template = template();
    for kind in ["AWS::DynamoDB::Table", "AWS::S3::Bucket"] {
        for (name, node) in resources(&template, kind) {
            for policy in ["DeletionPolicy", "UpdateReplacePolicy"] {
                assert_eq!(text_at(node, &[policy]).as_deref(), Some("Retain"), "{name}: {policy}");
            }
        }
    }
}

#[test]
fn the_bucket_is_private_and_requires_encrypted_transport() {
    let template = template();
    let bucket = at(&template, &["Resources", "Files", "Properties"]).unwrap();
    for flag in ["BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"] {
        assert!(at(bucket, &["PublicAccessBlockConfiguration", flag]).is_some_and(is_true), "{flag}");
    }
    assert!(find(bucket, "BucketEncryption").is_some());
    for (policy, actions) in [("FilesPolicy", "s3:*"), ("DeadLettersPolicy", "sqs:*")] {
        let policy = at(&template, &["Resources", policy, "Properties", "PolicyDocument", "Statement"]).unwrap();
        let statements = list(policy);
        assert_eq!(statements.len(), 1);
        let statement = statements[0];
        assert_eq!(text_at(statement, &["Effect"]).as_deref(), Some("Deny"));
        assert_eq!(text_at(statement, &["Action"]).as_deref(), Some(actions));
        let condition = text_at(statement, &["Condition", "Bool", "aws:SecureTransport"]);
        assert_eq!(condition.as_deref(), Some("false"));
    }
}

#[test]
fn every_log_has_the_configured_retention() {
    let template = template();
    let groups = resources(&template, "AWS::Logs::LogGroup");
    assert_eq!(groups.len(), 2);
    for (name, node) in groups {
        assert_eq!(text_at(node, &["Properties", "RetentionInDays"]).as_deref(), Some("LogRetention"), "{name}");
    }
}

/// The variables of an access log that contain no secrets. A path or a header may contain one.
const LOGGED: [&str; 10] = [
    "error.responseType",
    "httpMethod",
    "identity.sourceIp",
    "integrationStatus",
    "requestId",
    "requestTime",
    "responseLatency",
    "responseLength",
    "routeKey",
    "status",
];

#[test]
fn the_access_log_has_the_route_without_path_or_headers() {
    let template = template();
    let settings = at(&template, &["Resources", "Api", "Properties", "AccessLogSettings"]).unwrap();
    assert_eq!(text_at(settings, &["DestinationArn"]).as_deref(), Some("AccessLogs.Arn"));
    let format: Json = serde_json::from_str(&text_at(settings, &["Format"]).unwrap()).unwrap();
    let logged: BTreeSet<_> = format.as_object().unwrap().values().map(|value| value.as_str().unwrap()).collect();
    assert_eq!(
        logged,
        LOGGED
            .iter()
            .map(|name| format!("$context.{name}"))
            .collect::<BTreeSet<_>>()
            .iter()
            .map(String::as_str)
            .collect()
    );
}

/// The resource types of the template that take tags.
const TAGGED: [&str; 6] = [
    "AWS::CloudWatch::Alarm",
    "AWS::DynamoDB::Table",
    "AWS::Logs::LogGroup",
    "AWS::S3::Bucket",
    "AWS::SNS::Topic",
    "AWS::SQS::Queue",
];

/// The resource types that take tags as an object instead of a list.
const TAGGED_BY_NAME: [&str; 2] = ["AWS::ApiGatewayV2::DomainName", "AWS::Serverless::HttpApi"];

/// The resource types without tags. Functions and the resources that SAM creates for them get theirs from the globals.
const UNTAGGED: [&str; 8] = [
    "AWS::ApiGatewayV2::ApiMapping",
    "AWS::Lambda::Permission",
    "AWS::Logs::MetricFilter",
    "AWS::Route53::RecordSet",
    "AWS::S3::BucketPolicy",
    "AWS::SNS::Subscription",
    "AWS::SQS::QueuePolicy",
    "AWS::Serverless::Function",
];

#[test]
fn every_taggable_resource_has_the_tags_of_service_and_stage() {
    let template = template();
    let expected = vec![("service".to_owned(), "kernelci".to_owned()), ("stage".to_owned(), "Stage".to_owned())];
    let by_name = |node: Option<&Yaml<'static>>| {
        node.map(members).unwrap_or_default().into_iter().map(|(name, value)| (name, text_of(value).unwrap())).collect()
    };
    let listed = |node: Option<&Yaml<'static>>| -> Vec<(String, String)> {
        let tags = node.map(list).unwrap_or_default();
        tags.into_iter().map(|tag| (text_at(tag, &["Key"]).unwrap(), text_at(tag, &["Value"]).unwrap())).collect()
    };
    for (name, node) in members(find(&template, "Resources").unwrap()) {
        let kind = text_at(node, &["Type"]).unwrap();
        let tags = at(node, &["Properties", "Tags"]);
        let found: Vec<(String, String)> = match kind.as_str() {
            kind if TAGGED.contains(&kind) => listed(tags),
            kind if TAGGED_BY_NAME.contains(&kind) => by_name(tags),
            kind => {
                assert!(UNTAGGED.contains(&kind) && tags.is_none(), "{name}: {kind}");
                continue;
            }
        };
        assert_eq!(found, expected, "{name}");
    }
    let globals = at(&template, &["Globals", "Function"]).unwrap();
    assert_eq!(by_name(find(globals, "Tags")), expected);
    assert!(find(globals, "PropagateTags").is_some_and(is_true));
}
