use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use prost::Message as _;
use selvedge_identity::{ChannelConfig, ConfigError, is_config_block, is_config_transaction};
use selvedge_ledger::{BlockHeader, data_hash, header_hash};
use selvedge_protos::common::{Block, ConfigEnvelope, Envelope, Payload};
use selvedge_protos::{received, reencoded};
use std::sync::Arc;

/// Metadata slots a block has when it comes from an orderer.
const SLOTS: usize = 5;

/// Why a received block is not the next one of its channel. Fabric's texts
/// (internal/pkg/peer/blocksprovider and common/deliverclient, block_verification.go; protoutil/blockutils.go).
#[derive(Debug, thiserror::Error)]
pub enum BlockError {
    #[error("block without header on channel [{0}]")]
    NoHeader(String),
    #[error(
        "expected block number is [{expected}] but actual block number inside block is [{found}]"
    )]
    Number { expected: u64, found: u64 },
    #[error(
        "Header.PreviousHash of block [{block}] is different from Hash(block.Header) of previous block, on channel [{channel}], received: {received}, expected: {expected}"
    )]
    PreviousHash {
        block: u64,
        channel: String,
        received: String,
        expected: String,
    },
    #[error(
        "block with id [{block}] on channel [{channel}] does not have metadata or contains too few entries"
    )]
    Metadata { block: u64, channel: String },
    #[error("empty block")]
    Empty,
    #[error("transaction {tx} is invalid: {cause}")]
    Transaction { tx: usize, cause: String },
    #[error("transaction {0} has no payload")]
    NoPayload(usize),
    #[error("transaction {0} has no signature")]
    NoSignature(usize),
    #[error("transaction {tx} has {bytes} trailing bytes")]
    Trailing { tx: usize, bytes: usize },
    #[error("transaction {tx} ({canonical}) does not match its raw form ({given})")]
    NotCanonical {
        tx: usize,
        given: String,
        canonical: String,
    },
    #[error(
        "Header.DataHash is different from Hash(block.Data) for block with id [{block}] on channel [{channel}]; Header: {header}, Data: {data}"
    )]
    DataHash {
        block: u64,
        channel: String,
        header: String,
        data: String,
    },
    #[error("signatures of block [{block}] on channel [{channel}]: {source}")]
    Signatures {
        block: u64,
        channel: String,
        source: ConfigError,
    },
    #[error("configuration in block [{block}] on channel [{channel}]: {cause}")]
    Config {
        block: u64,
        channel: String,
        cause: String,
    },
}

/// Checks blocks in the order of their chain, each against the one before.
///
/// A configuration block moves the verifier on: the next block is judged by the new configuration, whether or not the
/// configuration block was committed in the meantime.
#[derive(Clone, Debug)]
pub struct Verifier {
    config: Arc<ChannelConfig>,
    next: u64,
    previous_hash: Bytes,
}

impl Verifier {
    /// `height` blocks are committed; the last has hash `previous_hash`, and `config` is in force behind it.
    pub fn new(config: Arc<ChannelConfig>, height: u64, previous_hash: Bytes) -> Self {
        Self {
            config,
            next: height,
            previous_hash,
        }
    }

    /// Number of the block that comes next.
    pub fn next(&self) -> u64 {
        self.next
    }

    /// The configuration that judges the next block.
    pub fn config(&self) -> &Arc<ChannelConfig> {
        &self.config
    }

    /// Checks a whole block and moves on behind it. A block that is refused moves nothing.
    pub fn verify(&mut self, block: &Block) -> Result<(), BlockError> {
        let header = self.check_header(block)?;
        let data = block
            .data
            .as_ref()
            .map(|data| data.data.as_slice())
            .unwrap_or_default();
        check_transactions(&header, data, self.config.channel_id())?;
        self.check_signatures(block, header.number)?;
        if is_config_block(block)
            && let Some(envelope) = data.first()
        {
            self.config = Arc::new(self.follow(envelope, header.number)?);
        }
        self.move_behind(&header);
        Ok(())
    }

    /// Checks a block that came without its data, which says that there is such a block and no more. Configuration blocks
    /// come whole, and are checked whole.
    pub fn verify_header(&mut self, block: &Block) -> Result<(), BlockError> {
        if is_config_block(block) {
            return self.verify(block);
        }
        let header = self.check_header(block)?;
        self.check_signatures(block, header.number)?;
        self.move_behind(&header);
        Ok(())
    }

