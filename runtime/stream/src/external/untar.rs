//! Unpacks a package's code for a builder. Fabric: core/container/externalbuilder/tar.go.

use super::go_error::path_error;
use flate2::read::GzDecoder;
use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Component, Path, PathBuf};
use tar::EntryType;

/// More than any package has that an install accepts.
const MAX_BYTES: u64 = 1 << 30;

/// Directories and regular files; everything else, and every path that leaves `target`, is an error.
pub(super) fn untar(code: &[u8], target: &Path) -> Result<(), String> {
    let mut archive = tar::Archive::new(GzDecoder::new(code).take(MAX_BYTES));
    let entries = archive.entries().map_err(next_error)?;
    for entry in entries {
        let mut entry = entry.map_err(next_error)?;
        let bytes = entry.path_bytes();
        let name = String::from_utf8_lossy(&bytes).into_owned();
        drop(bytes);
        let Some(path) = inside(&name) else {
            return Err(format!(
                "tar contains the absolute or escaping path '{name}'"
            ));
        };
        let path = target.join(path);
        let (kind, mode) = (entry.header().entry_type(), entry.header().mode());
        match kind {
            EntryType::Directory => directory(&path, &name)?,
            // Go's reader takes a NUL for a file, or for a directory when the name ends in a slash.
            EntryType::Regular if name.ends_with('/') => directory(&path, &name)?,
            EntryType::Regular => {
                let parent = path.parent().unwrap_or(target);
                directory(parent, &name)?;
                file(&mut entry, &path, mode.unwrap_or(0o644))
                    .map_err(|e| format!("could not create file '{name}': {e}"))?;
            }
            other => {
                return Err(format!(
                    "invalid file type '{}' contained in archive for file '{name}'",
                    other.as_byte()
                ));
            }
        }
    }
    Ok(())
}

fn next_error(error: io::Error) -> String {
    format!("could not get next tar element: {error}")
}

/// The path below the target; `None` if it is absolute or leaves it.
fn inside(name: &str) -> Option<PathBuf> {
    let mut path = PathBuf::new();
    for part in Path::new(name).components() {
        match part {
            Component::Normal(part) => path.push(part),
            Component::CurDir => {}
            Component::ParentDir => {
                if !path.pop() {
                    return None;
                }
            }
            Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    Some(path)
}

fn directory(path: &Path, name: &str) -> Result<(), String> {
    let made = DirBuilder::new().recursive(true).mode(0o700).create(path);
    made.map_err(|e| {
        format!(
            "could not create directory '{name}': {}",
            path_error("mkdir", path, &e)
        )
    })
}

fn file(content: &mut impl Read, path: &Path, mode: u32) -> Result<(), String> {
    let opened = OpenOptions::new()
        .create(true)
        .write(true)
        .truncate(true)
        .mode(mode & 0o777)
        .open(path);
    let mut file = opened.map_err(|e| path_error("open", path, &e))?;
    io::copy(content, &mut file).map_err(|e| path_error("write", path, &e))?;
    Ok(())
}

/// Makes a directory that only the peer sees.
pub(super) fn private_directory(path: &Path) -> Result<(), String> {
    let made = DirBuilder::new().mode(0o700).create(path);
    made.map_err(|e| path_error("mkdir", path, &e))
}

/// Writes a new file with the mode.
pub(super) fn write(path: &Path, content: &[u8], mode: u32) -> Result<(), String> {
    let mut content = content;
    file(&mut content, path, mode)
}

/// Removes a tree, and says in the log when something is left.
pub(super) fn discard(path: &Path) {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            tracing::warn!(path = %path.display(), %error, "a directory cannot be removed");
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::Compression;
    use flate2::write::GzEncoder;
    use std::os::unix::fs::PermissionsExt;

    fn archive(entries: &[(&str, u8, u32, &[u8])]) -> Vec<u8> {
        let gzip = GzEncoder::new(Vec::new(), Compression::fast());
        let mut tar = tar::Builder::new(gzip);
        for (name, kind, mode, content) in entries {
            let mut header = tar::Header::new_gnu();
            let field = &mut header.as_old_mut().name;
            field[..name.len()].copy_from_slice(name.as_bytes());
            header.set_entry_type(EntryType::new(*kind));
            header.set_mode(*mode);
            header.set_size(content.len() as u64);
            header.set_cksum();
            tar.append(&header, *content).unwrap();
        }
        tar.into_inner().unwrap().finish().unwrap()
    }

    fn unpacked(entries: &[(&str, u8, u32, &[u8])]) -> (tempfile::TempDir, Result<(), String>) {
        let dir = tempfile::tempdir().unwrap();
        let result = untar(&archive(entries), dir.path());
        (dir, result)
    }

    #[test]
    fn files_keep_their_modes() {
        let (dir, result) = unpacked(&[
            ("src/", b'5', 0o777, b""),
            ("src/./a/../run.sh", b'0', 0o100_755, b"#!"),
            ("deep/er/file", b'0', 0o100_644, b"x"),
        ]);
        assert_eq!(result, Ok(()));
        let mode = |name: &str| {
            let metadata = fs::metadata(dir.path().join(name)).unwrap();
            metadata.permissions().mode() & 0o777
        };
        assert_eq!(mode("src"), 0o700);
        assert_eq!(mode("src/run.sh"), 0o755);
        assert_eq!(fs::read(dir.path().join("deep/er/file")).unwrap(), b"x");
    }

    #[test]
    fn nothing_leaves_the_directory() {
        for name in ["/etc/x", "../x", "a/../../x", ".."] {
            let (_dir, result) = unpacked(&[(name, b'0', 0o644, b"")]);
            assert_eq!(
                result.unwrap_err(),
                format!("tar contains the absolute or escaping path '{name}'")
            );
        }
        for (kind, number) in [(b'2', 50), (b'1', 49), (b'3', 51), (b'g', 103)] {
            let (_dir, result) = unpacked(&[("x", kind, 0o644, b"")]);
            assert_eq!(
                result.unwrap_err(),
                format!("invalid file type '{number}' contained in archive for file 'x'")
            );
        }
        let dir = tempfile::tempdir().unwrap();
        assert!(untar(b"no gzip", dir.path()).is_err());
    }
}
