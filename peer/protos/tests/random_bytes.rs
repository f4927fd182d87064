//! Decoding never panics, and what decodes encodes to something that decodes to the same message.

#![allow(clippy::unwrap_used, reason = "a panic is the report")]

use bytes::Bytes;
use proptest::collection::vec;
use proptest::prelude::*;
use prost::Message;
use selvedge_protos::{common, discovery, gossip, kvrwset, lifecycle, msp, protos, rwset};

fn survives<M: Message + Default + PartialEq>(bytes: &[u8]) {
    if let Ok(message) = M::decode(bytes) {
        let encoded = message.encode_to_vec();
        assert_eq!(encoded.len(), message.encoded_len());
        assert!(M::decode(&encoded[..]).unwrap() == message);
    }
}

fn everything_survives(bytes: &[u8]) {
    survives::<common::Block>(bytes);
    survives::<common::ConfigEnvelope>(bytes);
    survives::<common::ConfigUpdate>(bytes);
    survives::<common::Envelope>(bytes);
    survives::<common::Payload>(bytes);
    survives::<common::ChannelHeader>(bytes);
    survives::<common::SignaturePolicyEnvelope>(bytes);
    survives::<discovery::Request>(bytes);
    survives::<gossip::GossipMessage>(bytes);
    survives::<kvrwset::HashedRwSet>(bytes);
    survives::<kvrwset::KvrwSet>(bytes);
    survives::<lifecycle::ApproveChaincodeDefinitionForMyOrgArgs>(bytes);
    survives::<lifecycle::StateData>(bytes);
    survives::<msp::FabricMspConfig>(bytes);
    survives::<protos::ChaincodeActionPayload>(bytes);
    survives::<protos::ChaincodeInvocationSpec>(bytes);
    survives::<protos::ChaincodeMessage>(bytes);
    survives::<protos::ChaincodeProposalPayload>(bytes);
    survives::<protos::DeliverResponse>(bytes);
    survives::<protos::ProposalResponse>(bytes);
    survives::<protos::SignedProposal>(bytes);
    survives::<protos::WriteBatchState>(bytes);
    survives::<rwset::TxPvtReadWriteSet>(bytes);
    survives::<rwset::TxReadWriteSet>(bytes);
}

/// Keys and lengths that mostly fit, so that decoding gets further than the first byte.
fn plausible() -> impl Strategy<Value = Vec<u8>> {
    let field = (1_u8..12, vec(any::<u8>(), 0..12)).prop_map(|(number, content)| {
        let mut field = vec![number << 3 | 2, u8::try_from(content.len()).unwrap()];
        field.extend(content);
        field
    });
    let integer = (1_u8..12, 0_u8..128).prop_map(|(number, value)| vec![number << 3, value]);
    vec(prop_oneof![3 => field, 1 => integer], 0..12).prop_map(|fields| fields.concat())
}

proptest! {
    #[test]
    fn random_bytes(bytes in vec(any::<u8>(), 0..200)) {
        everything_survives(&bytes);
    }

    #[test]
    fn plausible_fields(bytes in plausible()) {
        everything_survives(&bytes);
    }

    /// A recorded block with some bytes changed.
    #[test]
    fn mutated_block(changes in vec((any::<prop::sample::Index>(), any::<u8>()), 1..8)) {
        let mut block = include_bytes!("../../../tests/golden/blocks/0012.block").to_vec();
        let length = block.len();
        for (index, byte) in changes {
            block[index.index(length)] = byte;
        }
        survives::<common::Block>(&block);
        if let Ok(block) = common::Block::decode(Bytes::from(block)) {
            for entry in block.data.unwrap_or_default().data {
                everything_survives(&entry);
            }
        }
    }
}

/// A configuration group nests in itself: depth is limited, so bytes cannot exhaust the stack.
#[test]
fn depth_is_limited() {
    let mut bytes = Vec::new();
    for _ in 0..2000 {
        let mut entry = vec![0x12];
        prost::encoding::encode_varint(bytes.len() as u64, &mut entry);
        entry.extend(&bytes);
        let mut group = vec![0x12];
        prost::encoding::encode_varint(entry.len() as u64, &mut group);
        group.extend(entry);
        bytes = group;
    }
    assert!(common::ConfigGroup::decode(&bytes[..]).is_err());
}
