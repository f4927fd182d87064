use super::offline::{ChannelStatus, Statuses};
use super::{Channel, LockError, Parts};
use bytes::Bytes;
use prost::Message as _;
use selvedge_identity::{ChannelConfig, ConfigError};
use selvedge_ledger::{Ledger, LedgerError, Options, TransientError, TransientStore};
use selvedge_protos::common::ConfigEnvelope;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::{fs, io};

/// Why a channel could not be joined or opened.
#[derive(Debug, thiserror::Error)]
pub enum JoinError {
    /// Fabric's text (core/ledger/ledgermgmt/ledger_mgmt.go).
    #[error("ledger [{0}] already exists with state [ACTIVE]")]
    Exists(String),
    #[error("ledger [{channel}] already exists with state [{status}]")]
    NotActive { channel: String, status: String },
    #[error(transparent)]
    Locked(#[from] LockError),
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// Fabric's text (core/peer/peer.go).
    #[error(
        "[channel {channel}] cannot create channel because ChannelConfig is missing {section}Config"
    )]
    Section {
        channel: String,
        section: &'static str,
    },
    #[error("ledger of channel [{channel}]")]
    Ledger {
        channel: String,
        source: Box<LedgerError>,
    },
    #[error("opening the ledger in {dir}")]
    Open {
        dir: PathBuf,
        source: Box<LedgerError>,
    },
    /// Fabric's text, as the next two (core/ledger/ledgermgmt/ledger_mgmt.go, internal/fileutil/fileutil.go).
    #[error("error opening dir [{dir}]: {source}")]
    SnapshotDir { dir: PathBuf, source: io::Error },
    #[error("snapshot dir {0} is empty")]
    SnapshotEmpty(PathBuf),
    #[error(
        "a ledger is being created from a snapshot at {0}. Call ledger creation again after it is done."
    )]
    SnapshotUnderWay(PathBuf),
    #[error("the configuration stored in {0} cannot be parsed")]
    Stored(PathBuf),
    #[error("private data that waits for its transactions")]
    Transient(#[from] TransientError),
    #[error("listing the ledgers in {dir}")]
    List { dir: PathBuf, source: io::Error },
}

/// What a peer needs of a channel it serves.
pub(super) fn judge(genesis: &Bytes) -> Result<ChannelConfig, JoinError> {
    let config = ChannelConfig::from_block(genesis)?;
    suits(&config)?;
    Ok(config)
}

pub(super) fn suits(config: &ChannelConfig) -> Result<(), JoinError> {
    let missing = |section| JoinError::Section {
        channel: config.channel_id().to_owned(),
        section,
    };
    if !config.has_application() {
        return Err(missing("Application"));
    }
    if config.orderer().is_none() {
        return Err(missing("Orderer"));
    }
    Ok(config.check_capabilities()?)
}

pub(super) fn create(
    ledgers: &Path,
    genesis: Bytes,
    config: ChannelConfig,
    options: Options,
    transient: &TransientStore,
) -> Result<Channel, JoinError> {
    let id = config.channel_id().to_owned();
    let ledger = Ledger::create(&ledgers.join(&id), genesis, options).map_err(|source| {
        JoinError::Ledger {
            channel: id.clone(),
            source: Box::new(source),
        }
    })?;
    let transient = transient.channel(&id);
    Ok(Channel::new(id, Arc::new(config), ledger, transient))
}

/// Opens a channel under its last committed configuration.
pub(super) fn open(
    dir: &Path,
    options: Options,
    transient: &TransientStore,
) -> Result<Channel, JoinError> {
    let failed = |source| JoinError::Open {
        dir: dir.to_owned(),
        source: Box::new(source),
    };
    let ledger = Ledger::open(dir, options).map_err(failed)?;
    let id = ledger.channel_id().to_owned();
    let config = match ledger.snapshot().channel_config().map_err(failed)? {
        Some(stored) => {
            let envelope =
                ConfigEnvelope::decode(stored).map_err(|_| JoinError::Stored(dir.to_owned()))?;
            ChannelConfig::from_envelope(&id, &envelope)?
        }
        // Nothing but the genesis block has configured it yet.
        None => {
            let genesis = ledger.block_by_number(0).map_err(failed)?;
            ChannelConfig::from_block(&genesis.ok_or_else(|| JoinError::Stored(dir.to_owned()))?)?
        }
    };
    let transient = transient.channel(&id);
    Ok(Channel::new(id, Arc::new(config), ledger, transient))
}

/// Whether a channel that was joined is to be opened now. What was being removed is removed.
pub(super) fn is_active(ledgers: &Path, dir: &Path) -> Result<bool, JoinError> {
    let Some(channel) = dir.file_name().and_then(|name| name.to_str()) else {
        return Ok(true);
    };
    let failed = |source| JoinError::List {
        dir: dir.to_owned(),
        source,
    };
    let status = Statuses::of(ledgers).get(channel).map_err(failed)?;
    match status {
        ChannelStatus::Active => Ok(true),
        ChannelStatus::Inactive => {
            tracing::warn!(channel, "the channel is paused and not opened");
            Ok(false)
        }
        ChannelStatus::UnderDeletion => {
            tracing::info!(
                channel,
                "removing what is left of a channel that was unjoined"
            );
            super::offline::remove(ledgers, channel).map_err(failed)?;
            Ok(false)
        }
    }
}

/// Opens the store of private data, which outlives a restart.
pub(super) fn transient(parts: &Parts) -> Result<TransientStore, JoinError> {
    let dir = parts.ledgers.with_file_name("transientstore");
    Ok(TransientStore::open(&dir, parts.ledger_options.sync)?)
}

/// The directories of the channels joined before, sorted.
pub(super) fn known(ledgers: &Path) -> Result<Vec<PathBuf>, JoinError> {
    let failed = |source| JoinError::List {
        dir: ledgers.to_owned(),
        source,
    };
    fs::create_dir_all(ledgers).map_err(failed)?;
    let mut dirs = Vec::new();
    for entry in fs::read_dir(ledgers).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let path = entry.path();
        // No channel's name begins with a dot.
        if path.is_dir() && !entry.file_name().to_string_lossy().starts_with('.') {
            dirs.push(path);
        }
    }
    dirs.sort();
    Ok(dirs)
}
