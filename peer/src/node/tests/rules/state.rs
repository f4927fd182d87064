//! What valid transactions leave in the state: values, metadata and versions, also of sets that no simulator makes.

use super::bench::Bench;
use super::draft::{Draft, entry};
use selvedge_ledger::Version;

/// Value, number of metadata entries, version.
fn found(bench: &Bench, key: &str) -> Option<(Vec<u8>, usize, Version)> {
    let snapshot = bench.channel.ledger().snapshot();
    let value = snapshot.get("kv", key).unwrap()?;
    let entries = snapshot.metadata("kv", key).unwrap();
    Some((value.value.to_vec(), entries.len(), value.version))
}

fn any() -> Vec<selvedge_protos::kvrwset::KvMetadataEntry> {
    vec![entry("any", b"x")]
}

/// Fabric: core/ledger/kvledger/txmgmt/validation/tx_ops.go.
#[test]
fn writes_and_metadata_of_one_key() {
    let bench = Bench::new();
    let draft = || bench.draft();
    type Step<'a> = (&'a str, Draft<'a>, Option<(&'a str, usize)>);
    let steps: Vec<Step<'_>> = vec![
        (
            "metadata of nothing",
            draft().metadata("kv", "k", any()),
            None,
        ),
        ("value", draft().put("kv", "k", "1"), Some(("1", 0))),
        (
            "metadata",
            draft().metadata("kv", "k", any()),
            Some(("1", 1)),
        ),
        (
            "value keeps it",
            draft().put("kv", "k", "2"),
            Some(("2", 1)),
        ),
        (
            "both replace both",
            draft().put("kv", "k", "3").metadata("kv", "k", Vec::new()),
            Some(("3", 0)),
        ),
        (
            "two metadata writes: the last",
            draft().metadata("kv", "k", any()).metadata(
                "kv",
                "k",
                vec![entry("a", b""), entry("b", b"")],
            ),
            Some(("3", 2)),
        ),
        (
            "two values: neither, and the metadata goes",
            draft().put("kv", "k", "4").put("kv", "k", "5"),
            Some(("3", 0)),
        ),
        (
            "two values of nothing: nothing",
            draft().put("kv", "new", "4").put("kv", "new", "5"),
            Some(("3", 0)),
        ),
        (
            "an empty value is a deletion",
            draft().put("kv", "k", ""),
            None,
        ),
        ("value again", draft().put("kv", "k", "6"), Some(("6", 0))),
        (
            "value and deletion: gone",
            draft().put("kv", "k", "7").delete("kv", "k"),
            None,
        ),
        ("and again", draft().put("kv", "k", "8"), Some(("8", 0))),
        (
            "two deletions: kept",
            draft().delete("kv", "k").delete("kv", "k"),
            Some(("8", 0)),
        ),
        (
            "deletion and metadata: gone",
            draft().delete("kv", "k").metadata("kv", "k", any()),
            None,
        ),
    ];
    for (what, draft, expected) in steps {
        let before = found(&bench, "k").map(|found| found.2);
        let height = bench.channel.ledger().height();
        assert_eq!(bench.commit(&[draft]), [0], "{what}");
        let now = found(&bench, "k");
        let expected = expected.map(|(value, entries)| {
            let version = if what.starts_with("two values of nothing") {
                before.unwrap()
            } else {
                Version::new(height, 0)
            };
            (value.as_bytes().to_vec(), entries, version)
        });
        assert_eq!(now, expected, "{what}");
        assert!(found(&bench, "new").is_none());
    }
}

/// Within a block each transaction meets what the one before left.
#[test]
fn several_transactions_on_one_key() {
    let bench = Bench::new();
    let draft = || bench.draft();
    let height = bench.channel.ledger().height();
    let codes = bench.commit(&[
        draft().put("kv", "a", "1").put("kv", "b", "1"),
        draft().delete("kv", "a"),
        draft().put("kv", "b", "2").read("kv", "z", Some((9, 9))),
    ]);
    assert_eq!(codes, [0, 0, 11]);
    assert_eq!(found(&bench, "a"), None);
    let b = (b"1".to_vec(), 0, Version::new(height, 0));
    assert_eq!(found(&bench, "b"), Some(b));
}

/// Go peers stop at this block; the deletion stands.
#[test]
fn metadata_of_a_key_that_the_block_deleted() {
    let bench = Bench::new();
    assert_eq!(bench.commit(&[bench.draft().put("kv", "k", "1")]), [0]);
    // The policy of a key is not the only metadata, so that the second is not refused for the first.
    let codes = bench.commit(&[
        bench.draft().delete("kv", "k"),
        bench.draft().metadata("kv", "k", any()),
    ]);
    assert_eq!(codes, [0, 0]);
    assert_eq!(found(&bench, "k"), None);
}

/// A hash counts as a deletion when it says so, is empty, or is that of nothing.
#[test]
fn hashes_of_nothing() {
    let bench = Bench::new();
    let nothing = super::draft::sha256(b"");
    let there = |key: &str| {
        let snapshot = bench.channel.ledger().snapshot();
        snapshot.private_hash("kv", "collB", key).unwrap().is_some()
    };
    for value_hash in [&nothing[..], b""] {
        let put = bench.draft().put_hash("kv", "collB", "k", b"h");
        assert_eq!(bench.commit(&[put]), [0]);
        assert!(there("k"));
        let delete = bench.draft().put_hash("kv", "collB", "k", value_hash);
        assert_eq!(bench.commit(&[delete]), [0]);
        assert!(!there("k"));
    }
}
