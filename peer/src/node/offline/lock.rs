use std::fs::{File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

/// Why the ledgers cannot be had. Fabric's text (core/ledger/kvledger/reset.go,
/// common/ledger/util/leveldbhelper/leveldb_provider.go).
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    #[error(
        "as another peer node command is executing, wait for that command to complete its execution or terminate it before retrying: lock is already acquired on file {0}"
    )]
    Held(PathBuf),
    #[error("locking {path}")]
    File { path: PathBuf, source: io::Error },
}

/// Whoever has it is alone with the ledgers of one peer: the peer itself, or a command.
#[derive(Debug)]
pub(in crate::node) struct LedgerLock(#[allow(dead_code, reason = "held, not read")] File);

impl LedgerLock {
    /// `ledgers` is made if it is not there.
    pub(in crate::node) fn take(ledgers: &Path) -> Result<Self, LockError> {
        let path = ledgers.join("fileLock");
        let failed = |source| LockError::File {
            path: path.clone(),
            source,
        };
        std::fs::create_dir_all(ledgers).map_err(failed)?;
        let file = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(failed)?;
        match file.try_lock() {
            Ok(()) => Ok(Self(file)),
            Err(TryLockError::WouldBlock) => Err(LockError::Held(path)),
            Err(TryLockError::Error(source)) => Err(failed(source)),
        }
    }
}
