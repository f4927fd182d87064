//! Whether a call of `lscc` is what it says: an instantiation or an upgrade, and nothing else.
//!
//! Endorsers are not trusted with it: any member of the channel could have endorsed.
//!
//! Fabric: core/handlers/validation/builtin/v13/lscc_validation_logic.go, ValidateLSCCInvocation; v12 has the same rules.

use super::{Case, Rule, collections, error::Refusal};
use crate::{
    legacy::state::RecordError,
    lifecycle::{is_chaincode_name, is_reserved, is_version},
};
use bytes::Bytes;
use prost::Message as _;
use selvedge_identity::SignedData;
use selvedge_protos::{
    ccprovider::ChaincodeData,
    kvrwset::{KvWrite, KvrwSet},
    protos::{
        ChaincodeDeploymentSpec, ChaincodeId, ChaincodeInvocationSpec, ChaincodeProposalPayload,
        chaincode_spec,
    },
    rwset::TxReadWriteSet,
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Deploy,
    Upgrade,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Deploy => "deploy",
            Self::Upgrade => "upgrade",
        }
    }
}

/// What the transaction claims to do, and what it writes in `lscc`.
pub(super) struct Deployment {
    pub(super) kind: Kind,
    pub(super) data: ChaincodeData,
    /// `name:version`, for the log.
    pub(super) id: String,
    pub(super) writes: Vec<KvWrite>,
    /// The collections of the arguments.
    pub(super) collections: Option<Bytes>,
}

pub(super) fn check(case: &Case<'_>) -> Result<(), Refusal> {
    let (kind, args) = invocation(case)?;
    let chaincode = chaincode(kind, &args, case)?;
    let current = match case.policies.instantiated(&chaincode.name) {
        Ok(current) => current,
        Err(RecordError::State(cause)) => return Err(Refusal::Halt(cause)),
        Err(RecordError::Decode(error)) => return Err(Refusal::Halt(error.to_string())),
    };
    let (data, writes) = written(case, &chaincode)?;
    let deployment = Deployment {
        kind,
        data,
        id: format!("{}:{}", chaincode.name, chaincode.version),
        writes,
        collections: args.get(6).cloned(),
    };
    match kind {
        Kind::Deploy => instantiation(case, &deployment, current),
        Kind::Upgrade => upgrade(case, &deployment, current),
    }
}

/// The function and all arguments, the function's name included.
fn invocation(case: &Case<'_>) -> Result<(Kind, Vec<Bytes>), Refusal> {
    let payload = ChaincodeProposalPayload::decode(case.action.proposal.clone())
        .map_err(|_| Refusal::Malformed)?;
    let invocation =
        ChaincodeInvocationSpec::decode(payload.input).map_err(|_| Refusal::Malformed)?;
    let input = invocation.chaincode_spec.and_then(|spec| spec.input);
    let args = input.map(|input| input.args).unwrap_or_default();
    let function = args.first().ok_or(Refusal::Malformed)?;
    let kind = match &function[..] {
        b"deploy" => Kind::Deploy,
        b"upgrade" => Kind::Upgrade,
        other => {
            return Err(Refusal::Function(
                String::from_utf8_lossy(other).into_owned(),
            ));
        }
    };
    Ok((kind, args))
}

