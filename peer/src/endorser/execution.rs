//! Running chaincode for one proposal: the client's call, and the calls below it.
//!
//! Fabric: core/chaincode/chaincode_support.go.

use super::{
    active::ActiveExecutions,
    in_time,
    options::EndorserOptions,
    outside::{EventSlot, Surroundings},
    proposal::Proposal,
    system::System,
};
use crate::{
    legacy::Deployment,
    lifecycle::{self, Approvals, DefinedCollections, InstalledIndex, ResolveError, Resolved},
    node::{Channel, Peer},
    scc,
};
use bytes::Bytes;
use parking_lot::Mutex;
use selvedge_identity::SignedData;
use selvedge_interface::{Host, Input, Response, Transaction};
use selvedge_ledger::{
    HostOptions, InitDemand, InitError, Simulator, TransactionHost, pass_init_gate,
};
use selvedge_runtime::{Budget, BuildError, Call, ExecuteError, PackageId};
use std::sync::Arc;

/// What all calls of one proposal share.
pub(super) struct Execution {
    pub(super) peer: Arc<Peer>,
    pub(super) installed: Arc<InstalledIndex>,
    pub(super) approvals: Arc<Approvals>,
    pub(super) options: EndorserOptions,
    pub(super) active: ActiveExecutions,
    pub(super) proposal: Arc<Proposal>,
    pub(super) requester: SignedData,
    pub(super) transaction: Arc<Transaction>,
    pub(super) budget: Budget,
}

/// Where a call runs.
#[derive(Clone)]
pub(super) struct Context {
    pub(super) channel_id: String,
    pub(super) channel: Option<Arc<Channel>>,
    /// Absent without a channel, and for the system chaincodes that do not simulate.
    pub(super) simulator: Option<Arc<Mutex<Simulator>>>,
    /// 0 for the client's call.
    pub(super) depth: u32,
}

impl Context {
    pub(super) fn below(&self) -> Self {
        Self {
            depth: self.depth.saturating_add(1),
            ..self.clone()
        }
    }

    /// The same depth on another channel.
    pub(super) fn on(self, (channel, simulator): (Arc<Channel>, Simulator)) -> Self {
        Self {
            channel_id: channel.id().to_owned(),
            channel: Some(channel),
            simulator: Some(Arc::new(Mutex::new(simulator))),
            depth: self.depth,
        }
    }
}

/// Why a call has no response; `Display` is Fabric's text.
#[derive(Debug, thiserror::Error)]
pub(super) enum InvokeError {
    #[error(
        "invalid invocation: [channel {channel}] failed to get chaincode container info for {chaincode}: {source}"
    )]
    Resolve {
        channel: String,
        chaincode: String,
        source: Box<ResolveError>,
    },
    #[error("invalid invocation: {0}")]
    Init(#[from] InitError),
    #[error(
        "could not launch chaincode {id}: error building chaincode: error building image: {source}"
    )]
    Build { id: String, source: BuildError },
    #[error("error sending: txid: {tx_id}({channel}) exists")]
    Exists { tx_id: String, channel: String },
    #[error("error sending: {0}")]
    Execute(ExecuteError),
    /// The chaincode could not be had.
    #[error(transparent)]
    Launch(ExecuteError),
    /// The chaincode gave up instead of responding; so does an Init that answers with a status of 500 or more.
    #[error("transaction returned with failure: {0}")]
    Failed(String),
    #[error(transparent)]
    BadResponse(ExecuteError),
}

impl From<ExecuteError> for InvokeError {
    fn from(error: ExecuteError) -> Self {
        match error {
            ExecuteError::Launch { .. } | ExecuteError::Lost(_) => Self::Launch(error),
            ExecuteError::Exists { tx_id, channel } => Self::Exists { tx_id, channel },
            ExecuteError::Failed(text) => Self::Failed(text),
            ExecuteError::BadResponse { .. } => Self::BadResponse(error),
            error => Self::Execute(error),
        }
    }
}

