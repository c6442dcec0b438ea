//! The tables and indexes of the template, of the code, and of the embedded store.

use std::collections::{BTreeMap, BTreeSet};

use kernelci::{
    collections::COLLECTIONS,
    store::{KeySchema, MadeTable, Store, StoreOptions, TableSchema, create_tables, schema},
};
use kernelci_local::{
    embedded::Embedded,
    template::{TEMPLATE, Template, find, list, text_of},
};

use crate::template::{at, is_true, resources, template};

fn by_name(tables: impl IntoIterator<Item = TableSchema>) -> BTreeMap<String, Vec<KeySchema>> {
    let sorted = |mut table: TableSchema| {
        table.keys.sort_by(|a, b| a.index.cmp(&b.index));
        for members in table.keys.iter_mut().filter_map(|keys| keys.members.as_mut()) {
            members.sort();
        }
        (table.name, table.keys)
    };
    tables.into_iter().map(sorted).collect()
}

fn expiring(tables: impl IntoIterator<Item = TableSchema>) -> BTreeMap<String, Option<String>> {
    tables.into_iter().map(|table| (table.name, table.expires)).collect()
}

fn of_the_template() -> BTreeMap<String, Vec<KeySchema>> {
    by_name(Template::read(TEMPLATE).unwrap().tables)
}

fn of_the_code() -> BTreeMap<String, Vec<KeySchema>> {
    by_name(COLLECTIONS.map(schema))
}

/// A table in the answer of `DescribeTable`, and the attributes that it defines.
async fn described(schemas: &[TableSchema]) -> Vec<(TableSchema, BTreeSet<String>)> {
    let embedded = Embedded::start(None).unwrap();
    let client = embedded.dynamodb().client().clone();
    let options = StoreOptions::local();
    let prefix = options.table_prefix.clone();
    create_tables(&Store::new(embedded.dynamodb(), options), schemas).await.unwrap();
    let mut tables = Vec::new();
    for full in client.list_tables().send().await.unwrap().table_names() {
        let table = client.describe_table().table_name(full).send().await.unwrap().table.unwrap();
        let mut keys = vec![(None, table.key_schema(), None)];
        for index in table.global_secondary_indexes() {
            let projection = index.projection().unwrap();
            let members = match projection.projection_type().unwrap().as_str() {
                "ALL" => None,
                "INCLUDE" => Some(projection.non_key_attributes().to_vec()),
                other => panic!("{full} projects {other}"),
            };
            keys.push((index.index_name().map(str::to_owned), index.key_schema(), members));
        }
        let keys = keys.into_iter().map(|(index, elements, members)| {
            let of = |kind| {
                elements
                    .iter()
                    .find(|element| element.key_type().as_str() == kind)
                    .map(|e| e.attribute_name().to_owned())
            };
            KeySchema { index, partition: of("HASH").unwrap(), sort: of("RANGE"), members }
        });
        let described = client.describe_time_to_live().table_name(full).send().await.unwrap();
        let expires = described.time_to_live_description.and_then(|described| {
            let is_enabled = described.time_to_live_status.is_some_and(|status| status.as_str() == "ENABLED");
            described.attribute_name.filter(|_| is_enabled)
        });
        let name = full.strip_prefix(&prefix).unwrap().to_owned();
        let attributes = table.attribute_definitions().iter().map(|attribute| attribute.attribute_name().to_owned());
        tables.push((TableSchema { name, keys: keys.collect(), expires }, attributes.collect()));
    }
    tables
}

fn key_attributes(keys: &[KeySchema]) -> BTreeSet<String> {
    keys.iter().flat_map(|keys| [Some(keys.partition.clone()), keys.sort.clone()]).flatten().collect()
}

#[test]
fn the_template_and_the_code_have_the_same_tables() {
    let (template, code) = (of_the_template(), of_the_code());
    assert_eq!(template.keys().collect::<Vec<_>>(), code.keys().collect::<Vec<_>>());
    for (name, keys) in &code {
        assert_eq!(&template[name], keys, "{name}");
    }
    assert_eq!(code.len(), COLLECTIONS.len());
}

