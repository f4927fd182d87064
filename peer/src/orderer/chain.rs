use super::admission::{self, Class};
use super::cutter::{Cutter, Message};
use super::store::{BlockStore, StoreError};
use super::writer::{Tip, next_block};
use super::{OrdererError, Refusal};
use crate::node::{Clock, nonce};
use bytes::Bytes;
use parking_lot::{Mutex, RwLock};
use prost::Message as _;
use selvedge_identity::{BatchParameters, ChannelConfig, SigningIdentity};
use selvedge_ledger::ParsedBlock;
use selvedge_protos::common::{ConfigEnvelope, Envelope, Payload};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::Instant;

/// Messages admitted and not yet in a block. Broadcast waits when there are more.
const QUEUE: usize = 4096;

/// One channel as this orderer orders it.
#[derive(Debug)]
pub struct Chain {
    shared: Arc<Shared>,
    queue: Mutex<Option<mpsc::Sender<Job>>>,
    worker: Mutex<Option<JoinHandle<()>>>,
}

#[derive(Debug)]
struct Shared {
    config: RwLock<Arc<ChannelConfig>>,
    store: BlockStore,
    height: watch::Sender<u64>,
    signer: Arc<SigningIdentity>,
    clock: Clock,
}

/// What the worker does next.
#[derive(Debug)]
enum Job {
    Order(Admitted),
    /// Puts into a block what was admitted before.
    Cut,
}

/// An admitted message with the configuration it was admitted under.
#[derive(Debug)]
struct Admitted {
    envelope: Envelope,
    class: Class,
    sequence: u64,
}

impl Chain {
    /// Continues the chain in `store`, which has at least its genesis block. Call inside a Tokio runtime.
    pub(super) fn start(
        store: BlockStore,
        signer: Arc<SigningIdentity>,
        clock: Clock,
    ) -> Result<Self, OrdererError> {
        let (config, tip) = resume(&store)?;
        let height = watch::Sender::new(store.height());
        let shared = Arc::new(Shared {
            config: RwLock::new(Arc::new(config)),
            store,
            height,
            signer,
            clock,
        });
        let (queue, jobs) = mpsc::channel(QUEUE);
        let worker = Worker {
            shared: Arc::clone(&shared),
            cutter: Cutter::default(),
            tip,
            deadline: None,
        };
        let worker = tokio::spawn(worker.run(jobs));
        Ok(Self {
            shared,
            queue: Mutex::new(Some(queue)),
            worker: Mutex::new(Some(worker)),
        })
    }

    pub fn config(&self) -> Arc<ChannelConfig> {
        Arc::clone(&self.shared.config.read())
    }

    /// Number of blocks.
    pub fn height(&self) -> watch::Receiver<u64> {
        self.shared.height.subscribe()
    }

    /// Serialized `common.Block`.
    pub fn block(&self, number: u64) -> Result<Option<Bytes>, StoreError> {
        self.shared.store.block(number)
    }

    /// Admits a message. When this returns it will be in a block, unless a configuration update before it forbids it.
    pub(super) async fn order(&self, envelope: Envelope, class: Class) -> Result<(), Refusal> {
        let config = self.config();
        let now = self.shared.clock.now();
        match class {
            Class::Normal => admission::filter(&envelope, &config, now)?,
            Class::ConfigUpdate => {
                // The update is applied once more when its turn comes; a refusal is for the client to know now.
                admission::config_transaction(
                    &envelope,
                    &config,
                    &self.shared.signer,
                    now,
                    nonce(),
                )?;
            }
        }
        let queue = self.queue.lock().clone().ok_or(Refusal::Stopped)?;
        let admitted = Admitted {
            envelope,
            class,
            sequence: config.sequence(),
        };
        let job = Job::Order(admitted);
        queue.send(job).await.map_err(|_| Refusal::Stopped)
    }

    /// Puts what is admitted into a block now, instead of when the block is full or its time has come. For whoever
    /// shares a process with the orderer and knows that nothing else is coming; of a chain that stops nothing is asked.
    pub(crate) async fn cut(&self) {
        let queue = self.queue.lock().clone();
        if let Some(queue) = queue {
            let _ = queue.send(Job::Cut).await;
        }
    }

    /// Takes no further message and puts every admitted one into a block.
    pub(super) async fn stop(&self) {
        self.queue.lock().take();
        let worker = self.worker.lock().take();
        if let Some(worker) = worker
            && let Err(error) = worker.await
        {
            tracing::error!(%error, "the orderer's chain ended badly");
        }
    }
}

/// The configuration in force and the end of the chain.
fn resume(store: &BlockStore) -> Result<(ChannelConfig, Tip), OrdererError> {
    let block = |number| -> Result<Bytes, OrdererError> {
        store.block(number)?.ok_or(OrdererError::Missing(number))
    };
    let last = store
        .height()
        .checked_sub(1)
        .ok_or(OrdererError::Missing(0))?;
    let parsed = ParsedBlock::parse(&block(last)?).map_err(|source| OrdererError::Block {
        number: last,
        source: Box::new(source),
    })?;
    let tip = Tip::after(&parsed);
    Ok((ChannelConfig::from_block(&block(tip.last_config)?)?, tip))
}

