use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// What a peer does with a channel that it has joined. Fabric: core/ledger/kvledger/msgs, `Status`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::node) enum ChannelStatus {
    #[default]
    Active,
    /// Neither opened nor served.
    Inactive,
    /// Being removed; what is left of it goes at the next start.
    UnderDeletion,
}

impl fmt::Display for ChannelStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Active => "ACTIVE",
            Self::Inactive => "INACTIVE",
            Self::UnderDeletion => "UNDER_DELETION",
        })
    }
}

/// The channels that are not simply active: a file for each, named after the channel, in a folder beside the ledgers
/// whose name is no channel's.
#[derive(Clone, Debug)]
pub(in crate::node) struct Statuses(PathBuf);

impl Statuses {
    pub(in crate::node) fn of(ledgers: &Path) -> Self {
        Self(ledgers.join(".status"))
    }

    /// A file that says something else counts as a pause: it was put there to keep the channel from being served.
    pub(in crate::node) fn get(&self, channel: &str) -> io::Result<ChannelStatus> {
        match fs::read_to_string(self.0.join(channel)) {
            Ok(text) if text.trim() == ChannelStatus::UnderDeletion.to_string() => {
                Ok(ChannelStatus::UnderDeletion)
            }
            Ok(_) => Ok(ChannelStatus::Inactive),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(ChannelStatus::Active),
            Err(error) => Err(error),
        }
    }

    pub(in crate::node) fn set(&self, channel: &str, status: ChannelStatus) -> io::Result<()> {
        let path = self.0.join(channel);
        if status == ChannelStatus::Active {
            return match fs::remove_file(path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
                _ => Ok(()),
            };
        }
        fs::create_dir_all(&self.0)?;
        // Whole or not at all: a peer may be killed in between.
        let mut file = tempfile::NamedTempFile::new_in(&self.0)?;
        io::Write::write_all(&mut file, format!("{status}\n").as_bytes())?;
        file.as_file().sync_all()?;
        file.persist(path)?;
        Ok(())
    }
}
