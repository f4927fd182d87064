//! Which files a contract is made of, and which of them changed.
//!
//! They are looked at, not subscribed to. A contract is some dozens of files, and a look at all of them takes less than
//! a millisecond; it sees changes on mounted and networked folders, which inotify does not, and needs no crate.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::Metadata;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// Folders of a crate whose files all count, those that are still to be written as well.
const FOLDERS: [&str; 2] = ["src", "META-INF"];
/// Single files of a crate.
const FILES: [&str; 3] = ["Cargo.toml", "Cargo.lock", "build.rs"];
/// Files of one contract that are looked at; a folder with more is no crate.
const MOST: usize = 20_000;

/// When a file was written, and its size: clocks of file systems are coarse.
type Stamp = (SystemTime, u64);

/// The files of a contract as they were.
#[derive(Debug)]
pub(super) struct Sources {
    contract: PathBuf,
    dep_info: PathBuf,
    stamps: BTreeMap<PathBuf, Stamp>,
}

impl Sources {
    /// The crate in `given`, with the crates that cargo says it was compiled from in the `.d` file beside `module`.
    pub(super) fn of(given: &Path, module: &Path) -> Self {
        // As cargo names it in the `.d` file, or every file of the crate would be two.
        let contract = given.canonicalize();
        let contract = contract.unwrap_or_else(|_| given.to_owned());
        let mut sources = Self {
            contract,
            dep_info: module.with_extension("d"),
            stamps: BTreeMap::new(),
        };
        sources.stamps = sources.look();
        sources
    }

    /// Files written at that time or later: what changed while the first build was running.
    pub(super) fn since(&self, time: SystemTime) -> Vec<PathBuf> {
        let newer = self
            .stamps
            .iter()
            .filter(|(_, (written, _))| *written >= time);
        newer
            .map(|(path, _)| path.clone())
            .filter(|path| !is_lock(path))
            .collect()
    }

    /// Files that changed, came or went since the last look.
    pub(super) fn changed(&mut self) -> Vec<PathBuf> {
        let now = self.look();
        let before = std::mem::replace(&mut self.stamps, now);
        let all: BTreeSet<&PathBuf> = before.keys().chain(self.stamps.keys()).collect();
        all.into_iter()
            .filter(|path| before.get(*path) != self.stamps.get(*path))
            .cloned()
            .collect()
    }

    /// Cargo has built: what it wrote itself is no change.
    pub(super) fn built(&mut self) {
        let now = self.look();
        self.stamps.retain(|path, _| !is_lock(path));
        let locks = now.into_iter().filter(|(path, _)| is_lock(path));
        self.stamps.extend(locks);
    }

    fn look(&self) -> BTreeMap<PathBuf, Stamp> {
        let mut found = BTreeMap::new();
        let mut crates = BTreeSet::from([self.contract.clone()]);
        for file in compiled_from(&self.dep_info) {
            crates.extend(crate_of(&file));
            note(&file, &mut found);
        }
        for directory in crates {
            for file in FILES {
                note(&directory.join(file), &mut found);
            }
            for folder in FOLDERS {
                walk(&directory.join(folder), &mut found);
            }
        }
        found
    }
}

fn is_lock(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name == "Cargo.lock")
}

fn note(path: &Path, found: &mut BTreeMap<PathBuf, Stamp>) {
    if let Ok(metadata) = path.metadata() {
        note_as(path, &metadata, found);
    }
}

fn note_as(path: &Path, metadata: &Metadata, found: &mut BTreeMap<PathBuf, Stamp>) {
    if let (true, Ok(written)) = (metadata.is_file(), metadata.modified()) {
        found.insert(path.to_owned(), (written, metadata.len()));
    }
}

/// Follows no links to folders, so that it ends.
fn walk(folder: &Path, found: &mut BTreeMap<PathBuf, Stamp>) {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return;
    };
    for entry in entries.flatten() {
        if found.len() >= MOST {
            return;
        }
        // Editors keep swap files and backups beside what they edit.
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name.starts_with('.') || name.ends_with('~') {
            continue;
        }
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => walk(&entry.path(), found),
            _ => note(&entry.path(), found),
        }
    }
}

