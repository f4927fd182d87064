//! Calls to other chaincode.

use super::StreamHost;
use bytes::Bytes;
use prost::Message as _;
use selvedge_interface::Response;
use selvedge_protos::protos::chaincode_message::Type;
use selvedge_protos::protos::{self, ChaincodeId, ChaincodeInput, ChaincodeMessage, ChaincodeSpec};

impl StreamHost {
    /// Fabric: shim/handler.go handleInvokeChaincode.
    pub(super) fn call_chaincode(&self, name: &str, channel: &str, args: Vec<Bytes>) -> Response {
        let name = if channel.is_empty() {
            name.to_owned()
        } else {
            format!("{name}/{channel}")
        };
        let request = ChaincodeSpec {
            chaincode_id: Some(ChaincodeId {
                name,
                ..ChaincodeId::default()
            }),
            input: Some(ChaincodeInput {
                args,
                ..ChaincodeInput::default()
            }),
            ..ChaincodeSpec::default()
        };
        match self.ask(Type::InvokeChaincode, &request) {
            Ok(payload) => callee(&payload),
            Err(error) => refused(error.as_str().to_owned()),
        }
    }
}

/// The peer answers with the callee's last message. Any but COMPLETED is a failure whose payload is that whole message.
fn callee(payload: &Bytes) -> Response {
    let response = ChaincodeMessage::decode(payload.clone()).and_then(|message| {
        if message.r#type() != Type::Completed {
            return Ok(None);
        }
        protos::Response::decode(message.payload).map(Some)
    });
    match response {
        Ok(Some(response)) => Response {
            status: response.status,
            message: response.message,
            payload: response.payload,
        },
        Ok(None) => refused(payload.clone()),
        Err(error) => refused(error.to_string()),
    }
}

fn refused(payload: impl Into<Bytes>) -> Response {
    Response {
        status: Response::ERROR,
        message: String::new(),
        payload: payload.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(kind: Type, payload: impl Into<Bytes>) -> Bytes {
        let message = ChaincodeMessage {
            r#type: kind.into(),
            payload: payload.into(),
            ..ChaincodeMessage::default()
        };
        message.encode_to_vec().into()
    }

    #[test]
    fn a_completed_callee_answers_for_itself_and_another_is_its_own_payload() {
        let response = protos::Response {
            status: 201,
            message: "made".to_owned(),
            payload: Bytes::from_static(b"p"),
        };
        let answer = callee(&message(Type::Completed, response.encode_to_vec()));
        assert_eq!((answer.status, answer.message.as_str()), (201, "made"));
        assert_eq!(answer.payload.as_ref(), b"p");
        let failed = message(Type::Error, "no");
        assert_eq!(callee(&failed), refused(failed.clone()));
        assert_eq!(callee(&Bytes::from_static(b"\xff")).status, 500);
    }
}
