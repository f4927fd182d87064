//! Approving, committing and upgrading, from the packages to the queries.

use crate::network::{CHANNEL, Network, identity, lifecycle};
use prost::Message;
use selvedge_protos::lifecycle as messages;
use std::collections::BTreeMap;

const PACKAGE: &str = "kv_1.0:e0b0b45df2b4f8b5a7ae34c8b9f816f8794cdad37f17854cb810b47ed4dc8ad0";

/// A definition, changed by its methods.
#[derive(Clone)]
pub(crate) struct Definition(messages::CommitChaincodeDefinitionArgs);

impl Definition {
    pub(crate) fn new(name: &str, sequence: i64, version: &str) -> Self {
        Self(messages::CommitChaincodeDefinitionArgs {
            name: name.to_owned(),
            sequence,
            version: version.to_owned(),
            ..Default::default()
        })
    }

    pub(crate) fn with_init(mut self) -> Self {
        self.0.init_required = true;
        self
    }

    fn with_collections(mut self, collections: &[(&str, u64)]) -> Self {
        use selvedge_protos::protos::{
            CollectionConfig, CollectionConfigPackage, CollectionPolicyConfig,
            StaticCollectionConfig, collection_config, collection_policy_config,
        };
        let policy = selvedge_identity::any_member_of(&["Org1MSP", "Org2MSP"]);
        let config = collections.iter().map(|(name, block_to_live)| {
            let collection = StaticCollectionConfig {
                name: (*name).to_owned(),
                block_to_live: *block_to_live,
                member_orgs_policy: Some(CollectionPolicyConfig {
                    payload: Some(collection_policy_config::Payload::SignaturePolicy(
                        policy.clone(),
                    )),
                }),
                ..Default::default()
            };
            CollectionConfig {
                payload: Some(collection_config::Payload::StaticCollectionConfig(
                    collection,
                )),
            }
        });
        self.0.collections = Some(CollectionConfigPackage {
            config: config.collect(),
        });
        self
    }

    pub(crate) fn approval(&self, package_id: &str) -> selvedge_peer::client::Call {
        let args = messages::CommitChaincodeDefinitionArgs { ..self.0.clone() };
        let local = messages::chaincode_source::Local {
            package_id: package_id.to_owned(),
        };
        let args = messages::ApproveChaincodeDefinitionForMyOrgArgs {
            sequence: args.sequence,
            name: args.name,
            version: args.version,
            endorsement_plugin: args.endorsement_plugin,
            validation_plugin: args.validation_plugin,
            validation_parameter: args.validation_parameter,
            collections: args.collections,
            init_required: args.init_required,
            source: Some(messages::ChaincodeSource {
                r#type: Some(messages::chaincode_source::Type::LocalPackage(local)),
            }),
        };
        lifecycle(CHANNEL, "ApproveChaincodeDefinitionForMyOrg", &args)
    }

    pub(crate) fn commit(&self) -> selvedge_peer::client::Call {
        lifecycle(CHANNEL, "CommitChaincodeDefinition", &self.0)
    }

    fn readiness(&self) -> selvedge_peer::client::Call {
        // The two messages have the same fields.
        lifecycle(CHANNEL, "CheckCommitReadiness", &self.0)
    }

    /// Approved by Org1 and Org2 with the recorded package, and committed.
    pub(crate) fn agree(&self, network: &mut Network) {
        assert_eq!(network.transact(&["Org1"], &self.approval(PACKAGE)), 0);
        assert_eq!(network.transact(&["Org2"], &self.approval(PACKAGE)), 0);
        assert_eq!(network.transact(&["Org1", "Org2"], &self.commit()), 0);
    }
}

fn decode<T: Message + Default>(response: selvedge_protos::protos::ProposalResponse) -> T {
    let response = response.response.unwrap();
    assert_eq!(response.status, 200, "{response:?}");
    T::decode(response.payload).unwrap()
}

fn backing(function: &str, cause: &str) -> String {
    format!("failed to invoke backing implementation of '{function}': {cause}")
}

const APPROVE: &str = "ApproveChaincodeDefinitionForMyOrg";
const COMMIT: &str = "CommitChaincodeDefinition";

