//! The generated parts of `template.yaml`: the definition of the API, the functions that answer requests with what they
//! may do, and the permission of the API to call them.

use std::fmt::Write;

use kernelci::http::gateway::{ANY, DEFAULT, GREEDY, routes};

use crate::{
    GenerateError,
    marked::replace,
    package::{Package, camel_case},
};

/// The variables that a function may read, and their values. `TABLE_PREFIX` is set for every function.
pub(crate) const VARIABLES: [(&str, &str); 3] = [
    ("FILES_BUCKET", "!Ref Files"),
    ("FILES_URL", "!Ref FilesUrl"),
    ("MASTER_KEY_PARAMETER", "!Ref MasterKeyParameter"),
];

/// What a function may do that reads `FILES_BUCKET`.
const OF_FILES: &str = r#"
            - Effect: Allow
              Action:
                - s3:GetObject
                - s3:PutObject
              Resource: !Sub "${Files.Arn}/*"
            # Without it S3 answers that a missing file is forbidden.
            - Effect: Allow
              Action:
                - s3:ListBucket
              Resource: !GetAtt Files.Arn
"#;

/// What a function may do that reads `MASTER_KEY_PARAMETER`.
const OF_MASTER_KEY: &str = r#"
            - Effect: Allow
              Action:
                - ssm:GetParameter
              Resource: !Sub "arn:${AWS::Partition}:ssm:${AWS::Region}:${AWS::AccountId}:parameter${MasterKeyParameter}"
"#;

/// The template with its generated parts as they should be.
///
/// # Errors
/// The template lacks marker lines.
pub(crate) fn text(template: &str, packages: &[Package]) -> Result<String, GenerateError> {
    let with_routes = replace(template, "routes", &definition(packages))?;
    replace(&with_routes, "functions", &packages.iter().map(function).collect::<String>())
}

/// The paths and integrations of the API's definition. Writing to a string cannot fail.
fn definition(packages: &[Package]) -> String {
    let mut text = String::from("        paths:\n");
    for (path, methods) in routes() {
        // What the API calls `$default` is written as a path here.
        let path = if path == DEFAULT { format!("/{DEFAULT}") } else { path };
        let _ = writeln!(text, "          \"{path}\":");
        for (method, function) in methods {
            let key = if method == ANY { "x-amazon-apigateway-any-method" } else { &method.to_ascii_lowercase() };
            let _ = writeln!(text, "            {key}:");
            if method == ANY {
                text.push_str("              isDefaultRoute: true\n");
            }
            if path.ends_with(GREEDY) {
                text.push_str(
                    "              parameters: [{ name: path+, in: path, required: true, schema: { type: string } }]\n",
                );
            }
            text.push_str("              responses: {}\n");
            let reference = format!("#/components/x-amazon-apigateway-integrations/{function}");
            let _ = writeln!(text, "              x-amazon-apigateway-integration: {{ $ref: \"{reference}\" }}");
        }
    }
    text.push_str("        components:\n          x-amazon-apigateway-integrations:\n");
    for Package { name, .. } in packages {
        let resource = camel_case(name);
        let arn = "arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions";
        let _ = writeln!(text, "            {name}:");
        text.push_str("              type: aws_proxy\n              httpMethod: POST\n");
        text.push_str("              payloadFormatVersion: \"2.0\"\n");
        let _ = writeln!(text, "              uri: !Sub \"{arn}/${{{resource}.Arn}}/invocations\"");
    }
    text
}

fn function(package: &Package) -> String {
    let Package { name, environment, tables } = package;
    let resource = camel_case(name);
    let mut text = format!(
        "  {resource}:\n    Type: AWS::Serverless::Function\n    Metadata:\n      BuildMethod: rust-cargolambda\n      \
         BuildProperties:\n        Binary: {name}\n    Properties:\n      CodeUri: functions/{name}/\n"
    );
    let reads = |variable: &str| environment.iter().any(|name| name == variable);
    if !environment.is_empty() {
        text.push_str("      Environment:\n        Variables:\n");
        for (variable, value) in VARIABLES.iter().filter(|(variable, _)| reads(variable)) {
            let _ = writeln!(text, "          {variable}: {value}");
        }
    }
    let mut statements: String = tables.iter().map(|(collection, actions)| statement(collection, actions)).collect();
    for (variable, of_variable) in [("FILES_BUCKET", OF_FILES), ("MASTER_KEY_PARAMETER", OF_MASTER_KEY)] {
        if reads(variable) {
            statements.push_str(of_variable.trim_start_matches('\n'));
        }
    }
    if !statements.is_empty() {
        text.push_str("      Policies:\n        - Version: \"2012-10-17\"\n          Statement:\n");
        text.push_str(&statements);
    }
    let _ = write!(
        text,
        "\n  {resource}Permission:\n    Type: AWS::Lambda::Permission\n    Properties:\n      \
         Action: lambda:InvokeFunction\n      FunctionName: !Ref {resource}\n      \
         Principal: apigateway.amazonaws.com\n      \
         SourceArn: !Sub \"arn:${{AWS::Partition}}:execute-api:${{AWS::Region}}:${{AWS::AccountId}}:${{Api}}/*/*\"\n\n"
    );
    text
}

/// The statement for one table. A query is of the table or of one of its indexes.
fn statement(collection: &str, actions: &[String]) -> String {
    let table = format!("{}Table", camel_case(collection));
    let mut text = String::from("            - Effect: Allow\n              Action:\n");
    for action in actions {
        let _ = writeln!(text, "                - dynamodb:{action}");
    }
    let _ = write!(text, "              Resource:\n                - !GetAtt {table}.Arn\n");
    if actions.iter().any(|action| action == "Query") {
        let _ = writeln!(text, "                - !Sub \"${{{table}.Arn}}/index/*\"");
    }
    text
}
