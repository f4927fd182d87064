//! Files that let another shell be somebody on the network.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// What one identity needs to know.
pub(super) struct Account<'a> {
    pub(super) msp_id: &'a str,
    pub(super) msp_dir: &'a Path,
    pub(super) peer_address: String,
    pub(super) peer_tls_ca: &'a Path,
    /// The peer's name in its certificate.
    pub(super) peer_name: &'a str,
    /// The organisation's folder, laid out as `cryptogen` does it.
    pub(super) organisation: &'a Path,
}

/// What is the same for everybody.
pub(super) struct Shared<'a> {
    pub(super) channel: &'a str,
    pub(super) chaincode: &'a str,
    pub(super) orderer_address: String,
    pub(super) orderer_tls_ca: PathBuf,
    /// Address and TLS root certificate of every peer.
    pub(super) peers: Vec<(String, PathBuf)>,
    /// Directory of this program, put on the path.
    pub(super) program: Option<PathBuf>,
}

/// A script for `source` that sets Fabric's variables for one identity.
pub(super) fn write(file: &Path, account: &Account<'_>, shared: &Shared<'_>) -> Result<()> {
    let peers = shared.peers.iter().map(|(address, ca)| {
        format!(
            "--peerAddresses {address} --tlsRootCertFiles {}",
            ca.display()
        )
    });
    let mut lines = vec![
        set("CORE_PEER_LOCALMSPID", account.msp_id),
        set(
            "CORE_PEER_MSPCONFIGPATH",
            &account.msp_dir.display().to_string(),
        ),
        set("CORE_PEER_ADDRESS", &account.peer_address),
        set("CORE_PEER_TLS_ENABLED", "true"),
        set(
            "CORE_PEER_TLS_ROOTCERT_FILE",
            &account.peer_tls_ca.display().to_string(),
        ),
        set("SELVEDGE_ORDERER", &shared.orderer_address),
        set(
            "SELVEDGE_ORDERER_CA",
            &shared.orderer_tls_ca.display().to_string(),
        ),
        set("SELVEDGE_PEERS", &peers.collect::<Vec<_>>().join(" ")),
        // A core.yaml of another network must not get in the way.
        "unset FABRIC_CFG_PATH".to_owned(),
    ];
    lines.extend(application(account, shared));
    if let Some(program) = &shared.program {
        lines.push(format!(
            "export PATH={}:\"$PATH\"",
            quoted(&program.display().to_string())
        ));
    }
    std::fs::write(file, lines.join("\n") + "\n")
        .with_context(|| format!("writing {}", file.display()))
}

/// What the gateway applications of fabric-samples read, so that one runs with nothing else changed.
fn application(account: &Account<'_>, shared: &Shared<'_>) -> Vec<String> {
    let path = |path: &Path| path.display().to_string();
    vec![
        set("CHANNEL_NAME", shared.channel),
        set("CHAINCODE_NAME", shared.chaincode),
        set("MSP_ID", account.msp_id),
        set("CRYPTO_PATH", &path(account.organisation)),
        set(
            "KEY_DIRECTORY_PATH",
            &path(&account.msp_dir.join("keystore")),
        ),
        set(
            "CERT_DIRECTORY_PATH",
            &path(&account.msp_dir.join("signcerts")),
        ),
        set("TLS_CERT_PATH", &path(account.peer_tls_ca)),
        set("PEER_ENDPOINT", &account.peer_address),
        set("PEER_HOST_ALIAS", account.peer_name),
    ]
}

fn set(name: &str, value: &str) -> String {
    format!("export {name}={}", quoted(value))
}

/// A word of a shell, whatever characters are in it.
fn quoted(value: &str) -> String {
    format!("'{}'", value.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_survive_the_shell() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("x.env");
        let account = Account {
            msp_id: "Org1MSP",
            msp_dir: Path::new("/tmp/it's here/msp"),
            peer_address: "127.0.0.1:1".to_owned(),
            peer_tls_ca: Path::new("/tmp/ca.pem"),
            peer_name: "peer0.org1.example.com",
            organisation: Path::new("/tmp/org1.example.com"),
        };
        let shared = Shared {
            channel: "dev",
            chaincode: "basic",
            orderer_address: "127.0.0.1:2".to_owned(),
            orderer_tls_ca: "/tmp/o.pem".into(),
            peers: vec![("127.0.0.1:1".to_owned(), "/tmp/ca.pem".into())],
            program: None,
        };
        write(&file, &account, &shared).unwrap();
        let script = format!(
            ". {}; printf %s \"$CORE_PEER_MSPCONFIGPATH|$SELVEDGE_PEERS|$KEY_DIRECTORY_PATH|$CHAINCODE_NAME\"",
            file.display()
        );
        let out = std::process::Command::new("sh")
            .args(["-c", &script])
            .output()
            .unwrap();
        let expected = "/tmp/it's here/msp|--peerAddresses 127.0.0.1:1 --tlsRootCertFiles /tmp/ca.pem|/tmp/it's here/msp/keystore|basic";
        assert_eq!(String::from_utf8(out.stdout).unwrap(), expected);
    }
}
