//! Private data of transactions that are refused before anybody looks at what they write.

use super::bench::Bench;
use super::draft::sha256;
use bytes::Bytes;
use prost::Message as _;
use selvedge_ledger::Version;
use selvedge_protos::kvrwset::{KvWrite, KvrwSet};
use selvedge_protos::rwset::{CollectionPvtReadWriteSet, NsPvtReadWriteSet, TxPvtReadWriteSet};
use selvedge_protos::transientstore::TxPvtReadWriteSetWithConfigInfo;

fn write_set(key: &str, value: &str) -> Bytes {
    let write = KvWrite {
        key: key.to_owned(),
        is_delete: false,
        value: Bytes::copy_from_slice(value.as_bytes()),
    };
    let set = KvrwSet {
        writes: vec![write],
        ..KvrwSet::default()
    };
    set.encode_to_vec().into()
}

/// As an endorser of the transaction keeps it.
fn endorse(bench: &Bench, tx_id: &str, rwset: &Bytes) {
    let collection = CollectionPvtReadWriteSet {
        collection_name: "collB".to_owned(),
        rwset: rwset.clone(),
    };
    let set = TxPvtReadWriteSet {
        data_model: 0,
        ns_pvt_rwset: vec![NsPvtReadWriteSet {
            namespace: "kv".to_owned(),
            collection_pvt_rwset: vec![collection],
        }],
    };
    let stored = TxPvtReadWriteSetWithConfigInfo {
        pvt_rwset: Some(set),
        ..Default::default()
    };
    let height = bench.channel.ledger().height();
    let transient = bench.channel.transient();
    transient
        .persist(tx_id, height, &stored.encode_to_vec())
        .unwrap();
}

/// Fabric: gossip/privdata/coordinator.go, getTxPvtdataInfoFromBlock: every endorser transaction with a read-write set,
/// whatever its code.
#[test]
fn refused_transactions_keep_their_private_data() {
    let bench = Bench::new();
    let rwset = write_set("p", "v");
    let draft = || {
        let draft = bench.draft().put_hash("kv", "collB", "p", &sha256(b"v"));
        draft.private_hash("kv", "collB", sha256(&rwset))
    };
    let sound = draft();
    let forged = draft().edit(|draft| draft.with.signature = Some(Bytes::from_static(b"no")));
    let other_id = draft().edit(|draft| draft.with.tx_id = Some("other".to_owned()));
    for tx_id in [sound.tx_id(), forged.tx_id(), "other".to_owned()] {
        endorse(&bench, &tx_id, &rwset);
    }
    let number = bench.channel.ledger().height();
    assert_eq!(bench.commit(&[sound.clone(), forged, other_id]), [0, 4, 8]);
    assert_eq!(bench.commit(&[sound]), [9]);
    let kept = |block: u64, tx: u64| {
        let version = Version { block, tx };
        let ledger = bench.channel.ledger();
        ledger.private_write_set(version, "kv", "collB").unwrap()
    };
    for tx in 0..3 {
        assert_eq!(kept(number, tx), Some(rwset.clone()), "transaction {tx}");
    }
    // By then the transient store has let go of it; the state knows the one that was valid.
    assert_eq!(kept(number + 1, 0), None);
    let state = bench.channel.ledger().snapshot();
    let found = state.private("kv", "collB", "p").unwrap().unwrap();
    assert_eq!(
        found.version,
        Version {
            block: number,
            tx: 0
        }
    );
}
