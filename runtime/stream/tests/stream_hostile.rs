//! Chaincode that means harm: its own transactions fail with a clear error, and nobody else's do.
#![allow(clippy::unwrap_used, reason = "a panic is the report")]

mod support;

use prost::Message;
use selvedge_interface::Response;
use selvedge_protos::protos::chaincode_message::Type;
use selvedge_protos::protos::{
    ChaincodeId, ChaincodeInput, ChaincodeMessage, ChaincodeSpec, GetState, GetStateByRange,
    PutState, QueryResponse, QueryStateNext,
};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use support::{Peer, Shared, Shim, TestHost, execute, execute_within, message};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

const MINUTE: Duration = Duration::from_secs(60);

/// The other chaincode of the peer works as ever.
async fn others_work(peer: &Peer) {
    let world = Shared::default();
    let mut shim = Shim::register(peer.address, "good:1").await;
    let chaincode = peer.support.registered("good:1").unwrap();
    let executed = execute(&chaincode, &world, "tx");
    shim.transaction().await;
    let get = GetState::default();
    assert_eq!(shim.ask(Type::GetState, "tx", &get).await.unwrap(), "");
    shim.complete("tx", "fine").await;
    assert_eq!(executed.await.unwrap(), Ok(Response::ok("fine")));
    // It is gone when the peer has noticed.
    drop(shim);
    while peer.support.registered("good:1").is_some() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_out_of_order() {
    let peer = Peer::open().await;
    let mut shim = Shim::open(peer.address).await;
    shim.send(message(Type::GetState, "tx", "")).await;
    assert_eq!(
        shim.refusal().await,
        "error handling message, ending stream: [tx] Fabric side handler cannot handle message (GET_STATE) while in created state"
    );
    for (n, kind) in [
        Type::Register,
        Type::Response,
        Type::Init,
        Type::Ready,
        Type::Undefined,
    ]
    .into_iter()
    .enumerate()
    {
        let (world, name) = (Shared::default(), format!("cc:{n}"));
        let mut shim = Shim::register(peer.address, &name).await;
        let chaincode = peer.support.registered(&name).unwrap();
        let executed = execute(&chaincode, &world, "tx");
        shim.transaction().await;
        shim.send(message(kind, "tx", "")).await;
        assert_eq!(
            shim.refusal().await,
            format!(
                "error handling message, ending stream: [tx] Fabric side handler cannot handle message ({}) while in ready state",
                kind.as_str_name()
            )
        );
        let error = executed.await.unwrap().unwrap_err();
        assert_eq!(error.to_string(), "chaincode stream terminated");
        assert_eq!(world.lock().alive, 0);
    }
    let mut shim = Shim::open(peer.address).await;
    shim.send(ChaincodeMessage {
        payload: "\u{1}\u{2}\u{3}".into(),
        ..message(Type::Register, "", "")
    })
    .await;
    let text = shim.refusal().await;
    assert!(
        text.starts_with("Error in received REGISTER, could NOT unmarshal registration info"),
        "{text}"
    );
    others_work(&peer).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_transactions_id() {
    let (peer, world) = (Peer::open().await, Shared::default());
    let mut shim = Shim::register(peer.address, "cc:1").await;
    let chaincode = peer.support.registered("cc:1").unwrap();
    let executed = execute(&chaincode, &world, "tx");
    shim.transaction().await;
    shim.complete("other", "not mine").await;
    let elsewhere = ChaincodeMessage {
        channel_id: "elsewhere".to_owned(),
        ..message(Type::Completed, "tx", "")
    };
    shim.send(elsewhere).await;
    shim.send(message(Type::GetState, "other", "")).await;
    let answer = shim.next().await;
    assert_eq!(
        answer.payload,
        "GET_STATE failed: transaction ID: other: no ledger context"
    );
    shim.complete("tx", "mine").await;
    assert_eq!(executed.await.unwrap(), Ok(Response::ok("mine")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chaincode_that_never_answers() {
    let (peer, world) = (Peer::open().await, Shared::default());
    let mut shim = Shim::register(peer.address, "cc:1").await;
    let chaincode = peer.support.registered("cc:1").unwrap();
    let host = TestHost::new(&world, "tx");
    let executed = execute_within(Duration::from_millis(100), &chaincode, host);
    shim.transaction().await;
    let error = executed.await.unwrap().unwrap_err();
    assert_eq!(
        error.to_string(),
        "timeout expired while executing transaction"
    );
    assert_eq!(world.lock().alive, 0);
    let get = GetState::default();
    assert_eq!(
        shim.ask(Type::GetState, "tx", &get).await.unwrap_err(),
        "GET_STATE failed: transaction ID: tx: no ledger context",
        "the stream stays, the transaction is over"
    );
    let executed = execute(&chaincode, &world, "next");
    shim.transaction().await;
    shim.complete("next", "").await;
    executed.await.unwrap().unwrap();
    others_work(&peer).await;
}

/// fabric#5048: the time runs out while a chaincode reads from an iterator; a Go peer closed it under the read and crashed.
#[tokio::test(flavor = "multi_thread")]
async fn time_that_runs_out_within_a_query() {
    let (peer, world) = (Peer::open().await, Shared::default());
    for key in ["a", "b", "c", "d", "e"] {
        let at = (String::new(), key.to_owned());
        world.lock().state.insert(at, "v".into());
    }
    let mut shim = Shim::register(peer.address, "cc:1").await;
    let chaincode = peer.support.registered("cc:1").unwrap();
    for number in 0..20 {
        let tx_id = format!("tx{number}");
        let host = TestHost::new(&world, &tx_id);
        let executed = execute_within(Duration::from_millis(20), &chaincode, host);
        shim.transaction().await;
        let all = GetStateByRange::default();
        let mut asked = shim.ask(Type::GetStateByRange, &tx_id, &all).await;
        // As fast as it can, across the moment at which the time is over.
        while let Ok(answer) = asked {
            let found = QueryResponse::decode(answer).unwrap();
            asked = match found.has_more {
                true => {
                    let next = QueryStateNext { id: found.id };
                    shim.ask(Type::QueryStateNext, &tx_id, &next).await
                }
                false => shim.ask(Type::GetStateByRange, &tx_id, &all).await,
            };
        }
        let words = asked.unwrap_err();
        assert!(words.ends_with("no ledger context"), "{words}");
        let error = executed.await.unwrap().unwrap_err();
        let late = "timeout expired while executing transaction";
        assert_eq!(error.to_string(), late);
    }
    assert_eq!(world.lock().alive, 0);
    others_work(&peer).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_on_which_nobody_registers() {
    let peer = Peer::start(|options| {
        options.dev_mode = true;
        options.startup_timeout = Duration::from_millis(50);
    })
    .await;
    let mut shim = Shim::open(peer.address).await;
    assert_eq!(
        shim.refusal().await,
        "the stream was opened and nothing registered on it in time"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_request_before_the_first_is_answered() {
    let (peer, world) = (Peer::open().await, Shared::default());
    let mut shim = Shim::register(peer.address, "cc:1").await;
    let chaincode = peer.support.registered("cc:1").unwrap();
    let (go, wait) = std::sync::mpsc::channel::<()>();
    let mut host = TestHost::new(&world, "tx");
    host.callee = Some(Box::new(move |_, _| {
        wait.recv().unwrap();
        Response::ok("called")
    }));
    let executed = execute_within(MINUTE, &chaincode, host);
    shim.transaction().await;
    let spec = ChaincodeSpec {
        chaincode_id: Some(ChaincodeId::default()),
        input: Some(ChaincodeInput::default()),
        ..ChaincodeSpec::default()
    };
    let spec = spec.encode_to_vec();
    shim.send(message(Type::InvokeChaincode, "tx", spec)).await;
    shim.send(message(Type::GetState, "tx", "")).await;
    // The answer to another transaction's shows that the second was seen.
    shim.send(message(Type::GetState, "other", "")).await;
    assert_eq!(shim.next().await.txid, "other");
    go.send(()).unwrap();
    let answer = shim.next().await;
    let answer = ChaincodeMessage::decode(answer.payload).unwrap();
    assert_eq!(answer.r#type(), Type::Completed, "the first is answered");
    shim.complete("tx", "").await;
    executed.await.unwrap().unwrap();
    assert!(shim.receive_now().is_none(), "the second never is");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_response_while_a_request_is_answered() {
    let (peer, world) = (Peer::open().await, Shared::default());
    let mut shim = Shim::register(peer.address, "cc:1").await;
    let chaincode = peer.support.registered("cc:1").unwrap();
    let (go, wait) = std::sync::mpsc::channel::<()>();
    let mut host = TestHost::new(&world, "tx");
    host.callee = Some(Box::new(move |_, _| {
        wait.recv().unwrap();
        Response::ok("called")
    }));
    let executed = execute_within(MINUTE, &chaincode, host);
    shim.transaction().await;
    let spec = ChaincodeSpec {
        chaincode_id: Some(ChaincodeId::default()),
        input: Some(ChaincodeInput::default()),
        ..ChaincodeSpec::default()
    };
    shim.send(message(Type::InvokeChaincode, "tx", spec.encode_to_vec()))
        .await;
    shim.complete("tx", "already").await;
    shim.send(message(Type::GetState, "other", "")).await;
    assert_eq!(shim.next().await.txid, "other");
    go.send(()).unwrap();
    assert_eq!(executed.await.unwrap(), Ok(Response::ok("already")));
    assert_eq!(world.lock().alive, 0);
    others_work(&peer).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_that_nobody_reads_the_answers_of() {
    let (peer, world) = (Peer::open().await, Shared::default());
    let mut shim = Shim::register(peer.address, "cc:1").await;
    let chaincode = peer.support.registered("cc:1").unwrap();
    let host = TestHost::new(&world, "tx");
    let executed = execute_within(Duration::from_secs(2), &chaincode, host);
    shim.transaction().await;
    let stopped = Arc::new(AtomicBool::new(false));
    let flood = {
        let (stopped, sender) = (Arc::clone(&stopped), shim.sender());
        tokio::spawn(async move {
            let mut sent = 0u64;
            let request = message(Type::GetState, "nobody's", vec![0u8; 4000]);
            while !stopped.load(Ordering::SeqCst) {
                let send = sender.send(request.clone());
                match tokio::time::timeout(Duration::from_millis(500), send).await {
                    Ok(Ok(())) => sent += 1,
                    _ => break,
                }
            }
            sent
        })
    };
    others_work(&peer).await;
    let error = executed.await.unwrap().unwrap_err();
    assert_eq!(
        error.to_string(),
        "timeout expired while executing transaction"
    );
    // The peer has stopped reading what it would have to answer: the flood comes to a halt by itself.
    let sent = flood.await.unwrap();
    stopped.store(true, Ordering::SeqCst);
    assert!(sent > 0);
    drop(shim);
    others_work(&peer).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn payloads_up_to_a_hundred_mebibytes_and_no_larger() {
    let (peer, world) = (Peer::open().await, Shared::default());
    let mut shim = Shim::register(peer.address, "cc:1").await;
    let chaincode = peer.support.registered("cc:1").unwrap();
    let executed = execute(&chaincode, &world, "tx");
    shim.transaction().await;
    let put = |size: usize| PutState {
        key: "large".to_owned(),
        value: vec![7; size].into(),
        collection: String::new(),
    };
    shim.ask(Type::PutState, "tx", &put(32 << 20))
        .await
        .unwrap();
    let at = (String::new(), "large".to_owned());
    assert_eq!(world.lock().state[&at].len(), 32 << 20);
    let too_large = message(Type::PutState, "tx", put(101 << 20).encode_to_vec());
    shim.send(too_large).await;
    let text = shim.refusal().await;
    assert!(
        text.starts_with("receive from chaincode support stream failed: ")
            && text.contains("too large"),
        "{text}"
    );
    let error = executed.await.unwrap().unwrap_err();
    assert_eq!(error.to_string(), "chaincode stream terminated");
    others_work(&peer).await;
}

/// Passes bytes on until it is told to swallow them.
async fn pass_on(
    mut from: impl AsyncReadExt + Unpin,
    mut to: impl AsyncWriteExt + Unpin,
    cut: Arc<AtomicBool>,
) {
    let mut buffer = vec![0; 64 << 10];
    while let Ok(read) = from.read(&mut buffer).await {
        if read == 0 {
            break;
        }
        if !cut.load(Ordering::SeqCst) && to.write_all(&buffer[..read]).await.is_err() {
            break;
        }
    }
    // Neither side hears of the end.
    std::future::pending::<()>().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_is_dead_on_the_other_side_only() {
    let world = Shared::default();
    let peer =
        Peer::start_with_pings(Duration::from_secs(1), |options| options.dev_mode = true).await;
    let proxy = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (through, target) = (proxy.local_addr().unwrap(), peer.address);
    let cut = Arc::new(AtomicBool::new(false));
    let swallow = Arc::clone(&cut);
    let proxy = tokio::spawn(async move {
        let (near, _) = proxy.accept().await.unwrap();
        let far = TcpStream::connect(target).await.unwrap();
        let ((near_in, near_out), (far_in, far_out)) = (near.into_split(), far.into_split());
        tokio::join!(
            pass_on(near_in, far_out, Arc::clone(&swallow)),
            pass_on(far_in, near_out, swallow)
        );
    });
    let mut shim = Shim::register(through, "cc:1").await;
    let chaincode = peer.support.registered("cc:1").unwrap();
    let executed = execute(&chaincode, &world, "tx");
    shim.transaction().await;
    cut.store(true, Ordering::SeqCst);
    others_work(&peer).await;
    let error = executed.await.unwrap().unwrap_err();
    assert_eq!(error.to_string(), "chaincode stream terminated");
    assert!(
        peer.support.registered("cc:1").is_none(),
        "it may register again"
    );
    assert_eq!(world.lock().alive, 0);
    proxy.abort();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_response_that_is_none() {
    let (peer, world) = (Peer::open().await, Shared::default());
    let mut shim = Shim::register(peer.address, "cc:1").await;
    let chaincode = peer.support.registered("cc:1").unwrap();
    let executed = execute(&chaincode, &world, "tx");
    shim.transaction().await;
    shim.send(message(Type::Completed, "tx", "\u{ff}\u{ff}"))
        .await;
    let text = executed.await.unwrap().unwrap_err().to_string();
    assert!(
        text.starts_with("failed to unmarshal response for transaction tx: "),
        "{text}"
    );
}
