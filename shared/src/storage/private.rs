//! Files and folders of this machine that are their owner's alone, whatever the process lets others do by default.

use std::{
    fs::{DirBuilder, OpenOptions},
    io,
    path::Path,
};

/// How files are opened: one that is made has the mode 0600.
pub fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Makes a folder with the mode 0700.
///
/// # Errors
/// It cannot be made, or is there.
pub fn folder(path: &Path) -> io::Result<()> {
    builder().create(path)
}

/// Makes a folder, and those that it lies in, with the mode 0700 where they are not there.
///
/// # Errors
/// One cannot be made.
pub fn folders(path: &Path) -> io::Result<()> {
    builder().recursive(true).create(path)
}

fn builder() -> DirBuilder {
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
}

/// Takes the rights of others from a folder and from the files in it, and says in the log where there were any. What is
/// deeper is behind the folder.
///
/// # Errors
/// The folder cannot be read, or its rights not be changed, as where another user owns it.
#[cfg(unix)]
pub fn close(folder: &Path) -> io::Result<()> {
    use std::{
        fs::{Permissions, read_dir, set_permissions, symlink_metadata},
        os::unix::fs::PermissionsExt,
    };

    let close = |path: &Path| {
        let found = symlink_metadata(path)?;
        let mode = found.permissions().mode() & 0o777;
        let is_open = mode & 0o077 != 0 && !found.is_symlink();
        if is_open {
            set_permissions(path, Permissions::from_mode(mode & 0o700))?;
        }
        io::Result::Ok(is_open)
    };
    if close(folder)? {
        tracing::warn!(folder = %folder.display(), "others could look into the folder: it is its owner's alone now");
    }
    for entry in read_dir(folder)? {
        close(&entry?.path())?;
    }
    Ok(())
}

/// Nothing, where there are no such rights.
///
/// # Errors
/// None.
#[cfg(not(unix))]
pub fn close(_: &Path) -> io::Result<()> {
    Ok(())
}
