//! A network of the test kit with one contract on it, on which example calls are simulated: the peer's own simulator,
//! validation and Wasm engine, without anything that listens.

use std::collections::BTreeMap;

use anyhow::{Context, Result, anyhow, bail};
use selvedge_testkit::{Client, Deployed, Network, Request, Simulated};
use selvedge_tools::Interface;

use super::super::engine;
use super::calls::{Calls, Example, Who};
use super::source::Found;
use crate::lifecycle::index_files;

pub(super) struct Stage {
    pub(super) network: Network,
    deployed: Deployed,
    clients: BTreeMap<String, Client>,
}

impl Stage {
    /// The contract after its set-up calls.
    pub(super) fn set(found: &Found, interface: Option<&Interface>, calls: &Calls) -> Result<Self> {
        let network = Network::new();
        // Traps are told, not refused.
        network.lenient();
        let executable = engine()?.load(&found.component)?;
        let deployed = network.deploy_executable(&found.name, executable);
        for collection in collections(interface, calls) {
            network.add_collection(&found.name, collection);
        }
        for (collection, files) in index_files(found.artifacts.clone()) {
            for file in files {
                let definition = String::from_utf8_lossy(&file.definition);
                let added = network.try_add_index(&found.name, collection.as_deref(), &definition);
                added.map_err(|why| anyhow!("the index {}: {why}", file.name))?;
            }
        }
        let stage = Self {
            clients: clients(&network, calls)?,
            network,
            deployed,
        };
        for example in &calls.setup {
            stage.commit(example)?;
        }
        Ok(stage)
    }

    fn commit(&self, example: &Example) -> Result<()> {
        let simulated = self.request(example)?.simulate();
        let label = simulated.request().label();
        refused(&simulated).with_context(|| format!("the set-up call {label}"))?;
        for verdict in self.network.commit([&simulated]) {
            if !verdict.is_valid() {
                bail!("the set-up call {label} was invalidated: {verdict}");
            }
        }
        Ok(())
    }

    /// A proposal that can be simulated any number of times.
    pub(super) fn request(&self, example: &Example) -> Result<Request> {
        let client = self.clients.get(&example.client);
        let client = client.with_context(|| format!("there is no client {}", example.client))?;
        let mut request = self.deployed.request_raw(client, example.args.clone());
        for (name, value) in &example.transient {
            request = request.transient(name, value);
        }
        if example.init {
            request = request.init();
        }
        Ok(request)
    }
}

/// The error of a call that no peer would endorse.
pub(super) fn refused(simulated: &Simulated) -> Result<()> {
    match simulated.refusal() {
        Some((status, message)) => bail!("is refused with status {status}: {message}"),
        None => Ok(()),
    }
}

/// Those of the metadata's private records and those that the file names.
fn collections<'a>(interface: Option<&'a Interface>, calls: &'a Calls) -> Vec<&'a str> {
    let contracts = interface.iter().flat_map(|interface| &interface.contracts);
    let tables = contracts.flat_map(|contract| &contract.state);
    let declared = tables.map(|table| table.collection.as_str());
    let mut all: Vec<&str> = declared
        .chain(calls.collections.iter().map(String::as_str))
        .filter(|name| !name.is_empty())
        .collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// Everybody who calls, with a certificate.
fn clients(network: &Network, calls: &Calls) -> Result<BTreeMap<String, Client>> {
    let callers = calls.setup.iter().chain(&calls.calls);
    let mut who: BTreeMap<&str, Who> = callers
        .map(|example| (example.client.as_str(), Who::default()))
        .collect();
    for (name, known) in &calls.clients {
        if who.insert(name, known.clone()).is_none() {
            bail!("nobody calls as the client {name}; name it with \"as\" in a call");
        }
    }
    let made = who.into_iter().map(|(name, who)| {
        let attributes = who.attributes.iter();
        let attributes: Vec<(&str, &str)> = attributes
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        let client = network.client_with(&who.msp, name, &attributes);
        (name.to_owned(), client)
    });
    Ok(made.collect())
}
