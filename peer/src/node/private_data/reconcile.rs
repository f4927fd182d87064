//! What a peer lacks of old blocks it asks for later, as long as somebody may have it.
//!
//! Fabric: gossip/privdata/reconcile.go; core/ledger/kvledger/coll_elg_notifier.go.

use super::collection::{self, Collections};
use super::fetch::{Preferred, Question, fetch};
use crate::lifecycle;
use crate::node::{Channel, Closing, PrivateDataOptions};
use crate::operations::GossipMetrics;
use selvedge_gossip::Node;
use selvedge_ledger::{LedgerError, MissingPrivateData, OldPrivateData};
use selvedge_protos::gossip::PvtDataDigest;
use std::sync::Arc;
use tokio::sync::watch;
use tokio::time::Instant;

/// Reconciles one channel until the peer closes.
pub(in crate::node) async fn reconcile(
    channel: Arc<Channel>,
    node: Node,
    msp_id: String,
    options: PrivateDataOptions,
    metrics: GossipMetrics,
    closing: Closing,
) {
    if !options.reconciliation {
        return;
    }
    let mut definitions = definitions(&channel);
    definitions.mark_changed();
    let mut next_put_off = Instant::now() + options.deprioritized_interval;
    loop {
        tokio::select! {
            () = tokio::time::sleep(options.reconcile_interval) => {}
            () = closing.closed() => return,
        }
        if definitions.has_changed().unwrap_or_default() {
            definitions.mark_unchanged();
            tokio::select! {
                () = become_eligible(&channel, &msp_id, &options) => {}
                () = closing.closed() => return,
            }
        }
        let cycle = Cycle {
            channel: &channel,
            node: &node,
            options: &options,
            metrics: &metrics,
        };
        let put_off = Instant::now() >= next_put_off;
        if put_off {
            next_put_off = Instant::now() + options.deprioritized_interval;
        }
        let began = Instant::now();
        let ran = tokio::select! {
            ran = cycle.run(put_off) => ran,
            () = closing.closed() => return,
        };
        let reconciliation = metrics
            .privdata_reconciliation
            .with_label_values(&[channel.id()]);
        reconciliation.observe(began.elapsed().as_secs_f64());
        if let Err(error) = ran {
            let cause = crate::node::pull::error_chain(&error);
            tracing::error!(
                channel = channel.id(),
                cause,
                "private data cannot be reconciled"
            );
        }
    }
}

/// Changes with every block that commits a definition.
fn definitions(channel: &Channel) -> watch::Receiver<()> {
    let (sender, receiver) = watch::channel(());
    channel.ledger().on_commit(move |committed| {
        let mut updates = committed.updates.iter();
        if updates.any(|update| update.namespace == lifecycle::NAMESPACE) {
            sender.send_replace(());
        }
    });
    receiver
}

/// What this peer lacks of collections that it is a member of now.
async fn become_eligible(channel: &Arc<Channel>, msp_id: &str, options: &PrivateDataOptions) {
    if let Err(error) = mark_wanted(channel, msp_id, options).await {
        let channel = channel.id();
        tracing::error!(channel, %error, "missing private data cannot be looked through");
    }
}

async fn mark_wanted(
    channel: &Arc<Channel>,
    msp_id: &str,
    options: &PrivateDataOptions,
) -> Result<(), LedgerError> {
    let (here, msp_id) = (Arc::clone(channel), msp_id.to_owned());
    let joined = blocking(move || {
        let snapshot = here.ledger().snapshot();
        let mut collections = Collections::new(&snapshot);
        let mut places = here.ledger().ineligible_collections()?;
        places.retain(|(namespace, name)| {
            let found = collections.get(namespace, name);
            found.is_some_and(|found| collection::organisations(found).contains(&msp_id))
        });
        Ok(places)
    });
    let batch = options.eligible_batch.max(1);
    for (namespace, name) in joined.await? {
        loop {
            let ledger = channel.ledger().clone();
            let (namespace, name) = (namespace.clone(), name.clone());
            let marked = blocking(move || ledger.become_eligible(&namespace, &name, batch));
            if marked.await? < batch {
                break;
            }
            tokio::time::sleep(options.eligible_pause).await;
        }
    }
    Ok(())
}

struct Cycle<'a> {
    channel: &'a Arc<Channel>,
    node: &'a Node,
    options: &'a PrivateDataOptions,
    metrics: &'a GossipMetrics,
}

