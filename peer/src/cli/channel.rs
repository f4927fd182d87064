//! `channel create|join|joinbysnapshot|joinbysnapshotstatus|list|getinfo|fetch|signconfigtx|update`. Fabric: internal/peer/channel.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use prost::Message;
use selvedge_protos::common::{
    Block, BlockMetadataIndex, BlockchainInfo, HeaderType, LastConfig, Metadata,
};
use selvedge_protos::orderer::seek_info::SeekErrorResponse;
use selvedge_protos::protos::{ChannelQueryResponse, JoinBySnapshotStatus};

use super::args::{
    Channel, CreateArgs, FetchArgs, GetInfoArgs, JoinArgs, JoinBySnapshotArgs, ListArgs,
};
use super::channel_profile;
use super::config_tx;
use super::core_config::CoreConfig;
use super::files::write_atomically;
use super::note;
use super::session::{Peers, Session};
use crate::client::{self, BlockSource, Call, Fresh, Seek, decode};

/// Runs a verb; what it returns goes to standard output.
pub(super) async fn run(config: CoreConfig, command: Channel) -> Result<String> {
    match command {
        Channel::Create(args) => create(config, args).await,
        Channel::Join(args) => join(config, args).await,
        Channel::Joinbysnapshot(args) => join_by_snapshot(config, args).await,
        Channel::Joinbysnapshotstatus(args) => join_by_snapshot_status(config, args).await,
        Channel::List(args) => list(config, args).await,
        Channel::Getinfo(args) => get_info(config, args).await,
        Channel::Fetch(args) => fetch(config, args).await,
        Channel::Signconfigtx(args) => config_tx::sign_file(config, args),
        Channel::Update(args) => config_tx::update(config, args).await,
    }
}

fn system(chaincode: &str, args: Vec<Bytes>) -> Call {
    Call {
        chaincode: chaincode.to_owned(),
        args,
        ..Call::default()
    }
}

async fn join(config: CoreConfig, args: JoinArgs) -> Result<String> {
    let Some(path) = args.block else {
        bail!("Must supply genesis block path")
    };
    let block = std::fs::read(&path).map_err(|error| {
        anyhow::anyhow!("genesis block file not found {error}: {}", path.display())
    })?;
    let session = Session::open(config, "join", &args.connection, "", Peers::One).await?;
    let call = system("cscc", vec![Bytes::from_static(b"JoinChain"), block.into()]);
    execute_join(&session, &call).await?;
    Ok(String::new())
}

async fn execute_join(session: &Session, call: &Call) -> Result<()> {
    let response = session
        .ask_as(HeaderType::Config, call)
        .await
        .context("proposal failed")?;
    if !matches!(response.status, 0 | 200) {
        bail!(
            "proposal failed (err: bad proposal response {}: {})",
            response.status,
            response.message
        );
    }
    note("Successfully submitted proposal to join channel");
    Ok(())
}

/// Fabric: internal/peer/channel/joinbysnapshot.go.
async fn join_by_snapshot(config: CoreConfig, args: JoinBySnapshotArgs) -> Result<String> {
    let Some(dir) = args.snapshot.filter(|dir| !dir.is_empty()) else {
        bail!(
            "the required parameter 'snapshotpath' is empty. Rerun the command with --snapshotpath flag"
        )
    };
    let session = Session::open(config, "joinbysnapshot", &args.connection, "", Peers::One).await?;
    let function = Bytes::from_static(b"JoinChainBySnapshot");
    execute_join(&session, &system("cscc", vec![function, dir.into()])).await?;
    note(
        "The joinbysnapshot operation is in progress. Use \"peer channel joinbysnapshotstatus\" to check the status.",
    );
    Ok(String::new())
}

/// Fabric: internal/peer/channel/joinbysnapshotstatus.go.
async fn join_by_snapshot_status(config: CoreConfig, args: ListArgs) -> Result<String> {
    let command = "joinbysnapshotstatus";
    let session = Session::open(config, command, &args.connection, "", Peers::One).await?;
    let function = Bytes::from_static(b"JoinBySnapshotStatus");
    let response = session.ask(&system("cscc", vec![function])).await?;
    if response.status != 200 {
        bail!(
            "received bad response, status {}: {}",
            response.status,
            response.message
        );
    }
    let status: JoinBySnapshotStatus = decode(&response.payload)?;
    Ok(if status.in_progress {
        format!(
            "A joinbysnapshot operation is in progress for snapshot at {}\n",
            status.bootstrapping_snapshot_dir
        )
    } else {
        "No joinbysnapshot operation is in progress\n".to_owned()
    })
}

