use anyhow::Result;
use bytes::Bytes;
use selvedge_identity::cryptogen::{CryptoOrganisation, NodeRole};
use selvedge_identity::{Msp, MspVersion, SigningIdentity};
use selvedge_ledger::Options;
use selvedge_peer::endorser::{Endorser, EndorserOptions};
use selvedge_peer::legacy::LegacyPackages;
use selvedge_peer::node::{Channel, Clock, Parts, Peer};
use selvedge_runtime::{Builder, PackageStore, Runtimes, WasmEngine};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// An organisation with one peer and two people.
pub struct Member {
    pub msp_id: String,
    pub admin: SigningIdentity,
    pub user: SigningIdentity,
    pub peer: Arc<Peer>,
    pub channel: Arc<Channel>,
    pub endorser: Arc<Endorser>,
}

impl Member {
    /// The ledger waits for the disk at every commit, as it does in production.
    pub(super) fn found(
        root: &Path,
        organisation: &CryptoOrganisation,
        engine: &Arc<WasmEngine>,
        genesis: &Bytes,
    ) -> Result<Self> {
        let msp_id = organisation.msp_id().to_owned();
        let directory = root.join(&msp_id);
        let identity = |name: &str, role| -> Result<SigningIdentity> {
            Ok(organisation
                .enroll(name, role, &BTreeMap::new())?
                .signing_identity()?)
        };
        let store = PackageStore::open(directory.join("packages"))?;
        let builders: Vec<Arc<dyn Builder>> = vec![Arc::clone(engine) as Arc<dyn Builder>];
        let peer = Arc::new(Peer::open(Parts {
            signer: Arc::new(identity("peer0", NodeRole::Peer)?),
            local_msp: Arc::new(Msp::from_config(
                &organisation.msp_config(),
                MspVersion::V3_0,
            )?),
            runtimes: Arc::new(Runtimes::new(store, builders)),
            legacy: Arc::new(LegacyPackages::open(directory.join("legacy"))?),
            clock: Clock::system(),
            operations: Arc::default(),
            ledgers: directory.join("ledgers"),
            validators: 0,
            ledger_options: Options::default(),
        })?);
        Ok(Self {
            admin: identity("admin", NodeRole::Admin)?,
            user: identity("user", NodeRole::Client)?,
            channel: peer.join(genesis.clone())?,
            endorser: Arc::new(Endorser::new(Arc::clone(&peer), options())?),
            peer,
            msp_id,
        })
    }
}

/// Under callgrind the compiler needs a minute.
fn options() -> EndorserOptions {
    EndorserOptions {
        install_timeout: Duration::from_secs(600),
        ..EndorserOptions::default()
    }
}