/// The folder of the manifest that a source file belongs to.
fn crate_of(file: &Path) -> Option<PathBuf> {
    let mut above = file.ancestors().skip(1);
    above
        .find(|folder| folder.join("Cargo.toml").is_file())
        .map(Path::to_owned)
}

/// What a `.d` file of cargo lists: `target: file file …`, blanks in names escaped.
fn compiled_from(dep_info: &Path) -> Vec<PathBuf> {
    let text = std::fs::read_to_string(dep_info).unwrap_or_default();
    let line = text.lines().next().unwrap_or_default();
    let Some((_, files)) = line.split_once(": ") else {
        return Vec::new();
    };
    let marked = files.replace("\\ ", "\0");
    marked
        .split(' ')
        .filter(|name| !name.is_empty())
        .map(|name| PathBuf::from(name.replace('\0', " ")))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::time::Duration;

    fn write(path: &Path, text: &str) {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// A contract, a crate that it depends on, and what cargo says of them.
    fn contract() -> (tempfile::TempDir, PathBuf, Sources) {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().canonicalize().unwrap();
        for file in ["one/Cargo.toml", "one/Cargo.lock", "one/src/lib.rs"] {
            write(&root.join(file), "1");
        }
        for file in ["the other/Cargo.toml", "the other/src/lib.rs"] {
            write(&root.join(file), "1");
        }
        let names = [
            root.join("one/src/lib.rs"),
            root.join("the other/src/lib.rs"),
        ];
        let names = names.map(|path| path.display().to_string().replace(' ', "\\ "));
        let module = root.join("target/one.wasm");
        let info = format!("{}: {}\n", module.display(), names.join(" "));
        write(&module.with_extension("d"), &info);
        let sources = Sources::of(&root.join("one"), &module);
        (dir, root, sources)
    }

    #[test]
    fn changes_of_every_crate_are_seen_once() {
        let (_dir, root, mut sources) = contract();
        assert!(sources.changed().is_empty());
        write(&root.join("one/src/lib.rs"), "22");
        write(&root.join("one/src/more/new.rs"), "1");
        write(&root.join("the other/src/lib.rs"), "22");
        write(&root.join("one/src/.lib.rs.swp"), "1");
        write(&root.join("one/README.md"), "1");
        let expected = [
            "one/src/lib.rs",
            "one/src/more/new.rs",
            "the other/src/lib.rs",
        ];
        assert_eq!(sources.changed(), expected.map(|file| root.join(file)));
        assert!(sources.changed().is_empty());
        fs::remove_file(root.join("one/src/more/new.rs")).unwrap();
        assert_eq!(sources.changed(), [root.join("one/src/more/new.rs")]);
    }

    #[test]
    fn what_cargo_writes_is_no_change_but_a_lock_file_of_the_user_is() {
        let (_dir, root, mut sources) = contract();
        write(&root.join("one/Cargo.lock"), "22");
        write(&root.join("one/src/lib.rs"), "22");
        sources.built();
        assert_eq!(sources.changed(), [root.join("one/src/lib.rs")]);
        write(&root.join("one/Cargo.lock"), "333");
        assert_eq!(sources.changed(), [root.join("one/Cargo.lock")]);
    }

    #[test]
    fn what_is_newer_than_the_first_build_is_seen() {
        let (_dir, root, sources) = contract();
        let later = SystemTime::now() + Duration::from_secs(1000);
        assert!(sources.since(later).is_empty());
        let file = fs::File::options()
            .write(true)
            .open(root.join("one/src/lib.rs"))
            .unwrap();
        file.set_modified(later).unwrap();
        let module = root.join("target/one.wasm");
        let again = Sources::of(&root.join("one"), &module);
        assert_eq!(again.since(later), [root.join("one/src/lib.rs")]);
    }
}
