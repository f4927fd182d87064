//! What a peer may count of its chaincode. Fabric: core/chaincode/metrics.go.
#![allow(clippy::unwrap_used, reason = "a panic is the report")]

mod support;

use parking_lot::Mutex;
use selvedge_protos::protos::chaincode_message::Type;
use selvedge_protos::protos::{GetState, GetStateByRange};
use selvedge_runtime::{ChaincodeMetrics, ExecuteError, Request};
use std::sync::Arc;
use std::time::Duration;
use support::{Peer, Shared, Shim, TestHost, execute, execute_within};

#[derive(Debug, Default)]
struct Lines(Mutex<Vec<String>>);

impl Lines {
    fn add(&self, line: String) {
        self.0.lock().push(line);
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock())
    }
}

impl ChaincodeMetrics for Lines {
    fn launched(&self, chaincode: &str, success: bool, _: Duration) {
        self.add(format!("launched {chaincode} {success}"));
    }

    fn launch_failed(&self, chaincode: &str) {
        self.add(format!("failed {chaincode}"));
    }

    fn launch_timed_out(&self, chaincode: &str) {
        self.add(format!("late {chaincode}"));
    }

    fn request_received(&self, request: Request<'_>) {
        self.add(format!("received {request:?}"));
    }

    fn request_completed(&self, request: Request<'_>, success: bool, _: Duration) {
        let Request {
            kind,
            channel,
            chaincode,
        } = request;
        self.add(format!("completed {kind} {channel} {chaincode} {success}"));
    }

    fn execute_timed_out(&self, chaincode: &str) {
        self.add(format!("timeout {chaincode}"));
    }
}

fn received(kind: &str) -> String {
    format!(r#"received Request {{ kind: "{kind}", channel: "ch", chaincode: "cc:1" }}"#)
}

async fn counted() -> (Peer, Arc<Lines>) {
    let lines = Arc::<Lines>::default();
    let metrics = Arc::clone(&lines);
    let peer = Peer::start(|options| {
        options.metrics = metrics;
        options.startup_timeout = Duration::from_millis(200);
        options.dev_mode = true;
    })
    .await;
    (peer, lines)
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_are_counted_with_their_kind_channel_chaincode_and_success() {
    let (peer, lines) = counted().await;
    let world = Shared::default();
    let mut shim = Shim::register(peer.address, "cc:1").await;
    let chaincode = peer.support.registered("cc:1").unwrap();
    let executed = execute(&chaincode, &world, "tx");
    shim.transaction().await;
    // One that is answered at once, one that fails, one that the waiting thread answers, one for no transaction.
    let get = |key: &str| GetState {
        key: key.to_owned(),
        ..GetState::default()
    };
    shim.ask(Type::GetState, "tx", &get("a")).await.unwrap();
    shim.ask(Type::GetState, "tx", &get("broken"))
        .await
        .unwrap_err();
    let range = GetStateByRange::default();
    shim.ask(Type::GetStateByRange, "tx", &range).await.unwrap();
    shim.ask(Type::GetState, "none", &get("a"))
        .await
        .unwrap_err();
    shim.complete("tx", "").await;
    executed.await.unwrap().unwrap();
    let (state, by_range) = (received("GET_STATE"), received("GET_STATE_BY_RANGE"));
    let expected = [
        state.as_str(),
        "completed GET_STATE ch cc:1 true",
        &state,
        "completed GET_STATE ch cc:1 false",
        &by_range,
        "completed GET_STATE_BY_RANGE ch cc:1 true",
        &state,
        "completed GET_STATE ch cc:1 false",
    ];
    assert_eq!(lines.take(), expected);

    let short = Duration::from_millis(50);
    let executed = execute_within(short, &chaincode, TestHost::new(&world, "late"));
    assert_eq!(executed.await.unwrap(), Err(ExecuteError::Timeout));
    assert_eq!(lines.take(), ["timeout cc:1"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn launches_are_counted_with_how_they_went() {
    let (peer, lines) = counted().await;
    let (world, address) = (Shared::default(), peer.address);
    let (good, _tasks) = peer.chaincode("good:1", move |_| async move {
        let mut shim = Shim::register(address, "good:1").await;
        while let Ok(Some(message)) = shim.receive().await {
            shim.complete(&message.txid, "").await;
        }
        0
    });
    for tx in ["one", "two"] {
        execute(&good, &world, tx).await.unwrap().unwrap();
    }
    assert_eq!(lines.take(), ["launched good:1 true"]);
    let (silent, _tasks) = peer.chaincode("silent:1", |_| std::future::pending());
    execute(&silent, &world, "tx").await.unwrap().unwrap_err();
    assert_eq!(lines.take(), ["launched silent:1 false", "late silent:1"]);
    // One that ends before it is ready is a registration that failed, which Fabric does not count apart.
    let (gone, _tasks) = peer.chaincode("gone:1", async |_| 3);
    execute(&gone, &world, "tx").await.unwrap().unwrap_err();
    assert_eq!(lines.take(), ["launched gone:1 false"]);
}
