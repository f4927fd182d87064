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
    /// Why it did not come to a check of conflicts.
    reason: Option<String>,
}

impl Verdict {
    pub(crate) fn all(committed: &Committed, reasons: Vec<Option<String>>) -> Vec<Self> {
        let codes = committed.codes.iter().zip(reasons);
        let verdicts = (0..).zip(codes).map(|(tx, (code, reason))| Self {
            reason,
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

    /// The code's name in Fabric, such as `MVCC_READ_CONFLICT`.
    pub fn name(&self) -> &'static str {
        TxValidationCode::try_from(i32::from(self.code))
            .map_or("unknown", |code| code.as_str_name())
    }

    /// Where the conflict is: `chaincode/key`, `chaincode/collection/#hash`, or `chaincode/start..end at key`.
    pub fn conflict_at(&self) -> Option<String> {
        self.conflict.as_ref().map(place)
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
        if let Some(reason) = &self.reason {
            return write!(f, ": {reason}");
        }
        let Some(conflict) = &self.conflict else {
            return Ok(());
        };
        write!(f, ": {}", place(conflict))?;
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

/// Namespace and key, or collection and hash, or range.
fn place(conflict: &Conflict) -> String {
    let mut out = format!("{}/", conflict.namespace);
    if let Some(collection) = &conflict.collection {
        out.push_str(collection);
        out.push('/');
    }
    match &conflict.subject {
        ConflictSubject::Key(key) => out.push_str(&readable_key(key)),
        ConflictSubject::KeyHash(hash) => out.push_str(&format!("#{}", hex::encode(hash))),
        ConflictSubject::Range { start, end, key } => {
            out.push_str(&format!("{}..{}", readable_key(start), readable_key(end)));
            if let Some(key) = key {
                out.push_str(&format!(" at {}", readable_key(key)));
            }
        }
    }
    out
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
