//! The state after the last block: what `_lifecycle` stored, and the metadata of every key.

use selvedge_protos::common::ConfigEnvelope;
use selvedge_protos::kvrwset::KvMetadataWrite;

use crate::config;
use crate::golden;
use crate::lifecycle;
use crate::maps;
use crate::rwset;
use crate::tally::Tally;

fn walk(tally: &mut Tally, file: &str) {
    for line in golden::json_lines(file) {
        let key = golden::text(&line, "key_hex");
        let namespace = golden::text(&line, "namespace");
        let value = golden::hex_field(&line, "value_hex");
        tally.at(format!("{file} {namespace} {key}"));
        if namespace.is_empty() {
            if let Some(envelope) =
                tally.with_maps::<ConfigEnvelope>(&value, &maps::CONFIG_ENVELOPE)
            {
                config::envelope(tally, &envelope);
            }
        } else if namespace == "_lifecycle" || namespace.starts_with("_lifecycle$$p") {
            lifecycle::state(tally, golden::text(&line, "key_text"), &value);
        }
        if line["metadata_hex"].is_string() {
            let metadata = golden::hex_field(&line, "metadata_hex");
            if let Some(metadata) = tally.exact::<KvMetadataWrite>(&metadata) {
                rwset::metadata(tally, &metadata.entries);
            }
        }
    }
}

#[test]
fn state_values_come_back() {
    let mut tally = Tally::default();
    walk(&mut tally, "state/public_state.jsonl");
    walk(&mut tally, "state/private_state_hashes.jsonl");
    for file in golden::files("state", ".jsonl") {
        if file.starts_with("state/private_Org") {
            walk(&mut tally, &file);
        }
    }
    tally.assert_exceptions(&[]);
    tally.assert_at_least(&[
        ("lifecycle::StateData", 44),
        ("lifecycle::StateMetadata", 20),
        ("kvrwset::KvMetadataWrite", 1),
    ]);
}
