//! Random scripts: all peers endorse them with the same bytes, or refuse them in the same words, and find the same
//! transactions of a block invalid.

use super::{Network, told};
use crate::operations::operations;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use serde_json::Value;

/// Scripts that are endorsed on one state, and meet in a block where the orderer has it so.
const TOGETHER: usize = 4;
/// In so many rounds some meet.
const ENOUGH: usize = 300;
/// `TxValidationCode`: MVCC_READ_CONFLICT, PHANTOM_READ_CONFLICT.
const CONFLICTS: [i32; 2] = [11, 12];

/// Fabric's peer stops at policies of keys that cannot be read, and at one for a key that goes in the same block
/// (`docs/conformance.md`).
fn stops_fabric(operations: &Value) -> bool {
    let text = operations.to_string();
    text.contains("setep")
        && ["no policy", "del\\\"", "del\""]
            .iter()
            .any(|part| text.contains(part))
}

/// Where CouchDB takes no key that is empty or begins with `_`, Fabric's peer says nothing of it when several keys are
/// asked for, and answers with no values; ours refuses as for one.
fn asks_for_what_couchdb_refuses(operations: &Value) -> bool {
    let text = operations.to_string().replace('\\', "");
    let asked = text.split("[\"getmulti\",[").skip(1);
    asked
        .filter_map(|rest| rest.split(']').next())
        .any(|keys| keys.contains("\"\"") || keys.contains("\"_"))
}

/// Release 2.5 has no batches: its shim sends one after the other, and an error names that one.
fn batches(operations: &Value) -> bool {
    operations.to_string().contains("batch")
}

fn sets_policies(operations: &Value) -> bool {
    operations.to_string().contains("setep")
}

#[test]
#[ignore = "needs Fabric's peers: tests/interop/fabric/run"]
fn scripts_have_the_same_bytes_on_fabrics_peer_and_ours() {
    let mut network = Network::told();
    let rounds: usize = told("SELVEDGE_BESIDE_ROUNDS").parse().unwrap();
    let mut runner = TestRunner::default();
    let couchdb = std::env::var_os("SELVEDGE_COUCHDB").is_some();
    let has_batches = told("SELVEDGE_BESIDE_RELEASE") != "2.5";
    let mut endorsed = 0;
    for _ in 0..rounds {
        let scripts = (0..TOGETHER).map(|_| operations().new_tree(&mut runner).unwrap().current());
        let mut scripts: Vec<Value> = scripts
            .filter(|script| !stops_fabric(script) && (has_batches || !batches(script)))
            .filter(|script| !couchdb || !asks_for_what_couchdb_refuses(script))
            .collect();
        // One that sets policies is alone in its block.
        let alone: Vec<Value> = scripts
            .extract_if(.., |script| sets_policies(script))
            .collect();
        for group in alone.into_iter().map(|one| vec![one]).chain([scripts]) {
            let group: Vec<_> = group
                .into_iter()
                .filter_map(|script| network.endorse(script))
                .collect();
            endorsed += group.len();
            network.commit(group);
        }
    }
    println!("{endorsed} endorsed, by code: {:?}", network.codes);
    assert!(endorsed > rounds, "nearly everything was refused");
    let conflicts = CONFLICTS.map(|code| network.codes.get(&code).copied().unwrap_or(0));
    let conflicts: usize = conflicts.iter().sum();
    assert!(rounds < ENOUGH || conflicts > 0, "nothing met anything");
    assert!(network.codes.get(&0) > Some(&rounds), "{:?}", network.codes);
}
