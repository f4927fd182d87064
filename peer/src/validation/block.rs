use super::dependencies::ChangedMetadata;
use super::dispatch::Endorsed;
use super::fault::{Fault, ValidationError};
use super::policies::Policies;
use super::transaction::{Judged, Judgement, judge};
use super::v14::Upgrades;
use super::world::World;
use super::writes::PrivateSet;
use bytes::Bytes;
use selvedge_identity::ChannelConfig;
use selvedge_ledger::ParsedBlock;
use selvedge_protos::common::{ConfigEnvelope, HeaderType};
use selvedge_protos::{protos::TxValidationCode as Code, received};
use std::collections::HashSet;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A block judged by everything but its read sets.
#[derive(Debug)]
pub struct Validated {
    /// One `protos.TxValidationCode` per transaction.
    pub codes: Vec<u8>,
    pub transactions: Vec<Examined>,
    /// The configuration in force behind this block, when the block changes it.
    pub config: Option<ChannelConfig>,
}

/// What was learnt of a transaction on the way.
#[derive(Clone, Debug, Default)]
pub struct Examined {
    /// Empty for what is not a well-formed endorser transaction.
    pub tx_id: String,
    /// Serialized `protos.ChaincodeEvent`; empty when there is none.
    pub event: Bytes,
    pub private: Vec<PrivateSet>,
    /// `None` for what has no type that is known.
    pub header_type: Option<HeaderType>,
    /// `name:version` of the invoked chaincode, if it is an endorser transaction.
    pub chaincode: Option<String>,
}

/// Judges a block: forms, signatures and endorsement policies of its transactions on several threads, then what depends
/// on the order of the transactions. The verdicts are those of judging one after the other.
///
/// # Errors
/// When a transaction cannot be judged, or a configuration transaction does not apply: nothing of the block may then be
/// committed.
pub fn validate(block: &ParsedBlock, world: &World<'_>) -> Result<Validated, ValidationError> {
    let policies = Policies::new(world.config, world.config, world.snapshot);
    let capabilities = world.config.application_capabilities();
    let judged = judge_all(&block.envelopes, world, &policies);
    let mut pass = Pass {
        block,
        world,
        changed: ChangedMetadata::default(),
        ids: HashSet::new(),
        unique_ids: capabilities.forbid_duplicate_tx_id_in_block(),
        upgrades: Upgrades::default(),
        config: None,
    };
    let mut codes = Vec::with_capacity(judged.len());
    let mut transactions = Vec::with_capacity(judged.len());
    for (tx, judged) in judged.into_iter().enumerate() {
        let (code, examined) = pass.settle(tx, judged)?;
        // TxValidationCode fits a byte: it is one in the block.
        codes.push(code as i32 as u8);
        transactions.push(examined);
    }
    pass.upgrades.shut_out(&mut codes);
    Ok(Validated {
        codes,
        transactions,
        config: pass.config,
    })
}

fn judge_all(envelopes: &[Bytes], world: &World<'_>, policies: &Policies<'_>) -> Vec<Judged> {
    let threads = world.threads.min(envelopes.len());
    if threads <= 1 {
        return envelopes
            .iter()
            .map(|envelope| judge(envelope, world, policies))
            .collect();
    }
    let next = AtomicUsize::new(0);
    let work = || {
        let mut done = Vec::new();
        loop {
            let tx = next.fetch_add(1, Ordering::Relaxed);
            let Some(envelope) = envelopes.get(tx) else {
                return done;
            };
            done.push((tx, judge(envelope, world, policies)));
        }
    };
    let mut all: Vec<(usize, Judged)> = std::thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(work)).collect();
        let mut all = work();
        for other in others {
            all.extend(other.join().unwrap_or_default());
        }
        all
    });
    all.sort_by_key(|(tx, _)| *tx);
    // A thread that ended early left a hole; its transactions are judged again, here.
    if all.len() != envelopes.len() {
        return envelopes
            .iter()
            .map(|envelope| judge(envelope, world, policies))
            .collect();
    }
    all.into_iter().map(|(_, judged)| judged).collect()
}

/// The walk through the block in order.
struct Pass<'a> {
    block: &'a ParsedBlock,
    world: &'a World<'a>,
    changed: ChangedMetadata,
    /// IDs of the transactions that are valid so far: the first of several counts, unless it failed.
    ids: HashSet<String>,
    unique_ids: bool,
    upgrades: Upgrades,
    config: Option<ChannelConfig>,
}

impl Pass<'_> {
    fn settle(&mut self, tx: usize, judged: Judged) -> Result<(Code, Examined), ValidationError> {
        match judged {
            Judged::Refused(fault) => Ok((self.code(tx, fault)?, Examined::default())),
            Judged::Config(data) => {
                self.config = Some(self.apply(&data)?);
                let examined = Examined {
                    header_type: Some(HeaderType::Config),
                    ..Examined::default()
                };
                Ok((Code::Valid, examined))
            }
            Judged::Endorsed(judgement) => {
                let code = match self.endorsement(&judgement) {
                    Some(fault) => self.code(tx, fault)?,
                    None => {
                        self.upgrades.note(tx, &judgement);
                        let is_new = self.ids.insert(judgement.tx_id.clone());
                        match is_new || !self.unique_ids {
                            true => Code::Valid,
                            false => Code::DuplicateTxid,
                        }
                    }
                };
                Ok((code, examined(judgement)))
            }
        }
    }

    /// Fabric: core/common/validation/statebased/vpmanagerimpl.go: a key whose policy this block changes already.
    fn endorsement(&mut self, judgement: &Judgement) -> Option<Fault> {
        for (index, writes) in judgement.endorsed.namespaces.iter().enumerate() {
            if index >= judgement.passed {
                // A Go peer meets the stale key first or the policy first; both are the same code.
                return judgement.stopped_by.clone();
            }
            if self.changed.touches(writes) {
                return Some(Code::EndorsementPolicyFailure.into());
            }
            self.changed.accept(writes);
        }
        None
    }

    fn code(&self, tx: usize, fault: Fault) -> Result<Code, ValidationError> {
        match fault {
            Fault::Invalid(code) => Ok(code),
            Fault::Halt(cause) => Err(ValidationError::Undecided {
                channel: self.world.config.channel_id().to_owned(),
                block: self.block.header.number,
                tx,
                cause,
            }),
        }
    }

    fn apply(&self, data: &Bytes) -> Result<ChannelConfig, ValidationError> {
        let failed = |cause: String| ValidationError::Config {
            channel: self.world.config.channel_id().to_owned(),
            block: self.block.header.number,
            cause,
        };
        let envelope =
            received::<ConfigEnvelope>(data.clone()).map_err(|error| failed(error.to_string()))?;
        let current = self.config.as_ref().unwrap_or(self.world.config);
        let next = current
            .validate_update(&envelope)
            .map_err(|error| failed(error.to_string()))?;
        next.check_capabilities()
            .map_err(|error| failed(error.to_string()))?;
        Ok(next)
    }
}

fn examined(judgement: Judgement) -> Examined {
    let Endorsed {
        event,
        namespaces,
        ran,
    } = judgement.endorsed;
    Examined {
        tx_id: judgement.tx_id,
        event,
        header_type: Some(HeaderType::EndorserTransaction),
        chaincode: Some(format!("{}:{}", ran.name, ran.version)),
        private: namespaces
            .into_iter()
            .flat_map(|writes| writes.private)
            .collect(),
    }
}
