//! The parts of `template.yaml` that the local server does not use.

use std::collections::BTreeSet;

use kernelci_local::template::{TEMPLATE, find, list, members, text_of};
use saphyr::{LoadableYamlNode, Yaml};

/// A function of the template.
#[derive(Debug)]
pub(crate) struct TemplateFunction {
    /// The name of the resource.
    pub(crate) resource: String,
    /// The last folder of its code.
    pub(crate) name: String,
    /// The binary that is built for it.
    pub(crate) binary: String,
    /// The variables in its environment, including the global ones.
    pub(crate) environment: BTreeSet<String>,
    /// Its permissions.
    pub(crate) statements: Vec<Statement>,
}

/// A permission: every action on every resource.
#[derive(Debug)]
pub(crate) struct Statement {
    pub(crate) effect: String,
    pub(crate) actions: BTreeSet<String>,
    pub(crate) resources: Vec<String>,
}

impl TemplateFunction {
    /// Whether it may perform the action on the table of the given resource name.
    pub(crate) fn may(&self, action: &str, table: &str) -> bool {
        let arn = format!("{table}.Arn");
        self.statements.iter().any(|statement| statement.actions.contains(action) && statement.resources.contains(&arn))
    }
}

/// The parsed template.
pub(crate) fn template() -> Yaml<'static> {
    Yaml::load_from_str(TEMPLATE).unwrap().remove(0)
}

/// The node at a path of member names.
pub(crate) fn at<'a>(node: &'a Yaml<'static>, names: &[&str]) -> Option<&'a Yaml<'static>> {
    names.iter().try_fold(node, |node, name| find(node, name))
}

/// Whether a scalar is `true`.
pub(crate) fn is_true(node: &Yaml<'static>) -> bool {
    matches!(node, Yaml::Value(saphyr::Scalar::Boolean(true)))
}

/// The resources of a type, by name.
pub(crate) fn resources<'a>(template: &'a Yaml<'static>, kind: &str) -> Vec<(String, &'a Yaml<'static>)> {
    let all = members(find(template, "Resources").unwrap());
    all.into_iter().filter(|(_, resource)| find(resource, "Type").and_then(text_of).as_deref() == Some(kind)).collect()
}

/// Every function.
pub(crate) fn functions() -> Vec<TemplateFunction> {
    let template = template();
    let for_all = names(at(&template, &["Globals", "Function", "Environment", "Variables"]));
    let function = |(resource, node): (String, &Yaml<'static>)| {
        let uri = text_of(at(node, &["Properties", "CodeUri"]).unwrap()).unwrap();
        let name = uri.strip_prefix("functions/").and_then(|rest| rest.strip_suffix('/'));
        let policies = at(node, &["Properties", "Policies"]).map(list).unwrap_or_default();
        TemplateFunction {
            resource,
            name: name.unwrap_or_else(|| panic!("{uri} is not a folder of functions/")).to_owned(),
            binary: text_of(at(node, &["Metadata", "BuildProperties", "Binary"]).unwrap()).unwrap(),
            environment: &for_all | &names(at(node, &["Properties", "Environment", "Variables"])),
            statements: policies.into_iter().flat_map(statements).collect(),
        }
    };
    resources(&template, "AWS::Serverless::Function").into_iter().map(function).collect()
}

/// The function with code in the given folder.
pub(crate) fn function(name: &str) -> TemplateFunction {
    functions()
        .into_iter()
        .find(|function| function.name == name)
        .unwrap_or_else(|| panic!("no {name} in the template"))
}

fn names(node: Option<&Yaml<'static>>) -> BTreeSet<String> {
    node.map(members).unwrap_or_default().into_iter().map(|(name, _)| name).collect()
}

fn statements(policy: &Yaml<'static>) -> Vec<Statement> {
    let statements = find(policy, "Statement").unwrap_or_else(|| panic!("a policy without statements: {policy:?}"));
    let statement = |node: &Yaml<'static>| Statement {
        effect: text_of(find(node, "Effect").unwrap()).unwrap(),
        actions: one_or_many(find(node, "Action").unwrap()).into_iter().collect(),
        resources: one_or_many(find(node, "Resource").unwrap()).iter().map(|text| plain(text)).collect(),
    };
    list(statements).into_iter().map(statement).collect()
}

fn one_or_many(node: &Yaml<'static>) -> Vec<String> {
    match text_of(node) {
        Some(text) => vec![text],
        None => list(node).into_iter().map(|node| text_of(node).unwrap()).collect(),
    }
}

// `${JobTable.Arn}/index/*` of `!Sub`, or `JobTable.Arn` of `!GetAtt`.
fn plain(text: &str) -> String {
    text.replace("${", "").replace('}', "")
}
