use super::net::CHANNEL;
use super::{Net, sign};
use bytes::Bytes;
use prost::Message as _;
use selvedge_identity::{any_member_of, policy_from_string};
use selvedge_peer::client::{Call, lifecycle_call};
use selvedge_protos::lifecycle::{
    ApproveChaincodeDefinitionForMyOrgArgs, ChaincodeSource, CheckCommitReadinessArgs,
    CheckCommitReadinessResult, CommitChaincodeDefinitionArgs, InstallChaincodeArgs,
    InstallChaincodeResult, QueryApprovedChaincodeDefinitionArgs,
    chaincode_source::{Local, Type as SourceType},
};
use selvedge_protos::protos::{
    ApplicationPolicy, CollectionConfig, CollectionPolicyConfig, Response, StaticCollectionConfig,
    TxValidationCode, application_policy, collection_config, collection_policy_config,
};
use serde_json::json;

/// A chaincode definition: first sequence, version 1, the channel's policy, no Init, unless a method changes it.
#[derive(Clone)]
pub(crate) struct Definition(CommitChaincodeDefinitionArgs);

impl Definition {
    pub(crate) fn new(name: &str) -> Self {
        Self(CommitChaincodeDefinitionArgs {
            name: name.to_owned(),
            sequence: 1,
            version: "1".to_owned(),
            ..Default::default()
        })
    }

    pub(crate) fn sequence(mut self, sequence: i64, version: &str) -> Self {
        self.0.sequence = sequence;
        self.0.version = version.to_owned();
        self
    }

    pub(crate) fn with_init(mut self) -> Self {
        self.0.init_required = true;
        self
    }

    /// A signature policy.
    pub(crate) fn policy(mut self, expression: &str) -> Self {
        let policy = policy_from_string(expression).unwrap();
        let policy = ApplicationPolicy {
            r#type: Some(application_policy::Type::SignaturePolicy(policy)),
        };
        self.0.validation_parameter = policy.encode_to_vec().into();
        self
    }

    pub(crate) fn with_endorsement_plugin(mut self, name: &str) -> Self {
        self.0.endorsement_plugin = name.to_owned();
        self
    }

    /// A collection that the first organisations share.
    pub(crate) fn with_collection(self, name: &str, organisations: usize) -> Self {
        let members: Vec<_> = (1..=organisations).map(|n| format!("Org{n}MSP")).collect();
        let members: Vec<_> = members.iter().map(String::as_str).collect();
        self.with_collection_of(name, &members, 0, 0)
    }

    /// As [`Definition::with_collection`], changed.
    pub(crate) fn with_collection_as(
        self,
        name: &str,
        organisations: usize,
        change: impl FnOnce(&mut StaticCollectionConfig),
    ) -> Self {
        self.with_collection(name, organisations).changed(change)
    }

    /// The last collection, changed.
    pub(crate) fn changed(mut self, change: impl FnOnce(&mut StaticCollectionConfig)) -> Self {
        let package = self.0.collections.as_mut().unwrap();
        let last = package.config.last_mut().unwrap();
        if let Some(collection_config::Payload::StaticCollectionConfig(collection)) =
            &mut last.payload
        {
            change(collection);
        }
        self
    }

    /// A collection of these organisations, which `required` other peers must have before an endorsement is given and
    /// at most `maximum` get.
    pub(crate) fn with_collection_of(
        mut self,
        name: &str,
        members: &[&str],
        required: i32,
        maximum: i32,
    ) -> Self {
        let members = any_member_of(members);
        let collection = StaticCollectionConfig {
            name: name.to_owned(),
            member_orgs_policy: Some(CollectionPolicyConfig {
                payload: Some(collection_policy_config::Payload::SignaturePolicy(members)),
            }),
            required_peer_count: required,
            maximum_peer_count: maximum,
            ..Default::default()
        };
        let mut package = self.0.collections.take().unwrap_or_default();
        package.config.push(CollectionConfig {
            payload: Some(collection_config::Payload::StaticCollectionConfig(
                collection,
            )),
        });
        self.0.collections = Some(package);
        self
    }

    pub(crate) fn commit_on(&self, channel: &str) -> Call {
        lifecycle_call(channel, "CommitChaincodeDefinition", &self.0)
    }

    pub(crate) fn commit(&self) -> Call {
        self.commit_on(CHANNEL)
    }

    pub(super) fn approval_on(&self, channel: &str, package_id: &str) -> Call {
        let approval = self.approval(Some(package_id));
        lifecycle_call(channel, "ApproveChaincodeDefinitionForMyOrg", &approval)
    }

    fn readiness(&self) -> Call {
        let args = CheckCommitReadinessArgs::decode(&*self.0.encode_to_vec()).unwrap();
        lifecycle_call(CHANNEL, "CheckCommitReadiness", &args)
    }

    fn approval(&self, package_id: Option<&str>) -> ApproveChaincodeDefinitionForMyOrgArgs {
        let args = self.0.clone();
        let local = |package_id: &str| Local {
            package_id: package_id.to_owned(),
        };
        ApproveChaincodeDefinitionForMyOrgArgs {
            sequence: args.sequence,
            name: args.name,
            version: args.version,
            endorsement_plugin: args.endorsement_plugin,
            validation_plugin: args.validation_plugin,
            validation_parameter: args.validation_parameter,
            collections: args.collections,
            init_required: args.init_required,
            source: package_id.map(|package_id| ChaincodeSource {
                r#type: Some(SourceType::LocalPackage(local(package_id))),
            }),
        }
    }
}

