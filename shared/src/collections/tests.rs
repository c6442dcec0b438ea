use std::collections::BTreeSet;

use super::*;

#[test]
fn every_name_stands_once() {
    for collection in COLLECTIONS {
        let names: BTreeSet<_> = collection.fields.iter().map(|field| field.name).collect();
        assert_eq!(names.len(), collection.fields.len(), "{}", collection.name);
        let indexes: BTreeSet<_> = collection.indexes.iter().map(|index| index.name).collect();
        assert_eq!(indexes.len(), collection.indexes.len(), "{}", collection.name);
        let attributes: BTreeSet<_> = collection.indexes.iter().map(|index| index.attribute).collect();
        assert_eq!(attributes.len(), collection.indexes.len(), "{}", collection.name);
    }
}

#[test]
fn what_identifies_or_partitions_is_a_field() {
    for collection in COLLECTIONS {
        for name in collection.identity {
            assert!(collection.field(name).is_some(), "{}.{name}", collection.name);
        }
        for index in collection.indexes {
            if let Partition::Members(members) = index.partition {
                for name in members {
                    assert!(collection.filter(name).is_some(), "{}.{name}", collection.name);
                }
            }
        }
    }
}

#[test]
fn narrow_indexes_stay_within_what_a_table_may_project() {
    for collection in COLLECTIONS {
        let carried: usize = collection
            .indexes
            .iter()
            .filter(|index| index.projection == Projection::Narrow)
            .map(|_| crate::store::narrow_members(collection).count())
            .sum();
        assert!(carried <= 100, "{}: DynamoDB takes 100 projected attributes a table, not {carried}", collection.name);
    }
}
