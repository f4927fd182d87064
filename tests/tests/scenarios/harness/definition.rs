use super::Net;
use super::net::CHANNEL;
use selvedge_identity::any_member_of;
use selvedge_peer::client::lifecycle_call;
use selvedge_protos::lifecycle::{
    ApproveChaincodeDefinitionForMyOrgArgs, ChaincodeSource, CommitChaincodeDefinitionArgs,
    InstallChaincodeArgs, InstallChaincodeResult,
    chaincode_source::{Local, Type as SourceType},
};
use selvedge_protos::protos::{
    CollectionConfig, CollectionPolicyConfig, Response, StaticCollectionConfig, collection_config,
    collection_policy_config,
};

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
        let mut out = self.with_collection(name, organisations);
        let package = out.0.collections.as_mut().unwrap();
        let last = package.config.last_mut().unwrap();
        if let Some(collection_config::Payload::StaticCollectionConfig(collection)) =
            &mut last.payload
        {
            change(collection);
        }
        out
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

    fn approval(&self, package_id: &str) -> ApproveChaincodeDefinitionForMyOrgArgs {
        let args = self.0.clone();
        let local = Local {
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
            source: Some(ChaincodeSource {
                r#type: Some(SourceType::LocalPackage(local)),
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
        let proposal = super::sign(&call, self.admin(peer));
        self.ask(peer, &proposal.signed).unwrap().response.unwrap()
    }

    /// Installs on every peer, lets every organisation approve, and commits the definition. The package ID.
    pub(crate) fn deploy(&self, definition: &Definition, package: &[u8]) -> String {
        let packages = vec![package.to_vec(); self.size()];
        self.deploy_each(definition, &packages).remove(0)
    }

    /// The same with a package for each peer: what runs the chaincode is every organisation's own business.
    pub(crate) fn deploy_each(&self, definition: &Definition, packages: &[Vec<u8>]) -> Vec<String> {
        assert_eq!(packages.len(), self.size());
        let mut package_ids = Vec::new();
        for (peer, package) in packages.iter().enumerate() {
            let answer = self.install(peer, package);
            assert_eq!(answer.status, 200, "{answer:?}");
            let result: InstallChaincodeResult = prost::Message::decode(answer.payload).unwrap();
            package_ids.push(result.package_id);
        }
        self.define_each(definition, &package_ids);
        package_ids
    }

    /// Approves and commits a definition for a package that is installed.
    pub(crate) fn define(&self, definition: &Definition, package_id: &str) {
        self.define_each(definition, &vec![package_id.to_owned(); self.size()]);
    }

    fn define_each(&self, definition: &Definition, package_ids: &[String]) {
        for (member, package_id) in package_ids.iter().enumerate() {
            let approval = definition.approval(package_id);
            let approval = lifecycle_call(CHANNEL, "ApproveChaincodeDefinitionForMyOrg", &approval);
            let endorsed = self.endorse_by(&[member], &approval, self.admin(member));
            assert!(self.order(&[&endorsed])[0].is_valid());
        }
        let commit = lifecycle_call(CHANNEL, "CommitChaincodeDefinition", &definition.0);
        assert!(self.submit(&commit).is_valid());
    }
}
