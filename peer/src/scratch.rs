//! Folders that a command throws away, also when somebody ends it early: a `TempDir` alone stays behind then.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tempfile::TempDir;

static FOLDERS: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

/// How often a folder is removed in which somebody still makes files.
const TRIES: usize = 3;

/// A temporary folder, which goes with this value; when somebody still makes files in it, at the end of the program; or
/// before a signal ends a program that called [`tidy_up_when_interrupted`](crate::cli::tidy_up_when_interrupted).
#[derive(Debug)]
pub struct Scratch(TempDir);

impl Scratch {
    /// In `place`; where the system has such things when left out.
    ///
    /// # Errors
    /// It cannot be made there.
    pub fn new(place: Option<&Path>) -> io::Result<Self> {
        let mut folder = tempfile::Builder::new();
        folder.prefix("selvedge-");
        let folder = match place {
            Some(place) => folder.tempdir_in(place)?,
            None => folder.tempdir()?,
        };
        folders().insert(folder.path().to_owned());
        Ok(Self(folder))
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if std::fs::remove_dir_all(self.path()).is_ok() {
            folders().remove(self.path());
        }
    }
}

/// Removes the folders that there are now. For the end of the process: whoever uses them is not asked.
pub(crate) fn remove_all() {
    for folder in std::mem::take(&mut *folders()) {
        let removed = (0..TRIES).any(|_| std::fs::remove_dir_all(&folder).is_ok());
        if !removed && folder.exists() {
            eprintln!("{} could not be removed", folder.display());
        }
    }
}

fn folders() -> MutexGuard<'static, BTreeSet<PathBuf>> {
    FOLDERS.lock().unwrap_or_else(PoisonError::into_inner)
}