/// A response, and the event that goes with it.
#[derive(Debug)]
pub(super) struct Outcome {
    pub(super) response: Response,
    pub(super) event: Option<(String, Bytes)>,
}

impl Execution {
    /// A simulator on the channel's last committed height.
    pub(super) fn simulate_on(&self, channel: Arc<Channel>) -> (Arc<Channel>, Simulator) {
        let collections = Arc::new(DefinedCollections::new(channel.config()));
        let simulator = channel
            .ledger()
            .simulator(self.transaction.tx_id.clone(), collections);
        (channel, simulator)
    }

    /// What `chaincode` means on a channel. The look-up is recorded in the simulator. Fabric makes it twice for a client's
    /// call, which records the same.
    pub(super) fn resolve(
        &self,
        context: &Context,
        chaincode: &str,
    ) -> Result<Resolved, ResolveError> {
        let (Some(channel), Some(simulator)) = (&context.channel, &context.simulator) else {
            return Err(ResolveError::NoChannel(context.channel_id.clone()));
        };
        lifecycle::resolve(
            &context.channel_id,
            &channel.config(),
            self.peer.local_msp().id(),
            chaincode,
            &mut simulator.lock(),
            lifecycle::Local {
                installed: &self.installed,
                legacy: self.peer.legacy(),
                approvals: &self.approvals,
                dev_mode: self.options.dev_mode,
            },
        )
    }

    /// One call, from the name to the response.
    pub(super) fn invoke(
        self: &Arc<Self>,
        context: &Context,
        chaincode: &str,
        input: Input,
    ) -> Result<Outcome, InvokeError> {
        if let Some(system) = System::from_name(chaincode) {
            return self.invoke_system(context, system, input);
        }
        let resolved = self
            .resolve(context, chaincode)
            .map_err(|source| InvokeError::Resolve {
                channel: context.channel_id.clone(),
                chaincode: chaincode.to_owned(),
                source: Box::new(source),
            })?;
        self.invoke_user(context, chaincode, &resolved, input)
    }

    /// A call of a chaincode that was resolved.
    pub(super) fn invoke_user(
        self: &Arc<Self>,
        context: &Context,
        chaincode: &str,
        resolved: &Resolved,
        input: Input,
    ) -> Result<Outcome, InvokeError> {
        let demand = match resolved.init_required {
            true => InitDemand::Init {
                version: &resolved.version,
            },
            false => InitDemand::Nothing,
        };
        let mut simulator = context.simulator.as_ref().map(|simulator| simulator.lock());
        pass_init_gate(chaincode, demand, input.is_init, simulator.as_deref_mut())?;
        drop(simulator);
        self.run(context, chaincode, &resolved.package, input)
    }

    /// The Init of a chaincode that `lscc` has just instantiated, in the same transaction. No definition is asked: it is
    /// not committed yet. What it answers does not matter, only whether it does.
    ///
    /// Fabric: core/chaincode/chaincode_support.go, ExecuteLegacyInit.
    pub(super) fn legacy_init(
        self: &Arc<Self>,
        context: &Context,
        deployment: Deployment,
    ) -> Result<(), InvokeError> {
        let Deployment {
            name,
            version,
            input,
        } = deployment;
        let id = PackageId::from(format!("{name}:{version}"));
        let input = Input {
            args: input.args,
            is_init: true,
        };
        self.run(context, &name, &id, input).map(drop)
    }

    fn run(
        self: &Arc<Self>,
        context: &Context,
        chaincode: &str,
        id: &PackageId,
        input: Input,
    ) -> Result<Outcome, InvokeError> {
        let is_init = input.is_init;
        let runnable = self
            .peer
            .runtimes()
            .get(id)
            .map_err(|source| InvokeError::Build {
                id: id.to_string(),
                source,
            })?;
        let _active = self.begin(context, &id.to_string())?;
        let (host, event) = self.host(context, chaincode, is_init);
        let call = Call {
            chaincode,
            input,
            depth: context.depth,
            budget: self.budget.clone(),
            time_limit: self.options.execute_timeout,
        };
        let response = runnable.execute(call, host)?;
        if is_init && response.status >= Response::ERROR {
            return Err(InvokeError::Failed(response.message));
        }
        let event = event.lock().take();
        Ok(Outcome { response, event })
    }

