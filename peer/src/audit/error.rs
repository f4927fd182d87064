use crate::validation::ValidationError;
use selvedge_identity::ConfigError;
use selvedge_ledger::LedgerError;
use std::io;
use std::path::PathBuf;

/// Why a chain cannot be judged. That it is not what it should be is no error but a [`super::Difference`].
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    #[error("reading {path}")]
    Read { path: PathBuf, source: io::Error },
    #[error("{path} is not a block: {cause}")]
    NotABlock { path: PathBuf, cause: String },
    #[error("there are no blocks in {0}")]
    NoBlocks(PathBuf),
    #[error("{one} and {other} are two different blocks [{block}]")]
    Twice {
        block: u64,
        one: PathBuf,
        other: PathBuf,
    },
    #[error("block [{block}] is missing in {place}: blocks up to [{last}] are there")]
    Missing {
        block: u64,
        place: String,
        last: u64,
    },
    /// What was there before the first block is needed to judge it.
    #[error(
        "{place} begins with a snapshot, and block [{first}] is its first: give the folder of that snapshot, or of a later one, with --snapshot"
    )]
    SnapshotNeeded { place: String, first: u64 },
    #[error("the snapshot in {dir}")]
    Snapshot {
        dir: PathBuf,
        source: Box<LedgerError>,
    },
    #[error("the snapshot in {dir}: {cause}")]
    SnapshotConfig { dir: PathBuf, cause: String },
    #[error(
        "the snapshot in {dir} was made behind block [{last}], and {place} has blocks [{first}] to [{end}]: none to judge follows it"
    )]
    SnapshotElsewhere {
        dir: PathBuf,
        last: u64,
        place: String,
        first: u64,
        end: u64,
    },
    #[error("the genesis block {origin}: {cause}")]
    Genesis { origin: String, cause: String },
    #[error("the block of another channel, {origin}")]
    OtherChannel {
        origin: String,
        source: Box<ConfigError>,
    },
    #[error("opening the ledger in {dir}")]
    Store {
        dir: PathBuf,
        source: Box<LedgerError>,
    },
    #[error("block [{block}] of {place}")]
    Stored {
        block: u64,
        place: String,
        source: Box<LedgerError>,
    },
    #[error("a temporary directory for the audit")]
    Temporary(#[source] io::Error),
    #[error("the temporary ledger of the audit")]
    Ledger(#[source] Box<LedgerError>),
    #[error("{origin}")]
    Undecided {
        origin: String,
        source: Box<ValidationError>,
    },
    #[error("writing {path}")]
    Write { path: PathBuf, source: io::Error },
    #[error("telling the result")]
    Tell(#[source] io::Error),
}

/// Of the temporary ledger.
impl From<LedgerError> for AuditError {
    fn from(source: LedgerError) -> Self {
        Self::Ledger(Box::new(source))
    }
}
