//! What a working peer has counted.

use super::harness::{CHANNEL, Client, approval, batch, network};

/// The value of the one sample that has these labels.
fn value(text: &str, sample: &str) -> Option<f64> {
    let line = text.lines().find_map(|line| line.strip_prefix(sample))?;
    line.trim().parse().ok()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_transaction_is_counted_on_its_way() {
    let dir = tempfile::tempdir().unwrap();
    let network = network(dir.path(), 1, batch(1)).await;
    let client = Client::new(&network, 0).await;
    client.submit(&approval("basic")).await;

    let operations = network.members[0].running.peer().operations();
    let text = operations.metrics().text().unwrap();
    let counted = [
        ("endorser_proposals_received", 1.0),
        ("endorser_successful_proposals", 1.0),
        (
            "endorser_proposal_duration_count{chaincode=\"_lifecycle\",channel=\"test\",success=\"true\"}",
            1.0,
        ),
        ("ledger_blockchain_height{channel=\"test\"}", 2.0),
        ("gossip_state_height{channel=\"test\"}", 2.0),
        // The genesis block's, too.
        ("ledger_block_processing_time_count{channel=\"test\"}", 2.0),
        ("gossip_state_commit_duration_count{channel=\"test\"}", 1.0),
        (
            "ledger_transaction_count{chaincode=\"unknown\",channel=\"test\",transaction_type=\"CONFIG\",validation_code=\"VALID\"}",
            1.0,
        ),
        (
            "ledger_transaction_count{chaincode=\"_lifecycle:syscc\",channel=\"test\",transaction_type=\"ENDORSER_TRANSACTION\",validation_code=\"VALID\"}",
            1.0,
        ),
        (
            "grpc_server_unary_requests_completed{code=\"OK\",method=\"ProcessProposal\",service=\"protos_Endorser\"}",
            1.0,
        ),
        (
            "grpc_server_stream_messages_received{method=\"DeliverFiltered\",service=\"protos_Deliver\"}",
            1.0,
        ),
        (
            "deliver_requests_received{channel=\"test\",data_type=\"filtered_block\",filtered=\"true\"}",
            1.0,
        ),
        ("deliver_streams_opened", 1.0),
        ("gossip_membership_total_peers_known{channel=\"test\"}", 0.0),
    ];
    for (sample, expected) in counted {
        assert_eq!(value(&text, sample), Some(expected), "{sample} in {text}");
    }
    assert!(value(&text, "grpc_comm_conn_opened") >= Some(1.0));
    network.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_channel_that_takes_no_more_blocks_is_not_healthy() {
    let dir = tempfile::tempdir().unwrap();
    let network = network(dir.path(), 1, batch(1)).await;
    let peer = network.members[0].running.peer();
    assert_eq!(peer.operations().health().failed().await, []);
    let channel = peer.channel(CHANNEL).unwrap();
    channel.stop("the disk is full".to_owned());
    let failed = peer.operations().health().failed().await;
    assert_eq!(failed.len(), 1);
    assert_eq!(failed[0].component, "channels");
    assert_eq!(
        failed[0].reason,
        "channel [test] takes no more blocks: the disk is full"
    );
    network.stop().await;
}
