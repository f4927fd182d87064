use crate::rwset::readable_key;
use selvedge_ledger::{Committed, Conflict, ConflictSubject, Version};
use selvedge_protos::protos::TxValidationCode;
use std::fmt;

/// What became of a transaction in a block.
#[derive(Clone, PartialEq, Eq)]
pub struct Verdict {
    code: u8,
    block: u64,
    conflict: Option<Conflict>,
}

impl Verdict {
    pub(crate) fn all(committed: &Committed) -> Vec<Self> {
        let verdicts = (0..).zip(&committed.codes).map(|(tx, code)| Self {
            code: *code,
            block: committed.number,
            conflict: committed
                .conflicts
                .iter()
                .find(|conflict| conflict.tx == tx)
                .cloned(),
        });
        verdicts.collect()
    }

    /// Whether its writes are in the state.
    pub fn is_valid(&self) -> bool {
        self.code == 0
    }

    /// Fabric's `TxValidationCode`.
    pub fn code(&self) -> u8 {
        self.code
    }

    /// What it read and no longer held.
    pub fn conflict(&self) -> Option<&Conflict> {
        self.conflict.as_ref()
    }
}

/// `VALID`, or the code's name with what conflicted: the namespace and key, the heights, and who is to blame.
impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match TxValidationCode::try_from(i32::from(self.code)) {
            Ok(code) => f.write_str(code.as_str_name())?,
            Err(_) => write!(f, "{}", self.code)?,
        }
        let Some(conflict) = &self.conflict else {
            return Ok(());
        };
        write!(f, ": {}/", conflict.namespace)?;
        if let Some(collection) = &conflict.collection {
            write!(f, "{collection}/")?;
        }
        match &conflict.subject {
            ConflictSubject::Key(key) => write!(f, "{}", readable_key(key))?,
            ConflictSubject::KeyHash(hash) => write!(f, "#{}", hex::encode(hash))?,
            ConflictSubject::Range { start, end, key } => {
                write!(f, "{}..{}", readable_key(start), readable_key(end))?;
                if let Some(key) = key {
                    write!(f, " at {}", readable_key(key))?;
                }
            }
        }
        write!(
            f,
            " was {} and is {}",
            seen(conflict.read, "read at"),
            seen(conflict.found, "at")
        )?;
        match conflict.by {
            Some(by) if by.block == self.block => {
                write!(f, " now, written by transaction {} of this block", by.tx)
            }
            Some(by) => write!(
                f,
                " now, written by transaction {} of block {}",
                by.tx, by.block
            ),
            None => f.write_str(" now"),
        }
    }
}

fn seen(version: Option<Version>, word: &str) -> String {
    version.map_or_else(
        || "absent".to_owned(),
        |version| format!("{word} {}.{}", version.block, version.tx),
    )
}

impl fmt::Debug for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
