//! The way into `_lifecycle`: its arguments, its channel, its permissions.
//!
//! Fabric: core/chaincode/lifecycle/scc.go, Invoke.

use super::{
    call::{Call, LegacyState},
    dispatch,
    install::Packages,
    installed::InstalledIndex,
    keys,
    state::StateError,
};
use crate::{
    endorser::acl,
    node::{Channel, Peer},
};
use bytes::Bytes;
use parking_lot::Mutex;
use selvedge_identity::{ChannelConfig, SignedData};
use selvedge_interface::{Host, Response};
use selvedge_ledger::Simulator;
use std::sync::Arc;

/// What one call works on.
pub struct LifecycleCall<'a> {
    pub peer: &'a Peer,
    pub installed: &'a InstalledIndex,
    /// Empty without a channel.
    pub channel_id: &'a str,
    pub channel: Option<&'a Arc<Channel>>,
    pub simulator: Option<&'a Arc<Mutex<Simulator>>>,
    pub requester: &'a SignedData,
    pub host: &'a mut dyn Host,
}

#[derive(Debug, thiserror::Error)]
enum Refusal {
    #[error("lifecycle scc must be invoked with arguments")]
    NoArguments,
    #[error("lifecycle scc operations require exactly two arguments but received {0}")]
    Arguments(usize),
    #[error("could not get channelconfig for channel '{0}'")]
    NoConfig(String),
    #[error("could not get application config for channel '{0}'")]
    NoApplication(String),
    #[error(
        "cannot use new lifecycle for channel '{0}' as it does not have the required capabilities enabled"
    )]
    Capabilities(String),
    #[error("Failed to authorize invocation due to failed ACL check: {0}")]
    Acl(#[from] acl::AclError),
}

/// Serves one call.
pub fn invoke(call: LifecycleCall<'_>, args: &[Bytes]) -> Response {
    serve(call, args).unwrap_or_else(|refusal| Response::error(refusal.to_string()))
}

fn serve(call: LifecycleCall<'_>, args: &[Bytes]) -> Result<Response, Refusal> {
    let [function, argument] = args else {
        return Err(if args.is_empty() {
            Refusal::NoArguments
        } else {
            Refusal::Arguments(args.len())
        });
    };
    let config = config(&call)?;
    let function = String::from_utf8_lossy(function);
    let resource = format!("{}/{function}", keys::NAMESPACE);
    acl::check(call.peer, &resource, call.channel_id, call.requester)?;
    let mut legacy = Legacy(call.simulator);
    let mut call = Call {
        channel_id: call.channel_id,
        channel: config,
        msp_id: call.peer.local_msp().id(),
        host: call.host,
        legacy: &mut legacy,
        packages: Packages {
            peer: call.peer,
            installed: call.installed,
        },
        exact_collections: None,
    };
    Ok(dispatch::dispatch(&mut call, &function, argument.clone()))
}

fn config(call: &LifecycleCall<'_>) -> Result<Option<Arc<ChannelConfig>>, Refusal> {
    let channel_id = || call.channel_id.to_owned();
    if call.channel_id.is_empty() {
        return Ok(None);
    }
    let config = call
        .channel
        .ok_or_else(|| Refusal::NoConfig(channel_id()))?
        .config();
    if !config.has_application() {
        return Err(Refusal::NoApplication(channel_id()));
    }
    if !config.application_capabilities().lifecycle_v20() {
        return Err(Refusal::Capabilities(channel_id()));
    }
    Ok(Some(config))
}

/// Reads of `lscc` through the simulator of the transaction.
struct Legacy<'a>(Option<&'a Arc<Mutex<Simulator>>>);

impl LegacyState for Legacy<'_> {
    fn legacy(&mut self, key: &str) -> Result<Option<Bytes>, StateError> {
        match self.0 {
            Some(simulator) => simulator.lock().legacy(key),
            None => Err(StateError("no ledger context".to_owned())),
        }
    }
}
