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
    let block = check_block(database, number, block)?;
    let parsed = parse(database, number, &block)?;
    if header_hash(&parsed.header) != savepoint.block_hash {
        return Err(damaged(
            database,
            format!("block [{number}] is not the one that was committed last"),
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
    let hash = header_hash(&parse(database, before, &block)?.header);
    if parsed.header.previous_hash != hash.as_slice() {
        return Err(damaged(
            database,
            format!("block [{number}] does not follow block [{before}]"),
        ));
    }
    Ok(())
}

/// A stored block is the one of its number, and its transactions are those that its header names.
pub(crate) fn check_block(database: &Database, number: u64, block: Bytes) -> Result<Bytes> {
    let parsed = parse(database, number, &block)?;
    if parsed.header.number != number {
        let found = parsed.header.number;
        return Err(damaged(
            database,
            format!("block [{found}] is in the place of block [{number}]"),
        ));
    }
    if parsed.header.data_hash != data_hash(&parsed.envelopes).as_slice() {
        return Err(damaged(
            database,
            format!("the transactions of block [{number}] do not match its data hash"),
        ));
    }
    Ok(block)
}

fn parse(database: &Database, number: u64, block: &Bytes) -> Result<ParsedBlock> {
    ParsedBlock::parse(block)
        .map_err(|error| damaged(database, format!("block [{number}]: {error}")))
}

fn read_block(database: &Database, number: u64) -> Result<Option<Bytes>> {
    let found = database.get(Column::Blocks, &number.to_be_bytes(), "a block");
    found.map_err(|error| unreadable(database, number, &error))
}

/// RocksDB found that a block is not what was written, or that its file is not there.
pub(crate) fn unreadable(database: &Database, number: u64, error: &LedgerError) -> LedgerError {
    let cause = crate::error::chain(error);
    damaged(
        database,
        format!("block [{number}] cannot be read: {cause}"),
    )
}

pub(crate) fn damaged(database: &Database, what: String) -> LedgerError {
    LedgerError::Damaged {
        dir: database.dir().into(),
        what,
    }
}
