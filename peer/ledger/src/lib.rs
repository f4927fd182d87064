//! The ledger of one channel: blocks, versioned state, history and private data in one RocksDB, a simulator over a
//! frozen view of it, and the commit that turns a block into state.
//!
//! It knows no gRPC, no signatures and no chaincode: a caller that has judged signatures and policies hands over a
//! block with its preliminary codes, and the ledger answers with the final ones.
//!
//! * [`Ledger`] opens, reads and commits; a block becomes visible whole or not at all.
//! * [`Snapshot`] reads one committed height without recording; [`Simulator`] records what it reads and writes.
//! * [`TransactionHost`] is [`selvedge_interface::Host`] on a simulator.

mod archive;
mod block;
mod collections;
mod commit;
mod config_history;
mod error;
mod history;
mod host;
mod integrity;
mod ledger;
mod missing;
mod options;
mod rebuild;
mod rich;
mod rwset;
mod simulator;
mod snapshot;
mod store;
mod transient;
mod version;

pub use block::{BlockHeader, ParsedBlock, data_hash, header_bytes, header_hash};
pub use collections::{
    BlockToLive, CollectionNames, CollectionSource, NeverExpires, NoCollections,
};
pub use commit::{BlockAndCodes, Committed, Conflict, ConflictSubject, StateUpdate, TxPrivateData};
pub use config_history::{AfterBlock, CollectionConfigs, CollectionsAt, NoCollectionConfigs};
pub use error::LedgerError;
pub use history::HistoryRow;
pub use host::{Access, HostOptions, Outside, TransactionHost};
pub use host::{INIT_MARKER, InitDemand, InitError, pass_init_gate};
pub use ledger::{ChainInfo, Ledger, RecordedTransaction, TxStatus};
pub use missing::{AlwaysEligible, Eligibility, MissingPrivateData, OldPrivateData};
pub use options::{KeyPurged, Options, PurgedKey, SnapshotDone, StateDatabase};
pub use rich::{IndexFile, IndexOutcome};
pub use simulator::{MAX_BATCH, ScanId, SimulationError, SimulationResults, Simulator, WrittenKey};
pub use snapshot::{Row, Snapshot, StateKind};
pub use store::VersionedValue;
pub use transient::{TransientChannel, TransientEntry, TransientError, TransientStore};
pub use version::Version;
