//! `chaincode package` and `chaincode signpackage`.
//!
//! Fabric: internal/peer/chaincode/package.go and signpackage.go; core/common/ccpackage.

use anyhow::{Context, Result, bail};
use bytes::Bytes;
use prost::Message as _;
use prost_types::Timestamp;
use selvedge_identity::{SigningIdentity, policy_from_string};
use selvedge_protos::common::{ChannelHeader, Envelope, HeaderType, Payload};
use selvedge_protos::protos::{Endorsement, SignedChaincodeDeploymentSpec};

use super::specification::with_code;
use super::{PackageLegacyArgs, SignPackageArgs};
use crate::cli::core_config::CoreConfig;
use crate::cli::files::write_atomically;
use crate::cli::session::signer;
use crate::client::Fresh;
use crate::legacy::LegacyPackage;

pub(in super::super) fn package(config: &CoreConfig, args: PackageLegacyArgs) -> Result<String> {
    let Some(out) = &args.output_file else {
        bail!(
            "output file not specified or invalid number of args (filename should be the only arg)"
        )
    };
    let Some(path) = &args.path else {
        bail!("must supply value for chaincode path parameter; use -p")
    };
    let specification = with_code(&args.specification, &args.lang, path, "package")?;
    let specification = Bytes::from(specification.encode_to_vec());
    let bytes = match args.cc_package {
        false => specification,
        true => for_owners(config, &args, specification)?,
    };
    write_atomically(out, &bytes)?;
    Ok(String::new())
}

fn for_owners(
    config: &CoreConfig,
    args: &PackageLegacyArgs,
    specification: Bytes,
) -> Result<Bytes> {
    let policy = match args.instantiate_policy.as_str() {
        "" => format!(
            "AND('{}.admin')",
            config.required("peer.localMspId", "the MSP ID")?
        ),
        given => given.to_owned(),
    };
    let policy = policy_from_string(&policy).with_context(|| format!("invalid policy {policy}"))?;
    let mut signed = SignedChaincodeDeploymentSpec {
        chaincode_deployment_spec: specification,
        instantiation_policy: policy.encode_to_vec().into(),
        owner_endorsements: Vec::new(),
    };
    if args.sign {
        endorse(&mut signed, &signer(config)?);
    }
    Ok(enclose(&signed, Fresh::from_system()?.now))
}

/// Adds the signature of one more owner.
pub(in super::super) fn sign(config: &CoreConfig, args: SignPackageArgs) -> Result<String> {
    let [input, output] = args.files.as_slice() else {
        bail!("peer chaincode signpackage <inputpackage> <outputpackage>")
    };
    let signer = signer(config)?;
    let bytes = std::fs::read(input)
        .with_context(|| format!("failed to read the package at '{}'", input.display()))?;
    let mut signed = open(bytes.into())?;
    if signed.owner_endorsements.is_empty() {
        bail!(
            "invalid signed deployment spec: the package has no signature yet; create it with `chaincode package -s -S`"
        );
    }
    endorse(&mut signed, &signer);
    write_atomically(output, &enclose(&signed, Fresh::from_system()?.now))?;
    Ok(format!(
        "Wrote signed package to {} successfully\n",
        output.display()
    ))
}

fn open(bytes: Bytes) -> Result<SignedChaincodeDeploymentSpec> {
    let envelope = Envelope::decode(bytes).context("the file is no signed package")?;
    let payload = Payload::decode(envelope.payload).context("the file is no signed package")?;
    if payload.header.is_none() {
        bail!("channel header not found in the envelope");
    }
    SignedChaincodeDeploymentSpec::decode(payload.data).context("the file is no signed package")
}

/// An owner signs the specification, the policy and their own identity.
fn endorse(signed: &mut SignedChaincodeDeploymentSpec, owner: &SigningIdentity) {
    let endorser = owner.serialized().clone();
    let content = [
        &signed.chaincode_deployment_spec[..],
        &signed.instantiation_policy[..],
        &endorser[..],
    ]
    .concat();
    signed.owner_endorsements.push(Endorsement {
        signature: owner.sign(&content).into(),
        endorser,
    });
}

fn enclose(signed: &SignedChaincodeDeploymentSpec, now: Timestamp) -> Bytes {
    let header = ChannelHeader {
        r#type: HeaderType::ChaincodePackage as i32,
        timestamp: Some(Timestamp { nanos: 0, ..now }),
        ..Default::default()
    };
    LegacyPackage::enclose(signed, &header)
}
