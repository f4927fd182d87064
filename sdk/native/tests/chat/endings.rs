//! How transactions, chats and programs end.

use crate::peer::{Program, patient};
use selvedge_native::{ChatError, NativeError};
use selvedge_protos::protos::chaincode_message::Type;
use serde_json::json;

mod panics {
    use selvedge_sdk::Response;
    use selvedge_sdk::raw::{Program, Stub};

    pub(super) struct Panics;

    impl Program for Panics {
        fn invoke(stub: &Stub) -> Response {
            assert!(stub.args().is_empty(), "arguments!");
            Response::ok("fine")
        }
    }

    selvedge_sdk::raw_chaincode!(Panics);
}

async fn ended(program: &mut Program) -> ChatError {
    match patient(&mut program.ended).await.unwrap() {
        Err(NativeError::Chat { source, .. }) => source,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_panic_answers_as_a_trap_and_the_next_transaction_runs() {
    let mut program = Program::ready_for(panics::CHAINCODE, None).await;
    program.chat.run(Type::Transaction, "tx1", &json!([]));
    assert_eq!(
        program.chat.failure().await,
        "chaincode failed: the transaction trapped"
    );
    program.chat.say(Type::Transaction, "tx2", b"");
    let response: selvedge_protos::protos::Response = program.chat.asked(Type::Completed).await;
    assert_eq!(response.payload.as_ref(), b"fine");
}

#[tokio::test]
async fn a_failed_init_is_an_error_and_a_refused_one_is_not() {
    let mut program = Program::ready(None).await;
    program.chat.run(
        Type::Init,
        "tx1",
        &json!([["event", "e", "p"], ["fail", "no luck"]]),
    );
    let error = program.chat.expect(Type::Error).await;
    assert_eq!(error.payload.as_ref(), b"no luck");
    assert_eq!(error.chaincode_event.unwrap().event_name, "e");
    program
        .chat
        .run(Type::Init, "tx2", &json!([["return", 400, "no", ""]]));
    let refused: selvedge_protos::protos::Response = program.chat.asked(Type::Completed).await;
    assert_eq!(refused.status, 400);
}

#[tokio::test]
async fn input_that_is_none_fails_its_transaction_only() {
    let mut program = Program::ready(None).await;
    program.chat.say(Type::Transaction, "tx1", b"\xff");
    let error = program.chat.expect(Type::Error).await;
    assert!(error.payload.starts_with(b"failed to unmarshal input: "));
    program.chat.run(Type::Transaction, "tx2", &json!([]));
    assert_eq!(program.chat.results().await, json!([]));
}

#[tokio::test]
async fn messages_out_of_order_end_the_chat_with_a_word_to_the_peer() {
    for (early, state) in [(true, "created"), (false, "ready")] {
        let mut program = if early {
            let mut program = Program::dialled(script::CHAINCODE).await;
            program.chat.expect(Type::Register).await;
            program
        } else {
            Program::ready(None).await
        };
        program.chat.say(Type::Ready, "tx", b"");
        let text =
            format!("[tx] Chaincode h cannot handle message (READY) while in state: {state}");
        let error = program.chat.expect(Type::Error).await;
        assert_eq!(error.payload, text);
        let end = ended(&mut program).await;
        assert_eq!(end.to_string(), format!("error handling message: {text}"));
    }
}

#[tokio::test]
async fn an_answer_that_nobody_asked_for_ends_the_chat() {
    let mut program = Program::ready(None).await;
    program.chat.say(Type::Response, "0123456789", b"");
    let error = program.chat.expect(Type::Error).await;
    assert_eq!(
        error.payload.as_ref(),
        b"[01234567] responseChannel does not exist"
    );
    assert_eq!(
        ended(&mut program).await,
        ChatError::Unasked("01234567".to_owned())
    );
}

#[tokio::test]
async fn a_peer_that_leaves_ends_the_program_and_what_runs_in_it() {
    let mut program = Program::ready(None).await;
    program
        .chat
        .run(Type::Transaction, "tx", &json!([["get", "k"]]));
    program.chat.expect(Type::GetState).await;
    program.chat.leave();
    assert_eq!(ended(&mut program).await, ChatError::Ended);
}

#[tokio::test]
async fn told_to_stop_it_finishes_what_runs() {
    let mut program = Program::ready(None).await;
    program
        .chat
        .run(Type::Transaction, "tx", &json!([["get", "k"]]));
    program.chat.expect(Type::GetState).await;
    program.stop.take().unwrap().send(()).unwrap();
    program.chat.say(Type::Response, "tx", b"v");
    assert_eq!(program.chat.results().await, json!(["76"]));
    patient(program.ended).await.unwrap().unwrap();
}

#[tokio::test]
async fn a_peer_that_is_not_there_is_named() {
    let config = selvedge_native::ClientConfig {
        chaincode_id: "cc".to_owned(),
        peer: "127.0.0.1:1".to_owned(),
        tls: None,
    };
    let mode = selvedge_native::Mode::Client(config);
    let error = selvedge_native::run(script::CHAINCODE, mode, std::future::pending())
        .await
        .unwrap_err();
    let text = error.to_string();
    assert!(
        text.starts_with("could not connect to the peer at 127.0.0.1:1: "),
        "{text}"
    );
    assert!(text.contains("onnection refused"), "{text}");
}
