//! The part of a transaction that is not the ledger's: calls to other chaincode, collection permissions, events, logs.

use super::{
    access, acl,
    execution::{Context, Execution, InvokeError},
    system,
};
use bytes::Bytes;
use parking_lot::Mutex;
use prost::Message as _;
use selvedge_interface::{Called, HostError, HostResult, Input, Level, Operation, Response};
use selvedge_ledger::{Access, Outside, Simulator};
use selvedge_protos::protos::{ChaincodeMessage, chaincode_message::Type};
use std::sync::Arc;

/// The event of one call. Only that of the chaincode the client called leaves the peer.
pub(super) type EventSlot = Arc<Mutex<Option<(String, Bytes)>>>;

/// One call's surroundings.
pub(super) struct Surroundings {
    pub(super) execution: Arc<Execution>,
    pub(super) context: Context,
    pub(super) chaincode: String,
    pub(super) event: EventSlot,
}

/// Why a call to another chaincode did not happen; `Display` is the cause in the caller's response.
#[derive(Debug, thiserror::Error)]
enum CallError {
    #[error(transparent)]
    Acl(#[from] acl::AclError),
    #[error("failed to find ledger for channel: {0}")]
    NoLedger(String),
    #[error("execute failed: {0}")]
    Execute(#[from] InvokeError),
}

impl Surroundings {
    /// ERROR, as the callee sent it.
    fn last_message(&self, text: String) -> ChaincodeMessage {
        ChaincodeMessage {
            r#type: Type::Error.into(),
            payload: text.into(),
            txid: self.execution.transaction.tx_id.clone(),
            channel_id: self.context.channel_id.clone(),
            ..ChaincodeMessage::default()
        }
    }

    fn call(&self, target: Target, input: Input) -> Result<Response, CallError> {
        let channel = if target.channel.is_empty() {
            &self.context.channel_id
        } else {
            &target.channel
        };
        let execution = &self.execution;
        if !system::is_system(&target.chaincode) {
            acl::check(
                &execution.peer,
                "peer/ChaincodeToChaincode",
                channel,
                &execution.requester,
            )?;
        }
        let context = if *channel == self.context.channel_id {
            self.context.below()
        } else {
            let found = execution
                .peer
                .channel(channel)
                .ok_or_else(|| CallError::NoLedger(channel.clone()))?;
            // What is read there is not recorded in this transaction, and what is written is dropped, without a word.
            self.context.below().on(execution.simulate_on(found))
        };
        Ok(execution
            .invoke(&context, &target.chaincode, input)?
            .response)
    }
}

/// What the caller's `name[:version][/channel]` means. The version is ignored.
///
/// Fabric: core/chaincode/handler.go, ParseName.
#[derive(Debug, PartialEq, Eq)]
struct Target {
    chaincode: String,
    channel: String,
}

impl Target {
    /// The shim joins name and channel with a slash before the peer takes them apart.
    fn parse(name: &str, channel: &str) -> Self {
        let joined = if channel.is_empty() {
            name.to_owned()
        } else {
            format!("{name}/{channel}")
        };
        let (name, channel) = joined.split_once('/').unwrap_or((&joined, ""));
        let chaincode = name.split_once(':').map_or(name, |(name, _)| name);
        Self {
            chaincode: chaincode.to_owned(),
            channel: channel.to_owned(),
        }
    }
}

impl Outside for Surroundings {
    /// As Go's shim has it: of a refusal the text is the payload, of a callee that gave up its whole last message.
    fn invoke_chaincode(&mut self, name: &str, channel: &str, args: Vec<Bytes>) -> Response {
        let input = Input {
            args,
            is_init: false,
        };
        let payload = match self.try_invoke_chaincode(name, channel, input) {
            Ok(Called::Response(response)) => return response,
            Ok(Called::Failed(text)) => self.last_message(text).encode_to_vec().into(),
            Err(refusal) => refusal.as_str().to_owned().into(),
        };
        Response {
            status: Response::ERROR,
            message: String::new(),
            payload,
        }
    }

    fn try_invoke_chaincode(
        &mut self,
        name: &str,
        channel: &str,
        input: Input,
    ) -> HostResult<Called> {
        match self.call(Target::parse(name, channel), input) {
            Ok(response) => Ok(Called::Response(response)),
            Err(CallError::Execute(InvokeError::Failed(text))) => Ok(Called::Failed(text)),
            Err(error) => {
                let tx_id = &self.execution.transaction.tx_id;
                let refusal = HostError::new(Operation::InvokeChaincode, tx_id, error);
                tracing::info!(chaincode = self.chaincode, error = %refusal, "a call to another chaincode failed");
                Err(refusal)
            }
        }
    }

    fn access(
        &mut self,
        simulator: &mut Simulator,
        namespace: &str,
        collection: &str,
    ) -> Result<Access, String> {
        if namespace == crate::lifecycle::NAMESPACE {
            // Implicit collections only, which bar nobody, and a definition for which nothing is read.
            return Ok(Access {
                read: true,
                write: true,
            });
        }
        let Some(channel) = &self.context.channel else {
            return Err("no ledger context".to_owned());
        };
        let requester = &self.execution.requester;
        access::access(
            simulator,
            &channel.config(),
            channel.id(),
            namespace,
            collection,
            requester,
        )
    }

    fn set_event(&mut self, name: &str, payload: Bytes) {
        *self.event.lock() = Some((name.to_owned(), payload));
    }

    fn log(&mut self, level: Level, message: &str) {
        let chaincode = self.chaincode.as_str();
        let tx_id = self.execution.transaction.tx_id.as_str();
        let channel = self.context.channel_id.as_str();
        match level {
            Level::Trace => {
                tracing::trace!(target: "chaincode", chaincode, channel, tx_id, "{message}")
            }
            Level::Debug => {
                tracing::debug!(target: "chaincode", chaincode, channel, tx_id, "{message}")
            }
            Level::Info => {
                tracing::info!(target: "chaincode", chaincode, channel, tx_id, "{message}")
            }
            Level::Warn => {
                tracing::warn!(target: "chaincode", chaincode, channel, tx_id, "{message}")
            }
            Level::Error => {
                tracing::error!(target: "chaincode", chaincode, channel, tx_id, "{message}")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(chaincode: &str, channel: &str) -> Target {
        Target {
            chaincode: chaincode.to_owned(),
            channel: channel.to_owned(),
        }
    }

    #[test]
    fn names_carry_versions_and_channels() {
        assert_eq!(Target::parse("cc", ""), target("cc", ""));
        assert_eq!(Target::parse("cc:1.0", ""), target("cc", ""));
        assert_eq!(Target::parse("cc:1.0/ch", ""), target("cc", "ch"));
        assert_eq!(Target::parse("cc", "ch"), target("cc", "ch"));
        assert_eq!(Target::parse("cc/a", "b"), target("cc", "a/b"));
        assert_eq!(Target::parse("", ""), target("", ""));
    }
}
