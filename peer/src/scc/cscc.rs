//! `cscc`: the channels of this peer.
//!
//! Fabric: core/scc/cscc/configure.go.

use super::{SystemCall, join};
use crate::endorser::{InvokedNameError, acl::AclError};
use bytes::Bytes;
use prost::Message as _;
use selvedge_interface::Response;
use selvedge_protos::{
    common::ConfigEnvelope,
    protos::{ChannelInfo, ChannelQueryResponse, JoinBySnapshotStatus},
};

/// `Display` is the message of a response with status 500.
#[derive(Debug, thiserror::Error)]
enum ConfigureError {
    #[error("Incorrect number of arguments, {0}")]
    Arguments(usize),
    #[error("Failed to identify the called chaincode: {0}")]
    Caller(#[from] InvokedNameError),
    #[error("Rejecting invoke of CSCC from another chaincode, original invocation for '{0}'")]
    FromChaincode(String),
    #[error("access denied for [{function}]: {source}")]
    Denied {
        function: &'static str,
        source: AclError,
    },
    #[error("access denied for [{function}][{channel}]: {source}")]
    DeniedOnChannel {
        function: &'static str,
        channel: String,
        source: AclError,
    },
    #[error("Unknown channel ID, {0}")]
    NoChannel(String),
    #[error("unknown channel ID, {0}")]
    NoChannelConfig(String),
    #[error("empty channel name provided")]
    NoName,
    #[error("no config block in the ledger of channel {channel}: {cause}")]
    NoConfigBlock { channel: String, cause: String },
    #[error(transparent)]
    Join(#[from] Box<join::JoinError>),
    #[error("Cannot join the channel, no snapshot directory provided")]
    NoSnapshot,
    #[error("access denied for [JoinChainBySnapshot]: [{0}]")]
    SnapshotDenied(AclError),
    #[error("cannot create ledger from snapshot {dir}: {cause}")]
    Snapshot { dir: String, cause: String },
    #[error("Requested function {0} not found.")]
    NoFunction(String),
}

/// Serves one call.
pub fn cscc(call: &SystemCall<'_>, args: &[Bytes]) -> Response {
    match serve(call, args) {
        Ok(payload) => Response::ok(payload),
        Err(error) => Response::error(error.to_string()),
    }
}

fn serve(call: &SystemCall<'_>, args: &[Bytes]) -> Result<Bytes, ConfigureError> {
    let Some(function) = args.first() else {
        return Err(ConfigureError::Arguments(0));
    };
    let function = String::from_utf8_lossy(function);
    let takes_none = matches!(&*function, "GetChannels" | "JoinBySnapshotStatus");
    let argument = match args.get(1) {
        Some(argument) => argument.clone(),
        None if takes_none => Bytes::new(),
        None => return Err(ConfigureError::Arguments(args.len())),
    };
    let caller = call.called_by_client()?;
    if caller != "cscc" {
        return Err(ConfigureError::FromChaincode(caller));
    }
    let name = || String::from_utf8_lossy(&argument).into_owned();
    match &*function {
        "JoinChain" => Ok(join::join(call, argument).map_err(Box::new)?),
        "GetChannels" => channels(call),
        "GetConfigBlock" => config_block(call, name()),
        "GetChannelConfig" => channel_config(call, name()),
        "JoinChainBySnapshot" => join_by_snapshot(call, name()),
        "JoinBySnapshotStatus" => {
            check(call, "JoinBySnapshotStatus")?;
            let under_way = call.peer.joining_snapshot();
            let status = JoinBySnapshotStatus {
                in_progress: under_way.is_some(),
                bootstrapping_snapshot_dir: under_way
                    .map(|dir| dir.to_string_lossy().into_owned())
                    .unwrap_or_default(),
            };
            Ok(status.encode_to_vec().into())
        }
        _ => Err(ConfigureError::NoFunction(function.into_owned())),
    }
}

fn check(call: &SystemCall<'_>, function: &'static str) -> Result<(), ConfigureError> {
    call.check(&format!("cscc/{function}"), "")
        .map_err(|source| ConfigureError::Denied { function, source })
}

fn check_on(
    call: &SystemCall<'_>,
    function: &'static str,
    channel: &str,
) -> Result<(), ConfigureError> {
    call.check(&format!("cscc/{function}"), channel)
        .map_err(|source| ConfigureError::DeniedOnChannel {
            function,
            channel: channel.to_owned(),
            source,
        })
}

/// Answers when joining has begun.
fn join_by_snapshot(call: &SystemCall<'_>, dir: String) -> Result<Bytes, ConfigureError> {
    if dir.is_empty() {
        return Err(ConfigureError::NoSnapshot);
    }
    call.check("cscc/JoinChainBySnapshot", "")
        .map_err(ConfigureError::SnapshotDenied)?;
    let begun = call.peer.join_by_snapshot(dir.clone().into());
    begun.map_err(|error| ConfigureError::Snapshot {
        dir,
        cause: error.to_string(),
    })?;
    Ok(Bytes::new())
}

fn channels(call: &SystemCall<'_>) -> Result<Bytes, ConfigureError> {
    check(call, "GetChannels")?;
    let channels = call
        .peer
        .channel_ids()
        .into_iter()
        .map(|channel_id| ChannelInfo { channel_id })
        .collect();
    Ok(ChannelQueryResponse { channels }.encode_to_vec().into())
}

/// The last configuration block, as stored.
fn config_block(call: &SystemCall<'_>, name: String) -> Result<Bytes, ConfigureError> {
    check_on(call, "GetConfigBlock", &name)?;
    let channel = call
        .peer
        .channel(&name)
        .ok_or_else(|| ConfigureError::NoChannel(name.clone()))?;
    let missing = |cause: String| ConfigureError::NoConfigBlock {
        channel: name.clone(),
        cause,
    };
    let ledger = channel.ledger();
    // The configuration's version in the state is the block it came in.
    let current = ledger
        .snapshot()
        .get("", "CHANNEL_CONFIG_ENV_BYTES")
        .map_err(|error| missing(error.to_string()))?;
    let number = current.map(|found| found.version.block).unwrap_or_default();
    let block = ledger
        .block_by_number(number)
        .map_err(|error| missing(error.to_string()))?;
    block.ok_or_else(|| missing(format!("no such block number [{number}] in index")))
}

/// `common.Config` as the state has it.
fn channel_config(call: &SystemCall<'_>, name: String) -> Result<Bytes, ConfigureError> {
    if name.is_empty() {
        return Err(ConfigureError::NoName);
    }
    check_on(call, "GetChannelConfig", &name)?;
    let channel = call
        .peer
        .channel(&name)
        .ok_or_else(|| ConfigureError::NoChannelConfig(name.clone()))?;
    let missing = |cause: String| ConfigureError::NoConfigBlock {
        channel: name.clone(),
        cause,
    };
    let envelope = channel
        .ledger()
        .snapshot()
        .channel_config()
        .map_err(|error| missing(error.to_string()))?;
    let envelope = ConfigEnvelope::decode(envelope.unwrap_or_default())
        .map_err(|error| missing(error.to_string()))?;
    Ok(envelope.config.unwrap_or_default().encode_to_vec().into())
}
