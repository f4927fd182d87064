//! The program as a service.

use crate::peer::{Chat, forward, patient};
use selvedge_native::{Mode, ServerConfig, run};
use selvedge_protos::protos::chaincode_client::ChaincodeClient;
use selvedge_protos::protos::chaincode_message::Type;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};
use tokio_stream::StreamExt as _;
use tokio_stream::wrappers::UnboundedReceiverStream;
use tonic::transport::Endpoint;

async fn dial(address: &str) -> Chat {
    let endpoint = Endpoint::from_shared(format!("http://{address}")).unwrap();
    let connection = patient(async {
        loop {
            // Until it listens.
            match endpoint.connect().await {
                Ok(connection) => break connection,
                Err(_) => tokio::task::yield_now().await,
            }
        }
    })
    .await;
    let (sent, outbound) = mpsc::unbounded_channel();
    let outbound = UnboundedReceiverStream::new(outbound).filter_map(Result::ok);
    let answered = ChaincodeClient::new(connection)
        .connect(outbound)
        .await
        .unwrap();
    Chat::new(sent, forward(answered.into_inner()))
}

#[tokio::test]
async fn peers_come_and_go_while_the_service_stays() {
    // The port is free again when the service takes it.
    let address = {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        listener.local_addr().unwrap().to_string()
    };
    let config = ServerConfig {
        chaincode_id: "script:ab".to_owned(),
        address: address.clone(),
        tls: None,
    };
    let (stop, stopped) = oneshot::channel::<()>();
    let ended = tokio::spawn(run(script::CHAINCODE, Mode::Server(config), async {
        stopped.await.unwrap();
    }));
    let mut first = dial(&address).await;
    first.welcome("script:ab", None).await;
    let mut second = dial(&address).await;
    second.welcome("script:ab", None).await;
    for chat in [&mut first, &mut second] {
        chat.run(Type::Transaction, "tx", &json!([["get", "k"]]));
        chat.expect(Type::GetState).await;
    }
    first.leave();
    second.say(Type::Response, "tx", b"v");
    assert_eq!(second.results().await, json!(["76"]));
    let mut third = dial(&address).await;
    third.welcome("script:ab", None).await;
    stop.send(()).unwrap();
    patient(ended).await.unwrap().unwrap();
}

#[tokio::test]
async fn an_address_that_is_taken_is_named() {
    let taken = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let config = ServerConfig {
        chaincode_id: "cc".to_owned(),
        address: address.clone(),
        tls: None,
    };
    let error = run(
        script::CHAINCODE,
        Mode::Server(config),
        std::future::pending(),
    )
    .await
    .unwrap_err();
    let text = error.to_string();
    assert!(
        text.starts_with(&format!("could not listen on {address}: ")),
        "{text}"
    );
}
