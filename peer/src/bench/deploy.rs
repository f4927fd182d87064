//! The lifecycle on a [`Live`] network: every peer installs, every organisation approves, one commits for all.

use super::artifacts::Packaged;
use super::live::CHANNEL;
use super::{Live, Way};
use anyhow::{Context, Result, ensure};
use bytes::Bytes;
use selvedge_identity::policy_from_string;
use selvedge_protos::lifecycle::chaincode_source::{Local, Type as SourceType};
use selvedge_protos::lifecycle::{
    ApproveChaincodeDefinitionForMyOrgArgs, ChaincodeSource, CommitChaincodeDefinitionArgs,
    InstallChaincodeArgs, InstallChaincodeResult,
};
use selvedge_protos::protos::{
    CollectionConfig, CollectionConfigPackage, CollectionPolicyConfig, StaticCollectionConfig,
    collection_config, collection_policy_config,
};
use selvedge_runtime::{Package, PackageId};
use std::time::{Duration, Instant};

use crate::client::{decode, lifecycle_call};

/// A collection that every organisation is a member of.
pub const COLLECTION: &str = "everybody";

impl Live {
    /// Deploys a package under a name, with [`COLLECTION`]; gives how long the first peer took to install it.
    pub fn deploy(&self, name: &str, packaged: &Packaged) -> Result<Duration> {
        let (package_id, took) = self.install(packaged)?;
        self.define(name, &package_id)?;
        self.remember(name, &package_id);
        Ok(took)
    }

    /// A way under its own name.
    pub(super) fn deploy_way(&self, way: Way, packaged: &Packaged) -> Result<Duration> {
        self.deploy(way.name(), packaged)
            .with_context(|| format!("deploying the contract as {}", way.title()))
    }

    /// Waits until the gateway's peer has heard that every peer has the chaincode: they tell each other in their own time.
    pub(super) fn wait_until_known(&self, name: &str) -> Result<()> {
        const PATIENCE: Duration = Duration::from_secs(60);
        let (peer, all) = (self.member()?.running.peer(), self.members()?.len());
        let start = Instant::now();
        loop {
            let known = peer.membership().map(|it| it.peers_with(CHANNEL, name));
            if known.unwrap_or_default() >= all {
                return Ok(());
            }
            ensure!(
                start.elapsed() < PATIENCE,
                "the gateway's peer has not heard that all have {name}"
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn install(&self, packaged: &Packaged) -> Result<(String, Duration)> {
        let parsed = Package::parse(&packaged.bytes)?;
        self.serve(packaged, PackageId::as_str(&parsed.id))?;
        let args = InstallChaincodeArgs {
            chaincode_install_package: Bytes::copy_from_slice(&packaged.bytes),
        };
        let call = lifecycle_call("", "InstallChaincode", &args);
        let (mut package_id, mut first) = (String::new(), None);
        for (index, member) in self.members()?.iter().enumerate() {
            let start = Instant::now();
            let answer = self.ask(index, &call, &member.admin)?;
            first.get_or_insert(start.elapsed());
            let response = answer.response.context("an answer without a response")?;
            package_id = decode::<InstallChaincodeResult>(&response.payload)?.package_id;
        }
        Ok((package_id, first.unwrap_or_default()))
    }

    fn define(&self, name: &str, package_id: &str) -> Result<()> {
        let members = self.members()?;
        let collections = Some(collections(members.iter().map(|member| &*member.msp_id))?);
        let local = SourceType::LocalPackage(Local {
            package_id: package_id.to_owned(),
        });
        let approval = ApproveChaincodeDefinitionForMyOrgArgs {
            sequence: 1,
            name: name.to_owned(),
            version: "1".to_owned(),
            collections: collections.clone(),
            source: Some(ChaincodeSource {
                r#type: Some(local),
            }),
            ..Default::default()
        };
        let approve = lifecycle_call(CHANNEL, "ApproveChaincodeDefinitionForMyOrg", &approval);
        let own: Vec<[usize; 1]> = (0..members.len()).map(|index| [index]).collect();
        let approvals: Vec<_> = members
            .iter()
            .zip(&own)
            .map(|(member, own)| (own.as_slice(), &approve, &*member.admin))
            .collect();
        self.submit(&approvals)?;
        let definition = CommitChaincodeDefinitionArgs {
            sequence: 1,
            name: name.to_owned(),
            version: "1".to_owned(),
            collections,
            ..Default::default()
        };
        let commit = lifecycle_call(CHANNEL, "CommitChaincodeDefinition", &definition);
        let all: Vec<usize> = (0..members.len()).collect();
        self.submit(&[(&all, &commit, &self.member()?.admin)])
    }
}

fn collections<'m>(msp_ids: impl Iterator<Item = &'m str>) -> Result<CollectionConfigPackage> {
    let members: Vec<String> = msp_ids.map(|id| format!("'{id}.member'")).collect();
    let policy = policy_from_string(&format!("OR({})", members.join(", ")))?;
    let config = StaticCollectionConfig {
        name: COLLECTION.to_owned(),
        member_orgs_policy: Some(CollectionPolicyConfig {
            payload: Some(collection_policy_config::Payload::SignaturePolicy(policy)),
        }),
        required_peer_count: 0,
        maximum_peer_count: 1,
        ..Default::default()
    };
    Ok(CollectionConfigPackage {
        config: vec![CollectionConfig {
            payload: Some(collection_config::Payload::StaticCollectionConfig(config)),
        }],
    })
}
