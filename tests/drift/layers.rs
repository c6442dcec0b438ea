//! The modules of `shared/src`: they stand in the layers that ARCHITECTURE.md lists.

use crate::imports::{Crate, Import};

/// The layers that ARCHITECTURE.md lists, from the highest to the lowest: each its modules.
fn listed() -> Vec<Vec<String>> {
    let text = std::fs::read_to_string(kernelci_tests::root().join("ARCHITECTURE.md")).unwrap();
    let (_, after) = text.split_once("\n### Layers\n").unwrap();
    let table = after.lines().skip_while(|line| !line.starts_with("|")).take_while(|line| line.starts_with("|"));
    let modules = |line: &str| {
        let cell = line.split('|').nth(2).unwrap();
        cell.split('`').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>()
    };
    // The first two lines are the head.
    table.skip(2).map(modules).collect()
}

#[test]
fn modules_import_only_what_is_below_them() {
    let source = Crate::read();
    let order: Vec<String> = listed().concat();
    let mut sorted = order.clone();
    sorted.sort();
    assert_eq!(sorted, source.modules_of(&[]), "ARCHITECTURE.md lists each module of shared/src once");

    let rank = |module: &str| order.iter().position(|listed| listed == module);
    let is_upward = |import: &&Import| {
        let (from, to) = (&import.module[0], &import.target[0]);
        from != to && rank(to) <= rank(from)
    };
    let upward: Vec<String> = source.imports().iter().filter(is_upward).map(Import::in_words).collect();
    assert!(upward.is_empty(), "imports that lead upward:\n{}", upward.join("\n"));
    assert!(source.imports().len() > 1_000, "the imports are found");
}
