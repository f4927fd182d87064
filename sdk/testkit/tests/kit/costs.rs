//! The cost of a transaction, and the file that keeps it.

use crate::contracts::ledgerbook;
use crate::panic_of;
use selvedge_testkit::{Backend, Client, CostLock, Deployed, Network, Simulated};
use tempfile::TempDir;

fn book() -> (Network, Deployed, Client) {
    let network = Network::new();
    let book = network.deploy("book", ledgerbook::CHAINCODE);
    let ann = network.client("Org1MSP", "ann");
    (network, book, ann)
}

fn lock(dir: &TempDir, measured: &[&Simulated]) -> CostLock {
    let mut lock = CostLock::beside(dir.path());
    for simulated in measured {
        lock.measure(simulated);
    }
    lock
}

#[test]
fn a_cost_counts_what_was_asked() {
    let (_network, book, ann) = book();
    let opened = book.submit(&ann, "Open", ("ann", 10));
    let cost = opened.cost();
    assert_eq!((cost.host_calls, cost.reads, cost.writes), (1, 0, 1));
    let key = "\0account\0ann\0".len();
    assert_eq!(cost.bytes_out, key + "10".len());
    assert_eq!(cost.bytes_in, "Open".len() + "ann".len() + "10".len());
    assert_eq!(cost.rwset_bytes, opened.results().public.len());
    assert_eq!(
        (cost.fuel, cost.memory_pages),
        (0, 0),
        "native code is not counted"
    );
    let total = book.submit(&ann, "TotalInto", ("sum",)).cost();
    assert_eq!((total.reads, total.writes), (1, 1));
}

#[test]
fn fuel_and_memory_are_those_of_the_component_and_do_not_change() {
    let cost = || {
        let network = Network::new();
        let assets = network.deploy_on(Backend::Wasm, "basic", asset_transfer::CHAINCODE);
        let ann = network.client("Org1MSP", "ann");
        assets
            .submit(&ann, "CreateAsset", ("a1", "blue", 5, "ann", 300))
            .cost()
    };
    let first = cost();
    assert!(first.fuel > 1_000 && first.memory_pages > 0, "{first}");
    assert_eq!(first, cost());
}

#[test]
fn a_cost_that_grows_fails_until_it_is_blessed() {
    let dir = TempDir::new().unwrap();
    let (network, book, ann) = book();
    let small = book.submit(&ann, "Open", ("ann", 10));
    let missing = panic_of(|| lock(&dir, &[&small]).check());
    assert!(missing.contains("Open is not in the file"), "{missing}");
    lock(&dir, &[&small]).blessed().check();
    lock(&dir, &[&small]).check();
    let large = book.submit(&ann, "Open", ("a name that is much longer than ann", 10));
    let grown = panic_of(|| lock(&dir, &[&small, &large]).check());
    assert!(
        grown.contains("Open: bytes-in was 9 and is 41 (+355 %)"),
        "{grown}"
    );
    assert!(grown.contains("SELVEDGE_BLESS=1"), "{grown}");
    lock(&dir, &[&small, &large]).tolerance(400).check();
    lock(&dir, &[&large]).blessed().check();
    lock(&dir, &[&small]).check();
    let table = network.costs();
    assert!(table.starts_with("Open (2 simulated)\n  fuel "), "{table}");
}

#[test]
fn a_damaged_file_is_named() {
    let dir = TempDir::new().unwrap();
    std::fs::write(dir.path().join("costs.lock"), "Open fuel=x\n").unwrap();
    let text = panic_of(|| lock(&dir, &[]).check());
    assert!(
        text.ends_with("\"fuel=x\" in the line of Open is no name=number"),
        "{text}"
    );
}
