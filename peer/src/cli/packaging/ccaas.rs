//! Chaincode as a service: `connection.json`, alone or in a folder beside `META-INF`. Fabric: ccaas_builder/cmd/build.

use anyhow::{Context, Result, bail};
use serde_json::Value;
use std::path::Path;

use super::Files;
use crate::cli::build::meta_inf;

const CONNECTION: &str = "connection.json";

pub(super) fn files(path: &Path) -> Result<Files> {
    let (file, mut files) = match path.is_dir() {
        true => (path.join(CONNECTION), meta_inf(path)?),
        false => (path.to_owned(), Files::new()),
    };
    let json = std::fs::read(&file).with_context(|| format!("reading {}", file.display()))?;
    let connection: Value =
        serde_json::from_slice(&json).with_context(|| format!("{} is not JSON", file.display()))?;
    match connection.get("address").and_then(Value::as_str) {
        Some(address) if !address.is_empty() => {}
        _ => bail!(
            "{} has no member 'address', which says host:port where the chaincode serves",
            file.display()
        ),
    }
    files.insert(CONNECTION.to_owned(), json);
    Ok(files)
}
