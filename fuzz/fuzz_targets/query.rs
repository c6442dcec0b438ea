//! Any query string, to any collection: refused, or a plan whose work is bounded and which drops no argument.
#![no_main]

use kernelci::{
    collections::COLLECTIONS,
    query::{Arguments, Keys, Plan, Selection, plan},
    time::Timestamp,
};
use libfuzzer_sys::fuzz_target;

/// What ARCHITECTURE.md says of a plan: so many partition keys, so many ids.
const MAX_GET_KEYS: usize = 100;
const MAX_IDS: usize = 1_000;

fuzz_target!(|input: (u8, &str)| {
    let (number, query) = input;
    let collection = COLLECTIONS[usize::from(number) % COLLECTIONS.len()];
    let Ok(arguments) = Arguments::parse(query) else { return };
    let now = Timestamp::from_milliseconds(1_586_687_400_000);
    let Ok(selection) = Selection::read(collection, &arguments, now) else { return };
    for name in arguments.names() {
        let is_filter = collection.field(name).is_some_and(|field| field.filter);
        let has_value = arguments.all(name).any(|value| !value.is_empty());
        let is_used = selection
            .filter
            .conditions
            .iter()
            .any(|condition| collection.field(name).is_some_and(|field| field.member() == condition.member()));
        assert!(!is_filter || !has_value || name == "created_on" || is_used, "{name} is dropped");
    }
    match plan(collection, &selection) {
        Plan::Nothing => {}
        Plan::Get { ids, .. } => assert!(ids.len() <= MAX_IDS),
        Plan::Query(plan) => {
            if let Keys::Listed(keys) = &plan.keys {
                assert!(!keys.is_empty() && keys.len() <= MAX_GET_KEYS);
            }
        }
    }
});