#[test]
fn a_definition_is_approved_checked_committed_and_queried() {
    let mut network = Network::new(&["Org1", "Org2"]);
    let definition = Definition::new("fresh", 1, "1.0");
    let readiness =
        |network: &mut Network, definition: &Definition| -> messages::CheckCommitReadinessResult {
            decode(network.query("Org1", &definition.readiness()))
        };
    assert_eq!(
        network.transact(&["Org1"], &definition.approval(PACKAGE)),
        0
    );
    let other = Definition::new("fresh", 1, "1.1");
    assert_eq!(network.transact(&["Org2"], &other.approval(PACKAGE)), 0);
    let found = readiness(&mut network, &definition);
    let approvals = [("Org1MSP", true), ("Org2MSP", false), ("Org3MSP", false)];
    assert_eq!(
        found.approvals,
        approvals
            .map(|(org, approved)| (org.to_owned(), approved))
            .into()
    );
    let mismatches: BTreeMap<_, _> = found
        .mismatches
        .into_iter()
        .map(|(org, found)| (org, found.items))
        .collect();
    assert_eq!(mismatches["Org2MSP"], ["EndorsementInfo"]);
    assert_eq!(mismatches["Org3MSP"], ["ChaincodeParameters"]);

    assert_eq!(
        network.refused("Org2", &definition.commit()),
        backing(
            COMMIT,
            "chaincode definition not agreed to by this org (Org2MSP)"
        )
    );
    assert_eq!(
        network.transact(&["Org2"], &definition.approval(PACKAGE)),
        0
    );
    // One endorsement is no majority of the organisations.
    assert_eq!(network.transact(&["Org1"], &definition.commit()), 10);
    assert_eq!(network.transact(&["Org1", "Org2"], &definition.commit()), 0);

    let args = messages::QueryChaincodeDefinitionArgs {
        name: "fresh".to_owned(),
    };
    let found: messages::QueryChaincodeDefinitionResult = decode(network.query(
        "Org2",
        &lifecycle(CHANNEL, "QueryChaincodeDefinition", &args),
    ));
    assert_eq!((found.sequence, found.version.as_str()), (1, "1.0"));
    assert_eq!(found.endorsement_plugin, "escc");
    assert!(
        found.approvals["Org1MSP"] && found.approvals["Org2MSP"] && !found.approvals["Org3MSP"]
    );

    let args = messages::QueryApprovedChaincodeDefinitionArgs {
        name: "fresh".to_owned(),
        sequence: 0,
    };
    let found: messages::QueryApprovedChaincodeDefinitionResult = decode(network.query(
        "Org1",
        &lifecycle(CHANNEL, "QueryApprovedChaincodeDefinition", &args),
    ));
    assert_eq!(found.sequence, 1);
    let args = messages::QueryChaincodeDefinitionsArgs {};
    let found: messages::QueryChaincodeDefinitionsResult = decode(network.query(
        "Org1",
        &lifecycle(CHANNEL, "QueryChaincodeDefinitions", &args),
    ));
    let names: Vec<_> = found
        .chaincode_definitions
        .iter()
        .map(|one| one.name.as_str())
        .collect();
    assert_eq!(names, ["cc2", "fresh", "kv"]);
}

#[test]
fn sequences_follow_one_another() {
    let mut network = Network::new(&["Org1", "Org2"]);
    let definition = Definition::new("steps", 1, "1.0");
    definition.agree(&mut network);
    let mut refused = |definition: Definition, package: &str| {
        network.refused("Org1", &definition.approval(package))
    };
    assert_eq!(
        refused(Definition::new("never", 0, "1.0"), PACKAGE),
        backing(
            APPROVE,
            "requested sequence is 0, but first definable sequence number is 1"
        )
    );
    assert_eq!(
        refused(Definition::new("steps", 0, "1.0"), PACKAGE),
        backing(
            APPROVE,
            "currently defined sequence 1 is larger than requested sequence 0"
        )
    );
    assert_eq!(
        refused(Definition::new("steps", 3, "1.0"), PACKAGE),
        backing(
            APPROVE,
            "requested sequence 3 is larger than the next available sequence number 2"
        )
    );
    assert_eq!(
        refused(Definition::new("steps", i64::MAX, "1.0"), PACKAGE),
        backing(
            APPROVE,
            "requested sequence 9223372036854775807 is larger than the next available sequence number 2"
        )
    );
    assert_eq!(
        refused(Definition::new("steps", 1, "1.1"), PACKAGE),
        backing(
            APPROVE,
            "attempted to redefine the current committed sequence (1) for namespace steps with different parameters: expected Version '1.0' does not match passed Version '1.1'"
        )
    );
    assert_eq!(
        refused(Definition::new("steps", 1, "1.0"), PACKAGE),
        backing(
            APPROVE,
            "attempted to redefine the current committed sequence (1) for namespace steps"
        )
    );
    assert_eq!(
        network.refused("Org1", &Definition::new("steps", 3, "1.0").readiness()),
        backing(
            "CheckCommitReadiness",
            "requested sequence is 3, but new definition must be sequence 2"
        )
    );
    assert_eq!(
        network.refused("Org1", &Definition::new("steps", 1, "1.0").commit()),
        backing(
            COMMIT,
            "requested sequence is 1, but new definition must be sequence 2"
        )
    );
    let next = Definition::new("steps", 2, "1.0");
    assert_eq!(network.transact(&["Org1"], &next.approval(PACKAGE)), 0);
    assert_eq!(
        network.refused("Org1", &next.approval(PACKAGE)),
        backing(
            APPROVE,
            "attempted to redefine uncommitted sequence (2) for namespace steps with unchanged content"
        )
    );
    // Another package is a change, and none is one too: that is how an organisation stops running a chaincode.
    assert_eq!(network.transact(&["Org1"], &next.approval("")), 0);
}

