use crate::{CHANNEL, Network, Result, passed};
use fabric_sdk::fabric::discovery::query::Query as Question;
use fabric_sdk::fabric::discovery::query_result::Result as Answer;
use fabric_sdk::fabric::discovery::{
    ChaincodeQuery, ConfigQuery, PeerMembershipQuery, Query, QueryResult,
};
use fabric_sdk::fabric::protos::{ChaincodeCall, ChaincodeInterest};
use fabric_sdk::gateway::client::Client;
use fabric_sdk::gateway::snapshot::{SnapshotQueryBuilder, SnapshotRequestBuilder};

pub(crate) async fn all(network: &Network) -> Result<()> {
    let user = network.client(1, "User1").await?;
    let admin = network.client(1, "Admin").await?;
    ledger(&user).await?;
    channels(&admin).await?;
    definitions(&admin).await?;
    discovery(&user).await?;
    snapshots(network, &admin).await
}

async fn ledger(client: &Client) -> Result<()> {
    let qscc = client.get_qscc_client();
    let height = qscc.get_chain_info(CHANNEL).await?.height;
    let block = qscc.get_block_by_number(CHANNEL, height - 1).await?;
    assert_eq!(block.header.map(|header| header.number), Some(height - 1));
    let error = qscc
        .get_chain_info("nowhere")
        .await
        .err()
        .ok_or("answered")?;
    assert!(error.to_string().contains("nowhere"), "{error}");
    passed("qscc")
}

async fn channels(admin: &Client) -> Result<()> {
    let cscc = admin.get_cscc_client();
    let channels = cscc.get_channels().await?.channels;
    assert_eq!(channels.len(), 1);
    assert_eq!(channels[0].channel_id, CHANNEL);
    let group = cscc.get_channel_config(CHANNEL).await?.channel_group;
    assert!(group.is_some_and(|group| group.groups.contains_key("Application")));
    let block = cscc.get_config_block(CHANNEL).await?;
    assert_eq!(block.header.map(|header| header.number), Some(0));
    passed("cscc")
}

async fn definitions(admin: &Client) -> Result<()> {
    let lifecycle = admin.get_lifecycle_client();
    let installed = lifecycle.query_installed_chaincodes().await?;
    assert_eq!(installed.installed_chaincodes.len(), 1);
    let defined = lifecycle.query_chaincode_definitions(CHANNEL).await?;
    let names: Vec<&str> = defined
        .chaincode_definitions
        .iter()
        .map(|one| one.name.as_str())
        .collect();
    assert_eq!(names, ["script"]);
    passed("the lifecycle's queries")
}

fn question(query: Question) -> Query {
    Query {
        channel: CHANNEL.to_owned(),
        query: Some(query),
    }
}

async fn discovery(client: &Client) -> Result<()> {
    let script = ChaincodeCall {
        name: "script".to_owned(),
        ..Default::default()
    };
    let interests = vec![ChaincodeInterest {
        chaincodes: vec![script],
    }];
    let mut call = client.get_discovery_call_builder();
    call.add_query(question(Question::ConfigQuery(ConfigQuery {})))?
        .add_query(question(Question::PeerQuery(PeerMembershipQuery {
            filter: None,
        })))?
        .add_query(question(Question::CcQuery(ChaincodeQuery { interests })))?;
    let answers: Vec<QueryResult> = client.submit_discover_call(call.build()?).await?;
    let answers: Vec<Option<Answer>> = answers.into_iter().map(|answer| answer.result).collect();
    let [
        Some(Answer::ConfigResult(config)),
        Some(Answer::Members(members)),
        Some(Answer::CcQueryRes(endorsers)),
    ] = answers.as_slice()
    else {
        return Err(format!("{answers:?}").into());
    };
    assert_eq!((config.msps.len(), config.orderers.len()), (3, 1));
    assert_eq!(members.peers_by_org.len(), 2);
    let layouts = &endorsers.content[0].layouts;
    let quantities: Vec<u32> = layouts[0].quantities_by_group.values().copied().collect();
    assert_eq!(quantities, [1, 1], "the policy asks for both");
    passed("discovery")
}

async fn snapshots(network: &Network, admin: &Client) -> Result<()> {
    let mut service = admin.create_snapshot_client()?;
    let identity = || network.identity(1, "Admin");
    let pending = async |service: &mut fabric_sdk::gateway::snapshot::SnapshotClientWrapper| -> Result<Vec<u64>> {
        let query = SnapshotQueryBuilder::new(identity()?).with_channel_id(CHANNEL)?;
        Ok(service.query_pendings(query.build_signed_query()?).await?.block_numbers)
    };
    let request = || -> Result<_> {
        let request = SnapshotRequestBuilder::new(identity()?).with_channel_id(CHANNEL)?;
        Ok(request
            .with_block_number(1_000_000)
            .build_signed_request()?)
    };
    service.generate(request()?).await?;
    assert_eq!(pending(&mut service).await?, [1_000_000]);
    service.cancel(request()?).await?;
    assert_eq!(pending(&mut service).await?, Vec::<u64>::new());
    // Only an administrator may.
    let user = network.identity(1, "User1")?;
    let query = SnapshotQueryBuilder::new(user).with_channel_id(CHANNEL)?;
    assert!(
        service
            .query_pendings(query.build_signed_query()?)
            .await
            .is_err()
    );
    passed("snapshots")
}
