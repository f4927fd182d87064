use super::StreamHost;
use crate::chat::short;
use bytes::Bytes;
use prost::Message;
use selvedge_interface::{HostError, HostResult};
use selvedge_protos::protos::chaincode_message::Type;

impl StreamHost {
    /// One request, and the payload of its RESPONSE. The peer's ERROR is the text that the contract sees, on every
    /// runtime.
    pub(super) fn ask(&self, kind: Type, request: &impl Message) -> HostResult<Bytes> {
        let tx_id = short(self.ticket.tx_id());
        let answer = self
            .ticket
            .exchange(kind, request.encode_to_vec())
            .map_err(|cause| {
                let kind = kind.as_str_name();
                HostError::verbatim(format!("[{tx_id}] error sending {kind}: {cause}"))
            })?;
        match answer.r#type() {
            Type::Response => Ok(answer.payload),
            Type::Error => Err(HostError::verbatim(String::from_utf8_lossy(
                &answer.payload,
            ))),
            // `deliver` lets nothing else through.
            other => Err(HostError::verbatim(format!(
                "[{tx_id}] incorrect chaincode message {} received. Expecting RESPONSE or ERROR",
                other.as_str_name()
            ))),
        }
    }

    /// The same, with the payload read as a message.
    pub(super) fn ask_for<A: Message + Default>(
        &self,
        kind: Type,
        request: &impl Message,
    ) -> HostResult<A> {
        let payload = self.ask(kind, request)?;
        A::decode(payload).map_err(|error| {
            let kind = kind.as_str_name();
            let tx_id = short(self.ticket.tx_id());
            HostError::verbatim(format!(
                "[{tx_id}] the answer to {kind} cannot be read: {error}"
            ))
        })
    }
}
