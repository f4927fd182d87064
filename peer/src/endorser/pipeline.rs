//! The way of a proposal through the peer.
//!
//! Fabric: core/endorser/endorser.go.

use super::{
    acl::{self, AclError},
    active::ActiveExecutions,
    execution::{Context, Execution, InvokeError, Outcome},
    filters::{self, FilterError},
    interest::{self, InterestError},
    measure,
    options::EndorserOptions,
    private::{self, PrivateDataError},
    proposal::{Proposal, UnpackError},
    respond::{self, Signer, Simulated},
    system::System,
    validate::{self, InvalidProposal},
};
use crate::{
    legacy::{Deployment, DeploymentError},
    lifecycle::{Approvals, InstalledIndex, ResolveError, Resolved},
    node::{Channel, Peer},
    operations::Called,
};
use bytes::Bytes;
use parking_lot::Mutex;
use selvedge_identity::SignedData;
use selvedge_interface::{Input, Response};
use selvedge_ledger::SimulationError;
use selvedge_protos::protos::{ChaincodeInterest, ProposalResponse};
use selvedge_runtime::{Budget, StoreError, Workers};
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Instant;

/// Endorses proposals for one peer. Cheap to clone; all clones are one endorser.
#[derive(Clone)]
pub struct Endorser {
    peer: Arc<Peer>,
    installed: Arc<InstalledIndex>,
    approvals: Arc<Approvals>,
    options: EndorserOptions,
    active: ActiveExecutions,
    threads: Option<Workers>,
}

