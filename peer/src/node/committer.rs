use super::{Channel, CommittedBlock, Peer, TransactionStatus, private_data};
use crate::legacy::state;
use crate::lifecycle::{self, deploy_indexes};
use crate::operations::{BlockTimes, Counted, UNKNOWN};
use crate::validation::{Examined, Validated, ValidationError, World, validate};
use bytes::Bytes;
use selvedge_ledger::{BlockAndCodes, Committed, LedgerError, ParsedBlock};
use selvedge_protos::common::HeaderType;
use selvedge_protos::protos::TxValidationCode;
use std::sync::Arc;
use std::time::Instant;

/// Why a block was not committed. Nothing of it was: the channel stands where it stood.
#[derive(Debug, thiserror::Error)]
pub enum CommitError {
    #[error("the block received for channel [{channel}]")]
    Block {
        channel: String,
        source: Box<LedgerError>,
    },
    #[error(transparent)]
    Validation(#[from] ValidationError),
    #[error("committing block [{block}] to channel [{channel}]")]
    Ledger {
        channel: String,
        block: u64,
        source: Box<LedgerError>,
    },
}

impl CommitError {
    /// There was no room for the block. It may be committed when there is.
    pub fn is_disk_full(&self) -> bool {
        matches!(self, Self::Ledger { source, .. } if source.is_disk_full())
    }
}

/// Blocks after which private data that nobody submitted is dropped. Fabric: `transientstoreMaxBlockRetention`.
const RETENTION: u64 = 20_000;

/// Judges a block (a serialized `common.Block` whose place and signatures were checked), commits it and tells the
/// channel's listeners. Blocks of one channel come one after the other.
pub fn commit_block(
    peer: &Peer,
    channel: &Channel,
    block: Bytes,
) -> Result<Arc<Committed>, CommitError> {
    let _arrived = channel.commits().arrived();
    let parsed = ParsedBlock::parse(&block).map_err(|source| CommitError::Block {
        channel: channel.id().to_owned(),
        source: Box::new(source),
    })?;
    let number = parsed.header.number;
    let ledger = channel.ledger();
    let snapshot = ledger.snapshot();
    let config = channel.config();
    let began = Instant::now();
    let validated = validate(
        &parsed,
        &World {
            config: &config,
            snapshot: &snapshot,
            is_committed: &|tx_id| {
                ledger
                    .has_transaction(tx_id)
                    .map_err(|error| error.to_string())
            },
            channel: &|id| peer.channel(id).map(|channel| channel.config()),
            threads: peer.validators(),
        },
    )?;
    let validation = began.elapsed();
    let private = private_data::gather(peer, channel, &snapshot, &parsed, &validated);
    let counted = counted(&validated);
    let began = Instant::now();
    let committed = ledger
        .commit(BlockAndCodes {
            block,
            codes: validated.codes,
            private,
        })
        .map_err(|source| CommitError::Ledger {
            channel: channel.id().to_owned(),
            block: number,
            source: Box::new(source),
        })?;
    let times = BlockTimes {
        validation,
        commit: began.elapsed(),
    };
    count(peer, channel, &committed, times, &counted);
    let is_config = validated.config.is_some();
    if let Some(config) = validated.config {
        channel.swap_config(Arc::new(config));
    }
    let defined = touches_lifecycle(&committed, &validated.transactions);
    if defined {
        deploy_indexes(channel, peer.local_msp().id(), peer.runtimes());
    }
    let purging = Instant::now();
    forget(peer, channel, number, &validated.transactions);
    let purge = &peer.operations().metrics().gossip.privdata_purge;
    let purge = purge.with_label_values(&[channel.id()]);
    purge.observe(purging.elapsed().as_secs_f64());
    report(channel, &committed);
    channel.commits().publish(CommittedBlock {
        number,
        block: committed.block.clone(),
        transactions: statuses(&committed, validated.transactions),
        is_config,
        conflicts: committed.conflicts.clone(),
    });
    if defined || instantiates(&committed) {
        peer.definitions_changed();
    }
    Ok(committed)
}

/// Header type and chaincode of each transaction that was good until its reads were looked at; of the others Fabric
/// does not say.
fn counted(validated: &Validated) -> Vec<Option<(HeaderType, Option<String>)>> {
    let examined = validated.codes.iter().zip(&validated.transactions);
    examined
        .map(|(code, examined)| {
            let header_type = examined.header_type.filter(|_| *code == 0)?;
            Some((header_type, examined.chaincode.clone()))
        })
        .collect()
}

/// Fabric: core/ledger/kvledger/metrics.go, updateTransactionsStats.
fn count(
    peer: &Peer,
    channel: &Channel,
    committed: &Committed,
    times: BlockTimes,
    transactions: &[Option<(HeaderType, Option<String>)>],
) {
    let metrics = &peer.operations().metrics().ledger;
    metrics.committed(channel.id(), committed.number + 1, times);
    for (code, transaction) in committed.codes.iter().zip(transactions) {
        let (kind, chaincode) = match transaction {
            None => (UNKNOWN, None),
            Some((header_type, chaincode)) => (header_type.as_str_name(), chaincode.as_deref()),
        };
        let code = TxValidationCode::try_from(i32::from(*code));
        let counted = Counted {
            kind,
            chaincode: chaincode.unwrap_or(UNKNOWN),
            code: code.map_or(UNKNOWN, |code| code.as_str_name()),
        };
        metrics.transaction(channel.id(), counted);
    }
}

/// A chaincode was instantiated or upgraded as before the `_lifecycle` chaincode.
fn instantiates(committed: &Committed) -> bool {
    let mut updates = committed.updates.iter();
    updates.any(|update| update.namespace == state::NAMESPACE)
}

/// A definition was committed, or an organisation chose a package.
fn touches_lifecycle(committed: &Committed, examined: &[Examined]) -> bool {
    let mut public = committed.updates.iter().map(|update| &update.namespace);
    let mut private = examined
        .iter()
        .flat_map(|transaction| &transaction.private)
        .map(|set| &set.namespace);
    public.any(|name| name == lifecycle::NAMESPACE)
        || private.any(|name| name == lifecycle::NAMESPACE)
}

/// What a failure leaves behind is dropped with its retention.
fn forget(peer: &Peer, channel: &Channel, number: u64, transactions: &[Examined]) {
    let private = transactions
        .iter()
        .filter(|transaction| !transaction.private.is_empty());
    let mut purged = Ok(());
    let mut private = private
        .map(|transaction| transaction.tx_id.as_str())
        .peekable();
    if private.peek().is_some() {
        purged = channel.transient().purge(private);
    }
    let retention = peer.gossip().map_or(RETENTION, |gossip| {
        gossip.options().transient_retention.max(1)
    });
    if number > retention && number.is_multiple_of(retention) {
        purged = purged.and(channel.transient().purge_below(number - retention));
    }
    if let Err(error) = purged {
        tracing::error!(channel = channel.id(), block = number, %error, "purging the transient store");
    }
}

fn report(channel: &Channel, committed: &Committed) {
    let (height, transactions) = (committed.number, committed.codes.len());
    tracing::info!(
        channel = channel.id(),
        block = height,
        transactions,
        "Committed block"
    );
    for conflict in &committed.conflicts {
        tracing::debug!(
            channel = channel.id(),
            block = height,
            ?conflict,
            "read conflict"
        );
    }
}

fn statuses(committed: &Committed, examined: Vec<Examined>) -> Vec<TransactionStatus> {
    committed
        .codes
        .iter()
        .zip(&committed.tx_ids)
        .zip(examined)
        .map(|((&code, tx_id), examined)| TransactionStatus {
            tx_id: tx_id.clone(),
            code,
            event: Some(examined.event).filter(|event| code == 0 && !event.is_empty()),
        })
        .collect()
}
