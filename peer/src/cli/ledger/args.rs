use clap::{Args, Subcommand, ValueEnum};
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub enum Ledger {
    /// Judge every transaction of a channel again and compare with what is recorded
    ///
    /// Every block goes through validation and commit as in a peer, from the genesis block or a snapshot on, into a
    /// temporary ledger; nothing else is believed. Verdicts and commit hashes are compared where blocks carry them: those that a peer
    /// serves do, those that an orderer serves do not.
    ///
    /// Exit status: 0 when all is as it should be, 1 when something is not, 2 when that cannot be found out.
    Verify(VerifyArgs),
}

#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("source").required(true))]
#[command(group = clap::ArgGroup::new("trusted"))]
pub struct VerifyArgs {
    /// A folder of blocks, one in each file, as `channel fetch` writes them; the names do not matter
    #[arg(long, value_name = "DIR", group = "source", requires = "trusted")]
    pub blocks: Option<PathBuf>,
    /// The ledger of a peer of ours, `<peer.fileSystemPath>/ledgersData/<channel>`: read and not touched, also while the
    /// peer is running
    #[arg(long, value_name = "DIR", group = "source")]
    pub store: Option<PathBuf>,
    /// The genesis block, which is trusted; a ledger's own when left out
    #[arg(short, long, value_name = "FILE", group = "trusted")]
    pub genesis: Option<PathBuf>,
    /// The folder of a snapshot, which is trusted instead of a genesis block: blocks are judged from the one behind it on.
    /// A ledger that was joined by a snapshot is judged so
    #[arg(long, value_name = "DIR", group = "trusted")]
    pub snapshot: Option<PathBuf>,
    /// Genesis or configuration block of another channel that the recording peers were on (may be repeated): transactions
    /// that name it are judged by its members
    #[arg(long = "otherChannel", value_name = "FILE")]
    pub other_channels: Vec<PathBuf>,
    /// The recording peers' `ledger.state.stateDatabase`
    #[arg(long, value_enum, default_value_t)]
    pub state_database: StateDatabaseName,
    /// The last block to judge
    #[arg(long, value_name = "NUMBER")]
    pub last: Option<u64>,
    /// Write the state behind the last block to files in this directory: public and hashed, with versions and metadata
    #[arg(long, value_name = "DIR")]
    pub state: Option<PathBuf>,
    /// Where the temporary ledger goes; it grows with the state and the blocks
    #[arg(long, value_name = "DIR")]
    pub temporary: Option<PathBuf>,
    /// Print JSON lines: `block`, `difference` and, last, `summary`
    #[arg(long)]
    pub json: bool,
    /// Print only differences and the summary
    #[arg(short, long)]
    pub quiet: bool,
}

/// Whose rules a state follows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum StateDatabaseName {
    #[default]
    Goleveldb,
    #[value(name = "CouchDB")]
    CouchDb,
}