async fn list(config: CoreConfig, args: ListArgs) -> Result<String> {
    let session = Session::open(config, "list", &args.connection, "", Peers::One).await?;
    let response = session
        .ask(&system("cscc", vec![Bytes::from_static(b"GetChannels")]))
        .await?;
    if response.status != 200 {
        bail!(
            "received bad response, status {}: {}",
            response.status,
            response.message
        );
    }
    let channels: ChannelQueryResponse = decode(&response.payload)?;
    let names = channels
        .channels
        .iter()
        .map(|channel| format!("{}\n", channel.channel_id));
    Ok(format!(
        "Channels peers has joined: \n{}",
        names.collect::<String>()
    ))
}

async fn get_info(config: CoreConfig, args: GetInfoArgs) -> Result<String> {
    if args.on.channel.is_empty() {
        bail!("Must supply channel ID");
    }
    let session = Session::open(
        config,
        "getinfo",
        &args.connection,
        &args.on.channel,
        Peers::One,
    )
    .await?;
    let call = system(
        "qscc",
        vec![Bytes::from_static(b"GetChainInfo"), args.on.channel.into()],
    );
    let response = session
        .ask(&call)
        .await
        .context("failed sending proposal")?;
    if response.status != 200 {
        bail!(
            "received bad response, status {}: {}",
            response.status,
            response.message
        );
    }
    Ok(format!(
        "Blockchain info: {}\n",
        info(&decode(&response.payload)?)
    ))
}

/// Go's compact JSON of the message; empty members are left out.
fn info(info: &BlockchainInfo) -> String {
    let mut members = Vec::new();
    if info.height != 0 {
        members.push(format!("\"height\":{}", info.height));
    }
    for (name, hash) in [
        ("currentBlockHash", &info.current_block_hash),
        ("previousBlockHash", &info.previous_block_hash),
    ] {
        if !hash.is_empty() {
            members.push(format!("\"{name}\":\"{}\"", STANDARD.encode(hash)));
        }
    }
    if let Some(snapshot) = &info.bootstrapping_snapshot_info {
        let last = match snapshot.last_block_in_snapshot {
            0 => String::new(),
            last => format!("\"lastBlockInSnapshot\":{last}"),
        };
        members.push(format!("\"bootstrappingSnapshotInfo\":{{{last}}}"));
    }
    format!("{{{}}}", members.join(","))
}

async fn fetch(config: CoreConfig, args: FetchArgs) -> Result<String> {
    if args.on.channel.is_empty() {
        bail!("Must supply channel ID");
    }
    let Some(target) = args.target else {
        bail!("fetch target required, oldest, newest, config, or a number")
    };
    let seek = match target.as_str() {
        "oldest" => Seek::Oldest,
        "newest" | "config" => Seek::Newest,
        number => Seek::Number(number.parse().map_err(|_| {
            anyhow::anyhow!(
                "fetch target illegal: {number}; it is oldest, newest, config, or a number"
            )
        })?),
    };
    let session = Session::open(
        config,
        "fetch",
        &args.connection,
        &args.on.channel,
        Peers::One,
    )
    .await?;
    let from_orderer = args.orderer.orderer.contains(':');
    let (source, channel, address) = if from_orderer {
        let endpoint = session
            .orderer_endpoint(&args.orderer, &args.on.channel)
            .await?;
        (
            BlockSource::Orderer,
            client::connect(&endpoint).await?,
            endpoint.address,
        )
    } else {
        let peer = session.peers.first().context("no peer to ask")?;
        (
            BlockSource::Peer,
            peer.channel.clone(),
            peer.address.clone(),
        )
    };
    let errors = match args.best_effort {
        true => SeekErrorResponse::BestEffort,
        false => SeekErrorResponse::Strict,
    };
    let get = async |seek| -> Result<Block> {
        let fresh = Fresh::from_system()?;
        let from = (&channel, address.as_str());
        let name = &args.on.channel;
        let signer = &session.signer;
        Ok(client::fetch_block(source, from, name, seek, errors, signer, &fresh).await?)
    };
    let mut block = get(seek).await?;
    if target == "config" {
        block = get(Seek::Number(last_config(&block)?)).await?;
    }
    let number = block
        .header
        .as_ref()
        .map(|header| header.number)
        .unwrap_or_default();
    note(&format!("Received block: {number}"));
    let file = args
        .output_file
        .unwrap_or_else(|| format!("{}_{target}.block", args.on.channel).into());
    write_atomically(&file, &block.encode_to_vec())?;
    Ok(String::new())
}

