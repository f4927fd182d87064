//! From a name on a channel to what this peer runs for it.
//!
//! One answer for every runtime: what is committed, whether this organisation agreed to it, and which installed package
//! it chose. Fabric keeps the answer in a cache that may run ahead of the state; here it is what stands at the very
//! height that the transaction is simulated on, so that the two cannot differ.
//!
//! Fabric: core/chaincode/lifecycle/endorsement_info.go and cache.go.

use super::{
    approvals::Approvals,
    definition::{self, Definition, LocalPackage},
    error::Error,
    implicit,
    installed::InstalledIndex,
    keys::{self, CHAINCODE_SOURCES, NAMESPACES},
    ledger_state::{Committed, CommittedHashes, Recorded},
    serializer,
};
use crate::legacy::{LegacyPackages, SecurityError, state};
use bytes::Bytes;
use prost::Message as _;
use selvedge_identity::ChannelConfig;
use selvedge_ledger::{Simulator, Snapshot};
use selvedge_protos::ccprovider::ChaincodeData;
use selvedge_runtime::PackageId;

/// A chaincode that can be invoked here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolved {
    pub package: PackageId,
    /// Of the definition; the Init gate compares it with the marker.
    pub version: String,
    pub endorsement_plugin: String,
    pub init_required: bool,
}

/// Why a chaincode cannot be invoked here; `Display` is Fabric's text.
#[derive(Debug, thiserror::Error)]
pub enum ResolveError {
    #[error("could not get channel config for channel '{0}'")]
    NoChannel(String),
    #[error("could not get application config for channel '{0}'")]
    NoApplication(String),
    #[error(
        "could not get current sequence for chaincode '{name}' on channel '{channel}': {source}"
    )]
    Sequence {
        name: String,
        channel: String,
        source: Error,
    },
    #[error(
        "could not get approved chaincode info from cache: unknown chaincode '{name}' for channel '{channel}'"
    )]
    Unknown { name: String, channel: String },
    #[error("could not get approved chaincode info from cache: {0}")]
    Approval(Error),
    #[error(
        "chaincode definition for '{name}' at sequence {sequence} on channel '{channel}' has not yet been approved by this org"
    )]
    NotApproved {
        name: String,
        sequence: i64,
        channel: String,
    },
    #[error("chaincode definition for '{0}' exists, but chaincode is not installed")]
    NotInstalled(String),
    #[error("could not retrieve state for chaincode {name}: {cause}")]
    LegacyState { name: String, cause: String },
    #[error("chaincode {0} not found")]
    NotFound(String),
    #[error("chaincode {name} has bad definition: {source}")]
    BadLegacy {
        name: String,
        source: prost::DecodeError,
    },
    #[error("failed security checks: {0}")]
    Security(#[from] SecurityError),
}

/// What this peer knows that no channel does.
#[derive(Clone, Copy)]
pub struct Local<'a> {
    pub installed: &'a InstalledIndex,
    pub legacy: &'a LegacyPackages,
    pub approvals: &'a Approvals,
    /// A definition without an installed package is served by whoever registers under its name and version.
    pub dev_mode: bool,
}

/// What the name means at the simulator's height. The read of the sequence is recorded, and that of the legacy
/// definition when there is no sequence; everything else is looked at beside the transaction.
pub fn resolve(
    channel_id: &str,
    channel: &ChannelConfig,
    msp_id: &str,
    name: &str,
    simulator: &mut Simulator,
    local: Local<'_>,
) -> Result<Resolved, ResolveError> {
    if !channel.has_application() {
        return Err(ResolveError::NoApplication(channel_id.to_owned()));
    }
    if !channel.application_capabilities().lifecycle_v20() {
        return resolve_legacy(name, simulator, local.legacy);
    }
    let sequence = recorded_sequence(channel_id, name, simulator)?;
    if sequence == 0 {
        return resolve_legacy(name, simulator, local.legacy);
    }
    let found = local
        .approvals
        .of(channel_id, simulator.peek(), msp_id, name)
        .map_err(ResolveError::Approval)?;
    let (name, channel) = (name.to_owned(), channel_id.to_owned());
    let Some(found) = found else {
        return Err(ResolveError::Unknown { name, channel });
    };
    if !found.approved {
        return Err(ResolveError::NotApproved {
            name,
            sequence,
            channel,
        });
    }
    let endorsement = &found.definition.parameters.endorsement;
    let package = match found.package(local.installed) {
        Some(package) => package,
        // Whoever develops the chaincode runs it under this name.
        None if local.dev_mode => {
            PackageId::from(format!("{name}:{}", endorsement.version).as_str())
        }
        None => return Err(ResolveError::NotInstalled(name)),
    };
    Ok(Resolved {
        package,
        version: endorsement.version.clone(),
        endorsement_plugin: endorsement.endorsement_plugin.clone(),
        init_required: endorsement.init_required,
    })
}

