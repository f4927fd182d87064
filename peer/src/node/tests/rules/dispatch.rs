//! What the endorsers say that ran, and whether it may write where it writes.

use super::bench::Bench;
use super::draft::{Draft, chaincode};
use bytes::Bytes;
use prost::Message as _;
use selvedge_protos::protos::ChaincodeEvent;
use selvedge_protos::rwset::{CollectionHashedReadWriteSet, NsReadWriteSet, TxReadWriteSet};

const GARBAGE: Bytes = Bytes::from_static(b"garbage");

/// A read-write set of no namespace that is not empty as bytes.
const EMPTY_SET: Bytes = Bytes::from_static(&[0x08, 0x01]);

type Case = (&'static str, u8, fn(&mut Draft<'_>));

fn event(chaincode: &str) -> Bytes {
    ChaincodeEvent {
        chaincode_id: chaincode.to_owned(),
        event_name: "happened".to_owned(),
        ..ChaincodeEvent::default()
    }
    .encode_to_vec()
    .into()
}

fn results(set: NsReadWriteSet) -> Option<Bytes> {
    let set = TxReadWriteSet {
        data_model: 0,
        ns_rwset: vec![set],
    };
    Some(set.encode_to_vec().into())
}

/// Fabric: core/committer/txvalidator/v20/plugindispatcher/dispatcher.go, Dispatch.
#[test]
fn chaincode_names_events_and_read_write_sets() {
    let bench = Bench::new();
    let cases: &[Case] = &[
        ("header extension", 19, |d| {
            d.with.header_extension = Some(GARBAGE)
        }),
        ("no header extension", 255, |d| {
            d.with.header_extension = Some(Bytes::new());
        }),
        ("no chaincode in the header", 255, |d| d.named = None),
        ("empty name", 25, |d| d.named = chaincode("", "")),
        ("no chaincode in the action", 255, |d| {
            d.ran = None;
            d.with.results = Some(EMPTY_SET);
        }),
        ("nothing at all in the action", 21, |d| d.ran = None),
        ("another chaincode ran", 25, |d| {
            d.ran = chaincode("cc2", "2.0")
        }),
        ("no version", 25, |d| d.ran = chaincode("kv", "")),
        ("any version", 0, |d| d.ran = chaincode("kv", "whatever")),
        ("version in the header does not count", 0, |d| {
            d.named = chaincode("kv", "0.1");
        }),
        ("action", 21, |d| d.with.chaincode_action = Some(GARBAGE)),
        ("no action", 21, |d| {
            d.with.chaincode_action = Some(Bytes::new());
        }),
        ("results", 22, |d| d.with.results = Some(GARBAGE)),
        ("no results", 0, |d| d.with.results = Some(Bytes::new())),
        ("namespace's set", 22, |d| {
            d.with.results = results(NsReadWriteSet {
                namespace: "kv".to_owned(),
                rwset: GARBAGE,
                ..Default::default()
            });
        }),
        ("collection's set", 22, |d| {
            d.with.results = results(NsReadWriteSet {
                namespace: "kv".to_owned(),
                collection_hashed_rwset: vec![CollectionHashedReadWriteSet {
                    collection_name: "collB".to_owned(),
                    hashed_rwset: GARBAGE,
                    ..Default::default()
                }],
                ..Default::default()
            });
        }),
        ("event", 255, |d| d.events = GARBAGE),
        ("another's event", 255, |d| d.events = event("cc2")),
        ("nobody's event", 255, |d| d.events = event("")),
        ("its own event", 0, |d| d.events = event("kv")),
    ];
    for (what, code, edit) in cases {
        assert_eq!(bench.code(&bench.draft().edit(edit)), *code, "{what}");
    }
}

