//! The words the stories are told in.

pub(super) use crate::founded::{CHANNEL, Net};
use bytes::Bytes;
use prost::Message as _;
use selvedge_peer::client::{Call, lifecycle_call};
use selvedge_protos::{
    lifecycle::{
        ApproveChaincodeDefinitionForMyOrgArgs, ChaincodeSource, CheckCommitReadinessArgs,
        CheckCommitReadinessResult, CommitChaincodeDefinitionArgs, InstallChaincodeArgs,
        InstallChaincodeResult,
        chaincode_source::{Local, Type as SourceType},
    },
    protos::{
        ApplicationPolicy, CollectionConfig, CollectionConfigPackage, CollectionPolicyConfig,
        StaticCollectionConfig, TxValidationCode as Code, application_policy, collection_config,
        collection_policy_config,
    },
};
use selvedge_runtime::PackageSource;
use std::collections::BTreeMap;

pub(super) const EVERYONE: [usize; 3] = [0, 1, 2];

/// What runs the chaincode of a story.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Native,
    Wasm,
}

/// Tells a story with three organisations, on each kind of runtime.
pub(super) fn each(story: impl Fn(&Net, Kind)) {
    for kind in [Kind::Native, Kind::Wasm] {
        eprintln!("on {kind:?}");
        story(&Net::new(3, "V2_5"), kind);
    }
}

impl Kind {
    pub(super) fn package(self, label: &str) -> Vec<u8> {
        match self {
            Self::Native => PackageSource {
                label: label.to_owned(),
                kind: "golang".to_owned(),
                path: String::new(),
                files: BTreeMap::new(),
            },
            Self::Wasm => {
                let component = selvedge_testkit::component(&script::CHAINCODE).to_vec();
                PackageSource::wasm(label, component, BTreeMap::new())
            }
        }
        .write()
        .unwrap()
    }
}

/// A definition of `cc`: sequence 1, version 1, the channel's policy, no Init, unless a method says otherwise.
#[derive(Clone)]
pub(super) struct Terms(pub(super) CommitChaincodeDefinitionArgs);

impl Terms {
    pub(super) fn new() -> Self {
        Self::named("cc")
    }

    pub(super) fn named(name: &str) -> Self {
        Self(CommitChaincodeDefinitionArgs {
            name: name.to_owned(),
            sequence: 1,
            version: "1".to_owned(),
            ..Default::default()
        })
    }

    pub(super) fn next(mut self, sequence: i64, version: &str) -> Self {
        self.0.sequence = sequence;
        self.0.version = version.to_owned();
        self
    }

    pub(super) fn with_init(mut self) -> Self {
        self.0.init_required = true;
        self
    }

    /// A signature policy.
    pub(super) fn policy(mut self, expression: &str) -> Self {
        let policy = selvedge_identity::policy_from_string(expression).unwrap();
        let policy = ApplicationPolicy {
            r#type: Some(application_policy::Type::SignaturePolicy(policy)),
        };
        self.0.validation_parameter = policy.encode_to_vec().into();
        self
    }

    pub(super) fn with_collection(mut self, name: &str) -> Self {
        let policy = selvedge_identity::any_member_of(&["Org1MSP", "Org2MSP"]);
        let collection = StaticCollectionConfig {
            name: name.to_owned(),
            member_orgs_policy: Some(CollectionPolicyConfig {
                payload: Some(collection_policy_config::Payload::SignaturePolicy(policy)),
            }),
            ..Default::default()
        };
        self.0.collections = Some(CollectionConfigPackage {
            config: vec![CollectionConfig {
                payload: Some(collection_config::Payload::StaticCollectionConfig(
                    collection,
                )),
            }],
        });
        self
    }

    fn approval(&self, package_id: Option<&str>) -> ApproveChaincodeDefinitionForMyOrgArgs {
        let args = self.0.clone();
        let source = package_id.map(|package_id| ChaincodeSource {
            r#type: Some(SourceType::LocalPackage(Local {
                package_id: package_id.to_owned(),
            })),
        });
        ApproveChaincodeDefinitionForMyOrgArgs {
            sequence: args.sequence,
            name: args.name,
            version: args.version,
            endorsement_plugin: args.endorsement_plugin,
            validation_plugin: args.validation_plugin,
            validation_parameter: args.validation_parameter,
            collections: args.collections,
            init_required: args.init_required,
            source,
        }
    }

    pub(super) fn commit(&self) -> Call {
        lifecycle_call(CHANNEL, "CommitChaincodeDefinition", &self.0)
    }

    fn readiness(&self) -> Call {
        let args = CheckCommitReadinessArgs::decode(&*self.0.encode_to_vec()).unwrap();
        lifecycle_call(CHANNEL, "CheckCommitReadiness", &args)
    }
}