#[tokio::test]
async fn the_embedded_store_has_the_tables_of_the_template() {
    let described = described(&Template::read(TEMPLATE).unwrap().tables).await;
    for (table, attributes) in &described {
        assert_eq!(*attributes, key_attributes(&table.keys), "{}", table.name);
    }
    let tables: Vec<_> = described.into_iter().map(|(table, _)| table).collect();
    assert_eq!(expiring(tables.clone()), expiring(Template::read(TEMPLATE).unwrap().tables));
    assert_eq!(by_name(tables), of_the_template());
}

#[test]
fn the_template_and_the_code_have_the_same_expiry_attributes() {
    assert_eq!(expiring(Template::read(TEMPLATE).unwrap().tables), expiring(COLLECTIONS.map(schema)));
    let template = template();
    for (resource, node) in resources(&template, "AWS::DynamoDB::Table") {
        let enabled = at(node, &["Properties", "TimeToLiveSpecification", "Enabled"]);
        assert!(enabled.is_none_or(is_true), "{resource}");
    }
}

#[tokio::test]
async fn creating_existing_tables_creates_none() {
    let embedded = Embedded::start(None).unwrap();
    let store = Store::new(embedded.dynamodb(), StoreOptions::local());
    let schemas = COLLECTIONS.map(schema);
    for is_new in [true, false] {
        let made = create_tables(&store, &schemas).await.unwrap();
        let expected = schemas.iter().map(|schema| MadeTable { name: format!("kernelci-{}", schema.name), is_new });
        assert_eq!(made, expected.collect::<Vec<_>>());
    }
}

#[test]
fn the_template_defines_the_key_attributes_and_no_others() {
    let template = template();
    for (resource, node) in resources(&template, "AWS::DynamoDB::Table") {
        let properties = find(node, "Properties").unwrap();
        let definitions = list(find(properties, "AttributeDefinitions").unwrap());
        let names: Vec<_> =
            definitions.iter().map(|node| text_of(find(node, "AttributeName").unwrap()).unwrap()).collect();
        let table = text_of(find(properties, "TableName").unwrap()).unwrap();
        let table = table.strip_prefix("${Stage}-kernelci-").unwrap_or_else(|| panic!("{resource} is named {table}"));
        let defined: BTreeSet<_> = names.iter().cloned().collect();
        assert_eq!((defined.len(), &defined), (names.len(), &key_attributes(&of_the_template()[table])), "{resource}");
        assert!(definitions.iter().all(|node| find(node, "AttributeType").and_then(text_of).as_deref() == Some("S")));
        let index_types = at(properties, &["GlobalSecondaryIndexes"]).map(list).unwrap_or_default();
        for index in index_types {
            let kind = at(index, &["Projection", "ProjectionType"]).and_then(text_of).unwrap();
            let names_members = at(index, &["Projection", "NonKeyAttributes"]).is_some();
            assert_eq!(kind, if names_members { "INCLUDE" } else { "ALL" }, "{resource}");
        }
    }
}

#[test]
fn the_tables_have_the_prefix_of_the_functions() {
    let template = template();
    let told = at(&template, &["Globals", "Function", "Environment", "Variables", "TABLE_PREFIX"]).and_then(text_of);
    assert_eq!(told.as_deref(), Some("${Stage}-kernelci-"));
}

// The maximum of DynamoDB.
#[test]
fn no_index_projects_more_attributes_than_dynamodb_allows() {
    for (name, keys) in of_the_code() {
        let indexes: Vec<_> = keys.iter().filter(|keys| keys.index.is_some()).collect();
        let projected: usize = indexes.iter().filter_map(|keys| keys.members.as_ref()).map(Vec::len).sum();
        assert!(projected <= 100, "{name} projects {projected} attributes by name");
        assert!(indexes.len() <= 20, "{name} has {} indexes", indexes.len());
    }
}

#[test]
fn every_projected_attribute_is_a_member_of_the_collection() {
    for collection in COLLECTIONS {
        for member in schema(collection).keys.iter().filter_map(|keys| keys.members.as_ref()).flatten() {
            let stored = collection.fields.iter().any(|field| field.member() == member || field.name == member);
            assert!(stored, "{} projects {member}", collection.name);
        }
    }
}
