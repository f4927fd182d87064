use super::{ChannelStatus, LedgerLock, LockError, PreResetHeights, Statuses};
use crate::node::join::{JoinError, known};
use selvedge_ledger::{Ledger, LedgerError, Options, TransientError, TransientStore};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Why a command is refused or failed. `Display` is Fabric's text where it has one.
#[derive(Debug, thiserror::Error)]
pub enum OfflineError {
    #[error(transparent)]
    Lock(#[from] LockError),
    #[error(transparent)]
    List(#[from] JoinError),
    #[error(
        "cannot {what} because the peer contains channel(s) [{}] that were bootstrapped from snapshot",
        .channels.join(" ")
    )]
    FromSnapshot {
        what: &'static str,
        channels: Vec<String>,
    },
    #[error("ledgerID [{channel}] does not exist in {}", .ledgers.display())]
    NoLedger { channel: String, ledgers: PathBuf },
    #[error(
        "cannot update ledger status, ledger [{channel}] does not exist in {}",
        .ledgers.display()
    )]
    NoStatus { channel: String, ledgers: PathBuf },
    #[error("unjoin channel [{channel}]: {source}")]
    Unjoin {
        channel: String,
        source: Box<OfflineError>,
    },
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    #[error("the private data that waits for its transactions: {0}")]
    Transient(#[from] TransientError),
    #[error("{path}: {source}")]
    File { path: PathBuf, source: io::Error },
    #[error("the data format is already up to date. No upgrade is required")]
    UpToDate,
}

/// The ledgers of a peer that does not run. As long as this lives it cannot be started.
#[derive(Debug)]
pub struct Offline {
    ledgers: PathBuf,
    options: Options,
    _lock: LedgerLock,
}

impl Offline {
    #[cfg(test)]
    pub(in crate::node) fn dir(&self) -> &Path {
        &self.ledgers
    }

    /// `dir` is the peer's `peer.fileSystemPath`.
    ///
    /// # Errors
    /// When the peer runs, or another command.
    pub fn open(dir: &Path, options: Options) -> Result<Self, OfflineError> {
        let ledgers = dir.join("ledgersData");
        Ok(Self {
            _lock: LedgerLock::take(&ledgers)?,
            ledgers,
            options,
        })
    }

    /// Cuts every channel back to its genesis block; the names of the channels.
    pub fn reset(&self) -> Result<Vec<String>, OfflineError> {
        let channels = self.all_whole("reset channels")?;
        for channel in &channels {
            let height = self.height(channel)?;
            self.note(channel, height)?;
            if height > 1 {
                drop(Ledger::reset(
                    &self.ledgers.join(channel),
                    self.options.clone(),
                )?);
            }
        }
        Ok(channels)
    }

    /// Cuts one channel back to `block`.
    pub fn rollback(&self, channel: &str, block: u64) -> Result<(), OfflineError> {
        let channels = self.all_whole("rollback any channel")?;
        if !channels.iter().any(|known| known == channel) {
            return Err(OfflineError::NoLedger {
                channel: channel.to_owned(),
                ledgers: self.ledgers.clone(),
            });
        }
        let height = self.height(channel)?;
        let rolled = Ledger::rollback(&self.ledgers.join(channel), block, self.options.clone())?;
        drop(rolled);
        self.note(channel, height)
    }

    /// Makes state, history and indexes of every channel again from its blocks; `begin` is told of each.
    pub fn rebuild(&self, begin: impl Fn(&str)) -> Result<(), OfflineError> {
        for channel in self.all_whole("rebuild databases")? {
            begin(&channel);
            drop(Ledger::rebuild(
                &self.ledgers.join(channel),
                self.options.clone(),
            )?);
        }
        Ok(())
    }

    /// Has the peer leave a channel alone when it is started.
    pub fn pause(&self, channel: &str) -> Result<(), OfflineError> {
        self.set(channel, ChannelStatus::Inactive)
    }

    /// Has the peer serve a paused channel again.
    pub fn resume(&self, channel: &str) -> Result<(), OfflineError> {
        self.set(channel, ChannelStatus::Active)
    }

    /// Removes everything of one channel. What a crash leaves goes when the peer is started, or the command repeated.
    pub fn unjoin(&self, channel: &str) -> Result<(), OfflineError> {
        // In this order, as in Fabric: without the ledger nobody would find the private data to remove.
        let transient = self.ledgers.with_file_name("transientstore");
        if transient.is_dir() {
            let store = TransientStore::open(&transient, self.options.sync)?;
            store.channel(channel).clear()?;
        }
        let marked = self.set(channel, ChannelStatus::UnderDeletion);
        marked.map_err(|source| OfflineError::Unjoin {
            channel: channel.to_owned(),
            source: Box::new(source),
        })?;
        remove(&self.ledgers, channel).map_err(|source| OfflineError::File {
            path: self.ledgers.join(channel),
            source,
        })
    }

    /// There has been one format only.
    pub fn upgrade(&self) -> Result<(), OfflineError> {
        Err(OfflineError::UpToDate)
    }

    /// Names of all channels, if all of them have their first block.
    fn all_whole(&self, what: &'static str) -> Result<Vec<String>, OfflineError> {
        let mut channels = Vec::new();
        let mut from_snapshot = Vec::new();
        for dir in known(&self.ledgers)? {
            let ledger = Ledger::open(&dir, self.options.clone())?;
            let channel = ledger.channel_id().to_owned();
            match ledger.chain_info()?.snapshot {
                Some(_) => from_snapshot.push(channel),
                None => channels.push(channel),
            }
        }
        match from_snapshot.is_empty() {
            true => Ok(channels),
            false => Err(OfflineError::FromSnapshot {
                what,
                channels: from_snapshot,
            }),
        }
    }

    fn height(&self, channel: &str) -> Result<u64, OfflineError> {
        Ok(Ledger::open(&self.ledgers.join(channel), self.options.clone())?.height())
    }

    fn note(&self, channel: &str, height: u64) -> Result<(), OfflineError> {
        let noted = PreResetHeights::note(&self.ledgers, channel, height);
        noted.map_err(|source| OfflineError::File {
            path: self.ledgers.clone(),
            source,
        })
    }

    fn set(&self, channel: &str, status: ChannelStatus) -> Result<(), OfflineError> {
        let dirs = known(&self.ledgers)?;
        let is_it = |dir: &PathBuf| dir.file_name().is_some_and(|name| name == channel);
        if !dirs.iter().any(is_it) {
            return Err(OfflineError::NoStatus {
                channel: channel.to_owned(),
                ledgers: self.ledgers.clone(),
            });
        }
        let set = Statuses::of(&self.ledgers).set(channel, status);
        set.map_err(|source| OfflineError::File {
            path: self.ledgers.clone(),
            source,
        })
    }
}

/// Removes a channel that is marked for it, and the mark last.
pub(in crate::node) fn remove(ledgers: &Path, channel: &str) -> io::Result<()> {
    match fs::remove_dir_all(ledgers.join(channel)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    Statuses::of(ledgers).set(channel, ChannelStatus::Active)
}
