//! Where the recorded data is.

#![allow(dead_code, reason = "each test binary uses its part")]

use std::path::PathBuf;

use bytes::Bytes;

/// Path of a recorded file.
pub(crate) fn path(name: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/golden")).join(name)
}

/// Contents of a recorded file.
pub(crate) fn file(name: &str) -> Bytes {
    std::fs::read(path(name))
        .unwrap_or_else(|error| panic!("{name}: {error}"))
        .into()
}

/// A recorded JSON file.
pub(crate) fn json(name: &str) -> serde_json::Value {
    serde_json::from_slice(&file(name)).unwrap()
}

/// Blocks of the channel in order, from `blocks/`.
pub(crate) fn blocks() -> Vec<Bytes> {
    let mut names: Vec<_> = std::fs::read_dir(path("blocks"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "block")
        })
        .collect();
    names.sort();
    names
        .iter()
        .map(|path| std::fs::read(path).unwrap().into())
        .collect()
}
