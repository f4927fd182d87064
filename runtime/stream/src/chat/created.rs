//! A stream before it is ready: only REGISTER will do.
//!
//! Fabric: core/chaincode/handler.go HandleRegister, core/chaincode/accesscontrol/access.go.

use crate::support::Access;
use prost::Message;
use selvedge_protos::protos::{ChaincodeId, ChaincodeMessage, chaincode_message::Type};
use tokio::time::Instant;

/// Who may register on a stream.
pub(crate) enum Gate {
    /// Whoever names a chaincode that is being launched: without TLS nothing more can be known.
    Open,
    /// The bearer of the certificate that was made for the chaincode: SHA-256 of what was shown, if anything was.
    Certificate(Option<[u8; 32]>),
    /// The chaincode that the peer dialled, under its own name.
    Dialled(String),
}

/// Judges the first message of a stream: the name under which it registers, or why the stream ends. The peer never
/// answers such a message with ERROR, which would be a message that no shim expects.
pub(super) fn register(
    message: &ChaincodeMessage,
    gate: &Gate,
    access: &Access,
) -> Result<String, Refusal> {
    let kind = Type::try_from(message.r#type).unwrap_or(Type::Undefined);
    if kind != Type::Register {
        return Err(Refusal::of(match gate {
            Gate::Certificate(_) => "First message needs to be a register".to_owned(),
            _ => format!(
                "error handling message, ending stream: [{}] Fabric side handler cannot handle message ({}) while in created state",
                message.txid,
                kind.as_str_name()
            ),
        }));
    }
    let id = ChaincodeId::decode(message.payload.clone()).map_err(|error| {
        Refusal::of(format!(
            "Error in received REGISTER, could NOT unmarshal registration info: {error}"
        ))
    })?;
    let name = id.name;
    match gate {
        Gate::Open => {}
        Gate::Certificate(shown) => access
            .check(&name, *shown, Instant::now())
            .map_err(Refusal::of)?,
        Gate::Dialled(expected) if *expected == name => {}
        Gate::Dialled(expected) => {
            return Err(Refusal {
                text: not_expected(&name),
                launch: Some(expected.clone()),
            });
        }
    }
    if name.is_empty() {
        return Err(Refusal::of(
            "error in handling register chaincode, chaincodeID name is empty".to_owned(),
        ));
    }
    Ok(name)
}

/// Why a stream does not become ready.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) text: String,
    /// The launch that fails with it.
    pub(super) launch: Option<String>,
}

impl Refusal {
    fn of(text: String) -> Self {
        Self { text, launch: None }
    }
}

/// Fabric: core/chaincode/handler_registry.go Register.
pub(crate) fn not_expected(name: &str) -> String {
    format!("peer will not accept external chaincode connection {name} (except in dev mode)")
}
