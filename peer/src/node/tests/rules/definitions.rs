//! Definitions as no organisation would make them: copies of `kv`'s with another way of validating.

use super::bench::Bench;
use super::draft::{Draft, chaincode};
use bytes::Bytes;
use prost::Message as _;
use selvedge_protos::lifecycle::{ChaincodeValidationInfo, StateData, state_data};

/// Commits a copy of `kv`'s definition under another name, changed.
pub(super) fn define(bench: &Bench, name: &str, change: impl Fn(&mut ChaincodeValidationInfo)) {
    let rows = bench.channel.ledger().snapshot();
    let rows = rows
        .range("_lifecycle", "namespaces/", "namespaces0", 1000)
        .unwrap();
    let mut draft = bench.draft();
    for row in rows.into_iter().filter(|row| row.key.contains("/kv")) {
        let value = match row.key.ends_with("/ValidationInfo") {
            true => changed(row.value.value, &change),
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

fn changed(stored: Bytes, change: impl Fn(&mut ChaincodeValidationInfo)) -> Bytes {
    let stored = StateData::decode(stored).unwrap();
    let Some(state_data::Type::Bytes(info)) = stored.r#type else {
        panic!("the definition's validation is not bytes");
    };
    let mut info = ChaincodeValidationInfo::decode(info).unwrap();
    assert_eq!(info.validation_plugin, "vscc");
    change(&mut info);
    let data = StateData {
        r#type: Some(state_data::Type::Bytes(info.encode_to_vec().into())),
    };
    data.encode_to_vec().into()
}

/// A call of a chaincode so defined, which writes a key.
pub(super) fn call<'a>(bench: &'a Bench, name: &str) -> Draft<'a> {
    let (named, ran) = (chaincode(name, ""), chaincode(name, "1"));
    bench
        .draft()
        .edit(|draft| (draft.named, draft.ran) = (named, ran))
        .put(name, "k", "v")
}
