//! Packages on this peer: installing them, listing them, giving them back.
//!
//! Fabric: core/chaincode/lifecycle/lifecycle.go, InstallChaincode; cache.go, ListInstalledChaincodes.

use super::{call::Call, error::Error, installed::InstalledIndex, resolve};
use crate::node::Peer;
use selvedge_protos::lifecycle::{
    GetInstalledChaincodePackageArgs, GetInstalledChaincodePackageResult, InstallChaincodeArgs,
    InstallChaincodeResult, QueryInstalledChaincodeArgs, QueryInstalledChaincodeResult,
    QueryInstalledChaincodesArgs, QueryInstalledChaincodesResult,
    query_installed_chaincode_result as one,
    query_installed_chaincodes_result::{self as many, InstalledChaincode},
};
use selvedge_runtime::{PackageId, StoreError};
use std::collections::BTreeMap;

/// `Display` is Fabric's text.
#[derive(Debug, thiserror::Error)]
pub enum InstallError {
    #[error(transparent)]
    Install(#[from] selvedge_runtime::InstallError),
    #[error("could not find chaincode with package id '{0}'")]
    Unknown(String),
    #[error("could not load cc install package: {0}")]
    Load(#[from] StoreError),
}

/// The packages of a peer.
#[derive(Clone, Copy)]
pub(super) struct Packages<'a> {
    pub(super) peer: &'a Peer,
    pub(super) installed: &'a InstalledIndex,
}

/// The chaincodes a package serves, as (name, version) by channel.
type References = BTreeMap<String, Vec<(String, String)>>;

pub(super) fn install(
    call: &mut Call<'_>,
    args: InstallChaincodeArgs,
) -> Result<InstallChaincodeResult, Error> {
    let packages = call.packages;
    let installed = packages
        .peer
        .runtimes()
        .install(&args.chaincode_install_package)
        .map_err(InstallError::Install)?;
    packages.installed.installed(&installed);
    tracing::info!(package = %installed.id, "installed chaincode");
    // The definition may have been committed before.
    let peer = packages.peer;
    for channel in peer.channel_ids().iter().filter_map(|id| peer.channel(id)) {
        super::deploy_indexes(&channel, peer.local_msp().id(), peer.runtimes());
    }
    Ok(InstallChaincodeResult {
        package_id: installed.id.to_string(),
        label: installed.label.to_string(),
    })
}

pub(super) fn query_one(
    call: &mut Call<'_>,
    args: QueryInstalledChaincodeArgs,
) -> Result<QueryInstalledChaincodeResult, Error> {
    let found = call.packages.installed.find(&args.package_id);
    let (id, label) = found.ok_or(InstallError::Unknown(args.package_id))?;
    let references = call.packages.references()?.remove(&id).unwrap_or_default();
    let references = references
        .into_iter()
        .map(|(channel, chaincodes)| {
            let chaincodes = chaincodes
                .into_iter()
                .map(|(name, version)| one::Chaincode { name, version })
                .collect();
            (channel, one::References { chaincodes })
        })
        .collect();
    Ok(QueryInstalledChaincodeResult {
        package_id: id.to_string(),
        label,
        references,
    })
}

pub(super) fn query_all(
    call: &mut Call<'_>,
    _: QueryInstalledChaincodesArgs,
) -> Result<QueryInstalledChaincodesResult, Error> {
    let mut all_references = call.packages.references()?;
    let mut found = Vec::new();
    for (id, label) in call.packages.installed.all() {
        let references = all_references.remove(&id).unwrap_or_default();
        let references = references
            .into_iter()
            .map(|(channel, chaincodes)| {
                let chaincodes = chaincodes
                    .into_iter()
                    .map(|(name, version)| many::Chaincode { name, version })
                    .collect();
                (channel, many::References { chaincodes })
            })
            .collect();
        found.push(InstalledChaincode {
            package_id: id.to_string(),
            label,
            references,
        });
    }
    Ok(QueryInstalledChaincodesResult {
        installed_chaincodes: found,
    })
}

pub(super) fn package(
    call: &mut Call<'_>,
    args: GetInstalledChaincodePackageArgs,
) -> Result<GetInstalledChaincodePackageResult, Error> {
    let id = PackageId::from(args.package_id);
    let package = call
        .packages
        .peer
        .runtimes()
        .store()
        .load(&id)
        .map_err(InstallError::Load)?;
    Ok(GetInstalledChaincodePackageResult {
        chaincode_install_package: package,
    })
}

impl Packages<'_> {
    /// Which committed definitions, approved by this organisation, point at which package.
    fn references(&self) -> Result<BTreeMap<PackageId, References>, Error> {
        let mut references = BTreeMap::<PackageId, References>::new();
        for channel_id in self.peer.channel_ids() {
            let Some(channel) = self.peer.channel(&channel_id) else {
                continue;
            };
            let snapshot = channel.ledger().snapshot();
            for name in resolve::committed_names(&snapshot)? {
                let Some(found) = resolve::approval(&snapshot, self.peer.local_msp().id(), &name)?
                else {
                    continue;
                };
                let Some(package) = found.package(self.installed) else {
                    continue;
                };
                let version = found.definition.parameters.endorsement.version;
                references
                    .entry(package)
                    .or_default()
                    .entry(channel_id.clone())
                    .or_default()
                    .push((name, version));
            }
        }
        Ok(references)
    }
}
