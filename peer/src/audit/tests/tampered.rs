use super::{Copy, Kind, golden, metadata};
use bytes::Bytes;
use proptest::prelude::*;
use std::fs;

fn flipped(bytes: &Bytes, at: usize) -> Bytes {
    let mut bytes = bytes.to_vec();
    bytes[at] ^= 1;
    bytes.into()
}

#[test]
fn a_byte_of_the_data() {
    let copy = Copy::up_to(8);
    copy.change(5, |block| {
        let data = &mut block.data.as_mut().unwrap().data[0];
        *data = flipped(data, data.len() / 2);
    });
    let told = copy.audit();
    assert_eq!(told.kinds(), [(5, Kind::DataHash)]);
    assert_eq!(told.summary().blocks, 6);
    assert!(told.summary().stopped.is_some());
    assert!(told.differences()[0].origin.ends_with("0005.block"));
}

#[test]
fn a_byte_of_the_header() {
    let copy = Copy::up_to(8);
    copy.change(5, |block| {
        let header = block.header.as_mut().unwrap();
        header.previous_hash = flipped(&header.previous_hash, 0);
    });
    assert_eq!(
        copy.audit().kinds(),
        [(5, Kind::PreviousHash), (5, Kind::Signatures)]
    );
}

#[test]
fn a_byte_of_the_metadata() {
    let copy = Copy::up_to(8);
    copy.change(5, |block| {
        let slot = metadata(block, 0);
        *slot = flipped(slot, slot.len() - 3);
    });
    // The state does not depend on it: the rest is judged.
    let told = copy.audit();
    assert_eq!(told.kinds(), [(5, Kind::Signatures)]);
    assert_eq!(told.summary().blocks, 9);

    let copy = Copy::up_to(8);
    copy.change(5, |block| {
        let slot = metadata(block, 4);
        *slot = flipped(slot, slot.len() - 3);
    });
    let told = copy.audit();
    assert_eq!(told.kinds(), [(5, Kind::CommitHash)]);
    let cause = &told.differences()[0].explanation.as_ref().unwrap().cause;
    assert!(cause.contains("the recorded hash itself"), "{cause}");
}

/// A block, and the place of a transaction in it, with a code that was recorded.
fn with_code(code: u64) -> (u64, usize) {
    let expected: serde_json::Value =
        serde_json::from_slice(&fs::read(golden().join("expected.json")).unwrap()).unwrap();
    for block in expected["blocks"].as_array().unwrap() {
        let mut txs = block["txs"].as_array().unwrap().iter();
        if let Some(tx) = txs.position(|tx| tx["code"] == code) {
            return (block["number"].as_u64().unwrap(), tx);
        }
    }
    panic!("{code} is not recorded");
}

fn verdict(number: u64, tx: usize, code: u8) -> super::Told {
    let copy = Copy::up_to(number + 1);
    copy.change(number, |block| {
        let slot = metadata(block, 2);
        let mut codes = slot.to_vec();
        codes[tx] = code;
        *slot = codes.into();
    });
    copy.audit()
}

#[test]
fn a_verdict_that_hides_a_conflict() {
    let (number, tx) = with_code(11);
    let told = verdict(number, tx, 0);
    assert_eq!(told.kinds(), [(number, Kind::Verdict)]);
    assert_eq!(told.differences()[0].transaction, Some(tx as u64));
    for name in ["key", "version read", "version in the state", "written by"] {
        assert!(told.fact(name).is_some(), "{name}: {told:?}");
    }
}

#[test]
fn a_verdict_that_hides_a_phantom() {
    let (number, tx) = with_code(12);
    let told = verdict(number, tx, 0);
    assert_eq!(told.kinds(), [(number, Kind::Verdict)]);
    assert!(told.fact("range").is_some());
}

#[test]
fn a_verdict_that_hides_a_missing_endorsement() {
    let (number, tx) = with_code(10);
    let told = verdict(number, tx, 0);
    assert_eq!(told.kinds(), [(number, Kind::Verdict)]);
    for name in ["creator", "endorsers", "namespace", "policy"] {
        assert!(told.fact(name).is_some(), "{name}: {told:?}");
    }
}

#[test]
fn a_verdict_that_hides_a_duplicate() {
    let (number, tx) = with_code(9);
    let told = verdict(number, tx, 0);
    assert_eq!(told.kinds(), [(number, Kind::Verdict)]);
    assert!(told.fact("first seen").is_some(), "{told:?}");
}

/// Every code that was recorded is explained by a sentence of its own.
#[test]
fn every_recorded_code_is_explained() {
    for code in [2, 3, 4, 5, 6, 7, 8, 19, 21, 22, 23, 25, 255] {
        let (number, tx) = with_code(code);
        let told = verdict(number, tx, 0);
        let first = told.differences()[0];
        let explanation = first.explanation.as_ref().unwrap();
        assert!(!explanation.cause.is_empty(), "{code}");
        assert!(
            !explanation.cause.contains("satisfy every policy"),
            "{code}: {explanation:?}"
        );
    }
}

#[test]
fn a_verdict_that_shuts_out_a_valid_transaction() {
    let (number, tx) = with_code(11);
    let valid = tx.checked_sub(1).unwrap();
    let told = verdict(number, valid, 11);
    assert_eq!(told.kinds(), [(number, Kind::Verdict)]);
    assert!(told.fact("satisfied").is_some());
    assert!(told.fact("reads").is_some());
}

#[test]
fn too_few_verdicts() {
    let copy = Copy::up_to(6);
    copy.change(6, |block| metadata(block, 2).truncate(3));
    assert_eq!(copy.audit().kinds(), [(6, Kind::Verdicts)]);
}

#[test]
fn another_last_configuration() {
    let copy = Copy::up_to(6);
    copy.change(6, |block| {
        *metadata(block, 1) = Bytes::from_static(&[0x0a, 2, 8, 3]);
    });
    assert_eq!(copy.audit().kinds(), [(6, Kind::LastConfig)]);
}

#[test]
fn bytes_behind_a_block() {
    let copy = Copy::up_to(6);
    let mut bytes = fs::read(copy.path(6)).unwrap();
    bytes.extend([0x22, 1, 0]);
    fs::write(copy.path(6), bytes).unwrap();
    assert_eq!(copy.audit().kinds(), [(6, Kind::Form)]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Whatever bit of whatever block is another, it is noticed: as a difference, or as a block that cannot be read.
    #[test]
    fn any_bit(number in 1_u64..=6, at: prop::sample::Index, bit in 0_u32..8) {
        let copy = Copy::up_to(6);
        let mut bytes = fs::read(copy.path(number)).unwrap();
        let at = at.index(bytes.len());
        bytes[at] ^= 1 << bit;
        fs::write(copy.path(number), bytes).unwrap();
        let told = copy.audit();
        prop_assert!(
            told.error.is_some() || !told.differences().is_empty(),
            "byte {at} of block {number} is not noticed"
        );
    }
}
