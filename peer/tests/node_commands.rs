//! The `node` verbs that work on a peer's files, as an operator runs them.
#![allow(clippy::unwrap_used, reason = "a panic is the report")]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use selvedge_identity::BatchParameters;
use selvedge_peer::node::{Clock, Network, NetworkPlan};

const CHANNEL: &str = "shore";

async fn network(dir: &Path) -> Network {
    Network::start(NetworkPlan {
        channel: CHANNEL.to_owned(),
        organisations: 1,
        batch: BatchParameters {
            max_message_count: 1,
            absolute_max_bytes: 10 << 20,
            preferred_max_bytes: 2 << 20,
            timeout: Duration::from_millis(20),
        },
        builders: Vec::new(),
        chaincode_tls: false,
        chaincode_builders: Vec::new(),
        state_database: Default::default(),
        clock: Clock::system(),
        dir: dir.to_owned(),
    })
    .await
    .unwrap()
}

fn data(dir: &Path) -> PathBuf {
    dir.join("peers/peer0.org1.example.com")
}

/// Exit code and standard error.
fn node(dir: &Path, arguments: &str) -> (Option<i32>, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_selvedge"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("CORE_") {
            command.env_remove(name);
        }
    }
    let output = command
        .arg("node")
        .args(arguments.split_whitespace())
        .env_remove("FABRIC_CFG_PATH")
        .env("CORE_PEER_LOCALMSPID", "Org1MSP")
        .env("CORE_PEER_FILESYSTEMPATH", data(dir))
        .current_dir(dir)
        .output()
        .unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    (output.status.code(), text)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_verb_waits_for_the_peer_to_be_down_and_says_what_it_did() {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    let mut network = network(dir).await;
    for verb in [
        "reset",
        "rebuild-dbs",
        "upgrade-dbs",
        "rollback -c shore -b 0",
        "pause -c shore",
        "resume -c shore",
        "unjoin -c shore",
    ] {
        let (code, text) = node(dir, verb);
        assert_eq!(code, Some(1), "{verb}: {text}");
        assert!(
            text.contains("Error: as another peer node command is executing, wait for that command to complete its execution or terminate it before retrying: lock is already acquired on file"),
            "{verb}: {text}"
        );
    }
    for verb in ["rollback -b 1", "pause", "resume", "unjoin"] {
        let (code, text) = node(dir, verb);
        assert_eq!(
            (code, text.as_str()),
            (Some(1), "Error: Must supply channel ID\n")
        );
    }

    let halted = network.halt(0).await.unwrap();
    let done = [
        (
            "pause -c shore",
            "The channel [shore] has been successfully paused",
        ),
        (
            "resume -c shore",
            "The channel [shore] has been successfully resumed",
        ),
        ("rebuild-dbs", "Rebuilding the databases of channel [shore]"),
        (
            "reset",
            "All channel ledgers have been successfully reset to the genesis block",
        ),
        (
            "unjoin --channelID shore",
            "The channel [shore] has been successfully unjoined",
        ),
    ];
    for (verb, said) in done {
        let (code, text) = node(dir, verb);
        assert_eq!(code, Some(0), "{verb}: {text}");
        assert!(text.contains(said), "{verb}: {text}");
    }
    let refused = [
        (
            "rollback -c shore -b 0",
            "Error: ledgerID [shore] does not exist",
        ),
        (
            "pause -c shore",
            "Error: cannot update ledger status, ledger [shore] does not exist",
        ),
        (
            "upgrade-dbs",
            "Error: the data format is already up to date. No upgrade is required",
        ),
    ];
    for (verb, said) in refused {
        let (code, text) = node(dir, verb);
        assert_eq!(code, Some(1), "{verb}: {text}");
        assert!(text.contains(said), "{verb}: {text}");
    }
    network.resume(0, halted).await.unwrap();
    assert!(network.members[0].running.peer().channel_ids().is_empty());
    network.stop().await;
}
