//! Block signatures of a BFT ordering service, whose nodes sign by number.

#![allow(clippy::unwrap_used, reason = "a panic is the report")]

mod town;

use bytes::Bytes;
use prost::Message;
use selvedge_identity::{
    ChannelConfig, SigningIdentity, block_header_bytes,
    cryptogen::NodeRole,
    genesis::{Consensus, Policies, PolicyDescription},
};
use selvedge_protos::{
    common::{
        Block, BlockHeader, BlockMetadata, Consenter, IdentifierHeader, Metadata,
        MetadataSignature, MspPrincipal, SignaturePolicy, SignaturePolicyEnvelope,
        msp_principal::Classification,
        signature_policy::{NOutOf, Type},
    },
    msp::SerializedIdentity,
};
use town::Town;

/// Three of these four.
fn quorum(nodes: &[SigningIdentity]) -> SignaturePolicyEnvelope {
    let rule = |rule| SignaturePolicy { r#type: Some(rule) };
    SignaturePolicyEnvelope {
        version: 0,
        rule: Some(rule(Type::NOutOf(NOutOf {
            n: 3,
            rules: (0..4).map(|n| rule(Type::SignedBy(n))).collect(),
        }))),
        identities: nodes
            .iter()
            .map(|node| MspPrincipal {
                principal_classification: Classification::Identity as i32,
                principal: node.serialized().clone(),
            })
            .collect(),
    }
}

fn channel(town: &Town, nodes: &[SigningIdentity]) -> ChannelConfig {
    let mut description = town.description();
    let consenters = (1..).zip(nodes).map(|(id, node)| Consenter {
        id,
        host: "h".into(),
        port: 7050,
        msp_id: "OrdererMSP".into(),
        identity: SerializedIdentity::decode(node.serialized().clone())
            .unwrap()
            .id_bytes,
        ..Consenter::default()
    });
    description.consensus = Consensus {
        kind: "BFT".into(),
        consenters: consenters.collect(),
        ..Consensus::default()
    };
    let mut policies = Policies::of_orderer();
    policies.0.insert(
        "BlockValidation".into(),
        PolicyDescription::Signature(quorum(nodes)),
    );
    description.orderer_policies = policies;
    ChannelConfig::from_block(&town.genesis(&description).unwrap()).unwrap()
}

/// A block signed by these nodes under these numbers.
fn block(signers: &[(u32, &SigningIdentity)]) -> Block {
    let header = BlockHeader {
        number: 300,
        previous_hash: "p".into(),
        data_hash: "d".into(),
    };
    let value = Bytes::from_static(b"value");
    let sign = |(identifier, node): &(u32, &SigningIdentity)| {
        let identifier = IdentifierHeader {
            identifier: *identifier,
            nonce: "n".into(),
        };
        let identifier_header: Bytes = identifier.encode_to_vec().into();
        let message = [&value[..], &identifier_header, &block_header_bytes(&header)].concat();
        MetadataSignature {
            identifier_header,
            signature: node.sign(&message).into(),
            ..MetadataSignature::default()
        }
    };
    let metadata = Metadata {
        value: value.clone(),
        signatures: signers.iter().map(sign).collect(),
    };
    Block {
        header: Some(header),
        data: None,
        metadata: Some(BlockMetadata {
            metadata: vec![metadata.encode_to_vec().into()],
        }),
    }
}

#[test]
fn a_quorum_of_consenters_signs_by_number() {
    let town = Town::new();
    let nodes: Vec<_> = (0..4).map(|_| town.signer(2, NodeRole::Orderer)).collect();
    let config = channel(&town, &nodes);
    let verdict = |signers: &[(u32, &SigningIdentity)]| {
        config
            .verify_block_signatures(&block(signers))
            .map_err(|error| error.to_string())
    };
    let refused = Err("signature set did not satisfy policy".to_owned());
    assert_eq!(
        verdict(&[(1, &nodes[0]), (3, &nodes[2]), (4, &nodes[3])]),
        Ok(())
    );
    assert_eq!(verdict(&[(1, &nodes[0]), (3, &nodes[2])]), refused);
    assert_eq!(
        verdict(&[(1, &nodes[0]), (1, &nodes[0]), (3, &nodes[2])]),
        refused,
        "one node twice"
    );
    assert_eq!(
        verdict(&[(1, &nodes[0]), (2, &nodes[2]), (4, &nodes[3])]),
        refused,
        "another's number"
    );
    let unknown = [
        (9, &nodes[1]),
        (1, &nodes[0]),
        (3, &nodes[2]),
        (4, &nodes[3]),
    ];
    assert_eq!(verdict(&unknown), Ok(()), "an unknown number is skipped");
}

#[test]
fn header_bytes_are_der() {
    let header = |number| BlockHeader {
        number,
        previous_hash: Bytes::new(),
        data_hash: "d".into(),
    };
    assert_eq!(
        block_header_bytes(&header(0)),
        [0x30, 8, 2, 1, 0, 4, 0, 4, 1, b'd']
    );
    assert_eq!(
        block_header_bytes(&header(128)),
        [0x30, 9, 2, 2, 0, 128, 4, 0, 4, 1, b'd']
    );
    assert_eq!(
        block_header_bytes(&header(u64::MAX))[..5],
        [0x30, 16, 2, 9, 0]
    );
}
