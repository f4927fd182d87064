//! Whether a block belongs where it is put, and whether an opened ledger is whole.

use crate::LedgerError;
use crate::block::{ParsedBlock, data_hash, header_hash};
use crate::error::Result;
use crate::store::{Column, Database, Meta, Savepoint};
use bytes::Bytes;

pub(crate) fn check_place(
    parsed: &ParsedBlock,
    expected: u64,
    last: Option<&Savepoint>,
) -> Result<()> {
    let header = &parsed.header;
    if header.number != expected {
        return Err(LedgerError::WrongNumber {
            expected,
            found: header.number,
        });
    }
    if let Some(last) = last
        && header.previous_hash != last.block_hash.as_slice()
    {
        return Err(LedgerError::WrongPreviousHash {
            expected: hex::encode(last.block_hash),
            found: hex::encode(&header.previous_hash),
        });
    }
    let computed = data_hash(&parsed.envelopes);
    if header.data_hash != computed.as_slice() {
        return Err(LedgerError::WrongDataHash {
            block: header.number,
            header: hex::encode(&header.data_hash),
            computed: hex::encode(computed),
        });
    }
    Ok(())
}

/// A ledger that holds nothing but its snapshot has no block to check.
pub(crate) fn check_last_block(database: &Database, meta: &Meta) -> Result<()> {
    let savepoint = &meta.savepoint;
    let number = savepoint.block;
    let from = meta.bootstrap.as_ref().map(|from| from.last_block);
    if from == Some(number) {
        return Ok(());
    }
    let missing = |number: u64| damaged(database, format!("block [{number}] is missing"));
    let block = read_block(database, number)?.ok_or_else(|| missing(number))?;
    let unreadable = |error: LedgerError| damaged(database, error.to_string());
    let parsed = ParsedBlock::parse(&block).map_err(unreadable)?;
    if header_hash(&parsed.header) != savepoint.block_hash || parsed.header.number != number {
        return Err(damaged(
            database,
            format!("block [{number}] is not the one that was committed last"),
        ));
    }
    if parsed.header.data_hash != data_hash(&parsed.envelopes).as_slice() {
        return Err(damaged(
            database,
            format!("the transactions of block [{number}] do not match its data hash"),
        ));
    }
    if parsed.commit_hash() != savepoint.commit_hash {
        return Err(damaged(
            database,
            format!("block [{number}] has another commit hash than the savepoint"),
        ));
    }
    let Some(before) = number.checked_sub(1).filter(|before| from != Some(*before)) else {
        return Ok(());
    };
    let block = read_block(database, before)?.ok_or_else(|| missing(before))?;
    let hash = header_hash(&ParsedBlock::parse(&block).map_err(unreadable)?.header);
    if parsed.header.previous_hash != hash.as_slice() {
        return Err(damaged(
            database,
            format!("block [{number}] does not follow block [{before}]"),
        ));
    }
    Ok(())
}

pub(crate) fn read_block(database: &Database, number: u64) -> Result<Option<Bytes>> {
    database.get(Column::Blocks, &number.to_be_bytes(), "a block")
}

pub(crate) fn damaged(database: &Database, what: String) -> LedgerError {
    LedgerError::Damaged {
        dir: database.dir().into(),
        what,
    }
}
