//! Events and verdicts, as they come and afterwards.

use super::network;
use crate::harness::{Net, from_block, script, told, wait};
use selvedge_protos::gateway::ChaincodeEventsRequest;
use selvedge_protos::orderer::{SeekOldest, SeekPosition, seek_position};
use serde_json::json;
use std::time::Duration;
use tonic::Code;

fn of_script() -> ChaincodeEventsRequest {
    ChaincodeEventsRequest {
        chaincode_id: "script".to_owned(),
        ..Default::default()
    }
}

fn emit(net: &Net, name: &str) -> (String, u64) {
    let call = script(&json!([["put", name, "v"], ["event", name, "payload"]]));
    let app = net.app(0);
    let prepared = app.endorse(&call, &[]).unwrap();
    app.submit(&prepared).unwrap();
    let status = app.status(&prepared.tx_id).unwrap();
    assert_eq!(status.result, 0);
    (prepared.tx_id, status.block_number)
}

#[test]
fn events_are_live_replayed_and_resumed() {
    let net = network(2, 1);
    let app = net.app(0);
    let mut live = app.events(of_script()).unwrap();
    let mut others = net.app(1).events(of_script()).unwrap();
    let sent: Vec<_> = ["a", "b", "c"].map(|name| emit(&net, name)).into();
    for (name, (tx_id, block)) in ["a", "b", "c"].iter().zip(&sent) {
        let response = live.next().unwrap().unwrap();
        assert_eq!(response.block_number, *block);
        let event = &response.events[0];
        assert_eq!((&event.tx_id, event.event_name.as_str()), (tx_id, *name));
        assert_eq!(event.payload, "payload");
        assert_eq!(others.names(), [*name]);
    }
    // From a block, from the beginning, and behind a transaction, in its block and later.
    let from = |number| ChaincodeEventsRequest {
        start_position: from_block(number),
        ..of_script()
    };
    let mut replayed = app.events(from(sent[1].1)).unwrap();
    assert_eq!([replayed.names(), replayed.names()].concat(), ["b", "c"]);
    let mut replayed = app.events(from(0)).unwrap();
    assert_eq!(replayed.names(), ["a"]);
    let resumed = ChaincodeEventsRequest {
        after_transaction_id: sent[0].0.clone(),
        ..from(0)
    };
    let mut resumed = app.events(resumed).unwrap();
    assert_eq!(resumed.names(), ["b"]);
    let mut nobody = app
        .events(ChaincodeEventsRequest {
            chaincode_id: "nobody".to_owned(),
            ..from(0)
        })
        .unwrap();
    // A block that is not there yet is waited for.
    let mut future = app.events(from(sent[2].1 + 2)).unwrap();
    emit(&net, "d");
    emit(&net, "e");
    assert_eq!(future.names(), ["e"]);
    assert_eq!(resumed.names(), ["c"]);

    let oldest = ChaincodeEventsRequest {
        start_position: Some(SeekPosition {
            r#type: Some(seek_position::Type::Oldest(SeekOldest {})),
        }),
        ..of_script()
    };
    let error = app.events(oldest).err().unwrap();
    let invalid = "invalid start position type: *orderer.SeekPosition_Oldest";
    assert_eq!(told(&error), (Code::InvalidArgument, invalid));
    // A peer that stops lets nobody wait; who asks while it goes may only hear that the connection has ended.
    let asking = app.asking("never");
    let mut client = app.client.clone();
    let waiting = std::thread::spawn(move || wait(client.commit_status(asking)).unwrap_err());
    let mut net = net;
    drop(net.halt(0));
    let _ended: tonic::Status = waiting.join().unwrap();
    assert_eq!(nobody.next().unwrap_err().code(), Code::Unavailable);
}

#[test]
fn events_of_one_block_come_together_and_invalid_transactions_have_none() {
    let net = network(2, 10);
    let app = net.app(0);
    let mut live = app.events(of_script()).unwrap();
    let lost = script(&json!([["add", "n", 1], ["event", "lost or won", ""]]));
    let both = [(); 2].map(|()| app.endorse(&lost, &[]).unwrap());
    for prepared in &both {
        app.submit(prepared).unwrap();
    }
    let codes = both.map(|prepared| app.status(&prepared.tx_id).unwrap().result);
    assert_eq!(codes, [0, 11]);
    assert_eq!(live.names(), ["lost or won"]);
    emit(&net, "next");
    assert_eq!(live.names(), ["next"]);
}

#[test]
fn a_transaction_that_never_comes_is_waited_for_as_long_as_the_client_says() {
    let net = network(1, 10);
    let app = net.app(0);
    let error = app
        .status_within("never", Duration::from_millis(200))
        .unwrap_err();
    assert!(
        matches!(error.code(), Code::DeadlineExceeded | Code::Cancelled),
        "{error:?}"
    );
    // One who went away is not in the way of who stays.
    for _ in 0..20 {
        let asked = app.client.clone();
        let request = app.asking("never");
        wait(async move {
            let mut client = asked;
            let _ =
                tokio::time::timeout(Duration::from_millis(1), client.commit_status(request)).await;
        });
    }
    let (code, _) = app.transact(&script(&json!([["put", "k", "v"]])));
    assert_eq!(code, 0);
}