    fn check_header(&self, block: &Block) -> Result<BlockHeader, BlockError> {
        let channel = || self.config.channel_id().to_owned();
        let header = block
            .header
            .as_ref()
            .ok_or_else(|| BlockError::NoHeader(channel()))?;
        let header = BlockHeader {
            number: header.number,
            previous_hash: header.previous_hash.clone(),
            data_hash: header.data_hash.clone(),
        };
        self.check_place(&header)?;
        let slots = block
            .metadata
            .as_ref()
            .map_or(0, |metadata| metadata.metadata.len());
        if slots < SLOTS {
            return Err(BlockError::Metadata {
                block: header.number,
                channel: channel(),
            });
        }
        Ok(header)
    }

    fn check_signatures(&self, block: &Block, number: u64) -> Result<(), BlockError> {
        self.config
            .verify_block_signatures(block)
            .map_err(|source| BlockError::Signatures {
                block: number,
                channel: self.config.channel_id().to_owned(),
                source,
            })
    }

    fn move_behind(&mut self, header: &BlockHeader) {
        self.next = header.number.saturating_add(1);
        self.previous_hash = Bytes::copy_from_slice(&header_hash(header));
    }

    fn check_place(&self, header: &BlockHeader) -> Result<(), BlockError> {
        if header.number != self.next {
            return Err(BlockError::Number {
                expected: self.next,
                found: header.number,
            });
        }
        if header.previous_hash != self.previous_hash {
            return Err(BlockError::PreviousHash {
                block: header.number,
                channel: self.config.channel_id().to_owned(),
                received: hex::encode(&header.previous_hash),
                expected: hex::encode(&self.previous_hash),
            });
        }
        Ok(())
    }

    /// The configuration a block brings. Whether it was allowed is for validation to say: its signatures are those of
    /// the ordering service.
    fn follow(&self, envelope: &Bytes, block: u64) -> Result<ChannelConfig, BlockError> {
        let channel = self.config.channel_id();
        let failed = |cause: String| BlockError::Config {
            block,
            channel: channel.to_owned(),
            cause,
        };
        let parsed = || {
            let envelope = Envelope::decode(envelope.clone())?;
            ConfigEnvelope::decode(Payload::decode(envelope.payload)?.data)
        };
        let envelope = parsed().map_err(|error| failed(error.to_string()))?;
        ChannelConfig::from_envelope(channel, &envelope).map_err(|error| failed(error.to_string()))
    }
}

/// Transactions are what their bytes say and nothing more, and hash to what the header says.
pub(crate) fn check_transactions(
    header: &BlockHeader,
    data: &[Bytes],
    channel: &str,
) -> Result<(), BlockError> {
    match data {
        [] => return Err(BlockError::Empty),
        [only] if is_config_transaction(only) => {}
        many => many
            .iter()
            .enumerate()
            .try_for_each(|(tx, envelope)| check_form(tx, envelope))?,
    }
    let hash = data_hash(data);
    if hash.as_slice() == header.data_hash.as_ref() {
        return Ok(());
    }
    Err(BlockError::DataHash {
        block: header.number,
        channel: channel.to_owned(),
        header: hex::encode(&header.data_hash),
        data: hex::encode(hash),
    })
}

/// Fabric: protoutil/blockutils.go, VerifyTransactionsAreWellFormed.
fn check_form(tx: usize, bytes: &Bytes) -> Result<(), BlockError> {
    let envelope: Envelope = received(bytes.clone()).map_err(|error| BlockError::Transaction {
        tx,
        cause: error.to_string(),
    })?;
    if envelope.payload.is_empty() {
        return Err(BlockError::NoPayload(tx));
    }
    if envelope.signature.is_empty() {
        return Err(BlockError::NoSignature(tx));
    }
    // Fields that nobody knows are encoded again behind the others.
    let canonical = reencoded(&envelope, bytes).unwrap_or_default();
    if canonical.len() < bytes.len() {
        return Err(BlockError::Trailing {
            tx,
            bytes: bytes.len() - canonical.len(),
        });
    }
    if canonical == bytes.as_ref() {
        return Ok(());
    }
    Err(BlockError::NotCanonical {
        tx,
        given: STANDARD.encode(bytes),
        canonical: STANDARD.encode(canonical),
    })
}
