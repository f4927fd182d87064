//! Files of a directory in the order of Go's `filepath.Walk`.

use anyhow::{Context, Result};
use std::path::{Path, PathBuf};

/// A file found, and where it is below the root, with slashes.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) path: PathBuf,
    pub(super) name: String,
}

impl Found {
    pub(super) fn is_hidden(&self) -> bool {
        let last = self.name.rsplit('/').next();
        last.is_some_and(|last| last.starts_with('.'))
    }

    pub(super) fn read(&self) -> Result<Vec<u8>> {
        std::fs::read(&self.path).with_context(|| format!("reading {}", self.path.display()))
    }
}

/// Everything below `root` that is no directory; a directory is entered if `enter` says so, which is asked with its path
/// below the root. Names in one directory come in byte order. A link to a file is a file, one to a directory is an error
/// when it is read.
pub(super) fn files(root: &Path, enter: &dyn Fn(&str) -> bool) -> Result<Vec<Found>> {
    let mut found = Vec::new();
    visit(root, "", enter, &mut found)?;
    Ok(found)
}

fn visit(
    directory: &Path,
    name: &str,
    enter: &dyn Fn(&str) -> bool,
    found: &mut Vec<Found>,
) -> Result<()> {
    let reading = || format!("reading {}", directory.display());
    let mut entries = Vec::new();
    for entry in std::fs::read_dir(directory).with_context(reading)? {
        let entry = entry.with_context(reading)?;
        let last = entry.file_name();
        let last = last.to_str().with_context(|| {
            format!(
                "{} has a name that is not UTF-8, and a package cannot hold it",
                entry.path().display()
            )
        })?;
        let is_directory = entry.file_type().with_context(reading)?.is_dir();
        entries.push((last.to_owned(), entry.path(), is_directory));
    }
    entries.sort();
    for (last, path, is_directory) in entries {
        let name = match name {
            "" => last,
            name => format!("{name}/{last}"),
        };
        if !is_directory {
            found.push(Found { path, name });
        } else if enter(&name) {
            visit(&path, &name, enter, found)?;
        }
    }
    Ok(())
}
