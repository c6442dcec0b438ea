//! The routes and the tables that `template.yaml` declares. The local server reads both.

use kernelci::{
    http::gateway::{ANY, DEFAULT},
    store::{KeySchema, TableSchema},
};
use saphyr::{LoadableYamlNode, Scalar, Yaml};

/// The deployed template.
pub const TEMPLATE: &str = include_str!("../../../template.yaml");

/// The template cannot be parsed.
#[derive(Debug, thiserror::Error)]
#[error("template.yaml: {0}")]
pub struct TemplateError(pub String);

/// A route to a function.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct TemplateRoute {
    /// The method, or `ANY`.
    pub method: String,
    /// The path, or `$default`.
    pub path: String,
    /// The name of the function.
    pub function: String,
}

/// The parts of the template that the local server uses.
#[derive(Debug, Clone, Default)]
pub struct Template {
    /// The routes, in the order of the template.
    pub routes: Vec<TemplateRoute>,
    /// The tables, in the order of the template.
    pub tables: Vec<TableSchema>,
}

impl Template {
    /// Parses the text of a template.
    ///
    /// # Errors
    /// The text is not YAML, or a route or table is incomplete.
    pub fn read(text: &str) -> Result<Self, TemplateError> {
        let documents = Yaml::load_from_str(text).map_err(|error| TemplateError(error.to_string()))?;
        let root = documents.first().ok_or_else(|| TemplateError("it is empty".to_owned()))?;
        let resources = get(root, "Resources")?;
        let mut template = Self::default();
        for (_, resource) in members(resources) {
            match find(resource, "Type").and_then(text_of).as_deref() {
                Some("AWS::Serverless::HttpApi") => template.routes.extend(routes(resource, resources)?),
                Some("AWS::DynamoDB::Table") => template.tables.push(table(find(resource, "Properties"))?),
                _ => {}
            }
        }
        Ok(template)
    }
}

/// The routes in the OpenAPI definition of an API.
fn routes(api: &Yaml<'_>, resources: &Yaml<'_>) -> Result<Vec<TemplateRoute>, TemplateError> {
    let definition = get(get(api, "Properties")?, "DefinitionBody")?;
    let integrations = get(get(definition, "components")?, "x-amazon-apigateway-integrations")?;
    let mut routes = Vec::new();
    for (path, item) in members(get(definition, "paths")?) {
        for (method, operation) in members(item) {
            let reference = text(get(operation, "x-amazon-apigateway-integration")?, "$ref")?;
            let integration = get(integrations, reference.rsplit('/').next().unwrap_or_default())?;
            let function = function_of(&text(integration, "uri")?, resources)?;
            let method =
                if method == "x-amazon-apigateway-any-method" { ANY.to_owned() } else { method.to_uppercase() };
            // OpenAPI requires a leading slash: `/$default` is the route `$default`.
            let path = if path.ends_with(DEFAULT) { DEFAULT.to_owned() } else { path.clone() };
            routes.push(TemplateRoute { method, path, function });
        }
    }
    Ok(routes)
}

/// The function of an integration: the last folder of its code path.
fn function_of(uri: &str, resources: &Yaml<'_>) -> Result<String, TemplateError> {
    let resource = uri.rsplit("${").next().and_then(|rest| rest.split_once(".Arn}")).map(|(name, _)| name);
    let resource = resource.ok_or_else(|| TemplateError(format!("{uri} names no function")))?;
    let folder = text(get(get(resources, resource)?, "Properties")?, "CodeUri")?;
    Ok(folder.trim_end_matches('/').rsplit('/').next().unwrap_or_default().to_owned())
}

fn table(properties: Option<&Yaml<'_>>) -> Result<TableSchema, TemplateError> {
    let properties = properties.ok_or_else(|| TemplateError("a table has no properties".to_owned()))?;
    let full = text(properties, "TableName")?;
    let name = full.rsplit('-').next().unwrap_or_default().to_owned();
    let mut keys = vec![keys_of(properties, None, None)?];
    for index in find(properties, "GlobalSecondaryIndexes").map(list).unwrap_or_default() {
        let projection = get(index, "Projection")?;
        let members =
            find(projection, "NonKeyAttributes").map(|names| list(names).into_iter().filter_map(text_of).collect());
        keys.push(keys_of(index, Some(text(index, "IndexName")?), members)?);
    }
    let expires = find(properties, "TimeToLiveSpecification").map(|node| text(node, "AttributeName")).transpose()?;
    Ok(TableSchema { name, keys, expires })
}

fn keys_of(node: &Yaml<'_>, index: Option<String>, members: Option<Vec<String>>) -> Result<KeySchema, TemplateError> {
    let (mut partition, mut sort) = (None, None);
    for element in list(get(node, "KeySchema")?) {
        let name = text(element, "AttributeName")?;
        match text(element, "KeyType")?.as_str() {
            "HASH" => partition = Some(name),
            _ => sort = Some(name),
        }
    }
    let partition = partition.ok_or_else(|| TemplateError("a key schema has no HASH".to_owned()))?;
    Ok(KeySchema { index, partition, sort, members })
}

fn get<'a, 'input>(node: &'a Yaml<'input>, name: &str) -> Result<&'a Yaml<'input>, TemplateError> {
    find(node, name).ok_or_else(|| TemplateError(format!("{name} is missing")))
}

fn text(node: &Yaml<'_>, name: &str) -> Result<String, TemplateError> {
    text_of(get(node, name)?).ok_or_else(|| TemplateError(format!("{name} is no text")))
}

/// The member with that name; tags of the object are ignored.
pub fn find<'a, 'input>(node: &'a Yaml<'input>, name: &str) -> Option<&'a Yaml<'input>> {
    match node {
        Yaml::Mapping(map) => map.iter().find(|(key, _)| text_of(key).as_deref() == Some(name)).map(|(_, value)| value),
        Yaml::Tagged(_, inner) => find(inner, name),
        _ => None,
    }
}

/// The members of an object by name.
pub fn members<'a, 'input>(node: &'a Yaml<'input>) -> Vec<(String, &'a Yaml<'input>)> {
    match node {
        Yaml::Mapping(map) => map.iter().filter_map(|(key, value)| Some((text_of(key)?, value))).collect(),
        Yaml::Tagged(_, inner) => members(inner),
        _ => Vec::new(),
    }
}

/// The elements of a list.
pub fn list<'a, 'input>(node: &'a Yaml<'input>) -> Vec<&'a Yaml<'input>> {
    match node {
        Yaml::Sequence(list) => list.iter().collect(),
        Yaml::Tagged(_, inner) => list(inner),
        _ => Vec::new(),
    }
}

/// The text of a scalar; its tag is ignored. For `!Sub` it is the text before substitution.
pub fn text_of(node: &Yaml<'_>) -> Option<String> {
    match node {
        Yaml::Value(Scalar::String(text)) => Some(text.to_string()),
        Yaml::Representation(text, ..) => Some(text.to_string()),
        Yaml::Value(Scalar::Integer(number)) => Some(number.to_string()),
        Yaml::Tagged(_, inner) => text_of(inner),
        _ => None,
    }
}
