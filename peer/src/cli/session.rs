//! Who signs, and with whom a verb talks: the flags and the configuration made into connections.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use bytes::Bytes;
use selvedge_identity::SigningIdentity;
use selvedge_protos::common::HeaderType;
use selvedge_protos::protos::{ProposalResponse, Response};
use sha2::{Digest, Sha256};
use tonic::transport::Channel;

use super::core_config::CoreConfig;
use super::flags::{ConnectionFlags, OrdererFlags};
use super::profile::ConnectionProfile;
use crate::client::{self, Broadcaster, Call, CommitWait, Endpoint, Fresh, Proposal, Tls};

const INVALID: &str = "failed to validate peer connection parameters";

/// A peer that a verb talks to.
pub(crate) struct Peer {
    pub(crate) address: String,
    pub(crate) channel: Channel,
}

/// The identity and the connections of one command.
pub(crate) struct Session {
    pub(crate) config: CoreConfig,
    pub(crate) signer: SigningIdentity,
    pub(crate) peers: Vec<Peer>,
}

/// How many peers a command may address.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Peers {
    One,
    Many,
}

impl Session {
    /// Loads the identity, for a command that talks to no peer.
    pub(crate) fn alone(config: CoreConfig) -> Result<Self> {
        Ok(Self {
            signer: signer(&config)?,
            config,
            peers: Vec::new(),
        })
    }

    /// Loads the identity and connects to the peers of the flags, or to the one of the configuration.
    pub(crate) async fn open(
        config: CoreConfig,
        command: &str,
        flags: &ConnectionFlags,
        channel: &str,
        peers: Peers,
    ) -> Result<Self> {
        let signer = signer(&config)?;
        let endpoints = peer_endpoints(&config, flags, channel)?;
        if peers == Peers::One && endpoints.len() > 1 {
            bail!(
                "{INVALID}: '{command}' command supports one peer. {} peers provided",
                endpoints.len()
            );
        }
        let mut connected = Vec::new();
        for endpoint in endpoints {
            let channel = client::connect(&endpoint)
                .await
                .with_context(|| format!("failed to retrieve endorser client for {command}"))?;
            connected.push(Peer {
                address: endpoint.address,
                channel,
            });
        }
        Ok(Self {
            config,
            signer,
            peers: connected,
        })
    }

    /// Signs a call and asks every peer at the same time.
    pub(crate) async fn propose(&self, call: &Call) -> Result<(Proposal, Vec<ProposalResponse>)> {
        let proposal = Proposal::new(call, &self.signer, &Fresh::from_system()?)?;
        let asked = self
            .peers
            .iter()
            .map(|peer| client::process(&peer.channel, &peer.address, &proposal.signed));
        let answers = futures::future::try_join_all(asked).await?;
        Ok((
            proposal,
            answers.into_iter().map(|(answer, _)| answer).collect(),
        ))
    }

    /// Asks the first peer and gives the response of the chaincode.
    pub(crate) async fn ask(&self, call: &Call) -> Result<Response> {
        self.ask_as(HeaderType::EndorserTransaction, call).await
    }

    pub(crate) async fn ask_as(&self, header_type: HeaderType, call: &Call) -> Result<Response> {
        let proposal = Proposal::of_type(header_type, call, &self.signer, &Fresh::from_system()?)?;
        let peer = self.peers.first().context("no peer to ask")?;
        Ok(
            client::process(&peer.channel, &peer.address, &proposal.signed)
                .await?
                .1,
        )
    }

    /// Opens a stream of commits on every peer.
    pub(crate) async fn watch(&self, channel: &str, timeout: Duration) -> Result<Vec<CommitWait>> {
        let certificate_hash = self.client_certificate_hash()?;
        let fresh = Fresh::from_system()?;
        let opened = self.peers.iter().map(|peer| {
            let hash = certificate_hash.clone();
            CommitWait::open(
                &peer.channel,
                &peer.address,
                channel,
                hash,
                &self.signer,
                &fresh,
            )
        });
        match tokio::time::timeout(timeout, futures::future::try_join_all(opened)).await {
            Ok(opened) => opened.context("failed to connect to deliver on all peers"),
            Err(_) => bail!("timed out waiting for connection to deliver on all peers"),
        }
    }

    /// Connects to the orderer of the flags, or to one that the first peer names.
    pub(crate) async fn broadcaster(
        &self,
        flags: &OrdererFlags,
        channel: &str,
    ) -> Result<Broadcaster> {
        let endpoint = self.orderer_endpoint(flags, channel).await?;
        let connection = client::connect(&endpoint)
            .await
            .context("failed to retrieve broadcast client")?;
        Ok(Broadcaster::open(&connection, &endpoint.address))
    }

    /// Where the orderer is.
    pub(crate) async fn orderer_endpoint(
        &self,
        flags: &OrdererFlags,
        channel: &str,
    ) -> Result<Endpoint> {
        let address = match flags.orderer.as_str() {
            "" => self.ask_for_orderer(channel).await?,
            address => address.to_owned(),
        };
        let tls = flags.tls.then(|| orderer_tls(flags)).transpose()?;
        Ok(Endpoint {
            address,
            tls,
            timeout: flags.connection_timeout,
        })
    }

    async fn ask_for_orderer(&self, channel: &str) -> Result<String> {
        let args = vec![
            Bytes::from_static(b"GetChannelConfig"),
            Bytes::copy_from_slice(channel.as_bytes()),
        ];
        let call = Call {
            chaincode: "cscc".to_owned(),
            args,
            ..Call::default()
        };
        let what = || format!("error getting channel ({channel}) orderer endpoint");
        let response = self.ask(&call).await.with_context(what)?;
        if response.status != 200 {
            bail!(
                "{}: error bad proposal response {}: {}",
                what(),
                response.status,
                response.message
            );
        }
        let endpoints = client::orderer_endpoints(&response.payload).with_context(what)?;
        endpoints.into_iter().next().with_context(|| {
            format!("no orderer endpoints retrieved for channel {channel}, pass orderer endpoint with -o flag instead")
        })
    }

