use super::families::Families;
use prometheus::{HistogramVec, IntCounterVec, IntGaugeVec};
use selvedge_protos::common::HeaderType;
use selvedge_protos::protos::TxValidationCode;
use std::time::Duration;

/// Fabric: core/ledger/kvledger/metrics.go, common/ledger/blkstorage/metrics.go, gossip/metrics/metrics.go.
#[derive(Clone, Debug)]
pub struct LedgerMetrics {
    height: IntGaugeVec,
    gossip_height: IntGaugeVec,
    processing: HistogramVec,
    block_and_private: HistogramVec,
    block: HistogramVec,
    state: HistogramVec,
    gossip_commit: HistogramVec,
    private_commit: HistogramVec,
    validation: HistogramVec,
    transactions: IntCounterVec,
}

/// What happened to one block, and how long it took.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BlockTimes {
    /// Signatures, policies and structure.
    pub validation: Duration,
    /// Read conflicts and the write: one step here, for blocks, private data and state are one database.
    pub commit: Duration,
}

/// What Fabric says of a kind, a chaincode or a code that there is not.
pub(crate) const UNKNOWN: &str = "unknown";

/// One transaction of a committed block.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Counted<'a> {
    /// Fabric's name of the header type: `ENDORSER_TRANSACTION`.
    pub kind: &'a str,
    /// `name:version`; [`UNKNOWN`] where there is none.
    pub chaincode: &'a str,
    /// Fabric's name of the code: `VALID`.
    pub code: &'a str,
}

impl LedgerMetrics {
    pub(super) fn new(families: &Families<'_>) -> Self {
        const CHANNEL: &[&str] = &["channel"];
        Self {
            height: families.gauges(
                "ledger_blockchain_height",
                "Height of the chain in blocks.",
                CHANNEL,
            ),
            gossip_height: families.gauges("gossip_state_height", "Current ledger height", CHANNEL),
            processing: families.commit_times(
                "ledger_block_processing_time",
                "Time taken in seconds for ledger block processing.",
            ),
            block_and_private: families.commit_times(
                "ledger_blockstorage_and_pvtdata_commit_time",
                "Time taken in seconds for committing the block and private data to storage.",
            ),
            block: families.commit_times(
                "ledger_blockstorage_commit_time",
                "Time taken in seconds for committing the block to storage.",
            ),
            state: families.commit_times(
                "ledger_statedb_commit_time",
                "Time taken in seconds for committing block changes to state db.",
            ),
            gossip_commit: families.durations(
                "gossip_state_commit_duration",
                "Time it takes to commit a block in seconds",
                CHANNEL,
            ),
            private_commit: families.durations(
                "gossip_privdata_commit_block_duration",
                "Time it takes to commit private data and the corresponding block (in seconds)",
                CHANNEL,
            ),
            validation: families.durations(
                "gossip_privdata_validation_duration",
                "Time it takes to validate a block (in seconds)",
                CHANNEL,
            ),
            transactions: families.counters(
                "ledger_transaction_count",
                "Number of transactions processed.",
                &[
                    "channel",
                    "transaction_type",
                    "chaincode",
                    "validation_code",
                ],
            ),
        }
    }

    /// A channel is there with so many blocks.
    pub(crate) fn opened(&self, channel: &str, height: u64) {
        let height = i64::try_from(height).unwrap_or(i64::MAX);
        self.height.with_label_values(&[channel]).set(height);
        self.gossip_height.with_label_values(&[channel]).set(height);
    }

    /// A channel's genesis block was stored, which nobody validated.
    pub(crate) fn created(&self, channel: &str, commit: Duration) {
        self.opened(channel, 1);
        self.stored(channel, commit);
        let genesis = Counted {
            kind: HeaderType::Config.as_str_name(),
            chaincode: UNKNOWN,
            code: TxValidationCode::Valid.as_str_name(),
        };
        self.transaction(channel, genesis);
    }

    /// A block was committed; `height` counts it.
    pub(crate) fn committed(&self, channel: &str, height: u64, times: BlockTimes) {
        self.opened(channel, height);
        self.stored(channel, times.commit);
        let whole = times.validation + times.commit;
        for (family, time) in [
            (&self.validation, times.validation),
            (&self.private_commit, times.commit),
            (&self.gossip_commit, whole),
        ] {
            observe(family, channel, time);
        }
    }

    fn stored(&self, channel: &str, commit: Duration) {
        for family in [
            &self.processing,
            &self.block_and_private,
            &self.block,
            &self.state,
        ] {
            observe(family, channel, commit);
        }
    }

    pub(crate) fn transaction(&self, channel: &str, counted: Counted<'_>) {
        let labels = [channel, counted.kind, counted.chaincode, counted.code];
        self.transactions.with_label_values(&labels).inc();
    }
}

fn observe(family: &HistogramVec, channel: &str, time: Duration) {
    let seconds = time.as_secs_f64();
    family.with_label_values(&[channel]).observe(seconds);
}
