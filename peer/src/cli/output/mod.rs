//! What the verbs print: Fabric's plain text, and JSON in the form Go's encoder gives its messages.

mod definition;
mod go_json;
mod installed;
mod policy;
mod prototext;
mod readiness;
#[cfg(test)]
mod tests;

pub(crate) use definition::{approved, approved_json, approved_list, approved_list_json};
pub(crate) use definition::{committed, committed_json, committed_list, committed_list_json};
pub(crate) use go_json::to_go_json;
pub(crate) use installed::{installed, installed_json};
pub(crate) use prototext::response;
pub(crate) use readiness::{readiness, readiness_json};
