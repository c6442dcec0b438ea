//! Making the tables.

use std::time::Duration;

use aws_sdk_dynamodb::{
    Client,
    types::{
        AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType,
        Projection as IndexProjection, ProjectionType, ScalarAttributeType, TableStatus, TimeToLiveSpecification,
    },
};

use crate::store::{KeySchema, MadeTable, StoreError, TableSchema};

/// Makes the tables that are not there yet, and waits until they can be used.
pub(super) async fn create_tables(
    client: &Client,
    prefix: &str,
    schemas: &[TableSchema],
) -> Result<Vec<MadeTable>, StoreError> {
    let there = table_names(client).await?;
    let mut made = Vec::new();
    for schema in schemas {
        let name = format!("{prefix}{}", schema.name);
        let is_new = !there.contains(&name);
        if is_new {
            create(client, name.clone(), schema).await?;
            wait_until_active(client, &name).await?;
        }
        if let Some(attribute) = &schema.expires {
            expire(client, &name, attribute).await?;
        }
        made.push(MadeTable { name, is_new });
    }
    Ok(made)
}

async fn expire(client: &Client, name: &str, attribute: &str) -> Result<(), StoreError> {
    let described = client.describe_time_to_live().table_name(name).send().await?;
    let current = described.time_to_live_description.and_then(|described| described.attribute_name);
    if current.as_deref() == Some(attribute) {
        return Ok(());
    }
    let wanted = TimeToLiveSpecification::builder().enabled(true).attribute_name(attribute).build().map_err(invalid)?;
    client.update_time_to_live().table_name(name).time_to_live_specification(wanted).send().await?;
    Ok(())
}

async fn wait_until_active(client: &Client, name: &str) -> Result<(), StoreError> {
    const MAX_LOOKUPS: u32 = 120;
    for _ in 0..MAX_LOOKUPS {
        let described = client.describe_table().table_name(name).send().await?;
        if described.table.and_then(|table| table.table_status) == Some(TableStatus::Active) {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    Err(StoreError::Busy(format!("the table {name} does not become active")))
}

async fn table_names(client: &Client) -> Result<Vec<String>, StoreError> {
    let (mut names, mut start) = (Vec::new(), None);
    loop {
        let answer = client.list_tables().set_exclusive_start_table_name(start).send().await?;
        names.extend(answer.table_names.unwrap_or_default());
        start = answer.last_evaluated_table_name;
        if start.is_none() {
            return Ok(names);
        }
    }
}

async fn create(client: &Client, name: String, schema: &TableSchema) -> Result<(), StoreError> {
    let mut request = client.create_table().table_name(name).billing_mode(BillingMode::PayPerRequest);
    let mut attributes: Vec<&str> = Vec::new();
    for keys in &schema.keys {
        attributes.extend([Some(&keys.partition), keys.sort.as_ref()].into_iter().flatten().map(String::as_str));
        let elements = key_elements(keys)?;
        let Some(name) = &keys.index else {
            request = request.set_key_schema(Some(elements));
            continue;
        };
        let projection = match &keys.members {
            None => IndexProjection::builder().projection_type(ProjectionType::All),
            Some(members) => IndexProjection::builder()
                .projection_type(ProjectionType::Include)
                .set_non_key_attributes(Some(members.clone())),
        };
        let index = GlobalSecondaryIndex::builder().index_name(name).set_key_schema(Some(elements));
        request = request.global_secondary_indexes(index.projection(projection.build()).build().map_err(invalid)?);
    }
    attributes.sort_unstable();
    attributes.dedup();
    for name in attributes {
        let definition = AttributeDefinition::builder().attribute_name(name).attribute_type(ScalarAttributeType::S);
        request = request.attribute_definitions(definition.build().map_err(invalid)?);
    }
    request.send().await?;
    Ok(())
}

fn key_elements(keys: &KeySchema) -> Result<Vec<KeySchemaElement>, StoreError> {
    let element = |name: &str, kind: KeyType| {
        KeySchemaElement::builder().attribute_name(name).key_type(kind).build().map_err(invalid)
    };
    let mut elements = vec![element(&keys.partition, KeyType::Hash)?];
    if let Some(sort) = &keys.sort {
        elements.push(element(sort, KeyType::Range)?);
    }
    Ok(elements)
}

fn invalid(error: impl std::fmt::Display) -> StoreError {
    StoreError::Failed(error.to_string())
}
