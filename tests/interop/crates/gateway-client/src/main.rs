//! An application on the crate `fabric-gateway`. Arguments: the folder of a network that `selvedge dev --no-session` with
//! chaincode `script` has made, and the addresses of its peers as a JSON list.

mod cases;

use fabric_gateway::{EcdsaP256Signer, Gateway, Identity};
use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tonic::transport::{Certificate, Channel, ClientTlsConfig};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// The network, and who may use it.
struct Network {
    directory: PathBuf,
    addresses: Vec<String>,
}

impl Network {
    fn organisation(&self, number: usize) -> PathBuf {
        let organisations = self.directory.join("peerOrganizations");
        organisations.join(format!("org{number}.example.com"))
    }

    /// To the peer of an organisation, from 1, by the name in its certificate.
    async fn channel(&self, number: usize) -> Result<Channel> {
        let host = format!("peer0.org{number}.example.com");
        let roots = self.organisation(number).join("peers").join(&host);
        let roots = std::fs::read(roots.join("tls/ca.crt"))?;
        let tls = ClientTlsConfig::new()
            .ca_certificate(Certificate::from_pem(roots))
            .domain_name(host);
        let address = format!("https://{}", self.addresses[number - 1]);
        Ok(Channel::from_shared(address)?
            .tls_config(tls)?
            .connect()
            .await?)
    }

    fn msp(&self, number: usize) -> PathBuf {
        let user = format!("users/User1@org{number}.example.com/msp");
        self.organisation(number).join(user)
    }

    fn identity(&self, number: usize) -> Result<Identity> {
        let certificate = only(&self.msp(number).join("signcerts"))?;
        Ok(Identity::from_cert_file(
            format!("Org{number}MSP"),
            certificate,
        )?)
    }

    fn signer(&self, number: usize) -> Result<Arc<EcdsaP256Signer>> {
        let key = only(&self.msp(number).join("keystore"))?;
        Ok(Arc::new(EcdsaP256Signer::from_file(key)?))
    }

    async fn gateway(&self, number: usize) -> Result<Gateway> {
        const PATIENCE: Duration = Duration::from_secs(60);
        let channel = self.channel(number).await?;
        let gateway = Gateway::builder(self.identity(number)?, channel)
            .with_sign(self.signer(number)?)
            .with_evaluate_timeout(PATIENCE)
            .with_endorse_timeout(PATIENCE)
            .with_submit_timeout(PATIENCE)
            .with_commit_status_timeout(PATIENCE);
        Ok(gateway.connect()?)
    }
}

fn only(folder: &Path) -> Result<PathBuf> {
    let first = std::fs::read_dir(folder)?.next();
    Ok(first
        .ok_or_else(|| format!("{} is empty", folder.display()))??
        .path())
}

#[tokio::main]
async fn main() -> Result<()> {
    rustls::crypto::ring::default_provider()
        .install_default()
        .map_err(|_| "somebody chose algorithms already")?;
    let mut arguments = std::env::args().skip(1);
    let (Some(directory), Some(addresses)) = (arguments.next(), arguments.next()) else {
        return Err("usage: gateway-client <folder> <addresses>".into());
    };
    let network = Network {
        directory: directory.into(),
        addresses: serde_json::from_str(&addresses)?,
    };
    cases::all(&network).await
}
