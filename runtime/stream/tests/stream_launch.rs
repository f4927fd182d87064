//! Launching: who may register, what becomes of a chaincode that does not, and starting again.
#![allow(clippy::unwrap_used, reason = "a panic is the report")]

mod support;

use parking_lot::Mutex;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use support::{Peer, Shared, Shim, execute};
use tokio::sync::Notify;

/// Serves every transaction with its ID.
async fn serve(address: SocketAddr, id: &str) -> i32 {
    let mut shim = Shim::register(address, id).await;
    while let Ok(Some(message)) = shim.receive().await {
        shim.complete(&message.txid, message.txid.clone()).await;
    }
    0
}

#[tokio::test(flavor = "multi_thread")]
async fn one_launch_serves_all_who_call_meanwhile() {
    let (peer, world) = (Peer::start(|_| {}).await, Shared::default());
    let address = peer.address;
    let (chaincode, tasks) = peer.chaincode("cc:1", move |introduction| {
        assert_eq!(introduction.peer_address, address.to_string());
        assert_eq!(introduction.msp_id, "Org1MSP");
        assert_eq!(introduction.tls, None);
        async move { serve(address, &introduction.chaincode_id).await }
    });
    let executed: Vec<_> = (0..10)
        .map(|n| execute(&chaincode, &world, &format!("tx{n}")))
        .collect();
    for (n, executed) in executed.into_iter().enumerate() {
        let response = executed.await.unwrap().unwrap();
        assert_eq!(response.payload, format!("tx{n}"));
    }
    assert_eq!(tasks.launched.load(Ordering::SeqCst), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_ends_before_it_registers() {
    let (peer, world) = (Peer::start(|_| {}).await, Shared::default());
    let (chaincode, tasks) = peer.chaincode("cc:1", |_| async { 7 });
    for launches in 1..=2 {
        let error = execute(&chaincode, &world, "tx")
            .await
            .unwrap()
            .unwrap_err();
        assert_eq!(
            error.to_string(),
            "could not launch chaincode cc:1: chaincode registration failed: container exited with 7"
        );
        assert_eq!(tasks.launched.load(Ordering::SeqCst), launches);
    }
    assert_eq!(world.lock().alive, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_never_registers() {
    /// Says when it is dropped.
    struct Stopped(Arc<Notify>);
    impl Drop for Stopped {
        fn drop(&mut self) {
            self.0.notify_one();
        }
    }
    let peer = Peer::start(|options| options.startup_timeout = Duration::from_millis(50)).await;
    let (world, stopped) = (Shared::default(), Arc::new(Notify::new()));
    let seen = Arc::clone(&stopped);
    let (chaincode, _) = peer.chaincode("cc:1", move |_| {
        let stopped = Stopped(Arc::clone(&seen));
        async move {
            std::future::pending::<()>().await;
            drop(stopped);
            0
        }
    });
    let error = execute(&chaincode, &world, "tx")
        .await
        .unwrap()
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "could not launch chaincode cc:1: timeout expired while starting chaincode cc:1 for transaction"
    );
    stopped.notified().await;
    // It comes too late.
    let mut late = Shim::open(peer.address).await;
    late.send(support::shim::register("cc:1")).await;
    assert_eq!(
        late.refusal().await,
        "peer will not accept external chaincode connection cc:1 (except in dev mode)"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_stream_fails_its_transactions_and_is_launched_again() {
    let (peer, world) = (Peer::start(|_| {}).await, Shared::default());
    let address = peer.address;
    let shims = Arc::new(Mutex::new(Vec::new()));
    let registered = Arc::new(Notify::new());
    let (all, notify) = (Arc::clone(&shims), Arc::clone(&registered));
    let (chaincode, tasks) = peer.chaincode("cc:1", move |introduction| {
        let (all, notify) = (Arc::clone(&all), Arc::clone(&notify));
        async move {
            let shim = Shim::register(address, &introduction.chaincode_id).await;
            all.lock().push(shim);
            notify.notify_one();
            std::future::pending().await
        }
    });
    let executed: Vec<_> = ["a", "b"]
        .iter()
        .map(|tx_id| execute(&chaincode, &world, tx_id))
        .collect();
    registered.notified().await;
    let mut shim = shims.lock().pop().unwrap();
    for _ in 0..2 {
        shim.transaction().await;
    }
    drop(shim);
    for executed in executed {
        let error = executed.await.unwrap().unwrap_err();
        assert_eq!(error.to_string(), "chaincode stream terminated");
    }
    let executed = execute(&chaincode, &world, "c");
    registered.notified().await;
    let mut shim = shims.lock().pop().unwrap();
    let transaction = shim.transaction().await;
    shim.complete(&transaction.txid, "again").await;
    assert_eq!(executed.await.unwrap().unwrap().payload, "again");
    assert_eq!(tasks.launched.load(Ordering::SeqCst), 2);
    assert_eq!(world.lock().alive, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_registration_leaves_the_first_alone() {
    let (peer, world) = (Peer::open().await, Shared::default());
    let address = peer.address;
    let mut first = Shim::register(address, "cc:1").await;
    let mut second = Shim::open(address).await;
    second.send(support::shim::register("cc:1")).await;
    assert_eq!(second.refusal().await, "duplicate chaincodeID: cc:1");
    drop(second);
    let chaincode = peer.support.registered("cc:1").unwrap();
    let executed = execute(&chaincode, &world, "tx");
    first.transaction().await;
    first.complete("tx", "first").await;
    assert_eq!(executed.await.unwrap().unwrap().payload, "first");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_registers_uninvited() {
    let peer = Peer::start(|_| {}).await;
    let mut shim = Shim::open(peer.address).await;
    shim.send(support::shim::register("cc:1")).await;
    assert_eq!(
        shim.refusal().await,
        "peer will not accept external chaincode connection cc:1 (except in dev mode)"
    );
    assert!(peer.support.registered("cc:1").is_none());
    let mut shim = Shim::open(peer.address).await;
    shim.send(support::shim::register("")).await;
    assert_eq!(
        shim.refusal().await,
        "error in handling register chaincode, chaincodeID name is empty"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn stopping_ends_streams_and_launches_nothing_any_more() {
    let (peer, world) = (Peer::start(|_| {}).await, Shared::default());
    let address = peer.address;
    let (chaincode, tasks) = peer.chaincode("cc:1", move |introduction| async move {
        serve(address, &introduction.chaincode_id).await
    });
    execute(&chaincode, &world, "tx").await.unwrap().unwrap();
    peer.support.stop().await;
    let error = loop {
        // The stream ends soon, not at once.
        match execute(&chaincode, &world, "tx").await.unwrap() {
            Ok(_) => tokio::task::yield_now().await,
            Err(selvedge_runtime::ExecuteError::Terminated) => {}
            Err(error) => break error,
        }
    };
    assert_eq!(
        error.to_string(),
        "could not launch chaincode cc:1: the peer is stopping"
    );
    assert_eq!(tasks.launched.load(Ordering::SeqCst), 1);
}
