//! Copies what a build made to where it stays. Fabric: core/container/externalbuilder/copy.go.

use super::go_error::path_error;
use std::fs::{self, Metadata, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Component, Path, PathBuf};

/// Directories, regular files, and links that are relative and stay inside; anything else is an error.
pub(super) fn copy(from: &Path, to: &Path) -> Result<(), String> {
    entry(from, from, to).map_err(|cause| {
        format!(
            "failed to copy {} to {}: {cause}",
            from.display(),
            to.display()
        )
    })
}

fn entry(root: &Path, from: &Path, to: &Path) -> Result<(), String> {
    let metadata = fs::symlink_metadata(from).map_err(|e| path_error("lstat", from, &e))?;
    if metadata.is_dir() {
        directory(root, from, to, &metadata)
    } else if metadata.is_symlink() {
        link(root, from, to)
    } else if metadata.is_file() {
        let copied = fs::copy(from, to);
        copied.map(drop).map_err(|e| path_error("open", from, &e))
    } else {
        Err(format!(
            "refusing to copy unsupported file {} with mode {:o}",
            from.display(),
            metadata.permissions().mode()
        ))
    }
}

fn directory(root: &Path, from: &Path, to: &Path, metadata: &Metadata) -> Result<(), String> {
    let made = fs::create_dir_all(to);
    made.map_err(|e| path_error("mkdir", to, &e))?;
    let reading = |e: std::io::Error| path_error("open", from, &e);
    for child in fs::read_dir(from).map_err(reading)? {
        let child = child.map_err(reading)?;
        entry(root, &child.path(), &to.join(child.file_name()))?;
    }
    // Last, since the mode may forbid writing; the peer itself must get in again.
    let mode = metadata.permissions().mode() | 0o700;
    let set = fs::set_permissions(to, Permissions::from_mode(mode));
    set.map_err(|e| path_error("chmod", to, &e))
}

fn link(root: &Path, from: &Path, to: &Path) -> Result<(), String> {
    let target = fs::read_link(from).map_err(|e| path_error("readlink", from, &e))?;
    let shown = format!("{} -> {}", from.display(), target.display());
    if target.is_absolute() {
        return Err(format!("refusing to copy absolute symlink {shown}"));
    }
    let beside = from.parent().unwrap_or(root).join(&target);
    if !clean(&beside).starts_with(clean(root)) {
        return Err(format!(
            "refusing to copy symlink {shown} pointing outside of source root"
        ));
    }
    symlink(&target, to).map_err(|e| path_error("symlink", to, &e))
}

/// Without `.` and `..`, by name alone.
fn clean(path: &Path) -> PathBuf {
    let mut clean = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => {
                clean.pop();
            }
            Component::CurDir => {}
            part => clean.push(part),
        }
    }
    clean
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree() -> (tempfile::TempDir, PathBuf, PathBuf) {
        let dir = tempfile::tempdir().unwrap();
        let (from, to) = (dir.path().join("from"), dir.path().join("to"));
        fs::create_dir_all(from.join("sub")).unwrap();
        fs::write(from.join("file"), "content").unwrap();
        (dir, from, to)
    }

    #[test]
    fn files_modes_and_links_inside_are_copied() {
        let (_dir, from, to) = tree();
        fs::write(from.join("sub/run"), "#!").unwrap();
        fs::set_permissions(from.join("sub/run"), Permissions::from_mode(0o750)).unwrap();
        symlink("../file", from.join("sub/up")).unwrap();
        symlink("nowhere-yet", from.join("dangling")).unwrap();
        copy(&from, &to).unwrap();
        assert_eq!(fs::read_to_string(to.join("sub/up")).unwrap(), "content");
        let mode = fs::metadata(to.join("sub/run")).unwrap().permissions();
        assert_eq!(mode.mode() & 0o777, 0o750);
        assert_eq!(
            fs::read_link(to.join("dangling")).unwrap(),
            Path::new("nowhere-yet")
        );
    }

    #[test]
    fn links_that_leave_and_special_files_are_refused() {
        for (target, text) in [
            ("/etc/passwd", "refusing to copy absolute symlink"),
            ("../../x", "pointing outside of source root"),
            ("../fromage", "pointing outside of source root"),
        ] {
            let (_dir, from, to) = tree();
            symlink(target, from.join("link")).unwrap();
            let error = copy(&from, &to).unwrap_err();
            assert!(
                error.starts_with(&format!("failed to copy {}", from.display()))
                    && error.contains(text),
                "{error}"
            );
        }
        let (_dir, from, to) = tree();
        let _socket = std::os::unix::net::UnixListener::bind(from.join("socket")).unwrap();
        let error = copy(&from, &to).unwrap_err();
        assert!(
            error.contains("refusing to copy unsupported file"),
            "{error}"
        );
    }
}
