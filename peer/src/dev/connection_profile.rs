//! Connection profiles for SDKs, one for each organisation, as fabric-samples' test network writes them.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::{Value, json};

/// What a profile says of an organisation.
pub(super) struct Described<'a> {
    /// `Org1`.
    pub(super) name: &'a str,
    pub(super) msp_id: &'a str,
    /// The peer's name in its certificate.
    pub(super) peer: &'a str,
    pub(super) address: String,
    /// PEM.
    pub(super) tls_ca: &'a str,
}

/// Writes `connection-org1.json` and `.yaml` below `dir`, the organisation's folder. Without a certificate authority:
/// there is none.
pub(super) fn write(dir: &Path, described: &Described<'_>) -> Result<PathBuf> {
    let profile = profile(described);
    let name = described.name.to_lowercase();
    let json = dir.join(format!("connection-{name}.json"));
    let yaml = dir.join(format!("connection-{name}.yaml"));
    let as_json = serde_json::to_string_pretty(&profile)? + "\n";
    let as_yaml = format!("---\n{}", serde_yaml_ng::to_string(&profile)?);
    for (file, text) in [(&json, as_json), (&yaml, as_yaml)] {
        std::fs::write(file, text).with_context(|| format!("writing {}", file.display()))?;
    }
    Ok(json)
}

fn profile(described: &Described<'_>) -> Value {
    let Described {
        name,
        msp_id,
        peer,
        address,
        tls_ca,
    } = described;
    json!({
        "name": format!("selvedge-dev-{}", name.to_lowercase()),
        "version": "1.0.0",
        "client": {
            "organization": name,
            "connection": { "timeout": { "peer": { "endorser": "300" } } },
        },
        "organizations": { *name: { "mspid": msp_id, "peers": [peer] } },
        "peers": {
            *peer: {
                "url": format!("grpcs://{address}"),
                "tlsCACerts": { "pem": tls_ca },
                "grpcOptions": {
                    "ssl-target-name-override": peer,
                    "hostnameOverride": peer,
                },
            },
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_say_the_same() {
        let dir = tempfile::tempdir().unwrap();
        let described = Described {
            name: "Org1",
            msp_id: "Org1MSP",
            peer: "peer0.org1.example.com",
            address: "127.0.0.1:7051".to_owned(),
            tls_ca: "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        };
        let json = write(dir.path(), &described).unwrap();
        assert_eq!(json, dir.path().join("connection-org1.json"));
        let text = std::fs::read_to_string(&json).unwrap();
        let from_json: Value = serde_json::from_str(&text).unwrap();
        let text = std::fs::read_to_string(json.with_extension("yaml")).unwrap();
        let from_yaml: Value = serde_yaml_ng::from_str(&text).unwrap();
        assert_eq!(from_json, from_yaml);
        let peer = &from_json["peers"]["peer0.org1.example.com"];
        assert_eq!(peer["url"], "grpcs://127.0.0.1:7051");
        assert_eq!(peer["tlsCACerts"]["pem"], described.tls_ca);
        assert_eq!(from_json["organizations"]["Org1"]["mspid"], "Org1MSP");
    }
}