impl Cycle<'_> {
    /// Batch after batch, until nothing is missing that was not asked for. With `put_off`, what was put off before is
    /// asked for once more.
    async fn run(&self, put_off: bool) -> Result<(), LedgerError> {
        let blocks = self.options.reconcile_batch_size.max(1);
        if put_off {
            let ledger = self.channel.ledger().clone();
            let missing = blocking(move || ledger.put_off_of_recent_blocks(blocks)).await?;
            self.batch(missing).await?;
        }
        loop {
            let ledger = self.channel.ledger().clone();
            let missing = blocking(move || ledger.missing_of_recent_blocks(blocks)).await?;
            if missing.is_empty() || !self.batch(missing).await? {
                return Ok(());
            }
        }
    }

    /// False when nobody was there to be asked.
    async fn batch(&self, missing: Vec<MissingPrivateData>) -> Result<bool, LedgerError> {
        let channel = Arc::clone(self.channel);
        let asked = blocking(move || Ok(questions(&channel, missing))).await?;
        let (config, name) = (self.channel.config(), self.channel.id());
        let questions: Vec<Question> = asked.iter().map(|(_, question)| question.clone()).collect();
        // Whether it is right shows when it is taken in: what was purged since may be left out.
        let began = Instant::now();
        let answers = fetch(
            self.node,
            name,
            &config,
            self.options,
            &questions,
            |_, _| true,
        )
        .await;
        let pull = self.metrics.privdata_pull.with_label_values(&[name]);
        pull.observe(began.elapsed().as_secs_f64());
        if !answers.anybody && !asked.is_empty() {
            return Ok(false);
        }
        let data = answers.found.into_iter().filter_map(|(index, write_set)| {
            let (missing, _) = asked.get(index)?;
            Some(OldPrivateData {
                version: missing.version,
                namespace: missing.namespace.clone(),
                collection: missing.collection.clone(),
                write_set,
            })
        });
        let data: Vec<OldPrivateData> = data.collect();
        let all: Vec<MissingPrivateData> = asked.into_iter().map(|(missing, _)| missing).collect();
        let ledger = self.channel.ledger().clone();
        let taken = blocking(move || {
            let refused = ledger.commit_old_private_data(&data)?;
            let came = |row: &MissingPrivateData| {
                let mut data = data.iter();
                data.any(|item| {
                    item.version == row.version
                        && item.namespace == row.namespace
                        && item.collection == row.collection
                })
            };
            let rest = all
                .into_iter()
                .filter(|row| refused.contains(row) || !came(row));
            let rest: Vec<MissingPrivateData> = rest.collect();
            ledger.put_off(&rest)?;
            Ok((data.len() - refused.len(), refused))
        });
        let (taken, refused) = taken.await?;
        for row in refused {
            tracing::warn!(
                channel = name,
                "failed to reconcile pvtdata chaincode {}, collection {}, block num {}, tx num {} due to hash mismatch or partially available bootKVs",
                row.namespace,
                row.collection,
                row.version.block,
                row.version.tx
            );
        }
        if taken > 0 {
            tracing::info!(
                channel = name,
                taken,
                "private data of older blocks was reconciled"
            );
        }
        Ok(true)
    }
}

/// What the collections were then and are now decides who is asked. What nobody defines any more is put off by asking
/// nobody.
fn questions(
    channel: &Channel,
    missing: Vec<MissingPrivateData>,
) -> Vec<(MissingPrivateData, Question)> {
    let snapshot = channel.ledger().snapshot();
    let mut collections = Collections::new(&snapshot);
    let mut out = Vec::new();
    for row in missing {
        let (namespace, name) = (row.namespace.as_str(), row.collection.as_str());
        let before = collection::before(channel, namespace, name, row.version.block);
        let before = before.ok().flatten();
        let now = collections
            .get(namespace, name)
            .cloned()
            .unwrap_or_default();
        let digest = PvtDataDigest {
            tx_id: String::new(),
            namespace: row.namespace.clone(),
            collection: row.collection.clone(),
            block_seq: row.version.block,
            seq_in_block: row.version.tx,
        };
        let preferred = Preferred::MembersOf(before.unwrap_or_else(|| now.clone()));
        let question = Question {
            digest,
            collection: now,
            preferred,
        };
        out.push((row, question));
    }
    out
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, LedgerError> + Send + 'static,
) -> Result<T, LedgerError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|_| Err(LedgerError::Interrupted))
}
