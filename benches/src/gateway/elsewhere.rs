//! The same applications at a gateway that is a process of its own, ours or Fabric's.

use super::load::{Keys, Load, all};
use super::{Application, PATIENCE, call};
use anyhow::{Context, Result};
use selvedge_identity::SigningIdentity;
use selvedge_peer::client::{Endpoint, connect};
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::runtime::{Builder, Runtime};

/// Where the gateway is, and who the applications are.
#[derive(Clone, Debug, Default)]
pub struct Place {
    /// `host:port`.
    pub address: String,
    /// PEM certificates that the peer's TLS is believed by.
    pub tls_ca: PathBuf,
    pub msp_id: String,
    pub msp: PathBuf,
    /// The peer's process.
    pub process: u32,
}

/// Applications at such a gateway, on the calling thread.
pub struct Elsewhere {
    place: Place,
    clients: Runtime,
    signer: Arc<SigningIdentity>,
    keys: Keys,
}

/// What one transaction cost the gateway's peer, and how many there were in a second.
#[derive(Clone, Copy, Debug)]
pub struct Cost {
    /// Microseconds of CPU time.
    pub cpu: f64,
    pub per_second: f64,
}

impl Elsewhere {
    pub fn new(place: Place) -> Result<Self> {
        let signer = SigningIdentity::from_msp_dir(&place.msp, &place.msp_id)?;
        Ok(Self {
            place,
            clients: Builder::new_current_thread().enable_all().build()?,
            signer: Arc::new(signer),
            keys: Keys::default(),
        })
    }

    /// Those who make the load, connected.
    pub fn applications(&self, load: &Load) -> Result<Vec<Application>> {
        let roots = fs::read_to_string(&self.place.tls_ca)
            .with_context(|| format!("read {}", self.place.tls_ca.display()))?;
        let endpoint = Endpoint::over_tls(&self.place.address, &roots, PATIENCE);
        let connected = (0..load.connections).map(|_| {
            let peer = self.clients.block_on(connect(&endpoint))?;
            let signer = Arc::clone(&self.signer);
            Ok(Application::new(peer, endpoint.address.clone(), signer))
        });
        Ok(load.share(&connected.collect::<Result<Vec<_>>>()?))
    }

    /// Waits until the gateway has learned of the other organisation's peer and its chaincode.
    pub fn ready(&mut self, application: &Application) -> Result<()> {
        let start = Instant::now();
        loop {
            match self.transactions(std::slice::from_ref(application), 1) {
                Ok(_) => return Ok(()),
                Err(error) if start.elapsed() > PATIENCE => return Err(error),
                Err(_) => std::thread::sleep(Duration::from_millis(100)),
            }
        }
    }

    /// Endorsed, ordered and committed.
    pub fn transactions(&mut self, applications: &[Application], count: usize) -> Result<Cost> {
        let calls = self.keys.writing(count);
        self.cost(count, |clients| {
            let transact =
                async |one: &Application, call: &super::Call| one.transact(call, &[]).await;
            clients.block_on(all(applications, calls, transact))
        })
    }

    pub fn evaluations(&self, applications: &[Application], count: usize) -> Result<Cost> {
        let calls = vec![call(&["get-put", "1"]); count];
        self.cost(count, |clients| {
            let evaluate = async |one: &Application, call: &super::Call| one.evaluate(call).await;
            clients.block_on(all(applications, calls, evaluate))
        })
    }

    fn cost(&self, count: usize, work: impl FnOnce(&Runtime) -> Result<()>) -> Result<Cost> {
        let (before, start) = (self.cpu()?, Instant::now());
        work(&self.clients)?;
        let per_second = count as f64 / start.elapsed().as_secs_f64();
        let spent = self.cpu()?.saturating_sub(before);
        Ok(Cost {
            cpu: spent.as_secs_f64() * 1e6 / count as f64,
            per_second,
        })
    }

    /// CPU time of the peer's process so far, in all its threads, those that have ended included.
    fn cpu(&self) -> Result<Duration> {
        let path = format!("/proc/{}/stat", self.place.process);
        let stat = fs::read_to_string(&path).with_context(|| format!("read {path}"))?;
        // After the name, which may hold anything: state is the third field of proc(5), utime and stime the 14th and 15th.
        let (_, fields) = stat.rsplit_once(") ").context("a process without a name")?;
        let fields = fields.split(' ').skip(11).take(2);
        let ticks: Vec<u64> = fields.map(str::parse).collect::<Result<_, _>>()?;
        let per_second = rustix::param::clock_ticks_per_second();
        Ok(Duration::from_micros(
            ticks.iter().sum::<u64>() * 1_000_000 / per_second,
        ))
    }
}
