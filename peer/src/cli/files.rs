//! Writing results to files.

use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result};

/// Writes the whole file or nothing.
///
/// # Errors
/// Names the file when its directory is missing, read-only or full.
pub(crate) fn write_atomically(path: &Path, content: &[u8]) -> Result<()> {
    write_with_mode(path, content, 0o644)
}

/// The same, and the file can be started.
///
/// # Errors
/// As [`write_atomically`].
pub(crate) fn write_program(path: &Path, content: &[u8]) -> Result<()> {
    write_with_mode(path, content, 0o755)
}

fn write_with_mode(path: &Path, content: &[u8], mode: u32) -> Result<()> {
    let write = || -> std::io::Result<()> {
        let directory = path
            .parent()
            .filter(|parent| !parent.as_os_str().is_empty())
            .unwrap_or(Path::new("."));
        let mut file = tempfile::Builder::new()
            .prefix(".selvedge-")
            .tempfile_in(directory)?;
        file.write_all(content)?;
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            file.as_file()
                .set_permissions(std::fs::Permissions::from_mode(mode))?;
        }
        file.persist(path)?;
        Ok(())
    };
    write().with_context(|| format!("error writing {}", path.display()))
}
