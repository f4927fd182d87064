//! What builds left, one folder for each package. Fabric: core/container/externalbuilder/externalbuilder.go CachedBuild,
//! Build.

use super::copy::copy;
use super::go_error::path_error;
use super::untar::{discard, private_directory, write};
use super::workspace::Workspace;
use serde::{Deserialize, Serialize};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

const INFO: &str = "build-info.json";

#[derive(Debug, Serialize, Deserialize)]
struct Info {
    #[serde(default)]
    builder_name: String,
}

/// The folder of one package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Kept {
    pub(super) path: PathBuf,
    pub(super) builder: String,
}

impl Kept {
    pub(super) fn output(&self) -> PathBuf {
        self.path.join("bld")
    }

    pub(super) fn release(&self) -> PathBuf {
        self.path.join("release")
    }
}

/// A package's ID as a file name.
pub(super) fn safe(id: &str) -> String {
    let bad = |c: char| r#"<>:"/\|?*&"#.contains(c);
    id.chars().map(|c| if bad(c) { '-' } else { c }).collect()
}

/// `None`: not built before.
pub(super) fn find(durable: &Path, id: &str) -> Result<Option<Kept>, String> {
    let path = durable.join(safe(id));
    match fs::metadata(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => {
            return Err(format!(
                "existing build detected, but something went wrong inspecting it: {}",
                path_error("stat", &path, &error)
            ));
        }
        Ok(_) => {}
    }
    let file = path.join(INFO);
    let shown = file.display();
    let bytes = fs::read(&file).map_err(|e| {
        format!(
            "could not read '{shown}' for build info: {}",
            path_error("open", &file, &e)
        )
    })?;
    let info: Info = serde_json::from_slice(&bytes)
        .map_err(|e| format!("malformed build info at '{shown}': {e}"))?;
    Ok(Some(Kept {
        path,
        builder: info.builder_name,
    }))
}

/// Keeps a build's result, whole or not at all: Fabric's peer may take half a copy for a build.
pub(super) fn keep(
    durable: &Path,
    id: &str,
    builder: &str,
    built: &Workspace,
) -> Result<Kept, String> {
    let path = durable.join(safe(id));
    // A name that no package ID becomes: it starts with a dot.
    let partial = durable.join(format!(".{}", safe(id)));
    discard(&partial);
    let kept = fill(&partial, &path, builder, built).and_then(|()| {
        fs::rename(&partial, &path).map_err(|e| {
            format!(
                "could not create dir '{}' to persist build output: {}",
                path.display(),
                path_error("rename", &path, &e)
            )
        })
    });
    if kept.is_err() {
        discard(&partial);
    }
    kept.map(|()| Kept {
        path,
        builder: builder.to_owned(),
    })
}

fn fill(partial: &Path, path: &Path, builder: &str, built: &Workspace) -> Result<(), String> {
    let shown = path.display();
    private_directory(partial).map_err(|cause| {
        format!("could not create dir '{shown}' to persist build output: {cause}")
    })?;
    let info = Info {
        builder_name: builder.to_owned(),
    };
    let info = serde_json::to_vec(&info).map_err(|e| e.to_string())?;
    write(&partial.join(INFO), &info, 0o600)
        .map_err(|cause| format!("could not write build-info.json: {cause}"))?;
    for (what, from) in [("release", built.release()), ("bld", built.output())] {
        copy(&from, &partial.join(what)).map_err(|cause| {
            format!(
                "could not move or copy build context {what} to persistent location '{shown}': {cause}"
            )
        })?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_become_file_names() {
        assert_eq!(safe(r#"<>:"/\|?*&"#), "----------");
        assert_eq!(safe("label_1.0:abc"), "label_1.0-abc");
    }

    #[test]
    fn a_damaged_result_says_so() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(find(dir.path(), "a:1"), Ok(None));
        fs::create_dir(dir.path().join("a-1")).unwrap();
        let error = find(dir.path(), "a:1").unwrap_err();
        let file = dir.path().join("a-1/build-info.json");
        assert_eq!(
            error,
            format!(
                "could not read '{0}' for build info: open {0}: no such file or directory",
                file.display()
            )
        );
        fs::write(&file, "{corrupt").unwrap();
        let error = find(dir.path(), "a:1").unwrap_err();
        assert!(error.starts_with("malformed build info at '"), "{error}");
    }
}
