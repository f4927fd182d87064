//! Installing a legacy package.
//!
//! Fabric: core/scc/lscc/lscc.go, executeInstall.

use super::{Lscc, error::LsccError};
use crate::{
    legacy::LegacyPackage,
    lifecycle::{is_chaincode_name, is_version},
};
use bytes::Bytes;
use selvedge_protos::protos::ChaincodeId;
use selvedge_runtime::{LegacyCode, Package, PackageId, check_artifact};

/// Stores, then builds. A package that cannot be built stays installed, as in Fabric.
pub(super) fn install(lscc: &mut Lscc<'_>, bytes: Bytes) -> Result<Bytes, LsccError> {
    let package = LegacyPackage::parse(&bytes)?;
    check_names(&package.chaincode)?;
    let name = &package.chaincode.name;
    if matches!(name.as_str(), "lscc" | "cscc" | "qscc" | "_lifecycle") {
        return Err(LsccError::SystemName(name.clone()));
    }
    let (peer, id) = (lscc.call.peer, package.id());
    let stored = peer.legacy().store().put(&package);
    stored.map_err(|source| LsccError::Store {
        id: id.clone(),
        source,
    })?;
    let id = PackageId::from(id);
    peer.runtimes().rebuild(&id).map_err(LsccError::Build)?;
    check_artifacts(&package, &id)?;
    tracing::info!(package = %id, "installed legacy chaincode");
    Ok(Bytes::from_static(b"OK"))
}

pub(super) fn check_names(chaincode: &ChaincodeId) -> Result<(), LsccError> {
    if !is_chaincode_name(&chaincode.name) {
        return Err(LsccError::Name(chaincode.name.clone()));
    }
    if !is_version(&chaincode.version) {
        return Err(LsccError::Version(chaincode.version.clone()));
    }
    Ok(())
}

/// Index definitions of a legacy package are looked at when it is installed.
fn check_artifacts(package: &LegacyPackage, id: &PackageId) -> Result<(), LsccError> {
    let code = LegacyCode {
        kind: package.kind_name(),
        path: package.chaincode.path.clone(),
        name: package.chaincode.name.clone(),
        code: package.code.clone(),
    };
    let package = Package::of_legacy(id.clone(), code).map_err(|_| LsccError::CodePackage)?;
    package
        .check_code_archive()
        .map_err(|_| LsccError::CodePackage)?;
    package
        .db_artifacts
        .iter()
        .try_for_each(|artifact| check_artifact(&artifact.name, &artifact.content))
        .map_err(LsccError::Artifact)
}
