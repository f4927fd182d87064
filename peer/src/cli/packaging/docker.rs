//! Type `docker`: a static program, an image named by its digest, or a folder with one of them beside `META-INF`.

use anyhow::{Context, Result, bail};
use std::path::Path;

use super::Files;
use crate::cli::build::meta_inf;

const PROGRAM: &str = "chaincode";
const REFERENCE: &str = "image.json";

pub(super) fn files(path: &Path) -> Result<Files> {
    if path.is_dir() {
        return folder(path);
    }
    let given = path.to_string_lossy();
    if !path.exists() && given.contains("sha256:") {
        let reference = serde_json::json!({ "image": given }).to_string();
        return Ok(Files::from([(
            REFERENCE.to_owned(),
            reference.into_bytes(),
        )]));
    }
    Ok(Files::from([(PROGRAM.to_owned(), read(path)?)]))
}

fn folder(path: &Path) -> Result<Files> {
    let mut files = meta_inf(path)?;
    for name in [PROGRAM, REFERENCE] {
        let file = path.join(name);
        if file.is_file() {
            files.insert(name.to_owned(), read(&file)?);
        }
    }
    if path.join("Cargo.toml").is_file() {
        bail!(
            "{} is a crate; selvedge build --target docker makes a package of it",
            path.display()
        );
    }
    Ok(files)
}

fn read(path: &Path) -> Result<Vec<u8>> {
    std::fs::read(path).with_context(|| format!("reading {}", path.display()))
}
