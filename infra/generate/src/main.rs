//! Writes the generated files into the repository, and names those that change.

use std::{
    io::{Write, stdout},
    path::Path,
};

use kernelci_generate::{GenerateError, stale_files};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join("..");
    for (path, text) in stale_files(&root)? {
        std::fs::write(root.join(path), text).map_err(|error| GenerateError::File(path.to_owned(), error))?;
        writeln!(stdout(), "{path}")?;
    }
    Ok(())
}
