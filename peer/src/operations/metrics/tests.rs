use super::deliver::DeliverRequest;
use super::endorser::Called;
use super::ledger::{BlockTimes, Counted};
use super::{GrpcMetrics, Metrics};
use crate::logging::LogCounts;
use std::collections::BTreeMap;
use std::time::Duration;

/// Fabric v3.1.5, docs/source/metrics_reference.rst, the peer's metrics as Prometheus sees them.
const FABRIC: &str = "
chaincode_execute_timeouts counter chaincode
chaincode_launch_duration histogram chaincode,success
chaincode_launch_failures counter chaincode
chaincode_launch_timeouts counter chaincode
chaincode_shim_request_duration histogram type,channel,chaincode,success
chaincode_shim_requests_completed counter type,channel,chaincode,success
chaincode_shim_requests_received counter type,channel,chaincode
couchdb_processing_time histogram database,function_name,result
deliver_blocks_sent counter channel,filtered,data_type
deliver_requests_completed counter channel,filtered,data_type,success
deliver_requests_received counter channel,filtered,data_type
deliver_streams_closed counter
deliver_streams_opened counter
dockercontroller_chaincode_container_build_duration histogram chaincode,success
endorser_chaincode_instantiation_failures counter channel,chaincode
endorser_duplicate_transaction_failures counter channel,chaincode
endorser_endorsement_failures counter channel,chaincode,chaincodeerror
endorser_proposal_acl_failures counter channel,chaincode
endorser_proposal_duration histogram channel,chaincode,success
endorser_proposal_simulation_failures counter channel,chaincode
endorser_proposal_validation_failures counter
endorser_proposals_received counter
endorser_successful_proposals counter
fabric_version gauge version
gossip_comm_messages_received counter
gossip_comm_messages_sent counter
gossip_comm_overflow_count counter
gossip_leader_election_leader gauge channel
gossip_membership_total_peers_known gauge channel
gossip_payload_buffer_size gauge channel
gossip_privdata_commit_block_duration histogram channel
gossip_privdata_fetch_duration histogram channel
gossip_privdata_list_missing_duration histogram channel
gossip_privdata_pull_duration histogram channel
gossip_privdata_purge_duration histogram channel
gossip_privdata_reconciliation_duration histogram channel
gossip_privdata_retrieve_duration histogram channel
gossip_privdata_send_duration histogram channel
gossip_privdata_validation_duration histogram channel
gossip_state_commit_duration histogram channel
gossip_state_height gauge channel
grpc_comm_conn_closed counter
grpc_comm_conn_opened counter
grpc_server_stream_messages_received counter service,method
grpc_server_stream_messages_sent counter service,method
grpc_server_stream_request_duration histogram service,method,code
grpc_server_stream_requests_completed counter service,method,code
grpc_server_stream_requests_received counter service,method
grpc_server_unary_request_duration histogram service,method,code
grpc_server_unary_requests_completed counter service,method,code
grpc_server_unary_requests_received counter service,method
ledger_block_processing_time histogram channel
ledger_blockchain_height gauge channel
ledger_blockstorage_and_pvtdata_commit_time histogram channel
ledger_blockstorage_commit_time histogram channel
ledger_statedb_commit_time histogram channel
ledger_transaction_count counter channel,transaction_type,chaincode,validation_code
logging_entries_checked counter level
logging_entries_written counter level
";

/// There is no CouchDB, no leader is elected, no block waits for one before it, and what is sent is not waited for.
const NOT_HERE: &[&str] = &[
    "couchdb_processing_time",
    "gossip_leader_election_leader",
    "gossip_payload_buffer_size",
    "gossip_privdata_send_duration",
];

/// Beginnings of the names that are ours, or of Prometheus' libraries.
const OURS: &[&str] = &["wasm_", "process_", "selvedge_"];

type Families = BTreeMap<String, (String, Vec<String>)>;

fn transcribed() -> Families {
    let lines = FABRIC.lines().filter(|line| !line.is_empty());
    let mut families: Families = lines
        .map(|line| {
            let mut words = line.split(' ').map(str::to_owned);
            let (name, kind) = (words.next().unwrap(), words.next().unwrap());
            let labels = words.next().unwrap_or_default();
            let labels = labels.split(',').filter(|label| !label.is_empty());
            (name, (kind, sorted(labels)))
        })
        .collect();
    for name in NOT_HERE {
        assert!(families.remove(*name).is_some(), "{name} is Fabric's");
    }
    families
}

fn sorted<'a>(labels: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut labels: Vec<_> = labels.map(str::to_owned).collect();
    labels.sort();
    labels
}

