//! Disks that are full or refuse to be written. The limit holds for a whole process, so each test runs in one of its own.
//! What runs chaincode has no part in this: it never sees a disk.

use crate::harness::{Net, Plan, Runtime, results, script};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use serde_json::json;
use std::io;
use std::path::Path;
use std::process::Command;
use std::sync::Mutex;

const CHILD: &str = "SELVEDGE_TEST_DISK_CHILD";

/// Runs an ignored test of this binary. The signal that comes with a write beyond the limit is ignored there: the write
/// fails as on a full disk, for root as well.
fn in_a_process_of_its_own(test: &str) {
    let output = Command::new("sh")
        .arg("-c")
        .arg(format!(
            "trap '' XFSZ; exec \"$0\" {test} --exact --ignored --nocapture"
        ))
        .arg(std::env::current_exe().unwrap())
        .env(CHILD, "1")
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    assert!(output.status.success(), "{text}");
    assert!(text.contains("1 passed"), "{text}");
    assert!(!text.contains("panicked"), "{text}");
}

/// From here on no file of this process may grow beyond `bytes`; `None`: as large as before.
fn limit_files(bytes: Option<u64>) {
    let maximum = getrlimit(Resource::Fsize).maximum;
    let current = bytes.or(maximum);
    setrlimit(Resource::Fsize, Rlimit { current, maximum }).unwrap();
}

/// What the process logged.
static LOG: Mutex<Vec<u8>> = Mutex::new(Vec::new());

struct Log;

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        LOG.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn keep_log() {
    tracing_subscriber::fmt()
        .with_ansi(false)
        .with_writer(|| Log)
        .init();
}

fn logged(text: &str) -> bool {
    String::from_utf8_lossy(&LOG.lock().unwrap()).contains(text)
}

fn show_log() -> String {
    String::from_utf8_lossy(&LOG.lock().unwrap()).into_owned()
}

/// Bytes of the largest file below `dir`.
fn largest(dir: &Path) -> u64 {
    let sizes = std::fs::read_dir(dir).unwrap().map(|entry| {
        let entry = entry.unwrap();
        let metadata = entry.metadata().unwrap();
        if metadata.is_dir() {
            largest(&entry.path())
        } else {
            metadata.len()
        }
    });
    sizes.max().unwrap_or(0)
}

fn network() -> Net {
    keep_log();
    Net::with_script(&Plan {
        runtime: Runtime::Wasm,
        organisations: 1,
        batch: 1,
    })
}

fn put(net: &Net, key: u32) -> crate::harness::Endorsed {
    net.endorse(&script(&json!([[
        "put",
        format!("{key}"),
        "v".repeat(1000)
    ]])))
}

fn has(net: &Net, key: u32) -> bool {
    let answer = net.query(0, &script(&json!([["get", format!("{key}")]])));
    results(&answer.response.unwrap().payload) != json!([null])
}

#[test]
fn a_full_disk_stops_the_channel_and_not_the_peer() {
    in_a_process_of_its_own("disk::fill");
}

#[test]
#[ignore = "run in a process of its own"]
fn fill() {
    if std::env::var_os(CHILD).is_none() {
        return;
    }
    let mut net = network();
    // The peer writes more than the orderer: it meets the limit first.
    let (peer, orderer) = (
        largest(&net.dir().join("peers")),
        largest(&net.dir().join("orderer")),
    );
    let limit = peer + (200 << 10);
    assert!(orderer < peer, "{orderer} {peer}");
    limit_files(Some(limit));
    let mut committed = 0;
    let stopped = "the channel stops: its blocks cannot be had or committed";
    while let Some(verdict) = net.order_unless(&put(&net, committed), || logged(stopped)) {
        assert!(verdict.is_valid());
        committed += 1;
        assert!(committed < 1000, "the disk is never full");
    }
    assert!(committed > 0, "{}", show_log());
    let height = net.channel(0).ledger().height();
    let cause = format!(
        "committing block [{height}] to channel [scenarios]: writing block [{height}]: nothing of it was committed: "
    );
    assert!(logged(&cause), "{}", show_log());
    assert!(net.channel(0).stopped().is_some());
    // What is there is served, and simulated upon.
    assert!(has(&net, committed - 1) && !has(&net, committed));
    put(&net, committed);

    limit_files(None);
    net.restart(0);
    // The block arrives again, and the ones behind it.
    net.next_is_right();
    assert!(has(&net, committed));
    assert!(net.channel(0).ledger().height() > height + 1);
}

#[test]
fn a_peer_on_a_disk_that_cannot_be_written_does_not_start_and_says_why() {
    in_a_process_of_its_own("disk::refuse");
}

#[test]
#[ignore = "run in a process of its own"]
fn refuse() {
    if std::env::var_os(CHILD).is_none() {
        return;
    }
    let mut net = network();
    assert!(net.order(&[&put(&net, 1)])[0].is_valid());
    let halted = net.halt(0);
    limit_files(Some(0));
    let error = net.try_resume(0, halted).unwrap_err();
    limit_files(None);
    // The first database that cannot be opened is named, with what the disk said.
    let text = format!("{:#}", anyhow::Error::from(error));
    assert!(text.contains("transientstore"), "{text}");
    assert!(text.contains("File too large"), "{text}");
}

#[test]
fn an_orderer_on_a_full_disk_refuses_transactions_and_says_why() {
    in_a_process_of_its_own("disk::refuse_to_order");
}

#[test]
#[ignore = "run in a process of its own"]
fn refuse_to_order() {
    if std::env::var_os(CHILD).is_none() {
        return;
    }
    let net = network();
    let height = net.channel(0).ledger().height();
    let (lost, refused) = (put(&net, 1), put(&net, 2));
    limit_files(Some(0));
    // Taken, and lost with its block: the orderer answers before it writes, as Fabric's does.
    let first = net.order_unless(&lost, || logged("it was not ordered"));
    assert_eq!(first, None);
    let cause = format!("writing block [{height}] to ");
    assert!(logged(&cause), "{}", show_log());
    let error = net.offer(&refused).unwrap_err().to_string();
    assert!(error.starts_with("got unexpected status: "), "{error}");
    // The peer goes on with what there is.
    assert!(!has(&net, 1) && !has(&net, 2));
    assert_eq!(net.channel(0).ledger().height(), height);
}