#[test]
fn the_first_fault_decides() {
    let bench = Bench::new();
    let cases: &[Case] = &[
        ("extension before action", 19, |d| {
            d.with.header_extension = Some(GARBAGE);
            d.with.chaincode_action = Some(GARBAGE);
        }),
        ("results before names", 22, |d| {
            d.with.results = Some(GARBAGE);
            d.named = None;
        }),
        ("missing names before wrong ones", 255, |d| {
            d.named = chaincode("", "");
            d.ran = None;
            d.with.results = Some(EMPTY_SET);
        }),
        ("version before event", 25, |d| {
            d.ran = chaincode("kv", "");
            d.events = GARBAGE;
        }),
        ("undefined chaincode before a policy that fails", 25, |d| {
            d.named = chaincode("nobody", "");
            d.ran = chaincode("nobody", "1");
            d.endorsers.clear();
        }),
    ];
    for (what, code, edit) in cases {
        assert_eq!(bench.code(&bench.draft().edit(edit)), *code, "{what}");
    }
    let twice = bench.draft().put("kv", "k", "1").again("kv");
    assert_eq!(bench.code(&twice), 23, "one namespace twice");
    let event_first = twice.edit(|d| d.events = GARBAGE);
    assert_eq!(bench.code(&event_first), 255, "event before namespaces");
    let twice_elsewhere = bench.draft().again("elsewhere").again("elsewhere");
    assert_eq!(bench.code(&twice_elsewhere), 23, "also one it only reads");
}

/// Every namespace that is written is judged by its own definition; reading is free.
#[test]
fn namespaces_that_are_written() {
    let bench = Bench::new();
    for namespace in [
        "nobody",
        "lscc",
        "cscc",
        "qscc",
        "",
        "kv/collections",
        "kv$$hcollB",
    ] {
        let written = bench.draft().put(namespace, "k", "v");
        assert_eq!(bench.code(&written), 25, "write [{namespace}]");
        let metadata = bench.draft().metadata(namespace, "k", Vec::new());
        assert_eq!(bench.code(&metadata), 25, "metadata [{namespace}]");
        let private = bench.draft().put_hash(namespace, "c", "k", b"hash");
        assert_eq!(bench.code(&private), 25, "private [{namespace}]");
        let private = bench.draft().metadata_hash(namespace, "c", "k", Vec::new());
        assert_eq!(bench.code(&private), 25, "private metadata [{namespace}]");
        let read = bench.draft().read(namespace, "k", None);
        assert_eq!(bench.code(&read), 0, "read [{namespace}]");
        let read = bench.draft().read_hash(namespace, "c", "k", None);
        assert_eq!(bench.code(&read), 0, "private read [{namespace}]");
    }
    // The lifecycle's namespace asks a majority of the organisations.
    let lifecycle = || bench.draft().put("_lifecycle", "k", "v");
    assert_eq!(bench.code(&lifecycle()), 10);
    let majority = lifecycle().endorsed_by(&[&bench.org1, &bench.org3]);
    assert_eq!(bench.code(&majority), 0);
    // And another chaincode's its own policy: cc2 takes Org1 or Org2, kv any of three.
    let both = || bench.draft().put("kv", "k", "v").put("cc2", "k", "v");
    assert_eq!(bench.code(&both()), 0);
    assert_eq!(bench.code(&both().endorsed_by(&[&bench.org3])), 10);
}

/// A transaction that writes nothing needs the endorsement of the chaincode it called all the same.
#[test]
fn a_read_only_transaction_needs_an_endorsement() {
    let bench = Bench::new();
    let read = bench.draft().read("kv", "k", None);
    assert_eq!(bench.code(&read), 0);
    assert_eq!(bench.code(&read.endorsed_by(&[])), 10);
}

/// The header may name another channel of this peer. Its members judge the creator, the block's own chaincodes count.
#[test]
fn a_header_that_names_another_channel() {
    let bench = Bench::new();
    let aux = || bench.draft().edit(|d| d.channel = "aux".to_owned());
    assert_eq!(bench.code(&aux().put("kv", "k", "v")), 0);
    assert_eq!(bench.code(&aux().put("auxcc", "k", "v")), 25);
    assert_eq!(bench.code(&aux().endorsed_by(&[])), 10);
}