fn recorded_sequence(
    channel_id: &str,
    name: &str,
    simulator: &mut Simulator,
) -> Result<i64, ResolveError> {
    serializer::integer(NAMESPACES, name, "Sequence", &mut Recorded(simulator)).map_err(|source| {
        ResolveError::Sequence {
            name: name.to_owned(),
            channel: channel_id.to_owned(),
            source,
        }
    })
}

/// A chaincode that `lscc` instantiated: run under its name and version, by the package that was installed under them.
/// The gate is not for these, their Init ran when they were instantiated.
///
/// Fabric: core/scc/lscc/lscc.go, ChaincodeEndorsementInfo.
fn resolve_legacy(
    name: &str,
    simulator: &mut Simulator,
    legacy: &LegacyPackages,
) -> Result<Resolved, ResolveError> {
    let data = simulator
        .get(state::NAMESPACE, name)
        .map_err(|error| ResolveError::LegacyState {
            name: name.to_owned(),
            cause: error.to_string(),
        })?
        .ok_or_else(|| ResolveError::NotFound(name.to_owned()))?;
    let data = ChaincodeData::decode(data).map_err(|source| ResolveError::BadLegacy {
        name: name.to_owned(),
        source,
    })?;
    legacy.check(&data)?;
    Ok(Resolved {
        package: PackageId::from(format!("{}:{}", data.name, data.version)),
        version: data.version,
        endorsement_plugin: data.escc,
        init_required: false,
    })
}

/// A committed definition as one organisation sees it.
#[derive(Clone, Debug)]
pub struct Approval {
    pub definition: Definition,
    /// The organisation's approval at the committed sequence has the committed parameters.
    pub approved: bool,
    /// Names the package that the organisation chose, if it chose one: see [`super::package_hash`].
    pub package_hash: Option<Bytes>,
}

impl Approval {
    /// The chosen package, if it is installed here.
    pub fn package(&self, installed: &InstalledIndex) -> Option<PackageId> {
        installed.by_hash(self.package_hash.as_ref()?)
    }
}

/// The definition of `name` and what `msp_id` has to do with it, by hashes: the private data itself is not needed.
pub fn approval(snapshot: &Snapshot, msp_id: &str, name: &str) -> Result<Option<Approval>, Error> {
    let Some(definition) = Definition::committed(name, &mut Committed(snapshot))? else {
        return Ok(None);
    };
    let collection = &implicit::collection_of(msp_id);
    let mut hashes = CommittedHashes {
        snapshot,
        collection,
    };
    let private_name = keys::private_name(name, definition.sequence);
    let missing = serializer::mismatches(
        NAMESPACES,
        &private_name,
        &definition.parameters.record(),
        &mut hashes,
    )?;
    let approved = missing.is_empty();
    let package_hash = if approved {
        chosen_package(&private_name, &mut hashes)?
    } else {
        None
    };
    Ok(Some(Approval {
        definition,
        approved,
        package_hash,
    }))
}

fn chosen_package(
    private_name: &str,
    hashes: &mut CommittedHashes<'_>,
) -> Result<Option<Bytes>, Error> {
    use super::state::Opaque as _;
    let none = LocalPackage(String::new()).record();
    if !serializer::has_metadata(CHAINCODE_SOURCES, private_name, &none, hashes)? {
        return Ok(None);
    }
    Ok(hashes.hash(&keys::field(CHAINCODE_SOURCES, private_name, "PackageID"))?)
}

/// The names of all committed chaincode definitions, sorted.
pub fn committed_names(snapshot: &Snapshot) -> Result<Vec<String>, Error> {
    let prefix = keys::metadata_prefix(NAMESPACES);
    let rows = snapshot
        .range(
            keys::NAMESPACE,
            &prefix,
            &format!("{prefix}\x7f"),
            usize::MAX,
        )
        .map_err(|error| super::state::StateError(error.to_string()))?;
    let is_definition = |row: &selvedge_ledger::Row| {
        selvedge_protos::lifecycle::StateMetadata::decode(row.value.value.clone())
            .is_ok_and(|metadata| metadata.datatype == definition::DEFINITION)
    };
    Ok(rows
        .iter()
        .filter(|row| is_definition(row))
        .filter_map(|row| row.key.strip_prefix(&prefix).map(str::to_owned))
        .collect())
}
