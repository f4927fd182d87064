//! `chaincode instantiate` and `chaincode upgrade`. Fabric: internal/peer/chaincode/instantiate.go and upgrade.go.

use anyhow::{Context, Result, anyhow, bail};
use bytes::Bytes;
use prost::Message as _;
use selvedge_identity::policy_from_string;

use super::specification::specification;
use super::{InstantiateArgs, TermsFlags, UpgradeArgs, lscc};
use crate::cli::core_config::CoreConfig;
use crate::cli::flags::OrdererFlags;
use crate::cli::lifecycle::collections;
use crate::cli::session::{Peers, Session};
use crate::client;

pub(in super::super) async fn instantiate(
    config: CoreConfig,
    orderer: OrdererFlags,
    args: InstantiateArgs,
) -> Result<String> {
    let args_of_call = arguments(&args.terms, None, "instantiate")?;
    let verb = ("instantiate", "deploy");
    submit(config, orderer, verb, &args.terms, args_of_call).await
}

pub(in super::super) async fn upgrade(
    config: CoreConfig,
    orderer: OrdererFlags,
    args: UpgradeArgs,
) -> Result<String> {
    let args_of_call = arguments(&args.terms, args.path.as_deref(), "upgrade")?;
    let verb = ("upgrade", "upgrade");
    submit(config, orderer, verb, &args.terms, args_of_call).await
}

/// Channel, specification, policy, plugins and collections. Fabric: protoutil/proputils.go, createProposalFromCDS.
fn arguments(terms: &TermsFlags, path: Option<&std::path::Path>, verb: &str) -> Result<Vec<Bytes>> {
    if terms.channel.is_empty() {
        bail!("The required parameter 'channelID' is empty. Rerun the command with -C flag");
    }
    let specification = specification(&terms.specification, &terms.lang, path, verb)?;
    let policy = match terms.policy.as_str() {
        "" => Bytes::new(),
        text => policy_from_string(text)
            .map_err(|error| anyhow!("invalid policy {text} ({error})"))?
            .encode_to_vec()
            .into(),
    };
    let collections = collections(terms.collections_config.as_deref())?;
    let text = |text: &str| Bytes::copy_from_slice(text.as_bytes());
    let mut args = vec![
        text(&terms.channel),
        specification.encode_to_vec().into(),
        policy,
        text(&terms.escc),
        text(&terms.vscc),
    ];
    args.extend(collections.map(|package| Bytes::from(package.encode_to_vec())));
    Ok(args)
}

/// One endorsement is enough for `lscc`, and Fabric does not wait for the commit either.
async fn submit(
    config: CoreConfig,
    orderer: OrdererFlags,
    (verb, function): (&str, &'static str),
    terms: &TermsFlags,
    args: Vec<Bytes>,
) -> Result<String> {
    let channel = &terms.channel;
    let session = Session::open(config, verb, &terms.connection, channel, Peers::One).await?;
    let mut broadcaster = session
        .broadcaster(&orderer, channel)
        .await
        .context("error getting broadcast client")?;
    let (proposal, answers) = session
        .propose(&lscc(channel, function, args))
        .await
        .context("error endorsing chaincode")?;
    let envelope = client::assemble(&proposal, &answers, &session.signer)
        .map_err(|error| anyhow!("could not assemble transaction, err {error}"))?;
    broadcaster
        .send(envelope)
        .await
        .context("error sending transaction")?;
    Ok(String::new())
}

#[cfg(test)]
mod tests {
    use super::super::SpecificationFlags;
    use super::*;
    use selvedge_protos::protos::ChaincodeDeploymentSpec;

    fn terms(ctor: &str) -> TermsFlags {
        TermsFlags {
            channel: "ch".to_owned(),
            specification: SpecificationFlags {
                name: "cc".to_owned(),
                version: "1.0".to_owned(),
                ctor: ctor.to_owned(),
            },
            lang: "wasm".to_owned(),
            policy: String::new(),
            escc: "escc".to_owned(),
            vscc: "vscc".to_owned(),
            collections_config: None,
            connection: Default::default(),
        }
    }

    #[test]
    fn the_call_is_the_one_that_fabric_makes() {
        let args = arguments(&terms(r#"{"Args":["init","a"]}"#), None, "instantiate").unwrap();
        let [channel, specification, policy, escc, vscc] = &args[..] else {
            panic!("{args:?}")
        };
        assert_eq!((&channel[..], &policy[..]), (&b"ch"[..], &b""[..]));
        assert_eq!((&escc[..], &vscc[..]), (&b"escc"[..], &b"vscc"[..]));
        let found = ChaincodeDeploymentSpec::decode(specification.clone()).unwrap();
        let spec = found.chaincode_spec.unwrap();
        assert_eq!(spec.input.unwrap().args, ["init", "a"]);
        // CAR.
        assert_eq!(spec.r#type, 3);
        assert!(found.code_package.is_empty());
    }

    #[test]
    fn what_is_missing_is_named() {
        let said = |change: &dyn Fn(&mut TermsFlags)| {
            let mut terms = terms(r#"{"Args":[]}"#);
            change(&mut terms);
            arguments(&terms, None, "upgrade").unwrap_err().to_string()
        };
        assert_eq!(
            said(&|terms| terms.channel.clear()),
            "The required parameter 'channelID' is empty. Rerun the command with -C flag"
        );
        assert_eq!(
            said(&|terms| terms.specification.name.clear()),
            "must supply value for chaincode name parameter"
        );
        assert_eq!(
            said(&|terms| terms.specification.version.clear()),
            "chaincode version is not provided for upgrade"
        );
        assert_eq!(
            said(&|terms| terms.specification.ctor = "{}".to_owned()),
            "empty JSON chaincode parameters must contain the following keys: 'Args' or 'Function' and 'Args'"
        );
        assert!(said(&|terms| terms.policy = "x".to_owned()).starts_with("invalid policy x"));
    }
}
