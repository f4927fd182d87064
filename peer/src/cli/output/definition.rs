//! `querycommitted` and `queryapproved`. Fabric: internal/peer/lifecycle/chaincode/query{committed,approved}.go.

use selvedge_protos::lifecycle::chaincode_source::Type as SourceType;
use selvedge_protos::lifecycle::query_approved_chaincode_definitions_result::ApprovedChaincodeDefinition;
use selvedge_protos::lifecycle::query_chaincode_definitions_result::ChaincodeDefinition;
use selvedge_protos::lifecycle::{
    ChaincodeSource, QueryApprovedChaincodeDefinitionResult,
    QueryApprovedChaincodeDefinitionsResult, QueryChaincodeDefinitionResult,
    QueryChaincodeDefinitionsResult,
};
use selvedge_protos::protos::CollectionConfigPackage;

use super::go_json::{Message, Node};
use super::policy::collections;

/// The fields that all four results share.
struct Definition<'a> {
    name: &'a str,
    sequence: i64,
    version: &'a str,
    endorsement_plugin: &'a str,
    validation_plugin: &'a str,
    validation_parameter: &'a [u8],
    collections: Option<&'a CollectionConfigPackage>,
    init_required: bool,
}

macro_rules! definition {
    ($from:expr, $name:expr) => {
        Definition {
            name: $name,
            sequence: $from.sequence,
            version: &$from.version,
            endorsement_plugin: &$from.endorsement_plugin,
            validation_plugin: &$from.validation_plugin,
            validation_parameter: &$from.validation_parameter,
            collections: $from.collections.as_ref(),
            init_required: $from.init_required,
        }
    };
}

impl Definition<'_> {
    fn json(&self) -> Message {
        Message::default()
            .text("name", self.name)
            .number("sequence", self.sequence)
            .text("version", self.version)
            .text("endorsement_plugin", self.endorsement_plugin)
            .text("validation_plugin", self.validation_plugin)
            .bytes("validation_parameter", self.validation_parameter)
            .message("collections", self.collections.map(collections))
            .flag("init_required", self.init_required)
    }

    fn committed(&self) -> String {
        format!(
            "Version: {}, Sequence: {}, Endorsement Plugin: {}, Validation Plugin: {}",
            self.version, self.sequence, self.endorsement_plugin, self.validation_plugin
        )
    }

    fn approved(&self, source: Option<&ChaincodeSource>) -> String {
        let package = match source.and_then(|source| source.r#type.as_ref()) {
            Some(SourceType::LocalPackage(local)) => local.package_id.as_str(),
            _ => "",
        };
        format!(
            "sequence: {}, version: {}, init-required: {}, package-id: {package}, endorsement plugin: {}, validation plugin: {}",
            self.sequence,
            self.version,
            self.init_required,
            self.endorsement_plugin,
            self.validation_plugin
        )
    }
}

pub(crate) fn committed(
    name: &str,
    channel: &str,
    result: &QueryChaincodeDefinitionResult,
) -> String {
    let mut approvals: Vec<_> = result.approvals.iter().collect();
    approvals.sort();
    let approvals: Vec<_> = approvals
        .iter()
        .map(|(org, approved)| format!("{org}: {approved}"))
        .collect();
    format!(
        "Committed chaincode definition for chaincode '{name}' on channel '{channel}':\n{}, Approvals: [{}]\n",
        definition!(result, "").committed(),
        approvals.join(", ")
    )
}

pub(crate) fn committed_json(result: &QueryChaincodeDefinitionResult) -> Message {
    let approvals = result
        .approvals
        .iter()
        .map(|(org, approved)| (org.clone(), Node::Flag(*approved)));
    definition!(result, "").json().map("approvals", approvals)
}

pub(crate) fn committed_list(channel: &str, result: &QueryChaincodeDefinitionsResult) -> String {
    let mut out = format!("Committed chaincode definitions on channel '{channel}':\n");
    for one in &result.chaincode_definitions {
        out.push_str(&format!(
            "Name: {}, {}\n",
            one.name,
            definition!(one, "").committed()
        ));
    }
    out
}

pub(crate) fn committed_list_json(result: &QueryChaincodeDefinitionsResult) -> Message {
    let json = |one: &ChaincodeDefinition| Node::from(definition!(one, &one.name).json());
    Message::default().list(
        "chaincode_definitions",
        result.chaincode_definitions.iter().map(json),
    )
}

pub(crate) fn approved(
    name: &str,
    channel: &str,
    result: &QueryApprovedChaincodeDefinitionResult,
) -> String {
    format!(
        "Approved chaincode definition for chaincode '{name}' on channel '{channel}':\n{}\n",
        definition!(result, "").approved(result.source.as_ref())
    )
}

pub(crate) fn approved_json(result: &QueryApprovedChaincodeDefinitionResult) -> Message {
    definition!(result, "")
        .json()
        .message("source", result.source.as_ref().map(source))
}

pub(crate) fn approved_list(
    channel: &str,
    result: &QueryApprovedChaincodeDefinitionsResult,
) -> String {
    let mut out = format!("Approved chaincode definitions on channel '{channel}':\n");
    for one in &result.approved_chaincode_definitions {
        out.push_str(&format!(
            "name: {}, {}\n",
            one.name,
            definition!(one, "").approved(one.source.as_ref())
        ));
    }
    out
}

pub(crate) fn approved_list_json(result: &QueryApprovedChaincodeDefinitionsResult) -> Message {
    let json = |one: &ApprovedChaincodeDefinition| {
        Node::from(
            definition!(one, &one.name)
                .json()
                .message("source", one.source.as_ref().map(source)),
        )
    };
    Message::default().list(
        "approved_chaincode_definitions",
        result.approved_chaincode_definitions.iter().map(json),
    )
}

fn source(source: &ChaincodeSource) -> Message {
    let source = source.r#type.as_ref().map(|source| match source {
        SourceType::Unavailable(_) => ("Unavailable", Message::default().into()),
        SourceType::LocalPackage(local) => (
            "LocalPackage",
            Message::default()
                .text("package_id", &local.package_id)
                .into(),
        ),
    });
    Message::default().one_of("Type", source)
}
