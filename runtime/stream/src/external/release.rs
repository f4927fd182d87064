//! What a builder released besides a service: definitions of indexes. Fabric:
//! core/container/externalbuilder/metadataprovider.go.

use super::go_error::path_error;
use selvedge_runtime::DbArtifact;
use std::fs;
use std::path::Path;

/// Every file of the release, below `META-INF/`, in the order of their names.
pub(super) fn artifacts(release: &Path) -> Result<Vec<DbArtifact>, String> {
    let mut artifacts = Vec::new();
    if release.is_dir() {
        walk(release, "META-INF", &mut artifacts)?;
    }
    artifacts.retain(|artifact| artifact.name.starts_with("META-INF/statedb/"));
    artifacts.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(artifacts)
}

fn walk(directory: &Path, name: &str, artifacts: &mut Vec<DbArtifact>) -> Result<(), String> {
    let reading = |e: std::io::Error| path_error("open", directory, &e);
    for entry in fs::read_dir(directory).map_err(reading)? {
        let entry = entry.map_err(reading)?;
        let (path, kind) = (entry.path(), entry.file_type().map_err(reading)?);
        let name = format!("{name}/{}", entry.file_name().to_string_lossy());
        if kind.is_dir() {
            walk(&path, &name, artifacts)?;
        } else if kind.is_file() {
            let content = fs::read(&path).map_err(|e| path_error("open", &path, &e))?;
            artifacts.push(DbArtifact {
                name,
                content: content.into(),
            });
        }
    }
    Ok(())
}
