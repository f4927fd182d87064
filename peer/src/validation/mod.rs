//! Judges the transactions of a block before it is committed.
