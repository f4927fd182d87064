//! `snapshot submitrequest|cancelrequest|listpending`. Fabric: internal/peer/snapshot.

use anyhow::{Result, anyhow, bail};
use bytes::Bytes;
use prost::Message;
use selvedge_protos::common::SignatureHeader;
use selvedge_protos::protos::{
    SignedSnapshotRequest, SnapshotQuery, SnapshotRequest, snapshot_client::SnapshotClient,
};
use tonic::transport::Channel;

use super::args::{Snapshot, SnapshotAtArgs, SnapshotFlags};
use super::core_config::CoreConfig;
use super::flags::ConnectionFlags;
use super::session::{Peers, Session};
use crate::client::Fresh;

/// Runs a verb; what it returns goes to standard output.
pub(super) async fn run(config: CoreConfig, command: Snapshot) -> Result<String> {
    match command {
        Snapshot::Submitrequest(args) => submit(config, args).await,
        Snapshot::Cancelrequest(args) => cancel(config, args).await,
        Snapshot::Listpending(flags) => list(config, flags).await,
    }
}

async fn submit(config: CoreConfig, args: SnapshotAtArgs) -> Result<String> {
    let (mut peer, session) = open(config, &args.flags, "submitrequest").await?;
    let signed = request(&session, &args)?;
    peer.generate(signed)
        .await
        .map_err(|status| failed("failed to submit the request", &status))?;
    Ok("Snapshot request submitted successfully\n".to_owned())
}

async fn cancel(config: CoreConfig, args: SnapshotAtArgs) -> Result<String> {
    require_channel(&args.flags)?;
    if args.block == 0 {
        bail!(
            "the required parameter 'blockNumber' is empty or set to 0. Rerun the command with -b flag"
        );
    }
    let (mut peer, session) = open(config, &args.flags, "cancelrequest").await?;
    let signed = request(&session, &args)?;
    peer.cancel(signed)
        .await
        .map_err(|status| failed("failed to cancel the request", &status))?;
    Ok("Snapshot request cancelled successfully\n".to_owned())
}

async fn list(config: CoreConfig, flags: SnapshotFlags) -> Result<String> {
    let (mut peer, session) = open(config, &flags, "listpending").await?;
    let query = SnapshotQuery {
        signature_header: Some(header(&session)?),
        channel_id: flags.on.channel.clone(),
    };
    let answer = peer
        .query_pendings(sign(&session, &query))
        .await
        .map_err(|status| failed("failed to list pending requests", &status))?;
    let numbers: Vec<String> = answer
        .into_inner()
        .block_numbers
        .iter()
        .map(u64::to_string)
        .collect();
    Ok(format!(
        "Successfully got pending snapshot requests: [{}]\n",
        numbers.join(" ")
    ))
}

fn failed(what: &str, status: &tonic::Status) -> anyhow::Error {
    anyhow!(
        "{what}: rpc error: code = {:?} desc = {}",
        status.code(),
        status.message()
    )
}

fn require_channel(flags: &SnapshotFlags) -> Result<()> {
    if flags.on.channel.is_empty() {
        bail!("the required parameter 'channelID' is empty. Rerun the command with -c flag");
    }
    Ok(())
}

async fn open(
    config: CoreConfig,
    flags: &SnapshotFlags,
    command: &str,
) -> Result<(SnapshotClient<Channel>, Session)> {
    require_channel(flags)?;
    let with_tls = config.flag("peer.tls.enabled")?;
    if with_tls && flags.tls_root_cert_file.is_none() {
        bail!(
            "the required parameter 'tlsRootCertFile' is empty. Rerun the command with --tlsRootCertFile flag"
        );
    }
    let address = match &flags.peer_address {
        Some(address) => address.clone(),
        None => config.required("peer.address", "the peer's address")?,
    };
    let connection = ConnectionFlags {
        peer_addresses: vec![address],
        tls_root_cert_files: flags.tls_root_cert_file.iter().cloned().collect(),
        ..ConnectionFlags::default()
    };
    let session = Session::open(config, command, &connection, "", Peers::One).await?;
    let peer = session.peers.first();
    let peer = peer.ok_or_else(|| anyhow!("no peer to ask"))?;
    Ok((SnapshotClient::new(peer.channel.clone()), session))
}

fn request(session: &Session, args: &SnapshotAtArgs) -> Result<SignedSnapshotRequest> {
    let request = SnapshotRequest {
        signature_header: Some(header(session)?),
        channel_id: args.flags.on.channel.clone(),
        block_number: args.block,
    };
    Ok(sign(session, &request))
}

fn header(session: &Session) -> Result<SignatureHeader> {
    Ok(SignatureHeader {
        creator: session.signer.serialized().clone(),
        nonce: Bytes::copy_from_slice(&Fresh::from_system()?.nonce),
    })
}

fn sign(session: &Session, message: &impl Message) -> SignedSnapshotRequest {
    let request = message.encode_to_vec();
    SignedSnapshotRequest {
        signature: session.signer.sign(&request).into(),
        request: request.into(),
    }
}
