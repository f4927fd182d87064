//! Blocks made up for a test.

use bytes::Bytes;
use prost::Message;
use selvedge_ledger::{BlockHeader, Ledger, Options, data_hash};
use selvedge_protos::{common, protos};
use std::path::Path;

/// In memory where the system has such a place: RocksDB waits for the disk at every opening, whatever it is told, and no
/// test here pulls the plug.
pub(crate) fn dir() -> tempfile::TempDir {
    tempfile::tempdir_in("/dev/shm")
        .or_else(|_| tempfile::tempdir())
        .unwrap()
}

pub(crate) fn options() -> Options {
    Options {
        sync: false,
        ..Options::default()
    }
}

fn envelope(header_type: common::HeaderType, tx_id: &str, data: Bytes) -> Bytes {
    let channel_header = common::ChannelHeader {
        r#type: header_type as i32,
        channel_id: "synthetic".to_owned(),
        tx_id: tx_id.to_owned(),
        ..Default::default()
    };
    let header = common::Header {
        channel_header: channel_header.encode_to_vec().into(),
        ..Default::default()
    };
    let payload = common::Payload {
        header: Some(header),
        data,
    };
    common::Envelope {
        payload: payload.encode_to_vec().into(),
        ..Default::default()
    }
    .encode_to_vec()
    .into()
}

/// An endorser transaction whose results are `read_write_set`.
pub(crate) fn transaction(tx_id: &str, read_write_set: Bytes) -> Bytes {
    let action = protos::ChaincodeAction {
        results: read_write_set,
        ..Default::default()
    };
    let response = protos::ProposalResponsePayload {
        extension: action.encode_to_vec().into(),
        ..Default::default()
    };
    let endorsed = protos::ChaincodeEndorsedAction {
        proposal_response_payload: response.encode_to_vec().into(),
        ..Default::default()
    };
    let payload = protos::ChaincodeActionPayload {
        action: Some(endorsed),
        ..Default::default()
    };
    let action = protos::TransactionAction {
        payload: payload.encode_to_vec().into(),
        ..Default::default()
    };
    let transaction = protos::Transaction {
        actions: vec![action],
    };
    envelope(
        common::HeaderType::EndorserTransaction,
        tx_id,
        transaction.encode_to_vec().into(),
    )
}

pub(crate) fn block(number: u64, previous_hash: Bytes, envelopes: Vec<Bytes>) -> Bytes {
    let data_hash = Bytes::copy_from_slice(&data_hash(&envelopes));
    common::Block {
        header: Some(common::BlockHeader {
            number,
            previous_hash,
            data_hash,
        }),
        data: Some(common::BlockData { data: envelopes }),
        metadata: Some(common::BlockMetadata {
            metadata: vec![Bytes::new(); 5],
        }),
    }
    .encode_to_vec()
    .into()
}

pub(crate) fn next_block(ledger: &Ledger, envelopes: Vec<Bytes>) -> Bytes {
    block(
        ledger.height(),
        ledger.chain_info().unwrap().current_block_hash,
        envelopes,
    )
}

pub(crate) fn genesis() -> Bytes {
    block(
        0,
        Bytes::new(),
        vec![envelope(
            common::HeaderType::Config,
            "genesis",
            Bytes::from_static(b"config"),
        )],
    )
}

pub(crate) fn create(dir: &Path) -> Ledger {
    Ledger::create(dir, genesis(), options()).unwrap()
}

pub(crate) fn header_of(block: &Bytes) -> BlockHeader {
    selvedge_ledger::ParsedBlock::parse(block).unwrap().header
}
