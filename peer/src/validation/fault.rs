use selvedge_protos::protos::TxValidationCode as Code;

/// Why a transaction is not valid so far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    Invalid(Code),
    /// Nobody can say: the block must not be committed on a guess.
    Halt(String),
}

impl From<Code> for Fault {
    fn from(code: Code) -> Self {
        Self::Invalid(code)
    }
}

/// Why a block cannot be judged. The channel stops; the rest of the peer goes on.
#[derive(Debug, thiserror::Error)]
pub enum ValidationError {
    #[error("block [{block}], transaction [{tx}] of channel [{channel}] cannot be judged: {cause}")]
    Undecided {
        channel: String,
        block: u64,
        tx: usize,
        cause: String,
    },

    #[error(
        "the configuration transaction in block [{block}] of channel [{channel}] does not apply: {cause}"
    )]
    Config {
        channel: String,
        block: u64,
        cause: String,
    },
}