impl Net {
    /// What a peer says to its administrator who installs a package.
    pub(crate) fn install(&self, peer: usize, package: &[u8]) -> Response {
        let args = InstallChaincodeArgs {
            chaincode_install_package: package.to_vec().into(),
        };
        let call = lifecycle_call("", "InstallChaincode", &args);
        let proposal = sign(&call, self.admin(peer));
        self.ask(peer, &proposal.signed).unwrap().response.unwrap()
    }

    /// The package ID.
    pub(crate) fn install_package(&self, peer: usize, package: &[u8]) -> String {
        let answer = self.install(peer, package);
        assert_eq!(answer.status, 200, "{answer:?}");
        let result = InstallChaincodeResult::decode(answer.payload).unwrap();
        result.package_id
    }

    /// Installs on every peer, lets every organisation approve, and commits the definition. The package ID.
    pub(crate) fn deploy(&self, definition: &Definition, package: &[u8]) -> String {
        let packages = vec![package.to_vec(); self.size()];
        self.deploy_each(definition, &packages).remove(0)
    }

    /// The same with a package for each peer: what runs the chaincode is every organisation's own business.
    pub(crate) fn deploy_each(&self, definition: &Definition, packages: &[Vec<u8>]) -> Vec<String> {
        self.deploy_each_on(CHANNEL, definition, packages)
    }

    /// The same on any channel.
    pub(crate) fn deploy_each_on(
        &self,
        channel: &str,
        definition: &Definition,
        packages: &[Vec<u8>],
    ) -> Vec<String> {
        assert_eq!(packages.len(), self.size());
        let installed = packages.iter().enumerate();
        let package_ids: Vec<_> = installed
            .map(|(peer, package)| self.install_package(peer, package))
            .collect();
        self.define_each(channel, definition, &package_ids);
        package_ids
    }

    /// Approves and commits a definition for a package that is installed.
    pub(crate) fn define(&self, definition: &Definition, package_id: &str) {
        let packages = vec![package_id.to_owned(); self.size()];
        self.define_each(CHANNEL, definition, &packages);
    }

    fn define_each(&self, channel: &str, definition: &Definition, package_ids: &[String]) {
        for (member, package_id) in package_ids.iter().enumerate() {
            self.approve_on(channel, member, definition, Some(package_id));
        }
        assert!(self.submit(&definition.commit_on(channel)).is_valid());
    }

    pub(crate) fn approve(&self, member: usize, definition: &Definition, id: Option<&str>) {
        self.approve_on(CHANNEL, member, definition, id);
    }

    pub(crate) fn approve_on(
        &self,
        channel: &str,
        member: usize,
        definition: &Definition,
        id: Option<&str>,
    ) {
        let approval = definition.approval(id);
        let approval = lifecycle_call(channel, "ApproveChaincodeDefinitionForMyOrg", &approval);
        let endorsed = self.endorse_by(&[member], &approval, self.admin(member));
        assert!(self.order(&[&endorsed])[0].is_valid());
    }

    /// What a peer says that its organisation has approved.
    pub(crate) fn approved(&self, peer: usize, name: &str, sequence: i64) -> Response {
        let args = QueryApprovedChaincodeDefinitionArgs {
            name: name.to_owned(),
            sequence,
        };
        let call = lifecycle_call(CHANNEL, "QueryApprovedChaincodeDefinition", &args);
        let proposal = sign(&call, self.admin(peer));
        self.ask(peer, &proposal.signed).unwrap().response.unwrap()
    }

    /// Who has approved, and what differs in the approvals of the others, by organisation.
    pub(crate) fn readiness(&self, peer: usize, terms: &Definition) -> Vec<(bool, Vec<String>)> {
        let answer = self.query(peer, &terms.readiness()).response.unwrap();
        let found = CheckCommitReadinessResult::decode(answer.payload).unwrap();
        let of = |n: usize| {
            let msp = format!("Org{n}MSP");
            let items = found.mismatches.get(&msp).map(|m| m.items.clone());
            (found.approvals[&msp], items.unwrap_or_default())
        };
        (1..=self.size()).map(of).collect()
    }

    /// These peers endorse the call, and it is valid.
    pub(crate) fn works(&self, peers: &[usize], call: &Call) {
        assert_eq!(self.verdict(peers, call), TxValidationCode::Valid);
    }

    /// A peer cannot endorse a call of the chaincode; this is the end of its reason.
    pub(crate) fn cannot(&self, peer: usize, chaincode: &str, cause: &str) {
        let refused = self.refusal_of(peer, &super::script_of(chaincode, &json!([])));
        let expected = format!(
            "make sure the chaincode {chaincode} has been successfully defined on channel {CHANNEL} and try again: {cause}"
        );
        assert_eq!(refused, (500, expected));
    }

    /// The value of a key in a peer's own store.
    pub(crate) fn stored(&self, peer: usize, chaincode: &str, key: &str) -> Option<Bytes> {
        let state = self.channel(peer).ledger().snapshot();
        state.get(chaincode, key).unwrap().map(|found| found.value)
    }
}

pub(crate) fn not_approved(chaincode: &str, sequence: i64) -> String {
    format!(
        "chaincode definition for '{chaincode}' at sequence {sequence} on channel '{CHANNEL}' has not yet been approved by this org"
    )
}

pub(crate) fn not_installed(chaincode: &str) -> String {
    format!("chaincode definition for '{chaincode}' exists, but chaincode is not installed")
}
