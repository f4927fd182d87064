//! Connection profiles, as far as Fabric's command line uses them: the peers. Fabric: internal/peer/common/networkconfig.go.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::Deserialize;

/// A connection profile in YAML, of which JSON is a part.
#[derive(Debug, Deserialize)]
pub(crate) struct ConnectionProfile {
    #[serde(default)]
    channels: BTreeMap<String, ProfileChannel>,
    #[serde(default)]
    peers: BTreeMap<String, ProfilePeer>,
}

#[derive(Debug, Deserialize)]
struct ProfileChannel {
    #[serde(default)]
    peers: BTreeMap<String, Roles>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Roles {
    #[serde(default)]
    endorsing_peer: bool,
}

#[derive(Debug, Deserialize)]
struct ProfilePeer {
    url: String,
    #[serde(rename = "tlsCACerts", default)]
    tls_ca_certs: CaCerts,
}

#[derive(Debug, Default, Deserialize)]
struct CaCerts {
    #[serde(default)]
    path: PathBuf,
}

impl ConnectionProfile {
    pub(crate) fn read(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("error reading connection profile {}", path.display()))?;
        serde_yaml_ng::from_str(&text).with_context(|| {
            format!(
                "error unmarshaling YAML of connection profile {}",
                path.display()
            )
        })
    }

    /// Addresses and TLS roots: the endorsing peers of `channel`, or `target` where no channel is involved.
    pub(crate) fn peers(
        &self,
        channel: &str,
        target: Option<&str>,
    ) -> Result<(Vec<String>, Vec<PathBuf>)> {
        let names: Vec<&str> = match (channel, target) {
            ("", Some(target)) => vec![target],
            ("", None) => {
                anyhow::bail!(
                    "--targetPeer must be specified for channel-less operation using connection profile"
                )
            }
            (channel, _) => {
                let peers = self
                    .channels
                    .get(channel)
                    .map(|channel| channel.peers.iter())
                    .into_iter()
                    .flatten();
                peers
                    .filter(|(_, roles)| roles.endorsing_peer)
                    .map(|(name, _)| name.as_str())
                    .collect()
            }
        };
        let (mut addresses, mut roots) = (Vec::new(), Vec::new());
        for name in names {
            let peer = self
                .peers
                .get(name)
                .with_context(|| format!("peer '{name}' doesn't have associated peer config"))?;
            addresses.push(peer.url.clone());
            roots.push(peer.tls_ca_certs.path.clone());
        }
        Ok((addresses, roots))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROFILE: &str = "
channels:
  trade:
    peers:
      peer0.org1: {endorsingPeer: true}
      peer0.org2: {endorsingPeer: false}
peers:
  peer0.org1: {url: 'localhost:7051', tlsCACerts: {path: /tls/org1.pem}}
  peer0.org2: {url: 'localhost:9051'}
";

    #[test]
    fn names_the_endorsing_peers_of_a_channel_or_the_target() {
        let profile: ConnectionProfile = serde_yaml_ng::from_str(PROFILE).unwrap();
        let (addresses, roots) = profile.peers("trade", None).unwrap();
        assert_eq!(addresses, ["localhost:7051"]);
        assert_eq!(roots, [PathBuf::from("/tls/org1.pem")]);
        assert_eq!(
            profile.peers("", Some("peer0.org2")).unwrap().0,
            ["localhost:9051"]
        );
        assert!(
            profile
                .peers("", None)
                .unwrap_err()
                .to_string()
                .contains("--targetPeer")
        );
        assert!(
            profile
                .peers("", Some("x"))
                .unwrap_err()
                .to_string()
                .contains("'x'")
        );
    }
}
