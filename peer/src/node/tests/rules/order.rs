//! What depends on the transactions before: IDs seen already, and reads that are stale.

use super::bench::Bench;
use super::draft::Draft;

/// Fabric: core/committer/txvalidator/v20/validator.go, markTXIdDuplicates and checkTxIdDupsLedger.
#[test]
fn one_id_twice() {
    let bench = Bench::new();
    let good = bench.draft().put("kv", "a", "1");
    let same = || bench.draft().edit(|d| d.nonce = good.nonce.clone());
    let refused = same().endorsed_by(&[]);
    let codes =
        |drafts: &[&Draft<'_>]| bench.judge(drafts.iter().map(|draft| draft.envelope()).collect());
    assert_eq!(codes(&[&good, &good, &same()]), [0, 9, 9]);
    // One that failed by itself does not count.
    assert_eq!(codes(&[&refused, &good, &same()]), [10, 0, 9]);
    // What is wrong anyway keeps its own code.
    assert_eq!(codes(&[&good, &refused]), [0, 10]);
    // One that fails for what it read does count: conflicts come later.
    let stale = good.clone().read("kv", "absent", Some((0, 0)));
    assert_eq!(bench.commit(&[stale, good.clone()]), [11, 9]);
    // In the ledger any transaction counts, whatever became of it.
    assert_eq!(bench.code(&good), 9);
    let unreadable = same().edit(|d| d.named = None);
    assert_eq!(
        bench.code(&unreadable),
        9,
        "before its chaincode is looked at"
    );
    let wrong = same().edit(|d| d.with.data = Some("x".into()));
    assert_eq!(bench.code(&wrong), 5, "and behind its form");
}

/// The ID in the header is what counts in the ledger, even where it belonged to another.
#[test]
fn an_id_that_an_invalid_transaction_took() {
    let bench = Bench::new();
    let victim = bench.draft().put("kv", "a", "1");
    let thief = bench.draft().edit(|d| d.with.tx_id = Some(victim.tx_id()));
    assert_eq!(bench.commit(&[thief]), [8]);
    assert_eq!(bench.code(&victim), 9);
}

/// Fabric: core/ledger/kvledger/txmgmt/validation/validator.go, validateTx.
#[test]
fn reads_ranges_and_private_reads_in_this_order() {
    let bench = Bench::new();
    let phantom = selvedge_protos::kvrwset::RangeQueryInfo {
        start_key: "zz".to_owned(),
        end_key: "zzz".to_owned(),
        itr_exhausted: true,
        reads_info: Some(
            selvedge_protos::kvrwset::range_query_info::ReadsInfo::RawReads(
                selvedge_protos::kvrwset::QueryReads {
                    kv_reads: vec![selvedge_protos::kvrwset::KvRead {
                        key: "zz1".to_owned(),
                        version: Some(Default::default()),
                    }],
                },
            ),
        ),
    };
    let draft = || bench.draft();
    let cases = [
        (draft().read("kv", "absent", None), 0),
        (draft().read("kv", "absent", Some((0, 0))), 11),
        (draft().range("kv", phantom.clone()), 12),
        (draft().read_hash("kv", "collB", "absent", None), 0),
        (draft().read_hash("kv", "collB", "absent", Some((3, 0))), 11),
        // Within a namespace: reads, ranges, private reads.
        (
            draft()
                .read("kv", "absent", Some((0, 0)))
                .range("kv", phantom.clone()),
            11,
        ),
        (
            draft()
                .range("kv", phantom.clone())
                .read_hash("kv", "collB", "absent", Some((3, 0))),
            12,
        ),
        // Of several namespaces the first in the set.
        (
            draft()
                .range("cc2", phantom.clone())
                .read("kv", "absent", Some((0, 0))),
            12,
        ),
    ];
    for (draft, code) in cases {
        let codes = bench.commit(&[draft]);
        assert_eq!(codes, [code]);
    }
}

/// Whatever an earlier transaction of the block touched conflicts: written, deleted though absent, or given metadata.
#[test]
fn a_key_that_the_block_touched() {
    let bench = Bench::new();
    let setup = bench
        .draft()
        .put("kv", "there", "1")
        .put_hash("kv", "collB", "there", b"h");
    assert_eq!(bench.commit(&[setup]), [0]);
    let height = bench.channel.ledger().height();
    let version = Some((height - 1, 0));
    let there = || bench.draft().read("kv", "there", version);
    let absent = || bench.draft().read("kv", "absent", None);
    let hidden = || bench.draft().read_hash("kv", "collB", "there", version);
    let drafts = [
        bench
            .draft()
            .delete("kv", "absent")
            .metadata("kv", "there", vec![super::draft::entry("any", b"x")])
            .metadata_hash(
                "kv",
                "collB",
                "there",
                vec![super::draft::entry("any", b"x")],
            ),
        there(),
        absent(),
        hidden(),
        bench.draft().read("cc2", "absent", None),
    ];
    assert_eq!(bench.commit(&drafts), [0, 11, 11, 11, 0]);
    // Behind the block the deletion has left nothing, and metadata a new version.
    let version = Some((height, 0));
    let after = [
        absent(),
        bench.draft().read("kv", "there", version),
        bench.draft().read_hash("kv", "collB", "there", version),
    ];
    assert_eq!(bench.commit(&after), [0, 0, 0]);
}