fn chaincode(kind: Kind, args: &[Bytes], case: &Case<'_>) -> Result<ChaincodeId, Refusal> {
    let function = kind.name();
    // The function's name is not counted in the text.
    let count = args.len().saturating_sub(1);
    let most = match case.capabilities.private_channel_data() {
        true => 6,
        false => 5,
    };
    let [_, _, specification, ..] = args else {
        return Err(Refusal::Arguments { function, count });
    };
    if count > most {
        return Err(Refusal::Arguments { function, count });
    }
    let specification = ChaincodeDeploymentSpec::decode(specification.clone())
        .map_err(|_| Refusal::Specification(function))?;
    let spec = specification.chaincode_spec;
    let spec = spec.ok_or(Refusal::Specification(function))?;
    let chaincode = spec.chaincode_id.ok_or(Refusal::Specification(function))?;
    let kinds = [
        chaincode_spec::Type::Golang,
        chaincode_spec::Type::Node,
        chaincode_spec::Type::Java,
        chaincode_spec::Type::Car,
    ];
    if !kinds.iter().any(|known| *known as i32 == spec.r#type) {
        return Err(Refusal::Kind(spec.r#type));
    }
    if !is_chaincode_name(&chaincode.name) {
        return Err(Refusal::Name(chaincode.name));
    }
    if is_reserved(&chaincode.name) {
        return Err(Refusal::Reserved(chaincode.name));
    }
    if !is_version(&chaincode.version) {
        return Err(Refusal::Version(chaincode.version));
    }
    Ok(chaincode)
}

/// The record that the transaction writes for the chaincode, and everything it writes in `lscc`. Elsewhere it may write
/// in the chaincode's own namespace, for its Init.
fn written(
    case: &Case<'_>,
    chaincode: &ChaincodeId,
) -> Result<(ChaincodeData, Vec<KvWrite>), Refusal> {
    let set = TxReadWriteSet::decode(case.invoked.results.clone()).map_err(Refusal::WriteSet)?;
    let (mut of_lscc, mut elsewhere) = (None, Vec::new());
    for namespace in set.ns_rwset {
        let writes = KvrwSet::decode(namespace.rwset).map_err(Refusal::WriteSet)?;
        if namespace.namespace == "lscc" {
            of_lscc = Some(writes.writes);
        } else if !writes.writes.is_empty() {
            elsewhere.push(namespace.namespace);
        }
    }
    let writes = of_lscc.ok_or(Refusal::NoWriteSet)?;
    let first = writes.first().ok_or(Refusal::NoWrite)?;
    if first.key != chaincode.name {
        return Err(Refusal::Key {
            expected: chaincode.name.clone(),
            found: first.key.clone(),
        });
    }
    let data = ChaincodeData::decode(first.value.clone()).map_err(Refusal::Data)?;
    if data.name != chaincode.name {
        return Err(Refusal::OtherName {
            expected: chaincode.name.clone(),
            found: data.name,
        });
    }
    if data.version != chaincode.version {
        return Err(Refusal::OtherVersion {
            expected: chaincode.version.clone(),
            found: data.version,
        });
    }
    match elsewhere.into_iter().find(|name| *name != data.name) {
        Some(other) => Err(Refusal::Namespace(other)),
        None => Ok((data, writes)),
    }
}

fn instantiation(
    case: &Case<'_>,
    deployment: &Deployment,
    current: Option<ChaincodeData>,
) -> Result<(), Refusal> {
    if current.is_some() {
        return Err(Refusal::Exists(deployment.data.name.clone()));
    }
    check_collections(case, deployment, case.capabilities.private_channel_data())?;
    check_policy(case, &deployment.data.instantiation_policy)
}

fn upgrade(
    case: &Case<'_>,
    deployment: &Deployment,
    current: Option<ChaincodeData>,
) -> Result<(), Refusal> {
    let current = current.ok_or_else(|| Refusal::Absent(deployment.data.name.clone()))?;
    if current.version == deployment.data.version {
        return Err(Refusal::SameVersion(current.version));
    }
    check_collections(case, deployment, case.capabilities.v1_2_validation())?;
    check_policy(case, &current.instantiation_policy)?;
    let new = &deployment.data.instantiation_policy;
    if !case.capabilities.v1_1_validation() {
        return Ok(());
    }
    match *new == current.instantiation_policy {
        true => Ok(()),
        false => check_policy(case, new),
    }
}

/// `may`: the channel lets this kind of deployment bring collections.
fn check_collections(case: &Case<'_>, deployment: &Deployment, may: bool) -> Result<(), Refusal> {
    match may {
        true => collections::check(case, deployment),
        false if deployment.writes.len() == 1 => Ok(()),
        false => Err(Refusal::OneWrite),
    }
}

/// Whether who submitted the transaction may instantiate.
fn check_policy(case: &Case<'_>, policy: &Bytes) -> Result<(), Refusal> {
    if policy.is_empty() {
        return Err(Refusal::NoPolicy);
    }
    let Rule::Written(compiled) = case.policies.signature_policy(policy) else {
        return Err(Refusal::Policy("it is no policy".to_owned()));
    };
    let submitter = SignedData {
        data: case.envelope.payload.clone(),
        identity: case.envelope.creator.clone(),
        signature: case.envelope.signature.clone(),
    };
    let satisfied = compiled.evaluate(std::slice::from_ref(&submitter));
    satisfied.map_err(|error| Refusal::Policy(error.to_string()))
}
