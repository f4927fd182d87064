use crate::launch::{ClientMaterial, Introduction};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// The variables that tell a chaincode who it is and how to reach its peer; certificates are written to `dir`.
///
/// Fabric: core/container/dockercontroller/dockercontroller.go GetEnv and Start.
pub(super) fn environment(
    introduction: &Introduction,
    dir: &Path,
) -> io::Result<Vec<(String, String)>> {
    let mut variables = Vec::new();
    let mut set = |name: &str, value: &str| variables.push((name.to_owned(), value.to_owned()));
    set("CORE_CHAINCODE_ID_NAME", &introduction.chaincode_id);
    set("CORE_PEER_ADDRESS", &introduction.peer_address);
    set("CORE_PEER_LOCALMSPID", &introduction.msp_id);
    let logging = &introduction.logging;
    for (name, value) in [
        ("CORE_CHAINCODE_LOGGING_LEVEL", &logging.level),
        ("CORE_CHAINCODE_LOGGING_SHIM", &logging.shim),
        ("CORE_CHAINCODE_LOGGING_FORMAT", &logging.format),
    ] {
        if !value.is_empty() {
            set(name, value);
        }
    }
    let enabled = introduction.tls.is_some();
    set("CORE_PEER_TLS_ENABLED", &enabled.to_string());
    if let Some(material) = &introduction.tls {
        for (variable, name, content) in files(material) {
            let path = dir.join(name);
            write_private(&path, content.as_bytes())?;
            set(variable, &path.display().to_string());
        }
    }
    Ok(variables)
}

/// Older shims read the two files with base64 of the PEM, newer ones the PEM itself.
fn files(material: &ClientMaterial) -> [(&'static str, &'static str, String); 5] {
    let ClientMaterial {
        certificate,
        key,
        root,
    } = material;
    [
        (
            "CORE_TLS_CLIENT_KEY_PATH",
            "client.key",
            STANDARD.encode(key),
        ),
        (
            "CORE_TLS_CLIENT_CERT_PATH",
            "client.crt",
            STANDARD.encode(certificate),
        ),
        ("CORE_TLS_CLIENT_KEY_FILE", "client_pem.key", key.clone()),
        (
            "CORE_TLS_CLIENT_CERT_FILE",
            "client_pem.crt",
            certificate.clone(),
        ),
        ("CORE_PEER_TLS_ROOTCERT_FILE", "peer.crt", root.clone()),
    ]
}

fn write_private(path: &Path, content: &[u8]) -> io::Result<()> {
    // A new file: nobody else's is overwritten, and no link is followed.
    if path.exists() {
        fs::remove_file(path)?;
    }
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    file.write_all(content)
}
