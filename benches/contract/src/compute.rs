//! Work for the processor, without the peer.

use super::{Answer, Words};
use selvedge_sdk::raw::Stub;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

pub(super) fn perform(_: &Stub, operation: &str, words: &Words<'_>) -> Answer {
    let number = words.number(1) as usize;
    Ok(Some(match operation {
        // The hash of as many bytes, by the SDK: under Wasm the peer computes it.
        "sha256" => hex(&selvedge_sdk::sha256(&pattern(number))),
        // The same by code of the contract's own.
        "sha256-own" => hex(&Sha256::digest(pattern(number))),
        // Writes as many records as JSON and reads them back.
        "json" => json(number),
        _ => return Ok(None),
    }))
}

fn pattern(size: usize) -> Vec<u8> {
    vec![0x5a; size]
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Record {
    id: String,
    owner: String,
    colour: String,
    size: u32,
    appraised_value: u32,
}

fn json(count: usize) -> String {
    let record = |n: usize| Record {
        id: format!("asset{n:06}"),
        owner: format!("owner {}", n % 97),
        colour: "blue".to_owned(),
        size: n as u32 % 50,
        appraised_value: n as u32,
    };
    let records: Vec<Record> = (0..count).map(record).collect();
    let text = serde_json::to_string(&records).unwrap_or_default();
    let back: Vec<Record> = serde_json::from_str(&text).unwrap_or_default();
    let sum: u32 = back.iter().map(|record| record.appraised_value).sum();
    format!("{} {sum}", text.len())
}
