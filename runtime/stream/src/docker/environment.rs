//! What chaincode in a container is told. Fabric: core/container/dockercontroller/dockercontroller.go GetEnv, Start.

use crate::launch::{ClientMaterial, Introduction};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::io;

/// Where the files of TLS are in the container.
pub(super) const TLS_DIRECTORY: &str = "/etc/hyperledger/fabric";

/// Variables, `NAME=value`.
pub(super) fn variables(introduction: &Introduction) -> Vec<String> {
    let logging = &introduction.logging;
    let mut variables = vec![
        format!("CORE_CHAINCODE_ID_NAME={}", introduction.chaincode_id),
        format!("CORE_CHAINCODE_LOGGING_LEVEL={}", logging.level),
        format!("CORE_CHAINCODE_LOGGING_SHIM={}", logging.shim),
        format!("CORE_CHAINCODE_LOGGING_FORMAT={}", logging.format),
        // Fabric names the address on the command line only. An image of one's own may prefer this.
        format!("CORE_PEER_ADDRESS={}", introduction.peer_address),
        format!("CORE_PEER_TLS_ENABLED={}", introduction.tls.is_some()),
    ];
    if introduction.tls.is_some() {
        let files = [
            ("CORE_TLS_CLIENT_KEY_PATH", "client.key"),
            ("CORE_TLS_CLIENT_CERT_PATH", "client.crt"),
            ("CORE_TLS_CLIENT_KEY_FILE", "client_pem.key"),
            ("CORE_TLS_CLIENT_CERT_FILE", "client_pem.crt"),
            ("CORE_PEER_TLS_ROOTCERT_FILE", "peer.crt"),
        ];
        variables.extend(files.map(|(name, file)| format!("{name}={TLS_DIRECTORY}/{file}")));
    }
    variables.push(format!("CORE_PEER_LOCALMSPID={}", introduction.msp_id));
    variables
}

/// A tar of the files of TLS, for [`TLS_DIRECTORY`]. Two of them are base64 of the PEM, as old shims read them.
pub(super) fn tls_files(tls: &ClientMaterial) -> io::Result<Vec<u8>> {
    let files = [
        ("client.key", STANDARD.encode(&tls.key)),
        ("client.crt", STANDARD.encode(&tls.certificate)),
        ("client_pem.key", tls.key.clone()),
        ("client_pem.crt", tls.certificate.clone()),
        ("peer.crt", tls.root.clone()),
    ];
    let mut tar = tar::Builder::new(Vec::new());
    for (name, content) in files {
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(tar::EntryType::Regular);
        header.set_size(content.len() as u64);
        // The program may run as anybody.
        header.set_mode(0o100_644);
        header.set_mtime(0);
        tar.append_data(&mut header, name, content.as_bytes())?;
    }
    tar.into_inner()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::launch::Logging;
    use std::io::Read;

    fn introduction(tls: bool) -> Introduction {
        Introduction {
            chaincode_id: "cc:ab".into(),
            peer_address: "peer0:7052".into(),
            msp_id: "Org1MSP".into(),
            tls: tls.then(|| ClientMaterial {
                certificate: "CERT".into(),
                key: "KEY".into(),
                root: "ROOT".into(),
            }),
            logging: Logging {
                level: "info".into(),
                shim: "warn".into(),
                format: "%{message}".into(),
            },
        }
    }

    #[test]
    fn variables_are_fabrics() {
        assert_eq!(
            variables(&introduction(false)),
            [
                "CORE_CHAINCODE_ID_NAME=cc:ab",
                "CORE_CHAINCODE_LOGGING_LEVEL=info",
                "CORE_CHAINCODE_LOGGING_SHIM=warn",
                "CORE_CHAINCODE_LOGGING_FORMAT=%{message}",
                "CORE_PEER_ADDRESS=peer0:7052",
                "CORE_PEER_TLS_ENABLED=false",
                "CORE_PEER_LOCALMSPID=Org1MSP",
            ]
        );
        let with_tls = variables(&introduction(true));
        assert_eq!(
            with_tls[5..11],
            [
                "CORE_PEER_TLS_ENABLED=true",
                "CORE_TLS_CLIENT_KEY_PATH=/etc/hyperledger/fabric/client.key",
                "CORE_TLS_CLIENT_CERT_PATH=/etc/hyperledger/fabric/client.crt",
                "CORE_TLS_CLIENT_KEY_FILE=/etc/hyperledger/fabric/client_pem.key",
                "CORE_TLS_CLIENT_CERT_FILE=/etc/hyperledger/fabric/client_pem.crt",
                "CORE_PEER_TLS_ROOTCERT_FILE=/etc/hyperledger/fabric/peer.crt",
            ]
        );
    }

    #[test]
    fn two_of_the_files_are_base64() {
        let files = tls_files(&introduction(true).tls.unwrap()).unwrap();
        let mut tar = tar::Archive::new(&files[..]);
        let files = tar.entries().unwrap().map(|entry| {
            let mut entry = entry.unwrap();
            let mut content = String::new();
            entry.read_to_string(&mut content).unwrap();
            (entry.path().unwrap().display().to_string(), content)
        });
        let expected = [
            ("client.key", "S0VZ"),
            ("client.crt", "Q0VSVA=="),
            ("client_pem.key", "KEY"),
            ("client_pem.crt", "CERT"),
            ("peer.crt", "ROOT"),
        ];
        let expected = expected.map(|(name, content)| (name.to_owned(), content.to_owned()));
        assert_eq!(files.collect::<Vec<_>>(), expected);
    }
}
