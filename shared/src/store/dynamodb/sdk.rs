//! Items and attributes as the SDK has them.

use std::collections::HashMap;

use aws_sdk_dynamodb::{
    primitives::Blob,
    types::{AttributeValue as SdkValue, ConsumedCapacity},
};

use crate::store::{
    StoreError,
    engine::{AttributeValue, Item},
};

/// An item as the SDK has it.
pub(super) type SdkItem = HashMap<String, SdkValue>;

/// An item for the SDK.
pub(super) fn to_sdk(item: &Item) -> SdkItem {
    item.iter().map(|(name, value)| (name.clone(), value_to_sdk(value))).collect()
}

/// An attribute for the SDK.
pub(super) fn value_to_sdk(value: &AttributeValue) -> SdkValue {
    match value {
        AttributeValue::S(text) => SdkValue::S(text.clone()),
        AttributeValue::N(digits) => SdkValue::N(digits.clone()),
        AttributeValue::B(bytes) => SdkValue::B(Blob::new(bytes.clone())),
        AttributeValue::Bool(truth) => SdkValue::Bool(*truth),
        AttributeValue::Null => SdkValue::Null(true),
        AttributeValue::Ss(texts) => SdkValue::Ss(texts.clone()),
        AttributeValue::L(list) => SdkValue::L(list.iter().map(value_to_sdk).collect()),
        AttributeValue::M(members) => SdkValue::M(to_sdk(members)),
    }
}

/// An item that the SDK has read.
///
/// # Errors
/// An attribute is of a kind that the store never writes.
pub(super) fn from_sdk(item: SdkItem) -> Result<Item, StoreError> {
    item.into_iter().map(|(name, value)| Ok((name, value_from_sdk(value)?))).collect()
}

fn value_from_sdk(value: SdkValue) -> Result<AttributeValue, StoreError> {
    Ok(match value {
        SdkValue::S(text) => AttributeValue::S(text),
        SdkValue::N(digits) => AttributeValue::N(digits),
        SdkValue::B(bytes) => AttributeValue::B(bytes.into_inner()),
        SdkValue::Bool(truth) => AttributeValue::Bool(truth),
        SdkValue::Null(_) => AttributeValue::Null,
        SdkValue::Ss(texts) => AttributeValue::Ss(texts),
        SdkValue::L(list) => AttributeValue::L(list.into_iter().map(value_from_sdk).collect::<Result<_, _>>()?),
        SdkValue::M(members) => AttributeValue::M(from_sdk(members)?),
        _ => return Err(StoreError::Failed("an attribute is of a kind that is never written".to_owned())),
    })
}

/// The units that a request took.
pub(super) fn units(capacity: &[ConsumedCapacity]) -> f64 {
    capacity.iter().filter_map(ConsumedCapacity::capacity_units).sum()
}