/// Puts messages in order. It alone writes blocks.
struct Worker {
    shared: Arc<Shared>,
    cutter: Cutter,
    tip: Tip,
    /// When what is pending becomes a block.
    deadline: Option<Instant>,
}

impl Worker {
    async fn run(mut self, mut jobs: mpsc::Receiver<Job>) {
        loop {
            let deadline = self
                .deadline
                .unwrap_or_else(|| Instant::now() + Duration::from_secs(3600));
            let written = tokio::select! {
                job = jobs.recv() => match job {
                    Some(job) => self.take(job).await,
                    None => break,
                },
                () = tokio::time::sleep_until(deadline), if self.deadline.is_some() => self.flush().await,
            };
            if let Err(error) = written {
                tracing::error!(%error, "the orderer's chain stops");
                return;
            }
        }
        if let Err(error) = self.flush().await {
            tracing::error!(%error, "the orderer's last block");
        }
    }

    async fn take(&mut self, job: Job) -> Result<(), OrdererError> {
        let Job::Order(job) = job else {
            return self.flush().await;
        };
        let config = Arc::clone(&self.shared.config.read());
        match job.class {
            Class::Normal => self.take_normal(job, &config).await,
            Class::ConfigUpdate => self.take_update(job, &config).await,
        }
    }

    async fn take_normal(
        &mut self,
        job: Admitted,
        config: &ChannelConfig,
    ) -> Result<(), OrdererError> {
        if job.sequence < config.sequence()
            && let Err(refusal) = admission::filter(&job.envelope, config, self.shared.clock.now())
        {
            tracing::warn!(%refusal, "dropping a message that the new configuration refuses");
            return Ok(());
        }
        let batch = batch(config)?;
        let message = Message {
            size: admission::size(&job.envelope),
            envelope: job.envelope.encode_to_vec().into(),
        };
        for envelopes in self.cutter.add(message, batch) {
            self.write(envelopes, None).await?;
        }
        if self.cutter.is_empty() {
            self.deadline = None;
        } else if self.deadline.is_none() {
            self.deadline = Some(Instant::now() + batch.timeout);
        }
        Ok(())
    }

    /// A configuration has a block for itself.
    async fn take_update(
        &mut self,
        job: Admitted,
        config: &ChannelConfig,
    ) -> Result<(), OrdererError> {
        let (signer, now) = (&self.shared.signer, self.shared.clock.now());
        let transaction = match admission::config_transaction(
            &job.envelope,
            config,
            signer,
            now,
            nonce(),
        ) {
            Ok(transaction) => transaction,
            Err(refusal) => {
                tracing::warn!(%refusal, "dropping a configuration update that another one overtook");
                return Ok(());
            }
        };
        let next = match successor(&transaction, config) {
            Ok(next) => next,
            Err(error) => {
                tracing::warn!(%error, "dropping a configuration update that does not validate");
                return Ok(());
            }
        };
        self.flush().await?;
        self.write(vec![transaction.encode_to_vec().into()], Some(next))
            .await
    }

    async fn flush(&mut self) -> Result<(), OrdererError> {
        self.deadline = None;
        match self.cutter.cut() {
            Some(envelopes) => self.write(envelopes, None).await,
            None => Ok(()),
        }
    }

    async fn write(
        &mut self,
        envelopes: Vec<Bytes>,
        config: Option<ChannelConfig>,
    ) -> Result<(), OrdererError> {
        let (shared, tip) = (Arc::clone(&self.shared), self.tip.clone());
        let is_config = config.is_some();
        let written = tokio::task::spawn_blocking(move || {
            let (block, next) = next_block(&tip, envelopes, is_config, &shared.signer, nonce());
            shared.store.append(&block).map(|()| next)
        });
        self.tip = written.await.map_err(|_| OrdererError::Interrupted)??;
        if let Some(config) = config {
            *self.shared.config.write() = Arc::new(config);
        }
        self.shared.height.send_replace(self.tip.next);
        Ok(())
    }
}

fn batch(config: &ChannelConfig) -> Result<&BatchParameters, OrdererError> {
    Ok(&config
        .orderer()
        .ok_or(OrdererError::NoOrdererSection)?
        .batch)
}

/// The configuration that a CONFIG transaction sets, checked as every peer will check it.
fn successor(
    transaction: &Envelope,
    config: &ChannelConfig,
) -> Result<ChannelConfig, OrdererError> {
    let payload = Payload::decode(transaction.payload.clone())?;
    let envelope = ConfigEnvelope::decode(payload.data)?;
    Ok(config.validate_update(&envelope)?)
}
