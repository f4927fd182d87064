//! The directories that Fabric's `cryptogen` writes and every tutorial expects:
//! `<root>/peerOrganizations/<domain>/{ca,tlsca,msp,peers,users}`.

use std::{
    fs,
    path::{Path, PathBuf},
};

use super::{CryptoOrganisation, CryptogenError, Enrollment, TlsPair, authority::Authority};

/// Which of the two trees an organisation is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OrganisationKind {
    /// `peerOrganizations`, nodes under `peers`.
    Peer,
    /// `ordererOrganizations`, nodes under `orderers`.
    Orderer,
}

impl OrganisationKind {
    fn tree(self) -> &'static str {
        match self {
            Self::Peer => "peerOrganizations",
            Self::Orderer => "ordererOrganizations",
        }
    }

    fn nodes(self) -> &'static str {
        match self {
            Self::Peer => "peers",
            Self::Orderer => "orderers",
        }
    }

    /// Directory of an organisation below `root`.
    pub fn directory(self, root: &Path, domain: &str) -> PathBuf {
        root.join(self.tree()).join(domain)
    }
}

impl CryptoOrganisation {
    /// Writes the authorities with their keys and the organisation's MSP, and answers the organisation's directory.
    pub fn write(&self, root: &Path, kind: OrganisationKind) -> Result<PathBuf, CryptogenError> {
        let dir = kind.directory(root, checked(&self.domain)?);
        self.write_authority(&dir.join("ca"), "ca", &self.ca)?;
        self.write_authority(&dir.join("tlsca"), "tlsca", &self.tls_ca)?;
        self.write_verifying_msp(&dir.join("msp"))?;
        Ok(dir)
    }

    /// Writes a node (`peers/<name>` or `orderers/<name>`) with `msp` and `tls`, and answers its directory.
    pub fn write_node(
        &self,
        root: &Path,
        kind: OrganisationKind,
        identity: &Enrollment,
        tls: &TlsPair,
    ) -> Result<PathBuf, CryptogenError> {
        let organisation = kind.directory(root, checked(&self.domain)?);
        let dir = organisation
            .join(kind.nodes())
            .join(checked(&identity.common_name)?);
        self.write_local_msp(&dir.join("msp"), identity)?;
        write_tls(&dir.join("tls"), tls, "server")?;
        Ok(dir)
    }

    /// Writes a user (`users/<name>`) with `msp` and `tls`, and answers its directory.
    pub fn write_user(
        &self,
        root: &Path,
        kind: OrganisationKind,
        identity: &Enrollment,
        tls: &TlsPair,
    ) -> Result<PathBuf, CryptogenError> {
        let organisation = kind.directory(root, checked(&self.domain)?);
        let dir = organisation
            .join("users")
            .join(checked(&identity.common_name)?);
        self.write_local_msp(&dir.join("msp"), identity)?;
        write_tls(&dir.join("tls"), tls, "client")?;
        Ok(dir)
    }

    /// Writes an MSP directory that signs as `identity`.
    pub fn write_local_msp(&self, dir: &Path, identity: &Enrollment) -> Result<(), CryptogenError> {
        self.write_verifying_msp(dir)?;
        let file = format!("{}-cert.pem", checked(&identity.common_name)?);
        write(&dir.join("signcerts").join(file), &identity.certificate)?;
        write_secret(&dir.join("keystore").join("priv_sk"), &identity.key)
    }

    fn write_verifying_msp(&self, dir: &Path) -> Result<(), CryptogenError> {
        let ca = format!("ca.{}-cert.pem", self.domain);
        let tls = format!("tlsca.{}-cert.pem", self.domain);
        write(&dir.join("cacerts").join(&ca), &self.ca_certificate())?;
        write(
            &dir.join("tlscacerts").join(tls),
            &self.tls_ca_certificate(),
        )?;
        write(
            &dir.join("config.yaml"),
            &node_ous(&format!("cacerts/{ca}")),
        )
    }

    fn write_authority(
        &self,
        dir: &Path,
        prefix: &str,
        authority: &Authority,
    ) -> Result<(), CryptogenError> {
        let file = format!("{prefix}.{}-cert.pem", self.domain);
        write(&dir.join(file), &authority.certificate.to_pem())?;
        write_secret(&dir.join("priv_sk"), &authority.key.to_pem()?)
    }
}

/// `ca.crt` and `server.crt`/`server.key`, or `client.…`.
fn write_tls(dir: &Path, tls: &TlsPair, prefix: &str) -> Result<(), CryptogenError> {
    write(&dir.join("ca.crt"), &tls.ca)?;
    write(&dir.join(format!("{prefix}.crt")), &tls.certificate)?;
    write_secret(&dir.join(format!("{prefix}.key")), &tls.key)
}

fn node_ous(certificate: &str) -> String {
    let mut out = String::from("NodeOUs:\n    Enable: true\n");
    for (key, unit) in [
        ("Client", "client"),
        ("Peer", "peer"),
        ("Admin", "admin"),
        ("Orderer", "orderer"),
    ] {
        out.push_str(&format!(
            "    {key}OUIdentifier:\n        Certificate: {certificate}\n        OrganizationalUnitIdentifier: {unit}\n"
        ));
    }
    out
}

/// A name that stays inside its directory.
fn checked(name: &str) -> Result<&str, CryptogenError> {
    let bad = name.is_empty() || matches!(name, "." | "..") || name.contains(['/', '\\', '\0']);
    if bad {
        Err(CryptogenError::Name(name.to_owned()))
    } else {
        Ok(name)
    }
}

fn write(path: &Path, text: &str) -> Result<(), CryptogenError> {
    let failed = |source| CryptogenError::File {
        path: path.to_owned(),
        source,
    };
    if let Some(dir) = path.parent() {
        fs::create_dir_all(dir).map_err(failed)?;
    }
    fs::write(path, text).map_err(failed)
}

/// A file that only its owner may read.
fn write_secret(path: &Path, text: &str) -> Result<(), CryptogenError> {
    use std::io::Write;
    let failed = |source| CryptogenError::File {
        path: path.to_owned(),
        source,
    };
    if let Some(dir) = path.parent() {
        fs::create_dir_all(dir).map_err(failed)?;
    }
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path).map_err(failed)?;
    file.write_all(text.as_bytes()).map_err(failed)
}
