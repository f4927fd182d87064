//! The channel that was recorded from Fabric's peers: seeds, and a ledger and a configuration to judge against.

use bytes::Bytes;
use prost::Message as _;
use selvedge_identity::ChannelConfig;
use selvedge_ledger::{BlockAndCodes, Ledger, Options, ParsedBlock, StateDatabase};
use selvedge_protos::common::Block;
use std::path::{Path, PathBuf};

pub(crate) fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../golden")
        .join(name)
}

pub(crate) fn file(name: &str) -> Vec<u8> {
    std::fs::read(path(name)).unwrap()
}

/// The files of a folder with this ending.
pub(crate) fn files(folder: &str, ending: &str) -> Vec<Vec<u8>> {
    let mut names: Vec<String> = std::fs::read_dir(path(folder))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.ends_with(ending))
        .collect();
    names.sort();
    let folder = |name: &String| file(&format!("{folder}/{name}"));
    names.iter().map(folder).collect()
}

pub(crate) fn block(number: u64) -> Bytes {
    file(&format!("blocks/{number:04}.block")).into()
}

/// Of all recorded blocks but the first.
pub(crate) fn envelopes() -> Vec<Bytes> {
    let blocks = (1..54).map(|number| ParsedBlock::parse(&block(number)).unwrap());
    blocks.flat_map(|block| block.envelopes).collect()
}

pub(crate) fn genesis() -> Bytes {
    file("genesis.block").into()
}

pub(crate) fn config() -> ChannelConfig {
    ChannelConfig::from_block(&genesis()).unwrap()
}

pub(crate) fn options(state_database: StateDatabase) -> Options {
    Options {
        sync: false,
        in_memory: true,
        cache_bytes: 1 << 20,
        state_cache_bytes: 1 << 20,
        state_database,
        ..Options::default()
    }
}

/// A ledger in memory.
pub(crate) struct InMemory {
    pub(crate) ledger: Ledger,
}

impl InMemory {
    /// The recorded channel with its first blocks, up to this height.
    pub(crate) fn recorded(height: u64, state_database: StateDatabase) -> Self {
        // A name that nobody else has; nothing is written there.
        let folder = tempfile::tempdir().unwrap();
        let options = options(state_database);
        let ledger = Ledger::create(folder.path(), genesis(), options).unwrap();
        for number in 1..height {
            commit(&ledger, &block(number));
        }
        Self { ledger }
    }
}

/// With the recorded verdicts, but for those that the ledger itself comes to.
fn commit(ledger: &Ledger, recorded: &Bytes) {
    let codes = ParsedBlock::parse(recorded).unwrap().codes();
    let mut block = Block::decode(recorded.clone()).unwrap();
    for slot in [2, 4] {
        block.metadata.as_mut().unwrap().metadata[slot] = Bytes::new();
    }
    let conflict = |code: &u8| if [11, 12].contains(code) { 0 } else { *code };
    ledger
        .commit(BlockAndCodes {
            block: block.encode_to_vec().into(),
            codes: codes.iter().map(conflict).collect(),
            private: Vec::new(),
        })
        .unwrap();
}
