//! The files of the recorded network.

use std::fs;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use serde_json::Value;

pub(crate) fn path(relative: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../tests/golden")
        .join(relative)
}

pub(crate) fn read(relative: &str) -> Bytes {
    fs::read(path(relative)).unwrap().into()
}

pub(crate) fn json(relative: &str) -> Value {
    serde_json::from_slice(&read(relative)).unwrap()
}

/// One value per line.
pub(crate) fn json_lines(relative: &str) -> Vec<Value> {
    let text = fs::read_to_string(path(relative)).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// Paths of the files of a directory whose names end in `suffix`, sorted, relative as the argument is.
pub(crate) fn files(directory: &str, suffix: &str) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(path(directory))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.ends_with(suffix))
        .map(|name| format!("{directory}/{name}"))
        .collect();
    names.sort();
    names
}

/// A field that holds hex.
pub(crate) fn hex_field(value: &Value, field: &str) -> Bytes {
    hex::decode(text(value, field)).unwrap().into()
}

pub(crate) fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value[field].as_str().unwrap()
}
