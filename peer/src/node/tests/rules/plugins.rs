//! Which way of validating a definition names: there is one.

use super::bench::Bench;
use super::draft::chaincode;
use crate::node::CommitError;
use bytes::Bytes;
use prost::Message as _;
use selvedge_protos::lifecycle::{ChaincodeValidationInfo, StateData, state_data};

/// Commits a copy of `kv`'s definition under another name and with another plugin.
fn define(bench: &Bench, name: &str, plugin: &str) {
    let rows = bench.channel.ledger().snapshot();
    let rows = rows
        .range("_lifecycle", "namespaces/", "namespaces0", 1000)
        .unwrap();
    let mut draft = bench.draft();
    for row in rows.into_iter().filter(|row| row.key.contains("/kv")) {
        let value = match row.key.ends_with("/ValidationInfo") {
            true => with_plugin(row.value.value, plugin),
            false => row.value.value,
        };
        draft = draft.put_bytes(
            "_lifecycle",
            &row.key.replace("/kv", &format!("/{name}")),
            value,
        );
    }
    let majority = draft.endorsed_by(&[&bench.org1, &bench.org3]);
    assert_eq!(bench.commit(&[majority]), [0]);
}

fn with_plugin(stored: Bytes, plugin: &str) -> Bytes {
    let stored = StateData::decode(stored).unwrap();
    let Some(state_data::Type::Bytes(info)) = stored.r#type else {
        panic!("the definition's validation is not bytes");
    };
    let mut info = ChaincodeValidationInfo::decode(info).unwrap();
    assert_eq!(info.validation_plugin, "vscc");
    info.validation_plugin = plugin.to_owned();
    let data = StateData {
        r#type: Some(state_data::Type::Bytes(info.encode_to_vec().into())),
    };
    data.encode_to_vec().into()
}

/// Fabric: core/committer/txvalidator/v20/plugindispatcher/plugin_validator.go.
#[test]
fn a_plugin_that_nobody_has_stops_the_channel() {
    let bench = Bench::new();
    for (name, plugin) in [("same", "vscc"), ("odd", "other"), ("none", "")] {
        define(&bench, name, plugin);
    }
    let call = |name: &str| {
        let (named, ran) = (chaincode(name, ""), chaincode(name, "1"));
        bench
            .draft()
            .edit(|draft| (draft.named, draft.ran) = (named, ran))
            .put(name, "k", "v")
    };
    assert_eq!(bench.code(&call("same")), 0);
    assert_eq!(bench.code(&call("none")), 25);
    let sound = bench.draft().put("kv", "k", "v");
    let error = bench.verdicts(vec![sound.envelope(), call("odd").envelope()]);
    let error = error.unwrap_err();
    assert!(error.contains("transaction [1]"), "{error}");
    assert!(
        error.contains("plugin with name other wasn't found"),
        "{error}"
    );
    // Writing to it is enough, and nothing of the block is committed.
    let height = bench.channel.ledger().height();
    let written = bench.draft().put("odd", "k", "v");
    let error = bench.try_commit(&[written]).unwrap_err();
    assert!(matches!(error, CommitError::Validation(_)), "{error:?}");
    assert_eq!(bench.channel.ledger().height(), height);
    assert_eq!(bench.commit(&[sound]), [0]);
}