/// Fabric: internal/peer/channel/create.go. The orderers of Fabric 3 refuse such a transaction; those before take it.
async fn create(config: CoreConfig, args: CreateArgs) -> Result<String> {
    if args.on.channel.is_empty() {
        bail!("must supply channel ID");
    }
    // Nobody else can be asked for it: the channel is not there yet.
    if args.orderer.orderer.is_empty() {
        bail!("must supply orderer address");
    }
    let channel = &args.on.channel;
    let transaction = match args.file.filter(|path| !path.as_os_str().is_empty()) {
        Some(path) => config_tx::read(&path)?,
        None => channel_profile::creation(&config.resolve(Path::new("configtx.yaml")), channel)?,
    };
    let session = Session::alone(config)?;
    config_tx::submit(&session, &transaction, channel, &args.orderer).await?;
    let endpoint = session.orderer_endpoint(&args.orderer, channel).await?;
    let first = async {
        loop {
            let service = client::connect(&endpoint).await?;
            let (fresh, from) = (Fresh::from_system()?, (&service, endpoint.address.as_str()));
            let (source, at) = (BlockSource::Orderer, Seek::Number(0));
            let (errors, signer) = (SeekErrorResponse::Strict, &session.signer);
            match client::fetch_block(source, from, channel, at, errors, signer, &fresh).await {
                Ok(block) => return Ok::<_, anyhow::Error>(block),
                Err(_) => tokio::time::sleep(CREATION_PAUSE).await,
            }
        }
    };
    let block = tokio::time::timeout(args.timeout, first).await;
    let block = block.map_err(|_| anyhow!("timeout waiting for channel creation"))??;
    note("Received block: 0");
    let file = args
        .output_block
        .unwrap_or_else(|| format!("{channel}.block").into());
    write_atomically(&file, &block.encode_to_vec())?;
    Ok(String::new())
}

/// How long after an orderer that has no block yet it is asked again.
const CREATION_PAUSE: Duration = Duration::from_millis(200);

/// The number of the configuration block that was in force. Fabric: protoutil/blockutils.go:GetLastConfigIndexFromBlock.
fn last_config(block: &Block) -> Result<u64> {
    let slots = block
        .metadata
        .as_ref()
        .map(|metadata| metadata.metadata.as_slice())
        .unwrap_or_default();
    let metadata = |index: BlockMetadataIndex| -> Result<Metadata> {
        let slot = usize::try_from(i32::from(index))
            .ok()
            .and_then(|index| slots.get(index));
        Ok(decode(
            slot.context("the block has too few metadata entries")?,
        )?)
    };
    let signatures = metadata(BlockMetadataIndex::Signatures)?;
    if let Ok(value) = decode::<selvedge_protos::common::OrdererBlockMetadata>(&signatures.value)
        && let Some(last) = value.last_config
    {
        return Ok(last.index);
    }
    let slot = slots
        .get(1)
        .context("the block has too few metadata entries")?;
    let old: Metadata = decode(slot)?;
    Ok(decode::<LastConfig>(&old.value)?.index)
}

#[cfg(test)]
mod tests {
    use super::*;
    use selvedge_protos::common::BootstrappingSnapshotInfo;

    #[test]
    fn chain_info_leaves_empty_members_out() {
        let full = BlockchainInfo {
            height: 2,
            current_block_hash: Bytes::from_static(b"a"),
            previous_block_hash: Bytes::from_static(b"b"),
            ..BlockchainInfo::default()
        };
        assert_eq!(
            info(&full),
            r#"{"height":2,"currentBlockHash":"YQ==","previousBlockHash":"Yg=="}"#
        );
        let first = BlockchainInfo {
            previous_block_hash: Bytes::new(),
            ..full
        };
        assert_eq!(info(&first), r#"{"height":2,"currentBlockHash":"YQ=="}"#);
    }

    /// As Fabric's own client prints it of a peer that began with a snapshot (tests/interop/fabric asks both).
    #[test]
    fn chain_info_names_the_snapshot_that_a_ledger_began_with() {
        let begun = |last_block_in_snapshot| BlockchainInfo {
            height: 2,
            bootstrapping_snapshot_info: Some(BootstrappingSnapshotInfo {
                last_block_in_snapshot,
            }),
            ..BlockchainInfo::default()
        };
        assert_eq!(
            info(&begun(9)),
            r#"{"height":2,"bootstrappingSnapshotInfo":{"lastBlockInSnapshot":9}}"#
        );
        assert_eq!(
            info(&begun(0)),
            r#"{"height":2,"bootstrappingSnapshotInfo":{}}"#
        );
    }
}
