//! `META-INF` of a contract: index definitions. Fabric: internal/ccmetadata/validators.go.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result};
use selvedge_runtime::check_artifact;

/// The files below `META-INF`, by their path in the package. Hidden files are skipped.
pub(crate) fn collect(crate_directory: &Path) -> Result<BTreeMap<String, Vec<u8>>> {
    let mut files = BTreeMap::new();
    let top = crate_directory.join("META-INF");
    if top.is_dir() {
        walk(&top, "META-INF", &mut files)?;
    }
    Ok(files)
}

fn walk(directory: &Path, name: &str, files: &mut BTreeMap<String, Vec<u8>>) -> Result<()> {
    let reading = || format!("reading {}", directory.display());
    for entry in std::fs::read_dir(directory).with_context(reading)? {
        let path = entry.with_context(reading)?.path();
        let Some(last) = path.file_name().and_then(|last| last.to_str()) else {
            continue;
        };
        if last.starts_with('.') {
            continue;
        }
        let name = format!("{name}/{last}");
        if path.is_dir() {
            walk(&path, &name, files)?;
        } else {
            let content =
                std::fs::read(&path).with_context(|| format!("reading {}", path.display()))?;
            check_artifact(&name, &content)?;
            files.insert(name, content);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_indexes_and_refuses_the_rest() {
        let directory = tempfile::tempdir().unwrap();
        assert!(collect(directory.path()).unwrap().is_empty());
        let indexes = directory.path().join("META-INF/statedb/couchdb/indexes");
        std::fs::create_dir_all(&indexes).unwrap();
        std::fs::write(
            indexes.join("owner.json"),
            br#"{"index":{"fields":["owner"]},"type":"json"}"#,
        )
        .unwrap();
        std::fs::write(indexes.join(".hidden"), b"x").unwrap();
        let files = collect(directory.path()).unwrap();
        assert_eq!(
            files.keys().collect::<Vec<_>>(),
            ["META-INF/statedb/couchdb/indexes/owner.json"]
        );
        std::fs::write(indexes.join("bad.json"), b"{}").unwrap();
        assert!(
            collect(directory.path())
                .unwrap_err()
                .to_string()
                .contains("bad.json")
        );
    }
}
