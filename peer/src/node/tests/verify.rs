//! Blocks from an orderer that lies.

use super::golden::{golden, received};
use crate::node::{BlockError, Verifier};
use bytes::Bytes;
use prost::Message as _;
use selvedge_identity::ChannelConfig;
use selvedge_ledger::{BlockHeader, data_hash, header_hash};
use selvedge_protos::common::{Block, Envelope};
use std::sync::Arc;

fn block(number: u64) -> Block {
    received(&golden().join(format!("blocks/{number:04}.block"))).1
}

fn header(block: &Block) -> BlockHeader {
    let header = block.header.clone().unwrap();
    BlockHeader {
        number: header.number,
        previous_hash: header.previous_hash,
        data_hash: header.data_hash,
    }
}

/// Stands behind the genesis block.
fn verifier() -> Verifier {
    let (bytes, genesis) = received(&golden().join("genesis.block"));
    let config = ChannelConfig::from_block(&bytes).unwrap();
    Verifier::new(
        Arc::new(config),
        1,
        Bytes::copy_from_slice(&header_hash(&header(&genesis))),
    )
}

/// What the verifier says about block 1 after `change`.
fn refusal(change: impl FnOnce(&mut Block)) -> BlockError {
    let mut changed = block(1);
    change(&mut changed);
    let mut verifier = verifier();
    let refused = verifier.verify(&changed).unwrap_err();
    assert_eq!(verifier.next(), 1, "a refused block moves nothing");
    verifier.verify(&block(1)).unwrap();
    refused
}

/// Replaces the data and makes the header say so.
fn set_data(block: &mut Block, data: Vec<Bytes>) {
    block.header.as_mut().unwrap().data_hash = Bytes::copy_from_slice(&data_hash(&data));
    block.data.as_mut().unwrap().data = data;
}

#[test]
fn says_what_is_wrong_in_fabrics_words() {
    let wrong = refusal(|block| block.header.as_mut().unwrap().number = 7);
    assert_eq!(
        wrong.to_string(),
        "expected block number is [1] but actual block number inside block is [7]"
    );

    let wrong =
        refusal(|block| block.header.as_mut().unwrap().previous_hash = Bytes::from_static(&[0xab]));
    let text = wrong.to_string();
    let start = "Header.PreviousHash of block [1] is different from Hash(block.Header) of previous block, on channel [golden], received: ab, expected: ";
    assert!(text.starts_with(start), "{text}");

    let wrong = refusal(|block| block.metadata.as_mut().unwrap().metadata.truncate(4));
    let expected =
        "block with id [1] on channel [golden] does not have metadata or contains too few entries";
    assert_eq!(wrong.to_string(), expected);

    assert_eq!(
        refusal(|block| block.data = None).to_string(),
        "empty block"
    );

    let wrong = refusal(|block| block.data.as_mut().unwrap().data.reverse_and_repeat());
    assert!(
        wrong.to_string().starts_with(
            "Header.DataHash is different from Hash(block.Data) for block with id [1]"
        )
    );
}

trait Repeat {
    fn reverse_and_repeat(&mut self);
}

impl Repeat for Vec<Bytes> {
    fn reverse_and_repeat(&mut self) {
        self.reverse();
        if let Some(last) = self.last().cloned() {
            self.push(last);
        }
    }
}

#[test]
fn transactions_are_what_their_bytes_say() {
    let envelope = Envelope {
        payload: Bytes::from_static(b"p"),
        signature: Bytes::from_static(b"s"),
    };
    let bytes = |envelope: &Envelope| Bytes::from(envelope.encode_to_vec());
    let refused = |data: Bytes| refusal(|block| set_data(block, vec![data])).to_string();
    let unsigned = Envelope {
        signature: Bytes::new(),
        ..envelope.clone()
    };
    assert_eq!(refused(bytes(&unsigned)), "transaction 0 has no signature");
    let empty = Envelope {
        payload: Bytes::new(),
        ..envelope.clone()
    };
    assert_eq!(refused(bytes(&empty)), "transaction 0 has no payload");
    assert!(refused(Bytes::from_static(&[0xff])).starts_with("transaction 0 is invalid: "));
    // The same message, with its fields the other way round.
    let canonical = bytes(&envelope);
    let (payload, signature) = (canonical.slice(..3), canonical.slice(3..));
    let swapped = Bytes::from([signature, payload].concat());
    assert!(refused(swapped).contains(" does not match its raw form ("));
}

#[test]
fn only_the_ordering_service_signs() {
    let unsigned = refusal(|block| block.metadata.as_mut().unwrap().metadata[0] = Bytes::new());
    assert!(
        matches!(unsigned, BlockError::Signatures { block: 1, .. }),
        "{unsigned}"
    );
    // Good data under a signature that was made for something else.
    let other = block(2).metadata.unwrap().metadata[0].clone();
    let forged = refusal(|block| block.metadata.as_mut().unwrap().metadata[0] = other);
    assert!(
        matches!(forged, BlockError::Signatures { block: 1, .. }),
        "{forged}"
    );
}
