//! `queryinstalled`. Fabric: internal/peer/lifecycle/chaincode/queryinstalled.go.

use selvedge_protos::lifecycle::QueryInstalledChaincodesResult;
use selvedge_protos::lifecycle::query_installed_chaincodes_result::InstalledChaincode;

use super::go_json::{Message, Node};

pub(crate) fn installed(result: &QueryInstalledChaincodesResult) -> String {
    let mut out = String::from("Installed chaincodes on peer:\n");
    for package in &result.installed_chaincodes {
        out.push_str(&format!(
            "Package ID: {}, Label: {}\n",
            package.package_id, package.label
        ));
    }
    out
}

pub(crate) fn installed_json(result: &QueryInstalledChaincodesResult) -> Message {
    let packages = result
        .installed_chaincodes
        .iter()
        .map(|package| package_json(package).into());
    Message::default().list("installed_chaincodes", packages)
}

fn package_json(package: &InstalledChaincode) -> Message {
    let references = package.references.iter().map(|(channel, references)| {
        let chaincodes = references.chaincodes.iter().map(|chaincode| {
            Node::from(
                Message::default()
                    .text("name", &chaincode.name)
                    .text("version", &chaincode.version),
            )
        });
        (
            channel.clone(),
            Message::default().list("chaincodes", chaincodes).into(),
        )
    });
    Message::default()
        .text("package_id", &package.package_id)
        .text("label", &package.label)
        .map("references", references)
}