#[test]
fn without_a_package_a_definition_is_not_run() {
    let mut network = Network::new(&["Org1", "Org2"]);
    let definition = Definition::new("bare", 1, "1.0");
    assert_eq!(network.transact(&["Org1"], &definition.approval("")), 0);
    assert_eq!(
        network.transact(&["Org2"], &definition.approval(PACKAGE)),
        0
    );
    assert_eq!(network.transact(&["Org1", "Org2"], &definition.commit()), 0);
    let call = crate::network::script("bare", "[]");
    assert_eq!(
        network.refused("Org1", &call),
        "make sure the chaincode bare has been successfully defined on channel golden and try again: chaincode definition for 'bare' exists, but chaincode is not installed"
    );
    assert_eq!(network.query("Org2", &call).response.unwrap().status, 200);
    assert_eq!(
        network.transact(&["Org1"], &definition.approval(PACKAGE)),
        0
    );
    assert_eq!(network.query("Org1", &call).response.unwrap().status, 200);
}

#[test]
fn definitions_that_cannot_be() {
    let mut network = Network::new(&["Org1", "Org2"]);
    let mut refused = |definition: Definition| {
        let text = network.refused("Org1", &definition.approval(PACKAGE));
        text.strip_prefix(&backing(APPROVE, "error validating chaincode definition: "))
            .unwrap()
            .to_owned()
    };
    assert_eq!(
        refused(Definition::new("qscc", 1, "1")),
        "chaincode name 'qscc' is the name of a system chaincode"
    );
    assert_eq!(
        refused(Definition::new("ok", 1, "")),
        "invalid chaincode version ''. Versions can only consist of alphanumerics, '_', '-', '+', and '.'"
    );
    let with =
        |collections: &[(&str, u64)]| Definition::new("ok", 1, "1").with_collections(collections);
    assert_eq!(
        refused(with(&[("_c", 0)])),
        "invalid collection name '_c'. Names can only consist of alphanumerics, '_', and '-' and cannot begin with '_'"
    );
    assert_eq!(
        refused(with(&[("c", 0), ("c", 0)])),
        "collection-name: c -- found duplicate in collection configuration"
    );
    let changed = |change: fn(&mut selvedge_protos::protos::StaticCollectionConfig)| {
        let mut definition = with(&[("c", 0)]);
        for config in &mut definition.0.collections.as_mut().unwrap().config {
            let selvedge_protos::protos::collection_config::Payload::StaticCollectionConfig(
                collection,
            ) = config.payload.as_mut().unwrap();
            change(collection);
        }
        definition
    };
    assert_eq!(
        refused(changed(|c| c.required_peer_count = 2)),
        "collection-name: c -- maximum peer count (0) cannot be less than the required peer count (2)"
    );
    assert_eq!(
        refused(changed(|c| c.required_peer_count = -1)),
        "collection-name: c -- requiredPeerCount (-1) cannot be less than zero"
    );
    assert_eq!(
        refused(changed(|c| c.member_orgs_policy = None)),
        "collection member policy is not set for collection 'c'"
    );
    assert_eq!(
        refused(changed(|c| c.member_orgs_policy = Some(Default::default()))),
        "collection member org policy is empty for collection 'c'"
    );
    fn policy(collection: &mut selvedge_protos::protos::StaticCollectionConfig, policy: &str) {
        let policy = selvedge_identity::policy_from_string(policy).unwrap();
        collection.member_orgs_policy = Some(selvedge_protos::protos::CollectionPolicyConfig {
            payload: Some(
                selvedge_protos::protos::collection_policy_config::Payload::SignaturePolicy(policy),
            ),
        });
    }
    assert_eq!(
        refused(changed(|c| policy(
            c,
            "AND('Org1MSP.member','Org2MSP.member')"
        ))),
        "collection-name: c -- error in member org policy: signature policy is not an OR concatenation, NOutOf 2"
    );
    assert_eq!(
        refused(changed(|c| policy(c, "OR('Org9MSP.member')"))),
        "collection-name: c -- collection member 'Org9MSP' is not part of the channel"
    );
    let mut empty = with(&[("c", 0)]);
    empty.0.collections.as_mut().unwrap().config[0].payload = None;
    assert_eq!(
        refused(empty),
        "collection config contains unexpected payload type: <nil>"
    );
}

