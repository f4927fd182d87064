mod committed;
pub use committed::{
    BlockAndCodes, Committed, Conflict, ConflictSubject, StateUpdate, TxPrivateData,
};
