//! The generated files are up to date.

use kernelci_generate::stale_files;
use kernelci_tests::root;

#[test]
fn no_generated_file_is_stale() {
    let stale: Vec<&str> = stale_files(&root()).unwrap().into_iter().map(|(path, _)| path).collect();
    assert!(stale.is_empty(), "stale, run `cargo run -p kernelci-generate`: {}", stale.join(", "));
}
