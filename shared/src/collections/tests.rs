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
                    assert!(collection.field(name).is_some(), "{}.{name}", collection.name);
                }
            }
        }
    }
}

#[test]
fn narrow_indexes_stay_within_what_dynamodb_projects() {
    const OF_AN_INDEX: usize = 20;
    const OF_A_TABLE: usize = 100;
    for collection in COLLECTIONS {
        let narrow = collection.indexes.iter().filter(|index| index.projection == Projection::Narrow).count();
        let members = crate::store::narrow_members(collection).count();
        assert!(narrow == 0 || members <= OF_AN_INDEX, "{}: {members}", collection.name);
        assert!(narrow * members <= OF_A_TABLE, "{}: {}", collection.name, narrow * members);
    }
}