#[test]
fn collections_stay_once_they_are_committed() {
    let mut network = Network::new(&["Org1", "Org2"]);
    Definition::new("keep", 1, "1")
        .with_collections(&[("a", 3), ("b", 0)])
        .agree(&mut network);
    let mut refused = |definition: Definition| {
        let text = network.refused("Org1", &definition.approval(PACKAGE));
        text.strip_prefix(&backing(APPROVE, "error validating chaincode definition: "))
            .unwrap()
            .to_owned()
    };
    let next = Definition::new("keep", 2, "1");
    assert_eq!(
        refused(next.clone()),
        "the proposed collection config does not contain previously defined collections"
    );
    assert_eq!(
        refused(next.clone().with_collections(&[("a", 3)])),
        "existing collection [b] missing in the proposed collection configuration"
    );
    assert_eq!(
        refused(next.clone().with_collections(&[("a", 4), ("b", 0)])),
        "the BlockToLive in an existing collection [a] modified. Existing value [3]"
    );
    next.with_collections(&[("a", 3), ("b", 0), ("c", 1)])
        .agree(&mut network);
}

#[test]
fn packages_are_installed_once_listed_and_given_back() {
    let mut network = Network::new(&["Org1"]);
    let package = std::fs::read(crate::recording::golden().join("packages/kv_1.0.tar.gz")).unwrap();
    let args = messages::InstallChaincodeArgs {
        chaincode_install_package: package.clone().into(),
    };
    let install = lifecycle("", "InstallChaincode", &args);
    assert_eq!(
        network.refused("Org1", &install),
        backing(
            "InstallChaincode",
            &format!("chaincode already successfully installed (package ID '{PACKAGE}')")
        )
    );
    let args = messages::InstallChaincodeArgs {
        chaincode_install_package: "certainly not gzip".into(),
    };
    let broken = lifecycle("", "InstallChaincode", &args);
    assert_eq!(
        network.refused("Org1", &broken),
        backing(
            "InstallChaincode",
            "could not parse as a chaincode install package: error reading as gzip stream: gzip: invalid header"
        )
    );
    let get = |package_id: &str| {
        let args = messages::GetInstalledChaincodePackageArgs {
            package_id: package_id.to_owned(),
        };
        lifecycle("", "GetInstalledChaincodePackage", &args)
    };
    let found: messages::GetInstalledChaincodePackageResult =
        decode(network.query("Org1", &get(PACKAGE)));
    assert_eq!(found.chaincode_install_package, package);
    assert_eq!(
        network.refused("Org1", &get("none:0")),
        backing(
            "GetInstalledChaincodePackage",
            "could not load cc install package: chaincode install package 'none:0' not found"
        )
    );
    let query = |package_id: &str| {
        let args = messages::QueryInstalledChaincodeArgs {
            package_id: package_id.to_owned(),
        };
        lifecycle("", "QueryInstalledChaincode", &args)
    };
    assert_eq!(
        network.refused("Org1", &query("none:0")),
        backing(
            "QueryInstalledChaincode",
            "could not find chaincode with package id 'none:0'"
        )
    );
    let kv = "kv_2.0:cf27c45631c61406919a86374e3bd8b3870385f2560a78117e1dd42689425382";
    let found: messages::QueryInstalledChaincodeResult = decode(network.query("Org1", &query(kv)));
    let references = &found.references[CHANNEL].chaincodes;
    assert_eq!(
        (references[0].name.as_str(), references[0].version.as_str()),
        ("kv", "2.0")
    );
    let all = lifecycle(
        "",
        "QueryInstalledChaincodes",
        &messages::QueryInstalledChaincodesArgs {},
    );
    let found: messages::QueryInstalledChaincodesResult = decode(network.query("Org1", &all));
    assert_eq!(found.installed_chaincodes.len(), 4);
    // Packages are for administrators of the peer's own organisation.
    let proposal = network.sign(&all, &identity("Org1", "User1"));
    let response = network.ask("Org1", &proposal).unwrap().response.unwrap();
    assert!(
        response.message.starts_with(
            "Failed to authorize invocation due to failed ACL check: Failed verifying"
        )
    );
}
