//! The `script` chaincode on the chaincode side of the crate `fabric-sdk`, which dials its peer. What each operation does
//! is set down in tests/golden/README.md; those that the crate has no call for stop the transaction.

mod operations;

use fabric_sdk::prelude::{Context, derives::functions, derives::transaction, serde_json};
use serde_json::{Value, json};
use std::os::unix::process::CommandExt;
use std::process::Command;

/// What an external builder hands to the crate, as JSON.
const METADATA: &str = "METADATA";

#[transaction]
async fn run(ctx: Context, script: Vec<Vec<Value>>) -> Vec<Value> {
    operations::all(&ctx, &script).await
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    if std::env::var_os(METADATA).is_none() {
        return Err(introduced()?.into());
    }
    fabric_sdk::chaincode::initialize()
        .register("", functions![run])
        .launch();
    Ok(())
}

/// The crate knows `chaincode.json` of external builders and nothing of the variables that Fabric sets for containers and
/// processes. Starts this program again with the one made of the others; returns only what went wrong.
fn introduced() -> Result<std::io::Error, Box<dyn std::error::Error>> {
    let file = |name: &str| -> Result<String, Box<dyn std::error::Error>> {
        Ok(std::fs::read_to_string(std::env::var(name)?)?)
    };
    let metadata = json!({
        "chaincode_id": std::env::var("CORE_CHAINCODE_ID_NAME")?,
        "mspid": std::env::var("CORE_PEER_LOCALMSPID")?,
        "peer_address": std::env::var("CORE_PEER_ADDRESS")?,
        "client_cert": file("CORE_TLS_CLIENT_CERT_FILE")?,
        "client_key": file("CORE_TLS_CLIENT_KEY_FILE")?,
        "root_cert": file("CORE_PEER_TLS_ROOTCERT_FILE")?,
    });
    let program = std::env::current_exe()?;
    Ok(Command::new(program)
        .env(METADATA, metadata.to_string())
        .exec())
}
