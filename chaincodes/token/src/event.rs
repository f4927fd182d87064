use selvedge_sdk::prelude::*;

/// Where tokens come from when they are minted, and go to when they are burnt.
pub(crate) const NOBODY: &str = "0x0";

/// Tokens changed hands.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize, Event)]
pub struct Transfer {
    pub from: String,
    pub to: String,
    pub value: u64,
}

/// An owner lets a spender take this much.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize, Event)]
pub struct Approval {
    pub owner: String,
    pub spender: String,
    pub value: u64,
}

pub(crate) fn moved(tx: &Tx, from: &str, to: &str, value: u64) -> Result<(), SdkError> {
    tx.emit(&Transfer {
        from: from.to_owned(),
        to: to.to_owned(),
        value,
    })
}