/// A call of `cc` with these operations.
pub(super) fn script(operations: &str) -> Call {
    script_of("cc", operations)
}

pub(super) fn script_of(chaincode: &str, operations: &str) -> Call {
    Call {
        channel: CHANNEL.to_owned(),
        chaincode: chaincode.to_owned(),
        args: vec![
            Bytes::from_static(b"run"),
            Bytes::copy_from_slice(operations.as_bytes()),
        ],
        ..Call::default()
    }
}

pub(super) fn put(key: &str) -> Call {
    script(&format!(r#"[["put","{key}","v"]]"#))
}

impl Net {
    pub(super) fn install_package(&self, member: usize, package: &[u8]) -> String {
        let args = InstallChaincodeArgs {
            chaincode_install_package: package.to_vec().into(),
        };
        let answer = self.ask(member, &lifecycle_call("", "InstallChaincode", &args));
        assert_eq!(answer.status, 200, "{answer:?}");
        InstallChaincodeResult::decode(answer.payload)
            .unwrap()
            .package_id
    }

    pub(super) fn approve_on(&self, channel: &str, member: usize, terms: &Terms, id: Option<&str>) {
        let approval = terms.approval(id);
        let call = lifecycle_call(channel, "ApproveChaincodeDefinitionForMyOrg", &approval);
        assert_eq!(self.transact(&[member], &call), 0);
    }

    pub(super) fn approve(&self, member: usize, terms: &Terms, id: Option<&str>) {
        self.approve_on(CHANNEL, member, terms, id);
    }

    /// Approved by everyone with the package, and committed.
    pub(super) fn agree(&self, terms: &Terms, id: &str) {
        for member in EVERYONE {
            self.approve(member, terms, Some(id));
        }
        assert_eq!(self.transact(&EVERYONE, &terms.commit()), 0);
    }

    /// Installed everywhere, and agreed on. The package ID.
    pub(super) fn deploy(&self, kind: Kind, terms: &Terms, label: &str) -> String {
        let package = kind.package(label);
        let ids = EVERYONE.map(|member| self.install_package(member, &package));
        self.agree(terms, &ids[0]);
        ids[0].clone()
    }

    /// Who has approved, and what differs in the approvals of the others, by organisation.
    pub(super) fn readiness(&self, member: usize, terms: &Terms) -> Vec<(bool, Vec<String>)> {
        let answer = self.ask(member, &terms.readiness());
        let found = CheckCommitReadinessResult::decode(answer.payload).unwrap();
        let of = |n: usize| {
            let msp = format!("Org{n}MSP");
            let items = found.mismatches.get(&msp).map(|m| m.items.clone());
            (found.approvals[&msp], items.unwrap_or_default())
        };
        (1..=3).map(of).collect()
    }

    pub(super) fn works(&self, members: &[usize], call: &Call) {
        assert_eq!(self.transact(members, call), 0);
    }

    /// The peer cannot endorse a call of the chaincode; this is the end of its reason.
    pub(super) fn cannot(&self, member: usize, chaincode: &str, cause: &str) {
        let refused = self.refusal(member, &script_of(chaincode, "[]"));
        let expected = format!(
            "make sure the chaincode {chaincode} has been successfully defined on channel {CHANNEL} and try again: {cause}"
        );
        assert_eq!(refused, expected);
    }

    /// The value of a key of `cc` in a peer's own store.
    pub(super) fn stored(&self, member: usize, key: &str) -> Option<Bytes> {
        let state = self.channel(member).ledger().snapshot();
        state.get("cc", key).unwrap().map(|found| found.value)
    }
}

pub(super) fn code(code: u8) -> Code {
    Code::try_from(i32::from(code)).unwrap()
}

pub(super) fn not_approved(chaincode: &str, sequence: i64) -> String {
    format!(
        "chaincode definition for '{chaincode}' at sequence {sequence} on channel '{CHANNEL}' has not yet been approved by this org"
    )
}

pub(super) fn not_installed(chaincode: &str) -> String {
    format!("chaincode definition for '{chaincode}' exists, but chaincode is not installed")
}
