//! Signatures of the ordering service on blocks (rule l:C29).
//!
//! Fabric: protoutil/blockutils.go `BlockSignatureVerifier`.

use bytes::Bytes;
use prost::Message;
use selvedge_protos::{
    common::{Block, BlockHeader, IdentifierHeader, Metadata, MetadataSignature, SignatureHeader},
    msp::SerializedIdentity,
};

use super::{ChannelConfig, ConfigError};
use crate::{
    SignedData,
    crypto::{Tag, der_unsigned, der_value},
};

/// The policy that block signatures must satisfy.
const BLOCK_VALIDATION: &str = "/Channel/Orderer/BlockValidation";

/// Metadata slot of the signatures.
const SIGNATURES: usize = 0;

/// What is hashed and signed of a block header: DER of number, previous hash and data hash (rule l:B2).
pub fn block_header_bytes(header: &BlockHeader) -> Vec<u8> {
    let content = [
        der_unsigned(&header.number.to_be_bytes()),
        der_value(Tag::OctetString as u8, &header.previous_hash),
        der_value(Tag::OctetString as u8, &header.data_hash),
    ]
    .concat();
    der_value(Tag::Sequence as u8, &content)
}

impl ChannelConfig {
    /// Checks the signatures of a block under this configuration: the one in force before the block.
    pub fn verify_block_signatures(&self, block: &Block) -> Result<(), ConfigError> {
        let policy = self.policy(BLOCK_VALIDATION).ok_or_else(|| {
            ConfigError::refused(format!("policy {BLOCK_VALIDATION} wasn't found"))
        })?;
        Ok(policy.evaluate(&self.block_signed_data(block)?)?)
    }

    /// What each block signature signs and by whom.
    pub fn block_signed_data(&self, block: &Block) -> Result<Vec<SignedData>, ConfigError> {
        let header = block
            .header
            .as_ref()
            .ok_or_else(|| ConfigError::refused("no header in block"))?;
        let slot = block
            .metadata
            .as_ref()
            .and_then(|metadata| metadata.metadata.get(SIGNATURES))
            .ok_or_else(|| ConfigError::refused("no metadata in block"))?;
        let metadata = Metadata::decode(slot.clone())
            .map_err(ConfigError::unmarshal("medatata from block header"))?;
        let header = block_header_bytes(header);
        let mut signed = Vec::with_capacity(metadata.signatures.len());
        for signature in &metadata.signatures {
            if let Some((identity, signed_header)) = self.signer(signature)? {
                signed.push(SignedData {
                    data: [&metadata.value[..], signed_header, &header]
                        .concat()
                        .into(),
                    identity,
                    signature: signature.signature.clone(),
                });
            }
        }
        Ok(signed)
    }

    /// Who signed, and the header bytes that the signature covers; `None` for a consenter nobody knows.
    fn signer<'a>(
        &self,
        signature: &'a MetadataSignature,
    ) -> Result<Option<(Bytes, &'a [u8])>, ConfigError> {
        let by_identifier = self.capabilities.consensus_type_bft()
            && signature.signature_header.is_empty()
            && !signature.identifier_header.is_empty();
        if !by_identifier {
            let header = SignatureHeader::decode(signature.signature_header.clone())
                .map_err(ConfigError::unmarshal("signature header"))?;
            return Ok(Some((header.creator, &signature.signature_header)));
        }
        let header = IdentifierHeader::decode(signature.identifier_header.clone())
            .map_err(ConfigError::unmarshal("identifier header"))?;
        let consenters = self.orderer.iter().flat_map(|orderer| &orderer.consenters);
        let consenter = consenters
            .into_iter()
            .find(|consenter| consenter.id == header.identifier);
        Ok(consenter.map(|consenter| {
            let identity = SerializedIdentity {
                mspid: consenter.msp_id.clone(),
                id_bytes: consenter.identity.clone(),
            };
            (
                identity.encode_to_vec().into(),
                &signature.identifier_header[..],
            )
        }))
    }
}
