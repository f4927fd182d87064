use super::{AuditError, Found, Source};
use selvedge_ledger::{Ledger, Options, Snapshot, StateDatabase};
use std::path::{Path, PathBuf};

/// The ledger of a peer, which is read and not touched: the peer may be running.
pub struct Store {
    dir: PathBuf,
    ledger: Ledger,
}

impl Store {
    /// # Errors
    /// When there is no ledger in `dir`.
    pub fn open(dir: &Path, state_database: StateDatabase) -> Result<Self, AuditError> {
        let options = Options {
            state_database,
            ..Options::default()
        };
        let ledger = Ledger::open_read_only(dir, options).map_err(|source| AuditError::Store {
            dir: dir.to_owned(),
            source: Box::new(source),
        })?;
        Ok(Self {
            dir: dir.to_owned(),
            ledger,
        })
    }

    pub fn channel_id(&self) -> &str {
        self.ledger.channel_id()
    }
}

impl Source for Store {
    fn height(&self) -> u64 {
        self.ledger.height()
    }

    fn first(&self) -> u64 {
        self.ledger.first_block()
    }

    fn place(&self) -> String {
        format!("the ledger in {}", self.dir.display())
    }

    fn block(&self, number: u64) -> Result<Option<Found>, AuditError> {
        let found = self
            .ledger
            .block_by_number(number)
            .map_err(|source| AuditError::Stored {
                block: number,
                place: self.place(),
                source: Box::new(source),
            })?;
        let bytes = found.ok_or_else(|| AuditError::Missing {
            block: number,
            place: self.place(),
            last: self.ledger.height().saturating_sub(1),
        })?;
        let origin = self.place();
        Ok(Some(Found { bytes, origin }))
    }

    fn state(&self) -> Option<Snapshot> {
        Some(self.ledger.snapshot())
    }
}
