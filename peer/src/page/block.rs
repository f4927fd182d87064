use super::conflict::ConflictView;
use super::error::PageError;
use super::transaction::{TransactionView, transaction};
use super::watch::Page;
use crate::node::Channel;
use bytes::Bytes;
use prost::Message as _;
use selvedge_ledger::{ParsedBlock, header_hash};
use selvedge_protos::common::{Block, BlockMetadataIndex, Metadata};
use serde::Serialize;

/// Blocks that one answer may hold.
const MOST: u64 = 50;
/// Transactions after which an answer takes no further block.
const ENOUGH: usize = 500;

#[derive(Debug, Serialize)]
pub(super) struct BlockView {
    number: u64,
    hash: String,
    /// Empty for the genesis block.
    commit_hash: String,
    bytes: usize,
    transactions: Vec<Verdict>,
}

#[derive(Debug, Serialize)]
struct Verdict {
    /// Fabric's name of the validation code.
    code: String,
    #[serde(flatten)]
    transaction: TransactionView,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    conflicts: Vec<ConflictView>,
}

/// At most `count` blocks before number `before`, the newest first; fewer when they are large.
pub(super) fn blocks(
    page: &Page,
    channel: &Channel,
    before: Option<u64>,
    count: u64,
) -> Result<Vec<BlockView>, PageError> {
    let height = channel.ledger().height();
    let end = before.map_or(height, |before| before.min(height));
    let start = end
        .saturating_sub(count.min(MOST))
        .max(channel.ledger().first_block());
    let (mut found, mut transactions) = (Vec::new(), 0);
    for number in (start..end).rev() {
        let view = block(page, channel, number)?;
        transactions += view.transactions.len();
        found.push(view);
        if transactions >= ENOUGH {
            break;
        }
    }
    Ok(found)
}

pub(super) fn block(page: &Page, channel: &Channel, number: u64) -> Result<BlockView, PageError> {
    let bytes = channel
        .ledger()
        .block_by_number(number)?
        .ok_or(PageError::NoBlock(number))?;
    let mut conflicts = page.conflicts(channel.id(), number);
    let size = bytes.len();
    let hash = hex::encode(header_hash(&ParsedBlock::parse(&bytes)?.header));
    let block = Block::decode(bytes).unwrap_or_default();
    let metadata = block.metadata.unwrap_or_default().metadata;
    let codes = slot(&metadata, BlockMetadataIndex::TransactionsFilter);
    let envelopes = block.data.unwrap_or_default().data;
    let transactions = (0u64..).zip(envelopes).map(|(index, envelope)| {
        let code = usize::try_from(index)
            .ok()
            .and_then(|index| codes.get(index));
        let (mine, others) = std::mem::take(&mut conflicts)
            .into_iter()
            .partition(|(tx, _)| *tx == index);
        conflicts = others;
        let mine: Vec<(u64, ConflictView)> = mine;
        Verdict {
            code: code_name(code.copied()),
            transaction: transaction(envelope),
            conflicts: mine.into_iter().map(|(_, conflict)| conflict).collect(),
        }
    });
    Ok(BlockView {
        number,
        hash,
        commit_hash: hex::encode(commit_hash(&metadata)),
        bytes: size,
        transactions: transactions.collect(),
    })
}

fn slot(metadata: &[Bytes], index: BlockMetadataIndex) -> Bytes {
    let slot = usize::try_from(index as i32).ok();
    slot.and_then(|slot| metadata.get(slot).cloned())
        .unwrap_or_default()
}

fn commit_hash(metadata: &[Bytes]) -> Bytes {
    let slot = slot(metadata, BlockMetadataIndex::CommitHash);
    Metadata::decode(slot).unwrap_or_default().value
}

fn code_name(code: Option<u8>) -> String {
    use selvedge_protos::protos::TxValidationCode;
    let Some(code) = code else {
        return "NOT_VALIDATED".to_owned();
    };
    TxValidationCode::try_from(i32::from(code))
        .map_or_else(|_| code.to_string(), |code| code.as_str_name().to_owned())
}
