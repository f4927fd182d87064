//! Blocks and the envelopes in them, as validation judges them on the recorded channel.

use crate::golden::{self, InMemory};
use crate::{Target, transaction};
use bytes::Bytes;
use prost::Message as _;
use selvedge_identity::{ChannelConfig, is_config_block, is_config_transaction};
use selvedge_ledger::{ParsedBlock, StateDatabase};
use selvedge_peer::validation::{World, explain, named_private_sets, private_sets, validate};
use selvedge_protos::common::Block;
use selvedge_protos::protos::TxValidationCode;
use std::sync::LazyLock;

pub(crate) const TARGET: Target = Target {
    name: "block",
    run,
    seeds,
};

/// Behind the recorded deployment of its chaincode.
static CHANNEL: LazyLock<InMemory> =
    LazyLock::new(|| InMemory::recorded(20, StateDatabase::LevelDb));
static CONFIG: LazyLock<ChannelConfig> = LazyLock::new(golden::config);

fn run(data: &[u8]) {
    let bytes = Bytes::copy_from_slice(data);
    if let Ok(block) = Block::decode(bytes.clone()) {
        let _ = is_config_block(&block);
        let _ = CONFIG.verify_block_signatures(&block);
    }
    if let Ok(parsed) = ParsedBlock::parse(&bytes) {
        judge(&parsed);
    }
    // The same bytes as an envelope in a block that is in order.
    let _ = is_config_transaction(&bytes);
    let _ = private_sets(&bytes);
    let _ = named_private_sets(&bytes);
    let block = transaction::next_block(&CHANNEL.ledger, vec![bytes]);
    judge(&ParsedBlock::parse(&block.encode_to_vec().into()).unwrap());
}

fn judge(block: &ParsedBlock) {
    let snapshot = CHANNEL.ledger.snapshot();
    let is_committed = |tx_id: &str| {
        let found = CHANNEL.ledger.has_transaction(tx_id);
        found.map_err(|error| error.to_string())
    };
    let world = World {
        config: &CONFIG,
        snapshot: &snapshot,
        is_committed: &is_committed,
        channel: &|_| None,
        threads: 1,
    };
    let Ok(validated) = validate(block, &world) else {
        return;
    };
    assert_eq!(validated.codes.len(), block.envelopes.len());
    for (tx, code) in validated.codes.iter().enumerate() {
        let code = TxValidationCode::try_from(i32::from(*code)).unwrap();
        assert!(!explain(block, tx, code, &world).cause.is_empty());
    }
}

fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = vec![golden::genesis().to_vec(), golden::block(21).to_vec()];
    let envelopes = golden::envelopes();
    seeds.extend(envelopes.iter().step_by(6).map(|bytes| bytes.to_vec()));
    seeds
}
