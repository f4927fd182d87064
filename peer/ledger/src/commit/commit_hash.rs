use super::updates::Updates;
use bytes::Bytes;
use prost::Message;
use prost::encoding::encode_varint;
use sha2::{Digest, Sha256};

/// Fabric's internal message of the same name (core/ledger/kvledger/txmgmt/txmgr/updates.proto): the deterministic form
/// of a block's public and hashed updates.
#[derive(Clone, PartialEq, Message)]
struct KvWrite {
    /// Set on the first entry of a namespace.
    #[prost(string, tag = "1")]
    namespace: String,
    /// Set on the first entry of a collection.
    #[prost(string, tag = "2")]
    collection: String,
    #[prost(bytes = "bytes", tag = "3")]
    key: Bytes,
    #[prost(bool, tag = "4")]
    is_delete: bool,
    #[prost(bytes = "bytes", tag = "5")]
    value: Bytes,
    #[prost(bytes = "bytes", tag = "6")]
    version_bytes: Bytes,
}

/// Field number of `Updates.kvwrites`.
const KV_WRITES: u32 = 1;

/// SHA-256 over the codes, the updates and the previous commit hash. Two peers with equal commit hashes have equal
/// state (Fabric: core/ledger/kvledger/kv_ledger.go:addBlockCommitHash).
pub(super) fn commit_hash(codes: &[u8], updates: &Updates, previous: &[u8]) -> Bytes {
    let mut head = Vec::with_capacity(codes.len() + 10);
    encode_varint(codes.len() as u64, &mut head);
    head.extend_from_slice(codes);
    let hash = Sha256::new()
        .chain_update(head)
        .chain_update(update_bytes(updates))
        .chain_update(previous)
        .finalize();
    Bytes::copy_from_slice(&hash)
}

/// The channel configuration (namespace `""`) and metadata are not part of it.
fn update_bytes(updates: &Updates) -> Vec<u8> {
    let mut out = Vec::new();
    let mut last_namespace = "";
    for (namespace, collection, keys) in updates.spaces() {
        if namespace.is_empty() {
            continue;
        }
        for (index, (key, pending)) in keys.iter().enumerate() {
            let first = index == 0;
            let write = KvWrite {
                namespace: if first && namespace != last_namespace {
                    namespace.to_owned()
                } else {
                    String::new()
                },
                collection: if first {
                    collection.to_owned()
                } else {
                    String::new()
                },
                key: key.clone(),
                is_delete: pending.value.is_none(),
                value: pending.value.clone().unwrap_or_default(),
                version_bytes: pending.version.ordered_bytes().into(),
            };
            prost::encoding::message::encode(KV_WRITES, &write, &mut out);
        }
        last_namespace = namespace;
    }
    out
}
