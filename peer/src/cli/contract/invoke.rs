//! `selvedge invoke`: a transaction called with flags that the chaincode's metadata names.

use anyhow::{Context, Result, bail};
use bytes::Bytes;
use selvedge_tools::{Interface, arguments, help};

use super::super::chaincode;
use super::super::core_config::CoreConfig;
use super::super::session::{Peers, Session};
use super::args::CallArgs;
use crate::client::Call;

const GET_METADATA: &str = "org.hyperledger.fabric:GetMetadata";

/// Asks the chaincode what it offers; then evaluates or submits, as the transaction is tagged. Gives what it answered.
pub(in crate::cli) async fn invoke(config: CoreConfig, args: CallArgs) -> Result<Vec<u8>> {
    let args = from_development(args);
    let session = Session::open(
        config,
        "invoke",
        &args.connection,
        &args.channel,
        Peers::Many,
    )
    .await?;
    let interface = interface(&session, &args).await?;
    let Some((name, words)) = args.words.split_first() else {
        return Ok(listed(&interface).into_bytes());
    };
    let Some((contract, transaction)) = interface.transaction(name) else {
        bail!(
            "{} has no transaction '{name}'. It has:\n{}",
            args.name,
            listed(&interface)
        );
    };
    let mut wire = vec![Bytes::from(contract.call_name(transaction))];
    wire.extend(arguments(transaction, words)?.into_iter().map(Bytes::from));
    let call = Call {
        transient: chaincode::transient(&args.transient).context("error parsing --transient")?,
        ..call(&args, wire)
    };
    let response = match transaction.submit {
        true => chaincode::submit(&session, &call, &args.orderer, &args.wait).await?,
        false => session.ask(&call).await?,
    };
    if response.status >= 400 {
        bail!(
            "{} answered {}: {}",
            args.name,
            response.status,
            response.message
        );
    }
    let mut out = response.payload.to_vec();
    if !out.is_empty() {
        out.push(b'\n');
    }
    Ok(out)
}

async fn interface(session: &Session, args: &CallArgs) -> Result<Interface> {
    let response = session
        .ask(&call(
            args,
            vec![Bytes::from_static(GET_METADATA.as_bytes())],
        ))
        .await
        .with_context(|| format!("asking {} for its metadata", args.name))?;
    if response.status >= 400 {
        bail!(
            "{} does not tell its interface ({}: {}); call it with `selvedge chaincode invoke -c`",
            args.name,
            response.status,
            response.message
        );
    }
    Ok(Interface::parse(&response.payload)?)
}

fn call(args: &CallArgs, wire: Vec<Bytes>) -> Call {
    Call {
        channel: args.channel.clone(),
        chaincode: args.name.clone(),
        args: wire,
        ..Call::default()
    }
}

fn listed(interface: &Interface) -> String {
    let mut text = String::new();
    for contract in &interface.contracts {
        for transaction in &contract.transactions {
            let verb = if transaction.submit {
                "submit  "
            } else {
                "evaluate"
            };
            let prefix = match contract.is_default {
                true => String::new(),
                false => format!("{}:", contract.name),
            };
            text.push_str(&format!("{verb}  {prefix}{}\n", help(transaction)));
        }
    }
    text
}

/// `selvedge dev` writes files that set where its peers and its orderer are. They stand in for flags that are not given.
fn from_development(mut args: CallArgs) -> CallArgs {
    let set = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    if args.connection.peer_addresses.is_empty()
        && args.connection.connection_profile.is_none()
        && let Some(peers) = set("SELVEDGE_PEERS")
    {
        let words: Vec<&str> = peers.split_whitespace().collect();
        for pair in words.chunks_exact(2) {
            match *pair {
                ["--peerAddresses", address] => {
                    args.connection.peer_addresses.push(address.to_owned());
                }
                ["--tlsRootCertFiles", file] => {
                    args.connection.tls_root_cert_files.push(file.into())
                }
                _ => {}
            }
        }
    }
    if args.orderer.orderer.is_empty()
        && let Some(orderer) = set("SELVEDGE_ORDERER")
    {
        args.orderer.orderer = orderer;
        if let Some(file) = set("SELVEDGE_ORDERER_CA") {
            args.orderer.tls = true;
            args.orderer.cafile = Some(file.into());
        }
    }
    args
}
