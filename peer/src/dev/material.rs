//! What a network is made of before it runs: organisations with certificates and keys on disk, and a genesis block.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Result;
use bytes::Bytes;
use selvedge_identity::BatchParameters;
use selvedge_identity::cryptogen::{
    CryptoOrganisation, Enrollment, NodeRole, OrganisationKind, TlsPair,
};

use crate::node::{Clock, genesis};

/// What is wanted.
pub(super) struct Plan<'a> {
    pub(super) channel: &'a str,
    pub(super) batch_timeout: Duration,
    pub(super) orderer: SocketAddr,
    /// One organisation for each.
    pub(super) peers: &'a [SocketAddr],
    /// A channel without application capability V2_0.
    pub(super) legacy: bool,
}

/// A network, not running yet.
pub(super) struct Material {
    /// Serialized `common.Block`.
    pub(super) genesis: Bytes,
    pub(super) orderer: Node,
    pub(super) organisations: Vec<Organisation>,
}

/// A peer or an ordering node.
pub(super) struct Node {
    pub(super) address: SocketAddr,
    pub(super) identity: Enrollment,
    pub(super) tls: TlsPair,
    pub(super) msp_dir: PathBuf,
    /// The TLS root certificate, as a file for clients.
    pub(super) tls_ca: PathBuf,
}

/// A person, or a program that acts for one.
pub(super) struct Account {
    pub(super) identity: Enrollment,
    pub(super) msp_dir: PathBuf,
}

/// An organisation with one peer.
pub(super) struct Organisation {
    pub(super) msp_id: String,
    /// `peerOrganizations/<domain>` below the root.
    pub(super) dir: PathBuf,
    pub(super) peer: Node,
    pub(super) admin: Account,
    pub(super) user: Account,
}

/// Makes everything below `root`, in the layout of Fabric's `cryptogen`.
pub(super) fn make(root: &Path, plan: &Plan<'_>, clock: &Clock) -> Result<Material> {
    let now = i64::try_from(clock.since_epoch().as_secs()).unwrap_or(i64::MAX);
    let ordering = CryptoOrganisation::generate("example.com", "OrdererMSP", now)?;
    ordering.write(root, OrganisationKind::Orderer)?;
    let orderer = node(
        &ordering,
        root,
        OrganisationKind::Orderer,
        "orderer.example.com",
        plan.orderer,
    )?;
    let mut authorities = Vec::new();
    let mut organisations = Vec::new();
    for (number, address) in (1..).zip(plan.peers) {
        let (domain, msp_id) = (
            format!("org{number}.example.com"),
            format!("Org{number}MSP"),
        );
        let authority = CryptoOrganisation::generate(&domain, &msp_id, now)?;
        let dir = authority.write(root, OrganisationKind::Peer)?;
        organisations.push(Organisation {
            dir,
            peer: node(
                &authority,
                root,
                OrganisationKind::Peer,
                &format!("peer0.{domain}"),
                *address,
            )?,
            admin: account(
                &authority,
                root,
                &format!("Admin@{domain}"),
                NodeRole::Admin,
            )?,
            user: account(
                &authority,
                root,
                &format!("User1@{domain}"),
                NodeRole::Client,
            )?,
            msp_id,
        });
        authorities.push(authority);
    }
    let batch = BatchParameters {
        max_message_count: 500,
        absolute_max_bytes: 10 * 1024 * 1024,
        preferred_max_bytes: 2 * 1024 * 1024,
        timeout: plan.batch_timeout,
    };
    let orderer_link = (plan.orderer, &orderer.tls);
    let genesis = genesis(
        plan.channel,
        batch,
        clock,
        (&authorities, plan.peers),
        &ordering,
        orderer_link,
        |description| {
            if plan.legacy {
                description.application_capabilities = vec!["V1_4_2".to_owned()];
            }
        },
    )?;
    Ok(Material {
        genesis,
        orderer,
        organisations,
    })
}

fn node(
    authority: &CryptoOrganisation,
    root: &Path,
    kind: OrganisationKind,
    name: &str,
    address: SocketAddr,
) -> Result<Node> {
    let role = match kind {
        OrganisationKind::Peer => NodeRole::Peer,
        OrganisationKind::Orderer => NodeRole::Orderer,
    };
    let identity = authority.enroll(name, role, &BTreeMap::new())?;
    let names = [
        name.to_owned(),
        "localhost".to_owned(),
        address.ip().to_string(),
    ];
    let tls = authority.tls(name, &names)?;
    let directory = authority.write_node(root, kind, &identity, &tls)?;
    Ok(Node {
        address,
        identity,
        tls,
        msp_dir: directory.join("msp"),
        tls_ca: directory.join("tls").join("ca.crt"),
    })
}

fn account(
    authority: &CryptoOrganisation,
    root: &Path,
    name: &str,
    role: NodeRole,
) -> Result<Account> {
    let identity = authority.enroll(name, role, &BTreeMap::new())?;
    let tls = authority.tls(name, &[])?;
    let directory = authority.write_user(root, OrganisationKind::Peer, &identity, &tls)?;
    Ok(Account {
        identity,
        msp_dir: directory.join("msp"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use selvedge_identity::{ChannelConfig, SigningIdentity};

    #[test]
    fn a_network_of_three_can_be_read_back() {
        let root = tempfile::tempdir().unwrap();
        let address = |port: u16| SocketAddr::from(([127, 0, 0, 1], port));
        let peers = [address(2), address(3), address(4)];
        let plan = Plan {
            channel: "dev",
            batch_timeout: Duration::from_millis(50),
            orderer: address(1),
            peers: &peers,
            legacy: true,
        };
        let material = make(root.path(), &plan, &Clock::system()).unwrap();
        let config = ChannelConfig::from_block(&material.genesis).unwrap();
        assert!(!config.application_capabilities().lifecycle_v20());
        assert_eq!(config.channel_id(), "dev");
        assert_eq!(material.organisations.len(), 3);
        for organisation in &material.organisations {
            for directory in [
                &organisation.admin.msp_dir,
                &organisation.user.msp_dir,
                &organisation.peer.msp_dir,
            ] {
                let identity =
                    SigningIdentity::from_msp_dir(directory, &organisation.msp_id).unwrap();
                assert_eq!(identity.msp_id(), organisation.msp_id);
            }
            assert!(organisation.peer.tls_ca.is_file());
        }
    }
}