/// Families of the text form, with the labels of their first sample.
fn exposed(text: &str) -> Families {
    let kinds = text.lines().filter_map(|line| {
        let (name, kind) = line.strip_prefix("# TYPE ")?.split_once(' ')?;
        let sample = text.lines().find(|line| {
            let rest = line.strip_prefix(name).unwrap_or_default();
            let rest = rest.strip_prefix("_bucket").unwrap_or(rest);
            rest.starts_with(['{', ' '])
        });
        let labels = sample.and_then(|line| Some(line.split_once('{')?.1.rsplit_once('}')?.0));
        let names = labels.unwrap_or_default().split(',');
        let names = names.filter_map(|label| Some(label.split_once('=')?.0));
        let names = sorted(names.filter(|name| *name != "le"));
        Some((name.to_owned(), (kind.to_owned(), names)))
    });
    kinds.collect()
}

/// A metric that nobody reported to is not there, as with Fabric's libraries.
fn report_everything(metrics: &Metrics) {
    let called = Called {
        channel: "c",
        chaincode: "cc",
    };
    let endorser = &metrics.endorser;
    endorser.denied(called);
    endorser.duplicate(called);
    endorser.simulation_failed(called);
    endorser.instantiation_failed(called);
    endorser.not_endorsed(called, true);
    endorser.answered(called, true, Duration::from_millis(1));
    let times = BlockTimes {
        validation: Duration::from_millis(1),
        commit: Duration::from_millis(1),
    };
    metrics.ledger.committed("c", 7, times);
    let counted = Counted {
        kind: "ENDORSER_TRANSACTION",
        chaincode: "cc:1.0",
        code: "VALID",
    };
    metrics.ledger.transaction("c", counted);
    let request = DeliverRequest {
        channel: "c".to_owned(),
        filtered: true,
        data_type: "filtered_block",
    };
    metrics.deliver.received(&request);
    metrics.deliver.completed(&request, true);
    metrics.deliver.sent(&request);
    report_grpc(&metrics.grpc);
    let gossip = &metrics.gossip;
    gossip.peers_known.with_label_values(&["c"]).set(1);
    for family in [
        &gossip.privdata_list_missing,
        &gossip.privdata_fetch,
        &gossip.privdata_purge,
        &gossip.privdata_reconciliation,
        &gossip.privdata_pull,
        &gossip.privdata_retrieve,
    ] {
        family.with_label_values(&["c"]).observe(1.0);
    }
    report_chaincode(metrics);
    metrics.runtime.engine("wasmtime");
    metrics.runtime.built(true, Duration::from_millis(1));
    let log = LogCounts::default();
    for family in log.families() {
        family.with_label_values(&["info"]).inc();
    }
    metrics.count_log(&log);
}

fn report_grpc(grpc: &GrpcMetrics) {
    for requests in [&grpc.unary, &grpc.stream] {
        requests.received.with_label_values(&["s", "m"]).inc();
        let result = ["s", "m", "OK"];
        requests.completed.with_label_values(&result).inc();
        requests.duration.with_label_values(&result).observe(1.0);
    }
    grpc.messages_received.with_label_values(&["s", "m"]).inc();
    grpc.messages_sent.with_label_values(&["s", "m"]).inc();
}

fn report_chaincode(metrics: &Metrics) {
    let chaincode = &metrics.chaincode;
    let (outcome, request) = (["cc", "true"], ["t", "c", "cc"]);
    let completed = ["t", "c", "cc", "true"];
    chaincode
        .launch_duration
        .with_label_values(&outcome)
        .observe(1.0);
    chaincode.launch_failures.with_label_values(&["cc"]).inc();
    chaincode.launch_timeouts.with_label_values(&["cc"]).inc();
    chaincode.execute_timeouts.with_label_values(&["cc"]).inc();
    chaincode
        .shim_requests_received
        .with_label_values(&request)
        .inc();
    chaincode
        .shim_requests_completed
        .with_label_values(&completed)
        .inc();
    chaincode
        .shim_request_duration
        .with_label_values(&completed)
        .observe(1.0);
    chaincode
        .container_build_duration
        .with_label_values(&outcome)
        .observe(1.0);
}

#[test]
fn names_types_and_labels_are_fabrics() {
    let metrics = Metrics::default();
    report_everything(&metrics);
    let (ours, theirs): (Families, Families) = exposed(&metrics.text().unwrap())
        .into_iter()
        .partition(|(name, _)| OURS.iter().any(|prefix| name.starts_with(prefix)));
    assert_eq!(theirs, transcribed());
    assert!(ours.contains_key("wasm_engine_info"));
    #[cfg(target_os = "linux")]
    assert!(ours.contains_key("process_page_faults_total"));
}