    pub(super) fn invoke_system(
        self: &Arc<Self>,
        context: &Context,
        system: System,
        input: Input,
    ) -> Result<Outcome, InvokeError> {
        let name = system.name();
        if self.options.disabled.contains(name) {
            return Err(self.not_served(name));
        }
        pass_init_gate(name, InitDemand::Nothing, input.is_init, None)?;
        let _active = self.begin(context, &format!("{name}.syscc"))?;
        if !system.installs(&input.args) {
            return Ok(self.serve_system(context, system, &input));
        }
        let limit = self.options.install_timeout;
        let limit = limit.max(self.options.execute_timeout);
        let (execution, context) = (Arc::clone(self), context.clone());
        let install = move || execution.serve_system(&context, system, &input);
        Ok(in_time::run(limit, install)?)
    }

    fn serve_system(self: &Arc<Self>, context: &Context, system: System, input: &Input) -> Outcome {
        let (mut host, event) = self.host(context, system.name(), false);
        let call = scc::SystemCall {
            peer: &self.peer,
            installed: &self.installed,
            channel_id: &context.channel_id,
            channel: context.channel.as_ref(),
            simulator: context.simulator.as_ref(),
            proposal: &self.proposal,
            requester: &self.requester,
        };
        let response = match system {
            System::Lifecycle => scc::lifecycle(&call, &mut *host, &input.args),
            System::Qscc => scc::qscc(&call, &input.args),
            System::Cscc => scc::cscc(&call, &input.args),
            System::Lscc => scc::lscc(&call, &mut *host, &input.args),
        };
        let event = event.lock().take();
        Outcome { response, event }
    }

    /// A Go peer looks for a package of the name that the chaincode would run under.
    fn not_served(&self, system: &str) -> InvokeError {
        let id = format!("{system}.syscc");
        let found = self.peer.runtimes().get(&PackageId::from(id.as_str()));
        let source = found.err().unwrap_or(BuildError::NoBuilder {
            kind: system.to_owned(),
        });
        InvokeError::Build { id, source }
    }

    fn begin(&self, context: &Context, id: &str) -> Result<super::active::Active, InvokeError> {
        let tx_id = &self.transaction.tx_id;
        self.active
            .begin(id, &context.channel_id, tx_id)
            .ok_or_else(|| InvokeError::Exists {
                tx_id: tx_id.clone(),
                channel: context.channel_id.clone(),
            })
    }

    fn host(
        self: &Arc<Self>,
        context: &Context,
        chaincode: &str,
        is_init: bool,
    ) -> (Box<dyn Host>, EventSlot) {
        let event = EventSlot::default();
        let transaction = self.transaction_on(&context.channel_id);
        let (Some(channel), Some(simulator)) = (&context.channel, &context.simulator) else {
            return (
                Box::new(super::no_ledger::NoLedger::new(transaction)),
                event,
            );
        };
        let surroundings = Surroundings {
            execution: Arc::clone(self),
            context: context.clone(),
            chaincode: chaincode.to_owned(),
            event: Arc::clone(&event),
        };
        let config = channel.config();
        let capabilities = config.application_capabilities();
        let options = HostOptions {
            total_query_limit: self.options.total_query_limit,
            is_init,
            key_metadata: capabilities.key_level_endorsement(),
            purge: capabilities.purge_private_data(),
        };
        let host = TransactionHost::new(
            Arc::clone(simulator),
            chaincode,
            transaction,
            surroundings,
            options,
        );
        (Box::new(host), event)
    }

    /// A callee on another channel is told that channel's name.
    fn transaction_on(&self, channel_id: &str) -> Arc<Transaction> {
        if self.transaction.channel_id == channel_id {
            return Arc::clone(&self.transaction);
        }
        Arc::new(Transaction {
            channel_id: channel_id.to_owned(),
            ..(*self.transaction).clone()
        })
    }
}
