use super::{Answer, Asked, Failure};
use prost::Message;
use selvedge_protos::protos::{ChaincodeMessage, ChaincodeSpec, Response, chaincode_message::Type};

/// Calls another chaincode. The answer is the callee's last message as a whole.
///
/// Fabric: core/chaincode/handler.go HandleInvokeChaincode.
pub(super) fn invoke(request: ChaincodeSpec, asked: &mut Asked<'_>) -> Answer {
    let (Some(target), Some(input)) = (request.chaincode_id, request.input) else {
        return Err(Failure::panic());
    };
    // The name may carry a version and a channel; the host takes them apart.
    let response = asked.host.invoke_chaincode(&target.name, "", input.args);
    let response = Response {
        status: response.status,
        message: response.message,
        payload: response.payload,
    };
    let last = ChaincodeMessage {
        r#type: Type::Completed.into(),
        payload: response.encode_to_vec().into(),
        txid: asked.host.transaction().tx_id.clone(),
        channel_id: asked.channel_id.to_owned(),
        ..ChaincodeMessage::default()
    };
    Ok(last.encode_to_vec().into())
}
