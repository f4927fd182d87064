//! Authorities that were written before, so that an organisation can grow.

use std::{fs, path::Path};

use super::{CryptoOrganisation, CryptogenError, authority::Authority};

impl CryptoOrganisation {
    /// Reads the authorities of an organisation's directory, as `write` or Fabric's `cryptogen` left them.
    pub fn read(dir: &Path, domain: &str, msp_id: &str) -> Result<Self, CryptogenError> {
        let authority = |prefix: &str| {
            let dir = dir.join(prefix);
            let certificate = read(&dir.join(format!("{prefix}.{domain}-cert.pem")))?;
            Authority::restore(domain, &certificate, &read(&dir.join("priv_sk"))?)
        };
        Ok(Self {
            domain: domain.to_owned(),
            msp_id: msp_id.to_owned(),
            ca: authority("ca")?,
            tls_ca: authority("tlsca")?,
        })
    }
}

fn read(path: &Path) -> Result<Vec<u8>, CryptogenError> {
    fs::read(path).map_err(|source| CryptogenError::File {
        path: path.to_owned(),
        source,
    })
}