    /// Binds a deliver request to the TLS connection where the client has a certificate.
    fn client_certificate_hash(&self) -> Result<Bytes> {
        let Some((certificate, _)) = client_identity(&self.config)? else {
            return Ok(Bytes::new());
        };
        let pem = std::str::from_utf8(&certificate).context("the client certificate is not PEM")?;
        let body: String = pem
            .lines()
            .filter(|line| !line.starts_with("-----"))
            .collect();
        let der = base64::Engine::decode(&base64::engine::general_purpose::STANDARD, body)
            .context("the client certificate is not PEM")?;
        Ok(Bytes::copy_from_slice(&Sha256::digest(der)))
    }
}

/// The identity of CORE_PEER_MSPCONFIGPATH and CORE_PEER_LOCALMSPID.
pub(crate) fn signer(config: &CoreConfig) -> Result<SigningIdentity> {
    config.required("peer.mspConfigPath", "the MSP folder")?;
    let path = config
        .path("peer.mspConfigPath")
        .context("the MSP folder is not set")?;
    let msp_id = config.required("peer.localMspId", "the MSP ID")?;
    if let Err(error) = std::fs::metadata(&path) {
        bail!(
            "Cannot run peer because cannot init crypto, specified path \"{}\" does not exist or cannot be accessed: {error}",
            path.display()
        );
    }
    let keystore = config.keystore(&path);
    SigningIdentity::with_keystore(&path, keystore, &msp_id).with_context(|| {
        format!(
            "Cannot run peer because error when setting up MSP from directory {}",
            path.display()
        )
    })
}

fn peer_endpoints(
    config: &CoreConfig,
    flags: &ConnectionFlags,
    channel: &str,
) -> Result<Vec<Endpoint>> {
    let (mut addresses, mut roots) = (
        flags.peer_addresses.clone(),
        flags.tls_root_cert_files.clone(),
    );
    if let Some(path) = &flags.connection_profile {
        let profile = ConnectionProfile::read(path).context(INVALID)?;
        (addresses, roots) = profile
            .peers(channel, flags.target_peer.as_deref())
            .context(INVALID)?;
    }
    let tls = config.flag("peer.tls.enabled")?;
    let timeout = config
        .duration("peer.client.connTimeout")?
        .unwrap_or(Duration::from_secs(3));
    if addresses.is_empty() {
        let root = match tls {
            false => None,
            true => {
                config.required("peer.tls.rootcert.file", "the TLS root certificate file")?;
                config.path("peer.tls.rootcert.file")
            }
        };
        let address = config.required("peer.address", "the peer's address")?;
        return Ok(vec![Endpoint {
            address,
            tls: root.map(|root| peer_tls(config, &root)).transpose()?,
            timeout,
        }]);
    }
    if tls && roots.len() != addresses.len() {
        bail!(
            "{INVALID}: number of peer addresses ({}) does not match the number of TLS root cert files ({})",
            addresses.len(),
            roots.len()
        );
    }
    let endpoint = |(index, address): (usize, String)| {
        let root = roots.get(index).filter(|_| tls);
        Ok(Endpoint {
            address,
            tls: root.map(|root| peer_tls(config, root)).transpose()?,
            timeout,
        })
    };
    addresses.into_iter().enumerate().map(endpoint).collect()
}

fn peer_tls(config: &CoreConfig, root: &Path) -> Result<Tls> {
    Ok(Tls {
        roots: read(root, "unable to load TLS root cert file from")?,
        server_name: config.text("peer.tls.serverhostoverride"),
        identity: client_identity(config)?,
    })
}

/// The client's TLS certificate and key where the server asks for them; the server's own ones are the fallback.
fn client_identity(config: &CoreConfig) -> Result<Option<(Vec<u8>, Vec<u8>)>> {
    if !config.flag("peer.tls.clientAuthRequired")? {
        return Ok(None);
    }
    let either = |first: &str, second: &str| config.path(first).or_else(|| config.path(second));
    let key = either("peer.tls.clientKey.file", "peer.tls.key.file")
        .context("peer.tls.clientKey.file is not set")?;
    let certificate = either("peer.tls.clientCert.file", "peer.tls.cert.file")
        .context("peer.tls.clientCert.file is not set")?;
    let certificate = read(
        &certificate,
        "unable to load the client's TLS certificate from",
    )?;
    Ok(Some((
        certificate,
        read(&key, "unable to load the client's TLS key from")?,
    )))
}

fn orderer_tls(flags: &OrdererFlags) -> Result<Tls> {
    let required = |path: &Option<PathBuf>, flag: &str| {
        path.clone()
            .with_context(|| format!("--{flag} is required here; name the file with it"))
    };
    let roots = read(
        &required(&flags.cafile, "cafile")?,
        "unable to load the orderer's TLS root certificate from",
    )?;
    let identity = match flags.clientauth {
        false => None,
        true => Some((
            read(
                &required(&flags.certfile, "certfile")?,
                "unable to load the client's TLS certificate from",
            )?,
            read(
                &required(&flags.keyfile, "keyfile")?,
                "unable to load the client's TLS key from",
            )?,
        )),
    };
    Ok(Tls {
        roots,
        server_name: flags.hostname_override.clone(),
        identity,
    })
}

fn read(path: &Path, failed: &str) -> Result<Vec<u8>> {
    std::fs::read(path).with_context(|| format!("{failed} {}", path.display()))
}
