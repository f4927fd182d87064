//! Whether a block is the next one of its chain, and who signed it.

use crate::orderer::last_config;
use bytes::Bytes;
use prost::Message as _;
use selvedge_identity::{ChannelConfig, valid_identities};
use selvedge_ledger::{ParsedBlock, data_hash};
use selvedge_protos::common::{Block, LastConfig, Metadata};

/// Metadata slot of the last configuration in older blocks.
const LAST_CONFIG: usize = 1;

pub(super) fn data(parsed: &ParsedBlock) -> Result<(), String> {
    let computed = data_hash(&parsed.envelopes);
    if parsed.header.data_hash == computed.as_slice() {
        return Ok(());
    }
    Err(format!(
        "the header says that the data hashes to {}, it hashes to {}",
        hex::encode(&parsed.header.data_hash),
        hex::encode(computed)
    ))
}

pub(super) fn link(parsed: &ParsedBlock, previous: &[u8]) -> Result<(), String> {
    if parsed.header.previous_hash == previous {
        return Ok(());
    }
    Err(format!(
        "the header names {} as the block before, whose hash is {}",
        hex::encode(&parsed.header.previous_hash),
        hex::encode(previous)
    ))
}

/// By the configuration in force before the block.
pub(super) fn signatures(block: &Block, config: &ChannelConfig) -> Result<(), String> {
    let Err(error) = config.verify_block_signatures(block) else {
        return Ok(());
    };
    let signed = config.block_signed_data(block).unwrap_or_default();
    let good = valid_identities(&signed, config.msps());
    let names: Vec<String> = good
        .iter()
        .map(|signer| {
            format!(
                "{} of {}",
                signer.certificate().common_name(),
                signer.msp_id()
            )
        })
        .collect();
    let by = match names.as_slice() {
        [] => "none of a known orderer".to_owned(),
        some => format!("good ones of {}", some.join(", ")),
    };
    let count = signed.len();
    Err(format!("{error}: {count} signatures, {by}"))
}

/// Every byte of the file is one of the block.
pub(super) fn encoding(bytes: &Bytes, block: &Block) -> Result<(), String> {
    match block.encode_to_vec() == *bytes {
        true => Ok(()),
        false => Err("it has bytes that are no part of the block".to_owned()),
    }
}

/// The last configuration that the block names is `expected`, in the old place too, which nobody signs.
pub(super) fn last_configuration(block: &Block, expected: u64) -> Result<(), String> {
    let slots = block.metadata.as_ref().map(|all| all.metadata.as_slice());
    let slots = slots.unwrap_or_default();
    let named = last_config(slots);
    let old = slots.get(LAST_CONFIG);
    let old = match old.filter(|slot| !slot.is_empty()) {
        None => named,
        Some(slot) => Metadata::decode(slot.clone())
            .and_then(|slot| LastConfig::decode(slot.value))
            .ok()
            .map(|last| last.index),
    };
    match (named, old) {
        (Some(one), Some(other)) if one == expected && other == expected => Ok(()),
        (Some(found), _) if found != expected => Err(format!(
            "it names block [{found}] as the last configuration, which is block [{expected}]"
        )),
        _ => Err(format!(
            "it does not name block [{expected}] as the last configuration"
        )),
    }
}
