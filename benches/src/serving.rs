use crate::Member;
use anyhow::{Context, Result, bail};
use bytes::Bytes;
use cpu_time::{ProcessTime, ThreadTime};
use prost::Message as _;
use selvedge_peer::client::{Endpoint, Tls, connect, process};
use selvedge_peer::node::{PullOptions, Running, ServeOptions, ServerTls};
use selvedge_protos::protos::SignedProposal;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};
use tonic::transport::Channel;

/// A member's peer behind TLS on 127.0.0.1, on threads of its own.
pub struct Server {
    runtime: Runtime,
    running: Option<Running>,
    endpoint: Endpoint,
}

/// Clients that each send one proposal after the other, all of them on the calling thread.
pub struct Load {
    runtime: Runtime,
    connections: Vec<Channel>,
    address: String,
}

/// What a number of proposals cost.
#[derive(Clone, Copy, Debug)]
pub struct Cost {
    /// CPU time of every thread but the client's, per proposal.
    pub peer: Duration,
    /// CPU time of the client's thread, per proposal.
    pub client: Duration,
    /// From the first request to the last answer.
    pub wall: Duration,
}

impl Server {
    pub fn start(member: &Member) -> Result<Self> {
        let runtime = Builder::new_multi_thread().enable_all().build()?;
        let options = ServeOptions {
            tls: Some(ServerTls {
                certificate: member.tls.certificate.clone().into_bytes(),
                key: member.tls.key.clone().into_bytes(),
                client_roots: None,
            }),
            // There is no orderer to be found: the benchmarks cut their own blocks.
            pull: PullOptions {
                first_pause: Duration::from_secs(3600),
                ..PullOptions::default()
            },
            ..ServeOptions::default()
        };
        let running = runtime.block_on(async {
            let listener = TcpListener::bind("127.0.0.1:0").await?;
            let (peer, endorser) = (Arc::clone(&member.peer), Arc::clone(&member.endorser));
            anyhow::Ok(Running::start(peer, endorser, listener, &options)?)
        })?;
        let endpoint = Endpoint {
            address: running.address().to_string(),
            tls: Some(Tls {
                roots: member.tls.ca.clone().into_bytes(),
                ..Tls::default()
            }),
            timeout: Duration::from_secs(30),
        };
        Ok(Self {
            runtime,
            running: Some(running),
            endpoint,
        })
    }

    /// Clients with a connection each.
    pub fn clients(&self, count: usize) -> Result<Load> {
        Load::new(&self.endpoint, count)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(running) = self.running.take() {
            self.runtime.block_on(running.stop());
        }
    }
}

impl Load {
    pub(crate) fn new(endpoint: &Endpoint, count: usize) -> Result<Self> {
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

    /// Sends every proposal (serialized `protos.SignedProposal`) once; all must be endorsed.
    pub fn send(&self, proposals: &[Bytes]) -> Result<Cost> {
        let count = u32::try_from(proposals.len()).context("too many proposals")?;
        let share = proposals.len().div_ceil(self.connections.len().max(1));
        let (process_time, thread_time) = (ProcessTime::now(), ThreadTime::now());
        let start = Instant::now();
        self.runtime.block_on(async {
            let mut clients = tokio::task::JoinSet::new();
            for (connection, share) in self.connections.iter().zip(proposals.chunks(share.max(1))) {
                let (connection, address) = (connection.clone(), self.address.clone());
                let share = share.to_vec();
                clients.spawn(async move { one_by_one(connection, address, share).await });
            }
            while let Some(ended) = clients.join_next().await {
                ended??;
            }
            anyhow::Ok(())
        })?;
        let (wall, client) = (start.elapsed(), thread_time.elapsed());
        let peer = process_time.elapsed().saturating_sub(client);
        Ok(Cost {
            peer: peer / count,
            client: client / count,
            wall,
        })
    }
}

async fn one_by_one(connection: Channel, address: String, proposals: Vec<Bytes>) -> Result<()> {
    for proposal in proposals {
        let proposal = SignedProposal::decode(proposal)?;
        let (answer, response) = process(&connection, &address, &proposal).await?;
        if response.status != 200 || answer.endorsement.is_none() {
            bail!("not endorsed: {} {}", response.status, response.message);
        }
    }
    Ok(())
}
