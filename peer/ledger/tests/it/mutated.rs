//! Recorded transactions with a few bytes changed: whatever they became, the ledger gives them a code and goes on.

use crate::recording::{Recording, block};
use crate::synthetic;
use bytes::Bytes;
use proptest::prelude::*;
use selvedge_ledger::{BlockAndCodes, Ledger, ParsedBlock, StateKind};

/// A place (as a fraction of the length) and what happens there.
#[derive(Clone, Debug)]
enum Edit {
    Set(u16, u8),
    Insert(u16, u8),
    Remove(u16),
    Cut(u16),
}

fn edit() -> impl Strategy<Value = Edit> {
    prop_oneof![
        (any::<u16>(), any::<u8>()).prop_map(|(at, byte)| Edit::Set(at, byte)),
        (any::<u16>(), any::<u8>()).prop_map(|(at, byte)| Edit::Insert(at, byte)),
        any::<u16>().prop_map(Edit::Remove),
        any::<u16>().prop_map(Edit::Cut),
    ]
}

fn apply(bytes: &mut Vec<u8>, edit: &Edit) {
    let place = |at: u16, length: usize| usize::from(at) * length / usize::from(u16::MAX);
    let last = bytes.len().saturating_sub(1);
    match edit {
        Edit::Insert(at, byte) => bytes.insert(place(*at, bytes.len()), *byte),
        Edit::Cut(at) => bytes.truncate(place(*at, bytes.len())),
        _ if bytes.is_empty() => {}
        Edit::Set(at, byte) => bytes[place(*at, last)] = *byte,
        Edit::Remove(at) => drop(bytes.remove(place(*at, last))),
    }
}

fn envelopes() -> Vec<Bytes> {
    let recording = Recording::load();
    (1..=recording.last())
        .flat_map(|number| ParsedBlock::parse(&block(number)).unwrap().envelopes)
        .collect()
}

fn commit(ledger: &Ledger, envelopes: Vec<Bytes>) -> Vec<u8> {
    let codes = vec![0; envelopes.len()];
    let block = synthetic::next_block(ledger, envelopes);
    ledger
        .commit(BlockAndCodes {
            block,
            codes,
            private: Vec::new(),
        })
        .unwrap()
        .codes
        .clone()
}

#[test]
fn changed_transactions_are_judged_and_the_chain_goes_on() {
    let dir = synthetic::dir();
    let ledger = synthetic::create(dir.path());
    let recorded = envelopes();
    let txs = proptest::collection::vec(
        (0..recorded.len(), proptest::collection::vec(edit(), 0..3)),
        1..5,
    );
    proptest!(ProptestConfig { cases: 400, ..ProptestConfig::default() }, |(txs in txs)| {
        let changed = txs.iter().map(|(index, edits)| {
            let mut bytes = recorded[*index].to_vec();
            edits.iter().for_each(|edit| apply(&mut bytes, edit));
            Bytes::from(bytes)
        });
        let codes = commit(&ledger, changed.collect());
        prop_assert_eq!(codes.len(), txs.len());
        // Only what reads can be wrong about, or what cannot be read.
        prop_assert!(codes.iter().all(|code| [0, 11, 12, 16, 255].contains(code)), "{:?}", codes);
    });
    assert!(
        !ledger
            .snapshot()
            .dump(StateKind::Public)
            .unwrap()
            .is_empty()
    );
    let height = ledger.height();
    drop(ledger);
    assert_eq!(
        Ledger::open(dir.path(), synthetic::options())
            .unwrap()
            .height(),
        height
    );
}

proptest! {
    #[test]
    fn changed_blocks_are_refused_or_parsed(number in 0_u64..54, edits in proptest::collection::vec(edit(), 1..4)) {
        let mut bytes = block(number).to_vec();
        edits.iter().for_each(|edit| apply(&mut bytes, edit));
        let _ = ParsedBlock::parse(&bytes.into());
    }
}
