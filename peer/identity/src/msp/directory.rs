//! MSP directories in Fabric's layout (rules l:E6, l:E7, l:C40).
//!
//! Fabric: msp/configbuilder.go; bccsp/sw/fileks.go.

use std::{fs, path::Path, path::PathBuf};

use bytes::Bytes;
use prost::Message;
use selvedge_protos::msp::{
    FabricCryptoConfig, FabricMspConfig, FabricNodeOUs, FabricOuIdentifier, MspConfig,
};
use serde::Deserialize;

use super::MspError;
use crate::{Certificate, PrivateKey, crypto::first_block};

/// Larger files are not looked at when a key is searched.
const MAX_KEY_FILE: u64 = 1 << 16;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct ConfigFile {
    organizational_unit_identifiers: Vec<OuEntry>,
    #[serde(rename = "NodeOUs")]
    node_ous: Option<NodeOusEntry>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct OuEntry {
    certificate: String,
    organizational_unit_identifier: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct NodeOusEntry {
    #[serde(rename = "Enable")]
    enable: bool,
    #[serde(rename = "ClientOUIdentifier")]
    client: Option<OuEntry>,
    #[serde(rename = "PeerOUIdentifier")]
    peer: Option<OuEntry>,
    #[serde(rename = "AdminOUIdentifier")]
    admin: Option<OuEntry>,
    #[serde(rename = "OrdererOUIdentifier")]
    orderer: Option<OuEntry>,
}

/// The configuration message of a directory, without its signing identity: what goes into a channel configuration.
pub fn msp_config_from_dir(dir: impl AsRef<Path>, msp_id: &str) -> Result<MspConfig, MspError> {
    let dir = dir.as_ref();
    let root_certs = pems(&dir.join("cacerts"))?;
    if root_certs.is_empty() {
        return Err(file_error(
            &dir.join("cacerts"),
            "no valid CA certificate found",
        ));
    }
    let (organizational_unit_identifiers, fabric_node_ous) = units(dir)?;
    let config = FabricMspConfig {
        name: msp_id.to_owned(),
        root_certs,
        intermediate_certs: pems(&dir.join("intermediatecerts"))?,
        admins: pems(&dir.join("admincerts"))?,
        revocation_list: pems(&dir.join("crls"))?,
        signing_identity: None,
        organizational_unit_identifiers,
        crypto_config: Some(FabricCryptoConfig {
            signature_hash_family: "SHA2".into(),
            identity_identifier_hash_function: "SHA256".into(),
        }),
        tls_root_certs: pems(&dir.join("tlscacerts"))?,
        tls_intermediate_certs: pems(&dir.join("tlsintermediatecerts"))?,
        fabric_node_ous,
    };
    Ok(MspConfig {
        r#type: 0,
        config: config.encode_to_vec().into(),
    })
}

fn file_error(path: &Path, why: impl ToString) -> MspError {
    MspError::File {
        path: path.to_owned(),
        why: why.to_string(),
    }
}

/// Contents of the PEM files of a directory, in the order of their names. A missing directory has none.
fn pems(dir: &Path) -> Result<Vec<Bytes>, MspError> {
    let mut out = Vec::new();
    for path in files(dir)? {
        let bytes = fs::read(&path).map_err(|error| file_error(&path, error))?;
        if first_block(&bytes).is_some() {
            out.push(bytes.into());
        }
    }
    Ok(out)
}

fn files(dir: &Path) -> Result<Vec<PathBuf>, MspError> {
    let entries = match fs::read_dir(dir) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        other => other.map_err(|error| file_error(dir, error))?,
    };
    let mut paths = Vec::new();
    for entry in entries {
        let path = entry.map_err(|error| file_error(dir, error))?.path();
        if path.is_file() {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

type Units = (Vec<FabricOuIdentifier>, Option<FabricNodeOUs>);

fn units(dir: &Path) -> Result<Units, MspError> {
    let path = dir.join("config.yaml");
    let text = match fs::read_to_string(&path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Ok((Vec::new(), None));
        }
        other => other.map_err(|error| file_error(&path, error))?,
    };
    let file: Option<ConfigFile> =
        serde_yaml_ng::from_str(&text).map_err(|error| file_error(&path, error))?;
    let file = file.unwrap_or_default();
    let mut identifiers = Vec::new();
    for entry in &file.organizational_unit_identifiers {
        let certificate = dir.join(&entry.certificate);
        let pem = fs::read(&certificate).map_err(|error| file_error(&certificate, error))?;
        identifiers.push(FabricOuIdentifier {
            certificate: pem.into(),
            organizational_unit_identifier: entry.organizational_unit_identifier.clone(),
        });
    }
    let node_ous = file
        .node_ous
        .filter(|ous| ous.enable)
        .map(|ous| FabricNodeOUs {
            enable: true,
            client_ou_identifier: role(dir, ous.client),
            peer_ou_identifier: role(dir, ous.peer),
            admin_ou_identifier: role(dir, ous.admin),
            orderer_ou_identifier: role(dir, ous.orderer),
        });
    Ok((identifiers, node_ous))
}

/// A role without a unit name is undefined. A certificate that cannot be read is left out, so that any CA of the MSP
/// may certify the role: Fabric does the same.
fn role(dir: &Path, entry: Option<OuEntry>) -> Option<FabricOuIdentifier> {
    let entry = entry.filter(|entry| !entry.organizational_unit_identifier.is_empty())?;
    let certificate = match entry.certificate.is_empty() {
        true => Bytes::new(),
        false => fs::read(dir.join(&entry.certificate))
            .unwrap_or_default()
            .into(),
    };
    Some(FabricOuIdentifier {
        certificate,
        organizational_unit_identifier: entry.organizational_unit_identifier,
    })
}

/// The first certificate of `signcerts`, PEM.
pub(super) fn signing_certificate(dir: &Path) -> Result<Bytes, MspError> {
    let signcerts = dir.join("signcerts");
    pems(&signcerts)?.into_iter().next().ok_or_else(|| {
        MspError::refused(format!(
            "could not load a valid signer certificate from directory {}",
            signcerts.display()
        ))
    })
}

/// The key of `certificate`: the file `<hex ski>_sk` of `keystore`, else any file there that holds it.
pub(super) fn signing_key(
    keystore: &Path,
    certificate: &Certificate,
) -> Result<PrivateKey, MspError> {
    let public = certificate.public_key()?;
    let named = keystore.join(format!("{}_sk", hex::encode(public.ski())));
    let mut candidates = vec![named];
    candidates.extend(files(keystore)?);
    for path in candidates {
        let small = fs::metadata(&path).is_ok_and(|meta| meta.len() <= MAX_KEY_FILE);
        let key = small.then(|| fs::read(&path).ok()).flatten();
        if let Some(key) = key.and_then(|pem| PrivateKey::from_pem(&pem).ok())
            && key.public_key() == public
        {
            return Ok(key);
        }
    }
    Err(file_error(
        keystore,
        format!(
            "no key with subject key identifier {} found",
            hex::encode(public.ski())
        ),
    ))
}
