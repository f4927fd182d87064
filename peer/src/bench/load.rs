use anyhow::{Context, Result, bail};
use bytes::Bytes;
use cpu_time::{ProcessTime, ThreadTime};
use prost::Message as _;
use selvedge_protos::protos::SignedProposal;
use std::time::{Duration, Instant};
use tokio::runtime::{Builder, Runtime};
use tonic::transport::Channel;

use super::percentile;
use crate::client::{Endpoint, connect, process};

/// Clients that each send one proposal after the other, all of them on the calling thread.
pub struct Load {
    runtime: Runtime,
    connections: Vec<Channel>,
    address: String,
}

/// What a number of proposals cost.
#[derive(Clone, Debug)]
pub struct Cost {
    /// CPU time of every thread of this process but the client's, per proposal.
    pub peer: Duration,
    /// CPU time of the client's thread, per proposal.
    pub client: Duration,
    /// From the first request to the last answer.
    pub wall: Duration,
    /// From each request to its answer, sorted.
    latencies: Vec<Duration>,
}

impl Cost {
    /// Proposals per second.
    pub fn rate(&self) -> f64 {
        self.latencies.len() as f64 / self.wall.as_secs_f64()
    }

    /// What so many of a hundred did not exceed; zero for none.
    pub fn latency(&self, percent: usize) -> Duration {
        percentile(&self.latencies, percent)
    }
}

impl Load {
    /// Opens as many connections.
    pub fn new(endpoint: &Endpoint, count: usize) -> Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let connections = runtime.block_on(async {
            let mut connections = Vec::new();
            for _ in 0..count {
                connections.push(connect(endpoint).await?);
            }
            anyhow::Ok(connections)
        })?;
        Ok(Self {
            runtime,
            connections,
            address: endpoint.address.clone(),
        })
    }

    pub fn clients(&self) -> usize {
        self.connections.len()
    }

    pub(super) fn connections(&self) -> &[Channel] {
        &self.connections
    }

    /// Runs what uses the connections on the calling thread, which is where they live.
    pub(super) fn run<T>(&self, work: impl Future<Output = Result<T>>) -> Result<T> {
        self.runtime.block_on(work)
    }

    /// Sends every proposal (serialized `protos.SignedProposal`) once; all must be endorsed.
    pub fn send(&self, proposals: &[Bytes]) -> Result<Cost> {
        let count = u32::try_from(proposals.len()).context("too many proposals")?;
        let share = proposals.len().div_ceil(self.connections.len().max(1));
        let (process_time, thread_time) = (ProcessTime::now(), ThreadTime::now());
        let start = Instant::now();
        let mut latencies = self.runtime.block_on(async {
            let mut clients = tokio::task::JoinSet::new();
            for (connection, share) in self.connections.iter().zip(proposals.chunks(share.max(1))) {
                let (connection, address) = (connection.clone(), self.address.clone());
                let share = share.to_vec();
                clients.spawn(async move { one_by_one(connection, address, share).await });
            }
            let mut latencies = Vec::with_capacity(proposals.len());
            while let Some(ended) = clients.join_next().await {
                latencies.extend(ended??);
            }
            anyhow::Ok(latencies)
        })?;
        let (wall, client) = (start.elapsed(), thread_time.elapsed());
        let peer = process_time.elapsed().saturating_sub(client);
        latencies.sort_unstable();
        Ok(Cost {
            peer: peer / count.max(1),
            client: client / count.max(1),
            wall,
            latencies,
        })
    }
}

async fn one_by_one(
    connection: Channel,
    address: String,
    proposals: Vec<Bytes>,
) -> Result<Vec<Duration>> {
    let mut latencies = Vec::with_capacity(proposals.len());
    for proposal in proposals {
        let proposal = SignedProposal::decode(proposal)?;
        let start = Instant::now();
        let (answer, response) = process(&connection, &address, &proposal).await?;
        latencies.push(start.elapsed());
        if response.status != 200 || answer.endorsement.is_none() {
            bail!("not endorsed: {} {}", response.status, response.message);
        }
    }
    Ok(latencies)
}
