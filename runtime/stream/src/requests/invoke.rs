use super::{Answer, Asked, Failure};
use bytes::Bytes;
use prost::Message;
use selvedge_interface::{Called, Input, Response};
use selvedge_protos::protos::{self, ChaincodeMessage, ChaincodeSpec, chaincode_message::Type};

/// Calls another chaincode. The answer is the callee's last message as a whole.
///
/// Fabric: core/chaincode/handler.go HandleInvokeChaincode.
pub(super) fn invoke(request: ChaincodeSpec, asked: &mut Asked<'_>) -> Answer {
    let (Some(target), Some(input)) = (request.chaincode_id, request.input) else {
        return Err(Failure::panic());
    };
    // The name may carry a version and a channel; the host takes them apart.
    let input = Input {
        args: input.args,
        // Go's shim never sets it; another may.
        is_init: input.is_init,
    };
    let (kind, payload) = match asked.host.try_invoke_chaincode(&target.name, "", input)? {
        Called::Response(response) => (Type::Completed, encode(response)),
        Called::Failed(text) => (Type::Error, Bytes::from(text)),
    };
    let last = ChaincodeMessage {
        r#type: kind.into(),
        payload,
        txid: asked.host.transaction().tx_id.clone(),
        channel_id: asked.channel_id.to_owned(),
        ..ChaincodeMessage::default()
    };
    Ok(last.encode_to_vec().into())
}

fn encode(response: Response) -> Bytes {
    protos::Response {
        status: response.status,
        message: response.message,
        payload: response.payload,
    }
    .encode_to_vec()
    .into()
}
