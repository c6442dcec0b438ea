//! Writes the description and the reference of the API into the repository.

use std::{io, path::Path};

use kernelci_reference::MADE_FILES;

fn main() -> io::Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join("..");
    for file in MADE_FILES {
        let path = root.join(file.path);
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        std::fs::write(path, (file.text)())?;
    }
    Ok(())
}
