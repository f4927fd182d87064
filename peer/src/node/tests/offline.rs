//! A peer that was stopped, worked upon, and started again.

use super::harness::{CHANNEL, Client, PATIENCE, approval, batch, network};
use crate::client::{Fresh, Proposal, process};
use crate::node::ledger_settings::LedgerSettings;
use crate::node::pull::error_chain;
use crate::node::{JoinError, Network, Offline, OfflineError};
use std::path::{Path, PathBuf};

fn data(dir: &Path) -> PathBuf {
    dir.join("peers/peer0.org1.example.com")
}

fn offline(dir: &Path) -> Result<Offline, OfflineError> {
    let data = data(dir);
    let settings = LedgerSettings {
        msp_id: "Org1MSP",
        snapshots: &data.join("snapshots"),
        sync: false,
        state_database: Default::default(),
        rich_query_portion: 1000,
        history: true,
        log_purges: false,
    };
    Offline::open(&data, settings.options())
}

/// Height and last commit hash, once the peer has so many blocks.
async fn arrived(network: &Network, height: u64) -> (u64, Vec<u8>) {
    let channel = network.members[0].running.peer().channel(CHANNEL).unwrap();
    let mut committed = channel.commits().height();
    let reached = committed.wait_for(|now| *now >= height);
    tokio::time::timeout(PATIENCE, reached)
        .await
        .unwrap()
        .unwrap();
    let last = channel.ledger().block_by_number(height - 1).unwrap();
    let parsed = selvedge_ledger::ParsedBlock::parse(&last.unwrap()).unwrap();
    (channel.ledger().height(), parsed.commit_hash().to_vec())
}

async fn with_blocks(dir: &Path) -> Network {
    let network = network(dir, 1, batch(1)).await;
    let client = Client::new(&network, 0).await;
    for name in ["one", "two", "three"] {
        client.submit(&approval(name)).await;
    }
    network
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_cut_off_comes_back_with_the_same_commit_hash() {
    let dir = tempfile::tempdir().unwrap();
    let mut network = with_blocks(dir.path()).await;
    let before = arrived(&network, 4).await;
    let refused = offline(dir.path()).unwrap_err().to_string();
    assert!(
        refused.starts_with("as another peer node command is executing, wait for that command"),
        "{refused}"
    );

    for cut in ["rollback", "reset", "rebuild"] {
        let halted = network.halt(0).await.unwrap();
        let ledgers = offline(dir.path()).unwrap();
        match cut {
            "rollback" => {
                let nowhere = ledgers.rollback("nowhere", 1).unwrap_err();
                assert_eq!(
                    nowhere.to_string(),
                    format!(
                        "ledgerID [nowhere] does not exist in {}",
                        ledgers.dir().display()
                    )
                );
                let ahead = ledgers.rollback(CHANNEL, 3).unwrap_err();
                assert_eq!(
                    ahead.to_string(),
                    "target block number [3] should be less than the biggest block number [3]"
                );
                ledgers.rollback(CHANNEL, 1).unwrap();
            }
            "reset" => assert_eq!(ledgers.reset().unwrap(), [CHANNEL]),
            _ => ledgers.rebuild(|_| {}).unwrap(),
        }
        drop(ledgers);
        network.resume(0, halted).await.unwrap();
        assert_eq!(arrived(&network, 4).await, before, "{cut}");
        assert!(!network.members[0].running.peer().is_rebuilding(), "{cut}");
    }
    network.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_endorsed_until_the_blocks_are_back() {
    let dir = tempfile::tempdir().unwrap();
    let mut network = with_blocks(dir.path()).await;
    let halted = network.halt(0).await.unwrap();
    // As a rollback leaves it, from a height that nobody has.
    let notes = data(dir.path()).join("ledgersData/.preResetHeight");
    std::fs::create_dir_all(&notes).unwrap();
    std::fs::write(notes.join(CHANNEL), "5").unwrap();
    network.resume(0, halted).await.unwrap();
    let client = Client::new(&network, 0).await;
    let fresh = Fresh::from_system().unwrap();
    let proposal = Proposal::new(&approval("four"), client.signer, &fresh).unwrap();
    let refused = process(&client.peer, "peer", &proposal.signed).await;
    let refused = error_chain(&refused.unwrap_err());
    assert!(
        refused.contains("endorse requests are blocked while ledgers are being rebuilt"),
        "{refused}"
    );
    // What was noted is what is there.
    std::fs::write(notes.join(CHANNEL), "4").unwrap();
    network.restart(0).await.unwrap();
    let client = Client::new(&network, 0).await;
    client.submit(&approval("four")).await;
    assert!(!notes.join(CHANNEL).exists());
    network.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_paused_channel_is_left_alone_and_an_unjoined_one_is_gone() {
    let dir = tempfile::tempdir().unwrap();
    let mut network = with_blocks(dir.path()).await;
    let halted = network.halt(0).await.unwrap();
    let ledgers = offline(dir.path()).unwrap();
    let text = format!(
        "cannot update ledger status, ledger [nowhere] does not exist in {}",
        ledgers.dir().display()
    );
    let unknown = ledgers.pause("nowhere").unwrap_err();
    assert_eq!(unknown.to_string(), text);
    let unknown = ledgers.unjoin("nowhere").unwrap_err();
    assert_eq!(
        unknown.to_string(),
        format!("unjoin channel [nowhere]: {text}")
    );
    ledgers.pause(CHANNEL).unwrap();
    drop(ledgers);
    network.resume(0, halted).await.unwrap();
    let peer = network.members[0].running.peer().clone();
    assert!(peer.channel_ids().is_empty());
    let again = peer.join(network.genesis.clone()).unwrap_err();
    assert!(matches!(again, JoinError::NotActive { .. }));
    assert_eq!(
        again.to_string(),
        "ledger [test] already exists with state [INACTIVE]"
    );
    drop(peer);

    let halted = network.halt(0).await.unwrap();
    offline(dir.path()).unwrap().resume(CHANNEL).unwrap();
    network.resume(0, halted).await.unwrap();
    assert_eq!(arrived(&network, 4).await.0, 4);

    let halted = network.halt(0).await.unwrap();
    offline(dir.path()).unwrap().unjoin(CHANNEL).unwrap();
    assert!(!data(dir.path()).join("ledgersData").join(CHANNEL).exists());
    network.resume(0, halted).await.unwrap();
    let peer = network.members[0].running.peer().clone();
    assert!(peer.channel_ids().is_empty());
    peer.join(network.genesis.clone()).unwrap();
    drop(peer);
    assert_eq!(arrived(&network, 4).await.0, 4);
    network.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_crash_left_of_an_unjoined_channel_goes_at_the_start() {
    let dir = tempfile::tempdir().unwrap();
    let mut network = with_blocks(dir.path()).await;
    let halted = network.halt(0).await.unwrap();
    let ledgers = data(dir.path()).join("ledgersData");
    std::fs::create_dir_all(ledgers.join(".status")).unwrap();
    std::fs::write(ledgers.join(".status").join(CHANNEL), "UNDER_DELETION\n").unwrap();
    network.resume(0, halted).await.unwrap();
    assert!(network.members[0].running.peer().channel_ids().is_empty());
    assert!(!ledgers.join(CHANNEL).exists());
    assert!(!ledgers.join(".status").join(CHANNEL).exists());
    network.stop().await;
}
