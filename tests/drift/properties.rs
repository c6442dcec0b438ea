//! Property tests: each takes its number of cases and its seed from one place, so that CI takes fresh seeds everywhere.

use std::path::Path;

use kernelci_tests::root;

/// What begins a property test.
const BEGINNINGS: [&str; 2] = ["proptest! {", "TestRunner::new("];

fn read(folder: &Path, found: &mut Vec<(String, String)>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push((path.display().to_string(), std::fs::read_to_string(&path).unwrap()));
        }
    }
}

#[test]
fn every_property_test_takes_its_seed_from_one_place() {
    let mut files = Vec::new();
    for folder in ["shared/src", "tests", "infra", "functions"] {
        read(&root().join(folder), &mut files);
    }
    let (mut tests, mut without) = (0, Vec::new());
    for (name, text) in files.iter().filter(|(name, _)| !name.ends_with("drift/properties.rs")) {
        let begun: usize = BEGINNINGS.iter().map(|beginning| text.matches(beginning).count()).sum();
        tests += begun;
        if text.matches("property(").count() < begun {
            without.push(name);
        }
    }
    assert!(without.is_empty(), "property tests with a configuration of their own: {without:#?}");
    assert!(tests >= 8, "{tests}: the property tests are not found");
}
