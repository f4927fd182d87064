//! An application on the client side of the crate `fabric-sdk`. Arguments: the folder of a network that `selvedge dev
//! --no-session` with chaincode `script` has made, and the addresses of its peers as a JSON list.

mod administration;
mod transactions;

use fabric_sdk::gateway::client::{Client, ClientBuilder};
use fabric_sdk::identity::{Identity, IdentityBuilder};
use std::error::Error;
use std::path::{Path, PathBuf};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

const CHANNEL: &str = "dev";

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

    /// `User1` or `Admin` of an organisation, from 1.
    fn identity(&self, number: usize, name: &str) -> Result<Identity> {
        let user = format!("users/{name}@org{number}.example.com/msp");
        let msp = self.organisation(number).join(user);
        let key = String::from_utf8(only(&msp.join("keystore"))?)?;
        Ok(IdentityBuilder::from_pem(only(&msp.join("signcerts"))?)?
            .with_msp(format!("Org{number}MSP"))?
            .with_private_key(key)?
            .build()?)
    }

    /// A client of that organisation's peer, which the crate knows by its address only.
    async fn client(&self, number: usize, name: &str) -> Result<Client> {
        let peer = format!("peers/peer0.org{number}.example.com/tls/ca.crt");
        let mut client = ClientBuilder::new()
            .with_identity(self.identity(number, name)?)?
            .with_tls(std::fs::read(self.organisation(number).join(peer))?)?
            .with_authority(self.addresses[number - 1].replace("127.0.0.1", "localhost"))?
            .build()?;
        client.connect().await?;
        Ok(client)
    }
}

/// The one file of a folder.
fn only(folder: &Path) -> Result<Vec<u8>> {
    let first = std::fs::read_dir(folder)?.next();
    let first = first.ok_or_else(|| format!("{} is empty", folder.display()))??;
    Ok(std::fs::read(first.path())?)
}

fn passed(name: &str) -> Result<()> {
    println!("ok  {name}");
    Ok(())
}

#[tokio::main]
async fn main() -> Result<()> {
    rustls::crypto::ring::default_provider()
        .install_default()
        .map_err(|_| "somebody chose algorithms already")?;
    let mut arguments = std::env::args().skip(1);
    let (Some(directory), Some(addresses)) = (arguments.next(), arguments.next()) else {
        return Err("usage: sdk-client <folder> <addresses>".into());
    };
    let network = Network {
        directory: directory.into(),
        addresses: serde_json::from_str(&addresses)?,
    };
    transactions::all(&network).await?;
    administration::all(&network).await
}