/// A proposal that gets no response at all; `Display` is the text of the gRPC error, whose code is `Unknown`.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    #[error(transparent)]
    Filtered(#[from] FilterError),
    #[error(transparent)]
    Unpack(#[from] UnpackError),
    #[error("error validating proposal: {0}")]
    Invalid(#[from] InvalidProposal),
    #[error("duplicate transaction found [{tx_id}]. Creator [{creator}]")]
    Duplicate { tx_id: String, creator: String },
    #[error(transparent)]
    Acl(#[from] AclError),
}

/// Why there is no endorsement although the proposal was good; `Display` is the message of a response with status 500.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failed {
    #[error(
        "make sure the chaincode {chaincode} has been successfully defined on channel {channel} and try again: {source}"
    )]
    Undefined {
        chaincode: String,
        channel: String,
        source: Box<ResolveError>,
    },
    #[error("error in simulation: failed to execute transaction {tx_id}: {source}")]
    Execute { tx_id: String, source: InvokeError },
    #[error("error in simulation: {0}")]
    GaveUp(InvokeError),
    #[error("error in simulation: {0}")]
    Deployment(#[from] DeploymentError),
    #[error("error in simulation: Private data is forbidden to be used in instantiate")]
    PrivateInstantiation,
    /// The Init of what was instantiated or upgraded.
    #[error("{source}")]
    Init {
        chaincode: String,
        source: Box<Failed>,
    },
    #[error("error in simulation: {0}")]
    Results(#[from] SimulationError),
    #[error("error in simulation: {0}")]
    PrivateData(#[from] PrivateDataError),
    #[error("error in simulation: {0}")]
    Interest(#[from] InterestError),
    #[error(
        "endorsing with plugin failed: plugin with name {0} could not be used: plugin with name {0} wasn't found"
    )]
    NoPlugin(String),
}

/// What the name stands for.
enum Meaning {
    System(System),
    User(Resolved),
}

impl Meaning {
    fn version(&self) -> &str {
        match self {
            Self::System(_) => System::VERSION,
            Self::User(resolved) => &resolved.version,
        }
    }

    /// The only plugin there is.
    fn check_plugin(&self) -> Result<(), Failed> {
        match self {
            Self::User(resolved) if resolved.endorsement_plugin != "escc" => {
                Err(Failed::NoPlugin(resolved.endorsement_plugin.clone()))
            }
            Self::User(_) | Self::System(_) => Ok(()),
        }
    }
}

/// Every proposal that waits for its chaincode does so on a thread of its own, so there must be one for each that is let
/// in. That is limited elsewhere.
const THREADS: NonZeroUsize = NonZeroUsize::new(16_384).unwrap();

/// How many proposals are worked on at once: one for each core, and as many again for when the database reads from the
/// disk.
fn at_once() -> NonZeroUsize {
    let cores = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    cores.saturating_mul(const { NonZeroUsize::new(2).unwrap() })
}

impl Endorser {
    /// Lists the installed packages. Everything else is read when it is needed.
    pub fn new(peer: Arc<Peer>, options: EndorserOptions) -> Result<Self, StoreError> {
        let installed = Arc::new(InstalledIndex::open(peer.runtimes())?);
        let workers = peer.runtimes().workers();
        Ok(Self {
            threads: workers.map(|workers| workers.beside(at_once(), THREADS)),
            peer,
            installed,
            approvals: Arc::default(),
            options,
            active: ActiveExecutions::default(),
        })
    }

    /// Threads to call [`Endorser::process_proposal`] on: what runs in this process need not be handed to another there.
    pub(crate) fn threads(&self) -> Option<&Workers> {
        self.threads.as_ref()
    }

    /// The packages that `_lifecycle` knows to be installed.
    pub fn installed(&self) -> &Arc<InstalledIndex> {
        &self.installed
    }

    /// Judges, simulates and endorses the bytes of a `protos.SignedProposal`. Blocks until the chaincode has answered:
    /// call it from a thread that may.
    pub fn process_proposal(&self, signed: Bytes) -> Result<ProposalResponse, Refused> {
        let metrics = &self.peer.operations().metrics().endorser;
        let began = Instant::now();
        let proposal = self.unpack(signed).inspect_err(|error| {
            if matches!(error, Refused::Unpack(_)) {
                metrics.received();
                metrics.invalid();
            }
        })?;
        metrics.received();
        let channel_id = proposal.channel_id();
        let channel = self.peer.channel(channel_id);
        if !channel_id.is_empty() && channel.is_none() {
            return Ok(respond::failure(format!(
                "channel '{channel_id}' not found"
            )));
        }
        let requester = requester(&proposal);
        let (channel_id, chaincode) = (channel_id.to_owned(), proposal.chaincode.clone());
        let called = Called {
            channel: &channel_id,
            chaincode: &chaincode,
        };
        self.pre_process(&proposal, channel.as_ref(), &requester)
            .inspect_err(|refused| refused.count(metrics, called))?;
        let endorsed = self.endorse(proposal, channel, requester);
        measure::count(metrics, called, &endorsed, began.elapsed());
        Ok(endorsed.unwrap_or_else(|error| {
            tracing::warn!(%error, "failed to invoke chaincode");
            respond::failure(error)
        }))
    }

    /// Fabric runs its filters before it looks into a proposal, so their words come first for a malformed one too.
    fn unpack(&self, signed: Bytes) -> Result<Proposal, Refused> {
        let proposal = Proposal::unpack(signed.clone()).or_else(|error| {
            filters::check_malformed(&signed, &self.options, self.peer.clock())?;
            Err(Refused::from(error))
        })?;
        let not_after = |creator: &Bytes| match self.peer.channel(proposal.channel_id()) {
            Some(channel) => channel
                .config()
                .msps()
                .deserialize(creator)
                .ok()
                .map(|identity| identity.not_after()),
            None => self
                .peer
                .local_msp()
                .deserialize(creator)
                .ok()
                .map(|identity| identity.not_after()),
        };
        filters::check(&proposal, &self.options, self.peer.clock(), not_after)?;
        if self.peer.is_rebuilding() {
            return Err(FilterError::Rebuilding.into());
        }
        Ok(proposal)
    }

    fn pre_process(
        &self,
        proposal: &Proposal,
        channel: Option<&Arc<Channel>>,
        requester: &SignedData,
    ) -> Result<(), Refused> {
        let Some(channel) = channel else {
            let msp = self.peer.local_msp();
            validate::validate(
                proposal,
                |creator| msp.deserialize(creator),
                |identity| msp.validate(identity),
            )?;
            return Ok(());
        };
        let config = channel.config();
        let msps = config.msps();
        validate::validate(
            proposal,
            |creator| msps.deserialize(creator),
            |identity| msps.validate(identity),
        )?;
        // Any failure of the look-up means "not a duplicate", as in Fabric: the commit looks again.
        if let Ok(true) = channel.ledger().has_transaction(proposal.tx_id()) {
            let (tx_id, creator) = (proposal.tx_id().to_owned(), hex::encode(proposal.creator()));
            return Err(Refused::Duplicate { tx_id, creator });
        }
        if System::from_name(&proposal.chaincode).is_none() {
            acl::check(&self.peer, "peer/Propose", channel.id(), requester)?;
        }
        Ok(())
    }

    fn endorse(
        &self,
        proposal: Proposal,
        channel: Option<Arc<Channel>>,
        requester: SignedData,
    ) -> Result<ProposalResponse, Failed> {
        let execution = Arc::new(Execution {
            peer: Arc::clone(&self.peer),
            installed: Arc::clone(&self.installed),
            approvals: Arc::clone(&self.approvals),
            options: self.options.clone(),
            active: self.active.clone(),
            transaction: Arc::new(proposal.transaction()),
            proposal: Arc::new(proposal),
            requester,
            budget: Budget::default(),
        });
        let proposal = &execution.proposal;
        let context = context(&execution, channel);
        let meaning = meaning(&execution, &context)?;
        let Outcome { response, event } = invoke(&execution, &context, &meaning)?;
        if matches!(meaning, Meaning::System(System::Lscc))
            && response.status < Response::ERROR_THRESHOLD
        {
            initialize_deployed(&execution, &context)?;
        }
        let (results, interest) = collect(&execution, &context)?;
        let simulated = Simulated {
            proposal_hash: &proposal.hash,
            tx_id: proposal.tx_id(),
            chaincode: &proposal.chaincode,
            version: meaning.version(),
            // What failed sends no event.
            event: event.filter(|_| response.status < Response::ERROR_THRESHOLD),
            response,
            results,
            interest,
        };
        let has_channel = context.channel.is_some();
        if has_channel && simulated.response.status < Response::ERROR_THRESHOLD {
            meaning.check_plugin()?;
        }
        let key = self.peer.signer();
        let known = context.channel.as_ref().and_then(|channel| {
            let config = channel.config();
            config.msps().deserialize(key.serialized()).ok()
        });
        let signer = Signer {
            key,
            known: known.as_deref(),
        };
        Ok(simulated.respond(has_channel, signer))
    }
}

fn requester(proposal: &Proposal) -> SignedData {
    SignedData {
        data: proposal.bytes.clone(),
        identity: proposal.creator().clone(),
        signature: proposal.signature.clone(),
    }
}

fn context(execution: &Execution, channel: Option<Arc<Channel>>) -> Context {
    let chaincode = &execution.proposal.chaincode;
    let simulates = System::from_name(chaincode).is_none_or(System::simulates);
    let simulator = channel
        .clone()
        .filter(|_| simulates)
        .map(|channel| execution.simulate_on(channel).1);
    Context {
        channel_id: execution.proposal.channel_id().to_owned(),
        channel,
        simulator: simulator.map(|simulator| Arc::new(Mutex::new(simulator))),
        depth: 0,
    }
}

fn meaning(execution: &Execution, context: &Context) -> Result<Meaning, Failed> {
    let chaincode = &execution.proposal.chaincode;
    if let Some(system) = System::from_name(chaincode) {
        return Ok(Meaning::System(system));
    }
    let resolved = execution
        .resolve(context, chaincode)
        .map_err(|source| Failed::Undefined {
            chaincode: chaincode.clone(),
            channel: context.channel_id.clone(),
            source: Box::new(source),
        })?;
    Ok(Meaning::User(resolved))
}

fn invoke(
    execution: &Arc<Execution>,
    context: &Context,
    meaning: &Meaning,
) -> Result<Outcome, Failed> {
    let proposal = &execution.proposal;
    let input = Input {
        args: proposal.input.args.clone(),
        is_init: proposal.input.is_init,
    };
    let outcome = match meaning {
        Meaning::System(system) => execution.invoke_system(context, *system, input),
        Meaning::User(resolved) => {
            execution.invoke_user(context, &proposal.chaincode, resolved, input)
        }
    };
    outcome.map_err(|source| failed(proposal.tx_id(), source))
}

/// Calls the Init of what was instantiated or upgraded: its writes are in the same transaction.
///
/// Fabric: core/endorser/endorser.go, callChaincode.
fn initialize_deployed(execution: &Arc<Execution>, context: &Context) -> Result<(), Failed> {
    let proposal = &execution.proposal;
    let Some(deployment) = Deployment::of(&proposal.input.args, &context.channel_id)? else {
        return Ok(());
    };
    let chaincode = deployment.name.clone();
    let initialized = execution.legacy_init(context, deployment);
    initialized.map_err(|source| Failed::Init {
        chaincode,
        source: Box::new(match source {
            InvokeError::Build { .. } | InvokeError::Launch(_) => Failed::GaveUp(source),
            source => failed(proposal.tx_id(), source),
        }),
    })
}

fn failed(tx_id: &str, source: InvokeError) -> Failed {
    match source {
        InvokeError::Failed(_) | InvokeError::BadResponse(_) => Failed::GaveUp(source),
        source => Failed::Execute {
            tx_id: tx_id.to_owned(),
            source,
        },
    }
}

/// The results of the simulation, whatever the response says: private data is kept even for a response that is not
/// endorsed, as Fabric does.
fn collect(
    execution: &Execution,
    context: &Context,
) -> Result<(Bytes, Option<ChaincodeInterest>), Failed> {
    let (Some(channel), Some(simulator)) = (&context.channel, &context.simulator) else {
        return Ok((Bytes::new(), None));
    };
    let mut simulator = simulator.lock();
    let results = simulator.results()?;
    if results.private.is_some() && execution.proposal.chaincode == System::Lscc.name() {
        return Err(Failed::PrivateInstantiation);
    }
    let assemble = |private| private::assemble(&execution.peer, simulator.peek(), private);
    let private = results.private.as_ref().map(assemble).transpose()?;
    simulator.done();
    drop(simulator);
    // Other peers are waited for, and the simulator is not needed for that.
    if let Some(private) = private {
        let tx_id = execution.proposal.tx_id();
        private::keep(&execution.peer, channel, tx_id, private)?;
    }
    let interest = interest::interest(&results)?;
    Ok((results.public, Some(interest)))
}
