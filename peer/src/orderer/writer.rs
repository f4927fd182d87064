use bytes::Bytes;
use prost::Message as _;
use selvedge_identity::SigningIdentity;
use selvedge_ledger::{BlockHeader, ParsedBlock, data_hash, header_bytes, header_hash};
use selvedge_protos::common::{
    Block, BlockData, BlockMetadata, LastConfig, Metadata, MetadataSignature, OrdererBlockMetadata,
    SignatureHeader,
};

/// Slots of a block's metadata, as many as Fabric has.
const SLOTS: usize = 5;
const SIGNATURES: usize = 0;
const LAST_CONFIG: usize = 1;

/// The end of a chain: what the next block is built on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Tip {
    pub(super) next: u64,
    pub(super) hash: Bytes,
    /// Number of the last configuration block.
    pub(super) last_config: u64,
}

impl Tip {
    /// After `block`. `last_config` of its signed metadata; of the genesis block, which has none, 0.
    pub(super) fn after(block: &ParsedBlock) -> Self {
        Self {
            next: block.header.number.saturating_add(1),
            hash: Bytes::copy_from_slice(&header_hash(&block.header)),
            last_config: last_config(&block.metadata).unwrap_or_default(),
        }
    }
}

/// The number of the configuration block in force, as a block's metadata says.
///
/// Fabric: protoutil/blockutils.go, GetLastConfigIndexFromBlock.
pub fn last_config(metadata: &[Bytes]) -> Option<u64> {
    let signed = Metadata::decode(metadata.get(SIGNATURES)?.clone()).ok()?;
    if !signed.value.is_empty() {
        let value = OrdererBlockMetadata::decode(signed.value).ok()?;
        return Some(value.last_config?.index);
    }
    let slot = Metadata::decode(metadata.get(LAST_CONFIG)?.clone()).ok()?;
    Some(LastConfig::decode(slot.value).ok()?.index)
}

/// The next block of a chain, signed, and the tip behind it. `nonce` is 24 random bytes.
///
/// Fabric: orderer/common/multichannel/blockwriter.go.
pub(super) fn next_block(
    tip: &Tip,
    envelopes: Vec<Bytes>,
    is_config: bool,
    signer: &SigningIdentity,
    nonce: Bytes,
) -> (Bytes, Tip) {
    let hash = Bytes::copy_from_slice(&data_hash(&envelopes));
    let header = BlockHeader {
        number: tip.next,
        previous_hash: tip.hash.clone(),
        data_hash: hash,
    };
    let last_config = if is_config { tip.next } else { tip.last_config };
    let mut slots = vec![Bytes::new(); SLOTS];
    if let [signatures, config, ..] = slots.as_mut_slice() {
        *signatures = signed_metadata(&header, last_config, signer, nonce);
        *config = encode(&Metadata {
            value: encode(&LastConfig { index: last_config }),
            signatures: Vec::new(),
        });
    }
    let next = Tip {
        next: header.number.saturating_add(1),
        hash: Bytes::copy_from_slice(&header_hash(&header)),
        last_config,
    };
    let block = Block {
        header: Some(selvedge_protos::common::BlockHeader {
            number: header.number,
            previous_hash: header.previous_hash,
            data_hash: header.data_hash,
        }),
        data: Some(BlockData { data: envelopes }),
        metadata: Some(BlockMetadata { metadata: slots }),
    };
    (encode(&block), next)
}

fn signed_metadata(
    header: &BlockHeader,
    last_config: u64,
    signer: &SigningIdentity,
    nonce: Bytes,
) -> Bytes {
    let value = encode(&OrdererBlockMetadata {
        last_config: Some(LastConfig { index: last_config }),
        consenter_metadata: encode(&Metadata::default()),
    });
    let creator = signer.serialized().clone();
    let signature_header = encode(&SignatureHeader { creator, nonce });
    let signed = [
        value.as_ref(),
        signature_header.as_ref(),
        &header_bytes(header),
    ]
    .concat();
    let signature = MetadataSignature {
        signature_header,
        signature: signer.sign(&signed).into(),
        ..Default::default()
    };
    encode(&Metadata {
        value,
        signatures: vec![signature],
    })
}

fn encode(message: &impl prost::Message) -> Bytes {
    message.encode_to_vec().into()
}
