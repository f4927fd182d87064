use super::{CHANNEL, KEYS, Member, Network, ONE, TWO};
use anyhow::{Context, Result, ensure};
use bytes::Bytes;
use prost::Message;
use selvedge_identity::policy_from_string;
use selvedge_peer::client::{Call, Fresh, Proposal, decode, lifecycle_call};
use selvedge_protos::lifecycle::chaincode_source::{Local, Type as SourceType};
use selvedge_protos::lifecycle::{
    ApproveChaincodeDefinitionForMyOrgArgs, ChaincodeSource, CommitChaincodeDefinitionArgs,
    InstallChaincodeArgs, InstallChaincodeResult,
};
use selvedge_protos::protos::{ApplicationPolicy, application_policy};
use selvedge_runtime::PackageSource;
use std::collections::BTreeMap;

/// Chaincode on the channel, and who must endorse it.
#[derive(Clone, Debug)]
pub struct Definition {
    pub name: &'static str,
    /// Serialized `protos.ApplicationPolicy`; empty for the channel's default, which is a majority of organisations.
    pub policy: Bytes,
}

impl Definition {
    fn all() -> Result<[Self; 2]> {
        let anyone = policy_from_string("OR('Org1MSP.peer', 'Org2MSP.peer')")?;
        let anyone = ApplicationPolicy {
            r#type: Some(application_policy::Type::SignaturePolicy(anyone)),
        };
        Ok([
            Self {
                name: ONE,
                policy: anyone.encode_to_vec().into(),
            },
            Self {
                name: TWO,
                policy: Bytes::new(),
            },
        ])
    }
}

impl Network {
    /// Installs the benchmarks' contract on every peer, approves and commits both definitions, and fills their state.
    pub(super) fn deploy(&self) -> Result<()> {
        let component = selvedge_testkit::component(&bench_contract::CHAINCODE);
        let package =
            PackageSource::wasm("bench_1", component.to_vec(), BTreeMap::new()).write()?;
        let args = InstallChaincodeArgs {
            chaincode_install_package: package.into(),
        };
        let install = lifecycle_call("", "InstallChaincode", &args);
        let mut package_id = String::new();
        for member in &self.members {
            let answer = member.ask(&install)?;
            package_id = decode::<InstallChaincodeResult>(&answer)?.package_id;
        }
        for definition in Definition::all()? {
            self.define(&definition, &package_id)?;
            let call = call(definition.name, &["fill", &KEYS.to_string()]);
            let fill = self.transaction(&call, &self.first()?.user, &self.members)?;
            self.commit(vec![fill])?;
        }
        Ok(())
    }

    fn define(&self, definition: &Definition, package_id: &str) -> Result<()> {
        let local = Local {
            package_id: package_id.to_owned(),
        };
        let args = ApproveChaincodeDefinitionForMyOrgArgs {
            sequence: 1,
            name: definition.name.to_owned(),
            version: "1".to_owned(),
            validation_parameter: definition.policy.clone(),
            source: Some(ChaincodeSource {
                r#type: Some(SourceType::LocalPackage(local)),
            }),
            ..Default::default()
        };
        let approve = lifecycle_call(CHANNEL, "ApproveChaincodeDefinitionForMyOrg", &args);
        for member in &self.members {
            let approval = self.transaction(&approve, &member.admin, [member])?;
            self.commit(vec![approval])?;
        }
        let args = CommitChaincodeDefinitionArgs {
            sequence: 1,
            name: definition.name.to_owned(),
            version: "1".to_owned(),
            validation_parameter: definition.policy.clone(),
            ..Default::default()
        };
        let commit = lifecycle_call(CHANNEL, "CommitChaincodeDefinition", &args);
        self.commit(vec![self.transaction(
            &commit,
            &self.first()?.admin,
            &self.members,
        )?])
    }
}

impl Member {
    /// Asks this peer alone and requires success.
    fn ask(&self, call: &Call) -> Result<Bytes> {
        let proposal = Proposal::new(call, &self.admin, &Fresh::from_system()?)?;
        let signed = proposal.signed.encode_to_vec().into();
        let response = self.endorser.process_proposal(signed)?.response;
        let response = response.context("an answer without a response")?;
        ensure!(response.status == 200, "{}", response.message);
        Ok(response.payload)
    }
}

/// A call of one of the benchmarks' chaincodes.
pub(crate) fn call(chaincode: &str, args: &[&str]) -> Call {
    Call {
        channel: CHANNEL.to_owned(),
        chaincode: chaincode.to_owned(),
        args: args
            .iter()
            .map(|arg| Bytes::copy_from_slice(arg.as_bytes()))
            .collect(),
        ..Call::default()
    }
}
